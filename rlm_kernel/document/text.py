"""One text of a document: its UTF-8 bytes, its characters, its lines, its fingerprint. It does not search."""

from __future__ import annotations

import base64
import hashlib
import zlib
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self

from .lines import CharIndex, LineIndex, find_bytes, find_first
from .places import NOWHERE, Places
from .share import LoadedFile

_CHUNK = 1 << 20


# Line ends of `str.splitlines` that are none of a document's lines.
OTHER_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


class Text:
    """A read-only text that is held as UTF-8 and decoded, piece by piece, when its characters are asked for.

    `name` is what the model calls it, `source` where it came from (a path, `variable`, ...). Lines end at line feeds;
    `from_str`, and what reads files, make line feeds of other line ends. Line numbers start at 1.
    """

    def __init__(self, name: str, source: str, data: bytes | memoryview, *, chars: int | None = None) -> None:
        self.name = name
        self.source = source
        self.data = data
        self._chars = chars
        # Where `data` is in memory that can be shared as it is.
        self.loaded: LoadedFile | None = None
        # Where its lines stand in the file that the user has.
        self.places: Places = NOWHERE

    @classmethod
    def from_str(cls, name: str, source: str, text: str) -> Self:
        """Wrap characters as Python's text files give them: CR LF and CR become line feeds, a byte order mark goes.

        Lone surrogates survive the way to the sub-kernel and back.
        """
        text = text.removeprefix("\ufeff")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        made = cls(name, source, text.encode("utf-8", "surrogatepass"), chars=len(text))
        made.__dict__["text"] = text
        return made

    def row(self) -> list[Any]:
        """What another process needs to know of the bytes: name, source, sizes, and the tables that find its lines."""
        chars = None if self.ascii else _packed(self._char_index.before)
        return [
            self.name,
            self.source,
            len(self.data),
            self.chars,
            _packed(self._lines.feeds),
            chars,
            self.places.rows,
        ]

    @classmethod
    def from_row(cls, row: Sequence[Any], data: memoryview) -> Self:
        """The other end of `row`."""
        name, source, _, chars, feeds, before, places = row
        made = cls(name, source, data, chars=chars)
        made.places = Places(places)
        made.__dict__["_lines"] = LineIndex(data, _unpacked(feeds))
        if before is not None:
            made.__dict__["_char_index"] = CharIndex(data, _unpacked(before))
        return made

    @cached_property
    def view(self) -> memoryview:
        """The bytes, to be sliced without copying."""
        return memoryview(self.data)

    @cached_property
    def text(self) -> str:
        """The characters, decoded once."""
        return str(self.data, "utf-8", "surrogatepass")

    @cached_property
    def chars(self) -> int:
        """The number of characters, counted without holding them all. Raises UnicodeDecodeError."""
        if self._chars is not None:
            return self._chars
        index = CharIndex.checked(self.view)
        self.__dict__["_char_index"] = index
        return index.count

    @property
    def ascii(self) -> bool:
        """Whether positions of characters are positions of bytes."""
        return self.chars == len(self.data)

    @cached_property
    def has_surrogates(self) -> bool:
        """Whether it holds lone surrogates, which UTF-8 does not know."""
        if self.ascii:
            return False
        at = 0
        while (at := find_bytes(self.view, b"\xed", at, len(self.view))) >= 0:
            if self.view[at + 1] >= 0xA0:
                return True
            at += 3
        return False

    @cached_property
    def has_odd_cases(self) -> bool:
        """Whether it holds what is an ASCII letter in another case: the Kelvin sign, the long s, two kinds of i."""
        odd = () if self.ascii else ("\u212a", "\u017f", "\u0130", "\u0131")
        return any(find_bytes(self.view, char.encode(), 0, len(self.view)) >= 0 for char in odd)

    @cached_property
    def has_other_line_ends(self) -> bool:
        """Whether it holds what `str.splitlines` takes for the end of a line, besides CR and LF."""
        return any(find_bytes(self.view, char.encode(), 0, len(self.view)) >= 0 for char in OTHER_LINE_ENDS)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the UTF-8 text, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def line_count(self) -> int:
        """The number of lines; a final line feed does not begin another line."""
        return self._lines.count

    @property
    def lines(self) -> list[str]:
        """All lines, without their line breaks: of a large text, many times its size."""
        return list(self.iter_lines())

    def iter_lines(self, first: int = 1) -> Iterator[str]:
        """All lines in turn, from line `first`, without their line breaks."""
        for _, piece in self.pieces(start=self._lines.start(first)):
            yield from split_lines(piece)

    def pieces(self, size: int = _CHUNK, start: int = 0) -> Iterator[tuple[int, str]]:
        """The characters from byte `start` in parts of whole lines, each at least `size` bytes but for the last:
        (position of its first byte, part)."""
        view = self.view
        while start < len(view):
            end = find_first(view, b"\n", min(start + size, len(view)) - 1, len(view)) + 1 or len(view)
            yield start, self.decode(start, end)
            start = end

    def decode(self, start: int, end: int) -> str:
        """The characters between two positions of bytes, which must be those of characters."""
        return str(self.view[start:end], "utf-8", "surrogatepass")

    def slice(self, start: int, end: int) -> str:
        """The characters `start` to `end`, both within the text."""
        if "text" in self.__dict__:
            return self.text[start:end]
        return self.decode(self.byte_at(start), self.byte_at(end)) if start < end else ""

    def byte_at(self, char: int) -> int:
        """The position of the bytes at which a character begins."""
        return char if self.ascii else self._char_index.byte_at(char)

    def char_at(self, position: int) -> int:
        """The character that begins at a position of the bytes."""
        return position if self.ascii else self._char_index.char_at(position)

    def line_at(self, char: int) -> int:
        """The number of the line that holds a character (0-based)."""
        return self._lines.line_at(self.byte_at(max(0, min(char, self.chars))))

    def line_at_byte(self, position: int) -> int:
        """The number of the line that holds a byte (0-based)."""
        return self._lines.line_at(position)

    def line_bounds(self, position: int) -> tuple[int, int]:
        """Where the line that holds a byte begins and ends, in bytes and without its line break."""
        return self._lines.bounds(position)

    def line_start(self, number: int) -> int:
        """The byte at which line `number` begins; the size of the text for one more than the last line."""
        return self._lines.start(number)

    def place(self, line_number: int) -> str:
        """Where a line stands in the file that the user has (`page 47`, `sheet 'Sales', A12:F12`), "" where nowhere."""
        return self.places.at(line_number)

    def line(self, number: int) -> str | None:
        """Line `number` (1-based), None where there is no such line. Does not decode the rest."""
        if not 1 <= number <= self._lines.count:
            return None
        return self.decode(*self._lines.span(number, number))

    def read(self, first: int, last: int) -> str:
        """Lines `first` to `last`, which must exist, joined by line feeds."""
        return self.decode(*self._lines.span(first, last)).replace("\r\n", "\n")

    @cached_property
    def _lines(self) -> LineIndex:
        return LineIndex(self.view)

    @cached_property
    def _char_index(self) -> CharIndex:
        return CharIndex(self.view)


def _packed(table: array[int]) -> str:
    # Differences between blocks are small and alike: a gigabyte's table takes a few kilobytes.
    return base64.b64encode(zlib.compress(array("I", map(int.__sub__, table[1:], table)).tobytes(), 1)).decode()


def _unpacked(packed: str) -> array[int]:
    table = array("Q", [0])
    for step in array("I", zlib.decompress(base64.b64decode(packed))):
        table.append(table[-1] + step)
    return table


def split_lines(piece: str) -> list[str]:
    """The lines of a part that ends at the end of a line, without their line breaks."""
    lines = piece.split("\n")
    last = lines.pop()
    if "\r\n" in piece:
        lines = [line.removesuffix("\r") for line in lines]
    return [*lines, last] if last else lines
