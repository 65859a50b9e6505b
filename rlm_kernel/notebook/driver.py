"""Drives one run from its event stream to its end, with a view, a heartbeat and an interrupt that works.

Twice the same: `run_awaited` on the kernel's own loop, while the cell awaits it; `run_blocking` on a loop of its own
in a thread, while the main thread draws, asks the questions of step mode, and waits. An interrupt sets the engine's
`stop` event, so that the engine ends the run itself and yields its last events; only a run that does not end within
`GRACE` seconds is cut off.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from ..trace import Event, Trace, TraceBuilder
from .step_mode import StepMode, StepQuestion
from .view import View

HEARTBEAT = 0.05
GRACE = 5.0

Stream = Callable[[asyncio.Event, StepMode], AsyncIterator[Event]]
"""Starts a run that ends gracefully when the event it is given is set, and may ask what the stepper asks."""


@dataclass
class DrivenRun:
    """How a run ended: the trace, whole or partial; `error` is what the engine raised."""

    builder: TraceBuilder = field(default_factory=TraceBuilder)
    interrupted: bool = False
    error: BaseException | None = None

    @property
    def trace(self) -> Trace:
        """The run so far."""
        return self.builder.trace

    @property
    def began(self) -> bool:
        """Whether the run got as far as its first event."""
        return bool(self.trace.started)


async def run_awaited(stream: Stream, make_view: Callable[[Callable[[], None]], View]) -> tuple[DrivenRun, View]:
    """Run on the loop that is running. Cancellation, which is how ipykernel interrupts, stops the run gracefully.

    `make_view` is given what the Stop button does.
    """
    stop = asyncio.Event()
    view = make_view(stop.set)
    outcome = DrivenRun()
    stepper = StepMode(stop, view.ask, view.asked)
    engine = asyncio.create_task(_consume(stream(stop, stepper), outcome.builder, view))
    # Without a beating heart the loop may sleep through the signal of an interrupt until something else wakes it.
    heart = asyncio.create_task(_beat(view))
    try:
        await asyncio.wait({engine})
    except (asyncio.CancelledError, KeyboardInterrupt):
        outcome.interrupted = True
        stop.set()
        await _end(engine)
    finally:
        heart.cancel()
        await asyncio.wait({heart})
    if engine.done() and not engine.cancelled():
        outcome.error = engine.exception()
    outcome.error = outcome.error or (None if heart.cancelled() else heart.exception())
    return outcome, view


async def _consume(events: AsyncIterator[Event], builder: TraceBuilder, view: View) -> None:
    async with aclosing(events) as stream:  # type: ignore[type-var]
        async for event in stream:
            builder.feed(event)
            view.feed(event, builder.trace)


async def _beat(view: View) -> None:
    while True:
        view.tick()
        await asyncio.sleep(HEARTBEAT)


async def _end(engine: asyncio.Task[None]) -> None:
    """Wait for a run that was asked to stop; cut it off when it takes too long, or at a second interrupt."""
    with suppress(asyncio.CancelledError):
        await asyncio.wait({engine}, timeout=GRACE)
    if not engine.done():
        engine.cancel()
        await asyncio.wait({engine}, timeout=1)


def run_blocking(stream: Stream, make_view: Callable[[None], View]) -> tuple[DrivenRun, View]:
    """Run in a thread with its own loop while this thread draws; KeyboardInterrupt here stops the run gracefully."""
    view = make_view(None)
    outcome = DrivenRun()
    worker = _Worker(stream)
    worker.start()
    give_up = float("inf")
    while True:
        try:
            item = worker.next(HEARTBEAT)
            if item is _END:
                break
            if isinstance(item, StepQuestion):
                view.ask(item)
            elif item is not None:
                outcome.builder.feed(item)
                view.feed(item, outcome.trace)
            view.tick()
            if time.monotonic() > give_up:
                worker.cut_off()
                break
        except KeyboardInterrupt:
            # The second interrupt does not wait any longer.
            give_up = 0.0 if outcome.interrupted else time.monotonic() + GRACE
            outcome.interrupted = True
            worker.stop()
    outcome.error = worker.error
    return outcome, view


_END: Any = object()


class _Worker:
    """A thread with an event loop of its own that puts a run's events into a queue."""

    def __init__(self, stream: Stream) -> None:
        self.error: BaseException | None = None
        self._stream = stream
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rlm-run", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def next(self, timeout: float) -> Any:
        """The next event, `_END` after the last one, None when none came in time."""
        with suppress(queue.Empty):
            item = self._items.get(timeout=timeout)
            if item is _END:
                self._thread.join()
            return item
        return None

    def stop(self) -> None:
        """Ask the run to end gracefully."""
        self._call(self._stop.set)

    def cut_off(self) -> None:
        """Cancel the run and wait for a moment; a thread that is stuck all the same dies with the process."""
        self._call(self._task.cancel)
        self._thread.join(timeout=1)

    def _call(self, callback: Callable[[], Any]) -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(callback)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self._ready.set()
            self._items.put(_END)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: Any = asyncio.current_task()
        self._stop = asyncio.Event()
        self._ready.set()
        stepper = StepMode(self._stop, self._items.put)
        async with aclosing(self._stream(self._stop, stepper)) as events:  # type: ignore[type-var]
            async for event in events:
                self._items.put(event)
