"""The view of a large text: it gives what the str would, or an error that names the tool to use instead."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document, Text, lines, view
from rlm_kernel.document.view import LargeText, context_of
from rlm_kernel.subkernel import SubKernel
from rlm_kernel.subkernel.inside.views import plain

# Everything that some notion of a line takes for an end of it, and characters of every width in UTF-8.
PIECES = [
    "\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    " ",
    "a",
    "ab",
    "é",
    "e\u0301",
    "€",
    "😀",
    "\ud800",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
PARTS = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
PLACES = st.none() | st.integers(-70, 70)
SIZES = pytest.mark.usefixtures("small_pieces")


@pytest.fixture(scope="class")
def small_pieces() -> Iterator[None]:
    """Reads texts in parts so small that those of the tests have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "_CHUNK", 7)
        patch.setattr(lines, "BLOCK", 16)
        patch.setattr(lines, "_PIECE", 16)
        yield


def view_of(text: str, limit: int = 40, span: Any = lambda *_: None) -> Any:
    made = Text("t", "text", memoryview(text.encode("utf-8", "surrogatepass")), chars=len(text))

    def note(first: int, last: int) -> None:
        span("context", "t", made.line_at_byte(first), made.line_at_byte(max(first, last - 1)))

    return LargeText(made, note, limit)


def outcome(work: Any) -> Any:
    """What `work` gives, or the kind of its error."""
    try:
        made = work()
    except (IndexError, ValueError) as error:
        return type(error)
    if type(made) is LargeText:
        return "".join(made)
    return made if isinstance(made, str | bool | int) else list(made)


@SIZES
class TestAsTheStr:
    @settings(deadline=None, max_examples=150)
    @given(TEXTS, PLACES, PLACES, st.sampled_from([None, 1, 2, 3, -1, -2, -5]))
    def test_slices(self, text: str, start: int | None, end: int | None, step: int | None) -> None:
        assert outcome(lambda: view_of(text, 10**6)[start:end:step]) == text[start:end:step]

    @settings(deadline=None, max_examples=150)
    @given(TEXTS, PLACES, PLACES, PLACES, PARTS)
    def test_slices_that_are_views_again(self, text: str, start: Any, end: Any, inner: Any, part: str) -> None:
        made = view_of(text, 8)[start:end]
        wanted = text[start:end]
        assert (len(made), outcome(lambda: made)) == (len(wanted), wanted)
        assert outcome(lambda: made[inner:]) == wanted[inner:]
        assert made.find(part, inner) == wanted.find(part, inner)

    @settings(deadline=None, max_examples=100)
    @given(TEXTS, st.integers(-70, 70))
    def test_characters(self, text: str, at: int) -> None:
        assert outcome(lambda: view_of(text)[at]) == outcome(lambda: text[at])

    @settings(deadline=None, max_examples=100)
    @given(TEXTS, PARTS)
    def test_the_whole(self, text: str, other: str) -> None:
        made = view_of(text)
        assert (len(made), list(made), made.isascii()) == (len(text), list(text), text.isascii())
        assert (made == text, made == other, made != other) == (True, text == other, text != other)
        assert made == view_of(text)
        assert isinstance(made, str)
        assert bool(made) == bool(text)

    @pytest.mark.parametrize("method", ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"])
    @settings(deadline=None, max_examples=150)
    @given(TEXTS, PARTS, PLACES, PLACES)
    def test_searches(self, method: str, text: str, part: str, start: int | None, end: int | None) -> None:
        made = view_of(text)
        assert outcome(lambda: getattr(made, method)(part, start, end)) == outcome(
            lambda: getattr(text, method)(part, start, end)
        )

    @settings(deadline=None, max_examples=100)
    @given(TEXTS, PARTS, PARTS)
    def test_membership_and_several_prefixes(self, text: str, part: str, other: str) -> None:
        made = view_of(text)
        assert (part in made) == (part in text)
        assert made.startswith((part, other)) == text.startswith((part, other))
        assert made.endswith((part, other)) == text.endswith((part, other))

    @settings(deadline=None, max_examples=150)
    @given(TEXTS, st.none() | PARTS, st.integers(-1, 4))
    def test_split(self, text: str, separator: str | None, most: int) -> None:
        made = view_of(text, 10**6)
        if separator is not None:
            assert outcome(lambda: made.split(separator, most)) == outcome(lambda: text.split(separator, most))
        assert list(made.split()) == text.split()

    @settings(deadline=None, max_examples=150)
    @given(TEXTS, st.booleans())
    def test_lines(self, text: str, keepends: bool) -> None:
        made = view_of(text, 10**6).splitlines(keepends)
        expected = re.findall(r"[^\n]*\n|[^\n]+", text)
        assert list(made) == list(made) == (expected if keepends else [line.removesuffix("\n") for line in expected])
        assert view.lines_of(text, keepends) == list(made)

    @settings(deadline=None, max_examples=100)
    @given(st.text(st.sampled_from("ab"), max_size=80), st.text(st.sampled_from("ab"), min_size=1, max_size=12))
    def test_occurrences_that_overlap_the_parts_and_each_other(self, text: str, part: str) -> None:
        made = view_of(text)
        assert made.count(part) == text.count(part)
        assert list(made.split(part)) == text.split(part)

    @settings(deadline=None, max_examples=100)
    @given(TEXTS, PLACES, PLACES)
    def test_what_was_looked_at_is_told(self, text: str, start: int | None, end: int | None) -> None:
        spans: list[Any] = []
        made = view_of(text, 10**6, lambda *span: spans.append(span))
        piece = made[start:end]
        if piece is made or not piece:
            assert spans == []
        else:
            first, last, _ = slice(start, end).indices(len(text))
            count = max(1, len([*text.split("\n")]) - text.endswith("\n"))
            wanted = [min(text.count("\n", 0, at) + 1, count) for at in (first, last - 1)]
            assert spans == [("context", "t", *wanted)]


@pytest.mark.parametrize(
    "method",
    ["lower", "upper", "casefold", "strip", "lstrip", "replace", "translate", "encode", "partition", "rsplit", "title"],
)
def test_what_would_copy_all_of_it_names_another_way(method: str) -> None:
    with pytest.raises(
        TypeError, match=rf"^context is a large text, not a str: {method}\(\) would copy too much: "
    ) as caught:
        getattr(view_of("abc"), method)("a", "b")
    assert any(tool in str(caught.value) for tool in ("grep", "finditer", "slices"))


@pytest.mark.parametrize(
    "work", [str, "{}".format, hash, lambda made: made + "x", lambda made: "x" + made, lambda made: made * 2]
)
def test_so_does_what_makes_another_str_of_it(work: Any) -> None:
    with pytest.raises(TypeError, match=r"context is a large text, not a str: .*: (use|add)"):
        work(view_of("abc"))


def test_every_public_name_of_a_str_is_there() -> None:
    own = {name for name in dir(str) if not name.startswith("_")} - {"maketrans"}
    assert own <= set(dir(LargeText))


@pytest.mark.parametrize("work", [len, lambda parts: parts[0], lambda parts: parts[:3]])
def test_parts_that_come_one_by_one_are_neither_counted_nor_numbered(work: Any) -> None:
    for parts in (view_of("a\nb").splitlines(), view_of("a\nb").split("\n")):
        with pytest.raises(TypeError, match=r"of a large text is an iterator, which has no .*: use "):
            work(parts)
        assert parts


def test_it_shows_its_beginning_only() -> None:
    assert len(repr(view_of("x" * 100_000))) < 400
    assert "100,000 characters" in repr(view_of("x" * 100_000))


def test_it_cannot_be_changed_or_taken_for_an_answer() -> None:
    made = view_of("abc")
    with pytest.raises(TypeError, match="read-only"):
        made._text = "other"
    with pytest.raises(TypeError, match="a large text"):
        plain(made)


def test_only_what_is_too_large_for_a_str_is_a_view() -> None:
    def kind(text: str) -> type:
        return type(context_of(Text.from_str("t", "text", text), lambda *_: None, 100))

    assert (kind("x" * 100), kind("x" * 101)) == (str, LargeText)
    # With one such character, each would take four bytes.
    assert (kind("x" * 24 + "😀"), kind("x" * 25 + "😀")) == (str, LargeText)


def test_one_emoji_takes_no_memory_but_its_own() -> None:
    text = Document.of(b"x" * 5_000_000 + "😀".encode() + b"y\n" * 10).texts[0]
    made: Any = context_of(text, lambda *_: None, 1000)
    assert (made[5_000_000], made[5_000_001:5_000_003], made.find("y")) == ("😀", "y\n", 5_000_001)
    assert made[-3:] == "\ny\n"
    assert "text" not in text.__dict__


LARGE = 129 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large() -> AsyncIterator[SubKernel]:
    line = b"one line of a large text that is shared and never copied\n"
    body = line * (LARGE // len(line) + 1)
    async with SubKernel(Document.of(body + "the last 😀 line".encode()), memory_limit="100MB") as sub:
        yield sub


LINES = LARGE // 57 + 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("cell", "output"),
    [
        ("len(context)", f"{LINES * 57 + 15}\n"),
        ("isinstance(context, str), type(context[:5])", "(True, <class 'str'>)\n"),
        ("context[4:8] + context[-6:]", "'line😀 line'\n"),
        ("context.find('😀') == len(context) - 6, '😀' in context, 'absent' in context", "(True, True, False)\n"),
        ("context.count('\\n'), context.startswith('one line'), context.endswith('line')", f"({LINES}, True, True)\n"),
        ("next(iter(context.splitlines()))[:8]", "'one line'\n"),
        ("sum(1 for line in context.split('\\n'))", f"{LINES + 1}\n"),
        ("len(context[100:]) == len(context) - 100, context[100:][-4:]", "(True, 'line')\n"),
        ("text_stats().line_count, read_lines(-1)", f"({LINES + 1}, 'the last 😀 line')\n"),
        ("grep('last')[0].line_num, count_matches('shared')", f"({LINES + 1}, {LINES})\n"),
        ("fuzzy_search('teh last line', 1)[0].line", "'the last 😀 line'\n"),
    ],
)
async def test_in_a_sub_kernel_with_less_memory_than_the_text(large: SubKernel, cell: str, output: str) -> None:
    result = await large.execute(cell)
    assert (result.error, result.output) == (None, output)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("cell", "tool"),
    [
        ("import re\nre.findall('x', context)", "finditer"),
        ("import re\nre.compile('x').search(context)", "grep"),
        ("context.lower()", "grep"),
        ("print(context)", "slice"),
        ("f'{context}'", "slice"),
        ("'a' + context", "slice"),
        ("''.join([context])", "slice"),
        ("len(context.splitlines())", "line_count"),
        ("FINAL(context)", "a large text"),
    ],
)
async def test_what_cannot_be_done_names_the_tool(large: SubKernel, cell: str, tool: str) -> None:
    result = await large.execute(cell)
    assert result.error is not None
    assert result.error.type == "TypeError"
    assert tool in result.error.message


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "cell",
    [
        "context._text",
        "context._text.data",
        "context.__slots__",
        "context.__init__",
        "type(context)._text",
        "context.splitlines()._make",
        "getattr(context, '_no' + 'te')",
        "context.find.__func__",
        "context.find.__self__._text",
        "'{0._text}'.format(context)",
        "context[0] = 'x'",
        "context._text = None",
    ],
)
async def test_no_part_of_its_inside_is_reached(large: SubKernel, cell: str) -> None:
    result = await large.execute(cell)
    assert result.error is not None
    assert result.error.type in ("AttributeError", "PolicyError", "TypeError")
    assert "memory" not in result.output
