"""The labextension in a real JupyterLab: a saved trace read without any kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import accessibility
from jupyter_client.kernelspec import KernelSpecManager
from saved import everything, no_errors_of_ours, report, selected, trace, write
from scripted_server import ScriptedServer

from rlm_kernel import Trace
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.trace import MIME_TYPE

pytestmark = pytest.mark.browser

LOOK = """Look first.
```python
rows = grep("^SALES")
for row in rows:
    print(row.line_num, row.line)
```"""
FINISH = """```python
FINAL(sum(to_number(row.line.split(":")[1]) for row in rows), evidence=[row.line_num for row in rows])
```"""
# How many colours the text of an element has.
COLOURS = "node => new Set([...node.querySelectorAll('span'), node].map(each => getComputedStyle(each).color)).size"


@pytest.mark.nightly
def test_lab_starts_with_the_extension(open_extended: Callable[..., Any]) -> None:
    notebook = open_extended("empty.ipynb", ["1 + 1"], kernel=False)
    for plugin in ("rlm-kernel:renderer", "rlm-kernel:prose"):
        assert notebook.page.evaluate("id => window.jupyterapp.isPluginActivated(id)", plugin)
    container = notebook.page.evaluate(
        "async () => { const get = await window._JUPYTERLAB['rlm-kernel'].get('./extension'); const module = get();"
        " return [Object.hasOwn(module, '__esModule'), module.__esModule, module.default.length]; }"
    )
    assert container == [True, True, 2]
    no_errors_of_ours(notebook)


@pytest.mark.nightly
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_saved_trace_is_an_interactive_view_without_a_kernel(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path], dark: bool
) -> None:
    write(extended_lab[1] / "saved.ipynb", mimebundle(trace()))
    notebook = open_extended("saved.ipynb", None, kernel=False, dark=dark)
    output, page, name = notebook.output(0), notebook.page, "dark" if dark else "light"
    assert "".join(output.locator(".jp-RlmCard-value").inner_text().split()) == "=4000"
    assert "<b>I think</b>" in output.locator(".jp-RlmDetails").inner_text()
    assert output.locator("b:text-is('I think'), script").count() == 0
    assert output.locator(".jp-RenderedHTML").count() == 0
    background = output.locator(".jp-RlmVirtual").first.evaluate("node => getComputedStyle(node).backgroundColor")
    assert (max(map(int, background[4:-1].split(","))) < 100) is dark
    notebook.screenshot(f"view-{name}")

    walk_with_the_keyboard(notebook)
    notebook.screenshot(f"view-keyboard-{name}")
    search(notebook)
    notebook.screenshot(f"view-search-{name}")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    output.get_by_role("button", name="Copy code").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied in {turn.code for turn in everything(trace())}

    output.get_by_role("tab", name="Ledger").click()
    rows = output.locator(".jp-RlmLedger tr").all_inner_texts()
    spent = trace().usage
    figures = ["10", "0", f"{spent.prompt_tokens:,}", "0", f"{spent.completion_tokens:,}", "–"]
    assert rows[-1].split()[:7] == ["Total", *figures]
    assert any("Sum of scripted-small" in row for row in rows)
    notebook.screenshot(f"view-ledger-{name}")
    output.get_by_role("tab", name="Documents").click()
    assert trace().documents[0].sha256 in output.locator(".jp-RlmDocuments").inner_text()
    with page.expect_download() as download:
        output.get_by_role("button", name="Download trace").click()
    assert Trace.from_json(Path(download.value.path()).read_bytes()) == trace()
    assert not notebook.has_kernel
    no_errors_of_ours(notebook)


def walk_with_the_keyboard(notebook: Any) -> None:
    output, page = notebook.output(0), notebook.page
    output.locator(".jp-RlmSteps-list").focus()
    assert "Iteration 1" in selected(notebook)
    for key in "jjj":
        page.keyboard.press(key)
    assert "Iteration 4" in selected(notebook)
    page.keyboard.press("k")
    assert "Iteration 3" in selected(notebook)
    assert "llm_query_batched([" in output.locator(".jp-RlmDetails").inner_text()
    page.keyboard.press("Enter")
    assert output.locator(".jp-RlmRow").count() == 9
    for key in "jjjjj":
        page.keyboard.press(key)
    assert "sub-run" in selected(notebook)
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    assert "Sub-run of row 3.5" in output.locator(".jp-RlmTimeline").inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert output.locator(".jp-RlmRow").count() == 4
    # None of these keys was one of the notebook's: no cell was added or run, and the mode is the same.
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1
    assert page.locator(".jp-Notebook.jp-mod-commandMode").count() == 1


def search(notebook: Any) -> None:
    output, page = notebook.output(0), notebook.page
    page.keyboard.press("/")
    page.keyboard.type("FINAL(")
    page.keyboard.press("Enter")
    output.get_by_text("1 of 3").wait_for()
    page.keyboard.press("Enter")
    output.get_by_text("2 of 3").wait_for()
    assert "sum(to_number" in output.locator(".jp-RlmDetails").inner_text()
    assert output.locator(".jp-RlmDetails mark").first.inner_text() == "FINAL("
    assert output.locator(".jp-RlmRow-found").count() == 3
    page.keyboard.press("Escape")
    assert output.locator("mark").count() == 0


@pytest.mark.nightly
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_view_and_the_inspector_are_accessible(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path], dark: bool
) -> None:
    folder = extended_lab[1] / f"accessible-{dark}"
    folder.mkdir()
    (folder / "report.txt").write_text(report())
    write(folder / "accessible.ipynb", mimebundle(trace()))
    notebook = open_extended(f"{folder.name}/accessible.ipynb", None, kernel=False, dark=dark)
    output = notebook.output(0)
    output.locator(".jp-RlmSteps-list").focus()
    for key in ("j", "j", "Enter", "k"):
        notebook.page.keyboard.press(key)
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    for tab in ("Ledger", "Documents"):
        output.get_by_role("tab", name=tab).click()
        assert accessibility(notebook.page, ".jp-RlmTrace") == []
    output.locator(".jp-RlmCard").get_by_role("button", name="report.txt, line 87").click()
    notebook.page.locator("[data-hash=same]").wait_for()
    assert accessibility(notebook.page, "#rlm-inspector") == []


def test_a_trace_that_cannot_be_shown_gets_one_sentence(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    future = {MIME_TYPE: trace().to_dict() | {"schema": "rlm.trace/2"}, "text/plain": "the <i>answer</i> is 4000"}
    broken = {MIME_TYPE: {"schema": "rlm.trace/1", "iterations": [3, {"calls": "x"}]}, "text/plain": "x"}
    write(extended_lab[1] / "odd.ipynb", future, {MIME_TYPE: [1, 2], "text/plain": "no trace"}, broken)
    notebook = open_extended("odd.ipynb", None, kernel=False)
    notebook.output(0).get_by_text("This trace has the schema “rlm.trace/2”").wait_for()
    assert "the <i>answer</i> is 4000" in notebook.output(0).inner_text()
    notebook.output(1).get_by_text("This output is no trace that can be shown").wait_for()
    notebook.output(2).locator(".jp-RlmRow").get_by_text("Iteration").first.wait_for()
    no_errors_of_ours(notebook)


@pytest.mark.nightly
def test_links_and_the_menu_lead_to_the_trace(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    link = nbformat.v4.new_markdown_cell("See [the third step](#rlm-iteration-3).")
    write(extended_lab[1] / "linked.ipynb", mimebundle(trace()), before=[link])
    notebook = open_extended("linked.ipynb", None, kernel=False, fragment="#rlm-iteration-2")
    page, output = notebook.page, notebook.output(1)
    output.locator(".jp-RlmRow.jp-mod-selected").get_by_text("Iteration 2").wait_for()
    page.get_by_role("link", name="the third step").click()
    output.locator(".jp-RlmRow.jp-mod-selected").get_by_text("Iteration 3").wait_for()

    output.locator(".jp-RlmCard-value").click(button="right")
    page.get_by_role("menuitem", name="Show trace").click()
    tab = page.locator(".jp-MainAreaWidget .jp-RlmTrace.jp-mod-full")
    tab.locator(".jp-RlmCard-value").wait_for()
    notebook.screenshot("tab")
    no_errors_of_ours(notebook)


def test_the_launcher_has_a_tile_for_the_kernel(open_extended: Callable[..., Any]) -> None:
    if "rlm" not in KernelSpecManager().find_kernel_specs():
        pytest.skip("the kernel `rlm` is not installed in this environment: pip install . installs it")
    notebook = open_extended("launched.ipynb", ["1"], kernel=False)
    notebook.command("launcher:create")
    tile = notebook.page.locator(".jp-LauncherCard[data-category=Notebook][title*=RLM]")
    image = tile.locator("img:visible")
    image.wait_for()
    assert "kernelspecs/rlm/logo-svg.svg" in image.get_attribute("src")
    notebook.page.wait_for_function("() => document.querySelector('.jp-LauncherCard img[alt=RLM]').naturalWidth > 0")
    notebook.screenshot("launcher")


def test_questions_are_prose_and_other_cells_are_python(open_extended: Callable[..., Any]) -> None:
    question = "%%rlm report.txt -o total\nWhat is for you the total, if not None?"
    notebook = open_extended(
        "prose.ipynb", [question, "for x in None: pass\n'%%rlm'", "%%time\nx = None"], kernel=False
    )
    first, second, third = (notebook.page.locator(".jp-Notebook .jp-Cell .cm-content").nth(at) for at in range(3))
    assert first.locator(".jp-RlmOptionLine").inner_text() == "%%rlm report.txt -o total"
    prose = first.locator(".jp-RlmProseLine")
    assert prose.inner_text() == "What is for you the total, if not None?"
    second.locator("span").get_by_text("for", exact=True).wait_for()
    assert prose.evaluate(COLOURS) == 1
    assert second.locator(".cm-line").first.evaluate(COLOURS) > 1
    for other in (second, third):
        assert other.locator(".jp-RlmProseLine, .jp-RlmOptionLine").count() == 0

    notebook.screenshot("prose")
    prose.click()
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.type(" It's (this:")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.type("next")
    assert first.inner_text().splitlines()[-2:] == ["What is for you the total, if not None? It's (this:", "next"]


def test_cells_of_the_rlm_kernel_are_prose_but_for_its_code(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    cells = ["What is the total, if not None?", "%context report.txt\nWhat is it for?", "%%code\nfor x in None: pass"]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nb.metadata["kernelspec"] = {"name": "rlm", "display_name": "RLM", "language": "rlm"}
    nb.metadata["language_info"] = {"name": "rlm", "mimetype": "text/x-rlm"}
    nbformat.write(nb, extended_lab[1] / "kernel.ipynb")
    notebook = open_extended("kernel.ipynb", None, kernel=False)
    first, second, third = (notebook.page.locator(".jp-Notebook .jp-Cell .cm-content").nth(at) for at in range(3))
    third.locator("span").get_by_text("for", exact=True).wait_for()
    assert first.locator(".jp-RlmProseLine").evaluate(COLOURS) == 1
    assert second.locator(".jp-RlmOptionLine").inner_text() == "%context report.txt"
    assert second.locator(".jp-RlmProseLine").inner_text() == "What is it for?"
    assert third.locator(".jp-RlmProseLine, .jp-RlmOptionLine").count() == 0
    assert third.locator(".cm-line").nth(1).evaluate(COLOURS) > 1
    notebook.screenshot("kernel-prose")


@pytest.mark.nightly
def test_a_run_that_was_watched_ends_as_an_interactive_view(
    open_extended: Callable[..., Any],
    scripted_server: Callable[..., ScriptedServer],
) -> None:
    server = scripted_server([LOOK, FINISH])
    setup = (
        "import os\nos.environ['OPENAI_API_KEY'] = 'not-a-key'\n%load_ext rlm_kernel\n"
        f"%rlm model scripted --base-url {server.base_url}\nreport = 'SALES north: $1,000\\nSALES south: $2,500\\n'"
    )
    notebook = open_extended("watched.ipynb", [setup, "%%rlm report -o total\nWhat is the total of all sales?"])
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(1)
    # The widget of the live run gives way to the view of its trace.
    output.locator(".jp-RlmCard-value").wait_for()
    output.locator(".jupyter-widgets").first.wait_for(state="detached")
    assert output.locator(".jp-RenderedHTML").all_inner_texts() == ["The answer is above."]
    assert "".join(output.locator(".jp-RlmCard-value").inner_text().split()) == "=3500"
    assert output.locator(".jp-RlmRow").count() == 2
    output.locator(".jp-RlmCard").get_by_role("button", name="line 2").click()
    panel = notebook.page.locator("#rlm-inspector")
    panel.locator("[data-hash=unknown]").wait_for()
    assert "SALES south: $2,500" in panel.locator(".jp-mod-chosen").inner_text()
    notebook.screenshot("watched")
    assert notebook.save()["cells"][1]["outputs"][0]["data"][MIME_TYPE]["value"] == 3500
