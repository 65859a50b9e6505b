"""Sub-kernels in bubblewrap, and the settings of a kernelspec that an administrator has installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlm_kernel.subkernel import IsolationError, SubKernel
from rlm_kernel.subkernel.launch import fork_server
from rlm_kernel.subkernel.launch.spawn import command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap and the fork server are Linux's")

TRIAL = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]


@pytest.fixture
def bubblewrap() -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    tried = subprocess.run(TRIAL, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"bubblewrap is not allowed to work here: {tried.stderr.strip()}")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a kernelspec `rlm-subkernel`: `install(provisioner="...", config={...}, argv=[...], env={...})`."""

    def write(provisioner: str = "rlm-subkernel-provisioner", config: Any = None, **parts: Any) -> None:
        folder = tmp_path / "kernels" / "rlm-subkernel"
        folder.mkdir(parents=True)
        described = {
            "argv": command(),
            "display_name": "as an administrator wants it",
            "language": "python",
            "metadata": {"kernel_provisioner": {"provisioner_name": provisioner, "config": config or {}}},
            **parts,
        }
        (folder / "kernel.json").write_text(json.dumps(described))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    return write


@pytest.mark.parametrize(
    ("provisioner", "words"),
    [
        ("local-provisioner", "names the provisioner 'local-provisioner', which cannot start a sub-kernel"),
        ("no-such-provisioner", "names a provisioner that is not installed"),
    ],
)
async def test_another_provisioner_is_one_sentence(install: Callable[..., None], provisioner: str, words: str) -> None:
    install(provisioner)
    with pytest.raises(IsolationError, match=words):
        async with SubKernel("text"):
            pass


async def test_the_limits_of_a_kernelspec_bound_those_of_a_run(install: Callable[..., None]) -> None:
    install(config={"memory_limit": "128MB", "cpu_seconds": 77, "output_limit": 5})
    async with SubKernel("text", memory_limit="1GB") as kernel:
        assert kernel.isolation["rlimits"] == {"memory": 128 << 20, "cpu_seconds": 77}
        assert (await kernel.execute("print('x' * 1000)")).output.startswith("xxxxx\n[... 995 characters not kept ...]")
        error = (await kernel.execute("'x' * (200 << 20)")).error
        assert error is not None
        assert error.type == "MemoryError"


async def test_a_kernelspecs_limits_raise_none(install: Callable[..., None]) -> None:
    install(config={"memory_limit": "4GB"})
    async with SubKernel("text", memory_limit="128MB") as kernel:
        assert kernel.isolation["rlimits"]["memory"] == 128 << 20


async def test_the_command_and_the_environment_of_a_kernelspec_are_used(install: Callable[..., None]) -> None:
    install(argv=["nice", "-n", "7", *command()], env={"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo"})
    async with SubKernel("text") as kernel:
        assert psutil.Process(kernel.pid).nice() == min(os.nice(0) + 7, 19)
        environment = Path(f"/proc/{kernel.pid}/environ").read_text().split("\0")
        assert {line.partition("=")[0] for line in environment if line} == {"PATH", "TZ", "PYTHONHASHSEED"}
        # What is not empty is not called empty.
        assert kernel.isolation["empty-environment"] is False
        assert (await kernel.execute("context")).value == "text"
        assert psutil.Process(kernel.pid).ppid() == os.getpid() != fork_server.pid()


async def test_in_bubblewrap_cells_run_and_are_limited_as_ever(bubblewrap: None, install: Callable[..., None]) -> None:
    install("rlm-bubblewrap-provisioner")
    async with SubKernel("a fox\na dog", cell_timeout=0.5) as kernel:
        assert (await kernel.execute("x = 1\n[m.line_num for m in grep('dog')]")).value == [2]
        stopped = await kernel.execute("while True: pass")
        assert stopped.error is not None
        assert (stopped.error.type, stopped.lost_state) == ("TimeoutError", False)
        assert (await kernel.execute("x")).value == 1
        killed = await kernel.execute("sum(range(10**12))")
        assert killed.lost_state
        assert (await kernel.execute("context")).value == "a fox\na dog"


async def test_in_bubblewrap_it_has_namespaces_of_its_own_and_our_layers(
    bubblewrap: None, install: Callable[..., None]
) -> None:
    install("rlm-bubblewrap-provisioner")
    async with SubKernel("text") as kernel:
        assert set(kernel.isolation["bubblewrap"]) >= {"mnt", "pid", "net", "ipc", "uts"}
        assert kernel.isolation["seccomp"] is True
        assert kernel.isolation["empty-environment"] is True
        assert kernel.isolation["weak"] is False
        status = Path(f"/proc/{kernel.pid}/status").read_text()
        assert "NSpid:\t%d\t1\n" % kernel.pid in status  # noqa: UP031  tabs and all, as the system writes it
        assert len(Path(f"/proc/{kernel.pid}/net/dev").read_text().splitlines()) == 3


async def test_bubblewrap_leaves_nothing_behind(
    bubblewrap: None, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("rlm-bubblewrap-provisioner")
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with SubKernel("text") as kernel:
        inside = kernel.pid
        assert inside is not None
    assert not psutil.pid_exists(inside)
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


async def test_a_missing_bubblewrap_is_named(install: Callable[..., None]) -> None:
    install("rlm-bubblewrap-provisioner", {"bwrap": "no-such-bwrap"})
    with pytest.raises(IsolationError, match="'no-such-bwrap' was not found"):
        await SubKernel("text").start()


async def test_what_bubblewrap_says_when_it_fails_is_passed_on(bubblewrap: None, install: Callable[..., None]) -> None:
    install("rlm-bubblewrap-provisioner", {"bwrap_arguments": ["--no-such-option"]})
    with pytest.raises(IsolationError, match=r"did not start.*no-such-option"):
        await SubKernel("text").start()
