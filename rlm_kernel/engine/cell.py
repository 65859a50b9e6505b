"""One cell of a run: shown to the user where that is wanted, executed, its events passed on, interrupted in time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ..subkernel.base import Execution, Executor
from ..trace import Event, OutputDelta, Repair
from .cancellation import Stopped, Stopper
from .repair import Healed
from .run_settings import Review


async def reviewed(review: Review | None, index: int, healed: Healed, stopper: Stopper) -> Healed:
    """The code as the user lets it run. Raises Stopped, and BudgetExceeded where the user is asked for too long."""
    if review is None or healed.error is not None:
        return healed
    code = review(index, healed.code)
    if inspect.isawaitable(code):
        code = await stopper.race(code)
    if code is None:
        raise Stopped
    if code == healed.code:
        return healed
    return Healed(code, (*healed.repairs, Repair(kind="edited", before=healed.code, after=code)), None)


async def executed(
    executor: Executor, index: int, code: str, events: asyncio.Queue[Event], stopper: Stopper
) -> AsyncGenerator[Event | Exception | Execution, None]:
    """The events of a cell as they come, those that others put into `events` among them, and at last its execution.

    Before that, an exception where the run was stopped or out of time: the cell is being interrupted then.
    """
    task = asyncio.create_task(
        executor.execute(code, on_output=lambda text: events.put_nowait(OutputDelta(index, text)))
    )
    try:
        async with aclosing(_pumped(task, events, stopper)) as pumped:
            async for event in pumped:
                if isinstance(event, Exception):
                    await executor.interrupt()
                yield event
    finally:
        if not task.done():
            await executor.interrupt()
            await asyncio.wait({task})
    yield task.result()


async def _pumped(
    task: asyncio.Task[Any], events: asyncio.Queue[Event], stopper: Stopper
) -> AsyncGenerator[Event | Exception, None]:
    stop = asyncio.create_task(stopper.stop.wait())
    getter = asyncio.create_task(events.get())
    told = False
    try:
        while not task.done():
            waiting: set[asyncio.Future[Any]] = {task, getter} if told else {task, getter, stop}
            timeout = None if told else stopper.remaining
            done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            # First, or the events of thousands of calls would put it off.
            if not told and task not in done and (stop in done or stopper.is_over):
                told = True
                yield Stopped() if stop in done else stopper.out_of_time()
            if getter in done:
                event, getter = getter.result(), asyncio.create_task(events.get())
                yield event
        if getter.done():
            event, getter = getter.result(), asyncio.create_task(events.get())
            yield event
        while not events.empty():
            yield events.get_nowait()
    finally:
        stop.cancel()
        if getter.done():
            _put_back(events, getter.result())
        getter.cancel()


def _put_back(events: asyncio.Queue[Event], first: Event) -> None:
    """Put an event back at the front of a queue whose reader was cancelled; the trace gets it from `Run.cut_off`."""
    rest = [first]
    while not events.empty():
        rest.append(events.get_nowait())
    for event in rest:
        events.put_nowait(event)
