"""Remarks on what the tools did, where many of one kind in a cell are written as a few and a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

_WRITTEN = 2


class Notes:
    """Writes remarks with `write`. `finish` ends a cell: it says how many of each kind were held back."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._counts: Counter[str] = Counter()

    def __call__(self, text: str) -> None:
        """Write a remark."""
        self._write(text)

    def repeated(self, kind: str, text: str) -> None:
        """Write a remark of a kind that may come again and again; of each kind only the first ones of a cell.

        `kind` completes the sentence that `finish` writes: "12 more {kind}"."""
        self._counts[kind] += 1
        if self._counts[kind] <= _WRITTEN:
            self._write(text)

    def held_back(self, kind: str) -> bool:
        """Whether another remark of this kind will not be written, so that it need not be worked out."""
        return self._counts[kind] >= _WRITTEN

    def finish(self) -> None:
        """Say what was held back since the last call."""
        for kind, count in self._counts.items():
            if count > _WRITTEN:
                self._write(f"{count - _WRITTEN:,} more {kind}")
        self._counts.clear()
