"""The answer card: the value large, where its parts come from beside it, then the iterations and documents folded."""

from __future__ import annotations

from ...trace import Grounding, Trace
from ..escape import block, elide, inline, one_line, pretty
from ..labels import (
    STATUS_WORDS,
    facts,
    grounding_name,
    grounding_place,
    grounding_rows,
    grounding_sum,
    grounding_words,
    is_doubtful,
    iteration_title,
)
from .coverage_bars import coverage_html
from .elements import BOX, DIM, DOUBT, NOTE, SUMMARY, count, dim, folded, table, wrong
from .iterations import Room, iteration_html

HTML_LIMIT = 110_000
_VALUE_LIMIT = 4_000
_ROW_LIMIT = 60_000
_ROWS_IN_ONE_LINE = 200
_ITEMS = 50
_STEPS = 12
# On paper nothing can be unfolded. Where this element is stripped (an untrusted notebook) nothing on screen is lost.
PRINT = (
    "<style>@media print { .rlm-card details::details-content { content-visibility: visible; height: auto } "
    ".rlm-card pre { max-height: none !important } }</style>"
)


def to_html(trace: Trace) -> str:
    """The whole card."""
    value = _value(trace)
    if beside := grounding_html(trace):
        # Side by side where there is room, one below the other where there is not.
        value = (
            f'<div style="display: flex; flex-wrap: wrap; column-gap: 40px"><div style="flex: 1 1 320px">{value}</div>'
            f'<div style="flex: 1 1 340px">{beside}</div></div>'
        )
    parts = [_said_first(trace), value, evidence_html(trace), coverage_html(trace.coverage), _usage(trace)]
    parts += [_iterations(trace), _documents(trace)]
    # Jupyter's MathJax honours the class; `inline` also keeps `$` from being read as a formula elsewhere.
    return f'<div class="rlm-card mathjax_ignore tex2jax_ignore" style="line-height: 1.5">{"".join(parts)}{PRINT}</div>'


def _said_first(trace: Trace) -> str:
    """What must be read before the value: notices, and whatever makes it less than an answer."""
    parts = [f'<div style="{NOTE}"><b>Note:</b> {inline(one_line(notice, 600))}</div>' for notice in trace.notices[:20]]
    if trace.best_guess:
        parts.append(wrong("Best guess, not an answer:", trace.reason[:600]))
    elif trace.status not in ("answered", "running"):
        words = STATUS_WORDS[trace.status].capitalize()
        parts.append(wrong(f"{words}:", trace.reason[:600] or "no answer"))
    if trace.unchanged is False:
        parts.append(wrong("The documents were changed", "while the run read them."))
    return "".join(parts)


def _value(trace: Trace) -> str:
    value = pretty(trace.value)
    large = "font-size: 22px; font-weight: bold" if len(value) <= 60 else "font-size: 15px"
    parts = []
    if trace.value is not None or trace.status == "answered":
        style = f"{large}; white-space: pre-wrap; word-break: normal; word-wrap: break-word; margin: 4px 0"
        parts.append(f'<div style="{style}">{inline(elide(value, _VALUE_LIMIT))}</div>')
    parts.append(f"<div>{inline(elide(trace.question.strip(), 1_000))}</div>")
    parts.append(f'<div style="{DIM}">{" · ".join(inline(fact) for fact in facts(trace))}</div>')
    return "".join(parts)


def grounding_html(trace: Trace) -> str:
    """Each value of the answer with its parts, and where it comes from."""
    items = grounding_rows(trace.grounding)
    if not items:
        return ""
    rows = []
    for item, is_part in items[:_ITEMS]:
        verdict = inline(grounding_words(item))
        verdict = f'<b style="{DOUBT}">{verdict}</b>' if is_doubtful(item) else verdict
        name = f"{'· ' if is_part else ''}<code>{block(grounding_name(item))}</code>"
        rows.append([name, verdict, inline(grounding_place(item)) + _derivation(item)])
    more = dim(f"and {len(items) - _ITEMS:,} more") if len(items) > _ITEMS else ""
    title = f'<b>Grounding</b> <span style="{DIM}">{inline(grounding_sum(trace.grounding))}</span>'
    return f'<div style="margin: 8px 0">{title}{table(["In the answer", "Verdict", "Where"], rows)}{more}</div>'


def _derivation(item: Grounding) -> str:
    """The lines of code that a value went through, folded."""
    if item.verdict not in ("computed", "typed") or item.derivation is None or not item.derivation.steps:
        return ""
    steps = [
        f"{dim(f'iteration {step.iteration}, line {step.line}')}<code>{block(one_line(step.code, 200))}</code>"
        for step in item.derivation.steps[:_STEPS]
    ]
    return folded("how", "<br>".join(steps))


def evidence_html(trace: Trace) -> str:
    """The lines that the model named, as the document has them."""
    rows = []
    for item in trace.evidence[:_ITEMS]:
        place = f"{inline(one_line(item.source, 80))}, line {item.line}"
        missing = "<b>✗ line not found</b>"
        rows.append([place, missing if item.text is None else f"<code>{block(one_line(item.text, 300))}</code>"])
    if not rows:
        return ""
    more = dim(f"and {len(trace.evidence) - _ITEMS:,} more") if len(trace.evidence) > _ITEMS else ""
    label = f'<b>Evidence</b> <span style="{DIM}">lines that the model named, as the document has them</span>'
    return f'<div style="margin: 8px 0">{label}{table([], rows)}{more}</div>'


def _usage(trace: Trace) -> str:
    parts = trace.usage.parts
    if len(parts) < 2:
        return ""
    rows = []
    for part in sorted(parts, key=lambda each: (each.depth, each.model))[:30]:
        tokens = f"{'about ' if part.estimated else ''}{part.prompt_tokens:,} in, {part.completion_tokens:,} out"
        cost = "unknown" if part.cost is None else f"{part.cost:.4f}"
        cells = ["root" if not part.depth else f"{part.depth} deep", f"{part.calls:,}", tokens, cost]
        rows.append([inline(one_line(part.model, 80)), *cells, f"{part.seconds:.1f} s"])
    return folded("Cost by model and level", table(["Model", "Level", "Calls", "Tokens", "Cost", "Seconds"], rows))


def _iterations(trace: Trace) -> str:
    rows: list[str] = []
    room = HTML_LIMIT
    # The last iterations lead to the answer, so they have the first claim on the room.
    for number, turn in enumerate(reversed(trace.iterations)):
        if room > 0:
            row = iteration_html(turn, Room(min(room, _ROW_LIMIT)))
            rows.append(row if len(row) <= _ROW_LIMIT * 4 // 3 else iteration_html(turn, Room(0), limit=1_000))
            room -= len(rows[-1])
        elif number < _ROWS_IN_ONE_LINE:
            rows.append(dim(iteration_title(turn)))
        else:
            left = len(trace.iterations) - number
            rows.append(dim(f"{left:,} earlier iterations are not shown"))
            break
    if not rows:
        return ""
    title = count(len(trace.iterations), "iteration")
    return (
        f'<details style="margin: 4px 0"><summary style="{SUMMARY}"><b>{title}</b></summary>'
        f'<div style="{BOX}">{"".join(reversed(rows))}{_fork(trace)}</div></details>'
    )


def _fork(trace: Trace) -> str:
    """How the run is run anew from an iteration, where that can be done."""
    follows = trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells)
    turn = next((turn.index for turn in reversed(trace.iterations) if turn.code is not None), None)
    if turn is None or follows or trace.determinism is None or trace.status == "running":
        return ""
    return dim(
        f"Fork: answer.fork({turn}, code) runs it anew from iteration {turn} with other code; any iteration will do."
    )


def _documents(trace: Trace) -> str:
    rows = []
    for item in trace.documents[:_ITEMS]:
        made = f", {inline(one_line(item.format, 40))} read by {inline(one_line(item.converter, 60))}"
        rows.append(
            f"<li>{inline(one_line(item.name, 120))} ({inline(one_line(item.source, 160))}): "
            f"{item.chars:,} characters, {item.lines:,} lines{made if item.converter else ''}, "
            f"SHA-256 <code>{block(one_line(item.sha256, 64))}</code></li>"
        )
    if not rows:
        return ""
    if len(trace.documents) > _ITEMS:
        rows.append(f"<li>and {len(trace.documents) - _ITEMS:,} more</li>")
    title = count(len(trace.documents), "document")
    if trace.unchanged:
        title += ", unchanged at the end of the run"
    return folded(title, f'<ul style="margin: 2px 0; word-break: normal; word-wrap: break-word">{"".join(rows)}</ul>')
