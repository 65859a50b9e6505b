"""Files behind URLs: a file system in memory, and a real server on this machine."""

from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from rlm_kernel.document import Document, DocumentError
from rlm_kernel.document.load import remote

PAGE = b"<!DOCTYPE html><html><head><title>Prices</title></head><body><p>Rye: 940</p></body></html>"


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    for path, data in {
        "/r/a.txt": b"one\ntwo",
        "/r/b.txt": "é".encode(),
        "/r/c.md": b"three",
        "/r/none.txt": b"",
    }.items():
        system.pipe_file(path, data)
    yield system
    system.rm("/r", recursive=True)


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a page and a text; everything else is missing or forbidden."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = {"/prices": PAGE, "/a.txt": b"one\ntwo"}.get(path, b"no")
        self.send_response(200 if body != b"no" else (403 if path == "/secret" else 404))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refusal(url: str) -> str:
    with pytest.raises(DocumentError) as caught:
        Document.from_files([url])
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def texts(document: Document) -> dict[str, str]:
    return {text.name: text.text for text in document.texts}


def test_a_file(memory: Any) -> None:
    document = Document.from_files(["memory://r/a.txt"])
    assert (document.shape, texts(document)) == ("text", {"a.txt": "one\ntwo"})
    assert document.texts[0].source == "memory://r/a.txt"


def test_a_path_that_was_a_url(memory: Any) -> None:
    assert texts(Document.of(Path("memory://r/a.txt"))) == {"a.txt": "one\ntwo"}
    assert texts(Document.of({"x": Path("memory://r/b.txt")})) == {"x": "é"}


def test_a_pattern(memory: Any) -> None:
    document = Document.from_files(["memory://r/[ab].txt"])
    assert (document.shape, texts(document)) == ("mapping", {"a.txt": "one\ntwo", "b.txt": "é"})
    assert "No file matches memory://r/*.csv" in refusal("memory://r/*.csv")


def test_with_files_of_this_machine(memory: Any, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("four")
    assert texts(Document.from_files([tmp_path / "d.txt", "memory://r/c.md"])) == {"d.txt": "four", "c.md": "three"}


def test_what_is_missing_or_empty(memory: Any) -> None:
    assert "There is no file memory://r/absent.txt" in refusal("memory://r/absent.txt")
    assert "memory://r/none.txt is empty" in refusal("memory://r/none.txt")


def test_what_is_too_large(memory: Any) -> None:
    with pytest.raises(DocumentError, match="is larger than 3 bytes"):
        Document.from_files(["memory://r/a.txt"], max_size=3)


def test_a_file_system_that_is_not_installed() -> None:
    message = refusal("s3://bucket/a.txt")
    assert "s3://bucket/a.txt cannot be read" in message
    assert "s3fs" in message
    assert "gcsfs" in refusal("gs://bucket/a.txt")


def test_an_address_of_no_known_kind() -> None:
    assert "klingon://a cannot be read" in refusal("klingon://a")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert "pip install 'rlm-kernel[remote]'" in refusal("https://example.org/a.txt")


def test_a_page_of_a_server(address: str) -> None:
    assert texts(Document.from_files([f"{address}/prices"])) == {"prices": "# Prices\n\nRye: 940\n"}
    assert texts(Document.from_files([f"{address}/a.txt"])) == {"a.txt": "one\ntwo"}


def test_secrets_of_an_address_are_not_told(address: str) -> None:
    host = address.removeprefix("http://")
    (text,) = Document.from_files([f"{address}/a.txt?token=hush-hush"]).texts
    assert (text.name, text.source) == ("a.txt", f"{address}/a.txt")
    assert remote.shown(f"http://user:hush-hush@{host}/a.txt") == f"{address}/a.txt"
    assert (
        remote.shown(f"simplecache::http://user:hush-hush@{host}/a.txt?x=hush-hush#y")
        == f"simplecache::{address}/a.txt"
    )
    for path in ("secret", "absent"):
        message = refusal(f"{address}/{path}?token=hush-hush")
        assert f"{address}/{path}" in message
        assert "hush-hush" not in message
