"""A sub-kernel's process on a host, as its parent here sees it: with the channels and the checks of a local one.

All that comes from the host is as hostile as what comes from a sub-kernel: it is bounded, checked, and never executed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import mmap
import os
import signal
import socket
import weakref
from collections.abc import Sequence
from functools import partial
from typing import Any

import zmq.asyncio

from ...document.share import SharedBytes
from ..base import Handler
from ..errors import IsolationError
from ..launch.launcher import START_TIMEOUT, Launched, in_thread
from ..launch.process import Process
from ..wire.channel import Channel
from ..wire.zmtp import ZmtpConnection
from .keys import ClientKey
from .link import Link, LinkClosed
from .protocol import (
    CONTROL,
    MAX_PIECE,
    PIECE,
    PROTOCOL,
    STREAMS,
    BrokenProtocol,
    one_line,
    own_version,
    parse_control,
)
from .streams import Streams

_CONNECT = 10.0
# Bytes in a second that a document takes at the slowest.
_SLOWEST = 128 << 10
_KILL = 1.0
_CHECK = 120.0
_EXIT_CODES = range(-64, 256)
_KEY_LENGTH = 256
_digests: weakref.WeakKeyDictionary[SharedBytes, str] = weakref.WeakKeyDictionary()


class RemoteRunning:
    """The process as the host tells of it: a `Running` that ends with its connection."""

    def __init__(self, address: str, link: Link) -> None:
        self.pid = 0
        self.last_words = ""
        self.reason = ""
        self.streams: Streams | None = None
        self.checked: asyncio.Future[bool] | None = None
        self._address = address
        self._link = link
        self._code: int | None = None
        self._following: asyncio.Task[None] | None = None

    def follow(self, streams: Streams) -> None:
        """Begin to take what the host sends."""
        self.streams = streams
        self._following = asyncio.create_task(self._follow(streams))

    def send_signal(self, signum: int) -> None:
        """Ask the host to send a signal. A connection on which a kill has no answer is ended, and the host kills."""
        name = "kill" if signum == signal.SIGKILL else "interrupt"
        self._link.post(CONTROL, json.dumps({"op": "signal", "name": name}).encode())
        if name == "kill":
            asyncio.get_running_loop().call_later(_KILL, self._link.closed.set)

    def ask_whether_unchanged(self) -> asyncio.Future[bool]:
        """Have the host hash its copy of the document again."""
        if self.checked is None or self.checked.done():
            self.checked = asyncio.get_running_loop().create_future()
            self._link.post(CONTROL, json.dumps({"op": "check"}).encode())
        return self.checked

    async def wait(self) -> int | None:
        """Wait for the end of the process, or of the connection. Returns the exit code, None where nobody knows it."""
        assert self._following is not None
        await asyncio.wait({self._following})
        return self._code

    async def _follow(self, streams: Streams) -> None:
        try:
            while not self._has_ended(streams, *await self._link.receive()):
                pass
            await streams.drained(_KILL)
        except LinkClosed:
            self.reason = f"the connection to {self._address} was lost"
        except BrokenProtocol as error:
            self.reason = f"{self._address} sent {error}"
        finally:
            self._link.closed.set()
            self.last_words = self.last_words or self.reason
            if self.checked is not None and not self.checked.done():
                self.checked.cancel()

    def _has_ended(self, streams: Streams, kind: bytes, body: bytes) -> bool:
        if kind in STREAMS:
            streams.take(STREAMS.index(kind), body)
            return False
        message = parse_control(body) if kind == CONTROL else {"op": "piece"}
        match message:
            case {"op": "ack"}:
                streams.acknowledge(message)
            case {"op": "checked", "unchanged": bool(unchanged)} if self.checked is not None:
                if not self.checked.done():
                    self.checked.set_result(unchanged)
            case {"op": "ended"}:
                code = message.get("code")
                self._code = code if type(code) is int and code in _EXIT_CODES else None
                self.last_words = one_line(message.get("words"))
                return True
            case {"op": "refused"}:
                self.reason = f"{self._address} refuses: {one_line(message.get('reason'))}"
                return True
            case _:
                raise BrokenProtocol("a message that has no place here")
        return False

    async def close(self) -> None:
        """End the connection, and with it the process."""
        self._link.closed.set()
        if self._following is not None:
            await asyncio.wait({self._following})
        if self.streams is not None:
            await self.streams.close()
        await self._link.close()


class _SocketsChannel(Channel):
    """A channel over two sockets that are connected already."""

    def __init__(self, sockets: Sequence[socket.socket], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._sockets = sockets

    async def connect(self) -> None:
        """Shake hands on both. Raises OSError."""
        await asyncio.gather(*map(_shake_hands, (self._shell, self._iopub), self._sockets))


async def _shake_hands(connection: ZmtpConnection, local: socket.socket) -> None:
    await asyncio.get_running_loop().create_unix_connection(lambda: connection, sock=local)
    await connection.connected


class RemoteProcess(Process):
    """One process of a sub-kernel on the host at `address`."""

    def __init__(
        self, handler: Handler, packages: Sequence[str], address: str, endpoint: tuple[str, int], key: ClientKey
    ) -> None:
        super().__init__(handler, packages)
        self._address = address
        self._endpoint = endpoint
        self._key = key
        self._remote: RemoteRunning | None = None
        self._link: Link | None = None
        self._ends: list[socket.socket] = []
        self.versions: dict[str, str] = {}

    async def _start(self, shared: SharedBytes, settings: dict[str, Any]) -> dict[str, Any]:
        sha256 = await asyncio.to_thread(_sha256, shared)
        size = shared.size + shared.table_size
        self._link = link = Link(await self._connected_socket(), zmq.asyncio.Context.instance(), self._secure)
        try:
            async with asyncio.timeout(START_TIMEOUT + size / _SLOWEST):
                started = await self._begin(link, shared, sha256, size, settings["memory_limit"])
        except TimeoutError:
            raise IsolationError(f"The sub-kernel host {self._address} did not answer in time.") from None
        except BrokenProtocol as error:
            raise IsolationError(f"The sub-kernel host {self._address} sent {error}: is it one?") from None
        self._launched = launched = self._opened(link, started)
        await self.server.start(launched.rpc, settings | shared.where)
        sockets = (self._ends[1], self._ends[2])
        self._channel = _SocketsChannel(sockets, launched.info, self._break, self._lost)
        return await self._connected(self._channel) | launched.layers

    async def _connected_socket(self) -> socket.socket:
        connect = partial(socket.create_connection, self._endpoint, timeout=_CONNECT)
        try:
            return await in_thread(connect, socket.socket.close)
        except OSError as error:
            reason = error.strerror or str(error)
            raise IsolationError(
                f"The sub-kernel host {self._address} cannot be reached ({reason}): does `rlm subkernel-host` run "
                "there, and does a firewall let you through?"
            ) from None

    def _secure(self, pair: Any) -> None:
        pair.curve_serverkey = self._key.host
        pair.curve_publickey, pair.curve_secretkey = self._key.public, self._key.secret

    async def _begin(
        self, link: Link, shared: SharedBytes, sha256: str, size: int, memory_limit: int
    ) -> dict[str, Any]:
        """Say hello, send the document where it is wanted, and wait until the process runs."""
        hello = {
            "op": "hello",
            "protocol": PROTOCOL,
            "version": own_version(),
            "document": sha256,
            "size": size,
            "memory_limit": memory_limit,
            "packages": list(self._packages),
        }
        answered = False
        try:
            await link.send(CONTROL, json.dumps(hello).encode())
            while True:
                message = await _control(link)
                answered = True
                match message["op"]:
                    case "send":
                        # Where the host hangs up meanwhile, its reason is what comes next.
                        with contextlib.suppress(LinkClosed):
                            await _upload(link, shared.fd, size)
                    case "have":
                        continue
                    case "started":
                        return message
                    case "refused":
                        reason = one_line(message.get("reason"))
                        raise IsolationError(f"The sub-kernel host {self._address} refuses: {reason}.")
                    case _:
                        raise BrokenProtocol("a message that has no place here")
        except LinkClosed:
            if answered:
                raise IsolationError(
                    f"The connection to the sub-kernel host {self._address} was lost while a sub-kernel started."
                ) from None
            raise IsolationError(
                f"The sub-kernel host {self._address} does not take the key: either it does not list it (any more), or "
                "its own key is not the one in the key file (subkernel_key), or it is no sub-kernel host."
            ) from None

    def _opened(self, link: Link, started: dict[str, Any]) -> Launched:
        """Lead the host's streams to sockets of this process, which the channels use as those of a local sub-kernel."""
        key, scheme = started.get("key"), started.get("signature_scheme")
        if not isinstance(key, str) or len(key) > _KEY_LENGTH or scheme != "hmac-sha256":
            raise IsolationError(f"The sub-kernel host {self._address} sent a start that is none: is it one?")
        pairs = [socket.socketpair() for _ in STREAMS]
        self._ends = [near for near, _ in pairs]
        self._remote = running = RemoteRunning(self._address, link)
        running.follow(Streams(link, [far for _, far in pairs], lambda _number: None))
        self._follow(running)
        versions = started.get("versions")
        self.versions = (
            {name: one_line(versions.get(name), 60) for name in ("python", "platform", "rlm-kernel")}
            if isinstance(versions, dict)
            else {}
        )
        layers = started.get("layers")
        info = {"key": key.encode(), "signature_scheme": scheme}
        return Launched(running, self._ends[0], info, layers if isinstance(layers, dict) else {})

    async def _wait_for_end(self, running: Any) -> None:
        code = await running.wait()
        self.reason = self.reason or running.reason
        self.exit_code = code
        if not self.ended.done():
            self.ended.set_result(None)

    async def unchanged(self) -> bool | None:
        """Whether the host's copy of the document is still what was sent, as the host says; None where it is silent."""
        if self._remote is None or self.ended.done():
            return None
        asked = self._remote.ask_whether_unchanged()
        await asyncio.wait({asked}, timeout=_CHECK)
        return asked.result() if asked.done() and not asked.cancelled() else None

    async def close(self) -> None:
        """End the process and the connection."""
        await super().close()
        if self._remote is not None:
            await self._remote.close()
        elif self._link is not None:
            await self._link.close()
        for each in self._ends:
            each.close()


async def _control(link: Link) -> dict[str, Any]:
    kind, body = await link.receive()
    if kind != CONTROL:
        raise BrokenProtocol("something else than an answer")
    return parse_control(body)


async def _upload(link: Link, fd: int, size: int) -> None:
    """Send the document in pieces. Raises LinkClosed, and BrokenProtocol where it has become shorter."""
    sent = 0
    while sent < size:
        piece = os.pread(fd, min(MAX_PIECE, size - sent), sent)
        if not piece:
            raise BrokenProtocol("no end of the document")
        await link.send(PIECE, piece)
        sent += len(piece)


def _sha256(shared: SharedBytes) -> str:
    """The SHA-256 of the shared bytes, the table among them; of the same bytes it is computed once."""
    first = shared.kept or shared
    if (known := _digests.get(first)) is not None:
        return known
    length = shared.size + shared.table_size
    with mmap.mmap(shared.fd, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapped:
        digest = _digests[first] = hashlib.sha256(mapped).hexdigest()
    return digest
