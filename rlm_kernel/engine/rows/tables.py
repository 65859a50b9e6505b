"""Tables in a text: rows of cells, with or without a header, and lines of keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

from ...document.text import Text
from .headed_sentences import headed_tables
from .key_lines import key_tables
from .quoted_cells import quoted_tables
from .record_tables import record_tables
from .remembered import remembered
from .row_patterns import GAP, HAS_DIGIT, LETTERS, LONGEST_LINE, constants_of, escaped, matches_of
from .table_headers import are_labels, headers_with_rows, is_header, may_be_header
from .table_rows import Row, Table

CELL_ENDS = re.compile(r"[|;\t]|, ?|[ ]{2,}")
WIDE = re.compile(r"[ \t]{2,}|\t")
_WITHOUT_FIGURES = re.compile(r"\D*[^\W\d_]\D*")
_BLANK_CELL = re.compile(r"\S+(?: \S+)*")
_SEPARATORS = "|\t;,"
_MOST_ABOVE, _MOST_BELOW = 50, 500
# A line below the header that has no text.
_RULE = re.compile(r"[\s|:+=-]+")
# What stands between the cells of lists without a header.
_MARKS = (" :: ", " > ", " -> ", " => ", " - ", " – ", " — ", " / ", " | ", " ; ", "; ", " · ", " • ")
_BULLET = re.compile(r"[ \t]*[*•+-] ")
_FEWEST_ROWS, _FEWEST_COMMAS, _FEWEST_CELLS, _FEWEST_OF_A_LIST = 2, 2, 3, 4
_FEWEST_OF_A_THING, _ROWS_OF_A_KIND, _LONGEST_RECORD = 3, 3, 100
# What a label says in brackets: "weight (kg)", "bay (none: refused)".
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)$")
# How a line of a program's begins: with a tag, a bracket, or a key.
_WRITTEN, _LONGEST_WRITTEN = re.compile(r"\s*(?:<|\{|\[|[\w.-]+=)"), 2_000
# How many cells at the end of a row may be empty where blanks set them apart.
_MISSING_AT_END, _MOST_HEADERS_OF_GAPS = (1, 2), 5
_MOST_LINES, _MOST_CELLS, _MOST_BYTES = 20_000, 40, 2 << 20


@remembered
def tables_of(text: Text) -> list[Table]:
    """The tables of a text, those with most cells first. Rows may stand apart from each other, and from their header,
    with other lines between. Of a long text the first 20,000 lines are read."""
    # What a program writes into one line may be long: a record with a remark.
    written = [
        (number, line)
        for number, line in enumerate(islice(text.iter_lines(), _MOST_LINES), 1)
        if 0 < len(line) <= (_LONGEST_WRITTEN if _WRITTEN.match(line) else LONGEST_LINE) and not _RULE.fullmatch(line)
    ]
    lines = [(number, line) for number, line in written if len(line) <= LONGEST_LINE]
    found = [
        *_with_header(lines),
        *quoted_tables(lines, text),
        *key_tables(written),
        *_lists(lines, text),
        *record_tables(written),
        *headed_tables(lines),
    ]
    # Of tables that a line may belong to, that with most cells, and rows; a header tells more than none.
    found.sort(key=lambda table: (-_width(table), not table.header, -len(table.rows)))
    taken: set[int] = set()
    kept: list[Table] = []
    for table in found:
        numbers = {number for row in table.rows for number in range(row.number, row.number + row.lines)}
        if len(numbers & taken) * 2 <= len(numbers) and _is_alone(table, text):
            taken |= numbers
            kept.append(table)
    return kept


def _width(table: Table) -> int:
    """How many columns a table has, without those that are called nothing and that only some rows have."""
    return len(table.labels) - sum(not table.labels[at] for at in table.optional)


def _is_alone(table: Table, text: Text) -> bool:
    """Whether the pattern of a table of several lines, or of more and fewer cells, finds its rows and no others."""
    numbers = {row.number for row in table.rows}
    if not table.optional and all(row.lines == 1 for row in table.rows):
        return True
    found = matches_of(table.pattern([f"{other}*?" for other in table.others]), text).keys() - {table.header}
    # The last lines that are read may be those of a record that goes on.
    last = max(*numbers, _MOST_LINES - _LONGEST_RECORD)
    return numbers == {number for number in found if number <= last}


def _with_header(lines: Sequence[tuple[int, str]]) -> Iterator[Table]:
    rows: dict[tuple[str, int], list[tuple[Row, str]]] = {}
    for number, line in lines:
        for separator in (*_SEPARATORS, GAP):
            # Commas with blanks behind them are those of sentences, but for lists of several cells.
            is_prose = separator == "," and ('"' in line or 0 < line.count(", ") < _FEWEST_COMMAS)
            if (separator not in line and separator != GAP) or is_prose:
                continue
            cells = tuple(_cells(line, separator))
            if 1 < len(cells) <= _MOST_CELLS:
                rows.setdefault((separator, len(cells)), []).append((Row(number, cells), line))
    for (separator, count), found in rows.items():
        if separator == GAP:
            shorter = [row for fewer in _MISSING_AT_END for row in rows.get((GAP, count - fewer), ())]
            ended = _with_empty_ends(found, shorter)
            # Of others with fewer cells, any may be the one that is empty.
            if shorter and len(rows.get((GAP, count - 1), ())) >= len(found) + 2 * len(ended):
                continue
            found = sorted([*found, *ended])
        texts = {row.number: line for row, line in found}
        parts: dict[tuple[str, ...], list[tuple[Row, list[Row]]]] = {}
        for header, below in headers_with_rows([row for row, _ in found]):
            if separator != GAP or all(_is_below(texts[header.number], texts[row.number]) for row in below):
                parts.setdefault(header.cells, []).append((header, below))
        for labels, tables in parts.items():
            # The same header again, for another day or place, is that of the same table.
            below = [row for _, rows_below in tables for row in rows_below]
            if len(below) < _FEWEST_ROWS:
                continue
            between = _between(separator, [(row, texts[row.number]) for row in below])
            others = "." if separator == GAP else f"[^{escaped(separator)}\\n]"
            made = Table(labels, between, (others,) * count, tables[0][0].number, tuple(below))
            if separator == GAP:
                headers = [texts[header.number] for header, _ in tables]
                made = _with_longer_rows(made, headers, rows.get((GAP, count + 1), ()))
            yield _with_optional_ends(made) if separator == GAP else made


def _with_empty_ends(found: Iterable[tuple[Row, str]], shorter: Sequence[tuple[Row, str]]) -> list[tuple[Row, str]]:
    """Those of some shorter lines whose cells stand below the first labels of a header among the lines `found`, with
    empty cells below its last ones."""
    headers = {row.cells: (row.number, line) for row, line in reversed([*found]) if may_be_header(row)}
    ended: dict[int, tuple[Row, str]] = {}
    for cells, (above, header) in islice(reversed(headers.items()), _MOST_HEADERS_OF_GAPS):
        for row, line in shorter:
            if row.number > above and _is_below(header, line):
                ended[row.number] = (Row(row.number, row.cells + ("",) * (len(cells) - len(row.cells))), line)
    return list(ended.values())


def _with_longer_rows(table: Table, headers: Iterable[str], longer: Iterable[tuple[Row, str]]) -> Table:
    """A table with the rows that have one cell more than its header, behind the last label: a remark."""
    places = {(*map(re.Match.span, _BLANK_CELL.finditer(header)),): header for header in headers}
    added = [
        row
        for row, line in longer
        if row.number > table.header
        and any(
            _is_below(header, line) and [*_BLANK_CELL.finditer(line)][-1].start() >= places_of[-1][1]
            for places_of, header in places.items()
        )
    ]
    if not added or len(added) > len(table.rows):
        return table
    rows = sorted([*added, *(row._replace(cells=(*row.cells, "")) for row in table.rows)])
    between = (*table.between[:-1], GAP, table.between[-1])
    return table._replace(labels=(*table.labels, ""), between=between, others=(*table.others, "."), rows=tuple(rows))


def _with_optional_ends(table: Table) -> Table:
    """A table of cells that blanks set apart, the last of which are optional where some rows have none."""
    count = len(table.labels)
    least = min(count - row.cells.count("") for row in table.rows)
    between = (*table.between[:least], *("",) * (count - least), table.between[-1])
    # Blanks at the end of a line are no cell.
    gap = f"{GAP}\\b" if table.between[-1] != "$" else GAP
    return table._replace(between=between, optional=dict.fromkeys(range(least, count), (gap, "")))


def _between(separator: str, rows: Sequence[tuple[Row, str]]) -> tuple[str, ...]:
    """What stands before, between and behind the cells of rows."""
    count = len(rows[0][0].cells)
    if separator == GAP:
        begin = "[ \\t]*" if any(line[:1].isspace() for _, line in rows) else ""
        end = "[ \\t]*$" if any(line[-1:].isspace() for _, line in rows) else "$"
        return (begin, *(GAP,) * (count - 1), end)
    mark = escaped(separator)
    if separator == "|":
        is_plain = all(line.strip(" |") == " | ".join(row.cells) and row.cells[-1] for row, line in rows)
        blank = " " if is_plain else " *"
        is_edged = all(line.lstrip().startswith("|") for _, line in rows)
        edges = (f"{mark}{blank}", f"{blank}{mark}") if is_edged else ("", "$" if is_plain else f"{blank}$")
        return (edges[0], *(f"{blank}{mark}{blank}",) * (count - 1), edges[1])
    is_plain = all(line == separator.join(row.cells) for row, line in rows)
    blank = "" if is_plain else " *"
    return ("", *(f"{blank}{mark}{blank}",) * (count - 1), f"{blank}$")


def _lists(lines: Sequence[tuple[int, str]], text: Text) -> Iterator[Table]:
    """Lines of cells that a mark sets apart: as many in all, or more or fewer at the end of some. One of labels may
    stand above."""
    for mark in _MARKS:
        rows: dict[str, dict[int, list[Row]]] = {}
        for number, line in lines:
            if mark not in line:
                continue
            bullet = _BULLET.match(line)
            begin = bullet[0] if bullet is not None else ""
            cells = tuple(line.removeprefix(begin).split(mark))
            if len(cells) > 1 and all(cells):
                rows.setdefault(begin, {}).setdefault(len(cells), []).append(Row(number, cells))
        for begin, of_count in rows.items():
            taken: set[int] = set()
            for count, found in sorted(of_count.items(), key=lambda item: -len(item[1])):
                is_list = _FEWEST_CELLS <= count <= _MOST_CELLS and len(found) >= _FEWEST_OF_A_LIST
                if not is_list or taken.issuperset(row.number for row in found):
                    continue
                table = _list(begin, mark, found, of_count)
                table = table if _is_alone(table, text) else _list(begin, mark, found, {})
                taken.update(row.number for row in table.rows)
                yield table


def _list(begin: str, mark: str, found: Sequence[Row], of_count: Mapping[int, Sequence[Row]]) -> Table:
    """The table of lines of as many cells, with those of more or fewer cells whose first ones are of the same kinds."""
    above = found[0] if _is_labels(found[0], found[1:]) else None
    rows = found[1:] if above is not None else found
    count = len(found[0].cells)
    columns = [_Kind.of(column) for column in zip(*(row.cells for row in rows), strict=True)]
    ragged = {row for other, alike in of_count.items() if other != count for row in alike if _is_alike(row, columns)}
    most = max([count, *(len(row.cells) for row in ragged)])
    least = min([count, *(len(row.cells) for row in ragged)])
    if len(ragged) > len(rows) or most > _MOST_CELLS:
        ragged, most, least = set(), count, count
    made = sorted(Row(row.number, row.cells + ("",) * (most - len(row.cells))) for row in [*rows, *ragged])
    between = (escaped(begin), *(escaped(mark),) * (least - 1), *("",) * (most - least), "$")
    labels = tuple(map(_without_brackets, above.cells)) if above is not None else ("",) * count
    # What only some rows have is no other cell, and may have no mark in it.
    optional = dict.fromkeys(range(least, most), (escaped(mark), ""))
    header = above.number if above is not None else 0
    # Where other lines have more cells, one of these may not be taken for several of theirs.
    sign = mark.strip()
    is_bounded = any(other > most for other in of_count) and not any(sign in cell for row in made for cell in row.cells)
    other = f"[^{escaped(sign)}\\n]" if is_bounded and len(sign) == 1 else "."
    return Table(labels + ("",) * (most - count), between, (other,) * most, header, tuple(made), optional)


def _is_labels(row: Row, others: Sequence[Row]) -> bool:
    """Whether a row of a list says what the cells of the others are called."""
    return is_header(Row(row.number, tuple(map(_without_brackets, row.cells))), others)


def _without_brackets(label: str) -> str:
    return _IN_BRACKETS.sub("", label)


class _Kind(NamedTuple):
    """What the cells of a column have in common: the `values`, where these come back; the `words` that are in all; and
    whether there are figures in all (True), in none, or in some."""

    values: frozenset[str] | None
    words: frozenset[str]
    figures: frozenset[bool]

    @classmethod
    def of(cls, column: Sequence[str]) -> _Kind:
        values = frozenset(column)
        figures = frozenset(HAS_DIGIT.search(value) is not None for value in values)
        words = frozenset[str].intersection(*(frozenset(LETTERS.findall(value)) for value in values))
        is_of_kinds = len(values) <= len(column) / _ROWS_OF_A_KIND and figures == {False}
        return cls(values if is_of_kinds else None, words, figures)

    def has(self, cell: str) -> bool:
        """Whether a cell is of this kind."""
        is_value = self.values is None or cell in self.values
        return (
            (HAS_DIGIT.search(cell) is not None) in self.figures and is_value and self.words <= {*LETTERS.findall(cell)}
        )


def _is_alike(row: Row, columns: Sequence[_Kind]) -> bool:
    """Whether the cells of a row are of the kinds of a list's columns, as far as both go."""
    is_near = len(columns) <= 2 * len(row.cells) <= 4 * len(columns)
    return is_near and all(kind.has(cell) for cell, kind in zip(row.cells, columns, strict=False))


def labels_of(pattern: str, number: int, line: str, text: Text) -> tuple[str, ...]:
    """What the header of a table calls the groups of a pattern, one of whose lines a line is; none where there is no
    such header, or a group is not one cell."""
    separator = max(_SEPARATORS, key=line.count)
    separator = separator if separator in line else GAP
    cells = _cells(line, separator)
    if len(cells) < 2:
        return ()
    # The last cells may be empty where blanks set them apart.
    least, most = len(cells), len(cells) + 2 * (separator == GAP)
    above = [other for other in islice(text.iter_lines(), number - 1) if len(other) <= LONGEST_LINE]
    rows = [(other, row) for other in above if least <= len(row := _cells(other, separator)) <= most]
    # The nearest line without figures: a document may have several tables, and a letter's head.
    may_be = (at for at in range(len(rows) - 1, -1, -1) if _WITHOUT_FIGURES.fullmatch(rows[at][0]))
    at = next(may_be, None)
    if at is None:
        return ()
    header, columns = rows[at]
    is_above = are_labels(columns) and not re.search(pattern, header)
    is_above = is_above and (separator != GAP or _is_below(header, line))
    below = [row for _, row in rows[at + 1 :]]
    if not is_above or any(cell == other for row in below for cell, other in zip(columns, row, strict=False)):
        return ()
    constants = constants_of(pattern)
    edge = int(separator == "|" and line.lstrip().startswith("|"))
    mark = separator if separator == GAP else escaped(separator)
    places = [count - edge for count in accumulate(constant.count(mark) for constant in constants)]
    groups = places[:-1]
    is_of_cells = places[-1] == least - 1 + edge and len({*groups}) == len(groups) and max(groups) < len(columns)
    return tuple(columns[place] for place in groups) if is_of_cells else ()


def stands_behind_numbers(texts: Sequence[Text], noun: str) -> bool:
    """Whether numbers of a thing stand in texts: "44 jars" or "jars: 44" in several lines, or a column of that name.

    Texts of more than 2 MB in all are not read."""
    if sum(len(text.view) for text in texts) > _MOST_BYTES:
        return False
    name = escaped(noun.lower())
    pattern = rf"(?i)\d {name}\b|\b{name}\"? ?[:=] ?\"?\d"
    return any(
        len(matches_of(pattern, text)) >= _FEWEST_OF_A_THING
        or any(noun.casefold() in map(str.casefold, table.labels) for table in tables_of(text))
        for text in texts
    )


def has_commas_between_numbers(text: Text) -> bool:
    """Whether a text is a table whose cells are set apart by commas alone, so that 3,9 are two of them."""
    above = (line for line in islice(text.iter_lines(), _MOST_ABOVE) if line.count(",") > 1 and ", " not in line)
    counts = {line.count(",") for line in above if not HAS_DIGIT.search(line)}
    rows = islice(text.iter_lines(), _MOST_BELOW) if counts else ()
    return any(line.count(",") in counts and HAS_DIGIT.search(line) for line in rows)


def _is_below(header: str, line: str) -> bool:
    """Whether the cells of a line stand below those of a header, where blanks set them apart."""
    pairs = zip(_BLANK_CELL.finditer(header), _BLANK_CELL.finditer(line), strict=False)
    return all(cell.start() < label.end() and label.start() < cell.end() for label, cell in pairs)


def _cells(line: str, separator: str) -> list[str]:
    if separator == GAP:
        return WIDE.split(line.strip())
    inner = line.strip().strip(separator) if separator == "|" else line
    return [cell.strip() for cell in inner.split(separator)]
