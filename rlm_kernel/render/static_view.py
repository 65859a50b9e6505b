"""The view of a run as one script, which the labextension's build puts into this package; it loads nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "static" / "view.js"


@cache
def view_script() -> str:
    """The script, an ES module whose default export is an anywidget; empty where the package was built without it."""
    return _FILE.read_text(encoding="utf-8") if _FILE.is_file() else ""
