"""An answer that stands beside another name than the question's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel import Document
from rlm_kernel.engine.grounding import deadline, row_conditions
from rlm_kernel.engine.grounding.other_names import other_name
from rlm_kernel.replay import replay
from rlm_kernel.trace import Iteration, Trace

Serve = Callable[..., ScriptedServer]

SURGERIES = """\
Surgeries
Rose Court surgery - telephone extension 7484

Notes of the week.
Mill Lane surgery - 74 seats
Nothing else was said.
Elm Grove surgery - telephone extension 5,682
"""
QUESTION = "What is the telephone extension of the Mill Lane surgery? If the document does not give it, answer None."


def told(value: Any, question: str = QUESTION, document: Any = SURGERIES, code: str | None = None) -> str | None:
    trace = Trace(iterations=[Iteration(index=1, code=code or f"FINAL({value!r})")])
    found = other_name(question, Document.of(document), trace, value)
    return None if found is None else f"{found.word} {found.line}"


@pytest.mark.parametrize(("value", "said"), [("7484", "Mill Lane 2"), (5682, "Mill Lane 7"), ("5,682", "Mill Lane 7")])
def test_an_answer_from_a_line_of_another_name(value: Any, said: str) -> None:
    assert told(value) == said


HARPS = """\
The folk harp is kept in the loft and insured for 5,693 EUR.
The concert harp is kept in the cellar and was bought for 900 EUR.
The grand piano is kept in the hall and insured for 4,890 EUR.
The harp of the school is insured for 77 EUR.
"""


def test_a_word_before_another_is_a_name_where_the_document_calls_something_so() -> None:
    question = "For how many EUR is the concert harp insured?"
    assert told(5693, question, HARPS) == "concert 1"
    assert told(900, question, HARPS) is None
    assert told(4890, question, HARPS) is None, "it says nothing of a harp"
    assert told(77, question, HARPS) is None, "it may be the same one"
    assert told(5693, question, HARPS.replace("concert harp", "harp")) is None, "nothing is called so"
    assert told(5693, "For how many EUR is the folk harp insured?", HARPS) is None
    below = f"# The concert harp\n\nThis gilded harp is kept in the loft and insured for 5,693 EUR.\n\n{HARPS}"
    assert told(5693, question, below.replace("5,693 EUR.\nThe", "1 EUR.\nThe")) is None, "its heading says which it is"


@pytest.mark.parametrize(
    ("question", "value", "document"),
    [
        (
            "How much does the yearly membership cost for adults?",
            50,
            "Ask about the yearly membership at the desk.\n\nThe annual membership costs 50 EUR for adults.\n",
        ),
        (
            "When does the night train to Basel leave?",
            "21:40",
            "The night train has beds.\n\nDepartures\n\nsleeper train to Basel leaves 21:40\n",
        ),
    ],
)
def test_another_word_for_the_same_thing_is_no_other_name(question: str, value: Any, document: str) -> None:
    assert told(value, question, document) is None


@pytest.mark.parametrize("value", [74, None, True, "", "not stated", ["7484"], "74 seats", 99, "x" * 500])
def test_other_answers_are_no_matter(value: Any) -> None:
    assert told(value) is None


@pytest.mark.parametrize(
    ("question", "value", "document"),
    [
        # The name stands in the line, beside it, or in the document's name.
        ("What is the telephone extension of the Rose Court surgery?", 7484, SURGERIES),
        (
            "Which extension has the Mill Lane surgery?",
            7,
            "The Mill Lane surgery has moved.\nIts extension, by Ann Lee: 7",
        ),
        ("Which extension has the Mill Lane surgery?", 7, {"Mill Lane.txt": "Surgery of Rose Court: extension 7"}),
        ("What is Acme's yearly revenue in USD?", 500, "Acme yearly revenue: 500, of Bolt Corp revenue"),
        ("What is the monthly salary of Tom Cook?", 5000, "Cook, Tom, Sales Dept, monthly salary: 5000"),
        # Another name stands in another place.
        ("How many staff members has the Rose clinic?", 74, "Rose Clinic\n\nOpened\nNumber of staff members: 74"),
        ("How many employees did Apple have?", 164, "the Company had 164 full employees"),
        (
            "In which city was the founder of Acme born?",
            "Bern",
            "Ada Lopez, the founder, was born in the city of Bern.",
        ),
        ("Excluding Paris, what was the highest attendance of a show?", 7, "Berlin attendance of the show: 7"),
        # The answer is a name, or the line has none, or hardly a word of the question.
        ("Who leads the Mill Lane surgery?", "Ann Lee", "The surgery is led by Ann Lee."),
        ("Which extension has the Mill Lane surgery?", 7, "surgery, extension 7"),
        ("Which extension has the Mill Lane surgery?", 7, "On Monday Rose Court had 7 visitors"),
        # Months, units and the first words of sentences are no names.
        ("Which extension did the surgery get in May, in EUR? Answer None if unknown.", 7, "Rose surgery: extension 7"),
        ("Surgeries have extensions. Which extension has the surgery?", 7, "Rose surgery: extension 7"),
    ],
)
def test_where_no_other_name_is_meant(question: str, value: Any, document: Any) -> None:
    assert told(value, question, document) is None


def test_a_browser_writes_a_whole_number_without_its_fraction() -> None:
    assert told(7484.0) == told(7484) == "Mill Lane 2"


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", -1.0)
    with pytest.raises(deadline.TooSlowError):
        told("7484", document=f"{SURGERIES}{'x' * 9}\n" * 1_000)
    trace = Trace(iterations=[Iteration(index=1, code="FINAL('7484')")])
    assert row_conditions(QUESTION, Document.of(SURGERIES), trace, "7484") is None


@pytest.mark.parametrize(
    "question", [". " * 700 + "A1 " * 150, "Which ext has " + " ".join(f"B{n}x" for n in range(300))]
)
def test_questions_of_many_names_take_no_long_time(question: str) -> None:
    document = "".join(f"Zürich é surgery ext {n} of A{n}\n" for n in range(40_000))
    assert told(7484, question, document) is None


def test_a_code_is_a_name() -> None:
    rooms = "Class 7B, room since the break: 842\n\n\nClass 7C, room since the break: 646\n"
    question = "In which room is class 7B since the break?"
    assert told(842, question, rooms) is None
    assert told(646, question, rooms) == "7B 4"


def test_what_was_computed_is_not_looked_for() -> None:
    code = "rows = grep('surgery')\nFINAL(sum(to_number(m.groups[0]) for m in rows))"
    assert told(7484, code=code) is None


async def test_a_model_is_asked_once_and_may_answer_that_it_is_not_stated(scripted_server: Serve) -> None:
    look = block("print(grep('extension'))")
    trace = (
        await run(scripted_server([look, block("FINAL('7484')"), block("FINAL(None)")]), QUESTION, SURGERIES)
    ).trace
    assert trace.value is None
    error = trace.iterations[1].error
    assert error is not None
    assert "the question names 'Mill Lane', which no line with the answer has" in error.message


async def test_an_answer_that_stands_is_marked_and_the_mark_is_replayed(scripted_server: Serve) -> None:
    look = block("print(grep('extension'))")
    server = scripted_server([look, block("FINAL('7484')"), block("FINAL('7484')")])
    trace = (await run(server, QUESTION, SURGERIES)).trace
    (condition,) = trace.row_conditions or []
    assert (condition.kind, condition.word, condition.count) == ("other-name", "Mill Lane", 1)
    assert condition.text == "Rose Court surgery - telephone extension 7484"
    assert trace.confidence is not None
    assert trace.confidence.score < 0.7
    assert replay(Trace.model_validate_json(trace.model_dump_json(by_alias=True)), SURGERIES).text.startswith("reprod")


RIDES = """\
* A single ride for a sledge costs 1.10 euros.
* A single ride for a pram costs 4.90 euros.
* The car has hooks for bicycles.
"""


def test_a_thing_that_other_lines_name_is_no_other_thing() -> None:
    question = "How much does a single ride cost for a bicycle?"
    assert told(4.9, question, RIDES) == "bicycle 2"
    assert told(4.9, question, RIDES.replace("for bicycles", "and seats")) is None, "nothing is said of bicycles"
    assert told(4.9, "How much does a single ride cost for a pram?", RIDES) is None
    assert told(4.9, question, RIDES.replace("a pram", "a bicycle")) is None
    heading = f"# Prices for a bicycle\n{RIDES.partition(chr(10))[2]}"
    assert told(4.9, question, heading) is None, "its heading says what it is about"
