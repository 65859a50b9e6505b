"""What a question asks about that the documents do not have, where it says what to answer if they do not state it."""

from __future__ import annotations

import re

from ...document import Document
from ...document.search.search_words import STOPWORDS, folded, stem, words

_MOST_BYTES = 4 << 20
_SHORTEST = 4
_PART = re.compile(r"[.?!,;:()]+(?:\s|$)|\s[-–—]\s")
# What to answer where nothing is stated; and the parts of a question that are about the answer, not the document.
_OFFER = re.compile(
    r"\b(?:answer|say|return|reply|write|put|give|final|or|else|otherwise|with|sonst|antworte|sinon|si no)\b[^a-z]{0,3}"
    r"(?:with |is |it is |that it is )?[^a-z]{0,2}"
    r"(?:none|null|n/a|unknown|nothing|not (?:stated|found|given|known|in))",
    re.IGNORECASE,
)
_ABOUT_THE_ANSWER = re.compile(
    r"^\W*(?:and |then )?(?:give|answer|return|reply|say|write|round|use|otherwise|else)\b"
    r"|\b(?:if|unless|where|when|wenn|falls|si)\b.*(?:\b(?:not|no|never|cannot|nicht|kein\w*|pas)\b|n't\b)",
    re.IGNORECASE,
)


def unmentioned(question: str, document: Document) -> tuple[str, ...]:
    """The words of a question that no line of the documents has, in no form; () where it does not say what to answer
    if something is not stated, and where the documents are larger than 4 MB."""
    parts = [part for part in _PART.split(question) if part.strip()]
    asked = [part for part in parts if not (_OFFER.search(part) or _ABOUT_THE_ANSWER.search(part))]
    offers = any(map(_OFFER.search, parts))
    if not (asked and offers) or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return ()
    missing = {
        word: stem(word)
        for word in dict.fromkeys(words(folded(" ".join(asked))))
        if len(word) >= _SHORTEST and word not in STOPWORDS
    }
    for text in document.texts:
        # A document's name says what it is about, too.
        for line in (text.name, *text.iter_lines()):
            if not missing:
                return ()
            present = folded(line)
            missing = {word: short for word, short in missing.items() if short not in present}
    return tuple(missing)
