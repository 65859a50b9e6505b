"""The spot-check in a notebook: blind, by buttons and by numbers, saved after each answer, gone on with later."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlm_kernel import Answer
from rlm_kernel.engine.labels import estimates
from rlm_kernel.engine.labels.book import prompt_of, schema_of_pack
from rlm_kernel.notebook.spot_check import SpotCheck
from rlm_kernel.subkernel.inside.typed_replies import as_json
from rlm_kernel.trace import Call, Iteration, Labelling, Trace, sealed

LABELS = ["complaint", "other"]
TEXTS = [f"text {n} <b>{'bad' if n % 4 == 0 else 'good'}</b> $x$" for n in range(40)]


def labelled_trace() -> Trace:
    """A trace whose sub-model has called one complaint other."""
    given = [1 if n == 0 else 0 if n % 4 == 0 else 1 for n in range(40)]
    schema = schema_of_pack(LABELS, 1, 1)
    calls = [
        Call(
            id=n + 1,
            kind="llm_query_batched",
            prompt=as_json(prompt_of([text], LABELS, "Unhappy?", 1), schema),
            response=LABELS[given[n]],
        )
        for n, text in enumerate(TEXTS)
    ]
    labelling = Labelling(id=7, iteration=1, labels=LABELS, instructions="Unhappy?", given=given, calls=[*range(1, 41)])
    trace = Trace(status="answered", iterations=[Iteration(index=1, calls=calls)], labellings=[labelling])
    trace.estimates = estimates(labelling, "count", "complaint")
    return sealed(trace)


def right(check: SpotCheck) -> str:
    return "complaint" if "bad" in (check.text or "") else "other"


def test_a_check_is_blind_until_its_end_and_then_has_an_interval() -> None:
    check = SpotCheck(Answer(labelled_trace()), count=20)
    progress, _, buttons, _, result = check.widget.children
    while check.text is not None:
        assert result.value == ""
        assert f"{len(check.labels)} of 20" in progress.value
        buttons.children[LABELS.index(right(check))].click()
    assert "interval" in result.value
    (estimate,) = check.estimates
    assert (estimate.checked, estimate.checked_by) == (20, "person")
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= 10 <= estimate.high
    assert all(button.disabled for button in buttons.children[:2])


def test_what_is_shown_is_text_and_never_markup() -> None:
    check = SpotCheck(labelled_trace(), count=20)
    shown = check.widget.children[1].value
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "mathjax_ignore" in shown


def test_a_number_and_enter_choose_and_back_takes_back() -> None:
    check = SpotCheck(labelled_trace(), count=20)
    _, _, buttons, typed, _ = check.widget.children
    typed.value = "2"
    assert (list(check.labels.values()), typed.value) == (["other"], "")
    typed.value = "9"
    typed.value = "x"
    assert len(check.labels) == 1
    first = check.numbers[0]
    buttons.children[-1].click()
    assert check.labels == {}
    assert check.text == TEXTS[first]


def test_a_check_goes_on_where_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "checks.json"
    check = SpotCheck(labelled_trace(), count=20, path=path)
    for _ in range(5):
        check.choose(right(check))
    later = SpotCheck(labelled_trace(), count=20, path=path)
    assert later.labels == check.labels
    assert later.text == check.text
    assert repr(later) == "SpotCheck(5 of 20 texts checked)"
    with pytest.raises(ValueError, match="another answer, seed or count"):
        SpotCheck(labelled_trace(), count=20, seed=3, path=path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds no spot-check"):
        SpotCheck(labelled_trace(), count=20, path=path)


def test_what_cannot_be_checked_is_said() -> None:
    with pytest.raises(ValueError, match="has not called label"):
        SpotCheck(Trace())
    with pytest.raises(ValueError, match="none of the labels"):
        SpotCheck(labelled_trace()).choose("praise")
    short = labelled_trace()
    short.elided = ["calls"]
    with pytest.raises(ValueError, match="give the whole trace"):
        SpotCheck(short)
