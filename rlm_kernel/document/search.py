"""Searching texts: statistics, regular expressions, typos, slices, numbers. It returns records and notes its spans."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .fuzzy import Ranking
from .resembling import common_label, resembling, words_of
from .scan import LineCursor, occurrences
from .text import Text

SpanSink = Callable[[str, str, int, int], None]
NoteSink = Callable[[str], None]
_SAMPLE = 240
_NOTE_CHARS = 5_000_000
_NOTE_LINE = 160


class Record:
    """An immutable row that answers to `row.field` and `row["field"]`."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{type(self).__name__} is read-only")

    def __getitem__(self, name: str) -> Any:
        if type(name) is not str or name not in self.__slots__:
            raise KeyError(f"{type(self).__name__} has {', '.join(self.__slots__)}; not {name!r}")
        return getattr(self, name)

    def keys(self) -> list[str]:
        """The names of the fields."""
        return list(self.__slots__)

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or `default` where there is no such field."""
        return getattr(self, name) if type(name) is str and name in self.__slots__ else default

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash(tuple(str(getattr(self, name)) for name in self.__slots__))

    def __repr__(self) -> str:
        fields = ((name, getattr(self, name)) for name in self.__slots__)
        return (
            f"{type(self).__name__}({', '.join(f'{name}={_short(value)!r}' for name, value in fields if value != ())})"
        )


class Match(Record):
    """A line that resembles a query: `score` from 0 to 1, 1.0 only where the query stands in the line."""

    __slots__ = ("line", "line_num", "score", "source")
    line: str
    line_num: int
    score: float
    source: str


class GrepMatch(Record):
    """One occurrence of a pattern: `start` is its character position in the text, `groups` its captured groups."""

    __slots__ = ("match", "line", "line_num", "start", "groups", "source")
    match: str
    line: str
    line_num: int
    start: int
    groups: tuple[str | None, ...]
    source: str


class Sample(Record):
    """Pieces of a text from its start, its middle and its end."""

    __slots__ = ("start", "middle", "end")
    start: str
    middle: str
    end: str


class TextStats(Record):
    """The size of a text: `length` in characters, `line_count`, and a `sample`."""

    __slots__ = ("length", "line_count", "sample")
    length: int
    line_count: int
    sample: Sample


def _short(value: Any) -> Any:
    return value[:200] + "..." if isinstance(value, str) and len(value) > 200 else value


class Searcher:
    """The searches over the texts of one document. `span` is told what was returned, `note` what deserves a remark.

    A `fuzzy` search ends after `fuzzy_seconds` with what it has found, and notes that.
    """

    def __init__(self, texts: tuple[Text, ...], span: SpanSink, note: NoteSink, *, fuzzy_seconds: float = 20.0) -> None:
        self._texts = texts
        self._span = span
        self._note = note
        self._fuzzy_seconds = fuzzy_seconds

    def _pick(self, source: str | None, tool: str) -> Text:
        if source is None and len(self._texts) == 1:
            return self._texts[0]
        names = [text.name for text in self._texts]
        if source is None:
            raise ValueError(f"{tool}: there are {len(names)} documents: name one with source=, e.g. {names[0]!r}")
        for text in self._texts:
            if text.name == source:
                return text
        raise ValueError(f"{tool}: no document {source!r}: there are {', '.join(map(repr, names[:20]))}")

    def stats(self, source: str | None) -> TextStats:
        """See the tool `text_stats`."""
        if source is None and len(self._texts) > 1:
            first, last = self._texts[0], self._texts[-1]
            middle = self._texts[len(self._texts) // 2]
            sample = Sample(first.text[:_SAMPLE], middle.text[:_SAMPLE], last.text[-_SAMPLE:])
            return TextStats(sum(t.chars for t in self._texts), sum(t.line_count for t in self._texts), sample)
        text = self._pick(source, "text_stats")
        body, half = text.text, len(text.text) // 2
        ranges = [(0, _SAMPLE), (half, half + _SAMPLE), (max(0, len(body) - _SAMPLE), len(body))]
        for start, end in ranges:
            self._span("text_stats", text.name, text.line_at(start), text.line_at(max(start, min(end, len(body)) - 1)))
        return TextStats(len(body), text.line_count, Sample(*(body[start:end] for start, end in ranges)))

    def grep(self, pattern: str, limit: int) -> list[GrepMatch]:
        """See the tool `grep`."""
        if type(pattern) is not str or not pattern:
            raise ValueError("grep: give a pattern, e.g. grep('total')")
        found: list[GrepMatch] = []
        for remark, tried, flags in _attempts(pattern):
            found = self._grep(_compile(tried, flags), limit)
            if found:
                if remark:
                    self._note(f"grep: nothing matches {pattern!r} as it stands; {len(found)} found {remark}")
                break
        if not found:
            self._note_resembling(pattern)
        if len(found) > limit:
            found = found[:limit]
            self._note(f"grep: stopped at limit={limit}; there are more: raise limit, or count with a narrower pattern")
        return found

    def _note_resembling(self, pattern: str) -> None:
        """After a search without a hit: say what stands there instead, since a wrong label is the usual reason."""
        words = words_of(pattern)
        small = sum(text.chars for text in self._texts) < _NOTE_CHARS
        rows = (
            [row for text in self._texts for row in resembling(words, enumerate(text.lines, 1), 4)][:8] if small else []
        )
        if not rows and words and small:
            rows = [(row.line_num, row.line) for row in self.fuzzy(" ".join(words), 3)]
        shown = "; ".join(f"line {number}: {line.strip()[:_NOTE_LINE]}" for number, line in rows)
        hint = f"lines that resemble it: {shown}" if rows else "try a shorter pattern, or fuzzy_search"
        label = common_label([line for _, line in rows])
        self._note(f"grep: nothing matches {pattern!r}; {hint}" + (f"; try grep({label!r})" if label else ""))

    def _grep(self, compiled: re.Pattern[str], limit: int) -> list[GrepMatch]:
        found: list[GrepMatch] = []
        for text in self._texts:
            cursor = LineCursor(text.text)
            for match in occurrences(compiled, text.text):
                cursor.move(match.start())
                if len(found) < limit:
                    self._span("grep", text.name, cursor.number, cursor.number)
                found.append(GrepMatch(match[0], cursor.line, cursor.number, match.start(), match.groups(), text.name))
                if len(found) > limit:
                    return found
        return found

    def fuzzy(self, query: str, limit: int) -> list[Match]:
        """See the tool `fuzzy_search`."""
        if type(query) is not str or not query.strip():
            raise ValueError("fuzzy_search: give a query, e.g. fuzzy_search('total revenue')")
        ranking = Ranking(query, limit, self._fuzzy_seconds)
        ranked = [
            Match(line, number, score, text.name) for text in self._texts for score, number, line in ranking.rows(text)
        ]
        if not ranking.complete:
            self._note(
                f"fuzzy_search: stopped after {self._fuzzy_seconds:g} s at the first {ranking.read:,} of "
                f"{sum(text.line_count for text in self._texts):,} lines: use grep for the whole document"
            )
        ranked.sort(key=lambda row: -row.score)
        for row in ranked[:limit]:
            self._span("fuzzy_search", row.source, row.line_num, row.line_num)
        return ranked[:limit]

    def slice(self, start: int, end: int | None, source: str | None) -> str:
        """See the tool `slice_text`."""
        text = self._pick(source, "slice_text")
        first, last, _ = slice(start, end).indices(len(text.text))
        if last > first:
            self._span("slice_text", text.name, text.line_at(first), text.line_at(last - 1))
        try:
            return text.text[first:last]
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


def _too_much(tool: str, chars: int) -> MemoryError:
    return MemoryError(
        f"{tool}: about {chars:,} characters do not fit into the memory limit: take smaller pieces, or let grep search"
    )


def _line_number(number: int, count: int) -> int:
    return count + 1 + number if number < 0 else max(number, 1)


def _attempts(pattern: str) -> list[tuple[str, str, int]]:
    """The ways to read a pattern, strictest first: (what was done, the pattern, flags)."""
    smart = 0 if _has_capital(pattern) else re.IGNORECASE
    made = [("", pattern, smart)]
    if not smart:
        made.append(("ignoring case", pattern, re.IGNORECASE))
    if " " in pattern and "[" not in pattern:
        # A label is often written with underscores or dashes where a question has spaces.
        made.append(("reading spaces as spaces, _ or -", re.sub(r"(?<!\\) +", r"[\\s_-]+", pattern), re.IGNORECASE))
    return made


def _has_capital(pattern: str) -> bool:
    return any(char.isupper() for char in re.sub(r"\\.|\(\?P<\w+>", "", pattern))


def _compile(pattern: str, flags: int) -> re.Pattern[str]:
    try:
        return re.compile(pattern, flags | re.MULTILINE)
    except re.error as error:
        raise ValueError(
            f"grep: {pattern!r} is not a regular expression ({error}): re.escape() makes a literal"
        ) from None


_NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<sign1>[-−+])?\s?(?P<currency>[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY)\s?)?\s?(?P<sign2>[-−+])?"
    r"(?<![\w.,])(?P<digits>\d+(?:[ '\u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
    r"(?P<exponent>[eE][-+]?\d+)?(?P<scale>\s?(?:thousand|million|billion|trillion)\b|(?:K|k|M|B|bn|mn)\b)?"
    r"(?![A-Za-z_])(?P<close>\s*%?\s*\))?"
)
_SCALE = {"thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12}


def to_number(text: str) -> int | float:
    """See the tool `to_number`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return text
    line = getattr(text, "line", text)
    if not isinstance(line, str):
        raise ValueError(f"to_number: give a text, not {type(text).__name__}")
    for match in _NUMBER.finditer(line):
        number = _value(match["digits"], match["exponent"] or "")
        if match["scale"]:
            number = number * 10 ** _SCALE[match["scale"].strip().lower()]
            number = int(number) if float(number).is_integer() else number
        negative = (match["sign1"] or match["sign2"] or "") in ("-", "−") and bool(match["sign1"] or match["sign2"])
        if match["open"] and match["close"]:
            negative = True
        return -number if negative else number
    raise ValueError(
        f"to_number: there is no number in {_short(line)!r}: leave such lines out; to count matches use len(...)"
    )


def _value(digits: str, exponent: str) -> int | float:
    plain = re.sub(r"[ '\u00a0\u202f]", "", digits)
    marks = re.sub(r"\d", "", plain)
    if len(set(marks)) == 2:
        decimal = marks[-1]
        plain = plain.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif marks and (len(marks) > 1 or marks == ",") and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        plain = plain.replace(marks[0], "")
    elif len(marks) > 1:
        plain = ".".join(re.split("[.,]", plain)[:2])
    else:
        plain = plain.replace(",", ".")
    return float(plain + exponent) if "." in plain or exponent else int(plain)
