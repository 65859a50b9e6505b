"""`search`: the best line first, and beside many lines that are written alike those that differ in a word."""

from __future__ import annotations

import random

import pytest

from rlm_kernel.document import Document, Match, Searcher

FILLER = [f"The committee met in room {number} and talked about parking." for number in range(60)]


def found(text: str, query: str, limit: int = 6) -> list[Match]:
    return list(Searcher(Document.of(text).texts, lambda *_: None, lambda _: None).search(query, limit, None))


def mixed(*rows: str) -> str:
    lines = [*FILLER, *rows]
    random.Random(7).shuffle(lines)
    return "\n".join(lines)


@pytest.mark.parametrize("limit", [3, 5, 6, 10])
def test_a_third_of_the_lines_differ_where_many_are_written_alike(limit: int) -> None:
    valid = [f"Sensor {number}: humidity reading {number * 3} (valid)" for number in range(40)]
    discarded = [f"Sensor {number}: humidity reading {number * 5} (discarded)" for number in range(40)]
    lines = [row.line for row in found(mixed(*valid, *discarded), "valid humidity readings", limit)]
    assert len(lines) == limit
    assert sum("(valid)" in line for line in lines) == -(-2 * limit // 3)
    assert sum("(discarded)" in line for line in lines) == limit // 3


def test_lines_of_another_form_are_shown_where_all_have_the_one_word() -> None:
    errors = [f"12:{number:02} ERROR job {number} failed" for number in range(40)]
    warnings = [f"12:{number:02} WARN job {number} may fail, no ERROR yet" for number in range(20)]
    lines = [row.line for row in found(mixed(*errors, *warnings), "ERROR")]
    assert sum("WARN" in line for line in lines) == 2


def test_the_best_lines_come_first() -> None:
    rows = [f"Paid invoice of 2019: {number}" for number in range(9)] + [f"Invoice {number}" for number in range(9)]
    scores = [row.score for row in found(mixed(*rows), "paid invoices 2019")]
    assert scores == sorted(scores, reverse=True)
    assert found(mixed(*rows), "paid invoices 2019")[0].line.startswith("Paid")


def test_lines_that_hardly_fit_take_no_place_of_those_that_do() -> None:
    rows = [f"Gauge {number} shows a pressure of {number} bar at the northern valve" for number in range(30)]
    lines = [row.line for row in found(mixed(*rows), "pressure at the northern valve of the parking")]
    assert all("pressure" in line for line in lines[:4])


def test_alike_lines_fill_the_room_where_there_are_no_others() -> None:
    rows = [f"message {number}: hello" for number in range(30)]
    assert len(found(mixed(*rows), "messages")) == 6


@pytest.mark.parametrize("order", [("actual", "planned"), ("planned", "actual")])
def test_a_line_beside_a_better_one_is_found_for_words_of_its_own(order: tuple[str, str]) -> None:
    rows = [f"{word} sales of branch {number}: {number * 7}" for number in range(3) for word in order]
    lines = {row.line for row in found("\n".join([*FILLER, *rows, *FILLER]), "actual sales of the branches")}
    assert set(rows) == lines


def test_a_line_is_not_found_for_the_words_of_its_neighbour_alone() -> None:
    rows = ["In the evening", "the harbour master closes the gate", "and goes home."]
    lines = [row.line for row in found("\n".join([*FILLER, *rows, *FILLER]), "when is the harbour gate closed")]
    assert lines[0] == rows[1]
    assert not {rows[0], rows[2]} & set(lines)


NOISE = ["Minutes gardens training while prepared parking.", "Travel about music, others.", "Windows and lifts."] * 5
PRICES = ["List price of a clock: 74 EUR", "Last year's price of a chair: 29 EUR", "List price of a vase: 37 EUR"]


def remarks(texts: dict[str, list[str]], query: str, source: str | None = None) -> list[str]:
    told: list[str] = []
    document = Document.of({name: "\n".join(lines) for name, lines in texts.items()})
    assert list(Searcher(document.texts, lambda *_: None, told.append).search(query, 5, source)) == []
    return told


def test_where_no_line_is_found_the_forms_of_the_lines_are_shown() -> None:
    (told,) = remarks({"prices.txt": [*NOISE, *PRICES]}, "ordered items")
    assert told == (
        "search: no line of 'prices.txt' has a word of 'ordered items'; lines there are such as: "
        "line 16: List price of a clock: 74 EUR; line 17: Last year's price of a chair: 29 EUR"
    )


def test_of_several_documents_each_line_has_its_name() -> None:
    (told,) = remarks({"a.txt": PRICES[:1], "b.txt": NOISE[:2]}, "xylophone")
    assert told.endswith(
        "'a.txt', line 1: List price of a clock: 74 EUR; 'b.txt', line 1: " + "; 'b.txt', line 2: ".join(NOISE[:2])
    )


def test_of_a_large_document_no_lines_are_looked_at() -> None:
    (told,) = remarks({"large.txt": ["Fee: 5 EUR"] * 600_000}, "xylophone")
    assert told == "search: no line of 'large.txt' has a word of 'xylophone'; try other words, or read_lines(1, 20)"


@pytest.mark.parametrize(
    ("query", "other", "right"),
    [("für Hunde", "Futter für Katzen", "Alte Hunde"), ("où habite", "l'eau où il va", "il habite ici")],
)
def test_common_words_with_accents_are_not_looked_for(query: str, other: str, right: str) -> None:
    assert [row.line for row in found(mixed(other, right), query)] == [right]


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("who spends", "The office spent 40 EUR on tea."),
        ("what was sold", "We sell 30 lamps a day."),
        ("which child", "Some children waited at the fence."),
        ("when does it begin", "The course has begun on Monday."),
    ],
)
@pytest.mark.parametrize("size", [1, 60])
def test_forms_of_a_word_are_one_word(query: str, right: str, size: int) -> None:
    """In a small document, and in one of which not all lines are looked at."""
    other = "Nobody was in the garden; the gate was locked.\n" * 500 * size
    assert found(f"{other}{right}\n{other}", query, 1)[0].line == right
