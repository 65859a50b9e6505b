"""Who is asking, and what is theirs: documents, traces and calls, which no other client sees.

A client of the older protocol is its connection. Since 2026-07-28 requests stand alone: over stdio they still come
from one client, over HTTP nobody can tell who sent them. There a session or a trace belongs to whoever knows its name,
which cannot be guessed and is never listed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mcp_types as types
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from ..document import Document
from .allowed_files import folder_of
from .jobs import Job
from .server_settings import MAX_CALLS, MAX_TRACE_BYTES, MAX_TRACES, ServerSettings, ToolFailure
from .sessions import McpSession

_SHARE = 4
_STATE = "rlm_kernel"
_MAX_ROOTS = 100
_LARGE = 16 << 20

Context = ServerRequestContext[Any, Any]


class ByteAllowance:
    """The bytes that a client may still hold, and those of the document that was read into them."""

    def __init__(self, taken: dict[ByteAllowance, int], left: int) -> None:
        self.left = left
        self._taken = taken

    def take(self, document: Document) -> None:
        """The document is held from now on."""
        self._taken[self] = sum(len(text.data) for text in document.texts)

    def free(self) -> None:
        """It is no longer, or by a session, which counts by itself."""
        self._taken.pop(self, None)


class McpClient:
    """One client. `anonymous`: all those over HTTP that cannot be told apart, of whom nothing may be listed."""

    def __init__(self, settings: ServerSettings, *, anonymous: bool = False) -> None:
        self.anonymous = anonymous
        self.sessions: dict[str, McpSession] = {}
        self.traces: OrderedDict[str, str] = OrderedDict()
        self.jobs: set[Job] = set()
        self._settings = settings
        self._share = _SHARE if anonymous else 1
        self._folders: tuple[Path, ...] | None = None
        self._loading = 0
        self._reading = asyncio.Lock()
        self._rooms: dict[ByteAllowance, int] = {}

    @property
    def max_sessions(self) -> int:
        """How many documents may be loaded at once."""
        return self._settings.max_sessions * self._share

    @contextlib.asynccontextmanager
    async def room(self) -> AsyncIterator[ByteAllowance]:
        """The room for one more document; only one is read at a time."""
        async with self._reading:
            yield ByteAllowance(self._rooms, max(0, self._settings.max_bytes * self._share - self.held_bytes))

    @property
    def held_bytes(self) -> int:
        """The bytes of all documents that it has loaded or asks about."""
        return sum(len(session.text.data) for session in self.sessions.values()) + sum(self._rooms.values())

    async def folders(self, job: Job) -> tuple[Path, ...]:
        """The folders whose files may be read: the server's, else those that the client names."""
        if self._settings.roots:
            return self._settings.roots
        if not job.roots:
            return ()
        if self._folders is not None:
            return self._folders
        try:
            answer = await job.ask(types.ListRootsRequest())
        except MCPError:
            return ()
        named = answer.roots[:_MAX_ROOTS] if isinstance(answer, types.ListRootsResult) else []
        folders = tuple(folder for root in named if (folder := folder_of(str(root.uri))) is not None)
        if not job.in_rounds:
            # A client that answers at once says when they change; the other is asked every time.
            self._folders = folders
        return folders

    def forget_folders(self) -> None:
        """The client's folders have changed."""
        self._folders = None

    async def add_session(self, document: Document) -> McpSession:
        """Start a sub-kernel around a document. Raises ToolFailure and IsolationError."""
        if len(self.sessions) + self._loading >= self.max_sessions:
            raise ToolFailure(f"{self.max_sessions} documents are loaded, which is the limit: close a session first.")
        engine = self._settings.engine
        session = McpSession(
            document,
            memory_limit=engine.get("memory_limit", "512MB"),
            allow_weak_isolation=bool(engine.get("allow_weak_isolation", False)),
            packages=engine.get("packages", ()),
            subkernel_host=engine.get("subkernel_host"),
            subkernel_key=engine.get("subkernel_key"),
        )
        self._loading += 1
        try:
            await session.start()
        finally:
            self._loading -= 1
        self.sessions[session.id] = session
        return session

    def session(self, name: str) -> McpSession:
        """A loaded document. Raises ToolFailure."""
        session = self.sessions.get(name)
        if session is None:
            raise ToolFailure(
                "There is no such session: it was closed, or unused for too long; load_document gives a new one."
            )
        session.touch()
        return session

    async def close_session(self, name: str) -> None:
        """End a session. Raises ToolFailure."""
        self.session(name)
        await self.sessions.pop(name).close()

    def add_trace(self, trace: str) -> str:
        """Keep a trace (JSON) for a while; its id."""
        identity = secrets.token_urlsafe(16)
        self.traces[identity] = trace
        while len(self.traces) > MAX_TRACES * self._share or self._trace_bytes > MAX_TRACE_BYTES * self._share:
            self.traces.popitem(last=False)
        return identity

    @property
    def _trace_bytes(self) -> int:
        return sum(map(len, self.traces.values()))

    async def add_job(self, job: Job) -> None:
        """Take note of a call. Raises ToolFailure where too many are under way."""
        while len(self.jobs) >= MAX_CALLS * self._share:
            waiting = [each for each in self.jobs if each.parked]
            if not waiting:
                raise ToolFailure(f"{len(self.jobs)} calls are under way, which is the limit: wait for one to end.")
            # Its client may well have given it up: it goes before a new one is turned away.
            oldest = min(waiting, key=lambda each: each.parked_until)
            await oldest.end()
            self.jobs.discard(oldest)
        self.jobs.add(job)

    def settle(self, job: Job) -> None:
        """A call has ended. One that waits for its client is kept for it, until it comes or its time is over."""
        if job.parked is None:
            self.jobs.discard(job)

    def parked(self, state: str) -> Job | None:
        """The call that waits for the client to come back with this word."""
        return next(
            (job for job in self.jobs if job.parked and secrets.compare_digest(job.parked.encode(), state.encode())),
            None,
        )

    async def expire(self, now: float) -> None:
        """End what nobody has used for too long."""
        for job in [job for job in self.jobs if job.parked_until < now]:
            await job.end()
            self.jobs.discard(job)
        late = [name for name, each in self.sessions.items() if each.idle > self._settings.idle_seconds]
        for name in late:
            await self.sessions.pop(name).close()

    async def close(self) -> None:
        """End everything of this client's."""
        await asyncio.gather(*(job.end() for job in list(self.jobs)))
        self.jobs.clear()
        sessions, self.sessions = list(self.sessions.values()), {}
        await asyncio.gather(*(session.close() for session in sessions))
        self.traces.clear()


class Clients:
    """All clients of one server; the server's lifespan."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._all: set[McpClient] = set()
        self._alone = self._new(anonymous=settings.shared)

    def of(self, context: Context) -> McpClient:
        """The client that sent a request."""
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return self._alone
        connection = _connection(context)
        client = connection.state.get(_STATE)
        if not isinstance(client, McpClient):
            client = connection.state[_STATE] = self._new()
            connection.exit_stack.push_async_callback(self._drop, client)
        return client

    def _new(self, *, anonymous: bool = False) -> McpClient:
        client = McpClient(self._settings, anonymous=anonymous)
        self._all.add(client)
        return client

    async def _drop(self, client: McpClient) -> None:
        self._all.discard(client)
        await client.close()

    @contextlib.asynccontextmanager
    async def lifespan(self, _server: object) -> AsyncIterator[dict[str, Any]]:
        """While the server serves: what is unused is ended from time to time, and everything at the end."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield {}
        finally:
            sweeping.cancel()
            await asyncio.wait({sweeping})
            await self.close()

    async def _sweep(self) -> None:
        held = 0
        while True:
            await asyncio.sleep(min(15.0, self._settings.idle_seconds / 4))
            for client in list(self._all):
                await client.expire(time.monotonic())
            before, held = held, sum(client.held_bytes for client in self._all)
            if before - held > _LARGE:
                # A sub-kernel and its document are a cycle: in a server that has nothing to do, they would stay.
                gc.collect()

    async def close(self) -> None:
        """End everything of everybody's."""
        await asyncio.gather(*(client.close() for client in list(self._all)))


def _connection(context: Context) -> Connection:
    # Version 2.3 of the SDK gives a handler no other way to what lives as long as its connection.
    return context.session._connection
