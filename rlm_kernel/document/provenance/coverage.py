"""What a run has done with the lines of the documents: searched, returned to code, shown to the model, sent to others.

What was searched and what code got is told by the tools, what was sent to a sub-model by the lines that were found in
its prompts. What the model saw is found by looking for the document's own lines in the texts that it was sent: a line
counts as often as it stands there. Only lines that were searched are looked for, and no more of them than a bounded
amount of work allows; `exact` says whether that was enough.
"""

from __future__ import annotations

import ast
import json
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
_RECORD = re.compile(r"\{[^{}\n]{3,4000}\}|\[[^\[\]{}()\n]{3,4000}\]|\([^\[\]{}()\n]{3,4000}\)")
_CELL = "\x1f"
_NUMBERED = re.compile(r"(?:line\s+)?\W{0,3}\d+\W{1,4}(?=\S)", re.I)


@dataclass(frozen=True, slots=True)
class Covered:
    """One document's lines by what was done with them: merged intervals, 1-based and inclusive.

    `counts` are the lines that were searched, returned to code, shown, sent, and never touched. What was returned to
    code was searched too.
    """

    source: str
    lines: int
    searched: tuple[Interval, ...]
    scanned: tuple[Interval, ...]
    shown: tuple[Interval, ...]
    sent: tuple[Interval, ...]
    counts: tuple[int, int, int, int, int]
    exact: bool = True


class LineSet:
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


def without(intervals: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """The lines of `intervals` that are not in `others`; both are merged."""
    made: list[Interval] = []
    at = 0
    for first, last in intervals:
        while at < len(others) and others[at][1] < first:
            at += 1
        here = at
        while here < len(others) and others[here][0] <= last:
            if first < others[here][0]:
                made.append((first, others[here][0] - 1))
            first = max(first, others[here][1] + 1)
            here += 1
        if first <= last:
            made.append((first, last))
    return made


def count(intervals: Iterable[Interval]) -> int:
    """The number of lines in intervals that do not overlap."""
    return sum(last - first + 1 for first, last in intervals)


class Said:
    """Texts that were sent to a model, prepared to be asked whether a line stood in them."""

    def __init__(self) -> None:
        self.full = False
        self._keys: dict[int, int] = {}
        self._left: dict[int, int] = {}
        self._texts: list[str] = []
        self._kept = 0
        self._long: list[str] = []
        # How often a line that was searched for may still count.
        self._left_of: dict[str, int | None] = {}
        self._has_records = False

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
        for match in _RECORD.finditer(text):
            if cells := _cells(match[0]):
                self._has_records = True
                self._key(cells)
        for line in text.split("\n"):
            if numbered := _NUMBERED.match(line):
                self._key(line[numbered.end() :])

    def _key(self, line: str) -> None:
        if key := line.strip():
            if len(self._keys) < _MOST_NEEDLES:
                self._keys[hash(key)] = self._keys.get(hash(key), 0) + 1
            else:
                self.full = True

    @property
    def size(self) -> int:
        """The characters that a search for a beginning goes through."""
        return self._kept

    def exactly(self, lines: list[str]) -> list[int]:
        """The positions of those lines (without white space around them) that were lines of a text, or quoted in it.

        Of lines that are the same as many count as were said, the first ones.
        """
        hashes = list(map(hash, lines))
        found = [at for at, made in enumerate(hashes) if self._is_left(made)]
        rows = enumerate(lines) if self._has_records else ()
        keys = {at: hash(cells) for at, line in rows if (cells := _cells_of_line(line))}
        seen = set(found)
        return sorted(seen | {at for at, key in keys.items() if at not in seen and self._is_left(key)})

    def _is_left(self, key: int) -> bool:
        left = self._left.get(key, 0)
        if left > 0:
            self._left[key] = left - 1
        return left > 0

    def rewind(self) -> None:
        """Every text counts anew, for another report."""
        self._left = dict(self._keys)
        self._left_of.clear()

    def within(self, line: str) -> bool:
        """Whether the beginning of a line stood anywhere in a text, or a long line of a text within this one.

        A short line counts only where it does not go on as something else: `12,5` is not in `112,50`.
        """
        if len(line) >= _LONG and any(piece in line for piece in self._long):
            return True
        if len(line) <= 3:
            return False
        start = line[:_BEGINNING]
        if not any(start in text for text in self._texts):
            return False
        left = self._left_of.setdefault(line, None)
        if left is None:
            whole = _whole(start, cut=len(line) > _BEGINNING)
            # What was a line of its own has counted already.
            left = sum(1 for text in self._texts for _ in whole.finditer(text)) - self._keys.get(hash(line), 0)
        self._left_of[line] = max(0, left - 1)
        return left > 0


def _whole(start: str, *, cut: bool) -> re.Pattern[str]:
    before = r"(?<![\w.,-])" if start[0].isalnum() else ""
    after = r"(?![\w-]|[.,]\w)" if start[-1].isalnum() and not cut else ""
    return re.compile(before + re.escape(start) + after)


def _cells(record: str) -> str:
    """The values of a printed dict or list as a key; empty where it is no row of several."""
    try:
        made = ast.literal_eval(record)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    values = list(made.values()) if isinstance(made, dict) else list(made) if isinstance(made, list | tuple) else []
    if len(values) < 2 or not all(isinstance(value, str | int | float | None) for value in values):
        return ""
    return _CELL.join(_cell(value) for value in values)


def _cells_of_line(line: str) -> str:
    """The same of a line of comma-separated values, or of JSON."""
    if line[:1] == "{":
        try:
            made = json.loads(line)
        except (ValueError, RecursionError):
            return ""
        values = list(made.values()) if isinstance(made, dict) else []
    else:
        mark = next((mark for mark in "\t;,|" if mark in line), "")
        values = [part.strip(' "') for part in line.strip("|").split(mark)] if mark else []
    return _CELL.join(_cell(value) for value in values) if len(values) > 1 else ""


def _cell(value: object) -> str:
    text = str(value).strip()
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _unescaped(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    try:
        made = ast.literal_eval(f'"{quoted}"' if '"' not in quoted else f"'{quoted}'")
    except (ValueError, SyntaxError):
        return quoted
    return made if isinstance(made, str) else quoted


class CoverageTracker:
    """The coverage of the texts of one document by one run. The texts and spans of a run are fed as they come."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._texts = {text.name: text for text in texts}
        self._searched: dict[str, LineSet] = {}
        self._scanned: dict[str, LineSet] = {}
        self._sent_lines: dict[str, LineSet] = {}
        self._inherited: dict[str, LineSet] = {}
        # What code got few lines at a time is what it most likely went on to show.
        self._chosen: dict[str, LineSet] = {}
        self._shown = Said()
        self._sent = Said()

    def searched(self, source: str | None, first: int = 1, last: int | None = None) -> None:
        """Lines that a tool, or a search of the code's own, ran over; without `source`, all lines of all texts."""
        names = self._texts if source is None else [source]
        for name in names:
            text = self._texts.get(name)
            self._add(self._searched, name, first, last if last is not None or text is None else text.line_count)

    def searched_up_to(self, source: str, last: int) -> None:
        """A search over all texts, in their order, that has ended at a line of `source`."""
        for name in self._texts:
            self.searched(name, 1, last if name == source else None)
            if name == source:
                return

    def scanned(self, source: str, first: int, last: int) -> None:
        """Lines that code got. What names no line of the document is ignored: it comes from the sandbox."""
        self._add(self._scanned, source, first, last)
        if last - first < _FEW_LINES:
            self._add(self._chosen, source, first, last)

    def inherited(self, source: str, first: int, last: int) -> None:
        """Lines that a variable of an earlier question rests on."""
        self._add(self._inherited, source, first, last)

    def sent_lines(self, source: str, first: int, last: int) -> None:
        """Lines that stood in a prompt for a sub-model."""
        self._add(self._sent_lines, source, first, last)

    def _add(self, kind: dict[str, LineSet], source: str, first: int, last: int | None) -> None:
        text = self._texts.get(source)
        if text is None or last is None:
            return
        first, last = max(first, 1), min(last, text.line_count)
        if first <= last:
            kind.setdefault(source, LineSet()).add(first, last)

    def shown(self, told: str) -> None:
        """A text that the root model was sent."""
        self._shown.add(told, parsed=True)

    def sent(self, prompt: str) -> None:
        """A text that a model of a run below was sent."""
        self._sent.add(prompt, parsed=len(prompt) <= _MOST_PARSED // 100)

    def report(self) -> list[Covered]:
        """The coverage of every document, in order."""
        self._shown.rewind()
        self._sent.rewind()
        work = _Work()
        each = max(_FEWEST_INTERVALS, _MOST_INTERVALS // (4 * max(1, len(self._texts))))
        return [self._covered(name, text, work, each) for name, text in self._texts.items()]

    def _covered(self, name: str, text: Text, work: _Work, most: int) -> Covered:
        scanned, chosen, given, before = (
            kind[name].intervals if name in kind else []
            for kind in (self._scanned, self._chosen, self._sent_lines, self._inherited)
        )
        searched = merged([*(self._searched[name].intervals if name in self._searched else []), *scanned])
        if not searched and not given and not before:
            return Covered(name, text.line_count, (), (), (), (), (0, 0, 0, 0, text.line_count))
        # Those that code got come first: a line that stands there twice counts once for each time that it was shown.
        (shown, sent), complete = work.found(text, chosen, scanned, searched, (self._shown, self._sent))
        sent = merged([*sent, *given])
        searched = merged([*searched, *sent])
        kinds = (searched, scanned, shown, sent)
        short = [tuple(_coarser(intervals, most)) for intervals in kinds]
        touched = count(merged([*searched, *before]))
        return Covered(
            name,
            text.line_count,
            searched=short[0],
            scanned=short[1],
            shown=short[2],
            sent=short[3],
            counts=(count(searched), count(scanned), count(shown), count(sent), text.line_count - touched),
            exact=complete and [*map(len, kinds)] == [*map(len, short)],
        )


class _Work:
    """Looks for lines, and stops when it has done enough."""

    def __init__(self) -> None:
        self._read = 0
        self._searched = 0

    def found(
        self,
        text: Text,
        chosen: list[Interval],
        scanned: list[Interval],
        searched: list[Interval],
        kinds: Sequence[Said],
    ) -> tuple[list[list[Interval]], bool]:
        """For each of `kinds` the lines within `searched` that were said, and whether all could be looked for.

        What is small goes first, what was `scanned` before the rest, and what was `chosen` before all: only there the
        beginnings of lines are searched for. No line is looked at twice.
        """
        made = [LineSet() for _ in kinds]
        complete = not any(said.full for said in kinds)
        if not any(kinds):
            return [[] for _ in kinds], complete
        mean = len(text.data) // max(1, text.line_count) + 1
        rest = without(scanned, chosen)
        others = without(searched, merged([*scanned, *chosen]))
        for intervals, search in ((chosen, True), (rest, False), (others, False)):
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
