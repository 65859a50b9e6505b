"""Tables that are drawn with characters: Markdown, grids with `+---+`, those of psql and mysql, and columns under rules
of dashes or equals signs (reStructuredText, SQL*Plus, pandoc)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from ..text import Text
from .regex import Finder

_RULE = (
    r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t\r]*$"
    r"|^[ \t]*\|[ \t]*:?-+:?[ \t]*\|[ \t\r]*$"
    r"|^[ \t]*\+?[-=:]+(?:\+[-=:]+)+\+?[ \t\r]*$"
    r"|^[ \t]*\+[-=:]+\+[ \t\r]*$"
    r"|^[ \t]*(?:={2,}(?:[ \t]+={2,})+|-{2,}(?:[ \t]+-{2,})+)[ \t\r]*$"
)
_MOST_LINES = 1_000_000
Row = tuple[int, int, list[str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn table: the line of its names, the first and the last line of its rows, the names, and how rows are cut.

    `form`: `bars` (a row a line), `grid` (a row between two rules), or the positions at which its columns begin.
    """

    header: int
    first: int
    last: int
    names: Sequence[str]
    form: str = "bars"


def drawn(text: Text) -> Iterator[Drawn]:
    """The drawn tables of a text, in order."""
    past = 0
    for hit in Finder(_RULE, re.MULTILINE).hits(text):
        number = text.line_at_byte(hit.start)
        if number <= past:
            continue
        rule = (text.line(number) or "").strip()
        if rule[0] == "+":
            found = _grid(text, number)
        elif "|" in rule or "+" in rule:
            found = _bars(text, number, rule)
        else:
            found = _columns(text, number)
        if found is not None:
            past = found.last
            yield found


def rows(lines: Iterable[str], first: int, form: str) -> Iterator[Row]:
    """The rows in the lines of a table: (first line, last line, cells)."""
    if form == "grid":
        yield from _grid_rows(lines, first)
        return
    starts = [] if form == "bars" else [int(start) for start in form.split(",")]
    for number, line in enumerate(lines, first):
        if not line.strip() or _is_rule(line):
            continue
        yield number, number, _cut(line, starts) if starts else cells(line)


def cells(line: str) -> list[str]:
    """The cells of a line, between its bars."""
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _is_rule(line: str) -> bool:
    bare = line.strip()
    return bare[:1] in ("+", "-", "=") and not bare.strip("+-=: \t")


def _bars(text: Text, number: int, rule: str) -> Drawn | None:
    """Markdown, and the output of psql: names above the rule."""
    header = text.line(number - 1) or ""
    names = cells(header)
    if "|" not in header or len(names) != len(cells(rule.replace("+", "|"))):
        return None
    last = number
    for line in text.iter_lines(number + 1):
        if "|" not in line:
            break
        last += 1
    return Drawn(number - 1, number + 1, last, names)


def _grid(text: Text, number: int) -> Drawn | None:
    """A table within `+---+`: its names stand between the first two rules."""
    rules: list[int] = []
    last, double = number - 1, False
    for line in islice(text.iter_lines(number), _MOST_LINES):
        bare = line.strip()
        if bare[:1] not in ("+", "|"):
            break
        last += 1
        if _is_rule(line):
            rules.append(last)
            double = double or "=" in bare
    if len(rules) < 2 or last == rules[1] or rules[1] == number + 1:
        return None
    names = [" ".join(filter(None, parts)) for parts in _columns_of(text, rules[0] + 1, rules[1] - 1)]
    form = "grid" if double or len(rules) > 3 else "bars"
    return Drawn(number + 1, rules[1] + 1, last, names, form)


def _columns_of(text: Text, first: int, last: int) -> list[list[str]]:
    lines = [cells(line) for line in text.read(first, last).split("\n")]
    width = max(map(len, lines))
    return [[line[at] if at < len(line) else "" for line in lines] for at in range(width)]


def _grid_rows(lines: Iterable[str], first: int) -> Iterator[Row]:
    parts: list[list[str]] = []
    begin = first
    number = first - 1
    for number, line in enumerate(lines, first):
        if not _is_rule(line) and not line.strip().startswith("+"):
            parts.append(cells(line))
            continue
        if parts:
            yield begin, number - 1, _merged(parts)
        parts, begin = [], number + 1
    if parts:
        yield begin, number, _merged(parts)


def _merged(parts: list[list[str]]) -> list[str]:
    width = max(map(len, parts))
    return [" ".join(filter(None, (line[at] for line in parts if at < len(line)))) for at in range(width)]


def _columns(text: Text, number: int) -> Drawn | None:
    """Columns under a rule: names above it, or between it and the next one of its kind."""
    rule = (text.line(number) or "").rstrip()
    starts = [match.start() for match in re.finditer(r"[-=]+", rule)]
    above = text.line(number - 1) or "" if number > 1 else ""
    header = number - 1
    begin = number + 1
    last = number
    if not above.strip() or _is_rule(above):
        if (text.line(number + 2) or "").strip() != rule.strip():
            return None
        header, begin, last = number + 1, number + 3, number + 2
        above = text.line(header) or ""
    names = _cut(above, starts)
    if not all(names[1:]) or not _fits(above, rule):
        return None
    for line in islice(text.iter_lines(begin), _MOST_LINES):
        if not line.strip() or (_is_rule(line) and line.strip() == rule.strip()):
            break
        last += 1
    return Drawn(header, begin, last, names, ",".join(map(str, starts))) if last >= begin else None


def _fits(line: str, rule: str) -> bool:
    """Whether no word of a line stands across the gap between two columns."""
    gaps = [(left.end(), right.start()) for left, right in pairwise(re.finditer(r"[-=]+", rule))]
    return all(not line[start:end].strip() for start, end in gaps)


def _cut(line: str, starts: Sequence[int]) -> list[str]:
    ends = [*starts[1:], max(len(line), starts[-1])]
    begins = [0, *starts[1:]]
    return [line[start:end].strip() for start, end in zip(begins, ends, strict=True)]
