"""The headers of tables: lines of labels above rows of as many cells."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from .row_patterns import HAS_DIGIT
from .table_rows import Row

# What a header calls a column: six words at most, and no sentence.
_LABEL = re.compile(r"(?=[^\n]*[^\W\d_])[^\s:=!?]+(?: [^\s:=!?]+){0,5}(?<!\w\w\w\w\.)")
_FIGURES = re.compile(r"-?\d")
_FEWEST_ROWS, _FEWEST_CELLS, _WORDS_OF_A_LABEL, _MOST_OF = 2, 3, 4, 0.8
_FIRST_ROWS, _MOST_HEADERS = 100, 30


def headers_with_rows(lines: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """Headers among lines of as many cells, each with its rows; of one that is known from above there may be few."""
    known: set[tuple[str, ...]] = set()
    at = tried = 0
    while at < len(lines) and tried < _MOST_HEADERS:
        header, first = lines[at], lines[at + 1 : at + 1 + _FIRST_ROWS]
        at += 1
        is_known = header.cells in known
        if not is_known and (len(first) < _FEWEST_ROWS or not may_be_header(header)):
            continue
        tried += not is_known
        first = first[: _next_header(first, known | {header.cells})]
        if not first or not (is_known or is_header(header, first)):
            continue
        rows = lines[at:] if len(first) == _FIRST_ROWS else first
        end = _next_header(rows, known | {header.cells})
        if is_known or end >= _FEWEST_ROWS or any(row.cells == header.cells for row in lines[at:]):
            known.add(header.cells)
            yield header, list(rows[:end])
            at += end


def _next_header(rows: Sequence[Row], known: Container[tuple[str, ...]]) -> int:
    """How many rows stand before a known header, or one that has words where those before it have figures."""
    figures = [at for at, cell in enumerate(rows[0].cells) if HAS_DIGIT.search(cell)] if rows else []

    def is_words(row: Row) -> bool:
        return not any(HAS_DIGIT.search(row.cells[at]) for at in figures) and may_be_header(row)

    at = (at for at, row in enumerate(rows) if row.cells in known or (at and figures and is_words(row)))
    return next(at, len(rows))


def may_be_header(row: Row) -> bool:
    return len(set(row.cells)) == len(row.cells) and are_labels(row.cells)


def are_labels(cells: Sequence[str]) -> bool:
    """Whether cells may be what a header calls its columns."""
    long = sum(cell.count(" ") >= _WORDS_OF_A_LABEL for cell in cells)
    # Lines of many words are sentences, but for those of several cells with few words in most.
    is_of_few = long == 0 or (len(cells) >= _FEWEST_CELLS and 2 * long <= len(cells))
    return is_of_few and all(map(_LABEL.fullmatch, cells))


def is_header(header: Row, rows: Sequence[Row]) -> bool:
    """Whether a line has words above columns of figures, none of which is a value in its column."""
    if not may_be_header(header):
        return False
    columns = list(zip(*(row.cells for row in rows), strict=True))
    pairs = list(zip(header.cells, columns, strict=True))
    if any(_with_any_numbers(label) in map(_with_any_numbers, column) for label, column in pairs):
        return False
    return any(
        _FIGURES.match(label) is None
        and sum(map(bool, map(HAS_DIGIT.search, column))) >= _MOST_OF * len(column)
        and not (HAS_DIGIT.search(label) and all(map(_LABEL.fullmatch, column)))
        for label, column in pairs
    )


def _with_any_numbers(cell: str) -> str:
    """A cell, the same for all numbers in it: "Pupil 7" is no label of "Pupil 8"."""
    return re.sub(r"\d+", "9", cell.casefold())
