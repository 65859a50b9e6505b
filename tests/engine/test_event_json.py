"""Events as JSON lines: nothing is lost on the way, and a trace is built from them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel.trace import (
    EVENT_SCHEMA,
    CodeFinished,
    Event,
    OutputDelta,
    RunFinished,
    Trace,
    TraceBuilder,
    event_from_dict,
    event_to_dict,
    event_to_json,
)

Serve = Callable[..., ScriptedServer]
CODE = f"print(llm_query('Is it so?'))\nprint(rlm_query('How long?', 'abc'))\n{SUM}\nFINAL(total)"


async def events_of_a_run(scripted_server: Serve) -> tuple[list[Event], Trace]:
    server = scripted_server([block(CODE), "yes", block("print(len(context))\nFINAL(len(context))")])
    events = [event async for event in engine(server, max_concurrency=1).stream("What is the total?", DOCUMENT)]
    builder = TraceBuilder()
    for event in events:
        builder.feed(event)
    return events, builder.trace


async def test_every_event_comes_back_and_makes_the_same_trace(scripted_server: Serve) -> None:
    events, trace = await events_of_a_run(scripted_server)
    lines = [event_to_json(event, number) for number, event in enumerate(events, 1)]
    assert {json.loads(line)["type"] for line in lines} > {"RunStarted", "CallFinished", "SubRunEvent", "RunFinished"}
    assert [event_from_dict(json.loads(line)) for line in lines] == events
    assert [json.loads(line)["id"] for line in lines] == list(range(1, len(lines) + 1))
    assert trace.value == TOTAL
    for source in (lines, [line.encode() + b"\n" for line in lines], events, [json.loads(line) for line in lines]):
        assert Trace.from_events(source).to_dict() == trace.to_dict()


async def test_events_that_break_off_are_a_run_that_was_stopped(scripted_server: Serve) -> None:
    events, _ = await events_of_a_run(scripted_server)
    trace = Trace.from_events(events[:-1])
    assert (trace.status, len(trace.iterations)) == ("stopped", 1)


def test_what_json_cannot_hold_is_said_otherwise() -> None:
    written = event_to_json(RunFinished("answered", value={"a": [float("nan"), "\ud83d"]}), 1)
    assert json.loads(written)["data"]["value"] == {"a": [None, "?"]}
    assert json.loads(event_to_json(OutputDelta(1, "\ud800"), 2).encode())["data"] == {"index": 1, "text": "?"}


def line(**changes: Any) -> dict[str, Any]:
    return event_to_dict(CodeFinished(1, "", 0), 1) | changes


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (["{"], "Event 1 is no JSON object"),
        ([line(schema="x")], f"no event of {EVENT_SCHEMA}: 'x'"),
        ([[1]], "no event of"),
        ([line(type="Nonsense")], "no event of the type 'Nonsense'"),
        ([line(data=1)], "no event of the type"),
        ([line(data={"index": 1, "evil": 2})], "CodeFinished has no field 'evil'"),
        ([line(data={"index": "one"})], "index"),
        ([line(type="SubRunEvent")], "A SubRunEvent has the fields"),
        ([line()], "belongs to an iteration that never began"),
        ([], "There is no RunStarted"),
    ],
)
def test_what_is_no_run_is_refused(events: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Trace.from_events(events)
