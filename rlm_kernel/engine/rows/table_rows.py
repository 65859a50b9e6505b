"""A table of a text as its rows, and the patterns that find them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class Row(NamedTuple):
    """A row of a table: the number of its first line, its cells, and how many lines it has."""

    number: int
    cells: tuple[str, ...]
    lines: int = 1


class Table(NamedTuple):
    """Rows of as many cells. `labels` are what the columns are called, "" where they are called nothing; `between` are
    patterns of what stands before, between and behind the cells, and `others` of one character of a cell. `header` is
    the number of the header's line, 0 where there is none. `optional` are the columns that some rows do not have at
    all, whose cells are "" there: what stands right before and behind the cell where there is one, which is none of
    `between`."""

    labels: tuple[str, ...]
    between: tuple[str, ...]
    others: tuple[str, ...]
    header: int
    rows: tuple[Row, ...]
    optional: Mapping[int, tuple[str, str]] = MappingProxyType({})

    def has(self, number: int) -> bool:
        """Whether a line is the header or a row."""
        return number == self.header or any(0 <= number - row.number < row.lines for row in self.rows)

    def pattern(self, parts: Sequence[str], required: Container[int] = ()) -> str:
        """A pattern of rows from one part for each cell. The `required` columns are there in all rows that it finds,
        or in none where their part is empty."""
        made = [self._part(at, part, required) for at, part in enumerate(parts)]
        for at in range(len(parts) - 1, -1, -1):
            # Lines at the end that need not be there, and of which nothing is wanted, may be there or not.
            if at in required or parts[at].startswith("(") or not self.optional.get(at, ("", ""))[0].startswith("\\n"):
                break
            made[at] = ""
        pairs = zip(self.between, [*made, ""], strict=True)
        return f"^{''.join(between + part for between, part in pairs)}".removesuffix("$") + "$"

    def _part(self, at: int, part: str, required: Container[int]) -> str:
        if at not in self.optional or (at in required and not part):
            return part
        before, after = self.optional[at]
        return f"{before}{part}{after}" if at in required else f"(?:{before}{part}{after})?"
