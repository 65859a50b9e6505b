"""Office files of which a part is broken, their charts, and archives that hold them."""

# ruff: noqa: E501  (what is read stands in one line)

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import IO, Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.chart.data import BubbleChartData, CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml

from rlm_kernel.document.load.converters import docx, pptx, sheets
from rlm_kernel.document.load.converters.sink import Sink
from rlm_kernel.document.load.recognize import recognize

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def read(convert: Callable[[IO[bytes], Sink], None], data: bytes) -> tuple[str, list[str]]:
    sink = Sink(1 << 26, files=io.BytesIO())
    convert(io.BytesIO(data), sink)
    return sink.finish()[0], sink.remarks


def archive(members: dict[str, bytes | str], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as other:
        for name, data in members.items():
            other.writestr(name, data)
    return made.getvalue()


def changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return archive({name: change(name, old.read(name)) for name in old.namelist()})


def broken(data: bytes, part: str) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        return b"<bad" if name == part else content

    return changed(data, change)


def word() -> bytes:
    relations = "".join(
        f'<Relationship Id="r{at}" Type="{KINDS}/{kind}" Target="{kind}.xml"/>'
        for at, kind in enumerate(("comments", "numbering", "footnotes"))
    )
    body = (
        '<w:p><w:r><w:t>Revenue 7</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r>'
        '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    note = "<w:p><w:r><w:t>the {}</w:t></w:r></w:p>"
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{KINDS}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
            "word/comments.xml": f'<w:comments xmlns:w="{WORD}"><w:comment w:id="0" w:author="A" w:initials="A">{note.format("comment")}</w:comment></w:comments>',
            "word/numbering.xml": f'<w:numbering xmlns:w="{WORD}"/>',
            "word/footnotes.xml": f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{note.format("footnote")}</w:footnote></w:footnotes>',
        }
    )


def deck(*draw: Callable[[Any], object]) -> bytes:
    presentation: Any = Presentation()
    for one in draw:
        one(presentation.slides.add_slide(presentation.slide_layouts[6]).shapes)
    made = io.BytesIO()
    presentation.save(made)
    return made.getvalue()


def chart(kind: Any, data: Any) -> Callable[[Any], object]:
    return lambda shapes: shapes.add_chart(kind, 0, 0, 9, 9, data)


def columns() -> Callable[[Any], object]:
    data = CategoryChartData()
    data.categories = ["N", "S"]
    data.add_series("Sales", (19, 3))
    return chart(XL_CHART_TYPE.COLUMN_CLUSTERED, data)


class TestBrokenParts:
    @pytest.mark.parametrize(
        ("part", "there", "gone"),
        [
            ("word/comments.xml", "the footnote", "the comment"),
            ("word/footnotes.xml", "the comment", "the footnote"),
            ("word/numbering.xml", "the comment", "nothing"),
        ],
    )
    def test_a_word_file(self, part: str, there: str, gone: str) -> None:
        assert not read(docx.convert, word())[1]
        text, remarks = read(docx.convert, broken(word(), part))
        assert "Revenue 7" in text
        assert there in text
        assert gone not in text
        assert remarks[0].startswith(f"its part {part} is broken, and is left out")

    def test_a_presentation(self) -> None:
        data = deck(columns(), lambda shapes: setattr(shapes.add_textbox(0, 0, 9, 9).text_frame, "text", "words 5"))
        text, remarks = read(pptx.convert, broken(data, "ppt/charts/chart1.xml"))
        assert "words 5" in text
        assert "Sales" not in text
        assert [remark[:40] for remark in remarks] == ["its part ppt/charts/chart1.xml is broken"[:40]]

    def test_a_workbook(self) -> None:
        book = openpyxl.Workbook()
        sheet: Any = book.active
        sheet.append(["k", "v"])
        sheet.append(["x", 5])
        sheet["A1"].comment = Comment("remark 7", "me")
        made = io.BytesIO()
        book.save(made)
        text, remarks = read(sheets.convert, broken(made.getvalue(), "xl/comments/comment1.xml"))
        assert "| x | 5 |" in text
        assert remarks[0].startswith("its part xl/comments/comment1.xml is broken")


class TestCharts:
    def test_points_of_series_that_stand_elsewhere(self) -> None:
        data = XyChartData()
        for name, points in (("X1", ((1, 10), (2, 20))), ("X2", ((5, 50), (6, 60)))):
            series = data.add_series(name)
            for x, y in points:
                series.add_data_point(x, y)
        text, _ = read(pptx.convert, deck(chart(XL_CHART_TYPE.XY_SCATTER, data)))
        assert "| X1 | 1 | 10 |\n| X1 | 2 | 20 |\n| X2 | 5 | 50 |\n| X2 | 6 | 60 |" in text

    def test_sizes_of_bubbles(self) -> None:
        data = BubbleChartData()
        data.add_series("B").add_data_point(1, 10, 99)
        text, _ = read(pptx.convert, deck(chart(XL_CHART_TYPE.BUBBLE, data)))
        assert "| series | x | y | size |\n| --- | --- | --- | --- |\n| B | 1 | 10 | 99 |" in text

    def test_categories_of_two_levels_and_dates(self) -> None:
        data = CategoryChartData()
        for year in ("2022", "2023"):
            category = data.add_category(year)
            for quarter in ("Q1", "Q2"):
                category.add_sub_category(quarter)
        data.add_series("L", (1, 2, 3, 4))
        dates = CategoryChartData()
        dates.categories = [datetime.date(2023, 1, 1), datetime.date(2023, 2, 1)]
        dates.add_series("D", (1, 2))
        text, _ = read(
            pptx.convert, deck(chart(XL_CHART_TYPE.COLUMN_CLUSTERED, data), chart(XL_CHART_TYPE.LINE, dates))
        )
        assert "| 2022 / Q1 | 1 |\n| 2022 / Q2 | 2 |\n| 2023 / Q1 | 3 |\n| 2023 / Q2 | 4 |" in text
        assert "| 2023-01-01 | 1 |\n| 2023-02-01 | 2 |" in text


class TestSlides:
    def test_shapes_in_several_forms(self) -> None:
        shape = (
            '<p:sp><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
            "<a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
        forms = (
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f'<mc:Choice Requires="a14">{shape.format("new 42")}</mc:Choice>'
            f"<mc:Fallback>{shape.format('old 41')}</mc:Fallback></mc:AlternateContent></p:spTree>"
        )
        data = changed(
            deck(lambda shapes: None),
            lambda name, content: (
                content.replace(b"</p:spTree>", forms.encode()) if name == "ppt/slides/slide1.xml" else content
            ),
        )
        text, _ = read(pptx.convert, data)
        assert "new 42" in text
        assert "old 41" not in text

    def test_numbers_before_paragraphs(self) -> None:
        def draw(shapes: Any) -> None:
            frame = shapes.add_textbox(0, 0, 9, 9).text_frame
            for at, (words, level, kind) in enumerate(
                [
                    ("first", 0, 'type="arabicPeriod" startAt="7"'),
                    ("deeper", 1, 'type="alphaLcParenR"'),
                    ("deeper too", 1, 'type="alphaLcParenR"'),
                    ("second", 0, 'type="arabicPeriod" startAt="7"'),
                    ("plain", 0, ""),
                    ("again", 0, 'type="romanUcParenBoth"'),
                ]
            ):
                paragraph = frame.paragraphs[0] if not at else frame.add_paragraph()
                paragraph.text, paragraph.level = words, level
                if kind:
                    paragraph._p.get_or_add_pPr().append(parse_xml(f"<a:buAutoNum {DRAWING} {kind}/>"))

        text, _ = read(pptx.convert, deck(draw))
        assert text.endswith("7. first\n  a) deeper\n  b) deeper too\n8. second\nplain\n(I) again\n")

    def test_a_merged_block_of_a_table(self) -> None:
        def draw(shapes: Any) -> None:
            table = shapes.add_table(3, 3, 0, 0, 9, 9).table
            for row in range(3):
                for column in range(3):
                    table.cell(row, column).text = f"{row}{column}"
            table.cell(1, 0).merge(table.cell(2, 1))

        assert "| 12 |\n| 10 11 20 21 |  | 22 |" in read(pptx.convert, deck(draw))[0]


class TestArchives:
    @pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    @pytest.mark.parametrize(
        ("members", "found"),
        [
            ({"readme.txt": b"hello", "report.docx": word()}, "zip"),
            ({"unpacked/[Content_Types].xml": b"x", "unpacked/word/document.xml": b"y"}, "zip"),
            ({"notes.txt": b"see word/document.xml and [Content_Types].xml"}, "zip"),
            ({"[Content_Types].xml": b"x", "xl/workbook.xml": b"y", "xl/embeddings/a.docx": word()}, "xlsx"),
        ],
    )
    def test_the_names_in_the_list_decide(self, members: dict[str, bytes | str], found: str, kind: int) -> None:
        data = archive(members, kind)
        assert recognize("f", "", data[: 1 << 16], data[-(1 << 20) :]) == found
