"""What a model is told of searches that found nothing: their patterns, and what to search for instead.

That is worked out from the document, not read from the output that names it: a document's lines may look like a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from ...document import Document, Searcher
from ...document.search.suggestions import as_code
from ...trace import Searched

_NAMED = 5
_LOOKED_UP = 2


def patterns_of(searches: Iterable[Searched]) -> str:
    """The patterns of the first searches, as code writes them, without repetition."""
    return ", ".join(dict.fromkeys(as_code(search.pattern[:80]) for search in islice(searches, _NAMED)))


def instead_of(document: Document, missed: Iterable[Searched]) -> str:
    """A pattern that finds the lines that resemble those of searches without a hit, as code writes it; "" where none is
    known. Reads the document: a second for a few megabytes, larger ones are not read."""
    searcher = Searcher(document.texts, _unheard, _unheard)
    for search in islice(missed, _LOOKED_UP):
        try:
            better = searcher.better_pattern(search.pattern, search.source)
        except ValueError:  # the sub-kernel names a document that there is not
            continue
        if better:
            return as_code(better)
    return ""


def _unheard(*_told: Any) -> None:
    pass
