"""Rows as a Markdown table: what every converter writes its tables with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(
    r"[(\[]?[-+−–—$€£¥%~<>≤≥]*\s?\d[\d.,'’ \u00a0\u202f]*[%)\]*†‡a-z⁰¹²³⁴⁵⁶⁷⁸⁹]{0,3}|[-–—.…*]{1,3}|n/?a|N/?A"
)


RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")


def raised(before: str, words: str, *, lowered: bool = False) -> str:
    """Raised characters as what may follow `before` without becoming a part of its number."""
    if not before[-1:].isalnum():
        return words
    if re.fullmatch(r"[\d+()-]+", words):
        return words.translate(LOWERED if lowered else RAISED)
    return f" {words}" if before[-1:].isdigit() and not words.startswith(("[", " ", "(")) else words


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
