"""The DataFrame that a document was: each cell has one of its own over the same memory, which nothing can write to."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from typing import Any


class SharedFrame:
    """Rows of JSON data as a DataFrame for cell after cell: what one does to its own, the next does not see.

    No column is copied until a cell writes to it, but for those that hold lists and dicts: these are made anew.
    """

    def __init__(self, pandas: Any, rows: list[dict[str, Any]]) -> None:
        self._pandas = pandas
        self._frame = frame = pandas.DataFrame(rows)
        self._nested = {
            name: marshal.dumps(frame[name].tolist())
            for name in frame.columns
            if frame[name].dtype == object and any(isinstance(value, list | dict) for value in frame[name])
        }
        # pandas copies what is shared before it writes; this is for who comes to the memory past it.
        for array in _arrays(frame):
            array.flags.writeable = False
        self._given: Any = None
        self._before: list[Any] = []

    def fresh(self) -> Any:
        """A DataFrame of the cell that begins."""
        made = self._frame.copy(deep=False)
        # What axes know of themselves is kept in arrays of their own.
        made.index = self._pandas.RangeIndex(len(made))
        made.columns = self._frame.columns.copy(deep=True)
        for name, values in self._nested.items():
            made[name] = self._pandas.Series(marshal.loads(values), dtype=object)  # noqa: S302  our own, from above
        self._given, self._before = made, _parts(made)
        return made

    def is_changed(self) -> bool:
        """Whether the cell has written to its own."""
        parts = _parts(self._given)
        return len(parts) != len(self._before) or any(
            part is not other for part, other in zip(parts, self._before, strict=True)
        )


def _arrays(frame: Any) -> Iterator[Any]:
    """The arrays that hold a frame's values, down to those that own the memory."""
    for block in frame._mgr.blocks:
        array = getattr(block.values, "_ndarray", block.values)
        while hasattr(array, "flags") and hasattr(array, "base"):
            yield array
            array = array.base


def _parts(frame: Any) -> list[Any]:
    manager = frame._mgr
    return [manager, *manager.axes, *(block.values for block in manager.blocks)]
