"""What a model is told of searches that found nothing: their patterns, and what to search for instead.

That is worked out from the document, not read from the output that names it: a document's lines may look like a note.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from ...document import Document, Searcher
from ...document.search.suggestions import as_code
from ...trace import Searched

_NAMED = 5
_LOOKED_UP = 2
_LONGEST_CODE = 2_000
_NO_PATTERN = 1 << 30


def patterns_of(searches: Iterable[Searched]) -> str:
    """The patterns of the first searches, as code writes them, without repetition."""
    return ", ".join(dict.fromkeys(as_code(search.pattern[:80]) for search in islice(searches, _NAMED)))


def instead_of(code: str, document: Document, missed: Iterable[Searched]) -> str:
    """What to run in place of `code`, whose searches without a hit are `missed`: the same with patterns that find the
    lines that resemble theirs; one search alone where that cannot be, "" where no such pattern is known.

    Reads the document: a second for a few megabytes, larger ones are not read.
    """
    searcher = Searcher(document.texts, _unheard, _unheard)
    better: dict[str, str] = {}
    for search in islice((search for search in missed if search.tool == "grep"), _LOOKED_UP):
        try:
            found = searcher.better_pattern(search.pattern, search.source)
        except ValueError:  # the sub-kernel names a document that there is not
            continue
        if found:
            better[search.pattern] = found
    if not better:
        return ""
    return _with_patterns(code, better) or f"grep({as_code(next(iter(better.values())))})"


def _with_patterns(code: str, better: dict[str, str]) -> str:
    """The code with other patterns; "" where one of them is no constant of it, or has fewer groups than the old one."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    places = [
        (node.lineno, node.col_offset, node.end_col_offset, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.lineno == node.end_lineno
    ]
    lines = [line.encode() for line in code.split("\n")]
    replaced = set()
    for number, start, end, value in sorted(places, key=lambda place: place[:2], reverse=True):
        if value in better and len(code) <= _LONGEST_CODE and _groups(better[value]) >= _groups(value):
            line = lines[number - 1]
            lines[number - 1] = line[:start] + as_code(better[value]).encode() + line[end:]
            replaced.add(value)
    return b"\n".join(lines).decode() if replaced == set(better) else ""


def _groups(pattern: str) -> int:
    try:
        return re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError):
        return _NO_PATTERN


def _unheard(*_told: Any) -> None:
    pass
