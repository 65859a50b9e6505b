"""The labextension's document inspector, and large traces and documents, in a real JupyterLab and Notebook 7."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from saved import large_trace, no_errors_of_ours, report, selected, trace, write

from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.trace import MIME_TYPE

pytestmark = pytest.mark.browser


@pytest.mark.nightly
def test_the_inspector_opens_the_document_at_the_line(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    folder = extended_lab[1] / "inspected"
    folder.mkdir()
    (folder / "report.txt").write_text(report())
    write(folder / "inspected.ipynb", mimebundle(trace()))
    notebook = open_extended("inspected/inspected.ipynb", None, kernel=False)
    output, panel = notebook.output(0), notebook.page.locator("#rlm-inspector")
    card = output.locator(".jp-RlmCard")

    card.get_by_role("button", name="report.txt, line 87").click()
    panel.locator("[data-hash=same]").wait_for()
    line = panel.locator(".jp-RlmLine.jp-mod-chosen")
    assert line.get_attribute("data-line") == "87"
    assert "SALES south: $2,500" in line.inner_text()
    assert line.get_attribute("title") == "returned to code, shown to the model"
    assert line.is_visible()
    assert panel.locator(".jp-RlmLine[data-line='88']").get_attribute("title") == "never touched"
    (covered,) = trace().coverage.documents
    for kind in ("searched", "scanned", "shown", "sent"):
        drawn = panel.locator(f".jp-RlmMinimap rect.jp-mod-{kind}").count()
        assert (drawn > 0) is (getattr(covered, kind) != []), kind
    legend = panel.locator(".jp-RlmLegend").all_inner_texts()
    lanes = ["searched", "returned to code", "shown to the model", "sent to a sub-model"]
    assert legend[:4] == [f"lane {number}: {words}" for number, words in enumerate(lanes, 1)]
    notebook.screenshot("inspector")

    output.locator(".jp-RlmOutput").get_by_role("button", name="190", exact=True).click()
    panel.locator(".jp-RlmLine.jp-mod-chosen[data-line='190']").wait_for()
    card.get_by_role("button", name="12", exact=True).click()
    panel.locator(".jp-RlmLine.jp-mod-chosen[data-line='12']").wait_for()
    panel.locator(".jp-RlmMinimap").click(position={"x": 8, "y": 5})
    panel.locator(".jp-RlmLine[data-line='1']").wait_for()

    (folder / "report.txt").write_text(report().replace("south: $500", "south: $600"))
    card.get_by_role("button", name="report.txt, line 190").click()
    panel.locator("[data-hash=different]").wait_for()
    assert "has CHANGED" in panel.inner_text()
    assert "SALES south: $600" in panel.locator(".jp-RlmLine.jp-mod-chosen").inner_text()

    (folder / "report.txt").unlink()
    card.get_by_role("button", name="report.txt, line 12").click()
    panel.locator("[data-hash=unknown]").wait_for()
    assert "SALES north: $1,000" in panel.locator(".jp-RlmLine.jp-mod-chosen").inner_text()
    assert "Iteration 1 was handed lines 12 to 12 by grep" in panel.inner_text()
    notebook.screenshot("inspector-excerpts")
    no_errors_of_ours(notebook)


@pytest.mark.nightly
def test_large_traces_and_documents_exist_only_where_they_are_in_sight(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path]
) -> None:
    folder = extended_lab[1]
    lines = [f"line {number} {'of a long document ' * 3}" for number in range(1, 150_001)]
    (folder / "long.txt").write_text("\n".join(lines))
    bundle = large_trace(10, 100)
    data = bundle[MIME_TYPE]
    data["documents"][0] |= {"name": "long.txt", "source": "long.txt", "lines": len(lines)}
    data["evidence"] = [{"source": "long.txt", "line": 149_000, "text": lines[148_999]}]
    write(folder / "large.ipynb", bundle)
    assert (folder / "long.txt").stat().st_size > 10_000_000
    notebook = open_extended("large.ipynb", None, kernel=False)
    output, page = notebook.output(0), notebook.page
    output.locator(".jp-RlmCard-value").wait_for()
    assert output.locator(".jp-RlmBar.jp-mod-llm").count() == 1000
    output.locator(".jp-RlmSteps-list").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    assert "Is line 999 about sales?" in selected(notebook)
    assert output.locator(".jp-RlmRow").count() < 60
    for _ in range(200):
        page.keyboard.press("k")
    assert "Iteration 1" in selected(notebook)
    page.keyboard.press("/")
    page.keyboard.type("Is line 512 ")
    page.keyboard.press("Enter")
    output.get_by_text("1 of 1").wait_for()
    assert "Is line 512 about sales?" in selected(notebook)
    notebook.screenshot("large")

    output.locator(".jp-RlmCard").get_by_role("button", name="long.txt, line 149,000").click()
    panel = page.locator("#rlm-inspector")
    panel.locator(".jp-RlmLine.jp-mod-chosen").wait_for()
    assert "line 149000 of" in panel.locator(".jp-RlmLine.jp-mod-chosen").inner_text()
    assert panel.locator(".jp-RlmLine").count() < 150
    notebook.screenshot("large-document")
    no_errors_of_ours(notebook)


@pytest.mark.nightly
def test_notebook_7_shows_the_trace_and_the_document(
    open_notebook7: Callable[[str], Any], extended_notebook7: tuple[str, Path]
) -> None:
    folder = extended_notebook7[1] / "seven"
    folder.mkdir()
    (folder / "report.txt").write_text(report())
    write(folder / "seven.ipynb", mimebundle(trace()))
    notebook = open_notebook7("seven/seven.ipynb")
    page = notebook.page
    page.locator(".jp-RlmCard-value").wait_for()
    page.locator(".jp-RlmCard").get_by_role("button", name="report.txt, line 87").click()
    page.locator("#rlm-inspector [data-hash=same]").wait_for()
    assert "SALES south: $2,500" in page.locator("#rlm-inspector .jp-mod-chosen").inner_text()
    assert page.locator(".jp-RlmOptionLine").count() == 1
    # A second place is shown as well: the panel that stands there already stays.
    page.locator(".jp-RlmCard").get_by_role("button", name="report.txt, line 12").click()
    page.locator("#rlm-inspector .jp-mod-chosen", has_text="SALES north: $1,000").wait_for()
    notebook.screenshot("notebook7")
    # In Notebook 7.2, which has no room below, at the side.
    for _ in range(2):
        page.locator(".jp-Notebook .jp-RlmCard-value").click(button="right")
        page.get_by_role("menuitem", name="Show trace").click()
        page.locator(".jp-RlmTrace.jp-mod-full .jp-RlmCard-value").last.wait_for()
    shown = page.locator(".jp-RlmTrace.jp-mod-full").last.bounding_box()
    assert shown["height"] > 300
    assert shown["width"] > 300
    notebook.screenshot("notebook7-trace")
    page.locator(".jp-Notebook .jp-RlmCard").get_by_role("button", name="report.txt, line 87").click()
    page.locator("#rlm-inspector .jp-mod-chosen", has_text="SALES south: $2,500").wait_for()
