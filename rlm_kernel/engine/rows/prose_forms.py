"""The form of lines of prose that a label begins, or a sign: "Ann: ...", "Review 12 | ...", "> ..."."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .row_patterns import LONGEST_PATTERN, escaped

_LABEL_WORD, _LABEL_PART = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_SIGN, _FEWEST_LINES = re.compile(r"[ \t]*(?:[>*•–-] |[\"“„](?=[^\W_]))"), 4
# A name or number in brackets before a text.
_IN_BRACKETS = re.compile(r"[ \t]*(?:\[[^\]\n]{1,60}\]|\([^)\n]{1,60}\)|<[^>\n]{1,60}>)[ \t]+(?=\S)")
_HEAD = re.compile(r"(?P<key>[^\W\d_][\w -]{0,28}: ?(?=\S|$))|(?P<word>[^\W\d_]+) (?=#?\d)")
_NEARLY_ALL, _LINE_BREAK = 0.8, r"\n"
_ENDS_OF_SENTENCES = (".", "!", "?", '"', "”", "…")
_WORDS_OR_NUMBERS = re.compile(r"(?P<words>[^\W\d_]+(?:[ .'’-]+[^\W\d_]+)*)|\d+")
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
    if (bracket := _IN_BRACKETS.match(line)) is not None:
        form = _form_of_label(bracket[0])
        begun = [(other, _IN_BRACKETS.match(other)) for other in lines]
        alike = [(other, found) for other, found in begun if found is not None and _form_of_label(found[0]) == form]
        labelled = sum(_SEPARATOR.search(other, found.end()) is not None for other, found in alike)
        # Behind the head of a message there may be a name alone.
        ended = sum(other.rstrip().endswith(_ENDS_OF_SENTENCES) for other, _ in alike)
        if len(alike) >= _FEWEST_LINES and max(2 * labelled, 1) < len(alike) < 2 * ended:
            return _pattern_of(bracket[0], [found[0] for _, found in alike])
    parted = _SEPARATOR.search(line)
    if parted is None or parted.end() == len(line):
        return None
    label = line[: parted.end()]
    if len(label) > LONGEST_PATTERN // 2:
        return None
    parts = [_SEPARATOR.search(other) for other in lines]
    return _pattern_of(
        label, [other.string[: other.end()] for other in parts if other is not None and other[0] == parted[0]]
    )


def below_heads(lines: Sequence[str]) -> str | None:
    """A pattern for the first line of each text that stands below a head, such as the last key of a message ("Date: 3
    May") or its number ("Message 12"); None where there are no such heads. `lines` are all lines of a document, in
    order, those that are empty too."""
    heads: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if (found := _HEAD.match(line)) is not None:
            heads.setdefault(found[0] if found["key"] else f"{found['word']} ", []).append(at)
    best, most = "", 0
    for head, places in heads.items():
        for gap in (1, 2):
            texts = _texts_below(lines, places, gap)
            if len(texts) > most:
                number = "" if head.endswith((":", ": ")) else r"\d+"
                best, most = f"^{escaped(head)}{number}.*{_LINE_BREAK * gap}(.+)", len(texts)
    return best or None


def _texts_below(lines: Sequence[str], heads: Sequence[int], gap: int) -> list[str]:
    """The lines that stand so far below heads, by their places, with nothing between; none where most are no texts."""
    below = [lines[at + gap] if at + gap < len(lines) else "" for at in heads]
    between = [lines[at + step] for at in heads for step in range(1, gap) if at + step < len(lines)]
    texts = [each for each in below if each.strip() and _HEAD.match(each) is None]
    ended = sum(each.rstrip().endswith(_ENDS_OF_SENTENCES) for each in texts)
    are_most = len(texts) >= max(_FEWEST_LINES, _NEARLY_ALL * len(heads)) and ended >= _NEARLY_ALL * len(texts)
    are_several = 2 * len(set(texts)) > len(texts)
    return texts if are_most and are_several and not any(map(str.strip, between)) else []


def _form_of_label(label: str) -> str:
    """The signs of a label, with one letter for words and one digit for a number."""
    return _WORDS_OR_NUMBERS.sub(lambda part: "a" if part["words"] else "9", label)


def _pattern_of(label: str, labels: Sequence[str]) -> str:
    words = Counter(word for other in labels for word in {*_LABEL_WORD.findall(other)})
    pattern = _LABEL_PART.sub(lambda part: _label_part(part[0], 2 * words[part[0]] >= len(labels)), label)
    return f"^{_SEVERAL_WORDS.sub('.+?', pattern)}(.+)"


def _label_part(part: str, is_in_most: bool) -> str:
    if part[0].isdecimal():
        return r"\d+"
    return r"\w+" if part[0].isalpha() and not is_in_most else escaped(part)
