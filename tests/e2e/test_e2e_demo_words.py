"""What the demo notebooks name in “quotation marks” stands on the screen, in the view of their own saved answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.render.report import html_report
from rlm_kernel.render.static_view import view_script
from rlm_kernel.trace import MIME_TYPE, Trace

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).resolve().parents[2] / "demo-notebooks"
# Buttons of a run in progress, which no saved answer shows.
LIVE = {"Stop"}


def labels(notebook: Any) -> set[str]:
    """The words in quotation marks of the notebook's Markdown."""
    texts = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return {" ".join(found.split()) for text in texts for found in re.findall(r"“([^”]+)”", text)}


def traces(notebook: Any) -> list[Trace]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    found = [output["data"][MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return [Trace.model_validate(data) for data in found]


def seen(page: Any) -> str:
    """Everything that can be read in the view: the card, and each row of the run with its details."""
    view = page.locator("#rlm-run")
    texts = [view.inner_text()]
    steps = view.locator(".jp-RlmSteps-list")
    if steps.count():
        steps.focus()
        before = None
        while (row := steps.get_attribute("aria-activedescendant")) != before:
            before = row
            page.keyboard.press("ArrowRight")
            texts.append(view.locator(".jp-RlmSteps-panes").inner_text())
            page.keyboard.press("j")
    return " ".join(" ".join(texts).split())


@pytest.mark.parametrize("name", ["01-scattered-sales", "03-an-audit", "04-in-class"])
def test_the_words_in_quotation_marks_stand_on_the_screen(chromium: Any, tmp_path: Path, name: str) -> None:
    if not view_script():
        pytest.skip("the view is not built: pip install . builds it")
    notebook = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    named = labels(notebook)
    assert named
    context = chromium.new_context(viewport={"width": 1200, "height": 1200}, offline=True)
    page, screen = context.new_page(), ""
    for number, trace in enumerate(traces(notebook)):
        file = tmp_path / f"{number}.html"
        file.write_text(html_report(trace), encoding="utf-8")
        page.goto(file.as_uri())
        page.locator("#rlm-run .jp-RlmTrace-view").wait_for()
        screen += seen(page)
    context.close()
    assert {words for words in named - LIVE if words not in screen} == set()
    assert all(f'"{words}"' in view_script() for words in named & LIVE)
