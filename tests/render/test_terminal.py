"""What the command line prints of runs inside a run."""

from __future__ import annotations

import io

import pytest

from rlm_kernel.render.terminal import Progress
from rlm_kernel.trace import (
    Call,
    CallFinished,
    CallStarted,
    CodeError,
    CodeFinished,
    CodeStarted,
    Event,
    IterationStarted,
    ModelWaiting,
    RunFinished,
    RunStarted,
    SubRunEvent,
    TraceBuilder,
)


def sub_run(identity: int, status: str = "answered") -> list[Event]:
    inner: list[Event] = [
        RunStarted(f"part {identity}", "m", depth=1),
        IterationStarted(1, 4),
        CodeStarted(1, f"look({identity})"),
        SubRunEvent(1, 9, RunStarted("the deepest \x1b[31m", "m", depth=2)),
        CodeFinished(1, f"seen {identity}", 6, CodeError(type="ValueError", message="no")),
        RunFinished(status, reason="a limit"),  # type: ignore[arg-type]
    ]
    return [SubRunEvent(1, identity, event) for event in inner]


def test_each_line_of_a_sub_run_names_its_call() -> None:
    begun: list[Event] = [RunStarted("whole", "m"), IterationStarted(1, 4), CodeStarted(1, "rlm_query_batched(parts)")]
    begun += [CallStarted(1, number, "rlm_query_batched", "m", f"part {number}") for number in (1, 2)]
    # Side by side: the events of the two runs take turns.
    for pair in zip(sub_run(1), sub_run(2, "exhausted"), strict=True):
        begun += pair
    begun.append(CallFinished(1, Call(id=1, kind="rlm_query_batched", prompt="part 1", response="7")))
    stream, builder = io.StringIO(), TraceBuilder()
    with Progress(stream, full=True) as progress:
        for event in begun:
            builder.feed(event)
            progress.feed(event, builder.trace)
    lines = stream.getvalue().splitlines()
    for line in (
        "    #1 part 1",
        "    #2 iteration 1 of 4",
        "    #1 > look(1)",
        "    #1 #9 the deepest ␛[31m",
        "    #2 seen 2",
        "    #2 ValueError: no",
        "    #2 exhausted: a limit",
        "  rlm_query_batched: part 1 -> 7",
    ):
        assert line in lines
    assert not any("answered" in line for line in lines)
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("full", [True, False])
def test_a_model_that_waits_is_said_with_the_reason(full: bool) -> None:
    waiting = ModelWaiting(1, "the endpoint limits the rate \x1b[31m", 12.0)
    stream, builder = io.StringIO(), TraceBuilder()
    with Progress(stream, full=full) as progress:
        for event in (RunStarted("whole", "m"), IterationStarted(1, 4), waiting):
            builder.feed(event)
            progress.feed(event, builder.trace)
    said = "  waiting 12 s: the endpoint limits the rate ␛[31m"
    assert (said in stream.getvalue().splitlines()) is full


def test_the_request_after_the_last_iteration_is_called_what_it_is() -> None:
    stream, builder = io.StringIO(), TraceBuilder()
    with Progress(stream, full=True) as progress:
        for event in (RunStarted("whole", "m"), IterationStarted(4, 4), IterationStarted(5, 4)):
            builder.feed(event)
            progress.feed(event, builder.trace)
    assert "Iteration 4 of 4\n" in stream.getvalue()
    assert "After 4 iterations: the best guess\n" in stream.getvalue()
