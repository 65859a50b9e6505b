"""Texts as they are compared: without case, kinds of quotes and dashes, ligatures, hyphenation and line breaks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAME = str.maketrans(dict.fromkeys("’‘ʼ′‛`", "'") | dict.fromkeys("“”„«»‟″", '"') | dict.fromkeys("‐‑‒–—−―", "-"))
_HYPHEN = re.compile(r"(?<=\w)-(?:[^\S\n]*\n\s*)?(?=\w)")
_KINDS = {"'": "['’‘ʼ′‛`]", '"': '["“”„«»‟″]', "-": "[-‐‑‒–—−―]"}
_LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "ss": "ß"}
_BREAK = r"(?:\x{AD}|[-‐‑]\s*)?"
_WHOLE = 60
_ANCHOR = 4


def folded(text: str) -> str:
    """The text as it is compared."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_SAME).replace("\u00ad", "")
    return " ".join(_HYPHEN.sub("", text).split())


def stands_in(needle: str, text: str) -> bool:
    """Whether a folded text holds the folded `needle` as whole words."""
    return _whole(needle).search(text) is not None


def begins(needle: str, text: str, before: str) -> bool:
    """Whether a folded text begins with `needle` as whole words; `before` is the character that stands before it."""
    first = _IN_WORD.match(before) and _IN_WORD.match(needle)
    return not first and _whole(needle).match(text) is not None


# Scripts that do not separate words have none to be whole.
_IN_WORD = re.compile(r"[^\W_\u3000-\U0010ffff]")


@lru_cache(1_000)
def _whole(needle: str) -> re.Pattern[str]:
    before, after = _IN_WORD.match(needle), _IN_WORD.match(needle[-1])
    edges = [f"(?<!{_IN_WORD.pattern})" if before else "", f"(?!{_IN_WORD.pattern})" if after else ""]
    return re.compile(edges[0] + re.escape(needle) + edges[1])


def pattern_of(needle: str) -> str:
    """A pattern of RE2 that occurs wherever the folded `needle` begins, whole or broken over two lines."""
    start = " ".join(needle.split(" ")[:_ANCHOR]) if len(needle) > _WHOLE else needle
    return _pattern(start[:_WHOLE])


def _pattern(needle: str) -> str:
    made, at = [], 0
    while at < len(needle):
        char = needle[at]
        run = next((each for each in _LIGATURES if needle.startswith(each, at)), "")
        if char == " ":
            made.append(r"[\s\x{A0}\x{2000}-\x{200A}\x{202F}\x{3000}]+")
        elif run:
            made.append(f"(?:{_BREAK.join(run)}|{_LIGATURES[run]})")
            at += len(run) - 1
        else:
            made.append(_KINDS.get(char) or re.escape(char))
        following = needle[at + 1 : at + 2]
        if needle[at].isalnum() and following.isalnum():
            made.append(_BREAK)
        at += 1
    return "(?i:" + "".join(made) + ")"
