"""How fast fuzzy_search is, against rapidfuzz used naively on the same lines, and how often it finds what was meant.

Speed: 1, 10 and 100 MB of made-up prose with one planted line, four queries: three typos, one typo, words in another
order, two words. Quality: 100 phrases of four words, each misspelt with one or two edits in its own line among
100,000. Usage: `python bench_document_fuzzy.py [MEGABYTES ...]`; with all three sizes it keeps the figures.
"""

from __future__ import annotations

import random
import sys
import time
from itertools import accumulate

from rapidfuzz import fuzz, process
from results import record, write_table

from rlm_kernel.document import Document, Searcher

PLANTED = "the harvest of barley in the northern valley failed that year"
QUERIES = {
    "3 typos": "hravest of barlay in the northrn valley",
    "1 typo": "harvest of barlei",
    "word order": "barley of harvest",
    "2 words": "barley failed",
}
CONSONANTS = [*"bcdfghjklmnprstvwz", "st", "tr", "ch", "sh", "pl", "br", "gr"]
VOWELS = [*"aeiou", "ai", "ea", "ou"]
ENDINGS = ["", "", "n", "r", "s", "t", "l", "ng", "rd", "st"]
COMMON = ["the", "of", "and", "to", "in", "a", "is", "that", "was", "for", "on", "with", "northern", "valley", "report"]


def prose(megabytes: float, seed: int = 7) -> list[str]:
    """Lines of 14 words of a made-up language, a few of them very common."""
    chance = random.Random(seed)
    words = list(COMMON)
    while len(words) < 20_000:
        parts = (chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.choice([1, 1, 2, 2, 3])))
        words.append("".join(parts) + chance.choice(ENDINGS))
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    lines: list[str] = []
    size = 0.0
    while size < megabytes * 1e6:
        drawn = chance.choices(words, cum_weights=weights, k=14 * 1000)
        rows = [" ".join(drawn[at : at + 14]) for at in range(0, len(drawn), 14)]
        lines += rows
        size += sum(map(len, rows)) + len(rows)
    return lines


def naive(query: str, lines: list[str]) -> int:
    """The rank of the planted line by rapidfuzz's partial_ratio over all lines, 0 where not among ten."""
    found = process.extract(query, lines, scorer=fuzz.partial_ratio, limit=10)
    return next((rank for rank, (line, _, _) in enumerate(found, 1) if line == PLANTED), 0)


def speed(megabytes: int) -> dict[str, list[float]]:
    """Of each query: seconds and rank by fuzzy_search, seconds and rank by rapidfuzz over all lines."""
    lines = prose(megabytes)
    lines[len(lines) * 2 // 3] = PLANTED
    document = Document.of("\n".join(lines))
    document.table()
    searcher = Searcher(document.texts, lambda *_: None, lambda _: None)
    made = {}
    for name, query in QUERIES.items():
        taken = []
        for _ in range(3):
            began = time.perf_counter()
            rows = searcher.fuzzy(query, 10)
            taken.append(time.perf_counter() - began)
        rank = next((at for at, row in enumerate(rows, 1) if row.line == PLANTED), 0)
        began = time.perf_counter()
        other = naive(query, lines)
        made[name] = [sorted(taken)[1], rank, time.perf_counter() - began, other]
    return made


def misspell(phrase: str, edits: int, chance: random.Random) -> str:
    """The phrase with letters exchanged, left out, put in, or swapped with their neighbours."""
    letters = list(phrase)
    for _ in range(edits):
        at = chance.randrange(len(letters) - 1)
        kind = chance.choice("xoiw")
        if kind == "w":
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind == "o":
            del letters[at]
        else:
            letters[at : at + (kind == "x")] = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def quality(edits: int, phrases: int = 100) -> int:
    """Of so many phrases of four words, each misspelt in its own line: how many lines come first."""
    chance = random.Random(edits)
    lines = prose(9)[:100_000]
    whole = "\n".join(lines)
    planted: dict[int, str] = {}
    while len(planted) < phrases:
        at = chance.randrange(len(lines))
        words = lines[at].split()
        begin = chance.randrange(10)
        phrase = " ".join(words[begin : begin + 4])
        if at not in planted and len(phrase) >= 20 and whole.count(phrase) == 1:
            planted[at] = phrase
    for at, phrase in planted.items():
        lines[at] = lines[at].replace(phrase, misspell(phrase, edits, chance), 1)
    searcher = Searcher(Document.of("\n".join(lines)).texts, lambda *_: None, lambda _: None)
    found = 0
    for at, phrase in planted.items():
        rows = searcher.fuzzy(phrase, 10)
        found += bool(rows) and rows[0].line_num == at + 1
    return found


def main(arguments: list[str]) -> None:
    """Measure, print, and keep."""
    sizes = [int(argument) for argument in arguments] or [1, 10, 100]
    figures = {str(size): speed(size) for size in sizes}
    ranks = {str(edits): quality(edits) for edits in (1, 2)}
    rows = ["| query | " + " | ".join(f"{size} MB" for size in sizes) + " |", "|---" + "|---" * len(sizes) + "|"]
    for name in QUERIES:
        cells = (figures[str(size)][name] for size in sizes)
        shown = (f"{c[0]:.3f} s, rank {c[1]:.0f} (all lines: {c[2]:.2f} s, rank {c[3]:.0f})" for c in cells)
        rows.append(f"| {name} | {' | '.join(shown)} |")
    rows += [
        f"\nPlanted among 100,000 lines, first of the ranked: {n} of 100 with {k} edit(s)." for k, n in ranks.items()
    ]
    print("\n".join(rows))
    if sizes == [1, 10, 100]:
        record("document_fuzzy", {"speed": figures, "first_of_100": ranks})
        write_table("document_fuzzy", rows)


if __name__ == "__main__":
    main(sys.argv[1:])
