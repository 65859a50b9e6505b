"""Texts that are longer than the parts in which they are read: the parts' borders change nothing."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rlm_kernel.document import Document, DocumentError, Searcher, Text
from rlm_kernel.document.share import SharedBytes

MEBI = 1 << 20
BLOCK = 1 << 16


def hands(text: str, **options: float) -> tuple[Searcher, list[str]]:
    notes: list[str] = []
    return Searcher((Text.from_str("t", "text", text),), lambda *_: None, notes.append, **options), notes


def places(text: str, pattern: str) -> list[tuple[int, str, int]]:
    rows = hands(text)[0].grep(pattern, 10**6)
    assert all(row.line == text.split("\n")[row.line_num - 1] for row in rows[:20])
    return [(each.start, each.match, each.line_num) for row in rows for each in row.matches]


def expected(text: str, pattern: str) -> list[tuple[int, str, int]]:
    flags = re.MULTILINE | (0 if re.search("[A-Z]", pattern) else re.IGNORECASE)
    return [(m.start(), m[0], text.count("\n", 0, m.start()) + 1) for m in re.finditer(pattern, text, flags) if m[0]]


@pytest.mark.parametrize("filling", ["x", "x\n", "é", "😀\n"])
@pytest.mark.parametrize("pattern", ["total", "total sales", r"total\s+sales", "Total", "aaa", "aaab?", "total.*$"])
def test_occurrences_over_a_border_are_found_once(filling: str, pattern: str) -> None:
    for before in (1, 5, 11):
        start = (filling * MEBI)[: MEBI - before]
        text = f"{start}Total  SALES total sales aaaaaaaa{filling * 100}\ntotal sales"
        assert places(text, pattern) == expected(text, pattern)


def test_an_occurrence_that_is_longer_than_a_part() -> None:
    text = "total" + "-" * (2 * MEBI) + "sales\ntotal--sales"
    assert [(row[0], len(row[1]), row[2]) for row in places(text, "total-*sales")] == [
        (0, 2 * MEBI + 10, 1),
        (2 * MEBI + 11, 12, 2),
    ]


def test_lines_about_the_borders_of_blocks() -> None:
    for length in (BLOCK - 1, BLOCK, BLOCK + 1):
        lines = ["a" * length, "", "b", "é" * length, "c" * 3 * BLOCK, "last"]
        text = Text.from_str("t", "text", "\n".join(lines))
        assert text.line_count == len(lines)
        assert [text.line(number) for number in range(1, 7)] == lines
        assert [text.read(number, number) for number in range(1, 7)] == lines
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        for number, (start, end) in enumerate(itertools.pairwise(starts), 1):
            assert {text.line_at(start), text.line_at(end - 1)} == {number}


def test_many_lines_are_read_and_counted() -> None:
    lines = [f"line {number} 😀" for number in range(200_000)]
    searcher, _ = hands("\n".join(lines) + "\n")
    assert searcher.stats(None).line_count == len(lines)
    for number in (1, 2, 77_777, 199_999, 200_000):
        assert searcher.read(number, None, None) == lines[number - 1]
    assert searcher.read(99_990, 100_010, None) == "\n".join(lines[99_989:100_010])
    assert searcher.read(-2, -1, None) == "\n".join(lines[-2:])


def test_the_best_line_is_found_in_every_part() -> None:
    lines = ["the weather was fine that day"] * 150_000
    for planted in (0, 75_000, 149_999):
        lines[planted] = f"harvets of barely {planted}"
    searcher, notes = hands("\n".join(lines))
    assert [row.line_num for row in searcher.fuzzy("harvest of barley", 10)] == [1, 75_001, 150_000]
    assert notes == []


def test_of_equal_lines_in_many_parts_the_first_are_told() -> None:
    searcher, _ = hands("harvest of barley\n" * 200_000)
    assert [row.line_num for row in searcher.fuzzy("harvest of barley", 100)] == list(range(1, 101))


def test_a_search_out_of_time_says_how_far_it_came() -> None:
    searcher, notes = hands("harvest\n" * 1000, seconds=-1.0)
    assert searcher.fuzzy("harvest", 5) == []
    (note,) = notes
    assert "0 of 8,000 bytes into the text" in note
    assert "use grep" in note


class TestLargeFiles:
    def content(self) -> str:
        return "".join(f"line {number} é\n" for number in range(1_200_000))

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_a_large_file_is_the_text_that_it_holds(self, tmp_path: Path, mark: bytes) -> None:
        path, content = tmp_path / "large.txt", self.content()
        path.write_bytes(mark + content.encode())
        document = Document.of(path)
        (text,) = document.texts
        known = Text.from_str("large.txt", str(path), content)
        assert (text.chars, text.line_count, text.sha256) == (known.chars, known.line_count, known.sha256)
        assert text.line(1_000_000) == "line 999999 é"
        path.unlink()
        assert text.text == content

    def test_it_is_shared_as_often_as_wanted(self, tmp_path: Path) -> None:
        path, content = tmp_path / "large.txt", self.content()
        path.write_text(content, encoding="utf-8", newline="")
        document = Document.of(path)
        first, second = document.share(), document.share()
        first.close()
        # The other process may hold the bytes when this one has long forgotten them.
        del document
        data, table = SharedBytes.map(second.fd, second.size, second.table_size)
        second.close()
        received = Document.from_shared(data, table)
        assert received.texts[0].text == content
        assert (received.texts[0].name, received.shape) == ("large.txt", "text")

    def test_it_is_sealed(self, tmp_path: Path) -> None:
        path = tmp_path / "large.txt"
        path.write_text(self.content(), encoding="utf-8")
        with Document.of(path).share() as shared:
            code = f"import os\nos.pwrite({shared.fd}, b'X', 0)"
            done = subprocess.run([sys.executable, "-c", code], pass_fds=[shared.fd], capture_output=True, check=False)
        assert b"PermissionError" in done.stderr

    def test_within_several_documents_it_is_one_of_them(self, tmp_path: Path) -> None:
        path, content = tmp_path / "large.txt", self.content()
        path.write_text(content, encoding="utf-8", newline="")
        whole = Document.of({"large": path, "small": "x"})
        alone = Document.of(path)
        renamed = Document([alone.texts[0]], "mapping")
        for document in (whole, alone, renamed):
            with document.share() as shared:
                data, table = SharedBytes.map(shared.fd, shared.size, shared.table_size)
            received = Document.from_shared(data, table)
            assert received.shape == document.shape
            assert [text.text for text in received.texts] == [content, "x"][: len(document.texts)]

    def test_what_is_wrong_with_it_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "large.txt"
        path.write_bytes(b"fine\n" * 4_000_000 + "привет\n".encode("cp1251"))
        (remark,) = Document.of(path).remarks
        assert "is UTF-8 with 6 faults: replaced by U+FFFD, the first in line 4,000,001" in remark
        path.write_bytes("привет\n".encode("cp1251") * 4_000_000)
        with pytest.raises(DocumentError, match=r"not valid UTF-8 \(byte 0xef at line 1\)"):
            Document.from_files([path], errors="strict")
        path.write_bytes(b"cut off \xf0\x9f\x98".rjust(1 << 25))
        (remark,) = Document.of(path).remarks
        assert "is UTF-8 with 1 fault" in remark
        path.write_bytes(b"%PDF-1.7 ".ljust(1 << 25))
        with pytest.raises(DocumentError, match="is a PDF that cannot be read"):
            Document.of(path)
        path.write_bytes("é".encode("latin-1") * (1 << 24))
        assert Document.from_files([path], encoding="latin-1").chars == 1 << 24
