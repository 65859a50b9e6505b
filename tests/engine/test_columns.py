"""Numbers that code reads into named columns and does not use, though the question asks of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel.engine.grounding.columns import unused_columns
from rlm_kernel.replay import replay
from rlm_kernel.trace import Iteration, Trace

Serve = Callable[..., ScriptedServer]

QUESTION = "What does all work cost together in EUR? hours.txt has the hours, rates.txt what each person earns now."
ROWS = "rows = grep(r'^(\\w+) (\\d+) (\\d+)', limit=10**6)"
ALONE = "total = sum(row['eur'] for row in table)"
TABLE = (
    "table = [{'name': m.groups[0], 'worked_hours': to_number(m.groups[1]), 'eur': float(m.groups[2])} for m in rows]"
)


def unused(*codes: str, value: Any = 60, question: str = QUESTION) -> list[tuple[str, str]]:
    trace = Trace(iterations=[Iteration(index=number, code=code) for number, code in enumerate(codes, 1)])
    found = unused_columns(question, trace, value, running="FINAL(total)")
    return [(condition.pattern, condition.word) for condition in found]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("total = sum(row['eur'] for row in table)", [("worked_hours", "hours")]),
        ("for row in table[:3]: print(row)\ntotal = sum(row['eur'] for row in table)", [("worked_hours", "hours")]),
        ("total = sum(row['eur'] * row['worked_hours'] for row in table)", []),
        ("total = sum(row['eur'] * row.get('worked_hours', 0) for row in table)", []),
        ("total = max(table, key=itemgetter('worked_hours'))['eur'] * 2", []),
        ("total = sum(list(row.values())[1] * list(row.values())[2] for row in table)", []),
        ("frame = DataFrame(table)\ntotal = (frame.eur * frame.worked_hours).sum()", []),
    ],
)
def test_a_column_that_no_code_uses(code: str, told: list[tuple[str, str]]) -> None:
    assert unused(f"{ROWS}\n{TABLE}", code) == told
    assert unused(f"{ROWS}\n{TABLE}\n{code}") == told


def test_a_column_of_which_the_question_does_not_ask_is_no_matter() -> None:
    assert unused(ROWS, TABLE, ALONE, question="What does everything cost, in EUR?") == []


@pytest.mark.parametrize("value", [{"eur": 3, "worked_hours": 4}, [{"worked_hours": 4}], "60", None, True])
def test_only_answers_that_are_one_number_are_looked_at(value: Any) -> None:
    assert unused(ROWS, TABLE, ALONE, value=value) == []


@pytest.mark.parametrize("code", ["", "def (", "rows = {'hours': m.groups[0]}", "rows = {**other, 1: int('3')}"])
def test_code_without_columns_has_none(code: str) -> None:
    assert unused(code) == []


def test_a_later_cell_may_use_what_an_earlier_one_has_not() -> None:
    later = "total = total + sum(row['eur'] * row['worked_hours'] for row in table)"
    assert unused(ROWS, TABLE, ALONE, later) == []


def test_code_that_the_answer_has_not_gone_through_is_no_matter() -> None:
    assert unused(ROWS, TABLE, "print(len(table))", "total = len(rows) + 1") == []


TEXTS = {
    "hours.txt": "Bo worked 3 hours\nAda worked 5 hours\n",
    "rates.txt": "Ada earns 40 EUR\nBo earns 20 EUR\n",
}
READ = """\
lookup = {m.groups[0]: m.groups for m in grep(r'^(\\w+) earns (\\d+) EUR', source='rates.txt')}
rows = grep(r'^(\\w+) worked (\\d+) hours', source='hours.txt')
table = [{'hours': to_number(m.groups[1]), 'earns_eur': to_number(lookup[m.groups[0]][1])} for m in rows]
print(table)
"""
WITHOUT = block(f"{READ}total = sum(row['earns_eur'] for row in table)")
BOTH = block("total = sum(row['earns_eur'] * row['hours'] for row in table)\nFINAL(total, evidence=rows)")
UNUSED = ("a number of which the question asks was read and not used", 0.6)
ANSWER = block("FINAL(total, evidence=rows)")


async def test_a_model_is_asked_once_of_a_column_that_it_does_not_use(scripted_server: Serve) -> None:
    trace = (await run(scripted_server([WITHOUT, ANSWER, BOTH]), QUESTION, TEXTS)).trace
    assert trace.value == 260
    error = trace.iterations[1].error
    assert error is not None
    assert "the question names 'hours', and the code reads 'hours' and does not use it" in error.message
    assert trace.confidence is not None
    assert UNUSED not in trace.confidence.factors


async def test_an_answer_without_the_column_is_marked(scripted_server: Serve) -> None:
    trace = (await run(scripted_server([WITHOUT, ANSWER, ANSWER]), QUESTION, TEXTS)).trace
    assert trace.value == 60
    assert trace.confidence is not None
    assert UNUSED in trace.confidence.factors
    assert [(condition.kind, condition.word, condition.pattern) for condition in trace.row_conditions or ()] == [
        ("unused", "hours", "hours")
    ]
    assert "Rows: the question names 'hours', and the code reads 'hours' and does not use it." in trace.notices
    assert replay(Trace.model_validate_json(trace.model_dump_json(by_alias=True)), TEXTS).text.startswith("reproduced")
    assert trace.confidence.score < 0.7
