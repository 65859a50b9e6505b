"""Runs a trace again without a model, and says whether everything came as it was recorded.

A new sub-kernel gets the recorded seed, clock and code; what models and tools replied comes from the trace. It sends
nothing anywhere. `files` reads traces from where they are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..trace import Trace
from .running import areplay
from .verdicts import Replay, Verdict

__all__ = ["Replay", "Verdict", "areplay", "replay"]


def replay(
    trace: Trace,
    document: Any = None,
    *,
    deep: bool = False,
    earlier: Sequence[Trace] = (),
    near: Path | None = None,
    allow_weak_isolation: bool = False,
) -> Replay:
    """`areplay` for callers that are not async; works also where an event loop is running."""
    result: list[Replay] = []
    failure: list[BaseException] = []
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []
    work = functools.partial(
        areplay, trace, document, deep=deep, earlier=earlier, near=near, allow_weak_isolation=allow_weak_isolation
    )

    async def main() -> None:
        running.append((asyncio.get_running_loop(), asyncio.current_task()))  # type: ignore[arg-type]
        result.append(await work())

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="rlm-replay", daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        for loop, task in running:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if failure:
        raise failure[0]
    return result[0]
