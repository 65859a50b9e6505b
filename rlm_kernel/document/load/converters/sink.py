"""What a converter writes to: the text, the places of its lines, remarks for the user, and files within the file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from typing import IO, BinaryIO

from ...places import Entry
from .tables import markdown_rows

_MOST_REMARKS = 40
_MOST_FILES = 20_000
_CHUNK = 1 << 20


class UnreadableFile(Exception):
    """The file cannot be converted. The text is the end of a sentence: why, and what to do."""


class Sink:
    """Collects what one conversion gives. `limit` bounds the text (characters) and each file within the file (bytes).

    `name` is that of the file, `password` the one that it is protected with, if any. A converter may set `format`,
    `packages` (whose versions are told) and `records` (the text is JSON, a record a line). A converter of the entry
    point group `rlm_kernel.converters` is called as `converter(file, sink)`, with `file` open for reading bytes.
    Methods raise Unreadable beyond a limit.
    """

    def __init__(self, limit: int, *, name: str = "", password: str = "", files: BinaryIO | None = None) -> None:
        self.name = name
        self.password = password
        self.remarks: list[str] = []
        self.files: list[tuple[str, int]] = []
        self.records = False
        self.format = ""
        self.packages: list[str] = []
        self._limit = limit
        self._size = 0
        self._files = files
        self._files_size = 0
        self._parts: list[str] = []
        self._marks: list[tuple[int, str, int | None]] = []
        self._lines = 0

    def write(self, text: str) -> None:
        """Add text: Markdown, or plain."""
        if not text:
            return
        self._size += len(text)
        if self._size > self._limit:
            raise UnreadableFile(f"it holds more than {self._limit >> 20} MiB of text")
        self._lines += text.count("\n")
        self._parts.append(text)

    def place(self, label: str, number: int | None = None) -> None:
        """Say where the text that follows stands in the file. It begins a line.

        With `number`, every `places.NUMBER` in the label stands for it, and the next line has the next number.
        """
        if self._parts and not self._parts[-1].endswith("\n"):
            self.write("\n")
        if self._marks:
            _, last, before = self._marks[-1]
            lines = self._lines - self._lines_at
            if last == label and (number is None or (before is not None and number - before == lines)):
                return
        self._lines_at = self._lines
        self._marks.append((len(self._parts), label, number))

    _lines_at = 0

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows as a Markdown table, the first one as its head."""
        if lines := markdown_rows(rows):
            self.write("\n" + "\n".join(lines) + "\n\n")

    def remark(self, sentence: str) -> None:
        """Say what the user must know of how the file was read: what was left out, and of which page."""
        words = " ".join(sentence.split())[:500]
        if words not in self.remarks and len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(words)

    def file(self, name: str, content: bytes | IO[bytes]) -> None:
        """Hand over a file within the file: an attachment, a member of an archive. It is read by its own kind."""
        if self._files is None:
            return
        if len(self.files) >= _MOST_FILES:
            self.remark(f"only the first {_MOST_FILES:,} files in it were read")
            return
        start = self._files.tell()
        if isinstance(content, bytes):
            self._files.write(content)
        else:
            shutil.copyfileobj(content, self._files, _CHUNK)
        self.files.append((name, self._files.tell() - start))

    def finish(self) -> tuple[str, list[Entry]]:
        """The text, without white space at the ends of lines, NUL characters and runs of empty lines; its places."""
        joined: list[str] = []
        places: list[Entry] = []
        line, blank = 1, True
        bounds = [0, *(mark[0] for mark in self._marks), len(self._parts)]
        for mark, start, end in zip([None, *self._marks], bounds, bounds[1:], strict=False):
            piece = _tidy("".join(self._parts[start:end]))
            if blank:
                piece = piece.lstrip("\n")
            if mark is not None and piece:
                places.append((line, mark[1], mark[2]))
            if piece:
                blank = piece.endswith("\n\n") or (blank and not piece.strip("\n"))
                joined.append(piece)
                line += piece.count("\n")
        text = "".join(joined)
        return text.strip("\n") + "\n", places


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n").replace("\0", "")
    # A soft hyphen is not shown, but where a line ends at it.
    text = re.sub(r"\u00ad(?!\n)", "", text)
    text = re.sub(r"[ \t]+(?=\n)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text)
