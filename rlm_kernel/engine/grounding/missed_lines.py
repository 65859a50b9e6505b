"""Lines that have most of a question's words, where the answer is that the documents do not state it."""

from __future__ import annotations

import re
from typing import Any

from ...document import Document
from ...document.search.search_words import folded, is_content, stem
from ...trace import RowCondition
from ...trace.json_values import encodable
from .absence import is_absence
from .deadline import Deadline
from .other_names import names_asked
from .question_terms import MOST_CHARS, offers_none

_MOST_BYTES = 2 << 20
_LONGEST_LINE, _SHOWN = 500, 300
_FEWEST_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")


def passed_over(question: str, document: Document, value: Any) -> RowCondition | None:
    """What there is to say of an answer "not stated" where lines have the names of the question and most of its other
    words, three at least; of one of those that have most.

    Nothing where the question itself says what to answer if it is not stated, of documents of more than 2 MB, and of
    other answers. Raises TooSlowError.
    """
    is_absent = value is None or (isinstance(value, str) and is_absence(value))
    if not is_absent or len(question) > MOST_CHARS or offers_none(question):
        return None
    if sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return None
    names = names_asked(question)
    asked = {stem(folded(word)) for word in _WORD.findall(question) if is_content(word)}
    asked -= {stem(word) for name in names for word in name.words}
    named = frozenset().union(*(name.words for name in names))
    best = _FEWEST_WORDS - 1
    found: list[tuple[str, int, str]] = []
    deadline = Deadline()
    for text in document.texts:
        for number, line in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                deadline.check()
            low = folded(line) if 0 < len(line) <= _LONGEST_LINE else ""
            if not low or not all(word in low for word in named):
                continue
            count = len(asked & set(map(stem, _WORD.findall(low))))
            if count > best and 2 * count > len(asked):
                best, found = count, []
            if count == best and 2 * count > len(asked):
                found.append((text.name, number, line))
    if not found:
        return None
    source, number, line = found[0]
    return RowCondition(
        kind="passed-over",
        word="",
        pattern="",
        count=len(found),
        source=encodable(source),
        line=number,
        text=encodable(line.strip()[:_SHOWN]),
    )
