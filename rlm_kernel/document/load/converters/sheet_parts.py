"""What stands in a spreadsheet beside the values of its cells: merged cells, comments, hidden rows, page headers."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from .number_forms import NumberForm
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
_MOST_REPEATED = 10_000
_ODS_ERROR = re.compile(r"#[A-Z]|Err:\d")
_DURATION = re.compile(r"(-?)PT(\d+)H(\d\d)M(\d\d(?:\.\d+)?)S")
_XLS_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
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
    """The merged cells of a sheet of ODS or XLS, its comments: (row and column from 0, words), what stands in the
    place of values (`texts`), the currencies of numbers, formulas without values and hidden rows and columns."""

    merged: list[Range] = field(default_factory=list)
    comments: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    units: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: int = 0
    hidden: int = 0


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
    content = xml(archive, "content.xml")
    return {number: _of_sheet(table) for number, table in enumerate(content.iter(f"{_TABLE}table"))}


def _of_sheet(table: Any) -> OdsParts:
    parts = OdsParts()
    row = 0
    for line in table.iter(f"{_TABLE}table-column", f"{_TABLE}table-row"):
        down = _number(line, f"number-{'rows' if line.tag.endswith('row') else 'columns'}-repeated")
        away = any(node.get(f"{_TABLE}display") == "false" for node in line.iterancestors() if "group" in str(node.tag))
        if (away or line.get(f"{_TABLE}visibility") in ("collapse", "filter")) and down < _MOST_REPEATED:
            parts.hidden += down
        if not line.tag.endswith("row"):
            continue
        column = 0
        for cell in line:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            across = _number(cell, "number-columns-repeated")
            if (lines := _number(cell, "number-rows-spanned")) > 1:
                wide = _number(cell, "number-columns-spanned")
                parts.merged.append(((row, column), (row + lines - 1, column + wide - 1)))
            for note in cell.iter(f"{_OFFICE}annotation"):
                if words := " ".join(" ".join("".join(one.itertext()) for one in note.iter(f"{_TEXT}p")).split()):
                    parts.comments.append(((row, column), words))
            if len(cell) or cell.get(f"{_TABLE}formula"):
                places = product(range(row, row + down), range(column, column + across))
                _of_cell(cell, list(islice(places, _MOST_REPEATED)), parts)
            column += across
        row += down
    return parts


def _of_cell(cell: Any, places: list[tuple[int, int]], parts: OdsParts) -> None:
    """What a cell of ODS shows that its value does not tell."""
    kind, formula = cell.get(f"{_OFFICE}value-type"), cell.get(f"{_TABLE}formula")
    shown = "\n".join(_characters(one) for one in cell.findall(f"{_TEXT}p"))
    text = None
    if formula and _ODS_ERROR.match(shown):
        text = shown
    elif formula and kind is None and not shown:
        words = re.sub(r"\[\$?\.?([^\]]*)\]", r"\1", formula[formula.find("=") :]).replace(":.", ":")
        text = f"[formula: {words}]"
        parts.formulas += len(places)
    elif kind == "percentage":
        text = NumberForm(percent=True).text(cell.get(f"{_OFFICE}value") or "", from_1904=False)
    elif kind == "time" and (match := _DURATION.fullmatch(cell.get(f"{_OFFICE}time-value") or "")):
        text = f"{match[1]}{int(match[2]):02d}:{match[3]}:{match[4]}"
    elif kind == "string" and cell.find(f".//{_TEXT}tab") is not None:
        text = shown
    for place in places:
        if text is not None:
            parts.texts[place] = text
        if kind == "currency" and (currency := cell.get(f"{_OFFICE}currency")):
            parts.units[place] = currency


def _characters(node: Any) -> str:
    """The characters of a paragraph, its tabs and spaces among them."""
    made = node.text or ""
    for child in node:
        tag = str(child.tag).removeprefix(_TEXT)
        made += " " if tag in ("tab", "s", "line-break") else "" if tag.endswith("annotation") else _characters(child)
        made += child.tail or ""
    return made


def xls_parts(data: bytes) -> dict[int, OdsParts]:
    """The errors, the formulas and the hidden rows and columns of XLS, by the numbers of its sheets (from 0)."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        name = next((one for one in ("Workbook", "Book") if ole.exists(one)), None)
        stream = ole.openstream(name).read() if name else b""
    starts = [int.from_bytes(body[:4], "little") for kind, body in _records(stream, 0) if kind == 0x85]
    return {number: of_substream(stream, start) for number, start in enumerate(starts)}


def of_substream(stream: bytes, start: int) -> OdsParts:
    """What the records of a sheet of XLS tell, which begin at `start`."""
    parts = OdsParts()
    for kind, body in _records(stream, start):
        if kind in (0x0006, 0x0205) and len(body) >= 8:
            at = (int.from_bytes(body[:2], "little"), int.from_bytes(body[2:4], "little"))
            if kind == 0x0205 and body[7]:
                parts.texts[at] = _XLS_ERRORS.get(body[6], "#VALUE!")
            elif kind == 0x0006 and body[12:14] == b"\xff\xff" and body[6] == 2:
                parts.texts[at] = _XLS_ERRORS.get(body[8], "#VALUE!")
        elif kind == 0x0208 and len(body) >= 13:
            parts.hidden += bool(body[12] & 0x20)
        elif kind == 0x007D and len(body) >= 10 and body[8] & 1:
            first, last = (int.from_bytes(body[at : at + 2], "little") for at in (0, 2))
            parts.hidden += last - first + 1 if last - first < 255 else 0
    return parts


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of a stream, to its end."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = (int.from_bytes(stream[at + i : at + i + 2], "little") for i in (0, 2))
        yield kind, stream[at + 4 : at + 4 + size]
        # Charts in a sheet have a beginning and an end of their own.
        depth += (kind in (0x0009, 0x0209, 0x0409, 0x0809)) - (kind == 0x000A)
        if not depth:
            return
        at += 4 + size


def _number(node: Any, name: str) -> int:
    value = str(node.get(f"{_TABLE}{name}") or "1")
    return min(int(value), _MOST_CELLS) if value.isdigit() and len(value) < 9 else 1
