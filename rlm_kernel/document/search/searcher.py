"""Searching texts: statistics, regular expressions, typos, slices. It returns records and notes its spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..text import Text
from . import structure
from .fuzzy import Ranking
from .notes import Notes
from .numbers import to_number
from .regex import Finder, LineCursor, OutOfTime
from .result_list import Rows
from .rows import ContextMatch, GrepMatch, Match, Record, Sample, Section, TextStats
from .suggestions import common_label, resembling, words_of

__all__ = ["GrepMatch", "Match", "Record", "Sample", "Searcher", "Section", "TextStats", "to_number"]

SpanSink = Callable[[str, str, int, int], None]
NoteSink = Callable[[str], None]
_SAMPLE = 240
_NOTE_BYTES = 5_000_000
_NOTE_LINE = 160
_SLOW_BYTES = 16 << 20
_KNOWN_FLAGS = int(re.IGNORECASE | re.DOTALL | re.MULTILINE | re.VERBOSE | re.ASCII | re.UNICODE)


class Searcher:
    """The searches over the texts of one document. `span` is told what was returned, `note` what deserves a remark.

    A `fuzzy` search and one by Python's `re` end after `seconds` with what they have found, and note that.
    """

    def __init__(self, texts: tuple[Text, ...], span: SpanSink, note: NoteSink, *, seconds: float = 20.0) -> None:
        self._texts = texts
        self._span = span
        self._note = note if isinstance(note, Notes) else Notes(note)
        self._seconds = seconds

    def _pick(self, source: str | None, tool: str) -> Text:
        if source is None and len(self._texts) == 1:
            return self._texts[0]
        if source is None:
            names = [text.name for text in self._texts]
            raise ValueError(f"{tool}: there are {len(names)} documents: name one with source=, e.g. {names[0]!r}")
        for text in self._texts:
            if text.name == source:
                return text
        names = [text.name for text in self._texts[:20]]
        raise ValueError(f"{tool}: no document {source!r}: there are {', '.join(map(repr, names))}")

    def _chosen(self, source: str | None, tool: str) -> tuple[Text, ...]:
        return self._texts if source is None else (self._pick(source, tool),)

    def stats(self, source: str | None) -> TextStats:
        """See the tool `text_stats`."""
        if source is None and len(self._texts) > 1:
            texts = (self._texts[0], self._texts[len(self._texts) // 2], self._texts[-1])
            starts = (0, 0, max(0, texts[2].chars - _SAMPLE))
            sample = Sample(*(_sample(text, start) for text, start in zip(texts, starts, strict=True)))
            return TextStats(sum(t.chars for t in self._texts), sum(t.line_count for t in self._texts), sample)
        text = self._pick(source, "text_stats")
        starts = (0, text.chars // 2, max(0, text.chars - _SAMPLE))
        for start in starts:
            end = max(start, min(start + _SAMPLE, text.chars) - 1)
            self._span("text_stats", text.name, text.line_at(start), text.line_at(end))
        return TextStats(text.chars, text.line_count, Sample(*(_sample(text, start) for start in starts)))

    def grep(
        self, pattern: str, limit: int, *, flags: int = 0, context: int = 0, source: str | None = None
    ) -> Rows[GrepMatch]:
        """See the tool `grep`."""
        texts = self._chosen(source, "grep")
        found, finder = Rows[GrepMatch](), None
        for remark, tried, kinds in _attempts(pattern, flags):
            finder = self._finder(tried, kinds)
            found = self._grep(finder, texts, limit, context)
            if found:
                if remark:
                    self._note(f"grep: nothing matches {pattern!r} as it stands; {len(found)} found {remark}")
                break
        if not found:
            self._note_resembling(pattern, texts)
        if len(found) > limit:
            del found[limit:]
            self._note(f"grep: stopped at limit={limit}; there are more: raise limit, or count_matches(...)")
        return found

    def finditer(self, pattern: str, *, flags: int = 0, source: str | None = None) -> Iterator[GrepMatch]:
        """See the tool `finditer`."""
        (_, tried, kinds), *_ = _attempts(pattern, flags)
        finder = self._finder(tried, kinds)
        return (row for text in self._chosen(source, "finditer") for row in self._rows(finder, text, "finditer"))

    def count(self, pattern: str, *, flags: int = 0, source: str | None = None) -> int:
        """See the tool `count_matches`."""
        (_, tried, kinds), *_ = _attempts(pattern, flags)
        finder = self._finder(tried, kinds)
        return sum(finder.count(text) for text in self._chosen(source, "count_matches"))

    def _finder(self, pattern: str, flags: int) -> Finder:
        try:
            return Finder(pattern, flags | re.MULTILINE, self._seconds)
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            raise ValueError(
                f"grep: {pattern!r} is not a regular expression ({error}): re.escape() makes a literal"
            ) from None

    def _grep(self, finder: Finder, texts: tuple[Text, ...], limit: int, context: int) -> Rows[GrepMatch]:
        found: Rows[GrepMatch] = Rows()
        for text in texts:
            found.engine = finder.plan(text).engine
            try:
                for row in self._rows(finder, text, "grep", limit - len(found)):
                    found.append(self._with_context(row, text, context) if context > 0 else row)
                    if len(found) > limit:
                        return found
            except OutOfTime:
                self._note(_slow(finder, text, self._seconds, found))
        return found

    def _rows(self, finder: Finder, text: Text, tool: str, shown: int | None = None) -> Iterator[GrepMatch]:
        """Every occurrence in a text; the first `shown` are noted as returned."""
        cursor = LineCursor(text)
        char = byte = 0
        for number, hit in enumerate(finder.hits(text)):
            cursor.move(hit.start)
            if shown is None or number < shown:
                self._span(tool, text.name, cursor.number, cursor.number)
            near = hit.start - byte < 1 << 12
            char = char + len(text.decode(byte, hit.start)) if near else text.char_at(hit.start)
            byte = hit.start
            match = text.decode(hit.start, hit.end)
            yield GrepMatch(match, cursor.line, cursor.number, char, hit.groups, text.name)

    def _with_context(self, row: GrepMatch, text: Text, size: int) -> ContextMatch:
        first, last = max(1, row.line_num - size), min(text.line_count, row.line_num + size)
        self._span("grep", text.name, first, last)
        before = text.read(first, row.line_num - 1) if first < row.line_num else ""
        after = text.read(row.line_num + 1, last) if last > row.line_num else ""
        return ContextMatch(*(row[name] for name in GrepMatch.__slots__), before, after)

    def _note_resembling(self, pattern: str, texts: tuple[Text, ...]) -> None:
        """After a search without a hit: say what stands there instead, since a wrong label is the usual reason."""
        words = words_of(pattern)
        small = sum(len(text.view) for text in texts) < _NOTE_BYTES
        rows = (
            [row for text in texts for row in resembling(words, enumerate(text.iter_lines(), 1), 4)][:8]
            if small
            else []
        )
        if not rows and words and small:
            rows = [(row.line_num, row.line) for row in self.fuzzy(" ".join(words), 3)]
        shown = "; ".join(f"line {number}: {line.strip()[:_NOTE_LINE]}" for number, line in rows)
        hint = f"lines that resemble it: {shown}" if rows else "try a shorter pattern, or fuzzy_search"
        label = common_label([line for _, line in rows])
        self._note(f"grep: nothing matches {pattern!r}; {hint}" + (f"; try grep({label!r})" if label else ""))

    def fuzzy(self, query: str, limit: int, source: str | None = None) -> Rows[Match]:
        """See the tool `fuzzy_search`."""
        if type(query) is not str or not query.strip():
            raise ValueError("fuzzy_search: give a query, e.g. fuzzy_search('total revenue')")
        texts = self._chosen(source, "fuzzy_search")
        ranking = Ranking(query, limit, self._seconds)
        ranked = [(row, text) for text in texts for row in ranking.rows(text)]
        ranked.sort(key=lambda pair: -pair[0].score)
        if not ranking.complete:
            self._note(
                f"fuzzy_search: stopped after {self._seconds:g} s, {ranking.read:,} of "
                f"{sum(len(text.view) for text in texts):,} bytes into the text: use grep for the whole document"
            )
        elif ranking.crowded and ranked:
            self._note("fuzzy_search: very many lines resemble the query; ranked the first of them: give more words")
        rows: Rows[Match] = Rows(engine="rapidfuzz")
        for row, text in ranked[:limit]:
            number = text.line_at_byte(row.start)
            self._span("fuzzy_search", text.name, number, number)
            rows.append(Match(row.line, number, row.score, text.name))
        return rows

    def slice(self, start: int, end: int | None, source: str | None) -> str:
        """See the tool `slice_text`."""
        text = self._pick(source, "slice_text")
        first, last, _ = slice(start, end).indices(text.chars)
        if last > first:
            self._span("slice_text", text.name, text.line_at(first), text.line_at(last - 1))
        try:
            return text.slice(first, last) if last > first else ""
        except MemoryError:
            raise _too_much("slice_text", last - first) from None

    def read(self, start: int, end: int | None, source: str | None) -> str:
        """See the tool `read_lines`."""
        text = self._pick(source, "read_lines")
        count = text.line_count
        first = _line_number(start, count)
        last = first if end is None else _line_number(end, count)
        first, last = max(1, first), min(last, count)
        if last < first:
            return ""
        self._span("read_lines", text.name, first, last)
        try:
            return text.read(first, last)
        except MemoryError:
            raise _too_much("read_lines", text.chars * (last - first + 1) // count) from None

    def sections(self, source: str | None) -> Rows[Section]:
        """See the tool `sections`."""
        found = Rows(row for text in self._chosen(source, "sections") for row in structure.sections(text))
        for row in found:
            self._span("sections", row.source, row.line_num, row.line_num)
        return found

    def tables(self, source: str | None) -> Rows[structure.Table]:
        """See the tool `tables`."""
        return Rows(row for text in self._chosen(source, "tables") for row in structure.tables(text, self._span))


def _sample(text: Text, start: int) -> str:
    return text.slice(start, min(start + _SAMPLE, text.chars))


def _slow(finder: Finder, text: Text, seconds: float, found: Rows[GrepMatch]) -> str:
    where = f"after line {found[-1].line_num}" if found else "before any match"
    reason = finder.plan(text).reason
    return (
        f"grep: stopped after {seconds:g} s, {where}: RE2 cannot read {reason}, and Python's re is slow here: "
        "use a simpler pattern"
    )


def _too_much(tool: str, chars: int) -> MemoryError:
    return MemoryError(
        f"{tool}: about {chars:,} characters do not fit into the memory limit: take smaller pieces, or let grep search"
    )


def _line_number(number: int, count: int) -> int:
    return count + 1 + number if number < 0 else max(number, 1)


def _attempts(pattern: Any, flags: Any) -> list[tuple[str, str, int]]:
    """The ways to read a pattern, strictest first: (what was done, the pattern, flags)."""
    if type(pattern) is not str or not pattern:
        raise ValueError("grep: give a pattern, e.g. grep('total')")
    if not isinstance(flags, int) or int(flags) & ~_KNOWN_FLAGS:
        raise ValueError("grep: flags are those of re: re.IGNORECASE, re.DOTALL, re.VERBOSE, re.ASCII")
    given = int(flags)
    smart = given if _has_capital(pattern) else given | re.IGNORECASE
    made = [("", pattern, smart)]
    if not smart & re.IGNORECASE:
        made.append(("ignoring case", pattern, given | re.IGNORECASE))
    if " " in pattern and "[" not in pattern and not given & re.VERBOSE:
        # A label is often written with underscores or dashes where a question has spaces.
        loose = re.sub(r"(?<!\\) +", r"[\\s_-]+", pattern)
        made.append(("reading spaces as spaces, _ or -", loose, given | re.IGNORECASE))
    return made


def _has_capital(pattern: str) -> bool:
    return any(char.isupper() for char in re.sub(r"\\.|\(\?P<\w+>", "", pattern))
