"""The form of lines of prose that a label begins, or a sign: "Ann: ...", "Review 12 | ...", "> ..."."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .row_patterns import LONGEST_PATTERN, escaped

_LABEL_WORD, _LABEL_PART = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_SIGN, _FEWEST_LINES = re.compile(r"[ \t]*[>*•–-] "), 4
_SEVERAL_WORDS = re.compile(r"\\w\+(?: \\w\+)+")
_SEPARATOR = re.compile(r"(?::(?=[ \t])|\||;|\t| [-–—>])[ \t]*")


def prose_pattern(line: str, lines: Sequence[str]) -> str | None:
    """The line's label up to its first separator, and the rest as one group. A label that other lines have in other
    words, such as who speaks, is any word. Where many lines begin with a sign, and few of these have a label, the sign
    is what they have in common."""
    if (sign := _SIGN.match(line)) is not None:
        own = [other for other in lines if other.startswith(sign[0])]
        labelled = sum(_SEPARATOR.search(other, sign.end()) is not None for other in own)
        if len(own) >= _FEWEST_LINES and 2 * labelled < len(own):
            return f"^{escaped(sign[0])}(.+)"
    parted = _SEPARATOR.search(line)
    if parted is None or parted.end() == len(line):
        return None
    label = line[: parted.end()]
    if len(label) > LONGEST_PATTERN // 2:
        return None
    alike = [_SEPARATOR.search(other) for other in lines]
    labels = [other.string[: other.end()] for other in alike if other is not None and other[0] == parted[0]]
    words = Counter(word for other in labels for word in {*_LABEL_WORD.findall(other)})
    pattern = _LABEL_PART.sub(lambda part: _label_part(part[0], 2 * words[part[0]] >= len(labels)), label)
    return f"^{_SEVERAL_WORDS.sub('.+?', pattern)}(.+)"


def _label_part(part: str, is_in_most: bool) -> str:
    if part[0].isdecimal():
        return r"\d+"
    return r"\w+" if part[0].isalpha() and not is_in_most else escaped(part)
