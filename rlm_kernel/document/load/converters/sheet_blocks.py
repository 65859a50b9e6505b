"""Where the tables of a sheet begin and end, what their heads are, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...places import NUMBER
from .sheet_parts import column_name
from .sink import Sink
from .tables import cell_text, is_number

_MOST_TITLES = 3
_LOOKED_AT = 50
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_VALUE = re.compile(r"\[formula: |#(?:N/A|[A-Z0-9/_]+[!?])$|(?:True|False)$")
_CURRENCY = re.compile(r"[^\w\s]|[A-Z]{3}")
_MULTIPLIES = re.compile(r"(?i)\b(mio|mill|million|mrd|billion|bn|mn|tsd|thousand)\b")
_MOST_UNITS = 8
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet; the numbers of its rows (from 1) and of its columns (from 0), where they are not all there;
    units by row and column of the grid."""

    rows: list[list[str]]
    numbers: list[int]
    columns: list[int]
    units: dict[tuple[int, int], str]


def write_sheet(sink: Sink, where: str, grid: Grid) -> None:
    """The rows as Markdown tables: a new one where an empty row and another head come, titles as lines of their own."""
    chunks: list[list[Row]] = []
    last = -1
    for at, row in enumerate(grid.rows):
        if any(row):
            if not chunks or grid.numbers[at] > last + 1:
                chunks.append([])
            chunks[-1].append((at, row))
            last = grid.numbers[at]
    tables: list[list[Row]] = []
    for at, chunk in enumerate(chunks):
        above = tables[-1] if tables else []
        if not above or (len(above) > 1 and _begins(chunks[at : at + 2], above)):
            tables.append([])
        elif len(chunk) > 1 and all(_is_text(row) for _, row in chunk[:_LOOKED_AT]):
            sink.remark(f"{where}: words behind an empty row are read as rows of the table above it")
        tables[-1] += chunk
    for at, table in enumerate(tables):
        _block(sink, where, grid, table, last=at == len(tables) - 1)


def _is_value(cell: str) -> bool:
    return is_number(cell) or _VALUE.match(cell) is not None


def _is_text(row: Sequence[str]) -> bool:
    return not any(_is_value(cell) for cell in row if cell)


def _filled(row: Sequence[str]) -> list[int]:
    return [at for at, cell in enumerate(row) if cell]


def _years(row: Sequence[str]) -> list[int]:
    """The columns of the years in a row of names and years, none where it has other numbers."""
    cells = [(at, cell) for at, cell in enumerate(row) if cell]
    years = [at for at, cell in cells if _YEAR.fullmatch(cell) or _DATE.fullmatch(cell)]
    names = [at for at, cell in cells if not _is_value(cell) and at not in years]
    return years if years and names and len(years) + len(names) == len(cells) else []


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """How many lines of words stand above a row of several cells, or are all that there is."""
    single = 0
    while single < len(rows) and len(_filled(rows[single])) == 1 and _is_text(rows[single]):
        single += 1
    return single if single <= _MOST_TITLES and (single == len(rows) or len(_filled(rows[single])) > 1) else 0


def _begins(chunks: Sequence[Sequence[Row]], above: Sequence[Row]) -> bool:
    """Whether the first of these rows, which follow an empty one, begin a table of their own."""
    rows = [row for _, row in chunks[0][:_LOOKED_AT]]
    titles = _titles(rows)
    if titles == len(rows):
        # A remark below a table, or titles above the next one.
        several = any(len(_filled(row)) > 1 for _, row in above)
        return several and (len(chunks) == 1 or _begins(chunks[1:], above))
    head, below = rows[titles], rows[titles + 1 :]
    taken = {at for _, row in above[:_LOOKED_AT] for at in _filled(row)}
    if not taken & set(_filled(head)):
        return True
    if years := _years(head):
        first = next((row for _, row in above if len(_filled(row)) > 1), [])
        counted = [int(head[at]) for at in years if _YEAR.fullmatch(head[at])]
        alike = _years(first) == years
        in_order = len(counted) > 1 and all(right - left == 1 for left, right in pairwise(counted))
        return (alike or in_order) and any(not _YEAR.fullmatch(row[at]) for row in below for at in years if row[at:])
    if not _is_text(head) or not below:
        return False
    named = _filled(head)
    if any(at < len(row) and _is_value(row[at]) for row in below for at in named):
        return True
    return not set(named) <= taken and len(named) > 1


def _has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds the names of the columns, and no data."""
    first, *below = rows
    numbers = [at for at, cell in enumerate(first) if cell and is_number(cell) and not _YEAR.fullmatch(cell)]
    numbers = [at for at in numbers if re.search(r"\d", first[at])]
    dates = [at for at, cell in enumerate(first) if _DATE.match(cell)]
    if not below:
        return not numbers
    if not all(first[at] for row in below for at in _filled(row) if at < len(first)):
        return True
    whole = [int(first[at]) for at in numbers if first[at].isdigit() and not first[at].startswith("0")]
    if len(whole) == len(numbers) > 2 and len({right - left for left, right in pairwise(whole)}) == 1:
        # Columns that are named by 10, 20, 30.
        return True

    def all_below(at: int, alike: object) -> bool:
        cells = [row[at] for row in below if at < len(row) and row[at]]
        return bool(cells) and all(alike(cell) for cell in cells)  # type: ignore[operator]

    return not (any(all_below(at, _is_value) for at in numbers) or any(all_below(at, _DATE.match) for at in dates))


def _block(sink: Sink, where: str, grid: Grid, rows: list[Row], *, last: bool) -> None:
    titles = _titles([row for _, row in rows])
    if titles == len(rows) and last and titles > 1:
        # One column, which may have a name.
        titles = 0
    rest = rows[titles:]
    for number, row in rows[:titles]:
        at = _filled(row)[0]
        sink.place(f"{where}, {column_name(grid.columns[at])}{NUMBER}", grid.numbers[number])
        sink.write(f"{cell_text(row[at])}\n")
    if titles:
        sink.write("\n")
    if rest:
        _table(sink, where, grid, rest)


def _table(sink: Sink, where: str, grid: Grid, rest: list[Row]) -> None:
    used = [at for _, row in rest for at in _filled(row)]
    first, width = min(used), max(used) + 1
    ends = [column_name(grid.columns[at]) for at in (first, width - 1)]
    label = f"{where}, {ends[0]}{NUMBER}:{ends[1]}{NUMBER}"
    sample = [row[first:width] + [""] * (width - len(row)) for _, row in rest[:_LOOKED_AT]]
    units = _units(grid, rest)
    if _has_names(sample):
        (number, head), *rest = rest
        cells = [cell_text(cell) for cell in head[first:width]] + [""] * (width - max(first, len(head)))
        cells = _with_units(sink, where, cells, [units.get(at, "") for at in range(first, first + len(cells))])
        sink.place(label, grid.numbers[number])
    else:
        cells = [f"column_{at + 1}" for at in range(width - first)]
        cells = _with_units(sink, where, cells, [units.get(at, "") for at in range(first, width)])
        sink.place(label.replace(NUMBER, str(grid.numbers[rest[0][0]])))
        # One remark for all of them: there is room for few, and others matter more.
        sink.remark("tables without names of columns have column_1, column_2 ... in their place")
    sink.write(f"| {' | '.join(cells)} |\n|{' --- |' * len(cells)}\n")
    for number, row in rest:
        cells = [cell_text(cell) for cell in row[first:width]] + [""] * (width - max(first, len(row)))
        for at, cell in enumerate(cells, first):
            unit = grid.units.get((number, at), "")
            if unit and at not in units and _CURRENCY.fullmatch(unit) and is_number(cell):
                cells[at - first] = f"{cell} {unit}"
            elif unit and at not in units and cell:
                sink.remark(f"{where} shows some numbers with {unit!r}: only the numbers are read")
        sink.place(label, grid.numbers[number])
        sink.write(f"| {' | '.join(cells)} |\n")
    sink.write("\n")


def _with_units(sink: Sink, where: str, names: list[str], units: list[str]) -> list[str]:
    """The names of the columns. A unit that multiplies (Mio. €) becomes a part of the name; others are told in one
    remark, so that a column is called what it is called in the file."""
    told: list[str] = []
    for at, (name, unit) in enumerate(zip(names, units, strict=True)):
        if not unit or unit.lower() in name.lower():
            continue
        if _MULTIPLIES.search(unit):
            names[at] = f"{name} ({unit})".strip()
        else:
            told.append(f"{name or 'a column'} in {unit}")
    if told:
        more = f" and {len(told) - _MOST_UNITS:,} more" if len(told) > _MOST_UNITS else ""
        sink.remark(f"{where} shows {', '.join(told[:_MOST_UNITS])}{more}: the numbers alone are read")
    return names


def _units(grid: Grid, rows: Sequence[Row]) -> dict[int, str]:
    """The units of the columns all of whose numbers are shown in the same one."""
    if not grid.units:
        return {}
    found: dict[int, set[str]] = {}
    for number, row in rows[1:] or rows:
        for at, cell in enumerate(row):
            if cell and is_number(cell):
                found.setdefault(at, set()).add(grid.units.get((number, at), ""))
    return {at: units.pop() for at, units in found.items() if len(units) == 1 and units != {""}}
