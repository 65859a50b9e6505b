"""How a run ends early: the user's stop, the end of its time. It waits for things until then, and cancels them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, TypeVar

from .budget import Budget, BudgetExceeded

_Item = TypeVar("_Item")


class Stopped(Exception):
    """The user has stopped the run."""


class OutOfTime(BudgetExceeded):
    """The run's wall time is over."""


class Stopper:
    """Ends what a run waits for when `stop` is set, or when the tree's time (or a deadline set later) is over."""

    def __init__(self, stop: asyncio.Event, budget: Budget) -> None:
        self.stop = stop
        self._budget = budget
        self._deadline: float | None = None

    def grant(self, seconds: float) -> None:
        """From now on only these seconds count, not the tree's."""
        self._deadline = time.monotonic() + seconds

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, None without a limit."""
        return self._budget.remaining_seconds if self._deadline is None else self._deadline - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether no second is left."""
        left = self.remaining
        return left is not None and left <= 0

    def out_of_time(self) -> OutOfTime:
        """What to raise when no second is left."""
        limit = self._budget.limits.max_seconds
        return OutOfTime(f"max_seconds={limit:g} seconds are over" if limit is not None else "it took too long")

    async def iterate(self, items: AsyncIterator[_Item]) -> AsyncGenerator[_Item, None]:
        """The same items until then. Raises Stopped or OutOfTime; closing `items` is the caller's.

        They are taken as they come, by a task: a reply of many thousand small pieces must not cost a race for each.
        """
        waiting, woken = deque[_Item](), asyncio.Event()
        taking = asyncio.create_task(_take(items, waiting, woken))
        taking.add_done_callback(lambda _task: woken.set())
        stopping = asyncio.create_task(self.stop.wait())
        stopping.add_done_callback(lambda _task: woken.set())
        try:
            while True:
                await self._woken(woken)
                woken.clear()
                ended = taking.done()
                while waiting:
                    yield waiting.popleft()
                if ended:
                    await taking
                    return
        finally:
            stopping.cancel()
            taking.cancel()
            await asyncio.wait({taking, stopping})
            if not taking.cancelled():
                taking.exception()  # looked at here, also where nobody wants it any more

    async def _woken(self, woken: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self.remaining):
                await woken.wait()
        except TimeoutError:
            raise self.out_of_time() from None
        if self.stop.is_set():
            raise Stopped

    async def race(self, awaitable: Any) -> Any:
        """Await something unless the run is stopped or its time is over; then it is cancelled."""
        task = asyncio.ensure_future(awaitable)
        stop = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({task, stop}, timeout=self.remaining, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not self.stop.is_set():
                return task.result()
            raise Stopped if self.stop.is_set() else self.out_of_time()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # looked at here, also where nobody wants it any more


async def _take(items: AsyncIterator[_Item], waiting: deque[_Item], woken: asyncio.Event) -> None:
    async for item in items:
        waiting.append(item)
        woken.set()
