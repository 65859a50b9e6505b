"""The FastAPI example of docs/web.md, served by uvicorn in its own process: answers, events, clients that leave."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from scripted_server import ScriptedServer, hang

from rlm_kernel import Trace

pytest.importorskip("fastapi", reason="the example needs fastapi")
pytest.importorskip("uvicorn", reason="the example needs uvicorn")

DOCS = Path(__file__).resolve().parents[1] / "docs"
TIMEOUT = 60
SUM = (
    '```python\nrows = grep("sales")\nFINAL(sum(to_number(row.line.split(":")[1]) for row in rows), evidence=rows)\n```'
)
ASKED = {"question": "What is the total?", "document": "report.txt"}
Serve = Callable[..., ScriptedServer]


class Served:
    """The example, running."""

    def __init__(self, process: subprocess.Popen[str], port: int, model: ScriptedServer) -> None:
        self.process, self.port, self.model = process, port, model

    def post(self, path: str, body: Any) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self.send(path, body)
        return connection, connection.getresponse()

    def send(self, path: str, body: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return connection

    def workers(self) -> list[psutil.Process]:
        """The processes below it that have none below them: the sub-kernels of its runs."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if not child.children()]


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more; whoever has started it may not have looked yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def served(request: pytest.FixtureRequest, scripted_server: Serve, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "report.txt").write_text("sales: 5\nsales: 8\n")
    server = scripted_server(getattr(request, "param", [SUM, SUM]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RLM_", "OPENAI_"))}
    environment |= {"DOCUMENTS": str(tmp_path), "RLM_MODEL": "scripted", "OPENAI_BASE_URL": server.base_url}
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(DOCS / "examples"), "--port", "0", "fastapi_app:app"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = next(line for line in process.stderr if "running on" in line)
        yield Served(process, int(line.rpartition("127.0.0.1:")[2].split()[0]), server)
    finally:
        process.terminate()
        process.stderr.read()
        process.wait(TIMEOUT)
        process.stderr.close()


def test_the_page_shows_the_example() -> None:
    assert f"```python\n{(DOCS / 'examples' / 'fastapi_app.py').read_text()}```" in (DOCS / "web.md").read_text()


def test_a_question_is_answered(served: Served) -> None:
    connection, response = served.post("/answers", ASKED)
    with closing(connection):
        answer = json.loads(response.read())
    assert (response.status, answer["status"], answer["value"]) == (200, "answered", 13)
    assert [row["line"] for row in answer["evidence"]] == [1, 2]
    assert [row["verdict"] for row in answer["grounding"]] == ["computed"]


@pytest.mark.parametrize(
    "name",
    ["../report.txt", *(pytest.param(name, marks=pytest.mark.nightly) for name in ("nothing.txt", "/etc/passwd", ""))],
)
def test_only_files_of_the_folder_are_read(served: Served, name: str) -> None:
    for path in ("/answers", "/events"):
        connection, response = served.post(path, ASKED | {"document": name})
        with closing(connection):
            assert (response.status, json.loads(response.read())["detail"].startswith("There is no")) == (404, True)


def test_events_come_as_server_sent_events_and_make_a_trace(served: Served) -> None:
    connection, response = served.post("/events", ASKED)
    with closing(connection):
        assert response.getheader("Content-Type", "").startswith("text/event-stream")
        blocks = response.read().decode().strip().split("\n\n")
    lines = [block.partition("data: ")[2] for block in blocks]
    assert blocks[0].startswith("id: 1\nevent: RunStarted\n")
    trace = Trace.from_events(lines)
    assert (trace.status, trace.value) == ("answered", 13)


@pytest.mark.nightly
@pytest.mark.parametrize("served", [[hang()]], indirect=True)
@pytest.mark.parametrize("path", ["/answers", "/events"])
def test_a_run_ends_when_its_client_leaves(served: Served, path: str) -> None:
    connection = served.send(path, ASKED)
    assert served.model.hanging.wait(TIMEOUT)
    workers = served.workers()
    assert workers
    connection.close()
    while not all(has_ended(worker) for worker in workers):
        psutil.wait_procs(workers, timeout=0.1)
    assert served.process.poll() is None
