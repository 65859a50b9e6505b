"""Where the tables of a sheet begin and end, and what their heads are."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from rlm_kernel.document.load.converters import sheets
from rlm_kernel.document.load.converters.sink import Sink

GAP: list[Any] = []


def rendered(rows: list[list[Any]], merged: str = "", remarks: list[str] | None = None) -> str:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    if merged:
        sheet.merge_cells(merged)
    made = io.BytesIO()
    book.save(made)
    sink = Sink(1 << 26)
    sheets.convert(io.BytesIO(made.getvalue()), sink)
    if remarks is not None:
        remarks += sink.remarks
    return sink.finish()[0]


def read(rows: list[list[Any]], merged: str = "") -> tuple[list[str], list[str]]:
    remarks: list[str] = []
    text = rendered(rows, merged, remarks)
    return [line for line in text.split("\n")[2:] if line and "---" not in line], remarks


@pytest.mark.parametrize(
    "rows",
    [
        [["A", 1, 2], ["B", 3, 4]],
        [["A", 1, 2], ["B", 3, 4], ["C", 5, 6]],
        [["secret", 5]],
        [[7, 10, 50], [2, 20, 60]],
    ],
)
def test_data_is_no_head(rows: list[list[Any]]) -> None:
    lines, remarks = read(rows)
    names = [f"column_{number}" for number in range(1, len(rows[0]) + 1)]
    assert lines == [f"| {' | '.join(map(str, row))} |" for row in [names, *rows]]
    assert remarks == ["tables without names of columns have column_1, column_2 ... in their place"]


@pytest.mark.parametrize(
    "rows",
    [
        [["k", 2022, 2023], ["B", 3, 4]],
        [["k", 1, 2, 3], ["B", 3, 4, 5]],
        [["k", "v"], ["B", 3]],
        [["Company", "ACME"], ["Rate", 0.5]],
        [["Note", "Who"], ["x", "y"]],
    ],
)
def test_names_are_a_head(rows: list[list[Any]]) -> None:
    lines, remarks = read(rows)
    assert lines == [f"| {' | '.join(map(str, row))} |" for row in rows]
    assert not remarks


def test_a_row_of_words_behind_an_empty_one_stays_data() -> None:
    lines, remarks = read(
        [["Name", "v", "Note"], ["A", 5, "x"], ["B", 6, "x"], GAP, ["C", None, "late"], ["D", 7, "z"]]
    )
    assert lines[-2:] == ["| C |  | late |", "| D | 7 | z |"]
    assert not remarks
    lines, remarks = read([["Name", "Note"], ["A", "x"], GAP, ["B", "y"], ["C", "z"]])
    assert lines[-2:] == ["| B | y |", "| C | z |"]
    assert remarks == ["sheet 'Sheet': words behind an empty row are read as rows of the table above it"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ([["Costs", 2022, 2023], ["A", 1, 2]], [["Income", 2022, 2023], ["C", 10, 20]]),
        ([["Name", "v", "w"], ["A", 1, 2]], [["Income", 2022, 2023], ["C", 10, 20]]),
        ([["Name", "Amount"], ["A", 1]], [["City", "People"], ["X", 10]]),
    ],
)
def test_a_head_behind_an_empty_row_begins_a_table(above: list[list[Any]], below: list[list[Any]]) -> None:
    text = rendered([*above, GAP, *below])
    assert sum(line.startswith("| ---") for line in text.split("\n")) == 2


def test_titles_and_remarks_are_lines() -> None:
    rows = [
        ["Report"],
        ["in thousand"],
        GAP,
        ["Name", "v"],
        ["A", 5],
        GAP,
        ["Second"],
        ["City", "n"],
        ["X", 6],
        GAP,
        ["provisional"],
    ]
    lines, _ = read(rows)
    assert lines == [
        "Report",
        "in thousand",
        "| Name | v |",
        "| A | 5 |",
        "Second",
        "| City | n |",
        "| X | 6 |",
        "provisional",
    ]


def test_a_merged_block_stands_in_each_of_its_rows() -> None:
    lines, _ = read([["a", "b", "c"], ["x", None, 2], [None, None, 3]], "A2:B3")
    assert lines[1:] == ["| x |  | 2 |", "| x |  | 3 |"]
