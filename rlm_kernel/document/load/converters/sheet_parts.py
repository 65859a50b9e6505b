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
_HIDDEN = re.compile(rb"<(?:row|col)\s[^>]*\bhidden=\"(?:1|true)\"")
_ERROR = re.compile(rb"<c\s[^>]*\bt=\"e\"")
_EDGE = re.compile(rb"<(?:odd|even|first)(Header|Footer)>([^<]*)")
# `&L`, `&C`, `&R` begin the parts of a page header; the others say how it looks, or stand for a number or a name.
_PART = re.compile(r"&[LCR]")
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d{1,3}|[A-Za-z])')
Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(slots=True)
class SheetFacts:
    """What the XML of a sheet of XLSX tells: whether it has formulas and errors, how many rows and columns are hidden,
    its page headers and footers (kind, words)."""

    formulas: bool = False
    errors: bool = False
    hidden: int = 0
    edges: list[tuple[str, str]] = field(default_factory=list)


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
    facts.formulas = facts.formulas or b"<f>" in data or b"<f " in data
    facts.errors = facts.errors or (b't="e"' in data and _ERROR.search(data) is not None)
    facts.hidden += sum(1 for _ in _HIDDEN.finditer(data)) if b"hidden=" in data else 0
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
