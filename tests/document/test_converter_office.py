"""Office files in the forms that programs write: what must be kept of each."""

# ruff: noqa: E501  (what is read stands in one line)

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import IO, Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from rlm_kernel.document.load.converters import docx, notebook, opendocument, pptx, sheets
from rlm_kernel.document.load.converters.sink import Sink

Case = tuple[Callable[[IO[bytes], Sink], None], bytes, tuple[str, ...]]


def converted(convert: Callable[[IO[bytes], Sink], None], data: bytes) -> str:
    """All that a conversion gives: its text, its remarks, the names and the contents of the files in it."""
    files = io.BytesIO()
    sink = Sink(1 << 26, name="file", files=files)
    convert(io.BytesIO(data), sink)
    text, _ = sink.finish()
    return "\n".join([text, *sink.remarks, *(name for name, _ in sink.files), files.getvalue().decode("latin-1")])


WORD_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"'


def archive(members: Mapping[str, str | bytes]) -> bytes:
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for k, v in members.items():
            z.writestr(k, v)
    return b.getvalue()


RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def word(body: str, rels: str = "", **parts: str | bytes) -> bytes:
    """A Word file of one body; `parts` by their names, `__` for a point and `_S_` for a slash."""
    ct = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    m: dict[str, str | bytes] = {
        "[Content_Types].xml": ct,
        "_rels/.rels": RELATIONS % f'<Relationship Id="r1" Type="{OFFICE}officeDocument" Target="word/document.xml"/>',
        "word/document.xml": f'<?xml version="1.0"?><w:document {WORD_NAMES}><w:body>{body}</w:body></w:document>',
    }
    if rels:
        m["word/_rels/document.xml.rels"] = RELATIONS % rels
    for k, v in parts.items():
        m["word/" + k.replace("__", ".").replace("_S_", "/")] = v
    return archive(m)


def paragraph(s: str, pr: str = "") -> str:
    return f'<w:p>{pr}<w:r><w:t xml:space="preserve">{s}</w:t></w:r></w:p>'


def cell(s: str, pr: str = "") -> str:
    return f"<w:tc><w:tcPr>{pr}</w:tcPr>{paragraph(s) if not s.startswith('<') else s}</w:tc>"


def line(*c: str) -> str:
    return "<w:tr>" + "".join(c) + "</w:tr>"


def table(*r: str) -> str:
    return "<w:tbl>" + "".join(r) + "</w:tbl>"


def text_run(s: str, pr: str = "") -> str:
    return f'<w:r><w:rPr>{pr}</w:rPr><w:t xml:space="preserve">{s}</w:t></w:r>'


def runs(*parts: str) -> str:
    """A paragraph of runs; what is no XML is one in plain letters."""
    return "<w:p>" + "".join(part if part.startswith("<") else text_run(part) for part in parts) + "</w:p>"


RAISED = '<w:vertAlign w:val="superscript"/>'


def math(body: str) -> str:
    """An equation, in which `<3>` stands for a run of the figure 3."""
    return f"<m:oMath>{re.sub(r'<([0-9a-z=+]+)>', lambda found: f'<m:r><m:t>{found[1]}</m:t></m:r>', body)}</m:oMath>"


def numbered(s: str, number: int | None, level: int | None = 0, style: str = "", mark: str = "") -> str:
    list_id = f'<w:numId w:val="{number}"/>' if number is not None else ""
    ilvl = f'<w:ilvl w:val="{level}"/>' if level is not None else ""
    own = f"<w:numPr>{ilvl}{list_id}</w:numPr>" if ilvl or list_id else ""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return paragraph(s, f"<w:pPr>{named}{own}<w:rPr>{mark}</w:rPr></w:pPr>")


def list_level(at: int, form: str, pattern: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{pattern}"/></w:lvl>'


def lists(levels: str, *numbers: str) -> str:
    """The numbering part: one definition, and a list for each of `numbers` (what it overrides)."""
    return (
        f'<w:numbering {WORD_NAMES}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        + "".join(
            f'<w:num w:numId="{at}"><w:abstractNumId w:val="0"/>{number}</w:num>'
            for at, number in enumerate(numbers, 1)
        )
        + "</w:numbering>"
    )


def restart(at: int) -> str:
    return f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{at}"/></w:lvlOverride>'


def word_lists(body: str, numbering: str, styles: str = "") -> bytes:
    return word(
        body,
        f'<Relationship Id="r5" Type="{OFFICE}numbering" Target="numbering.xml"/><Relationship Id="r6" Type="{OFFICE}styles" Target="styles.xml"/>',
        numbering__xml=numbering,
        styles__xml=f"<w:styles {WORD_NAMES}>{styles}</w:styles>",
    )


def deck(f: Callable[[Any, Any], None]) -> bytes:
    p: Any = Presentation()
    s = p.slides.add_slide(p.slide_layouts[5])
    s.shapes.title.text = "T"
    f(p, s)
    b = io.BytesIO()
    p.save(b)
    return b.getvalue()


def book(f: Callable[[Any, Any], None]) -> bytes:
    w: Any = openpyxl.Workbook()
    s = w.active
    s.title = "S"
    f(w, s)
    b = io.BytesIO()
    w.save(b)
    return b.getvalue()


ODF_NAMES = ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'


def odf(kind: str, body: str, styles: str = "") -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument." + kind,
            "content.xml": f"<office:document-content{ODF_NAMES}>{styles}<office:body>{body}</office:body></office:document-content>",
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def sheet(rows: str, at: str = "") -> bytes:
    return odf(
        "spreadsheet", f'<office:spreadsheet><table:table table:name="S"{at}>{rows}</table:table></office:spreadsheet>'
    )


def text_cell(s: str, at: str = "", x: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {at}>{x}<text:p>{s}</text:p></table:table-cell>'


def number_cell(v: int, at: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{v}" {at}><text:p>{v}</text:p></table:table-cell>'
    )


def row(*c: str, at: str = "") -> str:
    return f"<table:table-row {at}>{''.join(c)}</table:table-row>"


def pptx_chart(p: Any, s: Any) -> None:
    cd = CategoryChartData()
    cd.categories = ["N", "S"]
    cd.add_series("Rev", (19.2, 3))
    ch = s.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(3), Inches(3), cd).chart
    ch.has_title = True
    ch.chart_title.text_frame.text = "My chart title"


def pptx_group_notes(p: Any, s: Any) -> None:
    g = s.shapes.add_group_shape()
    g.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "grouped 5"
    s.notes_slide.notes_text_frame.text = "note 7"


def pptx_table_merged(p: Any, s: Any) -> None:
    tb = s.shapes.add_table(3, 3, 0, 0, 999, 999).table
    for i in range(3):
        for j in range(3):
            tb.cell(i, j).text = f"{i}{j}"
    tb.cell(1, 0).merge(tb.cell(2, 0))
    tb.cell(0, 2).text = "10\nCost 20"


def pptx_super_hidden(p: Any, s: Any) -> None:
    tf = s.shapes.add_textbox(0, 0, 9, 9).text_frame
    r = tf.paragraphs[0].add_run()
    r.text = "1,234"
    r = tf.paragraphs[0].add_run()
    r.text = "1"
    r.font._element.set("baseline", "30000")
    tf.add_paragraph().text = "next"
    s2 = p.slides.add_slide(p.slide_layouts[0])
    s2._element.set("show", "0")
    s2.shapes.title.text = "H\vx"


def pptx_xy(p: Any, s: Any) -> None:
    s.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "x"
    sh = s.shapes.add_shape(1, 0, 0, 9, 9)
    sh.text_frame.text = "shape text"
    s.shapes.add_connector(1, 0, 0, 9, 9)
    cd = XyChartData()
    q = cd.add_series("xy")
    q.add_data_point(1.5, 2.5)
    s.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, 0, 99, 99, cd)


def xlsx_merged_head(w: Any, s: Any) -> None:
    s.append(["Name", "2019", None])
    s.append([None, "Q1", "Q2"])
    s.append(["N", 1, 2])
    s.merge_cells("B1:C1")
    s.merge_cells("A1:A2")


def xlsx_merged_down(w: Any, s: Any) -> None:
    s.append(["Region", "City", "V"])
    s.append(["North", "A", 1])
    s.append([None, "B", 2])
    s.merge_cells("A2:A3")


def xlsx_types(w: Any, s: Any) -> None:
    s.append(["d", "t", "dt", "p", "b", "e"])
    s.append(
        [datetime.date(2024, 3, 1), datetime.time(9, 30), datetime.datetime(2024, 3, 1, 9, 30), 0.125, True, "=1/0"]
    )
    s["D2"].number_format = "0.0%"
    s.append([None, None, None, 1234.5, False, "#N/A"])
    s["F3"].data_type = "e"


def xlsx_hidden_etc(w: Any, s: Any) -> None:
    s.append(["a", "b"])
    s.append([1, 2])
    h = w.create_sheet("Hid")
    h.sheet_state = "hidden"
    h.append(["secret", 5])
    v = w.create_sheet("VH")
    v.sheet_state = "veryHidden"
    v.append(["vs", 6])
    s.row_dimensions[2].hidden = True
    s["A1"].comment = Comment("remark 7", "me")
    s.oddHeader.center.text = "HDR 9"
    s.oddFooter.left.text = "FTR 8"


def xlsx_offset_two_tables(w: Any, s: Any) -> None:
    s["C3"] = "x"
    s["D3"] = "y"
    s["C4"] = 1
    s["D4"] = 2
    s["C7"] = "p"
    s["D7"] = "q"
    s["C8"] = "u"
    s["D8"] = 3


def xlsx_side_by_side(w: Any, s: Any) -> None:
    s["A1"] = "x"
    s["B1"] = "y"
    s["A2"] = 1
    s["B2"] = 2
    s["E1"] = "p"
    s["F1"] = "q"
    s["E2"] = 5
    s["F2"] = 3


def xlsx_numbers(w: Any, s: Any) -> None:
    s["A1"] = "line\nbreak"
    s["B1"] = "a|b"
    s["A2"] = 123456789012
    s["B2"] = 0.1 + 0.2
    s["A3"] = 1e-7
    s["B3"] = 12345678901234567890


CASES: dict[str, Case] = {
    "docx vmerge": (
        docx.convert,
        word(
            table(
                line(cell("Region"), cell("City"), cell("Sales")),
                line(cell("North", '<w:vMerge w:val="restart"/>'), cell("A"), cell("1")),
                line(cell("", "<w:vMerge/>"), cell("B"), cell("2")),
                line(cell("South"), cell("C"), cell("3")),
            )
        ),
        ("| North | A | 1 |", "| North | B | 2 |", "| South | C | 3 |"),
    ),
    "docx gridspan": (
        docx.convert,
        word(table(line(cell("R"), cell("2019", '<w:gridSpan w:val="2"/>')), line(cell("x"), cell("1"), cell("2")))),
        ("| R | 2019 |  |", "| x | 1 | 2 |"),
    ),
    "docx cell paras": (
        docx.convert,
        word(
            table(
                line(cell("H"), cell("K")),
                line(
                    cell(paragraph("10") + paragraph("20")),
                    cell("<w:p><w:r><w:t>5</w:t><w:br/><w:t>6</w:t></w:r></w:p>"),
                ),
            )
        ),
        ("10 20", "5 6"),
    ),
    "docx super": (
        docx.convert,
        word(
            '<w:p><w:r><w:t>1,234</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>1</w:t></w:r></w:p>'
        ),
        ("1,234¹",),
    ),
    "docx nested table": (
        docx.convert,
        word(
            table(
                line(cell(table(line(cell("a"), cell("b")), line(cell("1"), cell("2"))) + paragraph("")), cell("side"))
            )
        ),
        ("| a | b |", "side"),
    ),
    "docx tracked": (
        docx.convert,
        word(
            '<w:p><w:r><w:t>Price </w:t></w:r><w:del w:author="X"><w:r><w:delText>100</w:delText></w:r></w:del><w:ins w:author="X"><w:r><w:t>200</w:t></w:r></w:ins></w:p>'
        ),
        ("200", "tracked"),
    ),
    "docx textbox": (
        docx.convert,
        word(
            '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx><w:txbxContent>'
            + paragraph("box text 77")
            + "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>"
            + paragraph("box text 77")
            + "</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        ("box text 77",),
    ),
    "docx textbox nofallback": (
        docx.convert,
        word(
            "<w:p><w:r><w:drawing><wps:txbx><w:txbxContent>"
            + paragraph("box text 78")
            + "</w:txbxContent></wps:txbx></w:drawing></w:r></w:p>"
        ),
        ("box text 78",),
    ),
    "docx sdt": (
        docx.convert,
        word(
            "<w:sdt><w:sdtContent>"
            + paragraph("in control")
            + "</w:sdtContent></w:sdt><w:p><w:sdt><w:sdtContent><w:r><w:t>inline val</w:t></w:r></w:sdtContent></w:sdt></w:p>"
        ),
        ("in control", "inline val"),
    ),
    "docx sdt in table": (
        docx.convert,
        word(
            table(
                "<w:sdt><w:sdtContent>" + line(cell("a"), cell("b")) + "</w:sdtContent></w:sdt>",
                line(cell("1"), "<w:sdt><w:sdtContent>" + cell("2") + "</w:sdtContent></w:sdt>"),
            )
        ),
        ("| a | b |", "| 1 | 2 |"),
    ),
    "docx checkbox": (
        docx.convert,
        word(
            '<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="c"/><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t> yes</w:t></w:r></w:p>'
        ),
        ("☒", "yes"),
    ),
    "docx dropdown ff": (
        docx.convert,
        word(
            '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> FORMTEXT </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>typed value</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        ),
        ("typed value",),
    ),
    "docx footnote": (
        docx.convert,
        word(
            '<w:p><w:r><w:t>1,234</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>',
            f'<Relationship Id="r5" Type="{OFFICE}footnotes" Target="footnotes.xml"/>',
            footnotes__xml=f"""<w:footnotes {WORD_NAMES}><w:footnote w:id="2">{paragraph("the note text")}</w:footnote></w:footnotes>""",
        ),
        ("the note text", "!1,2341"),
    ),
    "docx comment": (
        docx.convert,
        word(
            '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>Amount</w:t></w:r><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>',
            f'<Relationship Id="r5" Type="{OFFICE}comments" Target="comments.xml"/>',
            comments__xml=f"""<w:comments {WORD_NAMES}><w:comment w:id="0" w:author="Ann" w:initials="A">{paragraph("check this")}</w:comment></w:comments>""",
        ),
        ("check this",),
    ),
    "docx header": (
        docx.convert,
        word(
            paragraph("b"),
            header1__xml=f"<w:hdr {WORD_NAMES}>{paragraph('HEAD 1')}</w:hdr>",
            footer1__xml=f"<w:ftr {WORD_NAMES}>{table(line(cell('left'), cell('right 9')))}</w:ftr>",
        ),
        ("HEAD 1", "right 9"),
    ),
    "docx symbols": (
        docx.convert,
        word(
            "<w:p><w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:softHyphen/><w:t>d</w:t></w:r></w:p>"
        ),
        ("a‑b", "cd"),
    ),
    "docx math": (
        docx.convert,
        word(
            "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>"
        ),
        ("(a)/(b)",),
    ),
    "docx hidden text": (
        docx.convert,
        word("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hid 55</w:t></w:r><w:r><w:t>vis</w:t></w:r></w:p>"),
        ("hid 55",),
    ),
    "docx hyperlink": (
        docx.convert,
        word(
            '<w:p><w:hyperlink r:id="r9"><w:r><w:t>click</w:t></w:r></w:hyperlink></w:p>',
            f'<Relationship Id="r9" Type="{OFFICE}hyperlink" Target="http://x.org" TargetMode="External"/>',
        ),
        ("click",),
    ),
    "docx moved": (
        docx.convert,
        word(
            "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p><w:p><w:moveTo><w:r><w:t>moved</w:t></w:r></w:moveTo></w:p>"
        ),
        ("moved",),
    ),
    "docx embedding": (docx.convert, word(paragraph("b"), embeddings_S_data__xlsx=b"PK fake"), ("data.xlsx",)),
    "docx strict": (
        docx.convert,
        archive(
            {
                "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
                "_rels/.rels": RELATIONS
                % '<Relationship Id="r1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="word/document.xml"/>',
                "word/document.xml": '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body><w:p><w:r><w:t>strict words</w:t></w:r></w:p></w:body></w:document>',
            }
        ),
        ("strict words",),
    ),
    "docx raised": (
        docx.convert,
        word(
            runs(
                text_run("1,234", "<w:b/>"),
                text_run("1", RAISED),
                " and ",
                text_run("10", "<w:b/>"),
                text_run("−3", RAISED),
            )
            + runs("7", text_run("3", '<w:position w:val="8"/>'))
        ),
        ("1,234¹", "10⁻³", "7³"),
    ),
    "docx words in cells": (
        docx.convert,
        word(
            table(
                line(cell("k"), cell("v")),
                line(
                    cell(runs("Re", text_run("ven", "<w:b/>"), "ue")),
                    cell(runs("1,", text_run("234", "<w:b/>")) + paragraph("5")),
                ),
            )
        ),
        ("| Revenue | 1,234 5 |",),
    ),
    "docx table in data": (
        docx.convert,
        word(
            table(
                line(cell("k"), cell("v")),
                line(
                    cell("outer"), cell(table(line(cell("n1"), cell("n2")), line(cell("5"), cell("6"))) + paragraph(""))
                ),
            )
        ),
        ("| outer | n1 \\| n2; 5 \\| 6 |",),
    ),
    "docx fields": (
        docx.convert,
        word(
            runs(
                "Table ",
                '<w:fldSimple w:instr="SEQ Table">' + text_run("3") + "</w:fldSimple>",
                ": ",
                '<w:bdo w:val="rtl">' + text_run("4,500") + "</w:bdo>",
            )
            + runs(
                "Colour: ",
                '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="Red"/><w:listEntry w:val="Green"/></w:ddList></w:ffData></w:fldChar></w:r>',
                "<w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r>",
                '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            )
        ),
        ("Table 3: 4,500", "Colour: Green"),
    ),
    "docx breaks": (
        docx.convert,
        word(
            runs(
                "10",
                "<w:r><w:cr/></w:r>",
                "20",
                '<w:r><w:br w:type="page"/></w:r>',
                "30",
                '<w:r><w:br w:type="column"/></w:r>',
                "40",
                '<w:r><w:ptab w:alignment="right"/></w:r>',
                "50",
            )
        ),
        ("10\n20\n30\n40\t50\n",),
    ),
    "docx ruby": (
        docx.convert,
        word(
            runs(
                "<w:r><w:ruby><w:rt>"
                + text_run("とう")
                + "</w:rt><w:rubyBase>"
                + text_run("東")
                + "</w:rubyBase></w:ruby></w:r>",
                "end",
            )
        ),
        ("東(とう)end",),
    ),
    "docx symbols in headers": (
        docx.convert,
        word(
            paragraph("b"),
            header1__xml=f"<w:hdr {WORD_NAMES}>"
            + runs(
                "5",
                "<w:r><w:noBreakHyphen/></w:r>",
                "10 ",
                '<w:r><w:sym w:font="Symbol" w:char="F0B0"/></w:r>',
                "<w:fldSimple>" + text_run("C") + "</w:fldSimple>",
                "<w:r><w:tab/></w:r>",
                "7",
            )
            + "</w:hdr>",
        ),
        ("[page header: 5‑10 °C 7]",),
    ),
    "docx symbol unknown": (
        docx.convert,
        word(runs("5", '<w:r><w:sym w:font="Arial" w:char="00B0"/><w:sym w:font="Own" w:char="F041"/></w:r>')),
        ("5°\ufffd", "1 symbol of a font that is not known here"),
    ),
    "docx hidden in words": (
        docx.convert,
        word(
            runs("1", text_run("00", "<w:vanish/>"), "2")
            + runs(text_run("hid 55", "<w:vanish/>"), "vis")
            + runs("not", text_run("hidden", '<w:vanish w:val="0"/>'))
        ),
        ("12\n", "hid 55 vis", "nothidden", "1 hidden piece of text within words left out"),
    ),
    "docx equations": (
        docx.convert,
        word(
            runs(
                "M ",
                math("<m:m><m:mr><m:e><1></m:e><m:e><2></m:e></m:mr><m:mr><m:e><3></m:e><m:e><4></m:e></m:mr></m:m>"),
            )
            + runs(
                "R ",
                math("<m:rad><m:deg><3></m:deg><m:e><8></m:e></m:rad>"),
                " ",
                math("<m:rad><m:deg/><m:e><9></m:e></m:rad>"),
            )
            + runs(
                "D ",
                math("<2><m:d><m:e><3+4></m:e></m:d>"),
                " ",
                math('<m:d><m:dPr><m:begChr m:val="|"/><m:endChr m:val=""/></m:dPr><m:e><x></m:e></m:d>'),
            )
            + runs(
                "F ",
                math("<m:f><m:num><1></m:num></m:f>"),
                " Q ",
                math("<m:eqArr><m:e><x=1></m:e><m:e><2y=5></m:e></m:eqArr>"),
            )
            + runs("S ", math("<m:sSup><m:e><x></m:e><m:sup><2></m:sup></m:sSup><3y>"))
        ),
        ("M [1 2; 3 4]", "R ³√(8) √(9)", "D 2(3+4) |x\n", "F (1)/()", "Q x=1; 2y=5", "S x^2 3y"),
    ),
    "docx tabs": (
        docx.convert,
        word(
            "".join(
                runs("".join(["<w:r>", *(f"<w:t>{part}</w:t>" if part else "<w:tab/>" for part in parts), "</w:r>"]))
                for parts in (("Item", "", "2022", "", "2023"), ("A", "", "", "7"), ("", "x", "", "8"))
            )
            + table(line(cell(runs("a", "<w:r><w:tab/></w:r>", "b")), cell("c")), line(cell("1"), cell("2")))
        ),
        ("Item\t2022\t2023\n", "A\t\t7\n", "\tx\t8\n", "| a b | c |"),
    ),
    "docx grid before": (
        docx.convert,
        word(
            table(
                line(cell("a"), cell("b"), cell("c")),
                '<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>' + cell("2") + cell("3") + "</w:tr>",
            )
        ),
        ("| a | b | c |", "|  | 2 | 3 |"),
    ),
    "docx lists begin anew": (
        docx.convert,
        word_lists(
            "".join(numbered(*item) for item in (("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", 3), ("f", 1))),
            lists(list_level(0, "decimal", "%1."), "", restart(1), restart(10)),
        ),
        ("1. a", "2. b", "1. c", "2. d", "10. e", "11. f"),
    ),
    "docx levels": (
        docx.convert,
        word_lists(
            "".join(numbered(*item) for item in (("A", 1), ("x", 1, 1), ("deep", 1, 2), ("B", 1), ("y", 1, 1))),
            lists(
                list_level(0, "upperRoman", "%1.")
                + list_level(1, "decimal", "Art. %2", '<w:lvlRestart w:val="0"/>')
                + list_level(2, "decimal", "%1.%2.%3", "<w:isLgl/>"),
                "",
            ),
        ),
        ("I. A", "Art. 1 x", "1.1.1 deep", "II. B", "Art. 2 y"),
    ),
    "docx styles of lists": (
        docx.convert,
        word_lists(
            "".join(
                numbered(*item)
                for item in (
                    ("one", None, None, "S"),
                    ("two", None, None, "T"),
                    ("sub", None, 1, "S"),
                    ("none", 0, None, "S"),
                )
            ),
            lists(list_level(0, "decimal", "%1.", '<w:pStyle w:val="S"/>') + list_level(1, "decimal", "%1.%2"), ""),
            '<w:style w:type="paragraph" w:styleId="S"><w:name w:val="S"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="T"><w:name w:val="T"/><w:basedOn w:val="S"/></w:style>',
        ),
        ("1. one", "!1. 1. one", "2. two", "2.1 sub", "\nnone"),
    ),
    "docx deleted item": (
        docx.convert,
        word_lists(
            numbered("a", 1)
            + '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>'
            + numbered("b", 1),
            lists(list_level(0, "decimal", "%1."), ""),
        ),
        ("1. a", "2. b", "!3."),
    ),
    "docx other files": (docx.convert, word(paragraph("b") + '<w:altChunk r:id="r9"/>'), ("1 other file",)),
    "pptx chart": (pptx.convert, deck(pptx_chart), ("My chart title", "19.2", "Rev", "N")),
    "pptx group notes": (pptx.convert, deck(pptx_group_notes), ("grouped 5", "note 7")),
    "pptx table merged": (pptx.convert, deck(pptx_table_merged), ("10 Cost 20", "| 21 | 22 |")),
    "pptx super hidden": (pptx.convert, deck(pptx_super_hidden), ("1,234¹", "next", "Slide 2 (hidden): H x")),
    "pptx xy": (pptx.convert, deck(pptx_xy), ("shape text", "1.5", "2.5")),
    "xlsx merged head": (sheets.convert, book(xlsx_merged_head), ("| N | 1 | 2 |",)),
    "xlsx merged down": (sheets.convert, book(xlsx_merged_down), ("| North | A | 1 |", "| North | B | 2 |")),
    "xlsx types": (
        sheets.convert,
        book(xlsx_types),
        ("2024-03-01", "09:30", "2024-03-01T09:30", "True", "=1/0", "#N/A"),
    ),
    "xlsx hidden etc": (
        sheets.convert,
        book(xlsx_hidden_etc),
        ("Hid (hidden)", "VH (hidden)", "remark 7", "HDR 9", "FTR 8", "hidden row"),
    ),
    "xlsx offset two tables": (
        sheets.convert,
        book(xlsx_offset_two_tables),
        ("| x | y |\n| --- | --- |\n| 1 | 2 |", "| p | q |\n| --- | --- |\n| u | 3 |"),
    ),
    "xlsx numbers": (sheets.convert, book(xlsx_numbers), ("line break", "123456789012")),
    "ods repeated cells": (
        sheets.convert,
        sheet(
            row(text_cell("a"), text_cell("b"), text_cell("c"))
            + row(number_cell(7, 'table:number-columns-repeated="3"'))
            + row(text_cell("z"), '<table:table-cell table:number-columns-repeated="1"/>', number_cell(3))
        ),
        ("| 7 | 7 | 7 |", "| z |  | 3 |"),
    ),
    "ods repeated rows": (
        sheets.convert,
        sheet(
            row(text_cell("a"), text_cell("b"))
            + row(number_cell(7), number_cell(8), at='table:number-rows-repeated="3"')
        ),
        ("| 7 | 8 |\n| 7 | 8 |\n| 7 | 8 |",),
    ),
    "ods merged": (
        sheets.convert,
        sheet(
            row(text_cell("Region"), text_cell("City"))
            + row(text_cell("North", 'table:number-rows-spanned="2"'), text_cell("A"))
            + row("<table:covered-table-cell/>", text_cell("B"))
        ),
        ("| North | A |", "| North | B |"),
    ),
    "ods comment": (
        sheets.convert,
        sheet(
            row(
                text_cell("a"),
                text_cell(
                    "b",
                    "",
                    "<office:annotation><dc:creator>me</dc:creator><text:p>remark 7</text:p></office:annotation>",
                ),
            )
            + row(number_cell(1), number_cell(2))
        ),
        ("remark 7", "| a | b |"),
    ),
    "ods million rows": (
        sheets.convert,
        sheet(
            row(text_cell("a"), text_cell("b"))
            + row(number_cell(1), number_cell(2))
            + row('<table:table-cell table:number-columns-repeated="1024"/>', at='table:number-rows-repeated="1048570"')
        ),
        ("| 1 | 2 |",),
    ),
    "ods currency pct": (
        sheets.convert,
        sheet(
            row(text_cell("a"), text_cell("b"))
            + row(
                '<table:table-cell office:value-type="currency" office:currency="EUR" office:value="5.5"><text:p>5,50 €</text:p></table:table-cell>',
                '<table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12,5%</text:p></table:table-cell>',
            )
        ),
        ("| a | b |", "| 5.5 | 12.5% |"),
    ),
    "ods without values": (
        sheets.convert,
        sheet(
            row(text_cell("a"), text_cell("b"), text_cell("c"), text_cell("d"))
            + row(
                '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0"><text:p>#DIV/0!</text:p></table:table-cell>',
                '<table:table-cell table:formula="of:=SUM([.A1:.A3])*2"/>',
                '<table:table-cell office:value-type="time" office:time-value="PT25H03M00S"><text:p>25:03</text:p></table:table-cell>',
                text_cell("x<text:tab/>y"),
                at='table:visibility="collapse"',
            )
        ),
        ("| #DIV/0! | [formula: =SUM(A1:A3)*2] | 25:03:00 | x y |", "1 hidden row", "1 cell holds a formula"),
    ),
    "odt": (
        opendocument.convert,
        odf(
            "text",
            '<office:text><text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes><text:h text:outline-level="1">Head</text:h><text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d <text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>note 7</text:p></text:note-body></text:note></text:p><table:table>'
            + row(text_cell("a"), text_cell("b"))
            + row(text_cell("North", 'table:number-rows-spanned="2"'), text_cell("1"))
            + row("<table:covered-table-cell/>", text_cell("2"))
            + "</table:table></office:text>",
        ),
        ("# Head", "note 7", "| North | 1 |", "| North | 2 |", "change"),
    ),
    "odt frame": (
        opendocument.convert,
        odf(
            "text",
            "<office:text><text:p>x<draw:frame><draw:text-box><text:p>box 5</text:p></draw:text-box></draw:frame></text:p><text:section><text:p>sec 6</text:p></text:section></office:text>",
        ),
        ("box 5", "sec 6"),
    ),
    "odt raised": (
        opendocument.convert,
        odf(
            "text",
            '<office:text><text:p>10<text:span text:style-name="U">6</text:span> <text:span text:style-name="B">1,234</text:span><text:span text:style-name="P"><text:span text:style-name="B">1</text:span></text:span> H<text:span text:style-name="L">2</text:span>O <text:span text:style-name="S">100</text:span> 80 <text:ruby><text:ruby-base>東</text:ruby-base><text:ruby-text>とう</text:ruby-text></text:ruby></text:p></office:text>',
            "<office:automatic-styles>"
            + "".join(
                f'<style:style style:name="{name}"><style:text-properties {at}/></style:style>'
                for name, at in (
                    ("U", 'style:text-position="super 58%"'),
                    ("P", 'style:text-position="33% 58%"'),
                    ("L", 'style:text-position="sub 58%"'),
                    ("S", 'style:text-line-through-style="solid"'),
                    ("B", 'style:text-position="0% 100%"'),
                )
            )
            + "</office:automatic-styles>",
        ),
        ("10⁶ 1,234¹ H₂O ~~100~~ 80 東(とう)",),
    ),
    "odt tabs and tables": (
        opendocument.convert,
        odf(
            "text",
            "<office:text><text:p>a<text:tab/>1<text:tab/><text:tab/>3</text:p><table:table><table:table-header-rows>"
            + row(text_cell("k"), text_cell("v"))
            + "</table:table-header-rows>"
            + row(
                text_cell("x"),
                "<table:table-cell><table:table>"
                + row(text_cell("n1"), text_cell("n2"))
                + row(text_cell("5"), text_cell("6"))
                + "</table:table></table:table-cell>",
            )
            + row(text_cell("y"), text_cell("7"), at='table:number-rows-repeated="2"')
            + "</table:table></office:text>",
        ),
        ("a\t1\t\t3\n", "| k | v |\n| --- | --- |\n| x | n1 \\| n2; 5 \\| 6 |\n| y | 7 |\n| y | 7 |\n", "!\n| n1"),
    ),
    "odp": (
        opendocument.convert,
        odf(
            "presentation",
            '<office:presentation><draw:page draw:name="p1"><draw:frame presentation:class="title"><draw:text-box><text:p>Ttl</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>body 4</text:p></draw:text-box></draw:frame><draw:custom-shape><text:p>shape 8</text:p></draw:custom-shape><draw:frame><table:table>'
            + row(text_cell("a"), text_cell("b"))
            + row(text_cell("1"), text_cell("2"))
            + "</table:table></draw:frame></draw:page></office:presentation>",
        ),
        ("Slide 1: Ttl", "body 4", "shape 8", "| a | b |"),
    ),
    "ipynb html": (
        notebook.convert,
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "source": "df",
                        "outputs": [
                            {
                                "output_type": "execute_result",
                                "data": {
                                    "text/html": "<table><tr><th></th><th>a</th></tr><tr><th>0</th><td>18870</td></tr></table>",
                                    "text/plain": "a\n0 18870",
                                },
                            }
                        ],
                    },
                    {"cell_type": "raw", "source": "raw txt"},
                ],
                "metadata": {},
            }
        ).encode(),
        ("| 0 | 18870 |", "raw txt"),
    ),
    "ipynb shown": (
        notebook.convert,
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "source": "x",
                        "outputs": [
                            {
                                "data": {
                                    "text/plain": "<IPython.core.display.Markdown object>",
                                    "text/markdown": "Result **42**",
                                }
                            },
                            {
                                "data": {
                                    "text/plain": "<IPython.core.display.HTML object>",
                                    "text/html": "<p>Sum: 99</p>",
                                }
                            },
                            {"data": {"text/latex": ["$x = 7$"]}},
                            {
                                "data": {
                                    "application/json": {"a": [1, 2]},
                                    "text/plain": "<IPython.core.display.JSON object>",
                                }
                            },
                            {"data": {"text/plain": "kept 5", "text/html": "<b>kept 6</b>"}},
                        ],
                    }
                ],
                "metadata": {},
            }
        ).encode(),
        ("Result **42**", "Sum: 99", "$x = 7$", '{"a": [1, 2]}', "kept 5", "!kept 6", "!IPython"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept(name: str) -> None:
    convert, data, words = CASES[name]
    text = converted(convert, data)
    for word in words:
        assert (word[1:] not in text) if word.startswith("!") else (word in text)
