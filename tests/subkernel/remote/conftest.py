"""Fixtures: sub-kernel hosts in this process, closed at the end of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hosts import Hosted, StartHost, note_earlier

from rlm_kernel.subkernel.remote.host import SubKernelHost
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.settings import HostLimits


@pytest.fixture
async def start_host(tmp_path: Path) -> AsyncIterator[StartHost]:
    """Starts hosts that are closed at the test's end: `hosted = await start_host(memory_limit=1 << 29)`."""
    started: list[SubKernelHost] = []

    async def start(**limits: Any) -> Hosted:
        keys = HostKeys(tmp_path / f"host-{len(started)}")
        key = keys.add_client("alice", tmp_path / f"alice-{len(started)}.key")
        lines: list[str] = []
        host = SubKernelHost(keys, ("127.0.0.1", 0), HostLimits(**limits), lines.append)
        started.append(host)
        await host.start()
        return Hosted(host, keys, key, lines)

    yield start
    for host in started:
        await host.close()


@pytest.fixture
async def hosted(start_host: StartHost) -> Hosted:
    return await start_host()


@pytest.fixture(autouse=True)
def _earlier_processes() -> None:
    """Sub-kernels of other tests in this process are not those of a host."""
    note_earlier()
