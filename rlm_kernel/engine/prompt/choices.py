"""Short questions that a small model answers with one of some texts: which rows does a question mean?

A 1.5B model that writes code for all conditions at once mixes them up. Asked for one alone, it is mostly right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...models import Message

_RULE = "You read a question about a table, and say which of its rows count."
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
_LONGEST_QUESTION, _LONGEST_LINE = 1_000, 200


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


def _messages(examples: Sequence[tuple[str, str]], asked: str) -> tuple[Message, ...]:
    messages: list[Message] = [{"role": "system", "content": _RULE}]
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


def _about_lines(question: str, lines: Sequence[str]) -> str:
    shown = "\n".join(f"{at}: {line[:_LONGEST_LINE]}" for at, line in enumerate(lines, 1))
    return (
        f"Question: {question[:_LONGEST_QUESTION]}\nThere are lines such as\n{shown}\nWhich lines count for the answer?"
    )
