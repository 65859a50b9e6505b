"""The parent's end of the cell's requests. Every byte is hostile: lengths, shapes and numbers are checked here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from typing import Any

from ..base import Handler, Refusal
from ..inside.rpc import HEADER, MAX_REQUEST, encode

_MAX_OPEN = 4


class ProtocolError(RuntimeError):
    """The sub-kernel sent what it never sends: it is no longer to be trusted."""


class Server:
    """Serves one sub-kernel. Requests are answered only while a cell runs (`open` to `close_cell`).

    `broken` is called with a reason when the sub-kernel must be killed, `lost` when it closed the socket or died.
    """

    def __init__(
        self, handler: Handler, broken: Callable[[str], None], lost: Callable[[], None] = lambda: None
    ) -> None:
        self._handler = handler
        self._lost = lost
        self._broken = broken
        self._writer: asyncio.StreamWriter | None = None
        self._reader_task: asyncio.Task[None] | None = None
        self._requests: set[asyncio.Task[None]] = set()
        self._in_cell = False
        self._asking = 0
        self.ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def start(self, connection: socket.socket, settings: dict[str, Any]) -> None:
        """Take over the socket, send the settings, begin to listen."""
        connection.setblocking(False)
        reader, self._writer = await asyncio.open_unix_connection(sock=connection, limit=1 << 20)
        self._writer.write(encode(settings))
        self._reader_task = asyncio.create_task(self._listen(reader))

    @property
    def waiting(self) -> bool:
        """Whether the cell waits for the parent: its time limit stands still then."""
        return self._asking > 0

    def open_cell(self) -> None:
        """A cell begins: its requests count."""
        self._in_cell = True

    async def close_cell(self) -> None:
        """The cell has ended or is being interrupted: its open requests are cancelled."""
        self._in_cell = False
        for task in list(self._requests):
            task.cancel()
        if self._requests:
            await asyncio.wait(list(self._requests))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (size,) = HEADER.unpack(await reader.readexactly(HEADER.size))
                if size > MAX_REQUEST:
                    raise ProtocolError(f"a request of {size:,} bytes")
                self._take(_parse(await reader.readexactly(size)))
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self.ready.done():
                self.ready.set_exception(ProtocolError("the sub-kernel ended before it was ready"))
                self.ready.exception()
            else:
                self._lost()
        except ProtocolError as error:
            self._broken(str(error))

    def _take(self, message: dict[str, Any]) -> None:
        if not self.ready.done():
            report = message.get("ready")
            if not isinstance(report, dict):
                raise ProtocolError("the first message is no report")
            self.ready.set_result(report)
            return
        identity, method, params = message.get("id"), message.get("method"), message.get("params")
        if not (
            isinstance(identity, str) and len(identity) <= 64 and isinstance(method, str) and isinstance(params, dict)
        ):
            raise ProtocolError("a malformed request")
        if len(self._requests) >= _MAX_OPEN:
            raise ProtocolError("too many requests at once")
        task = asyncio.create_task(self._answer(identity, method, params))
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    async def _answer(self, identity: str, method: str, params: dict[str, Any]) -> None:
        frame = await self._reply(identity, method, params)
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame)
            # A request counts as open until its reply is taken: who does not read cannot make this process grow.
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()

    async def _reply(self, identity: str, method: str, params: dict[str, Any]) -> bytes:
        if not self._in_cell:
            return encode({"id": identity, "error": "no cell is running"})
        self._asking += 1
        try:
            frame = encode({"id": identity, "result": await self._handler(method, params)})
            if len(frame) <= MAX_REQUEST:
                return frame
            reason = f"{method}: the result has {len(frame):,} bytes, too many for one reply; ask for less at once"
        except Refusal as error:
            reason = str(error)
        except Exception as error:  # whatever is wrong with a handler, the cell must not wait for ever
            reason = f"{method} failed in the parent ({type(error).__name__})"
        finally:
            self._asking -= 1
        return encode({"id": identity, "error": reason})

    async def close(self) -> None:
        """Cancel what is open and close the socket."""
        await self.close_cell()
        if self._reader_task is not None:
            self._reader_task.cancel()
            await asyncio.wait([self._reader_task])
        if self._writer is not None:
            # Not `close`: it waits until all is sent, and a peer that does not read would hold it for ever.
            self._writer.transport.abort()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a request that is no JSON ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise ProtocolError("a request that is no object")
    return message
