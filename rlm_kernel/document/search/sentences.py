"""Sentences that say one thing of several names, among others that say another thing of the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .search_words import CAPITALISED, STOPWORDS, folded

# Names of several words are one token: they vary between sentences that say the same.
_TOKEN = re.compile(rf"{CAPITALISED}(?: {CAPITALISED})+|[^\W_]+|\S")
_SENTENCE = re.compile(r"[A-Z\u00c0-\u00de].*[.!?]\s*$", re.DOTALL)
_LONGEST, _MOST = 400, 2_000


def saying_the_same(sentence: str, others: Sequence[str]) -> list[int] | None:
    """Which of the others (their indices) say the same as a sentence, in other names and numbers; None where none can
    be told from the rest.

    They do not where words of the sentence, with a name or a number between them, are all missing: "spent 5 EUR on"
    where others have "had planned 9 EUR for". At least a third of them have to say the same. Lines that are no
    sentences (with a capital first and a full stop at the end), and those of more than 400 characters, are not told
    apart.
    """
    lines = [sentence, *others]
    if len(others) > _MOST or not all(len(line) <= _LONGEST and _SENTENCE.match(line) for line in lines):
        return None
    said = [frozenset(map(_said, _TOKEN.findall(line))) for line in others]
    tokens = _TOKEN.findall(sentence)
    places: dict[frozenset[int], list[int]] = {}
    for at, word in enumerate(map(_said, tokens)):
        having = frozenset(number for number, words in enumerate(said) if word in words)
        if word and len(others) / 3 <= len(having) < len(others):
            places.setdefault(having, []).append(at)
    for having, those in places.items():
        between = set(range(those[0], those[-1])) - set(those)
        # Words that stand together may be one name in small letters.
        if any(tokens[at][0].isalnum() and not _said(tokens[at]) for at in between):
            return sorted(having)
    return None


def _said(token: str) -> str:
    """A token in small letters where it is a word that is no name."""
    low = folded(token)
    return low if token.isalpha() and (token.islower() or low in STOPWORDS) else ""
