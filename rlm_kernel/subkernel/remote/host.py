"""The host: lets listed clients in, keeps their documents, and starts a local sub-kernel for each connection.

Each connection is one sub-kernel, and they share nothing but this process: a client that breaks the protocol, or is
gone, loses its own. The sub-kernels are ordinary ones of this machine, with every layer and no network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import platform
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import zmq
import zmq.asyncio
from zmq.auth.asyncio import AsyncioAuthenticator

from ..errors import IsolationError
from ..launch.process import undisturbed
from ..packages import checked_packages
from ..subkernel import SubKernel
from ..wire.rpc import ProtocolError
from .documents import DocumentStore, KeptDocument
from .hosted import HostedProcess
from .keys import HostKeys, require_curve
from .link import Link, LinkClosed
from .protocol import (
    CONTROL,
    PIECE,
    PROTOCOL,
    RPC,
    STREAMS,
    BrokenProtocol,
    Refused,
    one_line,
    own_version,
    parse_control,
    whole_number,
)
from .settings import HostLimits, is_sha256
from .streams import Streams

_FIRST_MESSAGE = 10.0
_NEXT_PIECE = 60.0
_LAST_MESSAGE = 5.0
_FLUSH = 1.0
_PLACE = 2.0
_MOST_SIZE = 1 << 62
_MAX_WORDS = 500
_DOMAIN = b"rlm"
Log = Callable[[str], None]


class SubKernelHost:
    """A host on `listen` (host, port; port 0 for any). `address` is where it listens, once it does.

    `log` is told in a line what happens: who has come, and why somebody was sent away.
    """

    def __init__(
        self, keys: HostKeys, listen: tuple[str, int], limits: HostLimits, log: Log = lambda _line: None
    ) -> None:
        self._keys = keys
        self._listen = listen
        self.limits = limits
        self.log = log
        self.documents = DocumentStore(limits.document, limits.documents_per_client, limits.documents)
        self.running: Counter[str] = Counter()
        self.address = ""
        self.isolation: dict[str, Any] = {}
        self._freed = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._greeting = 0
        self._context: Any = None
        self._authenticator: Any = None
        self._secret = b""
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen. Raises ValueError for keys that cannot be used, OSError, and IsolationError where the
        operating system offers no layer: clients are let in, not trusted."""
        require_curve()
        if sys.platform != "linux":
            raise ValueError("A sub-kernel host needs Linux: it is there for the sandbox that other systems lack.")
        async with SubKernel("probe", allow_weak_isolation=self.limits.allow_weak_isolation) as probe:
            self.isolation = probe.isolation
        _, self._secret = self._keys.pair()
        self._listener = socket.create_server(self._listen, backlog=64)
        self._listener.setblocking(False)
        host, port = self._listener.getsockname()[:2]
        self.address = f"tcp://{host}:{port}"
        self._context = zmq.asyncio.Context()
        # Before any socket: without it, libzmq would let in everybody who knows the host's public key.
        self._authenticator = AsyncioAuthenticator(self._context)
        self._authenticator.start()
        self._authenticator.configure_curve_callback(_DOMAIN.decode(), credentials_provider=self)
        self._accepting = asyncio.create_task(self._accept(self._listener))

    def callback(self, _domain: str, key: bytes) -> bool:
        """Whether a client's key is listed: called by the authenticator."""
        name = self._keys.client(key)
        if name is None:
            self.log(f"a client whose key is not listed was sent away: {key.decode('ascii', 'replace')}")
        return name is not None

    async def serve(self) -> None:
        """Serve until cancelled, or until nobody can be let in any more."""
        assert self._accepting is not None
        await asyncio.wait({self._accepting})

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                tcp, peer = await loop.sock_accept(listener)
            except OSError as error:  # no descriptors are left: some will be free again
                self.log(f"a connection could not be taken: {error.strerror}")
                await asyncio.sleep(0.1)
                continue
            if len(self._connections) >= self.limits.connections or self._greeting >= self.limits.greeting:
                self.log(f"a connection of {peer[0]} was refused: there are too many")
                tcp.close()
                continue
            self._greeting += 1
            task = asyncio.create_task(self._serve(tcp, str(peer[0])))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, tcp: socket.socket, peer: str) -> None:
        link, name, greeting = None, peer, True
        try:
            link = Link(tcp, self._context, self._secure)
            async with asyncio.timeout(_FIRST_MESSAGE):
                kind, body = await link.receive()
            greeting, self._greeting = False, self._greeting - 1
            # The key is that of the connection, so nobody can speak for another client.
            found = self._keys.client(link.user.encode()) if link.user else None
            if found is None:
                raise BrokenProtocol("a client that is not listed")
            name = found
            await _Session(self, link, name).run(kind, body)
        except (OSError, zmq.ZMQError, TimeoutError, BrokenProtocol, ProtocolError) as error:
            if not isinstance(error, LinkClosed):
                self.log(f"{name}: the connection was ended: {one_line(str(error)) or type(error).__name__}")
        except Exception as error:  # whatever is wrong with one connection, the others go on
            self.log(f"{name}: the connection was ended: {type(error).__name__}: {one_line(str(error))}")
        finally:
            self._greeting -= greeting
            if link is not None:
                await link.close()
            else:
                tcp.close()

    def _secure(self, pair: Any) -> None:
        pair.curve_server = True
        pair.curve_secretkey = self._secret
        pair.zap_domain = _DOMAIN

    @contextlib.asynccontextmanager
    async def place(self, client: str) -> AsyncIterator[None]:
        """A place for one more sub-kernel. Raises Refused where there is none, nor becomes free in a moment."""
        limits = self.limits
        # One that a client has just ended may still be on its way out.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PLACE):
                while self._full(client):
                    self._freed.clear()
                    await self._freed.wait()
        if self.running[client] >= limits.subkernels_per_client:
            raise Refused(f"it runs at most {limits.subkernels_per_client} sub-kernels for a client at once")
        if self._full(client):
            raise Refused(f"it runs {limits.subkernels} sub-kernels already, as many as it may: try again later")
        self.running[client] += 1
        try:
            yield
        finally:
            self.running[client] -= 1
            self._freed.set()

    def _full(self, client: str) -> bool:
        limits = self.limits
        return self.running[client] >= limits.subkernels_per_client or self.running.total() >= limits.subkernels

    async def close(self) -> None:
        """End all sub-kernels and stop listening. May be called twice."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait({self._accepting})
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections))
        if self._listener is not None:
            self._listener.close()
        self.documents.close()
        if self._authenticator is not None:
            self._authenticator.stop()
            self._authenticator = None
        if self._context is not None:
            await asyncio.to_thread(self._context.term)
            self._context = None


class _Session:
    """One client's sub-kernel, from its first message to the end of its connection."""

    def __init__(self, host: SubKernelHost, link: Link, client: str) -> None:
        self._host = host
        self._link = link
        self._client = client
        self._process: HostedProcess | None = None
        self._checking: asyncio.Task[None] | None = None
        self._failure: Exception | None = None

    async def run(self, kind: bytes, body: bytes) -> None:
        """Serve. Raises LinkClosed when the client is gone, and BrokenProtocol."""
        try:
            if kind != CONTROL:
                raise BrokenProtocol("a client that does not say hello")
            await self._serve(parse_control(body))
        except Refused as refusal:
            self._host.log(f"{self._client}: refused: {refusal}")
            await self._say({"op": "refused", "reason": str(refusal)})
            # What is sent last would be dropped with the connection: the client ends it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_MESSAGE):
                    await self._link.closed.wait()

    async def _serve(self, hello: dict[str, Any]) -> None:
        packages = self._checked(hello)
        size = whole_number(hello, "size", _MOST_SIZE)
        async with self._host.place(self._client):
            store = self._host.documents
            async with store.held(self._client, hello["document"], size, self._wanted) as document:
                await self._say({"op": "have"})
                try:
                    await self._run(HostedProcess(self._host.limits, packages), document)
                finally:
                    await undisturbed(self._end())

    async def _end(self) -> None:
        """End the process, and wait for what reads the document."""
        if self._process is not None:
            await self._process.close()
        if self._checking is not None:
            await asyncio.wait({self._checking})

    def _checked(self, hello: dict[str, Any]) -> tuple[str, ...]:
        theirs = one_line(hello.get("version"), 40)
        if hello["op"] != "hello" or hello.get("protocol") != PROTOCOL or theirs != own_version():
            raise Refused(
                f"it has rlm-kernel {own_version()} and this is {theirs or 'another'}: install the same version on both"
            )
        packages = hello.get("packages")
        if not is_sha256(hello.get("document")) or not isinstance(packages, list):
            raise BrokenProtocol("a hello that lacks something")
        self._host.limits.check_memory(whole_number(hello, "memory_limit", _MOST_SIZE))
        try:
            return checked_packages([one_line(name, 20) for name in packages[:10]])
        except ValueError as error:
            raise Refused(str(error)) from None

    def _wanted(self) -> Any:
        self._link.post(CONTROL, json.dumps({"op": "send"}).encode())

        async def next_piece() -> bytes:
            async with asyncio.timeout(_NEXT_PIECE):
                kind, body = await self._link.receive()
            if kind != PIECE:
                raise BrokenProtocol("something else than the document")
            return body

        return next_piece

    async def _run(self, process: HostedProcess, document: KeptDocument) -> None:
        self._process = process
        began = time.monotonic()
        try:
            launched, connections = await process.open()
        except (IsolationError, ProtocolError, OSError) as error:
            words = " ".join(process.last_words.strip().splitlines()[-3:])
            raise Refused(f"its sub-kernel did not start ({one_line(f'{error} {words}'.strip(), 400)})") from None

        async def to_process(data: bytes) -> None:
            try:
                await process.to_process(data, document.fd, document.size)
            except (Refused, BrokenProtocol, ProtocolError) as error:
                self._failure = error
                process.kill_now()

        streams = Streams(self._link, connections, lambda _number: process.hung_up(), {RPC: to_process})
        try:
            info = launched.info
            await self._say(
                {
                    "op": "started",
                    "key": info["key"].decode(),
                    "signature_scheme": info["signature_scheme"],
                    "layers": launched.layers,
                    "versions": {
                        "python": platform.python_version(),
                        "platform": sys.platform,
                        "rlm-kernel": own_version(),
                    },
                }
            )
            self._host.log(f"{self._client}: a sub-kernel has started in {time.monotonic() - began:.2f} s")
            await self._carry(process, streams, document)
        finally:
            await streams.close()
            self._host.log(f"{self._client}: a sub-kernel has ended")

    async def _carry(self, process: HostedProcess, streams: Streams, document: KeptDocument) -> None:
        receiving = asyncio.create_task(self._receive(process, streams, document))
        try:
            await asyncio.wait({receiving, process.ended}, return_when=asyncio.FIRST_COMPLETED)
            if receiving.done():
                receiving.result()
            if self._failure is not None:
                raise self._failure
            await streams.sent(_FLUSH)
            words = one_line(" ".join(process.last_words.strip().splitlines()[-3:]), _MAX_WORDS)
            await self._say({"op": "ended", "code": process.exit_code, "words": words})
            await asyncio.wait({receiving}, timeout=_LAST_MESSAGE)
        finally:
            receiving.cancel()
            with contextlib.suppress(asyncio.CancelledError, LinkClosed, BrokenProtocol):
                await receiving

    async def _receive(self, process: HostedProcess, streams: Streams, document: KeptDocument) -> None:
        while True:
            kind, body = await self._link.receive()
            if kind in STREAMS:
                streams.take(STREAMS.index(kind), body)
                continue
            message = parse_control(body) if kind == CONTROL else {"op": "piece"}
            match message:
                case {"op": "ack"}:
                    streams.acknowledge(message)
                case {"op": "signal", "name": "interrupt"}:
                    process.interrupt()
                case {"op": "signal", "name": "kill"}:
                    process.kill_now()
                case {"op": "check"} if self._checking is None or self._checking.done():
                    self._checking = asyncio.create_task(self._check(document))
                case _:
                    raise BrokenProtocol("a message that has no place here")

    async def _check(self, document: KeptDocument) -> None:
        unchanged = await asyncio.to_thread(document.unchanged)
        with contextlib.suppress(LinkClosed):
            await self._say({"op": "checked", "unchanged": unchanged})

    async def _say(self, message: dict[str, Any]) -> None:
        await self._link.send(CONTROL, json.dumps(message).encode())
