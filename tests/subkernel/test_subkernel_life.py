"""Starting and ending: what a sub-kernel inherits, and that nothing of it is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import sys
import tempfile
import textwrap
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from rlm_kernel.subkernel import IsolationError, SubKernel, cool_down, subkernel


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def names_of_descriptors() -> Counter[str]:
    """What the descriptors of this process lead to, for a message: sockets and pipes without their numbers."""
    names: Counter[str] = Counter()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            names[re.sub(r":\[\d+\]", "", os.readlink(descriptor))] += 1
    return names


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.fixture
def runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this test's own in which the sockets are made; pytest's are too deep for that."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


async def ended(*names: str) -> None:
    """Wait for the threads that finish, behind the scenes, a start that nobody waits for any more."""
    while threads := [thread for thread in threading.enumerate() if thread.name in names]:
        for thread in threads:
            await asyncio.to_thread(thread.join, 30)
            assert not thread.is_alive()


@pytest.fixture
async def nothing_left(runtime_folder: Path) -> AsyncIterator[None]:
    # A spare that a test before this one has asked for would be made anew whenever it is taken.
    cool_down()
    # The first sub-kernel of a process makes what all of them share: ZeroMQ's context with its descriptors.
    async with SubKernel("warm up"):
        pass
    await ended("rlm-start", "rlm-discard")
    descriptors_before, children_before, names_before = descriptors(), children(), names_of_descriptors()
    yield
    await ended("rlm-start", "rlm-discard")
    # What a test before this one has left to others (a process to reap, a socket to close) may go meanwhile; only what
    # has come and stays is left by this one.
    try:
        async with asyncio.timeout(30):
            while descriptors() > descriptors_before or not children() <= children_before:  # noqa: ASYNC110  no event tells
                await asyncio.sleep(0.05)
    except TimeoutError:
        new = [psutil.Process(pid).cmdline() for pid in children() - children_before if psutil.pid_exists(pid)]
        pytest.fail(f"left: {new}, {names_of_descriptors() - names_before}")
    assert list(runtime_folder.iterdir()) == []


async def test_nothing_is_left_after_a_normal_end(nothing_left: None) -> None:
    async with SubKernel("text") as kernel:
        await kernel.execute("1")
    assert kernel.pid is None


async def test_nothing_is_left_after_kill_in_the_middle_of_a_cell(nothing_left: None) -> None:
    kernel = SubKernel("text")
    await kernel.start()
    started = asyncio.Event()
    running = asyncio.create_task(
        kernel.execute("print('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
    )
    await started.wait()
    await kernel.kill()
    await kernel.kill()
    execution = await running
    assert execution.lost_state
    with pytest.raises(RuntimeError, match="has been closed"):
        await kernel.execute("1")


async def test_nothing_is_left_after_crashes(nothing_left: None) -> None:
    async with SubKernel("text", cell_timeout=0.2) as kernel:
        assert (await kernel.execute("sum(range(10**12))")).lost_state
        assert (await kernel.execute("sum(range(10**12))")).lost_state
        assert (await kernel.execute("1")).value == 1


@pytest.mark.parametrize(
    "seconds", [0.0, *(pytest.param(each, marks=pytest.mark.nightly) for each in (0.02, 0.1, 0.15, 0.2))]
)
async def test_nothing_is_left_after_a_cancelled_start(nothing_left: None, seconds: float) -> None:
    # A start takes about 0.2 s: it is cancelled at several of its stages, and at times just after its end.
    kernel = SubKernel("text")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await kernel.start()
    await kernel.kill()


async def test_nothing_is_left_after_a_cancelled_cell(nothing_left: None) -> None:
    async with SubKernel("text") as kernel:
        started = asyncio.Event()
        running = asyncio.create_task(
            kernel.execute("print('x' * 9000)\nsum(range(10**12))", on_output=lambda _text: started.set())
        )
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_sub_kernel_that_was_killed_can_be_started_again() -> None:
    kernel = SubKernel("text")
    await kernel.start()
    await kernel.kill()
    await kernel.start()
    assert (await kernel.execute("context")).value == "text"
    await kernel.kill()


async def test_many_at_once_keep_apart() -> None:
    async def one(number: int) -> object:
        async with SubKernel(f"text {number}") as kernel:
            await kernel.execute(f"mine = {number}")
            return (await kernel.execute("[mine, context]")).value

    # More than the cores of any machine of ours: none may be forgotten among the others.
    assert await asyncio.gather(*map(one, range(12))) == [[number, f"text {number}"] for number in range(12)]


async def test_a_deep_temporary_folder_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(deep))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    monkeypatch.setattr("tempfile.tempdir", None)
    async with SubKernel("text") as kernel:
        assert (await kernel.execute("context")).value == "text"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
async def test_it_ends_with_its_parent_even_when_that_is_killed(runtime_folder: Path) -> None:
    script = textwrap.dedent(
        """
        import asyncio
        from rlm_kernel.subkernel import SubKernel

        async def main():
            kernel = SubKernel("text")
            await kernel.start()
            print(kernel.pid, flush=True)
            await kernel.execute("while True: pass")

        asyncio.run(main())
        """
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    pidfd = os.pidfd_open(child)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        await ended.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)
    assert list(runtime_folder.iterdir()) == []


async def test_without_an_operating_system_layer_it_refuses_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, nothing_left: None
) -> None:
    async def weak_start(process: object, shared: object, settings: object) -> dict[str, object]:
        report = await real_start(process, shared, settings)  # type: ignore[arg-type]
        return report | {"seccomp": False, "weak": True}

    real_start = subkernel.Process.start
    monkeypatch.setattr(subkernel.Process, "start", weak_start)
    with pytest.raises(IsolationError, match=r"missing: seccomp.*allow_weak_isolation=True"):
        await SubKernel("text").start()
    async with SubKernel("text", allow_weak_isolation=True) as kernel:
        assert kernel.isolation["weak"] is True
        assert (await kernel.execute("1")).value == 1
