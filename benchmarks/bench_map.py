"""How near a campaign comes to what its endpoint allows: documents a second, in this process and on a LocalCluster.

The endpoint is a server in a process of its own that answers each call after D milliseconds (slow_server.py); every run
takes two calls, one after the other, so that W runs at once can do W / (2 D) documents a second, whatever the
processors do. The share of that is what is told, with

- how far the memory of the driver (the scheduler of a LocalCluster is in it) and of the largest worker grows after the
  first tenth of the documents: resident memory, looked at every second;
- the size of the largest task, and the bytes that client and scheduler write for a run, heartbeats and all;
- the processor time of each run, sub-kernels and all: where processors are the limit, it bounds the rate;
- the server's own count of requests, beside the ledger's.

On the cluster follows one document with QUESTIONS questions: how many sealed copies of it a worker holds, at most.

Usage: `python bench_map.py [DOCUMENTS [MILLISECONDS [QUESTIONS [here|cluster]]]]`, by default 300 documents, 1,000 ms,
100 questions, both; 10,000 documents and 1,000 questions are the aim.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import tempfile
import threading
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
WARM = 8
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


class Watch:
    """Looks every second at what processes take: resident MiB of each of `pids`, processor time of all our children."""

    def __init__(self, pids: list[int]) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._memories: list[list[float]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._used = processor_seconds()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.cpu_seconds = processor_seconds() - self._used

    def _look(self) -> None:
        while not self._ended.wait(1.0):
            self._memories.append([process.memory_info().rss / (1 << 20) for process in self._processes])

    def grown(self) -> list[float]:
        """MiB by which each process was larger at the end (the most of the last tenth) than after the first tenth."""
        tenth = max(1, len(self._memories) // 10)
        columns = list(zip(*self._memories, strict=True))
        return [max(column[-tenth:]) - max(column[: tenth + 1]) for column in columns] or [0.0]


def processor_seconds() -> float:
    """Of this process and of its children, those that have ended included."""
    spent = os.times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            used = child.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


def measure(
    rlm: RLM, documents: list[Path], out: Path, delay: float, workers: list[int], **options: Any
) -> dict[str, float]:
    """One campaign, after a small one that is not counted. `workers`: their process ids."""
    rlm.map(QUESTION, documents[:WARM], out=out / "warm", **options)
    rest = documents[WARM:]
    last = [time.perf_counter()]

    def on_row(_row: Any, progress: Any) -> None:
        if time.perf_counter() - last[0] > 60:
            last[0] = time.perf_counter()
            print(f"{progress.done:,} of {progress.total:,}, {progress.rate / 60:.2f} a second", file=sys.stderr)

    with Watch([os.getpid(), *workers]) as watch:
        began = time.perf_counter()
        results = rlm.map(QUESTION, rest, out=out / "run", on_row=on_row, **options)
        seconds = time.perf_counter() - began
    assert results.statuses == {"answered": len(rest)}, results.to_text()
    assert [row.value for row in results] == [1000 + number for number in range(WARM, len(documents))]
    driver, *others = watch.grown()
    return {
        "documents": len(rest),
        "seconds": seconds,
        "a_second": len(rest) / seconds,
        "share_of_ideal": len(rest) * 2 * delay / (PROCESSES * THREADS) / seconds,
        "driver_grows_mib": driver,
        "worker_grows_mib": max(others, default=0.0),
        "cpu_ms": 1000 * watch.cpu_seconds / len(rest),
        "ledger_calls": results.spent.calls + 2 * WARM,
    }


def many_questions(rlm: RLM, folder: Path, count: int, client: Any) -> dict[str, float]:
    """One document with many questions: the copies of it that a worker holds beside what it held before, at most."""
    (folder / "one").mkdir()
    (document,) = reports(folder / "one" / "reports", 1)
    before = {address: len(held) for address, held in client.run(sealed_copies).items()}
    most = [0]
    last = [0.0]

    def on_row(_row: Any, _progress: Any) -> None:
        if time.perf_counter() - last[0] > 1:
            last[0] = time.perf_counter()
            held = client.run(sealed_copies)
            most[0] = max(most[0], *(len(copies) - before[address] for address, copies in held.items()))

    questions = [f"{QUESTION} ({number})" for number in range(count)]
    results = rlm.map(questions, document, out=folder / "one" / "out", cluster=client, on_row=on_row)
    assert results.statuses == {"answered": count}, results.to_text()
    return {"questions": count, "copies": most[0], "calls": results.spent.calls}


def sealed_copies() -> set[int]:
    """The sealed documents that a process holds open, by their inode."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if "memfd:" in os.readlink(entry):
                found.add(entry.stat().st_ino)
    return found


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
def messages() -> Iterator[dict[str, Callable[[], int]]]:
    """The bytes of the largest task that is sent meanwhile, and of all that client and scheduler write."""
    from distributed.comm.tcp import TCP

    sizes, written = [0], [0]
    task_data, write = dask_executor.task_data, TCP.write

    def measured(*arguments: Any) -> dict[str, Any]:
        data = task_data(*arguments)
        sizes.append(len(pickle.dumps(data)))
        return data

    async def counted(self: Any, *arguments: Any, **more: Any) -> Any:
        size = await write(self, *arguments, **more)
        written[0] += size
        return size

    dask_executor.task_data, TCP.write = measured, counted
    try:
        yield {"largest": lambda: max(sizes), "written": lambda: written[0]}
    finally:
        dask_executor.task_data, TCP.write = task_data, write


def main() -> None:
    given = sys.argv[1:]
    count = int(given[0]) if given else 300
    milliseconds = float(given[1]) if len(given) > 1 else 1_000.0
    questions = int(given[2]) if len(given) > 2 else 100
    where = given[3] if len(given) > 3 else "both"
    delay = milliseconds / 1_000
    os.environ["OPENAI_API_KEY"] = "none"
    figures: dict[str, Any] = {}
    one: dict[str, float] = {}
    expected = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = reports(folder / "reports", count + WARM)
        with slow_server(milliseconds, {MODEL: SCRIPT}) as server:
            rlm = RLM(MODEL, server.base_url)
            if where in ("both", "here"):
                here = measure(rlm, documents, folder / "here", delay, [], workers=PROCESSES * THREADS)
                figures["in this process"] = here
                expected += int(here["ledger_calls"])
            if where in ("both", "cluster"):
                with messages() as sent, cluster() as client:
                    workers = list(client.run(os.getpid).values())
                    there = measure(rlm, documents, folder / "there", delay, workers, cluster=client)
                    there["task_bytes"] = sent["largest"]()
                    there["written_bytes_a_run"] = sent["written"]() / (count + WARM)
                    figures[f"LocalCluster, {PROCESSES} x {THREADS}"] = there
                    expected += int(there["ledger_calls"])
                    one = many_questions(rlm, folder, questions, client)
                    expected += int(one["calls"])
        counted = len(server.sizes[MODEL])
    print(f"{counted:,} requests by the server's count, {expected:,} by the ledgers'")
    assert counted == expected
    record(
        "map", {"milliseconds": milliseconds, "campaigns": figures, "one_document": one, "requests_counted": counted}
    )
    rows = [
        "| where | documents | seconds | a second | of the ideal | CPU ms a run | driver grows by | worker grows by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for place, each in figures.items():
        rows.append(
            f"| {place} | {each['documents']:,.0f} | {each['seconds']:.1f} | {each['a_second']:.2f} | "
            f"{each['share_of_ideal']:.0%} | {each['cpu_ms']:.0f} | {each['driver_grows_mib']:.0f} MiB | "
            f"{each['worker_grows_mib']:.0f} MiB |"
        )
    rows += ["", f"Two calls of {milliseconds:,.0f} ms a run, {PROCESSES * THREADS} runs at once. "]
    rows[-1] += f"The server counted {counted:,} requests, as the ledgers did."
    if one:
        rows[-1] += (
            f" The largest task has {there['task_bytes']:,} bytes; client and scheduler write "
            f"{there['written_bytes_a_run']:,.0f} bytes a run, heartbeats and all. One document with "
            f"{one['questions']:,} questions: {one['copies']} copy for each worker."
        )
    write_table("map", rows)
    print("\n".join(rows))


if __name__ == "__main__":
    main()
