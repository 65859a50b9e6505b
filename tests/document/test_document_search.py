"""The tools over documents: what they find, where they say it stands, what they note, what they refuse."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document, GrepMatch, Match, Searcher, to_number

REPORT = "alpha Beta\nTOTAL_SALES: $5\nbeta gamma\n\nlast line\n"
MIXED = "é😀 one\r\ne\u0301 two\u2028still\x0btwo\r\nand\rthree\nfour 😀"
TEXTS = st.lists(st.sampled_from(["ab", "a", " ", "\n", "\r\n", "\r", "\u2028", "\x0c", "é", "😀"]), max_size=30).map(
    "".join
)


class Hands(Searcher):
    """The tools over a context, with what they reported."""

    def __init__(self, context: Any) -> None:
        self.spans: list[tuple[str, str, int, int]] = []
        self.notes: list[str] = []
        super().__init__(Document.of(context).texts, lambda *span: self.spans.append(span), self.notes.append)


def numbers(rows: list[GrepMatch] | list[Match]) -> list[int]:
    return [row.line_num for row in rows]


class TestGrep:
    def test_it_tells_every_occurrence_with_its_place(self) -> None:
        hands = Hands(REPORT)
        assert hands.grep(r"\bbeta\b", 100) == [
            GrepMatch("Beta", "alpha Beta", 1, 6, (), "context"),
            GrepMatch("beta", "beta gamma", 3, 27, (), "context"),
        ]
        assert hands.spans == [("grep", "context", 1, 1), ("grep", "context", 3, 3)]
        assert hands.notes == []

    def test_several_in_one_line(self) -> None:
        hands = Hands("x\nab ab\n")
        (row,) = hands.grep("ab", 10)
        assert (row.match, row.start, row.line_num) == ("ab", 2, 2)
        assert [(m.match, m.start, m.line_num) for m in row.matches] == [
            ("ab", 2, 2),
            ("ab", 5, 2),
        ]

    def test_groups(self) -> None:
        (row,) = Hands(REPORT).grep(r"(?P<label>\w+): \$(\d+)(\.\d+)?", 10)
        assert row.groups == ("TOTAL_SALES", "5", None)
        assert row["line"] == row.line == "TOTAL_SALES: $5"
        assert row["label"] == row.group("label") == row.get("label") == dict(row)["label"] == "TOTAL_SALES"
        assert (row.get("amount", 0), row.get("line_num")) == (0, row.line_num)
        with pytest.raises(KeyError, match="the pattern names label; not 'amount'"):
            row["amount"]
        (named,) = Hands(REPORT).grep(r"(?P<line>\w+): \$5", 10)
        assert (named["line"], named.group("line")) == (named.line, "TOTAL_SALES")

    def test_small_letters_ignore_case_and_a_capital_does_not(self) -> None:
        hands = Hands("Beta beta BETA")
        assert [match.match for row in hands.grep("beta", 10) for match in row.matches] == ["Beta", "beta", "BETA"]
        assert [row.match for row in hands.grep("Beta", 10)] == ["Beta"]
        assert len(hands.grep(r"\Bet\B", 10)[0].matches) == 3  # an escape is no capital letter
        assert all("several matches" in note for note in hands.notes)

    def test_flags_within_the_pattern(self) -> None:
        assert numbers(Hands("Beta\nbeta").grep("(?i)Beta", 10)) == [1, 2]
        assert [row.match for row in Hands("a1\nb2\nc3").grep(r"(?s)A1.*b2|a1.*b2", 10)] == ["a1\nb2"]
        assert numbers(Hands("one two").grep("(?x) one \\s two  # a remark", 10)) == [1]

    def test_anchors_are_those_of_lines(self) -> None:
        hands = Hands("total\na total\ntotal b\n")
        assert numbers(hands.grep("^total", 10)) == [1, 3]
        assert numbers(hands.grep("total$", 10)) == [1, 2]
        assert numbers(hands.grep(r"\Atotal", 10)) == [1]

    def test_a_match_over_lines_belongs_to_its_first(self) -> None:
        (row,) = Hands(REPORT).grep(r"alpha.*\n.*SALES", 10)
        assert (row.match, row.line, row.line_num) == ("alpha Beta\nTOTAL_SALES", "alpha Beta", 1)

    def test_what_matches_nothing_of_the_text_is_no_match(self) -> None:
        hands = Hands(REPORT)
        assert hands.grep("x*", 10) == []
        assert "nothing matches" in hands.notes[0]

    def test_the_limit_is_kept_and_told(self) -> None:
        hands = Hands("x\n" * 10)
        assert numbers(hands.grep("x", 3)) == [1, 2, 3]
        assert len(hands.notes) == 1
        assert "limit=3" in hands.notes[0]
        assert "there are more" in hands.notes[0]
        assert [span[2] for span in hands.spans] == [1, 2, 3]

    def test_exactly_the_limit_is_not_worth_a_note(self) -> None:
        hands = Hands("x\n" * 3)
        assert len(hands.grep("x", 3)) == 3
        assert hands.notes == []

    def test_the_wrong_case_is_found_and_said(self) -> None:
        hands = Hands(REPORT)
        assert numbers(hands.grep("GAMMA", 10)) == [3]
        assert hands.notes == ["grep: nothing matches 'GAMMA' as it stands; 1 found ignoring case"]

    def test_spaces_are_read_as_underscores_and_said(self) -> None:
        hands = Hands(REPORT)
        assert [row.match for row in hands.grep("total sales", 10)] == ["TOTAL_SALES"]
        assert hands.notes == [
            "grep: nothing matches 'total sales' as it stands; 1 found reading spaces as spaces, _ or -"
        ]

    def test_a_pattern_that_stands_as_it_is_needs_no_other_reading(self) -> None:
        hands = Hands("Sales\nsales\n")
        assert numbers(hands.grep("Sales", 10)) == [1]
        assert hands.notes == []

    def test_without_a_hit_the_lines_that_resemble_it_are_noted(self) -> None:
        hands = Hands(REPORT)
        assert hands.grep("sales total figure", 10) == []
        (note,) = hands.notes
        assert "nothing matches 'sales total figure'" in note
        assert "line 2: TOTAL_SALES: $5" in note

    @pytest.mark.parametrize(
        ("lines", "pattern", "better"),
        [
            (["List price of a rug: 9 EUR", "List price of a vase: 83 EUR"], r"^List price of the item (.+): (\d+)",
             r"'^List price of a (\w+): ([\d.,]+) EUR'"),
            (["Final score of Ada Berg: 845", "Final score of Bo Chen: 7.5", "a note on scores"], "^Score of",
             r"'^Final score of (\w+ \w+): ([\d.,]+)'"),
            (["Sales, north (net): $4,000", "Sales, south (net): $14,000"], r"Sales in the \w+",
             r"'^Sales, (\w+) \(net\): \$([\d.,]+)'"),
            (["  paid in May: 4", "  paid in June: 12"], "paid on", r"'^  paid in (\w+): ([\d.,]+)'"),
            (["area of a hall: 4 m²" + " and so on" * 90, "area of a yard: 9 m²" + " and so on" * 90], "areas of the",
             r"'^area of a (\w+): ([\d.,]+) m²" + " and so on" * 10 + "'"),
        ],
    )  # fmt: skip
    def test_lines_of_one_form_give_a_pattern_that_finds_them(
        self, lines: list[str], pattern: str, better: str
    ) -> None:
        hands = Hands("\n".join(["Contents", *lines, "The end."]))
        assert hands.grep(pattern, 10) == []
        (note,) = hands.notes
        assert note.endswith(f"; try grep(r{better})")
        found = hands.grep(ast.literal_eval(f"r{better}"), 10)
        assert [row.line for row in found] == lines[:2]
        assert all(group and group in row.line for row in found for group in row.groups)

    def test_a_word_and_the_number_behind_it_are_one_group(self) -> None:
        hands = Hands("Price of the order AB123: 40 EUR\nPrice of the order XY456: 70 EUR\n")
        assert hands.grep("price of all the orders", 10) == []
        assert r"try grep(r'^Price of the order (\w+): ([\d.,]+) EUR')" in hands.notes[0]

    def test_a_line_without_end_is_looked_at_up_to_a_bound(self) -> None:
        hands = Hands("sequence of a " + "ACGT" * 500_000 + "\nsequence of a " + "a_" * 500_000 + "\n")
        assert hands.grep("sequence of the chromosome", 10) == []
        assert len(hands.notes[0]) < 2_000

    def test_patterns_are_shown_as_they_are_written_in_a_program(self) -> None:
        for pattern, shown in ((r"qqqq (\d+)", r"r'qqqq (\d+)'"), ("it's \\w", '"it\'s \\\\w"'), ("plain", "'plain'")):
            hands = Hands(REPORT)
            hands.grep(pattern, 10)
            assert hands.notes[0].startswith(f"grep: nothing matches {shown}; ")
            assert ast.literal_eval(shown) == pattern

    def test_lines_of_different_forms_give_none(self) -> None:
        hands = Hands("price of a rug: 9\nthe price was 12 for two\nprices (all): see below\n")
        assert hands.grep("price list of rugs", 10) == []
        assert "try grep" not in hands.notes[0]

    def test_without_anything_alike_another_way_is_noted(self) -> None:
        hands = Hands(REPORT)
        assert hands.grep("qqqq", 10) == []
        assert "try a shorter pattern, or search(words)" in hands.notes[0]

    def test_a_broken_pattern(self) -> None:
        with pytest.raises(ValueError, match=r"grep: '\(' is not a regular expression .*re\.escape"):
            Hands(REPORT).grep("(", 10)

    @pytest.mark.parametrize("pattern", ["", None, 5, b"x"])
    def test_no_pattern(self, pattern: Any) -> None:
        with pytest.raises(ValueError, match="grep: give a pattern"):
            Hands(REPORT).grep(pattern, 10)

    def test_every_document_is_searched_and_named(self) -> None:
        hands = Hands({"a": "one two\nthree", "b": "four\nfive two"})
        assert [(row.source, row.line_num, row.start) for row in hands.grep("two", 10)] == [("a", 1, 4), ("b", 2, 10)]
        assert {span[1] for span in hands.spans} == {"a", "b"}
        assert [row.source for row in hands.grep("two", 1)] == ["a"]

    def test_odd_line_ends_and_wide_characters(self) -> None:
        hands = Hands(MIXED)
        rows = [match for row in hands.grep(r"one|two|three|four", 10) for match in row.matches]
        assert [(row.match, row.line_num) for row in rows] == [
            ("one", 1),
            ("two", 2),
            ("two", 2),
            ("three", 4),
            ("four", 5),
        ]
        assert [row.line for row in rows[:2]] == ["é😀 one", "e\u0301 two\u2028still\x0btwo"]
        text = MIXED.replace("\r\n", "\n").replace("\r", "\n")
        assert [text[row.start :][: len(row.match)] for row in rows] == [row.match for row in rows]

    @settings(deadline=None, max_examples=200)
    @given(TEXTS.filter(bool), st.sampled_from(["a", "ab", "[^\n]+", "é|😀", r"a\s+"]))
    def test_for_any_text_the_places_are_right(self, text: str, pattern: str) -> None:
        rows = Hands(text).grep(pattern, 10_000)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        assert len({row.line_num for row in rows}) == len(rows)
        assert [(match.start, match.match) for row in rows for match in row.matches] == [
            (match.start(), match[0]) for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE)
        ]
        for row in rows:
            assert row.line_num == text.count("\n", 0, row.start) + 1
            assert row.line == text.split("\n")[row.line_num - 1]


def universal(text: str) -> str:
    """The text with line feeds for all line ends, as text files are read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class TestFuzzySearch:
    LINES = ("the weather was fine", "Total revenue of the year: 5", "revenue, total", "tax", "", "profit and loss")

    @pytest.mark.parametrize("query", ["total revenue", "totla revenue", "Total Revenu", "TOTAL REVENUE"])
    def test_the_line_that_was_meant_comes_first(self, query: str) -> None:
        hands = Hands("\n".join(self.LINES))
        rows = hands.fuzzy(query, 3)
        assert (rows[0].line_num, rows[0].line, rows[0].source) == (2, self.LINES[1], "context")
        assert hands.spans[0] == ("fuzzy_search", "context", 2, 2)

    def test_words_in_another_order(self) -> None:
        assert numbers(Hands("\n".join(self.LINES)).fuzzy("revenue total", 2)) == [3, 2]

    def test_only_what_stands_there_has_the_full_score(self) -> None:
        rows = Hands("\n".join(self.LINES)).fuzzy("Total revenue", 5)
        assert [row.score == 1.0 for row in rows] == [row.line_num == 2 for row in rows]
        assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
        assert all(0 <= row.score <= 1 for row in rows)

    def test_what_resembles_nothing_finds_nothing(self) -> None:
        hands = Hands("\n".join(self.LINES))
        assert hands.fuzzy("xylophone zzz", 10) == []
        assert hands.spans == []

    def test_a_short_line_within_the_query_is_no_match(self) -> None:
        hands = Hands("tax\n" * 3)
        assert all(row.score < 0.5 for row in hands.fuzzy("the tax returns of the company", 10))
        assert "no line resembles" in hands.notes[0]

    def test_short_lines_do_not_crowd_out_the_one_that_was_meant(self) -> None:
        rows = Hands("a\nto\nre\n" * 100 + "totla revenue\n").fuzzy("total revenue", 1)
        assert [row.line for row in rows] == ["totla revenue"]

    def test_the_limit_is_kept(self) -> None:
        assert len(Hands("total revenue\n" * 50).fuzzy("total revenue", 7)) == 7

    def test_equals_are_told_in_their_order(self) -> None:
        assert numbers(Hands("total revenue\n" * 5).fuzzy("total revenue", 5)) == [1, 2, 3, 4, 5]

    def test_over_documents_the_best_come_first(self) -> None:
        rows = Hands({"a": "totol revenoo", "b": "total revenue"}).fuzzy("total revenue", 5)
        assert [row.source for row in rows] == ["b", "a"]

    @pytest.mark.parametrize("query", ["", "  ", None, 5])
    def test_no_query(self, query: Any) -> None:
        with pytest.raises(ValueError, match="fuzzy_search: give a query"):
            Hands(REPORT).fuzzy(query, 5)

    @settings(deadline=None, max_examples=50)
    @given(st.integers(0, 199), st.integers(0, 10))
    def test_one_wrong_letter_in_the_query_finds_its_line(self, planted: int, at: int) -> None:
        lines = [f"entry {number} concerns the weather" for number in range(200)]
        lines[planted] = "the harvest of barley"
        query = "harvest of barley"
        misspelt = query[:at] + "#" + query[at + 1 :]
        assert Hands("\n".join(lines)).fuzzy(misspelt, 1)[0].line_num == planted + 1


class TestReadLines:
    @pytest.mark.parametrize(
        ("start", "end", "wanted"),
        [
            (1, 2, "alpha Beta\nTOTAL_SALES: $5"),
            (2, None, "TOTAL_SALES: $5"),
            (-1, None, "last line"),
            (-2, -1, "\nlast line"),
            (3, 99, "beta gamma\n\nlast line"),
            (0, None, "alpha Beta"),
            (-99, 2, "alpha Beta\nTOTAL_SALES: $5"),
            (4, 4, ""),
            (5, 2, ""),
            (99, None, ""),
        ],
    )
    def test_lines(self, start: int, end: int | None, wanted: str) -> None:
        assert Hands(REPORT).read(start, end, None) == wanted

    def test_what_was_read_is_told(self) -> None:
        hands = Hands(REPORT)
        hands.read(2, 99, None)
        hands.read(99, None, None)
        assert hands.spans == [("read_lines", "context", 2, 5)]

    def test_line_breaks_become_line_feeds(self) -> None:
        assert Hands(MIXED).read(1, 4, None) == "é😀 one\ne\u0301 two\u2028still\x0btwo\nand\nthree"

    @settings(deadline=None, max_examples=200)
    @given(TEXTS.filter(bool), st.integers(-8, 8), st.none() | st.integers(-8, 8))
    def test_for_any_text_they_are_the_lines(self, text: str, start: int, end: int | None) -> None:
        parts = universal(text).split("\n")
        lines = parts[:-1] + ([parts[-1]] if parts[-1] else [])

        def at(number: int) -> int:
            return len(lines) + 1 + number if number < 0 else max(number, 1)

        first, last = max(1, at(start)), at(start if end is None else end)
        assert Hands(text).read(start, end, None) == "\n".join(lines[first - 1 : max(last, 0)])


class TestSliceText:
    @settings(deadline=None, max_examples=200)
    @given(TEXTS.filter(bool), st.integers(-40, 40), st.none() | st.integers(-40, 40))
    def test_for_any_text_it_is_python_slice(self, text: str, start: int, end: int | None) -> None:
        hands, text = Hands(text), universal(text)
        assert hands.slice(start, end, None) == text[start:end]
        first, last, _ = slice(start, end).indices(len(text))
        if first < last:
            wanted = (text.count("\n", 0, first) + 1, text.count("\n", 0, last - 1) + 1)
            assert hands.spans == [("slice_text", "context", *wanted)]
        else:
            assert hands.spans == []


class TestTextStats:
    def test_a_short_text_is_its_own_sample(self) -> None:
        text = universal(MIXED)
        stats = Hands(MIXED).stats(None)
        assert (stats.length, stats.line_count) == (len(text), 5)
        assert (stats.sample.start, stats.sample.end) == (text, text)
        assert stats["sample"]["middle"] == text[len(text) // 2 :]

    def test_a_long_text_is_sampled_at_three_places(self) -> None:
        text = "".join(f"line {number}\n" for number in range(1, 10_001))
        hands = Hands(text)
        stats = hands.stats(None)
        assert (stats.length, stats.line_count) == (len(text), 10_000)
        assert text.startswith(stats.sample.start)
        assert text[len(text) // 2 :].startswith(stats.sample.middle)
        assert text.endswith(stats.sample.end)
        assert {len(piece) for piece in (stats.sample.start, stats.sample.middle, stats.sample.end)} == {240}
        (_, _, first, _), (_, _, middle, _), (_, _, _, last) = hands.spans
        assert (first, middle, last) == (1, text.count("\n", 0, len(text) // 2) + 1, 10_000)

    def test_several_documents_are_counted_together_and_apart(self) -> None:
        hands = Hands({"a": "one\ntwo", "b": "three\n", "c": "four"})
        assert (hands.stats(None).length, hands.stats(None).line_count) == (17, 4)
        assert hands.stats(None).sample.middle == "three\n"
        assert (hands.stats("b").length, hands.stats("b").line_count) == (6, 1)


class TestSources:
    @pytest.mark.parametrize("tool", ["read_lines", "slice_text"])
    def test_one_of_several_must_be_named(self, tool: str) -> None:
        hands = Hands({"a": "one two", "b": "four"})
        call = {"read_lines": hands.read, "slice_text": hands.slice}[tool]
        assert call(1, 2, "b") in ("four", "o")
        assert hands.spans == [(tool, "b", 1, 1)]
        with pytest.raises(ValueError, match=f"{tool}: there are 2 documents: name one with source=, e.g. 'a'"):
            call(1, 2, None)
        with pytest.raises(ValueError, match=f"{tool}: no document 'c': there are 'a', 'b'"):
            call(1, 2, "c")


class TestRecords:
    ROW = GrepMatch("m", "a line", 3, 0, (), "t")

    def test_fields_are_reached_both_ways(self) -> None:
        assert list(map(self.ROW.__getitem__, self.ROW.keys())) == ["m", "a line", 3, 0, (), "t"]
        assert (self.ROW.get("line_num"), self.ROW.get("absent"), self.ROW.get("absent", 5)) == (3, None, 5)

    def test_they_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError, match="read-only"):
            self.ROW.line = "other"
        with pytest.raises(TypeError):
            self.ROW["line"] = "other"  # type: ignore[index]

    @pytest.mark.parametrize("name", ["absent", "__class__", "keys", None])
    def test_nothing_but_fields_is_reached(self, name: Any) -> None:
        with pytest.raises(KeyError, match="line_num"):
            self.ROW[name]

    def test_equal_rows_are_equal(self) -> None:
        same = GrepMatch("m", "a line", 3, 0, (), "t")
        assert {self.ROW, same} == {same}
        assert GrepMatch("m", "a line", 4, 0, (), "t") != same
        assert Match("a line", 3, 1.0, "t") != same

    def test_they_show_their_fields_and_shorten_long_ones(self) -> None:
        assert repr(self.ROW) == "GrepMatch(match='m', line='a line', line_num=3, start=0, source='t')"
        assert len(repr(Match("x" * 10_000, 1, 1.0, "t"))) < 400


class TestRealDocuments:
    def test_the_sales_figures_of_a_report(self, shared_data: Path) -> None:
        path = shared_data / "documents" / "scattered-data.txt"
        hands = Hands(path)
        rows = hands.grep(r"^SALES_DATA_(\w+): (.+)$", 100)
        assert {row.groups[0]: to_number(row.line) for row in rows} == {
            "NORTH": 2_340_000,
            "SOUTH": 3_120_000,
            "EAST": 2_890_000,
            "WEST": 2_670_000,
            "CENTRAL": 1_980_000,
        }
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [lines[row.line_num - 1] for row in rows] == [row.line for row in rows]
        assert hands.stats(None).line_count == len(lines)

    def test_a_misspelt_label_is_found(self, shared_data: Path) -> None:
        hands = Hands(shared_data / "documents" / "scattered-data.txt")
        assert hands.fuzzy("SALSE_DATA_WETS", 1)[0].line == "SALES_DATA_WEST: $2,670,000"

    def test_counting_words(self, shared_data: Path) -> None:
        path = shared_data / "documents" / "colors.txt"
        assert len(Hands(path).grep("blue", 100)) == path.read_text(encoding="utf-8").lower().count("blue") > 0
