"""Where a regular expression occurs in the bytes of a text, and in which line, without decoding what does not match.

RE2 searches wherever it can (see `dialect`): it reads the shared bytes in place, at one speed, and cannot backtrack.
Else it finds the lines in which Python's `re` then looks, or `re` reads everything, both for a limited time.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import re2

from ..lines import apart, count_all
from ..text import Text
from . import folding, re2_syntax

_DFA_BYTES = 48 << 20
_LONGEST_LINE = 1 << 23
_AROUND = 1 << 12
_NEAR = 1 << 15
_MOST_LITERALS = 4
_UNANCHORED = re2._Anchor.UNANCHORED
# A text that Python's `re` reads whole in no time.
_WHOLE = 1 << 20


class Hit(NamedTuple):
    """One occurrence, in positions of the bytes; `groups` are the texts of its captured groups."""

    start: int
    end: int
    groups: tuple[str | None, ...]


class SearchTimeout(Exception):
    """A search with Python's `re` has taken longer than it may."""


@dataclass(frozen=True)
class SearchPlan:
    """How one text is searched: `engine` says by what, `reason` why not by RE2 alone."""

    engine: str
    reason: str = ""
    re2: Any = None
    folds: folding.Folds = folding.NONE


class Finder:
    """A regular expression, ready to be looked for; `fold`: as people mean it (see `folding`). `names` are the numbers
    of its named groups, and `groups` is how many it has in all. Raises re.error."""

    def __init__(self, pattern: str, flags: int, seconds: float = 20.0, *, fold: bool = False) -> None:
        self._pattern = pattern
        self._flags = flags
        self._seconds = seconds
        self._fold = fold
        known = re.compile(pattern, flags)
        self.names = dict(known.groupindex)
        self.groups = known.groups
        self._plans: dict[tuple[bool, bool, folding.Folds], SearchPlan] = {}

    def plan(self, text: Text) -> SearchPlan:
        """How `text` will be searched."""
        folds = folding.folds_of(text) if self._fold else folding.NONE
        kind = (text.ascii, text.has_surrogates, folds)
        if kind not in self._plans:
            self._plans[kind] = self._planned(text, *kind)
        return self._plans[kind]

    def _planned(self, text: Text, ascii_only: bool, surrogates: bool, folds: folding.Folds) -> SearchPlan:
        tree = self._tree(folds)
        if surrogates:
            return SearchPlan("re", "a text with lone surrogates", folds=folds)
        reason = ""
        for engine, translate in (("re2", re2_syntax.exact), ("re2+re", re2_syntax.relaxed)):
            if engine == "re2+re" and len(text.view) > _WHOLE:
                # What goes on in the next line would have to be looked for in the whole text.
                folds -= {folding.LINE_BREAKS}
                tree = self._tree(folds)
            try:
                pattern = compiled(translate(tree, ascii_only=ascii_only))
            except re2_syntax.Untranslatable as error:
                reason = reason or str(error)
            except re2.error:
                reason = reason or "so large a pattern"
            else:
                return SearchPlan(engine, reason, pattern, folds)
        return SearchPlan("re", reason, folds=folds)

    def _tree(self, folds: folding.Folds) -> Any:
        if not self._fold:
            return folding.untouched(self._pattern, self._flags)
        return folding.parsed(self._pattern, self._flags, folds)[0]

    def _compiled(self, text: Text) -> re.Pattern[str]:
        if not self._fold:
            return re.compile(self._pattern, self._flags)
        return folding.compiled(self._pattern, self._flags, self.plan(text).folds)

    def hits(self, text: Text, start: int = 0) -> Iterator[Hit]:
        """Every occurrence from byte `start` on, in order, but for empty ones. Raises OutOfTime."""
        plan = self.plan(text)
        if plan.engine == "re2":
            return _by_re2(plan.re2, text, start)
        return self._timed(self._by_both(plan.re2, text, start) if plan.re2 else self._by_re(text, start))

    def count(self, text: Text) -> int:
        """How many occurrences there are. Raises OutOfTime."""
        lowered = bool(self._flags & re.IGNORECASE)
        if literals := self._bytes(text):
            return sum(count_all(text.view, literal, 0, len(text.view), lowered=lowered) for literal in literals)
        if (plan := self.plan(text)).engine != "re2":
            return sum(1 for _ in self.hits(text))
        return _counted(plan.re2, text.view)

    def _bytes(self, text: Text) -> list[bytes]:
        """The literals that the pattern is one of, where their occurrences can be counted one literal after the
        other; else none."""
        literals = re2_syntax.literals(self._tree(self.plan(text).folds), self._flags)
        if not literals or len(literals) > _MOST_LITERALS:
            return []
        if self._flags & re.IGNORECASE:
            if text.has_odd_cases or not all(map(str.isascii, literals)):
                return []
            literals = [literal.lower() for literal in literals]
        return encoded if apart(encoded := [each.encode("utf-8", "surrogatepass") for each in literals]) else []

    def _timed(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        left = self._seconds
        while left > 0:
            # The time that others take between two hits is not the search's.
            began = time.monotonic()
            with _alarm(left):
                hit = next(hits, None)
            if hit is None:
                return
            yield hit
            left -= time.monotonic() - began
        raise SearchTimeout

    def _by_both(self, lines: Any, text: Text, start: int) -> Iterator[Hit]:
        at, pattern = start, self._compiled(text)
        while found := lines.search(text.view, at):
            begin, end = text.line_bounds(found.start())
            # A line that ends in "\r\n" has its first sign in it, for a pattern.
            end += bytes(text.view[end : end + 2]) == b"\r\n"
            for hit in _in_piece(pattern, text.decode(begin, end), begin):
                if hit.start >= start:
                    yield hit
            at = end + 1
            if at > len(text.view):
                return

    def _by_re(self, text: Text, start: int) -> Iterator[Hit]:
        try:
            re2_syntax.relaxed(self._tree(self.plan(text).folds), ascii_only=text.ascii)
        except re2_syntax.Untranslatable as error:
            whole = str(error) != "what may be empty"
        else:
            whole = False
        pieces = iter([(0, text.text)]) if whole else text.pieces()
        pattern = self._compiled(text)
        for begin, piece in pieces:
            yield from (hit for hit in _in_piece(pattern, piece, begin) if hit.start >= start)


def _in_piece(pattern: re.Pattern[str], piece: str, begin: int) -> Iterator[Hit]:
    at, last = begin, 0
    for match in pattern.finditer(piece):
        if match.end() > match.start():
            at += _size(piece[last : match.start()])
            last = match.start()
            yield Hit(at, at + _size(match[0]), match.groups())


def compiled(pattern: str) -> Any:
    """A pattern of RE2. Raises re2.error."""
    options = re2.Options()
    options.max_mem = _DFA_BYTES
    options.log_errors = False
    return re2.compile(pattern, options)


def _counted(pattern: Any, view: memoryview) -> int:
    """How often a pattern of RE2 occurs, but for empty occurrences, without an object for each."""
    search, end = pattern._regexp.Match, len(view)
    count = at = 0
    while (span := search(_UNANCHORED, view, at, end)[0])[0] >= 0:
        if span[1] > span[0]:
            count, at = count + 1, span[1]
        else:
            at = span[1] + 1
        if at > end:
            break
    return count


def _by_re2(pattern: Any, text: Text, start: int) -> Iterator[Hit]:
    groups = range(1, pattern.groups + 1)
    for match in pattern.finditer(text.view, start):
        begin, end = match.span()
        if end > begin:
            yield Hit(begin, end, tuple(_group(text, *match.span(number)) for number in groups))


def _group(text: Text, start: int, end: int) -> str | None:
    return text.decode(start, end) if start >= 0 else None


def _size(piece: str) -> int:
    return len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass"))


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the body after `seconds`, where this thread and this process can be told so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> None:
        raise SearchTimeout

    before = signal.signal(signal.SIGALRM, ring)
    try:
        began = time.monotonic()
        left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            rest = max(left - (time.monotonic() - began), 0.001) if left else 0.0
            signal.setitimer(signal.ITIMER_REAL, rest, interval)
    finally:
        signal.signal(signal.SIGALRM, before)


class LineCursor:
    """Tells the line of each position of a text's bytes, for positions that never decrease."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._start = self._end = -1
        self.number = 0
        self.line = ""

    def move(self, position: int) -> None:
        """Go to `position`: `number` and `line` are then those of its line, without the line break. Of a line beyond
        8 MiB, `line` is what stands around `position`."""
        text = self._text
        if self._start < 0 or not self._start <= position <= self._end:
            before = self._start
            self._start, self._end = text.line_bounds(position)
            if 0 <= before <= self._start <= before + _NEAR:
                self.number += bytes(text.view[before : self._start]).count(b"\n")
            else:
                self.number = text.line_at_byte(position)
            self.line = text.decode(self._start, self._end) if self._end - self._start <= _LONGEST_LINE else ""
        if self._end - self._start > _LONGEST_LINE:
            self.line = around(text, position, position, self._start, self._end)


def around(text: Text, first: int, last: int, start: int, end: int, reach: int = _AROUND) -> str:
    """What stands around the bytes `first` to `last`, between `start` and `end`."""
    begin, stop, view = max(first - reach, start), min(last + reach, end), text.view
    while begin > start and 0x80 <= view[begin] < 0xC0:
        begin -= 1
    while stop < end and 0x80 <= view[stop] < 0xC0:
        stop += 1
    return text.decode(begin, stop)
