"""Words as a search compares them: without case, accents and endings; common words of questions count for nothing."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

from .irregular_words import BASES

CAPITALISED = r"[A-Z\u00c0-\u00de][^\W\d_]*(?:['’-][^\W\d_]+)*(?!\d)"
"""A pattern of Python's for a word that begins with a capital; "O'Neil" and "Aix-les-Bains" are one."""
_EAST = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_EAST}]+|[^\W_{_EAST}]+")
_IS_EAST = re.compile(rf"[{_EAST}]")
_ENDINGS = (
    *("izations", "ization", "ations", "ation", "ements", "ement", "ments", "ment", "ingly", "edly", "ings", "ing"),
    *("ies", "ied", "ers", "est", "ely", "al", "ed", "er", "es", "en", "ly", "e", "s", "y"),
)
_SHORTEST_STEM = 4
_SHORTEST_CONTENT = 4
_COMMON = (
    "a an and any are as at be been but by can could did do does for from had has have he her his how i if in "
    "into is it its many me more most much must my no nor not of on or our shall she should so some such than "
    "that the their them then there these they this those to under up upon was we were what when where which "
    "who whom whose why will with would you your about please tell find give show der die das den dem des ein "
    "eine einer eines einem einen und oder ist sind war waren wird werden wie viel viele was wer wo wann "
    "warum welche welcher welches für von mit auf aus bei nach zu zum zur im am an als auch nicht es er sie "
    "wir le la les un une des du de et ou est sont était quel quelle quels quelles combien comment pourquoi "
    "quand où qui que dans sur pour par avec au aux el los las una unos unas y o es son fue cuál cuáles "
    "cuánto cuántos cómo cuándo dónde quién qué en del al por para con se su sus lo"
)


def folded(text: str) -> str:
    """The text in small letters, without accents, ligatures and soft hyphens."""
    if text.isascii():
        return text.lower()
    # Normalising sorts the marks of a letter, which of very many would take a time that grows with their square.
    bare = "".join(char for char in text if char != "\u00ad" and not unicodedata.combining(char))
    apart = unicodedata.normalize("NFKD", bare)
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


STOPWORDS = frozenset(folded(_COMMON).split())


def is_content(word: str) -> bool:
    """Whether a word, in any letters, says what a text is about."""
    return len(word) >= _SHORTEST_CONTENT and folded(word) not in STOPWORDS


def words(text: str) -> list[str]:
    """The words of a text that has been folded; where a script puts no spaces between words, pairs of characters."""
    if text.isascii():
        return _WORD.findall(text)
    found: list[str] = []
    for word in _WORD.findall(text):
        if len(word) > 2 and _IS_EAST.match(word):
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def stem(word: str) -> str:
    """The base of a folded word without its ending, where enough of it is left: "spent" and "spending" have one."""
    word = BASES.get(word, word)
    if not word.endswith(_ENDINGS):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def forms_of(root: str) -> tuple[str, ...]:
    """The forms of a stem that do not begin with it: of "spend" it is "spent"."""
    return _FORMS.get(root, ())


def _forms_by_stem() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for form in BASES:
        if not form.startswith(root := stem(form)):
            found[root] += (form,)
    return dict(found)


_FORMS = _forms_by_stem()


def content_words(query: str) -> list[str]:
    """The words of a question that say what it is about, each once; all of them where none does."""
    found = list(dict.fromkeys(words(folded(query))))
    return [word for word in found if word not in STOPWORDS] or found
