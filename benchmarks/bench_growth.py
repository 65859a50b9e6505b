"""How cost grows: with iterations, the document, sub-calls, and the number of documents of a campaign.

Usage: `python bench_growth.py [--only NAME,NAME] [--iterations N] [--megabytes N] [--calls N] [--documents N] [--again]
[--write]`, in this folder. Each point is one run through `RLM` against a scripted endpoint in a process of its own,
which answers at once. Every point is kept in results/growth.json when it was measured, and a second call measures only
what is missing (`--again` forgets what is there). `--write` draws docs/images/growth-NAME.svg (matplotlib, extra
`bench`) and writes the figures of docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench_document import make
from bench_engine import block, timed_run
from bench_map import MODEL, QUESTION, SCRIPT, reports
from results import FOLDER, machine
from slow_server import slow_server

from rlm_kernel import RLM

RESULTS = FOLDER / "growth.json"
IMAGES = FOLDER.parents[1] / "docs" / "images"
LINE = "The quick brown fox jumps over the lazy dog, entry by entry.\n"
# name: what grows, its points, the largest by default.
AXES: dict[str, tuple[str, Sequence[int], int]] = {
    "iterations": ("iterations of a run", (10, 30, 100, 300, 1_000), 1_000),
    "megabytes": ("MB of a document that a run searches", (1, 10, 100, 1_000, 4_000), 1_000),
    "calls": ("sub-calls of a block of code", (10, 100, 1_000, 10_000), 10_000),
    "documents": ("documents of a campaign", (1, 10, 100, 1_000, 10_000), 100),
}


def iterations(count: int) -> dict[str, float]:
    """A run of so many iterations: seconds of all, and kB of the last request."""
    steps = [block(f"x = {number}\nprint(x, len(context))") for number in range(count)]
    scripts = {"root": [*steps, block("FINAL(len(context))")]}
    run = asyncio.run(timed_run(LINE * 100, scripts, 0, max_iterations=count + 1, max_llm_calls=count + 2))
    return {"seconds": sum(run["turns"][:count]), "last_request_kb": run["sizes"]["root"][-1] / 1000}


def megabytes(count: int) -> dict[str, float]:
    """Seconds of a run of three iterations, one of which searches the whole document; and of that search."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < 1.2e6 * count:
            raise OSError(f"no room for a document of {count} MB in {folder}")
        path = Path(folder) / "document.txt"
        make(path, count)
        scripts = {"root": [block("print(len(context))"), block("print(len(grep('HARVEST_OF')))"), block("FINAL(1)")]}
        began = time.perf_counter()
        run = asyncio.run(timed_run(path, scripts, 0))
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "search_s": run["cells"][1]}


def calls(count: int) -> dict[str, float]:
    """Seconds of a block that sends so many sub-calls, each answered at once."""
    code = f"got = llm_query_batched([f'Is message {{n}} spam?' for n in range({count})])\nprint(len(got))"
    scripts = {"root": [block(code), block("FINAL(len(got))")]}
    run = asyncio.run(timed_run(LINE, scripts, 0, max_llm_calls=count + 10))
    if run["value"] != count:
        raise RuntimeError(f"{run['value']} of {count} sub-calls were answered")
    return {"seconds": run["cells"][0]}


def documents(count: int) -> dict[str, float]:
    """Seconds of a campaign over so many small documents, two iterations each, after one that is not counted."""
    os.environ["OPENAI_API_KEY"] = "none"
    with tempfile.TemporaryDirectory() as name, slow_server(0, {MODEL: SCRIPT}) as server:
        folder = Path(name)
        files = reports(folder / "reports", count + 1)
        rlm = RLM(MODEL, server.base_url)
        rlm.map(QUESTION, files[:1], out=folder / "first")
        began = time.perf_counter()
        rows = rlm.map(QUESTION, files[1:], out=folder / "all")
        seconds = time.perf_counter() - began
    if rows.statuses != {"answered": count}:
        raise RuntimeError(rows.to_text())
    return {"seconds": seconds}


MEASURES: dict[str, Callable[[int], dict[str, float]]] = {
    "iterations": iterations,
    "megabytes": megabytes,
    "calls": calls,
    "documents": documents,
}


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope in the log-log picture of the last three points: 1 where cost grows as what it is about."""
    last = sorted(points)[-3:]
    xs, ys = [math.log(x) for x, _ in last], [math.log(y) for _, y in last]
    return statistics.linear_regression(xs, ys).slope


def load() -> dict[str, Any]:
    """What was measured so far."""
    if not RESULTS.is_file():
        return {"machine": machine(), "figures": {}}
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def points(results: dict[str, Any], name: str, key: str = "seconds") -> list[tuple[float, float]]:
    """The points of an axis, by what grows."""
    return sorted((int(count), one[key]) for count, one in results["figures"].get(name, {}).items())


def table(results: dict[str, Any]) -> str:
    """The figures of the page: a row for each axis, and its picture."""
    if not any(results["figures"].values()):
        return "Not measured yet."
    about = results["machine"]
    rows = ["| grows | from | to | seconds from | seconds to | exponent at the end |", "|---|---|---|---|---|---|"]
    pictures = []
    for name, (what, _, _) in AXES.items():
        measured = points(results, name)
        if len(measured) < 2:
            continue
        (first, least), (last, most) = measured[0], measured[-1]
        slope = exponent(measured)
        rows.append(f"| {what} | {first:,} | {last:,} | {least:.2f} | {most:.2f} | {slope:.2f} |")
        pictures.append(f"![Seconds by {what}, log-log](images/growth-{name}.svg)")
    told = (
        f"{about['cores']} cores, {about['system']}, Python {about['python']}, {about['date']}; load average "
        f"{about['load'][0]} at the end of the last run."
    )
    return "\n".join([*rows, "", told, "", *pictures])


def draw(results: dict[str, Any]) -> None:
    """One log-log picture for each axis."""
    import matplotlib as mpl

    mpl.use("svg")
    # Text stays text, and the same figures give the same file.
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 9}
    from matplotlib import pyplot

    for name, (what, _, _) in AXES.items():
        measured = points(results, name)
        if len(measured) < 2:
            continue
        figure, axes = pyplot.subplots(figsize=(4.4, 3.0), layout="constrained")
        axes.loglog(*zip(*measured, strict=True), marker="o", label="measured")
        (x0, y0), (x1, _) = measured[-2], measured[-1]
        axes.loglog((x0, x1), (y0, y0 * x1 / x0), linestyle=":", color="gray", label="exponent 1")
        axes.set_xlabel(what)
        axes.set_ylabel("seconds")
        axes.grid(which="major", alpha=0.3)
        axes.legend(frameon=False)
        IMAGES.mkdir(exist_ok=True)
        figure.savefig(IMAGES / f"growth-{name}.svg", metadata={"Date": None})
        pyplot.close(figure)


def main(words: Sequence[str] | None = None) -> None:
    """Measure what is missing, keep it, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(AXES), metavar="NAME,NAME")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--write", action="store_true")
    for name, (what, _, most) in AXES.items():
        parser.add_argument(f"--{name}", type=int, default=most, metavar="N", help=f"at most so many {what} ({most})")
    options = parser.parse_args(words)
    chosen = options.only.split(",")
    if unknown := [name for name in chosen if name not in AXES]:
        parser.error(f"--only {unknown[0]}: it is one of {', '.join(AXES)}")
    results, begun = load(), False
    for name in chosen:
        kept = results["figures"].setdefault(name, {})
        if options.again:
            kept.clear()
        most = getattr(options, name)
        missing = [count for count in AXES[name][1] if count <= most and str(count) not in kept]
        if missing and not begun:
            iterations(3)  # what a process does once is not counted
            begun = True
        for count in missing:
            kept[str(count)] = {key: round(value, 4) for key, value in MEASURES[name](count).items()}
            print(name, count, kept[str(count)], flush=True)
            results["machine"] = machine()
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(results))
    if options.write:
        draw(results)
        from performance import write

        write()


if __name__ == "__main__":
    main()
