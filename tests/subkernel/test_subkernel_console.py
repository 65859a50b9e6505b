"""Other Jupyter clients in a session's sub-kernel: real clients, over the connection file, under the same policy."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer, say

from rlm_kernel.api.session import Session

TIMEOUT = 30
Serve = Callable[..., ScriptedServer]


class Client:
    """A client of the connection file, one cell at a time."""

    def __init__(self, file: str) -> None:
        self.client = BlockingKernelClient(connection_file=file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, code: str) -> tuple[dict[str, Any], str]:
        said: list[str] = []

        def hook(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=hook, timeout=TIMEOUT, allow_stdin=False)
        return reply["content"], "".join(said)

    def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        return dict(getattr(self.client, kind)(**content, reply=True, timeout=TIMEOUT)["content"])

    def completeness(self, code: str) -> str:
        self.client.is_complete(code)
        return str(self.client.get_shell_msg(timeout=TIMEOUT)["content"]["status"])


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Session], Client]]:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    clients = []

    def connect(session: Session) -> Client:
        clients.append(Client(session.attach().connection_file))
        return clients[-1]

    yield connect
    for each in clients:
        each.client.stop_channels()
        each.client.context.destroy(linger=0)


def test_a_client_reads_the_variables_of_a_finished_question(
    scripted_server: Serve, attached: Callable[[Session], Client]
) -> None:
    server = scripted_server([block("rows = grep('^SALES')\ncount = len(rows)\nFINAL(count)")])
    with engine(server).session(DOCUMENT) as session:
        session.completion("How many?")
        client = attached(session)
        reply, said = client.run("print(count)\n[row.line_num for row in rows]")
        assert (reply["status"], said) == ("ok", "2\n[2, 4]\n")
        assert client.ask("complete", code="print(cou", cursor_pos=9)["matches"] == [
            "count",
            "count_matches",
            "count_tokens",
        ]
        assert client.ask("inspect", code="count")["data"] == {"text/plain": "count: int 2"}
        assert client.completeness("for row in rows:") == "incomplete"
        assert client.completeness("x = = 1") == "invalid"
        assert client.ask("history")["history"] == []
        client.run("mine = count + 1")
        (payload,) = client.run("exit")[0]["payload"]
        assert payload == {"source": "ask_exit", "keepkernel": True}
        assert session.variables["mine"] == "int 3"


def test_the_policy_is_the_same(scripted_server: Serve, attached: Callable[[Session], Client]) -> None:
    with engine(scripted_server([])).session(DOCUMENT) as session:
        client = attached(session)
        for code, words in (
            ("import socket", "socket"),
            ("llm_query('?')", "nobody to answer this"),
            ("FINAL(1)", "nobody to answer this"),
            ("x = 1\n1 / 0", "(line 2)"),
        ):
            reply, _ = client.run(code)
            assert reply["status"] == "error"
            assert words in reply["traceback"][0]
        reply, said = client.run("print('a\\x1b[31mb\\x07')")
        assert said == "a␛[31mb␇\n"


def test_only_who_has_the_file_is_served_and_nothing_is_left(
    scripted_server: Serve, attached: Callable[[Session], Client]
) -> None:
    with engine(scripted_server([])).session(DOCUMENT) as session:
        way = session.attach()
        assert session.attach() is way
        file = Path(way.connection_file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        folder = Path(json.loads(file.read_text())["ip"]).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert file.name in way.command
        stranger = BlockingKernelClient()
        stranger.load_connection_info(json.loads(file.read_text()) | {"key": "another"})
        stranger.start_channels(hb=False)
        stranger.execute("found = 1")
        assert attached(session).run("'found' in show_vars()")[1] == "False\n"
        stranger.stop_channels()
        stranger.context.destroy(linger=0)
    assert way.closed
    assert not file.exists()
    assert not folder.exists()


def test_an_interrupt_stops_the_clients_own_code(scripted_server: Serve, attached: Callable[[Session], Client]) -> None:
    with engine(scripted_server([])).session(DOCUMENT) as session:
        client = attached(session)
        client.run("n = 1")
        client.client.execute("while True:\n    n += 1\n    if n % 100_000 == 0: print(n)")
        while client.client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "stream":
            pass
        message = client.client.session.msg("interrupt_request", {})
        client.client.control_channel.send(message)
        assert client.client.get_shell_msg(timeout=TIMEOUT)["content"]["ename"] == "KeyboardInterrupt"
        assert client.run("n > 1")[1] == "True\n"


def test_a_client_visits_a_question_that_is_being_answered(
    scripted_server: Serve, attached: Callable[[Session], Client]
) -> None:
    """Its code runs between the model's blocks, cannot end the run, and the trace says that it was there."""
    gate = threading.Event()
    server = scripted_server([block("n = 1"), say(block("FINAL(n)"), gate=gate), block("FINAL(n)")])
    with engine(server).session(DOCUMENT) as session:
        seen: list[str] = []

        async def ask() -> None:
            async for event in session.stream("?"):
                if type(event).__name__ == "CodeFinished" and not seen:
                    seen.extend(await asyncio.to_thread(visit))

        def visit() -> list[str]:
            client = attached(session)
            saw = [client.run("print(n)\nn = len(context)")[1], client.run("FINAL(9)")[0]["status"]]
            gate.set()
            return saw

        asyncio.run(ask())
        trace = session.answers[0].trace
        assert seen == ["1\n", "error"]
        assert trace.value == len(DOCUMENT)
        assert any("ran in the sandbox while this question" in notice for notice in trace.notices)


def test_a_closed_session_cannot_be_attached_to(scripted_server: Serve) -> None:
    with engine(scripted_server([])).session(DOCUMENT) as session:
        pass
    with pytest.raises(ValueError, match="closed"):
        session.attach()
