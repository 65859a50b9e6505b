"""The answer card at rest in a real browser: JupyterLab without a kernel, trusted or not, light or dark; converted."""

from __future__ import annotations

import json
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ARTIFACTS, accessibility, trust
from sample import QUESTION, sample

from rlm_kernel.render.mimebundle import mimebundle

pytestmark = pytest.mark.browser

WORDS = [
    "RECORDED",
    "$11,500,025",
    QUESTION,
    "1 of 3 items found nowhere",
    "FOUND NOWHERE",
    "computed",
    "by iteration 3",
    "quoted from the document",
    "report line 150",
    "line not found",
    "SALES_FIGURE_NORTH: $2,017,005",
    "returned to code",
    "30.7%",
    "3 iterations",
    "Repaired before it ran: bracket",
    "more characters were not kept",
    "Error (line 1): TypeError",
    "Told the model: groups are texts",
    "too many requests",
    "demand is expected to soften",
    "1 deep",
    "SHA-256",
]


def notebook() -> Any:
    """A notebook as it is saved after the cell has run."""
    bundle = mimebundle(sample())
    shown = nbformat.v4.new_output("display_data", data=bundle)
    cell = nbformat.v4.new_code_cell(f"%%rlm report.txt -o total\n{QUESTION}", outputs=[shown], execution_count=1)
    return nbformat.v4.new_notebook(cells=[cell])


def unfold(page: Any, output: Any) -> None:
    """Open every fold with the keyboard alone, from the outermost to the innermost."""
    seen = 0
    while (summaries := [each for each in output.locator("summary").all() if each.is_visible()])[seen:]:
        for summary in summaries:
            if summary.evaluate("element => !element.parentElement.open"):
                summary.press("Enter")
        seen = len(summaries)


@pytest.mark.parametrize(
    "look", ["light", *(pytest.param(look, marks=pytest.mark.nightly) for look in ("dark", "untrusted"))]
)
def test_everything_can_be_read_without_a_kernel(
    open_notebook: Callable[..., Any], lab: tuple[str, Path], look: str
) -> None:
    # What is written into the folder by somebody else is not trusted by JupyterLab until its user says so.
    path = lab[1] / f"card-{look}.ipynb"
    nbformat.write(notebook(), path)
    if look != "untrusted":
        trust(path, lab[1].parent)
    opened = open_notebook(path.name, None, kernel=False, dark=look == "dark")
    output = opened.output(0)
    output.locator("summary").first.wait_for()
    opened.picture(f"card-{look}-folded", output)
    unfold(opened.page, output)
    text = output.inner_text()
    assert [words for words in WORDS if words not in text] == []
    assert not opened.has_kernel
    coloured = output.locator("pre span[style*='--jp-mirror-editor-keyword-color']")
    assert (coloured.count() == 0) == (look == "untrusted")
    opened.picture(f"card-{look}", output)
    assert accessibility(opened.page, ".jp-OutputArea-output") == []
    opened.close(keep_kernel=True)


@pytest.mark.parametrize(
    "template", ["lab", *(pytest.param(name, marks=pytest.mark.nightly) for name in ("classic", "basic"))]
)
def test_converted_to_html(chromium: Any, tmp_path: Path, template: str) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(notebook())
    file = tmp_path / "card.html"
    file.write_text(source)
    context = chromium.new_context(viewport={"width": 1000, "height": 1200}, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    unfold(page, page.locator(".rlm-card"))
    text = page.locator(".rlm-card").inner_text()
    assert [words for words in WORDS if words not in text] == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"converted-{template}.png", full_page=True)
    context.close()


def test_printed_everything_is_unfolded(chromium: Any, tmp_path: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    pypdf = pytest.importorskip("pypdf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source, _ = nbconvert.HTMLExporter(template_name="lab").from_notebook_node(notebook())
    file = tmp_path / "card.html"
    file.write_text(source)
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    ARTIFACTS.mkdir(exist_ok=True)
    page.pdf(path=ARTIFACTS / "printed.pdf", format="A4")
    page.emulate_media(media="print")
    page.screenshot(path=ARTIFACTS / "printed.png", full_page=True)
    context.close()
    text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(ARTIFACTS / "printed.pdf").pages)
    text = unicodedata.normalize("NFKC", " ".join(text.split()))  # a ligature is one character there
    assert [words for words in WORDS if words not in text] == []


def test_converted_to_markdown() -> None:
    nbconvert = pytest.importorskip("nbconvert")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exporter = nbconvert.MarkdownExporter()
        exporter.config.NbConvertBase.display_data_priority = ["text/markdown", "text/plain"]
        source, _ = exporter.from_notebook_node(notebook())
    for words in ("**Answer**", "✗ FOUND NOWHERE", "```python", "TypeError", "SALES_FIGURE_NORTH: $2,017,005"):
        assert words in source
    assert "<div" not in source


def test_what_is_saved_is_small_and_plain() -> None:
    saved = json.dumps(notebook())
    assert len(saved) < 60_000
    assert "jupyter.widget" not in saved
