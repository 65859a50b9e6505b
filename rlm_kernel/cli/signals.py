"""Drives one run to its end, through the signals that end programs; the trace is there whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from types import FrameType
from typing import Any

from ..api.rlm import RLM
from ..render.sanitize import one_line
from ..render.terminal import Progress
from ..trace import Event, TraceBuilder

GRACE = 3.0
"""Seconds after which a run that was asked to stop is cut off."""
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class RunOutcome:
    """How a run ended: its trace so far, the signal that ended it, and what the engine raised."""

    def __init__(self) -> None:
        self.builder = TraceBuilder()
        self.signal: int | None = None
        self.error: Exception | None = None

    @property
    def began(self) -> bool:
        """Whether there is a trace worth keeping."""
        return bool(self.builder.trace.started)


def run(
    engine: RLM,
    question: str,
    document: Any,
    answer_type: Any,
    progress: Progress | None,
    on_event: Callable[[Event], None] | None = None,
) -> RunOutcome:
    """Ask and wait; `on_event` gets each event. The first signal ends the run gracefully, a second one at once."""
    outcome = RunOutcome()
    try:
        asyncio.run(_run(engine, question, document, answer_type, progress, outcome, on_event))
    except asyncio.CancelledError:
        pass  # cut off, by a signal
    except Exception as error:
        outcome.error = error
        outcome.builder.trace.status, outcome.builder.trace.reason = "failed", one_line(str(error), 600)
    outcome.builder.stop()
    return outcome


async def _run(
    engine: RLM,
    question: str,
    document: Any,
    answer_type: Any,
    progress: Progress | None,
    outcome: RunOutcome,
    on_event: Callable[[Event], None] | None,
) -> None:
    stop = asyncio.Event()
    with _signals(stop, outcome, progress):
        async with aclosing(engine.stream(question, document, answer_type=answer_type, stop=stop)) as events:
            async for event in events:
                outcome.builder.feed(event)
                if on_event is not None:
                    on_event(event)
                if progress is not None:
                    progress.feed(event, outcome.builder.trace)


@contextmanager
def _signals(stop: asyncio.Event, outcome: RunOutcome, progress: Progress | None) -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    timers: list[threading.Timer] = []

    def later(seconds: float, what: Any, *arguments: Any) -> None:
        timer = threading.Timer(seconds, what, arguments)
        timer.daemon = True
        timer.start()
        timers.append(timer)

    def cut_off() -> None:
        with suppress(RuntimeError):  # the loop has just been closed
            loop.call_soon_threadsafe(task.cancel)
        # A loop that is stuck cannot be asked. The sub-kernels die with this process.
        later(1.0, _end, outcome, progress)

    def handle(number: int, _frame: FrameType | None) -> None:
        first = outcome.signal is None
        outcome.signal = number
        if first:
            loop.call_soon_threadsafe(stop.set)
            later(GRACE, cut_off)
        else:
            cut_off()

    before = {}
    for name in _SIGNALS:
        # What the caller ignores stays ignored: nohup, or a job in a script's background.
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            before[name] = signal.signal(getattr(signal, name), handle)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
        for timer in timers:
            timer.cancel()


def _end(outcome: RunOutcome, progress: Progress | None) -> None:
    if progress is not None and progress.console.is_terminal:
        progress.console.show_cursor(True)
    os._exit(128 + (outcome.signal or signal.SIGINT))
