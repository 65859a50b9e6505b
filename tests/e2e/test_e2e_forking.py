"""The button that puts a cell below an answer which forks its run: the cell's text, and that it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import accessibility
from saved import no_errors_of_ours, trace, write
from scripted_server import ScriptedServer

from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.render.side_by_side import SideBySide
from rlm_kernel.trace import MIME_TYPE, Parent

pytestmark = pytest.mark.browser

LOOK = """```python
rows = grep("^SALES")
for row in rows:
    print(row.line_num, row.line)
```"""
CODE = r'''title = """the "sum"
of all"""
print(title, "\\ what?")
FINAL(sum(to_number(row.line.split(":")[1]) for row in rows), evidence=[row.line_num for row in rows])'''
REPLIES = [LOOK, f"```python\n{CODE}\n```"]
REPORT = "'SALES north: $1,000\\nSALES south: $2,500\\n'"
FORKED = "(2, r'''\n" + CODE + "\n''')"
# The source of the active cell and its number, whether it was run, and whether its editor has the focus.
ACTIVE = """() => {
    const { activeCell, activeCellIndex } = window.jupyterapp.shell.currentWidget.content;
    const { model, editor } = activeCell;
    return [activeCellIndex, model.sharedModel.getSource(), model.executionCount, editor.hasFocus()];
}"""
FOCUSED = "() => window.jupyterapp.shell.currentWidget.content.activeCell.editor?.hasFocus()"


def fork(notebook: Any, index: int) -> list[Any]:
    """Press the button of the selected row in an output with the keyboard; the cell that it has made."""
    button = notebook.output(index).get_by_role("button", name="Fork from here")
    button.focus()
    notebook.page.keyboard.press("Enter")
    notebook.page.wait_for_function(FOCUSED)
    return list(notebook.page.evaluate(ACTIVE))


def result(saved: Any, index: int) -> Any:
    """The trace that the output of a saved cell has."""
    (found,) = [each["data"][MIME_TYPE] for each in saved["cells"][index]["outputs"] if MIME_TYPE in each["data"]]
    return found


def check_the_fork(notebook: Any, server: ScriptedServer, index: int) -> None:
    """Run the cell, and look at what has come of it."""
    asked = len(server.requests)
    notebook.run(index)
    notebook.output(index).locator(".jp-RlmCard-value").get_by_text("3500").wait_for()
    notebook.screenshot(f"fork-{notebook.path.stem}")
    saved = notebook.save()
    before, after = result(saved, index - 1), result(saved, index)
    assert after["parent"] == {"digest": before["digest"], "iteration": 2}
    assert [turn["code"].strip() for turn in after["iterations"]] == [LOOK[10:-4], CODE]
    assert after["value"] == before["value"] == 3500
    assert len(server.requests) == asked
    no_errors_of_ours(notebook)


@pytest.mark.nightly
def test_the_button_puts_a_cell_below_that_forks_the_run(
    open_extended: Callable[..., Any], scripted_server: Callable[..., ScriptedServer]
) -> None:
    server = scripted_server(REPLIES)
    setup = (
        "import os\nos.environ['OPENAI_API_KEY'] = 'not-a-key'\n%load_ext rlm_kernel\n"
        f"%rlm model scripted --base-url {server.base_url}\nreport = {REPORT}"
    )
    notebook = open_extended("forks.ipynb", [setup, "%%rlm report -o total\nWhat is the total?", "'last'"])
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(1)
    output.locator(".jp-RlmRow").get_by_text("Iteration 2").click()
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    notebook.screenshot("fork-button")
    assert fork(notebook, 1) == [2, f"total.fork{FORKED}", None, True]
    cells = [cell["source"] for cell in notebook.save()["cells"]]
    assert ["".join(source)[:5] for source in cells] == ["impor", "%%rlm", "total", "'last"]
    notebook.screenshot("fork-cell")
    check_the_fork(notebook, server, 2)


@pytest.mark.nightly
def test_the_cell_is_one_of_python_in_the_rlm_kernel(
    open_extended: Callable[..., Any],
    extended_lab: tuple[str, Path],
    scripted_server: Callable[..., ScriptedServer],
) -> None:
    server = scripted_server(REPLIES)
    setup = (
        "%%py\nimport os\nos.environ['OPENAI_API_KEY'] = 'not-a-key'\n"
        f"get_ipython().run_line_magic('model', 'scripted --base-url {server.base_url}')\ncontext = {REPORT}"
    )
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in (setup, "What is the total?")])
    nb.metadata["kernelspec"] = {"name": "rlm", "display_name": "RLM", "language": "rlm"}
    nb.metadata["language_info"] = {"name": "rlm", "mimetype": "text/x-rlm"}
    nbformat.write(nb, extended_lab[1] / "kernel-forks.ipynb")
    notebook = open_extended("kernel-forks.ipynb", None)
    notebook.run(0)
    notebook.run(1)
    notebook.output(1).locator(".jp-RlmRow").get_by_text("Iteration 2").click()
    assert fork(notebook, 1) == [2, f"%%py\nOut[2].fork{FORKED}", None, True]
    check_the_fork(notebook, server, 2)


def test_only_rows_of_the_root_run_with_code_have_the_button(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    write(extended_lab[1] / "rows.ipynb", mimebundle(trace()))
    notebook = open_extended("rows.ipynb", None, kernel=False)
    page, output = notebook.page, notebook.output(0)
    button = output.get_by_role("button", name="Fork from here")
    output.locator(".jp-RlmRow").get_by_text("Iteration 3").click()
    button.wait_for()
    # Into the sub-run: its iterations have code, which no fork of this run can begin with.
    output.locator(".jp-RlmSteps-list").focus()
    for key in ("Enter", "j", "j", "j", "j", "j", "Enter", "j"):
        page.keyboard.press(key)
    output.get_by_role("button", name="Copy code").wait_for()
    assert "Sub-run of row 3.5" in output.locator(".jp-RlmTimeline").inner_text()
    assert button.count() == 0

    output.locator(".jp-RlmCard-value").click(button="right")
    page.get_by_role("menuitem", name="Show trace").click()
    tab = page.locator(".jp-MainAreaWidget .jp-RlmTrace.jp-mod-full")
    tab.get_by_role("button", name="Copy code").wait_for()
    assert tab.get_by_role("button", name="Fork from here").count() == 0
    no_errors_of_ours(notebook)


def test_a_notebook_that_is_only_read_has_no_button(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    write(extended_lab[1] / "only-read.ipynb", mimebundle(trace()))
    notebook = open_extended("written.ipynb", ["1"], kernel=False)

    def protect(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=json.dumps(response.json() | {"writable": False}))

    notebook.page.route("**/api/contents/only-read.ipynb?*", protect)
    notebook.page.evaluate(
        "() => window.jupyterapp.commands.execute('docmanager:open', {path: 'only-read.ipynb', factory: 'Notebook'})"
        ".then(() => {})"
    )
    notebook.page.get_by_role("button", name="Copy code").wait_for()
    assert notebook.page.get_by_role("button", name="Fork from here").count() == 0


@pytest.mark.nightly
def test_notebook_7_has_the_button_in_the_notebook_and_not_below_it(
    open_notebook7: Callable[[str], Any], extended_notebook7: tuple[str, Path]
) -> None:
    write(extended_notebook7[1] / "seven-forks.ipynb", mimebundle(trace()))
    notebook = open_notebook7("seven-forks.ipynb")
    page, output = notebook.page, notebook.output(0)
    output.locator(".jp-RlmCard-value").click(button="right")
    page.get_by_role("menuitem", name="Show trace").click()
    below = page.locator(".jp-RlmTrace.jp-mod-full")
    below.get_by_role("button", name="Copy code").wait_for()
    assert below.get_by_role("button", name="Fork from here").count() == 0
    code = trace().iterations[0].code
    assert fork(notebook, 0) == [1, f'total.fork(1, """\n{code}\n""")', None, True]
    notebook.screenshot("fork-notebook7")


@pytest.mark.nightly
@pytest.mark.parametrize("dark", [False, True])
def test_a_fork_stands_beside_its_parent(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path], dark: bool
) -> None:
    parent = trace()
    turns = [turn.model_copy() for turn in parent.iterations]
    turns[3].code = f"{turns[3].code}\n# <b>changed</b>"
    made = {"iterations": turns, "value": 4001, "digest": "f" * 64, "model": "another"}
    fork_of_it = parent.model_copy(update=made | {"parent": Parent(digest=parent.digest, iteration=4)})
    alone = fork_of_it.model_copy(update={"parent": Parent(digest="0" * 64, iteration=4)})
    path = extended_lab[1] / f"beside-{dark}.ipynb"
    write(path, mimebundle(parent), mimebundle(fork_of_it), mimebundle(alone))
    notebook = open_extended(path.name, None, kernel=False, dark=dark)
    button = notebook.output(1).get_by_role("tab", name="Compare with parent")
    button.click()
    view = notebook.output(1).locator(".jp-RlmCompare")
    text = view.inner_text()
    assert "The values differ." in text
    rows = {row.split("\t")[0]: row.split("\t")[1:] for row in view.locator("tbody tr").all_inner_texts()}
    assert rows["value"] == ["4000", "4001"]
    assert rows["model"] == ["scripted", "another"]
    assert rows["iterations"] == ["4", "4"]
    # The names of the rows are those of `answer.compare(other)`, so that a reader finds them again.
    assert list(rows)[:8] == [name for name, _, _ in SideBySide(parent, fork_of_it).facts()]
    assert "+ # <b>changed</b>" in view.locator("pre").inner_text()
    assert view.locator("details").count() == 1
    assert view.locator("pre b").count() == 0
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    notebook.picture(f"beside-{'dark' if dark else 'light'}", notebook.output(1))
    for index in (0, 2):
        notebook.output(index).get_by_role("button", name="Copy code").wait_for()
        assert not notebook.output(index).get_by_text("Compare with parent").is_visible()
    no_errors_of_ours(notebook)
