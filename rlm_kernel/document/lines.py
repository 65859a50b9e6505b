"""Where lines and characters begin in UTF-8 bytes of any size, from tables of a few kilobytes. It holds no text."""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import re2

BLOCK = 1 << 16
_PIECE = 1 << 20
_CONTINUATION = bytes(range(0x80, 0xC0))


def _blocks(data: memoryview, start: int = 0) -> Iterator[bytes]:
    return (bytes(data[at : at + BLOCK]) for at in range(start, len(data), BLOCK))


class LineIndex:
    """Finds lines by the number of line feeds before each block of 64 Ki: 8 bytes a block, made at memory's speed.

    Positions are those of the bytes. Lines end at a line feed; a carriage return before it belongs to the line break.
    Line numbers start at 1. `feeds` is the table that another process made of the same bytes.
    """

    def __init__(self, data: memoryview, feeds: array[int] | None = None) -> None:
        self._data = data
        if feeds is None:
            feeds = array("Q", [0])
            for block in _blocks(data):
                feeds.append(feeds[-1] + block.count(b"\n"))
        self.feeds = feeds
        unfinished = len(data) > 0 and data[-1] != 10
        self.count: int = feeds[-1] + unfinished

    def line_at(self, position: int) -> int:
        """The number of the line that holds `position`; the nearest line where none does."""
        position = max(0, min(position, len(self._data)))
        block = position // BLOCK
        number = self.feeds[block] + bytes(self._data[block * BLOCK : position]).count(b"\n") + 1
        return max(1, min(number, self.count))

    def start(self, number: int) -> int:
        """Where line `number` begins; the size of the text for one more than the last line."""
        before = number - 1
        if before <= 0:
            return 0
        if before > self.feeds[-1]:
            return len(self._data)
        block = bisect_left(self.feeds, before) - 1
        piece, at = bytes(self._data[block * BLOCK : (block + 1) * BLOCK]), -1
        for _ in range(before - self.feeds[block]):
            at = piece.index(b"\n", at + 1)
        return block * BLOCK + at + 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """From the start of line `first` to the end of line `last`, without the line break of the last."""
        start, end = self.start(first), self.start(last + 1)
        return start, self.without_break(start, end)

    def without_break(self, start: int, end: int) -> int:
        """The end of what lies between two positions, without the line break that it may end with."""
        if end > start and self._data[end - 1] == 10:
            end -= 1
            if end > start and self._data[end - 1] == 13:
                end -= 1
        return end

    def bounds(self, position: int) -> tuple[int, int]:
        """From the start of the line that holds the byte at `position` to its end, without its line break."""
        start = find_last(self._data, b"\n", 0, position) + 1
        feed = find_first(self._data, b"\n", position, len(self._data))
        return start, len(self._data) if feed < 0 else self.without_break(start, feed + 1)


class CharIndex:
    """Turns positions of characters into positions of bytes and back, by the characters before each block of 64 Ki.

    For a text of which a byte is no ASCII; `before` is the table that another process made of the same bytes.
    """

    def __init__(self, data: memoryview, before: array[int] | None = None) -> None:
        self._data = data
        if before is None:
            before = array("Q", [0])
            for block in _blocks(data):
                before.append(before[-1] + characters(block))
        self.before = before

    @classmethod
    def checked(cls, data: memoryview) -> CharIndex:
        """The index of bytes that may not be UTF-8. Raises UnicodeDecodeError; lone surrogates pass."""
        decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        before, count, pending = array("Q", [0]), 0, False
        for block in _blocks(data):
            if not pending and block.isascii():
                count += len(block)
            else:
                count += len(decoder.decode(block))
                pending = bool(decoder.getstate()[0])
            before.append(count + pending)
        decoder.decode(b"", final=True)
        return cls(data, before)

    @property
    def count(self) -> int:
        """The number of characters."""
        return self.before[-1]

    def byte_at(self, char: int) -> int:
        """Where the character number `char` (0-based) begins; the size of the text for one more than the last."""
        if char >= self.count:
            return len(self._data)
        block = bisect_right(self.before, char) - 1
        start, wanted = block * BLOCK, char - self.before[block]
        end = min(start + BLOCK, len(self._data))
        if self.before[block + 1] - self.before[block] == end - start:
            return start + wanted
        while start < end and 0x80 <= self._data[start] < 0xC0:
            start += 1
        while end < len(self._data) and 0x80 <= self._data[end] < 0xC0:
            end += 1
        piece = str(self._data[start:end], "utf-8", "surrogatepass")
        return start + len(piece[:wanted].encode("utf-8", "surrogatepass"))

    def char_at(self, position: int) -> int:
        """The number of characters that begin before the byte at `position`."""
        block = position // BLOCK
        start = block * BLOCK
        if position > start and self.before[block + 1] - self.before[block] == min(BLOCK, len(self._data) - start):
            return self.before[block] + position - start
        return self.before[block] + characters(bytes(self._data[start:position]))


def characters(piece: bytes) -> int:
    """How many characters begin in a piece of UTF-8."""
    return len(piece) if piece.isascii() else len(piece.translate(None, _CONTINUATION))


def can_overlap(wanted: bytes) -> bool:
    """Whether two occurrences may share bytes, as those of "aa" in "aaa" do."""
    return any(wanted.startswith(wanted[at:]) for at in range(1, len(wanted)))


def apart(literals: Sequence[bytes]) -> bool:
    """Whether no occurrence of one of them can share bytes with another, of itself or of the others."""
    return all(
        not (first is not other and other in first)
        and not any(first.startswith(other[at:]) for at in range(1, len(other)))
        for first in literals
        for other in literals
    ) and len(set(literals)) == len(literals)


def count_all(data: memoryview, wanted: bytes, start: int, end: int, *, lowered: bool = False) -> int:
    """`bytes.count` without a copy of all bytes, of what cannot overlap itself; `lowered` in them as ASCII."""
    ahead, count = len(wanted) - 1, 0
    for at in range(start, end, _PIECE):
        piece = bytes(data[at : min(at + _PIECE + ahead, end)])
        count += (piece.lower() if lowered else piece).count(wanted)
    return count


def find_bytes(data: memoryview, wanted: bytes, start: int, end: int) -> int:
    """`bytes.find` at RE2's speed, of what is not empty."""
    options = re2.Options()
    options.literal, options.encoding = True, re2.Options.Encoding.LATIN1
    found = re2.compile(wanted, options).search(data, start, end)
    return found.start() if found else -1


def find_first(data: memoryview, wanted: bytes, start: int, end: int, piece: int = 1 << 10) -> int:
    """`bytes.find` without a copy of all bytes, in pieces that grow."""
    while start + len(wanted) <= end:
        piece = max(piece, 2 * len(wanted))
        found = bytes(data[start : min(start + piece, end)]).find(wanted)
        if found >= 0:
            return start + found
        start += piece - len(wanted) + 1
        piece = min(piece * 4, 1 << 20)
    return start if not wanted and start <= end else -1


def find_last(data: memoryview, wanted: bytes, start: int, end: int, piece: int = 1 << 10) -> int:
    """`bytes.rfind` without a copy of all bytes, in pieces that grow."""
    while start + len(wanted) <= end:
        piece = max(piece, 2 * len(wanted))
        begin = max(start, end - piece)
        found = bytes(data[begin:end]).rfind(wanted)
        if found >= 0:
            return begin + found
        if begin == start:
            return -1
        end = begin + len(wanted) - 1
        piece = min(piece * 4, 1 << 20)
    return end if not wanted and start <= end else -1
