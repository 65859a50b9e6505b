"""`%%rlm` with the versions of ipykernel that pyproject allows: whatever is shown as a button works."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import TIMEOUT, Kernel, Ran, decide, press_stop, running
from scripted_server import ScriptedServer, hang

pytestmark = [pytest.mark.compat, pytest.mark.timeout(600)]
Serve = Callable[..., ScriptedServer]
VERSIONS = ["6.29.5", "6.31.0", "7.0.1", "7.3.0", "7.4.0"]
HEARS_BUTTONS = (7, 4)
FINISH = '```python\nFINAL(sum(to_number(m.line.split(":")[1]) for m in grep("sales")))\n```'


@pytest.fixture(params=VERSIONS)
def kernel(request: pytest.FixtureRequest, environment: Callable[..., Path], tmp_path: Path) -> Iterator[Kernel]:
    """A kernel of that ipykernel, with the extension and a document."""
    with running(tmp_path, environment(f"ipykernel=={request.param}")) as kernel:
        assert kernel.value("__import__('ipykernel').__version__") == request.param
        loaded = kernel.run("%load_ext rlm_kernel\nreport = 'sales: $5\\nsales: $8\\n'\ntotal = None")
        assert loaded.reply["status"] == "ok", loaded.reply
        yield kernel


def hears_buttons(kernel: Kernel) -> bool:
    version = kernel.value("__import__('ipykernel').__version__")
    return tuple(map(int, version.split(".")[:2])) >= HEARS_BUTTONS


def live(kernel: Kernel, request: str, server: ScriptedServer) -> Ran:
    """What was shown until the model is silent."""
    ran = Ran()
    assert server.hanging.wait(TIMEOUT)
    while not ran.of("display_data"):
        ran.messages.append(kernel.next_message(request))
    return ran


def test_an_answer(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    ran = kernel.run("%%rlm report -o total\nWhat is the total?")
    assert ran.reply["status"] == "ok", ran.reply
    assert kernel.value("total.value") == 13
    assert len(ran.of("comm_open")) == len(ran.of("comm_close"))


def test_stopping(kernel: Kernel, scripted_server: Serve) -> None:
    server = scripted_server([hang(), hang()])
    kernel.use(server)
    heard = hears_buttons(kernel)
    request = kernel.start("%%rlm report -o total\nWhat is the total?")
    ran = live(kernel, request, server)
    opened = ran.of("comm_open")
    shown = [one["comm_id"] for one in opened if one["data"]["state"].get("_model_name") == "AnyModel"]
    if heard:
        press_stop(kernel, shown[0])
    else:
        assert '"can_stop": true' not in json.dumps(opened)
        kernel.manager.interrupt_kernel()
    ran = kernel.finish(request, ran)
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert kernel.value("total.status") == "stopped"


def test_step_mode(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    heard = hears_buttons(kernel)
    request, ran = kernel.start("%%rlm report --step -o total\nWhat is the total?"), Ran()
    if heard:
        decide(kernel, request, ran, 1, "run")
    else:
        assert kernel.client.get_stdin_msg(timeout=TIMEOUT)["content"]["prompt"]
        kernel.client.input("r")
    ran = kernel.finish(request, ran)
    assert ran.reply["status"] == "ok", ran.reply
    assert kernel.value("total.value") == 13
