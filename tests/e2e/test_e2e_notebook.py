"""`%%rlm` in a real JupyterLab: watched, folded, stepped through, stopped, saved, and read again without a kernel."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Notebook, accessibility, write_cells
from scripted_server import ScriptedServer, hang, say

from rlm_kernel.trace import MIME_TYPE, Trace

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
PART = "What does the south say?"

Open = Callable[..., Any]
Serve = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")


def cells(server: ScriptedServer, *asked: str) -> list[str]:
    return [SETUP.format(url=server.base_url), *asked]


def test_watch_stop_finish_save_and_reopen(open_notebook: Open, scripted_server: Serve) -> None:
    server = scripted_server([LOOK, hang("I was about to"), LOOK, FINISH])
    ask = f"%%rlm report -o total\n{QUESTION}"
    notebook = open_notebook("sales.ipynb", cells(server, ask, "total.status", ask, "total.value + 1"))
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
    details = output.locator(".jp-RlmDetails")
    details.get_by_text("I was about to").first.wait_for()
    assert "Iteration 2" in output.locator(".jp-RlmRow.jp-mod-selected").inner_text()
    notebook.screenshot("live")
    output.locator(".jp-RlmSteps-list").focus()
    notebook.page.keyboard.press("k")
    details.get_by_text("North sales: $5,000,000").wait_for()
    clock_goes_on(output)
    assert "Iteration 1" in output.locator(".jp-RlmRow.jp-mod-selected").inner_text()
    notebook.screenshot("live-opened")
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    output.get_by_role("button", name="Stop").click()
    notebook.wait_done(1)
    assert "KeyboardInterrupt" in output.inner_text()
    assert output.locator(".jp-RlmLive").count() == 0
    notebook.screenshot("stopped")


def clock_goes_on(output: Any) -> None:
    """Wait until the header has been drawn anew."""
    state = output.locator(".jp-RlmLive-state")
    before = state.inner_text()
    output.page.wait_for_function(
        "([element, text]) => element.innerText !== text", arg=[state.element_handle(), before]
    )


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
        "13,000,000",
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


@pytest.mark.nightly
def test_a_sub_run_is_watched_and_its_row_stays_as_it_is_left(open_notebook: Open, scripted_server: Serve) -> None:
    gate = threading.Event()
    deep = f'```python\nprint(rlm_query("{PART}", read_lines(3, 3)))\n```'

    def script(body: dict[str, Any]) -> Any:
        asked = json.dumps(body["messages"])
        if PART in asked and QUESTION not in asked:
            words = "I read the line of the south.\n```python\nprint(context)\nFINAL(to_number(context))\n```"
            return say(words, size=30, gate=gate)
        return f"I ask about a part.\n{deep}" if "8000000" not in asked else say("```python\nFINAL(8000000)\n```")

    notebook = open_notebook(
        "deep.ipynb", cells(scripted_server(script), f"%%rlm report -o total\n{QUESTION}", "1 + 1")
    )
    notebook.run(0)
    notebook.run(1, wait=False)
    output = notebook.output(1)
    row = output.locator(".jp-RlmRow").filter(has_text="Iteration 1")
    row.locator(".jp-RlmRow-fold").get_by_text("▸").wait_for()
    output.locator(".jp-RlmSteps-list").focus()
    for key in ("Enter", "j", "Enter", "j"):
        notebook.page.keyboard.press(key)
    output.locator(".jp-RlmDetails").get_by_text("I read the line of the south").wait_for()
    assert output.locator("progress").get_attribute("max") == "1"
    notebook.picture("live-sub-run", output)
    gate.set()
    notebook.wait_done(1)
    for summary in ("2 iterations", "Iteration 1 ", "rlm_query", "Iteration 1 · "):
        found = output.locator("summary:visible").filter(has_text=summary).last
        found.press("Enter")
    assert "I read the line of the south" in output.inner_text()
    trace = Trace.model_validate(notebook.save()["cells"][1]["outputs"][0]["data"][MIME_TYPE])
    (call,) = trace.iterations[0].calls
    assert call.trace is not None
    assert call.trace.value == 8_000_000
    notebook.picture("answer-sub-run", output)
    notebook.close()


@pytest.mark.nightly
def test_step_through_with_an_edit(open_notebook: Open, scripted_server: Serve) -> None:
    server = scripted_server([LOOK, FINISH])
    asking = cells(server, f"%%rlm report --step -o total\n{QUESTION}", "total.value")
    notebook = open_notebook("step.ipynb", asking, dark=True)
    notebook.run(0)
    notebook.run(1, wait=False)
    output = notebook.output(1)
    asked = output.locator(".jp-RlmLive-ask")
    asked.get_by_text("Iteration 1 is about to run this code:").wait_for()
    notebook.picture("step", output)
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    asked.get_by_role("button", name="Run", exact=True).press("Enter")

    asked.get_by_text("Iteration 2 is about to run this code:").wait_for()
    output.locator(".jp-RlmRow").first.click()
    output.locator(".jp-RlmDetails").get_by_text("North sales: $5,000,000").wait_for()
    asked.get_by_role("button", name="Edit").press("Enter")
    field = asked.get_by_label("Code")
    code = field.input_value()
    assert code.startswith("FINAL(sum(")
    field.fill(f"hits = hits[:1]\n{code}")
    notebook.picture("step-edit", output)
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    asked.get_by_role("button", name="Run", exact=True).press("Enter")
    notebook.wait_done(1)
    notebook.run(2)
    assert "5000000" in notebook.output(2).inner_text()
    trace = Trace.model_validate(notebook.save()["cells"][1]["outputs"][0]["data"][MIME_TYPE])
    (repair,) = trace.iterations[1].repairs
    assert (repair.kind, repair.before, repair.after) == ("edited", code, f"hits = hits[:1]\n{code}")
    notebook.close()


@pytest.mark.nightly
def test_stop_in_step_mode_runs_nothing(open_notebook: Open, scripted_server: Serve) -> None:
    cell = f"%%rlm report --step -o total\n{QUESTION}"
    notebook = open_notebook("step-stop.ipynb", cells(scripted_server([LOOK]), cell, "total.trace.iterations[0].code"))
    notebook.run(0)
    notebook.run(1, wait=False)
    output = notebook.output(1)
    output.locator(".jp-RlmLive-ask").get_by_role("button", name="Stop").press("Enter")
    notebook.wait_done(1)
    assert "KeyboardInterrupt" in output.inner_text()
    assert output.locator(".jp-RlmLive").count() == 0
    notebook.run(2)
    assert "North" not in output.inner_text()
    notebook.close()


@pytest.mark.parametrize(
    "prefix", ["", pytest.param("%%time\n", marks=pytest.mark.nightly)], ids=["awaited", "in a thread"]
)
def test_the_menu_interrupts(open_notebook: Open, scripted_server: Serve, prefix: str) -> None:
    server = scripted_server([LOOK, hang("I was about to")])
    asked = f"{prefix}%%rlm report -o total\n{QUESTION}"
    name = f"interrupt-{'thread' if prefix else 'awaited'}.ipynb"
    notebook = open_notebook(name, cells(server, asked, "total.status, len(total.trace.iterations)"))
    notebook.run(0)
    notebook.run(1, wait=False)
    notebook.output(1).get_by_text("I was about to").first.wait_for()
    notebook.command("notebook:interrupt-kernel")
    notebook.wait_done(1)
    assert "KeyboardInterrupt" in notebook.output(1).inner_text()
    notebook.run(2)
    assert "('stopped', 2)" in notebook.output(2).inner_text()
    assert server.wait_for_connections(0)
    notebook.close()


LONG = """from rlm_kernel.notebook.widgets import Widgets
from rlm_kernel.trace import *
import asyncio
view, builder, identity = Widgets("Is this too long?", lambda: None), TraceBuilder(), 0
def feed(event):
    builder.feed(event)
    view.feed(event, builder.trace)
feed(RunStarted("Is this too long?", "model"))
big = "0123456789" * 1_000_000
for index in range(1, 1_001):
    feed(IterationStarted(index, 1_000))
    feed(ReplyFinished(index, f"Turn {index}"))
    feed(CodeStarted(index, "print(1)"))
    for _ in range(5):
        identity += 1
        feed(CallStarted(index, identity, "llm_query", "model", "why"))
        feed(CallFinished(index, Call(id=identity, kind="llm_query", prompt="why", response="so " * 100)))
    output = big if index % 500 == 0 else "one line"
    feed(CodeFinished(index, output, len(output)))
    feed(IterationFinished(index, Usage(calls=1), 0.1))
    view.tick()
    await asyncio.sleep(0.002)
view._drawn = view._sent_whole = 0
view.tick()"""


@pytest.mark.nightly
def test_a_thousand_iterations_do_not_freeze_the_page(open_notebook: Open) -> None:
    notebook = open_notebook("long.ipynb", [LONG, "view.finish(None)"])
    notebook.page.set_default_timeout(200_000)
    notebook.run(0)
    output = notebook.output(0)
    output.locator(".jp-RlmRow.jp-mod-selected").get_by_text("Iteration 1000").wait_for()
    output.locator(".jp-RlmDetails").get_by_text("Turn 1000").wait_for()
    assert output.locator("*").count() < 3_000
    notebook.screenshot("long")
    notebook.run(1)
    assert output.locator(".jp-RlmLive").count() == 0
    notebook.close()


def test_tab_completes_in_the_editor(open_notebook: Open) -> None:
    notebook = open_notebook("tab.ipynb", ["%load_ext rlm_kernel\nreport = 'x'", "%%rlm report --max-it\nq"])
    notebook.run(0)
    editor = notebook.page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".cm-content")
    editor.locator(".cm-line").first.click()
    notebook.page.keyboard.press("Control+Home")
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.press("Tab")
    notebook.page.locator(".jp-Completer").get_by_text("--max-iterations").wait_for()
    notebook.screenshot("tab")
    notebook.page.keyboard.press("Enter")
    notebook.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.source.startsWith("
        "'%%rlm report --max-iterations')"
    )
    notebook.close()


@pytest.mark.nightly
def test_notebook_7(bare_notebook7: tuple[Callable[[str], Notebook], Path], scripted_server: Serve) -> None:
    server = scripted_server([LOOK, hang("I was about to"), LOOK, FINISH])
    asked = f"%%rlm report -o total\n{QUESTION}"
    open_one, folder = bare_notebook7
    write_cells(folder / "seven-magic.ipynb", cells(server, asked, asked))
    notebook = open_one("seven-magic.ipynb")
    notebook.wait_for_kernel(folder.parent / "lab.log")
    notebook.run(0)
    notebook.run(1, wait=False)
    output = notebook.output(1)
    output.get_by_text("I was about to").first.wait_for()
    notebook.screenshot("notebook7")
    output.get_by_role("button", name="Stop").click()
    notebook.wait_done(1)
    assert "KeyboardInterrupt" in output.inner_text()
    notebook.run(2)
    assert "13,000,000" in notebook.output(2).inner_text()
    assert "jupyter.widget" not in json.dumps(notebook.save())
    notebook.close()
