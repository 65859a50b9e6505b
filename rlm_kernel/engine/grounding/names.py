"""The names in prose, told by their capital letters; it knows no dictionary, and German only in part."""

from __future__ import annotations

import re

_MOST = 20
_LINKS = "of|de|du|la|van|von|der|den|the|and|&"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'&.-]*\w"
_NAMES = re.compile(rf"\b{_CAPITAL}(?:[ \u00a0](?:(?:{_LINKS})[ \u00a0])*{_CAPITAL})*")
_WORD = re.compile(r"\w+")
_GERMAN = frozenset(_WORD.findall("der die das und ist nicht ein eine im den dem des mit wurde sind auf für von zu"))
_COMMON_WORDS = (
    "a an the this that these those in on at it its he she they we i there here of for from to by with as and or "
    "but if when while after before no not yes both all each every some any most none one two three what which "
    "who how why is are was were has have had do does did will would can could may might must should according "
    "based overall total der die das ein eine es er sie wir und oder nicht kein keine nach vor le la les un une "
    "des il elle ils nous et ou ne pas après avant el los las una en y o según january february march april may "
    "june july august september october november december monday tuesday wednesday thursday friday saturday "
    "sunday"
)
_COMMON = frozenset(_WORD.findall(_COMMON_WORDS))


def names_in(text: str) -> list[str]:
    """Capitalised words within a sentence, and rows of them, in order: at most 20.

    In German, where every noun is capitalised, only rows of two and more, and words with further capitals or digits.
    """
    german = len(set(_WORD.findall(text.lower())) & _GERMAN) > 1
    found: dict[str, None] = {}
    for match in _NAMES.finditer(text):
        words = match[0].split()
        before = text[: match.start()].rstrip()
        starts = not before or before[-1] in '.!?:;\n•-"“„«(*'
        while words and (words[0].casefold() in _COMMON or (starts and len(words) == 1 and words[0][1:].islower())):
            words, starts = words[1:], False
        while words and words[-1].casefold() in _COMMON:
            words = words[:-1]
        name = " ".join(words).strip(".,;:’'")
        if len(name) >= 3 and (not german or len(words) > 1 or re.search(r"\d|[A-Z].*[A-Z]", name)):
            found.setdefault(name)
    return list(found)[:_MOST]
