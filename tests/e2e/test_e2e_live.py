"""A run in progress in a real JupyterLab with the labextension: reloaded, in a second browser, after a restart."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import TOKEN, Notebook, accessibility
from scripted_server import ScriptedServer, say
from test_e2e_notebook import FINISH, LOOK, QUESTION, cells

from rlm_kernel.notebook.widgets import LIVE_MIME_TYPE
from rlm_kernel.trace import MIME_TYPE

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Serve = Callable[..., ScriptedServer]
WRITING = "Now the sum.\n```python\nsum_of_all = 1\n"
# A message as the kernel sends them, with the run as it stands in the output.
LATE_NEWS = """type => {
    const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
    const { run, comm } = content.widgets[1].model.outputs.get(0).data[type];
    const data = { method: 'custom', content: { kind: 'whole', run: { ...run } } };
    sessionContext.iopubMessage.emit({ header: { msg_type: 'comm_msg' }, content: { comm_id: comm, data } });
}"""
REST = "FINAL(sum(to_number(hit.groups[0]) for hit in hits))\n```"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the scripted model waits for before it ends; opened at the end, whatever comes."""
    event = threading.Event()
    yield event
    event.set()


def asked(open_one: Open, serve: Serve, gate: threading.Event, name: str, **options: Any) -> Notebook:
    """A notebook whose first cell prints the kernel's process id and whose second cell asks; the second reply of the
    model comes when the gate opens."""
    server = serve([LOOK, say(WRITING + REST, size=len(WRITING), gate=gate)])
    setup, *others = cells(server, f"%%rlm report -o total\n{QUESTION}", "total.value")
    notebook: Notebook = open_one(name, [f"{setup}\nimport os\nprint(os.getpid())", *others], **options)
    notebook.run(0)
    notebook.run(1, wait=False)
    live(notebook).get_by_text("the model is writing").wait_for()
    return notebook


def live(notebook: Notebook) -> Any:
    return notebook.output(1).locator(".jp-RlmLive")


def again(notebook: Notebook, page: Any, address: str) -> Notebook:
    """The same file in another page."""
    page.set_default_timeout(60_000)
    page.goto(f"{address}/lab/workspaces/again-{notebook.path.stem}?reset&token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored")
    other = Notebook(page, notebook.path)
    other.page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'}).then(() => {})",
        notebook.path.name,
    )
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    return other


@pytest.mark.nightly
def test_one_widget_shows_the_run_as_it_goes_on(
    open_extended: Open, scripted_server: Serve, gate: threading.Event
) -> None:
    notebook = asked(open_extended, scripted_server, gate, "live-one.ipynb")
    output = notebook.output(1)
    output.locator(".jp-RlmRow.jp-mod-selected").get_by_text("Iteration 2").wait_for()
    details = output.locator(".jp-RlmDetails")
    details.locator("pre").get_by_text("sum_of_all = 1").wait_for()
    assert "```" not in details.inner_text()
    assert "iteration 2 of 10" in live(notebook).inner_text()
    assert "iterations" in output.locator(".jp-RlmLimits").inner_text()
    notebook.screenshot("live-lab")
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    gate.set()
    notebook.wait_done(1)
    output.locator(".jp-RlmBanner").wait_for()
    assert "13,000,000" in output.locator(".jp-RlmCard-value").inner_text()
    saved = json.dumps(notebook.save())
    assert "jupyter.widget" not in saved
    assert "vnd.rlm.live" not in saved
    notebook.screenshot("live-lab-answer")
    notebook.close()


def test_a_reloaded_tab_and_a_second_browser_show_the_run_where_it_is(
    chromium: Any, open_extended: Open, extended_lab: tuple[str, Path], scripted_server: Serve, gate: threading.Event
) -> None:
    notebook = asked(open_extended, scripted_server, gate, "live-again.ipynb")
    kept = notebook.page.wait_for_function(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON()).includes('sum_of_all')"
    )
    assert kept
    notebook.save()
    context = chromium.new_context(viewport={"width": 1200, "height": 1000}, reduced_motion="reduce")
    second = again(notebook, context.new_page(), extended_lab[0])
    notebook.page.close()
    live(second).get_by_text("iteration 2 of 10").wait_for()
    second.page.locator(".jp-RlmDetails pre").get_by_text("sum_of_all = 1").wait_for()
    # News arrives although the page has asked nothing.
    state = live(second).locator(".jp-RlmLive-state")
    before = state.inner_text()
    second.page.wait_for_function(
        "([element, text]) => element.textContent !== text", arg=[state.element_handle(), before]
    )
    assert "Loading widget" not in second.output(1).inner_text()
    second.screenshot("live-again")
    gate.set()
    second.output(1).locator(".jp-RlmBanner").wait_for()
    assert "13,000,000" in second.output(1).locator(".jp-RlmCard-value").inner_text()
    outputs = second.save()["cells"][1]["outputs"]
    assert MIME_TYPE in outputs[0]["data"]
    second.close()
    context.close()


@pytest.mark.nightly
def test_stop_is_heard_after_a_reload(
    chromium: Any, open_extended: Open, extended_lab: tuple[str, Path], scripted_server: Serve, gate: threading.Event
) -> None:
    notebook = asked(open_extended, scripted_server, gate, "live-stop.ipynb")
    notebook.page.wait_for_function(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON()).includes('sum_of_all')"
    )
    notebook.save()
    context = chromium.new_context(viewport={"width": 1200, "height": 1000}, reduced_motion="reduce")
    second = again(notebook, context.new_page(), extended_lab[0])
    notebook.page.close()
    live(second).get_by_role("button", name="Stop").click()
    second.output(1).get_by_text("Stopped:").first.wait_for()
    second.close()
    context.close()


def nothing_is_broken(notebook: Notebook) -> None:
    output = notebook.output(1)
    assert output.get_by_role("button", name="Stop").count() == 0
    assert output.locator(".jupyter-widgets-disconnected").count() == 0


@pytest.mark.nightly
def test_after_the_death_of_the_kernel_the_display_shows_what_was(
    open_extended: Open, scripted_server: Serve, gate: threading.Event
) -> None:
    notebook = asked(open_extended, scripted_server, gate, "live-death.ipynb")
    os.kill(int(notebook.output(0).inner_text().split()[-1]), signal.SIGKILL)
    lost = live(notebook).get_by_text("The kernel does not run it any more")
    lost.wait_for()
    # What a kernel has sent before it ended may arrive afterwards.
    notebook.page.evaluate(LATE_NEWS, LIVE_MIME_TYPE)
    lost.wait_for()
    assert "sum_of_all = 1" in notebook.output(1).locator(".jp-RlmDetails").inner_text()
    nothing_is_broken(notebook)
    notebook.close()


@pytest.mark.nightly
def test_after_a_restart_the_display_shows_what_was(
    open_extended: Open, scripted_server: Serve, gate: threading.Event
) -> None:
    notebook = asked(open_extended, scripted_server, gate, "live-restart.ipynb")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    # A kernel that is asked to end stops the run and says so, if it still can.
    stopped = notebook.output(1).get_by_text("Stopped:").first
    live(notebook).get_by_text("The kernel does not run it any more").or_(stopped).first.wait_for()
    nothing_is_broken(notebook)
    notebook.screenshot("live-restart")
    notebook.close()


@pytest.mark.nightly
def test_step_mode_is_answered_in_the_view(open_extended: Open, scripted_server: Serve) -> None:
    server = scripted_server([LOOK, LOOK.replace("hits", "more"), FINISH])
    notebook = open_extended(
        "live-step.ipynb", cells(server, f"%%rlm report --step -o total\n{QUESTION}", "total.value")
    )
    notebook.run(0)
    notebook.run(1, wait=False)
    form = notebook.output(1).locator(".jp-RlmLive-ask")
    form.get_by_text("Iteration 1 is about to run this code:").wait_for()
    notebook.screenshot("live-step")
    form.get_by_role("button", name="Edit").press("Enter")
    field = form.get_by_label("Code")
    field.fill(field.input_value() + "\nprint('edited')")
    form.get_by_role("button", name="Run", exact=True).press("Enter")
    form.get_by_text("Iteration 2 is about to run this code:").wait_for()
    form.get_by_role("button", name="Run the rest").press("Enter")
    notebook.wait_done(1)
    assert "edited" in json.dumps(notebook.save()["cells"][1]["outputs"])
    notebook.run(2)
    assert "13000000" in notebook.output(2).inner_text()
    notebook.close()
