"""Traces and notebooks that version 0.1.0 has written: they are read, shown and reproduced.

`files-0.1.0` holds what 0.1.0 itself wrote: traces of several shapes (by `Trace.to_json`), an exported audit notebook,
and two of its saved demo notebooks. They are never written again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from scripted_server import ScriptedServer

import rlm_kernel
from rlm_kernel import RLM, Answer, Trace, demo
from rlm_kernel.cli import main
from rlm_kernel.replay import replay
from rlm_kernel.replay.trace_files import read

FOLDER = Path(__file__).parent / "files-0.1.0"
REPORT = (FOLDER / "report.txt").read_text()
TRACES = {
    "sum": 13,
    "sub-calls": {"chair": "Ada Byron", "sum": 13, "ghost": 77},
    "error-and-chance": len(REPORT),
    "exhausted": 13,
    "mapping": ["sales: $5", "sales: $8"],
    "failed": None,
}
NOTEBOOKS = {"01-scattered-sales.ipynb": 1, "02-a-conversation.ipynb": 2}


def trace_of(name: str) -> Trace:
    trace = Trace.from_json((FOLDER / f"{name}.json").read_text())
    assert trace.versions["rlm-kernel"] == "0.1.0"
    return trace


def context_of(name: str) -> str | dict[str, str]:
    return {"a.txt": REPORT, "b.txt": (FOLDER / "other.txt").read_text()} if name == "mapping" else REPORT


def test_every_trace_is_tried() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TRACES)


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_is_reproduced(name: str) -> None:
    trace = trace_of(name)
    done = replay(trace, context_of(name), deep=True)
    assert (trace.value, done.verdict) == (TRACES[name], "reproduced"), f"{done.text}\n{done.diff}"


@pytest.mark.parametrize("name", ["sum", "mapping"])
def test_another_line_of_evidence_is_not_reproduced(name: str) -> None:
    trace = trace_of(name)
    first = trace.evidence[0].model_copy(update={"line": 1})
    altered = trace.model_copy(update={"evidence": [first, *trace.evidence[1:]]})
    altered = Trace.model_validate_json(altered.to_json())
    assert replay(altered, context_of(name)).verdict != "reproduced"


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_is_shown(name: str) -> None:
    answer = Answer(trace_of(name))
    assert answer.trace.question in answer.to_markdown()
    assert "<html" in answer.to_html()
    assert set(answer._repr_mimebundle_()) >= {"text/html", "text/plain", "text/markdown"}
    assert json.loads(json.dumps(answer.to_dict()))["value"] == TRACES[name]
    again = Trace.from_json(answer.trace.to_json())
    assert (again.value, len(again.iterations)) == (answer.value, len(answer.trace.iterations))


def test_it_is_forked(scripted_server: Callable[..., ScriptedServer]) -> None:
    rlm = RLM("m", scripted_server([]).base_url)
    answer = rlm.fork(trace_of("sum"), 2, REPORT, code="FINAL(total, evidence=[2])")
    assert (answer.value, [row.line for row in answer.trace.evidence]) == (13, [2])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_saved_notebook_is_reproduced(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    nbformat.validate(nbformat.read(FOLDER / name, as_version=4))
    assert len(list(read(FOLDER / name))) == NOTEBOOKS[name]
    assert main(["replay", str(FOLDER / name), "--document", str(demo.path()), "-q"]) == 0
    assert capsys.readouterr().out.count("reproduced") >= NOTEBOOKS[name]


def test_an_exported_audit_notebook_runs_and_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "rlm").symlink_to(Path(rlm_kernel.__file__).parent / "notebook" / "kernelspec")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(shutil.copy(FOLDER / "audit.ipynb", tmp_path), as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", []))
