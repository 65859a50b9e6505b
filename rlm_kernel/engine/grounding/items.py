"""The items of an answer: what in it can be looked for elsewhere. The answer may be of any size and shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from ...trace.json_values import encodable
from . import normalise
from .numbers_and_dates import DATE, date_patterns, tokens, value_of

MAX_ITEMS = 200
_MAX_NODES = 20_000
_MAX_DEPTH = 100
_MAX_CHARS = 100_000
_MAX_SHOWN = 300
_NAME_CHARS = 80
_NAME_WORDS = 6
_MAX_QUOTATION = 2_000
_SMALL = 100
_VERDICTS = frozenset(["yes", "no", "true", "false", "none", "unknown", "n/a", "not found"])
_LABEL = re.compile(r"[a-z][A-Za-z0-9_]*")
_QUOTED = re.compile(
    r"\"([^\"]{3,2000})\"|“([^“”]{3,2000})”|„([^„“”]{3,2000})[“”]|«([^«»]{3,2000})»|‘([^‘]{3,2000}?)’(?!\w)"
    r"|(?<!\w)'([^'\n]{3,2000})'(?!\w)|(?<!`)`([^`\n]{3,2000})`(?!`)"
)


@dataclass(frozen=True)
class Item:
    """One thing to look for. `text` tells it from others; `inner`: it is part of a longer text, not a value itself.

    `number` is the likeliest of the `values` that a number may mean, `rounded` whether it may be a rounded one; `dates`
    is the pattern of a date, `needle` the folded words of anything else. `parts` take its place where it is nowhere;
    `free`: so they do wherever it is not in the document word for word.
    """

    text: str
    kind: Literal["number", "date", "quotation", "text"]
    number: Decimal | None = None
    values: frozenset[Decimal] = frozenset()
    percent: bool = False
    rounded: bool = False
    dates: str = ""
    needle: str = ""
    inner: bool = False
    free: bool = False
    parts: tuple[Item, ...] = field(default=(), compare=False)

    @property
    def shown(self) -> str:
        """The item as it stands in the answer, cut where it is long."""
        bare = self.text.partition(":")[2]
        return bare if len(bare) <= _MAX_SHOWN else bare[: _MAX_SHOWN - 1] + "…"

    @property
    def small(self) -> bool:
        """Whether it is a number that stands in any text."""
        return self.number is not None and abs(self.number) < _SMALL and self.number == self.number.to_integral_value()

    @cached_property
    def date_pattern(self) -> re.Pattern[str]:
        """The date's pattern, for whole dates."""
        return re.compile(rf"(?<![\w])(?:{self.dates})(?!\d|[-/.]\d)", re.IGNORECASE)

    def is_meant_by(self, values: frozenset[Decimal], percent: bool) -> bool:
        """Whether a number in a text, with its possible values, is this one."""
        if self.values & values:
            return True
        if percent == self.percent:
            return False
        return not values.isdisjoint(value.scaleb(2 if percent else -2) for value in self.values)

    def stands_in(self, text: str) -> bool:
        """Whether a short text, such as a line, holds it."""
        if self.number is not None:
            return any(self.is_meant_by(token.values, token.percent) for token in tokens(text))
        if self.dates:
            return self.date_pattern.search(text) is not None
        return normalise.stands_in(self.needle, normalise.folded(text))


@dataclass(frozen=True)
class Items:
    """The items of an answer in its order; `more` says whether there were too many to name them all."""

    items: list[Item]
    more: bool = False


def items_of(value: Any) -> Items:
    """The items of JSON data."""
    made: dict[str, Item] = {}
    for count, (leaf, is_key) in enumerate(_leaves(value)):
        if count >= _MAX_NODES:
            return Items(list(made.values()), more=True)
        long = isinstance(leaf, str) and len(leaf) > _MAX_CHARS
        for item in _of_key(leaf) if is_key else _of_leaf(leaf):
            if len(made) >= MAX_ITEMS and item.text not in made:
                return Items(list(made.values()), more=True)
            made.setdefault(item.text, item)
        if long:
            return Items(list(made.values()), more=True)
    return Items(list(made.values()))


def _leaves(value: Any, depth: int = 0) -> Iterator[tuple[Any, bool]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, True
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, depth + 1)
    else:
        yield value, False


def _of_key(key: Any) -> list[Item]:
    return [] if not isinstance(key, str) or _LABEL.fullmatch(key) else _of_leaf(key)


def _of_leaf(leaf: Any) -> list[Item]:
    if isinstance(leaf, bool) or leaf is None:
        return []
    if isinstance(leaf, int | float):
        number = value_of(leaf)
        if number is None:
            return []
        return [_number(str(leaf), number, values=frozenset([number]), rounded=isinstance(leaf, float))]
    return _of_text(encodable(leaf[:_MAX_CHARS])) if isinstance(leaf, str) else []


def _of_text(text: str) -> list[Item]:
    bare = text.strip().strip("\"'“”«»").strip()
    if not bare or bare.casefold() in _VERDICTS:
        return []
    inner = list(_figures(text))
    if len(inner) == 1 and _is_all(bare, inner[0]):
        return [Item(**{name: getattr(inner[0], name) for name in _FIELDS} | {"inner": False})]
    if "\n" not in bare and len(bare) <= _NAME_CHARS and len(bare.split()) <= _NAME_WORDS:
        needle = normalise.folded(bare)
        if any(char.isalnum() for char in needle):
            return [Item(f"text:{bare}", "text", needle=needle, parts=tuple(inner))]
    elif len(bare) <= _MAX_QUOTATION and any(map(str.isalnum, normalise.folded(bare))):
        return [Item(f"text:{bare}", "text", needle=normalise.folded(bare), free=True, parts=tuple(inner))]
    return inner


_FIELDS = ("text", "kind", "number", "values", "percent", "rounded", "dates", "needle")


def _is_all(bare: str, item: Item) -> bool:
    # A code such as 007 is no number.
    return bare == item.shown and not re.match(r"0\d", bare)


def _figures(text: str) -> Iterator[Item]:
    """The quotations, dates and numbers of a text, in its order; what stands in a quotation is no item of its own."""
    found: list[tuple[int, int, Item]] = []
    for match in _QUOTED.finditer(text):
        words = next(group for group in match.groups() if group is not None)
        needle = normalise.folded(words.strip()).rstrip(".,;:!? ")
        if any(char.isalnum() for char in needle):
            found.append((*match.span(), Item(f"quotation:{words.strip()}", "quotation", needle=needle, inner=True)))
        if len(found) > MAX_ITEMS:
            break
    for match in DATE.finditer(text):
        if not _inside(match.start(), found):
            item = Item(f"date:{match[0]}", "date", dates=date_patterns(match), inner=True)
            found.append((*match.span(), item))
        if len(found) > 2 * MAX_ITEMS:
            break
    spans = sorted((start, end) for start, end, _ in found)
    for token in tokens(text, spaced=True):
        while spans and spans[0][1] <= token.start:
            spans.pop(0)
        if not (spans and spans[0][0] <= token.start):
            start, end = token.whole
            shown = text[start:end].strip()
            rounded = token.places > 0 or any(char.isalpha() for char in shown)
            known = {"values": token.values, "percent": token.percent, "rounded": rounded, "inner": True}
            item = _number(shown, token.likeliest, **known)
            found.append((token.start, token.end, item))
        if len(found) > 3 * MAX_ITEMS:
            break
    yield from (item for _, _, item in sorted(found, key=lambda row: row[0]))


def _inside(at: int, spans: list[tuple[int, int, Item]]) -> bool:
    return any(start <= at < end for start, end, _ in spans)


def _number(shown: str, number: Decimal, **known: Any) -> Item:
    return Item(f"number:{shown}", "number", number=number, **known)
