"""Parts: what a cell describes becomes a document of the same characters, on the same bytes, or one clear error."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document, DocumentError
from rlm_kernel.document.parts.find import PartFinder, part_of
from rlm_kernel.document.parts.part_text import PartText, in_whole
from rlm_kernel.document.parts.requested import MAX_TEXTS, document_of
from rlm_kernel.document.search.rows import GrepMatch, Section
from rlm_kernel.document.search.searcher import Searcher
from rlm_kernel.document.text import Text
from rlm_kernel.document.view import context_of
from rlm_kernel.subkernel.inside.views import ReadOnlyDict, ReadOnlyList, plain

CHARACTERS = st.sampled_from(["a", "B", " ", "\n", "é", "ß", "\u2028", "😀", "\ud800", "\udfff", "0"])
TEXTS = st.lists(CHARACTERS, min_size=1, max_size=600).map("".join)
LONG = "".join(f"line {number} of a text: é😀 {number * 7919}\n" for number in range(400))


def there(document: Document) -> Document:
    """The document as another process would map it."""
    with document.share() as shared:
        return Document.received(shared.fd, shared.where)


def facts(text: Text) -> tuple[Any, ...]:
    """All that a text tells of itself but its names."""
    whole = text.text
    places = range(0, len(text.data) + 1, max(1, len(text.data) // 7))
    return (
        whole,
        text.chars,
        text.line_count,
        text.sha256,
        list(text.lines),
        [text.line(number) for number in range(text.line_count + 2)],
        [text.line_start(number) for number in range(1, text.line_count + 2)],
        [text.line_at(char) for char in range(0, text.chars + 1, max(1, text.chars // 7))],
        [text.line_at_byte(place) for place in places],
        [text.char_at(place) for place in places],
        [text.byte_at(char) for char in range(0, text.chars + 1, max(1, text.chars // 7))],
        text.read(1, text.line_count) if text.line_count else "",
        text.slice(0, text.chars),
    )


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.integers(0, 700), st.integers(0, 700), st.booleans())
def test_a_slice_of_a_text_becomes_a_document_of_the_same_characters(
    text: str, one: int, other: int, ends: bool
) -> None:
    start, end = sorted((min(one, len(text)), len(text) if ends else min(other, len(text))))
    document, piece = Document.of(text), text[start:end]
    if not piece:
        return
    made = document_of(document, part_of(document, piece))
    received = there(made)
    for each in (made, received):
        assert each.texts[0].text == piece
        assert facts(each.texts[0]) == facts(Text.from_str("", "", piece))
    assert made.fingerprint == received.fingerprint == Document.of(piece).fingerprint


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=2, max_size=5), st.data())
def test_parts_of_parts_of_several_texts(texts: list[str], data: st.DataObject) -> None:
    document = Document.of(texts)
    for _ in range(3):
        pieces = []
        for text in document.texts:
            start = data.draw(st.integers(0, text.chars))
            pieces.append(text.text[start : data.draw(st.integers(start, text.chars))])
        if not any(pieces):
            return
        document = document_of(document, part_of(document, pieces))
        assert [text.text for text in document.texts] == pieces
        received = there(document)
        assert [facts(text) for text in received.texts] == [facts(text) for text in document.texts]
        assert [text.name for text in received.texts] == [text.name for text in document.texts]
        with document.share() as shared:
            assert document.unchanged(shared)
        document = received


def test_a_part_is_a_view_and_says_where_it_stands() -> None:
    document = Document.of(LONG, name="report.txt")
    lines = LONG.split("\n")
    piece = "\n".join(lines[119:240])
    spec = part_of(document, piece)
    begin = len("".join(f"{line}\n" for line in lines[:119]).encode())
    assert spec == {"part": [0, begin, begin + len(piece.encode())]}
    made = document_of(document, spec)
    text = made.texts[0]
    assert isinstance(text, PartText)
    assert (text.name, text.source, text.first_line) == ("report.txt, lines 120 to 240", "text", 120)
    assert text.whole is document.texts[0]
    assert text.view.obj is document.texts[0].view.obj
    assert in_whole(text, 1, 3) == ("report.txt", 120, 122)
    assert text.line(2) == document.texts[0].line(121)
    inner = document_of(made, part_of(made, lines[129] + "\n" + lines[130] + "\n" + "\n".join(lines[131:140])))
    assert inner.texts[0].name == "report.txt, lines 130 to 140"
    assert in_whole(inner.texts[0], 1, 1) == ("report.txt", 130, 130)
    assert inner.whole is document
    assert in_whole(document.texts[0], 5, 6) == ("report.txt", 5, 6)


def test_the_whole_keeps_its_name() -> None:
    document = Document.of(LONG, name="report.txt")
    assert part_of(document, document.texts[0].text) == {"part": [0, 0, len(LONG.encode())]}
    assert document_of(document, {"part": [0, 0, len(LONG.encode())]}).texts[0].name == "report.txt"


def test_a_large_text_and_its_slices_are_parts() -> None:
    document = Document.of("x" * 1000 + LONG)
    view = context_of(document.texts[0], lambda *_: None, 100)
    size = len(document.texts[0].data)
    assert part_of(document, view) == {"part": [0, 0, size]}
    assert part_of(document, view[500:]) == {"part": [0, 500, size]}
    assert part_of(document, view[500:][100:400]) == {"part": [0, 600, 900]}
    assert part_of(document, view[:90]) == {"text": "x" * 90}


def test_pieces_one_after_the_other_are_found_without_a_search() -> None:
    text = "the same line again and again\n" * 2_000
    document = Document.of(text)
    finder = PartFinder(document, plain)
    finder._left = 0
    pieces = [text[at : at + 1_000] for at in range(0, len(text), 1_000)]
    assert [finder.of(piece) for piece in pieces] == [
        {"part": [0, at, at + len(piece)]} for at, piece in zip(range(0, len(text), 1_000), pieces, strict=True)
    ]


def test_paragraphs_short_ones_too_are_parts_in_a_list() -> None:
    paragraphs = ["A title", "é" * 300, "short", "b" * 250, "end"]
    document = Document.of("\n\n".join(["z" * 400, *paragraphs]))
    first, *rest = part_of(document, ["z" * 400, *paragraphs])["list"]
    assert first == {"part": [0, 0, 400]}
    assert [[*spec] for spec in rest] == [["part"]] * 5
    made = document_of(document, {"list": [first, *rest]})
    assert [text.text for text in made.texts] == ["z" * 400, *paragraphs]
    assert made.shape == "list"


def test_after_the_bound_of_a_cell_a_text_goes_as_it_is() -> None:
    document = Document.of(LONG)
    finder = PartFinder(document, plain)
    finder._left = 0
    assert finder.of(LONG[5_000:9_000]) == {"text": LONG[5_000:9_000]}
    finder.begin()
    assert "part" in finder.of(LONG[5_000:9_000])


def test_what_is_not_in_the_document_goes_as_it_is() -> None:
    document = Document.of(LONG)
    changed = LONG[:500] + "!" + LONG[501:900]
    assert part_of(document, changed) == {"text": changed}
    assert part_of(document, LONG[:50]) == {"text": LONG[:50]}


def test_names_in_a_list_are_all_different_and_in_a_mapping_the_given_ones() -> None:
    document = Document.of("a" * 300 + "b" * 300, name="one-line.txt")
    specs = {"list": [{"part": [0, 0, 300]}, {"part": [0, 300, 600]}, {"text": "new"}, {"part": [0, 0, 300]}]}
    names = [text.name for text in document_of(document, specs).texts]
    assert names == ["one-line.txt, line 1", "one-line.txt, line 1 (2)", "[2]", "one-line.txt, line 1 (3)"]
    mapped = document_of(document, {"mapping": {"head": {"part": [0, 0, 9]}, "ü": {"text": "new"}}})
    assert ([text.name for text in mapped.texts], mapped.shape) == (["head", "ü"], "mapping")
    assert [text.text for text in there(mapped).texts] == ["a" * 9, "new"]


def test_sections_are_the_lines_that_they_have() -> None:
    text = "# One\nfirst\n# Two\nsecond\nmore\n"
    document = Document.of({"a.md": "nothing", "b.md": text})
    one, two = Searcher(document.texts, lambda *_: None, lambda _: None).sections("b.md")
    made = document_of(document, part_of(document, two))
    assert made.texts[0].text == "# Two\nsecond\nmore\n"
    assert made.texts[0].name == "b.md, lines 3 to 5"
    made = document_of(document, part_of(document, {"x": one, "y": two}))
    assert [text.text for text in made.texts] == ["# One\nfirst\n", "# Two\nsecond\nmore\n"]
    # Of a document that is not there it is a row like any other.
    lost = Section("T", 1, 1, 2, "c.md")
    assert PartFinder(document, plain).of(lost) == {"data": plain(lost)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"n": 1}, {"n": "é"}], {"data": [{"n": 1}, {"n": "é"}]}),
        ({"n": [1, None]}, {"data": {"n": [1, None]}}),
        ({"a": "text", "b": 1}, {"data": {"a": "text", "b": 1}}),
        ({1: "text"}, {"data": {"1": "text"}}),
        ([["a"], ["b"]], {"data": [["a"], ["b"]]}),
        (["a", 1], {"data": ["a", 1]}),
        (("a", "b"), {"list": [{"text": "a"}, {"text": "b"}]}),
        (deque(["a", "b"]), {"list": [{"text": "a"}, {"text": "b"}]}),
        (ReadOnlyList(["a", "b"]), {"list": [{"text": "a"}, {"text": "b"}]}),
        (ReadOnlyDict({"k": "b"}), {"mapping": {"k": {"text": "b"}}}),
        ([], {"data": []}),
        (
            [GrepMatch("a", "a line", 3, 9, (), "context")],
            {"data": [{"match": "a", "line": "a line", "line_num": 3, "start": 9, "groups": [], "source": "context"}]},
        ),
        (12, {"data": 12}),
    ],
)
def test_other_values_go_as_data(value: Any, expected: dict[str, Any]) -> None:
    assert PartFinder(Document.of("text"), plain).of(value) == expected


@pytest.mark.parametrize("value", [object(), b"bytes", float("inf"), [object()], {"a": object()}])
def test_what_cannot_cross_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        PartFinder(Document.of("text"), plain).of(value)


@pytest.mark.parametrize("data", [[{"n": 1}, {"n": 2}], {"k": ["v"]}])
def test_data_becomes_records(data: Any) -> None:
    made = document_of(Document.of("text"), {"data": data}, name="rows")
    assert (made.shape, made.texts[0].name, made.whole) == ("records", "rows", None)
    assert facts(made.texts[0]) == facts(Document.of(data).texts[0])


SMALL = Document.of({"a": "é😀\n", "b": "text"})


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (None, "a NoneType"),
        ("text", "a str"),
        ({}, "an object with 0 names"),
        ({"part": [0, 0, 1], "text": "x"}, "an object with 2 names"),
        ({"unknown": 1}, "parts and texts only, not 'unknown'"),
        ({"part": None}, "three whole numbers"),
        ({"part": [0, 0]}, "three whole numbers"),
        ({"part": [0, 0, 1, 2]}, "three whole numbers"),
        ({"part": [0, 0, True]}, "three whole numbers"),
        ({"part": [0, 0, 1.0]}, "three whole numbers"),
        ({"part": [0, 0, "1"]}, "three whole numbers"),
        ({"part": [2, 0, 1]}, "has 2, counted from 0"),
        ({"part": [-1, 0, 1]}, "has 2, counted from 0"),
        ({"part": [10**400, 0, 1]}, "text no such number"),
        ({"part": [1, 0, 5]}, "not within b, which has 4"),
        ({"part": [1, -1, 2]}, "not within b"),
        ({"part": [1, 3, 2]}, "not within b"),
        ({"part": [1, 10**400, 10**401]}, "no such number to no such number"),
        ({"part": [0, 1, 2]}, "within a character"),
        ({"part": [0, 0, 3]}, "within a character"),
        ({"part": [1, 2, 2]}, "is empty"),
        ({"text": ""}, "is empty"),
        ({"text": 1}, "A text is a int"),
        ({"list": {}}, "an object with 0 names"),
        ({"list": []}, "is empty"),
        ({"list": [{"text": ""}]}, "is empty"),
        ({"list": [{"list": [{"text": "x"}]}]}, "not more lists"),
        ({"list": [{"mapping": {"a": {"text": "x"}}}]}, "not more lists"),
        ({"list": [{"data": [1]}]}, "not 'data'"),
        ({"list": ["x"]}, "a str"),
        ({"mapping": []}, "a list"),
        ({"mapping": {}}, "is empty"),
        ({"mapping": {"a": 1}}, "a int"),
        ({"mapping": {"n" * 301: {"text": "x"}}}, "301 characters"),
        ({"list": [{"text": "x"}] * (MAX_TEXTS + 1)}, "10,001 texts is too many"),
        ({"mapping": {str(at): {"text": "x"} for at in range(MAX_TEXTS + 1)}}, "10,001 texts is too many"),
        ({"list": [{"text": "x" * (7 << 20)}] * 10}, "more than 64 MB"),
        ({"data": None}, "is empty"),
        ({"data": []}, "is empty"),
        ({"x" * 10_000: 1}, "not 'xxx"),
    ],
)
def test_a_forged_description_is_refused_in_one_sentence(spec: Any, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        document_of(SMALL, spec)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 300


def test_parts_may_not_be_many_times_the_document() -> None:
    document = Document.of("x" * (8 << 20))
    whole = {"part": [0, 0, 8 << 20]}
    assert len(document_of(document, {"list": [whole] * 8}).texts) == 8
    with pytest.raises(DocumentError, match="more than twice the document"):
        document_of(document, {"list": [whole] * 9})


def test_the_most_texts_are_taken() -> None:
    document = Document.of("é" * MAX_TEXTS)
    specs = [{"part": [0, 2 * at, 2 * at + 2]} for at in range(MAX_TEXTS)]
    made = document_of(document, {"list": specs})
    assert {text.text for text in made.texts} == {"é"}
    assert len({text.name for text in made.texts}) == MAX_TEXTS
    assert [text.text for text in there(made).texts] == [text.text for text in made.texts]


def test_a_text_that_was_sent_is_one_of_the_next_document() -> None:
    first = document_of(Document.of("a" * 300), {"list": [{"part": [0, 0, 250]}, {"text": "sent é"}]})
    inner = document_of(first, {"list": [{"part": [1, 5, 7]}, {"part": [0, 10, 20]}]})
    assert [text.text for text in there(inner).texts] == ["é", "a" * 10]
    alone = document_of(first, {"part": [1, 0, 7]})
    assert (alone.whole, there(alone).texts[0].text) == (None, "sent é")


def test_a_file_is_shared_once_for_all_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"a line of the file\n" * (1 << 20))
    document = Document.of(path)
    made = document_of(document, {"part": [0, 19, 19 + 19 * (1 << 19)]})
    assert made.texts[0].name.endswith("large.txt, lines 2 to 524289")
    received = there(made)
    assert (received.texts[0].line_count, received.texts[0].chars) == (1 << 19, 19 << 19)
    assert received.fingerprint == made.fingerprint
