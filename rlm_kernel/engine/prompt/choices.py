"""Short questions that a small model answers with one of some texts: which rows does a question mean?

A 1.5B model that writes code for all conditions at once mixes them up. Asked for one alone, it is mostly right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...models import Message

_RULE = "You read a question about a table, and say which of its rows count."
_RULE_OF_DAYS = "You read a question about a table, and say which column has the days that it speaks of."
_RULE_OF_NUMBERS = "You read a question about a table, and say which column has the numbers that it asks for."
# (question, name of the column, its values, the answer)
_STATES = (
    ("How many litres of milk did the farms really deliver in March?", "state", "ordered delivered cancelled", 1),
    ("Who swam the longest distance among the grown-ups?", "group", "adult child", 0),
    ("How many tickets were sold per month? What was given back does not count.", "kind", "refund sale", 1),
    ("How often was the gate not locked at night?", "locked", "yes no", 1),
)
# (question, lines, the place of the answer)
_LINES = (
    (
        "How many litres of milk did the farms really deliver in March?",
        ("3 March: Hill Farm ordered 90 litres of milk", "4 March: Lake Farm brought 75 litres of milk"),
        1,
    ),
    ("Which house has the most rooms?", ("Mill House has 14 rooms.", "Mill House has 31 windows."), 0),
    (
        "What have the repairs cost us in 2021?",
        ("Repair of the roof, 2021: 900 EUR paid", "Repair of the roof, 2021: 700 EUR expected"),
        0,
    ),
)
# (question, name of the column, its values, whether the question says which are meant)
_SAID = (
    ("How many litres of milk did the farms really deliver in March?", "state", "ordered delivered cancelled", "yes"),
    ("What is the total weight of the parcels?", "state", "sent kept", "no"),
    ("Who swam the longest distance among the grown-ups?", "group", "adult child", "yes"),
    ("Which two shops took in most money?", "status", "open closed", "no"),
    ("How often was the gate not locked at night?", "locked", "yes no", "yes"),
    ("How many tickets were sold per month? What was given back does not count.", "kind", "refund sale", "yes"),
    ("How many houses are in the list?", "state", "sold free", "no"),
)
# (question, the columns of numbers, the answer)
_NUMBERS: tuple[tuple[str, Mapping[str, Sequence[str]], str], ...] = (
    (
        "How much milk, in litres, did the farms really deliver in March?",
        {"no": ("12", "13", "14"), "litres_ordered": ("90", "75", "80"), "litres_brought": ("88", "75", "60")},
        "litres_brought",
    ),
    (
        "What was the average price of the flats?",
        {"flat": ("7", "8"), "rooms": ("2", "3"), "eur": ("640", "810")},
        "eur",
    ),
    (
        "Which ship carried the most grain?",
        {"voyage": ("31", "32"), "tons": ("410", "388"), "crew": ("12", "14")},
        "tons",
    ),
    (
        "How warm was it on average in the evening?",
        {"day": ("1", "2"), "morning": ("8.5", "9.1"), "evening": ("14.2", "13.0")},
        "evening",
    ),
    (
        "How many visitors came in all, per guide?",
        {"tour": ("4", "5"), "minutes": ("90", "60"), "number": ("18", "22")},
        "number",
    ),
)
# (question, the columns of days, the answer)
_DAYS: tuple[tuple[str, Mapping[str, Sequence[str]], str], ...] = (
    (
        "How many parcels reached us between 3 May and 9 May 2021?",
        {"sent": ("2021-05-01", "2021-05-02"), "arrived": ("2021-05-04", "2021-05-05")},
        "arrived",
    ),
    (
        "How many flats did people ask for from 4 June to 30 June 2020?",
        {"applied": ("2 June 2020", "11 June 2020"), "moved_in": ("1 July 2020", "15 July 2020")},
        "applied",
    ),
    (
        "What was earned with the boats that came back between 1 and 8 August 2019?",
        {"hired": ("30.07.2019", "02.08.2019"), "returned": ("01.08.2019", "04.08.2019"), "paid": ("05.08.2019",)},
        "returned",
    ),
)
_LONGEST_QUESTION, _LONGEST_LINE, _LONGEST_VALUE, _SHOWN_VALUES = 1_000, 200, 30, 3


class Choice(NamedTuple):
    """What the model is sent, and the texts of which it answers one."""

    messages: tuple[Message, ...]
    answers: tuple[str, ...]


def of_states(question: str, name: str, states: Sequence[str], legend: Sequence[str] = ()) -> Choice:
    """Which of some states the rows have that a question means; `name` is what their column is called, `legend` what
    the document says that the states mean."""
    examples = [
        (_about_states(asked, column, words.split()), words.split()[at]) for asked, column, words, at in _STATES
    ]
    return Choice(_messages(examples, _about_states(question, name, states, legend)), tuple(states))


def of_relevance(question: str, name: str, states: Sequence[str]) -> Choice:
    """Whether a question says anything of some states, or means rows of all of them: "yes" or "no"."""
    examples = [(_is_said(asked, column, words.split()), answer) for asked, column, words, answer in _SAID]
    return Choice(_messages(examples, _is_said(question, name, states)), ("yes", "no"))


def of_lines(question: str, lines: Sequence[str]) -> Choice:
    """Lines such as which of some the question means; the answers are their numbers, from 1."""
    examples = [(_about_lines(asked, shown), str(at + 1)) for asked, shown, at in _LINES]
    return Choice(_messages(examples, _about_lines(question, lines)), tuple(str(at) for at in range(1, len(lines) + 1)))


def of_numbers(question: str, columns: Mapping[str, Sequence[str]]) -> Choice:
    """Which of some columns of numbers the question asks for; `columns` are their names, each with some of its numbers
    as they are written."""
    examples = [(_about_numbers(asked, shown), answer) for asked, shown, answer in _NUMBERS]
    return Choice(_messages(examples, _about_numbers(question, columns), _RULE_OF_NUMBERS), tuple(columns))


def of_days(question: str, columns: Mapping[str, Sequence[str]]) -> Choice:
    """Which of some columns of days the question means with the days that it names; `columns` are their names, each
    with some of its days."""
    examples = [(_about_days(asked, shown), answer) for asked, shown, answer in _DAYS]
    return Choice(_messages(examples, _about_days(question, columns), _RULE_OF_DAYS), tuple(columns))


def _messages(examples: Sequence[tuple[str, str]], asked: str, rule: str = _RULE) -> tuple[Message, ...]:
    messages: list[Message] = [{"role": "system", "content": rule}]
    for told, answer in examples:
        messages += [{"role": "user", "content": told}, {"role": "assistant", "content": answer}]
    return (*messages, {"role": "user", "content": asked})


def _is_said(question: str, name: str, states: Sequence[str]) -> str:
    shown = ", ".join(map(repr, states))
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nIs something said in this question about {name!r} ({shown})? "
        "Answer yes or no."
    )


def _about_states(question: str, name: str, states: Sequence[str], legend: Sequence[str] = ()) -> str:
    meanings = f" ({'; '.join(legend)})" if legend else ""
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nThe rows have a column {name!r} with the values "
        f"{', '.join(map(repr, states))}{meanings}. Which rows count for the answer: those with which value?"
    )


def _about_numbers(question: str, columns: Mapping[str, Sequence[str]]) -> str:
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nThe columns with numbers are:\n{_listed(columns)}\n"
        "Which of them has the numbers that the question asks for?"
    )


def _about_days(question: str, columns: Mapping[str, Sequence[str]]) -> str:
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nThe columns with days are:\n{_listed(columns)}\n"
        "Which of them has the days that the question speaks of?"
    )


def _listed(columns: Mapping[str, Sequence[str]]) -> str:
    return "\n".join(
        f"{name}: {', '.join(value[:_LONGEST_VALUE] for value in values[:_SHOWN_VALUES])}"
        for name, values in columns.items()
    )


def _about_lines(question: str, lines: Sequence[str]) -> str:
    shown = "\n".join(f"{at}: {line[:_LONGEST_LINE]}" for at, line in enumerate(lines, 1))
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nThere are lines such as\n{shown}\nWhich lines count for the answer?"
    )
