"""Rows as a Markdown table: what every converter writes its tables with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(
    r"[(\[]?[-+−–—$€£¥%~<>≤≥]*\s?\d[\d.,'’ \u00a0\u202f]*[%)\]*†‡a-z⁰¹²³⁴⁵⁶⁷⁸⁹]{0,3}|[-–—.…*]{1,3}|n/?a|N/?A"
)


def is_number(text: str) -> bool:
    """Whether a cell holds a figure, or one of the signs that stand for a missing one."""
    return _NUMBER.fullmatch(text.strip()) is not None


def cell_text(value: str) -> str:
    """What may stand in a cell: one line, with its bars escaped."""
    return " ".join(value.split()).replace("|", "\\|")


def markdown_rows(rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, its first row as the head; every row gets as many cells as the widest one has."""
    cells = [[cell_text(cell) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in cells]
    if lines:
        lines.insert(1, f"|{' --- |' * width}")
    return lines
