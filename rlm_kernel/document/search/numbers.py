"""The tools `to_number` and `numbers`, and the grammar of numbers for whoever looks for them in a text (`spans`)."""

from __future__ import annotations

import re
from typing import Any

from .number_grammar import DecimalMark, NumberSpan, each, has_date, plain, spans
from .result_list import Rows
from .rows import RowRecord, short

__all__ = ["DecimalMark", "Number", "NumberSpan", "number_of", "numbers", "plain", "spans", "to_number"]

# What leaves no doubt needs no grammar.
_WHOLE = re.compile(r"\s*(-?(?:\d{1,15}|\d{1,3}(?:,\d{3}){2,4}))\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*(-?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})\.(?:\d\d?|\d{4,10}))\s*", re.ASCII)


class Number(RowRecord):
    """A number in a line: `value` (`scale` and sign included; 12% is 12), `unit` as written, whether it is a
    `percent`age, its characters `start` to `end` (`text`), and `readings`: more than one where it is ambiguous."""

    __slots__ = _fields = ("value", "unit", "text", "start", "end", "scale", "percent", "readings")
    value: int | float
    unit: str
    text: str
    start: int
    end: int
    scale: int
    percent: bool
    readings: tuple[int | float, ...]


def numbers(text: Any, decimal: str | None = None) -> Rows[Number]:
    """See the tool `numbers`."""
    line = _line("numbers", text)
    found = spans(line, _mark("numbers", decimal))
    return Rows(
        Number(
            span.value,
            span.unit,
            line[span.start : span.end],
            span.start,
            span.end,
            span.scale,
            span.percent,
            tuple(map(plain, span.readings)) if span.ambiguous else (span.value,),
        )
        for span in found
    )


def number_of(text: Any, decimal: str | None = None) -> NumberSpan:
    """The number that a line gives: its first, but for years that are labels and the marks of a list's items, which
    count where there is nothing else. Raises ValueError."""
    line = _line("to_number", text)
    labels = []
    for span in each(line, _mark("to_number", decimal)):
        if span.kind in ("number", "ordinal"):
            return span
        labels.append(span)
    if labels:
        return labels[0]
    dated = ", only a date or a time" if has_date(line) else ""
    raise ValueError(
        f"to_number: there is no number in {short(line)!r}{dated}: leave such lines out; to count matches use len(...)"
    )


def to_number(text: Any, decimal: str | None = None) -> int | float:
    """See the tool `to_number`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return text
    simple = simple_number(text) if decimal is None else None
    return number_of(text, decimal).value if simple is None else simple


def simple_number(text: Any) -> int | float | None:
    """The number that a text is, where it is nothing else and can be read in one way only; else None."""
    if type(text) is not str:
        return None
    if match := _WHOLE.fullmatch(text):
        return int(match[1].replace(",", ""))
    return float(match[1].replace(",", "")) if (match := _DECIMAL.fullmatch(text)) else None


def _line(tool: str, text: Any) -> str:
    line = getattr(text, "line", text)
    if not isinstance(line, str):
        raise ValueError(f"{tool}: give a text, not {type(text).__name__}")
    return line


def _mark(tool: str, decimal: Any) -> DecimalMark | None:
    if decimal not in (None, ".", ","):
        raise ValueError(f"{tool}: decimal is the mark before decimal places: '.' or ','")
    return decimal  # type: ignore[no-any-return]
