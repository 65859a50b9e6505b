"""One text of a document: its UTF-8 bytes, its characters, its lines, its fingerprint. It does not search."""

from __future__ import annotations

import codecs
import hashlib
from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

_CHUNK = 1 << 24


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
        """The number of characters, counted without holding them all."""
        if self._chars is not None:
            return self._chars
        if isinstance(self.data, bytes) and self.data.isascii():
            return len(self.data)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        view = memoryview(self.data)
        return sum(len(decoder.decode(view[start : start + _CHUNK])) for start in range(0, len(view), _CHUNK))

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the UTF-8 text, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def line_count(self) -> int:
        """The number of lines; a final line feed does not begin another line."""
        data = bytes(self.data) if isinstance(self.data, memoryview) else self.data
        return data.count(b"\n") + (0 if not data or data.endswith(b"\n") else 1)

    @cached_property
    def lines(self) -> list[str]:
        """All lines, without their line breaks."""
        lines = self.text.split("\n")
        last = lines.pop()
        if "\r\n" in self.text:
            lines = [line.removesuffix("\r") for line in lines]
        return [*lines, last] if last else lines

    @cached_property
    def _starts(self) -> array[int]:
        lengths = (len(line) + 1 for line in self.text.split("\n"))
        return array("q", accumulate(lengths, initial=0))

    def line_at(self, position: int) -> int:
        """The number of the line that holds the character at `position` (0-based)."""
        return max(1, min(bisect_right(self._starts, position), len(self.lines)))

    def line(self, number: int) -> str | None:
        """Line `number` (1-based), None where there is no such line."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None
