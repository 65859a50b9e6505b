"""Rows below headings that are days, where a question means the rows of some days: a diary, the pages of a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ...document.search.dates import DATE, is_day, to_date, written_days
from ...document.text import Text
from .asked import Asked, is_range, period_asked, stems_of
from .headed_rows import under
from .row_families import family_form, row_families, words_of
from .row_patterns import LONGEST_LINE, Heading, LineForm, constants_of, day_first, matches_of
from .section_forms import has_others, lines_of, with_rows
from .short_days import SHORT_DAY, has_day
from .states import with_states
from .table_forms import table_form
from .table_rows import Table
from .tables import tables_of

_WEEKDAY = r"(?:[^\W\d_]{2,9}[.,]* )?"
# How a day is written alone in a line: patterns whose group is the day.
_WRITINGS = (
    rf"{_WEEKDAY}(\d+-\d+-\d+)",
    rf"{_WEEKDAY}(\d+[./]\d+[./]\d+)",
    rf"{_WEEKDAY}(\d+(?:st|nd|rd|th)?\.? [^\W\d_]+\.?,? \d\d\d\d)",
    rf"{_WEEKDAY}([^\W\d_]+\.? \d+(?:st|nd|rd|th)?,? \d\d\d\d)",
    rf"{_WEEKDAY}(\d+(?:st|nd|rd|th)?\.? [^\W\d_]+)",
    rf"{_WEEKDAY}([^\W\d_]+\.? \d+(?:st|nd|rd|th)?)",
)
# Signs may stand around it, as in "## 3 May 2024" or "[3 May 2024]".
_BEFORE, _BEHIND = r"^[^\w\n]*", r"[^\w\n]*$"
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FEWEST_DAYS, _TWO_DAYS, _WITH_ROWS, _MOST_LINES, _MOST_TABLES = 3, 2, 0.6, 20_000, 6


class _Headings(NamedTuple):
    """Lines that are days, by their numbers, the pattern that finds them, and the year where they name none."""

    pattern: str
    days: dict[int, str]
    year: str


def day_section_form(asked: Asked, text: Text, made: Iterable[LineForm]) -> LineForm | None:
    """The form of rows below days, with the day as their last group, where a question means some days: from one to
    another, of a year, or of a month of a year. None where the text has no such headings, and where its rows name days
    themselves. `made` are forms that are known already. Of a long text the first 20,000 lines are read."""
    span = _span(asked)
    headings = _headings(text, span) if span is not None else None
    if span is None or headings is None:
        return None
    first, last = map(str, span)
    others = [form for form in made if form.line_num not in headings.days]
    has_days = any(has_day(cell) for form in others for row in form.rows[:_TWO_DAYS] for cell in row)
    if has_days or not any(first <= day <= last for day in headings.days.values()):
        return None
    lines = lines_of(text)
    found: list[LineForm] = []
    for table in _tables(text):
        numbers = [row.number for row in table.rows]
        if not _stand_below(sorted(headings.days), numbers) or has_others(headings.days, numbers, lines):
            continue
        make = table_form if any(table.labels) and table.header else family_form
        form = make(table, asked, text, numbers[0])
        if form is not None and not any(has_day(cell) for row in form.rows for cell in row):
            found.append(form)
    # The one that says most of what the question says, and of these the first.
    best = max(found, key=lambda form: len(_said_in(form) & asked.saying), default=None)
    heading = Heading(headings.pattern, "day", headings.year)
    return None if best is None else under(with_states(best, asked, text), heading, text)


def _said_in(form: LineForm) -> frozenset[str]:
    """The stems of the words that stand in all rows of a form."""
    return stems_of(" ".join(words_of(" ".join(constants_of(form.pattern)))))


def _span(asked: Asked) -> tuple[date, date] | None:
    """The first and the last day that a question means."""
    days = sorted(written_days(asked.text).values())
    if len(days) == _TWO_DAYS:
        return (days[0], days[1]) if is_range(asked.text) else None
    return None if days else period_asked(asked.text)


def _tables(text: Text) -> Iterator[Table]:
    for made in (tables_of(text), row_families(text)):
        yield from sorted((each for each in made if all(row.lines == 1 for row in each.rows)), key=_size)[:_MOST_TABLES]


def _size(table: Table) -> int:
    return -len(table.rows)


def _headings(text: Text, span: tuple[date, date]) -> _Headings | None:
    """The lines that are days, where they are written in one way."""
    short = [line for _, line in zip(range(_MOST_LINES), text.iter_lines(), strict=False) if len(line) <= LONGEST_LINE]
    years = {year for line in short for year in _YEAR.findall(line)}
    for writing in _WRITINGS:
        pattern = f"{_BEFORE}{writing}{_BEHIND}"
        found = {number: groups[0] for number, groups in matches_of(pattern, text).items() if number <= _MOST_LINES}
        found = {number: day for number, day in found.items() if DATE.search(day) or SHORT_DAY.search(day)}
        if len(found) < _FEWEST_DAYS:
            continue
        order = day_first([*found.values()])
        # The title, or the question, has the year of days without one.
        year = "" if is_day(next(iter(found.values()))) else f"{span[0].year}"
        if year and (span[0].year != span[1].year or not years <= {year}):
            return None
        try:
            days = {number: to_date(f"{day} {year}".rstrip(), order) for number, day in found.items()}
        except ValueError:
            continue
        # Of days of no year some may be of the next one.
        is_in_order = not year or [*days.values()] == sorted(days.values())
        # The pattern finds nothing else, and no line begins with such a day and goes on.
        begun = matches_of(f"{_BEFORE}{writing}(?:\\W|$)", text)
        if is_in_order and len(days) == len(matches_of(pattern, text)) == len(begun):
            return _Headings(pattern, days, year)
        return None
    return None


def _stand_below(headings: Sequence[int], numbers: Sequence[int]) -> bool:
    """Whether rows stand below headings: the first of them too, and some below most headings."""
    return numbers[0] > headings[0] and len(with_rows(headings, numbers)) >= _WITH_ROWS * len(headings)
