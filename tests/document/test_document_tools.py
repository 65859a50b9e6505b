"""The tools as a cell calls them: their arguments are checked, their numbers are those of the document."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.document import Document, Searcher
from rlm_kernel.document.parts.find import PartFinder
from rlm_kernel.document.search.notes import Notes
from rlm_kernel.subkernel.inside.queries import Queries
from rlm_kernel.subkernel.inside.tools import Finished, Tools
from rlm_kernel.subkernel.inside.views import plain


def tools(context: Any, call: Any = None) -> Tools:
    document = Document.of(context)

    def nobody(method: str, params: dict[str, Any]) -> Any:
        raise AssertionError(method)

    searcher = Searcher(document.texts, lambda *_: None, lambda _: None)
    size = lambda: len("\n".join(text.text for text in document.texts).encode("utf-8", "surrogatepass"))  # noqa: E731
    parts = PartFinder(document, plain)
    queries = Queries(document, lambda *_: None, Notes(lambda _: None))
    return Tools(searcher, parts, call or nobody, dict, size, note=lambda _: None, line=lambda: None, queries=queries)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("é", 1), ("😀😀", 2)])
def test_tokens_are_estimated_from_the_bytes(text: str, tokens: int) -> None:
    assert tools("x").count_tokens(text) == tokens


def test_tokens_of_the_whole_context() -> None:
    assert tools("x" * 400).count_tokens() == 100
    assert tools({"a": "x" * 200, "b": "x" * 199}).count_tokens() == 100
    assert tools("a\ud800b").count_tokens() == 2


def test_limits_are_at_least_one() -> None:
    made = tools("x\nx\n")
    assert len(made.grep("x", -5)) == 1
    assert len(made.fuzzy_search("x", 0)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda made: made.grep("x", "10"),
        lambda made: made.grep("x", limit=True),
        lambda made: made.fuzzy_search("x", 2.5),
        lambda made: made.read_lines("1"),
        lambda made: made.read_lines(1, "2"),
        lambda made: made.slice_text(1.5),
        lambda made: made.slice_text(0, "2"),
    ],
)
def test_positions_and_limits_are_whole_numbers(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"give whole numbers, not (str|bool|float)"):
        wrong(tools("x\ny\n"))


def test_the_tools_read_the_document() -> None:
    made = tools("one\ntwo 2\n")
    assert made.text_stats().line_count == 2
    assert [row.line_num for row in made.grep("two")] == [2]
    assert [row.line_num for row in made.fuzzy_search("twoo")] == [2]
    assert made.read_lines(-1) == "two 2"
    assert made.slice_text(-6, -1) == "two 2"
    assert made.to_number(made.read_lines(2)) == 2


def test_rows_are_plain_data() -> None:
    assert plain(tools("a 1\n").grep(r"(\d)")) == [
        {"match": "1", "line": "a 1", "line_num": 1, "start": 2, "groups": ["1"], "source": "context"}
    ]


def test_evidence_may_be_rows_or_line_numbers() -> None:
    told: list[Any] = []
    made = tools("a 1\nb 2\n", lambda method, params: told.append((method, params)))
    with pytest.raises(Finished):
        made.FINAL(made.grep("b")[0], evidence=made.grep("[ab]"))  # type: ignore[arg-type]
    assert told[0][0] == "final"
    assert told[0][1]["evidence"] == [["context", 1, 1], ["context", 2, 2]]
    assert told[0][1]["value"]["line"] == "b 2"


WARDS = "# Beds\nbed 9: 1\n## Ward North\nbed 1: 3, bed 2: 4\n\n## ward South\nbed 5: 7\n"


def test_rows_have_the_groups_of_the_heading_above_them() -> None:
    rows = tools(WARDS).grep(r"bed (?P<bed>\d+): (?P<nights>\d+)", heading=r"^## ward (?P<ward>\w+)")
    assert [(row["ward"], row["bed"], row["nights"]) for row in rows] == [
        (None, "9", "1"),
        ("North", "1", "3"),
        ("South", "5", "7"),
    ]
    assert [row.groups for row in rows[1].matches] == [("1", "3", "North"), ("2", "4", "North")]


def test_a_heading_without_a_group_is_one() -> None:
    rows = tools(WARDS).grep(r"bed 5: (\d+)", heading=r"^#+ .*", context=1)
    assert (rows[0]["heading"], rows[0].groups, rows[0].before) == (
        "## ward South",
        ("7", "## ward South"),
        "## ward South",
    )


def test_a_group_of_the_row_hides_that_of_the_heading() -> None:
    (row,) = tools(WARDS).grep(r"bed (?P<name>5)", heading=r"^## ward (?P<name>\w+)")
    assert (row["name"], row.groups) == ("5", ("5", "South"))


def test_headings_are_of_the_same_document() -> None:
    rows = tools({"a": "## One\nx 1\n", "b": "x 2\n## Two\nx 3\n"}).grep(r"^x \d", heading="^## (.+)")
    assert [row.groups for row in rows] == [("One",), (None,), ("Two",)]


def test_lines_of_headings_are_noted_as_read() -> None:
    document = Document.of(WARDS)
    spans: list[tuple[Any, ...]] = []
    searcher = Searcher(document.texts, lambda *span: spans.append(span), lambda _: None)
    searcher.grep("bed 5", 10, heading="^## (.+)")
    assert {span[2] for span in spans} == {7, 6}


def test_a_heading_is_a_pattern() -> None:
    with pytest.raises(TypeError, match="grep: heading must be a pattern, not int"):
        tools(WARDS).grep("bed", heading=2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression"):
        tools(WARDS).grep("bed", heading="(")


def test_headings_are_looked_for_in_other_ways_as_rows_are_and_the_note_says_so() -> None:
    document = Document.of(WARDS)
    notes: list[str] = []
    searcher = Searcher(document.texts, lambda *_: None, notes.append)
    assert searcher.grep("bed 1: 3", 10, heading="^## WARD (.+)")[0].groups == ("North",)
    assert searcher.grep("bed 1: 3", 10, heading="^## Room (.+)")[0].groups == (None,)
    assert [note.split(":")[1][:20] for note in notes if "heading" in note] == [
        " no heading matches ",
        " no line above these",
    ]


def test_of_several_matches_in_a_heading_the_first_one_counts() -> None:
    rows = tools("## Ward A, Ward B\nbed 1\nbed 2\n").grep("bed", heading=r"Ward (\w)")
    assert [row.groups for row in rows] == [("A",), ("A",)]
