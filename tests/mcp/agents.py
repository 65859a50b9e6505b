"""Agents for the tests of the MCP face: the official client, its model scripted, its server a real process."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mcp_types as types
import psutil
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from scripted_server import ScriptedServer

MODES = ["auto", "legacy"]
# Other tests speak the older protocol always.
EACH_MODE = pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.nightly)])
COMMAND = ["-m", "rlm_kernel.cli", "mcp"]
TOKEN = "a-token-for-the-tests"
KEY = "sk-not-to-be-seen-anywhere"


@dataclass
class Agent:
    """A client, and what its user's side was asked: `replies` are what its model says, `roots` its folders.

    `called` is set once its model was asked; it answers when `gate` is set.
    """

    replies: Iterable[str] | None = None
    roots: Sequence[Path] | None = None
    asked: list[types.CreateMessageRequestParams] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    client: Client = field(init=False)

    async def sample(self, _context: object, params: types.CreateMessageRequestParams) -> Any:
        self.asked.append(params)
        self.called.set()
        await self.gate.wait()
        reply = next(iter(self.replies), None)  # type: ignore[arg-type]
        if reply is None:
            return types.ErrorData(code=-1, message="User rejected the request")
        content = types.TextContent(type="text", text=reply)
        return types.CreateMessageResult(role="assistant", content=content, model="mine", stop_reason="endTurn")

    async def list_roots(self, _context: object) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=folder.as_uri()) for folder in self.roots or ()])

    async def call(self, tool: str, /, **arguments: Any) -> types.CallToolResult:
        """Call a tool; the result may be an error."""
        return await self.client.call_tool(tool, arguments)

    async def get(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool that succeeds; its structured content."""
        result = await self.call(tool, **arguments)
        assert not result.is_error, text(result)
        return result.structured_content

    async def fail(self, tool: str, /, **arguments: Any) -> str:
        """Call a tool that fails; its one sentence."""
        result = await self.call(tool, **arguments)
        assert result.is_error, text(result)
        assert result.structured_content is None
        assert "\n" not in text(result)
        return text(result)

    async def load(self, file: Path | str) -> str:
        """Load a document; its session."""
        return str((await self.get("load_document", file_path=str(file)))["session"])


def text(result: types.CallToolResult) -> str:
    """The words of a result."""
    return "\n".join(block.text for block in result.content if isinstance(block, types.TextContent))


def environment(cache: Path, server: ScriptedServer | None = None, **more: str) -> dict[str, str]:
    """The server's environment: the scripted model, or none at all."""
    named = {"RLM_MODEL": "scripted", "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY} if server else {}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RLM_", "OPENAI_"))}
    return inherited | {"RLM_CACHE_DIR": str(cache / "cache")} | named | more


@asynccontextmanager
async def stdio(
    cache: Path,
    *options: str,
    mode: str = "auto",
    server: ScriptedServer | None = None,
    replies: Sequence[str] | None = None,
    roots: Sequence[Path] | None = None,
) -> AsyncIterator[Agent]:
    """An agent over stdio. It offers sampling where it has `replies`, and roots where it has some."""
    command = StdioServerParameters(
        command=sys.executable, args=[*COMMAND, *options], env=environment(cache, server), cwd=cache
    )
    async with connected(command, mode, replies, roots) as agent:
        yield agent


@asynccontextmanager
async def connected(
    to: Any, mode: str, replies: Sequence[str] | None = None, roots: Sequence[Path] | None = None
) -> AsyncIterator[Agent]:
    agent = Agent(None if replies is None else iter(replies), roots)
    agent.gate.set()
    agent.client = Client(
        to,
        mode=mode,
        read_timeout_seconds=60,
        sampling_callback=agent.sample if replies is not None else None,
        list_roots_callback=agent.list_roots if roots is not None else None,
    )
    async with agent.client:
        yield agent


@dataclass
class Served:
    """A server over HTTP: where, by which token, and its process."""

    url: str
    token: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def status(self, *, host: str | None = None, **headers: str) -> int:
        """The status of a request with these headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Host": host or f"127.0.0.1:{self.port}", "Content-Type": "application/json", **headers}
        try:
            connection.request(
                "POST", "/mcp", body="{}", headers=sent | {"Accept": "application/json, text/event-stream"}
            )
            return connection.getresponse().status
        finally:
            connection.close()

    @asynccontextmanager
    async def agent(self, mode: str, **more: Any) -> AsyncIterator[Agent]:
        """An agent that is connected to it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            connected(streamable_http_client(self.url, http_client=http), mode, **more) as agent,
        ):
            yield agent


@contextmanager
def serving(
    cache: Path, *options: str, server: ScriptedServer | None = None, token: str | None = TOKEN
) -> Iterator[Served]:
    """A server over HTTP, ended at the end."""
    env = environment(cache, server) | ({"RLM_MCP_TOKEN": token} if token else {})
    command = [sys.executable, *COMMAND, "--http", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().removeprefix("serving at ").strip()
            shown = token or process.stderr.readline().removeprefix("token: ").strip()
            yield Served(url, shown, process)
        finally:
            process.terminate()
            process.wait(30)


def below(pid: int | None = None) -> set[psutil.Process]:
    """The living descendants of a process, of this one by default."""
    alive = set()
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                alive.add(child)
        except psutil.NoSuchProcess:
            continue
    return alive


def gone(processes: Iterable[psutil.Process]) -> bool:
    """Wait until all of them have ended; one that nobody has buried yet has ended too."""
    alive, deadline = list(processes), time.monotonic() + 20
    while alive and time.monotonic() < deadline:
        _, alive = psutil.wait_procs(alive, timeout=0.1)
        alive = [each for each in alive if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return not alive


def dying_client(to: str, file: Path, tool: str) -> list[str]:
    """The command of a client that calls a tool which will not end, having said "called", and waits to be killed.

    `to` is Python; `tool` is `analyze_document`, or `run_code` on the file.
    """
    program = f"""
import asyncio, os, sys
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

async def main():
    file = {json.dumps(str(file))}
    async with Client({to}) as client:
        arguments = {{"file_path": file, "query": "What?"}}
        if {tool!r} == "run_code":
            result = await client.call_tool("load_document", {{"file_path": file}})
            arguments = {{"session": result.structured_content["session"], "code": "while True: pass"}}
        print("called", flush=True)
        await client.call_tool({tool!r}, arguments)

asyncio.run(main())
"""
    return [sys.executable, "-c", program]
