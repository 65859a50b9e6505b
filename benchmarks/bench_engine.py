"""What the engine itself takes, through `RLM` as a user would: the model is a server in a process of its own.

Iterations: milliseconds of one (request, reply, code run, told) of a run of 50, with a small and with a 10 MB context,
over all and of the first and the last ten; beside what the same request takes through a bare socket and the same cell
in a bare sub-kernel. Sub-calls: a cell with 100 prompts that take 100 ms each, as a ratio to the ideal. Sub-runs: a
cell with 20 recursive runs of two iterations each. Bytes: the bodies of the 11 requests of a run in which ten outputs
of 200,000 characters came back. Medians of several runs, after one that is not counted.
Usage: `python bench_engine.py [ROUNDS]`, by default 5.

The peers' figures are quoted: they were measured in another hour on a machine of the same kind. RL is rlms with its
local environment, D is DSPy's RLM, M is Matryoshka's era of JavaScript, mini is minrlm.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any

from bench_fanout import CONCURRENCY, through_sockets
from results import record, write_table
from slow_server import slow_server

from rlm_kernel import RLM, Answer
from rlm_kernel.subkernel import SubKernel
from rlm_kernel.trace import CodeFinished, CodeStarted, IterationFinished, IterationStarted, TraceBuilder

TURNS = 50
CALLS, CALL_MS = 100, 100
SUB_RUNS = 20
OUTPUT = 200_000
LINE = "The quick brown fox jumps over the lazy dog, and the dog has nothing to say about it at all, again.\n"
CONTEXTS = {"small context": LINE * 10, "10 MB context": LINE * 100_000}
QUOTED = {
    "small context": "M 2.1, D 5.2, mini 8.6, RL 11.3 (3 to 20)",
    "10 MB context": "mini 3.3, M 3.4, RL 4.4, D 1,751",
    16: "RL 0.79 s (16 in flight)",
    8: "D 1.42 s (8 in flight)",
    100: "M 0.19 s, mini 0.30 s (100 in flight)",
    "first": "RL and D 5.9, M 7.1, mini 19.2",
    "growth": "mini 2.5, M 4.3, D 10.2, RL 20.2",
    "sum": "M 313, mini 349, D 624, RL 1,176",
}


def block(code: str) -> str:
    """A reply that is one block of code."""
    return f"```python\n{code}\n```"


async def timed_run(context: str, scripts: dict[str, list[str]], delay: float, **settings: Any) -> dict[str, Any]:
    """One run, with the moments of each turn's and each cell's begin and end, and the bytes that were sent."""
    turns: list[list[float]] = []
    cells: list[list[float]] = []
    cpu = 0.0
    builder = TraceBuilder()
    with slow_server(delay, scripts) as server:
        rlm = RLM("root", server.base_url, api_key="none", sub_model="sub", **settings)
        async with aclosing(rlm.stream("How long is it?", context)) as events:
            async for event in events:
                builder.feed(event)
                now = time.perf_counter()
                match event:
                    case IterationStarted():
                        turns.append([now])
                        cpu = cpu or time.process_time()
                    case IterationFinished():
                        turns[-1].append(now)
                        spent = time.process_time() - cpu
                    case CodeStarted():
                        cells.append([now])
                    case CodeFinished():
                        cells[-1].append(now)
    answer = Answer(builder.trace)
    assert answer.status == "answered", (answer.status, answer.trace.reason)
    assert not any(turn.error for turn in answer.trace.iterations), answer.trace.iterations
    return {
        "turns": [end - began for began, end in turns],
        "cells": [end - began for began, end in cells],
        "cpu": spent,
        "sizes": server.sizes,
        "value": answer.value,
    }


async def several(make: Callable[[], Awaitable[dict[str, Any]]], rounds: int) -> list[dict[str, Any]]:
    """What several runs gave, after one that does not count."""
    await make()
    return [await make() for _ in range(rounds)]


def middle(values: Iterable[float]) -> float:
    """The median, rounded so that a file of results can be read."""
    return round(statistics.median(values), 4)


async def turn_floors(context: str, body: str, rounds: int) -> dict[str, float]:
    """Milliseconds of a bare request with such a body's size, and of such a cell in a bare sub-kernel."""
    seconds: dict[str, list[float]] = {"request_ms": [], "cell_ms": []}
    with slow_server(0) as server:
        call = through_sockets(server.port, body)
        async with SubKernel(context) as kernel:
            for number in range(rounds * TURNS):
                began = time.perf_counter()
                await call()
                seconds["request_ms"].append(time.perf_counter() - began)
                began = time.perf_counter()
                await kernel.execute(turn(number))
                seconds["cell_ms"].append(time.perf_counter() - began)
    return {name: middle(1000 * value for value in values) for name, values in seconds.items()}


def turn(number: int) -> str:
    """What the model's code does in one turn: a little, and never the same."""
    return f"part = context[{number} : {number} + 20]\nprint({number}, len(context), part)"


async def turns(rounds: int) -> dict[str, Any]:
    """Milliseconds of one turn, by the size of the context."""
    scripts = {"root": [*(block(turn(number)) for number in range(TURNS)), block("FINAL(len(context))")]}
    made = {}
    for name, context in CONTEXTS.items():
        runs = await several(lambda context=context: timed_run(context, scripts, 0, max_iterations=TURNS + 1), rounds)
        assert all(run["value"] == len(context) for run in runs)
        half = int(statistics.median(runs[0]["sizes"]["root"]))
        taken = [run["turns"][:TURNS] for run in runs]
        made[name] = {
            "ms": middle(1000 * statistics.mean(each) for each in taken),
            "median_ms": middle(1000 * statistics.median(each) for each in taken),
            "first_ten_ms": middle(1000 * value for each in taken for value in each[:10]),
            "last_ten_ms": middle(1000 * value for each in taken for value in each[-10:]),
            "cpu_ms": middle(1000 * run["cpu"] / TURNS for run in runs),
            "floor": await turn_floors(context, "x" * half, rounds),
        }
        print(name, made[name], flush=True)
    return made


async def sub_calls(rounds: int) -> dict[int, Any]:
    """Seconds of a cell that asks a sub-model 100 times, and their ratio to the ideal, by concurrency."""
    code = f"answers = llm_query_batched([f'Is message {{n}} spam?' for n in range({CALLS})])\nprint(len(answers))"
    scripts = {"root": [block(code), block("FINAL(len([a for a in answers if a.startswith('spam')]))")]}
    made = {}
    for concurrency in CONCURRENCY:
        runs = await several(
            lambda concurrency=concurrency: timed_run(
                LINE, scripts, CALL_MS, max_concurrency=concurrency, max_llm_calls=CALLS + 10
            ),
            rounds if concurrency > 1 else 1,
        )
        assert all(run["value"] == CALLS for run in runs)
        ideal = math.ceil(CALLS / concurrency) * CALL_MS / 1000
        seconds = middle(run["cells"][0] for run in runs)
        made[concurrency] = {
            "ideal": ideal,
            "seconds": seconds,
            "best": min(run["cells"][0] for run in runs),
            "ratio": round(seconds / ideal, 3),
            "cpu_ms_of_a_call": middle(1000 * run["cpu"] / CALLS for run in runs),
        }
        print(concurrency, made[concurrency], flush=True)
    return made


async def sub_runs(rounds: int) -> dict[str, float]:
    """Milliseconds of one of 20 recursive runs of two turns each, whose model answers at once."""
    code = (
        "lines = context.split('\\n')\n"
        f"pairs = [(f'How long is line {{n}}?', lines[n]) for n in range({SUB_RUNS})]\n"
        "print(len(rlm_query_batched(pairs)))"
    )
    root = [block(code), block("FINAL(True)")]
    runs = []
    for number in range(rounds + 1):
        # A script counts turns by model, so each sub-run's requests have to look alike: one model, two turns.
        scripts = {"root": root, "sub": [block("print(len(context))"), block("FINAL(len(context))")]}
        done = await timed_run(LINE * (SUB_RUNS + 1), scripts, 0, max_llm_calls=200)
        assert len(done["sizes"]["sub"]) == 2 * SUB_RUNS, done["sizes"]
        runs += [done] if number else []
    each = middle(1000 * run["cells"][0] / SUB_RUNS for run in runs)
    return {"ms": each, "cpu_ms": middle(1000 * run["cpu"] / SUB_RUNS for run in runs)}


async def sent(examples: str) -> dict[str, Any]:
    """Kilobytes of the first request, its growth by an iteration with an output of 200,000 characters, the sum."""
    fill = "\n".join(f"row {number:06d}: " + "x" * 85 for number in range(OUTPUT // 98))
    cell = "print(context)\nprint({number})"
    scripts = {"root": [*(block(cell.format(number=number)) for number in range(10)), block("FINAL(len(context))")]}
    done = await timed_run(fill, scripts, 0, max_iterations=12, examples=examples)
    sizes = done["sizes"]["root"]
    assert len(sizes) == 11
    return {
        "first_kb": round(sizes[0] / 1000, 2),
        "growth_kb": round((sizes[-1] - sizes[0]) / 10_000, 2),
        "sum_kb": round(sum(sizes) / 1000, 1),
    }


def table(made: dict[str, Any]) -> list[str]:
    """The figures for people."""
    rows = [
        "| one iteration of 50 | ms | first ten | last ten | CPU | bare request + bare cell | peers, ms (quoted) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in made["turns"].items():
        floor = one["floor"]
        rows.append(
            f"| {name} | {one['ms']:.2f} | {one['first_ten_ms']:.2f} | {one['last_ten_ms']:.2f} | {one['cpu_ms']:.2f} "
            f"| {floor['request_ms']:.2f} + {floor['cell_ms']:.2f} | {QUOTED[name]} |"
        )
    rows += [
        "",
        f"| {CALLS} sub-calls of {CALL_MS} ms | ideal | seconds | of the ideal | CPU of a call | peers (quoted) |",
        "|---|---|---|---|---|---|",
    ]
    for concurrency, one in made["sub_calls"].items():
        rows.append(
            f"| {concurrency} in flight | {one['ideal']:.2f} s | {one['seconds']:.3f} s | {one['ratio']:.3f} "
            f"| {one['cpu_ms_of_a_call']:.2f} ms | {QUOTED.get(concurrency, '')} |"
        )
    rows += [
        "",
        of_sub_runs(made["sub_runs"]),
        "",
        "| 10 outputs of 200 kB | without worked examples | with them | peers (quoted) |",
        "|---|---|---|---|",
    ]
    names = {"first": "first request, kB", "growth": "growth by an iteration, kB", "sum": "all 11 requests, kB"}
    plain, shown = made["sent"]["off"], made["sent"]["on"]
    rows += [f"| {told} | {plain[f'{n}_kb']} | {shown[f'{n}_kb']} | {QUOTED[n]} |" for n, told in names.items()]
    return rows


def of_sub_runs(one: dict[str, float]) -> str:
    """The figures of recursive runs in a sentence."""
    return (
        f"A recursive run of two iterations, one of {SUB_RUNS} in a batch: {one['ms']:.1f} ms, of which "
        f"{one['cpu_ms']:.1f} ms are the parent's CPU."
    )


async def measure(rounds: int) -> dict[str, Any]:
    """All figures."""
    return {
        "rounds": rounds,
        "turns": await turns(rounds),
        "sub_calls": await sub_calls(rounds),
        "sub_runs": await sub_runs(rounds),
        "sent": {examples: await sent(examples) for examples in ("off", "on")},
    }


def main() -> None:
    """Measure, print, write."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    made = asyncio.run(measure(rounds))
    print("\n".join(table(made)))
    if rounds >= 5:
        record("engine", made)
        write_table("engine", table(made))


if __name__ == "__main__":
    main()
