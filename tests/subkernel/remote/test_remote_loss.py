"""Either end, or the connection between them, is lost at any time: nothing hangs, and no sub-kernel is left."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hosts import TEXT, Hosted, sub_kernels
from runs import block, engine

from rlm_kernel.subkernel import IsolationError
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel
from rlm_kernel.trace import OutputDelta, TraceBuilder

LOOP = "print('x' * 9000)\nwhile True: pass"


class Relay:
    """A connection on the way to a host that can be cut."""

    def __init__(self, host: tuple[str, int]) -> None:
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.open = True

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            writer.close()
            return
        to_host, from_client = await asyncio.open_connection(*self._host)
        self._writers += [writer, from_client]
        await asyncio.gather(self._pump(reader, from_client), self._pump(to_host, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers = []

    async def close(self) -> None:
        self.cut()
        self._server.close()


@pytest.fixture
async def relay(hosted: Hosted) -> AsyncIterator[tuple[Relay, str]]:
    relay = Relay(hosted.host._listener.getsockname()[:2])  # type: ignore[union-attr]
    address = await relay.start()
    yield relay, address
    await relay.close()


async def ended(pid: int) -> None:
    """Wait for the end of a process that may be nobody's child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    done = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, done.set)
    try:
        async with asyncio.timeout(30):
            await done.wait()
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


async def test_a_connection_that_is_lost_in_a_cell_is_replaced_and_the_loss_is_said(
    hosted: Hosted, relay: tuple[Relay, str]
) -> None:
    cable, address = relay
    async with hosted.kernel(host=address) as kernel:
        await kernel.execute("kept = 1")
        (child,) = sub_kernels()
        started = asyncio.Event()
        running = asyncio.create_task(kernel.execute(LOOP, on_output=lambda _text: started.set()))
        await started.wait()
        cable.cut()
        done = await running
        assert done.lost_state
        assert done.error is not None
        assert done.error.type == "SandboxError"
        assert done.error.message == (
            f"the sandbox was closed because the connection to {address} was lost; all variables are lost; context and "
            "tools are back"
        )
        await ended(child.pid)
        assert (await kernel.execute("'kept' in show_vars(), len(context)")).error is None


async def test_a_connection_that_is_lost_between_two_cells_is_noticed(hosted: Hosted, relay: tuple[Relay, str]) -> None:
    cable, address = relay
    async with hosted.kernel(host=address) as kernel:
        await kernel.execute("kept = 1")
        cable.cut()
        assert kernel._live is not None
        await kernel._live.ended
        assert await kernel.unchanged() is None
        assert await kernel.revive()
        assert (await kernel.execute("1")).value == 1


async def test_a_host_that_is_gone_for_good_ends_the_run_and_keeps_what_it_has(
    hosted: Hosted, relay: tuple[Relay, str], scripted_server: Any
) -> None:
    cable, address = relay
    server = scripted_server([block("print('first')"), block(LOOP)])
    rlm = engine(server, subkernel_host=address, subkernel_key=str(hosted.key))
    builder = TraceBuilder()
    async for event in rlm.stream("What?", TEXT):
        builder.feed(event)
        if isinstance(event, OutputDelta) and event.index == 2:
            cable.open = False
            cable.cut()
    trace = builder.trace
    assert trace.status == "failed"
    assert trace.reason.startswith(f"The sub-kernel host {address} does not take the key")
    assert trace.iterations[0].output == "first\n"


async def test_an_error_of_a_lost_sub_kernel_carries_the_answer_so_far(
    hosted: Hosted, relay: tuple[Relay, str], scripted_server: Any
) -> None:
    cable, address = relay
    loop, asked = asyncio.get_running_loop(), []

    def reply(_body: dict[str, Any]) -> str:
        asked.append(1)
        if len(asked) == 2:
            cable.open = False
            loop.call_soon_threadsafe(cable.cut)
        return block(f"print('cell {len(asked)}')")

    rlm = engine(scripted_server(reply), subkernel_host=address, subkernel_key=str(hosted.key))
    with pytest.raises(IsolationError, match="does not take the key") as raised:
        await rlm.acompletion("What?", TEXT)
    answer = raised.value.answer  # type: ignore[attr-defined]
    assert answer.status == "failed"
    assert answer.trace.iterations[0].output == "cell 1\n"


async def served(folder: Path, *options: str) -> tuple[asyncio.subprocess.Process, str]:
    """A host in a process of its own, and its address."""
    command = [sys.executable, "-m", "rlm_kernel", "subkernel-host", "--keys", str(folder), "--listen", "127.0.0.1:0"]
    host = await asyncio.create_subprocess_exec(*command, *options, stderr=asyncio.subprocess.PIPE)
    assert host.stderr is not None
    line = ""
    while "listening on" not in line:
        line = (await host.stderr.readline()).decode()
        assert line, "the host has ended"
    return host, line.split("listening on ")[1].split(";")[0]


async def test_a_host_that_is_killed_takes_its_sub_kernels_along(tmp_path: Path) -> None:
    key = HostKeys(tmp_path / "host").add_client("alice", tmp_path / "alice.key")
    host, address = await served(tmp_path / "host")
    kernel = RemoteSubKernel(TEXT, host=address, key=key, cell_timeout=60)
    await kernel.start()
    children = psutil.Process(host.pid).children(recursive=True)
    started = asyncio.Event()
    running = asyncio.create_task(kernel.execute(LOOP, on_output=lambda _text: started.set()))
    await started.wait()
    host.kill()
    await host.wait()
    with pytest.raises(IsolationError, match="cannot be reached"):
        await running
    await kernel.kill()
    for child in children:
        await ended(child.pid)


async def test_a_host_ends_at_a_signal_and_its_sub_kernels_with_it(tmp_path: Path) -> None:
    key = HostKeys(tmp_path / "host").add_client("alice", tmp_path / "alice.key")
    host, address = await served(tmp_path / "host")
    kernel = RemoteSubKernel(TEXT, host=address, key=key)
    await kernel.start()
    children = psutil.Process(host.pid).children(recursive=True)
    host.send_signal(signal.SIGTERM)
    assert await host.wait() == 0
    await kernel.kill()
    for child in children:
        await ended(child.pid)


CLIENT = """
import asyncio, sys
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel
from rlm_kernel.trace import OutputDelta, TraceBuilder

async def main():
    kernel = RemoteSubKernel("text", host=sys.argv[1], key=sys.argv[2], cell_timeout=600)
    await kernel.start()
    await kernel.execute("print('x' * 9000)\\nwhile True: pass", on_output=lambda text: print("runs", flush=True))

asyncio.run(main())
"""


async def test_a_client_that_is_killed_leaves_no_sub_kernel(hosted: Hosted) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CLIENT), hosted.address, str(hosted.key)]
    client = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert client.stdout is not None
    assert await client.stdout.readline() == b"runs\n"
    orphans = [child for child in sub_kernels() if child.pid != client.pid]
    assert orphans
    client.kill()
    await client.wait()
    for orphan in orphans:
        await ended(orphan.pid)
    async with asyncio.timeout(30):
        while hosted.host.running.total():  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.05)


async def test_a_client_that_hangs_up_in_the_middle_of_its_document_leaves_nothing(hosted: Hosted) -> None:
    kernel = hosted.kernel("a line\n" * 3_000_000)
    starting = asyncio.create_task(kernel.start())
    async with asyncio.timeout(30):
        while not hosted.host.running.total():  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.01)
    starting.cancel()
    await asyncio.wait({starting})
    await kernel.kill()
    async with asyncio.timeout(30):
        while hosted.host.running.total():  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.05)
    async with hosted.kernel() as again:
        assert (await again.execute("1")).value == 1


async def test_the_link_ends_when_the_other_machine_is_silent() -> None:
    # The system's own probes: what is asked of it is looked up, since waiting for them takes half a minute.
    from rlm_kernel.subkernel.remote.link import _keep_alive

    with socket.socket() as tcp:
        _keep_alive(tcp)
        assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
