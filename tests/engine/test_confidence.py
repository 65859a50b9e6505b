"""How certain an answer is: what lowers its confidence, what was measured of answers like it, and when it is marked."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.verify import reliability
from rlm_kernel.engine.verify.confidence import confidence_of, mark_of
from rlm_kernel.engine.verify.reliability import WEIGHTS
from rlm_kernel.engine.verify.unsaid_words import unsaid_words
from rlm_kernel.models.local.model import LocalModel
from rlm_kernel.trace import CodeError, Derivation, Evidence, Grounding, Iteration, Searched, Span, Step, Trace


@pytest.mark.parametrize(("verdict", "is_doubted"), [("absent", True), ("computed", False)])
def test_that_nothing_is_stated_is_doubted_where_code_had_failed(verdict: Any, is_doubted: bool) -> None:
    failed = Iteration(index=1, error=CodeError(type="IndexError", message="tuple index out of range"))
    trace = Trace(status="answered", grounding=[Grounding(item="None", verdict=verdict)], iterations=[failed])
    told = [what for what, _ in confidence_of(trace).factors]
    assert ("nothing was found, and some code had failed" in told) is is_doubted


def test_what_lowers_a_confidence_is_named() -> None:
    nothing = Searched(tool="grep", pattern="x", hits=0)
    trace = Trace(
        status="answered",
        value=0,
        grounding=[Grounding(item="0", verdict="ungrounded")],
        iterations=[Iteration(index=1, searches=[nothing])],
    )
    found = confidence_of(trace, recall=0.5)
    assert [what for what, _ in found.factors] == [
        "a value stands nowhere and was not computed",
        "it is nothing, and a search had no hits",
        "no second solve has confirmed it",
        "its code found 50% of planted lines",
    ]
    assert found.score == pytest.approx(0.4 * 0.5 * 0.8 * 0.5)
    assert not found.calibrated


@pytest.mark.parametrize(
    ("changed", "weights", "is_measured"),
    [
        ({}, WEIGHTS, True),
        ({}, None, False),
        ({"best_guess": True}, WEIGHTS, False),
        ({"sub_model": "another"}, WEIGHTS, False),
        ({"settings": {"temperature": 1.5}}, WEIGHTS, False),
        ({"settings": {"tools": ["rate"]}}, WEIGHTS, False),
    ],
)
def test_how_often_such_answers_were_right_is_told_where_it_was_measured(
    changed: dict[str, Any], weights: str | None, is_measured: bool
) -> None:
    found = confidence_of(
        Trace(status="answered", value="x", model="local").model_copy(update=changed), weights=weights
    )
    assert (found.measured is not None) is is_measured
    assert found.calibrated is is_measured
    assert ("uncalibrated: an order, no probability" in found.text) is not is_measured
    if found.measured is None:
        assert found.score == pytest.approx(math.prod(factor for _, factor in found.factors))
        assert mark_of(found) is None
    else:
        assert found.measured.least <= 0.8 < found.measured.most
        assert found.score == pytest.approx((found.measured.right + 1) / (found.measured.answers + 2), abs=1e-4)
        assert f"{found.measured.right} of {found.measured.answers} answers of this model" in found.text
        assert found.measured.low < found.measured.right / found.measured.answers <= found.measured.high


@pytest.mark.parametrize(("right", "is_marked"), [(9, True), (29, False)])
def test_an_answer_is_marked_where_fewer_than_seven_of_ten_like_it_were_right(
    monkeypatch: pytest.MonkeyPatch, right: int, is_marked: bool
) -> None:
    monkeypatch.setattr(reliability, "RANGES", ((0.3, 0.5, 30, right), (0.7, 0.9, 30, 29)))
    trace = Trace(status="answered", value=3, model="local")
    found = confidence_of(trace, weights=WEIGHTS, unsaid=["thrown", "away", "pastries"])
    mark = mark_of(found)
    assert (mark is not None) is is_marked
    if mark is not None:
        assert mark.startswith(f"Not certain: {right} of 30 answers of this model")
        assert mark.endswith("neither in its rows nor in its code: thrown, away, pastries.")
    assert mark_of(confidence_of(trace, weights=WEIGHTS, unsaid=["thrown"])) is None


@pytest.mark.parametrize(("count", "score"), [(0, 0.8), (2, 0.8), (3, 0.4), (4, 0.4), (5, 0.24), (40, 0.24)])
def test_words_that_rows_and_code_do_not_have_lower_a_confidence(count: int, score: float) -> None:
    found = confidence_of(Trace(status="answered", value=3), unsaid=["word"] * count)
    assert found.score == pytest.approx(score)
    assert found.text.count("word,") <= 8


STORE = "store;kept;state\nquay;3;thrown\nmill;4;sold\nquay;5;thrown\n"


@pytest.mark.parametrize(
    ("question", "unsaid"),
    [
        ("How many are kept in the quay store, thrown ones?", []),
        ("How much bread of the quay was binned by the bakers?", ["bread", "binned", "bakers"]),
        ("What is the sum of what quay has? Please count each row only once.", []),
        ("How many were THROWN or Throwing?", []),
        ("word " * 401, []),
    ],
)
def test_the_words_that_an_answer_takes_up_are_those_of_its_rows_and_its_code(question: str, unsaid: list[str]) -> None:
    code = r"rows = grep(r'^quay;(?P<kept>\d+);(?P<store_state>\w+)$')"
    derivation = Derivation(
        steps=[Step(iteration=1, line=1, code=code)],
        spans=[Span(tool="grep", source="context", start_line=n, end_line=n) for n in (2, 4)],
    )
    row = Grounding(item="8", verdict="computed", derivation=derivation)
    trace = Trace(status="answered", value=8, grounding=[row], iterations=[Iteration(index=1, code='search("bread")')])
    assert unsaid_words(question, Document.of(STORE), trace) == unsaid


def test_of_a_quoted_answer_the_words_of_its_line_count() -> None:
    row = Grounding(item="mill", kind="text", verdict="document", source="context", lines=[3])
    trace = Trace(status="answered", value="mill", grounding=[row])
    assert unsaid_words("Where was bread sold?", Document.of(STORE), trace) == ["bread"]
    nothing = Trace(status="answered", grounding=[Grounding(item="None", verdict="absent")])
    assert unsaid_words("Where was bread sold?", Document.of(STORE), nothing) == ["bread", "sold"]
    shown = nothing.model_copy(update={"evidence": [Evidence(source="context", line=3, text="mill;4;sold")]})
    assert unsaid_words("Where was bread sold?", Document.of(STORE), shown) == ["bread"]


def test_what_was_measured_is_of_the_weights_that_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RLM_LOCAL_MODEL", raising=False)
    assert LocalModel().pinned_weights == WEIGHTS
    assert LocalModel("local:0.5b").pinned_weights not in (None, WEIGHTS)
    monkeypatch.setenv("RLM_LOCAL_MODEL", "/weights/of/mine.gguf")
    assert LocalModel().pinned_weights is None
