"""The words of a question that neither the lines which an answer rests on nor the code that found these have.

A small model that is asked in words of its document is mostly right, and mostly wrong where the question says things in
words of its own: then rows are chosen by what the words have in common with some lines by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ...document import Document
from ...document.search.search_words import folded, forms_of
from ...trace import Grounding, Trace
from ...trace.json_values import encodable
from ..rows.asked import WORD, asked_of, content_of, stem_of, stems_of

_LONGEST_QUESTION, _LONGEST_LINE, _MOST_LINES, _MOST_PLACES = 2_000, 2_000, 300, 20_000
# What a question asks to do, and what it says about its own words: nothing of these stands in rows.
_ASKING = stems_of(
    "want know need please tell say said give figure report exactly one each every all both only really actually "
    "still now just count included including leave out left rest take taken together add added adding up work "
    "compute listed written according stated state states status kind kinds word words entry entries line lines "
    "row rows number amount value time times day days order first last best name names whose which without "
    "whether document column over come may wrong once"
)


def unsaid_words(question: str, document: Document, trace: Trace) -> list[str]:
    """The words of a question that say what it is about and stand neither in the lines that an answer rests on nor in
    the code that it comes from, in the order of the question, each once. Of very many lines the first 300 are read;
    of questions of more than 2,000 characters nothing is told."""
    if len(question) > _LONGEST_QUESTION:
        return []
    rows = [row for item in trace.grounding for row in item.rows()]
    lines = [*(each.text or "" for each in trace.evidence[:_MOST_LINES]), *_lines_of(rows, document)]
    said = {stem for text in [*_code_of(rows), *lines] for stem in map(stem_of, WORD.findall(text))}
    asking = asked_of(question).saying - _ASKING - said
    unsaid: dict[str, str] = {}
    for word in content_of(question):
        stem = stem_of(word)
        if stem in asking and said.isdisjoint(forms_of(stem)):
            unsaid.setdefault(stem, encodable(folded(word)))
    return list(unsaid.values())


def _code_of(rows: Iterable[Grounding]) -> Iterator[str]:
    return (step.code for row in rows if row.derivation is not None for step in row.derivation.steps)


def _lines_of(rows: Iterable[Grounding], document: Document) -> Iterator[str]:
    """The lines of the documents that an answer rests on."""
    texts = {text.name: text for text in document.texts}
    seen: set[tuple[str, int]] = set()
    for source, number in islice((place for row in rows for place in _places_of(row)), _MOST_PLACES):
        if (source, number) in seen or len(seen) == _MOST_LINES:
            continue
        seen.add((source, number))
        line = texts[source].line(number) if source in texts else None
        yield (line or "")[:_LONGEST_LINE]


def _places_of(row: Grounding) -> Iterator[tuple[str, int]]:
    if row.source is not None:
        yield from ((row.source, number) for number in row.lines)
    for span in row.derivation.spans if row.derivation is not None else ():
        yield from ((span.source, number) for number in range(span.start_line, span.end_line + 1))
