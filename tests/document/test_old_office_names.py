"""Files under the names of old Office files that are pages, mails or XML: read as what they are."""

# ruff: noqa: E501  (what is read stands in one line)

from __future__ import annotations

from pathlib import Path

import pytest

from rlm_kernel.document import Document

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
FLAT = (
    f'<?xml version="1.0"?><office:document xmlns:office="{OFFICE}office:1.0" xmlns:text="{OFFICE}text:1.0" '
    f'xmlns:table="{OFFICE}table:1.0"><office:body>{{}}</office:body></office:document>'
)
CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
NUMBER = '<table:table-cell office:value-type="float" office:value="5"><text:p>5</text:p></table:table-cell>'
SHEET = (
    '<office:spreadsheet><table:table table:name="S">'
    f"<table:table-row>{CELL.format('k')}{CELL.format('v')}</table:table-row>"
    f"<table:table-row>{CELL.format('x')}{NUMBER}</table:table-row></table:table></office:spreadsheet>"
)
EXCEL = "urn:schemas-microsoft-com:office:spreadsheet"
WORKBOOK = (
    f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{EXCEL}" xmlns:ss="{EXCEL}">'
    '<Worksheet ss:Name="S"><Table><Row><Cell><Data ss:Type="String">k</Data></Cell>'
    '<Cell><Data ss:Type="String">d</Data></Cell><Cell><Data ss:Type="String">v</Data></Cell></Row>'
    '<Row ss:Index="2"><Cell ss:MergeDown="1"><Data ss:Type="String">x</Data></Cell>'
    '<Cell><Data ss:Type="DateTime">2023-03-15T00:00:00.000</Data></Cell><Cell><Data ss:Type="Number">5</Data></Cell></Row>'
    '<Row><Cell ss:Index="3"><Data ss:Type="Error">#DIV/0!</Data></Cell></Row></Table></Worksheet></Workbook>'
)
MAIL = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=B\n\n--B\nContent-Type: text/html\n\n<p>word 5</p>\n--B--\n"


@pytest.mark.parametrize(
    ("name", "content", "there"),
    [
        ("a.xls", "<html><body><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "| 1 | 2 |"),
        ("a.doc", "\ufeff<!DOCTYPE html><p>hi <b>5</b></p>", "hi 5"),
        ("a.doc", MAIL, "word 5"),
        ("a.xls", WORKBOOK, "| k | d | v |\n| --- | --- | --- |\n| x | 2023-03-15 | 5 |\n| x |  | #DIV/0! |"),
        ("a.xml", WORKBOOK, "## Sheet: S"),
        ("a.fodt", FLAT.format("<office:text><text:p>flat 5</text:p></office:text>"), "flat 5"),
        ("a.fods", FLAT.format(SHEET), "| k | v |\n| --- | --- |\n| x | 5 |"),
        ("a.xls", "a,b\n1,2\n", "a,b\n1,2"),
    ],
)
def test_the_content_decides(name: str, content: str, there: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    text = Document.of(tmp_path / name).texts[0].text
    assert there in text
    assert "<p>" not in text
    assert "<?xml" not in text
