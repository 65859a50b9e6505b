"""Keeps what a benchmark has measured: figures with the machine in results/*.json, tables between marks in a file."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures depend on, and how busy it was."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "date": datetime.now(UTC).date().isoformat(),
    }


def record(name: str, figures: Any) -> None:
    """Write figures to results/NAME.json."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), "figures": figures}, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def between(text: str, name: str, new: str) -> str:
    """`text` with `new` between the marks of `name`. Raises ValueError where it has not each of them once, in order."""
    begin, end = marks(name)
    for mark in (begin, end):
        if (count := text.count(mark)) != 1:
            raise ValueError(f"The mark {mark} stands {count} times in the text, and must stand in it once.")
    before, _, rest = text.partition(begin)
    if end not in rest:
        raise ValueError(f"The mark {end} stands before {begin}, and must stand behind it.")
    return f"{before}{begin}\n{new}\n{end}{rest.partition(end)[2]}"


def marks(name: str) -> tuple[str, str]:
    """What stands before and behind the text that a benchmark writes."""
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def write_table(name: str, rows: list[str]) -> None:
    """Put a table between its marks in results/README.md, at the end where it has none yet."""
    path = FOLDER / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not any(mark in text for mark in marks(name)):
        text += "\n{}\n{}\n".format(*marks(name))
    about = machine()
    told = (
        f"{about['cores']} cores, {about['memory_gib']} GiB, {about['system']}, Python {about['python']}, "
        f"{about['date']}; load average {about['load'][0]} at the end of the run."
    )
    table = "\n".join(rows)
    path.write_text(between(text, name, f"{table}\n\n{told}"), encoding="utf-8")
