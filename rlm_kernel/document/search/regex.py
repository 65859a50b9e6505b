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

from ..lines import can_overlap, count_all
from ..text import Text
from . import re2_syntax

_DFA_BYTES = 48 << 20
_LONGEST_LINE = 1 << 23
_AROUND = 1 << 12
_NEAR = 1 << 15


class Hit(NamedTuple):
    """One occurrence, in positions of the bytes; `groups` are the texts of its captured groups."""

    start: int
    end: int
    groups: tuple[str | None, ...]


class OutOfTime(Exception):
    """A search with Python's `re` has taken longer than it may."""


@dataclass(frozen=True)
class Plan:
    """How one text is searched: `engine` says by what, `reason` why not by RE2 alone."""

    engine: str
    reason: str = ""
    re2: Any = None


class Finder:
    """A regular expression, ready to be looked for. Raises re.error."""

    def __init__(self, pattern: str, flags: int, seconds: float = 20.0) -> None:
        self._pattern = pattern
        self._flags = flags
        self._seconds = seconds
        self._compiled = re.compile(pattern, flags)
        self._plans: dict[tuple[bool, bool], Plan] = {}

    def plan(self, text: Text) -> Plan:
        """How `text` will be searched."""
        kind = (text.ascii, text.has_surrogates)
        if kind not in self._plans:
            self._plans[kind] = self._made(*kind)
        return self._plans[kind]

    def _made(self, ascii_only: bool, surrogates: bool) -> Plan:
        if surrogates:
            return Plan("re", "a text with lone surrogates")
        reason = ""
        for engine, translate in (("re2", re2_syntax.exact), ("re2+re", re2_syntax.relaxed)):
            try:
                made = compiled(translate(self._pattern, self._flags, ascii_only=ascii_only))
            except re2_syntax.Untranslatable as error:
                reason = reason or str(error)
            except re2.error:
                reason = reason or "so large a pattern"
            else:
                return Plan(engine, reason, made)
        return Plan("re", reason)

    def hits(self, text: Text, start: int = 0) -> Iterator[Hit]:
        """Every occurrence from byte `start` on, in order, but for empty ones. Raises OutOfTime."""
        plan = self.plan(text)
        if plan.engine == "re2":
            return _by_re2(plan.re2, text, start)
        return self._timed(self._by_both(plan.re2, text, start) if plan.re2 else self._by_re(text, start))

    def count(self, text: Text) -> int:
        """How many occurrences there are. Raises OutOfTime."""
        if wanted := self._bytes(text):
            return count_all(text.view, wanted, 0, len(text.view), lowered=bool(self._flags & re.IGNORECASE))
        if (plan := self.plan(text)).engine != "re2":
            return sum(1 for _ in self.hits(text))
        return sum(1 for match in plan.re2.finditer(text.view) if match.end() > match.start())

    def _bytes(self, text: Text) -> bytes:
        """What the pattern is, where it is a plain text that can be counted as bytes; else nothing."""
        plain = re2_syntax.literal(self._pattern, self._flags) or ""
        if self._flags & re.IGNORECASE:
            plain = plain.lower() if plain.isascii() and not text.has_odd_cases else ""
        wanted = plain.encode("utf-8", "surrogatepass")
        return b"" if can_overlap(wanted) else wanted

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
        raise OutOfTime

    def _by_both(self, lines: Any, text: Text, start: int) -> Iterator[Hit]:
        at = start
        while found := lines.search(text.view, at):
            begin, end = text.line_bounds(found.start())
            for hit in self._in_piece(text.decode(begin, end), begin):
                if hit.start >= start:
                    yield hit
            at = end + 1
            if at > len(text.view):
                return

    def _by_re(self, text: Text, start: int) -> Iterator[Hit]:
        try:
            re2_syntax.relaxed(self._pattern, self._flags, ascii_only=text.ascii)
        except re2_syntax.Untranslatable as error:
            whole = str(error) != "what may be empty"
        else:
            whole = False
        pieces = iter([(0, text.text)]) if whole else text.pieces()
        for begin, piece in pieces:
            yield from (hit for hit in self._in_piece(piece, begin) if hit.start >= start)

    def _in_piece(self, piece: str, begin: int) -> Iterator[Hit]:
        at, last = begin, 0
        for match in self._compiled.finditer(piece):
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
        raise OutOfTime

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
