"""An answer "not stated" beside lines that have most of the question's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel import Document
from rlm_kernel.engine.grounding.missed_lines import passed_over

Serve = Callable[..., ScriptedServer]

ROOMS = """\
Rooms
Class 7C, room since the winter break: 208
Class 7B, room since the winter break: 688
Nothing was said of the summer break.
Rosa Ana Lane surgery - 74 seats
"""
QUESTION = "The winter break is over. In which room is class 7B taught now?"


def told(value: Any, question: str = QUESTION) -> str | None:
    found = passed_over(question, Document.of(ROOMS), value)
    return None if found is None else f"{found.line} {found.count}"


@pytest.mark.parametrize("value", [None, "not stated", "It is not stated in the document."])
def test_lines_that_have_most_of_the_words(value: Any) -> None:
    assert told(value) == "3 1"


@pytest.mark.parametrize(
    ("value", "question"),
    [
        (688, QUESTION),
        (0, QUESTION),
        ("688", QUESTION),
        # A long name is no other word.
        (None, "What is the telephone extension of the Rosa Ana Lane surgery?"),
        # The name is in no line; hardly a word is; the question says what to answer.
        (None, QUESTION.replace("7B", "9A")),
        (None, "Who repairs the windows of the winter garden?"),
        (None, f"{QUESTION} If it is not stated, answer None."),
    ],
)
def test_other_answers_and_questions_are_no_matter(value: Any, question: str) -> None:
    assert told(value, question) is None


async def test_a_model_is_asked_once(scripted_server: Serve) -> None:
    look, nothing = block("print(grep('7B'))"), block("FINAL(None)")
    trace = (await run(scripted_server([look, nothing, block("FINAL(688)")]), QUESTION, ROOMS)).trace
    assert trace.value == 688
    error = trace.iterations[1].error
    assert error is not None
    assert "have the names and most of the other words of the question, such as line 3 of" in error.message
    assert "Class 7B, room since the winter break: 688" in error.message
    trace = (await run(scripted_server([look, nothing, nothing]), QUESTION, ROOMS)).trace
    assert trace.value is None
    assert [condition.kind for condition in trace.row_conditions or ()] == ["passed-over"]
    assert trace.confidence is not None
    assert trace.confidence.score < 0.7
