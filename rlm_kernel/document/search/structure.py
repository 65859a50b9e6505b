"""What a text's own form tells: its headings, and its tables (CSV, TSV, JSON lines, Markdown). It changes nothing."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from ..text import Text
from .regex import Finder
from .rows import Section

SpanSink = Callable[[str, str, int, int], None]
_HEADINGS = (
    r"^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]*?)[ \t#\r]*$"
    r"|<h(?P<level>[1-6])(?:[ \t][^>\n]*)?>(?P<html>[^\n]*?)</h[1-6]>"
    r"|^(?P<over>[^\s#>|=-][^\n]*)\n(?P<rule>={3,}|-{3,})[ \t\r]*$"
    r"|^[ \t]*(?P<fence>```|~~~)"
)
_NUMBERED = (
    r"^(?:(?P<word>Chapter|Section|Part|Article|Appendix)[ \t]+[\dA-Z]+[.:]?[^\n]{0,80}"
    r"|(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?[ \t]+[A-Z][^\n.;]{2,80})[ \t\r]*$"
)
_TAG = re.compile(r"<[^>]*>")
_RULE = (
    r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t\r]*$"
    r"|^[ \t]*\|[ \t]*:?-+:?[ \t]*\|[ \t\r]*$"
)
_SNIFFED = 20
_KINDS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".tab": "tsv"}


def sections(text: Text) -> list[Section]:
    """The headings of a text, of Markdown or HTML; else its numbered ones (as a PDF's text has them)."""
    found = list(_headings(text)) or list(_numbered(text))
    made: list[Section] = []
    open_ends: list[tuple[int, int]] = []
    ends = [text.line_count] * len(found)
    for at, (_, level, line) in enumerate(found):
        while open_ends and open_ends[-1][1] >= level:
            ends[open_ends.pop()[0]] = line - 1
        open_ends.append((at, level))
    for (title, level, line), end in zip(found, ends, strict=True):
        made.append(Section(title, level, line, max(line, end), text.name))
    return made


def _headings(text: Text) -> Iterator[tuple[str, int, int]]:
    fence = ""
    for hit in Finder(_HEADINGS, re.MULTILINE | re.IGNORECASE).hits(text):
        marks, title, level, html, over, rule, mark = hit.groups
        if mark is not None:
            fence = "" if mark == fence else fence or mark
        elif not fence:
            number = text.line_at_byte(hit.start)
            if marks is not None:
                yield (title or "").strip(), len(marks), number
            elif level is not None:
                yield _TAG.sub("", html or "").strip(), int(level), number
            else:
                yield (over or "").strip(), 1 if (rule or "")[:1] == "=" else 2, number


def _numbered(text: Text) -> Iterator[tuple[str, int, int]]:
    for hit in Finder(_NUMBERED, re.MULTILINE).hits(text):
        _, number = hit.groups
        level = number.count(".") + 1 if number else 1
        yield text.decode(hit.start, hit.end).strip(), level, text.line_at_byte(hit.start)


class Table(Sequence[dict[str, Any]]):
    """The rows of a table as dicts, read from the text when they are asked for.

    `.columns`, `.kind` (csv, tsv, jsonl, markdown), `.line_num` and `.end_line` of all of it, `.source`, and
    `column(name)`.
    """

    _text: Text
    _span: SpanSink
    _first: int
    _dialect: str
    _count: int | None
    kind: str
    columns: tuple[str, ...]
    line_num: int
    end_line: int
    source: str
    __slots__ = ("_text", "_span", "_first", "_dialect", "_count", "kind", "columns", "line_num", "end_line", "source")

    def __init__(
        self, text: Text, span: SpanSink, kind: str, columns: list[str], lines: tuple[int, int, int], dialect: str = ""
    ) -> None:
        put = object.__setattr__
        put(self, "_text", text)
        put(self, "_span", span)
        put(self, "_first", lines[1])
        put(self, "_dialect", dialect)
        put(self, "_count", None)
        put(self, "kind", kind)
        put(self, "columns", tuple(columns))
        put(self, "line_num", lines[0])
        put(self, "end_line", lines[2])
        put(self, "source", text.name)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("a Table is read-only: use list(table)")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for first, last, row in self._read():
            self._span("tables", self.source, first, last)
            yield row

    def _lines(self) -> Iterator[str]:
        return islice(self._text.iter_lines(self._first), max(0, self.end_line - self._first + 1))

    def _read(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        number = self._first
        if self.kind in ("csv", "tsv"):
            reader = csv.reader((f"{line}\n" for line in self._lines()), delimiter=self._dialect)
            for cells in reader:
                first, number = number, self._first + reader.line_num
                if cells:
                    yield first, number - 1, self._named(cells)
            return
        for number, line in enumerate(self._lines(), self._first):
            if not line.strip():
                continue
            if self.kind == "jsonl":
                try:
                    value = json.loads(line)
                except ValueError:
                    value = {"line": line}
                yield number, number, value if isinstance(value, dict) else {"value": value}
            else:
                yield number, number, self._named(_cells(line))

    def _named(self, cells: list[str]) -> dict[str, Any]:
        made: dict[str, Any] = dict.fromkeys(self.columns, "")
        made.update(zip(self.columns, cells, strict=False))
        for at in range(len(self.columns), len(cells)):
            made[f"column_{at + 1}"] = cells[at]
        return made

    def __len__(self) -> int:
        if self._count is None:
            object.__setattr__(self, "_count", sum(1 for _ in self._read()))
        return self._count or 0

    def __getitem__(self, index: Any) -> Any:
        first, last, step = slice(index, None).indices(10**18) if isinstance(index, int) else (0, 0, 1)
        if isinstance(index, slice):
            first, last, step = index.indices(len(self))
            return list(self)[index] if step != 1 else list(islice(self, first, max(first, last)))
        if not isinstance(index, int):
            raise TypeError(f"a table's rows are numbered; for a column use table.column({index!r})")
        wanted = index + len(self) if index < 0 else index
        row = next(islice(self, wanted, None), None) if wanted >= 0 else None
        if row is None:
            raise IndexError(f"the table has {len(self):,} rows, not one at {index}")
        return row

    def column(self, name: str) -> list[Any]:
        """All values of one column."""
        if self.kind != "jsonl" and name not in self.columns:
            raise KeyError(f"the table has the columns {', '.join(self.columns)}; not {name!r}")
        return [row.get(name) for row in self]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.columns[:30])) + (", ..." if len(self.columns) > 30 else "")
        return (
            f"Table(kind={self.kind!r}, columns=[{shown}], line_num={self.line_num}, end_line={self.end_line}, "
            f"source={self.source!r})"
        )


def tables(text: Text, span: SpanSink) -> list[Table]:
    """The table that the whole text is, or the Markdown tables in it."""
    whole = _whole(text, span)
    return [whole] if whole else list(_markdown(text, span))


def _whole(text: Text, span: SpanSink) -> Table | None:
    known = _KINDS.get(f".{text.source.rpartition('.')[2].lower()}") or _KINDS.get(
        f".{text.name.rpartition('.')[2].lower()}"
    )
    kind = "jsonl" if text.source == "json-lines" else known
    head = [line for line in islice(text.iter_lines(), _SNIFFED) if len(line) < 1 << 20]
    if not head:
        return None
    last = text.line_count
    if kind == "jsonl" or (kind is None and len(head) > 1 and all(map(_is_object, head))):
        keys = dict.fromkeys(key for line in head if _is_object(line) for key in json.loads(line))
        return Table(text, span, "jsonl", list(keys), (1, 1, last))
    for mark in {"csv": ",;\t|", "tsv": "\t"}.get(kind or "", "\t,;"):
        if columns := _header(head, mark, sure=kind is not None):
            return Table(text, span, "tsv" if mark == "\t" else "csv", columns, (1, 2, last), mark)
    return None


def _is_object(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _header(head: list[str], mark: str, *, sure: bool) -> list[str]:
    """The columns' names, where the lines are rows separated by `mark`; none where they are not."""
    rows = [row for row in csv.reader((f"{line}\n" for line in head), delimiter=mark) if row]
    if not rows or (len(rows[0]) < 2 and not (sure and mark == "\t")):
        return []
    # The last of the lines may be cut within quotes.
    alike = all(len(row) == len(rows[0]) for row in rows[:-1] or rows)
    names = [cell.strip() for cell in rows[0]]
    proper = all(0 < len(name) < 60 for name in names) and len(set(names)) == len(names)
    if sure:
        return [name or f"column_{at}" for at, name in enumerate(names, 1)]
    return names if alike and proper and len(rows) > 2 else []


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _markdown(text: Text, span: SpanSink) -> Iterator[Table]:
    past = 0
    for hit in Finder(_RULE, re.MULTILINE).hits(text):
        rule = text.line_at_byte(hit.start)
        header = text.line(rule - 1) or ""
        columns = _cells(header)
        if rule <= past or "|" not in header or len(columns) != len(_cells(text.line(rule) or "")):
            continue
        past = rule
        for line in text.iter_lines(rule + 1):
            if "|" not in line:
                break
            past += 1
        yield Table(text, span, "markdown", columns, (rule - 1, rule + 1, past))
