"""The file of a whole trace, beside the shortened copy of a notebook: only where the setting `trace_dir` says so."""

from __future__ import annotations

import warnings
from pathlib import Path

from .records import Trace

# By the digest of the trace: what this process has written. A stranger's trace may name any path: none is looked at.
_written: dict[str, Path] = {}


def write_whole(trace: Trace) -> None:
    """Write the whole trace where its settings say, named by its digest. What goes wrong is a warning: the run itself
    is paid for."""
    folder = trace.settings.get("trace_dir")
    if not isinstance(folder, str) or not folder or not trace.digest:
        return
    path = Path(folder).expanduser() / f"rlm-{trace.digest[:16]}.json"
    try:
        path.write_text(trace.to_json(indent=1), encoding="utf-8", errors="replace")
    except OSError as error:
        reason = error.strerror or error
        remedy = "the answer has it still: Path(...).write_text(answer.trace.to_json())"
        warnings.warn(f"The whole trace could not be written to {path} ({reason}); {remedy}.", stacklevel=2)
    else:
        _written[trace.digest] = path


def written_file(trace: Trace) -> str | None:
    """The file of the whole trace that this process has written, as it is to be named to a reader; None where there is
    none any more."""
    path = _written.get(trace.digest)
    return str(path) if path is not None and path.is_file() else None
