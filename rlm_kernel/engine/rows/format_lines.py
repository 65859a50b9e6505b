"""What the cells of rows are called by a line above them that says what each of them is: "Each line: name, workshop:
hours (approved or open)"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from ...document.text import Text
from .row_patterns import HAS_DIGIT

_LINES_OF_FORMAT, _WORDS_OF_A_NAME, _FEWEST_SIGNS = 8, 4, 2
_CLASSES = re.compile(r"\[[^\n]*?(?<!\\)\](?:[*+]|\{\d+,\d*\})|\\.")
# What is no sign between cells, in a pattern without its classes.
_NO_SIGN = re.compile(r"[^\W_]+|\\(?=\W)| \*|[ ]")
# The head of an HTML table, in one line.
_HEADS = re.compile(r"<th\b[^<>]*>([^<>]*[^\W\d_][^<>]*)</th>", re.IGNORECASE)
_CELL = r" *([^\W\d_][^\n]*?) *"


def names_above(between: Sequence[str], first: int, text: Text) -> tuple[str, ...]:
    """The names of the cells of rows, the first of which has the number `first`, from one of the first lines of a text
    that has the signs of the rows in their order, or the head of an HTML table; nothing where there is none. `between`
    are the patterns of what stands before, between and behind the cells."""
    if between[1:-1] and all("</td>" in part for part in between[1:-1]):
        heads = (_HEADS.findall(line) for line in islice(text.iter_lines(), first - 1))
        return next((tuple(names) for names in heads if len(names) == len(between) - 1), ())
    signs = [_NO_SIGN.sub("", _CLASSES.sub(_sign, part)).rstrip("$") for part in between[1:-1]]
    if len(signs) < _FEWEST_SIGNS or not all(signs):
        return ()
    # Something like "Each line:" stands before them, or a sign of its own.
    form = re.compile(rf"(?:[^\n]*?[:(]|[^\w\s]+) *{_CELL}{_CELL.join(map(re.escape, signs))}{_CELL}(?:[^\w\s][^\n]*)?")
    for line in islice(text.iter_lines(), min(first - 1, _LINES_OF_FORMAT)):
        found = None if HAS_DIGIT.search(line) else form.fullmatch(line.strip())
        if found is not None and all(name.count(" ") < _WORDS_OF_A_NAME for name in found.groups()):
            return found.groups()
    return ()


def _sign(part: re.Match[str]) -> str:
    """The sign that an escape in a pattern stands for; "" for a class of characters."""
    sign = part[0].removeprefix("\\")
    return sign if len(sign) == 1 and not sign.isalnum() else ""
