"""The magics in a real ipykernel, over real Jupyter messages, with the real engine and a scripted model server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import TIMEOUT, Kernel, Ran, decide, press_stop, running
from scripted_server import ScriptedServer, fail, hang, say

from rlm_kernel.trace import MIME_TYPE, Trace

WIDGET = "application/vnd.jupyter.widget-view+json"
FINISH = "The computer adds it up.\n```python\nFINAL(sum(to_number(hit.line) for hit in grep('sales')))\n```"
LOOK = "I look first.\n```python\nprint(len(context))\n```"

Serve = Callable[..., ScriptedServer]


@pytest.fixture(scope="module")
def running_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with running(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@pytest.fixture
def kernel(running_kernel: Kernel) -> Iterator[Kernel]:
    """A kernel with the extension and a document; afterwards no widget may be left in it."""
    code = "%load_ext rlm_kernel\nreport = 'sales: $5,000,000\\nsales: $8,000,000\\n'\ntotal = None"
    assert running_kernel.run(code).reply["status"] == "ok"
    yield running_kernel
    assert running_kernel.value("len(__import__('ipywidgets').widgets.widget._instances)") == 0


def test_the_answer_is_shown_live_then_at_rest_and_is_a_value(kernel: Kernel, scripted_server: Serve) -> None:
    gate = threading.Event()
    kernel.use(scripted_server([LOOK, say(FINISH, gate=gate)]))
    request = kernel.start("%%rlm report -o total --type int\nWhat is the total of all sales figures?")
    ran = wait_until_live(kernel, request)
    gate.set()
    ran = kernel.finish(request, ran)
    assert ran.reply["status"] == "ok"
    (shown,) = ran.of("display_data")
    assert WIDGET in shown["data"]
    (final,) = ran.of("update_display_data")
    assert final["transient"]["display_id"] == shown["transient"]["display_id"]
    assert WIDGET not in final["data"]
    trace = Trace.model_validate(final["data"][MIME_TYPE])
    assert (trace.status, trace.value, len(trace.iterations)) == ("answered", 13_000_000, 2)
    (result,) = ran.of("execute_result")
    assert result["data"]["text/plain"].startswith("13,000,000\ngrounding: 1 item: 1 computed\n")
    assert "The answer is above." in result["data"]["text/html"]
    assert len(ran.of("comm_open")) == len(ran.of("comm_close"))
    assert kernel.value("[total.value, total is _, total is Out[max(Out)]]") == [13_000_000, True, True]
    (card,) = kernel.run("total").of("execute_result")
    assert MIME_TYPE in card["data"]
    assert "secret-key" not in json.dumps(ran.messages, default=str)


def test_the_history_keeps_what_was_typed(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    cell = "%%rlm report\nHow much is it?"
    kernel.run(cell)
    typed = kernel.value("[text for _, _, text in get_ipython().history_manager.get_tail(3, include_latest=True)]")
    assert cell in typed


def wait_until_shown(kernel: Kernel, request: str, server: ScriptedServer) -> Ran:
    """Wait until the model is silent and the live display is there."""
    assert server.hanging.wait(TIMEOUT)
    return wait_until_live(kernel, request)


def wait_until_live(kernel: Kernel, request: str) -> Ran:
    """Wait until the live display is there."""
    ran = Ran()
    while not ran.of("display_data"):
        ran.messages.append(kernel.next_message(request))
    return ran


@pytest.mark.parametrize("prefix", ["", "%%time\n"], ids=["awaited", "in a thread"])
def test_an_interrupt_keeps_what_was_found(kernel: Kernel, scripted_server: Serve, prefix: str) -> None:
    server = scripted_server([LOOK, hang("I was just")])
    kernel.use(server)
    request = kernel.start(f"{prefix}%%rlm report -o total\nWhat is the total?")
    ran = wait_until_shown(kernel, request, server)
    kernel.manager.interrupt_kernel()
    ran = kernel.finish(request, ran)
    assert (ran.reply["status"], ran.reply["ename"]) == ("error", "KeyboardInterrupt")
    assert len(ran.reply["traceback"]) == 2
    (final,) = ran.of("update_display_data")
    assert Trace.model_validate(final["data"][MIME_TYPE]).status == "stopped"
    assert kernel.value("[total.status, len(total.trace.iterations)]") == ["stopped", 2]
    assert server.wait_for_connections(0)


def test_the_stop_button_is_heard_while_the_cell_runs(kernel: Kernel, scripted_server: Serve) -> None:
    server = scripted_server([hang()])
    kernel.use(server)
    request = kernel.start("%%rlm report -o total\nWhat is the total?")
    ran = wait_until_shown(kernel, request, server)
    (shown,) = [
        opened["comm_id"] for opened in ran.of("comm_open") if opened["data"]["state"].get("_model_name") == "AnyModel"
    ]
    press_stop(kernel, shown)
    ran = kernel.finish(request, ran)
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert kernel.value("total.status") == "stopped"


def test_a_limit_gives_a_marked_best_guess(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([LOOK, LOOK, FINISH]))
    ran = kernel.run("%%rlm report -o total -n 2\nWhat is the total?")
    assert ran.reply["status"] == "ok"
    assert kernel.value("total.status") == "exhausted"
    assert "est guess" in ran.cards()[0]["data"]["text/html"]
    assert "BEST GUESS" in ran.of("execute_result")[0]["data"]["text/plain"]


def test_a_failing_endpoint_fails_the_cell_in_two_lines(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([LOOK, fail(401, "wrong key")]))
    ran = kernel.run("%%rlm report -o total\nWhat is the total?")
    assert (ran.reply["status"], ran.reply["ename"]) == ("error", "RLMError")
    assert len(ran.reply["traceback"]) == 2
    assert "secret-key" not in str(ran.messages)
    assert Trace.model_validate(ran.cards()[0]["data"][MIME_TYPE]).status == "failed"
    assert kernel.value("total.status") == "failed"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%rlm reprot\nq", "There is no variable and no file named 'reprot'; did you mean 'report'?"),
        ("%%rlm\nq", "needs something to read"),
        ("%%rlm report\n  \n", "the question is missing"),
        ("%%rlm report -n many\nq", "is not a whole number"),
        ("%%rlm report --type Foo\nq", "no class named 'Foo'"),
        ("%%rlm report -n 0\nq", "--max-iterations"),
        ("%rlm model", "which model"),
        ("%rlm model m --api-key-env NOT_SET", "NOT_SET is not set"),
        ("%%time\n%%rlm reprot\nq", "no variable and no file"),
    ],
)
def test_mistakes_are_two_lines(kernel: Kernel, scripted_server: Serve, cell: str, words: str) -> None:
    kernel.use(scripted_server([FINISH]))
    ran = kernel.run(cell)
    assert ran.reply["status"] == "error"
    assert words in ran.reply["evalue"]
    assert len(ran.reply["traceback"]) == 2
    assert ran.of("display_data", "comm_open") == []


def test_an_endpoint_that_is_not_there_shows_the_error_alone(kernel: Kernel) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        kernel.run(f"%rlm model m --base-url http://127.0.0.1:{taken.getsockname()[1]}/v1 --api-key-env TEST_KEY")
        ran = kernel.run("%%rlm report -o total\nq")
    assert ran.reply["ename"] == "RLMError"
    assert "127.0.0.1" in ran.reply["evalue"]
    assert len(ran.reply["traceback"]) == 2
    assert ran.cards() == []
    assert kernel.value("total.status") == "failed"


def test_no_model_names_the_remedy(kernel: Kernel) -> None:
    kernel.run("get_ipython().magics_manager.registry['RLMMagics'].engine.model = None")
    kernel.run("get_ipython().magics_manager.registry['RLMMagics'].engine.base_url = None")
    ran = kernel.run("%%rlm report\nq")
    assert ran.reply["status"] == "error"
    assert len(ran.reply["traceback"]) == 2
    assert "%rlm model" in "".join(ran.reply["traceback"])


def test_in_a_loop_each_answer_is_shown_once(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH] * 2))
    ran = kernel.run("found = [get_ipython().run_cell_magic('rlm', 'report', 'q').value for _ in range(2)]")
    assert len(ran.cards()) == 2
    assert ran.of("execute_result") == []
    assert kernel.value("found") == [13_000_000] * 2


def test_timed_captured_and_quiet(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH] * 3))
    timed = kernel.run("%%time\n%%rlm report\nq")
    assert len(timed.cards()) == 1
    assert timed.of("execute_result")[0]["data"]["text/plain"].startswith("13,000,000\n")
    captured = kernel.run("%%capture got\n%%rlm report\nq")
    assert captured.of("display_data", "execute_result", "comm_open") == []
    assert kernel.value("[sorted(out.data) for out in got.outputs]")[0][0] == MIME_TYPE
    quiet = kernel.run("%%rlm report --quiet\nq")
    assert quiet.of("display_data", "comm_open") == []
    assert MIME_TYPE in quiet.of("execute_result")[0]["data"]


def test_nobody_watches(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    ran = kernel.run("%%rlm report\nq", allow_stdin=False)
    assert ran.of("comm_open") == []
    assert [MIME_TYPE in shown["data"] for shown in ran.of("display_data")] == [True]


def test_other_output_of_the_cell_stays(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    ran = kernel.run("get_ipython().run_cell_magic('rlm', 'report', 'q'); print('still here')")
    assert ran.of("clear_output") == []
    assert "still here" in ran.text


def test_the_whole_trace_is_saved(kernel: Kernel, scripted_server: Serve, tmp_path: Path) -> None:
    kernel.use(scripted_server([FINISH]))
    file = tmp_path / "trace.json"
    kernel.run(f"%%rlm report --save-trace '{file}'\nq")
    assert Trace.from_json(file.read_text()).value == 13_000_000


def test_settings(kernel: Kernel, scripted_server: Serve) -> None:
    server = scripted_server([])
    kernel.use(server)
    kernel.run("%config RLM.max_iterations = 7")
    text = kernel.run("%rlm").text
    assert "scripted" in text
    assert "7" in text
    assert "isolation" in text
    assert "secret-key" not in text
    kernel.run("%config RLM.max_iterations = 10")
    helped = kernel.run("%%rlm?").reply["payload"][0]["data"]["text/plain"]
    for word in ("--max-iterations", "--save-trace", "--step", "%rlm model", "the best guess"):
        assert word in helped


def completed(kernel: Kernel, line: str) -> list[str]:
    """What the front end is offered with the cursor at the end of `line`, as whole lines."""
    request = kernel.client.complete(f"{line}\nq", len(line))
    while (reply := kernel.client.get_shell_msg(timeout=TIMEOUT))["parent_header"].get("msg_id") != request:
        pass
    content = reply["content"]
    return [line[: content["cursor_start"]] + match for match in content["matches"]]


def test_tab_over_the_wire(kernel: Kernel) -> None:
    assert completed(kernel, "%%rlm report --max-it") == ["%%rlm report --max-iterations"]
    assert completed(kernel, "%%rlm rep") == ["%%rlm report"]


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("%%rlm report --step\nq", {"allow_stdin": False}),
        ("%%time\n%%rlm report --step\nq", {"allow_stdin": False}),
        ("%%rlm report --step --quiet\nq", {}),
    ],
    ids=["nobody", "nobody, in a thread", "quiet"],
)
def test_where_nobody_can_answer_step_mode_asks_no_model(
    kernel: Kernel, scripted_server: Serve, cell: str, options: dict[str, Any]
) -> None:
    server = scripted_server([FINISH])
    kernel.use(server)
    ran = kernel.run(cell, **options)
    assert ran.reply["ename"] == "RLMError"
    assert "nobody can answer" in ran.reply["evalue"]
    assert ran.reply["traceback"][1].endswith("remove --step.")
    kernel.run("%%capture got\n%%rlm report --step\nq")
    assert server.requests == []


def test_settings_of_a_configuration_file(tmp_path: Path) -> None:
    profile = tmp_path / "profile_default"
    profile.mkdir()
    (profile / "ipython_config.py").write_text("c.RLM.max_iterations = 3\nc.RLM.model = 'mine'\n")
    cell = "%load_ext rlm_kernel\n%rlm\n%config RLM.max_iterations"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "-c", cell],
        capture_output=True, text=True, timeout=TIMEOUT, env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    assert "the model 'mine'" in done.stdout
    assert done.stdout.endswith(": 3\n")


def test_unload_takes_everything_back(kernel: Kernel) -> None:
    kernel.run("import rlm_kernel.notebook as face; face.unload_ipython_extension(get_ipython())")
    state = "[len(get_ipython().input_transformers_post), 'rlm' in get_ipython().magics_manager.magics['cell']]"
    assert kernel.value(state) == [0, False]
    kernel.run("face.load_ipython_extension(get_ipython()); face.load_ipython_extension(get_ipython())")
    assert kernel.value(state) == [1, True]


def test_terminal_ipython(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server([LOOK, FINISH])
    code = (
        f"%load_ext rlm_kernel\n%rlm model scripted --base-url {server.base_url} --api-key-env TEST_KEY\n"
        "report = 'sales: 13000000'\n"
        "answer = get_ipython().run_cell_magic('rlm', 'report', 'What?')\nprint(answer.value)\n"
    )
    script = tmp_path / "script.ipy"
    script.write_text(code)
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "TEST_KEY": "secret-key"}
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", str(script)],
        capture_output=True, text=True, timeout=TIMEOUT, env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("13000000")
    assert "iteration 2 of" in done.stderr


def test_a_session_keeps_the_variables(kernel: Kernel, scripted_server: Serve) -> None:
    rows = "```python\nrows = [to_number(hit.line) for hit in grep('sales')]\nprint(rows)\nFINAL(len(rows))\n```"
    more = "```python\nprint(sum(rows))\nFINAL(sum(rows))\n```"
    kernel.use(scripted_server([rows, more]))
    first = kernel.run("%%rlm report --session talk -o count\nHow many sales figures are there?")
    assert first.reply["status"] == "ok", first.reply
    assert kernel.value("count.variable('rows')") == [5_000_000, 8_000_000]
    second = kernel.run("%%rlm talk -o total\nAnd their sum?")
    assert second.reply["status"] == "ok", second.reply
    assert kernel.value("[total.value, total.variable('rows'), len(talk.answers)]") == [
        13_000_000,
        [5_000_000, 8_000_000],
        2,
    ]
    wrong = kernel.run("%%rlm talk report\nq")
    assert "talk is a session" in wrong.reply["evalue"]
    kernel.run("talk.close()")
    closed = kernel.run("%%rlm talk\nq")
    assert (closed.reply["ename"], len(closed.reply["traceback"])) == ("RLMError", 2)
    assert "is closed" in closed.reply["evalue"]


def test_step_mode_by_buttons(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([FINISH]))
    request = kernel.start("%%rlm report --step -o total\nWhat is the total?")
    ran = Ran()
    decide(kernel, request, ran, 1, "run")
    ran = kernel.finish(request, ran)
    assert ran.reply["status"] == "ok"
    assert kernel.value("[total.value, total.trace.iterations[0].repairs]") == [13_000_000, []]


def test_a_large_batch_is_refused_by_its_price(kernel: Kernel, scripted_server: Serve) -> None:
    batch = "try:\n    print(llm_query_batched(['why?'] * 8))\nexcept Exception as error:\n    print('REFUSED', error)"
    server = scripted_server([f"```python\n{batch}\n```", FINISH])
    kernel.use(server)
    request, ran = kernel.start("%%rlm report --step --max-llm-calls 12 -o total\nWhat is the total?"), Ran()
    decide(kernel, request, ran, 1, "run")
    decide(kernel, request, ran, 2, False)
    decide(kernel, request, ran, 3, "run")
    assert kernel.finish(request, ran).reply["status"] == "ok"
    assert any("8 calls of llm_query_batched" in json.dumps(opened["data"]) for opened in ran.of("comm_msg"))
    assert "REFUSED" in kernel.value("total.trace.iterations[0].output")
    assert len(server.requests) == 2


def test_step_mode_in_a_thread_asks_by_an_input_field(kernel: Kernel, scripted_server: Serve) -> None:
    kernel.use(scripted_server([LOOK, FINISH]))
    request = kernel.start("%%time\n%%rlm report --step -o total\nWhat is the total?")
    for typed in ("e", "print('edited')", ".", "r"):
        asked = kernel.client.get_stdin_msg(timeout=TIMEOUT)
        assert asked["content"]["prompt"]
        kernel.client.input(typed)
    ran = kernel.finish(request)
    assert ran.reply["status"] == "ok"
    assert "Iteration 1 is about to run:" in ran.text
    (repair,) = kernel.value("[repair.model_dump() for repair in total.trace.iterations[0].repairs]")
    assert (repair["kind"], repair["after"]) == ("edited", "print('edited')")
    assert kernel.value("[total.value, total.trace.iterations[0].output]") == [13_000_000, "edited\n"]
