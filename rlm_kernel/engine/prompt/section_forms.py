"""Rows that belong to the heading above them, where a question names what headings alone say: "## North hall"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from ...document.search.dates import DATE, MONTH
from ...document.text import Text
from .asked import Asked, content_of, stem_of
from .row_families import family_form
from .row_patterns import LONGEST_LINE, LineForm, Sections, escaped, matches_of
from .states import with_states
from .table_forms import table_form
from .tables import Table

_MARKDOWN, _COLON = re.compile(r"(#{1,6}) "), r"^[^:\n]*[^:\s]:$"
# The first word or sign of a line, which may be that of all headings: "Week 3", "== North ==", "[north]".
_FIRST = re.compile(r"[^\W\d_]+(?= )|[^\w\s]+ ?")
_WEEKDAY = "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_DAY = re.compile(
    rf"(?:(?:{_WEEKDAY})\b[.,]? ?)?(?:{DATE.pattern}|\d{{1,2}}\.? (?:{MONTH})|(?:{MONTH}) \d{{1,2}})?:?", re.IGNORECASE
)
# Days of a question between which, or up to which, all are meant.
_OF_SEVERAL_DAYS = re.compile(r"\b(?:from|between|since|until|till|through|before|after|by)\b", re.IGNORECASE)
_FEWEST_HEADINGS, _FEWEST_ROWS, _ROWS_OF_A_HEADING, _WITH_ROWS, _NAMED = 2, 2, 1.5, 0.8, 0.5
_LONGEST_HEADING, _WORDS_OF_A_HEADING, _MOST_LINES, _MOST_TABLES, _LONGEST_PATTERN = 100, 14, 20_000, 6, 200


class _Headings(NamedTuple):
    """The headings of one form: their lines by number, and a pattern that finds these lines, and the lines behind
    which no row is below them any more."""

    pattern: str
    lines: dict[int, str]


def section_form(
    asked: Asked, text: Text, tables: Sequence[Table], families: Sequence[Table], others: Collection[str] = ()
) -> LineForm | None:
    """The form of the rows below the headings that a question names with words that no row has; None where there are
    no such headings, or it is not sure which are meant. `others` are lines that may be meant as well: where one that
    is no heading has the words, nothing is sure.

    Headings are lines of one form: with the same number of signs "#", or with the same first word or sign, days, or
    lines with a colon at their end. Of a long text the first 20,000 lines are read.
    """
    lines = {
        number: line
        for number, line in zip(range(1, _MOST_LINES + 1), text.iter_lines(), strict=False)
        if 0 < len(line) <= LONGEST_LINE
    }
    by_size = sorted(tables, key=lambda table: -len(table.rows))[:_MOST_TABLES]
    by_size += sorted(families, key=lambda table: -len(table.rows))[:_MOST_TABLES]
    headings = list(_headings(lines))
    for table in by_size:
        if all(row.lines == 1 for row in table.rows) and (made := _of_table(table, headings, asked, text, others)):
            return made
    return None


def _of_table(
    table: Table, headings: Sequence[_Headings], asked: Asked, text: Text, others: Collection[str]
) -> LineForm | None:
    numbers = [row.number for row in table.rows]
    said = _stems(" ".join(table.labels)).union(*(_stems(" ".join(row.cells)) for row in table.rows))
    found: dict[frozenset[int], tuple[_Headings, frozenset[str], frozenset[int]]] = {}
    for each in headings:
        if not _are_above(each, table, numbers):
            continue
        named = _named(each, asked, said)
        if named is None:
            # The question has words of several headings.
            return None
        words, meant = named
        if words:
            found[_below(each, meant, numbers)] = (each, words, meant)
    # Two kinds of headings, such as those of parts and chapters, would have to be told together.
    if len(found) != 1:
        return None
    ((kept, (heading, words, meant)),) = found.items()
    pattern = _pattern_of(heading, words, meant, text)
    if pattern is None or len(kept) < _FEWEST_ROWS:
        return None
    if any(words <= _stems(other) and other not in heading.lines.values() for other in others):
        return None
    rest = asked._replace(stems=asked.stems - words, saying=asked.saying - words, asking=asked.asking - words)
    shown = min(kept)
    made = table_form if any(table.labels) and table.header else family_form
    form = made(table, rest, text, shown)
    return None if form is None else _kept(form, Sections(heading.pattern, pattern), heading, meant, rest, text)


def _kept(
    form: LineForm, sections: Sections, heading: _Headings, meant: Collection[int], asked: Asked, text: Text
) -> LineForm | None:
    """The form with those of its rows alone that are below the headings that are meant."""
    matches = matches_of(form.pattern, text)
    below = _below(heading, meant, sorted(matches))
    totals = {(at, cell) for at, cells in form.totals for cell in cells}
    rows = {number: matches[number] for number in sorted(below) if totals.isdisjoint(enumerate(matches[number]))}
    if len(rows) < _FEWEST_ROWS:
        return None
    number = min(rows)
    form = replace(
        form,
        line_num=number,
        line=text.line(number) or "",
        groups=rows[number],
        rows=tuple(rows.values()),
        sections=sections,
        states=(),
    )
    return with_states(form, asked, text)


def _headings(lines: dict[int, str]) -> Iterator[_Headings]:
    """Lines that may be headings, those of each form together."""
    short = {
        number: line.rstrip()
        for number, line in lines.items()
        if len(line) <= _LONGEST_HEADING
        and line[0] not in " \t"
        and not line.rstrip().endswith((".", "!", "?", ";", ","))
        and len(line.split()) <= _WORDS_OF_A_HEADING
    }
    marked = {number: found for number, line in lines.items() if (found := _MARKDOWN.match(line)) is not None}
    for level in sorted({len(found[1]) for found in marked.values()}):
        # A heading of a higher level ends what is below one of a lower.
        upper = {number: lines[number] for number, found in marked.items() if len(found[1]) <= level}
        yield _Headings(f"^#{{1,{level}}} " if level > 1 else "^# ", upper)
    first = {number: found[0] for number, line in short.items() if (found := _FIRST.match(line)) is not None}
    all_first = Counter(found[0] for line in lines.values() if (found := _FIRST.match(line)) is not None)
    for begin, count in Counter(first.values()).items():
        # All lines that begin so, or the pattern would find more.
        if _FEWEST_HEADINGS <= count == all_first[begin] and not begin.startswith("#"):
            end = r"\b" if begin.isalpha() else ""
            yield _Headings(f"^{escaped(begin)}{end}", {at: short[at] for at, own in first.items() if own == begin})
    days = {number: line for number, line in short.items() if _DAY.fullmatch(line)}
    if len(days) >= _FEWEST_HEADINGS:
        begins = sorted({re.split(r"[\s.,]", line)[0] for line in days.values()})
        if all(map(str.isalpha, begins)):
            yield _Headings(f"^(?:{'|'.join(begins)})\\b", days)
    with_colon = {number: line for number, line in lines.items() if re.search(_COLON, line)}
    if len(with_colon) >= _FEWEST_HEADINGS:
        yield _Headings(_COLON, with_colon)


def _are_above(headings: _Headings, table: Table, numbers: Sequence[int]) -> bool:
    """Whether the rows of a table are below headings, and nearly each heading has some of them."""
    own = sorted(headings.lines)
    # A title stands above the first heading, and no row.
    while len(own) > 1 and own[1] < numbers[0]:
        own = own[1:]
    if len(own) < _FEWEST_HEADINGS or own[0] > numbers[0] or not headings.lines.keys().isdisjoint(numbers):
        return False
    if table.header in headings.lines:
        return False
    rows = [bisect_left(numbers, end) - bisect_left(numbers, at) for at, end in pairwise([*own, numbers[-1] + 1])]
    with_rows = sum(count > 0 for count in rows)
    return with_rows >= _WITH_ROWS * len(own) and len(numbers) >= _ROWS_OF_A_HEADING * with_rows


def _below(headings: _Headings, meant: Collection[int], numbers: Sequence[int]) -> frozenset[int]:
    """Those of some lines, in their order, that stand below one of the headings that are meant."""
    own = sorted(headings.lines)
    return frozenset(number for number in numbers if (at := bisect_left(own, number)) and own[at - 1] in meant)


def _named(headings: _Headings, asked: Asked, said: Collection[str]) -> tuple[frozenset[str], frozenset[int]] | None:
    """The stems of a question that only some of the headings have, and no row, and the headings that have all of
    them; None where there are such words, and no such heading, or headings say much more."""
    stems = {number: _stems(line) for number, line in headings.lines.items()}
    in_all = frozenset.intersection(*stems.values())
    of_question = (asked.saying | _numbers_of(asked, stems.values())) - asked.excluded - asked.negated
    words = frozenset(of_question & frozenset().union(*stems.values()) - in_all - set(said))
    if not words:
        return frozenset(), frozenset()
    meant = frozenset(number for number, own in stems.items() if words <= own)
    if not meant or len(meant) == len(stems):
        return None
    if any(map(_DAY.fullmatch, headings.lines.values())) and _OF_SEVERAL_DAYS.search(asked.text):
        return None
    # What no other heading says, numbers beside it left out, is named at least by half.
    for number in meant:
        telling = {stem for stem in stems[number] - in_all if stem.isalpha()} | words
        if len(words) < _NAMED * len(telling):
            return None
    return words, meant


def _numbers_of(asked: Asked, headings: Collection[frozenset[str]]) -> frozenset[str]:
    """The numbers of a question that stand in it beside a word that a heading with the number has too: "week 3"."""
    pairs = [*pairwise(asked.sequence)]
    pairs += [(after, before) for before, after in pairs]
    return frozenset(
        number
        for number, word in pairs
        if number[:1].isdecimal() and any(number in own and word in own and word.isalpha() for own in headings)
    )


def _pattern_of(headings: _Headings, words: Collection[str], meant: frozenset[int], text: Text) -> str | None:
    """What finds the headings that are meant, and no other line; None where no pattern is known."""
    written = [
        tuple(dict.fromkeys(word for word in re.findall(r"[^\W_]+", headings.lines[number]) if stem_of(word) in words))
        for number in sorted(meant)
    ]
    if len(set(written)) != 1 or not written[0]:
        return None
    between = r"\b.*\b".join(map(escaped, written[0]))
    begin = headings.pattern if headings.pattern != _COLON else "^"
    end = ":$" if headings.pattern == _COLON else ""
    pattern = f"{begin}.*\\b{between}\\b{'.*' * bool(end)}{end}"
    is_exact = matches_of(pattern, text).keys() == meant and matches_of(headings.pattern, text).keys() == {
        *headings.lines
    }
    return pattern if is_exact and len(pattern) <= _LONGEST_PATTERN else None


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem_of, content_of(text))) - {""}
