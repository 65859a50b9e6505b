"""The isolation that is in force, looked up from outside the process, and that the report says exactly that."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rlm_kernel.subkernel import SubKernel

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="looks things up in Linux"
    ),
]

SECRET = "sk-canary-of-the-isolation-test"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernel() -> AsyncIterator[SubKernel]:
    os.environ["RLM_TEST_CANARY"] = SECRET
    try:
        async with SubKernel("text", memory_limit="256MB", cell_timeout=50) as started:
            await started.execute("1")
            yield started
    finally:
        del os.environ["RLM_TEST_CANARY"]


@pytest.fixture
def process(kernel: SubKernel) -> Path:
    return Path("/proc") / str(kernel.pid)


def status_of(path: Path) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in path.read_text().splitlines() if ":\t" in line)


def limits_of(process: Path) -> dict[str, str]:
    rows = (process / "limits").read_text().splitlines()[1:]
    return {row[:25].strip(): re.split(r"\s{2,}", row[25:].strip())[1] for row in rows}


async def test_every_thread_is_filtered_and_without_privileges(kernel: SubKernel, process: Path) -> None:
    threads = list((process / "task").iterdir())
    for thread in threads:
        status = status_of(thread / "status")
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[capabilities], 16) == 0
    assert int(status_of(process / "status")["Threads"]) == len(threads)
    assert kernel.isolation["seccomp"] is True
    assert kernel.isolation["no-new-privs"] is True
    assert kernel.isolation["weak"] is False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a bounding set to drop")
async def test_root_cannot_get_its_capabilities_back(process: Path) -> None:
    for thread in (process / "task").iterdir():
        assert int(status_of(thread / "status")["CapBnd"], 16) == 0


async def test_the_limits_in_force_are_hard_and_are_those_reported(kernel: SubKernel, process: Path) -> None:
    limits = limits_of(process)
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert limits["Max locked memory"] == "0"
    assert limits["Max msgqueue size"] == "0"
    assert int(limits["Max cpu time"]) == kernel.isolation["rlimits"]["cpu_seconds"] == 5000
    assert int(limits["Max open files"]) < 200
    used_at_start = int(limits["Max data size"]) - kernel.isolation["rlimits"]["memory"]
    assert kernel.isolation["rlimits"]["memory"] == 256 << 20
    assert 0 < used_at_start < 200 << 20


async def test_no_descriptor_leads_to_a_file(process: Path) -> None:
    targets = {os.readlink(descriptor) for descriptor in (process / "fd").iterdir()}
    kinds = {re.sub(r":\[\d+\]", "", target) for target in targets}
    assert kinds <= {
        "/dev/null",
        "pipe",
        "socket",
        "/memfd:rlm-context (deleted)",
        "anon_inode:[eventfd]",
        "anon_inode:[eventpoll]",
    }


async def test_the_parents_environment_is_not_in_the_process(kernel: SubKernel, process: Path) -> None:
    assert (process / "environ").read_bytes() == b"PYTHONHASHSEED=0\0"
    assert kernel.isolation["empty-environment"] is True
    assert SECRET.encode() not in (process / "cmdline").read_bytes()


async def test_the_process_can_be_neither_dumped_nor_traced_by_its_own_user(process: Path) -> None:
    # What belongs to root in /proc although the process may not be root's is not dumpable; CoreDumping says the rest.
    assert (process / "environ").stat().st_uid == 0
    assert status_of(process / "status")["TracerPid"] == "0"


async def test_it_leads_a_session_of_its_own(kernel: SubKernel) -> None:
    assert kernel.pid is not None
    assert os.getsid(kernel.pid) == kernel.pid != os.getsid(0)


async def test_it_has_no_children(process: Path) -> None:
    assert all((thread / "children").read_text() == "" for thread in (process / "task").iterdir())


async def test_it_works_where_it_can_open_nothing(kernel: SubKernel) -> None:
    # Each of these reads or loads something on first use in plain Python; all of it must be there already.
    code = """
import datetime, json, random, statistics, unicodedata, decimal, time, textwrap, difflib, html
lines = [
    datetime.datetime.strptime("2024-03-01", "%Y-%m-%d").isoformat(),
    time.strptime("2024", "%Y").tm_year,
    random.Random if hasattr(random, "Random") else len(random.sample(range(9), 3)),
    unicodedata.name("é"), "é".encode("cp1252").hex(), "é".encode("utf-16").hex()[:4], "bücher".encode("idna").decode(),
    decimal.Decimal(1) / 3, statistics.NormalDist(0, 1).cdf(0), html.unescape("&eacute;"), len(fuzzy_search("texd")),
    time.localtime(0).tm_year in (1969, 1970), hash(random.random()) is not None, datetime.datetime.now().year > 2000,
]
len(lines)
"""
    execution = await kernel.execute(code)
    assert execution.error is None
    assert execution.value == 14


async def test_landlock_is_reported_as_the_kernel_offers_it(kernel: SubKernel) -> None:
    landlock_create_ruleset, version_flag = 444, 1
    offered = ctypes.CDLL(None).syscall(
        landlock_create_ruleset, None, ctypes.c_size_t(0), ctypes.c_uint32(version_flag)
    )
    assert kernel.isolation["landlock"] == max(offered, 0)
