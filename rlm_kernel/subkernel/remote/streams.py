"""The connections of a sub-kernel as streams of bytes over a link, the same code at both ends.

Each stream has a window: what was sent and not yet written at the other end is bounded, so that neither a sub-kernel
that does not read, nor a peer that does not, makes a process grow.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..launch.process import undisturbed
from .link import Link, LinkClosed
from .protocol import CONTROL, MAX_PIECE, STREAMS, WINDOW, BrokenProtocol, whole_number

Write = Callable[[bytes], Awaitable[None]]


class _Stream:
    def __init__(self, number: int, local: socket.socket, write: Write | None) -> None:
        self.number = number
        self.local = local
        self.write = write or self._write
        self.pending: deque[bytes] = deque()
        self.queued = 0
        self.on_its_way = 0
        self.arrived = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.room = asyncio.Event()
        self.room.set()

    async def _write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.local, data)


class Streams:
    """Carries the bytes of `local` sockets, of which it takes possession. `lost` is called with the number of one whose
    near end was closed. `writers` are what is to be done with the bytes of a stream in place of writing them."""

    def __init__(
        self,
        link: Link,
        local: Sequence[socket.socket],
        lost: Callable[[int], None],
        writers: dict[int, Write] | None = None,
    ) -> None:
        self._link = link
        self._lost = lost
        self._streams = [_Stream(number, each, (writers or {}).get(number)) for number, each in enumerate(local)]
        for each in local:
            each.setblocking(False)
        self._outward = [asyncio.create_task(self._out(one)) for one in self._streams]
        self._tasks = [*self._outward, *(asyncio.create_task(self._in(one)) for one in self._streams)]

    def take(self, number: int, data: bytes) -> None:
        """Bytes from the other end. Raises BrokenProtocol where it sends more than its window."""
        stream = self._streams[number]
        stream.queued += len(data)
        if stream.queued > WINDOW:
            raise BrokenProtocol("more bytes than the window of a stream")
        stream.pending.append(data)
        stream.idle.clear()
        stream.arrived.set()

    def acknowledge(self, message: dict[str, Any]) -> None:
        """The other end has written some bytes. Raises BrokenProtocol."""
        stream = self._streams[whole_number(message, "stream", len(self._streams) - 1)]
        stream.on_its_way -= whole_number(message, "size", stream.on_its_way)
        stream.room.set()

    async def drained(self, timeout: float) -> None:
        """Wait until all that came from the other end was written, or the time is over."""
        waiting = [asyncio.ensure_future(one.idle.wait()) for one in self._streams]
        await asyncio.wait(waiting, timeout=timeout)
        for each in waiting:
            each.cancel()

    async def sent(self, timeout: float) -> None:
        """Wait until all that the near ends wrote before they closed was sent, or the time is over."""
        await asyncio.wait(self._outward, timeout=timeout)

    async def _out(self, stream: _Stream) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(stream.local, MAX_PIECE):
                while stream.on_its_way + len(data) > WINDOW:
                    stream.room.clear()
                    await stream.room.wait()
                stream.on_its_way += len(data)
                await self._link.send(STREAMS[stream.number], data)
        except OSError:
            pass
        self._lost(stream.number)

    async def _in(self, stream: _Stream) -> None:
        try:
            while True:
                await stream.arrived.wait()
                data = stream.pending.popleft()
                if not stream.pending:
                    stream.arrived.clear()
                await stream.write(data)
                stream.queued -= len(data)
                ack = {"op": "ack", "stream": stream.number, "size": len(data)}
                await self._link.send(CONTROL, json.dumps(ack).encode())
                if not stream.pending:
                    stream.idle.set()
        except LinkClosed:
            return
        except OSError:
            self._lost(stream.number)

    async def close(self) -> None:
        """End all of them, even when this is cancelled meanwhile."""
        await undisturbed(self._close())

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for stream in self._streams:
            stream.local.close()
