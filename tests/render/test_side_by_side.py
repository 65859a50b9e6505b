"""Two runs side by side: what differs is named, what is the same is not, and hostile text stays text."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.api.answer import Answer
from rlm_kernel.trace import Grounding, Iteration, Trace, TreeUsage


def run(value: Any, *codes: str, verdict: str = "computed", **more: Any) -> Answer:
    turns = [Iteration(index=number, code=code) for number, code in enumerate(codes, 1)]
    grounding = [Grounding(item=str(value), verdict=verdict)]  # type: ignore[arg-type]
    usage = TreeUsage(calls=len(codes), prompt_tokens=10, completion_tokens=2, cost=0.01)
    return Answer(
        Trace(question="How many?", status="answered", value=value, iterations=turns, grounding=grounding, usage=usage)
    )


def test_what_differs_is_named() -> None:
    both = run(13_000_000, "a = 1\nb = 2", "FINAL(a)").compare(run(8, "a = 1\nb = 3", "FINAL(a)", "x"))
    assert not both.same_value
    facts = {name: (first, second) for name, first, second in both.facts()}
    assert facts["value"] == ("13,000,000", "8")
    assert facts["iterations"] == ("2", "3")
    assert both.code() == [
        (1, [(" ", "a = 1"), ("-", "b = 2"), ("+", "b = 3")]),
        (3, [("+", "x")]),
    ]
    assert both.verdicts() == [
        ("13000000", "= computed", "not in the answer"),
        ("8", "not in the answer", "= computed"),
    ]
    bundle = both._repr_mimebundle_()
    assert "The values differ." in bundle["text/html"]
    assert "+ b = 3" in bundle["text/markdown"]


def test_the_same_run_twice() -> None:
    answer = run(8, "FINAL(8)")
    both = answer.compare(answer.trace)
    assert both.same_value
    assert both.verdicts() == []
    assert both.code() == []
    assert "The code is the same." in both.to_html()


def test_hostile_text_stays_text() -> None:
    evil = "</pre><script>alert(1)</script>\x1b[31m\u202e"
    both = run(evil, f"x = '{evil}'").compare(run("other", evil))
    for text in (both.to_html(), both.to_markdown(), both.to_text()):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>" not in both.to_html()


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (None, None, "Neither run has a value."),
        (1, True, "The values differ."),
        ({"a": [1.0]}, {"a": [1]}, "Both runs have the same value."),
        ({"a": [1]}, {"a": [True]}, "The values differ."),
        (float("nan"), float("nan"), "Both runs have the same value."),
    ],
)
def test_whether_the_values_are_the_same_is_said(first: Any, second: Any, sentence: str) -> None:
    bundle = run(first).compare(run(second))._repr_mimebundle_()
    assert [sentence in text for text in bundle.values()] == [True, True, True]


def test_an_item_that_stands_there_twice_is_compared_with_its_like() -> None:
    first, second = run(8), run(8)
    first.trace.grounding.append(Grounding(item="8", verdict="ungrounded"))
    second.trace.grounding.append(Grounding(item="8", verdict="computed"))
    assert first.compare(second).verdicts() == [("8 (2)", "✗ FOUND NOWHERE", "= computed")]


def test_iterations_are_compared_by_their_number_where_a_copy_leaves_some_out() -> None:
    first, second = run(8, "a", "b", "c"), run(8, "a", "b", "c")
    second.trace.iterations.pop(1)
    second.trace.elided = ["iterations"]
    both = first.compare(second)
    assert both.code() == [(2, [("-", "b")])]
    for text in both._repr_mimebundle_().values():
        assert "Compared are shortened copies: what they leave out is not." in text


def test_what_is_too_much_to_show_is_counted() -> None:
    both = run(8, *["x"] * 203).compare(run(8))
    for text in both._repr_mimebundle_().values():
        assert "and 3 more" in text
    long = "\n".join(f"{number} + {'1' * 5_000}" for number in range(20))
    assert len(run(8, long).compare(run(8)).to_html()) < 20_000
