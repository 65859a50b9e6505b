"""A sub-kernel's process on the host; its connections lead to a client, and what they carry is not read here."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sys
from collections.abc import Sequence
from typing import Any

from ..inside.rpc import encode
from ..launch.launcher import Launched
from ..launch.process import Process, hand_over, limited
from .settings import FirstFrame, HostLimits, checked_settings

_LEAVING = 0.5
# What a process holds before it knows its limits, a multiple of the document's table among it.
_BASE_BYTES = 1 << 30


async def _nobody(_method: str, _params: dict[str, Any]) -> Any:
    raise AssertionError("a host reads no requests")


class HostedProcess(Process):
    """Starts a process as a local sub-kernel's parent does, with all its layers, and gives its connections away."""

    def __init__(self, limits: HostLimits, packages: Sequence[str]) -> None:
        super().__init__(_nobody, packages)
        self._limits = limits
        self._bounds: dict[str, Any] = {}
        self._first: FirstFrame | None = FirstFrame()
        self.given_up: asyncio.Task[None] | None = None

    async def open(self) -> tuple[Launched, list[socket.socket]]:
        """Start it. Returns it with its connections for requests, code and output. Raises ProtocolError, OSError."""
        spec = self._spec()
        self._bounds = spec.bounds
        await self._launch(spec)
        launched = self._launched
        assert launched is not None
        self._bound(launched.process.pid)
        connections = [launched.rpc]
        try:
            for name in ("shell", "iopub"):
                connections.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                connections[-1].connect(f"{launched.info['ip']}-{launched.info[f'{name}_port']}")
        except OSError:
            for each in connections:
                each.close()
            raise
        if self._managed is not None:
            self._managed.connected()
        return launched, connections

    def _bound(self, pid: int) -> None:
        """Bound what the process uses while it takes the document: it sets its own limits only after that."""
        if sys.platform == "linux" and pid:
            most, seconds = self._limits.memory_limit + _BASE_BYTES, self._limits.cpu_seconds
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))
                resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))

    async def to_process(self, data: bytes, document: int, size: int) -> None:
        """Write bytes of the client to the process; the first ones are the settings, which are checked.

        Raises BrokenProtocol, Refused, OSError.
        """
        launched, loop = self._launched, asyncio.get_running_loop()
        assert launched is not None
        if self._first is not None:
            complete = self._first.feed(data)
            if complete is None:
                return
            settings, data = limited(checked_settings(complete[0], self._limits, size), self._bounds), complete[1]
            self._first = None
            hand_over(launched, document)
            await loop.sock_sendall(launched.rpc, encode(settings))
        if data:
            await loop.sock_sendall(launched.rpc, data)

    def hung_up(self) -> None:
        """A connection ended: with the process, or by its will, which it must not survive."""
        if self.given_up is None:
            self.given_up = asyncio.create_task(self._give_up())

    async def _give_up(self) -> None:
        await asyncio.wait({self.ended}, timeout=_LEAVING)
        self.kill_now()

    @property
    def last_words(self) -> str:
        """What it wrote to its standard error at its end."""
        return self._running.last_words if self._running is not None else ""

    async def close(self) -> None:
        """Kill the process and release what it had."""
        await super().close()
        if self.given_up is not None:
            await asyncio.wait({self.given_up})
