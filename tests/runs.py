"""Runs of the real engine, with real sub-kernels, against a scripted server: shared by the engine's tests."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import psutil
from scripted_server import ScriptedServer

from rlm_kernel import RLM
from rlm_kernel.trace import Event, Trace, TraceBuilder

DOCUMENT = "\n".join(
    [
        "Quarterly report",
        "SALES north: $1,000",
        "nothing on this line",
        "SALES south: $2,500",
        "Projected sales: $9,999",
        "",
    ]
)
TOTAL = 3500
SUM = 'total = sum(to_number(m.line.split(":")[1]) for m in grep("^SALES"))\nprint(total)'


def block(code: str) -> str:
    """A reply of the model that is one block of code."""
    return f"```python\n{code}\n```"


@dataclass
class Result:
    """A run that has ended: all its events, the trace built from them, and the server that it talked to."""

    server: ScriptedServer
    events: list[Event] = field(default_factory=list)
    builder: TraceBuilder = field(default_factory=TraceBuilder)

    @property
    def trace(self) -> Trace:
        return self.builder.trace

    @property
    def prompts(self) -> list[list[dict[str, str]]]:
        """The messages of every request."""
        return [request["messages"] for request in self.server.requests]

    def told(self, number: int) -> str:
        """The last message of request `number` (from 0)."""
        return self.prompts[number][-1]["content"]


def engine(server: ScriptedServer, **settings: Any) -> RLM:
    """An RLM whose root model is the server's."""
    return RLM(**({"model": "scripted", "base_url": server.base_url, "cell_timeout": 20} | settings))


async def run(
    server: ScriptedServer,
    question: str = "What is the total of all sales?",
    context: Any = DOCUMENT,
    *,
    stop: asyncio.Event | None = None,
    on_event: Any = None,
    **settings: Any,
) -> Result:
    """Ask and wait for the end; `on_event` is called with each event."""
    result = Result(server)
    async with aclosing(engine(server, **settings).stream(question, context, stop=stop)) as events:
        async for event in events:
            result.events.append(event)
            result.builder.feed(event)
            if on_event is not None:
                on_event(event)
    return result


def children() -> set[int]:
    """The living child processes of this one."""
    alive = set()
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                alive.add(child.pid)
        except psutil.NoSuchProcess:
            continue
    return alive
