"""What the XML of an XLSX workbook tells of its cells beside their values: errors, formulas that nobody computed, how
numbers are shown, raised and struck characters, and cells that stand far from all others."""

from __future__ import annotations

import codecs
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .number_forms import NumberForm, form_of
from .ooxml import optional
from .scripts import script
from .sheet_parts import column_name, column_number
from .sink import Sink

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_C, _ROW, _R, _T = (f"{_MAIN}{name}" for name in ("c", "row", "r", "t"))
# Patterns, as lxml takes ten times as long to look through the cells of a large sheet.
_REST = rb"([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)"
_TAG = re.compile(rb"(<(?:\w+:)?(row|c))((?:\s[^>]*|/)?>)")
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?![^>]*\br=)[\s/>]")
_REFERENCE = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")
_NUMBER = re.compile(rb"\br=\"(\d{1,7})\"")
_ATTRIBUTE = re.compile(rb"(\w+)=\"([^\"]*)\"")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?(?:/>|>([^<]*))")
_FORMULA = re.compile(rb"<(?:\w+:)?f(\s[^>]*?)?(?:/>|>([^<]*))")
# What days no calendar has: see `number_forms`.
_ODD_DAY = r"<(?:\w+:)?v>(?:-|60(?:\.0*)?<|0*(?:\.\d*)?<|\d[^<]*[eE]-)"
_COLUMNS = 16_384
_MOST_KEYS = 1_000
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
        self._told = self._pattern()

    def needed(self, *, formulas: bool, errors: bool) -> bool:
        """Whether there is anything to look for in the cells of a sheet with these."""
        return formulas or errors or bool(self._rich) or any(one != _PLAIN for one in self._styles)

    def of(self, part: str) -> SheetCells:
        """What the cells of a sheet tell."""
        found = SheetCells()
        shared: dict[str, tuple[str, str]] = {}
        for at, said, body in _cells(self._archive.read(part), self._told):
            kind, number = said.get("t", "n"), said.get("s", "0")
            style = self._styles[int(number)] if number.isdigit() and int(number) < len(self._styles) else _PLAIN
            match = _VALUE.search(body)
            value = None if match is None else html.unescape((match[1] or b"").decode("utf-8", "replace"))
            text = self._text(at, kind, body, style, value, shared, found)
            if text is not None:
                found.texts[at] = text
            if style.struck and (value or kind == "inlineStr"):
                found.struck += 1
        return found

    def _text(
        self,
        at: At,
        kind: str,
        body: bytes,
        style: Style,
        value: str | None,
        shared: dict[str, tuple[str, str]],
        found: SheetCells,
    ) -> str | None:
        if kind == "e":
            return value or "#VALUE!"
        if b"f" in body and (formula := _FORMULA.search(body)) is not None:
            words = _formula(formula, at, shared)
            if self._is_missing(kind, value):
                found.formulas += 1
                return f"[formula: {words}]"
        if kind == "s":
            return self._rich.get(value or "")
        if kind == "inlineStr":
            return _inline(body)
        if kind != "n" or not value:
            return None
        if style.form.unit:
            found.units[at] = style.form.unit
        if style.form.words:
            found.shown.setdefault(style.form.words, value)
        return style.form.text(value, from_1904=self._from_1904)

    def _is_missing(self, kind: str, value: str | None) -> bool:
        if kind not in ("n", "str"):
            return not value
        if value:
            return self._recalculated and kind == "n" and _is_zero(value)
        # An empty string is a value; most programs say of it that it is one.
        return value is None or (kind == "n" and not self._valued)

    def _pattern(self) -> re.Pattern[bytes]:
        """What cells begin with that may tell more than their values. Of a large sheet most do not."""
        styled = {str(at): one for at, one in enumerate(self._styles) if one != _PLAIN}
        dates = [key for key, one in styled.items() if one == Style(NumberForm(date=True))]
        others = [key for key in styled if key not in dates]
        forms = [r'[^>]*\bt="e"', r"[^>]*><(?:\w+:)?f\b", r"[^>]*><(?:\w+:)?is>.*?</(?:\w+:)?(?:rPr|is)>(?<!is>)"]
        if others:
            forms.append(rf'[^>]*\bs="(?:{_any(others)})"')
        if dates:
            forms.append(rf'[^>]*\bs="(?:{_any(dates)})"[^>]*>{_ODD_DAY}')
        if self._rich:
            forms.append(rf'[^>]*\bt="s"[^>]*><(?:\w+:)?v>(?:{_any(list(self._rich))})<')
        return re.compile(rf"<(?:\w+:)?c\s(?={'|'.join(forms)})".encode() + _REST, re.DOTALL)


def _any(keys: list[str]) -> str:
    """A pattern for any of these numbers: for every number where they are so many that it would be slow."""
    return "|".join(keys) if len(keys) < _MOST_KEYS else r"\d+"


def _is_zero(value: str) -> bool:
    try:
        return float(value) == 0
    except ValueError:
        return False


def _cells(data: bytes, told: re.Pattern[bytes]) -> Iterator[tuple[At, dict[str, str], bytes]]:
    """The cells of a sheet that tell something: where they stand, their attributes, what is in them."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    if _UNPLACED.search(data) is not None:
        data = _placed(data)
    for match in told.finditer(data):
        said, body = match.groups()
        place = _REFERENCE.search(said)
        if body and place is not None and (column := column_number(place[1]) - 1) < _COLUMNS:
            values = {name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(said)}
            yield (int(place[2]) - 1, column), values, body


def _placed(data: bytes) -> bytes:
    """The XML of a sheet with a reference in each of its cells: one without a number is the next."""
    row, column = -1, -1

    def write(match: re.Match[bytes]) -> bytes:
        nonlocal row, column
        if match[2] == b"row":
            row, column = (int(found[1]) - 1 if (found := _NUMBER.search(match[3])) else row + 1), -1
            return match[0]
        place = _REFERENCE.search(match[3])
        column = column + 1 if place is None else column_number(place[1]) - 1
        return match[0] if place is not None else b'%s r="%s"%s' % (match[1], _name((row, column)).encode(), match[3])

    return _TAG.sub(write, data)


def _formula(match: re.Match[bytes], at: At, shared: dict[str, tuple[str, str]]) -> str:
    """The words of a formula; one that is shared stands in the first of its cells."""
    said = dict(_ATTRIBUTE.findall(match[1] or b""))
    words, key = f"={html.unescape((match[2] or b'').decode('utf-8', 'replace'))}", said.get(b"si", b"").decode()
    here = _name(at)
    if said.get(b"t") != b"shared":
        return words
    if match[2]:
        shared[key] = (words, here)
        return words
    first, origin = shared.get(key, ("=?", here))
    from openpyxl.formula.translate import Translator

    try:
        return str(Translator(first, origin=origin).translate_formula(here))
    except Exception:  # a formula may be of any form
        return f"{first} (as in {origin})"


def _inline(body: bytes) -> str | None:
    """The text of a cell that holds it itself, where its runs say how they look."""
    from lxml import etree

    # A prefix of the main name space is no part of a name here.
    plain = re.sub(rb"(</?)\w+:", rb"\1", body)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(b'<c xmlns="' + _MAIN[1:-1].encode() + b'">' + plain + b"</c>", parser)
    return _run_text(root)


def _name(at: At) -> str:
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
            words = script(made[-1:], words, lowered=align.get("val") == "subscript")
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
        place = _REFERENCE.fullmatch(f'r="{node.get("r")}"'.encode())
        at = (row, column + 1) if place is None else (int(place[2]) - 1, column_number(place[1]) - 1)
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
