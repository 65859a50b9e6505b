"""From synchronous code to a coroutine: `run_blocking`, the one way in which the package does it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

_Result = TypeVar("_Result")
_POLL_SECONDS = 0.1


def run_blocking(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """The result of a coroutine function, for a caller that is not async.

    Where no event loop runs in this thread, `asyncio.run` does it. Where one does (a notebook, a callback of an async
    program), the coroutine gets a loop in a thread of its own, and this thread waits for it. Ctrl-C cancels the
    coroutine, waits for its end, and raises KeyboardInterrupt in both cases.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    return _InThread(work).result()


class _InThread(Generic[_Result]):
    """A coroutine function on a loop in a thread of its own, while the thread that made this waits."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, _Result]]) -> None:
        self._work = work
        self._results: list[_Result] = []
        self._error: BaseException | None = None
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._waiting = asyncio.current_task()
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._run,), name="rlm")

    def result(self) -> _Result:
        """Run it, wait, and return what it returned or raise what it raised."""
        cancelled_before = self._waiting.cancelling() if self._waiting is not None else 0
        self._thread.start()
        try:
            while self._thread.is_alive():
                self._thread.join(_POLL_SECONDS)
                # `asyncio.run` turns the first Ctrl-C into a cancellation of its main task, which cannot be delivered
                # while that task's loop is busy waiting here.
                if self._waiting is not None and self._waiting.cancelling() > cancelled_before:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            self._cancel()
            raise
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # it is raised again in the thread that waits
            self._error = error
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._started.set()
        self._results.append(await self._work())

    def _cancel(self) -> None:
        self._started.wait()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
