"""Lines and positions of a text: only a line feed ends a line, whatever else a text holds."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Text

# Everything that some notion of a line takes for an end of it, and characters of every width in UTF-8.
PIECES = [
    "\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "a",
    "é",
    "e\u0301",
    "€",
    "😀",
    "👩‍💻",
    "\ud800",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def of(text: str) -> Text:
    return Text.from_str("t", "text", text)


def shared(text: str) -> Text:
    """The same text as a sub-kernel has it: over a view of bytes."""
    return Text("t", "text", memoryview(text.encode("utf-8", "surrogatepass")), chars=len(text))


def expected_lines(text: str) -> list[str]:
    parts = text.split("\n")
    ended, last = parts[:-1], parts[-1]
    return [part.removesuffix("\r") for part in ended] + ([last] if last else [])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\nb", ["a", "b"]),
        ("a\u2028b\u2029c\x85d\ne", ["a\u2028b\u2029c\x85d", "e"]),
        ("a\x0bb\x0cc\x1cd\ne", ["a\x0bb\x0cc\x1cd", "e"]),
        ("😀\ne\u0301\n", ["😀", "e\u0301"]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    for made in (of(text), shared(text)):
        assert list(made.lines) == lines
        assert made.line_count == len(lines)
        assert [made.line(number) for number in range(1, len(lines) + 1)] == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\r\n\r\nb", ["a", "", "b"]),
        ("a\rb\nc", ["a", "b", "c"]),
        ("a\r", ["a"]),
        ("a\r\nb\r", ["a", "b"]),
        ("a\r\r\nb", ["a", "", "b"]),
        ("\ufeffa\r\n", ["a"]),
    ],
)
def test_characters_get_the_line_ends_that_text_files_get(text: str, lines: list[str]) -> None:
    made = of(text)
    assert list(made.lines) == lines
    assert made.text == text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert made.chars == len(made.text)
    assert made.data == made.text.encode()


def test_there_is_no_line_outside() -> None:
    for made in (of("a\nb"), shared("a\nb")):
        assert [made.line(number) for number in (-1, 0, 3, 10**12)] == [None] * 4
    assert of("").line(1) is None


def test_positions_beyond_the_ends_fall_on_the_outer_lines() -> None:
    assert [of("a\nb\n").line_at(at) for at in (-5, 0, 1, 2, 3, 4, 99)] == [1, 1, 1, 2, 2, 2, 2]
    assert of("").line_at(0) == 1


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_for_any_text_the_lines_are_those_between_line_feeds(text: str) -> None:
    for made in (of(text), shared(text)):
        assert list(made.lines) == expected_lines(text)
        assert made.line_count == len(expected_lines(text))


@settings(deadline=None, max_examples=300)
@given(TEXTS.filter(bool))
def test_for_any_text_and_position_the_line_is_one_more_than_the_line_feeds_before(text: str) -> None:
    for made in (of(text), shared(text)):
        assert [made.line_at(at) for at in range(len(text))] == [text.count("\n", 0, at) + 1 for at in range(len(text))]


@settings(deadline=None, max_examples=200)
@given(TEXTS)
def test_for_any_text_the_numbers_count(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for made in (of(text), shared(text), Text("t", "text", data)):
        assert (made.chars, made.text) == (len(text), text)
        assert made.sha256 == hashlib.sha256(data).hexdigest()


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.integers(-3, 50))
def test_for_any_text_a_line_of_the_bytes_is_that_of_the_characters(text: str, number: int) -> None:
    lines = expected_lines(text)
    wanted = lines[number - 1] if 1 <= number <= len(lines) else None
    fresh = Text("t", "text", text.encode("utf-8", "surrogatepass"))
    assert fresh.line(number) == of(text).line(number) == shared(text).line(number) == wanted


def test_characters_are_counted_across_the_pieces_in_which_bytes_are_read() -> None:
    text = "é" + "😀" * 5_000_000
    assert Text("t", "text", text.encode()).chars == len(text)
