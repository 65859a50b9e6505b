"""Cells of XLSX workbooks whose values do not say all: errors, formulas, number formats, raised and struck runs."""

# ruff: noqa: E501  (what is read stands in one line)

from __future__ import annotations

import io
import struct
import time
import zipfile
from typing import Any

import openpyxl
import pytest

from rlm_kernel.document.load.converters import sheets
from rlm_kernel.document.load.converters.number_forms import form_of
from rlm_kernel.document.load.converters.sheet_parts import of_substream
from rlm_kernel.document.load.converters.sink import Sink
from rlm_kernel.document.search.numbers import numbers, to_number

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
UNCOMPUTED = "the file does not have: open and save it in a spreadsheet program first"


def read(data: bytes) -> tuple[str, list[str]]:
    sink = Sink(1 << 26)
    sheets.convert(io.BytesIO(data), sink)
    return sink.finish()[0], sink.remarks


def workbook(rows: str, *, styles: str = "", book: str = "", strings: str = "", before: str = "") -> bytes:
    """A workbook of one sheet, of the XML of its rows."""
    parts = {"worksheet": "worksheets/sheet1.xml", "styles": "styles.xml", "sharedStrings": "sharedStrings.xml"}
    relations = "".join(
        f'<Relationship Id="r{at}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(parts.items(), 1)
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="a"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{KINDS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KINDS}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
        f"</sheets>{book}</workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return made.getvalue()


def words(*cells: str) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"


def formatted(*cells: tuple[str, Any]) -> bytes:
    """A name and a value in each row, the value shown by a format."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["k", "v"])
    for row, (code, value) in enumerate(cells, 2):
        sheet.append([f"row {row}", value])
        sheet.cell(row, 2).number_format = code
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


class TestFormulas:
    def test_an_error_is_the_error_and_no_number(self) -> None:
        text, remarks = read(
            workbook(words("k", "v") + '<row><c><v>1</v></c><c t="e"><f>1/0*100</f><v>#DIV/0!</v></c></row>')
        )
        assert "| 1 | #DIV/0! |" in text
        assert not remarks
        assert [number.value for number in numbers("| 1 | #DIV/0! |")] == [1]
        with pytest.raises(ValueError, match="no number"):
            to_number("#DIV/0!")

    def test_an_empty_string_that_was_computed_is_empty(self) -> None:
        said = '<row><c><v>1</v></c><c t="str"><f>IF(A2,"","x")</f><v></v></c></row>'
        unsaid = '<row><c><f>A2*2</f><v>2</v></c><c><f>IF(A2,"","x")</f><v></v></c></row>'
        text, remarks = read(workbook(words("k", "v") + said + unsaid))
        assert text.endswith("| 1 |  |\n| 2 |  |\n")
        assert not remarks

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            ("<c><f>A2*1.19</f></c>", "=A2*1.19"),
            ("<c><f>A2*1.19</f><v/></c>", "=A2*1.19"),
            ('<c><f t="array" ref="B2">SUM(A2:A3*2)</f><v></v></c>', "=SUM(A2:A3*2)"),
            (
                '<c><f>Sales[Amount]*2+DATE(2024,1,1)-"2020-01-01"</f></c>',
                '=Sales[Amount]*2+DATE(2024,1,1)-"2020-01-01"',
            ),
        ],
    )
    def test_a_formula_that_nobody_computed_gives_no_number(self, cell: str, shown: str) -> None:
        text, remarks = read(workbook(words("k", "v") + f"<row><c><v>7</v></c>{cell}</row>"))
        line = f"| 7 | [formula: {shown}] |"
        assert line in text.split("\n")
        assert remarks == [f"1 cell holds a formula whose value {UNCOMPUTED}"]
        assert [number.value for number in numbers(line)] == [7]
        with pytest.raises(ValueError, match="no number"):
            to_number(f"[formula: {shown}]")

    def test_a_shared_formula_is_that_of_its_cell(self) -> None:
        text, remarks = read(
            workbook(
                words("k", "v")
                + '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f t="shared" ref="B2:B3" si="0">A2*2</f></c></row>'
                '<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f t="shared" si="0"/></c></row>'
            )
        )
        assert "| 1 | [formula: =A2*2] |\n| 2 | [formula: =A3*2] |" in text
        assert remarks == [f"2 cells hold formulas whose values {UNCOMPUTED}"]

    def test_a_zero_that_stands_for_what_is_to_be_computed(self) -> None:
        rows = words("k", "v") + "<row><c><v>2</v></c><c><f>A2*3</f><v>0</v></c></row>"
        assert "| 2 | 0 |" in read(workbook(rows))[0]
        text, remarks = read(workbook(rows, book='<calcPr fullCalcOnLoad="1"/>'))
        assert "| 2 | [formula: =A2*3] |" in text
        assert remarks == [f"1 cell holds a formula whose value {UNCOMPUTED}"]

    def test_styles_that_one_library_refuses(self) -> None:
        styles = "<fills><fill/></fills><cellXfs><xf/></cellXfs>"
        rows = words("k", "v") + "<row><c><v>2</v></c><c><f>A2*3</f></c></row>"
        assert "| 2 | [formula: =A2*3] |" in read(workbook(rows, styles=styles))[0]


class TestNumberFormats:
    def test_percent_is_exact_and_the_zeros_stay(self) -> None:
        text, _ = read(formatted(("0%", 0.05), ("0%", 0.12345), ("0.0%", 0.07), ("00000", 123), ("00000", 1.5)))
        assert [line.split(" | ")[1].rstrip(" |") for line in text.split("\n")[4:9]] == [
            "5%",
            "12.345%",
            "7%",
            "00123",
            "1.5",
        ]
        assert to_number("5%") == 5

    @pytest.mark.parametrize(
        ("code", "value", "head", "cell", "unit"),
        [
            ('#,##0.00 "€"', 5.5, "v", "5.5", "€"),
            ('0 "kg"', 5, "v", "5", "kg"),
            ("[$USD] #,##0.00", 1234.5, "v", "1234.5", "USD"),
            ("_-* #,##0.00 €_-;-* #,##0.00 €_-;_-* -?? €_-;_-@_-", 7, "v", "7", "€"),
            # The value is the whole number, whatever it is shown in.
            ('0.0,," Mio. €"', 12_500_000, "v", "12500000", "€"),
            # What multiplies the number is a part of the name.
            ('0.0" Mio. €"', 12.5, "v (Mio. €)", "12.5", ""),
            ("# ?/?", 2.5, "v", "2.5", ""),
            ("[Red]0;[Blue]-0", 2, "v", "2", ""),
        ],
    )
    def test_a_unit_is_told(self, code: str, value: float, head: str, cell: str, unit: str) -> None:
        text, remarks = read(formatted((code, value), (code, value)))
        assert f"| k | {head} |\n| --- | --- |\n| row 2 | {cell} |\n" in text
        assert remarks == ([f"sheet 'Sheet' shows v in {unit}: the numbers alone are read"] if unit else [])

    def test_units_that_differ(self) -> None:
        text, remarks = read(formatted(("0 €", 5), ("[$USD] 0", 6), ('0 "kg"', 7), ('"Q"0', 3)))
        assert "| row 2 | 5 € |\n| row 3 | 6 USD |\n| row 4 | 7 |\n| row 5 | 3 |" in text
        assert remarks == [
            "sheet 'Sheet' shows some numbers with 'kg': only the numbers are read",
            "sheet 'Sheet' shows some numbers, such as 3, with 'Q': only the numbers are read",
        ]

    @pytest.mark.parametrize(
        ("value", "from_1904", "shown"),
        [
            ("-1", False, "-1"),
            ("0", False, "1900-01-00"),
            ("60", False, "1900-02-29"),
            ("61", False, None),
            ("0", True, "1904-01-01"),
        ],
    )
    def test_days_that_no_calendar_has(self, value: str, from_1904: bool, shown: str | None) -> None:
        assert form_of("14", None).text(value, from_1904=from_1904) == shown
        assert form_of("164", "[h]:mm").text(value, from_1904=from_1904) is None


class TestRuns:
    def test_raised_and_struck_runs(self) -> None:
        run = '<r><rPr><vertAlign val="superscript"/></rPr><t>{}</t></r>'
        strings = (
            "<si><t>k</t></si>"
            f"<si><r><t>Rev 10</t></r>{run.format(6)}</si>"
            f"<si><r><t>1,234</t></r>{run.format(1)}<r><rPr><strike/></rPr><t> 999</t></r></si>"
        )
        cells = "".join(f'<row><c t="s"><v>{number}</v></c><c><v>1</v></c></row>' for number in range(3))
        text, _ = read(workbook(cells, strings=strings))
        assert "| Rev 10⁶ | 1 |\n| 1,234¹ ~~999~~ | 1 |" in text

    def test_struck_cells_are_told(self) -> None:
        styles = "<fonts><font/><font><strike/></font></fonts><cellXfs><xf/><xf fontId='1'/></cellXfs>"
        _, remarks = read(workbook(words("k", "v") + '<row><c><v>1</v></c><c s="1"><v>2</v></c></row>', styles=styles))
        assert remarks == ["sheet 'S' has 1 cell struck through, read like the others"]


class TestForms:
    def test_hidden_rows_and_columns_are_counted(self) -> None:
        hidden = '<sheetFormatPr zeroHeight="1"/><cols><col min="2" max="9" hidden="1"/></cols>'
        rows = words(*"abcdefghijkl") + '<row hidden="1"><c><v>1</v></c></row>'
        _, remarks = read(workbook(rows, before=hidden))
        assert remarks == [
            "sheet 'S' has 1 hidden row and 8 hidden columns and rows that are hidden unless they say otherwise, read like the others"
        ]

    def test_cells_far_apart(self) -> None:
        rows = (
            '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'
            '<row r="1048576"><c r="A1048576"><v>3</v></c></row>'
        )
        start = time.monotonic()
        text, remarks = read(workbook(rows))
        assert time.monotonic() - start < 5
        assert "| 1 | 2 |\n| 3 |  |" in text
        assert "sheet 'S' has cells far apart: the empty rows and columns between are left out" in remarks

    def test_cells_without_references(self) -> None:
        rows = words("a", "b", "c") + '<row r="5"><c r="A5"><v>1</v></c><c><v>2</v></c><c><f>A5*2</f></c></row>'
        assert read(workbook(rows))[0].endswith("| 1 | 2 | [formula: =A5*2] |\n")


def test_errors_and_hidden_rows_of_an_old_workbook() -> None:
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    stream = (
        record(0x0809, bytes(16))
        + record(0x0208, struct.pack("<HHHHHHI", 2, 0, 2, 255, 0, 0, 0x20))
        + record(0x0006, struct.pack("<HHH", 1, 1, 0) + b"\x02\0\x07\0\0\0\xff\xff" + bytes(8))
        + record(0x0006, struct.pack("<HHH", 1, 2, 0) + struct.pack("<d", 2.5) + bytes(8))
        + record(0x0205, struct.pack("<HHHBB", 2, 1, 0, 42, 1))
        + record(0x0205, struct.pack("<HHHBB", 2, 2, 0, 1, 0))
        + record(0x000A, b"")
        + record(0x0205, struct.pack("<HHHBB", 9, 9, 0, 42, 1))
    )
    parts = of_substream(stream, 0)
    assert parts.texts == {(1, 1): "#DIV/0!", (2, 1): "#N/A"}
    assert parts.hidden == 1
