"""A part of a text that is a text itself: the same bytes, and the tables of the whole one to find its lines with."""

from __future__ import annotations

from array import array
from functools import cached_property

from ..lines import BLOCK, CharIndex, LineIndex, characters
from ..text import Text


class PartText(Text):
    """The bytes `start` to `end` of `whole`, which must be those of characters. Nothing is copied or counted.

    `whole` is no part itself. `first_line` is the line of it that line 1 of the part lies in: line `n` of the part is
    its line `first_line + n - 1`, of which the part may lack the beginning (its first line) or the end (its last).
    """

    whole: Text
    start: int
    end: int

    def __init__(self, name: str, source: str, whole: Text, start: int, end: int) -> None:
        if isinstance(whole, PartText):
            start, end = whole.start + start, whole.start + end
            whole = whole.whole
        data = whole.view[start:end]
        short = end - start < BLOCK
        chars = characters(bytes(data)) if short else whole.char_at(end) - whole.char_at(start)
        super().__init__(name, source, data, chars=chars)
        self.whole = whole
        self.start = start
        self.end = end

    @cached_property
    def first_line(self) -> int:
        """The line of `whole` that the part begins in (1-based)."""
        return self.whole.line_at_byte(self.start)

    def place(self, line_number: int) -> str:
        """The place of the line in the whole text."""
        return self.whole.place(self.first_line + line_number - 1)

    @cached_property
    def _lines(self) -> LineIndex:
        return _PartLines(self.whole._lines, self.view, self.start)

    @cached_property
    def _char_index(self) -> CharIndex:
        if self.whole.ascii:
            return CharIndex(self.view)
        return _PartChars(self.whole._char_index, self.view, self.start)


def in_whole(text: Text, first: int, last: int) -> tuple[str, int, int]:
    """Lines of a text, or of a part, as lines of what it is a part of: (its name, first, last)."""
    if not isinstance(text, PartText):
        return text.name, first, last
    before = text.first_line - 1
    return text.whole.name, before + first, before + last


class _PartLines(LineIndex):
    """The lines of a part, by the index of the whole."""

    def __init__(self, whole: LineIndex, data: memoryview, start: int) -> None:
        self._whole = whole
        self._data = data
        self._begin = start
        self._before = whole.line_at(start) - 1
        self.count = whole.line_at(start + len(data) - 1) - self._before if len(data) else 0

    @cached_property
    def feeds(self) -> array[int]:  # type: ignore[override]
        """The table of the part alone, which is made only where another process is to have it."""
        return LineIndex(self._data).feeds

    def line_at(self, position: int) -> int:
        position = max(0, min(position, len(self._data)))
        number = self._whole.line_at(self._begin + position) - self._before
        return max(1, min(number, self.count))

    def start(self, number: int) -> int:
        if number <= 1:
            return 0
        if number > self.count:
            return len(self._data)
        return self._whole.start(self._before + number) - self._begin


class _PartChars(CharIndex):
    """The characters of a part, by the index of the whole."""

    def __init__(self, whole: CharIndex, data: memoryview, start: int) -> None:
        self._whole = whole
        self._data = data
        self._begin = start
        self._first = whole.char_at(start)

    @cached_property
    def before(self) -> array[int]:  # type: ignore[override]
        """The table of the part alone, which is made only where another process is to have it."""
        return CharIndex(self._data).before

    @property
    def count(self) -> int:
        return self._whole.char_at(self._begin + len(self._data)) - self._first

    def byte_at(self, char: int) -> int:
        return min(self._whole.byte_at(self._first + char) - self._begin, len(self._data))

    def char_at(self, position: int) -> int:
        return self._whole.char_at(self._begin + position) - self._first
