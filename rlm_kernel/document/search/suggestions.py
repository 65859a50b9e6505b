"""What a search without a hit might have meant: the lines that share its words, best first.

Ranked as search engines do (Okapi BM25: Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009): rare
words count more than common ones, and a short line with a word, such as a label, more than a long paragraph with it.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

_WORD = re.compile(r"[^\W_]{2,}")
_LABEL = re.compile(r"[^\W\d_]\w*_\w+")
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75
_SHORTEST_LABEL = 4
_DIGIT = re.compile(r"\d")
TOKEN = re.compile(r"\d[\d.,]*(?<![.,])|[^\W\d_]+|\s+|.")
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_LONGEST_PATTERN = 160
# Characters of a line in which a label is looked for, and of which a pattern is made.
_LABELLED, _PATTERNED = 1_000, 120
_ONE_WORD = re.compile(r"\(\\w\+\)\(\[\\d\.,\]\+\)")  # such as AB12: where it parts, only the form says
_NAME = re.compile(r"\(\\w\+\)(?: \(\\w\+\))+")  # such as Ada Berg, which is one name
_LOOKED_AT = 5_000
_MOST_FORMS = 40


def words_of(pattern: str) -> list[str]:
    """The words that a regular expression looks for, without its escapes."""
    return [_folded(word) for word in _WORD.findall(re.sub(r"\\.", " ", pattern))]


def _folded(word: str) -> str:
    word = word.casefold()
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def resembling(wanted: Sequence[str], lines: Iterable[tuple[int, str]], limit: int) -> list[tuple[int, str]]:
    """At most `limit` of the numbered `lines` that share a word with `wanted`, the best first."""
    hits: list[tuple[int, str, int, Counter[str]]] = []
    frequency: Counter[str] = Counter()
    count = total = 0
    known = frozenset(wanted)
    for number, line in lines:
        words = [_folded(word) for word in _WORD.findall(line)]
        count, total = count + 1, total + len(words)
        if found := Counter(word for word in words if word in known):
            hits.append((number, line, len(words), found))
            frequency.update(found.keys())
    mean = max(1.0, total / max(1, count))

    def score(hit: tuple[int, str, int, Counter[str]]) -> tuple[float, int]:
        size = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * hit[2] / mean)
        gain = sum(
            math.log(1 + (count - frequency[word] + 0.5) / (frequency[word] + 0.5)) * times / (times + size)
            for word, times in hit[3].items()
        )
        return gain, -hit[0]

    return [(number, line) for number, line, _, _ in heapq.nlargest(limit, hits, key=score)]


def typical(lines: Iterable[tuple[int, str]], limit: int) -> list[tuple[int, str]]:
    """At most `limit` of the numbered lines, one of each form, the most frequent forms first.

    Lines with figures, where there are any: what is asked for mostly stands there. Two lines are of one form where they
    share half of their words.
    """
    written = [(number, line) for number, line in islice(lines, _LOOKED_AT) if line.strip()]
    figures = [each for each in written if _DIGIT.search(each[1])]
    groups: list[tuple[frozenset[str], tuple[int, str]]] = []
    sizes: Counter[int] = Counter()
    for each in figures or written:
        words = frozenset(word for word in map(_folded, _WORD.findall(each[1])) if not _DIGIT.search(word))
        at = next((at for at, (other, _) in enumerate(groups) if _alike(words, other)), None)
        if at is None and len(groups) < _MOST_FORMS:
            at = len(groups)
            groups.append((words, each))
        if at is not None:
            sizes[at] += 1
    return [groups[at][1] for at, _ in sizes.most_common(limit)]


def _alike(words: frozenset[str], others: frozenset[str]) -> bool:
    return 2 * len(words & others) >= len(words | others)


def better_pattern(lines: Sequence[str]) -> str | None:
    """A regular expression that finds at least two of the lines: a label that they share, else what their forms have in
    common. None where no two lines are alike. Only the beginning of a long line counts."""
    return _common_label([line[:_LABELLED] for line in lines]) or _common_pattern([line[:_PATTERNED] for line in lines])


def _common_label(lines: Sequence[str]) -> str | None:
    """The beginning that the labels (A_LABEL) of at least two of the lines have in common."""
    starts: Counter[str] = Counter()
    for line in lines:
        made = set()
        for label in _LABEL.findall(line):
            parts = label.split("_")
            made |= {"_".join(parts[:size]) for size in range(1, len(parts) + 1)}
        starts.update(start for start in made if len(start) >= _SHORTEST_LABEL)
    shared = [(times, len(start), start) for start, times in starts.items() if times > 1]
    return max(shared)[2] if shared else None


def _common_pattern(lines: Sequence[str]) -> str | None:
    """What matches those of the lines that differ in words and numbers only: these are its groups, the words that they
    share stand as they are."""
    rows = [TOKEN.findall(line.rstrip()) for line in lines]
    forms: dict[tuple[str, ...], list[list[str]]] = {}
    for row in dict.fromkeys(map(tuple, rows)):
        forms.setdefault(tuple(map(kind_of_token, row)), []).append(list(row))
    patterns = [(len(alike), made) for alike in forms.values() if len(alike) > 1 and (made := _pattern(alike))]
    return max(patterns, key=lambda each: each[0])[1] if patterns else None


def kind_of_token(token: str) -> str:
    """`number`, `word`, or the token itself: lines whose tokens are of the same kinds are of one form."""
    return "number" if token[0].isdecimal() else "word" if token[0].isalpha() else token


def _pattern(rows: Sequence[Sequence[str]]) -> str | None:
    """What matches rows of tokens of the same kinds; None where they have too little in common, or nothing to tell."""
    parts, same, groups = ["^"], 0, 0
    for tokens in zip(*rows, strict=True):
        if len(set(tokens)) == 1:
            parts.append(_SPECIAL.sub(r"\\\g<0>", tokens[0]))
            same += tokens[0][0].isalpha()
        else:
            parts.append(r"([\d.,]+)" if tokens[0][0].isdecimal() else r"(\w+)")
            groups += 1
    made = _ONE_WORD.sub(r"(\\w+)", "".join(parts))
    made = _NAME.sub(lambda words: f"({words[0].replace('(', '').replace(')', '')})", made)
    return made if groups and same >= groups and len(made) <= _LONGEST_PATTERN else None


def as_code(pattern: str) -> str:
    """A pattern as a program writes it: raw where it has backslashes, so that it can be copied as it stands."""
    if "\\" in pattern and "'" not in pattern and pattern.isprintable() and not pattern.endswith("\\"):
        return f"r'{pattern}'"
    return repr(pattern)
