"""grep by RE2 and by Python's re: whoever searches, it finds what Python's re would, and the result says who."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Searcher, Text
from rlm_kernel.document.search.regex import Finder

PATTERNS = [
    r"\w+",
    r"\W+",
    r"\d+|[^\W\d_]+",
    r"[^\S\n]+\w",
    r"\bab\b",
    r"\Bb",
    r"(a)(b)?",
    r"(?:a|ab)(?:c|bcd)?",
    r"a.?b",
    r"(?s:a.b)",
    r"^.+$",
    r"^a",
    r"b$",
    r"[é-ü]+",
    r"é|😀",
    r"[^a]b",
    r"a{2,3}?",
    r"(?<=a)b",
    r"(?<!a)b",
    r"a(?=b)",
    r"a(?!b)",
    r"(.)\1",
    r"(?>a+)b",
    r"a++b",
    r"a\s*\n",
    r"(?i:K)+",
    r"[k-s]+",
    r"i+",
    r"İ|ı",
    r"(?x) a \s? b  # a remark",
    r"(?a:\w+)",
    r"\AA",
    r"b\Z",
    r"(a*)*b",
    r"\x41|\u00e9",
    r"[\W_]b",
    r"(?P<one>a)(?P=one)",
]
CHARS = st.sampled_from(
    [
        *"aabbcABkKsSiI_ 1.",
        "\n",
        "\r\n",
        "\t",
        "\x1c",
        "\x85",
        "é",
        "É",
        "ü",
        "ß",
        "ſ",
        "\u212a",
        "İ",
        "ı",
        "٣",
        "Ω",
        "😀",
        "\ud800",
    ]
)
TEXTS = st.lists(CHARS, min_size=1, max_size=40).map("".join)
ASCII = st.text(st.sampled_from("aabbcAB_ 1.\n\r\t"), min_size=1, max_size=40)


def hands(text: str, **options: Any) -> tuple[Searcher, list[str], list[Any]]:
    notes: list[str] = []
    spans: list[Any] = []
    made = Text("t", "text", memoryview(text.encode("utf-8", "surrogatepass")), chars=len(text))
    return Searcher((made,), lambda *span: spans.append(span), notes.append, **options), notes, spans


def expected(pattern: str, text: str, flags: int) -> list[Any]:
    return [(m.start(), m[0], m.groups()) for m in re.finditer(pattern, text, flags | re.M) if m.end() > m.start()]


def by_finder(pattern: str, text: str, flags: int) -> list[Any]:
    made = Text("t", "text", text.encode("utf-8", "surrogatepass"), chars=len(text))
    hits = Finder(pattern, flags | re.M).hits(made)
    return [(made.char_at(hit.start), made.decode(hit.start, hit.end), hit.groups) for hit in hits]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(deadline=None, max_examples=60)
@given(text=TEXTS | ASCII, flags=st.sampled_from([0, re.I, re.S, re.A, re.I | re.S]))
@example(text="\r\r\n", flags=0)
@example(text="aa\r\r\n\n\r\r", flags=re.S)
def test_it_finds_what_re_finds(pattern: str, text: str, flags: int) -> None:
    assert by_finder(pattern, text, flags) == expected(pattern, text, flags)


@settings(deadline=None, max_examples=100)
@given(TEXTS | ASCII, st.sampled_from(PATTERNS))
def test_rows_counts_and_iteration_agree_with_the_text(text: str, pattern: str) -> None:
    made, _, _ = hands(text)
    flags = 0 if any(char.isupper() for char in re.sub(r"\\.|\(\?P<\w+>", "", pattern)) else re.I
    wanted = expected(pattern, text, flags)
    rows = list(made.finditer(pattern))
    assert [(row.start, row.match, row.groups) for row in rows] == wanted
    assert made.count(pattern) == len(wanted)
    for row in rows:
        assert row.line_num == text.count("\n", 0, row.start) + 1
        assert row.line == made.read(row.line_num, None, None) or text.endswith("\r")


@pytest.mark.parametrize(
    ("pattern", "text", "engine"),
    [
        (r"\w+_of", "harvest_of", "re2"),
        (r"\w+_of", "é harvest_of", "re2"),
        (r"\bof\b", "harvest of", "re2"),
        (r"\bof\b", "é harvest of", "re2+re"),
        (r"(?<!x)of", "harvest of", "re2+re"),
        (r"(\w)\1", "barren", "re2+re"),
        (r"o(?=f\n|f)", "harvest of", "re"),
        (r"of", "\ud800 of", "re"),
        (r"a{1,2000}", "aaa", "re2+re"),
    ],
)
def test_the_result_says_who_searched(pattern: str, text: str, engine: str) -> None:
    rows = hands(text)[0].grep(pattern, 10)
    assert rows
    if pattern != r"a{1,2000}":
        assert rows.engine == engine


def test_a_pattern_that_backtracks_for_ages_is_found_at_once() -> None:
    made, notes, _ = hands("a" * 5_000 + "\n" + "aab")
    assert [row.line_num for row in made.grep(r"^(a+)+b$", 10)] == [2]
    assert notes == []


def test_pythons_re_ends_after_its_time_with_what_it_found() -> None:
    made, notes, _ = hands("ab\n" + "a" * 60 + "c\n", seconds=0.2)
    rows = made.grep(r"(?=a)(?:a|aa)+(?<=b)b?|ab(?!x)", 10)
    assert [row.line_num for row in rows] == [1]
    (note,) = notes
    assert "stopped after 0.2 s, after line 1: RE2 cannot read" in note


def test_another_alarm_is_not_lost() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    left = signal.setitimer(signal.ITIMER_REAL, 100.0)
    try:
        assert len(hands("ab\n" * 50)[0].grep(r"(?<!x)ab", 100)) == 50
        remaining, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 50 < remaining <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, before)
    assert rung == []


def test_flags() -> None:
    made, _, _ = hands("Beta\nbeta\na\nb")
    assert [row.line_num for row in made.grep("Beta", 10, flags=re.IGNORECASE)] == [1, 2]
    assert [row.match for row in made.grep("a.b$", 10, flags=re.DOTALL)] == ["a\nb"]
    assert made.count("beta") == 2
    assert made.count("Beta") == 1
    for wrong in ("i", 1 << 20, None, 2.5):
        with pytest.raises(ValueError, match="grep: flags are those of re"):
            made.grep("x", 10, flags=wrong)  # type: ignore[arg-type]


def test_lines_around() -> None:
    made, _, spans = hands("one\ntwo\nthree\nfour\nfive")
    (row,) = made.grep("three", 10, context=1)
    assert (row.line, row["before"], row["after"]) == ("three", "two", "four")
    assert ("grep", "t", 2, 4) in spans
    (first,) = made.grep("one", 10, context=9)
    assert (first["before"], first["after"]) == ("", "two\nthree\nfour\nfive")
    (last,) = made.grep("five", 10, context=2)
    assert (last["before"], last["after"]) == ("three\nfour", "")


def test_one_document_of_several() -> None:
    texts = tuple(Text.from_str(name, "text", f"total {name}") for name in "ab")
    made = Searcher(texts, lambda *_: None, lambda _: None)
    assert [row.source for row in made.grep("total", 10)] == ["a", "b"]
    assert [row.source for row in made.grep("total", 10, source="b")] == ["b"]
    assert (made.count("total"), made.count("total", source="a")) == (2, 1)
    with pytest.raises(ValueError, match="count_matches: no document 'c'"):
        made.count("total", source="c")


@settings(deadline=None, max_examples=100)
@given(TEXTS | ASCII, st.sampled_from(["a", "ab", "aa", "k", "s", "I", "i", "é", r"\.", "a b", "(?i)A", "\n"]))
def test_plain_texts_are_counted_as_re_counts_them(text: str, pattern: str) -> None:
    flags = 0 if pattern in ("I", "(?i)A") else re.I
    assert hands(text)[0].count(pattern) == len(expected(pattern, text, flags))


def test_iteration_reads_no_further_than_asked() -> None:
    made, _, spans = hands("x\n" * 1000)
    rows = made.finditer("x")
    assert [next(rows).line_num for _ in range(3)] == [1, 2, 3]
    assert spans[-1] == ("finditer", "t", 3, 3)


def test_of_a_very_long_line_the_part_around_the_match_is_given() -> None:
    made, _, _ = hands("é" * 5_000_000 + " harvest " + "é" * 100)
    (row,) = made.grep("harvest", 10)
    assert (row.line_num, row.start) == (1, 5_000_001)
    assert " harvest é" in row.line
    assert len(row.line) < 10_000
