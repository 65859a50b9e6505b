"""What the XML of an XLSX workbook tells of its cells beside their values: errors, formulas that nobody computed, how
numbers are shown, raised and struck characters, and cells that stand far from all others."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .number_forms import NumberForm, form_of
from .ooxml import optional
from .sink import Sink
from .tables import raised

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_C, _ROW, _F, _V, _R, _T = (f"{_MAIN}{name}" for name in ("c", "row", "f", "v", "r", "t"))
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_COLUMNS = 16_384
At = tuple[int, int]


@dataclass(slots=True)
class SheetCells:
    """By row and column from 0: `texts` that stand in the place of values, and `units` that are shown beside them.
    `formulas` and `struck` count cells; `shown` are words of formats that stand nowhere else."""

    texts: dict[At, str] = field(default_factory=dict)
    units: dict[At, str] = field(default_factory=dict)
    formulas: int = 0
    struck: int = 0
    shown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell is shown: the form of its number, and whether it is struck through."""

    form: NumberForm
    struck: bool = False


def at_of(reference: str) -> At | None:
    """Row and column, from 0, of `C12`."""
    match = _CELL.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


class Cells:
    """Reads the sheets of one workbook. `valued`: whether some formula in it has a value; `recalculated`: its program
    left all values to the next one, so that a 0 may be none."""

    def __init__(self, archive: zipfile.ZipFile, sink: Sink, *, valued: bool) -> None:
        self._archive = archive
        self._valued = valued
        book = optional(archive, "xl/workbook.xml", sink)
        settings = list(book.iter(f"{_MAIN}calcPr", f"{_MAIN}workbookPr")) if book is not None else []
        self._recalculated = any(node.get("fullCalcOnLoad") in ("1", "true") for node in settings)
        self._from_1904 = any(node.get("date1904") in ("1", "true") for node in settings)
        self._styles = list(_styles(optional(archive, "xl/styles.xml", sink)))
        self._rich = dict(_rich(archive))

    def needed(self, *, formulas: bool, errors: bool) -> bool:
        """Whether there is anything to look for in the cells of a sheet with these."""
        return formulas or errors or bool(self._rich) or any(one != _PLAIN for one in self._styles)

    def of(self, part: str) -> SheetCells:
        """What the cells of a sheet tell."""
        found = SheetCells()
        shared: dict[str, tuple[str, str]] = {}
        with self._archive.open(part) as file:
            for at, cell in _cells(file):
                number = cell.get("s") or "0"
                style = self._styles[int(number)] if number.isdigit() and int(number) < len(self._styles) else _PLAIN
                value = cell.findtext(_V) or ""
                text = self._text(at, cell, style, value, shared, found)
                if text is not None:
                    found.texts[at] = text
                if style.struck and (value or cell.get("t") == "inlineStr"):
                    found.struck += 1
        return found

    def _text(
        self, at: At, cell: Any, style: Style, value: str, shared: dict[str, tuple[str, str]], found: SheetCells
    ) -> str | None:
        kind = cell.get("t") or "n"
        if kind == "e":
            return value or "#VALUE!"
        formula = cell.find(_F)
        if formula is not None:
            words = _formula(formula, at, shared)
            if self._is_missing(cell, kind, value):
                found.formulas += 1
                return f"[formula: {words}]"
        if kind == "s":
            return self._rich.get(value)
        if kind == "inlineStr":
            return _run_text(cell) if cell.find(f".//{_R}") is not None else None
        if kind != "n" or not value:
            return None
        if style.form.unit:
            found.units[at] = style.form.unit
        if style.form.words:
            found.shown.setdefault(style.form.words, value)
        return style.form.text(value, from_1904=self._from_1904)

    def _is_missing(self, cell: Any, kind: str, value: str) -> bool:
        if kind not in ("n", "str"):
            return not value
        if value:
            return self._recalculated and kind == "n" and float(value) == 0
        # An empty string is a value; most programs say of it that it is one.
        return cell.find(_V) is None or (kind == "n" and not self._valued)


def _cells(file: Any) -> Iterator[tuple[At, Any]]:
    from lxml import etree

    row, column = -1, -1
    # Of a row without a number it is the next one, and so is a cell.
    for event, node in etree.iterparse(
        file, events=("start", "end"), tag=(_C, _ROW), resolve_entities=False, no_network=True
    ):
        if event == "start":
            if node.tag == _ROW:
                said = node.get("r") or ""
                row, column = (int(said) - 1 if said.isdigit() else row + 1), -1
        elif node.tag == _C:
            at = at_of(node.get("r") or "") or (row, column + 1)
            column = at[1]
            if column < _COLUMNS:
                yield at, node
        else:
            node.clear()
            while node.getprevious() is not None:
                del node.getparent()[0]


def _formula(node: Any, at: At, shared: dict[str, tuple[str, str]]) -> str:
    """The words of a formula; one that is shared stands in the first of its cells."""
    words, key = f"={node.text or ''}", node.get("si") or ""
    here = _name(at)
    if node.get("t") != "shared":
        return words
    if node.text:
        shared[key] = (words, here)
        return words
    first, origin = shared.get(key, ("=?", here))
    from openpyxl.formula.translate import Translator

    try:
        return str(Translator(first, origin=origin).translate_formula(here))
    except Exception:  # a formula may be of any form
        return f"{first} (as in {origin})"


def _name(at: At) -> str:
    from .sheet_parts import column_name

    return f"{column_name(at[1])}{at[0] + 1}"


_PLAIN = Style(NumberForm())


def _styles(root: Any) -> Iterator[Style]:
    if root is None:
        return
    codes = {node.get("numFmtId"): node.get("formatCode") or "" for node in root.iter(f"{_MAIN}numFmt")}
    fonts = root.find(f"{_MAIN}fonts")
    struck = []
    for font in fonts if fonts is not None else ():
        strike = font.find(f"{_MAIN}strike")
        struck.append(strike is not None and strike.get("val") not in ("0", "false"))
    formats = root.find(f"{_MAIN}cellXfs")
    for style in formats if formats is not None else ():
        number, font = style.get("numFmtId") or "0", style.get("fontId") or "0"
        through = font.isdigit() and int(font) < len(struck) and struck[int(font)]
        yield Style(form_of(number, codes.get(number)), through)


def _rich(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The shared strings with raised, lowered or struck runs, by their numbers."""
    from lxml import etree

    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return
    data = archive.read(name)
    if not any(mark in data for mark in (b"vertAlign", b"strike")):
        return
    parser = {"resolve_entities": False, "no_network": True}
    for number, (_, node) in enumerate(etree.iterparse(io.BytesIO(data), tag=f"{_MAIN}si", **parser)):
        if node.find(f".//{_MAIN}vertAlign") is not None or node.find(f".//{_MAIN}strike") is not None:
            yield str(number), _run_text(node)


def _run_text(node: Any) -> str:
    made = ""
    for run in node.iter(_R, _T):
        if run.tag == _T:
            # The text of a run is read with it, and how it is spoken is no part of it.
            made += "" if run.getparent().tag in (_R, f"{_MAIN}rPh") else run.text or ""
            continue
        words = "".join(text.text or "" for text in run.findall(_T))
        align, strike = run.find(f"{_MAIN}rPr/{_MAIN}vertAlign"), run.find(f"{_MAIN}rPr/{_MAIN}strike")
        if align is not None and align.get("val") in ("superscript", "subscript"):
            words = raised(made, words, lowered=align.get("val") == "subscript")
        if strike is not None and strike.get("val") not in ("0", "false") and words.strip():
            inner = words.strip()
            words = words.replace(inner, f"~~{inner}~~", 1)
        made += words
    return made


def closed_up(archive: zipfile.ZipFile, parts: dict[str, tuple[list[int], list[int]]]) -> bytes:
    """The workbook with the cells of some sheets moved together, as one grid would not fit into memory. `parts` gets
    the numbers (from 0) of the rows and columns that are used."""
    from lxml import etree

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as other:
        for member in archive.infolist():
            data = archive.read(member)
            if member.filename in parts:
                root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
                _close_up(root, parts[member.filename])
                data = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
            other.writestr(member.filename, data)
    return made.getvalue()


def _close_up(root: Any, used: tuple[list[int], list[int]]) -> None:
    rows, columns = used
    for name in ("mergeCells", "dimension"):
        for node in root.findall(f"{_MAIN}{name}"):
            root.remove(node)
    cells = []
    row, column = -1, -1
    for node in root.iter(_ROW, _C):
        if node.tag == _ROW:
            said = node.get("r") or ""
            row, column = (int(said) - 1 if said.isdigit() else row + 1), -1
            node.attrib.pop("spans", None)
            node.attrib.pop("r", None)
            continue
        at = at_of(node.get("r") or "") or (row, column + 1)
        row, column = at
        cells.append((at, node))
    rows += sorted({at[0] for at, node in cells if len(node)})
    columns += sorted({at[1] for at, node in cells if len(node)})
    new_rows, new_columns = ({old: new for new, old in enumerate(numbers)} for numbers in (rows, columns))
    for at, node in cells:
        if not len(node):
            node.getparent().remove(node)
            continue
        node.set("r", _name((new_rows[at[0]], new_columns[at[1]])))
        node.getparent().set("r", str(new_rows[at[0]] + 1))
    for node in list(root.iter(_ROW)):
        if not len(node):
            node.getparent().remove(node)


def resolved(folder: str, target: str) -> str:
    """The name of a part that a relation names."""
    return posixpath.normpath(posixpath.join("/", folder, target))[1:]
