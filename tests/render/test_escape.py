"""Hostile text comes out harmless, and long text comes out short with its size."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm_kernel.render.escape import block, clean, code_span, elide, fenced, inline, one_line, pretty


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("a\x00b\x08c", "a␀b␈c"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("user\u202etxt.exe", "user⟨U+202E⟩txt.exe"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("hidden\U000e0041", "hidden⟨U+E0041⟩"),
        ("lone \ud800", "lone \ufffd"),
        ("tab\tand\nline, accents é, emoji 👩‍🔬", "tab\tand\nline, accents é, emoji 👩‍🔬"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters()))
def test_nothing_that_acts_survives_cleaning(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", cleaned)


@given(st.text(st.sampled_from("<>&\"'$\\(a `\n")))
def test_html_text_has_no_markup_but_ours(text: str) -> None:
    shown = inline(text)
    assert html.unescape(re.sub("</?span>", "", shown)) == clean(text)
    assert set(re.findall("<[^>]*>", shown)) <= {"<span>", "</span>"}
    assert "<" not in block(text)


def test_formulas_are_broken_up() -> None:
    assert inline("$5 and \\(6\\)") == "<span>$</span>5 and <span>\\</span>(6<span>\\</span>)"


@given(st.text(st.sampled_from("`a\n <")))
def test_no_run_of_backticks_closes_a_fence_or_a_span(text: str) -> None:
    lines = fenced(text).split("\n")
    assert set(lines[0]) == {"`"}
    assert not any(line.strip().startswith(lines[0]) for line in lines[1:-1])
    span = code_span(text)
    ticks = re.match("`+", span)[0]  # type: ignore[index]
    inner = span[len(ticks) : -len(ticks)]
    assert ticks not in re.findall("`+", inner)
    assert "\n" not in span


def test_elide_keeps_head_and_tail_and_tells_the_rest() -> None:
    short = elide("a" * 5_000 + "b" * 5_000, 3_000)
    assert short.startswith("a" * 2_000)
    assert short.endswith("b" * 1_000)
    assert "7,000 characters left out" in short
    assert elide("abc", 10) == "abc"
    assert "1,000,000 characters left out" in elide("a" * 100, 50, true_size=1_000_050)
    assert "97 more characters were not kept" in elide("abc", 10, true_size=100)


def test_one_line() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("word " * 100, 20) == "word word word word…"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is", "as it is"),
        (13_000_000, "13000000"),
        (True, "True"),
        (None, "None"),
        ([1, 2], "[1, 2]"),
        ({"name": "x" * 60}, '{\n  "name": "' + "x" * 60 + '"\n}'),
    ],
)
def test_pretty(value: object, expected: str) -> None:
    assert pretty(value) == expected
