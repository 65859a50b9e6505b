"""The fork server: what its children share and what they do not, and that nothing outlives the parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from rlm_kernel.subkernel import SubKernel, cool_down, prepare
from rlm_kernel.subkernel.launch import fork_server
from rlm_kernel.subkernel.launch.sockets import Folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server is Linux's")


@pytest.fixture
async def server() -> psutil.Process:
    """This process's fork server, in use."""
    cool_down()
    async with SubKernel("warm up"):
        pass
    pid = fork_server.pid()
    assert pid is not None
    return psutil.Process(pid)


def kinds(pid: int | None) -> list[str]:
    """What the descriptors of a process are, without their numbers."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(re.sub(r":\[\d+\]", "", os.readlink(descriptor)))
    return sorted(found)


async def test_one_server_forks_all_of_them_and_reaps_them(server: psutil.Process) -> None:
    async with SubKernel("one") as one, SubKernel("two") as two:
        assert {one.pid, two.pid} == {child.pid for child in server.children()}
        assert server.ppid() == os.getpid()
    assert server.children() == []


async def test_the_server_holds_no_document_no_secret_and_no_thread(
    server: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SubKernel("a document"):
        assert Path(f"/proc/{server.pid}/environ").read_bytes() == b"PYTHONHASHSEED=0\0"
        assert server.num_threads() == 1
        assert set(kinds(server.pid)) <= {"/dev/null", "pipe", "socket", "anon_inode:[pidfd]"}


async def test_a_server_that_was_begun_early_is_the_one_that_forks() -> None:
    cool_down()
    fork_server.stop()
    prepare()
    begun = fork_server.pid()
    assert begun is not None
    prepare()
    async with SubKernel("one") as one:
        assert psutil.Process(one.pid).ppid() == begun
    assert fork_server.pid() == begun


async def test_a_child_holds_no_descriptor_of_another(server: psutil.Process) -> None:
    async with SubKernel("alone") as alone:
        few = kinds(alone.pid)
        async with SubKernel("one"), SubKernel("two") as later:
            assert kinds(later.pid) == few


async def test_every_child_draws_numbers_of_its_own(server: psutil.Process) -> None:
    code = "import random\n[random.random(), random.randrange(10**9)]"
    async with SubKernel("one") as one, SubKernel("two") as two:
        assert (await one.execute(code)).value != (await two.execute(code)).value


async def test_how_a_child_ended_reaches_the_parent(server: psutil.Process) -> None:
    async with SubKernel("text") as kernel:
        started = asyncio.Event()
        running = asyncio.create_task(
            kernel.execute("print('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
        )
        await started.wait()
        assert kernel.pid is not None
        os.kill(kernel.pid, signal.SIGSEGV)
        error = (await running).error
        assert error is not None
        assert "signal SIGSEGV" in error.message


async def test_a_server_that_was_killed_takes_its_children_along_and_is_replaced(server: psutil.Process) -> None:
    async with SubKernel("text") as kernel:
        await kernel.execute("x = 1")
        child = psutil.Process(kernel.pid)
        server.kill()
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running()
        execution = await kernel.execute("1")
        assert execution.lost_state
        assert (await kernel.execute("context")).value == "text"
        assert fork_server.pid() not in (None, server.pid)


async def test_threads_with_loops_of_their_own_share_the_server(server: psutil.Process) -> None:
    found: list[object] = []

    async def one(number: int) -> None:
        async with SubKernel(f"text {number}") as kernel:
            found.append((psutil.Process(kernel.pid).ppid(), (await kernel.execute("context")).value))

    threads = [threading.Thread(target=asyncio.run, args=(one(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted(found) == [(server.pid, f"text {number}") for number in range(4)]


async def test_fifty_at_once(server: psutil.Process) -> None:
    everybody_is_there = asyncio.Barrier(50)

    async def one(number: int) -> object:
        async with SubKernel(f"text {number}") as kernel:
            await everybody_is_there.wait()
            return (await kernel.execute("context")).value

    assert await asyncio.gather(*map(one, range(50))) == [f"text {number}" for number in range(50)]
    assert server.children() == []


async def test_only_this_process_can_connect_to_the_sockets(server: psutil.Process) -> None:
    async with SubKernel("text"):
        names = set(re.findall(r" @(rlm-\w+-2)$", Path("/proc/net/unix").read_text(), re.MULTILINE))
        mine = [name for name in names if greeting(name)]
        assert len(mine) == 1
        script = f"{GREETING}\nprint(greeting({mine[0]!r}))"
        other = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True)
        assert other.stdout == "b''\n", other.stderr


GREETING = '''
import socket

def greeting(name):
    """What a ZeroMQ socket says to whoever connects: nothing to those whom it does not let in."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        try:
            connection.connect("\\0" + name)
            return connection.recv(1)
        except ConnectionError:
            return b""
'''


def greeting(name: str) -> bytes:
    names: dict[str, object] = {}
    exec(GREETING, names)
    return names["greeting"](name)  # type: ignore[operator, no-any-return]


def test_a_process_forked_off_the_parent_gets_a_server_of_its_own() -> None:
    script = textwrap.dedent(
        """
        import asyncio, os
        from rlm_kernel.subkernel import SubKernel
        from rlm_kernel.subkernel.launch import fork_server

        async def main():
            async with SubKernel("text") as kernel:
                assert (await kernel.execute("context")).value == "text"
            return fork_server.pid()

        before = asyncio.run(main())
        child = os.fork()
        if child == 0:
            assert fork_server.pid() is None
            assert asyncio.run(main()) != before
            fork_server.stop()
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert asyncio.run(main()) == before
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


STARTING = textwrap.dedent(
    """
    import asyncio, sys
    from rlm_kernel.subkernel import SubKernel
    from rlm_kernel.subkernel.launch import fork_server
    if sys.argv[1] == "directly":
        fork_server.possible = lambda: False

    async def main():
        print("starting", flush=True)
        while True:
            async with SubKernel("text") as kernel:
                await kernel.execute("1")

    asyncio.run(main())
    """
)


@pytest.mark.parametrize(
    "milliseconds", [0, 100, *(pytest.param(each, marks=pytest.mark.nightly) for each in (10, 50, 200, 300, 500, 700))]
)
@pytest.mark.parametrize("how", ["forked", "directly"])
async def test_nothing_outlives_a_parent_that_is_killed(runtime_folder: Path, how: str, milliseconds: int) -> None:
    # Killed at several stages of the first start, and among others in the ends and starts that follow it.
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STARTING, how), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"starting\n"
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(parent.wait(), milliseconds / 1000)
    parent.send_signal(signal.SIGSTOP)
    descendants = psutil.Process(parent.pid).children(recursive=True)
    parent.kill()
    await parent.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, descendants, 10)
    assert alive == []
    if how == "directly":
        # A folder of one that was killed in the middle of a direct start is swept away by the next.
        Folder().remove()
    assert list(runtime_folder.iterdir()) == []


def test_an_interpreter_that_exits_leaves_no_server_and_says_nothing() -> None:
    script = textwrap.dedent(
        """
        import asyncio
        from rlm_kernel.subkernel import SubKernel
        from rlm_kernel.subkernel.launch import fork_server

        async def main():
            kernel = SubKernel("text")
            await kernel.start()
            print(fork_server.pid(), kernel.pid, flush=True)
            await kernel.kill()

        asyncio.run(main())
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not any(psutil.pid_exists(int(pid)) for pid in done.stdout.split())


async def test_a_server_that_is_stopped_is_replaced(server: psutil.Process) -> None:
    async with SubKernel("before") as before:
        server.suspend()
        try:
            async with SubKernel("text") as kernel:
                assert (await kernel.execute("print(len(context))")).output == "4\n"
            # What it has forked works on, and ends although nobody tells how.
            assert (await before.execute("print(1)")).output == "1\n"
            await before.kill()
        finally:
            server.resume()
    async with SubKernel("text"):
        assert fork_server.pid() not in (None, server.pid)
    cool_down()
    fork_server.stop()
    assert not server.is_running()


async def test_a_start_that_is_cancelled_while_the_server_is_silent_ends_at_once(server: psutil.Process) -> None:
    server.suspend()
    try:
        starting = asyncio.create_task(SubKernel("text").start())
        await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait({starting})
        assert starting.cancelled()
    finally:
        server.resume()
    fork_server.stop()
