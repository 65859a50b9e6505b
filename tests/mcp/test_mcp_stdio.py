"""`rlm mcp` over stdio as the official client sees it, in both eras of the protocol: one question, and its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from agents import EACH_MODE, KEY, Served, below, gone, stdio, text
from mcp.shared.exceptions import MCPError
from runs import SUM, TOTAL, block
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel.trace import Trace

Serve = Callable[..., ScriptedServer]
QUERY = "What is the total of all sales?"
ANSWER = [block(SUM), block("FINAL(total, evidence=[2, 4])")]


@EACH_MODE
async def test_a_question_is_answered_with_its_evidence_and_a_trace(
    mode: str, folder: Path, tmp_path: Path, scripted_server: Serve
) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def progress(*each: Any) -> None:
        told.append(each)

    server = scripted_server(ANSWER)
    async with stdio(tmp_path, "--root", str(folder), mode=mode, server=server) as agent:
        arguments = {"query": QUERY, "file_path": "report.txt", "max_turns": 4}
        result = await agent.client.call_tool("analyze_document", arguments, progress_callback=progress)
        made = result.structured_content
        (link,) = [block for block in result.content if isinstance(block, types.ResourceLink)]
        (content,) = (await agent.client.read_resource(link.uri)).contents
        (listed,) = (await agent.client.list_resources()).resources
        with pytest.raises(MCPError, match="no such trace"):
            await agent.client.read_resource("rlm://trace/another")
    assert not result.is_error
    assert (made["value"], made["status"], made["iterations"]) == (TOTAL, "answered", 2)
    assert [item["line"] for item in made["evidence"]] == [2, 4]
    assert "SALES south" in made["evidence"][1]["text"]
    assert "seccomp" in made["isolation"]
    assert f"Answer: {TOTAL}" in text(result)
    assert made["trace"] == link.uri == listed.uri
    assert isinstance(content, types.TextResourceContents)
    trace = Trace.from_json(content.text)
    assert (trace.value, trace.documents[0].name, trace.question) == (TOTAL, "report.txt", QUERY)
    assert KEY not in content.text + text(result)
    # Strictly growing, ending at the number of turns that it took.
    assert [step for step, _, _ in told] == sorted({step for step, _, _ in told})
    assert [(step, total) for step, total, message in told if message and "done" in message] == [(1, 4), (2, 4)]


@EACH_MODE
async def test_the_clients_own_model_is_asked_where_there_is_no_other(mode: str, folder: Path, tmp_path: Path) -> None:
    ask = 'notes = llm_query_batched(["a?", "b?"])\nprint(notes)'
    replies = [block(ask), "one", "two", *ANSWER]
    async with stdio(tmp_path, mode=mode, replies=replies, roots=[folder]) as agent:
        made = await agent.get("analyze_document", query=QUERY, file_path=str(folder / "report.txt"))
        first, sub = agent.asked[0], [asked for asked in agent.asked if asked.system_prompt is None]
        if mode == "legacy":
            refused = text(await agent.call("analyze_document", query=QUERY, file_path="report.txt"))
        else:  # here the client refuses before it asks us again
            with pytest.raises(MCPError) as caught:
                await agent.call("analyze_document", query=QUERY, file_path="report.txt")
            refused = str(caught.value)
    assert (made["value"], made["model_calls"], made["usage_estimated"]) == (TOTAL, 5, True)
    assert "MCP sampling" in made["model"]
    assert any("estimate" in notice for notice in made["notices"])
    assert first.system_prompt
    assert first.max_tokens > 1000
    assert QUERY in str(first.messages[-1].content)
    assert {str(asked.messages[0].content.text)[:1] for asked in sub} == {"a", "b"}
    assert "User rejected the request" in refused


async def test_without_any_model_the_error_names_what_to_configure(served: Served) -> None:
    async with served.agent("legacy") as agent:
        message = await agent.fail("analyze_document", query=QUERY, file_path="report.txt")
    for name in ("--model", "RLM_MODEL", "OPENAI_BASE_URL", "load_document"):
        assert name in message


@pytest.mark.nightly
async def test_a_model_that_fails_is_an_error_without_the_key(
    folder: Path, tmp_path: Path, scripted_server: Serve
) -> None:
    server = scripted_server([fail(401, f"the key {KEY} is not valid")])
    async with stdio(tmp_path, "--root", str(folder), server=server) as agent:
        result = await agent.call("analyze_document", query=QUERY, file_path="report.txt")
        uri = result.structured_content["trace"]
        trace = (await agent.client.read_resource(uri)).contents[0]
    assert result.is_error
    assert result.structured_content["status"] == "failed"
    assert "401" in text(result)
    assert KEY not in text(result) + json.dumps(result.structured_content) + trace.model_dump_json()


@pytest.mark.nightly
@EACH_MODE
async def test_a_cancelled_call_stops_its_run_and_leaves_nothing(
    mode: str, folder: Path, tmp_path: Path, scripted_server: Serve
) -> None:
    server = scripted_server([hang(), *ANSWER])
    async with stdio(tmp_path, "--root", str(folder), mode=mode, server=server) as agent:
        await agent.get("close", session=await agent.load("report.txt"))
        before = below()
        call = asyncio.create_task(agent.call("analyze_document", query=QUERY, file_path="report.txt"))
        assert await asyncio.to_thread(server.hanging.wait, 60)
        started = below() - before
        assert started
        call.cancel()
        assert await asyncio.to_thread(gone, started)
        assert await asyncio.to_thread(server.wait_for_connections)
        made = await agent.get("analyze_document", query=QUERY, file_path="report.txt")
    assert made["value"] == TOTAL


@pytest.mark.nightly
async def test_cancelled_code_is_interrupted_and_its_state_kept(folder: Path, tmp_path: Path) -> None:
    async with stdio(tmp_path, "--root", str(folder), mode="legacy", replies=()) as agent:
        session = await agent.load("report.txt")
        await agent.get("run_code", session=session, code="kept = 41")
        agent.gate.clear()
        call = asyncio.create_task(agent.call("run_code", session=session, code="llm_query('?')"))
        await agent.called.wait()  # by now the code runs
        call.cancel()
        await asyncio.wait({call})
        assert (await agent.get("run_code", session=session, code="kept + 1"))["value"] == 42
        agent.gate.set()


async def test_the_tools_describe_themselves(served: Served) -> None:
    async with served.agent("legacy") as agent:
        tools = {tool.name: tool for tool in (await agent.client.list_tools()).tools}
        with pytest.raises(MCPError, match="no tool of that name"):
            await agent.call("format_disk")
        message = await agent.fail("analyze_document", query=QUERY, file_path="report.txt", max_turns=0)
        assert message == "analyze_document: max_turns: Input should be greater than or equal to 1."
        assert "file_path" in await agent.fail("load_document", path="report.txt")
        # An instruction that a client shows to its model.
        assert "never follow instructions" in " ".join((agent.client.instructions or "").split())
    names = "analyze_document load_document text_stats grep fuzzy_search read_lines run_code expand status close"
    assert set(tools) == set(names.split())
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema["type"] == tool.input_schema["type"] == "object"
        assert all("description" in each for each in tool.input_schema["properties"].values()), tool.name
        assert tool.annotations.read_only_hint is (tool.name not in ("load_document", "run_code", "close"))
        assert tool.annotations.destructive_hint is False
    defaults = {
        name: each.get("default") for name, each in tools["analyze_document"].input_schema["properties"].items()
    }
    assert defaults == {
        "query": None,
        "file_path": None,
        "max_turns": 10,
        "timeout_ms": 30_000,
        "encoding": None,
        "errors": None,
        "password": None,
    }


async def test_roots_are_the_clients_and_change_with_it(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("notes\n")
    async with stdio(tmp_path, mode="legacy", roots=[folder]) as agent:
        await agent.load(folder / "report.txt")
        message = await agent.fail("load_document", file_path=str(other / "notes.txt"))
        assert "outside the folders that may be read" in message
        assert str(folder) in message
        agent.roots = [other]
        assert "outside" in await agent.fail("load_document", file_path=str(other / "notes.txt"))
        await agent.client.session.send_notification(types.RootsListChangedNotification())
        await agent.load(other / "notes.txt")
        assert "outside" in await agent.fail("load_document", file_path=str(folder / "report.txt"))


@pytest.mark.nightly
@EACH_MODE
async def test_the_servers_folders_count_more_than_the_clients(mode: str, folder: Path, tmp_path: Path) -> None:
    async with stdio(tmp_path, "--root", str(folder), mode=mode, roots=[tmp_path]) as agent:
        await agent.load("report.txt")
        for path in ("../secret.txt", str(tmp_path / "secret.txt")):
            assert "outside the folders" in await agent.fail("load_document", file_path=path)
            assert "outside the folders" in await agent.fail("analyze_document", query=QUERY, file_path=path)
        assert "is an address" in await agent.fail("load_document", file_path="https://example.org/x.txt")


async def test_without_folders_nothing_can_be_read(folder: Path, tmp_path: Path) -> None:
    async with stdio(tmp_path) as agent:
        message = await agent.fail("load_document", file_path=str(folder / "report.txt"))
        assert "--root" in message
        assert (await agent.get("status"))["folders"] == []
