"""Clients of other kinds: other loops, systems without Linux's own means as far as that can be tried on Linux, and
programs that use no host, which load nothing of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from rlm_kernel import Document
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a host in a process of its own, and a client's key."""
    folder = tmp_path_factory.mktemp("host")
    key = HostKeys(folder / "keys").add_client("alice", folder / "alice.key")
    command = [sys.executable, "-m", "rlm_kernel", "subkernel-host", "--keys", str(folder / "keys")]
    with subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as host:
        assert host.stderr is not None
        line = ""
        while "listening on" not in line:
            line = host.stderr.readline()
            assert line, "the host has ended"
        yield line.split("listening on ")[1].split(";")[0], key
        host.terminate()
        host.wait()


async def used(address: str, key: Path) -> None:
    document = Document.of("a line of some length\n" * 20_000)
    async with RemoteSubKernel(document, host=address, key=key, cell_timeout=30) as kernel:
        assert (await kernel.execute("print(len(context))")).output == "440000\n"
        assert (await kernel.execute("while True: pass", timeout=0.3)).error is not None
        assert await kernel.unchanged() is True


def test_under_uvloop(served: tuple[str, Path]) -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(used(*served))


async def test_with_sockets_that_have_a_path_and_memory_that_is_a_file(
    served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a client has on macOS: no abstract names, no memory files, no fork server.
    monkeypatch.setattr("rlm_kernel.subkernel.remote.link._ABSTRACT", False)
    for name in ("memfd_create", "pidfd_open"):
        monkeypatch.delattr(os, name)
    await used(*served)


def test_a_program_without_a_host_loads_nothing_of_it() -> None:
    script = """
    import asyncio, sys
    from rlm_kernel import RLM
    from rlm_kernel.subkernel import SubKernel
    import rlm_kernel.engine.factory, rlm_kernel.replay.rerun, rlm_kernel.mcp.clients

    async def main():
        async with SubKernel("text") as kernel:
            await kernel.execute("1")

    RLM(model="local").check()
    asyncio.run(main())
    assert not [name for name in sys.modules if name.startswith(("rlm_kernel.subkernel.remote", "zmq.auth"))]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
