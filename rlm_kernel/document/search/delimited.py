"""Recognizes delimited tables (CSV, TSV, ...) in lines of text: their delimiter, their header, where each begins.

A text that is named a table is read as one, whatever it holds; in any other text, only what leaves little doubt is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

DELIMITERS = ",;\t|"
_LONGEST_FIELD = (1 << 31) - 1
_SAMPLE_ROWS = 200
# A quoted cell of more lines is none, nor is one whose lines have so many delimiters as rows have them.
_LINES_OF_CELL = 10_000
_DELIMITERS_OF_ROWS = 18
_LONGEST_NAME = 60
_NUMBER = re.compile(r"\s*[-+(]?\s*[$€£]?\s*\d[\d., '\u00a0\u202f]*\s*[%€$)]?\s*")
_DATA = re.compile(r"\s*[-+]?\d+[-/.:]\d|\s*[-*#<>=]|\s*[-+($€£]*\d[\d.,]*\s*[%)€]?\s*$|\s*https?:")
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)")
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*")

Row = tuple[int, int, list[str]]


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """One table: `header` is the line of its names (None where it has none), `first` and `last` the lines of its rows,
    `width` how many cells most rows have, `names` the cells of its header, `above` how many lines before it are a title
    or a preamble. `is_numeric`: below the names of its columns, its last one holds numbers."""

    header: int | None
    first: int
    last: int
    width: int
    names: tuple[str, ...]
    above: int = 0
    is_numeric: bool = False


def _form(delimiter: str) -> dict[str, Any]:
    """The options of a `csv.reader`."""
    quote = "'" if delimiter[1:] == "'" else '"'
    return {"delimiter": delimiter[0], "quotechar": quote, "skipinitialspace": delimiter[1:] == " "}


def form_of(lines: Sequence[str], delimiter: str) -> str:
    """The delimiter, with a blank behind it where quotes come after one, and a single quote where those are the quotes:
    where all rows have one width so only."""
    for mark, quoted in ((" ", f'{delimiter} "'), ("'", "'")):
        if not any(quoted in line for line in lines):
            continue
        try:
            read = [cells for cells in csv.reader(lines, **_form(delimiter + mark), strict=True) if len(cells) > 1]
        except csv.Error:
            continue
        usual = {len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1}
        if len(read) > 1 and len({len(cells) for cells in read}) == 1 < len(usual):
            return delimiter + mark
    return delimiter


def rows_of(
    lines: Iterable[str], delimiter: str, first: int = 1, stray: Callable[[int], None] = lambda _line: None
) -> Iterator[Row]:
    """The rows of delimited lines: (first line, last line, cells). Fields may be of any length.

    A quote that begins a cell and is not closed stands for itself: `stray` is told its line. `delimiter` is one of
    `form_of` too."""
    form = _form(delimiter)
    source, waiting, held = iter(lines), deque[str](), list[str]()

    def feed() -> Iterator[str]:
        while waiting:
            held.append(waiting.popleft())
            yield held[-1]
        for line in source:
            line = line.replace("\0", "") + "\n"
            held.append(line)
            yield line
            if len(held) > _LINES_OF_CELL:
                return

    reader = csv.reader(feed(), **form, strict=True)
    number, width = first, 0

    def read(*, again: bool) -> list[str] | None:
        nonlocal reader
        if again:
            waiting.extendleft(reversed(held))
            held.clear()
            reader = csv.reader(feed(), **form, strict=True)
        cells = next(reader, None)
        if len(held) > 2 and _are_rows(held[1:-1], delimiter[0], width):
            raise csv.Error
        return cells

    def read_leniently() -> list[str]:
        nonlocal reader
        lenient = csv.reader([held[0], "\n"], **form)
        cells = next(lenient)
        if len(held) > 1 or lenient.line_num > 1:
            stray(number)
            cells = _literal(held[0], form)
        waiting.extendleft(reversed(held[1:]))
        del held[1:]
        reader = csv.reader(feed(), **form, strict=True)
        return cells

    while True:
        try:
            cells = read(again=False)
        except csv.Error:
            # The limit is one for the whole process, where others may rely on it.
            usual = csv.field_size_limit(_LONGEST_FIELD)
            try:
                cells = read(again=True)
            except csv.Error:
                cells = read_leniently()
            finally:
                csv.field_size_limit(usual)
        if cells is None:
            return
        begin, number = number, number + len(held)
        held.clear()
        width = width or len(cells)
        yield begin, number - 1, cells


def _are_rows(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether lines within a cell are rows of that width: enough delimiters, in each line as many."""
    within = width - 1
    return len(lines) * within >= _DELIMITERS_OF_ROWS and all(line.count(delimiter) == within for line in lines)


def _literal(line: str, form: dict[str, Any]) -> list[str]:
    """The cells of a line whose last quote to begin a cell stands for itself."""
    cells = next(csv.reader([line], **form))[:-1]
    quote = form["quotechar"]
    for match in re.finditer(rf"(?:^|{re.escape(form['delimiter'])}) *{quote}", line):
        before, rest = line[: match.end() - 1], line[match.end() :]
        if next(csv.reader([before + "."], **form))[:-1] == cells:
            first, *others = next(csv.reader([rest], **form), None) or [""]
            return [*cells, f"{quote}{first}", *others]
    return line.rstrip("\n").split(form["delimiter"])


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that cuts most of the lines into equally many cells, empty where none does."""
    best, most = "", 0.0
    for delimiter in DELIMITERS:
        widths = [len(cells) for _, _, cells in rows_of(lines, delimiter) if any(map(str.strip, cells))]
        wide = Counter(width for width in widths if width > 1)
        if not wide:
            continue
        (width, times), *_ = wide.most_common(1)
        # Widths that vary are those of text; a wider table is the likelier one among equals.
        score = times / len(widths) - 0.05 * (len(wide) - 1) + min(width, 20) * 0.001
        if score > most + 1e-9:
            best, most = delimiter, score
    return best


def blocks(
    lines: Iterable[str],
    delimiter: str,
    *,
    sure: bool,
    first: int = 1,
    stray: Callable[[int], None] = lambda _line: None,
) -> list[DelimitedTable]:
    """The tables in delimited lines. `sure`: the lines are known to be tables; `stray` is that of `rows_of`."""
    found: list[DelimitedTable] = []
    groups = list(_groups(rows_of(lines, delimiter, first, stray), sure=sure))
    prose = 0
    for at, group in enumerate(groups):
        block = _block(group)
        if block is None or not (sure or _convincing(group, block, delimiter)):
            prose += 1
            continue
        if sure and prose and not found and at == prose:
            # Lines above the first table, with a blank line between.
            block = replace(block, above=block.first - 1 - bool(block.header))
        found.append(block)
    if sure and len(found) > 1:
        found = _without_preambles(found)
    if not sure:
        alone = prose == 0
        found = [block for block in found if alone or block.last - block.first >= 1]
    return found


def _without_preambles(found: list[DelimitedTable]) -> list[DelimitedTable]:
    """Without blocks of names and values above a wider table, such as those of an account above its bookings."""
    kept = []
    for at, block in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        rows = block.last - block.first + 1 + (block.header is not None)
        pairs = at == 0 and block.width == 2 and rows <= 12 and not block.is_numeric
        if following and pairs and following.width > 2:
            found[at + 1] = replace(following, above=block.last)
            continue
        kept.append(block)
    return kept


def _groups(rows: Iterable[Row], *, sure: bool) -> Iterator[list[Row]]:
    """Rows between empty ones, where what follows those begins another table."""
    group: list[Row] = []
    empty: list[Row] = []
    following: list[Row] = []
    for row in rows:
        if any(map(str.strip, row[2])):
            (following if empty and group else group).append(row)
            continue
        if following:
            if not sure or _begins_table(group, following):
                yield group
                group = following
            else:
                group += [*empty, *following]
            empty, following = [], []
        if group:
            empty.append(row)
    if following and (not sure or _begins_table(group, following)):
        yield group
        group, empty, following = following, [], []
    # At the end, rows of nothing but delimiters belong to their table.
    group += [*empty, *following] if following else [row for row in empty if sure and row[2]]
    if group:
        yield group


def _begins_table(group: Sequence[Row], following: Sequence[Row]) -> bool:
    """Whether rows after empty ones are another table than those before: of another width, or with names first."""
    widths = [len(cells) for _, _, cells in group[-_SAMPLE_ROWS:] if cells]
    first = following[0][2]
    title = len(group) == 1 and _filled(group[0][2]) < 2
    if len(following) > 2 and _filled(first) == 1 < _filled(following[1][2]):
        # A title of its own, and names below it.
        following = following[1:]
        first = following[0][2]
    if len(first) != max(set(widths), key=widths.count) or title:
        return True
    names = len(following) > 1 and not any(_NUMBER.fullmatch(cell) for cell in first if cell.strip())
    return names and any(_NUMBER.fullmatch(cell) for cell in following[1][2])


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def _block(group: Sequence[Row]) -> DelimitedTable | None:
    """The table that rows are, without what stands above it."""
    sample = group[:_SAMPLE_ROWS]
    widths = Counter(len(cells) for _, _, cells in sample if len(cells) > 1)
    if not widths or (len(group) == 1 and _filled(group[0][2]) < 2):
        return None
    # Of two that are as frequent, that of the first row.
    width = max(widths, key=widths.__getitem__)
    start = 0
    while start < len(group) - 2 and _is_above(group[start][2], group[start + 1][2], width):
        start += 1
    header = group[start][2]
    rows = [cells for _, _, cells in group[start : start + _SAMPLE_ROWS] if cells]
    if _is_headerless(rows):
        return DelimitedTable(None, group[start][0], group[-1][1], width, (), start)
    if start + 1 >= len(group):
        return DelimitedTable(group[start][0], group[start][1] + 1, group[start][1], len(header), tuple(header), start)
    return DelimitedTable(
        group[start][0],
        group[start][1] + 1,
        group[-1][1],
        width,
        tuple(header),
        start,
        _is_numeric(rows),
    )


def _is_numeric(rows: Sequence[Sequence[str]]) -> bool:
    """Whether names stand above numbers in the last column; a single row has them in all of its columns."""
    names, *below = rows
    last = [cells[-1] for cells in below] if len(below) > 1 else [cell for cells in below for cell in cells]
    return not any(map(_NUMBER.fullmatch, names)) and all(map(_NUMBER.fullmatch, last))


def _is_above(cells: Sequence[str], following: Sequence[str], width: int) -> bool:
    """Whether a first row is a title, or one of the names and values above a table."""
    filled = _filled(cells)
    if len(cells) == width > 1 and filled <= 1 < _filled(following):
        return not cells[-1].strip() and (width > 2 or not any(map(_NUMBER.fullmatch, following)))
    if 1 < len(cells) == filled < len(following) == width and not any(map(_DATA.match, cells)):
        # Names, though one too few for what follows, which is data.
        return not any(map(_NUMBER.fullmatch, following))
    return len(cells) < width and len(cells) <= len(following)


def is_column(lines: Sequence[str]) -> bool:
    """Whether lines with commas are cells of one column: a name alone, and below it `Smith, John`."""
    name, *below = (line.strip() for line in lines)
    cut = [line for line in below if "," in line]
    spaced = all(re.fullmatch(r'[^,";\t|\d]+(?:, [^,";\t|\d]+)', line) for line in cut)
    return bool(cut) and spaced and re.fullmatch(r"[^\W\d][\w-]*", name) is not None


def _is_headerless(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is data: numbers where the rows below have numbers, and no names."""
    first, *below = rows
    numeric = [at for at, cell in enumerate(first) if _NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell)]
    if not below:
        return False
    if len(numeric) == len(first):
        return True
    if not all(map(str.strip, first)) or len(below) < 2:
        return False
    values = [float(re.sub(r"[^\d]", "", first[at])) for at in numeric]
    if len({right - left for left, right in pairwise(values)}) == 1:
        # Columns that are named by 10, 20, 30.
        return False
    dates = [at for at, cell in enumerate(first) if _DATE.match(cell)]
    return any(
        all(at < len(cells) and pattern.match(cells[at]) for cells in below)
        for pattern, columns in ((_NUMBER, numeric), (_DATE, dates))
        for at in columns
    )


def _convincing(group: Sequence[Row], block: DelimitedTable, delimiter: str) -> bool:
    """Whether rows of a text that is not named a table are one."""
    rows = [cells for first, _, cells in group[:_SAMPLE_ROWS] if first >= block.first]
    if not rows:
        return False
    if block.header is not None and not all(cells[0].lstrip().startswith("#") for _, _, cells in group[: block.above]):
        return False
    ragged = sum(len(cells) != block.width for cells in rows)
    if ragged > len(rows) // 10:
        return False
    if block.header is None:
        return len(rows) > 2 and all(_NUMBER.fullmatch(cell) for cells in rows for cell in cells if cell.strip())
    names = [name.strip() for name in block.names]
    if len(names) != block.width or not all(names[1:]) or (len(set(names)) < len(names) and not block.is_numeric):
        return False
    if any(len(name) >= _LONGEST_NAME or _DATA.match(name) for name in names if not _YEAR.fullmatch(name)):
        return False
    if delimiter in (",", ";") and _is_prose([block.names, *rows]):
        return False
    return len(rows) > 1 or all(len(name.split()) < 4 for name in names)


def _is_prose(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the delimiters are those of sentences: followed by a space, with no column of numbers."""
    cells = [cell for row in rows for cell in row[1:]]
    spaced = sum(cell.startswith(" ") for cell in cells)
    if spaced * 2 < len(cells):
        return False
    columns = zip(*rows[1:], strict=False)
    return not any(all(_NUMBER.fullmatch(cell) for cell in column) for column in columns)


def unique_names(cells: Sequence[str], width: int = 0) -> list[str]:
    """The names of columns, each once: an empty one is `column_2`, the second of a name `Name (2)`."""
    names: list[str] = []
    for at in range(max(len(cells), width)):
        name = cells[at].strip() if at < len(cells) else ""
        name = name or f"column_{at + 1}"
        free, count = name, 1
        while free in names:
            count += 1
            free = f"{name} ({count})"
        names.append(free)
    return names
