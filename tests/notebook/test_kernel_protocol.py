"""The RLM kernel by the tests that Jupyter has for kernels, and by the parts of the protocol that they leave out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import jupyter_kernel_test
import psutil
import pytest
from conversing import TIMEOUT, Conversation, environment, out, rlm_kernel_running, specs
from jupyter_client.manager import KernelManager
from scripted_server import ScriptedServer, hang


class Started:
    """A class of tests with a kernel of its own."""

    kernel_name = "rlm"

    @classmethod
    def setUpClass(cls) -> None:
        cls.place = tempfile.TemporaryDirectory()
        folder = Path(cls.place.name)
        (folder / "report.txt").write_text("sales: 5\nsales: 8\n")
        cls.km = KernelManager(
            kernel_name="rlm", kernel_spec_manager=specs(folder), connection_file=str(folder / "kernel.json")
        )
        cls.km.start_kernel(cwd=str(folder), env=environment(folder))
        cls.prepare()
        cls.kc = cls.km.client()
        # A heartbeat that is ended before its thread has begun to listen never ends, and opens sockets for ever.
        cls.kc.start_channels = partial(cls.kc.start_channels, hb=False)

    @classmethod
    def prepare(cls) -> None:
        """The context is set, and what is said only once has been said, before any test looks at outputs."""
        first = cls.km.client()
        first.start_channels()
        first.wait_for_ready(timeout=60)
        for code in ("%context report.txt\n%%code\nlen(context)", "%%py\npass"):
            first.execute_interactive(code, output_hook=lambda _message: None)
        first.stop_channels()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.kc.stop_channels()
        cls.km.shutdown_kernel()
        cls.km.context.destroy(linger=0)
        cls.place.cleanup()


class TestKernel(Started, jupyter_kernel_test.KernelTests):
    """Everything that jupyter_kernel_test asks; Python, code in the sub-kernel, and commands take turns."""

    language_name = "rlm"
    file_extension = ".txt"
    code_hello_world = "%%code\nprint('hello, world')"
    code_stderr = "%%py\nimport sys\nprint('test', file=sys.stderr)"
    completion_samples: ClassVar[list[dict[str, Any]]] = [
        {"text": "%conte", "matches": {"%context"}},
        {"text": "%attac", "matches": {"%attach"}},
        {"text": "%context rep", "matches": {"report.txt"}},
        {"text": "%%code\ncount_m", "matches": {"count_matches"}},
        {"text": "%%code\nx = context.sp", "matches": set()},
        {"text": "%attach o", "matches": {"off"}},
        {"text": "%settings max_it", "matches": {"max_iterations="}},
        {"text": "?read_l", "matches": {"read_lines"}},
        {"text": "What is the tot", "matches": set()},
    ]
    complete_code_samples: ClassVar[list[str]] = [
        "What is the total?",
        "%context report.txt",
        "%context report.txt\nHow many lines?",
        "%%py\nx = 1",
        "%%code\nfor x in grep('a'):\n    print(x)\n\n",
        "Sum these:\n```\n1\n2\n```",
    ]
    incomplete_code_samples: ClassVar[list[str]] = [
        "What is this?\n```\nan open fence",
        "%%py",
        "%%py\nfor x in y:",
        "%%code\nfor x in grep('a'):",
        "a question that goes on \\",
    ]
    invalid_code_samples: ClassVar[list[str]] = ["%%py\nx = = 1"]
    code_page_something = "?grep"
    code_generate_error = "%%py\nraise ValueError"
    code_execute_result: ClassVar[list[dict[str, str]]] = [
        {"code": "%%py\n1 + 2 + 3", "result": "6"},
        {"code": "%%py\n[n * n for n in range(4)]", "result": "[0, 1, 4, 9]"},
        {"code": "%%py\nsum(range(10))", "result": "45"},
    ]
    code_display_data: ClassVar[list[dict[str, str]]] = [
        {"code": "%%py\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))", "mime": "text/html"}
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "%%py\nsum*"
    code_inspect_sample = "%%code\ngrep"
    code_clear_output = "%%py\nfrom IPython.display import clear_output\nclear_output()"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.kc.start_channels()
        cls.kc.wait_for_ready(timeout=TIMEOUT)


class TestWelcome(Started, jupyter_kernel_test.IopubWelcomeTests):
    """The first message on iopub."""

    support_iopub_welcome = True

    @classmethod
    def prepare(cls) -> None:
        """The kernel has started, and has said what it says then, before the test listens; nobody has listened before:
        to a subscriber that comes while another one is being let go of, a kernel's socket says no welcome."""
        asking = cls.km.client()
        asking.start_channels(iopub=False, stdin=False, hb=False)
        asking.kernel_info(reply=True, timeout=60)
        asking.stop_channels()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Conversation]:
    with rlm_kernel_running(tmp_path) as running:
        running.run("%%py\ncontext = 'one\\ntwo\\n'")
        yield running


def test_front_ends_are_told_of_prose(kernel: Conversation) -> None:
    info = kernel.ask("kernel_info")
    language = info["language_info"]
    assert (language["name"], language["mimetype"], language["pygments_lexer"]) == ("rlm", "text/x-rlm", "text")
    assert "debugger" not in info.get("supported_features", [])
    assert info["implementation"] == "rlm-kernel"
    assert "%context" in info["banner"]


def children(kernel: Conversation) -> list[psutil.Process]:
    return psutil.Process(kernel.manager.provisioner.pid).children(recursive=True)


@pytest.mark.nightly
def test_a_shutdown_leaves_no_process(kernel: Conversation) -> None:
    kernel.run("%%code\nn = 1")
    kernel.run("%attach")
    left = children(kernel)
    assert left
    kernel.manager.shutdown_kernel()
    _, alive = psutil.wait_procs(left, timeout=TIMEOUT)
    assert alive == []


@pytest.mark.nightly
def test_a_shutdown_ends_a_run(kernel: Conversation, scripted_server: Callable[..., ScriptedServer]) -> None:
    server = scripted_server([hang()])
    kernel.use(server)
    kernel.start("How many?")
    assert server.hanging.wait(TIMEOUT)
    left = children(kernel)
    kernel.manager.shutdown_kernel()
    _, alive = psutil.wait_procs(left, timeout=TIMEOUT)
    assert alive == []
    assert server.wait_for_connections(0)


def test_a_kill_leaves_no_process(kernel: Conversation) -> None:
    kernel.run("%%code\nn = 1")
    left = children(kernel)
    psutil.Process(kernel.manager.provisioner.pid).kill()
    _, alive = psutil.wait_procs(left, timeout=TIMEOUT)
    assert alive == []


@pytest.mark.nightly
def test_a_restart_begins_again(kernel: Conversation) -> None:
    kernel.run("%%code\nn = 1")
    left = children(kernel)
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=TIMEOUT)
    _, alive = psutil.wait_procs(left, timeout=TIMEOUT)
    assert alive == []
    assert "nothing to ask about" in kernel.run("How many?").reply["evalue"]


def test_several_front_ends_share_the_conversation(kernel: Conversation) -> None:
    other = Conversation(kernel.manager)
    kernel.run("%%code\nn = 41")
    assert out(other.run("%%code\nprint(n + 1)")) == "42\n"
    assert "n" in other.completions("%%code\nn")
    # What one does, the other is told on iopub.
    request = kernel.start("%%code\nprint('seen by both')")
    while (message := other.client.get_iopub_msg(timeout=TIMEOUT))["msg_type"] != "stream":
        pass
    assert message["parent_header"]["msg_id"] == request
    kernel.finish(request)
    other.client.stop_channels()
    other.client.context.destroy(linger=0)


def test_comms_and_widgets_are_those_of_any_kernel(kernel: Conversation) -> None:
    ran = kernel.run("%%py\nimport ipywidgets\nslider = ipywidgets.IntSlider(value=3)\nslider")
    opened = [one for one in ran.of("comm_open") if one["data"]["state"].get("_model_name") == "IntSliderModel"]
    (comm,) = [one["comm_id"] for one in opened]
    update = {"comm_id": comm, "data": {"method": "update", "state": {"value": 7}, "buffer_paths": []}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", update))
    assert kernel.value("slider.value") == 7
    assert comm in kernel.ask("comm_info")["comms"]


def interrupted_after(kernel: Conversation, request: str) -> float:
    """Seconds from an interrupt to the cell's end."""
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    ran = kernel.finish(request)
    assert ran.reply["ename"] == "KeyboardInterrupt"
    assert len(ran.reply["traceback"]) == 2
    return time.monotonic() - began


def test_an_interrupt_stops_code_in_the_sub_kernel_and_keeps_its_variables(kernel: Conversation) -> None:
    kernel.run("%%code\nn = 0")
    request = kernel.start("%%code\nwhile True:\n    n += 1\n    if n % 100_000 == 0: print(n)")
    while kernel.next_message(request)["msg_type"] != "stream":
        pass
    interrupted_after(kernel, request)
    assert out(kernel.run("%%code\nprint(n > 0)")) == "True\n"


def test_a_python_cell_is_interrupted_like_any_other(kernel: Conversation) -> None:
    request = kernel.start("%%py\nprint('begun', flush=True)\nwhile True: pass")
    while kernel.next_message(request)["msg_type"] != "stream":
        pass
    kernel.manager.interrupt_kernel()
    assert kernel.finish(request).reply["ename"] == "KeyboardInterrupt"
    assert kernel.value("1 + 1") == 2
