"""Runs a trace again without a model, and says whether everything came as it was recorded.

A new sub-kernel gets the recorded seed, clock and code; what models and tools replied comes from the trace. It sends
nothing anywhere. `files` reads traces from where they are kept.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Sequence
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
    allow_weak_isolation: bool = False,
) -> Replay:
    """`areplay` for callers that are not async; works also where an event loop is running."""
    result: list[Replay] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(
                asyncio.run(
                    areplay(trace, document, deep=deep, earlier=earlier, allow_weak_isolation=allow_weak_isolation)
                )
            )
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="rlm-replay", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
