"""The RLM kernel in a real JupyterLab: chosen in the launcher, asked, followed up, stopped, and seen in both themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from scripted_server import ScriptedServer, hang

from rlm_kernel.trace import MIME_TYPE

pytestmark = pytest.mark.browser

LOOK = "The sales lines hold the amounts.\n```python\nhits = grep('sales')\nfor hit in hits:\n    print(hit.line)\n```"
ADD = "Now the sum.\n```python\nFINAL(sum(to_number(h.line) for h in hits), evidence=[h.line_num for h in hits])\n```"
COUNT = "They are there already.\n```python\nFINAL(len(hits))\n```"
REPORT = "North sales: $5,000,000\nnothing here\nSouth sales: $8,000,000\n"
SETUP = "%env OPENAI_API_KEY=not-a-key\n%model scripted --base-url {url}\n%context sales-report.txt"
CELLS = (
    "What is the total of all sales figures?",
    "And in how many lines\ndo they stand?",
    "%%code\nprint([hit.line_num for hit in hits])\nundefined",
    "%context sales-report.txt\nWhat is the total, again?",
    "%%py\n_, alpha",
    "alpha = 0.6",
)


def written(folder: Path, name: str, cells: list[str]) -> str:
    """A notebook of the RLM kernel in the folder that JupyterLab serves."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nb.metadata["kernelspec"] = {"name": "rlm", "display_name": "RLM", "language": "rlm"}
    nbformat.write(nb, folder / name)
    (folder / "sales-report.txt").write_text(REPORT)
    return name


def test_ask_follow_up_try_and_stop(
    open_notebook: Callable[..., Any], lab: tuple[str, Path], scripted_server: Callable[..., ScriptedServer]
) -> None:
    server = scripted_server([LOOK, ADD, COUNT, LOOK, hang("I was about to")])
    name = written(lab[1], "questions.ipynb", [SETUP.format(url=server.base_url), *CELLS])
    notebook = open_notebook(name, None)
    notebook.run(0)
    assert "sales-report.txt: 61 characters, 3 lines" in notebook.output(0).inner_text()

    notebook.run(1)
    assert "13000000" in notebook.output(1).inner_text()
    assert notebook.output(1).locator("summary").count() > 0
    notebook.run(2)
    assert notebook.output(2).inner_text().strip().startswith("2")
    notebook.run(3)
    assert "[1, 3]" in notebook.output(3).inner_text()
    assert "NameError" in notebook.output(3).inner_text()

    notebook.run(4, wait=False)
    notebook.output(4).get_by_text("I was about to").first.wait_for()
    notebook.output(4).scroll_into_view_if_needed()
    notebook.screenshot("kernel-live")
    notebook.output(4).get_by_role("button", name="Stop").click()
    notebook.wait_done(4)
    assert "KeyboardInterrupt" in notebook.output(4).inner_text()
    notebook.run(6)
    notebook.run(5)
    assert "0.6" in notebook.output(5).inner_text()
    assert "NOT isolated" in notebook.output(5).inner_text()
    saved = notebook.save()
    assert saved["metadata"]["language_info"]["name"] == "rlm"
    assert saved["cells"][1]["outputs"][0]["data"][MIME_TYPE]["value"] == 13_000_000
    assert "widgets" not in saved["metadata"]
    notebook.close()
    for dark in (False, True):
        again = open_notebook(name, None, kernel=False, dark=dark)
        again.output(1).locator("summary").first.wait_for()
        again.screenshot(f"kernel-{'dark' if dark else 'light'}")
        again.close(keep_kernel=True)


def test_the_launcher_has_a_tile_with_the_logo(open_notebook: Callable[..., Any], lab: tuple[str, Path]) -> None:
    notebook = open_notebook(written(lab[1], "tile.ipynb", ["How many?"]), None, kernel=False)
    notebook.command("launcher:create")
    tiles = notebook.page.locator(".jp-LauncherCard[title='RLM']:visible")
    tiles.first.wait_for()
    drawn = "image => image.complete && image.naturalWidth > 0"
    assert notebook.page.wait_for_function(f"() => [...document.querySelectorAll(\"[title='RLM'] img\")].some({drawn})")
    notebook.screenshot("kernel-launcher")
    notebook.close(keep_kernel=True)


@pytest.mark.nightly
def test_notebook_7_asks_and_stops(
    bare_notebook7: tuple[Callable[[str], Any], Path], scripted_server: Callable[..., ScriptedServer]
) -> None:
    open_one, folder = bare_notebook7
    server = scripted_server([LOOK, ADD, hang("I was about to")])
    notebook = open_one(written(folder, "seven-kernel.ipynb", [SETUP.format(url=server.base_url), *CELLS[:2]]))
    notebook.wait_for_kernel(folder.parent / "lab.log")
    notebook.run(0)
    notebook.run(1)
    assert "13000000" in notebook.output(1).inner_text()
    notebook.run(2, wait=False)
    notebook.output(2).get_by_text("I was about to").first.wait_for()
    notebook.screenshot("kernel-notebook7")
    notebook.output(2).get_by_role("button", name="Stop").click()
    notebook.wait_done(2)
    assert "KeyboardInterrupt" in notebook.output(2).inner_text()
