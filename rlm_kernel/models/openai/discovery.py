"""Servers of this machine that answer as OpenAI does: looked for on the ports that they usually have."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model import OpenAICompatible

PORTS = {11434: "Ollama", 8080: "llama.cpp", 1234: "LM Studio", 8000: "vLLM"}
"""What usually listens where."""
_SECONDS = 2.0
# How servers call themselves in their lists of models.
_OWNERS = {"llamacpp": "llama.cpp", "vllm": "vLLM", "library": "Ollama", "organization_owner": "LM Studio"}


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that has listed its models. `program` is what it calls itself, else what usually has that port."""

    program: str
    base_url: str
    models: tuple[str, ...]


async def running_servers(ports: Mapping[int, str] = PORTS) -> list[RunningServer]:
    """The servers that list models on these ports of the loopback address; takes two seconds at most."""
    found = await asyncio.gather(*(_look(port, usual) for port, usual in ports.items()))
    return [server for server in found if server is not None]


async def _look(port: int, usual: str) -> RunningServer | None:
    url = f"http://localhost:{port}/v1"
    # No key of the environment's is sent to a program that merely listens at that port.
    model = OpenAICompatible("any", base_url=url, api_key="none", timeout=_SECONDS)
    try:
        async with asyncio.timeout(_SECONDS):
            listed = await model.model_entries()
    except TimeoutError:
        return None
    finally:
        await model.aclose()
    names = tuple(str(entry["id"]) for entry in listed if "id" in entry)
    return RunningServer(_program(listed) or usual, url, names) if names else None


def _program(entries: list[Mapping[str, Any]]) -> str | None:
    return next((_OWNERS[owner] for entry in entries if (owner := str(entry.get("owned_by"))) in _OWNERS), None)
