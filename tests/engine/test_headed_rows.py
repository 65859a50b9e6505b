"""Rows with what stands above them as one more column, where a question asks for something of each heading."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.engine.rows import form_notes
from rlm_kernel.engine.rows.line_forms import line_forms

WARDS = ("North", "South Hill", "East")
ROWS = (
    ("bed 1: 3 nights, private", "bed 2: 5 nights, public", "bed 3: 2 nights, private"),
    ("bed 4: 7 nights, public", "bed 5: 1 nights, private"),
    ("bed 6: 4 nights, private", "bed 7: 6 nights, public", "bed 8: 9 nights, public"),
)


def beds(heading: str) -> str:
    parts = (
        f"{heading.format(ward)}\n" + "".join(f"- {row}\n" for row in rows)
        for ward, rows in zip(WARDS, ROWS, strict=True)
    )
    return "Beds of the hospital\n\n" + "\n".join(parts)


def rows_of(question: str, text: str) -> list[Any]:
    """The rows that the code of the only note finds."""
    document = Document.of(text)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    (told,) = form_notes.told(line_forms(question, document, []), [], sources=False)
    defined: dict[str, Any] = {"grep": searcher.grep}
    exec(told.beginnings[("",) * len(told.states)], defined)
    return list(defined["rows"])


@pytest.mark.parametrize("heading", ["## {}", "Ward {}", "=== Ward {} ===", "{}:", "[{}]"])
def test_rows_have_the_heading_that_is_asked_for(heading: str) -> None:
    rows = rows_of("How many nights were there per ward?", beds(heading))
    assert [(row["ward"], int(row["nights"])) for row in rows] == [
        (ward, int(row.split()[2])) for ward, of_ward in zip(WARDS, ROWS, strict=True) for row in of_ward
    ]


def test_rows_that_are_meant_have_it_too() -> None:
    rows = rows_of("For each ward, give the number of nights of the private beds.", beds("Ward {}"))
    assert [(row["ward"], row["nights"]) for row in rows] == [
        ("North", "3"),
        ("North", "2"),
        ("South Hill", "1"),
        ("East", "4"),
    ]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # What is asked for is a column, or may be one.
        ("How many nights were there per bed?", beds("## {}")),
        ("How many nights were there per guest?", beds("## {}").replace("bed 1:", "Ada:").replace("bed 4:", "Ada:")),
        # The headings are called something else, or nothing is asked of each.
        ("How many nights were there per guest?", beds("Ward {}")),
        ("How many nights were there in all?", beds("Ward {}")),
        # What may be a heading of another form, has no rows, or is a total.
        ("How many nights were there per ward?", beds("Ward {}").replace("Ward South Hill", "South Hill Ward")),
        ("How many nights were there per ward?", beds("{}:") + "\nClosed in winter:\n"),
        ("Which ward has the most nights?", beds("Ward {}") + "- Total: 37 nights, public\n"),
        # A row above the first heading.
        ("How many nights were there per ward?", "- bed 0: 3 nights, public\n" + beds("Ward {}")),
    ],
)
def test_rows_have_no_heading(question: str, text: str) -> None:
    assert all(form.heading is None for form in line_forms(question, Document.of(text), []))
