"""Notebooks with traces, for the tests of the labextension."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from rlm_kernel import Trace
from rlm_kernel.trace import MIME_TYPE, Call, Grounding, Usage

FIXTURE = Path(__file__).resolve().parents[2] / "labextension" / "tests" / "trace.json"


def trace() -> Trace:
    """The trace that the labextension's own tests read, with a figure of the answer that is in the document."""
    made = Trace.from_json(FIXTURE.read_text())
    made.grounding.append(Grounding(item="1,000", verdict="document", source="report.txt", lines=[12]))
    return made


def everything(run: Trace) -> list[Any]:
    """The iterations of a run and of its sub-runs."""
    found = list(run.iterations)
    for turn in run.iterations:
        for call in turn.calls:
            found += everything(call.trace) if call.trace else []
    return found


def report() -> str:
    """The document of that trace."""
    lines = [f"Note {number}: nothing of interest happened." for number in range(1, 201)]
    for number, (region, amount) in {12: ("north", 1000), 87: ("south", 2500), 190: ("south", 500)}.items():
        lines[number - 1] = f"SALES {region}: ${amount:,}"
    return "\n".join(lines) + "\n"


def write(path: Path, *bundles: dict[str, Any], before: list[Any] | None = None) -> None:
    """A notebook with one cell for each output."""
    cells = [
        nbformat.v4.new_code_cell(
            "%%rlm report.txt -o total\nWhat is the total of all sales figures?",
            outputs=[nbformat.v4.new_output("display_data", data=bundle)],
            execution_count=number,
        )
        for number, bundle in enumerate(bundles, 1)
    ]
    nb = nbformat.v4.new_notebook(cells=[*(before or []), *cells])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, path)


def large_trace(turns: int, calls: int) -> dict[str, Any]:
    """A bundle whose trace has `turns * calls` calls, as a program may have saved it."""
    whole = trace()
    usage = Usage(calls=1, prompt_tokens=10, completion_tokens=1, seconds=0.5)
    third = whole.iterations[2]
    made = []
    for turn in range(turns):
        asked = [
            Call(
                id=turn * calls + number + 1,
                kind="llm_query_batched",
                model="scripted-small",
                prompt=f"Is line {turn * calls + number} about sales?",
                response="yes",
                usage=usage,
                started=turn + number * 0.4 / calls,
                seconds=0.5,
            )
            for number in range(calls)
        ]
        made.append(
            third.model_copy(update={"index": turn + 1, "calls": asked, "started": float(turn), "seconds": 1.0})
        )
    data = whole.model_copy(update={"iterations": made}).to_dict()
    return {MIME_TYPE: data, "text/plain": "a large trace"}


def no_errors_of_ours(notebook: Any) -> None:
    """Nothing that the console of the browser says is about the extension."""
    assert [error for error in notebook.errors if "rlm" in error.lower()] == []


def selected(notebook: Any) -> str:
    """The text of the row that is selected."""
    rows = notebook.page.locator(".jp-RlmRow.jp-mod-selected")
    assert rows.count() == 1
    return str(rows.inner_text())
