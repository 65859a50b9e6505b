"""Spreadsheets (XLSX, XLS, XLSB, ODS), by calamine; formulas that nobody computed, by openpyxl; comments and texts."""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from ...places import NUMBER
from .ooxml import named, open_office, open_zip, paragraphs, write_chart, xml
from .sheet_parts import OdsParts, SheetFacts, column_name, facts_of, ods_parts
from .sink import Sink, UnreadableFile
from .tables import cell_text, is_number

_STRICT = b"http://purl.oclc.org/ooxml/"
_WIDEST = 16_384
_MOST_MERGED = 100_000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_ERRORS = frozenset(("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"))


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    data = file.read()
    archive: zipfile.ZipFile | None = None
    if data.startswith(b"PK"):
        archive = open_office(io.BytesIO(data))
    if archive is not None and _is_strict(archive):
        data = _transitional(archive)
        archive = open_zip(io.BytesIO(data))
    try:
        book = load_workbook(io.BytesIO(data))
    except PasswordError:
        raise UnreadableFile("it is protected with a password: save it without one") from None
    except CalamineError as error:
        raise UnreadableFile(
            f"it is damaged, or not what it says it is ({' '.join(str(error).split())[:200]})"
        ) from None
    parts = _Parts(archive)
    formulas = _Formulas(archive, data, parts.facts)
    spans = ods_parts(archive)
    for number, about in enumerate(book.sheets_metadata):
        hidden = "" if str(about.visible).rsplit(".", 1)[-1].lower() == "visible" else " (hidden)"
        sink.place(f"sheet {about.name!r}{hidden}")
        sink.write(f"## Sheet: {about.name}{hidden}\n\n")
        try:
            sheet = book.get_sheet_by_index(number)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
            of_sheet = spans.get(number, OdsParts())
            _spread(rows, [*(sheet.merged_cell_ranges or ()), *of_sheet.merged])
        except CalamineError:
            # A sheet that is a chart, or a macro, has no cells.
            rows, of_sheet = [], OdsParts()
        filled = formulas.fill(about.name, rows)
        _write(sink, f"sheet {about.name!r}{hidden}", [[_cell(value) for value in row] for row in filled])
        for cell, words in of_sheet.comments:
            sink.place(f"sheet {about.name!r}, {column_name(cell[1])}{cell[0] + 1}")
            sink.write(f"[comment at {column_name(cell[1])}{cell[0] + 1}: {words}]\n")
        parts.write(number, sink, about.name)
        sink.write("\n")
    if archive is not None and named(archive, r"xl/media/.*"):
        sink.remark("pictures in it are left out")


def _write(sink: Sink, where: str, rows: list[list[str]]) -> None:
    """The rows as Markdown tables: a new one where an empty row and another head come, titles as lines of their own."""
    block: list[tuple[int, list[str]]] = []
    gap = False
    for number, row in enumerate(rows, 1):
        if not any(row):
            gap = True
            continue
        if block and gap and _is_head(row) and len(block) > 1:
            _block(sink, where, block)
            block = []
        block.append((number, row))
        gap = False
    _block(sink, where, block)


def _is_head(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if cell]
    return not any(is_number(cell) or cell in ("True", "False") or cell.startswith("=") for cell in cells)


def _block(sink: Sink, where: str, rows: list[tuple[int, list[str]]]) -> None:
    rest = list(rows)
    while len(rest) > 1 and sum(map(bool, rest[0][1])) == 1 and sum(map(bool, rest[1][1])) > 1:
        number, row = rest.pop(0)
        at = next(at for at, cell in enumerate(row) if cell)
        sink.place(f"{where}, {column_name(at)}{NUMBER}", number)
        sink.write(f"{cell_text(row[at])}\n")
    if len(rest) < len(rows):
        sink.write("\n")
    if not rest:
        return
    used = [at for _, row in rest for at, cell in enumerate(row) if cell]
    first, width = min(used), max(used) + 1
    label = f"{where}, {column_name(first)}{NUMBER}:{column_name(width - 1)}{NUMBER}"
    for at, (number, row) in enumerate(rest):
        cells = [cell_text(cell) for cell in row[first:width]]
        cells += [""] * (width - first - len(cells))
        sink.place(label, number)
        sink.write(f"| {' | '.join(cells)} |\n")
        if not at:
            sink.write(f"|{' --- |' * len(cells)}\n")
    sink.write("\n")


def _spread(rows: list[list[Any]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Write the value of a cell that spans several rows of one column into each of them."""
    for (top, left), (bottom, right) in merged[:_MOST_MERGED]:
        if left != right or top >= len(rows) or left >= len(rows[top]) or rows[top][left] in ("", None):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] in ("", None):
                row[left] = rows[top][left]


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e17 else repr(value)
    if isinstance(value, datetime.timedelta):
        seconds = int(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        rest = f":{seconds % 60:02d}" if seconds % 60 else ""
        return f"{sign}{seconds // 3600}:{seconds % 3600 // 60:02d}{rest}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")  # a date is kept as its midnight
    return str(value)


class _Formulas:
    """What calamine does not give: formulas that no spreadsheet has computed, and errors such as `#N/A`."""

    def __init__(self, archive: zipfile.ZipFile | None, data: bytes, facts: dict[str, SheetFacts]) -> None:
        self._book: Any = None
        if archive is not None and any(each.formulas or each.errors for each in facts.values()):
            from openpyxl import load_workbook

            self._book = load_workbook(io.BytesIO(data), read_only=True)

    def fill(self, name: str, rows: list[list[Any]]) -> list[list[Any]]:
        """The rows, with the formula where a cell has one and no value, or the error that it holds."""
        if self._book is None or name not in self._book.sheetnames:
            return rows
        sheet = self._book[name]
        if not hasattr(sheet, "reset_dimensions"):
            return rows
        # A sheet may claim to be a million columns wide.
        sheet.reset_dimensions()
        made = [list(row) for row in rows]
        for number, cells in enumerate(sheet.iter_rows(values_only=True)):
            for at, value in enumerate(cells[:_WIDEST]):
                if not (isinstance(value, str) and (value.startswith("=") or value in _ERRORS)):
                    continue
                while len(made) <= number:
                    made.append([])
                row = made[number]
                row += [""] * (at + 1 - len(row))
                if row[at] in ("", None):
                    row[at] = value
        return made


class _Parts:
    """What hangs on the sheets of an XLSX workbook: comments, text boxes, charts."""

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        self._archive = archive
        self._sheets: list[str] = []
        self.facts: dict[str, SheetFacts] = {}
        book = xml(archive, "xl/workbook.xml") if archive is not None else None
        if archive is None or book is None:
            return
        targets = _relations(archive, "xl/workbook.xml")
        for sheet in (node for node in book.iter() if isinstance(node.tag, str) and node.tag.endswith("}sheet")):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            self._sheets.append(targets.get(key, ("", ""))[1])
        self.facts = {name: facts_of(archive, name) for name in archive.namelist() if _SHEET.fullmatch(name)}

    def write(self, number: int, sink: Sink, name: str) -> None:
        """Add what hangs on a sheet (from 0)."""
        archive = self._archive
        if archive is None or number >= len(self._sheets):
            return
        facts = self.facts.get(self._sheets[number], SheetFacts())
        for kind, words in facts.edges:
            sink.write(f"[page {kind}: {words}]\n")
        if facts.hidden:
            sink.remark(f"sheet {name!r} has {facts.hidden:,} hidden rows or columns, which are read like the others")
        for kind, target in _relations(archive, self._sheets[number]).values():
            if kind in ("comments", "threadedComment"):
                for cell, words in _comments(xml(archive, target)):
                    sink.place(f"sheet {name!r}, {cell}")
                    sink.write(f"[comment at {cell}: {words}]\n")
            elif kind == "drawing":
                self._drawing(archive, target, sink, name)

    def _drawing(self, archive: zipfile.ZipFile, target: str, sink: Sink, name: str) -> None:
        root = xml(archive, target)
        if root is None:
            return
        sink.place(f"sheet {name!r}")
        for words in paragraphs(root):
            sink.write(f"[text box: {' '.join(words.split())}]\n")
        for kind, chart in _relations(archive, target).values():
            if kind == "chart" and (found := xml(archive, chart)) is not None:
                write_chart(found, sink)


def _comments(root: Any) -> Iterator[tuple[str, str]]:
    if root is None:
        return
    for node in root.iter():
        if (
            isinstance(node.tag, str)
            and node.get("ref")
            and node.tag.rsplit("}", 1)[-1] in ("comment", "threadedComment")
        ):
            texts = (one.text or "" for one in node.iter() if str(one.tag).rsplit("}", 1)[-1] in ("t", "text"))
            words = " ".join("".join(texts).split())
            if words and not words.startswith("[Threaded comment]"):
                yield str(node.get("ref")), words


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """The relations of a part by their ids: (kind, name of the other part)."""
    folder, _, file = part.rpartition("/")
    root = xml(archive, f"{folder}/_rels/{file}.rels")
    if root is None:
        return {}
    return {
        str(one.get("Id")): (
            str(one.get("Type")).rsplit("/", 1)[-1],
            posixpath.normpath(posixpath.join("/", folder, str(one.get("Target"))))[1:],
        )
        for one in root
        if isinstance(one.tag, str) and one.get("TargetMode") != "External"
    }


def _is_strict(archive: zipfile.ZipFile) -> bool:
    try:
        return _STRICT in archive.read("xl/workbook.xml")[:4096]
    except KeyError:
        return False


def _transitional(archive: zipfile.ZipFile) -> bytes:
    """A strict workbook under the names of the usual one."""
    names = {
        b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        ),
        b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
        b"http://purl.oclc.org/ooxml/drawingml/chart": b"http://schemas.openxmlformats.org/drawingml/2006/chart",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as other:
        for member in archive.infolist():
            data = archive.read(member)
            if member.filename.endswith((".xml", ".rels")):
                for strict, usual in names.items():
                    data = data.replace(strict, usual)
            other.writestr(member.filename, data)
    return made.getvalue()
