"""The schema of a run: built from events and from nothing else, valid at any moment, the same after a round trip."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from rlm_kernel.trace import (
    MIME_TYPE,
    SCHEMA,
    Call,
    CallFinished,
    CallStarted,
    CodeError,
    CodeFinished,
    CodeStarted,
    DocumentInfo,
    Event,
    Evidence,
    Grounding,
    Iteration,
    IterationFinished,
    IterationStarted,
    OutputDelta,
    Repair,
    ReplyDelta,
    ReplyFinished,
    RunFinished,
    RunStarted,
    Span,
    Trace,
    TraceBuilder,
    TreeUsage,
    Usage,
    Variables,
    isolation_text,
)

ONE = Usage(calls=1, prompt_tokens=10, completion_tokens=5)
SUB = Call(id=1, kind="llm_query", model="sub", prompt="?", response="!", usage=Usage(calls=1, prompt_tokens=3))
EVENTS: list[Event] = [
    RunStarted(
        question="Why?",
        model="root",
        sub_model="sub",
        settings={"max_iterations": 3},
        documents=(DocumentInfo(name="a.txt", source="a.txt", sha256="0" * 64, chars=3, lines=1),),
        isolation={"restricted-python": "8.1", "seccomp": True},
        notices=("RECORDED",),
        started="2026-01-31T12:00:00+00:00",
        versions={"python": "3.11"},
    ),
    IterationStarted(1, 3),
    ReplyDelta(1, "hm", reasoning=True),
    ReplyDelta(1, "```py"),
    ReplyDelta(1, "thon"),
    ReplyFinished(1, "```python\nprint(1)\n```", "hm", ONE),
    CodeStarted(1, "print(1)", (Repair(kind="bracket", before="print(1", after="print(1)"),)),
    OutputDelta(1, "1"),
    CallStarted(1, 1, "llm_query", "sub", "?"),
    CallFinished(1, SUB),
    OutputDelta(1, "\n2\n"),
    CodeFinished(
        1,
        "1\n2\n",
        4,
        CodeError(type="KeyError", message="x", line=1),
        lost_state=True,
        variables=Variables(added={"x": "int 1"}),
        spans=(Span(tool="grep", source="a.txt", start_line=1, end_line=1),),
    ),
    IterationFinished(1, ONE + SUB.usage, 1.5, ("a note",)),
    IterationStarted(2, 3),
    ReplyFinished(2, "FINAL(x)", "", ONE),
    RunFinished(
        "answered",
        value={"x": [1, None]},
        evidence=(Evidence(source="a.txt", line=1, text="abc"),),
        grounding=(Grounding(item="1", verdict="computed", iteration=1),),
        usage=TreeUsage(**(ONE + ONE + SUB.usage).model_dump()),
        seconds=2.5,
        notices=("RECORDED", "another"),
    ),
]


def build(events: list[Event]) -> TraceBuilder:
    builder = TraceBuilder()
    for event in events:
        builder.feed(event)
    return builder


def spent(trace: Trace) -> Usage:
    """The sums alone."""
    return Usage(**trace.usage.model_dump(exclude={"parts"}))


def test_a_whole_run() -> None:
    trace = build(EVENTS).trace
    assert (trace.question, trace.model, trace.sub_model) == ("Why?", "root", "sub")
    assert (trace.status, trace.value, trace.seconds) == ("answered", {"x": [1, None]}, 2.5)
    assert trace.notices == ["RECORDED", "another"]
    assert trace.settings == {"max_iterations": 3}
    first, second = trace.iterations
    assert (first.reply, first.reasoning, first.code) == ("```python\nprint(1)\n```", "hm", "print(1)")
    assert (first.output, first.output_chars, first.lost_state) == ("1\n2\n", 4, True)
    assert (first.calls, first.notes, first.seconds) == ([SUB], ["a note"], 1.5)
    assert first.usage == Usage(calls=2, prompt_tokens=13, completion_tokens=5)
    assert (first.variables.added, first.spans[0].tool, first.repairs[0].kind) == ({"x": "int 1"}, "grep", "bracket")
    assert (second.index, second.code, second.usage) == (2, None, ONE)


@pytest.mark.parametrize("length", range(len(EVENTS) + 1))
def test_a_run_that_is_cut_off_anywhere_leaves_a_valid_trace(length: int) -> None:
    builder = build(EVENTS[:length])
    finished = length == len(EVENTS)
    assert Trace.from_json(builder.trace.to_json()) == builder.trace
    assert builder.trace.status == ("answered" if finished else "running")
    trace = builder.stop("the power failed")
    assert (trace.status, trace.reason) == (("answered", "") if finished else ("stopped", "the power failed"))
    assert builder.stop("again").reason == trace.reason
    assert Trace.from_json(trace.to_json()) == trace


def test_a_run_that_is_cut_off_keeps_what_it_had_and_what_it_cost() -> None:
    trace = build(EVENTS[:8]).stop()
    assert (trace.iterations[0].output, trace.iterations[0].output_chars) == ("1", 1)
    assert trace.iterations[0].reasoning == "hm"
    assert spent(trace) == ONE
    assert spent(build(EVENTS[:-1]).stop()) == ONE + ONE + SUB.usage


def test_a_cut_off_turn_counts_its_sub_calls_by_model() -> None:
    usage = build(EVENTS[:11]).stop().usage
    assert [(part.model, part.depth, part.calls) for part in usage.parts] == [("root", 0, 1), ("sub", 0, 1)]
    assert (usage.calls, usage.prompt_tokens) == (2, 13)


def test_calls_are_rows_of_the_whole_tree_that_add_up() -> None:
    inner = build(EVENTS).trace.model_copy(update={"depth": 1, "model": "sub"})
    run = Call(id=7, kind="rlm_query", model="sub", line=3, trace=inner, usage=ONE + ONE + SUB.usage)
    trace = build([*EVENTS[:9], CallFinished(1, run), *EVENTS[10:]]).trace
    rows = trace.calls
    assert [(row["run"], row["depth"], row["kind"], row["model"]) for row in rows] == [
        (0, 0, "root", "root"),
        (0, 0, "rlm_query", "sub"),
        (7, 1, "root", "sub"),
        (7, 1, "llm_query", "sub"),
        (7, 1, "root", "sub"),
        (0, 0, "root", "root"),
    ]
    assert rows[1]["line"] == 3
    assert sum(row["prompt_tokens"] for row in rows) == 43
    assert len({tuple(row) for row in rows}) == 1


def test_deltas_are_replaced_by_the_whole() -> None:
    trace = build([*EVENTS[:5]]).trace
    assert (trace.iterations[0].reply, trace.iterations[0].reasoning) == ("```python", "hm")
    # A stream that died is asked again: its reply begins anew, its cost stays.
    again = build([*EVENTS[:5], ReplyFinished(1, "", "", ONE), ReplyDelta(1, "new"), ReplyFinished(1, "new", "", ONE)])
    assert (again.trace.iterations[0].reply, again.trace.iterations[0].usage) == ("new", ONE + ONE)


def test_json_carries_the_promised_names() -> None:
    data = json.loads(build(EVENTS).trace.to_json())
    assert data == build(EVENTS).trace.to_dict()
    assert data["schema"] == SCHEMA == "rlm.trace/1"
    assert MIME_TYPE == "application/vnd.rlm.trace.v1+json"
    promised = "question model sub_model settings documents isolation iterations status value evidence grounding usage"
    assert {*promised.split(), "started", "versions"} <= set(data)
    turn = data["iterations"][0]
    of_turn = "index reply reasoning code repairs output output_chars error variables spans calls usage seconds"
    assert set(of_turn.split()) <= set(turn)
    assert {"name", "source", "sha256", "chars", "lines"} <= set(data["documents"][0])
    assert set(turn["repairs"][0]) == {"kind", "before", "after"}
    assert set(turn["error"]) == {"type", "message", "line"}
    assert set(turn["variables"]) == {"added", "changed"}
    assert set(turn["spans"][0]) == {"tool", "source", "start_line", "end_line", "line"}
    assert {"kind", "prompt", "context_spans", "response", "trace", "error", "usage", "seconds"} <= set(
        turn["calls"][0]
    )
    costs = "calls prompt_tokens completion_tokens cached_tokens cost seconds"
    assert set(costs.split()) <= set(data["usage"])


def test_a_sub_run_is_a_whole_trace() -> None:
    inner = Trace(question="inner", status="answered", value=3)
    call = Call(id=1, kind="rlm_query", trace=inner)
    trace = Trace(iterations=[Iteration(index=1, calls=[call])])
    read = Trace.from_json(trace.to_json())
    assert read.iterations[0].calls[0].trace == inner


@pytest.mark.parametrize("indent", [None, 2])
def test_lone_surrogates_become_question_marks(indent: int | None) -> None:
    trace = Trace(
        question="half \ud83d", value={"a": ["\ud800", 1.5]}, iterations=[Iteration(index=1, output="ü\ud83d")]
    )
    data = json.loads(trace.to_json(indent=indent).encode("utf-8"))
    assert (data["question"], data["value"]) == ("half ?", {"a": ["?", 1.5]})
    assert data["iterations"][0]["output"] == "ü?"
    assert Trace.from_json(trace.to_json()).question == "half ?"


HOSTILE = '</script><script>alert(1)</script>\x00\x1b[2J\u202e\u2028{"schema": "x"}\\u0000\'"`\r\n'


def test_hostile_text_stays_data() -> None:
    trace = Trace(
        question=HOSTILE,
        status="failed",
        reason=HOSTILE,
        value={HOSTILE: HOSTILE},
        notices=[HOSTILE],
        iterations=[Iteration(index=1, reply=HOSTILE, output=HOSTILE, code=HOSTILE)],
    )
    assert Trace.from_json(trace.to_json()) == trace
    assert Trace.from_json(trace.to_json(indent=1).encode()) == trace


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": "rlm.trace/2"}, "schema"),
        ({"status": "splendid"}, "status"),
        ({"surprise": 1}, "surprise"),
        ({"iterations": [{"index": "first"}]}, "iterations.0.index"),
        ({"iterations": [{"index": 1, "calls": [{"id": 1, "kind": "shell"}]}]}, "iterations.0.calls.0.kind"),
        ({"usage": {"calls": None}}, "usage.calls"),
    ],
)
def test_anything_else_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    data = build(EVENTS).trace.to_dict() | change
    with pytest.raises(ValidationError, match=re.escape(field)):
        Trace.from_json(json.dumps(data))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", b"\xff", '{"value": NaN}x'])
def test_what_is_no_trace_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="Trace"):
        Trace.from_json(text)


def test_two_builders_share_nothing() -> None:
    first, second = build(EVENTS[:2]), build(EVENTS[:2])
    first.feed(CallFinished(1, SUB))
    first.trace.notices.append("mine")
    first.trace.settings["x"] = 1
    assert second.trace.iterations[0].calls == []
    assert second.trace.notices == ["RECORDED"]
    assert "x" not in second.trace.settings
    assert EVENTS[0].settings == {"max_iterations": 3}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ({}, "none"),
        ({"weak": True}, "none (WEAK: no operating-system layer)"),
        (
            {"restricted-python": "8.1", "rlimits": {"memory": 1}, "landlock": 7, "seccomp": True, "weak": False},
            "restricted-python + rlimits + landlock(abi 7) + seccomp",
        ),
        (
            {"restricted-python": "8.1", "landlock": 0, "seccomp": False, "weak": True},
            "restricted-python (WEAK: no operating-system layer)",
        ),
        ({"landlock": True}, "landlock"),
    ],
)
def test_the_isolation_in_one_line(report: dict[str, Any], text: str) -> None:
    assert isolation_text(report) == Trace(isolation=report).isolation_text == text


def test_usage_adds_up_and_keeps_unknown_costs_unknown() -> None:
    assert (ONE + ONE).cost is None
    assert (Usage(cost=0.5) + ONE).cost == 0.5
    assert (Usage(cost=0.5) + Usage(cost=0.25)).cost == 0.75
    assert (ONE + Usage(estimated=True)).estimated
