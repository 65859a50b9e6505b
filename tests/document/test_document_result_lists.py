"""Lists of rows: lists in every respect, that show a preview and are worked with unseen."""

from __future__ import annotations

import json

import pytest

from rlm_kernel.document import GrepMatch
from rlm_kernel.document.search.result_list import Rows
from rlm_kernel.subkernel import SubKernel

ROWS = Rows([GrepMatch(str(n), f"row {n} of {'ab'[n % 2]}", n, n, (), "t") for n in range(1000)], "re2")


def test_it_is_a_list() -> None:
    assert isinstance(ROWS, list)
    assert (len(ROWS), ROWS[3].line_num, [row.line_num for row in ROWS[2:4]]) == (1000, 3, [2, 3])
    assert Rows([1, 2]) == [1, 2]
    assert type(ROWS[:100]) is list
    assert json.dumps(Rows([1, 2])) == "[1, 2]"


def test_a_long_one_shows_its_beginning() -> None:
    assert repr(Rows(range(50))) == repr(list(range(50)))
    shown = str(ROWS)
    assert shown.count("GrepMatch(") == 10
    assert "and 990 more: use .filter(), .map(), .sum(), .count() or a slice" in shown


def test_it_is_filtered_mapped_counted_and_summed() -> None:
    even = ROWS.filter(lambda row: row.line_num % 2 == 0)
    assert (type(even), len(even), even.engine) == (Rows, 500, "re2")
    assert len(ROWS.filter("of a")) == 500
    assert Rows(["ab", "c"]).filter("b") == ["ab"]
    assert ROWS.map(lambda row: row.line_num)[-1] == 999
    assert ROWS.sum(lambda row: row.line_num) == ROWS.map(lambda row: row.line_num).sum() == 499_500
    assert ROWS.count(lambda row: "a" in row.line) == 500
    assert Rows([1, 2, 1]).count(1) == 2
    assert ROWS.copy() == ROWS


async def test_a_cell_works_with_it_as_with_any_list() -> None:
    async with SubKernel("".join(f"amount: {n}\n" for n in range(1, 201))) as sub:
        cell = """
rows = grep(r"amount: (\\d+)")
large = rows.filter(lambda m: to_number(m.line) > 100)
total = rows.sum(lambda m: to_number(m.groups[0]))
rows[0] = None
rows.append(1)
rows += [2]
del rows[0]
print(len(large), total, len(rows), rows.engine, sorted(large, key=lambda m: -m.line_num)[0].line_num)
"""
        result = await sub.execute(cell)
        assert (result.output, result.error) == ("100 20100 201 re2 200\n", None)
        assert result.value is None
        shown = await sub.execute("grep('amount')")
        assert "and 190 more" in shown.output
        described = await sub.execute("kept = grep('amount: 1')")
        assert described.variables.added == {"kept": "Rows, 111 items"}


@pytest.mark.parametrize(
    "name", ["_items", "__dict__", "__class__.__subclasses__", "__reduce__", "__init__.__globals__"]
)
async def test_nothing_is_reached_through_it(name: str) -> None:
    async with SubKernel("x\n") as sub:
        result = await sub.execute(f"rows = grep('x')\nrows.{name}")
        assert result.error is not None
        assert result.error.type in ("AttributeError", "PolicyError")
