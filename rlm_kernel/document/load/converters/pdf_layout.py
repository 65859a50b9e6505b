"""From the words of a PDF page to lines: columns of prose one after the other, tables as rows with their cells.

A table with ruling lines is cut by them (`pdfplumber.table` finds the cells); one without them by the white space
that runs through its rows. What fits neither keeps its rows, with three spaces where there was a wide gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from .pdf_words import Edge, Word
from .tables import is_number, markdown_rows

_WIDE = 0.85
_PROSE_WORDS = 4


@dataclass(slots=True)
class Segment:
    """Words of one line that no wide gap parts."""

    words: list[Word]

    @property
    def x0(self) -> float:
        """The left end."""
        return min(word.x0 for word in self.words)

    @property
    def x1(self) -> float:
        """The right end."""
        return max(word.x1 for word in self.words)

    @property
    def text(self) -> str:
        """The words, in the order in which they are read."""
        letters = "".join(word.text for word in self.words)
        leftward = sum("\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc" for char in letters)
        ordered = sorted(self.words, key=lambda word: word.x0, reverse=2 * leftward > len(letters))
        return " ".join(word.text for word in ordered)

    @property
    def prose(self) -> bool:
        """Whether it looks like a line of a paragraph."""
        return len(self.words) >= _PROSE_WORDS and sum(is_number(word.text) for word in self.words) < 2


@dataclass(slots=True)
class Baseline:
    """What stands on one baseline, from left to right."""

    base: float
    size: float
    segments: list[Segment] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The segments with three spaces between them."""
        letters = "".join(segment.text for segment in self.segments)
        leftward = sum("\u0590" <= char <= "\u08ff" for char in letters)
        return "   ".join(s.text for s in (self.segments[::-1] if 2 * leftward > len(letters) else self.segments))


def page_lines(words: Sequence[Word], edges: Sequence[Edge]) -> list[str]:
    """The lines of a page."""
    if not words:
        return []
    lines: list[str] = []
    for part in _columns(list(words)):
        lines += _region(part, edges)
    return lines


def rows_of(words: Iterable[Word]) -> list[Baseline]:
    """The words by their baselines, each row cut at its wide gaps."""
    groups: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        for group in reversed(groups[-4:]):
            size = max(median(w.size for w in group), word.size)
            if abs(group[0].base - word.base) < 0.35 * size and not _overlaps(group, word):
                group.append(word)
                break
        else:
            groups.append([word])
    rows = [_row(group) for group in groups]
    return sorted(rows, key=lambda row: row.base)


def _overlaps(group: list[Word], word: Word) -> bool:
    return any(min(w.x1, word.x1) - max(w.x0, word.x0) > 0.5 * min(w.x1 - w.x0, word.x1 - word.x0) for w in group)


def _row(words: list[Word]) -> Baseline:
    words.sort(key=lambda word: word.x0)
    size = median(word.size for word in words)
    row = Baseline(median(word.base for word in words), size)
    for word in words:
        last = row.segments[-1] if row.segments else None
        if last is None or word.x0 - last.x1 > _WIDE * min(size, word.size):
            row.segments.append(Segment([word]))
        else:
            last.words.append(word)
    return row


def _columns(words: list[Word]) -> list[list[Word]]:
    """The parts of a page that are read one after the other: more than one where prose is set in columns."""
    rows = rows_of(words)
    gutter = _gutter(rows)
    if gutter is None:
        return [words]
    parts: list[list[Word]] = []
    left: list[Word] = []
    right: list[Word] = []

    def close() -> None:
        parts.extend(part for part in (left[:], right[:]) if part)
        left.clear()
        right.clear()

    full: list[Word] = []
    for row in rows:
        across = any(
            word.x0 < gutter - 1 and word.x1 > gutter + 1 for word in (w for s in row.segments for w in s.words)
        )
        across = across or any(s.x0 < gutter - 2 and s.x1 > gutter + 2 for s in row.segments)
        tabular = len(row.segments) > 3 and not any(segment.prose for segment in row.segments)
        if across or tabular:
            close()
            full += [word for segment in row.segments for word in segment.words]
            continue
        if full:
            parts.append(full)
            full = []
        for segment in row.segments:
            (left if segment.x1 <= gutter + 2 else right).extend(segment.words)
    close()
    if full:
        parts.append(full)
    return parts


def _gutter(rows: list[Baseline]) -> float | None:
    """Where a page of two columns of prose is parted, None where it is not."""
    segments = [segment for row in rows for segment in row.segments]
    prose = [segment for segment in segments if segment.prose]
    if len(prose) < 8:
        return None
    x0, x1 = min(s.x0 for s in segments), max(s.x1 for s in segments)
    best: tuple[int, float] = (0, 0.0)
    for step in range(30, 71):
        x = x0 + (x1 - x0) * step / 100
        crossing = sum(1 for s in segments if s.x0 < x < s.x1)
        left = [s for s in segments if s.x1 <= x]
        right = [s for s in segments if s.x0 >= x]
        sides = min(len(left), len(right))
        if sides < 8 or crossing > 0.35 * sides or sides - crossing <= best[0]:
            continue
        columns = _filled([s for s in left if s.prose]) + _filled([s for s in right if s.prose])
        if columns == 2 or (columns == 1 and _aligned(left, right) < 0.6):
            best = (sides - crossing, x)
    return best[1] if best[0] else None


def _aligned(left: list[Segment], right: list[Segment]) -> float:
    """The share of the lines on one side that stand on a baseline of the other: about 1 in a table."""
    bases = sorted(segment.words[0].base for segment in right)
    near = 0
    for segment in left:
        base = segment.words[0].base
        at = bisect_left(bases, base - 0.1 * segment.words[0].size)
        near += at < len(bases) and bases[at] <= base + 0.1 * segment.words[0].size
    return near / max(1, min(len(left), len(right)))


def _filled(segments: list[Segment]) -> bool:
    """Whether most of the lines reach from one side of their column to the other."""
    if len(segments) < 8:
        return False
    x0, x1 = min(s.x0 for s in segments), max(s.x1 for s in segments)
    return median(s.x1 - s.x0 for s in segments) > 0.7 * (x1 - x0)


def _region(words: list[Word], edges: Sequence[Edge]) -> list[str]:
    """The lines of one part of a page: its ruled tables, and what stands between them."""
    made: list[tuple[float, list[str]]] = []
    rest = words
    for grid in ruled_grids(edges):
        if (cut := _ruled(grid, rest)) is not None:
            table, taken = cut
            made.append((min(word.base for word in taken), table))
            inside = {id(word) for word in taken}
            rest = [word for word in rest if id(word) not in inside]
    made.sort(key=lambda one: one[0])
    lines: list[str] = []
    rows = rows_of(rest)
    at = 0
    for base, table in [*made, (float("inf"), [])]:
        until = at
        while until < len(rows) and rows[until].base < base:
            until += 1
        lines += _free(rows[at:until])
        at = until
        if table:
            lines += ["", *table, ""]
    return lines


def ruled_grids(edges: Sequence[Edge]) -> list[list[list[Edge | None]]]:
    """The tables that ruling lines make: rows of cells (left, top, right, bottom), None where a cell is merged."""
    from pdfplumber import table

    if len(edges) < 4:
        return []
    known = [
        {
            "orientation": "h" if bottom - top < right - left else "v",
            "x0": left,
            "x1": right,
            "top": top,
            "bottom": bottom,
            "width": right - left,
            "height": bottom - top,
            "object_type": "line",
        }
        for left, top, right, bottom in set(edges)
    ]
    merged = table.merge_edges(known, 3, 3, 3, 3)
    if len(merged) > 2_000:
        return []
    cells = table.intersections_to_cells(table.edges_to_intersections(merged, 3, 3))
    return [_grid(group) for group in table.cells_to_tables(cells)]


def _grid(cells: Sequence[Edge]) -> list[list[Edge | None]]:
    tops = sorted({cell[1] for cell in cells})
    lefts = sorted({cell[0] for cell in cells})
    place = {(cell[1], cell[0]): cell for cell in cells}
    return [[place.get((top, left)) for left in lefts] for top in tops]


def _ruled(grid: list[list[Edge | None]], words: list[Word]) -> tuple[list[str], list[Word]] | None:
    """The lines of a ruled table and the words in it; None where its lines are no cells of a table."""
    if len(grid) < 2 or len(grid[0]) < 2:
        return None
    table: list[list[str]] = []
    taken: list[Word] = []
    crowded = filled = 0
    for cells in grid:
        line = []
        for cell in cells:
            inside = [word for word in words if cell is not None and _within(word, cell)]
            taken += inside
            rows = rows_of(inside)
            filled += bool(rows)
            crowded += len(rows) > 1 and sum(len(row.segments) > 1 for row in rows) > len(rows) / 2
            crowded += len(rows) == 1 and len(rows[0].segments) > 2
            crowded += len(rows) > 2 and all(is_number(row.text) for row in rows)
            line.append(" ".join(row.text.replace("   ", " ") for row in rows))
        table.append(line)
    if _goes_on(grid, words):
        return None
    if filled < 4 or crowded > 0.1 * filled or sum(bool(cell) for row in table for cell in row) < 3:
        return None
    if sum(any(row) for row in table) < 2 or len({at for row in table for at, cell in enumerate(row) if cell}) < 2:
        return None
    keep = [at for at in range(len(table[0])) if any(row[at] for row in table)]
    return markdown_rows([[row[at] for at in keep] for row in table if any(row)]), taken


def _goes_on(grid: list[list[Edge | None]], words: list[Word]) -> bool:
    """Whether the rows of a grid go on beside it, so that its lines frame only a part of the table."""
    cells = [cell for row in grid for cell in row if cell is not None]
    left, right = min(cell[0] for cell in cells), max(cell[2] for cell in cells)
    beside = 0
    for row in grid:
        edges = [cell for cell in row if cell is not None]
        if not edges:
            continue
        top, bottom = edges[0][1], edges[0][3]
        beside += any(
            top < word.base - 0.3 * word.size < bottom
            and ((word.x1 < left and word.x1 > left - 150) or (word.x0 > right and word.x0 < right + 50))
            for word in words
        )
    return beside > 0.6 * len(grid)


def _within(word: Word, cell: Edge) -> bool:
    x, y = (word.x0 + word.x1) / 2, word.base - 0.3 * word.size
    return cell[0] - 1 <= x <= cell[2] + 1 and cell[1] <= y <= cell[3]


def _free(rows: list[Baseline]) -> list[str]:
    """Lines without ruled tables: those of tables that white space makes, and prose."""
    lines: list[str] = []
    at = 0
    before: Baseline | None = None
    while at < len(rows):
        block = _block(rows, at)
        table = _spaced(block) if len(block) >= 3 else None
        taken = block if table is not None else rows[at : at + 1]
        if before is not None and rows[at].base - before.base > 2.2 * max(before.size, rows[at].size):
            lines.append("")
        lines += ["", *table, ""] if table is not None else [rows[at].text]
        at += len(taken)
        before = rows[at - 1]
    return lines


def _block(rows: list[Baseline], at: int) -> list[Baseline]:
    """The rows from `at` on that may be one table: cells beside each other, and single ones between such."""
    if len(rows[at].segments) < 2:
        return []
    end = at + 1
    for number in range(at + 1, len(rows)):
        row, before = rows[number], rows[number - 1]
        if row.base - before.base > 3.2 * max(row.size, before.size):
            break
        if len(row.segments) > 1:
            end = number + 1
        elif number - end >= 2 or (row.segments[0].prose and len(row.segments[0].words) > 9):
            break
    return rows[at:end]


def _spaced(block: list[Baseline]) -> list[str] | None:
    """The rows of a table by the white space that runs through them; None where they are none."""
    several = [row for row in block if len(row.segments) > 1]
    if len(several) < 3:
        return None
    gaps = _gaps(several)
    if not gaps:
        return None
    table, clashes = [], 0
    for row in block:
        cells: list[list[str]] = [[] for _ in range(len(gaps) + 1)]
        for segment in row.segments:
            pieces = _cut(segment, gaps)
            for column, text in pieces:
                clashes += bool(cells[column]) and len(pieces) == 1
                cells[column].append(text)
        table.append([" ".join(cell) for cell in cells])
    numbers = sum(is_number(cell) for row in table for cell in row)
    if clashes > 0.1 * sum(len(row.segments) for row in several):
        return None
    if len(gaps) == 1 and numbers < 0.6 * len(several):
        return None
    return markdown_rows(table)


def _gaps(rows: list[Baseline]) -> list[float]:
    """Where the columns are parted: the middles of the white stripes that hardly a row writes into."""
    ends = sorted({segment.x0 for row in rows for segment in row.segments})
    allowed = max(0, int(0.12 * len(rows)))
    spans = [(segment.x0, segment.x1) for row in rows for segment in row.segments]
    points = sorted({x for span in spans for x in span})
    stripes: list[list[float]] = []
    for left, right in pairwise(points):
        covered = sum(1 for x0, x1 in spans if x0 < right - 0.01 and x1 > left + 0.01)
        if covered <= allowed:
            if stripes and abs(stripes[-1][1] - left) < 0.01:
                stripes[-1][1] = right
            else:
                stripes.append([left, right])
    size = median(row.size for row in rows)
    return [(a + b) / 2 for a, b in stripes if b - a > 0.15 * size and ends[0] < a]


def _cut(segment: Segment, gaps: list[float]) -> list[tuple[int, str]]:
    """A segment as (column, text): parted where one of its words ends before a gap and the next begins behind it."""
    pieces: list[tuple[int, list[Word]]] = []
    for word in sorted(segment.words, key=lambda word: word.x0):
        column = sum(1 for gap in gaps if gap < (word.x0 + word.x1) / 2)
        pieces.append((column, [word]))
    joined: list[tuple[int, list[Word]]] = []
    for column, found in pieces:
        if joined and (joined[-1][0] == column or not _clear(joined[-1][1][-1], found[0])):
            joined[-1][1].extend(found)
        else:
            joined.append((column, found))
    return [(column, " ".join(word.text for word in found)) for column, found in joined]


def _clear(left: Word, right: Word) -> bool:
    """Whether two neighbours of a line may belong to two cells: a gap, however narrow, and a number beside it."""
    gap = right.x0 - left.x1
    return gap > 0.45 * right.size or (gap > 0.2 * right.size and is_number(left.text) and is_number(right.text))
