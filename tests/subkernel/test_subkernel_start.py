"""The warm spare: when there is one, what is settled only when it is taken, and that it never stays too long."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

import rlm_kernel
from rlm_kernel.subkernel import IsolationError, SubKernel, cool_down, warm_up
from rlm_kernel.subkernel.launch import fork_server, warm_spare
from rlm_kernel.subkernel.launch.sockets import Folder, sweep
from rlm_kernel.subkernel.wire.rpc import ProtocolError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server is Linux's")


def forked() -> list[psutil.Process]:
    pid = fork_server.pid()
    return [] if pid is None else psutil.Process(pid).children()


async def warmed(idle_seconds: float = 600.0) -> psutil.Process:
    """The spare's process."""
    warm_up(idle_seconds)
    assert await asyncio.to_thread(warm_spare.wait_until_warm, 30)
    (process,) = forked()
    return process


@pytest.fixture(autouse=True)
async def cold() -> AsyncIterator[None]:
    cool_down()
    yield
    cool_down()
    # A spare that is being made meanwhile is given up by the thread that makes it.
    for thread in threading.enumerate():
        if thread.name == "rlm-spare":
            await asyncio.to_thread(thread.join, 30)
    assert forked() == []


async def test_nobody_asked_so_there_is_no_spare() -> None:
    async with SubKernel("text") as kernel:
        assert [child.pid for child in forked()] == [kernel.pid]
    assert forked() == []


async def test_the_spare_is_taken_and_another_is_made() -> None:
    ready = await warmed()
    async with SubKernel("text") as kernel:
        assert kernel.pid == ready.pid
        assert (await kernel.execute("context")).value == "text"
        assert await asyncio.to_thread(warm_spare.wait_until_warm, 30)
        assert len(forked()) == 2


async def test_document_and_limits_are_settled_when_it_is_taken() -> None:
    ready = await warmed()
    async with SubKernel({"a": "one", "b": "two"}, memory_limit="128MB", cell_timeout=50) as kernel:
        assert kernel.pid == ready.pid
        assert kernel.isolation["rlimits"] == {"memory": 128 << 20, "cpu_seconds": 5000}
        assert (await kernel.execute("sorted(context)")).value == ["a", "b"]
        error = (await kernel.execute("'x' * (200 << 20)")).error
        assert error is not None
        assert error.type == "MemoryError"


async def test_what_waits_has_no_way_to_a_file_already() -> None:
    ready = await warmed()
    status = Path(f"/proc/{ready.pid}/status").read_text()
    assert "NoNewPrivs:\t1\n" in status
    assert "CapEff:\t0000000000000000\n" in status
    assert not [path for path in Path(f"/proc/{ready.pid}/fd").iterdir() if "memfd" in str(path.readlink())]


async def test_a_spare_that_died_is_not_taken() -> None:
    ready = await warmed()
    ready.kill()
    psutil.wait_procs([ready], timeout=10)
    async with SubKernel("text") as kernel:
        assert kernel.pid != ready.pid
        assert (await kernel.execute("context")).value == "text"


async def test_a_spare_whose_fork_server_has_just_been_stopped_is_replaced() -> None:
    for _ in range(5):
        ready = await warmed()
        fork_server.stop()
        async with SubKernel("text") as kernel:
            assert kernel.pid != ready.pid
            assert (await kernel.execute("context")).value == "text"


async def test_a_process_that_dies_as_it_starts_is_replaced_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    await warmed()
    starts = []

    def launch(_command: list[str]) -> NoReturn:
        starts.append(1)
        raise ProtocolError("it ended before it was ready: out of luck")

    monkeypatch.setattr("rlm_kernel.subkernel.launch.process.launch_forked", launch)
    fork_server.stop()
    cool_down()
    with pytest.raises(IsolationError, match=r"did not start .*out of luck"):
        await SubKernel("text").start()
    assert len(starts) == 2


async def test_a_spare_that_nobody_takes_is_given_up_until_the_next_start() -> None:
    # Long enough to be seen on a busy machine before it is given up.
    ready = await warmed(idle_seconds=1.0)
    _, alive = await asyncio.to_thread(psutil.wait_procs, [ready], 30)
    assert alive == []
    async with SubKernel("text"):
        assert await asyncio.to_thread(warm_spare.wait_until_warm, 30)


def test_a_spare_keeps_no_interpreter_from_exiting() -> None:
    script = textwrap.dedent(
        """
        from rlm_kernel.subkernel import warm_up
        from rlm_kernel.subkernel.launch import fork_server, warm_spare

        warm_up()
        assert warm_spare.wait_until_warm(30)
        print(fork_server.pid(), flush=True)
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not psutil.pid_exists(int(done.stdout))


async def test_where_nothing_can_be_forked_it_starts_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "possible", lambda: False)
    warm_up()
    async with SubKernel("text") as kernel:
        assert kernel.pid in {child.pid for child in psutil.Process().children()}
        assert kernel.isolation["seccomp"] is True
        assert (await kernel.execute("context")).value == "text"


async def test_both_ways_report_the_same_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SubKernel("text") as kernel:
        report = kernel.isolation
    monkeypatch.setattr(fork_server, "possible", lambda: False)
    async with SubKernel("text") as kernel:
        assert kernel.isolation == report


def test_only_folders_whose_owner_is_gone_are_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = Path("/tmp") / tmp_path.name
    base.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    try:
        held = Folder()
        (base / "rlm-sockets-of-a-dead-one").mkdir()
        (base / "something-else").mkdir()
        sweep()
        assert sorted(found.name for found in base.iterdir()) == sorted([Path(held.path).name, "something-else"])
        held.remove()
        held.remove()
        (base / "something-else").rmdir()
    finally:
        base.rmdir()


def test_the_package_inside_is_the_one_that_asks_whatever_else_is_installed(tmp_path: Path) -> None:
    here = Path(rlm_kernel.__file__).parent
    copy = tmp_path / "rlm_kernel"
    shutil.copytree(here, copy, ignore=shutil.ignore_patterns("__pycache__"))
    guards = copy / "subkernel" / "inside" / "guards.py"
    guards.write_text(guards.read_text().replace("not available in the sandbox", "not available in the copy"))
    program = """
        import asyncio
        from rlm_kernel.subkernel import SubKernel
        async def main():
            async with SubKernel("text") as kernel:
                print((await kernel.execute("(1).__reduce__")).error.message)
        asyncio.run(main())
    """
    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.defpath}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "not available in the copy" in done.stdout
