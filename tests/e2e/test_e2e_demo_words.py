"""What the demo notebooks name in “quotation marks” is a label in the view of their own saved answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.render.report import html_report
from rlm_kernel.render.static_view import view_script
from rlm_kernel.trace import MIME_TYPE, Grounding, Iteration, Trace

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).resolve().parents[2] / "demo-notebooks"
# Buttons of a run in progress, which no saved answer shows.
LIVE = {"Stop"}
# What the view calls things, without what models, code and documents say.
LABELS = (
    "button:not(.jp-RlmFigure), summary, th, [role=tab], .jp-RlmLabel, .jp-RlmLegend, .jp-RlmBanner, "
    ".jp-RlmNotice > b, .jp-RlmCard-facts, .jp-RlmRow-kind, .jp-RlmRow-facts, .jp-RlmTimeline-kind"
)
OTHERS = ".jp-RlmMarkdown *, .jp-RlmAnswer-table *, pre *"
VISIBLE = """(view, [labels, others]) => [...view.querySelectorAll(labels)]
    .filter(each => !each.matches(others) && each.checkVisibility()).map(each => each.innerText)"""


def quoted(notebook: Any) -> set[str]:
    """The words in quotation marks of the notebook's Markdown."""
    texts = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return {" ".join(found.split()) for text in texts for found in re.findall(r"“([^”]+)”", text)}


def traces(notebook: Any) -> list[Trace]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    found = [output["data"][MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return [Trace.model_validate(data) for data in found]


def seen(page: Any) -> set[str]:
    """The labels that can be read in the view: of the card, and of each row of the run with its details."""
    view = page.locator("#rlm-run")
    texts = view.evaluate(VISIBLE, [LABELS, OTHERS])
    steps = view.locator(".jp-RlmSteps-list")
    if steps.count():
        steps.focus()
        before = None
        while (row := steps.get_attribute("aria-activedescendant")) != before:
            before = row
            page.keyboard.press("ArrowRight")
            texts += view.evaluate(VISIBLE, [LABELS, OTHERS])
            page.keyboard.press("j")
    return {" ".join(text.split()) for text in texts}


@pytest.mark.parametrize(
    "name",
    ["01-scattered-sales", *(pytest.param(name, marks=pytest.mark.nightly) for name in ("03-an-audit", "04-in-class"))],
)
def test_the_words_in_quotation_marks_are_labels_on_the_screen(chromium: Any, tmp_path: Path, name: str) -> None:
    if not view_script():
        pytest.skip("the view is not built: pip install . builds it")
    notebook = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    named = quoted(notebook)
    assert named
    context = chromium.new_context(viewport={"width": 1200, "height": 1200}, offline=True)
    page, screen = context.new_page(), set[str]()
    for number, trace in enumerate(traces(notebook)):
        file = tmp_path / f"{number}.html"
        file.write_text(html_report(trace), encoding="utf-8")
        page.goto(file.as_uri())
        page.locator("#rlm-run .jp-RlmTrace-view").wait_for()
        screen |= seen(page)
    context.close()
    assert {words for words in named - LIVE if not any(words in label for label in screen)} == set()
    assert all(f'"{words}"' in view_script() for words in named & LIVE)


def test_what_a_model_says_is_no_label(chromium: Any, tmp_path: Path) -> None:
    if not view_script():
        pytest.skip("the view is not built: pip install . builds it")
    turn = Iteration(index=1, reply="Said zebra.", code="zebra = 1", output="zebra\n", output_chars=6)
    answer = "| zebra |\n|---|\n| 7 |"
    grounding = [Grounding(item="7", verdict="ungrounded")]
    trace = Trace(status="answered", question="A zebra?", value=answer, iterations=[turn], grounding=grounding)
    (tmp_path / "run.html").write_text(html_report(trace), encoding="utf-8")
    page = chromium.new_context(offline=True).new_page()
    page.goto((tmp_path / "run.html").as_uri())
    page.locator("#rlm-run .jp-RlmTrace-view").wait_for()
    labels = seen(page)
    assert "zebra" in page.locator("#rlm-run").inner_text()
    assert any("FOUND NOWHERE" in label for label in labels)
    assert [label for label in labels if "zebra" in label] == []
    page.context.close()
