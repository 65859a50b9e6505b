"""Runs in Phoenix, as PyPI has it: a real collector, and what its API says of the spans that it got."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer, fail, say
from test_compat_tools import version

from rlm_kernel import RLM
from rlm_kernel.engine import otel
from rlm_kernel.models import ModelError, OpenAICompatible

pytestmark = [pytest.mark.compat, pytest.mark.timeout(1_200)]
UP_SECONDS = 600
DOCUMENT = "SALES north: 1,000\nnothing\nSALES south: 250\n"
LOOK = (
    "```python\nrows = grep('SALES')\nprint(llm_query_batched([f'Is this of the north? {r.line}' for r in rows]))\n```"
)
END = "```python\nFINAL(sum(to_number(row.line.split(':')[1]) for row in rows), evidence=rows)\n```"
SPANS = """{projects {edges {node {name tokenCountTotal spans(first: 100) {edges {node {
  name spanKind statusCode spanId parentId tokenCountTotal cumulativeTokenCountTotal input {value} output {value}
}}}}}}}"""


@pytest.fixture(scope="module")
def phoenix(environment: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Phoenix."""
    python = environment("arize-phoenix", needs=True)
    folder = tmp_path_factory.mktemp("phoenix")
    version(python, "arize-phoenix", folder)
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(str(probe.getsockname()[1]))
    settings = {"PHOENIX_PORT": ports[0], "PHOENIX_GRPC_PORT": ports[1], "PHOENIX_HOST": "127.0.0.1"}
    settings |= {"PHOENIX_WORKING_DIR": str(folder), "PHOENIX_TELEMETRY_ENABLED": "false"}
    settings["PHOENIX_ALLOW_EXTERNAL_RESOURCES"] = "false"
    log = folder / "log.txt"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [str(python.parent / "phoenix"), "serve"], env=os.environ | settings, stdout=file, stderr=file
        ) as server,
    ):
        try:
            yield _up(f"http://127.0.0.1:{ports[0]}", server, log)
        finally:
            server.terminate()
            server.wait(60)


def _up(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    """The address, once somebody answers there."""
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                return address
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"Phoenix does not come up: {log.read_text()[-2_000:]}")


def spans(address: str, project: str, count: int) -> tuple[dict[str, Any], float]:
    """The spans of a project by name, the last of each name, and its tokens; once there are so many."""
    body = json.dumps({"query": SPANS}).encode()
    for _ in range(120):
        request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            projects = {one["node"]["name"]: one["node"] for one in json.load(response)["data"]["projects"]["edges"]}
        found = [edge["node"] for edge in projects.get(project, {"spans": {"edges": []}})["spans"]["edges"]]
        if len(found) >= count:
            assert len(found) == count
            return {one["name"]: one for one in found}, projects[project]["tokenCountTotal"]
        time.sleep(0.5)
    pytest.fail(f"Phoenix has {len(found)} of {count} spans")


def script(body: dict[str, Any]) -> Any:
    messages = body["messages"]
    if "Is this of the north?" in messages[-1]["content"]:
        return say("yes", usage={"prompt_tokens": 30, "completion_tokens": 1})
    if "Fail." in str(messages):
        return fail(401, "no")
    first = not any(message["role"] == "assistant" for message in messages)
    return say(LOOK if first else END, usage={"prompt_tokens": 100, "completion_tokens": 20})


def test_phoenix_shows_a_run_as_it_was(phoenix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", phoenix)
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    with ScriptedServer(script) as server:
        model, reader = (OpenAICompatible(name, base_url=server.base_url) for name in ("root", "reader"))
        rlm = RLM(model, sub_model=reader, otel=True, examples="off")
        assert rlm.completion("What do the sales add up to?", DOCUMENT).value == 1250
        assert otel.flush(30)
        by_name, tokens = spans(phoenix, "default", 9)
        # The sum of the calls, and not once more for each span above them.
        assert tokens == 2 * 120 + 2 * 31
        assert {name: one["spanKind"] for name, one in by_name.items()} == {
            "invoke_agent rlm-kernel": "agent",
            "iteration 1": "chain",
            "iteration 2": "chain",
            "chat root": "llm",
            "chat reader": "llm",
            "execute_tool python": "tool",
        }
        run = by_name["invoke_agent rlm-kernel"]
        assert (run["input"]["value"], run["output"]["value"]) == ("What do the sales add up to?", "1250")
        assert (run["parentId"], run["cumulativeTokenCountTotal"]) == (None, tokens)
        assert by_name["iteration 2"]["parentId"] == run["spanId"]
        assert (by_name["chat root"]["tokenCountTotal"], by_name["chat reader"]["tokenCountTotal"]) == (120, 31)
        assert by_name["chat reader"]["input"]["value"].startswith("Is this of the north?")
        with pytest.raises(ModelError):
            rlm.completion("Fail.", DOCUMENT)
        assert otel.flush(30)
        assert "ERROR" in {one["statusCode"] for one in spans(phoenix, "default", 12)[0].values()}
