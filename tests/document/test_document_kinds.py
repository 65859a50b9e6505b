"""Tables of other libraries, and texts in all that holds them: what they become, and that nothing of theirs stays."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rlm_kernel.document import Document, DocumentError, origin_of, renamed


def rows(context: Any) -> list[Any]:
    document = Document.of(context)
    assert document.shape == "records"
    return [json.loads(line) for line in document.texts[0].text.split("\n")]


def texts(document: Document) -> dict[str, str]:
    return {text.name: text.text for text in document.texts}


class TestFrames:
    def test_rows_are_records(self) -> None:
        frame = pd.DataFrame(
            {"crop": ["Barley", "Rye"], "sales": [1250, 940], "price": [1.5, 2.0], "new": [True, False]}
        )
        assert rows(frame) == [
            {"crop": "Barley", "sales": 1250, "price": 1.5, "new": True},
            {"crop": "Rye", "sales": 940, "price": 2.0, "new": False},
        ]

    def test_what_json_cannot_say(self) -> None:
        frame = pd.DataFrame(
            {
                "when": [pd.Timestamp("2031-06-07"), pd.NaT],
                "number": pd.array([1, None], dtype="Int64"),
                "share": [float("nan"), float("inf")],
                "exact": [decimal.Decimal("1.10"), None],
                "list": [np.array([1, 2]), {"a": np.int64(3)}],
                "kind": pd.Categorical(["x", "y"]),
            }
        )
        assert rows(frame) == [
            {"when": "2031-06-07T00:00:00", "number": 1, "share": None, "exact": "1.10", "list": [1, 2], "kind": "x"},
            {"when": None, "number": None, "share": "inf", "exact": None, "list": {"a": 3}, "kind": "y"},
        ]

    def test_an_index_that_says_something_is_kept(self) -> None:
        frame = pd.DataFrame({"sales": [1, 2]}, index=pd.Index(["Barley", "Rye"], name="crop"))
        assert rows(frame) == [{"crop": "Barley", "sales": 1}, {"crop": "Rye", "sales": 2}]
        assert rows(pd.DataFrame({"sales": [1]}, index=["a"])) == [{"index": "a", "sales": 1}]
        assert rows(pd.DataFrame({"a": [1, 2, 3]})[1:]) == [{"a": 2}, {"a": 3}]
        named = pd.DataFrame({"crop": [1]}, index=pd.Index(["x"], name="crop"))
        assert rows(named) == [{"crop (index)": "x", "crop": 1}]

    def test_columns_get_names_of_their_own(self) -> None:
        assert rows(pd.DataFrame([[1, 2, 3]], columns=["a", "a", 7])) == [{"a": 1, "a (2)": 2, "7": 3}]
        columns = pd.MultiIndex.from_tuples([("x", "a"), ("x", "b"), ("y", "")])
        assert rows(pd.DataFrame([[1, 2, 3]], columns=columns)) == [{"x / a": 1, "x / b": 2, "y": 3}]

    def test_the_frame_is_left_as_it_was(self) -> None:
        frame = pd.DataFrame({"a": [1], 7: [2]}, index=["x"])
        before = frame.copy()
        Document.of(frame)
        pd.testing.assert_frame_equal(frame, before)

    def test_a_column(self) -> None:
        assert rows(pd.Series([1, 2], name="sales")) == [{"sales": 1}, {"sales": 2}]
        assert rows(pd.Series([1, 2])) == [1, 2]
        assert rows(pd.Series([1], index=["x"], name="n")) == [{"index": "x", "n": 1}]
        document = Document.of(pd.Series(["one", "two"], name="note"))
        assert (document.shape, texts(document)) == ("list", {"[0]": "one", "[1]": "two"})

    def test_tables_by_name_are_csv(self) -> None:
        document = Document.of({"sales": pd.DataFrame({"crop": ["Rye, new"], "n": [1]}), "note": "text"})
        assert (document.shape, texts(document)) == ("mapping", {"sales": 'crop,n\n"Rye, new",1\n', "note": "text"})

    def test_an_empty_one(self) -> None:
        with pytest.raises(DocumentError, match="is empty"):
            Document.of(pd.DataFrame({"a": []}))

    def test_other_libraries_tables(self) -> None:
        class Polars:
            columns = ("a",)

            def to_dicts(self) -> list[dict[str, Any]]:
                return [{"a": datetime.date(2031, 6, 7)}]

            def to_dict(self, *, as_series: bool = True) -> dict[str, Any]:
                raise AssertionError

        class Arrow:
            def to_pylist(self) -> list[dict[str, Any]]:
                return [{"a": 1}]

        assert rows(Polars()) == [{"a": "2031-06-07"}]
        assert rows(Arrow()) == [{"a": 1}]


def test_bytes_in_sequences_and_mappings_are_texts() -> None:
    assert texts(Document.of([b"one", "two"])) == {"[0]": "one", "[1]": "two"}
    assert texts(Document.of({"a": b"\xff\xfea\0", "b": "c"})) == {"a": "a", "b": "c"}
    assert texts(Document.of(memoryview(b"abc"))) == {"context": "abc"}


def test_records_of_odd_values_are_json_all_the_same() -> None:
    context = [
        {"at": datetime.datetime(2031, 6, 7, 8), "n": np.float64(1.5), "ids": {3}, "raw": decimal.Decimal("2.50")}
    ]
    assert rows(context) == [{"at": "2031-06-07T08:00:00", "n": 1.5, "ids": [3], "raw": "2.50"}]


def test_a_pattern_as_a_path(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(name)
    assert texts(Document.of(tmp_path / "*.txt")) == {"a.txt": "a", "b.txt": "b"}
    assert texts(Document.of([tmp_path / "*.txt"])) == {"a.txt": "a", "b.txt": "b"}
    with pytest.raises(DocumentError, match="matches 2 files"):
        Document.of({"both": tmp_path / "*.txt"})


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    converted = (Path(__file__).parent / "files" / "report-chromium.pdf").read_bytes()
    for number, (data, wanted) in enumerate({b"caf\xe9": "café", converted: "[page 1 of 2]"}.items()):
        pipe = tmp_path / f"pipe{number}"
        os.mkfifo(pipe)
        with ThreadPoolExecutor(1) as writer:
            written = writer.submit(pipe.write_bytes, data)
            text = Document.of(pipe).texts[0].text
            assert written.result() == len(data)
        assert text.startswith(wanted)


def test_no_file_at_all() -> None:
    with pytest.raises(DocumentError, match="No file is named"):
        Document.from_files([])


def test_an_impossible_path() -> None:
    with pytest.raises(DocumentError, match="is no path"):
        Document.of(Path("a" * 5000))
    with pytest.raises(DocumentError, match="There is no file"):
        Document.of(Path("a\0b"))


def test_an_open_file_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<h1>Title</h1>")
    with path.open("rb") as binary:
        (text,) = Document.of(binary).texts
    assert (text.text, text.source, origin_of(text).format) == ("# Title\n", str(path), "HTML")
    with path.open(encoding="utf-8") as characters:
        assert Document.of(characters).texts[0].text == "<h1>Title</h1>"
    assert texts(Document.of(io.BytesIO("é".encode()))) == {"file": "é"}


def test_a_file_that_gives_neither_text_nor_bytes() -> None:
    class Odd:
        def read(self) -> int:
            return 5

    with pytest.raises(DocumentError, match="gave int, neither text nor bytes"):
        Document.of(Odd())


def test_a_renamed_text_is_the_same_text() -> None:
    (text,) = Document.of("café".encode("latin-1")).texts
    other = renamed(text, "mine", "stdin")
    assert (other.name, other.source, text.name) == ("mine", "stdin", "context")
    assert other.data is text.data
    assert origin_of(other) == origin_of(text)
    assert origin_of(text).encoding == "latin-1"


class TestFingerprint:
    def test_of_one_text_it_is_its_sha256(self) -> None:
        document = Document.of("abc")
        assert document.fingerprint == document.texts[0].sha256
        assert document.fingerprint.startswith("ba7816bf")

    def test_of_several_it_depends_on_each_and_on_their_names(self) -> None:
        made = {
            Document.of(context).fingerprint
            for context in ({"a": "x", "b": "y"}, {"a": "x", "b": "z"}, {"a": "x", "c": "y"}, {"b": "y", "a": "x"})
        }
        assert len(made) == 4

    @pytest.mark.parametrize("context", ["abc é", {"a": "x", "b": "é"}, ["one", "", "two"], [{"n": 1}]])
    def test_shared_bytes_are_the_document_unchanged(self, context: Any) -> None:
        document = Document.of(context)
        with document.share() as shared:
            assert document.unchanged(shared)
            assert Document.of(context).unchanged(shared)
        for other in ("abc", {"a": "x", "b": "e"}, ["one", "", "twi"], [{"n": 2}]):
            with Document.of(other).share() as shared:
                assert not document.unchanged(shared)
