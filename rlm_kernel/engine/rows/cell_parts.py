"""Cells that say several things in one: "weighed 2024", "IP-0390", "collected 13 February 2024, in cash"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ...document.search.dates import DATE, is_day_alone
from .remembered import remembered
from .row_patterns import HAS_DIGIT, escaped
from .short_days import SHORT_DAY, has_day
from .table_rows import Table

_SIGN_OR_WORD = re.compile(r"[^\W\d_][^\W_]*|\d+|\s+|.")
_PREFIX = re.compile(r"[^\W\d_]+(?=[-_]?\d|/\w)")
_WORDS_BEFORE_DAY = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,3} ")
# "2 Well Close": an address.
_NUMBERED_NAME = re.compile(r"\d+[a-z]?(?: [A-Z][a-z'’]\w*){2,}")
_MARKS = (" / ", " | ", "; ", " – ", " — ", " - ")
_CODE_OF_TWO, _MOST_CURRENCIES = re.compile(r"([A-Z]{1,3}(?:-[A-Z]{1,3})?) \d{1,5}"), 3
_FEW_VALUES, _ROWS_OF_A_KIND, _MOST_WORDS, _MOST_WITHOUT_DAY = 5, 3, 4, 0.5


class _Part(NamedTuple):
    """A column of parts of cells: a pattern of what stands before the part within its cell, what it is called, a
    pattern of one character of it, and the part in each cell."""

    before: str
    label: str
    other: str
    values: Sequence[str]


@remembered
def with_parts(table: Table, legend: Collection[str], *, of_days: bool) -> Table:
    """The table with a column of its own for each part of cells that say several things. `of_days`: only rows with a
    day are meant, so that those without one are left out where all others have one behind the same few words."""
    rows = table.rows
    if of_days:
        for at, column in enumerate(zip(*(row.cells for row in rows), strict=True)):
            with_day = [row for row in rows if DATE.search(row.cells[at])]
            is_mixed = len(rows) * _MOST_WITHOUT_DAY < len(with_day) < len(rows)
            if is_mixed and not all(map(DATE.fullmatch, column)) and _split_days([row.cells[at] for row in with_day]):
                rows = tuple(with_day)
                break
    labels: list[str] = []
    between: list[str] = [table.between[0]]
    others: list[str] = []
    columns: list[Sequence[str]] = []
    optional: dict[int, tuple[str, str]] = {}
    for at, column in enumerate(zip(*(row.cells for row in rows), strict=True)):
        if at in table.optional:
            # A cell that is missing somewhere is not split.
            optional[len(labels)] = table.optional[at]
            parts = [_Part("", table.labels[at], table.others[at], column)]
        else:
            parts = list(_parts(_Part("", table.labels[at], table.others[at], column), legend))
        between[-1] += parts[0].before
        between += [part.before for part in parts[1:]] + [table.between[at + 1]]
        labels += [part.label for part in parts]
        others += [part.other for part in parts]
        columns += [part.values for part in parts]
    cells = zip(*columns, strict=True)
    # A row keeps its lines.
    return table._replace(
        labels=tuple(labels),
        between=tuple(between),
        others=tuple(others),
        rows=tuple(row._replace(cells=each) for row, each in zip(rows, cells, strict=True)),
        optional=optional,
    )


def _parts(cell: _Part, legend: Collection[str]) -> Iterator[_Part]:
    """The parts of a column's cells; the column itself where they have none."""
    words = list(_split_at_blanks(cell.values))
    if len(words) > 1:
        for at, values in enumerate(words):
            yield from _coded(_Part(" " if at else cell.before, cell.label, "\\S", values), legend)
        return
    if days := _split_days(cell.values):
        yield from _around_days(cell, days)
        return
    if len(cells := list(_split_at_marks(cell))) > 1:
        for each in cells:
            yield from _coded(each, legend)
        return
    coded = list(_coded(cell, legend))
    if len(coded) == 1 and not cell.label:
        yield from _around_word(cell)
        return
    yield from coded


def _coded(cell: _Part, legend: Collection[str]) -> Iterator[_Part]:
    """The letters that codes begin with, where the legend tells of several of them ("IP-0390", "S/gate 2"), and what
    stands behind; the column itself elsewhere."""
    found = [_PREFIX.match(value) for value in cell.values]
    prefixes = [begin[0] for begin in found if begin is not None]
    if len(prefixes) < len(cell.values) or len(set(prefixes)) == 1 or not {*prefixes} <= {*legend}:
        yield cell
        return
    behind = [value[len(begin) :] for value, begin in zip(cell.values, prefixes, strict=True)]
    yield cell._replace(values=prefixes)
    yield cell._replace(before="", values=behind)


def _around_days(cell: _Part, parts: Sequence[tuple[str, str, str]]) -> Iterator[_Part]:
    """Columns of what stands before the days, of the days, and of what stands behind them, if anything does."""
    before, days, behind = zip(*parts, strict=True)
    is_same = len(set(before)) == 1
    if is_same:
        yield cell._replace(before=cell.before + escaped(before[0]), label=cell.label or before[0].strip(), values=days)
    else:
        yield cell._replace(label="", values=[words.rstrip() for words in before])
        yield cell._replace(before=" ", values=days)
    if any(behind):
        yield cell._replace(before="", label="", values=behind)


def _split_days(values: Sequence[str]) -> list[tuple[str, str, str]]:
    """What stands before the day in each cell of a few words and a day, the day, and what stands behind it; nothing
    where not all cells have these."""
    parts: list[tuple[str, str, str]] = []
    for value in values:
        day = DATE.search(value)
        if day is None:
            return []
        parts.append((value[: day.start()], day[0], value[day.end() :]))
    before = {words for words, _, _ in parts}
    is_split = len(before) <= _FEW_VALUES and all(map(_WORDS_BEFORE_DAY.fullmatch, before))
    return parts if is_split else []


def _around_word(cell: _Part) -> Iterator[_Part]:
    """The parts of cells of the same signs and numbers, one of which is a word that comes back between two signs
    ("4 May backup[7]" and "4 May restore[8]"); the column itself where there is no such word."""
    if is_of_wholes(cell.values) or all(map(is_day_alone, cell.values)):
        yield cell
        return
    tokens: list[list[str]] = []
    for value in cell.values:
        tokens.append(_SIGN_OR_WORD.findall(value))
        if len(tokens[-1]) != len(tokens[0]):
            yield cell
            return
    # The words of a day ("3 May 2024") stay together.
    days = filter(None, map(DATE.search, cell.values))
    parts: list[Sequence[str]] = []
    is_in_words = any(any(map(str.isalpha, day[0])) and " " in day[0] for day in days)
    if not is_in_words and len({tuple(map(_kind_of, row)) for row in tokens}) == 1:
        parts = list(zip(*tokens, strict=True))
    for at, part in enumerate(parts):
        is_kind = part[0][0].isalpha() and 1 < len(set(part)) <= len(part) / _ROWS_OF_A_KIND
        is_apart = 1 < at < len(parts) - 2 and {_kind_of(parts[at - 1][0]), _kind_of(parts[at + 1][0])}.isdisjoint("a9")
        if is_kind and is_apart:
            signs = [escaped(parts[at - 1][0]), escaped(parts[at + 1][0])]
            yield cell._replace(values=["".join(row[: at - 1]) for row in tokens])
            yield cell._replace(before=signs[0], values=part)
            yield cell._replace(before=signs[1], values=["".join(row[at + 2 :]) for row in tokens])
            return
    yield cell


def _kind_of(token: str) -> str:
    """The same for all words, for all numbers, and for each other sign."""
    return "a" if token[0].isalpha() else "9" if token[0].isdecimal() else token


def _split_at_marks(cell: _Part) -> Iterator[_Part]:
    """The parts of cells that a mark sets apart in all of them, each of few kinds: "cold store / unloaded"."""
    for mark in _MARKS:
        if not all(value.count(mark) == 1 for value in cell.values):
            continue
        first, second = zip(*(value.split(mark) for value in cell.values), strict=True)
        if all(1 < len(set(part)) <= len(part) / _ROWS_OF_A_KIND for part in (first, second)):
            yield cell._replace(values=first)
            yield cell._replace(before=escaped(mark), values=second)
            return
    yield cell


def _split_at_blanks(column: Sequence[str]) -> Iterator[Sequence[str]]:
    """The words of cells of as many words each, one of which has figures and one comes back ("weighed 2024")."""
    words = [cell.split(" ") for cell in column]
    counts = {len(each) for each in words}
    is_one = any(map(DATE.search, column)) or is_of_codes(column) or is_of_wholes(column)
    if len(counts) != 1 or not 1 < next(iter(counts)) <= _MOST_WORDS or is_one:
        yield column
        return
    parts = list(zip(*words, strict=True))
    has_figures = any(all(map(HAS_DIGIT.search, part)) for part in parts)
    kinds = [len(set(part)) for part in parts]
    # The same word in all is a unit, or what the column is of.
    is_mixed = any(1 < count <= len(column) / _ROWS_OF_A_KIND for count in kinds)
    yield from parts if has_figures and is_mixed else [column]


def is_of_wholes(column: Collection[str]) -> bool:
    """Whether the cells of a column are days, some without a year, or addresses: the words
    of these say nothing each for itself."""
    is_of_days = any(map(SHORT_DAY.search, column)) and all(map(has_day, column))
    return is_of_days or all(map(_NUMBERED_NAME.fullmatch, column))


def is_of_codes(column: Collection[str]) -> bool:
    """Whether the cells of a column are codes of two words, such as registration numbers ("KA-T 482"): more kinds of
    letters than there are currencies before amounts."""
    found = [_CODE_OF_TWO.fullmatch(cell) for cell in column]
    return all(found) and len({code[1] for code in found if code is not None}) > _MOST_CURRENCIES
