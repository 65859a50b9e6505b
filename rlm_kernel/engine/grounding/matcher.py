"""Whether a text holds an item: the one matcher for what an output showed, a reply said, a line of a document has."""

from __future__ import annotations

import re
from bisect import bisect_left
from decimal import Decimal
from functools import cached_property

from . import normalise
from .items import Item
from .numbers_and_dates import tokens

# Rows of a search are printed with where they stand, which is no result.
_POSITION = re.compile(r"\b(?:line_num|end_line|start|score)=\d+(?:\.\d+)?")
_NEAR = 20


class ShownText:
    """A text in which items are looked up again and again.

    `rounded`: a number counts also where it, or that of the item, is rounded to the digits given; so with outputs, not
    with documents.
    """

    def __init__(self, text: str, *, rounded: bool = True) -> None:
        self._text = text
        self._rounded = rounded

    def holds(self, item: Item) -> bool:
        """Whether it shows the item, as a whole token and in any way to write it."""
        if item.dates:
            return item.date_pattern.search(self._text) is not None
        if item.number is None:
            return bool(item.needle) and normalise.stands_in(item.needle, self._folded)
        exact, _ = self._numbers
        if any(item.is_meant_by(exact[percent], percent) for percent in (False, True)):
            return True
        return self._rounded and item.rounded and any(self._rounds_to(number) for number in _shares(item))

    def _rounds_to(self, number: Decimal) -> bool:
        """Whether a number of the text is `number` but for rounding, of the one or of the other."""
        if len(number.normalize().as_tuple().digits) < 2:
            return False
        _, ordered = self._numbers
        reach = abs(number) / _NEAR
        at = bisect_left(ordered, number - reach)
        while at < len(ordered) and ordered[at] <= number + reach:
            near = ordered[at]
            if abs(near - number) <= max(_half(number), _half(near) if _is_telling(near) else Decimal(0)):
                return True
            at += 1
        return False

    @cached_property
    def _folded(self) -> str:
        return normalise.folded(self._text)

    @cached_property
    def _numbers(self) -> tuple[dict[bool, frozenset[Decimal]], list[Decimal]]:
        found: dict[bool, set[Decimal]] = {False: set(), True: set()}
        for line in self._text.split("\n"):
            for token in tokens(_POSITION.sub(" ", line)):
                found[token.percent] |= token.values
        return {kind: frozenset(values) for kind, values in found.items()}, sorted(found[False] | found[True])


def _shares(item: Item) -> list[Decimal]:
    return [*item.values, *(value.scaleb(-2) for value in item.values if item.percent)]


def _half(number: Decimal) -> Decimal:
    """Half of the last place of a number."""
    exponent = number.as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def _is_telling(number: Decimal) -> bool:
    sign_digits = number.as_tuple()
    return int(sign_digits.exponent) < 0 and len(sign_digits.digits) > 2
