"""What the notebook's display costs: how soon Stop and an interrupt end a run, and how large long runs are when saved.

Latencies are those that a user waits: from the message that a front end sends to the kernel's reply to the cell, in a
real ipykernel with the real engine; the model is the tests' scripted server on loopback, which hangs in mid-reply, or
has sent code that never ends. Sizes are those of the MIME bundle that a notebook keeps. Drawing is the time of the
kernel's main thread that the live widgets of a run take, without a front end.
Usage: `python bench_notebook.py [REPETITIONS]`, by default 10.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from results import record, write_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "notebook"))
from driving import Kernel, Ran, click, running, wait_for_button
from scripted_server import ScriptedServer, hang

from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.trace import (
    Call,
    CallFinished,
    CallStarted,
    CodeFinished,
    CodeStarted,
    Event,
    Iteration,
    IterationFinished,
    IterationStarted,
    ReplyFinished,
    RunFinished,
    RunStarted,
    Trace,
    TraceBuilder,
    Usage,
)

SETUP = "%load_ext rlm_kernel\nreport = 'sales: $5,000,000\\nsales: $8,000,000\\n'"
ASK = "%%rlm report -o total\nWhat is the total?"
ENDLESS = "I count.\n```python\nprint('begun')\nwhile True: pass\n```"


def ended(kernel: Kernel, server: ScriptedServer, prefix: str, way: str, begun: Callable[[Ran], bool]) -> float:
    """Seconds from Stop or an interrupt to the end of the cell."""
    request, ran = kernel.start(prefix + ASK), Ran()
    button = wait_for_button(kernel, request, ran, "Stop") if way == "stop" else ""
    while not begun(ran):
        ran.messages.append(kernel.next_message(request))
    began = time.perf_counter()
    if way == "stop":
        click(kernel, button)
    else:
        kernel.manager.interrupt_kernel()
    kernel.finish(request, ran)
    seconds = time.perf_counter() - began
    assert kernel.value("total.status") == "stopped"
    assert server.wait_for_connections(0)
    return seconds


def says(words: str) -> Callable[[Ran], bool]:
    """Whether the display has shown these words."""
    return lambda ran: any(words in json.dumps(content) for content in ran.of("comm_open", "comm_msg"))


def latencies(repetitions: int) -> dict[str, list[float]]:
    """By what is going on and how it is ended."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as kernel:
        kernel.run(SETUP)
        for doing, step, begun in (("model", hang("I was just"), says("I was just")), ("code", ENDLESS, says("begun"))):
            for way, prefix in (("stop", ""), ("interrupt", ""), ("interrupt", "%%time\n")):
                name = f"{way}, {doing}" + (", %%time" if prefix else "")
                with ScriptedServer([step] * repetitions) as server:
                    kernel.use(server)
                    found[name] = [ended(kernel, server, prefix, way, begun) for _ in range(repetitions)]
    return found


def events(count: int, calls: int, chars: int) -> list[Event]:
    """A run of so many iterations, each with so many sub-calls and so long an output."""
    made: list[Event] = [RunStarted("What is the total?", "model")]
    identity, output = 0, "0123456789" * (chars // 10)
    for index in range(1, count + 1):
        made += [
            IterationStarted(index, count),
            ReplyFinished(index, "I look.\n" * 10),
            CodeStarted(index, "print(1)\n" * 10),
        ]
        for _ in range(calls):
            identity += 1
            call = Call(id=identity, kind="llm_query", model="m", prompt="why? " * 100, response="so. " * 100)
            made += [CallStarted(index, identity, "llm_query", "m", call.prompt), CallFinished(index, call)]
        made += [CodeFinished(index, output, len(output)), IterationFinished(index, Usage(calls=1), 0.1)]
    return [*made, RunFinished("answered", 42)]


def trace_of(made: list[Event]) -> Trace:
    """The trace of a run."""
    builder = TraceBuilder()
    for event in made:
        builder.feed(event)
    return builder.trace


def deep(levels: int) -> Trace:
    """A run in which each iteration begins runs of the same kind, so many levels deep."""
    trace = Trace(
        question="part", iterations=[Iteration(index=n, code="print(1)\n" * 10, output="x" * 2_000) for n in (1, 2)]
    )
    for _ in range(levels):
        calls = [Call(id=n, kind="rlm_query", prompt="part", trace=trace) for n in range(5)]
        turns = [Iteration(index=n, code="print(1)\n" * 10, calls=calls) for n in (1, 2, 3)]
        trace = Trace(question="part", iterations=turns, status="answered", value=42)
    return trace


def sizes() -> dict[str, tuple[float, float, float]]:
    """Characters of the bundle and of the whole trace, and seconds that the bundle takes, of long runs."""
    runs = {
        "10 iterations, outputs of 2,000 characters": trace_of(events(10, 0, 2_000)),
        "100 iterations with 50 sub-calls each": trace_of(events(100, 50, 2_000)),
        "1,000 iterations, outputs of 10,000 characters": trace_of(events(1_000, 0, 10_000)),
        "1 iteration, an output of 10 MB": trace_of(events(1, 0, 10_000_000)),
        "runs in runs, 3 levels (15 in each)": deep(3),
    }
    found = {}
    for name, trace in runs.items():
        began = time.perf_counter()
        bundle = mimebundle(trace)
        seconds = time.perf_counter() - began
        size = sum(
            len(form if isinstance(form, str) else json.dumps(form, ensure_ascii=False)) for form in bundle.values()
        )
        found[name] = (size, len(trace.to_json()), seconds)
    return found


def drawing(count: int, calls: int) -> tuple[float, int]:
    """Seconds that the widgets of a run take which is drawn ten times a second for a minute; how many there are."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ipywidgets.widgets import widget

        from rlm_kernel.notebook.widgets import Widgets

    InteractiveShell.instance()
    made = events(count, calls, 1_000)
    builder, taken, most = TraceBuilder(), 0.0, 0
    with capture_output():
        view = Widgets("What is the total?", None)
        for number, event in enumerate(made):
            builder.feed(event)
            began = time.perf_counter()
            view.feed(event, builder.trace)
            if number % max(len(made) // 600, 1) == 0:
                view._drawn = 0.0
                view.tick()
            taken += time.perf_counter() - began
            most = max(most, len(widget._instances))
        view.finish(None)
    InteractiveShell.clear_instance()
    return taken, most


def main(repetitions: int) -> None:
    """Measure, print, write."""
    waited = latencies(repetitions)
    rows = ["| a run is ended by | while | median | slowest |", "|---|---|---|---|"]
    words = {"stop": "Stop", "interrupt": "an interrupt", "model": "the model writes", "code": "code computes"}
    for name, seconds in waited.items():
        way, doing, *prefix = name.split(", ")
        what = f"{words[way]}{' of a cell with `%%time`' if prefix else ''}"
        rows.append(f"| {what} | {words[doing]} | {statistics.median(seconds):.3f} s | {max(seconds):.3f} s |")
    rows += ["", "| a run of | its whole trace | kept in the notebook | made in |", "|---|---|---|---|"]
    # Generous: what a user would notice, on a busy machine too.
    assert max(map(statistics.median, waited.values())) < 1, waited
    found = sizes()
    for name, (size, whole, seconds) in found.items():
        rows.append(f"| {name} | {whole / 1000:,.0f} kB | {size / 1000:,.0f} kB | {seconds:.2f} s |")
    taken, most = drawing(1_000, 5)
    told = f"\nThe live display of 1,000 iterations with 5,000 sub-calls in a minute takes {taken:.1f} s"
    rows.append(f"{told} of the kernel's time and at most {most:,} widgets.")
    print("\n".join(rows))
    if repetitions >= 10:
        record("notebook", {"latency": waited, "size": found, "drawing": {"seconds": taken, "widgets": most}})
        write_table("notebook", rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
