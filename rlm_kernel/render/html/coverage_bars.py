"""What a run has looked at, as strips along the documents: from their first line on the left to their last."""

from __future__ import annotations

from itertools import groupby

from ...trace import COVERAGE, Coverage
from ..escape import Markup, inline, joined, markup, one_line
from .elements import DIM, EMPTY, LINE, table

_CELLS = 60
_STRIPS = ("searched", "scanned", "shown", "sent")


def coverage_html(coverage: Coverage | None) -> Markup:
    """A strip for each kind with its share in words; nothing where the run did not get so far."""
    if coverage is None or not sum(document.lines for document in coverage.documents):
        return EMPTY
    shares = coverage.shares
    rows = [
        [inline(words), strip(touched(coverage, kind)) if kind in _STRIPS else EMPTY, inline(shares[words])]
        for kind, words in COVERAGE.items()
        if words in shares
    ]
    names = list(dict.fromkeys(item.variable for item in coverage.inherited))
    if names:
        told = inline(one_line(", ".join(names[:20]), 200))
        rows.append([inline("rests on variables of earlier questions"), EMPTY, told])
    near = markup('<div style="{}">Approximately: near intervals were joined.</div>', DIM)
    about = EMPTY if coverage.exact else near
    return markup('<div style="margin: 8px 0"><b>Lines looked at</b>{}{}</div>', table([], rows), about)


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


def strip(marks: list[bool]) -> Markup:
    """A bar of equal parts, filled where they are True."""
    parts = []
    for mark, same in groupby(marks):
        width = inline(f"{len(list(same)) * 100 / len(marks):.2f}")
        colour = Markup("#3b82c4") if mark else Markup("transparent")
        template = '<span style="display: inline-block; width: {}%; height: 10px; background-color: {}"></span>'
        parts.append(markup(template, width, colour))
    template = (
        '<span style="display: inline-block; width: 180px; height: 10px; border: {}; line-height: 0; '
        'white-space: nowrap">{}</span>'
    )
    return markup(template, LINE, joined(parts))
