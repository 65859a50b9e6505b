"""Sharing: what the other end reads is what was given, and nobody can change it."""

from __future__ import annotations

import errno
import mmap
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document
from rlm_kernel.document.parts.requested import document_of
from rlm_kernel.document.share import SharedBytes

TEXTS = st.text(st.characters(), max_size=30)


def there(document: Document) -> Document:
    """The document as another process would map it."""
    with document.share() as shared:
        data, table = SharedBytes.map(shared.fd, shared.size, shared.table_size)
    return Document.from_shared(data, table)


def facts(document: Document) -> list[tuple[Any, ...]]:
    return [(t.name, t.source, t.text, t.chars, t.line_count, t.sha256, list(t.lines)) for t in document.texts]


@pytest.mark.parametrize(
    "context",
    [
        "one\r\ntwo\n",
        "é😀\u2028x",
        "a\ud800b",
        ["one", "", "three\n"],
        {"a": "x\ny", "ü": "z"},
        [{"n": 1}, {"n": "é"}],
        {"n": [1, None]},
    ],
)
def test_a_round_trip(context: Any) -> None:
    document = Document.of(context)
    received = there(document)
    assert received.shape == document.shape
    assert facts(received) == facts(document)


def test_a_file_makes_the_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("é\n" * 1000, encoding="utf-8")
    assert facts(there(Document.of(path))) == facts(Document.of(path))


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=4).filter(any))
def test_any_texts_make_the_round_trip(parts: list[str]) -> None:
    lines = [part.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n") for part in parts]
    assert [text.text for text in there(Document.of(parts)).texts] == lines


def test_sharing_twice_gives_two_that_close_apart() -> None:
    document = Document.of("abc")
    first, second = document.share(), document.share()
    first.close()
    first.close()
    data, table = SharedBytes.map(second.fd, second.size, second.table_size)
    second.close()
    assert Document.from_shared(data, table).texts[0].text == "abc"


def inode(shared: SharedBytes) -> int:
    return os.fstat(shared.fd).st_ino


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_a_document_is_written_once_for_as_long_as_somebody_holds_it() -> None:
    document = Document.of("abc" * 100)
    part = document_of(document, {"part": [0, 3, 9]})
    with document.share() as first:
        second, of_part = document.share(), part.share()
        assert inode(first) == inode(second) == inode(of_part)
        number = inode(first)
    # The first one is closed: the others still work, and so does a new one.
    with part.share() as third:
        assert inode(third) == number
        assert Document.received(third.fd, third.where).texts[0].text == "abcabc"
    second.close()
    held = len(os.listdir("/proc/self/fd"))
    of_part.close()
    # With the last one goes the descriptor that all were made from, and the memory with it.
    assert len(os.listdir("/proc/self/fd")) == held - 2
    with document.share() as again:
        assert Document.received(again.fd, again.where).texts[0].text == "abc" * 100


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_a_share_that_nobody_closed_is_closed_with_its_last_reference() -> None:
    document = Document.of("abc")
    held = len(os.listdir("/proc/self/fd"))
    shared = document.share()
    assert len(os.listdir("/proc/self/fd")) == held + 2
    del shared
    assert len(os.listdir("/proc/self/fd")) == held


def test_the_mapping_outlives_the_descriptor() -> None:
    received = there(Document.of("still here"))
    assert bytes(received.texts[0].data) == b"still here"


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="sealing needs a memfd")
class TestSealed:
    def test_it_cannot_be_written(self) -> None:
        with Document.of("abc").share() as shared:
            for attempt in (
                lambda: os.pwrite(shared.fd, b"X", 0),
                lambda: os.pwrite(shared.fd, b"X", 100),
                lambda: mmap.mmap(shared.fd, shared.size, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE),
            ):
                with pytest.raises(PermissionError) as caught:
                    attempt()
                assert caught.value.errno == errno.EPERM
            assert os.pread(shared.fd, 3, 0) == b"abc"

    def test_it_cannot_be_resized(self) -> None:
        with Document.of("abc").share() as shared:
            size = os.fstat(shared.fd).st_size
            for wanted in (0, 1, size + 1):
                with pytest.raises(PermissionError):
                    os.ftruncate(shared.fd, wanted)
            assert os.fstat(shared.fd).st_size == size

    def test_its_seals_cannot_be_lifted(self) -> None:
        import fcntl

        with Document.of("abc").share() as shared, pytest.raises(PermissionError):
            fcntl.fcntl(shared.fd, 1033, 0)  # F_ADD_SEALS

    def test_what_is_mapped_is_read_only(self) -> None:
        with Document.of("abc").share() as shared:
            data, _ = SharedBytes.map(shared.fd, shared.size, shared.table_size)
        assert data.readonly
        with pytest.raises(TypeError, match="read-only"):
            data[0] = 0

    def test_the_descriptor_is_not_inherited(self) -> None:
        with Document.of("abc").share() as shared:
            assert not os.get_inheritable(shared.fd)


def test_without_memfd_an_unlinked_file_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    document = Document.of({"a": "é\n", "b": "x"})
    assert facts(there(document)) == facts(document)


def test_a_closed_share_has_no_descriptor() -> None:
    shared = Document.of("abc").share()
    fd = shared.fd
    shared.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    assert shared.fd == -1
