"""The parent's end of a ZeroMQ connection to one sub-kernel: ZMTP 3.0, NULL mechanism, as DEALER or as SUB.

Not by libzmq: it gathers the frames of a message without any limit before it hands them over, and drops a connection
that breaks its rules without a word. A peer that broke out could make this process grow, or wait, for as long as it
likes. Here every message has a size, nothing is read faster than it is taken, and an end is an event.

Source: https://rfc.zeromq.org/spec/23/. What a sub-kernel never uses (other mechanisms, reconnecting) is not there.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any

_GREETING = b"\xff" + bytes(7) + b"\x01\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_MORE, _LONG, _COMMAND = 1, 2, 4
_MAX_FRAMES = 32


def _frame(flags: int, body: bytes) -> bytes:
    if len(body) < 256:
        return bytes([flags, len(body)]) + body
    return bytes([flags | _LONG]) + len(body).to_bytes(8, "big") + body


def _ready(kind: bytes) -> bytes:
    body = b"\x05READY" + b"\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    if kind == b"DEALER":
        body += b"\x08Identity" + bytes(4)
    return _frame(_COMMAND, body)


class ZmtpConnection(asyncio.Protocol):
    """Passes each message to `take`; `broken` gets the reason why there will be no more, `lost` that the peer is gone.

    `limit` bounds the bytes of one message. Neither callback is called after `close`.
    """

    def __init__(
        self,
        kind: bytes,
        limit: int,
        take: Callable[[list[bytes]], None],
        broken: Callable[[str], None],
        lost: Callable[[], None],
    ) -> None:
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kind = kind
        self._limit = limit
        self._take = take
        self._broken = broken
        self._lost = lost
        self._transport: Any = None
        self._buffer = bytearray()
        self._greeted = False
        self._frames: list[bytes] = []
        self._size = 0

    def send(self, frames: Sequence[bytes]) -> None:
        """Send one message; it is dropped where the peer is gone. What waits to be read is only what was sent here."""
        if self._transport is None:
            return
        last = len(frames) - 1
        for index, body in enumerate(frames):
            self._transport.write(_frame(_MORE if index < last else 0, bytes(body)))

    def close(self) -> None:
        """End the connection at once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self.connected.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(_GREETING)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._transport is not None:
            self._transport = None
            self._lost()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            used = self._read()
        except ValueError as error:
            self._fail(str(error))
            return
        del self._buffer[:used]

    def _fail(self, reason: str) -> None:
        self.close()
        self._buffer.clear()
        self._broken(reason)

    def _read(self) -> int:
        """Take what is complete; returns the bytes that are done with. Raises ValueError."""
        at = 0
        if not self._greeted:
            at = self._read_greeting()
            if at == 0:
                return 0
        while self._transport is not None:
            header = self._buffer[at : at + 9]
            if len(header) < 2:
                break
            flags, size, start = header[0], header[1], at + 2
            if flags & ~(_MORE | _LONG | _COMMAND):
                raise ValueError("it sent a frame of no known kind")
            if flags & _LONG:
                if len(header) < 9:
                    break
                size, start = int.from_bytes(header[1:], "big"), at + 9
            if self._size + size > self._limit or len(self._frames) >= _MAX_FRAMES:
                raise ValueError(f"it sent a message of more than {self._limit:,} bytes or {_MAX_FRAMES} frames")
            if len(self._buffer) < start + size:
                break
            at = start + size
            self._take_frame(flags, bytes(self._buffer[start:at]))
        return at

    def _read_greeting(self) -> int:
        if len(self._buffer) < len(_GREETING):
            return 0
        peer = self._buffer
        if peer[0] != 0xFF or peer[9] != 0x7F or peer[10] < 3 or bytes(peer[12:32]).rstrip(b"\0") != b"NULL":
            raise ValueError("it does not speak ZMTP 3")
        self._greeted = True
        self._transport.write(_ready(self._kind))
        return len(_GREETING)

    def _take_frame(self, flags: int, body: bytes) -> None:
        if flags & _COMMAND:
            if body.startswith(b"\x05READY") and not self.connected.done():
                if self._kind == b"SUB":
                    self._transport.write(_frame(0, b"\x01"))
                self.connected.set_result(None)
            return
        self._frames.append(body)
        self._size += len(body)
        if not flags & _MORE:
            frames, self._frames, self._size = self._frames, [], 0
            self._take(frames)


async def connect(connection: ZmtpConnection, info: dict[str, Any], name: str) -> None:
    """Connect to the socket `name` of a connection file (ipc or tcp) and shake hands. Raises OSError."""
    loop, port = asyncio.get_running_loop(), info[f"{name}_port"]
    if info["transport"] == "tcp":
        await loop.create_connection(lambda: connection, info["ip"], port)
    else:
        # Connected here: uvloop takes no abstract name. A connection of this family is made at once or refused.
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.setblocking(False)
            client.connect(f"{info['ip']}-{port}")
            await loop.create_unix_connection(lambda: connection, sock=client)
        except BaseException:
            client.close()
            raise
    await connection.connected
