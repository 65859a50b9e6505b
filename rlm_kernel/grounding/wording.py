"""Texts as they are compared: without case, kinds of quotes and dashes, ligatures, hyphenation and line breaks."""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans(dict.fromkeys("’‘ʼ′‛`", "'") | dict.fromkeys("“”„«»‟″", '"') | dict.fromkeys("‐‑‒–—−―", "-"))
_HYPHEN = re.compile(r"(?<=\w)-(?:\s*\n\s*)?(?=\w)")
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
    at = -1
    while (at := text.find(needle, at + 1)) >= 0:
        if bounded(needle, text, at):
            return True
    return False


def bounded(needle: str, text: str, at: int) -> bool:
    """Whether what stands at `at` ends and begins there; scripts without spaces between words need not."""
    before, after = text[at - 1 : at] if at else "", text[at + len(needle) : at + len(needle) + 1]
    return not (joined(before, needle[0]) or joined(needle[-1], after))


def joined(left: str, right: str) -> bool:
    """Whether two neighbours are characters of one word."""
    return bool(left and right) and left.isalnum() and right.isalnum() and max(left, right) < "\u3000"


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
