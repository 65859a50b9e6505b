"""One encrypted connection: ZeroMQ's CURVE over TCP, with what libzmq lacks against a hostile peer.

libzmq gathers the frames of a message without any limit, and says nothing of a peer that is gone. So it does not get
the network's socket: it is bound to a local one, encrypts and decrypts, and every byte passes through here. What goes
in is bounded beyond the messages that have come out, and the end of the TCP connection is an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets
import socket
import sys
from collections.abc import Callable
from typing import Any

import zmq
import zmq.asyncio

from ..launch.sockets import Folder
from .protocol import CONTROL, MAX_CONTROL, MAX_PIECE, PIECE, STREAMS, BrokenProtocol

# Bytes that may be inside libzmq without having come out as a message; one message has at most a tenth of it.
MAX_INSIDE = 2 << 20
_RECEIVE = 256 << 10
_MESSAGES = 64
_STALLED = 60.0
_LATE = 0.5
_SHORT_BODY = 255
_ENCRYPTION = 33  # of one frame: command name, nonce, authentication, flags
# Linux: names of sockets without a file.
_ABSTRACT = sys.platform == "linux"
_KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPALIVE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
_USER_TIMEOUT = 30_000


class LinkClosed(ConnectionError):
    """The connection has ended."""


class Link:
    """Sends and receives messages over a TCP connection, of which it takes possession.

    `secure` sets the keys of the ZeroMQ socket. `user` is the key of the peer, where this is the host's end; "" before
    the first message. `closed` is set by the end of the connection, whoever ended it.
    """

    def __init__(self, tcp: socket.socket, context: Any, secure: Callable[[Any], None]) -> None:
        self.user = ""
        self.closed = asyncio.Event()
        self._tcp = tcp
        self._folder: Folder | None = None
        self._sent: set[asyncio.Future[Any]] = set()
        self._forwarded = self._taken = 0
        self._room = asyncio.Event()
        self._socket: Any = context.socket(zmq.PAIR)
        self._inner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            secure(self._socket)
            self._socket.linger = 0
            self._socket.maxmsgsize = MAX_PIECE + 64  # as encrypted
            self._socket.sndhwm = self._socket.rcvhwm = _MESSAGES
            self._inner.connect(self._bind())
            self._inner.setblocking(False)
            tcp.setblocking(False)
            _keep_alive(tcp)
        except BaseException:
            self._release()
            raise
        self._pumps = [asyncio.create_task(self._inward()), asyncio.create_task(self._outward())]

    def _bind(self) -> str:
        """Bind the ZeroMQ socket where only this process will connect. Returns the address."""
        if _ABSTRACT:
            name = f"rlm-link-{secrets.token_hex(16)}"
            self._socket.bind(f"ipc://@{name}")
            return f"\0{name}"
        self._folder = Folder()
        self._socket.bind(f"ipc://{self._folder.path}/link")
        return f"{self._folder.path}/link"

    async def _inward(self) -> None:
        """From the network to libzmq, no faster than messages come out of it."""
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._tcp, _RECEIVE):
                self._forwarded += len(data)
                await loop.sock_sendall(self._inner, data)
                async with asyncio.timeout(_STALLED):
                    while self.inside > MAX_INSIDE:
                        self._room.clear()
                        await self._room.wait()
        except (OSError, TimeoutError):
            pass
        self.closed.set()

    async def _outward(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(self._inner, _RECEIVE):
                await loop.sock_sendall(self._tcp, data)
        # libzmq hangs up on a peer that does not have the right keys, or breaks the rules.
        self.closed.set()

    @property
    def inside(self) -> int:
        """Bytes that libzmq was given and that have not come out of it as messages, the handshake's among them."""
        return self._forwarded - self._taken

    async def send(self, kind: bytes, body: bytes) -> None:
        """Send a message; waits while too much is on its way. Raises LinkClosed."""
        if self.closed.is_set():
            raise LinkClosed
        sending = asyncio.ensure_future(self._socket.send_multipart([kind, body]))
        await self._unless_closed(sending)

    def post(self, kind: bytes, body: bytes) -> None:
        """Send a message behind the scenes; nothing happens where the connection has ended."""
        if not self.closed.is_set():
            sending = asyncio.ensure_future(self.send(kind, body))
            self._sent.add(sending)
            sending.add_done_callback(self._forget)

    def _forget(self, sending: asyncio.Future[Any]) -> None:
        self._sent.discard(sending)
        if not sending.cancelled():
            sending.exception()

    async def receive(self) -> tuple[bytes, bytes]:
        """The next message: kind and body. Raises LinkClosed, and BrokenProtocol for one that is none of ours."""
        receiving = asyncio.ensure_future(self._socket.recv_multipart(copy=False))
        frames = await self._unless_closed(receiving, late=_LATE)
        self._taken += sum(map(_encrypted_size, frames))
        self._room.set()
        if len(frames) != 2:
            raise BrokenProtocol("a message that is none of ours")
        if not self.user:
            with contextlib.suppress(zmq.ZMQError):
                self.user = str(frames[0].get("User-Id"))
        kind, body = frames[0].bytes, frames[1].bytes
        if not (kind in (PIECE, *STREAMS) or (kind == CONTROL and len(body) <= MAX_CONTROL)):
            raise BrokenProtocol("a message of no known kind")
        return kind, body

    async def _unless_closed(self, work: asyncio.Future[Any], late: float = 0.0) -> Any:
        """The result of `work`; LinkClosed where the connection ends before, and `late` seconds have passed."""
        closing = asyncio.ensure_future(self.closed.wait())
        try:
            await asyncio.wait({work, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and late:
                await asyncio.wait({work}, timeout=late)
            if not work.done():
                raise LinkClosed
            return work.result()
        except zmq.ZMQError as error:
            if error.errno in (errno.ENOTSOCK, zmq.ETERM):
                raise LinkClosed from None
            raise
        finally:
            closing.cancel()
            if not work.done():
                work.cancel()

    async def close(self) -> None:
        """End the connection at once: what has not been sent yet is dropped. May be called twice."""
        self.closed.set()
        for task in (*self._pumps, *self._sent):
            task.cancel()
        try:
            await asyncio.wait(self._pumps)
            if self._sent:
                await asyncio.wait(list(self._sent))
        finally:
            # Also where this is cancelled: a socket that stays open keeps ZeroMQ's context from ending, for ever.
            self._release()

    def _release(self) -> None:
        self._socket.close()
        self._inner.close()
        self._tcp.close()
        if self._folder is not None:
            self._folder.remove()


def _encrypted_size(frame: Any) -> int:
    """The bytes of a frame on the wire: libzmq's framing around CURVE's message."""
    size = len(frame) + _ENCRYPTION
    return size + (2 if size <= _SHORT_BODY else 9)


def _keep_alive(tcp: socket.socket) -> None:
    """Have the system notice a peer that is gone without a word."""
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    options = {name: value for name, value in _KEEP_ALIVE.items() if hasattr(socket, name)}
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        options["TCP_USER_TIMEOUT"] = _USER_TIMEOUT
    for name, value in options.items():
        tcp.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
