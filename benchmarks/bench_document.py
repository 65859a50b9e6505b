"""How long a document takes from the file to the first answers of the tools, and what memory that costs.

Each size is measured in a process of its own, against what the machine does by itself in the same run: reading the
file, and `grep -c` of the same pattern. Usage: `python bench_document.py [MEGABYTES ...]`, by default 1, 100 and 1000.
It prints a table in Markdown (seconds, with the ratio to the floor where there is one; MiB) and, where all three sizes
were measured, writes it into the README and all figures to results/document.json. See also bench_document_fuzzy.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from results import record, write_table

from rlm_kernel.document import Document
from rlm_kernel.subkernel import SubKernel

MIB = 1 << 20
WORDS = [
    first + last
    for first in ("bal", "cap", "div", "equ", "inv", "led", "mar", "rev", "sup")
    for last in ("ance", "ed", "ent", "er", "ics", "ital", "ment", "or", "ure")
]
PLANTED = "HARVEST_OF_BARLEY: $1,234"
CELLS = {
    "first search (grep of a label)": ("[m.line_num for m in grep('HARVEST_OF')]", "HARVEST_OF"),
    "grep, a label": ("[m.line_num for m in grep('HARVEST_OF')]", "HARVEST_OF"),
    "grep, ignoring case": ("[m.line_num for m in grep('harvest_of')]", "-i harvest_of"),
    "grep, spaces for underscores": ("[m.line_num for m in grep('harvest of')]", "-iE harvest[[:space:]_-]+of"),
    "grep, a hard pattern": (r"[m.line_num for m in grep(r'(\w+)_OF_(\w+): \$')]", r"-E \w+_OF_\w+:"),
    "grep, a look-behind": (r"[m.line_num for m in grep(r'(?<!x)HARVEST_OF')]", r"-P (?<!x)HARVEST_OF"),
    "count of a word that is in most lines": ("count_matches('revenue|capital')", "-ciE revenue|capital"),
    "count of a literal": ("count_matches('capital')", "-ci capital"),
    "text_stats": ("text_stats().line_count", ""),
    "read_lines, the last": ("len(read_lines(-1))", ""),
    "context[a:b], the middle": ("len(context[len(context) // 2:][:1000])", ""),
    "'...' in context": ("'HARVEST_OF_WHEAT' in context", ""),
    "count_tokens": ("count_tokens()", ""),
}


def make(path: Path, megabytes: int) -> None:
    """Write lines of words, of which no two are likely to be the same, with one planted at two thirds."""
    chance = random.Random(megabytes)
    size, planted = 0, False
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            rows = [" ".join(chance.choices(WORDS, k=11)) + f" {chance.randrange(10**6)}" for _ in range(500)]
            if not planted and size >= megabytes * 666_666:
                rows[7], planted = PLANTED, True
            size += file.write("\n".join(rows) + "\n")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what `work` gave."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def read_once(path: Path) -> None:
    """Read the file into one reused buffer: the floor of every load."""
    buffer = bytearray(MIB)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def own(process: psutil.Process) -> float:
    """MiB of memory that a process shares with nobody."""
    return float(process.memory_full_info().uss) / MIB


def whole_tree() -> float:
    """MiB of memory of this process and all its descendants, what they share counted once (PSS)."""
    here = psutil.Process()
    return float(sum(each.memory_full_info().pss for each in [here, *here.children(recursive=True)])) / MIB


async def measure(path: Path) -> dict[str, Any]:
    """All figures of one file: name -> (seconds, floor in seconds or None), or MiB, or what went wrong."""
    made: dict[str, Any] = {}
    read_once(path)
    floor, _ = timed(lambda: read_once(path))
    began = time.perf_counter()
    seconds, document = timed(lambda: Document.of(path))
    made["load"] = (seconds, floor)
    made["lines"] = (timed(lambda: document.lines)[0], floor)
    async with SubKernel(document, cell_timeout=600, memory_limit="1GB") as sub:
        made["from file to sub-kernel"] = (time.perf_counter() - began, floor)
        inside = psutil.Process(sub.pid)
        made["sub-kernel's own memory, MiB"] = own(inside)
        for name, (cell, pattern) in CELLS.items():
            began_cell = time.perf_counter()
            result = await sub.execute(cell)
            seconds = time.perf_counter() - began_cell
            if "from file to first answer" not in made:
                made["from file to first answer"] = (time.perf_counter() - began, floor)
            least = None
            if pattern:
                arguments = ["grep", "-c", *pattern.split(" "), str(path)]
                least, _ = timed(lambda given=arguments: subprocess.run(given, capture_output=True, check=True))  # type: ignore[misc]
            made[name] = f"{result.error.type} after {seconds:.1f}" if result.error else (seconds, least)
        made["sub-kernel's own memory at the end, MiB"] = own(inside)
        made["all processes together (PSS), MiB"] = whole_tree()
        began = time.perf_counter()
        async with SubKernel(document) as other:
            made["a second sub-kernel"] = (time.perf_counter() - began, None)
            await other.execute("len(context), grep('HARVEST_OF')")
            made["all processes with a second sub-kernel (PSS), MiB"] = whole_tree()
    return made


def shown(figure: Any) -> str:
    """One cell of the table."""
    if isinstance(figure, float | int):
        return f"{figure:,.0f}"
    if isinstance(figure, str):
        return figure.replace("|", "/").replace("\n", " ")
    seconds, floor = figure
    return f"{seconds:.3f}" + (f" ({seconds / floor:.1f}x of {floor:.3f})" if floor else "")


def main(arguments: list[str]) -> None:
    """Measure the sizes, each in a fresh process, and print the table."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(asyncio.run(measure(Path(arguments[1])))))
        return
    sizes = [int(argument) for argument in arguments] or [1, 100, 1000]
    columns: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.txt"
            make(path, size)
            columns[f"{size:,} MB"] = in_a_process(path)
            if size == sizes[-1]:
                with path.open("a", encoding="utf-8") as file:
                    file.write("one line with an emoji \N{GRINNING FACE}\n")
                columns[f"{size:,} MB, one emoji"] = in_a_process(path)
            path.unlink()
    rows = [f"| | {' | '.join(columns)} |", "|---" + "|---" * len(columns) + "|"]
    names = list(next(iter(columns.values())))
    rows += [f"| {name} | {' | '.join(shown(made.get(name, '')) for made in columns.values())} |" for name in names]
    print("\n".join(rows))
    if sizes == [1, 100, 1000]:
        record("document", columns)
        write_table("document", rows)


def in_a_process(path: Path) -> dict[str, Any]:
    """The figures of one file, measured in a fresh process."""
    command = [sys.executable, __file__, "--one", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=dict(os.environ))
    made: dict[str, Any] = json.loads(done.stdout)
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
