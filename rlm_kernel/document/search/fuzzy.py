"""Finds the lines of a text that resemble a query, without scoring them all.

A query with at most k wrong letters, cut in k + 1 fragments, has one that stands in the line unharmed (the pigeonhole
principle: Navarro & Baeza-Yates, "Very fast and simple approximate string matching", 1999). RE2 looks for lines with
enough fragments in one pass over the bytes; only those are decoded and scored by rapidfuzz. A short text is scored
whole. Very long lines are scored where their fragments are.
"""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Any, NamedTuple

from ..text import Text
from .regex import around, compiled

_WHOLE_BYTES = 1 << 19
_LONG_LINE = 1 << 13
_MOST = 10_000
_SAMPLE_BYTES = 1 << 15
_SAMPLES = 16
_FEWEST = 40
_ONE_EDIT = 10
_FRAGMENTS, _FEW = 9, 4
# What the words of a query are worth in another order, beside each other and apart.
_NEAR, _FAR = 0.92, 0.85
_SAME_WORD = 0.6
_BATCH = 5_000
_WORD = re.compile(r"[^\W_]+")


class ResemblingLine(NamedTuple):
    """A line that resembles the query, or the part of a very long one that does; `start` is its first byte."""

    score: float
    start: int
    line: str


def cutoff(length: int) -> float:
    """The least score that means something for a query of so many characters: short ones resemble anything."""
    return min(0.75, 0.6 + 1.2 / max(length, 1))


def fragments(query: str, length: float = 4.0) -> list[str]:
    """Pieces of about `length` characters of the query's words, so that their order does not matter."""
    made: list[str] = []
    for word in _WORD.findall(query):
        parts = max(1, round(len(word) / length))
        size, more = divmod(len(word), parts)
        at = 0
        for number in range(parts):
            end = at + size + (number < more)
            made.append(word[at:end])
            at = end
    made = list(dict.fromkeys(made))
    chosen = [part for part in made if len(part) > length / 2] or made or [query.strip()]
    # Of a long query, some from everywhere in it.
    return chosen[:: -(-len(chosen) // _FRAGMENTS)]


class Ranking:
    """The best lines of one text after another, within `seconds` for all. `read` counts the bytes it came to."""

    def __init__(self, query: str, limit: int, seconds: float) -> None:
        self._wanted = " ".join(query.casefold().split())
        self._limit = limit
        self._kept = max(limit * 4, _FEWEST)
        self._least = cutoff(len(self._wanted))
        self._ends = time.monotonic() + seconds
        self.read = 0
        self.complete = True
        self.crowded = False
        self._most = _MOST

    def rows(self, text: Text) -> list[ResemblingLine]:
        """The lines of `text` that resemble the query, in their order."""
        found = self._all(text) if len(text.view) <= _WHOLE_BYTES else self._likely(text)
        return sorted(found.values(), key=lambda row: row.start)

    def _late(self) -> bool:
        if time.monotonic() > self._ends:
            self.complete = False
        return not self.complete

    def _all(self, text: Text) -> dict[int, ResemblingLine]:
        best = _Best(self)
        for start, piece in text.pieces():
            if self._late():
                break
            lines, at = [], start
            for line in piece.split("\n"):
                size = len(line) if line.isascii() else len(line.encode("utf-8", "surrogatepass"))
                if size > _LONG_LINE:
                    self._long_line(text, at, at + size, best)
                elif size:
                    lines.append((at, line.removesuffix("\r")))
                at += size + 1
            best.take(lines)
            self.read += len(piece)
        return best.rows()

    def _likely(self, text: Text) -> dict[int, ResemblingLine]:
        best = _Best(self)
        if len(exact := list(self._exact(text))) >= self._limit:
            best.take(exact)
            return best.rows()
        best.take(exact)
        parts, rest = fragments(self._wanted), None
        pattern, _ = self._patterns(text, parts)
        self._pass(text, pattern, best)
        if best.rows() or self._late() or len(parts) > _FEW:
            return best.rows()
        pattern, rest = self._patterns(text, fragments(self._wanted, 2.5))
        self._pass(text, pattern, best)
        if best.rows() or self._late():
            return best.rows()
        if rest:
            # Nothing rare resembles the query: what does stands in so many lines that the first will do.
            self._pass(text, rest, best)
        return best.rows()

    def _exact(self, text: Text) -> Iterator[tuple[int, str]]:
        literal = compiled("(?i)" + r"[ \t]+".join(map(_literal, self._wanted.split())))
        at, count = 0, 0
        while count < self._limit and not self._late() and (found := literal.search(text.view, at)):
            start, end = text.line_bounds(found.start())
            short = end - start <= _LONG_LINE
            yield (
                (start, text.decode(start, end)) if short else _part(text, found.start(), found.end(), start, end, 100)
            )
            at, count = (end if short else found.end()), count + 1

    def _patterns(self, text: Text, parts: Sequence[str]) -> tuple[Any, Any]:
        """What a line must have in it to be worth scoring: the sets of at most three fragments that are rarest here,
        as many as leave few enough lines; and the first set of those that leave more, None where there is none."""
        self._most = min(max(len(text.view) >> 13, _MOST), 10 * _MOST)
        masks, lines = _sampled(text, parts)
        room = self._most / max(1, text.line_count) * lines
        chosen: list[int] = []
        rest = None
        passed = 0
        for wanted in _sets(masks, len(parts)):
            if any(known & wanted == known for known in chosen):
                continue
            added = sum(times for mask, times in masks.items() if mask & wanted == wanted)
            if chosen and passed + added > room:
                rest = compiled(f"(?i){'|'.join(_ordered(parts, wanted))}")
                break
            chosen.append(wanted)
            passed += added
            masks = Counter({mask: times for mask, times in masks.items() if mask & wanted != wanted})
        made = [order for wanted in chosen for order in _ordered(parts, wanted)]
        if len(self._wanted) <= _ONE_EDIT:
            made.append(_one_edit(self._wanted))
        return compiled(f"(?i){'|'.join(made)}"), rest

    def _pass(self, text: Text, wanted: Any, best: _Best) -> None:
        lines: list[tuple[int, str]] = []
        at, seen, size = 0, 0, len(text.view)
        while at < size and (found := wanted.search(text.view, at)):
            start, end = text.line_bounds(found.start())
            if end - start > _LONG_LINE:
                self._long_line(text, start, end, best)
            else:
                lines.append((start, text.decode(start, end)))
            at, seen = end + 1, seen + 1
            # The estimate may have been too low.
            self.crowded = seen >= 4 * self._most
            if len(lines) >= _BATCH or self.crowded:
                best.take(lines)
                lines = []
                if self.crowded or self._late():
                    break
        best.take(lines)
        self.read = at if self.crowded or not self.complete else size

    def _long_line(self, text: Text, start: int, end: int, best: _Best) -> None:
        """Score the places of a long line at which fragments are close to each other."""
        parts = fragments(self._wanted)
        single = compiled("(?i)" + "|".join(map(_literal, parts)))
        count = (len(parts) + 1) // 2
        width = 2 * len(self._wanted.encode()) + 32
        near: deque[int] = deque()
        places: list[tuple[int, int, int]] = []
        for found in single.finditer(text.view, start, end):
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


def _ordered(parts: Sequence[str], wanted: int) -> list[str]:
    """Patterns of the fragments of a set, in every order, within a line."""
    named = [_literal(part) for at, part in enumerate(parts) if wanted >> at & 1]
    return [r"[^\n]*?".join(order) for order in permutations(named)]


def _sets(masks: Counter[int], count: int) -> list[int]:
    """Sets of at most three of `count` fragments, as bits, by how many lines of the sample hold them all."""
    bits = [1 << at for at in range(count)]
    sets = [sum(chosen) for size in (1, 2, 3) for chosen in combinations(bits, size)]
    times = {wanted: sum(n for mask, n in masks.items() if mask & wanted == wanted) for wanted in sets}
    return sorted(sets, key=lambda wanted: (times[wanted], wanted.bit_count()))


def _sampled(text: Text, parts: Sequence[str]) -> tuple[Counter[int], int]:
    """Which fragments lines of the text hold together, as bits, and how many lines were looked at."""
    masks: Counter[int] = Counter()
    count, view = 0, text.view
    for begin in range(0, len(view), max(1, len(view) // _SAMPLES)):
        for line in bytes(view[begin : begin + _SAMPLE_BYTES]).decode("utf-8", "replace").casefold().split("\n"):
            masks[sum(1 << at for at, part in enumerate(parts) if part in line)] += 1
            count += 1
    del masks[0]
    return masks, count


class _Best:
    """The best rows so far."""

    def __init__(self, ranking: Ranking) -> None:
        from rapidfuzz import fuzz

        self._wanted = ranking._wanted
        self._least = ranking._least
        self._kept = ranking._kept
        self._scorers = (fuzz.partial_ratio, fuzz.partial_token_sort_ratio, fuzz.token_set_ratio)
        self._words = self._wanted.split()
        self._letters = sum(map(len, self._words))
        self._rows: dict[int, ResemblingLine] = {}
        self._bar = 0.0

    def rows(self) -> dict[int, ResemblingLine]:
        return self._rows

    def take(self, lines: Sequence[tuple[int, str]]) -> None:
        """Score lines: (their first byte, their characters)."""
        from rapidfuzz import process

        if not lines:
            return
        # Lines that are too short for a sufficient score would take the places of better ones; None is passed over.
        shortest = self._least * len(self._wanted)
        folded = [line if len(line) >= shortest else None for line in (line.casefold() for _, line in lines)]
        found: set[int] = set()
        for scorer in self._scorers:
            # What scores less than the last of those kept cannot come among them, and is cheaper to refuse.
            least = max(self._bar, self._least) * 80
            for _, _, at in process.extract(self._wanted, folded, scorer=scorer, limit=self._kept, score_cutoff=least):
                found.add(at)
        for at in found:
            self._note(lines[at], folded[at] or "")
        if len(self._rows) > self._kept:
            best = sorted(self._rows.values(), key=lambda row: (-row.score, row.start))[: self._kept]
            self._rows = {row.start: row for row in best}
            self._bar = min(best[-1].score, 0.99)

    def _note(self, place: tuple[int, str], folded: str) -> None:
        start, line = place
        if self._wanted in folded or self._wanted in " ".join(folded.split()):
            score = 1.0
        else:
            score = self._in_order(folded)
            if len(self._words) > 1:
                score = max(score, self._by_words(folded))
            score = round(min(score, 0.99), 4)
        if score >= self._least:
            self._rows[start] = ResemblingLine(score, start, line)

    def _in_order(self, folded: str) -> float:
        """One less the edits (letters left out, put in, exchanged; neighbours swapped) per letter of the query."""
        from rapidfuzz import fuzz
        from rapidfuzz.distance import OSA

        if len(folded) <= len(self._wanted):
            return float(OSA.normalized_similarity(self._wanted, folded))
        found = fuzz.partial_ratio_alignment(self._wanted, folded)
        if found is None:
            return 0.0
        starts = range(max(0, found.dest_start - 1), found.dest_start + 2)
        parts = {folded[first : found.dest_end + more] for first in starts for more in (-1, 0, 1)}
        return float(max(OSA.normalized_similarity(self._wanted, part) for part in parts))

    def _by_words(self, folded: str) -> float:
        """How much of the query's words stands in the line, in any order; less where they stand apart."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        words, got = _WORD.findall(folded), 0.0
        places = []
        for word in self._words:
            if best := process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=_SAME_WORD):
                got += len(word) * best[1]
                places.append(best[2])
        near = places and max(places) - min(places) <= len(self._words)
        return got / self._letters * (_NEAR if near else _FAR)


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
