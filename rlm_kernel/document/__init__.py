"""What a context is: loaded, fingerprinted, shared between processes, and searched. Imports nothing else of ours."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .document import Document
from .errors import DocumentError
from .origins import Origin, origin_of, renamed
from .places import Places
from .text import Text

if TYPE_CHECKING:
    from .search.searcher import GrepMatch, Match, Sample, Searcher, TextStats, to_number

__all__ = [
    "Document",
    "DocumentError",
    "GrepMatch",
    "Match",
    "Origin",
    "Places",
    "Sample",
    "Searcher",
    "Text",
    "TextStats",
    "origin_of",
    "renamed",
    "to_number",
]

_SEARCHES = ("GrepMatch", "Match", "Sample", "Searcher", "TextStats", "to_number")


if not TYPE_CHECKING:  # a checker must see a name that is missing

    def __getattr__(name: str) -> Any:
        # Lazily: the sub-kernel searches, and the process of the user seldom does.
        if name not in _SEARCHES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(".search.searcher", __name__), name)
