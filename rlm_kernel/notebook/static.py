"""A trace at rest: the MIME bundle that a notebook keeps, readable without a kernel and without this package.

It computes nothing that the trace does not hold, and imports neither IPython nor ipywidgets. The HTML has inline
styles only (a `<style>` element is stripped from untrusted notebooks) and colours that suit light and dark themes.
Sizes are bounded: each text is shown by its head and tail, later parts of a very long run by one line each.
"""

from __future__ import annotations

from typing import Any

from ..trace import MIME_TYPE, Call, Grounding, Iteration, Trace, Usage
from . import plain
from .text import block, elide, inline, one_line, pretty, without_surrogates

TEXT_LIMIT = 4_000
CODE_LIMIT = 8_000
HTML_LIMIT = 110_000
JSON_LIMIT = 120_000
_ROW_LIMIT = 60_000
_ROWS_IN_ONE_LINE = 200

_LINE = "1px solid rgba(128, 128, 128, 0.4)"
_BOX = f"border-left: {_LINE}; border-left-width: 2px; padding: 2px 0 2px 12px; margin: 4px 0 4px 4px"
_PRE = (
    "white-space: pre-wrap; word-break: break-word; overflow: auto; max-height: 320px; margin: 4px 0; "
    f"padding: 6px 8px; border: {_LINE}; border-radius: 3px; background-color: rgba(128, 128, 128, 0.1); "
    "font-family: monospace; font-size: 12px; line-height: 1.4; color: inherit"
)
_DIM = "opacity: 0.75; font-size: 12px"
_NOTE = "border: 1px solid #b58900; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0"
_WRONG = "border: 1px solid #d33682; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0"
_SUMMARY = "cursor: pointer; padding: 2px 0"

STATUS_WORDS = {
    "running": "running",
    "answered": "answered",
    "exhausted": "a limit was reached",
    "stopped": "stopped",
    "failed": "failed",
}


def mimebundle(trace: Trace) -> dict[str, Any]:
    """The trace as JSON, HTML, markdown and plain text, by MIME type; together about 300 kB at most."""
    return {
        MIME_TYPE: bounded_json(trace),
        "text/html": to_html(trace),
        "text/markdown": plain.to_markdown(trace),
        "text/plain": plain.to_text(trace),
    }


def bounded_json(trace: Trace, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """`trace.to_dict()` of about `limit` characters at most: texts elided with their size, code as long as it fits."""
    size = 0
    for bound in (20_000, TEXT_LIMIT, 1_000, 200):
        data = _shortened(trace, bound).to_dict()
        size = _size(data)
        if size <= limit:
            return dict(without_surrogates(data))
    turns = trace.iterations
    keep = min(max(int(len(turns) * limit / size * 0.9), 2), len(turns))
    cut = trace.model_copy(update={"iterations": turns[: (keep + 1) // 2] + turns[len(turns) - keep // 2 :]})
    short = _shortened(cut, 200, code=TEXT_LIMIT)
    short.notices = list(trace.notices)
    if keep < len(turns):
        short.notices.append(f"{len(turns) - keep:,} iterations are left out of this copy of the trace")
    if _size(trace.value) > limit // 2:
        short.value = elide(pretty(trace.value), TEXT_LIMIT)
        short.notices.append("the value is elided in this copy of the trace")
    return dict(without_surrogates(short.to_dict()))


def _size(data: Any) -> int:
    if isinstance(data, str):
        return len(data) + 3
    if isinstance(data, dict):
        return sum(_size(key) + _size(item) + 2 for key, item in data.items())
    if isinstance(data, list):
        return sum(_size(item) + 2 for item in data)
    return 8


def _shortened(trace: Trace, bound: int, *, code: int | None = None) -> Trace:
    turns = []
    for turn in trace.iterations:
        calls = [
            call.model_copy(
                update={
                    "prompt": elide(call.prompt, bound),
                    "response": None if call.response is None else elide(call.response, bound),
                    "trace": None if call.trace is None else _shortened(call.trace, bound, code=code),
                }
            )
            for call in turn.calls
        ]
        texts = {name: elide(getattr(turn, name), bound) for name in ("reply", "reasoning", "output")}
        if code is not None and turn.code is not None:
            texts["code"] = elide(turn.code, code)
        turns.append(turn.model_copy(update={"calls": calls, **texts}))
    return trace.model_copy(update={"iterations": turns, "question": elide(trace.question, bound)})


def to_html(trace: Trace) -> str:
    """The whole answer card: notices, value, status, evidence, then the iterations and documents folded."""
    parts = [_header(trace), _evidence(trace), _iterations(trace), _documents(trace)]
    # Jupyter's MathJax honours the class; `inline` also keeps `$` from being read as a formula elsewhere.
    return f'<div class="mathjax_ignore tex2jax_ignore" style="line-height: 1.5">{"".join(parts)}</div>'


def _header(trace: Trace) -> str:
    value = pretty(trace.value)
    large = "font-size: 20px; font-weight: bold" if len(value) <= 60 else "font-size: 15px"
    parts = [
        f'<div style="{_NOTE}"><b>Note:</b> {inline(notice)}</div>' for notice in map(one_line_long, trace.notices)
    ]
    if trace.best_guess:
        parts.append(f'<div style="{_WRONG}"><b>Best guess, not an answer:</b> {inline(trace.reason[:600])}</div>')
    elif trace.status not in ("answered", "running"):
        words = STATUS_WORDS[trace.status].capitalize()
        parts.append(f'<div style="{_WRONG}"><b>{words}:</b> {inline(trace.reason[:600]) or "no answer"}</div>')
    if trace.value is not None or trace.status == "answered":
        shown = elide(value, TEXT_LIMIT)
        parts.append(
            f'<div style="{large}; white-space: pre-wrap; word-break: break-word; margin: 4px 0">{inline(shown)}</div>'
        )
    parts.append(f'<div style="{_DIM}">{inline(elide(trace.question.strip(), 1_000))}</div>')
    parts.append(f'<div style="{_DIM}">{" · ".join(inline(fact) for fact in facts(trace))}</div>')
    return "".join(parts)


def one_line_long(text: str) -> str:
    """A notice on one line, long enough to be read whole."""
    return one_line(text, 600)


def facts(trace: Trace) -> list[str]:
    """Status, size, cost, model and isolation of a run, each a few words."""
    count = len(trace.iterations)
    found = [STATUS_WORDS[trace.status], f"{count} iteration{'' if count == 1 else 's'}"]
    found += [f"{trace.seconds:.1f} s", usage_text(trace.usage)]
    found.append(f"model {one_line(trace.model, 80)}" if trace.model else "")
    found.append(f"sub-model {one_line(trace.sub_model, 80)}" if trace.sub_model else "")
    found.append(f"isolation: {one_line(trace.isolation_text, 200)}")
    return [fact for fact in found if fact]


def usage_text(usage: Usage) -> str:
    """Calls, tokens and cost in a few words; estimates are marked by `about`."""
    about = "about " if usage.estimated else ""
    text = f"{usage.calls} call{'' if usage.calls == 1 else 's'}, "
    text += f"{about}{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"
    return text if usage.cost is None else f"{text}, cost {usage.cost:.4f}"


def _evidence(trace: Trace) -> str:
    rows = []
    for item in trace.evidence[:50]:
        place = f"{inline(one_line(item.source, 80))}, line {item.line}"
        if item.text is None:
            rows.append(f"<li>{place}: <b>line not found</b></li>")
        else:
            rows.append(f"<li>{place}: <code>{block(one_line(item.text, 300))}</code></li>")
    rows += [_grounding_row(item) for item in trace.grounding[:50]]
    more = max(len(trace.evidence) - 50, 0) + max(len(trace.grounding) - 50, 0)
    rows += [f"<li>and {more:,} more</li>"] if more else []
    if not rows:
        return ""
    return f'<div style="margin: 6px 0"><b>Evidence</b><ul style="margin: 2px 0">{"".join(rows)}</ul></div>'


def _grounding_row(item: Grounding) -> str:
    return f"<li><code>{block(one_line(item.item, 120))}</code>: {inline(grounding_text(item))}</li>"


def grounding_text(item: Grounding) -> str:
    """Where an item of the answer comes from, in words."""
    if item.verdict == "document":
        lines = ", ".join(str(line) for line in item.lines[:8]) + (" …" if len(item.lines) > 8 else "")
        return f"in the document {one_line(item.source or '', 80)} at line {lines}"
    if item.verdict == "computed":
        return f"computed in iteration {item.iteration}"
    return "said by a sub-model" if item.verdict == "sub-model" else "NOT FOUND anywhere"


def _iterations(trace: Trace) -> str:
    rows: list[str] = []
    room = HTML_LIMIT
    # The last iterations lead to the answer, so they have the first claim on the room.
    for number, turn in enumerate(reversed(trace.iterations)):
        if room > 0:
            row = iteration_html(turn)
            rows.append(row if len(row) <= _ROW_LIMIT else iteration_html(turn, limit=1_000, nested=True))
            room -= len(rows[-1])
        elif number < _ROWS_IN_ONE_LINE:
            rows.append(f'<div style="{_DIM}">{inline(iteration_title(turn))}</div>')
        else:
            left = len(trace.iterations) - number
            rows.append(f'<div style="{_DIM}">{left:,} earlier iterations are not shown</div>')
            break
    if not rows:
        return ""
    count = len(trace.iterations)
    title = f"{count} iteration{'' if count == 1 else 's'}"
    return (
        f'<details style="margin: 4px 0"><summary style="{_SUMMARY}"><b>{title}</b></summary>'
        f'<div style="{_BOX}">{"".join(reversed(rows))}</div></details>'
    )


def iteration_title(turn: Iteration) -> str:
    """One line: the number, how it went, and the first words of what was said."""
    words = [f"Iteration {turn.index}"]
    if turn.error:
        words.append(f"error: {one_line(turn.error.type, 40)}")
    if turn.lost_state:
        words.append("sandbox restarted")
    if turn.calls:
        words.append(f"{len(turn.calls)} sub-call{'' if len(turn.calls) == 1 else 's'}")
    if turn.repairs:
        words.append(f"{len(turn.repairs)} repair{'' if len(turn.repairs) == 1 else 's'}")
    if turn.seconds:
        words.append(f"{turn.seconds:.1f} s")
    said = one_line(_prose(turn.reply) or next(iter((turn.code or "").strip().splitlines()), ""), 90)
    return " · ".join(words) + (f" · {said}" if said else "")


def _prose(reply: str) -> str:
    return reply[:20_000].split("```", 1)[0].strip()


def iteration_html(
    turn: Iteration, *, opened: bool = False, extra: str = "", limit: int = TEXT_LIMIT, nested: bool = False
) -> str:
    """One collapsible row. `extra`: HTML of ours, put at the end (what is still under way).

    `nested`: a row inside a row, which shows less code and names its sub-calls without unfolding them.
    """
    parts = []
    if turn.reasoning:
        parts.append(_folded("Reasoning", _pre(turn.reasoning, limit)))
    if prose := _prose(turn.reply) if turn.code is not None else turn.reply.strip():
        parts.append(f'<div style="white-space: pre-wrap; word-break: break-word">{inline(elide(prose, limit))}</div>')
    if turn.code is not None:
        parts.append(_labelled("Code", _pre(turn.code, limit * 2 if nested else CODE_LIMIT)))
    for repair in turn.repairs[:20]:
        before, after = elide(repair.before, 600), elide(repair.after, 600)
        parts.append(_folded(f"Repaired: {one_line(repair.kind, 80)}", _pre(f"- {before}\n+ {after}", 1_500)))
    if turn.output:
        parts.append(_labelled("Output", _pre(turn.output, limit, true_size=turn.output_chars)))
    if turn.error:
        line = f" (line {turn.error.line})" if turn.error.line else ""
        message = inline(elide(f"{turn.error.type}: {turn.error.message}", 1_000))
        parts.append(f'<div style="{_WRONG}; white-space: pre-wrap"><b>Error{line}:</b> {message}</div>')
    parts += [f'<div style="{_DIM}">Told the model: {inline(one_line_long(note))}</div>' for note in turn.notes[:20]]
    parts += [_call_title_html(call) if nested else _call_html(call) for call in turn.calls[:20]]
    if len(turn.calls) > 20:
        parts.append(f'<div style="{_DIM}">and {len(turn.calls) - 20:,} more sub-calls</div>')
    parts += _state(turn)
    return (
        f'<details{" open" if opened else ""}><summary style="{_SUMMARY}">{inline(iteration_title(turn))}</summary>'
        f'<div style="{_BOX}">{"".join(parts)}{extra}</div></details>'
    )


def _state(turn: Iteration) -> list[str]:
    changes = [f"{name}: {what}" for name, what in (turn.variables.added | turn.variables.changed).items()]
    spans = [f"{span.source} {span.start_line}-{span.end_line}" for span in turn.spans]
    return [
        f'<div style="{_DIM}">{label}: {inline(one_line("; ".join(items[:30]), 400))}</div>'
        for label, items in (("Variables", changes), ("Lines looked at", spans))
        if items
    ]


def _call_title(call: Call) -> str:
    title = f"{call.kind} · {one_line(call.model, 60)} · {call.seconds:.1f} s · {one_line(call.prompt, 90)}"
    return title + (f" · error: {one_line(call.error, 120)}" if call.error else "")


def _call_title_html(call: Call) -> str:
    return f'<div style="{_DIM}">{inline(_call_title(call))}</div>'


def _call_html(call: Call) -> str:
    body = _labelled("Prompt", _pre(call.prompt, 800))
    if call.response is not None:
        body += _labelled("Reply", _pre(call.response, 800))
    if call.trace is not None:
        inner = "".join(iteration_html(turn, limit=800, nested=True) for turn in call.trace.iterations[:10])
        body += _labelled(f"Run ({STATUS_WORDS[call.trace.status]})", f'<div style="{_BOX}">{inner}</div>')
    return _folded(_call_title(call), body)


def _documents(trace: Trace) -> str:
    rows = [
        f"<li>{inline(one_line(item.name, 120))} ({inline(one_line(item.source, 160))}): {item.chars:,} characters, "
        f"{item.lines:,} lines, SHA-256 <code>{block(one_line(item.sha256, 64))}</code></li>"
        for item in trace.documents[:50]
    ]
    if len(trace.documents) > 50:
        rows.append(f"<li>and {len(trace.documents) - 50:,} more</li>")
    if not rows:
        return ""
    count = len(trace.documents)
    title = f"{count} document{'' if count == 1 else 's'}"
    return _folded(title, f'<ul style="margin: 2px 0; word-break: break-word">{"".join(rows)}</ul>')


def _pre(text: str, limit: int, *, true_size: int | None = None) -> str:
    return f'<pre style="{_PRE}">{block(elide(text, limit, true_size=true_size))}</pre>'


def _labelled(label: str, body: str) -> str:
    return f'<div><span style="{_DIM}">{inline(label)}</span>{body}</div>'


def _folded(label: str, body: str) -> str:
    return f'<details><summary style="{_SUMMARY}; {_DIM}">{inline(label)}</summary>{body}</details>'
