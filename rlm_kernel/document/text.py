"""One text of a document: its UTF-8 bytes, its characters, its lines, its fingerprint. It does not search."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from functools import cached_property

from .lines import LineIndex
from .share import LoadedFile

_CHUNK = 1 << 20


class Text:
    """A read-only text that is held as UTF-8 and decoded when its characters are asked for.

    `name` is what the model calls it, `source` where it came from (a path, `variable`, ...). Lines end at a line
    feed; a carriage return before it belongs to the line break. Line numbers start at 1.
    """

    def __init__(self, name: str, source: str, data: bytes | memoryview, *, chars: int | None = None) -> None:
        self.name = name
        self.source = source
        self.data = data
        self._chars = chars
        # Where `data` is in memory that can be shared as it is.
        self.loaded: LoadedFile | None = None

    @classmethod
    def from_str(cls, name: str, source: str, text: str) -> Text:
        """Wrap characters; lone surrogates survive the way to the sub-kernel and back."""
        made = cls(name, source, text.encode("utf-8", "surrogatepass"), chars=len(text))
        made.__dict__["text"] = text
        return made

    @cached_property
    def text(self) -> str:
        """The characters, decoded once."""
        return str(self.data, "utf-8", "surrogatepass")

    @cached_property
    def chars(self) -> int:
        """The number of characters, counted without holding them all. Raises UnicodeDecodeError."""
        if self._chars is not None:
            return self._chars
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        count, clean = 0, True
        for start in range(0, len(self.data), _CHUNK):
            piece = bytes(self.data[start : start + _CHUNK])
            if clean and piece.isascii():
                count += len(piece)
                continue
            count += len(decoder.decode(piece))
            clean = not decoder.getstate()[0]
        return count + len(decoder.decode(b"", final=True))

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the UTF-8 text, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def line_count(self) -> int:
        """The number of lines; a final line feed does not begin another line."""
        return self._char_lines.count if "text" in self.__dict__ else self._byte_lines.count

    @property
    def lines(self) -> list[str]:
        """All lines, without their line breaks: of a large text, many times its size."""
        return list(self.iter_lines())

    def iter_lines(self) -> Iterator[str]:
        """All lines in turn, without their line breaks."""
        for _, piece in self.pieces():
            yield from split_lines(piece)

    def pieces(self, size: int = _CHUNK) -> Iterator[tuple[int, str]]:
        """The characters in parts of whole lines, each at least `size` long but for the last: (first line, part)."""
        text, start, number = self.text, 0, 1
        while start < len(text):
            end = text.find("\n", start + size - 1) + 1 or len(text)
            piece = text[start:end]
            yield number, piece
            number += piece.count("\n")
            start = end

    def line_at(self, position: int) -> int:
        """The number of the line that holds the character at `position` (0-based)."""
        return self._char_lines.line_at(position)

    def line(self, number: int) -> str | None:
        """Line `number` (1-based), None where there is no such line. Does not decode the rest."""
        if not 1 <= number <= self._byte_lines.count:
            return None
        start, end = self._byte_lines.span(number, number)
        return str(self.data[start:end], "utf-8", "surrogatepass")

    def read(self, first: int, last: int) -> str:
        """Lines `first` to `last`, which must exist, joined by line feeds."""
        start, end = self._char_lines.span(first, last)
        return self.text[start:end].replace("\r\n", "\n")

    @cached_property
    def _char_lines(self) -> LineIndex[str]:
        text = self.text
        return LineIndex(lambda start, end: text[start:end], len(text), "\n", "\r")

    @cached_property
    def _byte_lines(self) -> LineIndex[bytes]:
        data = self.data
        return LineIndex(lambda start, end: bytes(data[start:end]), len(data), b"\n", b"\r")


def split_lines(piece: str) -> list[str]:
    """The lines of a part that ends at the end of a line, without their line breaks."""
    lines = piece.split("\n")
    last = lines.pop()
    if "\r\n" in piece:
        lines = [line.removesuffix("\r") for line in lines]
    return [*lines, last] if last else lines
