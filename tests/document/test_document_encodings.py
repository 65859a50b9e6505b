"""From bytes to text: what is told from the bytes, what is said about it, and what is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm_kernel.document import Document, DocumentError, Searcher, origin_of

PROSE = "Größe und Übermaß: der Bär aß 5 Äpfel\r\nà la carte, c'est ça\nfin"
QUOTED = "“Prices” rose – by 12 € …\nnothing else"
MIXED = "plain\r\nemoji 😀👨‍👩‍👧 and e\u0301\n\nnul \0 here\nlast 🌾"


MIXED_LINES = MIXED.replace("\r\n", "\n")
PROSE_LINES = PROSE.replace("\r\n", "\n")


def reading(data: bytes, encoding: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    """The text, the encoding that was told, and the remarks."""
    document = Document.of(data, encoding=encoding)
    return document.texts[0].text, origin_of(document.texts[0]).encoding, document.remarks


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (MIXED.encode(), MIXED_LINES, "utf-8"),
        (MIXED.encode("utf-8-sig"), MIXED_LINES, "utf-8-sig"),
        (MIXED.encode("utf-16"), MIXED_LINES, "utf-16"),
        (b"\xff\xfe" + MIXED.encode("utf-16-le"), MIXED_LINES, "utf-16"),
        (b"\xfe\xff" + MIXED.encode("utf-16-be"), MIXED_LINES, "utf-16"),
        (MIXED.encode("utf-32"), MIXED_LINES, "utf-32"),
        (b"\0\0\xfe\xff" + MIXED.encode("utf-32-be"), MIXED_LINES, "utf-32"),
        (b"only ascii", "only ascii", "utf-8"),
    ],
)
def test_what_a_mark_or_the_bytes_prove_needs_no_remark(data: bytes, text: str, encoding: str) -> None:
    assert reading(data) == (text, encoding, ())


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (PROSE.encode("latin-1"), PROSE_LINES, "latin-1"),
        (QUOTED.encode("cp1252"), QUOTED, "cp1252"),
        (b"caf\xe9 au lait", "café au lait", "latin-1"),
        (PROSE.encode("utf-16-le"), PROSE_LINES, "utf-16-le"),
        (PROSE.encode("utf-16-be"), PROSE_LINES, "utf-16-be"),
    ],
)
def test_what_is_guessed_is_said(tmp_path: Path, data: bytes, text: str, encoding: str) -> None:
    told, guessed, remarks = reading(data)
    assert (told, guessed) == (text, encoding)
    assert len(remarks) == 1
    assert encoding in remarks[0]
    path = tmp_path / "old.txt"
    path.write_bytes(data)
    (remark,) = Document.of(path).remarks
    assert str(path) in remark


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "shift_jis", "gb18030", "euc-kr", "cp1253"])
def test_other_alphabets_are_read_right_with_a_remark_or_not_at_all(encoding: str) -> None:
    words = {
        "cp1251": "Сумма всех продаж за год: 1200 рублей. ",
        "koi8-r": "Сумма всех продаж за год: 1200 рублей. ",
        "shift_jis": "本年度の売上高は合計で千二百円でした。",
        "gb18030": "今年的销售总额为一千二百元人民币。",
        "euc-kr": "올해 총 매출은 천이백 원입니다. ",
        "cp1253": "Το σύνολο των πωλήσεων ήταν 1200. ",
    }[encoding]
    data = (words * 20).encode(encoding)
    assert reading(data, encoding) == (words * 20, encoding, ())
    with contextlib.suppress(DocumentError):
        text, _, remarks = reading(data)
        assert text == words * 20
        assert "judging by its bytes" in remarks[0]


def test_few_faults_in_utf8_are_replaced_counted_and_said() -> None:
    data = ("Größe und Maß\n" * 100).encode() + b"cut \xc3\n" + ("ähnlich\n" * 100).encode()
    text, encoding, (remark,) = reading(data)
    assert (encoding, text.split("\n")[100]) == ("utf-8", "cut \ufffd")
    assert "1 fault" in remark
    assert "line 101" in remark
    with pytest.raises(DocumentError, match=r"byte 0xc3 at line 101\b"):
        Document.of(data, errors="strict")


def test_one_bad_byte_does_not_refuse_a_log() -> None:
    text, _, (remark,) = reading(b"2031-06-07 ok\n" * 400 + b"\x81\n")
    assert text.count("\n") == 401
    assert "replaced by U+FFFD, the first in line 401" in remark


def test_errors_of_a_named_encoding() -> None:
    with pytest.raises(DocumentError, match=r"errors='replace'"):
        Document.of(b"a\xffb", encoding="utf-8")
    document = Document.of(b"a\xffb", encoding="utf-8", errors="replace")
    assert document.texts[0].text == "a\ufffdb"
    assert "1 fault" in document.remarks[0]
    assert Document.of(b"a\xffb", encoding="utf-8", errors="ignore").texts[0].text == "ab"
    with pytest.raises(DocumentError, match="no way to treat errors"):
        Document.of(b"a", errors="klingon")


def test_bytes_that_windows_1252_does_not_have() -> None:
    with pytest.raises(DocumentError, match="not valid UTF-8"):
        Document.of(b"a text with \x81 in it, and \xe9 too")


@pytest.mark.parametrize(
    ("data", "newlines"),
    [
        (b"a\r\nb\r\n", "CRLF"),
        (b"a\rb\r", "CR"),
        (b"a\nb\r\n", "mixed"),
        (b"a\nb\n", ""),
        ("a\r\nb\r\n".encode("utf-16"), "CRLF"),
    ],
)
def test_lines_end_in_line_feeds_whatever_they_ended_in(data: bytes, newlines: str) -> None:
    (text,) = Document.of(data).texts
    assert (text.text, text.line_count, origin_of(text).newlines) == ("a\nb\n", 2, newlines)


def test_a_large_file_of_windows_stays_in_memory_that_can_be_shared(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"SALES north: 12\r\n" * (1 << 20))
    document = Document.of(path)
    (text,) = document.texts
    assert (text.chars, text.line_count) == (16 << 20, 1 << 20)
    assert text.loaded is not None
    with document.share() as shared:
        assert document.unchanged(shared)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"\0" * 1000,
        b"\x01\x02\x03\x04" * 100,
        b"caf\xe9 \0 au lait",
        b"\xff\xfe\x00\xd8" * 20,
    ],
)
def test_what_is_binary_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"is a binary file, not text|not valid UTF-8"):
        Document.of(data)


def test_nul_characters_in_a_text_are_characters() -> None:
    text = "field\0field\0field\nnext line with words\n"
    assert reading(text.encode()) == (text, "utf-8", ())
    assert Document.of(text.encode()).lines == 2


def test_a_named_encoding_is_taken_at_its_word() -> None:
    assert reading("é".encode("utf-8-sig"), "utf-8")[0] == "é"
    assert reading("ł".encode("cp1250"), "cp1250")[:2] == ("ł", "cp1250")


@pytest.mark.parametrize("encoding", ["base64", "rot13", "zlib", "hex", "klingon", ""])
def test_what_is_no_encoding_of_texts(encoding: str) -> None:
    with pytest.raises(DocumentError, match="is not a known encoding"):
        Document.of(b"YWJj", encoding=encoding)


def test_faults_are_located_behind_the_first_piece() -> None:
    data = b"x" * ((1 << 20) - 1) + "é\n".encode() + b"y" * 1000
    with pytest.raises(DocumentError, match=rf"not ascii text \(byte {(1 << 20) - 1}\)"):
        Document.of(data, encoding="ascii")
    with pytest.raises(DocumentError, match=r"byte 0xef at line 2\b"):
        Document.of(data + "привет".encode("cp1251"), errors="strict")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "shift_jis", "cp1252"])
def test_characters_over_the_border_of_pieces(encoding: str) -> None:
    letter = {"shift_jis": "売", "cp1252": "é"}.get(encoding, "😀")
    for before in range(4):
        text = "x" * before + letter * (1 << 20)
        assert Document.of(text.encode(encoding), encoding=encoding).texts[0].text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_positions_and_lines_do_not_depend_on_the_encoding(encoding: str, end: str) -> None:
    lines = [
        "first, with a long enough beginning",
        "",
        "e\u0301 combining",
        "😀 emoji 👨‍👩‍👧",
        "nul \0",
        "x" * 70_000,
        "last",
    ]
    (made,) = Document.of(("\r\n".join(lines) + end).encode(encoding)).texts
    text = "\n".join(lines) + end.replace("\r\n", "\n")
    assert (made.chars, made.line_count) == (len(text), len(lines))
    assert [made.line(number) for number in range(1, 8)] == lines
    searcher = Searcher((made,), lambda *_: None, lambda _: None)
    for wanted in ("emoji", "last", "nul"):
        (row,) = searcher.grep(wanted, 10)
        assert (row.start, row.line_num) == (text.index(wanted), text[: text.index(wanted)].count("\n") + 1)
        assert searcher.slice(row.start, row.start + len(wanted), None) == wanted


def test_a_line_of_a_hundred_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "one-line.txt"
    path.write_bytes(b"0123456789 " * (9 << 20) + "é needle".encode())
    (text,) = Document.of(path).texts
    size = 11 * (9 << 20)
    assert (text.line_count, text.chars) == (1, size + 8)
    (row,) = Searcher((text,), lambda *_: None, lambda _: None).grep("needle", 10)
    assert (row.start, row.line_num) == (size + 2, 1)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_any_text_comes_back_from_its_marked_encodings(text: str) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert reading(text.encode(encoding))[0] == text


def test_a_mark_of_utf_16_before_a_nul_character() -> None:
    assert reading("\0 and more words".encode("utf-16"))[:2] == ("\0 and more words", "utf-16")


@given(st.binary(min_size=1))
def test_any_bytes_are_a_text_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(DocumentError):
        made = Document.of(data)
        assert made.chars == len(made.texts[0].text) > 0
