"""The labextension in a real JupyterLab: a saved trace read without any kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rlm_kernel import Trace
from rlm_kernel.notebook.static import mimebundle
from rlm_kernel.trace import MIME_TYPE, Call, Usage

pytestmark = pytest.mark.browser

FIXTURE = Path(__file__).resolve().parents[2] / "labextension" / "tests" / "trace.json"


def trace() -> Trace:
    """The trace that the labextension's own tests read."""
    return Trace.from_json(FIXTURE.read_text())


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


@pytest.mark.parametrize("dark", [False, True])
def test_a_saved_trace_is_an_interactive_view_without_a_kernel(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path], dark: bool
) -> None:
    folder = extended_lab[1]
    (folder / "report.txt").write_text(report())
    write(folder / "saved.ipynb", mimebundle(trace()))
    notebook = open_extended("saved.ipynb", None, kernel=False, dark=dark)
    output = notebook.output(0)
    output.locator(".jp-RlmCard-value").wait_for()
    notebook.screenshot(f"lab-{dark}-1")
    output.locator(".jp-RlmCard").get_by_role("button", name="report.txt, line 87").click()
    notebook.page.locator("[data-hash=same]").wait_for()
    notebook.screenshot(f"lab-{dark}-2")
    output.locator(".jp-RlmSteps-list").focus()
    for key in "jjj":
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.press("k")
    notebook.page.keyboard.press("Enter")
    notebook.screenshot(f"lab-{dark}-3")
    notebook.page.keyboard.press("/")
    notebook.page.keyboard.type("south")
    notebook.page.keyboard.press("Enter")
    notebook.screenshot(f"lab-{dark}-4")
    output.get_by_role("tab", name="Ledger").click()
    notebook.screenshot(f"lab-{dark}-5")
    output.get_by_role("tab", name="Documents").click()
    notebook.screenshot(f"lab-{dark}-6")
    print(notebook.errors)
