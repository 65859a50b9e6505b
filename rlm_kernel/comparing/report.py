"""A comparison's figures as tables: for a terminal, as Markdown, and as HTML with bars. It counts nothing.

The HTML has inline styles only and no SVG: `<style>` and `<svg>` elements are stripped from untrusted notebooks.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..render.sanitize import one_line
from .confidence import Interval

if TYPE_CHECKING:
    from .comparison import ComparisonRow

NOTE = (
    "In brackets the 95% interval: Wilson's for accuracy, Student's t for means. Agreement: the share of the answer "
    "that a model gave most often."
)
_BARS = (
    "Bars: dark up to the lower end of the interval, of middle tone up to the share itself, pale up to the upper end."
)
_COLUMNS = ("model", "question", "right", "accuracy", "agreement", "tokens", "cost", "seconds", "iterations")
_BAR = "display: inline-block; height: 12px; vertical-align: middle"
_CELL = "padding: 2px 8px; text-align: left; border-bottom: 1px solid rgba(128, 128, 128, 0.3)"


def to_text(totals: Sequence[ComparisonRow], rows: Sequence[ComparisonRow]) -> str:
    """Two tables with columns of even width."""
    tables = [_even([list(columns), *cells]) for columns, cells in _tables(totals, rows)]
    return "\n\n".join([*tables, *_failures(totals), NOTE])


def to_markdown(totals: Sequence[ComparisonRow], rows: Sequence[ComparisonRow]) -> str:
    """Two Markdown tables."""
    tables = []
    for columns, cells in _tables(totals, rows):
        lines = [columns, ["---"] * len(columns), *([_escaped(cell) for cell in row] for row in cells)]
        tables.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join([*tables, *map(_escaped, _failures(totals)), NOTE])


def to_html(totals: Sequence[ComparisonRow], rows: Sequence[ComparisonRow]) -> str:
    """The tables, with a bar for each accuracy: full up to the interval's lower end, pale up to its upper end."""
    made = []
    for (columns, cells), of in zip(_tables(totals, rows), (totals, rows), strict=True):
        head = "".join(f'<th style="{_CELL}">{html.escape(column)}</th>' for column in (*columns, "0 to 100%"))
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{_CELL}">{html.escape(cell)}</td>' for cell in line)
            + f'<td style="{_CELL}; width: 220px">{_bar(row.accuracy)}</td></tr>'
            for line, row in zip(cells, of, strict=True)
        )
        made.append(f'<table style="border-collapse: collapse; margin: 8px 0"><tr>{head}</tr>{body}</table>')
    told = [*_failures(totals), f"{NOTE} {_BARS}"]
    notes = "".join(f'<div style="opacity: 0.75">{html.escape(note)}</div>' for note in told)
    return f"<div>{''.join(made)}{notes}</div>"


def _bar(share: Interval | None) -> str:
    if share is None or share.low is None or share.high is None:
        return ""
    parts = ((share.low, "#268bd2"), (share.value - share.low, "#6cb0e3"), (share.high - share.value, "#c9dff0"))
    drawn = "".join(
        f'<span style="{_BAR}; width: {200 * max(0.0, part):.0f}px; background-color: {colour}"></span>'
        for part, colour in parts
    )
    told = html.escape(_share(share))
    return f'<span role="img" aria-label="{told}" title="{told}">{drawn}</span>'


def _tables(totals: Sequence[ComparisonRow], rows: Sequence[ComparisonRow]) -> list[tuple[list[str], list[list[str]]]]:
    """Columns and cells of both tables; a column that says nothing in any row is left out."""
    return [_table(totals, {"question"}), _table(rows, set())]


def _table(rows: Sequence[ComparisonRow], without: set[str]) -> tuple[list[str], list[list[str]]]:
    makers: dict[str, Callable[[ComparisonRow], str]] = {
        "model": lambda row: one_line(row.model, 40),
        "question": lambda row: one_line(row.question, 40),
        "right": lambda row: f"{row.right} of {row.runs}",
        "accuracy": lambda row: _share(row.accuracy),
        "agreement": lambda row: "" if row.agreement is None else f"{row.agreement:.0%}",
        "tokens": lambda row: _mean(row.tokens, ",.0f"),
        "cost": lambda row: _mean(row.cost, ".4g"),
        "seconds": lambda row: _mean(row.seconds, ",.1f"),
        "iterations": lambda row: _mean(row.iterations, ".1f"),
    }
    made = {name: [makers[name](row) for row in rows] for name in _COLUMNS if name not in without}
    shown = {name: cells for name, cells in made.items() if any(cells)}
    return list(shown), [list(line) for line in zip(*shown.values(), strict=True)]


def _failures(totals: Sequence[ComparisonRow]) -> list[str]:
    return [
        f"{one_line(row.model, 40)}: {row.failed} of {row.failed + row.runs} runs failed and count nowhere; the same "
        "command tries them again."
        for row in totals
        if row.failed
    ]


def _share(share: Interval | None) -> str:
    if share is None or share.low is None or share.high is None:
        return "-"
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _mean(mean: Interval | None, form: str) -> str:
    if mean is None:
        return ""
    if mean.low is None or mean.high is None or mean.low == mean.high:
        return format(mean.value, form)
    # A mean of what cannot be negative: the interval's lower end may be.
    return f"{mean.value:{form}} ({max(0.0, mean.low):{form}} to {mean.high:{form}})"


def _even(lines: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _escaped(text: str) -> str:
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{character}" if character in r"\`*_[]|#~" else character for character in escaped)
