"""What a host allows: its limits, which a client may go below and never above, and the check of a start's settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..inside.rpc import HEADER
from .protocol import MAX_SETTINGS, MAX_TABLE, BrokenProtocol, Refused, size_text

# Connections that may be waiting for their first message.
GREETING = 64
_MAX_TOOLS = 100
_TOOL = {"name", "signature", "doc"}
_NAMES = {"memory_limit", "cpu_seconds", "output_limit", "tools", "seed", "clock", "size", "table_size", "parts"}
_BIG = 1 << 62
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HostLimits:
    """The limits of a host, sizes in bytes. Those of a sub-kernel: memory, processor time, characters of output.
    `connections` in all; `greeting` of those that have not said who they are yet."""

    memory_limit: int = 1 << 30
    cpu_seconds: int = 36_000
    output_limit: int = 1_000_000
    subkernels: int = 64
    subkernels_per_client: int = 16
    document: int = 1 << 30
    documents_per_client: int = 2 << 30
    documents: int = 8 << 30
    connections: int = 128
    greeting: int = GREETING
    allow_weak_isolation: bool = False

    def check_memory(self, asked: int) -> None:
        """Raise Refused where a client asks for more memory than it may have."""
        if asked > self.memory_limit:
            raise Refused(
                f"it gives a sub-kernel at most {size_text(self.memory_limit)} of memory, and "
                f"memory_limit={size_text(asked)} was asked for: ask for less"
            )


def is_sha256(value: Any) -> bool:
    """Whether it is a SHA-256 in hexadecimal."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


class FirstFrame:
    """Gathers the first frame of a client's connection to its sub-kernel: the settings of the start."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """The settings and what came behind them, None while they are not complete. Raises BrokenProtocol, Refused."""
        self._buffer += data
        if len(self._buffer) < HEADER.size:
            return None
        (size,) = HEADER.unpack_from(self._buffer)
        if size > MAX_SETTINGS:
            raise Refused(f"what is said of tools and parts of the document has more than {size_text(MAX_SETTINGS)}")
        end = HEADER.size + size
        if len(self._buffer) < end:
            return None
        try:
            settings = json.loads(self._buffer[HEADER.size : end].decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError):
            raise BrokenProtocol("settings that are no JSON") from None
        return settings, bytes(self._buffer[end:])


def checked_settings(settings: Any, limits: HostLimits, document_size: int) -> dict[str, Any]:
    """The settings of a start, none above the host's limits. Raises BrokenProtocol, and Refused for too much memory."""
    if not isinstance(settings, dict) or set(settings) != _NAMES:
        raise BrokenProtocol("settings with other names")
    numbers = ("memory_limit", "cpu_seconds", "output_limit", "seed", "clock", "size", "table_size")
    if not all(type(settings[name]) is int and 0 <= settings[name] < _BIG for name in numbers):
        raise BrokenProtocol("settings that are no numbers")
    if settings["size"] + settings["table_size"] != document_size:
        raise BrokenProtocol("a document of another size")
    if settings["table_size"] > MAX_TABLE:
        raise Refused(f"the document has so many texts that the list of them has more than {size_text(MAX_TABLE)}")
    tools, parts = settings["tools"], settings["parts"]
    if not isinstance(tools, list) or len(tools) > _MAX_TOOLS or not all(map(_is_tool, tools)):
        raise BrokenProtocol("tools that are none")
    if parts is not None and not isinstance(parts, dict):
        raise BrokenProtocol("parts that are none")
    limits.check_memory(settings["memory_limit"])
    lowered = {name: min(settings[name], getattr(limits, name)) for name in ("cpu_seconds", "output_limit")}
    return settings | lowered


def _is_tool(tool: Any) -> bool:
    return isinstance(tool, dict) and set(tool) == _TOOL and all(isinstance(text, str) for text in tool.values())
