"""Where items stand in a document: one search for all of them over the shared bytes, decoding only what it hits.

Most pieces of a large document hold none. Threads look ahead for the first hit in each, since RE2 holds no lock of
Python's while it reads.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ...document import Document, Text
from ...document.search.regex import compiled
from . import normalise
from .items import Item
from .numbers_and_dates import pattern_of, tokens

MAX_LINES = 20
_PIECE = 16 << 20
_OVERLAP = 1 << 12
_AROUND = 96


class Place(NamedTuple):
    """A line of a document."""

    source: str
    line: int


class Search:
    """What has been found so far: `places` of each item by its `text`; `complete`, whether all texts were read."""

    def __init__(self) -> None:
        self.places: dict[str, list[Place]] = {}
        self.complete: set[str] = set()
        self._open: list[Item] = []
        self._pattern: Any = None
        self._ascii_only = True

    def look(self, items: Sequence[Item], document: Document, deadline: float) -> None:
        """Look for items until `deadline`; of one, at most one line more than `MAX_LINES`."""
        wanted = list({item.text: item for item in items}.values())
        self._compile(wanted)
        for text in document.texts:
            if _is_ascii(text) is not self._ascii_only:
                self._ascii_only = not self._ascii_only
                self._compile(self._open)
            if not self._read(text, deadline):
                return
        self.complete |= {item.text for item in wanted}

    def _read(self, text: Text, deadline: float) -> bool:
        view, at, limit = text.view, 0, len(text.view)
        for begin, match in _first_hits(self._pattern, view):
            if time.monotonic() > deadline:
                return False
            end, stop = min(begin + _PIECE, limit), min(begin + _PIECE + _OVERLAP, limit)
            at = max(at, begin if match is None else match.start())
            # Without a hit there is none of the items that are still looked for either.
            while match is not None and at < end and self._pattern is not None:
                if time.monotonic() > deadline:
                    return False
                hit = self._pattern.search(view, at, stop)
                if hit is None or hit.start() >= end:
                    break
                first, last = hit.span()
                self._hit(text, first, last)
                # Another item may begin within what has been found.
                at = first + 1
                while at < limit and 0x80 <= view[at] < 0xC0:
                    at += 1
        return True

    def _compile(self, items: list[Item]) -> None:
        self._open, self._pattern = items, _pattern(items, ascii_only=self._ascii_only)

    def _hit(self, text: Text, first: int, last: int) -> None:
        reach = _AROUND + max(4 * len(item.needle) for item in self._open)
        begin, end = _borders(text, max(0, first - _AROUND), min(len(text.view), last + reach))
        before, after = text.decode(begin, first), text.decode(first, end)
        found = _standing(self._open, before, after, len(text.decode(first, last)))
        place = Place(text.name, text.line_at_byte(first)) if found else None
        full = False
        for item in found:
            places = self.places.setdefault(item.text, [])
            if place is not None and places[-1:] != [place]:
                places.append(place)
                full = full or len(places) > MAX_LINES
        if full:
            self._compile([item for item in self._open if len(self.places.get(item.text, ())) <= MAX_LINES])


def _first_hits(pattern: Any, view: memoryview) -> Iterator[tuple[int, Any]]:
    """Where each piece of a text begins, in order, and the first match in it or None."""
    if pattern is None:
        return

    def first_hit(begin: int) -> Any:
        return pattern.search(view, begin, min(begin + _PIECE + _OVERLAP, len(view)))

    begins = range(0, len(view), _PIECE)
    workers = min(len(begins), _cores())
    if workers < 2:
        yield from ((begin, first_hit(begin)) for begin in begins)
        return
    pool = ThreadPoolExecutor(workers)
    # No more than is needed to keep the threads at work: a search that is given up waits for what has begun.
    ahead: deque[tuple[int, Any]] = deque()
    try:
        for begin in begins:
            ahead.append((begin, pool.submit(first_hit, begin)))
            if len(ahead) > 2 * workers:
                done, future = ahead.popleft()
                yield done, future.result()
        for done, future in ahead:
            yield done, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_ascii(text: Text) -> bool:
    try:
        return text.ascii
    except UnicodeDecodeError:
        return False


def _borders(text: Text, begin: int, end: int) -> tuple[int, int]:
    view = text.view
    while begin and 0x80 <= view[begin] < 0xC0:
        begin -= 1
    while end < len(view) and 0x80 <= view[end] < 0xC0:
        end += 1
    return begin, end


def _pattern(items: Iterable[Item], *, ascii_only: bool) -> Any:
    made = []
    for item in items:
        if item.number is not None:
            values = sorted({abs(value) for value in item.values})
            made += [pattern_of(value, item.percent, ascii_only=ascii_only) for value in values]
        elif item.dates:
            made.append(f"(?i:{item.dates})")
        else:
            made.append(normalise.pattern_of(item.needle))
    return compiled("|".join(made)) if made else None


def _standing(items: list[Item], before: str, after: str, size: int) -> list[Item]:
    """The items that stand where a pattern has matched the first `size` characters of `after`."""
    whole, at = before + after, len(before)
    line = before[before.rfind("\n") + 1 :]
    here = line + after[: size + _AROUND].partition("\n")[0]
    low, high = len(line), len(line) + size
    numbers = [token for token in tokens(here) if token.start < high and token.end > low]
    words = normalise.folded(after)
    made = []
    for item in items:
        if item.number is not None:
            found = any(item.is_meant_by(token.values, token.percent) for token in numbers)
        elif item.dates:
            found = item.date_pattern.match(whole, at) is not None
        else:
            found = normalise.begins(item.needle, words, before[-1:])
        if found:
            made.append(item)
    return made
