"""What a model is told to search for instead of a pattern that nothing matches.

It is worked out from the document, not read from the output that names it: a document's lines may look like a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from ...document import Document, Searcher
from ...document.search.suggestions import as_code
from ...trace import Searched

_MOST = 2


def instead_of(document: Document, missed: Iterable[Searched]) -> str:
    """A pattern that finds the lines that resemble those of searches without a hit, as code writes it; "" where none is
    known. Reads the document: a second for a few megabytes, larger ones are not read."""
    searcher = Searcher(document.texts, _unheard, _unheard)
    for search in islice(missed, _MOST):
        try:
            better = searcher.better(search.pattern, search.source)
        except ValueError:  # the sub-kernel names a document that there is not
            continue
        if better:
            return as_code(better)
    return ""


def _unheard(*_told: Any) -> None:
    pass
