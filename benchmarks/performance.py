"""Writes the figures of docs/performance.md from what was measured (`results/*.json`): `python performance.py`, here.

A test compares the page with what this writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bench_growth
from results import FOLDER, between

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
# Why a peer may be ahead, by the figure; told only where one is.
WHY = {
    "first_block_s": "Its code runs in the process that asks, so that it starts none; ours waits for an isolated one.",
    "iteration_ms": "A cell in the same process takes microseconds; ours goes to another process and back.",
    "last_five_ms": "A cell in the same process takes microseconds; ours goes to another process and back.",
    "batch_s": "It sends all calls at once; ours begins with eight, with more while replies come as fast as before.",
    "growth_kb": "It shows the model less of an output; ours keeps its beginning and its end.",
    "sum_kb": "It shows the model less of each output.",
    "pss_mib": "It has one process; ours has the fork server and the sub-kernel besides.",
}
NAMES = {
    "first_block_s": "W1 new process to the first block of code done, s",
    "iteration_ms": "W2 an iteration of 50, ms",
    "last_five_ms": "W2 ... of the last five, ms",
    "batch_s": "W6 100 sub-calls of 100 ms, by default, s",
    "growth_kb": "W9 sent more by an iteration with an output of 200 kB, kB",
    "sum_kb": "W9 ... by all 11 requests, kB",
    "pss_mib": "memory of all processes then (PSS), MiB",
}


def figures(name: str) -> Any:
    """What a benchmark has measured."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["figures"]


def workloads() -> str:
    """W1 to W9, ours beside the peers of the same run, and below it what was measured of ours alone."""
    peers = figures("peers")
    names = list(peers)
    rows = ["| workload | " + " | ".join(f"{name} {peers[name]['version']}" for name in names) + " |"]
    rows.append("|---|" + "---|" * len(names))
    for key, what in NAMES.items():
        rows.append(f"| {what} | " + " | ".join(f"{peers[name][key]:,.2f}" for name in names) + " |")
    return "\n".join([*rows, "", *_alone()])


def _alone() -> list[str]:
    document, engine = figures("document"), figures("engine")
    fuzzy = figures("document_fuzzy")["speed"]["100"]
    rows = ["| workload, ours alone | |", "|---|---|"]
    ten = engine["turns"]["10 MB context"]["ms"]
    rows.append(f"| W2 an iteration of 50, with a context of 10 MB | {ten:.1f} ms |")
    for size in ("100 MB", "1,000 MB", "1,000 MB, one emoji"):
        one = document[size]
        seconds, memory = one["from file to first answer"][0], one["all processes together (PSS), MiB"]
        rows.append(f"| W3 {size}: from the file to the first answer of a tool | {seconds:.2f} s, {memory:,.0f} MiB |")
    slowest = max(each[0] for each in fuzzy.values())
    ranks = ", ".join(str(each[1]) for each in fuzzy.values())
    rows.append(f"| W4 fuzzy search of 100 MB, the slowest of four queries (ranks {ranks}) | {slowest:.2f} s |")
    counts = {
        "a word that is in most lines": "count of a word that is in most lines",
        "a hard pattern": "grep, a hard pattern",
    }
    for what, name in counts.items():
        seconds, floor = document["1,000 MB"][name][:2]
        rows.append(f"| W5 1 GB, {what} (`grep -c`) | {seconds:.2f} s ({floor:.2f}) |")
    return [*rows, "", _parts_of_w3(document)]


def _parts_of_w3(document: dict[str, Any]) -> str:
    one, start = document["1,000 MB"], document["1 MB"]["from file to sub-kernel"][0]
    whole, lines, second = (one[name][0] for name in ("from file to first answer", "lines", "a second sub-kernel"))
    read, floor = one["load"][:2]
    return (
        f"W3 is of a process that has started no sub-kernel before. Of the {whole:.2f} s for 1,000 MB, {read:.2f} s "
        f"are for reading and\nchecking the file ({floor:.2f} s for reading it alone) and {lines:.2f} s for counting "
        f"its lines; of 1 MB, the first sub-kernel is there\nafter {start:.2f} s. A second one takes {second:.2f} s."
    )


def behind() -> str:
    """Where a peer is ahead, and why."""
    peers = figures("peers")
    ours = peers["rlm-kernel"]
    lines = []
    for key, what in NAMES.items():
        ahead = sorted((peers[name][key], name) for name in peers if peers[name][key] < ours[key])
        if ahead:
            first = ", ".join(f"{name} {value:,.2f}" for value, name in ahead)
            lines.append(f"- {what}: {first}, ours {ours[key]:,.2f}. {WHY[key]}")
    return "\n".join(lines) or "Nowhere, in this run."


def written(text: str) -> str:
    """The page with the figures of now."""
    text = between(text, "workloads", workloads())
    text = between(text, "behind", behind())
    return between(text, "growth", bench_growth.table(bench_growth.load()))


def write() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
