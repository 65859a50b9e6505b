"""Office documents that are one XML file: OpenDocument (FODT, FODS, FODP) and the spreadsheets of Excel 2003."""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO, Any

from .ooxml import open_office, xml
from .sheet_blocks import Grid, write_sheet
from .sink import Sink, UnreadableFile

_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_WIDEST, _LONGEST = 16_384, 1 << 20


def open_document(file: IO[bytes], sink: Sink) -> None:
    """A flat OpenDocument file. See `sink.Sink`."""
    data = file.read()
    kind = re.search(rb"<office:(spreadsheet|presentation|text)[\s>]", data)
    packed = _packed({"content.xml": data, "styles.xml": data, "META-INF/manifest.xml": b"<manifest/>"}, kind)
    if kind is not None and kind[1] == b"spreadsheet":
        from .sheets import convert as sheets

        sink.format = "FODS"
        sheets(packed, sink)
    else:
        from .opendocument import convert as texts

        texts(packed, sink)


def _packed(members: dict[str, bytes], kind: re.Match[bytes] | None) -> IO[bytes]:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        name = kind[1].decode() if kind is not None else "text"
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{name}")
        for member, data in members.items():
            archive.writestr(member, data)
    made.seek(0)
    return made


def spreadsheet(file: IO[bytes], sink: Sink) -> None:
    """A workbook of Excel 2003 in XML. See `sink.Sink`."""
    book = xml(open_office(_packed({"book.xml": file.read()}, None)), "book.xml")
    if book is None or book.tag != f"{_SHEET}Workbook":
        raise UnreadableFile("it is no workbook")
    for sheet in book.iter(f"{_SHEET}Worksheet"):
        name = str(sheet.get(f"{_SHEET}Name") or "")
        sink.place(f"sheet {name!r}")
        sink.write(f"## Sheet: {name}\n\n")
        rows, numbers = _rows(sheet)
        width = max(map(len, rows), default=0)
        write_sheet(sink, f"sheet {name!r}", Grid(rows, numbers, list(range(width)), {}))
        sink.write("\n")


def _rows(sheet: Any) -> tuple[list[list[str]], list[int]]:
    """The rows of a sheet that has cells, and their numbers (from 1); a cell that spans rows stands in each of them."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    below: dict[int, tuple[int, str]] = {}
    number = 0
    for line in sheet.iter(f"{_SHEET}Row"):
        number = _index(line, "Index", number + 1, _LONGEST)
        cells: dict[int, str] = {at: text for at, (last, text) in below.items() if number <= last}
        column = 0
        for cell in line.iter(f"{_SHEET}Cell"):
            while cell.get(f"{_SHEET}Index") is None and below.get(column, (0, ""))[0] >= number:
                column += 1
            column = _index(cell, "Index", column + 1, _WIDEST) - 1
            cells[column] = text = _value(cell.find(f"{_SHEET}Data"))
            if (down := _index(cell, "MergeDown", 0, _LONGEST)) > 0:
                below[column] = (number + down, text)
            column += 1 + _index(cell, "MergeAcross", 0, _WIDEST)
        rows.append([cells.get(at, "") for at in range(max(cells, default=-1) + 1)])
        numbers.append(number)
        number += _index(line, "Span", 0, _LONGEST)
    return rows, numbers


def _index(node: Any, name: str, default: int, most: int) -> int:
    said = str(node.get(f"{_SHEET}{name}") or "")
    return min(int(said), most) if said.isdigit() and len(said) < 9 else default


def _value(data: Any) -> str:
    if data is None:
        return ""
    words, kind = "".join(data.itertext()), data.get(f"{_SHEET}Type")
    if kind == "DateTime":
        return re.sub(r"T00:00:00(?:\.0+)?$|\.0+$", "", words)
    return {"1": "True", "0": "False"}.get(words, words) if kind == "Boolean" else words
