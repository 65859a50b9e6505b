"""Rows that belong to the headings above them are told where a question names what headings alone say."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.document.search.dates import to_date
from rlm_kernel.document.search.numbers import to_number
from rlm_kernel.engine.prompt import prompt
from rlm_kernel.engine.rows import form_notes
from rlm_kernel.engine.rows.line_forms import line_forms
from rlm_kernel.engine.rows.row_patterns import LineForm

FLEET = """\
# Fleet list

## Harbour yard

| No | Vehicle | Km | State |
|---|---|---|---|
| 101 | van | 11000 | in service |
| 102 | truck | 24000 | laid up |

The foreman was ill, and nobody minded.

## Mill yard

| No | Vehicle | Km | State |
|---|---|---|---|
| 103 | van | 5000 | in service |
| 104 | truck | 7000 | in service |
| 105 | truck | 9000 | laid up |

## Station yard

| No | Vehicle | Km | State |
|---|---|---|---|
| 106 | bus | 31000 | in service |
| 107 | truck | 2000 | laid up |
"""
TOURS = """\
Tours of the week

Monday 3 March
  8:30 castle tour, 14 guests (cancelled)
  9:30 harbour tour, 10 guests
  11:30 castle tour, 17 guests

Tuesday 4 March
  8:30 harbour tour, 25 guests
  9:30 castle tour, 22 guests (cancelled)
  10:30 harbour tour, 4 guests
  11:30 castle tour, 8 guests

Wednesday 5 March
  8:30 harbour tour, 11 guests
  9:30 castle tour, 13 guests
"""
WALKS = "Log\n" + "".join(
    f"Week {week}\n" + "".join(f"* {name} walked {week * 3 + at} km\n" for at, name in enumerate(("Ada", "Jo", "Kai")))
    for week in range(1, 7)
)
STORES = "Stock taking\n\n" + "".join(
    f"{place}:\n" + "".join(f"- {name}: {len(place) + at} boxes\n" for at, name in enumerate(("plums", "jam", "tea")))
    for place in ("Cold room", "Cellar", "Attic store")
)
DRINKS = "PRICE LIST\n\n" + "".join(
    f"{kind}\n" + "".join(f"{name} .... {at + 2}.50\n" for at, name in enumerate(names))
    for kind, names in (
        ("HOT DRINKS", ("mocha", "tea", "cocoa")),
        ("COLD DRINKS", ("juice", "cola")),
        ("CAKES", ("tart", "bun", "roll")),
    )
)
SHOOT = "Club shoot\n" + "".join(
    f"=== class: {kind} ===\n" + "".join(f"{at + 1}. {name}  {score + at} rings\n" for at, name in enumerate(names))
    for kind, score, names in (
        ("junior", 70, ("Ada Brun", "Ines Roth", "Jo Kemp")),
        ("senior", 80, ("Kai Horn", "Mia Laar", "Uta Vogt")),
    )
)


def diary(*days: str) -> str:
    """Two rows below each day."""
    birds = ("Herons", "Ibises", "Storks", "Quails", "Gulls")
    rows = (
        f"{day}\n{birds[n - 2]}: {n} eggs laid\n{birds[n - 1]}: {n + 10} eggs laid\n\n" for n, day in enumerate(days, 2)
    )
    return "Diary of the bird house\n\n" + "".join(rows)


def form_of(question: str, text: str) -> LineForm:
    (form,) = line_forms(question, Document.of(text), [])
    return form


def rows_of(question: str, text: str) -> list[Any]:
    """The rows that the code of the note finds."""
    document = Document.of(text)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    (told,) = prompt.forms(question, document, [])
    defined: dict[str, Any] = {"grep": searcher.grep, "to_date": to_date}
    exec(told.beginnings[("",) * len(told.states)], defined)
    return list(defined["rows"])


@pytest.mark.parametrize(
    ("question", "text", "first"),
    [
        ("How many kilometres have the vehicles of the Mill yard run?", FLEET, ["103", "104", "105"]),
        ("How many guests did the tours of Tuesday have?", TOURS, ["8:30", "10:30", "11:30"]),
        ("How many guests did the castle tours of 5 March have?", TOURS, ["9:30"]),
        ("How many km were walked in week 3 altogether?", WALKS, ["Ada", "Jo", "Kai"]),
        ("How many boxes are there in the cellar?", STORES, ["plums", "jam", "tea"]),
        ("What is the average price of the cold drinks?", DRINKS, ["juice", "cola"]),
        ("Who shot most rings among the seniors?", SHOOT, ["1", "2", "3"]),
    ],
)
def test_rows_below_the_headings_that_are_named_are_kept(question: str, text: str, first: list[str]) -> None:
    form = form_of(question, text)
    assert form.sections is not None
    assert [row[0] for row in form.rows] == first
    found = rows_of(question, text)
    assert [row.groups for row in found] == [*form.rows]
    assert found[0].line_num == form.line_num


def test_rows_of_a_section_that_do_not_count_are_left_out_too() -> None:
    question = "How many guests did the tours of Tuesday have? Cancelled tours do not count."
    assert [row["guests"] for row in rows_of(question, TOURS)] == ["25", "4", "8"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # What all headings say chooses none of them, and what two say is not told.
        ("Which yard has the most vehicles in service?", FLEET),
        ("How many kilometres have the vehicles of the Harbour and the Mill yard run?", FLEET),
        ("How many guests did the tours have since Tuesday?", TOURS),
        ("Who are the 3 people that walked most km?", WALKS),
        ("How many boxes of jam are there?", STORES),
        ("How many boxes are there, those in the cellar left out?", STORES),
        ("How many boxes are there? Ignore the cellar.", STORES),
        ("How many boxes are there apart from the cellar?", STORES),
    ],
)
def test_no_heading_is_meant(question: str, text: str) -> None:
    assert all(form.sections is None for form in line_forms(question, Document.of(text), []))


def test_a_word_that_rows_have_too_names_no_heading() -> None:
    text = STORES.replace("- tea", "- cellar tea")
    assert all(form.sections is None for form in line_forms("How many boxes of cellar tea?", Document.of(text), []))


def test_the_head_of_a_record_is_no_heading() -> None:
    text = "".join(
        f"FLAT {number} {house} House\nwiring check = {number} May 2024\ngas check = {number} June 2024\n"
        f"rent = {number}0\n\n"
        for number, house in ((11, "Alder"), (12, "Birch"), (13, "Alder"), (14, "Cedar"), (15, "Birch"))
    )
    forms = line_forms("What is the sum of the rents in Alder House?", Document.of(text), [])
    assert all(form.sections is None for form in forms)


def test_the_note_tells_the_code_that_keeps_them() -> None:
    forms = line_forms("How many kilometres have the vehicles of the Mill yard run?", Document.of(FLEET), [])
    (told,) = form_notes.told(forms, [], sources=False)
    assert "meant = [h.line_num for h in grep(r'^#{1,2} .*\\bMill\\b', limit=10**6)]" in told.note
    assert told.note.endswith(
        "rows = [m for m in rows if max([h for h in heads if h < m.line_num], default=0) in meant]]"
    )


@pytest.mark.parametrize(
    "days",
    [
        ("Friday, 1 March 2024", "Saturday, 2 March 2024", "Sunday, 3 March 2024", "Tuesday, 2 April 2024"),
        ("## 1 March 2024", "## 2 March 2024", "## 3 March 2024", "## 2 April 2024"),
        ("[2024-03-01]", "[2024-03-02]", "[2024-03-03]", "[2024-04-02]"),
        ("01/03/2024", "02/03/2024", "03/03/2024", "13/04/2024"),
        ("Fri 1 March", "Sat 2 March", "Sun 3 March", "Tue 2 April"),
        ("March 1, 2024", "March 2, 2024", "March 3, 2024", "April 2, 2024"),
    ],
)
def test_rows_below_days_are_kept_by_the_days_that_are_meant(days: tuple[str, ...]) -> None:
    between = "How many eggs were laid from 2 March 2024 to 20 March 2024?"
    assert [row["eggs"] for row in rows_of(between, diary(*days))] == ["3", "13", "4", "14"]
    of_month = "How many eggs were laid in March 2024?"
    assert [row["eggs"] for row in rows_of(of_month, diary(*days))] == ["2", "12", "3", "13", "4", "14"]


def test_days_without_a_year_are_not_read_where_several_years_may_be_meant() -> None:
    text = diary("Fri 1 March", "Sat 2 March", "Sun 3 March", "Tue 2 April") + "Copied in 2023.\n"
    forms = line_forms("How many eggs were laid from 2 March 2024 to 20 March 2024?", Document.of(text), [])
    assert all(form.heading is None for form in forms)


def test_rows_that_name_days_themselves_are_not_kept_by_those_above_them() -> None:
    text = "".join(
        f"{n} May 2024\nRoom {n}: let until {n + 3} June 2024, {n}0 guests\nRoom {n}9: let until {n + 4} June 2024, "
        f"{n} guests\n\n"
        for n in range(1, 6)
    )
    forms = line_forms("How many guests are there between 2 June 2024 and 7 June 2024?", Document.of(text), [])
    assert all(form.heading is None for form in forms)


RAIN = "Gauge\n\n3 May 2024\nRain 12 mm\n4 May 2024\nRain 70 mm\n5 May 2024\nRain 9 mm\n1 June 2024\nRain 55 mm\n"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # A day with a remark begins another day, and a line of words alone may end one.
        ("How much rain fell in May 2024?", RAIN.replace("1 June 2024", "1 June 2024 - new gauge")),
        ("How much rain fell in June 2024?", f"{RAIN}Total for the year\nRain 28 mm\n"),
        ("How much rain fell in May 2024?", RAIN.replace("1 June", "## Planned\nRain 8 mm\n1 June")),
        # Two days are no span.
        ("How much rain fell on 3 May 2024 and 5 May 2024?", RAIN),
        ("How much more rain fell on 5 May 2024 than on 3 May 2024?", RAIN),
        ("How much rain fell from after 3 May 2024 to 5 May 2024?", RAIN),
        # Days of no year that begin again are of two.
        ("How much rain fell from 3 May to 4 May 2024?", RAIN.replace(" 2024", "").replace("1 June", "3 May")),
    ],
)
def test_days_that_may_not_be_those_that_are_meant_keep_no_rows(question: str, text: str) -> None:
    assert all(form.heading is None for form in line_forms(question, Document.of(text), []))


def test_rows_of_a_document_that_is_joined_are_those_below_the_headings_that_are_meant() -> None:
    prices = "Price list\n" + "".join(f"LT-{n}  Sheet {n}: now {n}.50 EUR a piece\n" for n in range(11, 17))
    slips = "Delivery slips\n" + "".join(
        f"Slip {number} / {ward} / {state}\n" + "".join(f"   {count} x LT-{item}\n" for count, item in rows)
        for number, ward, state, rows in (
            (571, "Theatre", "received", ((2, 11), (3, 12))),
            (572, "Children", "received", ((4, 13), (5, 11))),
            (573, "Theatre", "refused", ((6, 14), (7, 12))),
            (574, "Theatre", "received", ((8, 15),)),
            (575, "Children", "refused", ((9, 16), (1, 13))),
        )
    )
    document = Document.of({"prices": prices, "slips": slips})
    question = "What does the linen on the slips of Theatre that were received cost in total, in EUR?"
    forms = line_forms(question, document, [])
    (told,) = form_notes.told(forms, [], sources=True, question=question)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    defined: dict[str, Any] = {"grep": searcher.grep, "to_number": to_number}
    exec(told.beginnings[()], defined)
    assert [next(iter(row.values())) for row in defined["table"]] == [2, 3, 8]
