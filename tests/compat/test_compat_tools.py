"""Tools around notebooks, as PyPI has them: jupytext, nbdime, nbval and marimo, each in an environment of its own.

docs/compatibility.md says what holds, and names the tests here.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import REPOSITORY
from nbclient import NotebookClient

pytestmark = [pytest.mark.compat, pytest.mark.timeout(600)]
Environment = Callable[..., Path]

PAGE = REPOSITORY / "docs" / "compatibility.md"
SEARCH = '```python\nrows = grep("sales")\nprint(rows)\n```'
FINISH = '```python\nFINAL(sum(to_number(row.line.split(":")[1]) for row in rows), evidence=rows)\n```'


def block(language: str, containing: str) -> str:
    """The code block of the page that holds these words: what is tried is what the page says."""
    blocks = PAGE.read_text().split(f"```{language}\n")[1:]
    (found,) = [text.split("\n```")[0] + "\n" for text in blocks if containing in text.split("\n```")[0]]
    return found


def said(python: Path, *command: str, at: Path, code: int = 0) -> str:
    """What a program of that environment prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RLM_", "OPENAI_"))}
    environment |= {"PATH": f"{python.parent}:{os.environ['PATH']}", "IPYTHONDIR": str(at), "NO_COLOR": "1"}
    done = subprocess.run([python, *command], cwd=at, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def version(python: Path, package: str, at: Path) -> str:
    """Its version in that environment, printed, so that a report of the tests names it."""
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    found = said(python, "-c", code, at=at).strip()
    print(package, found, "with rlm-kernel", importlib.metadata.version("rlm-kernel"))
    return found


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A notebook with an answer, executed and saved: `executed("a.ipynb")`."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    recording = [{"schema": "rlm.recording/1"}, {"text": SEARCH}, {"text": FINISH}]
    (tmp_path / "model.jsonl").write_text("".join(json.dumps(line) + "\n" for line in recording))

    def execute(name: str, first: int = 5) -> Path:
        cells = [
            "%load_ext rlm_kernel\n%rlm model recorded:model.jsonl",
            f"report = 'sales: {first}\\nsales: 8\\n'",
            "%%rlm report -o total\nWhat is the total?",
            "total.value",
        ]
        numbered = [nbformat.v4.new_code_cell(cell, id=f"cell-{number}") for number, cell in enumerate(cells)]
        notebook = nbformat.v4.new_notebook(cells=numbered)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
        assert notebook.cells[-1].outputs[0].data["text/plain"] == str(first + 8)
        nbformat.write(notebook, tmp_path / name)
        return tmp_path / name

    return execute


ROUND_TRIP = """
import json, sys
import jupytext, nbformat
notebook, form, language = nbformat.read(sys.argv[1], as_version=4), sys.argv[2], sys.argv[3]
if language:
    notebook.metadata["jupytext"] = {"main_language": language}
text = jupytext.writes(notebook, fmt=form)
again = jupytext.reads(text, fmt=form)
cells = [[(cell.cell_type, cell.source) for cell in each.cells] for each in (notebook, again)]
print(json.dumps({"cells": cells[0] == cells[1], "kernel": again.metadata.kernelspec.name,
                  "text": jupytext.writes(again, fmt=form) == text}))
"""


@pytest.mark.parametrize(
    ("name", "form", "language"),
    [
        ("01-scattered-sales", "md", ""),
        ("01-scattered-sales", "Rmd", ""),
        ("02-a-conversation", "md", "python"),
        ("02-a-conversation", "Rmd", "python"),
        ("02-a-conversation", "md:myst", ""),
        ("02-a-conversation", "py:percent", ""),
    ],
)
def test_jupytext_makes_a_round_trip(
    environment: Environment, tmp_path: Path, name: str, form: str, language: str
) -> None:
    python = environment("jupytext", needs=True)
    version(python, "jupytext", tmp_path)
    notebook = str(REPOSITORY / "demo-notebooks" / f"{name}.ipynb")
    result = json.loads(said(python, "-c", ROUND_TRIP, notebook, form, language, at=tmp_path))
    assert result == {"cells": True, "kernel": "rlm" if name.startswith("02") else "python3", "text": True}


def test_nbdiff_shows_no_difference_of_two_runs_but_one_of_what_was_asked(
    environment: Environment, executed: Callable[..., Path], tmp_path: Path
) -> None:
    python = environment("nbdime", needs=True)
    version(python, "nbdime", tmp_path)
    nbdiff = str(python.parent / "nbdiff")
    first, second, other = executed("a.ipynb"), executed("b.ipynb"), executed("c.ipynb", first=6)
    assert "application/vnd.rlm.trace" in said(python, nbdiff, first.name, second.name, at=tmp_path)
    (tmp_path / "nbdime_config.json").write_text(block("json", '"/cells/*/outputs"'))
    assert said(python, nbdiff, first.name, second.name, at=tmp_path) == ""
    assert "sales: 6" in said(python, nbdiff, first.name, other.name, at=tmp_path)


def test_nbval_is_strict_with_the_sanitiser(
    environment: Environment, executed: Callable[..., Path], tmp_path: Path
) -> None:
    python = environment("nbval", needs=True)
    version(python, "nbval", tmp_path)
    notebook = executed("a.ipynb")
    (tmp_path / "sanitize.cfg").write_text(block("ini", "regex:"))
    (tmp_path / "conftest.py").write_text(block("python", "skip_compare"))
    run = ["-m", "pytest", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "--nbval", notebook.name]
    assert "4 passed" in said(python, *run, "--nbval-sanitize-with", "sanitize.cfg", at=tmp_path)
    saved = nbformat.read(notebook, as_version=4)
    saved.cells[2].outputs[-1].data["text/plain"] = saved.cells[2].outputs[-1].data["text/plain"].replace("13", "14")
    nbformat.write(saved, notebook)
    assert "1 failed" in said(python, *run, "--nbval-sanitize-with", "sanitize.cfg", at=tmp_path, code=1)


MARIMO = """
import sys
import marimo
from marimo._output.formatting import as_html
from rlm_kernel import RLM
answer = RLM("recorded:model.jsonl").completion("What is the total?", "sales: 5\\nsales: 8\\n")
for shown in (as_html(answer), marimo.vstack([answer, marimo.md("below")]), marimo.hstack([answer])):
    print("CONTAINER", "rlm" in shown.text and ">13<" in shown.text, "mime-renderer" in shown.text)
"""


def test_marimo_shows_an_answer_in_containers(
    environment: Environment, executed: Callable[..., Path], tmp_path: Path
) -> None:
    python = environment("marimo", needs=True)
    version(python, "marimo", tmp_path)
    executed("a.ipynb")  # for its recording
    lines = [line for line in said(python, "-c", MARIMO, at=tmp_path).splitlines() if line.startswith("CONTAINER")]
    assert lines == ["CONTAINER True False"] * 3


def test_inspect_reads_the_logs_that_are_written_for_it(environment: Environment, tmp_path: Path) -> None:
    python = environment("inspect_ai", needs=True)
    version(python, "inspect_ai", tmp_path)
    tests = REPOSITORY / "tests" / "render" / "test_inspect_log.py"
    told = said(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests), at=tmp_path)
    assert " passed" in told
    assert " skipped" not in told
