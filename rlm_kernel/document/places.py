"""Where the lines of a text stand in the file that the user has: its page, slide, sheet and cells, attachment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

NUMBER = "\0"
Entry = tuple[int, str, int | None]


class Places:
    """The places of all lines, as few entries: `(first line, label, number)`, each valid up to the next entry.

    Where `number` is not None, every `NUMBER` in the label stands for it, and it grows by one with each line (the
    rows of a sheet). Line numbers start at 1. JSON of `rows` is what a trace and another process get.
    """

    __slots__ = ("_lines", "rows")

    def __init__(self, rows: Iterable[Sequence[int | str | None]] = ()) -> None:
        self.rows: list[Entry] = [_entry(row) for row in rows]
        self._lines = [first for first, _, _ in self.rows]

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def at(self, line_number: int) -> str:
        """The place of a line, "" where it has none: `page 47`, `sheet 'Sales', A12:F12`."""
        at = bisect_right(self._lines, line_number) - 1
        if at < 0:
            return ""
        first, label, number = self.rows[at]
        return label if number is None else label.replace(NUMBER, str(number + line_number - first))

    def within(self, outer: str) -> Places:
        """The same places in a file that is itself a part of another: `outer` stands before each label."""
        if not outer:
            return self
        rows = self.rows if self._lines[:1] == [1] else [(1, "", None), *self.rows]
        return Places((first, f"{outer}, {label}" if label else outer, number) for first, label, number in rows)


def _entry(row: Sequence[int | str | None]) -> Entry:
    first, label, number = row
    if type(first) is not int or type(label) is not str or not (number is None or type(number) is int):
        raise ValueError("the places of a text are rows of (first line, label, number or None)")
    return first, label, number


NOWHERE = Places()
