"""Whether two solves of a question agree: by value, by the lines they rest on, and where they part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from ...document import Document
from ...document.search.numbers import to_number
from ...trace import Divergence, Trace, UsedLine
from ..grounding.normalise import folded

_MOST_LINES = 100_000
_SHOWN = 5
_TOLERANCE = 1e-9


def same_value(one: Any, other: Any) -> bool:
    """Whether two answers say the same: numbers also as texts (`$1,200` is 1200), texts without case and blanks, the
    items of a list in any order."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other or (_word(one) is not None and _word(one) is _word(other))
    if isinstance(one, dict) and isinstance(other, dict):
        names, others = ({folded(str(key)): item for key, item in each.items()} for each in (one, other))
        return names.keys() == others.keys() and all(same_value(item, others[name]) for name, item in names.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and _same_items(one, other)
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        return False
    if _is_number(one) or _is_number(other):
        numbers = _number(one), _number(other)
        return None not in numbers and math.isclose(*numbers, rel_tol=_TOLERANCE, abs_tol=1e-12)  # type: ignore[arg-type]
    return _text(one) == _text(other)


def _same_items(one: list[Any], other: list[Any]) -> bool:
    left = list(other)
    for item in one:
        at = next((at for at, each in enumerate(left) if same_value(item, each)), None)
        if at is None:
            return False
        del left[at]
    return True


def _word(value: Any) -> bool | None:
    """A truth value, also as a word; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(_text(value))
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str:
    return folded(str(value)).strip(" .!\"'")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _number(value: Any) -> float | None:
    if _is_number(value):
        return float(value)
    try:
        # The number alone, with its mark of currency or its unit: not a sentence that holds one.
        return float(to_number(value)) if isinstance(value, str) and len(value.split()) <= 3 else None
    except (ValueError, OverflowError):
        return None


def used_lines(trace: Trace) -> list[tuple[str, int, int]]:
    """The lines that an answer rests on: (source, first, last), merged. Empty where the trace does not tell."""
    rows = [row for item in trace.grounding for row in item.rows()]
    found = [(row.source, line, line) for row in rows for line in row.lines if row.source]
    found += [
        (span.source, span.start_line, span.end_line)
        for row in rows
        if row.derivation is not None
        for span in row.derivation.spans
    ]
    found += [(row.source, row.line, row.line) for row in trace.evidence if row.text is not None]
    return _merged(found)


def _merged(spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    merged: list[tuple[str, int, int]] = []
    for source, first, last in sorted(set(spans)):
        if merged and merged[-1][0] == source and first <= merged[-1][2] + 1:
            merged[-1] = (source, merged[-1][1], max(last, merged[-1][2]))
        else:
            merged.append((source, first, last))
    return merged


def same_lines(one: Sequence[tuple[str, int, int]], other: Sequence[tuple[str, int, int]]) -> bool | None:
    """Whether both rest on the same lines; None where one of them does not tell."""
    return list(one) == list(other) if one and other else None


def divergence(first: Trace, second: Trace, document: Document) -> Divergence:
    """The lines that only one of two solves used, and the first search or line of code in which they differ."""
    ours, theirs = (_numbered(used_lines(trace)) for trace in (first, second))
    steps = zip_longest(_steps(first), _steps(second), fillvalue="")
    one, other = next(((a, b) for a, b in steps if a != b), ("", ""))
    return Divergence(
        only_first=_texts(ours - theirs, document),
        only_second=_texts(theirs - ours, document),
        first_step=one,
        second_step=other,
    )


def _numbered(spans: Iterable[tuple[str, int, int]]) -> set[tuple[str, int]]:
    lines: set[tuple[str, int]] = set()
    for source, first, last in spans:
        lines |= {(source, line) for line in range(first, min(last, first + _MOST_LINES) + 1)}
        if len(lines) > _MOST_LINES:
            break
    return lines


def _steps(trace: Trace) -> list[str]:
    """What a solve did, in order: its searches; of a run without any, the lines of its code."""
    searches = [
        f"{each.tool}({each.pattern!r}): {each.hits:,} hits"
        for turn in trace.iterations
        for each in turn.searches
        if each.pattern
    ]
    if searches:
        return searches
    code = [turn.code or "" for turn in trace.iterations]
    return [line.strip()[:200] for each in code for line in each.splitlines() if line.strip()]


def _texts(lines: set[tuple[str, int]], document: Document) -> list[UsedLine]:
    texts = {text.name: text for text in document.texts} | {text.source: text for text in document.texts}
    shown = []
    for source, line in sorted(lines)[:_SHOWN]:
        text = texts.get(source)
        shown.append(UsedLine(source=source, line=line, text=((text and text.line(line)) or "")[:300]))
    return shown
