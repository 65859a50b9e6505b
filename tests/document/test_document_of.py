"""What becomes a document, in which shape, and the one clear sentence where nothing can."""

from __future__ import annotations

import io
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.document import Document, DocumentError


def texts(document: Document) -> dict[str, str]:
    return {text.name: text.text for text in document.texts}


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(context: Any, **options: Any) -> str:
    """The refusal of a context: one sentence or two, one line, without a traceback's remains."""
    with pytest.raises(DocumentError) as caught:
        Document.of(context, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message[0] != " "
    assert message.endswith(".")
    assert caught.value.__cause__ is None
    return message


def test_a_str_is_the_text_itself_even_where_it_names_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, "report.txt", "content")
    document = Document.of(str(path))
    assert (document.shape, texts(document)) == ("text", {"context": str(path)})


def test_bytes_are_decoded() -> None:
    document = Document.of("é\n😀".encode(), name="mine")
    assert (document.shape, texts(document), document.chars, document.lines) == ("text", {"mine": "é\n😀"}, 3, 2)
    assert texts(Document.of(bytearray(b"abc"))) == {"context": "abc"}


def test_a_path_is_read_and_named() -> None:
    document = Document.of(Path(__file__))
    (text,) = document.texts
    assert (text.name, text.source, document.shape) == (Path(__file__).name, __file__, "text")
    assert text.text == Path(__file__).read_text(encoding="utf-8")


def test_several_paths_make_a_mapping(tmp_path: Path) -> None:
    paths = [written(tmp_path, "b.txt", "two"), written(tmp_path, "a.txt", "one")]
    document = Document.of(paths)
    assert (document.shape, list(texts(document).items())) == ("mapping", [("b.txt", "two"), ("a.txt", "one")])
    assert document.text_named("a.txt") is document.texts[1]
    assert document.text_named("c.txt") is None


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [written(tmp_path, "x/a.txt", "one"), written(tmp_path, "y/a.txt", "two")]
    assert texts(Document.from_files(paths)) == {"x/a.txt": "one", "y/a.txt": "two"}


def test_a_file_named_twice_counts_once(tmp_path: Path) -> None:
    one, two = written(tmp_path, "a.txt", "one"), written(tmp_path, "b.txt", "two")
    assert texts(Document.from_files([one, two, one])) == {"a.txt": "one", "b.txt": "two"}
    assert Document.from_files([one, one]).shape == "text"


def test_a_pattern_names_its_files_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md", "deep/d.txt"):
        written(tmp_path, name, name)
    (tmp_path / "folder.txt").mkdir()
    assert list(texts(Document.from_files([f"{tmp_path}/*.txt"]))) == ["a.txt", "b.txt"]
    assert list(texts(Document.from_files([f"{tmp_path}/**/*.txt"]))) == ["a.txt", "b.txt", "d.txt"]


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    path = written(tmp_path, "notes [1].txt", "found")
    assert texts(Document.of(path)) == {"notes [1].txt": "found"}


def test_a_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "mine.txt", "found")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert texts(Document.from_files(["~/mine.txt"])) == {"mine.txt": "found"}


def test_texts_in_a_sequence_make_a_list() -> None:
    for context in (["a", "", "b"], ("a", "", "b")):
        document = Document.of(context)
        assert (document.shape, texts(document)) == ("list", {"[0]": "a", "[1]": "", "[2]": "b"})


def test_a_set_of_texts_makes_the_same_list_every_time() -> None:
    assert texts(Document.of({"b", "c", "a"})) == {"[0]": "a", "[1]": "b", "[2]": "c"}


def test_a_dict_of_texts_and_paths_makes_a_mapping(tmp_path: Path) -> None:
    document = Document.of({"first": "one", 2: written(tmp_path, "a.txt", "two")})
    assert (document.shape, texts(document)) == ("mapping", {"first": "one", "2": "two"})
    assert document.texts[1].source.endswith("a.txt")


def test_records_are_json_with_one_a_line() -> None:
    document = Document.of([{"name": "é", "n": 1}, {"name": "line\nfeed", "n": None}], name="rows")
    assert document.shape == "records"
    assert texts(document) == {"rows": '{"name": "é", "n": 1}\n{"name": "line\\nfeed", "n": null}'}
    assert texts(Document.of(["a", 1])) == {"records": '"a"\n1'}


def test_other_dicts_are_json() -> None:
    document = Document.of({"a": [1, 2], "when": Path("x")})
    assert (document.shape, texts(document)) == ("records", {"context": '{\n "a": [\n  1,\n  2\n ],\n "when": "x"\n}'})


def test_a_table_becomes_its_records() -> None:
    class Table:
        columns = ("a", "b")

        def to_dict(self, orient: str) -> list[dict[str, int]]:
            assert orient == "records"
            return [{"a": 1, "b": 2}, {"a": 3, "b": 4}]

    document = Document.of(Table())
    assert (document.shape, texts(document)) == ("records", {"records": '{"a": 1, "b": 2}\n{"a": 3, "b": 4}'})


def test_an_open_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "é")
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        assert list(texts(Document.of(binary)).values()) == ["é"]
        assert texts(Document.of(text)) == {str(path): "é"}
    assert texts(Document.of(io.StringIO("x"), name="mine")) == {"mine": "x"}


def test_a_document_stays_itself() -> None:
    document = Document.of("x")
    assert Document.of(document) is document


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xef\xbb\xbfh\xc3\xa9", None),
        ("hé".encode("utf-16"), None),
        (b"\xfe\xff" + "hé".encode("utf-16-be"), None),
        ("hé".encode("latin-1"), "latin-1"),
        ("hé".encode("cp1252"), "cp1252"),
        ("hé".encode(), "utf-8"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, encoding: str | None) -> None:
    assert [text.text for text in Document.of(data, encoding=encoding).texts] == ["hé"]
    path = written(tmp_path, "a.txt", data)
    assert [text.text for text in Document.of(path, encoding=encoding).texts] == ["hé"]


def test_lone_surrogates_are_kept() -> None:
    (text,) = Document.of("a\ud800b").texts
    assert (text.text, text.chars) == ("a\ud800b", 3)


def test_terminal_colours_are_text() -> None:
    assert Document.of(b"\x1b[31mred\x1b[0m\t\x0b\x0c\n").chars == 16


def test_what_a_document_says_of_itself() -> None:
    assert repr(Document.of({"a": "one\ntwo", "b": "three"})) == "Document(mapping, 2 text(s), 12 characters, 3 lines)"


def test_a_missing_file(tmp_path: Path) -> None:
    message = refusal(tmp_path / "absent.txt")
    assert "no file" in message
    assert "absent.txt" in message
    assert "check the name" in message


def test_a_pattern_without_a_file(tmp_path: Path) -> None:
    message = refusal(tmp_path / "*.absent")
    assert "No file matches" in message
    assert "*.absent" in message


def test_a_directory(tmp_path: Path) -> None:
    assert "is a folder without files to read" in refusal(tmp_path)
    written(tmp_path, ".gitignore", "*.tmp\nbuild/\n")
    for name in ("a.py", "sub/b.py", "c.tmp", "build/d.py", ".hidden/e.py"):
        written(tmp_path, name, name)
    written(tmp_path, "sub/p.png", b"\x89PNG\r\n\x1a\n")
    written(tmp_path, "empty.py", "")
    document = Document.of(tmp_path)
    assert texts(document) == {"a.py": "a.py", "b.py": "sub/b.py"}
    assert "2 files were skipped" in document.remarks[0]
    assert "p.png is a PNG image, not text" in document.remarks[0]
    assert "empty.py is empty" in document.remarks[0]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("a.bin", bytes(range(256)) * 8, "a binary file"),
        ("nul.txt", b"a\0b\0c\0", "a binary file"),
        ("odd.txt", b"\xff\xfe\x00", "a binary file"),
    ],
)
def test_binary_files(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    message = refusal(written(tmp_path, name, data))
    assert f"{name} is {what}" in message
    assert "not text" in message
    assert "convert it" in message


def test_invalid_utf8_is_located(tmp_path: Path) -> None:
    cyrillic = "fine\nfine\nпривет, мир\n".encode("cp1251")
    message = refusal(written(tmp_path, "old.txt", cyrillic))
    assert "old.txt is not valid UTF-8" in message
    assert "byte 0xef at line 3" in message
    assert "cp1251" in message


def test_the_wrong_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, "old.txt", b"ab\xe9")
    message = refusal(path, encoding="ascii")
    assert "not ascii text (byte 2)" in message
    message = refusal(path, encoding="klingon")
    assert "klingon is not a known encoding" in message
    assert "utf-8" in message


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_empty_files(tmp_path: Path, data: bytes) -> None:
    message = refusal(written(tmp_path, "empty.txt", data))
    assert "empty.txt is empty" in message
    assert "has content" in message


@pytest.mark.parametrize("context", ["", b"", [], [""], {"a": ""}, {}, ()])
def test_empty_values(context: Any) -> None:
    message = refusal(context)
    assert "is empty: there is nothing to ask about" in message
    assert "Give a text that has content" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = written(tmp_path, "secret.txt", "x")
    path.chmod(0)
    message = refusal(path)
    assert "secret.txt cannot be read (Permission denied)" in message
    assert "permissions" in message


def test_a_path_that_the_system_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Opening a socket's path fails for every user, root too.
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s")
        message = refusal(path)
    assert f"{path} is neither a file nor a pipe" in message


@pytest.mark.parametrize("context", [5, 2.5, None, object(), lambda: "x"])
def test_values_that_are_no_context(context: Any) -> None:
    message = refusal(context)
    assert f"from {type(context).__name__}" in message
    assert "give a str, a Path" in message


def test_data_that_is_no_json() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "cannot be written as JSON" in refusal(endless)
    assert "give texts or plain data" in refusal({("a", 1): "tuple as key", "b": 2})
