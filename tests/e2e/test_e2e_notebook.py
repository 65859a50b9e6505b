"""`%%rlm` in a real JupyterLab: watched, stopped, finished, saved, and read again without a kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer, hang

from rlm_kernel.trace import MIME_TYPE

pytestmark = pytest.mark.browser

LOOK = """The sales lines hold `$` amounts, <b>I think</b>: $1 and $2.
```python
hits = grep(r"sales: \\$([\\d,]+)")
for hit in hits:
    print(hit.line_num, hit.line)
```"""
FINISH = """Now the sum.
```python
FINAL(sum(to_number(hit.groups[0]) for hit in hits), evidence=[hit.line_num for hit in hits])
```"""
SETUP = """%load_ext rlm_kernel
%rlm model scripted --base-url {url}
report = "North sales: $5,000,000\\nnothing here\\nSouth sales: $8,000,000 <script>document.title = 'evil'</script>\\n"
"""
QUESTION = "What is the total of all sales figures?"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")


def cells(server: ScriptedServer) -> list[str]:
    ask = f"%%rlm report -o total\n{QUESTION}"
    return [SETUP.format(url=server.base_url), ask, "total.status", ask, "total.value + 1"]


def test_watch_stop_finish_save_and_reopen(
    open_notebook: Callable[..., Any], scripted_server: Callable[..., ScriptedServer]
) -> None:
    server = scripted_server([LOOK, hang("I was about to"), LOOK, FINISH])
    notebook = open_notebook("sales.ipynb", cells(server))
    notebook.run(0)
    watch_and_stop(notebook, server)
    notebook.run(2)
    assert "stopped" in notebook.output(2).inner_text()

    notebook.run(3)
    notebook.run(4)
    assert "13000001" in notebook.output(4).inner_text()
    notebook.output(3).scroll_into_view_if_needed()
    notebook.screenshot("answer")
    check_file(notebook.save())
    notebook.close()

    for dark in (False, True):
        check_at_rest(
            open_notebook("sales.ipynb", None, kernel=False, dark=dark), f"rest-{'dark' if dark else 'light'}"
        )
    untrusted = edited_copy(notebook.path)
    check_at_rest(open_notebook(untrusted, None, kernel=False), "rest-untrusted")


def watch_and_stop(notebook: Any, server: ScriptedServer) -> None:
    notebook.run(1, wait=False)
    output = notebook.output(1)
    summaries = output.locator(".widget-html summary").filter(has_text="Iteration")
    summaries.nth(1).wait_for()
    output.get_by_text("I was about to").first.wait_for()
    notebook.screenshot("live")
    first = output.locator(".rlm-row").first
    summaries.first.press("Enter")
    first.locator(".rlm-body").wait_for()
    assert "North sales: $5,000,000" in first.inner_text()
    notebook.screenshot("live-opened")
    summaries.first.press("Enter")
    first.locator(".rlm-body").wait_for(state="hidden")
    output.get_by_role("button", name="Stop").click()
    notebook.wait_done(1)
    assert "KeyboardInterrupt" in output.inner_text()
    assert output.locator(".widget-html").count() == 0
    notebook.screenshot("stopped")


def check_file(content: dict[str, Any]) -> None:
    """What was saved: no widget anywhere, and the trace."""
    assert "widgets" not in content["metadata"]
    assert "jupyter.widget" not in json.dumps(content)
    outputs = content["cells"][3]["outputs"]
    assert [output["output_type"] for output in outputs] == ["display_data", "execute_result"]
    assert outputs[0]["data"][MIME_TYPE]["value"] == 13_000_000


def check_at_rest(notebook: Any, name: str) -> None:
    """Everything can be read with the keyboard and without a kernel."""
    output = notebook.output(3)
    output.locator("summary").first.wait_for()
    notebook.screenshot(f"{name}-folded")
    for summary in output.locator("summary").all():
        if summary.is_visible():
            summary.press("Enter")
    text = output.inner_text()
    for words in (
        QUESTION,
        "13000000",
        "Iteration 1",
        "FINAL(sum(",
        "North sales: $5,000,000",
        "SHA-256",
        "isolation:",
    ):
        assert words in text
    assert "<b>I think</b>: $1 and $2" in text
    assert output.locator("script, b:text-is('I think'), mjx-container").count() == 0
    assert notebook.page.title() != "evil"
    assert not notebook.has_kernel
    output.scroll_into_view_if_needed()
    notebook.screenshot(name)
    notebook.close(keep_kernel=True)


def edited_copy(path: Path) -> str:
    """The name of a copy that JupyterLab does not trust, since its content is not what it has signed."""
    content = json.loads(path.read_text())
    content["cells"][3]["outputs"][0]["data"]["text/html"] += "<div>edited</div>"
    copy = path.with_name("untrusted.ipynb")
    copy.write_text(json.dumps(content))
    return copy.name
