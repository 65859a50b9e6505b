"""Rows that say the same in two orders of words are told together."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.document.search.numbers import to_number
from rlm_kernel.engine.rows import form_notes
from rlm_kernel.engine.rows.line_forms import line_forms

PRICES = """\
Hardware 2026, prices in EUR

B-100  Nails, box     3.20  (until 30 June: 3.00)
B-107  Paint, tin    17.50  (until 30 June: 17.20)
B-114  Screws, box    4.10  (until 30 June: 3.90)
B-121  Rope, coil     9.90  (until 30 June: 9.40)
"""
PRICE_OF = {"B-100": 3.2, "B-107": 17.5, "B-114": 4.1, "B-121": 9.9}


def goods(few: int) -> list[tuple[str, int, str, bool, bool]]:
    """Who got how many of which code, whether in the first order of words, and whether returned; the Mill crew has
    `few` rows in the second order."""
    codes = [*PRICE_OF]
    rows = [
        (("North crew", "Harbour crew", "Mill crew")[at % 3], at % 7 + 2, codes[at % 4], at % 5 > 1, at % 8 == 1)
        for at in range(40)
    ]
    left = few
    kept = []
    for row in rows:
        is_few = row[0] == "Mill crew" and not row[3]
        if is_few and not left:
            row = (*row[:3], True, row[4])
        left -= is_few and left > 0
        kept.append(row)
    return kept


def told_table(question: str, texts: dict[str, str], state: str) -> list[dict[str, Any]]:
    document = Document.of(texts)
    searchers = {text.name: Searcher((text,), lambda *_: None, lambda *_: None) for text in document.texts}
    (told,) = form_notes.told(line_forms(question, document, []), [], sources=True)
    defined: dict[str, Any] = {
        "grep": lambda pattern, limit, source: searchers[source].grep(pattern, limit),
        "to_number": to_number,
    }
    exec(told.beginnings[(state,)], defined)
    table: list[dict[str, Any]] = defined["table"]
    return table


@pytest.mark.parametrize("few", [1, 2, 5])
@pytest.mark.parametrize("mark", [" - {}", " ({})"])
def test_rows_of_both_orders_are_joined_with_those_of_another_document(few: int, mark: str) -> None:
    rows = goods(few)
    lines = [
        (
            f"No. {300 + 3 * at} -- {count} units of {code} to the {crew}"
            if is_first
            else f"No. {300 + 3 * at} -- {crew} received {code}, {count} units"
        )
        + mark.format("RETURNED") * is_back
        + "\n"
        for at, (crew, count, code, is_first, is_back) in enumerate(rows)
    ]
    question = "What is the value in EUR of all that the Mill crew got, at the new prices? Returned goods do not count."
    table = told_table(question, {"prices.txt": PRICES, "goods.txt": "Goods\n\n" + "".join(lines)}, "nothing")
    wanted = [(count, code) for crew, count, code, _, is_back in rows if crew == "Mill crew" and not is_back]
    assert sorted((row["units"], row["code"]) for row in table) == sorted(wanted)
    # Both prices are told apart by the day.
    assert {"until_30_june"} == {key for row in table for key in row if "june" in key}
    # No column has a word that all rows have.
    assert not any(value in ("of", "to", "the") for row in table for value in row.values())


def test_columns_of_both_orders_are_called_the_same() -> None:
    lines = [
        f"{8 + at // 6:02}:{at % 6}0 {firm}: {code} of {at % 9 + 3} metres\n"
        if at % 2
        else f"{8 + at // 6:02}:{at % 6}0 {at % 9 + 3} metres of {code} booked by {firm}\n"
        for at in range(36)
        for firm, code in [(("Lund", "Oak Freight", "Marsh & Sons")[at % 3], ("VAN", "CAR", "BUS")[at // 6 % 3])]
    ]
    (form,) = line_forms("How many metres does Oak Freight need?", Document.of("".join(lines)), [])
    (other,) = form.more
    assert form.count == 12
    assert sorted(form.labels) == sorted(other.labels)
    assert "metres" in form.labels
    assert "time" in form.labels


def test_what_only_one_order_says_of_the_question_may_be_another_thing() -> None:
    lines = [
        f"No. {at}: {at % 9 + 3} units received by {crew}\n"
        if at % 2
        else f"No. {at}: {crew} sent back {at % 9 + 3} units\n"
        for at in range(36)
        for crew in [("North crew", "Harbour crew", "Mill crew")[at % 3]]
    ]
    question = "How many units were received by the Harbour crew?"
    assert all(not form.more for form in line_forms(question, Document.of("".join(lines)), []))
