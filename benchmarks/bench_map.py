"""How near a campaign comes to what its endpoint allows: documents a second, in this process and on a LocalCluster.

The endpoint is a server in a process of its own that answers each call after D milliseconds (slow_server.py); every run
takes two calls, one after the other, so that W runs at once can do W / (2 D) documents a second, whatever the
processors do. The share of that is what is told, with how far the memory of this process grows after the first tenth,
the size of the largest task, and the processor time of each run: where processors are the limit, it bounds the rate.
Usage: `python bench_map.py [DOCUMENTS [MILLISECONDS]]`, by default 300 documents, 1,000 ms; 10,000 is the aim.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from results import record, write_table
from slow_server import slow_server

from rlm_kernel import RLM
from rlm_kernel.campaign import dask_executor

QUESTION = "What is the total of all sales?"
PROCESSES, THREADS = 2, 4
MODEL = "slow-map"
SCRIPT = (
    "```python\nsales = grep('^SALES')\nprint(len(sales))\n```",
    "```python\nFINAL(sum(to_number(m.line.split(':')[1]) for m in sales))\n```",
)


def reports(folder: Path, count: int) -> list[Path]:
    """So many small documents."""
    folder.mkdir()
    made = [folder / f"report-{number:05}.txt" for number in range(count)]
    for number, file in enumerate(made):
        file.write_text(f"Report {number}\nSALES north: $1,000\nnothing here\nSALES south: ${number}\n")
    return made


def memory() -> float:
    """MiB of this process."""
    return float(psutil.Process().memory_info().rss) / (1 << 20)


def processor_seconds() -> float:
    """Of this process and of its children, those that have ended included."""
    spent = os.times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            used = child.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def measure(rlm: RLM, documents: list[Path], out: Path, delay: float, **options: Any) -> dict[str, float]:
    """One campaign, after a small one that is not counted."""
    rlm.map(QUESTION, documents[:8], out=out / "warm", **options)
    rest = documents[8:]
    memories: list[float] = []
    began, used = time.perf_counter(), processor_seconds()
    results = rlm.map(QUESTION, rest, out=out / "run", on_row=lambda *_: memories.append(memory()), **options)
    seconds = time.perf_counter() - began
    assert results.statuses == {"answered": len(rest)}, results.to_text()
    early = memories[len(memories) // 10]
    ideal = len(rest) * 2 * delay / (PROCESSES * THREADS)
    return {
        "documents": len(rest),
        "seconds": seconds,
        "a_second": len(rest) / seconds,
        "share_of_ideal": ideal / seconds,
        "growth_mib": max(memories) - early,
        "cpu_ms": 1000 * (processor_seconds() - used) / len(rest),
    }


@contextlib.contextmanager
def cluster() -> Iterator[Any]:
    """A LocalCluster of PROCESSES workers with THREADS threads each."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=PROCESSES, threads_per_worker=THREADS, dashboard_address=":0", silence_logs=50) as local,
        Client(local) as client,
    ):
        yield client


@contextlib.contextmanager
def largest_task() -> Iterator[Callable[[], int]]:
    """The bytes of the largest task that is sent meanwhile."""
    sizes = [0]
    original = dask_executor.task_data

    def measured(*arguments: Any) -> dict[str, Any]:
        data = original(*arguments)
        sizes.append(len(pickle.dumps(data)))
        return data

    dask_executor.task_data = measured
    try:
        yield lambda: max(sizes)
    finally:
        dask_executor.task_data = original


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    milliseconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1_000.0
    delay = milliseconds / 1_000
    os.environ["OPENAI_API_KEY"] = "none"
    with tempfile.TemporaryDirectory() as name, slow_server(milliseconds, {MODEL: SCRIPT}) as server:
        folder = Path(name)
        documents = reports(folder / "reports", count + 8)
        rlm = RLM(MODEL, server.base_url)
        here = measure(rlm, documents, folder / "here", delay, workers=PROCESSES * THREADS)
        with cluster() as client, largest_task() as largest:
            there = measure(rlm, documents, folder / "there", delay, cluster=client)
            task_bytes = largest()
    figures = {"in this process": here, f"LocalCluster, {PROCESSES} x {THREADS}": there}
    record("map", {"milliseconds": milliseconds, "task_bytes": task_bytes, "campaigns": figures})
    heading = (
        "| where | documents | seconds | a second | of what the endpoint allows | CPU ms a run | memory grows by |"
    )
    rows = [heading, "|---|---|---|---|---|---|---|"]
    for where, one in figures.items():
        rows.append(
            f"| {where} | {one['documents']:,.0f} | {one['seconds']:.1f} | {one['a_second']:.2f} | "
            f"{one['share_of_ideal']:.0%} | {one['cpu_ms']:.0f} | {one['growth_mib']:.0f} MiB |"
        )
    task = f"the largest task has {task_bytes:,} bytes"
    rows += ["", f"Two calls of {milliseconds:,.0f} ms a run, {PROCESSES * THREADS} runs at once; {task}."]
    write_table("map", rows)
    print("\n".join(rows))


if __name__ == "__main__":
    main()
