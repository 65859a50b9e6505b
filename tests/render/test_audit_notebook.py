"""The demo notebook of an audit: executed anew, and its committed trace replayed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from rlm_kernel import demo
from rlm_kernel.cli import main
from rlm_kernel.render.audit_notebook import audit_notebook
from rlm_kernel.trace import Iteration, Trace

FOLDER = Path(__file__).resolve().parents[2] / "demo-notebooks"
NAME = "03-an-audit"


def said(notebook: Any) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def check(notebook: Any) -> None:
    text = said(notebook)
    # Found by its grounding, at its evidence; mended; both of them reproduced.
    assert "  11500025  computed    \n  10920480  ungrounded  \n       5.3  ungrounded  \n" in text
    assert "148  Sales of all regions, last year: $10,902,480" in text
    assert "  11500025  computed    \n  10902480  document    [148]\n       5.5  computed    \n" in text
    for words in ("calls of a model: 0\n", "document changed\ntrace altered\n"):
        assert words in text
    assert "10920480 reproduced\n10902480 reproduced\n" in text


def test_it_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FOLDER / f"{NAME}.rlm-recording.jsonl", tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(FOLDER / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, coalesce_streams=True, resources=resources).execute()
    check(notebook)
    assert (tmp_path / "audit.ipynb").is_file()


def test_it_opens_with_its_outputs_and_they_are_reproduced(capsys: Any) -> None:
    notebook = nbformat.read(FOLDER / f"{NAME}.ipynb", as_version=4)
    nbformat.validate(notebook)
    check(notebook)
    assert main(["replay", str(FOLDER / f"{NAME}.ipynb"), "--document", str(demo.path()), "-q"]) == 0
    assert capsys.readouterr().out == "reproduced\n"


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u2028", "\x0c", "\x1b]0;"])
def test_code_that_does_not_read_as_it_runs_is_shown_as_it_runs(hidden: str) -> None:
    turns = [Iteration(index=at, code=code, executed=True) for at, code in ((1, "x = 1"), (2, f"y = '{hidden}'"))]
    cells = audit_notebook(Trace(question="?", iterations=turns))["cells"]
    (before, _), (above, code) = (
        (cells[at], cells[at + 1]) for at, cell in enumerate(cells) if "## Iter" in cell["source"]
    )
    assert "cannot be seen" not in before["source"]
    assert "**The code below has characters that cannot be seen.**" in above["source"]
    assert hidden not in above["source"]
    assert code["source"] == f"%%iteration 2\ny = '{hidden}'"
