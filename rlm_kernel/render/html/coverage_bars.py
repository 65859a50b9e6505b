"""What a run has looked at, as strips along the documents: from their first line on the left to their last."""

from __future__ import annotations

from itertools import groupby

from ...trace import COVERAGE, Coverage
from ..escape import inline, one_line
from .elements import DIM, LINE, table

_CELLS = 60
_STRIPS = ("searched", "scanned", "shown", "sent")


def coverage_html(coverage: Coverage | None) -> str:
    """A strip for each kind with its share in words; nothing where the run did not get so far."""
    if coverage is None or not sum(document.lines for document in coverage.documents):
        return ""
    shares = coverage.shares
    rows = [
        [inline(words), strip(touched(coverage, kind)) if kind in _STRIPS else "", inline(shares[words])]
        for kind, words in COVERAGE.items()
        if words in shares
    ]
    names = list(dict.fromkeys(item.variable for item in coverage.inherited))
    if names:
        rows.append(["rests on variables of earlier questions", "", inline(one_line(", ".join(names[:20]), 200))])
    about = "" if coverage.exact else f'<div style="{DIM}">Approximately: near intervals were joined.</div>'
    return f'<div style="margin: 8px 0"><b>Lines looked at</b>{table([], rows)}{about}</div>'


def touched(coverage: Coverage, kind: str, cells: int = _CELLS) -> list[bool]:
    """Which of so many equal parts of all lines have a line in the intervals of that kind."""
    whole = sum(document.lines for document in coverage.documents)
    marks = [False] * cells
    before = 0
    for document in coverage.documents:
        for first, last in getattr(document, kind):
            begin = (before + first - 1) * cells // whole
            end = min(-(-(before + last) * cells // whole), cells)  # rounded up: a line is never nothing
            marks[begin:end] = [True] * (end - begin)
        before += document.lines
    return marks


def strip(marks: list[bool]) -> str:
    """A bar of equal parts, filled where they are True."""
    parts = []
    for mark, same in groupby(marks):
        width = len(list(same)) * 100 / len(marks)
        colour = "background-color: #3b82c4" if mark else "background-color: transparent"
        parts.append(f'<span style="display: inline-block; width: {width:.2f}%; height: 10px; {colour}"></span>')
    style = f"display: inline-block; width: 180px; height: 10px; border: {LINE}; line-height: 0; white-space: nowrap"
    return f'<span style="{style}">{"".join(parts)}</span>'
