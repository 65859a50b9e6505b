"""What a cell gives FINAL as evidence, as lines: numbers, or [source, first line, last line]. It never refuses any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from itertools import islice
from typing import Any

from ...document.search.rows import RowRecord
from ...document.search.tables import Table

_MOST = 10_000
_DEPTH = 5
_NAMED = re.compile(
    r"(?:(?P<source>.+?)[:,]\s*)?(?:lines?\s+)?(?P<first>\d{1,12})(?:\s*(?:-|–|to)\s*(?P<last>\d{1,12}))?", re.I
)

Line = int | list[Any]


def evidence_lines(evidence: Any, only: str | None = None) -> tuple[list[Line], list[str]]:
    """The lines that evidence names, at most 10,000, and what of it names none, in words.

    Rows of the tools and of tables, line numbers, ranges, `(first, last)` and `(source, lines)` within a list,
    `{source: lines}`, and texts such as `report.txt:12`. `only` is the name of the only document.
    """
    lines: list[Line] = []
    bad: list[str] = []
    if evidence is not None:
        for line in islice(_lines(evidence, None, 0, bad), _MOST):
            alone = isinstance(line, list) and line[0] in (only, None) and line[1] == line[2]
            lines.append(line[1] if alone and isinstance(line, list) else line)
    return lines, bad


def _lines(item: Any, source: str | None, depth: int, bad: list[str]) -> Iterator[Line]:
    number = _number(item)
    if number is not None:
        yield number if source is None else [source, number, number]
    elif isinstance(item, RowRecord | Table):
        named, line = getattr(item, "source", source), getattr(item, "line_num", None)
        yield from _named(line, named, item, bad)
    elif isinstance(item, range):
        if len(item) and abs(item.step) == 1:
            yield [source, min(item), max(item)]
        else:
            yield from (_with(source, number) for number in islice(item, _MOST))
    elif type(item) is str:
        yield from _written(item, source, bad)
    elif isinstance(item, Mapping) and "line_num" in item:
        yield from _named(item["line_num"], item.get("source", source), item, bad)
    elif isinstance(item, Mapping) and depth < _DEPTH:
        for key, inner in islice(item.items(), _MOST):
            if type(key) is str:
                yield from _lines(inner, key, depth + 1, bad)
            else:
                yield from _lines(key, source, depth + 1, bad)
    elif isinstance(item, list | tuple | Set) and depth < _DEPTH:
        yield from _several(item, source, depth, bad)
    elif item is not None:
        bad.append(_shown(item))


def _several(items: Any, source: str | None, depth: int, bad: list[str]) -> Iterator[Line]:
    parts = list(islice(items, _MOST))
    pair = len(parts) == 2 and isinstance(items, tuple | list)
    if pair and type(parts[0]) is str and _NAMED.fullmatch(parts[0]) is None and _names_lines(parts[1]):
        yield from _lines(parts[1], parts[0], depth + 1, bad)
        return
    first, last = (_number(parts[0]), _number(parts[1])) if pair else (None, None)
    if depth and isinstance(items, tuple) and first is not None and last is not None and first <= last:
        yield [source, first, last]
        return
    if depth and isinstance(items, tuple) and first is not None and type(parts[1]) is str:
        yield _with(source, first)  # a line with its text
        return
    for part in parts:
        yield from _lines(part, source, depth + 1, bad)


def _names_lines(item: Any) -> bool:
    return _number(item) is not None or isinstance(item, range | list | tuple | Set)


def _named(line: Any, source: Any, item: Any, bad: list[str]) -> Iterator[Line]:
    number = _number(line)
    if number is None:
        bad.append(_shown(item))
    else:
        yield _with(source if type(source) is str else None, number)


def _written(text: str, source: str | None, bad: list[str]) -> Iterator[Line]:
    match = _NAMED.fullmatch(text.strip())
    if match is None:
        bad.append(_shown(text))
        return
    first = int(match["first"])
    if match["source"] or match["last"]:
        yield [match["source"] or source, first, int(match["last"] or first)]
    else:
        yield _with(source, first)


def _with(source: str | None, number: int) -> Line:
    return number if source is None else [source, number, number]


def _number(item: Any) -> int | None:
    if type(item) is int and abs(item) < 1 << 53:
        return item
    return int(item) if type(item) is float and item.is_integer() and abs(item) < 1 << 53 else None


def _shown(item: Any) -> str:
    return repr(item[:60]) if type(item) is str else f"of type {type(item).__name__}"
