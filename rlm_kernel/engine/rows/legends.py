"""What a text says that its words and codes mean: "MA = by hand, TS = test", "Desks: 12 Travel, 14 Sports"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from ...document.text import Text
from .remembered import remembered
from .row_patterns import LETTERS, LONGEST_LINE, LineForm, escaped, matches_of, with_part

_MEANING = re.compile(r"(?<![\w.-])(\w[\w.-]{0,29}) = ([^,;.()=\n]{2,60})")
# Behind a label codes, each with its meaning; a meaning may have commas where other signs stand between the items.
_LABELLED = re.compile(r"(?:^|[ \t]{3,}|[.;] )[^\W\d_][\w ()-]{0,29}: (?=\S)")
_CODE = r"(?:[A-Z]{1,4}|\d{1,6}|[A-Z]{1,4}-?\d{1,4}|[a-z])"
_ITEM = re.compile(rf"\(?({_CODE})\)?(?: [-–:])? ([^\W\d_][^=\n]{{1,60}})")
_BETWEEN_ITEMS = (" / ", "; ", " | ", ", ")
_MEASURE = re.compile(r"([^\W\d_]{1,3})(-?\d[\d.]*)")
_MOST_LINES, FEWEST_MEANINGS = 40, 2


@remembered
def legend_of(text: Text) -> dict[str, str]:
    """The meanings of words and codes, from lines near the beginning that tell several."""
    legend: dict[str, str] = {}
    for line in islice(text.iter_lines(), _MOST_LINES):
        found = _MEANING.findall(line) if len(line) <= LONGEST_LINE else []
        meanings = [(name, meaning.strip()) for name, meaning in found if LETTERS.search(meaning)]
        if len(meanings) >= FEWEST_MEANINGS:
            legend |= dict(meanings)
        elif len(line) <= LONGEST_LINE:
            legend |= _labelled(line)
    return legend


def _labelled(line: str) -> dict[str, str]:
    """The codes that a line lists behind a label, with what each means; none where anything else stands among them."""
    legend: dict[str, str] = {}
    labels = list(_LABELLED.finditer(line))
    ends = [*(label.start() for label in labels[1:]), len(line)]
    for label, end in zip(labels, ends, strict=False):
        listed = line[label.end() : end].strip(" .")
        for sign in _BETWEEN_ITEMS:
            items = [_ITEM.fullmatch(item.strip()) for item in listed.split(sign)]
            codes = {item[1] for item in items if item is not None}
            if None not in items and len(items) == len(codes) >= FEWEST_MEANINGS:
                legend |= {item[1]: item[2] for item in items if item is not None}
                break
    return legend


def with_measures(form: LineForm, legend: Mapping[str, str], text: Text) -> LineForm:
    """A form whose groups of numbers behind a letter that the legend has ("W0882") are these numbers, and are called
    what the letter means."""
    labels = list(form.labels or [""] * len(form.groups))
    pattern = form.pattern
    for at, column in enumerate(zip(*form.rows, strict=True)):
        parts = [_MEASURE.fullmatch(value) for value in column]
        letters = {part[1] for part in parts if part is not None}
        if None in parts or len(letters) != 1 or not letters <= legend.keys():
            continue
        (letter,) = letters
        pattern = with_part(pattern, at, rf"{escaped(letter)}(-?[\d.]+)")
        labels[at] = legend[letter]
    if pattern == form.pattern:
        return form
    matches = matches_of(pattern, text)
    if len(matches) < form.count or form.line_num not in matches:
        return form
    rows = tuple(matches.values())
    return replace(form, pattern=pattern, groups=matches[form.line_num], rows=rows, labels=tuple(labels))
