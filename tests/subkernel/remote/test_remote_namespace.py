"""A host in a network namespace of its own, reached over a network that has nothing else: TCP and CURVE, no shared
loopback, no shared descriptor. It needs root and iproute2; nothing of the machine's own network is changed."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine

from rlm_kernel import Document
from rlm_kernel.replay import ReplayLimits, areplay
from rlm_kernel.subkernel import IsolationError
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no network namespace can be made here: ip {' '.join(arguments)}: {done.stderr.strip()}")


def namespace_of(pid: int) -> str:
    """The name of a process's network namespace."""
    return subprocess.run(["ip", "netns", "identify", str(pid)], capture_output=True, text=True).stdout.strip()


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[tuple[str, Path, int]]:
    """The address, the client's key and the process of a host in a network namespace of its own."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making a network namespace needs root and iproute2")
    mark = secrets.token_hex(3)
    name, near, far = f"rlm-{mark}", f"rlmn{mark}", "eth-far"
    subnet = f"10.231.{secrets.randbelow(256)}"
    ip("netns", "add", name)
    try:
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        ip("addr", "add", f"{subnet}.1/30", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", name, "addr", "add", f"{subnet}.2/30", "dev", far)
        ip("-n", name, "link", "set", far, "up")
        key = HostKeys(tmp_path / "host").add_client("alice", tmp_path / "alice.key")
        serve = [sys.executable, "-m", "rlm_kernel", "subkernel-host", "--keys", str(tmp_path / "host")]
        command = ["ip", "netns", "exec", name, *serve, "--listen", f"{subnet}.2:7420"]
        host = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        assert host.stderr is not None
        try:
            line = b""
            while b"listening on" not in line:
                line = await host.stderr.readline()
                assert line, "the host has ended"
            yield f"tcp://{subnet}.2:7420", key, host.pid
        finally:
            if host.returncode is None:
                host.terminate()
            await host.wait()
    finally:
        await asyncio.to_thread(subprocess.run, ["ip", "netns", "del", name], check=False)


async def test_a_whole_run_in_another_network(elsewhere: tuple[str, Path, int], scripted_server: Any) -> None:
    address, key, host = elsewhere
    # The host can reach nothing but this end of the cable, and not this machine's loopback either.
    assert os.readlink(f"/proc/{host}/ns/net") != os.readlink("/proc/self/ns/net")
    server = scripted_server([block(SUM), block("FINAL(total, evidence=grep('^SALES'))")])
    rlm = engine(server, subkernel_host=address, subkernel_key=str(key))
    answer = await rlm.acompletion("What is the total?", DOCUMENT)
    assert answer.value == TOTAL
    assert answer.trace.unchanged is True
    assert answer.trace.isolation["seccomp"] is True
    assert answer.trace.isolation_text.endswith(f"as the sub-kernel host {address} reports")
    assert (await areplay(answer.trace, DOCUMENT)).reproduced
    there = ReplayLimits(subkernel_host=address, subkernel_key=str(key))
    assert (await areplay(answer.trace, DOCUMENT, limits=there)).reproduced


async def test_a_document_is_fetched_verified_and_kept_there(elsewhere: tuple[str, Path, int]) -> None:
    address, key, host = elsewhere
    document = Document.of("".join(f"line {number} of many\n" for number in range(300_000)))
    async with RemoteSubKernel(document, host=address, key=key, cell_timeout=60) as kernel:
        code = "import hashlib\nhashlib.sha256(context.encode()).hexdigest()"
        found = await kernel.execute(code)
        if found.error is None:
            assert found.value == document.fingerprint
        assert (await kernel.execute("[len(context), len(grep('^line 299999 '))]")).value == [document.chars, 1]
        assert await kernel.unchanged() is True
        # The document is in sealed memory of the host's, and in no file of it.
        kept = [os.readlink(f"/proc/{host}/fd/{each}") for each in os.listdir(f"/proc/{host}/fd")]
        assert any("memfd:rlm-document" in target for target in kept)
        children = psutil.Process(host).children(recursive=True)
        assert all(
            os.readlink(f"/proc/{child.pid}/ns/net") == os.readlink(f"/proc/{host}/ns/net") for child in children
        )
    again = RemoteSubKernel(document, host=address, key=key, cell_timeout=60)
    async with again:
        assert (await again.execute("len(context)")).value == document.chars


@pytest.mark.nightly
async def test_a_network_that_goes_down_ends_the_cell_and_nothing_hangs(
    elsewhere: tuple[str, Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, key, host = elsewhere
    name = await asyncio.to_thread(namespace_of, host)
    monkeypatch.setattr("rlm_kernel.subkernel.remote.process._CONNECT", 2.0)
    async with RemoteSubKernel("text", host=address, key=key, cell_timeout=2) as kernel:
        started = asyncio.Event()
        running = asyncio.create_task(
            kernel.execute("print('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
        )
        await started.wait()
        ip("netns", "exec", name, "ip", "link", "set", "eth-far", "down")
        # The time limit of the cell is kept here: it does not need the host.
        with pytest.raises(IsolationError, match="cannot be reached"):
            async with asyncio.timeout(60):
                await running
