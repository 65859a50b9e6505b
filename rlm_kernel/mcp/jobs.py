"""One call of a tool as a task of its own, which may have to ask the client something in the middle.

Older protocol versions let a server send the client a request at any time. Since 2026-07-28 a call answers with what
it needs and is called again with that: meanwhile its job is parked here. A job knows neither tools nor documents.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types

from .server_settings import PATIENCE, ToolFailure

_GATHERING = 0.01
_GRACE = 0.25
_log = logging.getLogger(__name__)

Work = Callable[["Job"], Awaitable[types.CallToolResult]]
Direct = Callable[[types.InputRequest], Awaitable[Any]]


class Job:
    """A running call. `sampling` and `roots`: whether the client offers them; `direct`: how to ask it at once, None
    where it has to come back. `stop` is set when the call is to end; `watched`: whether the work looks at it."""

    def __init__(
        self, name: str, arguments: dict[str, Any], *, sampling: bool, roots: bool, direct: Direct | None
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.sampling = sampling
        self.roots = roots
        self.stop = asyncio.Event()
        self.watched = False
        self.parked: str | None = None
        self.parked_until = float("inf")
        self.news = asyncio.Event()
        self._direct = direct
        self._waiting: dict[str, tuple[types.InputRequest, asyncio.Future[Any]]] = {}
        self._sent: set[str] = set()
        self._asked = 0
        self._progress: list[tuple[float, float | None, str]] = []
        self._task: asyncio.Task[types.CallToolResult] | None = None

    @property
    def in_rounds(self) -> bool:
        """Whether every question to the client costs it a round trip."""
        return self._direct is None

    def start(self, work: Work, done: Callable[[Job], None]) -> None:
        """Begin; `done` is called when it has ended, however."""
        self._task = asyncio.create_task(self._run(work))

        def finished(_task: object) -> None:
            self.news.set()
            done(self)

        self._task.add_done_callback(finished)

    async def _run(self, work: Work) -> types.CallToolResult:
        try:
            return await work(self)
        except ToolFailure as failure:
            return failed(str(failure))
        except Exception as error:
            # What it says may hold anything; the log has the rest.
            _log.error("%s failed", self.name, exc_info=error)
            return failed(f"{self.name} failed by a fault of the server ({type(error).__name__}); its log says more.")

    async def ask(self, request: types.InputRequest) -> Any:
        """What the client answers. Raises `MCPError` where it refuses, `ToolFailure` where it does not answer."""
        if self._direct is not None:
            return await self._direct(request)
        self._asked += 1
        key = f"ask-{self._asked}"
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[key] = request, answer
        self.news.set()
        try:
            return await answer
        finally:
            self._waiting.pop(key, None)
            self._sent.discard(key)

    def report(self, progress: float, total: float | None, message: str) -> None:
        """Tell the client how far it is."""
        self._progress.append((progress, total, message))
        self.news.set()

    def take_progress(self) -> list[tuple[float, float | None, str]]:
        """What is to be told, the last of it where nobody has listened for long."""
        told, self._progress = self._progress[-100:], []
        return told

    async def take_requests(self) -> dict[str, types.InputRequest]:
        """The questions that the client has not seen yet; those that are asked at once come together."""
        if set(self._waiting) - self._sent:
            await asyncio.sleep(_GATHERING)
        new = {key: request for key, (request, _) in self._waiting.items() if key not in self._sent}
        self._sent |= set(new)
        return new

    def park(self) -> str:
        """Wait for the client to come back; the word that it must bring."""
        self.parked, self.parked_until = secrets.token_urlsafe(24), time.monotonic() + PATIENCE
        return self.parked

    def deliver(self, answers: Mapping[str, Any]) -> None:
        """The client is back. A question that it does not answer fails."""
        self.parked, self.parked_until = None, float("inf")
        for key in self._sent & set(self._waiting):
            answer = self._waiting[key][1]
            if answer.done():
                continue
            if key in answers:
                answer.set_result(answers[key])
            else:
                answer.set_exception(ToolFailure("The client has not answered what it was asked."))
        self.news.set()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._task is not None and self._task.done()

    def result(self) -> types.CallToolResult:
        """What came of it, once it is done."""
        assert self._task is not None
        return failed(f"{self.name} was stopped.") if self._task.cancelled() else self._task.result()

    async def end(self) -> None:
        """Stop it: gracefully where its work looks at `stop`, then by cancelling it. Returns when it has ended."""
        self.stop.set()
        if self._task is None:
            return
        if self.watched:
            await asyncio.wait({self._task}, timeout=_GRACE)
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)


def failed(message: str) -> types.CallToolResult:
    """The result of a call that could not be answered."""
    return types.CallToolResult(content=[types.TextContent(type="text", text=message)], is_error=True)
