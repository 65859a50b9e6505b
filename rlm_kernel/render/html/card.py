"""The answer card: the value large, where its parts come from beside it, then the iterations and documents folded."""

from __future__ import annotations

from ...trace import Grounding, Trace
from ..escape import Markup, block, elide, inline, joined, markup, one_line, readable
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
    with_place,
)
from .coverage_bars import coverage_html
from .elements import BOX, DIM, DOUBT, EMPTY, NOTE, SUMMARY, WRAP, WRONG, count, dim, folded, table, wrong
from .iterations import HtmlAllowance, iteration_html

HTML_LIMIT = 110_000
_VALUE_LIMIT = 4_000
_ROW_LIMIT = 60_000
_ROWS_IN_ONE_LINE = 200
_ITEMS = 50
_STEPS = 12
_SECTION = '<div style="margin: 8px 0">{}{}{}</div>'
# On paper nothing can be unfolded. Where this element is stripped (an untrusted notebook) nothing on screen is lost.
PRINT = Markup(
    "<style>@media print { .rlm-card details::details-content { content-visibility: visible; height: auto } "
    ".rlm-card pre { max-height: none !important } }</style>"
)


def to_html(trace: Trace) -> Markup:
    """The whole card."""
    value = _value(trace)
    if beside := grounding_html(trace):
        # Side by side where there is room, one below the other where there is not.
        value = markup(
            '<div style="display: flex; flex-wrap: wrap; column-gap: 40px"><div style="flex: 1 1 320px">{}</div>'
            '<div style="flex: 1 1 340px">{}</div></div>',
            value,
            beside,
        )
    parts = [_said_first(trace), value, evidence_html(trace), coverage_html(trace.coverage), _usage(trace)]
    parts += [_iterations(trace), _documents(trace)]
    # Jupyter's MathJax honours the class; `inline` also keeps `$` from being read as a formula elsewhere.
    template = '<div class="rlm-card mathjax_ignore tex2jax_ignore" style="line-height: 1.5">{}{}</div>'
    return markup(template, joined(parts), PRINT)


def _said_first(trace: Trace) -> Markup:
    """What must be read before the value: notices, and whatever makes it less than an answer."""
    template = '<div style="{}"><b>Note:</b> {}</div>'
    parts = [markup(template, NOTE, inline(one_line(notice, 600))) for notice in trace.notices[:20]]
    if trace.best_guess:
        parts.append(wrong("Best guess, not an answer:", trace.reason[:600]))
    elif trace.status not in ("answered", "running"):
        words = STATUS_WORDS[trace.status].capitalize()
        parts.append(wrong(f"{words}:", trace.reason[:600] or "no answer"))
    if trace.unchanged is False:
        parts.append(wrong("The documents were changed", "while the run read them."))
    return joined(parts)


def _value(trace: Trace) -> Markup:
    value = readable(trace.value)
    banner = _banner(trace)
    large = Markup("font-size: 22px; font-weight: bold") if len(value) <= 60 else Markup("font-size: 15px")
    parts = []
    if trace.value is not None or trace.status == "answered":
        template = '<div style="{}; {}; margin: 4px 0">{}</div>'
        parts.append(markup(template, large, WRAP, inline(elide(value, _VALUE_LIMIT))))
    parts.append(banner)
    parts.append(markup("<div>{}</div>", inline(elide(trace.question.strip(), 1_000))))
    parts.append(markup('<div style="{}">{}</div>', DIM, joined((inline(fact) for fact in facts(trace)), " · ")))
    return joined(parts)


def _banner(trace: Trace) -> Markup:
    """How much of the answer comes from where, in one line; what is in doubt stands in a box."""
    words = grounding_sum(trace.grounding)
    if not words:
        return EMPTY
    if any(is_doubtful(row) for row, _ in grounding_rows(trace.grounding)):
        return markup('<div style="{}"><b>{}</b></div>', WRONG, inline(words))
    return markup('<div style="margin: 4px 0">{}</div>', inline(words))


def grounding_html(trace: Trace) -> Markup:
    """Each value of the answer with its parts, and where it comes from."""
    items = grounding_rows(trace.grounding)
    if not items:
        return EMPTY
    rows = []
    for item, is_part in items[:_ITEMS]:
        verdict = inline(grounding_words(item))
        if is_doubtful(item):
            verdict = markup('<b style="{}">{}</b>', DOUBT, verdict)
        name = markup("{}<code>{}</code>", inline("· ") if is_part else EMPTY, block(grounding_name(item)))
        rows.append([name, verdict, markup("{}{}", inline(grounding_place(item)), _derivation(item))])
    more = dim(f"and {len(items) - _ITEMS:,} more") if len(items) > _ITEMS else EMPTY
    title = markup("<b>Grounding</b>")
    return markup(_SECTION, title, table(["In the answer", "Verdict", "Where"], rows), more)


def _derivation(item: Grounding) -> Markup:
    """The lines of code that a value went through, folded."""
    if item.verdict not in ("computed", "typed") or item.derivation is None or not item.derivation.steps:
        return EMPTY
    steps = [
        markup(
            "{}<code>{}</code>", dim(f"iteration {step.iteration}, line {step.line}"), block(one_line(step.code, 200))
        )
        for step in item.derivation.steps[:_STEPS]
    ]
    return folded("how", joined(steps))


def evidence_html(trace: Trace) -> Markup:
    """The lines that the model named, as the document has them."""
    rows = []
    for item in trace.evidence[:_ITEMS]:
        place = inline(with_place(f"{one_line(item.source, 80)}, line {item.line}", item.place))
        if item.text is None:
            rows.append([place, Markup("<b>✗ line not found</b>")])
        else:
            rows.append([place, markup("<code>{}</code>", block(one_line(item.text, 300)))])
    if not rows:
        return EMPTY
    more = dim(f"and {len(trace.evidence) - _ITEMS:,} more") if len(trace.evidence) > _ITEMS else EMPTY
    template = '<b>Evidence</b> <span style="{}">lines that the model named, as the document has them</span>'
    return markup(_SECTION, markup(template, DIM), table([], rows), more)


def _usage(trace: Trace) -> Markup:
    parts = trace.usage.parts
    if len(parts) < 2:
        return EMPTY
    rows = []
    for part in sorted(parts, key=lambda each: (each.depth, each.model))[:30]:
        tokens = f"{'about ' if part.estimated else ''}{part.prompt_tokens:,} in, {part.completion_tokens:,} out"
        cost = "unknown" if part.cost is None else f"{part.cost:.4f}"
        cells = ["root" if not part.depth else f"{part.depth} deep", f"{part.calls:,}", tokens, cost]
        rows.append([inline(text) for text in (one_line(part.model, 80), *cells, f"{part.seconds:.1f} s")])
    return folded("Cost by model and level", table(["Model", "Level", "Calls", "Tokens", "Cost", "Seconds"], rows))


def _iterations(trace: Trace) -> Markup:
    rows: list[Markup] = []
    room = HTML_LIMIT
    # The last iterations lead to the answer, so they have the first claim on the room.
    for number, turn in enumerate(reversed(trace.iterations)):
        if room > 0:
            row = iteration_html(turn, HtmlAllowance(min(room, _ROW_LIMIT)))
            rows.append(row if len(row) <= _ROW_LIMIT * 4 // 3 else iteration_html(turn, HtmlAllowance(0), limit=1_000))
            room -= len(rows[-1])
        elif number < _ROWS_IN_ONE_LINE:
            rows.append(dim(iteration_title(turn)))
        else:
            left = len(trace.iterations) - number
            rows.append(dim(f"{left:,} earlier iterations are not shown"))
            break
    if not rows:
        return EMPTY
    title = count(len(trace.iterations), "iteration")
    template = (
        '<details style="margin: 4px 0"><summary style="{}"><b>{}</b></summary><div style="{}">{}{}</div></details>'
    )
    return markup(template, SUMMARY, inline(title), BOX, joined(reversed(rows)), _fork(trace))


def _fork(trace: Trace) -> Markup:
    """How the run is run anew from an iteration, where that can be done."""
    follows = trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells)
    turn = next((turn.index for turn in reversed(trace.iterations) if turn.code is not None), None)
    if turn is None or follows or trace.determinism is None or trace.status == "running":
        return EMPTY
    return dim(
        f"Fork: answer.fork({turn}, code) runs it anew from iteration {turn} with other code; any iteration will do."
    )


def _documents(trace: Trace) -> Markup:
    rows = []
    for item in trace.documents[:_ITEMS]:
        reader = f", {one_line(item.format, 40)} read by {one_line(item.converter, 60)}" if item.converter else ""
        words = (
            f"{one_line(item.name, 120)} ({one_line(item.source, 160)}): "
            f"{item.chars:,} characters, {item.lines:,} lines{reader}, SHA-256 "
        )
        rows.append(markup("<li>{}<code>{}</code></li>", inline(words), block(one_line(item.sha256, 64))))
    if not rows:
        return EMPTY
    if len(trace.documents) > _ITEMS:
        rows.append(markup("<li>{}</li>", inline(f"and {len(trace.documents) - _ITEMS:,} more")))
    title = count(len(trace.documents), "document")
    if trace.unchanged:
        title += ", unchanged at the end of the run"
    template = '<ul style="margin: 2px 0; word-break: normal; word-wrap: break-word">{}</ul>'
    return folded(title, markup(template, joined(rows)))
