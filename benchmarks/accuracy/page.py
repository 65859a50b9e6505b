"""Writes the figures of docs/accuracy.md from results/accuracy.json: `python benchmarks/accuracy/page.py`.

`python benchmarks/accuracy/bench_accuracy.py --model local --results benchmarks/results/accuracy.json` measures them.

A test compares the page with what this writes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_accuracy import shares
from results import FOLDER, between

RESULTS = FOLDER / "accuracy.json"
PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


def _percent(ends: list[float]) -> str:
    return f"{ends[0]:.0%} to {ends[1]:.0%}"


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each shape, and one for all."""
    by_shape: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_shape[row["shape"]].append(row)
    yield "| shape | right | 95 % interval | wrong without a mark | tokens | seconds |"
    yield "|---|---|---|---|---|---|"
    for name, each in [*by_shape.items(), ("all", rows)]:
        figures = shares(each)
        yield (
            f"| {name} | {figures['right']} of {figures['n']} | {_percent(figures['of all'])} | "
            f"{sum(map(unmarked, each))} | {figures['tokens']:,} | {figures['seconds']:.0f} |"
        )


def unmarked(row: dict[str, Any]) -> bool:
    """Whether an answer is wrong and nothing beside it says so: no doubtful verdict, a confidence of 0.7 or more."""
    doubted = {"ungrounded", "typed", "sub-model"} & set(row["verdicts"])
    return row["status"] == "answered" and not row["right"] and not doubted and (row["confidence"] or 0) >= 0.7


def block() -> str:
    """What stands between the marks of the page."""
    if not RESULTS.exists():
        return "Not measured yet."
    data = json.loads(RESULTS.read_text(encoding="utf-8"))
    about, rows = data["machine"], data["rows"]
    models = ", ".join(sorted({row["model"] for row in rows}))
    sizes = " and ".join(f"{size:,}" for size in sorted({row["asked_size"] for row in rows}))
    seeds = ", ".join(map(str, sorted({row["seed"] for row in rows})))
    told = (
        f"Model `{models}`, seeds {seeds}, documents of {sizes} characters; {about['cores']} cores, {about['system']}, "
        f"Python {about['python']}, {about['date']}; load average {about['load'][0]} at the end of the run."
    )
    return "\n".join([*table(rows), "", told])


def main() -> None:
    PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), "accuracy", block()), encoding="utf-8")


if __name__ == "__main__":
    main()
