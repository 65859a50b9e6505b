"""Where the values of an answer come from, in lines for a terminal."""

from __future__ import annotations

from ..trace import Trace
from .labels import grounding_name, grounding_rows, grounding_text, is_doubtful

_MOST = 20


def grounded(trace: Trace) -> list[tuple[str, bool]]:
    """A line for each value of the answer and for its parts, and whether it is one to worry about."""
    lines = [
        (f"{'  ' if is_part else ''}{grounding_name(row)}: {grounding_text(row)}", is_doubtful(row))
        for row, is_part in grounding_rows(trace.grounding)
    ]
    more = len(lines) - _MOST
    return [*lines[:_MOST], *([(f"and {more:,} more values, see the trace", False)] if more > 0 else [])]
