"""Coverage: intervals, and the document's own lines found again in what a model was sent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm_kernel.document import Document
from rlm_kernel.document.provenance import coverage as module
from rlm_kernel.document.provenance.coverage import CoverageTracker, Covered, count, merged

LINES = [f"record {number}: crop {number % 7}, sales {number * 37}" for number in range(1, 101)]
REPORT = "\n".join(LINES)

intervals = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair))), max_size=30
)


def coverage(context: Any = REPORT, *scanned: tuple[str, int, int]) -> CoverageTracker:
    made = CoverageTracker(Document.of(context).texts)
    for span in scanned:
        made.scanned(*span)
    return made


def only(made: CoverageTracker) -> Covered:
    (covered,) = made.report()
    return covered


def shown(told: str, *scanned: tuple[int, int], context: Any = REPORT) -> list[tuple[int, int]]:
    made = coverage(context, *(("context", first, last) for first, last in scanned or ((1, 100),)))
    made.shown(told)
    assert not only(made).sent
    return list(only(made).shown)


@given(intervals)
def test_merged_intervals_are_the_same_lines(made: list[tuple[int, int]]) -> None:
    lines = {number for first, last in made for number in range(first, last + 1)}
    short = merged(made)
    assert {number for first, last in short for number in range(first, last + 1)} == lines
    assert count(short) == len(lines)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(short))


def test_nothing_is_touched_at_first() -> None:
    assert only(coverage()) == Covered("context", 100, (), (), (), (), (0, 0, 0, 0, 100))


def test_what_code_got_is_merged() -> None:
    spans = [("context", 5, 9), ("context", 1, 2), ("context", 3, 3), ("context", 8, 20)]
    assert only(coverage(REPORT, *spans)) == Covered(
        "context", 100, ((1, 3), (5, 20)), ((1, 3), (5, 20)), (), (), (19, 19, 0, 0, 81)
    )


def test_what_a_sandbox_makes_up_is_cut_to_the_document() -> None:
    spans = [
        ("absent", 1, 5),
        ("context", -5, 2),
        ("context", 99, 10**9),
        ("context", 50, 40),
        ("context", 10**12, 10**13),
    ]
    assert only(coverage(REPORT, *spans)).scanned == ((1, 2), (99, 100))


def test_very_many_spans_are_merged_as_they_come() -> None:
    made = coverage("x\n" * 200_000)
    for number in range(1, 150_001):
        made.scanned("context", number, number)
    assert only(made).scanned == ((1, 150_000),)


def test_documents_are_kept_apart() -> None:
    first, second = coverage({"a": "one\ntwo", "b": "one\ntwo"}, ("b", 1, 1)).report()
    assert (first.scanned, second.scanned) == ((), ((1, 1),))
    assert (first.counts, second.counts) == ((0, 0, 0, 0, 2), (1, 1, 0, 0, 1))


class TestShown:
    @pytest.mark.parametrize(
        "told",
        [
            LINES[6],
            f"Output:\n  {LINES[6]}  \n9 turns remain.",
            f"7: {LINES[6]}",
            f"(7, {LINES[6]!r})",
            f"[GrepMatch(match='sales', line={LINES[6]!r}, line_num=7, start=1)]",
            f"line 7 -> {LINES[6]} is the one",
            f"[{LINES[6]!r}, 'another']",
        ],
    )
    def test_however_a_line_is_printed(self, told: str) -> None:
        assert shown(told) == [(7, 7)]

    def test_only_what_code_got_is_looked_for(self) -> None:
        assert shown(REPORT, (10, 12), (40, 40)) == [(10, 12), (40, 40)]

    def test_a_passage(self) -> None:
        assert shown("\n".join(LINES[20:30])) == [(21, 30)]

    def test_another_text(self) -> None:
        assert shown("there were 100 records; the sales of crop 3 are 37 in all") == []

    def test_empty_lines_are_shown_with_the_lines_around_them(self) -> None:
        text = "first line\n\n\nsecond line\n\nthird line\n"
        assert shown("first line\n\n\nsecond line", (1, 6), context=text) == [(1, 4)]
        assert shown("second line", (1, 6), context=text) == [(4, 4)]

    def test_a_long_line_of_which_the_beginning_was_shown(self) -> None:
        text = "\n".join(f"{number}: " + "words and more words " * 30 for number in range(1, 5))
        assert shown(text.split("\n")[2][:100], (1, 4), context=text) == [(3, 3)]

    def test_a_piece_of_a_very_long_line(self) -> None:
        text = "short\n" + "".join(f"{number} " for number in range(5000)) + "\nlast"
        assert shown(text[5000:6000], (1, 3), context=text) == [(2, 2)]

    def test_windows_line_ends_and_escapes(self) -> None:
        text = 'tab\there "quoted"\r\nback\\slash \'and\' "both"\r\n'
        assert shown(f"[{text.split(chr(13))[0]!r}]", (1, 2), context=text) == [(1, 1)]
        assert shown(repr(text.split("\r\n")[1]), (1, 2), context=text) == [(2, 2)]

    @given(st.sets(st.integers(1, 100), min_size=1))
    def test_any_printed_lines_are_found_and_no_others(self, wanted: set[int]) -> None:
        told = "\n".join(LINES[number - 1] for number in sorted(wanted))
        assert shown(told) == merged((number, number) for number in wanted)


def test_what_is_sent_to_a_sub_model_is_another_matter() -> None:
    made = coverage(REPORT, ("context", 1, 100))
    made.sent("Add the sales:\n\n" + "\n".join(LINES[:50]))
    made.sent("\n".join(LINES[45:60]))
    made.shown(LINES[98])
    assert only(made) == Covered(
        "context", 100, ((1, 100),), ((1, 100),), ((99, 99),), ((1, 60),), (100, 100, 1, 60, 0)
    )


class TestBounds:
    def test_of_intervals(self) -> None:
        made = coverage("x\n" * 10_000, *(("context", number, number) for number in range(1, 10_000, 2)))
        covered = only(made)
        assert len(covered.scanned) <= 500
        assert covered.counts == (5000, 5000, 0, 0, 5000)
        assert (covered.scanned[0][0], covered.scanned[-1][1]) == (1, 9999)
        assert not covered.exact

    def test_of_lines_that_are_looked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_MOST_READ", 500)
        made = coverage(REPORT, ("context", 1, 90), ("context", 95, 95))
        made.shown(REPORT)
        covered = only(made)
        assert not covered.exact
        # The small interval comes first, and what is found is true.
        assert covered.shown[-1] == (95, 95)
        assert covered.shown[0][0] == 1
        assert covered.counts[2] < 20

    def test_lines_that_code_chose_come_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_MOST_READ", 1000)
        monkeypatch.setattr(module, "_FEW_LINES", 10)
        made = coverage(REPORT, ("context", 1, 100), ("context", 77, 77))
        made.shown(LINES[76])
        assert (only(made).shown, only(made).exact) == (((77, 77),), False)

    def test_of_what_is_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_MOST_NEEDLES", 10)
        monkeypatch.setattr(module, "_MOST_PARSED", 0)
        made = coverage(REPORT, ("context", 1, 100))
        made.sent(REPORT)
        covered = only(made)
        assert covered.sent == ((1, 10),)
        assert not covered.exact


def test_what_a_search_ran_over_was_searched_and_not_returned() -> None:
    made = coverage(REPORT, ("context", 7, 7))
    made.searched(None)
    assert only(made).counts == (100, 1, 0, 0, 0)
    made = coverage({"a": "one\ntwo", "b": "one\ntwo", "c": "three"})
    made.searched_up_to("b", 1)
    assert [item.counts[0] for item in made.report()] == [2, 1, 0]


def test_lines_that_are_alike_count_as_often_as_they_were_shown() -> None:
    text = "\n".join(["id,amount", *(f"{number},{number % 3}" for number in range(10)), *["same line"] * 5])
    made = coverage(text, ("context", 1, 16))
    made.shown("same line\nsame line\nthe sum of 11,2 and 110,20")
    assert only(made).shown == ((12, 13),)


def test_rows_of_a_table_that_were_printed_as_dicts_were_shown() -> None:
    text = "\n".join(["id,region,amount", *(f"{number},N{number % 3},{number % 9}" for number in range(400))])
    made = coverage(text, ("context", 1, 401))
    made.shown(
        repr([{"id": str(number), "region": f"N{number % 3}", "amount": str(number % 9)} for number in range(40)])
    )
    assert only(made).shown == ((2, 41),)


def test_lines_that_were_sent_and_those_of_earlier_variables_are_not_untouched() -> None:
    made = coverage()
    made.sent_lines("context", 1, 50)
    made.inherited("context", 41, 60)
    assert only(made).counts == (50, 0, 0, 50, 40)
