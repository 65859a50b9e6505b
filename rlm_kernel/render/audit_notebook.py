"""A notebook whose cells are a run's iterations: the model's words as prose, its code, the recorded output.

It runs without any model: the trace is in it. The last cell fails where anything comes otherwise than recorded.
"""

from __future__ import annotations

import json
from typing import Any

from ..document import Document
from ..trace import Iteration, Trace
from .escape import clean, code_span, elide, fenced, pretty
from .sanitize import clean_code

_EMBEDDED = 1 << 20
_PROSE = 8_000
_OUTPUT = 100_000
_HIDDEN = {"jupyter": {"source_hidden": True}, "tags": ["rlm-trace"]}
_KERNELS = {
    "rlm": {"display_name": "RLM", "language": "rlm", "name": "rlm"},
    "python3": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
}


def audit_notebook(trace: Trace, document: Document | None = None, *, kernel: str = "rlm") -> dict[str, Any]:
    """The notebook as JSON data (nbformat 4.5). `kernel`: `rlm` or `python3`.

    A document that came from files is read from there again. One from memory is put into the notebook where `document`
    is given and has at most 1 MB; else whoever runs the notebook names it in the cell `%%recorded`.
    """
    cells = [_markdown(_opening(trace)), _code("%load_ext rlm_kernel.notebook.replaying")]
    embedded = _embedded(trace, document)
    if embedded is not None:
        source = f"report = {embedded}"
        cells.append(_code(f"%%py\n{source}" if kernel == "rlm" else source))
    begin = "%%recorded" + (" report" if embedded is not None else "")
    cells.append(_code(f"{begin}\n{trace.to_json()}", metadata=_HIDDEN))
    for turn in trace.iterations:
        cells += _iteration(turn)
    check = f"replayed.check()\nassert replayed.value == {_literal(trace.value)}, replayed.value"
    cells.append(_markdown("## The answer\n\nThe cell below fails where anything came otherwise than it was recorded."))
    cells.append(_code(f"%%py\n{check}" if kernel == "rlm" else check))
    for number, cell in enumerate(cells):
        cell["id"] = f"rlm-{number}"
    return {
        "cells": cells,
        "metadata": {"kernelspec": _KERNELS[kernel], "rlm": {"digest": trace.digest}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _opening(trace: Trace) -> str:
    value = fenced(elide(pretty(trace.value), _PROSE)) if trace.value is not None else "no answer"
    parts = [
        "# Audit of an answer",
        f"Question: {code_span(elide(trace.question, 2_000))}",
        value,
        "Each cell runs the code of one iteration again, in a sandbox, on the recorded replies: no model is asked.",
    ]
    parts += [
        f"Document {code_span(info.name)}: SHA-256 `{_hexadecimal(info.sha256)}`" for info in trace.documents[:50]
    ]
    parts.append(f"Trace: SHA-256 `{_hexadecimal(trace.digest)}`")
    return "\n\n".join(parts)


def _hexadecimal(text: str) -> str:
    return "".join(letter for letter in text if letter in "0123456789abcdef") or "none"


def _iteration(turn: Iteration) -> list[dict[str, Any]]:
    said = "\n\n".join(
        part for part in (turn.reasoning.strip(), turn.reply[:20_000].split("```", 1)[0].strip()) if part
    )
    heading = f"## Iteration {turn.index}"
    cells = [_markdown(heading + (f"\n\n{fenced(elide(said, _PROSE))}" if said else ""))]
    if turn.code is None or not turn.executed:
        why = f" ({turn.error.type}: {turn.error.message})" if turn.error is not None else ""
        cells[0]["source"] += "\n\nNo code ran." + (f" {code_span(why.strip())}" if why else "")
        return cells
    if clean_code(turn.code) != turn.code:
        # The cell below must run the code as it was, and an editor shows it as it likes.
        seen = fenced(turn.code, "python")
        cells[0]["source"] += f"\n\n**The code below has characters that cannot be seen.** It reads:\n\n{seen}"
    told = turn.output if turn.error is None else f"{turn.output}{turn.error.type}: {turn.error.message}\n"
    outputs = [{"output_type": "stream", "name": "stdout", "text": clean(elide(told, _OUTPUT))}] if told else []
    return [*cells, _code(f"%%iteration {turn.index}\n{turn.code}", outputs=outputs)]


def _embedded(trace: Trace, document: Document | None) -> str | None:
    """The document as a Python literal, where it is not in files and is small enough."""
    if document is None or any(info.size > _EMBEDDED for info in trace.documents) or len(trace.documents) > 100:
        return None
    memory = ("text", "variable", "table", "json", "json-lines", "table-rows", "")
    if not all(info.source in memory for info in trace.documents) or document.fingerprint != trace.fingerprint:
        return None
    if len(document.texts) == 1 and document.shape != "mapping":
        return repr(document.texts[0].text)
    return repr({text.name: text.text for text in document.texts})


def _literal(value: Any) -> str:
    return repr(json.loads(json.dumps(value)))


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str, *, outputs: Any = (), metadata: Any = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": dict(metadata or {}),
        "outputs": list(outputs),
        "source": source,
    }
