"""The one sentence that has most words of a question for a fact, where it stands among others in a long line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ...document import Document
from ...document.search.search_words import folded
from ...trace.json_values import encodable
from .asked import WORD, asked_of, stem_of, stems_of
from .form_notes import Told
from .outdated import asks_for_now, is_not_now

_SENTENCE_END = re.compile(r"(?<=[^\WA-Z_][.!?;])\s+(?=[^\W_])|(?<=[\"')\]][.!?;])\s+(?=[^\W_])")
# Words that say when, which a line that is true now need not have.
_OF_TIME = stems_of("now today currently current present presently nowadays still") | {"after"}
_MOST_BYTES, _LONGEST_QUESTION, _MOST_LINES, _LONGEST, _SHOWN = 2 << 20, 2_000, 20_000, 500, 300
_FEWEST_SHARED, _SHARE = 3, 0.6


class _Sentence(NamedTuple):
    source: str
    number: int
    text: str
    shared: int


def told_sentence(question: str, document: Document) -> list[Told]:
    """A note with the sentence that has more words of a question than any other; none where several have as many, where
    it has few of them, or lacks a name or number of the question. Where the question is about now, sentences that say
    what was once or was only planned are passed over. Documents of more than 2 MB are not read."""
    if len(question) > _LONGEST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return []
    asked = asked_of(question)
    stems = asked.stems - _OF_TIME
    if len(stems) < _FEWEST_SHARED or asked.negated:
        return []
    names = {stem_of(word) for word in WORD.findall(question)[1:] if not word.islower()} & stems
    of_now = asks_for_now(question)
    best: list[_Sentence] = []
    for each in _sentences(document, asked.parts, stems):
        if best and each.shared < best[0].shared:
            continue
        if of_now and is_not_now(each.text):
            continue
        best = [each] if not best or each.shared > best[0].shared else [*best, each]
    # The same sentence again says the same.
    if len({each.text for each in best}) != 1:
        return []
    sentence = best[0]
    is_of_it = sentence.shared >= max(_FEWEST_SHARED, _SHARE * len(stems)) and names <= stems_of(sentence.text)
    # A heading of nothing but words of the question says no more.
    if not is_of_it or stems_of(sentence.text) <= stems_of(question):
        return []
    where = f" of {sentence.source!r}" if len(document.texts) > 1 else ""
    line = f"line {sentence.number}{where}: {sentence.text[:_SHOWN]!r}"
    note = f"[the sentence with most words of the question is in {line}]"
    return [Told(encodable(note), sentence.source, encodable(sentence.text))]


def _sentences(document: Document, parts: frozenset[str], stems: frozenset[str]) -> Iterator[_Sentence]:
    """The sentences that have words of a question, with how many."""
    for text in document.texts:
        for number, line in enumerate(islice(text.iter_lines(), _MOST_LINES), 1):
            low = folded(line)
            if not any(part in low for part in parts):
                continue
            for sentence in _SENTENCE_END.split(line.strip()):
                shared = len(stems & stems_of(sentence)) if len(sentence) <= _LONGEST else 0
                if shared:
                    yield _Sentence(text.name, number, sentence, shared)
