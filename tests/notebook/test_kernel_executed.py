"""Notebooks of the RLM kernel, executed as nbclient and papermill do it, and converted."""

from __future__ import annotations

import importlib.metadata
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conversing import TIMEOUT, environment, specs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from scripted_server import ScriptedServer

from rlm_kernel.trace import MIME_TYPE

ADD = "```python\nFINAL(sum(to_number(hit.line) for hit in grep('sales')))\n```"
Serve = Callable[..., ScriptedServer]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a report, in which our kernel is found as `rlm`."""
    specs(tmp_path)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.txt").write_text("sales: 5\nsales: 8\n")
    return tmp_path


def notebook(*cells: str) -> Any:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "rlm", "display_name": "RLM", "language": "rlm"}
    return made


def test_nbclient_keeps_the_card_and_no_widget(here: Path, scripted_server: Serve) -> None:
    model = f"%model scripted --base-url {scripted_server([ADD]).base_url} --api-key-env TEST_KEY"
    nb = notebook(model, "%context report.txt\nWhat is the total?", "%%code\nlen(context)")
    NotebookClient(nb, timeout=TIMEOUT, resources={"metadata": {"path": str(here)}}).execute()
    nbformat.validate(nb)
    shown = [output for output in nb.cells[1].outputs if MIME_TYPE in output.get("data", {})]
    assert [output.data[MIME_TYPE]["value"] for output in shown] == [13]
    assert nb.cells[2].outputs[0].text == "18\n"
    assert "widgets" not in nb.metadata
    assert nb.metadata.language_info["name"] == "rlm"


def test_a_failing_cell_fails_the_notebook(here: Path) -> None:
    nb = notebook("What is the total?")
    with pytest.raises(CellExecutionError, match="nothing to ask about"):
        NotebookClient(nb, timeout=TIMEOUT, resources={"metadata": {"path": str(here)}}).execute()


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_papermill_sets_parameters(here: Path, scripted_server: Serve) -> None:
    import papermill

    # As papermill loads it where this package is installed.
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    (engine,) = project["entry-points"]["papermill.engine"].items()
    importlib.metadata.EntryPoint(*engine, "papermill.engine").load()
    server = scripted_server([ADD])
    nb = notebook(
        "source = 'nothing.txt'\nscale = 1",
        f"%model scripted --base-url {server.base_url} --api-key-env TEST_KEY",
        "%context {source}\nWhat is the total?",
        "%%py\nimport math\n[scale, math.isnan(missing), _.value * scale]",
    )
    nb.cells[0].metadata["tags"] = ["parameters"]
    nb.metadata["language_info"] = {"name": "rlm"}
    nbformat.write(nb, here / "in.ipynb")
    parameters = {"source": "report.txt", "scale": 2.5, "missing": float("nan"), "names": ["a", {"b": None}]}
    papermill.execute_notebook("in.ipynb", "out.ipynb", parameters=parameters, progress_bar=False)
    done = nbformat.read(here / "out.ipynb", as_version=4)
    assert done.cells[1].metadata.tags == ["injected-parameters"]
    assert done.cells[4].outputs[-1].data["text/plain"] == "[2.5, True, 32.5]"


def test_a_notebook_is_converted(here: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    nb = notebook("What is the <b>total</b>?")
    nb.metadata["language_info"] = {"name": "rlm", "file_extension": ".txt", "pygments_lexer": "text"}
    html, _ = nbconvert.HTMLExporter().from_notebook_node(nb)
    assert "What is the &lt;b&gt;total&lt;/b&gt;?" in html
    script, resources = nbconvert.exporters.get_exporter("script")().from_notebook_node(nb)
    assert "What is the <b>total</b>?" in script
    assert resources["output_extension"] == ".txt"
