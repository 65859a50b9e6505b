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


def write_table(name: str, rows: list[str]) -> None:
    """Put a table between its marks in results/README.md."""
    path = FOLDER / "README.md"
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if begin not in text:
        text += f"\n{begin}\n{end}\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    about = machine()
    told = (
        f"{about['cores']} cores, {about['memory_gib']} GiB, {about['system']}, Python {about['python']}, "
        f"{about['date']}; load average {about['load'][0]} at the end of the run."
    )
    table = "\n".join(rows)
    path.write_text(f"{before}{begin}\n{table}\n\n{told}\n{end}{after}", encoding="utf-8")
