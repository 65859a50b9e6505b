"""Finds the passages that a question in natural words is about: BM25 over windows of three lines.

Okapi BM25 (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009) over each line with its neighbours.
Words count without case, accents and endings; a misspelt one counts as what it resembles; words beside each other as in
the question count more. No index is made: a sample tells how frequent the words are, RE2 finds the lines that have the
rare ones, and only those are scored.
"""

from __future__ import annotations

import heapq
import math
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain, combinations, pairwise, permutations
from typing import Any, NamedTuple

from ..text import Text
from .regex import around, compiled
from .search_words import content_words, folded, forms_of, stem, words

_SATURATION, _LENGTH_WEIGHT = 1.2, 0.6
_NEIGHBOUR = 0.4
_STEM, _PREFIX, _ALIKE = 0.9, 0.5, 0.6
_PHRASE = 0.5
_WHOLE_BYTES = 1 << 20
_SAMPLES, _SAMPLE_BYTES = 16, 1 << 15
_MOST_LINES = 6_000
_MOST_WINDOWS = 800
_LONG_LINE = 1 << 13
_LEAST_ALIKE = 80
# Of how many times as many passages as are wanted those that differ are chosen, and how good one has to be for that.
_POOL = 20
# What a line beside a better one has to be worth by itself, as a part of that.
_OWN = 0.4
_LEAST_OTHER = 0.25
_SHORTEST_ALIKE = 4
# A letter of a pattern stands for the accented ones as well.
_LETTERS = "aàáâãäåāąă cçćč eèéêëēęě iìíîïī lł nñńň oòóôõöøō sśšşß uùúûüūů yýÿ zźżž"
_ACCENTED = {letters[0]: letters for letters in _LETTERS.split()}


# The number of a term, and how much of it a word is.
Kind = tuple[int, float]


class Passage(NamedTuple):
    """A line that was found, or the part of a very long one: `start` is its first byte, `score` from 0 to 1."""

    score: float
    text: Text
    start: int
    line: str


class _Kinds(dict[str, "Kind | None"]):
    """Which term a word of the text is, and how much of it (None: none); worked out once for each word."""

    def __init__(self, classified: Callable[[str], Kind | None]) -> None:
        super().__init__()
        self._classified = classified

    def __missing__(self, word: str) -> Kind | None:
        self[word] = kind = self._classified(word)
        return kind


class Query:
    """A question, ready to be looked for in several texts, `seconds` for all. `read` counts the bytes it came to."""

    def __init__(self, query: str, limit: int, seconds: float) -> None:
        self._terms = content_words(query)
        self._stems = [stem(term) for term in self._terms]
        self._limit = limit
        self._ends = time.monotonic() + seconds
        self._kinds = _Kinds(self._classified)
        self.complete = True
        self.crowded = False
        self.read = 0

    def passages(self, texts: Sequence[Text]) -> list[Passage]:
        """The best passages of all texts, best first; of neighbouring lines the better one."""
        sample = [words(folded(line)) for text in texts for line in _sample(text, len(texts))]
        lines, length = len(sample), sum(map(len, sample))
        self._resembling(Counter(chain.from_iterable(sample)), texts)
        sampled = Counter[int]()
        for line in sample:
            sampled.update({kind[0] for kind in self._hits(line)})
        total = sum(text.line_count for text in texts)
        self._mean = max(1.0, length / max(1, lines)) * (1 + 2 * _NEIGHBOUR)
        # How many lines have each term, of all texts.
        self._lines = [sampled[at] / max(1, lines) * total for at in range(len(self._terms))]
        self._worth = [math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in self._lines]
        self._most = sum(self._worth) * (1 + _PHRASE) or 1.0
        best = [passage for text in texts for passage in self._of(text, total)]
        return self._varied(self._apart(sorted(best, key=lambda passage: -passage.score)))

    def _apart(self, passages: Sequence[Passage]) -> list[Passage]:
        """The best ones, without those that are found for the words of a better one beside them."""
        kept: list[Passage] = []
        taken: dict[tuple[int, int], frozenset[int]] = {}
        for passage in passages:
            number = passage.text.line_at_byte(passage.start)
            key = id(passage.text)
            terms = self._terms_in(passage.line)
            beside = [taken[key, near] for near in (number - 1, number + 1) if (key, near) in taken]
            own = all(terms != other and self._worth_of(terms) >= _OWN * self._worth_of(other) for other in beside)
            if len(passage.line) <= _LONG_LINE and not own:
                continue
            taken[key, number] = terms
            kept.append(passage)
            if len(kept) >= _POOL * self._limit:
                break
        return kept

    def _worth_of(self, terms: frozenset[int]) -> float:
        return sum(self._worth[at] for at in terms)

    def _terms_in(self, line: str) -> frozenset[int]:
        return frozenset(at for at, _ in self._hits(words(folded(line))))

    def _varied(self, passages: Sequence[Passage]) -> list[Passage]:
        """The best ones, of which a third may match other words than the rest, or have other words beside them.

        Where hundreds of lines are written alike, the first of them tell nothing of those beside them that differ in a
        word ("valid" and "discarded"), and code that is written after them takes both.
        """
        most = -(-2 * self._limit // 3)
        least = _LEAST_OTHER * passages[0].score if passages else 0.0
        seen: Counter[Hashable] = Counter()
        ranks = []
        for place, passage in enumerate(passages):
            terms = self._terms_in(passage.line)
            # Numbers tell two lines of a form apart, and nothing more.
            form = frozenset(word for word in words(folded(passage.line)) if not any(map(str.isdigit, word)))
            ranks.append((passage.score < least, seen[terms] >= most, seen[terms, form] >= most, place))
            seen.update([terms, (terms, form)])
        chosen = [passages[place] for *_, place in sorted(ranks)[: self._limit]]
        return sorted(chosen, key=lambda passage: -passage.score)

    def _hits(self, line: Sequence[str]) -> list[Kind]:
        """Which terms the words of a line are, and how much of each, in their order."""
        return [kind for kind in map(self._kinds.__getitem__, line) if kind]

    def _classified(self, word: str) -> Kind | None:
        bare = stem(word)
        for at, (term, root) in enumerate(zip(self._terms, self._stems, strict=True)):
            if word == term:
                return at, 1.0
            if bare == root:
                return at, _STEM
        for at, root in enumerate(self._stems):
            if len(root) > _SHORTEST_ALIKE and root in word:
                return at, _PREFIX
        return None

    def _resembling(self, vocabulary: Counter[str], texts: Sequence[Text]) -> None:
        """Let words that resemble a term which is nowhere in the texts stand for it."""
        from rapidfuzz import fuzz, process

        there = {kind[0] for kind in self._hits(list(vocabulary))}
        for at, term in enumerate(self._terms):
            if at in there or len(term) < _SHORTEST_ALIKE or not term.isalpha():
                continue
            pattern = compiled(f"(?i){'|'.join(self._forms(at))}")
            if any(pattern.search(text.view) for text in texts if len(text.view) > _WHOLE_BYTES):
                continue
            alike = process.extract(term, list(vocabulary), scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE, limit=5)
            for word, score, _ in alike:
                if self._kinds.get(word) is None and word[:1] == term[:1]:
                    self._kinds[word] = at, _ALIKE * score / 100

    def _of(self, text: Text, total: int) -> list[Passage]:
        candidates = []
        for number, (start, end, line) in enumerate(self._candidates(text, total)):
            if number % 256 == 0 and time.monotonic() > self._ends:
                self.complete = False
                break
            gain = self._gain(words(folded(line)), [], [])
            candidates.append((gain, start, end, line))
        best = heapq.nlargest(max(_MOST_WINDOWS, 4 * self._limit), candidates, key=lambda each: (each[0], -each[1]))
        passages = []
        for _, start, end, line in best:
            before, after = _neighbours(text, start, end)
            gain = self._gain(*(words(folded(each)) for each in (line, before, after)))
            if gain > 0:
                passages.append(Passage(round(min(gain / self._most, 1.0), 4), text, start, line))
        return passages

    def _gain(self, line: Sequence[str], before: Sequence[str], after: Sequence[str]) -> float:
        """What a line with its neighbours says of the question."""
        counts = [0.0] * len(self._terms)
        hits = self._hits(line)
        for at, part in hits:
            counts[at] += part
        for at, part in (*self._hits(before), *self._hits(after)):
            counts[at] += _NEIGHBOUR * part
        size = len(line) + _NEIGHBOUR * (len(before) + len(after))
        norm = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * size / self._mean)
        gain = sum(
            worth * count * (_SATURATION + 1) / (count + norm) / (_SATURATION + 1) * 1.6
            for worth, count in zip(self._worth, counts, strict=True)
            if count
        )
        phrases = 0.0
        if len(hits) > 1:
            for first, second in set(pairwise(at for at, _ in hits)):
                if second == first + 1:
                    phrases += (self._worth[first] + self._worth[second]) / 2
        covered = sum(worth for worth, count in zip(self._worth, counts, strict=True) if count)
        return (gain * math.sqrt(covered / (sum(self._worth) or 1.0))) + _PHRASE * phrases

    def _candidates(self, text: Text, total: int) -> Iterator[tuple[int, int, str]]:
        """The lines with one of the rare words: first byte, last byte, characters."""
        pattern = self._scan(total)
        if pattern is None:
            return
        view, at, seen = text.view, 0, 0
        while at < len(view) and (found := pattern.search(view, at)):
            start, end = text.line_bounds(found.start())
            if end - start <= _LONG_LINE:
                yield start, end, text.decode(start, end)
                at = end + 1
            else:
                yield found.start(), found.end(), around(text, found.start(), found.end(), start, end, 400)
                at = found.end() + 400
            seen += 1
            if seen > 4 * _MOST_LINES:
                self.crowded = True
                break
        self.read += min(at, len(view)) if self.crowded else len(view)

    def _scan(self, total: int) -> Any:
        """A pattern of RE2 for lines worth scoring: those with rare terms, or with several of the common ones."""
        room = max(_MOST_LINES, 200)
        names = [self._names(at) for at in range(len(self._terms))]
        order = sorted((at for at, name in enumerate(names) if name), key=lambda at: self._lines[at])
        chosen: list[int] = []
        passed = 0.0
        for at in order:
            if chosen and passed + self._lines[at] > room:
                break
            if not chosen and self._lines[at] > room and len(order) > 1:
                break
            chosen.append(at)
            passed += self._lines[at]
        parts = ["|".join(names[at]) for at in chosen]
        common = [at for at in order if at not in chosen][:4]
        share = [min(1.0, self._lines[at] / max(1, total)) for at in range(len(names))]
        for first, second in sorted(combinations(common, 2), key=lambda pair: share[pair[0]] * share[pair[1]]):
            expected = share[first] * share[second] * total
            if passed + expected > room and parts:
                break
            passed += expected
            both = (f"(?:{'|'.join(names[first])})", f"(?:{'|'.join(names[second])})")
            parts += [r"[^\n]*?".join(pair) for pair in permutations(both)]
        if not parts and order:
            parts = ["|".join(names[order[0]])]
        return compiled(f"(?i){'|'.join(parts)}") if parts else None

    def _names(self, at: int) -> list[str]:
        """Patterns for what stands for a term."""
        alike = [word for word, kind in self._kinds.items() if kind and kind[0] == at and self._stems[at] not in word]
        return [*self._forms(at), *map(_pattern, alike[:8])]

    def _forms(self, at: int) -> list[str]:
        root = self._stems[at]
        return [_pattern(root), *(rf"\b{_pattern(form)}\b" for form in forms_of(root))]


def _pattern(word: str) -> str:
    """A pattern of RE2 for a word without accents, with or without them."""
    return "".join(map(_letter, word))


def _letter(char: str) -> str:
    if char in _ACCENTED:
        return f"[{_ACCENTED[char]}]"
    return char if char.isalnum() and char.isascii() else f"\\x{{{ord(char):X}}}"


def _sample(text: Text, texts: int) -> Iterator[str]:
    """Lines from all over a text; all of a short one."""
    view = text.view
    if len(view) <= _WHOLE_BYTES // max(1, min(texts, 64)):
        yield from text.iter_lines()
        return
    count = max(2, _SAMPLES // max(1, min(texts, 16)))
    for begin in range(0, len(view), max(1, len(view) // count)):
        yield from bytes(view[begin : begin + _SAMPLE_BYTES]).decode("utf-8", "replace").split("\n")


def _neighbours(text: Text, start: int, end: int) -> tuple[str, str]:
    """The lines before and after one, empty where they are very long."""
    view = text.view
    before = text.line_bounds(start - 1) if start else (0, 0)
    after = text.line_bounds(end + 1) if end + 1 < len(view) else (end, end)
    found = [text.decode(*bounds) if bounds[1] - bounds[0] <= _LONG_LINE else "" for bounds in (before, after)]
    return found[0], found[1]
