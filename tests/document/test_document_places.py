"""Where the lines of a text stand in the user's file: entries, parts, and the way to the sub-kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from rlm_kernel import RLM
from rlm_kernel.document import Document, Places, Text
from rlm_kernel.document.parts.part_text import PartText
from rlm_kernel.document.places import NUMBER
from rlm_kernel.render.labels import grounding_text
from rlm_kernel.render.report import markdown_report
from rlm_kernel.render.terminal import evidence


def sheet() -> Text:
    text = Text.from_str("book", "book.xlsx", "one\ntwo\nthree\nfour\nfive\n")
    text.places = Places([(2, f"sheet 'S', A{NUMBER}:F{NUMBER}", 7), (4, "page 2", None)])
    return text


def test_a_line_has_the_place_of_the_entry_before_it() -> None:
    text = sheet()
    assert [text.place(number) for number in range(1, 6)] == [
        "",
        "sheet 'S', A7:F7",
        "sheet 'S', A8:F8",
        "page 2",
        "page 2",
    ]


def test_a_text_without_places_is_nowhere() -> None:
    assert Text.from_str("a", "b", "c").place(1) == ""
    assert not Places()


def test_a_part_knows_its_places() -> None:
    whole = sheet()
    part = PartText("part", "book", whole, 4, 14)
    assert [part.place(1), part.place(2)] == ["sheet 'S', A7:F7", "sheet 'S', A8:F8"]


def test_places_reach_the_other_process() -> None:
    document = Document([sheet()])
    with document.share() as shared:
        other = Document.received(shared.fd, shared.where)
    assert other.texts[0].places == document.texts[0].places
    assert other.texts[0].place(3) == "sheet 'S', A8:F8"


def test_places_within_another_file() -> None:
    inner = sheet().places.within("attachment 'book.xlsx'")
    assert inner.at(1) == "attachment 'book.xlsx'"
    assert inner.at(2) == "attachment 'book.xlsx', sheet 'S', A7:F7"


@pytest.mark.parametrize("row", [(1.5, "a", None), (1, 2, None), (1, "a", "x"), (True, "a", None)])
def test_rows_of_another_form_are_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="first line, label"):
        Places([row])  # type: ignore[list-item]


def test_an_answer_names_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Sales"
    sheet.append(["Country", "Sold"])
    sheet.append(["Sweden", 5])
    book.save(tmp_path / "sales.xlsx")
    code = "row = grep('Sweden')[0]\nprint(row.line, row.place)\nFINAL(row.match, evidence=[row.line_num])"
    replies = [{"schema": "rlm.recording/1", "model": "by hand"}, {"text": f"```python\n{code}\n```"}]
    (tmp_path / "replies.jsonl").write_text("\n".join(map(json.dumps, replies)), encoding="utf-8")
    engine = RLM(model=f"recorded:{tmp_path / 'replies.jsonl'}", examples="off")
    trace = engine.completion("Which country?", tmp_path / "sales.xlsx").trace
    place = "sheet 'Sales', A2:B2"
    assert trace.iterations[0].output == f"| Sweden | 5 | {place}\n"
    assert [row.place for row in trace.evidence] == [place]
    assert [grounding_text(row) for row in trace.grounding] == [
        f"✓ quoted from the document sales.xlsx line {trace.evidence[0].line} ({place})"
    ]
    for shown in (markdown_report(trace), "\n".join(evidence(trace))):
        assert place in shown
