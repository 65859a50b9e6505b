"""The calls of a run as a pandas DataFrame. pandas is the user's own: nothing else here needs it."""

from __future__ import annotations

from typing import Any

from ..trace import Trace


def calls_frame(trace: Trace) -> Any:
    """A row for each call of the whole run tree, with the columns of `Trace.calls`.

    Raises ValueError where pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped]
    except ImportError:
        raise ValueError(
            "A data frame needs pandas, which is not installed: pip install pandas. Without it, `answer.trace.calls` "
            "has the same rows as a list of dicts."
        ) from None
    rows = trace.calls
    return pandas.DataFrame(rows) if rows else pandas.DataFrame(columns=_COLUMNS)


_COLUMNS = [
    *("run", "depth", "iteration", "line", "kind", "id", "model", "name", "cached", "error", "started", "prompt"),
    *("spans", "calls", "retries", "prompt_tokens", "completion_tokens", "cached_tokens", "cost", "seconds"),
    "estimated",
]
