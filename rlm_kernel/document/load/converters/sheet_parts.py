"""What stands in a spreadsheet beside the values of its cells: merged cells, comments, hidden rows, page headers."""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

from .ooxml import xml

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = (f"{{{_NS}{name}:1.0}}" for name in ("table", "office", "text"))
_MOST_CELLS = 1 << 20
_CHUNK = 1 << 20
_LARGE, _SPARSE = 1 << 22, 20
_HIDDEN = re.compile(rb"<(?:\w+:)?(row|col)\s[^>]*\bhidden=\"(?:1|true)\"[^>]*")
_HIDDEN_ROWS = re.compile(rb"<(?:\w+:)?sheetFormatPr\s[^>]*\bzeroHeight=\"(?:1|true)\"")
_BOUND = re.compile(rb"\b(min|max)=\"(\d{1,6})\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\s[^>]*/>)<(?:\w+:)?v>[^<]")
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^>]*\bt=\"e\"")
_LAST_ROW = re.compile(rb"row\s[^>]*\br=\"(\d{1,7})\"")
_FAR_COLUMN = re.compile(rb" r=\"([A-Z]{2,3})\d")
_EDGE = re.compile(rb"<(?:odd|even|first)(Header|Footer)>([^<]*)")
# `&L`, `&C`, `&R` begin the parts of a page header; the others say how it looks, or stand for a number or a name.
_PART = re.compile(r"&[LCR]")
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d{1,3}|[A-Za-z])')
Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(slots=True)
class SheetFacts:
    """What the XML of a sheet of XLSX tells: whether it has formulas, some with values, and errors, how many rows are
    hidden and which columns (from 1), its page headers and footers (kind, words), and how far its cells reach."""

    formulas: bool = False
    valued: bool = False
    errors: bool = False
    hidden_rows: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    hides_rows: bool = False
    edges: list[tuple[str, str]] = field(default_factory=list)
    cells: int = 0
    rows: int = 1
    columns: int = 26

    @property
    def sparse(self) -> bool:
        """Whether a grid of all its cells would be of empty ones, and large."""
        area = self.rows * self.columns
        return area > _LARGE and area > _SPARSE * self.cells

    def hidden(self, width: int) -> str:
        """What is hidden, in words, of a sheet that is so many columns wide."""
        columns = sum(max(0, min(last, width) - first + 1) for first, last in self.hidden_columns)
        parts = [(self.hidden_rows, "row"), (columns, "column")]
        found = [f"{number:,} hidden {name}{'s' * (number > 1)}" for number, name in parts if number]
        return " and ".join([*found, *(["rows that are hidden unless they say otherwise"] if self.hides_rows else [])])


@dataclass(slots=True)
class OdsParts:
    """The merged cells of a sheet of ODS, and its comments: (row and column from 0, words)."""

    merged: list[Range] = field(default_factory=list)
    comments: list[tuple[tuple[int, int], str]] = field(default_factory=list)


def column_name(at: int) -> str:
    """The letters of a column (from 0)."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_number(letters: bytes) -> int:
    """The number of a column (from 1)."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def facts_of(archive: zipfile.ZipFile, name: str) -> SheetFacts:
    """Look through the XML of a sheet."""
    facts, rest = SheetFacts(), b""
    with archive.open(name) as part:
        while piece := part.read(_CHUNK):
            data = rest + piece
            # What a tag begins is looked at with what ends it.
            cut = data.rfind(b"<")
            _look(data[:cut], facts)
            rest = data[cut:]
    _look(rest, facts)
    return facts


def _look(data: bytes, facts: SheetFacts) -> None:
    facts.formulas = facts.formulas or _FORMULA.search(data) is not None
    facts.valued = facts.valued or (facts.formulas and _VALUED.search(data) is not None)
    facts.errors = facts.errors or (b't="e"' in data and _ERROR.search(data) is not None)
    facts.hides_rows = facts.hides_rows or _HIDDEN_ROWS.search(data) is not None
    for match in _HIDDEN.finditer(data) if b"hidden=" in data else ():
        if match[1] == b"row":
            facts.hidden_rows += 1
        else:
            bounds = {name: int(number) for name, number in _BOUND.findall(match[0])}
            facts.hidden_columns.append((bounds.get(b"min", 1), bounds.get(b"max", bounds.get(b"min", 1))))
    facts.cells += data.count(b"<c ") + data.count(b":c ")
    if (last := _LAST_ROW.match(data, max(0, data.rfind(b"row ")))) is not None:
        facts.rows = max(facts.rows, int(last[1]))
    facts.columns = max([facts.columns, *map(column_number, set(_FAR_COLUMN.findall(data)))])
    for match in _EDGE.finditer(data) if b"Header>" in data or b"Footer>" in data else ():
        code = html.unescape(match[2].decode("utf-8", "replace"))
        for words in _PART.split(code):
            if words := " ".join(_CODE.sub(" ", words).split()):
                facts.edges.append((match[1].decode().lower(), words))


def ods_parts(archive: zipfile.ZipFile | None) -> dict[int, OdsParts]:
    """What stands beside the cells of ODS, by the numbers of the sheets (from 0)."""
    if archive is None or "content.xml" not in archive.namelist() or "xl/workbook.xml" in archive.namelist():
        return {}
    data = archive.read("content.xml")
    if b"rows-spanned" not in data and b"annotation" not in data:
        return {}
    content = xml(archive, "content.xml")
    return {number: _of_sheet(table) for number, table in enumerate(content.iter(f"{_TABLE}table"))}


def _of_sheet(table: Any) -> OdsParts:
    parts = OdsParts()
    row = 0
    for line in table.iter(f"{_TABLE}table-row"):
        column = 0
        for cell in line:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            lines, wide = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            if lines > 1 and wide == 1:
                parts.merged.append(((row, column), (row + lines - 1, column)))
            for note in cell.iter(f"{_OFFICE}annotation"):
                if words := " ".join(" ".join("".join(one.itertext()) for one in note.iter(f"{_TEXT}p")).split()):
                    parts.comments.append(((row, column), words))
            column += _number(cell, "number-columns-repeated")
        row += _number(line, "number-rows-repeated")
    return parts


def _number(node: Any, name: str) -> int:
    value = str(node.get(f"{_TABLE}{name}") or "1")
    return min(int(value), _MOST_CELLS) if value.isdigit() and len(value) < 9 else 1
