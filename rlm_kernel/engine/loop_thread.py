"""LoopThread: an asyncio loop that runs in a background thread, and callbacks that come back from it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class LoopThread:
    """An event loop in a daemon thread of its own, from the start until `end`."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
        finally:
            self.loop.close()

    def submit(self, work: Coroutine[Any, Any, _Result]) -> concurrent.futures.Future[_Result]:
        """Start a coroutine on the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine on the loop and wait for its result; KeyboardInterrupt cancels it."""
        future = self.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    @property
    def alive(self) -> bool:
        """Whether `end` has not been called."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Stop the loop and wait for the thread. May be called twice."""
        if self.alive:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()


async def forward(stop: asyncio.Event, loop: asyncio.AbstractEventLoop, inner: asyncio.Event) -> None:
    """When `stop` is set on this loop, set `inner` on the loop `loop`."""
    await stop.wait()
    loop.call_soon_threadsafe(inner.set)


def bridged(callback: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """A callback of the user's, async or not, as one that can be awaited on another loop and runs on `loop`."""
    if callback is None:
        return None

    async def call(*arguments: Any) -> Any:
        result = callback(*arguments)
        return await result if inspect.isawaitable(result) else result

    async def bridged(*arguments: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*arguments), loop))

    return bridged
