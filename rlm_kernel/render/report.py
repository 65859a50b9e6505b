"""Reports of a run, whole, as markdown and as HTML: question, answer, grounding with the lines themselves, code,
ledger, isolation and hashes. One outline, written in two ways."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..document import Document
from ..trace import Grounding, Iteration, Trace
from .audit_pass import Audit, rows_of
from .escape import (
    block,
    clean,
    code_block,
    code_span,
    elide,
    fenced,
    one_line,
    readable,
    table_cell,
    without_surrogates,
)
from .labels import grounding_name, grounding_place, grounding_words, with_place
from .static_view import view_script
from .view_model import view_model

_LONG = 200_000
_LINE = 300
_LINES = 5
_MOST_STEPS = 500
_MOST_LINES = 2_000
_NO_LINE = "there is no such line"
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'\">"
)
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1b1b1b}"
    "pre{background:#f4f4f4;padding:8px;overflow:auto;white-space:pre-wrap}td,th{border:1px solid #bbb;padding:3px 8px;"
    # Words break where a cell would else be too wide, and not for a narrower column.
    "text-align:left;vertical-align:top;overflow-wrap:break-word}table{border-collapse:collapse}"
    "main{overflow-x:auto;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#e4e4e4}pre{background:#222}}"
    ".wrong{border-left:5px solid #d33682;padding:2px 10px}"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a report: a title (of `level`), a warning, a text, code, words, or a table (its head first)."""

    kind: Literal["title", "warning", "text", "code", "table", "words"]
    text: str = ""
    level: int = 2
    rows: tuple[tuple[str, ...], ...] = ()


def markdown_report(trace: Trace, document: Document | None = None, audit: Audit | None = None) -> str:
    """The report as markdown. With the `document`, the lines that the grounding names stand in it; with the `audit`,
    what an auditor has checked, noted and signed."""
    return "\n\n".join(_markdown(part) for part in _parts(trace, document, audit)) + "\n"


def html_report(trace: Trace, document: Document | None = None, audit: Audit | None = None) -> str:
    """The same as one HTML page, which loads nothing. The view of the run stands above, as in a notebook; where no
    script runs, the report is all there is."""
    body = "\n".join(_html(part) for part in _parts(trace, document, audit))
    title = html.escape(one_line(trace.question, 100))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{_POLICY}<title>{title}</title>'
    head += f"<style>{_STYLE}</style>"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>\n{_view(trace, document, audit)}'
        f"<main>\n{body}\n</main></body></html>\n"
    )


def _view(trace: Trace, document: Document | None, audit: Audit | None) -> str:
    if not (script := view_script()):
        return ""
    model = view_model(trace, whole=True)
    model["view"] = model.get("view", {}) | {"lines": _named_lines(trace, document)}
    if audit is not None:
        model["view"]["audit"] = without_surrogates(audit.model_dump(mode="json", by_alias=True))
    # In a script element only `<` could end it.
    data = json.dumps(model, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<div id="rlm-run"></div><script type="application/json" id="rlm-model">{data}</script>'
        f'<script type="module">{script}</script>\n'
    )


def _named_lines(trace: Trace, document: Document | None) -> list[list[str]]:
    """The lines of the documents that the grounding names, as pairs of `name:line` and text."""
    rows = [row for item in trace.grounding for row in item.rows()]
    places = [(row.source or "", number) for row in rows if row.verdict == "document" for number in row.lines]
    for row in rows:
        for span in row.derivation.spans if row.derivation is not None else []:
            last = min(span.end_line, span.start_line + _LINES)
            places += [(span.source, number) for number in range(span.start_line, last + 1)]
    found = []
    for source, number in dict.fromkeys(places[:_MOST_LINES]):
        text = document.text_named(source) if document is not None and source else None
        line = text.line(number) if text is not None else None
        if line is not None:
            found.append([f"{source}:{number}", without_surrogates(line[:_LINE])])
    return found


def _parts(trace: Trace, document: Document | None, audit: Audit | None) -> Iterator[_Part]:
    yield _Part("title", "Report of a run", level=1)
    yield _Part("title", "Question")
    yield _Part("text", trace.question)
    yield _Part("title", "Answer")
    for notice in trace.notices:
        yield _Part("warning", notice)
    if trace.best_guess:
        yield _Part("warning", f"Best guess, not an answer: {trace.reason}")
    elif trace.status != "answered":
        yield _Part("warning", f"{trace.status}: {trace.reason or 'no answer'}")
    if trace.value is not None or trace.status == "answered":
        yield _Part("text", readable(trace.value))
    yield from _grounding(trace, document)
    if audit is not None:
        yield from _audited(audit, trace)
    for turn in trace.iterations:
        yield from _iteration(turn)
    yield from _ledger(trace)
    yield _Part("title", "Isolation, documents, hashes")
    yield _Part("words", f"isolation: {trace.isolation_text}")
    if trace.coverage is not None:
        yield _Part("words", f"lines: {trace.coverage.text}")
    rows = [(info.name, f"{info.chars:,}", f"{info.lines:,}", info.sha256) for info in trace.documents]
    yield _Part("table", rows=(("document", "characters", "lines", "SHA-256"), *rows))
    unchanged = {True: "yes", False: "NO", None: "unknown"}[trace.unchanged]
    facts = [("model", trace.model), ("sub-model", trace.sub_model or "the same"), ("started", trace.started)]
    facts += [("seconds", f"{trace.seconds:g}"), ("documents unchanged at the end", unchanged)]
    if trace.determinism is not None:
        chance = trace.determinism
        facts += [("seed", str(chance.seed)), ("clock", chance.clock), ("hash seed", str(chance.hash_seed))]
    facts += [(f"version of {name}", version) for name, version in trace.versions.items()]
    if trace.parent is not None:
        facts.append(("forked from", f"{trace.parent.digest}, iteration {trace.parent.iteration}"))
    facts.append(("SHA-256 of the trace", trace.digest or "none"))
    yield _Part("table", rows=(("", ""), *facts))


def _grounding(trace: Trace, document: Document | None) -> Iterator[_Part]:
    if trace.grounding:
        yield _Part("title", "Where the answer comes from")
        items = [row for item in trace.grounding for row in item.rows()]
        found = [
            (grounding_name(row), grounding_words(row), grounding_place(row), _lines(row, document)) for row in items
        ]
        yield _Part("table", rows=(("value", "verdict", "where", "the lines"), *found))
        yield from _derivations(items)
    if trace.evidence:
        yield _Part("title", "Lines that the model named")
        rows = [
            (
                row.source,
                with_place(str(row.line), row.place),
                _NO_LINE if row.text is None else row.text,
            )
            for row in trace.evidence
        ]
        yield _Part("table", rows=(("document", "line", "text"), *rows))


def _line_words(text: str | None) -> str:
    return _NO_LINE if text is None else text or "an empty line"


def _audited(audit: Audit, trace: Trace) -> Iterator[_Part]:
    yield _Part("title", "Auditor's pass")
    yield _Part("words", one_line(audit.text_for(trace), 600))
    if audit.signed_by:
        yield _Part("words", "The name was typed: it is no digital signature.")
    if audit.note:
        yield _Part("text", audit.note)
    recorded = {(row.source, row.line): row.text for row in trace.evidence}
    of_this_answer = rows_of(trace)
    rows = []
    for row in audit.rows:
        if row.kind == "evidence":
            name, before = f"{row.source}, line {row.line}", recorded.get((row.source, row.line or 0))
        else:
            name, before = f"{row.path}: {row.item}" if row.path else row.item, None
        name += "" if row.name in of_this_answer else " (no row of this answer)"
        changed = f"recorded: {_line_words(before)} | now: {_line_words(row.now)}" if row.changed else ""
        rows.append((name, "checked" if row.checked else "not checked", row.note, changed))
    if rows:
        yield _Part("table", rows=(("row", "checked", "note", "changed since"), *rows))


def _derivations(rows: list[Grounding]) -> Iterator[_Part]:
    """The lines of code that the computed values went through."""
    steps = [
        (grounding_name(row), f"iteration {step.iteration}, line {step.line}", step.code)
        for row in rows
        if row.verdict in ("computed", "typed") and row.derivation is not None
        for step in row.derivation.steps
    ]
    if steps:
        yield _Part("title", "How it was computed", level=3)
        yield _Part("table", rows=(("value", "where", "code"), *steps[:_MOST_STEPS]))


def _lines(item: Grounding, document: Document | None) -> str:
    text = document.text_named(item.source) if document is not None and item.source else None
    if text is None or item.verdict != "document":
        return ""
    return " | ".join((text.line(number) or "")[:_LINE] for number in item.lines[:_LINES])


def _iteration(turn: Iteration) -> Iterator[_Part]:
    yield _Part("title", f"Iteration {turn.index}")
    said = turn.reply[:20_000].split("```", 1)[0].strip()
    if said:
        yield _Part("text", said)
    if turn.code is not None:
        yield _Part("code", turn.code)
    for repair in turn.repairs:
        yield _Part(
            "words", f"repaired ({repair.kind}): {one_line(repair.before, 200)} -> {one_line(repair.after, 200)}"
        )
    if turn.output:
        yield _Part("text", turn.output)
    if turn.error is not None:
        yield _Part("warning", f"{turn.error.type}: {turn.error.message}")


def _ledger(trace: Trace) -> Iterator[_Part]:
    yield _Part("title", "Ledger")
    head = ("run", "iteration", "kind", "model or tool", "prompt", "tokens in", "tokens out", "cost", "error")
    rows = [
        (
            str(row["run"]),
            str(row["iteration"]),
            row["kind"],
            row["model"] or row["name"],
            one_line(row["prompt"], 200),
            f"{row['prompt_tokens']:,}",
            f"{row['completion_tokens']:,}",
            "" if row["cost"] is None else f"{row['cost']:.6f}",
            row["error"] or "",
        )
        for row in trace.calls
    ]
    yield _Part("table", rows=(head, *rows))
    usage, about = trace.usage, "about " if trace.usage.estimated else ""
    cost = "unknown" if usage.cost is None else f"{usage.cost:.6f}"
    tokens = f"{about}{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"
    yield _Part("words", f"in all: {usage.calls:,} model calls, {tokens}, cost {cost}")


def _markdown(part: _Part) -> str:
    if part.kind == "title":
        return f"{'#' * part.level} {part.text}"
    if part.kind == "table":
        head, *rows = part.rows
        lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        return "\n".join(lines + [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows])
    if part.kind in ("text", "code"):
        return fenced(elide(part.text, _LONG), "python" if part.kind == "code" else "")
    return f"> **{code_span(part.text)}**" if part.kind == "warning" else code_span(part.text)


def _cell(text: str) -> str:
    return table_cell(elide(text, 1_000)) if text else ""


def _html(part: _Part) -> str:
    if part.kind == "title":
        return f"<h{part.level}>{html.escape(part.text)}</h{part.level}>"
    if part.kind == "table":
        head, *rows = part.rows
        top = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in head)
        lines = ["<tr>" + "".join(f"<td>{block(elide(text, 1_000))}</td>" for text in row) + "</tr>" for row in rows]
        return f"<table><tr>{top}</tr>{''.join(lines)}</table>"
    if part.kind == "code":
        return f"<pre>{code_block(elide(part.text, _LONG))}</pre>"
    if part.kind == "text":
        return f"<pre>{block(elide(part.text, _LONG))}</pre>"
    kind = ' class="wrong"' if part.kind == "warning" else ""
    return f"<p{kind}>{html.escape(clean(elide(part.text, 4_000)))}</p>"
