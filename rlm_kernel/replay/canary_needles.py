"""Needles: lines of the kind that a run has used, with a value that stands nowhere, and the copy that holds one."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..document import Document, Text
from ..trace import Grounding, Span, Trace

_NUMBER = re.compile(r"\d{1,3}(?:[.,' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TIMES = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\b(?:19|20)\d{2}\b"
    r"|(?i:\b\d{1,2}\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*)"
    r"|(?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* \d{1,2}\b)"
)
_DELIMITERS = ("\t", "|", ";", ",")
_MOST_ROWS = 2_000
_TRIES = 200
_WIDE = 0.5


@dataclass(frozen=True, slots=True)
class Needle:
    """A line that is planted: as line `line` of the text `source`, made from the line `like` of the document; `value`
    is the part of it that stands nowhere else."""

    source: str
    line: int
    text: str
    value: str
    like: int

    def stands_in(self, text: str) -> bool:
        """Whether the value stands in a text, also without the marks between its digits."""
        return self.value in text or (self.value[0].isdigit() and re.sub(r"[,' ]", "", self.value) in text)


def used_rows(trace: Trace, document: Document) -> list[tuple[Text, int]]:
    """The lines that the answer rests on: (text, line). Where the trace does not tell, the lines that the tools
    returned to the code, but for those of calls that returned most of a document."""
    chosen = [(each.source, line, line) for row in trace.grounding for each, line in _quoted(row)]
    chosen += [_ends(span) for row in trace.grounding for span in _derived(row)]
    chosen += [(row.source, row.line, row.line) for row in trace.evidence if row.text is not None]
    rows = _lines(chosen, document)
    return rows or _lines([_ends(span) for turn in trace.iterations for span in turn.spans], document)


def _quoted(row: Grounding) -> Iterable[tuple[Span, int]]:
    for each in row.rows():
        for line in each.lines:
            yield Span(tool="", source=each.source or "", start_line=line, end_line=line), line


def _derived(row: Grounding) -> Iterable[Span]:
    for each in row.rows():
        yield from each.derivation.spans if each.derivation is not None else ()


def _ends(span: Span) -> tuple[str, int, int]:
    return span.source, span.start_line, span.end_line


def _lines(spans: Iterable[tuple[str, int, int]], document: Document) -> list[tuple[Text, int]]:
    texts = {text.name: text for text in document.texts} | {text.source: text for text in document.texts}
    rows: dict[tuple[str, int], Text] = {}
    for source, first, last in spans:
        text = texts.get(source)
        if text is None or last - first + 1 > max(1, _WIDE * text.line_count):
            continue
        for line in range(max(1, first), min(last, text.line_count) + 1):
            if len(rows) < _MOST_ROWS and (text.line(line) or "").strip():
                rows[text.name, line] = text
    return [(text, line) for (_, line), text in rows.items()]


def needles(rows: Sequence[tuple[Text, int]], count: int, seed: int) -> list[Needle]:
    """As many needles as there are values for that stand nowhere; the same for the same rows and seed."""
    chance = random.Random(seed)  # noqa: S311  a draw that can be repeated, no secret
    varying = _varying([text.line(line) or "" for text, line in rows])
    made: list[Needle] = []
    taken: set[str] = set()
    for _ in range(count):
        text, like = rows[chance.randrange(len(rows))]
        line = text.line(like) or ""
        changed = _changed(line, varying, text.text, taken, chance)
        if changed is None:
            continue
        value, needle = changed
        taken.add(value)
        made.append(Needle(text.name, _place(text, line, chance), needle, value, like))
    return made


def _numbers(line: str) -> list[re.Match[str]]:
    """The numbers of a line that are no parts of dates, times or years, nor of words such as `Q3`."""
    times = [found.span() for found in _TIMES.finditer(line)]
    return [
        found
        for found in _NUMBER.finditer(line)
        if not any(start <= found.start() < end for start, end in times)
        and not (found.start() and (line[found.start() - 1].isalpha() or line[found.start() - 1] == "_"))
    ]


def _varying(lines: Sequence[str]) -> int | None:
    """Which of its numbers, counted from the end, differs most from row to row: a status code that is the same in all
    of them may be what the search goes by."""
    values: dict[int, Counter[str]] = {}
    for line in lines:
        for place, found in enumerate(reversed(_numbers(line))):
            values.setdefault(place, Counter())[found[0]] += 1
    most = max((len(counter) for counter in values.values()), default=0)
    return next((place for place, counter in sorted(values.items()) if len(counter) == most), None)


def _changed(
    line: str, varying: int | None, text: str, taken: set[str], chance: random.Random
) -> tuple[str, str] | None:
    """The new value, and the line with it."""
    numbers = list(reversed(_numbers(line)))
    words = list(_WORD.finditer(line))
    if numbers:
        found = numbers[min(varying or 0, len(numbers) - 1)]
    elif words:
        found = words[-1]
    else:
        return None
    for attempt in range(_TRIES):
        value = _other(found[0], chance, longer=attempt // 50)
        if value != found[0] and value not in taken and value not in text:
            return value, line[: found.start()] + value + line[found.end() :]
    return None


def _other(value: str, chance: random.Random, longer: int) -> str:
    """Another value of the same form; `longer` digits or letters more where all of this length are taken."""
    first_digit = True
    made = ""
    for char in value:
        if char.isdigit():
            made += chance.choice("123456789" if first_digit else string.digits)
            first_digit = False
        elif char.isalpha():
            letter = chance.choice("bcdfghjklmnpqrstvwxz")
            made += letter.upper() if char.isupper() else letter
        else:
            made += char
    letters = string.digits if value[0].isdigit() else "bcdfghjklmnpqrstvwxz"
    return "".join(chance.choice(letters.replace("0", "")) for _ in range(longer)) + made


def _place(text: Text, line: str, chance: random.Random) -> int:
    """Where it is planted: among rows of the same table where the row is one of a table, else anywhere after line 1."""
    for delimiter in _DELIMITERS:
        columns = line.count(delimiter)
        if columns < (2 if delimiter == "," else 1):
            continue
        alike = [
            number
            for number, each in enumerate(text.iter_lines(), 1)
            if each.count(delimiter) == columns and not set(each.strip()) <= set("|:- ")
        ]
        # Not above the first, which is the heading.
        if len(alike) > 2:
            return chance.choice(alike[1:]) + 1
    return chance.randint(2, text.line_count + 1) if text.line_count > 1 else 2


def planted(document: Document, needle: Needle, text_of_line: str | None = None) -> Document:
    """A copy of the document with the needle's line (or another text in its place)."""
    texts = []
    for text in document.texts:
        if text.name != needle.source:
            texts.append(text)
            continue
        lines = list(text.iter_lines())
        lines.insert(needle.line - 1, needle.text if text_of_line is None else text_of_line)
        ending = "\n" if text.text.endswith("\n") else ""
        texts.append(Text.from_str(text.name, text.source, "\n".join(lines) + ending))
    return Document(texts, document.shape)


def covers(spans: Sequence[Span], needle: Needle, document: Document) -> bool:
    """Whether a tool has returned the needle's line to the code, in a call that did not return most of its text."""
    text = document.text_named(needle.source)
    if text is None:
        return False
    names = (text.name, text.source)
    widths: Counter[tuple[str, int | None]] = Counter()
    for span in spans:
        if span.source in names:
            widths[span.tool, span.line] += span.end_line - span.start_line + 1
    return any(
        span.source in names
        and span.start_line <= needle.line <= span.end_line
        and widths[span.tool, span.line] <= _WIDE * text.line_count
        for span in spans
    )
