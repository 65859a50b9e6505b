"""Finds the lines of a text that resemble a query, without scoring them all.

A query with at most k wrong letters, cut in k + 1 fragments, has one that stands in the line unharmed (the pigeonhole
principle: Navarro & Baeza-Yates, "Very fast and simple approximate string matching", 1999). RE2 looks for lines with
enough fragments in one pass over the bytes; only those are decoded and scored by rapidfuzz. A short text is scored
whole. Very long lines are scored where their fragments are.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .scan import around, compiled
from .text import Text

_WHOLE_BYTES = 2 << 20
_LONG_LINE = 1 << 13
_MOST = 40_000
_SAMPLE_BYTES = 1 << 16
_SAMPLES = 12
_FEWEST = 40
_BATCH = 5_000
_WORD = re.compile(r"[^\W_]+")


class Row(NamedTuple):
    """A line that resembles the query, or the part of a very long one that does; `start` is its first byte."""

    score: float
    start: int
    line: str


def cutoff(length: int) -> float:
    """The least score that means something for a query of so many characters: short ones resemble anything."""
    return min(0.8, 0.6 + 1.4 / max(length, 1))


def fragments(query: str) -> list[str]:
    """Pieces of three to five characters of the query's words, so that their order does not matter."""
    made: list[str] = []
    for word in _WORD.findall(query):
        parts = max(1, round(len(word) / 4))
        size, more = divmod(len(word), parts)
        at = 0
        for number in range(parts):
            end = at + size + (number < more)
            made.append(word[at:end])
            at = end
    made = list(dict.fromkeys(made))
    return [part for part in made if len(part) > 2] or made or [query.strip()]


class Ranking:
    """The best lines of one text after another, within `seconds` for all. `read` counts the bytes it came to."""

    def __init__(self, query: str, limit: int, seconds: float) -> None:
        self._wanted = " ".join(query.casefold().split())
        self._limit = limit
        self._kept = max(limit * 4, _FEWEST)
        self._least = cutoff(len(self._wanted))
        self._fragments = fragments(self._wanted)
        self._ends = time.monotonic() + seconds
        self.read = 0
        self.complete = True
        self.crowded = False

    def rows(self, text: Text) -> list[Row]:
        """The lines of `text` that resemble the query, in their order."""
        found = self._all(text) if len(text.view) <= _WHOLE_BYTES else self._likely(text)
        return sorted(found.values(), key=lambda row: row.start)

    def _late(self) -> bool:
        if time.monotonic() > self._ends:
            self.complete = False
        return not self.complete

    def _all(self, text: Text) -> dict[int, Row]:
        best = _Best(self)
        for start, piece in text.pieces():
            if self._late():
                break
            lines, at = [], start
            for line in piece.split("\n"):
                size = len(line) if line.isascii() else len(line.encode("utf-8", "surrogatepass"))
                if size > _LONG_LINE:
                    self._long_line(text, at, at + size, 1, best)
                elif size:
                    lines.append((at, line.removesuffix("\r")))
                at += size + 1
            best.take(lines)
            self.read += len(piece)
        return best.rows()

    def _likely(self, text: Text) -> dict[int, Row]:
        best = _Best(self)
        if len(exact := list(self._exact(text))) >= self._limit:
            best.take(exact)
            return best.rows()
        best.take(exact)
        for patterns in self._passes(text):
            self._pass(text, patterns, best)
            if self._late() or len(best.rows()) >= self._limit or self.crowded:
                break
        return best.rows()

    def _exact(self, text: Text) -> Iterator[tuple[int, str]]:
        literal = compiled("(?i)" + r"\s+".join(map(_literal, self._wanted.split())))
        at, count = 0, 0
        while count < self._limit and not self._late() and (found := literal.search(text.view, at)):
            start, end = text.line_bounds(found.start())
            short = end - start <= _LONG_LINE
            yield (
                (start, text.decode(start, end)) if short else _part(text, found.start(), found.end(), start, end, 100)
            )
            at, count = (end if short else found.end()), count + 1

    def _passes(self, text: Text) -> Iterator[tuple[Any, int]]:
        """Patterns of the lines worth scoring, from the strictest that leaves some: (pattern, fragments in it)."""
        if len(self._wanted) < 8 and len(self._fragments) == 1:
            yield compiled("(?i)" + _one_edit(self._wanted)), 1
            return
        most = len(self._fragments)
        for count in range(max(1, (most + 1) // 2), 0, -1):
            pattern = self._pattern(count)
            if count > 1 or self._share(text, pattern) * len(text.view) <= _MOST:
                yield pattern, count

    def _pattern(self, count: int) -> Any:
        one = f"(?:{'|'.join(map(_literal, self._fragments))})"
        return compiled("(?i)" + r"[^\n]*?".join([one] * count))

    def _share(self, text: Text, pattern: Any) -> float:
        """Lines with the pattern per byte, in samples."""
        view, found = text.view, 0
        step = max(1, len(view) // _SAMPLES)
        for begin in range(0, len(view), step):
            sample = bytes(view[begin : begin + _SAMPLE_BYTES])
            found += sum(pattern.search(line) is not None for line in sample.split(b"\n"))
        return found / (_SAMPLES * _SAMPLE_BYTES)

    def _pass(self, text: Text, pattern: tuple[Any, int], best: _Best) -> None:
        wanted, count = pattern
        lines: list[tuple[int, str]] = []
        at, seen, size = 0, 0, len(text.view)
        while at < size and (found := wanted.search(text.view, at)):
            start, end = text.line_bounds(found.start())
            if end - start > _LONG_LINE:
                self._long_line(text, start, end, count, best)
            else:
                lines.append((start, text.decode(start, end)))
            at, seen = end + 1, seen + 1
            if len(lines) >= _BATCH:
                best.take(lines)
                lines = []
                if seen >= _MOST or self._late():
                    self.crowded = seen >= _MOST
                    break
        best.take(lines)
        self.read = at if self.crowded or not self.complete else size

    def _long_line(self, text: Text, start: int, end: int, count: int, best: _Best) -> None:
        """Score the places of a long line at which at least `count` fragments are close to each other."""
        width = 2 * len(self._wanted.encode()) + 32
        near: deque[int] = deque()
        places: list[tuple[int, int, int]] = []
        for found in self._pattern(1).finditer(text.view, start, end):
            near.append(found.start())
            while near[0] < found.end() - width:
                near.popleft()
            if len(near) < count:
                continue
            if places and near[0] <= places[-1][1]:
                most = max(places[-1][2], len(near))
                places[-1] = (places[-1][0], min(found.end(), places[-1][0] + 4 * width), most)
                if found.end() <= places[-1][0] + 4 * width:
                    continue
            places.append((near[0], found.end(), len(near)))
            if len(places) > 4 * _BATCH and self._late():
                break
        places.sort(key=lambda place: -place[2])
        best.take([_part(text, first, last, start, end, width) for first, last, _ in places[:_BATCH]])


class _Best:
    """The best rows so far."""

    def __init__(self, ranking: Ranking) -> None:
        from rapidfuzz import fuzz

        self._wanted = ranking._wanted
        self._least = ranking._least
        self._kept = ranking._kept
        self._scorers = (fuzz.partial_ratio, fuzz.partial_token_sort_ratio)
        self._rows: dict[int, Row] = {}
        self._bar = 0.0

    def rows(self) -> dict[int, Row]:
        return self._rows

    def take(self, lines: Sequence[tuple[int, str]]) -> None:
        """Score lines: (their first byte, their characters)."""
        from rapidfuzz import process

        if not lines:
            return
        # Lines that are too short for a sufficient score would take the places of better ones; None is passed over.
        shortest = self._least * len(self._wanted)
        folded = [line if len(line) >= shortest else None for line in (line.casefold() for _, line in lines)]
        for scorer in self._scorers:
            # What scores less than the last of those kept cannot come among them, and is cheaper to refuse.
            least = max(self._bar, self._least) * 100
            found = process.extract(self._wanted, folded, scorer=scorer, limit=self._kept, score_cutoff=least)
            for line, score, at in found:
                self._note(lines[at], line, score / 100)
        if len(self._rows) > self._kept:
            best = sorted(self._rows.values(), key=lambda row: (-row.score, row.start))[: self._kept]
            self._rows = {row.start: row for row in best}
            self._bar = min(best[-1].score, 0.99)

    def _note(self, place: tuple[int, str], folded: str, score: float) -> None:
        start, line = place
        # A line much shorter than the query "occurs" in the query: that is no match of the query in the line.
        fair = min(score * min(1.0, len(folded) / len(self._wanted)), 0.99)
        shown = 1.0 if self._wanted in folded or self._wanted in " ".join(folded.split()) else round(fair, 4)
        known = self._rows.get(start)
        if shown >= self._least and (known is None or known.score < shown):
            self._rows[start] = Row(shown, start, line)


def _part(text: Text, first: int, last: int, start: int, end: int, reach: int) -> tuple[int, str]:
    return first, around(text, first, last, start, end, reach)


def _literal(text: str) -> str:
    return "".join(char if char.isalnum() and char.isascii() else f"\\x{{{ord(char):X}}}" for char in text)


def _one_edit(word: str) -> str:
    """A pattern of RE2 for every text that is one letter away from `word`, or two exchanged ones."""
    letters = [_literal(char) for char in word]
    made = ["".join(letters)]
    for at in range(len(letters)):
        before, after = "".join(letters[:at]), "".join(letters[at + 1 :])
        made += [f"{before}[^\\n]?{after}", f"{before}[^\\n]{letters[at]}{after}"]
        if at + 1 < len(letters):
            made.append(f"{before}{letters[at + 1]}{letters[at]}{''.join(letters[at + 2 :])}")
    return f"(?:{'|'.join(made)})"
