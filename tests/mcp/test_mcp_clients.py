"""What is kept for one client, and for how long: calls that wait, traces, room for documents."""

from __future__ import annotations

import asyncio
from typing import Any

import mcp_types as types
import pytest

from rlm_kernel.document import Document
from rlm_kernel.mcp.clients import McpClient
from rlm_kernel.mcp.jobs import Job
from rlm_kernel.mcp.server_settings import MAX_CALLS, MAX_TRACES, PATIENCE, ServerSettings, ToolFailure

DONE = types.CallToolResult(content=[])


def job(name: str = "a_tool", direct: Any = None) -> Job:
    return Job(name, {}, sampling=True, roots=True, direct=direct)


async def parked(client: McpClient) -> Job:
    """A call that has asked its client something, and waits for it to come back."""

    async def work(job: Job) -> types.CallToolResult:
        await job.ask(types.ListRootsRequest())
        return DONE

    made = job()
    await client.add_job(made)
    made.start(work, client.settle)
    await made.news.wait()
    assert list(await made.take_requests()) == ["ask-1"]
    made.park()
    return made


async def test_a_call_goes_on_with_what_the_client_brings() -> None:
    client = McpClient(ServerSettings())
    waiting = await parked(client)
    assert waiting.parked
    assert client.parked("another") is None
    assert client.parked("ä") is None
    assert client.parked(waiting.parked) is waiting
    waiting.deliver({"ask-1": types.ListRootsResult(roots=[])})
    while client.jobs:
        waiting.news.clear()
        await waiting.news.wait()
    assert waiting.result() is DONE


async def test_a_call_whose_client_brings_nothing_fails() -> None:
    client = McpClient(ServerSettings())
    waiting = await parked(client)
    waiting.deliver({"ask-9": 1})
    while client.jobs:
        waiting.news.clear()
        await waiting.news.wait()
    assert waiting.result().is_error
    assert "has not answered" in str(waiting.result().content)


async def test_a_call_that_ends_while_it_waits_is_kept_for_its_client() -> None:
    client = McpClient(ServerSettings())
    waiting = await parked(client)
    assert waiting.parked
    await waiting.end()
    assert client.parked(waiting.parked) is waiting
    await client.expire(asyncio.get_running_loop().time() + PATIENCE * 2)
    assert client.parked(waiting.parked) is None


async def test_a_call_that_nobody_comes_back_for_is_ended() -> None:
    client = McpClient(ServerSettings())
    waiting = await parked(client)
    now = asyncio.get_running_loop().time()
    await client.expire(now + PATIENCE / 2)
    assert not waiting.done
    await client.expire(now + PATIENCE * 2)
    assert waiting.done
    assert client.jobs == set()


async def test_calls_are_few_and_one_that_was_given_up_makes_room() -> None:
    client = McpClient(ServerSettings())
    waiting = [await parked(client) for _ in range(MAX_CALLS)]
    more = [await parked(client) for _ in range(2)]
    assert [each.done for each in waiting] == [True, True] + [False] * (MAX_CALLS - 2)
    for each in [*waiting[2:], *more]:
        each.deliver({})
        each.parked = None
    for _ in range(MAX_CALLS - len(client.jobs)):
        await client.add_job(job())
    with pytest.raises(ToolFailure, match=f"{MAX_CALLS} calls are under way"):
        await client.add_job(job())
    await client.close()


async def test_only_the_last_traces_are_kept() -> None:
    client = McpClient(ServerSettings())
    made = [client.add_trace(f"{number}") for number in range(MAX_TRACES + 3)]
    assert list(client.traces) == made[3:]
    large = client.add_trace("x" * (60 << 20))
    assert client.add_trace("y" * (10 << 20)) in client.traces
    assert large not in client.traces


async def test_documents_have_only_so_much_room() -> None:
    client = McpClient(ServerSettings(max_bytes=100))
    async with client.room() as room:
        assert room.left == 100
        room.take(Document.of("x" * 70))
    async with client.room() as second:
        assert second.left == 30
    room.free()
    async with client.room() as third:
        assert third.left == 100
