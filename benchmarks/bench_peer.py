"""This engine beside a peer, `rlms` with its local environment, in the same run against the same scripted endpoint.

The peer executes in its own process without any isolation; ours starts a sub-kernel with all its layers. Each has the
same turns to run and its own way to ask for code and to end. Both take turns, several rounds after one that is not
counted; medians. Bytes are those of the requests' bodies.
Usage: `python bench_peer.py PYTHON [ROUNDS]`, where PYTHON is the interpreter of an environment with `rlms` in it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench_engine import CALL_MS, CALLS, CONTEXTS, LINE, TURNS, block, middle, timed_run, turn
from results import record, write_table
from slow_server import slow_server

OUTPUT_LINES = 2_000


def theirs(python: str, cells: list[str], times: int, delay: float) -> dict[str, Any]:
    """One run of the peer: the seconds of its turns, and the bytes that it sent."""
    end = 'answer["content"] = str(len(context))\nanswer["ready"] = True'
    scripts = {"root": [f"```repl\n{cell}\n```" for cell in [*cells, end]]}
    with slow_server(delay, scripts) as server:
        job = {"base_url": server.base_url, "line": LINE, "times": times, "turns": len(cells) + 1}
        command = [python, str(Path(__file__).with_name("peer_rlms.py")), json.dumps(job)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["answer"] == str(len(LINE) * times), told
    return {"turns": told["turns"], "sizes": server.sizes}


async def ours(cells: list[str], times: int, delay: float, **settings: Any) -> dict[str, Any]:
    """The same run of this engine."""
    scripts = {"root": [*map(block, cells), block("FINAL(len(context))")]}
    done = await timed_run(LINE * times, scripts, delay, max_iterations=len(cells) + 1, **settings)
    assert done["value"] == len(LINE) * times
    return done


def figures(runs: list[dict[str, Any]], count: int) -> dict[str, float]:
    """Milliseconds of a turn, over all and of the ends; kilobytes of requests."""
    sizes = runs[0]["sizes"]["root"]
    return {
        "ms": middle(1000 * value for run in runs for value in run["turns"][:count]),
        "first_ten_ms": middle(1000 * value for run in runs for value in run["turns"][: min(10, count)]),
        "last_ten_ms": middle(1000 * value for run in runs for value in run["turns"][max(0, count - 10) : count]),
        "first_kb": round(sizes[0] / 1000, 2),
        "growth_kb": round((sizes[-1] - sizes[0]) / 1000 / (len(sizes) - 1), 2),
        "sum_kb": round(sum(sizes) / 1000, 1),
    }


async def measure(python: str, rounds: int) -> dict[str, Any]:
    """All figures, by workload and engine."""
    batch = f"got = llm_query_batched([f'Is message {{n}} spam?' for n in range({CALLS})])\nprint(len(got))"
    printing = [f"print(context)\nprint({number})" for number in range(10)]
    small = [turn(number) for number in range(TURNS)]
    workloads: dict[str, tuple[list[str], int, float, dict[str, Any]]] = {
        "turns": (small, len(CONTEXTS["small context"]) // len(LINE), 0, {}),
        "turns, 10 MB": (small, len(CONTEXTS["10 MB context"]) // len(LINE), 0, {}),
        "sub-calls": ([batch], 10, CALL_MS, {"max_concurrency": 16, "max_llm_calls": CALLS + 10}),
        "outputs of 200 kB": (printing, OUTPUT_LINES, 0, {"examples": "off"}),
    }
    made: dict[str, Any] = {}
    for name, (cells, times, delay, settings) in workloads.items():
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], "rlms": []}
        for number in range(rounds + 1):
            pair = {"ours": await ours(cells, times, delay, **settings), "rlms": theirs(python, cells, times, delay)}
            for engine, done in pair.items():
                runs[engine] += [done] if number else []
        made[name] = {engine: figures(each, len(cells)) for engine, each in runs.items()}
        print(name, json.dumps(made[name]), flush=True)
    return made


def table(made: dict[str, Any]) -> list[str]:
    """The figures for people."""
    rows = ["| | rlm-kernel | rlms | rlms / rlm-kernel |", "|---|---|---|---|"]

    def row(what: str, name: str, figure: str, scale: float = 1) -> None:
        one, other = made[name]["ours"][figure] * scale, made[name]["rlms"][figure] * scale
        rows.append(f"| {what} | {one:.2f} | {other:.2f} | {other / one:.1f} |")

    row(f"a turn of {TURNS}, ms", "turns", "ms")
    row("... of the first ten", "turns", "first_ten_ms")
    row("... of the last ten", "turns", "last_ten_ms")
    row("a turn with a 10 MB context, ms", "turns, 10 MB", "ms")
    row(f"{CALLS} sub-calls of {CALL_MS} ms, 16 in flight (ideal 0.70), s", "sub-calls", "ms", 0.001)
    row("first request, kB", "outputs of 200 kB", "first_kb")
    row("growth by an output of 200 kB, kB", "outputs of 200 kB", "growth_kb")
    row("11 requests with 10 such outputs, kB", "outputs of 200 kB", "sum_kb")
    return rows


def main() -> None:
    """Measure, print, write."""
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    made = asyncio.run(measure(sys.argv[1], rounds))
    print("\n".join(table(made)))
    if rounds >= 5:
        record("peer", made)
        write_table("peer", table(made))


if __name__ == "__main__":
    main()
