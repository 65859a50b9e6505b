"""Questions, commands and code in a real RLM kernel, with the real engine and a scripted model server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conversing import TIMEOUT, Conversation, out, rlm_kernel_running
from jupyter_client.blocking.client import BlockingKernelClient
from scripted_server import ScriptedServer, hang, say
from test_notebook_kernel import WIDGET, wait_until_live, wait_until_shown

from rlm_kernel.trace import MIME_TYPE, Trace

Serve = Callable[..., ScriptedServer]
REPORT = "sales: $5,000,000\nnothing\nsales: $8,000,000\n"
ADD = "I add.\n```python\nhits = grep('sales')\nFINAL(sum(to_number(hit.line) for hit in hits))\n```"
COUNT = "I count.\n```python\nFINAL(len(hits))\n```"
LOOK = "I look.\n```python\nprint(len(context))\n```"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "report.txt").write_text(REPORT)
    (folder / "notes.txt").write_text("a note\n")
    with rlm_kernel_running(folder) as kernel:
        kernel.run("%%py\n'the note on isolation is said'")
        yield kernel


@pytest.fixture
def kernel(running: Conversation) -> Iterator[Conversation]:
    """A kernel with a context and a conversation that has just begun; afterwards no widget may be left in it."""
    assert running.run("%tools none\n%settings max_iterations=10\n%context report.txt").reply["status"] == "ok"
    yield running
    assert running.value("len(__import__('ipywidgets').widgets.widget._instances)") == 0


def answer(ran: Any) -> Trace:
    (card,) = ran.cards()
    return Trace.model_validate(card["data"][MIME_TYPE])


def test_a_cell_is_a_question_shown_live_then_at_rest(kernel: Conversation, scripted_server: Serve) -> None:
    gate = threading.Event()
    kernel.use(scripted_server([LOOK, say(ADD, gate=gate)]))
    request = kernel.start("What is the total of all sales?")
    ran = wait_until_live(kernel, request)
    gate.set()
    ran = kernel.finish(request, ran)
    assert ran.reply["status"] == "ok"
    (shown,), (final,) = ran.of("display_data"), ran.of("update_display_data")
    assert WIDGET in shown["data"]
    assert shown["data"]["text/plain"] == "(a run is under way)"
    assert WIDGET not in final["data"]
    trace = answer(ran)
    assert (trace.value, trace.question) == (13_000_000, "What is the total of all sales?")
    assert [document.name for document in trace.documents] == ["report.txt"]
    assert ran.of("execute_result")[0]["data"]["text/plain"].startswith("13,000,000\n")
    assert kernel.value("[_.value, _.status]") == [13_000_000, "answered"]


def test_a_follow_up_finds_the_variables_and_so_does_code(kernel: Conversation, scripted_server: Serve) -> None:
    server = scripted_server([ADD, COUNT])
    kernel.use(server)
    kernel.run("What is the total?")
    assert answer(kernel.run("And how many\nlines are that?\n")).value == 2
    assert "What is the total?" in server.requests[1]["messages"][-1]["content"]
    assert out(kernel.run("%%code\nprint([hit.line_num for hit in hits])\nlen(hits)")) == "[1, 3]\n2\n"
    assert out(kernel.run("%reset\n%%code\nprint(show_vars())")) == "{}\n"


def test_a_question_is_asked_word_for_word(kernel: Conversation, scripted_server: Serve) -> None:
    server = scripted_server([ADD])
    kernel.use(server)
    question = (
        'What is {total}, $HOME, %s\n  >>> \'a\' """ b\\n ☃ ... # in \u2028 all?\n%context nothing.txt\n!ls\ngrep?'
    )
    assert answer(kernel.run(question)).question == question
    assert question in server.requests[0]["messages"][-1]["content"]


def test_silent_code_is_python(kernel: Conversation) -> None:
    ran = kernel.run("quiet = 6 * 7", silent=True)
    assert ran.reply["status"] == "ok"
    assert kernel.value("quiet") == 42


def test_a_session_with_a_name_is_another_one(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([ADD, COUNT, ADD]))
    assert answer(kernel.run("%%rlm --session talk\nWhat is the total?")).value == 13_000_000
    assert answer(kernel.run("%%rlm talk\nHow many?")).value == 2
    assert out(kernel.run("%%code\nprint(show_vars())")) == "{}\n"
    assert kernel.value("sorted(talk.variables)") == ["hits"]
    assert kernel.run("%context report.txt\n%%rlm -o again\nWhat is the total?").reply["status"] == "ok"
    assert kernel.value("[again.value, again.variable('hits')[0]['line_num']]") == [13_000_000, 1]


def test_the_history_keeps_what_was_typed(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([ADD]))
    cell = "%context report.txt\n\nHow much is it?"
    kernel.run(cell)
    found = kernel.ask("history", hist_access_type="tail", n=1, raw=True, output=False)["history"]
    assert [row[2] for row in found] == [cell]


def test_options_and_other_documents_by_the_magic(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([ADD, COUNT, LOOK.replace("print", "FINAL")]))
    kernel.run("%%rlm -o total --type int\nWhat is the total?")
    assert kernel.value("[total.value, total.trace.settings['answer_type']]") == [13_000_000, "int"]
    assert answer(kernel.run("%%rlm -n 2\nHow many?")).value == 2
    other = kernel.run("%%rlm notes.txt\nHow long?")
    assert (answer(other).value, answer(other).documents[0].name) == (7, "notes.txt")
    assert "hits" in kernel.completions("%%code\nhi")


def test_a_context_of_python_is_followed(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([LOOK.replace("print", "FINAL")] * 3))
    kernel.run("%%py\ncontext = 'abc'\nmore = ['x', 'yy']")
    assert answer(kernel.run("How long?")).value == 3
    assert "report.txt: 44 characters, 3 lines" in out(kernel.run("%context report.txt"))
    assert answer(kernel.run("How long?")).value == 44
    shown = out(kernel.run("%context report.txt notes.txt more"))
    assert "notes.txt: 7 characters" in shown
    assert len(answer(kernel.run("How long?")).documents) == 4


@pytest.mark.parametrize("cell", ["What is the total?", "%context report.txt\nWhat is the total?"])
def test_an_interrupt_stops_a_run_at_once(kernel: Conversation, scripted_server: Serve, cell: str) -> None:
    server = scripted_server([LOOK, hang("I was just"), ADD])
    kernel.use(server)
    request = kernel.start(cell)
    ran = wait_until_shown(kernel, request, server)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    ran = kernel.finish(request, ran)
    # Not 0.3 s: other tests may be running on this machine.
    assert time.monotonic() - began < 5
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert answer(ran).status == "stopped"
    assert answer(kernel.run("Again: what is the total?")).value == 13_000_000


def test_the_stop_button_is_heard_below_a_command(kernel: Conversation, scripted_server: Serve) -> None:
    server = scripted_server([hang()])
    kernel.use(server)
    request = kernel.start("%context report.txt\nWhat is the total?")
    ran = wait_until_shown(kernel, request, server)
    opened = [one for one in ran.of("comm_open") if one["data"]["state"].get("_model_name") == "AnyModel"]
    click = {"comm_id": opened[0]["comm_id"], "data": {"method": "custom", "content": {"kind": "stop"}}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", click))
    assert kernel.finish(request, ran).reply["ename"] == "KeyboardInterrupt"


def test_code_streams_and_fails_like_code(kernel: Conversation) -> None:
    ran = kernel.run("%%code\nprint('a\\x1b[31mb')\nx = 1\nx / 0")
    assert out(ran) == "a␛[31mb\n"
    assert ran.reply["ename"] == "ZeroDivisionError"
    assert ran.reply["traceback"] == ["ZeroDivisionError: division by zero", "line 3: x / 0"]
    assert "'socket' is not available in the sandbox" in kernel.run("%%code\nimport socket").reply["evalue"]
    assert "nobody to answer" in kernel.run("%%code\nllm_query('?')").reply["evalue"]
    assert out(kernel.run("%%code\nprint(x)")) == "1\n"


def test_code_needs_no_model(kernel: Conversation) -> None:
    kernel.run("%%py\nget_ipython().magics_manager.registry['RLMMagics'].engine.model = None")
    assert out(kernel.run("%%code\nprint(text_stats().line_count)")) == "3\n"
    assert "%rlm model" in "".join(kernel.run("Why?").reply["traceback"])


def test_tools_of_the_users_own(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server(["```python\nFINAL(doubled(21))\n```"]))
    kernel.run("%%py\ndef doubled(n: int) -> int:\n    'Twice a number.'\n    return 2 * n")
    listed = out(kernel.run("%tools doubled"))
    assert "doubled(n: int) -> int (yours: runs in this process)\n    Twice a number." in listed
    assert "grep(" in listed
    assert answer(kernel.run("What is twice 21?")).value == 42
    assert out(kernel.run("%%code\nprint(doubled(4))")) == "8\n"
    assert "Twice a number." in kernel.run("?doubled").reply["payload"][0]["data"]["text/plain"]


def test_the_trace_is_shown_and_saved(kernel: Conversation, scripted_server: Serve, tmp_path: Path) -> None:
    kernel.use(scripted_server([ADD]))
    kernel.run("What is the total?")
    assert MIME_TYPE in kernel.run("%trace").of("display_data")[0]["data"]
    kernel.run(f"%trace '{tmp_path / 'run.json'}'")
    assert Trace.from_json((tmp_path / "run.json").read_text()).value == 13_000_000


def test_settings(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([]))
    assert "max_iterations: 7" in out(kernel.run("%settings max_iterations=7"))
    text = out(kernel.run("%settings"))
    assert "max_iterations: 7" in text
    assert "scripted" in text
    assert "secret-key" not in text
    kernel.run("%config RLM.max_iterations = 8")
    assert "max_iterations: 8" in out(kernel.run("%model"))


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%context nothing.txt", "no variable and no file named 'nothing.txt'"),
        ("%settings no_such=1", "write NAME=VALUE"),
        ("%settings max_iterations=0", "max_iterations"),
        ("%settings api_key=sk-1", "it is not set here"),
        ("%tools no_such", "there is no function of that name"),
        ("%attach on", "takes `off` or nothing"),
        ("%reset all", "takes no options"),
        ("%model", ""),
        ("%%code x\nprint(1)", "takes no options"),
        ("!ls", "outside of the sandbox"),
        ("%%bash\nls", "outside of the sandbox"),
        ("%sx ls", "outside of the sandbox"),
        ("%%rlm -n many\nq", "'many' is not a whole number"),
        ("%trace no/such/folder.json", "does not exist"),
    ],
)
def test_mistakes_are_two_lines(kernel: Conversation, scripted_server: Serve, cell: str, words: str) -> None:
    kernel.use(scripted_server([ADD]))
    kernel.run("q")
    ran = kernel.run(cell)
    if cell == "%model":
        assert "model: scripted" in out(ran)
        return
    assert ran.reply["ename"] == "RLMError"
    assert words in ran.reply["evalue"]
    assert len(ran.reply["traceback"]) == 2


def test_python_is_marked_once_as_not_isolated(tmp_path: Path) -> None:
    with rlm_kernel_running(tmp_path) as kernel:
        assert kernel.run("alpha = 0.6").messages
        assert "nothing to ask about" in kernel.run("How many?").reply["evalue"]
        first, second = kernel.run("%%py\nalpha + 1"), kernel.run("%%py\nimport os\n1 / 0")
        assert "NOT isolated" in first.text
        assert first.of("execute_result")[0]["data"] == {"text/plain": "1.6"}
        assert second.text == ""
        assert any("line 3" in part for part in second.reply["traceback"])
        nested = kernel.run("%%py\n%%time\nawaited = 1\nget_ipython().run_cell('beta = awaited + 1')")
        assert nested.reply["status"] == "ok"
        assert kernel.value("beta") == 2
        assert kernel.run("%%py\nimport asyncio\nawait asyncio.sleep(0, 5)").of("execute_result")[0]["data"]


def test_help_and_inspection(kernel: Conversation) -> None:
    kernel.run("%%code\ncount = 3")

    def paged(cell: str) -> str:
        return str(kernel.run(cell).reply["payload"][0]["data"]["text/plain"])

    assert "Every line with a match of a regular expression" in paged("grep?")
    assert "count: int 3" in paged("?count")
    assert "report.txt: 44 characters" in paged("context?")
    assert "Set what questions are about" in paged("%context?")
    assert "in the sub-kernel" in paged("%%code?")
    assert "bare text is %%rlm" in paged("?%rlm")
    told = kernel.ask("inspect", "%%code\nprint(count)", cursor_pos=15)
    assert told["found"]
    assert "int 3" in told["data"]["text/plain"]
    assert not kernel.ask("inspect", "What is print about?", cursor_pos=10)["found"]
    assert kernel.ask("inspect", "%%py\nprint", cursor_pos=9)["found"]


def test_completion(kernel: Conversation) -> None:
    kernel.run("%%code\ntotal_of_north = 3")
    kernel.run("%%py\nmy_text = 'abc'\ndef my_tool(x): ...")
    assert kernel.completions("%%code\nprint(total_of") == ["total_of_north"]
    assert kernel.completions("%context my_") == ["my_text"]
    assert kernel.completions("%tools my_") == ["my_tool"]
    assert kernel.completions("What does rep") == ["report.txt"]
    assert kernel.completions("%%py\nmy_te") == ["my_text"]
    assert any(each.endswith("upper") for each in kernel.completions("%%py\nmy_text.upp"))
    assert "%context" in kernel.completions("%con")
    assert "local" in kernel.completions("%context report.txt\n%model loc")
    assert "--max-iterations" in kernel.completions("%%rlm --max-it")


def test_another_client_is_let_in_and_out_again(kernel: Conversation) -> None:
    kernel.run("%%code\nn = 41")
    shown = out(kernel.run("%attach"))
    file = Path(shown.partition("The file: ")[2].strip())
    assert f"jupyter console --existing {file.name}" in shown
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    reply = client.execute_interactive("m = n + 1", timeout=TIMEOUT, allow_stdin=False)
    assert reply["content"]["status"] == "ok"
    client.stop_channels()
    client.context.destroy(linger=0)
    assert out(kernel.run("%%code\nprint(m)")) == "42\n"
    kernel.run("%attach off")
    assert not file.exists()


def test_a_kernel_tells_nobody_the_key(kernel: Conversation, scripted_server: Serve) -> None:
    kernel.use(scripted_server([ADD]))
    assert "secret-key" not in json.dumps(kernel.run("What is the total?").messages, default=str)
