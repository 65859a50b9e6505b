"""An event loop in a thread of its own, and the ways to it and back from another loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Home:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="rlm-session", daemon=True)
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
        """Begin something there, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def end(self) -> None:
        """Stop the loop and wait for the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


async def forward(stop: asyncio.Event, loop: asyncio.AbstractEventLoop, inner: asyncio.Event) -> None:
    """When `stop` is set here, set `inner` on its loop."""
    await stop.wait()
    loop.call_soon_threadsafe(inner.set)


def bridged(callback: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """A callback of the user's, async or not, as one that can be awaited on another loop and runs on `loop`."""
    if callback is None:
        return None

    async def call(*arguments: Any) -> Any:
        made = callback(*arguments)
        return await made if inspect.isawaitable(made) else made

    async def bridged(*arguments: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(*arguments), loop))

    return bridged
