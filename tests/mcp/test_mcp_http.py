"""`rlm mcp --http`: the token, the addresses, and clients that do not see each other."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from agents import COMMAND, EACH_MODE, KEY, MODES, TOKEN, Served, below, dying_client, environment, gone, serving
from commands import run_here
from mcp.shared.exceptions import MCPError
from runs import SUM, TOTAL, block
from scripted_server import ScriptedServer, hang

Serve = Callable[..., ScriptedServer]
QUERY = "What is the total of all sales?"
ANSWER = [block(SUM), block("FINAL(total, evidence=[2, 4])")]


@EACH_MODE
async def test_a_client_asks_and_searches(mode: str, modelled: Served) -> None:
    told: list[Any] = []

    async def progress(*each: Any) -> None:
        told.append(each)

    async with modelled.agent(mode) as agent:
        arguments = {"query": QUERY, "file_path": "report.txt"}
        result = await agent.client.call_tool("analyze_document", arguments, progress_callback=progress)
        assert result.structured_content["value"] == TOTAL
        assert (await agent.client.read_resource(result.structured_content["trace"])).contents
        session = await agent.load("report.txt")
        assert (await agent.get("grep", session=session, pattern="^SALES"))["count"] == 2
        await agent.get("run_code", session=session, code="x = 1")
        assert (await agent.get("run_code", session=session, code="x"))["value"] == 1
        await agent.get("close", session=session)
    assert len(told) == 6
    assert KEY not in str(result)


@pytest.mark.nightly
@EACH_MODE
async def test_clients_ask_their_own_model(mode: str, served: Served) -> None:
    async with served.agent(mode, replies=ANSWER) as agent:
        made = await agent.get("analyze_document", query=QUERY, file_path="report.txt")
        assert (made["value"], len(agent.asked)) == (TOTAL, 2)


async def test_clients_do_not_see_each_other(modelled: Served) -> None:
    async with AsyncExitStack() as stack:
        old = [await stack.enter_async_context(modelled.agent("legacy")) for _ in range(2)]
        new = await stack.enter_async_context(modelled.agent("auto"))
        first = await old[0].load("report.txt")
        found = await old[0].get("grep", session=first, pattern="sales")
        made = await old[0].get("analyze_document", query=QUERY, file_path="report.txt")
        assert len((await old[0].get("status"))["sessions"]) == 1
        assert len((await old[0].client.list_resources()).resources) == 1
        third = await new.load("report.txt")
        assert (await new.get("analyze_document", query=QUERY, file_path="report.txt"))["value"] == TOTAL
        for other in (old[1], new):
            # Not even to those who know the names.
            for tool in ("text_stats", "close"):
                assert "no such session" in await other.fail(tool, session=first)
            assert "no such session" in await other.fail("run_code", session=first, code="1")
            assert "no such session" in await other.fail("expand", handle=found["handle"])
            with pytest.raises(MCPError, match="no such trace"):
                await other.client.read_resource(made["trace"])
            assert (await other.get("status"))["sessions"] == []
            assert (await other.client.list_resources()).resources == []
        assert "no such session" in await old[0].fail("close", session=third)
        # What one has loaded is not counted for the other.
        for _ in range(3):
            await old[0].load("report.txt")
        assert "4 documents are loaded" in await old[0].fail("load_document", file_path="report.txt")
        await old[1].load("report.txt")
        await new.get("close", session=third)


async def test_only_requests_with_the_token_and_to_this_server_are_answered(served: Served) -> None:
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert served.status() == 401
    for wrong in ("Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer \xff"):
        assert served.status(Authorization=wrong) == 401
    for host in ("evil.example", f"evil.example:{served.port}", "127.0.0.1:1"):
        assert served.status(host=host, **right) == 421
    assert served.status(Origin="http://evil.example", **right) == 403
    assert served.status(Origin=f"http://localhost:{served.port}", **right) not in (401, 403, 421)
    stranger = dataclasses.replace(served, token="another-token-of-somebody")
    with pytest.raises((MCPError, ExceptionGroup)):
        async with stranger.agent("legacy"):
            pass


async def test_a_token_is_made_and_said_once(folder: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--root", str(folder), token=None) as served:
        assert re.fullmatch(r"[\w-]{43}", served.token)
        async with served.agent("auto") as agent:
            assert (await agent.get("status"))["version"]
            await agent.load("report.txt")
        everything = below(served.process.pid)
        served.process.terminate()
        out, err = served.process.communicate(timeout=30)
    assert (out, served.token in err) == ("", False)
    # Nothing outlives the server, whatever was loaded.
    assert everything
    assert await asyncio.to_thread(gone, everything)


@pytest.mark.nightly
async def test_a_session_ends_with_its_client_or_its_time(folder: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--root", str(folder), "--idle-minutes", "0.05") as served:
        for mode in MODES:
            async with served.agent(mode) as agent:
                await agent.get("close", session=await agent.load("report.txt"))
                before = below(served.process.pid)
                await agent.load("report.txt")
                started = below(served.process.pid) - before
                assert len(started) == 1
            assert await asyncio.to_thread(gone, started)


def test_a_client_that_dies_in_mid_run_leaves_no_sub_kernel(
    folder: Path, tmp_path: Path, scripted_server: Serve
) -> None:
    server = scripted_server([hang()])
    with serving(tmp_path, "--root", str(folder), server=server) as served:
        to = (
            f"streamable_http_client({served.url!r}, http_client="
            f"create_mcp_http_client(headers={{'Authorization': 'Bearer {TOKEN}'}}))"
        )
        command = dying_client(to, folder / "report.txt", "analyze_document")
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(tmp_path)) as client:
            assert server.hanging.wait(60)
            # The fork server stays; what it has forked does not.
            started = {process for process in below(served.process.pid) if process.ppid() != served.process.pid}
            assert started
            client.kill()
        assert gone(started)
        assert server.wait_for_connections()


@pytest.mark.parametrize(
    ("options", "token", "words"),
    [
        (["--http", "127.0.0.1:0"], TOKEN, "--root"),
        (["--http", "0.0.0.0:0", "--root", "."], TOKEN, "--allow-host"),
        (["--http", "8000"], TOKEN, "HOST:PORT"),
        (["--http", "127.0.0.1:99999"], TOKEN, "HOST:PORT"),
        (["--http", "127.0.0.1:0", "--root", "."], "short", "at least 16"),
        (["--http", "192.0.2.1:1", "--allow-host", "x", "--root", "."], TOKEN, "cannot be served"),
        (["--root", "nowhere"], TOKEN, "no such folder"),
        (["--api-key-env", "NOT_SET"], TOKEN, "NOT_SET"),
        (["--max-sessions", "0"], TOKEN, "--max-sessions"),
        (["--memory-limit", "lots"], TOKEN, "'lots' is not a size"),
    ],
)
def test_mistakes_are_one_sentence(options: list[str], token: str, words: str, tmp_path: Path) -> None:
    done = run_here(["mcp", *options], folder=tmp_path, environment=environment(tmp_path, RLM_MCP_TOKEN=token))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert token not in done.stderr.replace("short and", "")


@pytest.mark.nightly
def test_check_lists_the_tools(folder: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "--root", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()][:2] == ["analyze_document", "load_document"]
    assert len(done.stdout.splitlines()) == 10


def test_check_says_when_the_server_does_not_start(tmp_path: Path) -> None:
    # The child, which is started without --check, ends before it says anything.
    (tmp_path / "sitecustomize.py").write_text("import os, sys\nif '--check' not in sys.orig_argv: os._exit(7)\n")
    done = check(tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("rlm: the server does not answer")


def test_without_the_sdk_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "mcp_types.py").write_text("raise ImportError('No module named mcp_types')\n")
    done = check(tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'rlm-kernel[mcp]'" in done.stderr


def check(tmp_path: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *COMMAND, "--check", *options]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=90, env=environment(tmp_path, **env), check=False
    )
