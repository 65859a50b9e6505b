"""This engine beside peers from PyPI, in one command: `python -m benchmarks.peers` (the extra `bench`).

Each engine runs in a process of its own, through its usual entry point and with its defaults, against the same scripted
endpoint, which notes when each request comes and how large it is; so every figure is taken in the same way for all.

    W1  from the start of the process to the end of its first block of code (the second request), s
    W2  between two requests of a run of 50 iterations, ms
    W6  a block that sends 100 sub-calls of 100 ms, s
    W9  request bodies when ten outputs of 200 kB come back: growth by an iteration, and all 11, kB
    PSS memory of all its processes after those outputs, MiB

pydantic-monty runs code and asks no model, so it is measured as a sandbox, beside our sub-kernel: from the start of the
process to the end of its first cell (s), and a bare cell (ms).

Engines take turns, `--rounds` after one that is not counted; medians. rlm-kernel isolates the code with all of its
layers, the peers run it in their own process. `--write` keeps results/peers.json and the table of README.md between its
marks; a test compares the two. `--python NAME=PATH` names the interpreter of an environment that has a peer.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .results import between, machine

FOLDER = Path(__file__).resolve().parent
README = FOLDER.parent / "README.md"
RESULTS = FOLDER / "results" / "peers.json"
SECONDS = 120
_SUB_CALL = re.compile(r"Is message \d+ spam\?")
LINE = "The quick brown fox jumps over the lazy dog, entry by entry.\n"
ITERATIONS, CALLS, CALL_SECONDS, OUTPUTS, OUTPUT_LINES = 50, 100, 0.1, 10, 3_300

# How each engine is started, given `job`; how its model writes a block of code, asks sub-models, and ends.
ENGINES: dict[str, dict[str, str]] = {
    "rlm-kernel": {
        "package": "rlm-kernel",
        "start": "from rlm_kernel import RLM\n"
        "rlm = RLM('root', job['base_url'], sub_model='sub', max_iterations=job['iterations'], max_llm_calls=1000)\n"
        "print(rlm.completion('How long is it?', job['context']).value)",
        "block": "```python\n{}\n```",
        "batch": "got = llm_query_batched([f'Is message {{n}} spam?' for n in range({calls})])\nprint(len(got))",
        "end": "FINAL(len(context))",
        "context": "context",
    },
    "rlms": {
        "package": "rlms",
        "start": "from rlm import RLM\n"
        "endpoint = {'base_url': job['base_url'], 'api_key': 'none'}\n"
        "rlm = RLM(backend='openai', backend_kwargs=endpoint | {'model_name': 'root'}, other_backends=['openai'],\n"
        "    other_backend_kwargs=[endpoint | {'model_name': 'sub'}], environment='local',\n"
        "    max_iterations=job['iterations'])\n"
        "print(rlm.completion(job['context'], root_prompt='How long is it?').response)",
        "block": "```repl\n{}\n```",
        "batch": "got = llm_query_batched([f'Is message {{n}} spam?' for n in range({calls})])\nprint(len(got))",
        "end": 'answer["content"] = str(len(context))\nanswer["ready"] = True',
        "context": "context",
    },
    "minrlm": {
        "package": "minrlm",
        "start": "from minrlm import RLM\n"
        "rlm = RLM('root', base_url=job['base_url'], api_key='none', max_iterations=job['iterations'],\n"
        "    max_sub_llm_calls=1000)\n"
        "print(rlm.completion('How long is it?', job['context']).response)",
        "block": "```python\n{}\n```",
        "batch": "got = sub_llm_batch([(f'Is message {{n}} spam?', '') for n in range({calls})])\nprint(len(got))",
        "end": "FINAL(len(input_0))",
        "context": "input_0",
    },
    "dspy": {
        "package": "dspy",
        # Its default interpreter loads a module from deno.land at every start, which not every machine reaches.
        "start": "import dspy\n"
        "endpoint = {'api_base': job['base_url'], 'api_key': 'none', 'cache': False}\n"
        "dspy.configure(lm=dspy.LM('openai/root', **endpoint))\n"
        "rlm = dspy.RLM('context, question -> answer', max_iters=job['iterations'], max_llm_calls=1000,\n"
        "    sub_lm=dspy.LM('openai/sub', **endpoint), interpreter_factory=dspy.LocalInterpreter)\n"
        "print(rlm(context=job['context'], question='How long is it?').answer)",
        "block": "[[ ## reasoning ## ]]\nNext.\n\n[[ ## code ## ]]\n```python\n{}\n```\n\n[[ ## completed ## ]]",
        "batch": "got = llm_query_batched([f'Is message {{n}} spam?' for n in range({calls})])\nprint(len(got))",
        "end": "SUBMIT(answer=str(len(context)))",
        "context": "context",
    },
}
CELLS = 200
# What runs code alone, given the number of `cells`: it prints when its first cell had run, and when the last had.
SANDBOXES: dict[str, dict[str, str]] = {
    "rlm-kernel": {
        "package": "rlm-kernel",
        "run": "import asyncio, sys, time\n"
        "from rlm_kernel.subkernel import SubKernel\n"
        "async def main():\n"
        "    async with SubKernel('one line') as kernel:\n"
        "        await kernel.execute('x = 1')\n"
        "        print(time.perf_counter())\n"
        "        for number in range(int(sys.argv[1])):\n"
        "            await kernel.execute(f'x + {number}')\n"
        "        print(time.perf_counter())\n"
        "asyncio.run(main())",
    },
    "pydantic-monty": {
        "package": "pydantic-monty",
        "run": "import sys, time\n"
        "from pydantic_monty import Monty\n"
        "with Monty() as pool, pool.checkout() as session:\n"
        "    session.feed_run('x = 1')\n"
        "    print(time.perf_counter())\n"
        "    for number in range(int(sys.argv[1])):\n"
        "        session.feed_run(f'x + {number}')\n"
        "    print(time.perf_counter())",
    },
}
# Workload, its figure, how the README says it, decimals.
ROWS = [
    ("W1", "first_block_s", "new process to the first block of code done, s", 2),
    ("W2", "iteration_ms", f"an iteration, of {ITERATIONS}, ms", 1),
    ("W2", "last_five_ms", "... of the last five, ms", 1),
    ("W6", "batch_s", f"{CALLS} sub-calls of {1000 * CALL_SECONDS:.0f} ms, by default, s", 2),
    ("W9", "growth_kb", "sent more by an iteration with an output of 200 kB, kB", 1),
    ("W9", "sum_kb", f"... by all {OUTPUTS + 1} requests, kB", 0),
    ("W9", "pss_mib", "memory of all its processes then (PSS), MiB", 0),
]


def _is_sub_call(body: dict[str, Any]) -> bool:
    """By the question: an engine may ask the root model's name for both."""
    return bool(_SUB_CALL.search(str(body["messages"][-1]["content"])))


class Endpoint(ThreadingHTTPServer):
    """A scripted OpenAI-compatible endpoint. Questions of a batch wait and get a word, all others get the next of
    `replies`."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, replies: Sequence[str], job_done: threading.Event) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.times: list[float] = []
        self.sizes: list[int] = []
        self.last, self.go_on = job_done, threading.Event()
        self.calls: list[float] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        now = time.perf_counter()
        body = json.loads(data)
        if not _is_sub_call(body):
            self.server.times.append(now)
            self.server.sizes.append(len(data))
            number = len(self.server.times) - 1
            if number == len(self.server.replies) - 1:
                self.server.last.set()
                self.server.go_on.wait(30)
            reply = self.server.replies[min(number, len(self.server.replies) - 1)]
        else:
            self.server.calls.append(now)
            time.sleep(CALL_SECONDS)
            reply = "ham"
        usage = {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}
        about = {"id": "1", "created": 1, "model": body["model"]}
        if body.get("stream"):
            deltas = [{"index": 0, "delta": {"content": reply}, "finish_reason": None}]
            chunks = [{"choices": deltas}, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
            chunks.append({"choices": [], "usage": usage})
            lines = [json.dumps(about | {"object": "chat.completion.chunk"} | chunk) for chunk in chunks]
            sent = "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()
            kind = "text/event-stream"
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
            sent = json.dumps(about | {"object": "chat.completion", "choices": [choice], "usage": usage}).encode()
            kind = "application/json"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(sent)}\r\n\r\n"
        self.wfile.write(head.encode() + sent)


@contextlib.contextmanager
def _serving(replies: Sequence[str]) -> Iterator[Endpoint]:
    endpoint = Endpoint(replies, threading.Event())
    thread = threading.Thread(target=endpoint.serve_forever)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        thread.join()
        endpoint.server_close()


def pss(pid: int) -> float:
    """MiB of a process and all below it, each shared page counted in parts."""
    import psutil

    root = psutil.Process(pid)
    return sum(process.memory_full_info().pss for process in [root, *root.children(recursive=True)]) / 2**20


def run(name: str, python: str, cells: Sequence[str], lines: int, *, memory: bool = False) -> dict[str, Any]:
    """One run in a new process: when requests came (since its start), how large they were, how many sub-calls came, and
    the memory at the last. A process that does not end in time is killed, with all that it has started."""
    engine = ENGINES[name]
    replies = [engine["block"].format(cell) for cell in [*cells, engine["end"]]]
    with _serving(replies) as endpoint:
        job = {"base_url": endpoint.base_url, "iterations": len(replies) + 2}
        program = (
            f"import json, sys\njob = json.loads(sys.argv[1]) | {{'context': {LINE!r} * {lines}}}\n{engine['start']}"
        )
        began = time.perf_counter()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [python, "-c", program, json.dumps(job)]
        with subprocess.Popen(command, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
            found = 0.0
            try:
                if memory and endpoint.last.wait(60):
                    found = pss(process.pid)
                endpoint.go_on.set()
                out, err = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                raise RuntimeError(f"{name} did not answer within {SECONDS} s, and was killed") from None
            finally:
                endpoint.go_on.set()
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    if process.returncode or str(len(LINE) * lines) not in out:
        raise RuntimeError(f"{name} did not answer: {out[-300:]} {err[-1500:]}")
    times = [at - began for at in endpoint.times]
    return {"times": times, "sizes": endpoint.sizes, "calls": len(endpoint.calls), "pss": found}


def workloads(name: str, python: str) -> dict[str, float]:
    """All figures of one engine, once."""
    look = f"len({ENGINES[name]['context']})"
    steps = [f"x{number} = {look} + {number}\nprint(x{number})" for number in range(ITERATIONS)]
    times = run(name, python, steps, 100)["times"]
    gaps = [1000 * (after - before) for before, after in itertools.pairwise(times)]
    asked = run(name, python, [ENGINES[name]["batch"].format(calls=CALLS)], 100)
    if asked["calls"] != CALLS:
        raise RuntimeError(f"{name} sent {asked['calls']} sub-calls, of {CALLS}: its figure would be of something else")
    batch = asked["times"]
    printing = [f"print({ENGINES[name]['context']})\nprint({number})" for number in range(OUTPUTS)]
    sent = run(name, python, printing, OUTPUT_LINES, memory=True)
    sizes = sent["sizes"]
    return {
        "first_block_s": times[1],
        "iteration_ms": statistics.median(gaps),
        "last_five_ms": statistics.median(gaps[-5:]),
        "batch_s": batch[1] - batch[0],
        "growth_kb": (sizes[-1] - sizes[0]) / 1000 / (len(sizes) - 1),
        "sum_kb": sum(sizes) / 1000,
        "pss_mib": sent["pss"],
    }


def sandbox(name: str, python: str) -> dict[str, float]:
    """The figures of what runs code alone, once. Its clock is that of this process, as on Linux."""
    began = time.perf_counter()
    command = [python, "-c", SANDBOXES[name]["run"], str(CELLS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} did not run its cells: {done.stderr[-1500:]}")
    first, last = map(float, done.stdout.split())
    return {"first_cell_s": first - began, "cell_ms": 1000 * (last - first) / CELLS}


def sandboxes(pythons: dict[str, str], rounds: int) -> dict[str, Any]:
    """The medians of every sandbox that is there, and its version."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in pythons if name in SANDBOXES}
    for number in range(rounds + 1):
        for name, found in runs.items():
            figures = sandbox(name, pythons[name])
            print(name, json.dumps({key: round(value, 3) for key, value in figures.items()}), flush=True)
            found += [figures] if number else []
    return {
        name: {
            "version": _version(SANDBOXES[name]["package"], pythons[name]),
            **{key: round(statistics.median(one[key] for one in each), 3) for key in each[0]},
        }
        for name, each in runs.items()
    }


def measure(pythons: dict[str, str], rounds: int) -> dict[str, Any]:
    """The medians of every engine that is there, its version, and the ratios to ours."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in pythons}
    for number in range(rounds + 1):
        for name, python in pythons.items():
            figures = workloads(name, python)
            print(name, json.dumps({key: round(value, 3) for key, value in figures.items()}), flush=True)
            runs[name] += [figures] if number else []
    medians = {
        name: {key: round(statistics.median(one[key] for one in each), 3) for key in each[0]}
        for name, each in runs.items()
    }
    ours = medians["rlm-kernel"]
    return {
        name: {
            "version": _version(ENGINES[name]["package"], pythons[name]),
            **figures,
            "ratios": {key: round(value / ours[key], 2) for key, value in figures.items()},
        }
        for name, figures in medians.items()
    }


def _version(package: str, python: str) -> str:
    ask = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def table(results: dict[str, Any]) -> str:
    """The README's table. The best figure of a row is bold, whose ever it is."""
    figures, about = results["figures"], results["machine"]
    names = list(figures)
    rows = ["| | " + " | ".join(f"{name} {figures[name]['version']}" for name in names) + " |"]
    rows.append("|---|" + "---|" * len(names))
    for _, key, what, decimals in ROWS:
        best = min(figures[name][key] for name in names)
        cells = [
            f"**{figures[name][key]:,.{decimals}f}**"
            if figures[name][key] == best
            else f"{figures[name][key]:,.{decimals}f}"
            for name in names
        ]
        rows.append(f"| {what} | " + " | ".join(cells) + " |")
    told = (
        f"{about['cores']} cores, {about['system']}, Python {about['python']}, {about['date']}; load average "
        f"{about['load'][0]} at the end of the run. Bold: the best of a row. rlm-kernel isolates the code with all of "
        "its layers; the peers run it in their own process."
    )
    if "dspy" in figures:
        told = told.removesuffix("process.") + "process, dspy in another one (its local interpreter)."
    return "\n".join([*rows, *_sandbox_table(results.get("sandboxes", {})), "", told])


def _sandbox_table(figures: dict[str, Any]) -> list[str]:
    """The table of what runs code alone, where something else than ours was measured."""
    if len(figures) < 2:
        return []
    rows = [
        "",
        "| running code alone | " + " | ".join(f"{name} {one['version']}" for name, one in figures.items()) + " |",
    ]
    rows.append("|---|" + "---|" * len(figures))
    for key, what in (("first_cell_s", "new process to the first cell done, s"), ("cell_ms", "a bare cell, ms")):
        best = min(one[key] for one in figures.values())
        cells = [f"**{one[key]:,.2f}**" if one[key] == best else f"{one[key]:,.2f}" for one in figures.values()]
        rows.append(f"| {what} | " + " | ".join(cells) + " |")
    return rows


def written(text: str, results: dict[str, Any]) -> str:
    """The README with the table of these results."""
    return between(text, "peers", table(results))


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args(words)
    elsewhere = {name: path for name, _, path in (word.partition("=") for word in options.python)}
    for name, path in elsewhere.items():
        if name not in ENGINES | SANDBOXES or not os.access(path, os.X_OK):
            parser.error(
                f"--python {name}={path}: NAME is one of {', '.join(ENGINES | SANDBOXES)}, PATH an interpreter"
            )
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: at least 1 is counted")
    pythons = {}
    for name, engine in (ENGINES | SANDBOXES).items():
        try:
            importlib.metadata.version(engine["package"])
        except importlib.metadata.PackageNotFoundError:
            if name not in elsewhere:
                print(f"{name} is not installed here ('rlm-kernel[bench]', --python): left out", file=sys.stderr)
                continue
        pythons[name] = elsewhere.get(name, sys.executable)
    if "rlm-kernel" not in pythons:
        parser.error("rlm-kernel is not installed here: pip install -e '.[bench]'")
    # pip compiles what it installs. An editable installation is compiled at its first start, and must keep the result.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    figures = measure({name: path for name, path in pythons.items() if name in ENGINES}, options.rounds)
    alone = sandboxes(pythons, options.rounds)
    results = {"machine": machine(), "figures": figures, "sandboxes": alone}
    print(table(results))
    if options.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        README.write_text(written(README.read_text(encoding="utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    main()
