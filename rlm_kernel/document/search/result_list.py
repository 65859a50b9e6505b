"""A list of rows that can be worked with unseen: it shows a preview, and is filtered, counted, mapped and summed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

_T = TypeVar("_T")
_SHOWN_WHOLE = 50
_SHOWN = 10


class Rows(list[_T]):
    """What a tool has found: a list in every respect, but that a long one shows its beginning only.

    `engine` says what searched: "re2", "re2+re" (RE2 found the lines, Python's `re` read them), "re", "rapidfuzz".
    """

    __slots__ = ("engine",)

    def __init__(self, rows: Iterable[_T] = (), engine: str = "") -> None:
        super().__init__(rows)
        self.engine = engine

    def filter(self, keep: Callable[[_T], Any] | str) -> Rows[_T]:
        """The rows for which `keep(row)` is true, or whose line has the text `keep` in it."""
        return Rows((row for row in self if _kept(row, keep)), self.engine)

    def map(self, make: Callable[[_T], Any]) -> Rows[Any]:
        """What `make(row)` gives for each row."""
        return Rows((make(row) for row in self), self.engine)

    def sum(self, value: Callable[[_T], Any] | None = None) -> Any:
        """The sum of `value(row)` over all rows; of the rows themselves where they are numbers."""
        return sum(map(value, self)) if value else sum(self)

    def count(self, keep: Any) -> int:
        """How many rows `keep(row)` is true for; as of any list, how many equal `keep`."""
        return sum(1 for row in self if keep(row)) if callable(keep) else super().count(keep)

    def copy(self) -> Rows[_T]:
        """The same rows in another list."""
        return Rows(self, self.engine)

    def __repr__(self) -> str:
        if len(self) <= _SHOWN_WHOLE:
            return super().__repr__()
        shown = ", ".join(map(repr, self[:_SHOWN]))
        return f"[{shown}, ... and {len(self) - _SHOWN:,} more: use .filter(), .map(), .sum(), .count() or a slice]"

    __str__ = __repr__


def _kept(row: Any, keep: Any) -> Any:
    if isinstance(keep, str):
        return keep in (row if isinstance(row, str) else row.line)
    return keep(row)
