"""Writes the README's figures from what was measured (`results/*.json`): `python benchmarks/readme.py`.

A test compares the README with what this writes, so that no figure there can differ from the last measurement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from results import between

FOLDER = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
_SIZES = ("1 MB", "100 MB", "1,000 MB")


def _figures(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a benchmark has measured, and on which machine."""
    data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data["figures"], data["machine"]


def _measured(*machines: dict[str, Any]) -> str:
    (about, *_) = machines
    dates = sorted({machine["date"] for machine in machines})
    loads = max(machine["load"][0] for machine in machines)
    return (
        f"{about['cores']} cores, {about['system']}, Python {about['python']}, {' and '.join(dates)}; load average at "
        f"most {loads} at the end of each run."
    )


def _documents(figures: dict[str, Any]) -> Iterator[str]:
    yield "| a text of | " + " | ".join(size.replace("1,000 MB", "1 GB") for size in _SIZES) + " |"
    yield "|---|" + "---|" * len(_SIZES)
    for row, name in (
        ("load from a file", "load"),
        ("`grep` of a label (`grep -c`)", "grep, a label"),
        (r"`grep(r\"(\w+)_OF_(\w+): \$\")` (`grep -c`)".replace('\\"', '"'), "grep, a hard pattern"),
        ("count of a literal (`grep -c`)", "count of a literal"),
    ):
        cells = []
        for size in _SIZES:
            seconds, floor = figures[size][name]
            cells.append(f"{seconds:.3f} s" + ("" if name == "load" else f" ({floor:.3f})"))
        yield f"| {row} | " + " | ".join(cells) + " |"
    memory = (f"{figures[size]['all processes together (PSS), MiB']:,.0f} MiB" for size in _SIZES)
    yield "| all processes together | " + " | ".join(memory) + " |"


def _starts(figures: dict[str, Any]) -> Iterator[str]:
    start, trip = figures["start"], figures["round_trip_ms"]
    yield "| | stock ipykernel | sub-kernel, all layers on |"
    yield "|---|---|---|"
    stock, first = start["stock ipykernel"]["ready_ms"], start["sub-kernel, first of a program"]["ready_ms"]
    yield f"| start to ready, the first of a program | {stock:.0f} ms | {first:.0f} ms |"
    yield f"| from the fork server | | {start['sub-kernel, fork server']['ready_ms']:.1f} ms |"
    yield f"| from a notebook's warm spare | | {start['sub-kernel, warm spare']['ready_ms']:.1f} ms |"
    yield f"| one cell, sent and answered | {trip['stock ipykernel']:.2f} ms | {trip['sub-kernel']:.2f} ms |"


def _runs(figures: dict[str, Any]) -> Iterator[str]:
    yield "| a run, with a model that answers at once or after 100 ms | measured | floor |"
    yield "|---|---|---|"
    for name, row in (("small context", "an iteration of 50"), ("10 MB context", "... with a context of 10 MB")):
        turn = figures["turns"][name]
        floor = sum(turn["floor"].values())
        yield f"| {row} | {turn['ms']:.1f} ms | {floor:.1f} ms: a bare request and a bare cell |"
    for number in ("16", "100"):
        calls = figures["sub_calls"][number]
        yield f"| 100 sub-calls of 100 ms, {number} in flight | {calls['seconds']:.2f} s | {calls['ideal']:.1f} s |"
    sent = figures["sent"]["off"]
    yield f"| sent by the first request | {sent['first_kb']:.1f} kB | |"
    yield f"| ... by all 11, when ten outputs of 200 kB come back | {sent['sum_kb']:.0f} kB | |"


def block() -> str:
    """The README's figures."""
    documents, starts, runs = (_figures(name) for name in ("document", "subkernel", "engine"))
    tables = [
        "\n".join(make(figures)) for make, (figures, _) in ((_documents, documents), (_starts, starts), (_runs, runs))
    ]
    return "\n\n".join([*tables, _measured(*(machine for _, machine in (documents, starts, runs)))])


def written(text: str) -> str:
    """The README with the figures of now."""
    return between(text, "figures", f"\n{block()}\n")


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
