"""What `rlm ask` takes, from the command to the answer, on documents of growing size; the model answers at once.

The model is the tests' scripted server on loopback: it searches, adds up and calls FINAL. Seconds are those of the
whole process; memory is the most that the process and its children held together (PSS, so that shared pages count
once), looked at every 20 ms. The floors in the same run: reading the file, and `rlm --version`.
Usage: `python bench_ask.py [MEGABYTES ...]`, by default 1, 100 and 1000.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from bench_document import make, read_once, timed
from results import record, write_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from scripted_server import ScriptedServer

MIB = 1 << 20
QUESTION = "What did the harvest of barley bring?"
LOOK = "```python\nrows = grep('HARVEST_OF')\nfor m in rows[:5]: print(m.line_num, m.line)\n```"
ANSWER = "```python\nFINAL(sum(to_number(m.line) for m in rows), evidence=[m.line_num for m in rows])\n```"


def held(process: psutil.Process) -> int:
    """The memory of a process and of its children, in bytes."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += one.memory_full_info().pss
    return total


def ask(file: Path) -> tuple[float, float, str]:
    """Seconds, the most memory in MiB, and the answer."""
    with ScriptedServer([LOOK, ANSWER]) as server:
        endpoint = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": server.base_url, "RLM_MODEL": "scripted"}
        command = [sys.executable, "-m", "rlm_kernel.cli", "ask", QUESTION, str(file)]
        began, most = time.perf_counter(), 0
        with subprocess.Popen(command, env=os.environ | endpoint, stdout=subprocess.PIPE, text=True) as process:
            watched = psutil.Process(process.pid)
            while process.poll() is None:
                most = max(most, held(watched))
                time.sleep(0.02)
            seconds = time.perf_counter() - began
            assert process.stdout is not None
            return seconds, most / MIB, process.stdout.read().strip()


def main(sizes: list[int]) -> None:
    """Measure, print, write."""
    figures = {}
    floor, _ = timed(lambda: subprocess.run([sys.executable, "-m", "rlm_kernel.cli", "--version"], capture_output=True))
    rows = ["| document | `rlm ask` | all processes | reading the file alone |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            file = Path(folder) / f"{size}.txt"
            make(file, size)
            reading, _ = timed(lambda file=file: read_once(file))
            seconds, memory, answer = ask(file)
            assert answer.isdigit(), answer
            figures[size] = {"seconds": seconds, "mib": memory, "reading": reading}
            rows.append(f"| {size:,} MB | {seconds:.2f} s | {memory:,.0f} MiB | {reading:.2f} s |")
            file.unlink()
    rows.append(f"\n`rlm --version` takes {floor:.2f} s.")
    print("\n".join(rows))
    if sizes == [1, 100, 1000]:
        record("ask", figures | {"version": floor})
        write_table("ask", rows)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1, 100, 1000])
