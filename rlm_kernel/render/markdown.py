"""A trace as markdown and as plain text: what a terminal, a diff or a converter shows of an answer."""

from __future__ import annotations

from ..trace import Call, Iteration, Trace
from .escape import clean, code_span, elide, fenced, one_line, readable
from .labels import (
    STATUS_WORDS,
    call_came,
    call_title,
    grounding_name,
    grounding_rows,
    grounding_sum,
    grounding_text,
    is_doubtful,
    iteration_title,
)

_MARKDOWN_LIMIT = 40_000
_EACH = 1_200
_WHOLE = 200_000
_CALLS = 20
_TURNS = 10


def to_text(trace: Trace, *, whole: bool = False) -> str:
    """The value and what must be said beside it, a few lines; `whole`: all of the value, and where all of it comes
    from."""
    lines = [f"NOTE: {one_line(notice, 600)}" for notice in trace.notices]
    if trace.best_guess:
        lines.append(f"BEST GUESS, not an answer: {one_line(trace.reason, 600)}")
    elif trace.status not in ("answered", "running"):
        words = STATUS_WORDS[trace.status].upper()
        lines.append(f"{words}: {one_line(trace.reason, 600) or 'no answer'}")
    if trace.value is not None or trace.status == "answered":
        lines.append(clean(elide(readable(trace.value), _WHOLE if whole else 4_000)))
    if trace.grounding:
        lines.append(f"grounding: {grounding_sum(trace.grounding)}")
        rows = [row for row, _ in grounding_rows(trace.grounding) if whole or is_doubtful(row)]
        most = 50 if whole else 10
        lines += [f"  {grounding_name(row)}: {grounding_text(row)}" for row in rows[:most]]
        lines += [f"  and {len(rows) - most:,} more"] if len(rows) > most else []
    lines.append(f"({_facts(trace)})")
    return "\n".join(lines)


def _facts(trace: Trace) -> str:
    count = len(trace.iterations)
    facts = [trace.status, f"{count} iteration{'' if count == 1 else 's'}", f"{trace.seconds:.1f} s"]
    facts += [one_line(trace.model, 80)] if trace.model else []
    return " · ".join([*facts, f"isolation: {one_line(trace.isolation_text, 200)}"])


def to_markdown(trace: Trace) -> str:
    """The answer and its iterations; text of models and documents stands in code spans and fenced blocks only."""
    parts = [f"> **Note:** {code_span(notice)}" for notice in trace.notices]
    if trace.best_guess:
        parts.append(f"> **Best guess, not an answer:** {code_span(trace.reason)}")
    elif trace.status not in ("answered", "running"):
        parts.append(f"> **{trace.status.capitalize()}:** {code_span(trace.reason or 'no answer')}")
    if trace.value is not None or trace.status == "answered":
        parts += ["**Answer**", fenced(elide(readable(trace.value), 4_000))]
    parts += [f"Question: {code_span(elide(trace.question, 1_000))}", code_span(_facts(trace))]
    if trace.grounding:
        rows = [
            f"{'  ' if is_part else ''}- {code_span(grounding_name(row))}: {code_span(grounding_text(row))}"
            for row, is_part in grounding_rows(trace.grounding)
        ]
        parts += ["**Grounding**", "\n".join(rows[:50] + _more(len(rows) - 50))]
    if trace.evidence:
        rows = [
            f"- {code_span(item.source)} line {item.line}"
            + (f" ({code_span(one_line(item.place, 100))}): " if item.place else ": ")
            + (code_span(one_line(item.text, 300)) if item.text is not None else "**line not found**")
            for item in trace.evidence[:50]
        ]
        parts += ["**Evidence**", "\n".join(rows + _more(len(trace.evidence) - 50))]
    if trace.coverage is not None:
        parts.append(f"Lines: {trace.coverage.text}")
    room = _MARKDOWN_LIMIT
    for turn in trace.iterations:
        text = _iteration(turn)
        room -= len(text)
        if room < 0:
            parts.append(f"{len(trace.iterations) - turn.index + 1:,} more iterations are in the trace.")
            break
        parts.append(text)
    documents = [
        f"- {code_span(item.name)}: {item.chars:,} characters, {item.lines:,} lines, SHA-256 {code_span(item.sha256)}"
        for item in trace.documents[:50]
    ]
    if documents:
        parts += ["**Documents**", "\n".join(documents)]
    return "\n\n".join(parts)


def _more(number: int) -> list[str]:
    return [f"- and {number:,} more"] if number > 0 else []


def _iteration(turn: Iteration) -> str:
    parts = [f"**Iteration {turn.index}**"]
    if turn.code is None:
        parts.append(fenced(elide(turn.reply, _EACH)))
    else:
        parts.append(fenced(elide(turn.code, _EACH * 2), "python"))
    if turn.repairs:
        kinds = ", ".join(sorted({repair.kind for repair in turn.repairs}))
        parts.append(f"Repaired before it ran: {code_span(one_line(kinds, 200))}")
    if turn.calls:
        parts.append("\n".join(_call(call) for call in turn.calls[:_CALLS]))
        if len(turn.calls) > _CALLS:
            parts.append(f"and {len(turn.calls) - _CALLS:,} more sub-calls")
    if turn.output:
        parts.append(fenced(elide(turn.output, _EACH, true_size=turn.output_chars)))
    if turn.error:
        parts.append(f"Error: {code_span(f'{turn.error.type}: {elide(turn.error.message, 500)}')}")
    return "\n\n".join(parts)


def _call(call: Call, level: int = 0) -> str:
    """A sub-call as an item of a list, the turns of a sub-run as items below it."""
    lines = [f"{'  ' * level}- {code_span(call_title(call))}: {code_span(call_came(call))}"]
    if call.trace is not None and level < 6:
        for turn in call.trace.iterations[:_TURNS]:
            lines.append(f"{'  ' * level}  - {code_span(iteration_title(turn))}")
            lines += [_call(inner, level + 2) for inner in turn.calls[:3]]
    return "\n".join(lines)
