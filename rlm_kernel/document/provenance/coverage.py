"""Which lines of the documents a run has looked at: handed to code, shown to the model, sent to a sub-model.

What code got is told by the tools. What the model saw is found by looking for the document's own lines in the texts
that it was sent: a line counts when its first characters stand there. Only lines that code got are looked for, and no
more of them than a bounded amount of work allows; `exact` says whether that was enough.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..text import Text

Interval = tuple[int, int]

_MOST_READ = 1 << 25
_MOST_SEARCHED = 1 << 26
_MOST_NEEDLES = 500_000
_MOST_PARSED = 1 << 21
_BEGINNING = 60
_LONG = 1_000
_MOST_LONG = 500
_MERGE_AT = 20_000
_MOST_INTERVALS = 2_000
_FEWEST_INTERVALS = 20
_FEW_LINES = 2_000

_QUOTED = re.compile(r"'((?:[^'\\\n]|\\.){1,2000})'|\"((?:[^\"\\\n]|\\.){1,2000})\"")
_NUMBERED = re.compile(r"(?:line\s+)?\W{0,3}\d+\W{1,4}(?=\S)", re.I)


@dataclass(frozen=True, slots=True)
class Covered:
    """One document's lines by what was done with them: merged intervals, 1-based and inclusive, and their counts."""

    source: str
    lines: int
    scanned: tuple[Interval, ...]
    shown: tuple[Interval, ...]
    sent: tuple[Interval, ...]
    counts: tuple[int, int, int, int]
    exact: bool = True


class Lines:
    """A set of line numbers, held as intervals."""

    def __init__(self) -> None:
        self._made: list[Interval] = []
        self._limit = _MERGE_AT

    def add(self, first: int, last: int) -> None:
        """Take in the lines from `first` to `last`."""
        self._made.append((first, last))
        if len(self._made) > self._limit:
            self._made = merged(self._made)
            self._limit = max(_MERGE_AT, 2 * len(self._made))

    @property
    def intervals(self) -> list[Interval]:
        """The merged intervals, in order."""
        self._made = merged(self._made)
        return list(self._made)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same lines in the fewest intervals, in order."""
    made: list[Interval] = []
    for first, last in sorted(intervals):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made


def count(intervals: Iterable[Interval]) -> int:
    """The number of lines in intervals that do not overlap."""
    return sum(last - first + 1 for first, last in intervals)


class Said:
    """Texts that were sent to a model, prepared to be asked whether a line stood in them."""

    def __init__(self) -> None:
        self.full = False
        self._keys: set[int] = set()
        self._texts: list[str] = []
        self._kept = 0
        self._long: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._keys)

    def add(self, text: str, *, parsed: bool) -> None:
        """Take in a text. `parsed`: it may show lines within quotes or after numbers, as printed records do."""
        for line in text.split("\n"):
            self._key(line)
            if len(line) >= _LONG // 5 and len(self._long) < _MOST_LONG:
                self._long.append(line.strip()[: _LONG // 5])
        if not parsed or self._kept + len(text) > _MOST_PARSED:
            return
        self._kept += len(text)
        self._texts.append(text)
        for match in _QUOTED.finditer(text):
            self._key(_unescaped(match[1] or match[2]))
        for line in text.split("\n"):
            if numbered := _NUMBERED.match(line):
                self._key(line[numbered.end() :])

    def _key(self, line: str) -> None:
        if key := line.strip():
            if len(self._keys) < _MOST_NEEDLES:
                self._keys.add(hash(key))
            else:
                self.full = True

    @property
    def size(self) -> int:
        """The characters that a search for a beginning goes through."""
        return self._kept

    def exactly(self, lines: list[str]) -> list[int]:
        """The positions of those lines (without white space around them) that were lines of a text, or quoted in it."""
        hashes = list(map(hash, lines))
        if self._keys.isdisjoint(hashes):
            return []
        return [at for at, made in enumerate(hashes) if made in self._keys]

    def within(self, line: str) -> bool:
        """Whether the beginning of a line stood anywhere in a text, or a long line of a text within this one."""
        if len(line) >= _LONG and any(piece in line for piece in self._long):
            return True
        return len(line) > 3 and any(line[:_BEGINNING] in text for text in self._texts)


def _unescaped(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    try:
        made = ast.literal_eval(f'"{quoted}"' if '"' not in quoted else f"'{quoted}'")
    except (ValueError, SyntaxError):
        return quoted
    return made if isinstance(made, str) else quoted


class Coverage:
    """The coverage of the texts of one document by one run. The texts and spans of a run are fed as they come."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._texts = {text.name: text for text in texts}
        self._scanned: dict[str, Lines] = {}
        # What code got few lines at a time is what it most likely went on to show.
        self._chosen: dict[str, Lines] = {}
        self._shown = Said()
        self._sent = Said()

    def scanned(self, source: str, first: int, last: int) -> None:
        """Lines that code got. What names no line of the document is ignored: it comes from the sandbox."""
        text = self._texts.get(source)
        if text is None:
            return
        first, last = max(first, 1), min(last, text.line_count)
        if first <= last:
            self._scanned.setdefault(source, Lines()).add(first, last)
            if last - first < _FEW_LINES:
                self._chosen.setdefault(source, Lines()).add(first, last)

    def shown(self, told: str) -> None:
        """A text that the root model was sent."""
        self._shown.add(told, parsed=True)

    def sent(self, prompt: str) -> None:
        """A prompt that a sub-model was sent."""
        self._sent.add(prompt, parsed=len(prompt) <= _MOST_PARSED // 100)

    def report(self) -> list[Covered]:
        """The coverage of every document, in order."""
        work = _Work()
        each = max(_FEWEST_INTERVALS, _MOST_INTERVALS // (3 * max(1, len(self._texts))))
        return [self._covered(name, text, work, each) for name, text in self._texts.items()]

    def _covered(self, name: str, text: Text, work: _Work, most: int) -> Covered:
        if name not in self._scanned:
            return Covered(name, text.line_count, (), (), (), (0, 0, 0, text.line_count))
        scanned = self._scanned[name].intervals
        chosen = self._chosen[name].intervals if name in self._chosen else []
        (shown, sent), complete = work.found(text, chosen, scanned, (self._shown, self._sent))
        kinds = (scanned, shown, sent)
        short = [tuple(_coarser(intervals, most)) for intervals in kinds]
        return Covered(
            name,
            text.line_count,
            scanned=short[0],
            shown=short[1],
            sent=short[2],
            counts=(count(scanned), count(shown), count(sent), text.line_count - count(scanned)),
            exact=complete and [*map(len, kinds)] == [*map(len, short)],
        )


class _Work:
    """Looks for lines, and stops when it has done enough."""

    def __init__(self) -> None:
        self._read = 0
        self._searched = 0

    def found(
        self, text: Text, chosen: list[Interval], scanned: list[Interval], kinds: Sequence[Said]
    ) -> tuple[list[list[Interval]], bool]:
        """For each of `kinds` the lines within `scanned` that were said, and whether all could be looked for.

        What is small goes first, and what was `chosen` before all: only there the beginnings of lines are searched for.
        """
        made = [Lines() for _ in kinds]
        complete = not any(said.full for said in kinds)
        if not any(kinds):
            return [[] for _ in kinds], complete
        mean = len(text.data) // max(1, text.line_count) + 1
        for intervals, search in ((chosen, True), (scanned, False)):
            for first, last in sorted(intervals, key=_size):
                lines = self._affordable(last - first + 1, mean)
                complete = complete and first + lines > last
                if not lines:
                    continue
                keys = [line.strip() for line in text.read(first, first + lines - 1).split("\n")]
                for said, found in zip(kinds, made, strict=True):
                    for hit in self._hits(keys, said, search=search):
                        found.add(first + hit[0], first + hit[1])
        return [lines.intervals for lines in made], complete

    def _affordable(self, lines: int, mean: int) -> int:
        lines = min(lines, max(0, _MOST_READ - self._read) // mean)
        self._read += lines * mean
        return lines

    def _hits(self, keys: list[str], said: Said, *, search: bool) -> Iterator[Interval]:
        """The positions of the lines that were said, with the empty lines between two of them."""
        before = -1
        for at in self._held(keys, said, search=search):
            yield (before if before >= 0 and not any(keys[before + 1 : at]) else at), at
            before = at

    def _held(self, keys: list[str], said: Said, *, search: bool) -> list[int]:
        exact = said.exactly(keys)
        if not search:
            return exact
        held = set(exact)
        for at, key in enumerate(keys):
            if at not in held and key and self._searched < _MOST_SEARCHED:
                self._searched += said.size
                if said.within(key):
                    held.add(at)
        return sorted(held)


def _size(interval: Interval) -> int:
    return interval[1] - interval[0]


def _coarser(intervals: list[Interval], most: int) -> list[Interval]:
    """At most `most` intervals: those with the smallest gaps between them are joined."""
    if len(intervals) <= most:
        return intervals
    gaps = sorted(range(1, len(intervals)), key=lambda at: intervals[at][0] - intervals[at - 1][1])
    joined = frozenset(gaps[: len(intervals) - most])
    made: list[Interval] = []
    for at, (first, last) in enumerate(intervals):
        if at in joined:
            made[-1] = (made[-1][0], last)
        else:
            made.append((first, last))
    return made
