"""fuzzy_search in texts too large to score every line: planted lines are found, unrelated text finds nothing."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document, Searcher

CONSONANTS, VOWELS = "bcdfghklmnprstvwz", "aeiou"
PHRASES = [
    "harvest of barley",
    "turbine maintenance plan",
    "glacier meltwater",
    "invoice number 88213",
    "Katharina Lindqvist",
    "ÉTÉ à la Forêt",
]


def hands(text: str, **options: float) -> tuple[Searcher, list[str]]:
    notes: list[str] = []
    return Searcher(Document.of(text).texts, lambda *_: None, notes.append, **options), notes


@cache
def prose(lines: int = 40_000) -> tuple[str, ...]:
    """Lines of made-up words, a few of them in every other line, as those of a language are."""
    chance = random.Random(11)
    words = ["".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(n % 3 + 1)) for n in range(5_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    made = chance.choices(words, weights, k=lines * 12)
    return tuple(" ".join(made[at : at + 12]) for at in range(0, len(made), 12))


def misspelt(phrase: str, edits: list[tuple[str, float]]) -> str:
    """The phrase with letters exchanged, left out, put in, or swapped with their neighbours."""
    letters = list(phrase)
    for kind, place in edits:
        at = min(int(place * (len(letters) - 1)), len(letters) - 2)
        if kind == "swap":
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind == "omit":
            del letters[at]
        else:
            letters[at : at + (kind == "exchange")] = "q"
    return "".join(letters)


EDITS = st.lists(
    st.tuples(st.sampled_from(["swap", "omit", "exchange", "insert"]), st.floats(0, 1)), min_size=1, max_size=2
)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(PHRASES), EDITS, st.integers(0, 39_999))
def test_any_planted_line_with_one_or_two_edits_comes_first(
    phrase: str, edits: list[tuple[str, float]], planted: int
) -> None:
    lines = list(prose())
    lines[planted] = f"{lines[planted][:20]} {misspelt(phrase, edits)} {lines[planted][-20:]}"
    assert len("\n".join(lines)) > 2 << 20
    rows = hands("\n".join(lines))[0].fuzzy(phrase, 5)
    assert rows[0].line_num == planted + 1
    assert rows[0].line == lines[planted]


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(PHRASES), EDITS, st.integers(0, 199))
def test_so_it_does_in_a_short_text(phrase: str, edits: list[tuple[str, float]], planted: int) -> None:
    lines = list(prose()[:200])
    lines[planted] = f"{lines[planted][:20]} {misspelt(phrase, edits)} {lines[planted][-20:]}"
    assert hands("\n".join(lines))[0].fuzzy(phrase, 5)[0].line_num == planted + 1


@pytest.mark.parametrize(
    ("query", "score"),
    [
        ("harvest of barley", 1.0),
        ("HARVEST  of barley", 1.0),
        ("harvest of barlei", 16 / 17),
        ("harvset of barley", 16 / 17),
        ("hravest of barlei", 15 / 17),
        ("barley harvest", 0.92),
        ("failed harvest 1887", 0.85),
    ],
)
def test_scores_are_the_share_of_the_query_that_is_right(query: str, score: float) -> None:
    lines = list(prose())
    lines[30_000] = "in 1887 the Harvest of Barley failed"
    for text in ("\n".join(lines), "\n".join(lines[29_990:30_010])):
        best = hands(text)[0].fuzzy(query, 3)[0]
        assert best.line == lines[30_000]
        assert best.score == pytest.approx(score, abs=0.001)


@pytest.mark.parametrize("query", ["xylophone quartz", "Wolfgang Amadeus Mozart", "jjjjjj", "42424242"])
def test_what_resembles_nothing_finds_nothing(query: str) -> None:
    searcher, notes = hands("\n".join(prose()))
    assert searcher.fuzzy(query, 10) == []
    assert notes == []


def test_places_in_one_long_line() -> None:
    words = " ".join(prose()).split(" ")
    words[len(words) // 3] = "the hravest of barlay in 1887"
    searcher, _ = hands(" ".join(words))
    best = searcher.fuzzy("harvest of barley", 3)[0]
    assert "hravest of barlay" in best.line
    assert (best.line_num, len(best.line) < 1000) == (1, True)
    short, _ = hands(" ".join(words[len(words) // 3 - 5000 :][:10_000]))
    assert "hravest of barlay" in short.fuzzy("harvest of barley", 3)[0].line


def test_equal_lines_are_told_in_their_order() -> None:
    lines = list(prose())
    for planted in (39_000, 17, 20_000):
        lines[planted] = "harvset of barley"
    rows = hands("\n".join(lines))[0].fuzzy("harvest of barley", 3)
    assert [row.line_num for row in rows] == [18, 20_001, 39_001]
    assert len({row.score for row in rows}) == 1


def test_where_every_line_resembles_it_the_first_are_told_and_that_is_said() -> None:
    searcher, notes = hands("the quick brown fox jumps over the lazy dog\n" * 100_000)
    assert [row.line_num for row in searcher.fuzzy("qick browm fox", 3)] == [1, 2, 3]
    assert "very many lines resemble the query" in notes[0]


def test_one_document_of_several_is_searched() -> None:
    texts = Document.of({"a": "harvest of barley", "b": "harvest of barlei"}).texts
    searcher = Searcher(texts, lambda *_: None, lambda _: None)
    assert [row.source for row in searcher.fuzzy("harvest of barley", 5, "b")] == ["b"]


def test_out_of_time_in_a_large_text_is_said() -> None:
    searcher, notes = hands("\n".join(prose()), seconds=-1.0)
    searcher.fuzzy("harvest of barley", 3)
    assert "stopped after" in notes[0]
