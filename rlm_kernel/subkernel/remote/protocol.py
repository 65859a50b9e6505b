"""The messages between a client and a sub-kernel host: kinds, sizes and checks. Each side takes the other's as hostile.

A message has two parts: its kind and its body. `CONTROL` bodies are JSON objects with an `op`, `PIECE` bodies are the
next bytes of a document, and the other kinds carry the bytes of the sub-kernel's connections. Nothing is pickled.

client -> host                          host -> client
    hello: version, document, ...           have | send | refused: reason
    pieces of the document, if wanted       started: key, layers, versions
    signal: interrupt | kill                ended: code, words
    check                                   checked: unchanged
    ack: stream, size                       ack: stream, size
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

# Raised whenever the messages change; versions of the package must be the same on both sides anyway, since the
# sub-kernel on the one side and its parent on the other are parts of the same program.
PROTOCOL = 1
CONTROL, PIECE = b"c", b"p"
STREAMS = (b"0", b"1", b"2")
RPC, SHELL, IOPUB = range(3)
MAX_PIECE = 128 << 10
MAX_CONTROL = 32 << 10
# Bytes of one connection that may be on their way without having been taken.
WINDOW = 1 << 20
# The table of a document, which the sub-kernel reads, and the settings of a start, which the host reads: JSON takes
# twenty times its size, so little of it is read where many may send it.
MAX_TABLE = 64 << 20
MAX_SETTINGS = 4 << 20
# What describes the parts that a sub-run is about; where it takes more, they are sent as a document of their own.
MAX_PARTS = 1 << 20
DEFAULT_PORT = 7420
_MAX_TEXT = 1_000


class BrokenProtocol(RuntimeError):
    """The other side sent what it never sends."""


class Refused(RuntimeError):
    """The host refuses what a client asks for; the text is one sentence for its user."""


def own_version() -> str:
    """The version of this package."""
    return version("rlm-kernel")


def parse_control(body: bytes) -> dict[str, Any]:
    """A control message. Raises BrokenProtocol."""
    if len(body) > MAX_CONTROL:
        raise BrokenProtocol("a control message that is too long")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise BrokenProtocol("a control message that is no JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        raise BrokenProtocol("a control message without an op")
    return message


def whole_number(message: dict[str, Any], name: str, most: int) -> int:
    """A field that is a whole number from 0 to `most`. Raises BrokenProtocol."""
    value = message.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise BrokenProtocol(f"a field {name} that is no number it can be")
    return value


def one_line(value: Any, limit: int = _MAX_TEXT) -> str:
    """A text of the other side, harmless for a terminal and bounded."""
    text = value if isinstance(value, str) else ""
    return "".join(char if char.isprintable() else " " for char in text[:limit])


def size_text(size: int) -> str:
    """Bytes as users write them."""
    for unit, scale in (("GB", 30), ("MB", 20), ("KB", 10)):
        if size >= 1 << scale:
            return f"{size / (1 << scale):.4g} {unit}"
    return f"{size} bytes"


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of `tcp://HOST:PORT`. Raises ValueError."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        scheme, rest = "tcp", address
    host, colon, port = rest.rpartition(":")
    if not colon:
        host, port = rest, str(DEFAULT_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if scheme != "tcp" or not host or not port.isascii() or not port.isdigit() or int(port) > 65535 or "/" in rest:
        raise ValueError(f"{one_line(address, 100)!r} is no address of a sub-kernel host: write tcp://HOST:PORT.")
    return host, int(port)
