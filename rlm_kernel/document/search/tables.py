"""The tables of a text (CSV and its kin, JSON, JSON lines, drawn ones), read from it when their rows are asked for."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..text import Text
from . import drawn, json_tables
from .delimited import DELIMITERS, DelimitedTable, blocks, delimiter_of, form_of, is_column, rows_of, unique_names

SpanSink = Callable[[str, str, int, int], None]
_SNIFFED = 50
_LONG_LINE = 1 << 20
# Of a larger text only the beginning is looked at, and a table is all of it.
_SMALL = 16 << 20
_KINDS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".tab": "tsv", ".psv": "csv"}
_NO_TABLES = (
    *(".log", ".md", ".py", ".js", ".ts", ".c", ".h", ".cpp", ".java", ".go", ".rs", ".rb", ".sh", ".html", ".htm"),
    *(".xml", ".css", ".yaml", ".yml", ".toml", ".ini", ".cfg"),
)
# It stands in no text.
_NO_DELIMITER = "\x1f"
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class TableRow(dict[str, Any]):
    """A row of a table: its cells by the names of the columns, and where it stands: `line_num`, `end_line`, `source`,
    `place` ("sheet 'Sales', A12:F12")."""

    __slots__ = ("end_line", "line_num", "place", "source")
    line_num: int
    end_line: int
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a table is to be read, where that is not to be told from the text: its `delimiter`, its `header` (True for
    the first line, False for none, or the names), and how many lines to `skip` before it."""

    delimiter: str | None = None
    header: bool | tuple[str, ...] | None = None
    skip: int = 0


class Table(Sequence[TableRow]):
    """The rows of a table as dicts, read from the text when they are asked for.

    `.columns`, `.kind` (csv, tsv, json, jsonl, markdown; text: drawn otherwise), `.line_num` and `.end_line` of all of
    it, `.source`, `.place`, `.note` on what was guessed of its form, and `column(name)`.
    """

    _text: Text
    _span: SpanSink
    _first: int
    _delimiter: str
    _count: int | None
    kind: str
    columns: tuple[str, ...]
    line_num: int
    end_line: int
    source: str
    note: str
    __slots__ = (
        *("_count", "_delimiter", "_first", "_span", "_text", "columns", "end_line", "kind", "line_num", "note"),
        "source",
    )

    def __init__(
        self,
        text: Text,
        span: SpanSink,
        kind: str,
        columns: Sequence[str],
        lines: tuple[int, int, int],
        delimiter: str = "",
        note: str = "",
    ) -> None:
        put = object.__setattr__
        put(self, "_text", text)
        put(self, "_span", span)
        put(self, "_first", lines[1])
        put(self, "_delimiter", delimiter)
        put(self, "_count", None)
        put(self, "kind", kind)
        put(self, "columns", tuple(columns))
        put(self, "line_num", lines[0])
        put(self, "end_line", lines[2])
        put(self, "source", text.name)
        put(self, "note", note)

    @property
    def place(self) -> str:
        """Where the table begins in the file that the user has; empty where the line number says all."""
        return self._text.place(self.line_num)

    @property
    def delimiter(self) -> str:
        """What separates the cells of a CSV or TSV table; empty for another one."""
        return self._delimiter[:1] if self.kind in ("csv", "tsv") else ""

    @property
    def rows(self) -> Table:
        """The table itself, which is the sequence of its rows: other libraries call it so."""
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("a Table is read-only: use list(table)")

    def __iter__(self) -> Iterator[TableRow]:
        for first, last, cells in self._read():
            self._span("tables", self.source, first, last)
            row = TableRow(cells)
            row.line_num, row.end_line, row.source, row.place = first, last, self.source, self._text.place(first)
            yield row

    def _lines(self) -> Iterator[str]:
        return islice(self._text.iter_lines(self._first), max(0, self.end_line - self._first + 1))

    def _read(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        if self.kind in ("csv", "tsv"):
            strays: list[int] = []
            for first, last, cells in rows_of(self._lines(), self._delimiter, self._first, strays.append):
                if cells:
                    yield first, last, self._named(cells)
            self._add_note(_note_on_quotes(strays))
        elif self.kind == "json":
            yield from json_tables.rows(self._text, self._delimiter)
        elif self.kind == "jsonl":
            for number, line in enumerate(self._lines(), self._first):
                if line.strip():
                    yield number, number, _json_line(line)
        else:
            for first, last, cells in drawn.rows(self._lines(), self._first, self._delimiter):
                yield first, last, self._named(cells)

    def _add_note(self, note: str) -> None:
        """Add a note, but not the same one again."""
        if note and note not in self.note:
            object.__setattr__(self, "note", "; ".join(filter(None, (self.note, note))))

    def _named(self, cells: Sequence[str]) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(self.columns, "")
        row.update(zip(self.columns, cells, strict=False))
        for at in range(len(self.columns), len(cells)):
            row[f"column_{at + 1}"] = cells[at]
        return row

    def __len__(self) -> int:
        if self._count is None:
            object.__setattr__(self, "_count", sum(1 for _ in self._read()))
        return self._count or 0

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            first, last, step = index.indices(len(self))
            return list(self)[index] if step != 1 else list(islice(self, first, max(first, last)))
        if not isinstance(index, int):
            raise TypeError(f"a table's rows are numbered; for a column use table.column({index!r})")
        number = index + len(self) if index < 0 else index
        row = next(islice(self, number, None), None) if number >= 0 else None
        if row is None:
            raise IndexError(f"the table has {len(self):,} rows, not one at {index}")
        return row

    def column(self, name: str) -> list[Any]:
        """All values of one column."""
        if self.kind not in ("json", "jsonl") and name not in self.columns:
            raise KeyError(f"the table has the columns {', '.join(self.columns)}; not {name!r}")
        return [row.get(name) for row in self]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.columns[:30])) + (", ..." if len(self.columns) > 30 else "")
        place = f", place={self.place!r}" if self.place else ""
        return (
            f"Table(kind={self.kind!r}, columns=[{shown}], line_num={self.line_num}, end_line={self.end_line}, "
            f"source={self.source!r}{place})"
        )


def tables(text: Text, span: SpanSink, options: TableOptions | None = None) -> list[Table]:
    """The tables of a text, in their order. With `options`, the one that the whole text is."""
    head = [line for line in islice(text.iter_lines(), _SNIFFED) if len(line) < _LONG_LINE]
    if not head:
        return []
    if options is not None and options != TableOptions():
        return [_as_told(text, span, options)]
    kind = _kind(text)
    if text.source in ("json-lines", "table-rows") or kind == "jsonl" or (len(head) > 1 and all(map(_is_object, head))):
        return [_json_lines(text, span)]
    if head[0].lstrip()[:1] in ("[", "{") and kind is None and (found := _json(text, span)):
        return found
    delimited = [] if kind == "none" else _delimited(text, span, kind)
    if kind in ("csv", "tsv") and delimited:
        return delimited
    within = [(table.line_num, table.end_line) for table in delimited]
    marked = [
        table for table in _drawn(text, span) if not any(first <= table.line_num <= last for first, last in within)
    ]
    return sorted([*delimited, *marked], key=lambda table: table.line_num)


def _kind(text: Text) -> str | None:
    """What the name of the text says it is: a kind of table, "none" for what has no delimited ones, None."""
    if text.source == "table":
        return "csv"
    for name in (text.source, text.name):
        suffix = f".{name.rpartition('.')[2].lower()}"
        if suffix in _KINDS:
            return _KINDS[suffix]
        if suffix in _NO_TABLES:
            return "none"
    return None


def _is_object(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _delimited(text: Text, span: SpanSink, kind: str | None) -> list[Table]:
    sure = kind is not None
    first = next(text.iter_lines())
    told = _SEP_LINE.fullmatch(first.removeprefix("\ufeff"))
    start, small = 1 + bool(told), len(text.view) <= _SMALL
    head = list(islice((line for line in text.iter_lines(start) if line.strip()), 4 * _SNIFFED))
    sure = sure or bool(told)
    delimiter = told[1] if told else delimiter_of(head)
    if kind == "tsv" and not told:
        delimiter = "\t"
    if sure and kind == "csv" and not told and delimiter == "," and is_column(head):
        table = _whole(text, span, head, start, _NO_DELIMITER)
        table._add_note(f"the table at line {start}: read as one column, its commas are within the cells")
        return [table]
    if not delimiter:
        # Rows of a single cell, where the name says that it is a table.
        return [_whole(text, span, head, start)] if sure and len(head) > 1 and kind == "csv" else []
    if sure:
        delimiter = form_of(head, delimiter)
    lines = text.iter_lines(start) if small else islice(text.iter_lines(start), 4 * _SNIFFED)
    strays: list[int] = []
    found = blocks(lines, delimiter, sure=sure, first=start, stray=strays.append)
    if not small:
        found = [_to_end(block, text) for block in found[:1]]
    read = [_table(text, span, block, delimiter) for block in found]
    for table in read:
        table._add_note(_note_on_quotes([line for line in strays if table._first <= line <= table.end_line]))
    return read


def _note_on_quotes(lines: Sequence[int]) -> str:
    many = f" (and in {len(lines) - 1:,} more)" if len(lines) > 1 else ""
    return f"in line {lines[0]} a quote that is never closed is read as a character{many}" if lines else ""


def _whole(text: Text, span: SpanSink, head: Sequence[str], start: int, delimiter: str = ",") -> Table:
    return Table(text, span, "csv", unique_names([head[0]]), (start, start + 1, text.line_count), delimiter)


def _to_end(block: DelimitedTable, text: Text) -> DelimitedTable:
    return DelimitedTable(block.header, block.first, text.line_count, block.width, block.names, block.above)


def _table(text: Text, span: SpanSink, block: DelimitedTable, delimiter: str) -> Table:
    begin = block.first if block.header is None else block.header
    notes = []
    if block.above:
        notes.append(f"{block.above} line{'s' * (block.above > 1)} above its header left out")
    if block.header is None:
        notes.append("no header: columns are column_1, column_2 ...")
    note = f"the table at line {begin}: {', '.join(notes)}" if notes else ""
    kind = "tsv" if delimiter[0] == "\t" else "csv"
    columns = unique_names(block.names, block.width if block.header is None else 0)
    return Table(text, span, kind, columns, (begin, block.first, block.last), delimiter, note)


def _as_told(text: Text, span: SpanSink, options: TableOptions) -> Table:
    """The whole text as one table, in the form that is named. Raises ValueError."""
    start = options.skip + 1
    if start > text.line_count:
        raise ValueError(f"tables: skip={options.skip} leaves nothing of {text.line_count:,} lines")
    head = [line for line in islice(text.iter_lines(start), _SNIFFED) if line.strip()]
    delimiter = options.delimiter or delimiter_of(head) or ","
    if len(delimiter) != 1:
        raise ValueError(f"tables: a delimiter is one character, such as {DELIMITERS[1]!r}, not {delimiter!r}")
    begin, last, cells = next(rows_of(text.iter_lines(start), delimiter, start))
    kind = "tsv" if delimiter == "\t" else "csv"
    if isinstance(options.header, tuple):
        return Table(text, span, kind, unique_names(options.header), (begin, begin, text.line_count), delimiter)
    if options.header is False:
        return Table(text, span, kind, unique_names([], len(cells)), (begin, begin, text.line_count), delimiter)
    return Table(text, span, kind, unique_names(cells), (begin, last + 1, text.line_count), delimiter)


def _json(text: Text, span: SpanSink) -> list[Table]:
    """The tables that a JSON text is, or has at some name."""
    if len(text.view) > _SMALL:
        return []
    repeated = Counter[str]()
    found = json_tables.find(text, repeated)
    note = json_tables.note_on(repeated)
    return [
        Table(text, span, "json", unique_names(columns), (1, 1, text.line_count), pointer, note)
        for pointer, columns in found
    ]


def _json_lines(text: Text, span: SpanSink) -> Table:
    """The table that lines of JSON are; of a larger text the names are those of its first lines."""
    keys: dict[str, None] = {}
    repeated = Counter[str]()
    broken = []
    lines = text.iter_lines() if len(text.view) <= _SMALL else islice(text.iter_lines(), _SNIFFED)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json_tables.load(line, repeated)
        except (ValueError, RecursionError):
            broken.append(number)
            continue
        if isinstance(value, dict):
            keys |= dict.fromkeys(value)
    notes = [json_tables.note_on(repeated)] if repeated else []
    if broken:
        many = f" (nor are {len(broken) - 1:,} more)" if len(broken) > 1 else ""
        notes.append(f"line {broken[0]} is no JSON{many}: its row is {{'line': ...}}")
    return Table(text, span, "jsonl", list(keys), (1, 1, text.line_count), "", "; ".join(notes))


def _json_line(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = {"line": line}
    return value if isinstance(value, dict) else {"value": value}


def _drawn(text: Text, span: SpanSink) -> Iterator[Table]:
    for table in drawn.drawn(text):
        rule = text.line(table.header + 1) or ""
        kind = "markdown" if table.form == "bars" and "|" in rule else "text"
        lines = (table.header, table.first, table.last)
        yield Table(text, span, kind, unique_names(table.names), lines, table.form)
