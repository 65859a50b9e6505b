"""One iteration as a collapsible row, with its sub-calls and their runs inside, to any depth.

The parts of a row are functions of their own, since the live display draws each of them by itself. How much a row may
hold is given by a `HtmlAllowance`: what has no room left is named in one line.
"""

from __future__ import annotations

from ...trace import Call, Iteration, Trace
from ..escape import Markup, elide, joined, markup, one_line, readable
from ..labels import call_came, call_title, iteration_title, prose, spans_text
from .code import code_html, repair_html
from .elements import BOX, EMPTY, count, dim, folded, labelled, paragraph, pre, row, wrong

TEXT_LIMIT = 4_000
CODE_LIMIT = 8_000
_CALLS = 20
_TURNS = 12


class HtmlAllowance:
    """Characters of HTML that may still be written."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, html: Markup) -> Markup:
        """The HTML; it is counted."""
        self.left -= len(html)
        return html


def iteration_html(
    turn: Iteration, room: HtmlAllowance | None = None, *, limit: int = TEXT_LIMIT, opened: bool = False
) -> Markup:
    """One collapsible row of about `limit` characters for each of its texts, and of sub-calls as far as `room` goes."""
    room = room or HtmlAllowance(60_000)
    before = [said_html(turn, limit), code_part_html(turn, limit * 2)]
    after = [output_html(turn, limit), state_html(turn)]
    for part in (*before, *after):
        room.take(part)
    return row(iteration_title(turn), joined([*before, calls_html(turn.calls, room, limit), *after]), opened=opened)


def said_html(turn: Iteration, limit: int = TEXT_LIMIT) -> Markup:
    """The reasoning, folded, and what the model said beside its code."""
    parts = [folded("Reasoning", pre(turn.reasoning, limit))] if turn.reasoning else []
    if said := prose(turn.reply) if turn.code is not None else turn.reply.strip():
        parts.append(paragraph(elide(said, limit)))
    return joined(parts)


def code_part_html(turn: Iteration, limit: int = CODE_LIMIT) -> Markup:
    """The code that ran, and what healing had changed in it."""
    if turn.code is None:
        return EMPTY
    label = "Code" if turn.executed else "Code, which did not run"
    parts = [labelled(label, code_html(turn.code, limit, colours=limit >= TEXT_LIMIT))]
    shown = turn.repairs[:20] if limit >= TEXT_LIMIT else turn.repairs[:3]
    parts += [repair_html(repair) for repair in shown]
    if len(turn.repairs) > len(shown):
        parts.append(dim(f"and {count(len(turn.repairs) - len(shown), 'more repair')}"))
    return joined(parts)


def output_html(turn: Iteration, limit: int = TEXT_LIMIT) -> Markup:
    """What the code printed, and its error."""
    parts = []
    if turn.output:
        parts.append(labelled("Output", pre(turn.output, limit, true_size=turn.output_chars)))
    if turn.error:
        line = f" (line {turn.error.line})" if turn.error.line else ""
        parts.append(wrong(f"Error{line}:", elide(f"{turn.error.type}: {turn.error.message}", 1_000)))
    return joined(parts)


def state_html(turn: Iteration) -> Markup:
    """What the code left behind: variables, lines looked at, remarks for the model."""
    parts = [dim(f"Told the model: {one_line(note, 600)}") for note in turn.notes[:20]]
    for label, items in (("New variables", turn.variables.added), ("Changed", turn.variables.changed)):
        shown = "; ".join(f"{name}: {what}" for name, what in list(items.items())[:30])
        parts += [dim(f"{label}: {one_line(shown, 400)}")] if items else []
    parts += [dim(f"Lines looked at: {spans_text(turn.spans)}")] if turn.spans else []
    return joined(parts)


def calls_html(calls: list[Call], room: HtmlAllowance, limit: int = TEXT_LIMIT) -> Markup:
    """Sub-calls, each a collapsible row; those that failed are shown before others where not all have room."""
    if len(calls) <= _CALLS:
        chosen = calls
    else:
        failed = [call for call in calls if call.error is not None][: _CALLS // 2]
        kept = {call.id for call in failed} | {call.id for call in calls[: _CALLS - len(failed)]}
        chosen = [call for call in calls if call.id in kept][:_CALLS]
    parts = [call_html(call, room, limit) for call in chosen]
    if left := calls[len(chosen) :]:
        failures = sum(call.error is not None for call in calls) - sum(call.error is not None for call in chosen)
        words = f"and {count(len(left), 'more sub-call')}" + (f", {failures:,} of them failed" if failures else "")
        parts.append(dim(words))
    return joined(parts)


def call_html(call: Call, room: HtmlAllowance, limit: int = TEXT_LIMIT) -> Markup:
    """One sub-call: its prompt and reply, or the whole run that it was."""
    if room.left <= 0:
        return room.take(dim(f"{call_title(call)} -> {call_came(call)}"))
    bound = max(limit // 4, 200)
    parts = [labelled("Question" if call.trace is not None else "Prompt", pre(call.prompt, bound))]
    if call.context_spans:
        parts.append(dim(f"Lines sent: {spans_text(call.context_spans)}"))
    if call.response is not None and call.trace is None:
        parts.append(labelled("Reply", pre(call.response, bound)))
    if call.error is not None:
        parts.append(wrong("Error:", one_line(call.error, 600)))
    if call.note:
        parts.append(dim(one_line(call.note, 300)))
    own = room.take(joined(parts))
    return folded(call_title(call), own + (EMPTY if call.trace is None else run_html(call.trace, room, limit)))


def run_html(trace: Trace, room: HtmlAllowance, limit: int = TEXT_LIMIT) -> Markup:
    """A sub-run: what it found, then its iterations as rows."""
    found = labelled("Answer", pre(readable(trace.value), max(limit // 4, 200))) if trace.value is not None else EMPTY
    if trace.status != "answered":
        found += dim(f"{trace.status}: {one_line(trace.reason, 300)}")
    parts = [room.take(found)]
    for turn in trace.iterations[:_TURNS]:
        if room.left > 0:
            parts.append(iteration_html(turn, room, limit=max(limit // 2, 400)))
        else:
            parts.append(room.take(dim(iteration_title(turn))))
    if len(trace.iterations) > _TURNS:
        parts.append(dim(f"and {count(len(trace.iterations) - _TURNS, 'more iteration')}"))
    return markup('<div style="{}">{}</div>', BOX, joined(parts))
