"""Searching texts: statistics, regular expressions, typos, slices. It returns records and notes its spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from ..text import Text
from .attempts import attempts
from .fuzzy import Ranking
from .notes import Notes
from .numbers import to_number
from .ranked import Query
from .regex import Finder, LineCursor, SearchTimeout
from .result_list import Rows
from .rows import GrepMatch, Match, RowRecord, Sample, Section, TextStats
from .sections import sections
from .suggestions import as_code, better_pattern, resembling, typical, words_of
from .tables import Table, TableOptions, tables

__all__ = ["GrepMatch", "Match", "RowRecord", "Sample", "Searcher", "Section", "TextStats", "to_number"]

SpanSink = Callable[[str, str, int, int], None]
NoteSink = Callable[[str], None]
# The number of a line that is a heading, and its groups.
_Above = tuple[int, tuple[str | None, ...]]
# A bar between blanks, as it stands in tables.
_BARE_BAR = re.compile(r"(?<!\\)(?:\\\\)* \| ")
_LOOKED_AT = 100
_SAMPLE = 240
_NOTE_BYTES = 5_000_000
_NOTE_LINE = 160
_SLOW_BYTES = 16 << 20
_MOST_IN_LINE = 10_000
_NOTE_TEXTS, _NOTE_FORMS = 3, 3
_NO_WORDS = "searches found no line"
_MISSES = "patterns match nothing: try search(words)"


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
        self,
        pattern: str,
        limit: int,
        *,
        flags: int = 0,
        context: int = 0,
        source: str | None = None,
        exact: bool = False,
        heading: str | None = None,
    ) -> Rows[GrepMatch]:
        """See the tool `grep`."""
        texts = self._chosen(source, "grep")
        found = Rows[GrepMatch]()
        for remark, tried, kinds in attempts(pattern, flags, exact=exact):
            found = self._grep(self._finder(tried, kinds, exact), texts, limit, context)
            if found:
                if remark:
                    self._note.repeated(
                        "searches that found nothing as they stood",
                        f"grep: nothing matches {as_code(pattern)} as it stands; {len(found)} found {remark}",
                    )
                break
        if not found:
            self._note_resembling(pattern, texts)
        if len(found) > limit:
            del found[limit:]
            self._note(f"grep: stopped at limit={limit}; there are more: raise limit, or count_matches(...)")
        if _BARE_BAR.search(pattern) and any(None in row.groups for row in found[:_LOOKED_AT]):
            self._note(r"grep: | means 'or' in a pattern, so that some groups are None: write \| for the sign itself")
        elif several := sum(1 for row in found if len(row.matches) > 1):
            self._note.repeated(
                "searches with several matches in a line",
                f"grep: {several:,} lines have several matches: m.match and m.groups are the first, m.matches has all",
            )
        return found if heading is None else self._under(heading, flags, found, texts, exact=exact)

    def _under(
        self, heading: str, flags: int, found: Rows[GrepMatch], texts: tuple[Text, ...], *, exact: bool
    ) -> Rows[GrepMatch]:
        """The rows with the groups of the last heading above each, or with all that it matches where the pattern has no
        group; None in their place where there is none. Like the rows, headings are looked for in other ways too, where
        there are none as the pattern stands."""
        rows = Rows[GrepMatch]()
        rows.engine = found.engine
        named = {text.name: text for text in texts}
        for remark, tried, kinds in attempts(heading, flags, exact=exact):
            finder = self._finder(tried, kinds, exact)
            of_texts = groupby(found, key=lambda row: row.source)
            above = [each for name, own in of_texts for each in self._above(finder, named[name], own)]
            names = finder.names if finder.groups else {"heading": 1}
            without = (None,) * (finder.groups or 1)
            rows[:] = [
                row.under(without if over is None else over[1], names) for row, over in zip(found, above, strict=True)
            ]
            if any(above):
                if remark:
                    self._note(f"grep: no heading matches {as_code(heading)} as it stands; some were found {remark}")
                break
        else:
            if found:
                self._note(f"grep: no line above these matches the heading {as_code(heading)}: its groups are None")
            return rows
        for source, number in {(row.source, over[0]): None for row, over in zip(rows, above, strict=True) if over}:
            self._span("grep", source, number, number)
        return rows

    def _above(self, finder: Finder, text: Text, rows: Iterable[GrepMatch]) -> Iterator[_Above | None]:
        """For each of some rows of a text, in order, the last heading before it."""
        headings = self._headings(finder, text)
        last, following = None, next(headings, None)
        for row in rows:
            while following is not None and following[0] < row.line_num:
                last, following = following, next(headings, None)
            yield last

    def _headings(self, finder: Finder, text: Text) -> Iterator[_Above]:
        """The lines that a pattern matches: of several matches in one the first."""
        cursor, last = LineCursor(text), 0
        try:
            for hit in finder.hits(text):
                cursor.move(hit.start)
                if cursor.number != last:
                    last = cursor.number
                    yield last, hit.groups if finder.groups else (text.decode(hit.start, hit.end),)
        except SearchTimeout:
            self._note(_slow(finder, text, self._seconds, last))

    def finditer(
        self, pattern: str, *, flags: int = 0, source: str | None = None, exact: bool = False
    ) -> Iterator[GrepMatch]:
        """See the tool `finditer`."""
        (_, tried, kinds), *_ = attempts(pattern, flags, exact=exact)
        finder = self._finder(tried, kinds, exact)
        return (row for text in self._chosen(source, "finditer") for row in self._rows(finder, text, "finditer"))

    def count(self, pattern: str, *, flags: int = 0, source: str | None = None, exact: bool = False) -> int:
        """See the tool `count_matches`."""
        (_, tried, kinds), *_ = attempts(pattern, flags, exact=exact)
        finder = self._finder(tried, kinds, exact)
        return sum(finder.count(text) for text in self._chosen(source, "count_matches"))

    def _finder(self, pattern: str, flags: int, exact: bool) -> Finder:
        try:
            return Finder(pattern, flags | re.MULTILINE, self._seconds, fold=not exact)
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            raise ValueError(
                f"grep: {pattern!r} is not a regular expression ({error}): re.escape() makes a literal"
            ) from None

    def _grep(self, finder: Finder, texts: tuple[Text, ...], limit: int, context: int) -> Rows[GrepMatch]:
        """The lines with a match, one more than `limit` where there are more."""
        found: Rows[GrepMatch] = Rows()
        for text in texts:
            found.engine = finder.plan(text).engine
            try:
                for line in self._lines(finder, text, limit - len(found)):
                    found.append(self._with_context(line, text, context) if len(line) > 1 or context > 0 else line[0])
                    if len(found) > limit:
                        return found
            except SearchTimeout:
                self._note(_slow(finder, text, self._seconds, found[-1].line_num if found else 0))
        return found

    def _lines(self, finder: Finder, text: Text, shown: int) -> Iterator[list[GrepMatch]]:
        """The occurrences of each line together. Those of the first `shown` lines are noted as returned."""
        line: list[GrepMatch] = []
        rows = self._rows(finder, text)
        late: SearchTimeout | None = None
        while True:
            try:
                row = next(rows, None)
            except SearchTimeout as error:
                row, late = None, error
            if row is None:
                break
            if line and (row.line_num != line[0].line_num or len(line) >= _MOST_IN_LINE):
                yield line
                shown, line = shown - 1, []
            if not line and shown > 0:
                self._span("grep", text.name, row.line_num, row.line_num)
            line.append(row)
        if line:
            yield line
        if late is not None:
            raise late

    def _rows(self, finder: Finder, text: Text, tool: str = "") -> Iterator[GrepMatch]:
        """Every occurrence in a text; noted as returned by `tool`, if it is named."""
        cursor, names = LineCursor(text), finder.names
        char = byte = 0
        place, placed = "", 0
        for hit in finder.hits(text):
            cursor.move(hit.start)
            if tool:
                self._span(tool, text.name, cursor.number, cursor.number)
            near = hit.start - byte < 1 << 12
            char = char + len(text.decode(byte, hit.start)) if near else text.char_at(hit.start)
            byte = hit.start
            if cursor.number != placed:
                place, placed = text.place(cursor.number), cursor.number
            match = text.decode(hit.start, hit.end)
            yield GrepMatch(match, cursor.line, cursor.number, char, hit.groups, text.name, place, names)

    def _with_context(self, rows: list[GrepMatch], text: Text, size: int) -> GrepMatch:
        """The occurrences of one line as one row, with so many lines before and after it."""
        row = rows[0]
        if size <= 0:
            return row.with_more(rows[1:])
        first, last = max(1, row.line_num - size), min(text.line_count, row.line_num + size)
        self._span("grep", text.name, first, last)
        before = text.read(first, row.line_num - 1) if first < row.line_num else ""
        after = text.read(row.line_num + 1, last) if last > row.line_num else ""
        return row.with_more(rows[1:], before, after)

    def better_pattern(self, pattern: str, source: str | None = None) -> str | None:
        """What the note of `grep` says to try instead of a pattern that nothing matches; None where it says nothing.

        Raises ValueError where there is no such document.
        """
        return better_pattern([line for _, line in self._resembling(pattern, self._chosen(source, "grep"))])

    def _note_resembling(self, pattern: str, texts: tuple[Text, ...]) -> None:
        """After a search without a hit: say what stands there instead, since a wrong label is the usual reason."""
        if self._note.held_back(_MISSES):
            self._note.repeated(_MISSES, "")
            return
        rows = self._resembling(pattern, texts)
        shown = "; ".join(f"line {number}: {line.strip()[:_NOTE_LINE]}" for number, line in rows)
        hint = f"lines that resemble it: {shown}" if rows else "try a shorter pattern, or search(words)"
        better = better_pattern([line for _, line in rows])
        advice = f"; try grep({as_code(better)})" if better else ""
        self._note.repeated(_MISSES, f"grep: nothing matches {as_code(pattern)}; {hint}{advice}")

    def _resembling(self, pattern: str, texts: tuple[Text, ...]) -> list[tuple[int, str]]:
        words = words_of(pattern)
        if sum(len(text.view) for text in texts) >= _NOTE_BYTES:
            return []
        rows = [row for text in texts for row in resembling(words, enumerate(text.iter_lines(), 1), 4)][:8]
        if not rows and words:
            rows = [(row.line_num, row.line) for row in self.fuzzy(" ".join(words), 3)]
        return rows

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
        if not ranked and ranking.complete:
            if found := self.search(query, limit, source, tool="fuzzy_search"):
                self._note.repeated(
                    "queries resemble no line", f"fuzzy_search: no line resembles {query!r}; took search()"
                )
            return found
        rows: Rows[Match] = Rows(engine="rapidfuzz")
        for row, text in ranked[:limit]:
            rows.append(self._match(text, row.start, row.line, row.score, "fuzzy_search"))
        return rows

    def search(self, query: str, limit: int, source: str | None, *, tool: str = "search") -> Rows[Match]:
        """See the tool `search`."""
        if type(query) is not str or not query.strip():
            raise ValueError(f"{tool}: give a query in words, e.g. search('when does the contract end')")
        texts = self._chosen(source, tool)
        asked = Query(query, limit, self._seconds)
        found = asked.passages(texts)
        if not asked.complete or asked.crowded:
            reason = "very many lines have these words" if asked.crowded else f"stopped after {self._seconds:g} s"
            self._note(f"{tool}: {reason}; ranked the first of them: give rarer words")
        elif not found and tool == "search":
            self._note_typical(query, texts)
        rows: Rows[Match] = Rows(engine="bm25")
        for passage in found:
            rows.append(self._match(passage.text, passage.start, passage.line, passage.score, tool))
        return rows

    def _note_typical(self, query: str, texts: tuple[Text, ...]) -> None:
        """After a search without a line: show what the lines are like, for words that are there."""
        if self._note.held_back(_NO_WORDS):
            self._note.repeated(_NO_WORDS, "")
            return
        small = sum(len(text.view) for text in texts) < _NOTE_BYTES
        shown = "; ".join(
            f"{f'{text.name!r}, ' if len(texts) > 1 else ''}line {number}: {line.strip()[:_NOTE_LINE]}"
            for text in texts[:_NOTE_TEXTS]
            for number, line in (typical(enumerate(text.iter_lines(), 1), _NOTE_FORMS) if small else ())
        )
        hint = f"lines there are such as: {shown}" if shown else "try other words, or read_lines(1, 20)"
        where = repr(texts[0].name) if len(texts) == 1 else "the documents"
        self._note.repeated(_NO_WORDS, f"search: no line of {where} has a word of {query!r}; {hint}")

    def _match(self, text: Text, start: int, line: str, score: float, tool: str) -> Match:
        number = text.line_at_byte(start)
        self._span(tool, text.name, number, number)
        return Match(line, number, score, text.name, text.place(number), text.char_at(start))

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
        found = Rows(row for text in self._chosen(source, "sections") for row in sections(text))
        for row in found:
            self._span("sections", row.source, row.line_num, row.line_num)
        return found

    def tables(self, source: str | None, options: TableOptions | None = None) -> Rows[Table]:
        """See the tool `tables`."""
        found = Rows(row for text in self._chosen(source, "tables") for row in tables(text, self._span, options))
        for table in found:
            if table.note:
                self._note.repeated("tables were read by a guess: see .note", f"tables: {table.note}")
        return found


def _sample(text: Text, start: int) -> str:
    return text.slice(start, min(start + _SAMPLE, text.chars))


def _slow(finder: Finder, text: Text, seconds: float, last: int) -> str:
    where = f"after line {last}" if last else "before any match"
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
