"""Records of two lines without keys: a line of cells that wide gaps set apart, and below it, set in, what it is about
in free words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .row_patterns import GAP, HAS_DIGIT, escaped
from .short_days import has_day
from .table_rows import Row, Table

# What a column of last sentences is called.
OUTCOME = "outcome"
_CELL = re.compile(r"\S+(?: \S+)*")
_INDENT = re.compile(r"[ \t]*(?:[*•+-] +)?")
# Where a sentence ends and another begins.
_LAST_SENTENCE = re.compile(r"(.+[.!?]) ([^\W\d_a-z][^.!?]*)([.!?])")
_FEWEST_RECORDS, _FEWEST_CELLS, _MOST_CELLS, _LEAST_SET_IN, _WORDS_OF_TEXT = 4, 2, 8, 2, 2
# The share of lines of as many cells that have such a line below them, and of rows to each last sentence.
_NEARLY_ALL, _ROWS_OF_A_KIND = 0.9, 2


class _Pair(NamedTuple):
    """A line of cells, and the line below it with what stands before its words."""

    number: int
    cells: tuple[str, ...]
    begin: str
    text: str


def headed_tables(lines: Sequence[tuple[int, str]]) -> Iterator[Table]:
    """The tables of such records in numbered lines: the cells, and the text below. Where the last sentences of the
    texts are of few kinds, they are a column of their own: what came of it."""
    pairs: dict[tuple[int, str], list[_Pair]] = {}
    alone: dict[int, int] = {}
    for (number, line), (following, text) in zip(lines, [*lines, (0, "")][1:], strict=True):
        cells = tuple(_CELL.findall(line))
        if line[:1].isspace() or not _FEWEST_CELLS <= len(cells) <= _MOST_CELLS:
            continue
        found = _INDENT.match(text)
        begin = found[0] if found is not None else ""
        words = text[len(begin) :]
        is_pair = following == number + 1 and len(begin) >= _LEAST_SET_IN and begin[:1].isspace()
        if is_pair and len(_CELL.findall(words)) == 1 and words.count(" ") >= _WORDS_OF_TEXT:
            pairs.setdefault((len(cells), begin), []).append(_Pair(number, cells, begin, words.rstrip()))
        else:
            alone[len(cells)] = alone.get(len(cells), 0) + 1
    for (count, begin), found_pairs in pairs.items():
        is_most = len(found_pairs) >= _NEARLY_ALL * (len(found_pairs) + alone.get(count, 0))
        columns = list(zip(*(pair.cells for pair in found_pairs), strict=True))
        is_of_figures = any(all(map(HAS_DIGIT.search, column)) for column in columns)
        if len(found_pairs) >= _FEWEST_RECORDS and is_most and is_of_figures:
            yield _table(found_pairs, begin)


def _table(pairs: Sequence[_Pair], begin: str) -> Table:
    columns = list(zip(*(pair.cells for pair in pairs), strict=True))
    count = len(columns)
    days = [all(map(has_day, column)) for column in columns]
    # Two days of a row are of different things, which nothing tells.
    heads = tuple("day" if is_day and sum(days) == 1 else "" for is_day in days)
    between = ["", *(GAP,) * (count - 1), f"\\n{escaped(begin)}"]
    last = [_LAST_SENTENCE.fullmatch(pair.text) for pair in pairs]
    split = [found.groups() for found in last if found is not None]
    ends = {end for _, _, end in split}
    said = {sentence for _, sentence, _ in split}
    if len(split) == len(pairs) and len(ends) == 1 and len(said) * _ROWS_OF_A_KIND <= len(pairs):
        labels = (*heads, "text", OUTCOME)
        between += [" ", f"{escaped(ends.pop())}$"]
        others = (*(".",) * (count + 1), "[^.!?\\n]")
        texts: list[tuple[str, ...]] = [(text, sentence) for text, sentence, _ in split]
    else:
        labels = (*heads, "text")
        between.append("$")
        others = (".",) * (count + 1)
        texts = [(pair.text,) for pair in pairs]
    rows = (Row(pair.number, (*pair.cells, *text), 2) for pair, text in zip(pairs, texts, strict=True))
    return Table(labels, tuple(between), others, 0, tuple(rows))
