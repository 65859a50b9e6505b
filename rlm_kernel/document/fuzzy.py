"""Ranks the lines of a text by their resemblance to a query, part by part, so that memory stays bounded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from heapq import nlargest
from typing import Any

from .text import Text, split_lines

_CUTOFF = 0.55
_FEWEST = 40

# Score from 0 to 1, line number, line.
Row = tuple[float, int, str]
# Score from 0 to 100, line number below zero (so that of equals the first is the largest), line, its folded length.
_Kept = tuple[float, int, str, int]


class Ranking:
    """The best lines of one text after another, within `seconds` for all. `read` counts the lines it came to."""

    def __init__(self, query: str, limit: int, seconds: float) -> None:
        self._wanted = query.casefold()
        self._kept = max(limit * 4, _FEWEST)
        self._ends = time.monotonic() + seconds
        self.read = 0
        self.complete = True

    def rows(self, text: Text) -> Iterator[Row]:
        """The lines of `text` that resemble the query, in their order."""
        from rapidfuzz import fuzz

        scorers = (fuzz.partial_ratio, fuzz.partial_token_sort_ratio)
        kept: list[list[_Kept]] = [[] for _ in scorers]
        for first, piece in text.pieces():
            if time.monotonic() > self._ends:
                self.complete = False
                break
            lines = split_lines(piece)
            self.read += len(lines)
            folded = self._folded(lines)
            for at, scorer in enumerate(scorers):
                kept[at] = self._merged(kept[at], scorer, folded, lines, first)
        best: dict[int, tuple[float, str]] = {}
        for score, minus_number, line, length in (row for rows in kept for row in rows):
            # A line much shorter than the query "occurs" in the query: that is no match of the query in the line.
            fair = min(score / 100 * min(1.0, length / len(self._wanted)), 0.99)
            shown = 1.0 if self._wanted in line.casefold() else fair
            best[-minus_number] = (max(best.get(-minus_number, (0.0, ""))[0], shown), line)
        for number, (score, line) in sorted(best.items()):
            if score >= _CUTOFF:
                yield round(score, 4), number, line

    def _folded(self, lines: list[str]) -> list[str | None]:
        # Lines that are too short for a sufficient score would take the places of better ones; None is passed over.
        shortest = _CUTOFF * len(self._wanted)
        return [line if len(line) >= shortest else None for line in map(str.casefold, lines)]

    def _merged(
        self, kept: list[_Kept], scorer: Any, folded: list[str | None], lines: list[str], first: int
    ) -> list[_Kept]:
        from rapidfuzz import process

        # What scores less than the last of those kept cannot come among them, and is cheaper to refuse than to score.
        cutoff = kept[-1][0] if len(kept) >= self._kept else _CUTOFF * 100
        found = process.extract(self._wanted, folded, scorer=scorer, limit=self._kept, score_cutoff=cutoff)
        rows = [(score, -(first + index), lines[index], len(line)) for line, score, index in found]
        return nlargest(self._kept, [*kept, *rows], key=lambda row: row[:2])
