"""Spreadsheets (XLSX, XLS, XLSB, ODS), by calamine; errors, formulas, comments and texts beside the values."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from .ooxml import named, open_office, open_zip, optional, paragraphs, resolved, write_chart, xml
from .sheet_blocks import Grid, write_sheet
from .sheet_cells import Cells, SheetCells, closed_up
from .sheet_parts import OdsParts, SheetFacts, column_name, facts_of, ods_parts, xls_parts
from .sink import Sink, UnreadableFile

_STRICT = b"http://purl.oclc.org/ooxml/"
_MOST_MERGED = 100_000
_MOST_SHOWN = 3
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


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
    parts = _Parts(archive, sink)
    # A grid holds each of its empty cells as well: a cell in the last row and one in the last column fill the memory.
    far: dict[str, tuple[list[int], list[int]]] = {name: ([], []) for name, one in parts.facts.items() if one.sparse}
    if archive is not None and far:
        data = closed_up(archive, far)
    try:
        book = load_workbook(io.BytesIO(data))
    except PasswordError:
        raise UnreadableFile("it is protected with a password: save it without one") from None
    except CalamineError as error:
        raise UnreadableFile(
            f"it is damaged, or not what it says it is ({' '.join(str(error).split())[:200]})"
        ) from None
    spans = ods_parts(archive) if archive is not None else xls_parts(data)
    formulas = 0
    for number, about in enumerate(book.sheets_metadata):
        hidden = "" if str(about.visible).rsplit(".", 1)[-1].lower() == "visible" else " (hidden)"
        sink.place(f"sheet {about.name!r}{hidden}")
        sink.write(f"## Sheet: {about.name}{hidden}\n\n")
        of_sheet = spans.get(number, OdsParts())
        try:
            sheet = book.get_sheet_by_index(number)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
            _spread(rows, [*(sheet.merged_cell_ranges or ()), *of_sheet.merged])
        except CalamineError:
            # A sheet that is a chart, or a macro, has no cells.
            rows, of_sheet = [], OdsParts()
        if used := far.get(parts.name(number)):
            sink.remark(f"sheet {about.name!r} has cells far apart: the empty rows and columns between are left out")
        told = parts.cells(number)
        told.texts |= of_sheet.texts
        told.units |= of_sheet.units
        formulas += told.formulas + of_sheet.formulas
        if of_sheet.hidden:
            what = "rows or columns" if of_sheet.hidden > 1 else "row or column"
            sink.remark(f"sheet {about.name!r} has {of_sheet.hidden:,} hidden {what}, read like the others")
        where = f"sheet {about.name!r}{hidden}"
        write_sheet(sink, where, _grid(rows, told, used))
        _tell(sink, about.name, told)
        for cell, words in of_sheet.comments:
            sink.place(f"sheet {about.name!r}, {column_name(cell[1])}{cell[0] + 1}")
            sink.write(f"[comment at {column_name(cell[1])}{cell[0] + 1}: {words}]\n")
        parts.write(number, sink, about.name, max(map(len, rows), default=0))
        sink.write("\n")
    if formulas:
        what = "cells hold formulas whose values" if formulas > 1 else "cell holds a formula whose value"
        sink.remark(f"{formulas:,} {what} the file does not have: open and save it in a spreadsheet program first")
    if not parts.facts and (archive is None or "content.xml" not in archive.namelist()):
        gone = "formulas without a value" if archive is None else "errors and formulas without a value"
        sink.remark(
            f"percent signs, units and leading zeros of its numbers are not read, nor are {gone}: save it as XLSX"
        )
    if archive is not None and named(archive, r"xl/media/.*"):
        sink.remark("pictures in it are left out")


def _tell(sink: Sink, name: str, told: SheetCells) -> None:
    """Say what of the numbers of a sheet is shown in it, and is not in the text."""
    if told.struck:
        cells = f"{told.struck:,} cell{'s' * (told.struck > 1)}"
        sink.remark(f"sheet {name!r} has {cells} struck through, read like the others")
    for words, value in list(told.shown.items())[:_MOST_SHOWN]:
        sink.remark(f"sheet {name!r} shows some numbers, such as {value}, with {words!r}: only the numbers are read")


def _grid(rows: list[list[Any]], told: SheetCells, used: tuple[list[int], list[int]] | None) -> Grid:
    """The cells as texts, with what their XML tells."""
    made = [[_cell(value) for value in row] for row in rows]
    numbers, columns = used or (range(len(made)), range(max(map(len, made), default=0)))
    new_rows, new_columns = ({old: new for new, old in enumerate(each)} for each in used) if used else (None, None)

    def place(at: tuple[int, int]) -> tuple[int, int]:
        return (new_rows[at[0]], new_columns[at[1]]) if new_rows is not None and new_columns is not None else at

    for at, text in told.texts.items():
        row, column = place(at)
        made += [[] for _ in range(row + 1 - len(made))]
        made[row] += [""] * (column + 1 - len(made[row]))
        made[row][column] = text
    if not used:
        numbers, columns = range(len(made)), range(max(map(len, made), default=0))
    units = {place(at): unit for at, unit in told.units.items()}
    return Grid(made, [number + 1 for number in numbers], list(columns), units)


def _spread(rows: list[list[Any]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Write the value of a cell that spans several rows into each of them, once a row: where the row has others."""
    for (top, left), (bottom, right) in merged[:_MOST_MERGED]:
        if top >= len(rows) or left >= len(rows[top]) or rows[top][left] in ("", None):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] in ("", None) and (left == right or any(cell != "" for cell in row)):
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


class _Parts:
    """What hangs on the sheets of an XLSX workbook: comments, text boxes, charts."""

    def __init__(self, archive: zipfile.ZipFile | None, sink: Sink) -> None:
        self._archive = archive
        self._sink = sink
        self._sheets: list[str] = []
        self._cells: Cells | None = None
        self.facts: dict[str, SheetFacts] = {}
        book = xml(archive, "xl/workbook.xml") if archive is not None else None
        if archive is None or book is None:
            return
        targets = _relations(archive, "xl/workbook.xml", sink)
        for sheet in (node for node in book.iter() if isinstance(node.tag, str) and node.tag.endswith("}sheet")):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            self._sheets.append(targets.get(key, ("", ""))[1])
        self.facts = {name: facts_of(archive, name) for name in archive.namelist() if _SHEET.fullmatch(name)}
        self._cells = Cells(archive, sink, valued=any(one.valued for one in self.facts.values()))

    def name(self, number: int) -> str:
        """The name of the part that a sheet (from 0) is."""
        return self._sheets[number] if number < len(self._sheets) else ""

    def cells(self, number: int) -> SheetCells:
        """What the XML of a sheet (from 0) tells of its cells."""
        facts = self.facts.get(self.name(number))
        if facts is None or self._cells is None or not self._cells.needed(formulas=facts.formulas, errors=facts.errors):
            return SheetCells()
        return self._cells.of(self.name(number))

    def write(self, number: int, sink: Sink, name: str, width: int) -> None:
        """Add what hangs on a sheet (from 0) that is so many columns wide."""
        archive = self._archive
        if archive is None or number >= len(self._sheets):
            return
        facts = self.facts.get(self._sheets[number], SheetFacts())
        for kind, words in facts.edges:
            sink.write(f"[page {kind}: {words}]\n")
        if hidden := facts.hidden(width):
            sink.remark(f"sheet {name!r} has {hidden}, read like the others")
        for kind, target in _relations(archive, self._sheets[number], sink).values():
            if kind in ("comments", "threadedComment"):
                for cell, words in _comments(optional(archive, target, sink)):
                    sink.place(f"sheet {name!r}, {cell}")
                    sink.write(f"[comment at {cell}: {words}]\n")
            elif kind == "drawing":
                self._drawing(archive, target, sink, name)

    def _drawing(self, archive: zipfile.ZipFile, target: str, sink: Sink, name: str) -> None:
        root = optional(archive, target, sink)
        if root is None:
            return
        sink.place(f"sheet {name!r}")
        for words in paragraphs(root):
            sink.write(f"[text box: {' '.join(words.split())}]\n")
        for kind, chart in _relations(archive, target, sink).values():
            if kind == "chart" and (found := optional(archive, chart, sink)) is not None:
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


def _relations(archive: zipfile.ZipFile, part: str, sink: Sink) -> dict[str, tuple[str, str]]:
    """The relations of a part by their ids: (kind, name of the other part)."""
    folder, _, file = part.rpartition("/")
    root = optional(archive, f"{folder}/_rels/{file}.rels", sink)
    if root is None:
        return {}
    return {
        str(one.get("Id")): (
            str(one.get("Type")).rsplit("/", 1)[-1],
            resolved(folder, str(one.get("Target"))),
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
