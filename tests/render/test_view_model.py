"""The view model: what a saved notebook changes is told beside the trace, and what is left out is said in numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rlm_kernel.render.labels import grounding_sum
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.render.view_model import view_model
from rlm_kernel.trace import MIME_TYPE, Call, Grounding, Iteration, Trace
from rlm_kernel.trace.ordered import from_ordered, ordered

RANKING = {"north": 8_000_000, "south": 2.0, "2024": [{"b": 1, "a": 2**60}], "east": None}


def saved(trace: Trace) -> Trace:
    """The trace that comes back from a saved notebook, whose keys are sorted."""
    text = json.dumps(mimebundle(trace)[MIME_TYPE], sort_keys=True)
    return Trace.model_validate(json.loads(text))


def test_a_saved_value_keeps_its_order_and_its_numbers() -> None:
    trace = Trace(status="answered", value=RANKING)
    kept = saved(trace)
    assert json.dumps(kept.value) == json.dumps(RANKING)
    assert kept == trace


@pytest.mark.parametrize("value", [None, 3, "text", 2.5, [1, "two"], {}, RANKING, {"pairs": 1, "number": "2"}, [[{}]]])
def test_the_ordered_form_is_read_back_as_it_was(value: Any) -> None:
    assert json.dumps(from_ordered(json.loads(json.dumps(ordered(value), sort_keys=True)))) == json.dumps(value)


@pytest.mark.parametrize("forged", [{"pairs": 3}, {"number": "[1]"}, {"pairs": [["a", "other"]]}, 7, {"x": 1}])
def test_a_forged_view_changes_no_value(forged: Any) -> None:
    data = Trace(status="answered", value={"a": 1, "b": 2}).to_dict() | {"view": {"value": forged}}
    assert Trace.model_validate(data).value == {"a": 1, "b": 2}


def test_a_small_trace_has_no_view() -> None:
    assert "view" not in view_model(Trace(status="answered", value="short"))


def test_a_shortened_copy_tells_how_much_the_run_had() -> None:
    calls = [Call(id=n, kind="llm_query", prompt="x" * 300, response="y" * 300) for n in range(12)]
    turns = [Iteration(index=n + 1, code="print(1)", calls=calls) for n in range(201)]
    model = view_model(Trace(iterations=turns, status="answered", value="v"))
    whole = dict(model["view"]["whole"])
    assert whole == {"iterations": 201, "sub-calls": 2_412}
    assert len(model["iterations"]) < 201
    kept = {turn["index"]: len(turn["calls"]) for turn in model["iterations"]}
    assert model["view"]["calls"] == [[index, 12] for index, count in kept.items() if count < 12]


def test_an_answer_is_summed_up_worst_first() -> None:
    verdicts = ["document"] * 5 + ["computed"] * 2 + ["ungrounded"]
    parts = [Grounding(item=str(number), verdict=verdict) for number, verdict in enumerate(verdicts)]  # type: ignore[arg-type]
    prose = Grounding(item="words", verdict="prose", parts=parts)
    assert grounding_sum([prose]) == "1 of 8 items found nowhere · 5 in the document · 2 computed · prose not checked"
    assert grounding_sum(parts[:7]) == "7 items: 5 in the document · 2 computed"
    assert grounding_sum([Grounding(item="words", verdict="prose")]) == "prose not checked"
    assert grounding_sum([]) == ""
