"""A plugin for this suite: replays every trace that a test has made, and fails the test whose trace is not reproduced.

    PYTHONPATH=tests python -m pytest -p replaying tests

What no replay can know is let pass: code that was interrupted, a question of a session whose beginning was lost.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from rlm_kernel import Document, Trace
from rlm_kernel.engine.run import Run
from rlm_kernel.replay import replay
from rlm_kernel.trace import Event

_made: list[tuple[Trace, Document, Any]] = []
_events = Run.events


async def _noted(self: Run, executor: Any) -> AsyncGenerator[Event, None]:
    async with aclosing(_events(self, executor)) as events:
        async for event in events:
            yield event
    if not self._depth:
        _made.append((self._trace.trace, self._document, executor))


Run.events = _noted  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _every_trace_is_reproduced(request: pytest.FixtureRequest) -> Iterator[None]:
    _made.clear()
    yield
    traces = [Trace.from_json(trace.to_json()) for trace, _, _ in _made]
    for trace, (_, document, executor) in zip(traces, list(_made), strict=True):
        weak = getattr(executor, "_allow_weak", False)
        done = replay(trace, document, deep=True, earlier=traces, allow_weak_isolation=weak)
        unknown = done.verdict == "cannot be replayed" or trace.unchanged is False
        assert done.reproduced or unknown, f"{done.text}\n{done.diff}"
