"""Tables of cells of which some stand in quotes, as programs export them: `7,"Lind, Ada",sold`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

from ...document.text import Text
from .row_patterns import escaped, matches_of
from .table_headers import headers_with_rows
from .table_rows import Row, Table

_SEPARATORS = (",", ";", "\t", "|")
_FEWEST_ROWS, _MOST_CELLS = 2, 40
# A quote within quotes is written twice.
_IN_QUOTES = r'(?:[^"\n]|"")'


class _Line(NamedTuple):
    """The cells of a line without their quotes, which of them had some, and whether a blank stands before one."""

    cells: tuple[str, ...]
    quoted: tuple[bool, ...]
    has_blanks: bool


def quoted_tables(lines: Iterable[tuple[int, str]], text: Text) -> Iterator[Table]:
    """The tables below headers in numbered lines, in some of whose rows a cell stands in quotes. None where the pattern
    of all rows reads other cells than are there."""
    with_quotes = [(number, line) for number, line in lines if '"' in line or any(mark in line for mark in _SEPARATORS)]
    if not any('"' in line for _, line in with_quotes):
        return
    for separator in _SEPARATORS:
        by_count: dict[int, dict[int, _Line]] = {}
        for number, line in with_quotes:
            made = _cells_of(line, separator) if separator in line else None
            if made is not None and 1 < len(made.cells) <= _MOST_CELLS:
                by_count.setdefault(len(made.cells), {})[number] = made
        for found in by_count.values():
            if any(any(line.quoted) for line in found.values()):
                yield from _tables(separator, found, text)


def _tables(separator: str, found: dict[int, _Line], text: Text) -> Iterator[Table]:
    rows = [Row(number, line.cells) for number, line in found.items()]
    parts: dict[tuple[str, ...], tuple[int, list[Row]]] = {}
    for header, below in headers_with_rows(rows):
        # The same header again is that of the same table.
        parts.setdefault(header.cells, (header.number, []))[1].extend(below)
    for labels, (number, below) in parts.items():
        lines = [found[row.number] for row in below]
        if len(below) < _FEWEST_ROWS or not any(any(line.quoted) for line in lines):
            continue
        made = (_table(separator, labels, number, below, lines, other) for other in (".", _IN_QUOTES))
        yield from islice((table for table in made if _reads(table, text)), 1)


def _table(
    separator: str, labels: Sequence[str], header: int, rows: Sequence[Row], lines: Sequence[_Line], other: str
) -> Table:
    """The table of rows, in whose cells in quotes `other` is one character."""
    quotes: list[str] = []
    others: list[str] = []
    for column in zip(*(line.quoted for line in lines), strict=True):
        quotes.append('"' if all(column) else '"?' if any(column) else "")
        others.append(other if any(column) else f"[^{escaped(separator)}\\n]")
    mark = f"{escaped(separator)} *" if any(line.has_blanks for line in lines) else escaped(separator)
    inner = (f"{before}{mark}{after}" for before, after in pairwise(quotes))
    return Table(tuple(labels), (quotes[0], *inner, f"{quotes[-1]}$"), tuple(others), header, tuple(rows))


def _reads(table: Table, text: Text) -> bool:
    """Whether the pattern of a table finds in its rows the cells that are there."""
    found = matches_of(table.pattern([f"({other}*?)" for other in table.others]), text)
    return all(found.get(row.number) == row.cells for row in table.rows)


@cache
def _cell(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'( ?)(?:"((?:[^"]|"")*)" *|([^"{mark}]*)){mark}')


def _cells_of(line: str, separator: str) -> _Line | None:
    """The cells of a line; None where a quote stands within one, as in a sentence."""
    cells: list[str] = []
    quoted: list[bool] = []
    has_blanks = False
    at, ended = 0, f"{line}{separator}"
    while at < len(ended):
        found = _cell(separator).match(ended, at)
        if found is None:
            return None
        has_blanks = has_blanks or bool(found[1] and cells)
        quoted.append(found[2] is not None)
        cells.append(found[3].strip() if found[2] is None else found[2])
        at = found.end()
    return _Line(tuple(cells), tuple(quoted), has_blanks)
