"""The official conformance suite of the Model Context Protocol against `rlm mcp --http`.

Most of its scenarios ask for the tools of the suite's own example server, or for logging, completion and prompts, which
`rlm mcp` does not declare. Those that are about any server are here.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, web

pytestmark = pytest.mark.compat

SUITE = ("node@22", "@modelcontextprotocol/conformance@0.1.16")
TOKEN = "of-this-test-0123456789abcdef"
# Each with how many checks it makes.
SCENARIOS = {
    "server-initialize": 1,
    "ping": 1,
    "tools-list": 1,
    "resources-list": 1,
    "server-sse-multiple-streams": 2,
    "dns-rebinding-protection": 2,
}
_HOP = ("transfer-encoding", "content-length", "host", "authorization")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the suite, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the conformance suite is one of its packages")
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "package.json").write_text("{}")
    done = subprocess.run([npm, "install", *SUITE], cwd=folder, capture_output=True, text=True, check=False)
    modules = folder / "node_modules"
    node, script = modules / "node" / "bin" / "node", modules / "@modelcontextprotocol/conformance/dist/index.js"
    if done.returncode or not node.is_file():
        pytest.skip(f"npm gives no {' and '.join(SUITE)} here: {done.stderr.strip()[-200:]}")
    return [str(node), str(script), "server"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running `rlm mcp`."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "report.txt").write_text("SALES north: 1,000\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "rlm_kernel", "mcp", str(folder), "--http", f"127.0.0.1:{number}"]
    environment = os.environ | {"RLM_MCP_TOKEN": TOKEN, "RLM_MODEL": "any", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        assert "serving at" in server.stderr.readline()
        yield number
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture
async def address(port: int) -> AsyncIterator[str]:
    """Where the suite asks, which sends no token: a proxy that adds it, and leaves names and origins as they are."""

    async def forward(request: web.Request) -> web.StreamResponse:
        own = f":{request.transport.get_extra_info('sockname')[1]}" if request.transport else ""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        headers |= {"Host": request.headers["Host"].replace(own, f":{port}"), "Authorization": f"Bearer {TOKEN}"}
        if "Origin" in headers:
            headers["Origin"] = headers["Origin"].replace(own, f":{port}")
        url = f"http://127.0.0.1:{port}{request.path_qs}"
        async with (
            ClientSession(timeout=ClientTimeout(total=None)) as session,
            session.request(request.method, url, headers=headers, data=await request.read()) as response,
        ):
            kept = {name: value for name, value in response.headers.items() if name.lower() not in _HOP}
            answer = web.StreamResponse(status=response.status, headers=kept)
            await answer.prepare(request)
            async for piece in response.content.iter_any():
                await answer.write(piece)
            await answer.write_eof()
            return answer

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
    await runner.cleanup()


@pytest.mark.parametrize(("scenario", "checks"), SCENARIOS.items())
async def test_a_scenario_passes(suite: list[str], address: str, scenario: str, checks: int, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *suite, "--url", address, "--scenario", scenario, stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    told, _ = await process.communicate()
    assert f"Passed: {checks}/{checks}, 0 failed, 0 warnings" in told.decode()
    assert process.returncode == 0
