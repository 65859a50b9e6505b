"""Where the figures of an answer come from, in lines for a terminal."""

from __future__ import annotations

from ..trace import Grounding, Trace
from .sanitize import one_line

_MOST = 20


def grounded(trace: Trace) -> list[tuple[str, bool]]:
    """A line for each item of the answer, and whether it is one to worry about."""
    lines = [(f"{one_line(row.item, 80)}: {_where(row)}", row.verdict == "ungrounded") for row in trace.grounding]
    # What nobody can account for must not be what was left out.
    lines.sort(key=lambda line: not line[1])
    more = len(lines) - _MOST
    return [*lines[:_MOST], *([(f"and {more:,} more figures or texts, see the trace", False)] if more > 0 else [])]


def _where(row: Grounding) -> str:
    match row.verdict:
        case "document":
            numbers = ", ".join(map(str, row.lines[:5])) + (" ..." if len(row.lines) > 5 else "")
            line = "line" if len(row.lines) == 1 else "lines"
            computed = f", and computed by iteration {row.iteration}" if row.iteration else ""
            return f"in {one_line(row.source or 'the document', 60)}, {line} {numbers}{computed}"
        case "computed":
            return f"computed by iteration {row.iteration}"
        case "sub-model":
            return f"in the reply to sub-call {row.call}"
    return "NOT FOUND ANYWHERE: neither in the document nor in any output"
