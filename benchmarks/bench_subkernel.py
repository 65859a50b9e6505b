"""How long a sub-kernel takes to start and to answer, against a stock ipykernel on the same machine in the same run.

Usage: `python bench_subkernel.py [ROUNDS]`, by default 15. The ways to start take turns, so that what else the machine
does falls on all of them alike. It prints a table in Markdown and writes `results/subkernel.json`: medians in
milliseconds, and how many times faster than the stock kernel.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
from jupyter_client.manager import AsyncKernelManager
from results import record, write_table

from rlm_kernel.subkernel import SubKernel, cool_down, warm_up
from rlm_kernel.subkernel.launch import fork_server, warm_spare

TEXT = "The quick brown fox\njumps over the lazy dog\n" * 1000
CELLS = 200
AT_ONCE = 50


async def stock() -> tuple[float, float]:
    """A stock ipykernel: seconds until it is ready, and until its first cell has run."""
    began = time.perf_counter()
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel(stdout=-3, stderr=-3)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        ready = time.perf_counter() - began
        await client.execute("1 + 1", reply=True)
        return ready, time.perf_counter() - began
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def sub_kernel() -> tuple[float, float]:
    """A sub-kernel, however it is started now."""
    began = time.perf_counter()
    async with SubKernel(TEXT) as kernel:
        ready = time.perf_counter() - began
        await kernel.execute("1 + 1")
        return ready, time.perf_counter() - began


async def from_spare() -> tuple[float, float]:
    """A sub-kernel from the warm spare."""
    warm_up()
    assert await asyncio.to_thread(warm_spare.wait_until_warm, 30)
    try:
        return await sub_kernel()
    finally:
        cool_down()


async def directly() -> tuple[float, float]:
    """A sub-kernel without a fork server, as where there can be none."""
    possible, fork_server.possible = fork_server.possible, lambda: False
    try:
        return await sub_kernel()
    finally:
        fork_server.possible = possible


async def with_server() -> tuple[float, float]:
    """The first sub-kernel of a program: the fork server is started for it."""
    fork_server.stop()
    return await sub_kernel()


async def stock_round_trips() -> list[float]:
    """Seconds of each of many cells of a stock ipykernel, from sending to the reply and the end of the output."""
    manager = AsyncKernelManager(kernel_name="python3")
    await manager.start_kernel(stdout=-3, stderr=-3)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        return await timed(lambda: client.execute("1 + 1", reply=True))
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def our_round_trips() -> list[float]:
    """The same of a sub-kernel."""
    async with SubKernel(TEXT) as kernel:
        return await timed(lambda: kernel.execute("1 + 1"))


async def timed(call: Callable[[], Awaitable[Any]]) -> list[float]:
    """Seconds of each of many calls, the first ten left out."""
    seconds = []
    for _ in range(CELLS + 10):
        began = time.perf_counter()
        await call()
        seconds.append(time.perf_counter() - began)
    return seconds[10:]


async def many_at_once() -> dict[str, float]:
    """Fifty sub-kernels that all are there at the same time, each with a cell that has run."""
    there = asyncio.Barrier(AT_ONCE)

    async def one() -> bool:
        async with SubKernel(TEXT) as kernel:
            done = await kernel.execute("len(context)")
            await there.wait()
            if not memory:
                children = psutil.Process(fork_server.pid()).children()
                memory.append(sum(child.memory_full_info().uss for child in children) / len(children) / 2**20)
            return bool(done.value == len(TEXT))

    memory: list[float] = []
    began = time.perf_counter()
    worked = await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return {"seconds": time.perf_counter() - began, "worked": sum(worked), "own MiB of each": memory[0]}


async def measure(rounds: int) -> dict[str, Any]:
    """All figures of one run."""
    ways = {
        "stock ipykernel": stock,
        "sub-kernel, direct start": directly,
        "sub-kernel, first of a program": with_server,
        "sub-kernel, fork server": sub_kernel,
        "sub-kernel, warm spare": from_spare,
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    trips: dict[str, list[float]] = {"stock ipykernel": [], "sub-kernel": []}
    for number in range(rounds):
        for name, way in ways.items():
            found[name].append(await way())
        if number < 3:
            trips["stock ipykernel"] += await stock_round_trips()
            trips["sub-kernel"] += await our_round_trips()
    start = {
        name: {
            "ready_ms": round(1000 * statistics.median(ready for ready, _ in values), 2),
            "first_cell_ms": round(1000 * statistics.median(first for _, first in values), 2),
            "best_first_cell_ms": round(1000 * min(first for _, first in values), 2),
        }
        for name, values in found.items()
    }
    base = start["stock ipykernel"]
    for name, figures in start.items():
        figures["times_faster_to_ready"] = round(base["ready_ms"] / figures["ready_ms"], 1)
        figures["times_faster_to_first_cell"] = round(base["first_cell_ms"] / start[name]["first_cell_ms"], 1)
    return {
        "rounds": rounds,
        "start": start,
        "round_trip_ms": {name: round(1000 * statistics.median(values), 2) for name, values in trips.items()},
        "fifty_at_once": {name: round(value, 2) for name, value in (await many_at_once()).items()},
    }


def table(made: dict[str, Any]) -> list[str]:
    """The figures for people."""
    lines = ["| start | ready, ms | first cell run, ms | times faster |", "|---|---|---|---|"]
    for name, row in made["start"].items():
        faster = f"{row['times_faster_to_first_cell']:.1f}"
        lines.append(f"| {name} | {row['ready_ms']:.1f} | {row['first_cell_ms']:.1f} | {faster} |")
    lines += ["", "| one cell, sent and answered | ms |", "|---|---|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in made["round_trip_ms"].items()]
    many = made["fifty_at_once"]
    worked, seconds, memory = many["worked"], many["seconds"], many["own MiB of each"]
    return [
        *lines,
        "",
        f"{worked:.0f} of {AT_ONCE} at once worked, in {seconds:.1f} s, {memory:.0f} MiB of its own each.",
    ]


def main() -> None:
    """Measure, print, write."""
    made = asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
    record("subkernel", made)
    write_table("subkernel", table(made))
    print("\n".join(table(made)))


if __name__ == "__main__":
    main()
