"""The file of a whole trace, beside the shortened copy of a notebook: only where the setting `trace_dir` says so."""

from __future__ import annotations

import warnings
from pathlib import Path

from .records import Trace


def whole_file(trace: Trace) -> Path | None:
    """Where the whole trace of a run is written to: named by its digest, in the folder of its `trace_dir`."""
    folder = trace.settings.get("trace_dir")
    return (
        Path(folder) / f"rlm-{trace.digest[:16]}.json" if isinstance(folder, str) and folder and trace.digest else None
    )


def write_whole(trace: Trace) -> None:
    """Write the whole trace where its settings say. What goes wrong is a warning: the run itself is paid for."""
    path = whole_file(trace)
    if path is None:
        return
    try:
        path.expanduser().write_text(trace.to_json(indent=1), encoding="utf-8", errors="replace")
    except OSError as error:
        warnings.warn(f"The whole trace could not be written to {path}: {error.strerror}.", stacklevel=2)


def written_file(trace: Trace) -> str | None:
    """The file of the whole trace as it is to be named to a reader; None where there is none."""
    path = whole_file(trace)
    try:
        return str(path) if path is not None and path.expanduser().is_file() else None
    except (OSError, ValueError, RuntimeError):  # a stranger's trace may name what is no path at all
        return None
