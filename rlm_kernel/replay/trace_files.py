"""Reads the traces that a file holds: a trace as JSON, what `rlm ask --json` has printed, a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..trace import MIME_TYPE, SCHEMA, Trace

_MAX_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class TraceInFile:
    """A trace and where it was: a file, and in a notebook the number of the cell (from 1)."""

    path: Path
    trace: Trace
    cell: int | None = None

    @property
    def place(self) -> str:
        """The file, and the cell."""
        return str(self.path) + ("" if self.cell is None else f", cell {self.cell}")


def read(path: Path) -> list[TraceInFile]:
    """The traces of one file. Raises OSError, and ValueError, in one sentence, where it holds none."""
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path} has more than {_MAX_BYTES >> 20} MB: no trace is as large")
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is no JSON: give a trace (rlm ask --trace FILE) or a notebook") from None
    found = [TraceInFile(path, _trace(each, path), cell) for each, cell in _candidates(data)]
    if not found:
        raise ValueError(f"{path} holds no trace of a run")
    return found


def within(folder: Path) -> Iterator[Path]:
    """The notebooks and JSON files of a folder and those below it, in their order; no checkpoints, nothing hidden."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in (".ipynb", ".json") and not hidden and path.is_file():
            yield path


def holds_traces(path: Path) -> bool:
    """Whether a file of a folder is worth reading: other JSON files are nobody's mistake. Raises OSError."""
    if path.stat().st_size > _MAX_BYTES:
        return False
    data = path.read_bytes()
    return MIME_TYPE.encode() in data if path.suffix == ".ipynb" else SCHEMA.encode() in data


def _candidates(data: Any) -> Iterable[tuple[Any, int | None]]:
    if not isinstance(data, dict):
        return []
    if data.get("schema") == SCHEMA:
        return [(data, None)]
    if isinstance(inner := data.get("trace"), dict) and inner.get("schema") == SCHEMA:
        return [(inner, None)]
    return list(_of_notebook(data))


def _of_notebook(data: dict[str, Any]) -> Iterator[tuple[Any, int | None]]:
    cells = data.get("cells")
    for number, cell in enumerate(cells if isinstance(cells, list) else [], 1):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else []:
            bundle = output.get("data") if isinstance(output, dict) else None
            if isinstance(bundle, dict) and MIME_TYPE in bundle:
                yield bundle[MIME_TYPE], number


def _trace(data: Any, path: Path) -> Trace:
    try:
        return Trace.from_json(json.dumps(data))
    except ValueError as error:
        first = str(error).splitlines()[1:2]
        raise ValueError(f"{path} holds a trace that cannot be read ({' '.join(first)})") from None
