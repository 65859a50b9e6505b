"""The demonstration document: a quarterly report with five sales figures among much other money. Data, no behaviour."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["path"]


def path() -> Path:
    """The report as a file, for `rlm ask`, for `%%rlm` or for `Path.read_text`."""
    return Path(str(files(__name__) / "quarterly-report.txt"))
