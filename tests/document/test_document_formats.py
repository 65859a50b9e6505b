"""Files that are no plain text: real ones made by other programs, hostile ones made here."""

from __future__ import annotations

import importlib.util
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.document import Document, DocumentError, Searcher, origin_of
from rlm_kernel.document.load import formats

FILES = Path(__file__).parent / "files"
REPORTS = sorted(path.name for path in FILES.glob("report*"))
HEADED = [name for name in REPORTS if name != "report-chromium.pdf"]


def read(name: str) -> str:
    (text,) = Document.of(FILES / name).texts
    return text.text


def refusal(context: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        Document.of(context)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert caught.value.__cause__ is None
    return message


def archive(path: Path, members: dict[str, bytes], first: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        if first:
            made.writestr(zipfile.ZipInfo("mimetype"), first)
        for name, data in members.items():
            made.writestr(name, data)
    return path


def changed(path: Path, name: str, member: str, data: bytes) -> Path:
    """A file of ours with one member replaced."""
    with zipfile.ZipFile(FILES / name) as known:
        members = {info.filename: known.read(info) for info in known.infolist()}
    return archive(path, members | {member: data})


class TestRealDocuments:
    def test_there_is_one_of_every_kind(self) -> None:
        assert {path.suffix for path in FILES.iterdir()} >= {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".epub"}

    @pytest.mark.parametrize("name", REPORTS)
    def test_every_sentence_and_figure_is_read(self, name: str) -> None:
        words = " ".join(read(name).replace("|", " ").split())
        for wanted in ("Harvest report 2031", "Barley 120 1,250", "Oats_B 42 315", "Prices rose by 12 %."):
            assert wanted in words
        assert "café “Zur Mühle” bought rye" in words
        assert "Figures are in thousand crowns." in words

    @pytest.mark.parametrize("name", HEADED)
    def test_headings_are_headings(self, name: str) -> None:
        headings = [line.lstrip("#").strip() for line in read(name).split("\n") if line.startswith("#")]
        assert [h.partition(": ")[2] or h for h in headings if h.endswith(("Summary", "Sales", "Outlook"))] == [
            "Summary",
            "Sales",
            "Outlook",
        ]

    @pytest.mark.parametrize("name", [name for name in REPORTS if not name.endswith(".pdf")])
    def test_tables_are_tables(self, name: str) -> None:
        lines = read(name).split("\n")
        at = lines.index("| Crop | Tonnes | Sales |")
        assert lines[at + 1 : at + 3] == ["| --- | --- | --- |", "| Barley | 120 | 1,250 |"]

    def test_a_workbook(self) -> None:
        assert read("sales.xlsx") == (
            "## Sheet: sales\n\n| Crop | Tonnes | Sales | Sold on |\n| --- | --- | --- | --- |\n"
            "| Barley | 120 | 1250 | 2031-06-07 |\n| Rye | 80 | 940 | 2031-07-19 |\n| Oats\\|B | 42 | 315 |  |\n\n"
            "[page footer: Page]\n"
        )

    def test_formulas_that_nobody_has_computed(self, tmp_path: Path) -> None:
        from openpyxl import Workbook

        book = Workbook()
        for row in (["crop", "sales"], ["Rye", 940], ["all", "=SUM(B2:B2)"], [None, None], [True, "a\nb"]):
            book.active.append(row)
        book.create_sheet("Empty")
        book.save(tmp_path / "a.xlsx")
        book.close()
        assert Document.of(tmp_path / "a.xlsx").texts[0].text == (
            "## Sheet: Sheet\n\n| crop | sales |\n| --- | --- |\n| Rye | 940 |\n| all | [formula: =SUM(B2:B2)] |\n"
            "| True | a b |\n\n## Sheet: Empty\n"
        )

    def test_pages_are_numbered(self) -> None:
        lines = read("report-chromium.pdf").split("\n")
        assert lines[0] == "[page 1 of 2]"
        assert lines.index("[page 2 of 2]") > lines.index("Outlook")

    def test_lines_are_those_that_searches_tell(self) -> None:
        document = Document.of(FILES / "report.docx")
        searcher = Searcher(document.texts, lambda *_: None, lambda _: None)
        (row,) = searcher.grep("Oats_B", 10)
        assert row.line == "| Oats_B | 42 | 315 |" == document.texts[0].line(row.line_num)

    @pytest.mark.parametrize("name", [*REPORTS, "sales.xlsx"])
    def test_what_it_was_is_said(self, name: str) -> None:
        document = Document.of(FILES / name)
        origin = origin_of(document.texts[0])
        assert origin.format == name.rpartition(".")[2].upper()
        assert origin.converter
        (remark,) = document.remarks
        assert name in remark
        assert origin.converter in remark

    @pytest.mark.nightly
    def test_the_content_decides_not_the_name(self, tmp_path: Path) -> None:
        for name in ("report-chromium.pdf", "report.docx", "report.pptx", "sales.xlsx", "report.epub"):
            path = tmp_path / "unnamed"
            path.write_bytes((FILES / name).read_bytes())
            assert Document.of(path).texts[0].text == read(name)

    @pytest.mark.nightly
    def test_bytes_and_open_files_are_converted_too(self) -> None:
        path = FILES / "report.docx"
        assert Document.of(path.read_bytes()).texts[0].text == read("report.docx")
        assert Document.of({"mine": path.read_bytes()}).texts[0].text == read("report.docx")
        with (FILES / "report.html").open("rb") as file:
            assert Document.of(file).texts[0].text == read("report.html")

    def test_several_make_a_mapping(self) -> None:
        document = Document.from_files([f"{FILES}/report*.pdf", FILES / "sales.xlsx"])
        assert document.shape == "mapping"
        assert [t.name for t in document.texts] == ["report-chromium.pdf", "report-libreoffice.pdf", "sales.xlsx"]
        assert len(document.remarks) == 3

    def test_a_page_that_is_given_as_text_stays_as_it_is(self) -> None:
        source = (FILES / "report.html").read_text(encoding="utf-8")
        assert Document.of(source).texts[0].text == source


class TestNotebooks:
    def notebook(self, **code: Any) -> dict[str, Any]:
        cell = {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": [], "execution_count": 1, "metadata": {}}
        words = {"cell_type": "markdown", "source": "# Findings\nNone.", "metadata": {}}
        return {"cells": [words, cell | code], "metadata": {"language_info": {"name": "julia"}}, "nbformat": 4}

    def made(self, folder: Path, notebook: Any) -> str:
        path = folder / "a.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return Document.of(path).texts[0].text

    def test_cells_and_outputs(self, tmp_path: Path) -> None:
        outputs = [
            {"output_type": "stream", "name": "stdout", "text": ["one\n", "two\n"]},
            {"output_type": "execute_result", "data": {"text/plain": "41", "image/png": "AAAA"}, "metadata": {}},
            {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["\x1b[31mE: e\x1b[0m"]},
        ]
        text = self.made(tmp_path, self.notebook(outputs=outputs))
        assert text == (
            "# Findings\nNone.\n\n```julia\nx = 1\nx\n```\n\nOutput:\none\ntwo\n\nOutput:\n41\n\nOutput:\nE: e\n"
        )

    def test_one_that_is_none(self, tmp_path: Path) -> None:
        path = tmp_path / "a.ipynb"
        path.write_text("[1, 2]", encoding="utf-8")
        assert "a Jupyter notebook that cannot be read" in refusal(path)
        path.write_text("[" * 100_000, encoding="utf-8")
        assert "nested too deeply" in refusal(path)


class TestHostileFiles:
    def test_a_broken_pdf(self, tmp_path: Path) -> None:
        whole = (FILES / "report-chromium.pdf").read_bytes()
        for name, data in {"cut.pdf": whole[:1000], "head.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"}.items():
            (tmp_path / name).write_bytes(data)
            message = refusal(tmp_path / name)
            assert f"{name} is a PDF that cannot be read" in message

    def test_a_pdf_without_text(self, tmp_path: Path) -> None:
        from pypdf import PdfWriter

        writer = PdfWriter()
        writer.add_blank_page(100, 100)
        writer.write(tmp_path / "scan.pdf")
        message = refusal(tmp_path / "scan.pdf")
        assert "hold no text" in message
        assert "OCR" in message

    def test_a_pdf_with_a_password(self, tmp_path: Path) -> None:
        from pypdf import PdfReader, PdfWriter

        writer = PdfWriter(clone_from=PdfReader(FILES / "report-chromium.pdf"))
        writer.encrypt("secret", algorithm="RC4-128")
        writer.write(tmp_path / "closed.pdf")
        assert "without" in refusal(tmp_path / "closed.pdf")

    @pytest.mark.parametrize(
        ("name", "member"),
        [
            ("report.docx", "word/x.xml"),
            pytest.param("sales.xlsx", "xl/x.xml", marks=pytest.mark.nightly),
            pytest.param("report.pptx", "ppt/x.bin", marks=pytest.mark.nightly),
        ],
    )
    def test_a_zip_bomb_is_not_unpacked(self, tmp_path: Path, name: str, member: str) -> None:
        path = changed(tmp_path / name, name, member, bytes(1 << 28))
        assert path.stat().st_size < 1 << 20
        message = refusal(path)
        assert "it would unpack to 256 MiB" in message

    def test_a_member_that_lies_about_its_size(self, tmp_path: Path) -> None:
        path = changed(tmp_path / "a.docx", "report.docx", "word/document.xml", b"<x>" + b"a" * (1 << 26) + b"</x>")
        data = path.read_bytes()
        size = ((1 << 26) + 7).to_bytes(4, "little")
        assert data.count(size) == 2
        path.write_bytes(data.replace(size, (1000).to_bytes(4, "little")))
        assert "cannot be read" in refusal(path)

    def test_an_archive_of_very_many_members(self, tmp_path: Path) -> None:
        path = tmp_path / "a.epub"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr("mimetype", "application/epub+zip")
            for number in range(100_001):
                made.writestr(zipfile.ZipInfo(f"{number}"), b"")
        assert "100,002 files" in refusal(path)

    @pytest.mark.parametrize(
        ("name", "member"),
        [
            ("report.docx", "word/document.xml"),
            ("sales.xlsx", "xl/workbook.xml"),
            ("report.pptx", "ppt/presentation.xml"),
        ],
    )
    def test_an_xml_bomb(self, tmp_path: Path, name: str, member: str) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l11;</x>'.encode()
        message = refusal(changed(tmp_path / name, name, member, bomb))
        assert "declares entities" in message
        assert member in message

    def test_an_xml_bomb_in_a_book(self, tmp_path: Path) -> None:
        bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
        path = archive(tmp_path / "a.epub", {"META-INF/container.xml": bomb}, first="application/epub+zip")
        assert "an EPUB book that cannot be read" in refusal(path)

    @pytest.mark.nightly
    def test_a_page_that_is_nested_very_deeply(self, tmp_path: Path) -> None:
        path = tmp_path / "deep.html"
        path.write_text("<div>" * 200_000 + "x", encoding="utf-8")
        assert "deep.html is an HTML page" in refusal(path)

    def test_a_book_without_contents(self, tmp_path: Path) -> None:
        path = archive(tmp_path / "a.epub", {"META-INF/container.xml": b"<container/>"}, first="application/epub+zip")
        assert "does not say where its contents are" in refusal(path)

    def test_an_archive_of_no_known_kind(self, tmp_path: Path) -> None:
        document = Document.of(archive(tmp_path / "a.docx", {"a.txt": b"x", "b.png": b"\x89PNG\r\n"}))
        assert [text.name for text in document.texts] == ["a.txt"]
        assert "b.png is a PNG image" in document.remarks[0]

    def test_an_old_office_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.doc"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
        assert "old Office" in refusal(path)

    def test_time_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(formats, "LIMITS", formats.ConversionLimits(seconds=1))
        path = tmp_path / "slow.html"
        path.write_text("<p>slow" * 2_000_000, encoding="utf-8")
        assert "its conversion was stopped" in refusal(path)

    def test_memory_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(formats, "LIMITS", formats.ConversionLimits(memory=200 << 20))
        path = tmp_path / "large.html"
        path.write_text("<p>a<b>b</b>" * 400_000, encoding="utf-8")
        assert "needs more than 200 MiB of memory" in refusal(path)

    def test_text_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(formats, "LIMITS", formats.ConversionLimits(text=100))
        assert "more than 0 MiB of text" in refusal(FILES / "report.html")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("report-chromium.pdf", "pypdf"),
        ("report.docx", "mammoth"),
        ("report.pptx", "pptx"),
        ("sales.xlsx", "openpyxl"),
        ("report.epub", "bs4"),
        ("report.html", "markdownify"),
    ],
)
def test_a_missing_converter_names_the_extra(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda wanted: None if wanted == module else found(wanted))
    message = refusal(FILES / name)
    assert "pip install 'rlm-kernel[formats]'" in message
    assert module in message
    assert refusal(io.BytesIO((FILES / "report-chromium.pdf").read_bytes())) if module == "pypdf" else True
