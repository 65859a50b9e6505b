"""Where lines begin, in a text of any size, from a table of a few kilobytes. It holds no line and decodes nothing."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from typing import AnyStr, Generic

_BLOCK = 1 << 16


class LineIndex(Generic[AnyStr]):
    """Finds lines by the number of line feeds before each block of 64 Ki: 8 bytes a block, made at memory's speed.

    `piece(start, end)` gives a part of the characters or bytes, whose positions then are the index's positions.
    Lines end at a line feed; a carriage return before it belongs to the line break. Line numbers start at 1.
    """

    def __init__(self, piece: Callable[[int, int], AnyStr], size: int, feed: AnyStr, carriage: AnyStr) -> None:
        self._piece: Callable[[int, int], AnyStr] = piece
        self._size = size
        self._feed: AnyStr = feed
        self._carriage: AnyStr = carriage
        self._feeds: array[int] = array("Q", [0])
        for start in range(0, size, _BLOCK):
            self._feeds.append(self._feeds[-1] + piece(start, start + _BLOCK).count(feed))
        unfinished = size > 0 and piece(size - 1, size) != feed
        self.count: int = self._feeds[-1] + unfinished

    def line_at(self, position: int) -> int:
        """The number of the line that holds `position`; the nearest line where none does."""
        position = max(0, min(position, self._size))
        block = position // _BLOCK
        number: int = self._feeds[block] + self._piece(block * _BLOCK, position).count(self._feed) + 1
        return max(1, min(number, self.count))

    def start(self, number: int) -> int:
        """Where line `number` begins; the size of the text for one more than the last line."""
        before = number - 1
        if before <= 0:
            return 0
        if before > self._feeds[-1]:
            return self._size
        block = bisect_left(self._feeds, before) - 1
        piece, at = self._piece(block * _BLOCK, (block + 1) * _BLOCK), -1
        for _ in range(before - self._feeds[block]):
            at = piece.index(self._feed, at + 1)
        return block * _BLOCK + at + 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """From the start of line `first` to the end of line `last`, without the line break of the last."""
        start, end = self.start(first), self.start(last + 1)
        if end > start and self._piece(end - 1, end) == self._feed:
            end -= 1
            if end > start and self._piece(end - 1, end) == self._carriage:
                end -= 1
        return start, end
