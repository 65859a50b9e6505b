"""A name that a question asks about and no document has, where the question says what to answer in that case."""

from __future__ import annotations

import re

from ...document import Document
from ...document.search.search_words import folded, forms_of, is_content, stem
from ..grounding.question_terms import OFFER

_MOST_CHARS = 2_000
_MOST_BYTES = 4 << 20
_ARTICLES = frozenset(
    ("the", "this", "that", "which", "der", "die", "das", "dem", "den", "le", "la", "les", "el", "los")
)
_PART = re.compile(r"[.?!,;:()](?=\s|$)|\s[-–—]\s")
_WORD = re.compile(r"[^\W\d_]+")
# What is about the answer, not about the document.
_ANSWER = re.compile(
    r"^\W*(?:and |then )?(?:give|answer|return|reply|say|write|round|use|otherwise|else)\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(?:if|unless|where|when|wenn|falls|si)\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|nicht|keine?|pas)\b|n't\b", re.IGNORECASE)


def unmentioned(question: str, document: Document) -> str:
    """The one name in a question that stands in no line of the documents.

    That is a word with a capital, or one between an article and a word that the documents have: "the harbour office".
    It is "" where there is no such word, where any other word of the question is missing too, and where the question
    does not say what to answer if something is not stated. Questions of more than 2,000 characters are not read, nor
    documents of more than 4 MB.
    """
    if len(question) > _MOST_CHARS or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return ""
    parts = [part for part in _PART.split(question) if part.strip()]
    asked = [part for part in parts if not (OFFER.search(part) or _ANSWER.search(part) or _is_condition(part))]
    if not any(map(OFFER.search, parts)):
        return ""
    # A document's name says what it is about, too.
    whole = folded("\n".join(line for text in document.texts for line in (text.name, *text.iter_lines())))
    missing: set[str] = set()
    present = 0
    for part in asked:
        found = _WORD.findall(part)
        stands = [is_content(word) and _stands(stem(folded(word)), whole) for word in found]
        present += sum(stands)
        for at, word in enumerate(found):
            if stands[at] or not is_content(word):
                continue
            is_between = at > 0 and found[at - 1].lower() in _ARTICLES and stands[at + 1 : at + 2] == [True]
            if not (is_between or (at > 0 and not word.islower())):
                return ""
            missing.add(word)
    return missing.pop() if len(missing) == 1 and present else ""


def _stands(root: str, whole: str) -> bool:
    return root in whole or any(re.search(rf"\b{form}\b", whole) for form in forms_of(root))


def _is_condition(part: str) -> bool:
    condition = _CONDITION.search(part)
    return condition is not None and _NEGATION.search(part, condition.end()) is not None
