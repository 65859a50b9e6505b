"""Kinds of files beyond the office ones: what is kept of them, where it stands, and how broken ones are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import sqlite3
import tarfile
import textwrap
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.document import Document, DocumentError, origin_of
from rlm_kernel.document.load import formats, pipes

FILES = Path(__file__).parent / "files"


def refusal(context: Any, **options: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        Document.of(context, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def ruled_pdf(path: Path) -> Path:
    """A page with a table in ruling lines, an empty cell, and a sentence above it."""
    rows = [("Item", "Ordered", "Delivered"), ("Apples", "120", "118"), ("Pears", "80", ""), ("Plums", "15", "15")]
    marks = ["BT /F 12 Tf 72 740 Td (Deliveries of 2031) Tj ET"]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            marks.append(f"BT /F 11 Tf {75 + 90 * column} {700 - 20 * number} Td ({cell}) Tj ET")
    for number in range(len(rows) + 1):
        marks.append(f"72 {714 - 20 * number} m 342 {714 - 20 * number} l S")
    for column in range(4):
        marks.append(f"{72 + 90 * column} 714 m {72 + 90 * column} {714 - 20 * len(rows)} l S")
    return drawn_pdf(path, "\n".join(marks))


def drawn_pdf(path: Path, marks: str) -> Path:
    """A page on which this is drawn, with the font F."""
    stream = marks.encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%sendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(data + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)
    return path


class TestPdf:
    @pytest.mark.parametrize("spacing", [0, 1, 1.7, 2.4])
    def test_letters_set_apart_are_words(self, tmp_path: Path, spacing: float) -> None:
        words = "Here is some formatted text, and more of it"
        (text,) = Document.of(
            drawn_pdf(tmp_path / "a.pdf", f"BT /F 12 Tf {spacing} Tc 60 700 Td ({words}) Tj ET")
        ).texts
        assert words in text.text

    @pytest.mark.parametrize("spacing", [1, 1.7])
    def test_letters_that_are_placed_one_by_one_are_words(self, tmp_path: Path, spacing: float) -> None:
        widths = {"i": 2.7, "t": 3.3, "f": 3.3, "r": 4.0, "m": 10.0, "s": 6.0, "x": 6.0}
        x, marks = 60.0, []
        for word in ("Here", "is", "some", "formatted", "text"):
            for letter in word:
                marks.append(f"BT /F 12 Tf {x:.2f} 700 Td ({letter}) Tj ET")
                x += widths.get(letter, 8.7 if letter == "H" else 6.7) + spacing
            x += 4.7
        (text,) = Document.of(drawn_pdf(tmp_path / "a.pdf", "\n".join(marks))).texts
        assert "Here is some formatted text" in text.text

    def test_a_ruled_table_keeps_its_blanks(self, tmp_path: Path) -> None:
        (text,) = Document.of(ruled_pdf(tmp_path / "a.pdf")).texts
        assert (
            "| Item | Ordered | Delivered |\n| --- | --- | --- |\n| Apples | 120 | 118 |\n| Pears | 80 |  |"
            in text.text
        )
        number = text.text.split("\n").index("| Pears | 80 |  |") + 1
        assert text.place(number) == "page 1"

    def test_fields_notes_and_attachments(self, tmp_path: Path) -> None:
        from pypdf import PdfReader, PdfWriter
        from pypdf.annotations import Text as Note

        writer = PdfWriter(clone_from=PdfReader(ruled_pdf(tmp_path / "a.pdf")))
        writer.add_annotation(0, Note(rect=(50, 550, 200, 650), text="Reduced to 450"))
        writer.add_attachment("rates.csv", b"year,rate\n2031,4.5\n")
        writer.write(tmp_path / "b.pdf")
        (text,) = Document.of(tmp_path / "b.pdf").texts
        lines = text.text.split("\n")
        assert "[note: Reduced to 450]" in lines
        assert "2031,4.5" in lines
        assert text.place(lines.index("2031,4.5") + 1) == "attachment 'rates.csv'"

    def test_a_password(self, tmp_path: Path) -> None:
        from pypdf import PdfReader, PdfWriter

        writer = PdfWriter(clone_from=PdfReader(ruled_pdf(tmp_path / "a.pdf")))
        writer.encrypt("secret", algorithm="RC4-128")
        writer.write(tmp_path / "closed.pdf")
        assert "--password" in refusal(tmp_path / "closed.pdf")
        assert "does not open it" in refusal(tmp_path / "closed.pdf", password="wrong")
        document = Document.of(tmp_path / "closed.pdf", password="secret")
        assert "Apples" in document.texts[0].text
        assert b"secret" not in pickle.dumps(document)


class TestSheets:
    def test_places_titles_comments_and_hidden_sheets(self, tmp_path: Path) -> None:
        from openpyxl import Workbook
        from openpyxl.comments import Comment

        book = Workbook()
        sheet = book.active
        sheet.title = "Sales"
        for row in (["Prices of 2031"], [None], ["Fruit", "Price"], ["Apples", 2.5], ["Pears", 3]):
            sheet.append(row)
        sheet["B4"].comment = Comment("estimated", "A")
        book.create_sheet("Old").sheet_state = "hidden"
        book["Old"].append(["x", "y"])
        book.save(tmp_path / "a.xlsx")
        (text,) = Document.of(tmp_path / "a.xlsx").texts
        lines = text.text.split("\n")
        assert lines[:6] == [
            "## Sheet: Sales",
            "",
            "Prices of 2031",
            "",
            "| Fruit | Price |",
            "| --- | --- |",
        ]
        assert text.place(lines.index("| Pears | 3 |") + 1) == "sheet 'Sales', A5:B5"
        assert "[comment at B4: estimated]" in lines
        assert "## Sheet: Old (hidden)" in lines


class TestArchives:
    LOG = b"ERROR one\nfine\n"

    def test_packed_files_are_the_files(self, tmp_path: Path) -> None:
        import zstandard

        packers = {
            "gz": gzip.compress,
            "bz2": bz2.compress,
            "xz": lzma.compress,
            "zst": zstandard.ZstdCompressor().compress,
        }
        for ending, pack in packers.items():
            path = tmp_path / f"app.log.{ending}"
            path.write_bytes(pack(self.LOG))
            document = Document.of(path)
            assert (document.shape, document.texts[0].text) == ("text", self.LOG.decode())
            path.write_bytes(pack(self.LOG * 100)[:-8])
            assert "cannot be read" in refusal(path)

    def test_members_are_documents(self, tmp_path: Path) -> None:
        members = {"a.log": self.LOG, "b/c.log": self.LOG, "p.png": b"\x89PNG\r\n"}
        document = Document.of(zipped(tmp_path / "logs.zip", members))
        assert (document.shape, [text.name for text in document.texts]) == ("mapping", ["a.log", "b/c.log"])
        assert "p.png is a PNG image" in document.remarks[0]
        with tarfile.open(tmp_path / "logs.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "logs.zip", "deep/logs.zip")
            link = tarfile.TarInfo("../../etc/passwd")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        document = Document.of(tmp_path / "logs.tar.gz")
        assert [text.name for text in document.texts] == ["a.log", "b/c.log"]

    def test_nested_too_deep(self, tmp_path: Path) -> None:
        data = b"x"
        for _ in range(8):
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w") as archive:
                archive.writestr("a.zip", data)
            data = made.getvalue()
        assert "nested more than 4 files deep" in refusal(data)

    def test_a_bomb(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(formats, "LIMITS", formats.ConversionLimits(text=1 << 20))
        path = tmp_path / "bomb.gz"
        path.write_bytes(gzip.compress(bytes(64 << 20)))
        assert "unpacks to more than a conversion may write" in refusal(path)


class TestMail:
    def test_what_is_encoded_is_read(self, tmp_path: Path) -> None:
        message = EmailMessage()
        message["From"], message["Subject"] = "a@example.org", "Rechnung für März"
        message["Date"] = "Fri, 16 Dec 2022 17:04:16 -0500"
        message.set_content("Total 4,711 für März\n", cte="base64")
        message.add_attachment(b"item,sum\nrent,900\n", maintype="text", subtype="csv", filename="rates.csv")
        (tmp_path / "m.eml").write_bytes(message.as_bytes())
        (text,) = Document.of(tmp_path / "m.eml").texts
        lines = text.text.split("\n")
        assert {"Subject: Rechnung für März", "Total 4,711 für März", "rent,900"} <= set(lines)
        assert text.place(lines.index("Total 4,711 für März") + 1) == "body"
        assert text.place(lines.index("rent,900") + 1) == "attachment 'rates.csv'"
        box = b"From a@example.org Fri Dec 16 17:04:16 2022\n" + message.as_bytes() + b"\n"
        (tmp_path / "m.mbox").write_bytes(box * 2)
        (text,) = Document.of(tmp_path / "m.mbox").texts
        assert text.text.count("Total 4,711") == 2
        assert "## E-mail 2: Rechnung für März" in text.text


class TestDatabases:
    def test_sqlite(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "a.db") as base:
            base.execute("CREATE TABLE crops (name TEXT, sold REAL)")
            base.executemany("INSERT INTO crops VALUES (?, ?)", [("Rye|B", 940.5), ("Oats", None)])
        (text,) = Document.of(tmp_path / "a.db").texts
        lines = text.text.split("\n")
        assert lines[0] == "## Table: crops"
        assert text.place(lines.index("| Rye\\|B | 940.5 |") + 1) == "table 'crops', row 1"
        assert text.place(lines.index("| Oats |  |") + 1) == "table 'crops', row 2"

    def test_parquet_and_feather_are_records(self, tmp_path: Path) -> None:
        import pandas as pd

        table = pd.DataFrame({"crop": ["Rye", "Oats"], "sold": pd.array([940, None], dtype="Int64")})
        table.to_parquet(tmp_path / "a.parquet")
        table.to_feather(tmp_path / "a.feather")
        for name in ("a.parquet", "a.feather"):
            document = Document.of(tmp_path / name)
            rows = [json.loads(line) for line in document.texts[0].text.split("\n") if line]
            assert (document.shape, rows) == ("records", [{"crop": "Rye", "sold": 940}, {"crop": "Oats", "sold": None}])


def test_rtf_is_its_words(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1\ansi\deff0 {\fonttbl{\f0 Arial;}}\f0 Total: 500\par Caf\'e9\par}")
    assert Document.of(tmp_path / "a.rtf").texts[0].text == "Total: 500\nCafé\n"


def test_merged_cells_of_a_page_are_spread(tmp_path: Path) -> None:
    page = (
        "<table><caption>Crops</caption><tr><th>Kind</th><th>Year</th><th>Sold</th></tr>"
        "<tr><td rowspan=2>Rye</td><td>2030</td><td>1,234<sup>1</sup></td></tr><tr><td>2031</td><td>5</td></tr></table>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    text = Document.of(tmp_path / "a.html").texts[0].text
    assert "| Rye | 2030 | 1,234¹ |\n| Rye | 2031 | 5 |" in text
    assert text.startswith("Crops\n")


MAGIC = [b"PAR1", b"ARROW1", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"%PDF-1.7", b"PK\x03\x04"]


@pytest.mark.parametrize("magic", MAGIC)
@pytest.mark.parametrize("rest", [b"", b"\0" * 3000, bytes(range(256)) * 12])
def test_a_broken_file_of_any_kind_is_one_sentence(magic: bytes, rest: bytes) -> None:
    assert refusal(magic + rest)


def entities(encoding: str, padding: int) -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?>{" " * padding}<!DOCTYPE x [{laughs}]><x>&l11;</x>'.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("name", "member"),
    [("report.docx", "word/document.xml"), ("sales.xlsx", "xl/workbook.xml"), ("report.pptx", "ppt/x.xml")],
)
def test_entities_in_any_encoding_and_anywhere_are_refused(
    tmp_path: Path, name: str, member: str, encoding: str
) -> None:
    with zipfile.ZipFile(FILES / name) as known:
        members = {info.filename: known.read(info) for info in known.infolist()}
    path = zipped(tmp_path / name, members | {member: entities(encoding, 20_000)})
    assert "declares entities" in refusal(path)


class TestBounds:
    def test_a_sparse_file(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.txt"
        with path.open("wb") as file:
            file.truncate(20 << 30)
        assert "is larger than 4 GiB" in refusal(path)
        assert "--max-document-size" in refusal(path)

    def test_a_device(self) -> None:
        assert "/dev/zero is a device" in refusal(Path("/dev/zero"))

    def test_a_pipe_without_a_writer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pipes, "WRITER_SECONDS", 0.1)
        os.mkfifo(tmp_path / "pipe")
        assert "nobody writes to" in refusal(tmp_path / "pipe")

    def test_the_limit_is_the_users(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"x" * 2000)
        assert "is larger than 1,024 bytes" in refusal(path, max_size="1KB")
        assert Document.of(path, max_size="2KB").chars == 2000
        assert "is no size of a document" in refusal(path, max_size="much")


class TestPickles:
    def test_by_content(self) -> None:
        document = Document.of(FILES / "sales.xlsx")
        other = pickle.loads(pickle.dumps(document))
        assert (other.fingerprint, other.shape) == (document.fingerprint, document.shape)
        assert other.texts[0].place(4) == document.texts[0].place(4) != ""
        assert origin_of(other.texts[0]) == origin_of(document.texts[0])

    def test_by_source(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_text("one\n" * 1000)
        document = Document.of(path)
        document.pickle_by = "source"
        data = pickle.dumps(document)
        assert len(data) < 1000
        assert pickle.loads(data).fingerprint == document.fingerprint
        path.write_text("two\n")
        with pytest.raises(DocumentError, match="has changed"):
            pickle.loads(data)


def test_a_converter_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with an entry point of the group reads its suffix, in the same bounded process."""
    package = tmp_path / "site"
    (package / "tiny-1.0.dist-info").mkdir(parents=True)
    (package / "tiny-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    (package / "tiny-1.0.dist-info" / "entry_points.txt").write_text("[rlm_kernel.converters]\ntiny = tiny:convert\n")
    (package / "tiny.py").write_text(
        textwrap.dedent("""
            def convert(file, sink):
                sink.packages = ["tiny"]
                sink.place("record 1")
                sink.write(file.read()[::-1].decode())
                sink.remark("it was read backwards")
        """)
    )
    monkeypatch.syspath_prepend(str(package))
    formats.plugins.cache_clear()
    try:
        (tmp_path / "a.tiny").write_bytes(b"olleh")
        document = Document.of(tmp_path / "a.tiny")
    finally:
        monkeypatch.undo()
        formats.plugins.cache_clear()
    (text,) = document.texts
    assert (text.text, text.place(1), origin_of(text).converter) == ("hello\n", "record 1", "tiny 1.0")
    assert any("it was read backwards" in remark for remark in document.remarks)
