"""The leaves of an answer, and the items in each that can be looked for elsewhere. An answer may be of any shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from ...document.search.dates import DATE
from ...trace.json_values import encodable
from . import normalise
from .absence import is_absence
from .names import names_in
from .numbers_and_dates import TIME, date_patterns, time_patterns, tokens, value_of

MAX_ITEMS = 200
_MAX_NODES = 20_000
_MAX_DEPTH = 100
_MAX_CHARS = 100_000
_MAX_SHOWN = 300
_NAME_CHARS = 80
_NAME_WORDS = 6
_MAX_QUOTATION = 2_000
_WEAK = 1_000
_TELLING = 10_000
# What is as a whole or not at all: addresses, links, versions and numbers with several dashes, codes.
_CODE = re.compile(
    r"https?://[^\s\"'<>]+|www\.[^\s\"'<>]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
    r"|(?<![\w.-])v?\d+(?:\.\d+){2,}(?![\w-]|\.\d)|(?<![\w.])\+?\d+(?:-\d+){2,}(?!\w)"
    r"|(?<![\w-])[A-Za-z]{1,12}[-_/.#]?\d{3,}[\w-]*\w(?![\w-])"
)
_SCHEME = re.compile(r"https?://|v(?=\d)")
# Before a figure that need not be exact.
_ABOUT = re.compile(
    r"(?:\b(?:about|approximately|approx\.?|around|roughly|some|nearly|almost|over|circa|ca\.|c\.|etwa|rund|knapp|fast"
    r"|environ|près de|presque|unos|unas|cerca de|casi)|[~≈])[\s$€£¥₹]*$",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"\s*[\[(]?(?:\.{3,}|…)[\])]?\s*")
_TITLE = re.compile(r"(?:(?:Dr|Prof|Mr|Mrs|Ms|Sir|Herr|Frau|Mme|Sra?)\.? )+(?=[^\s.]{3,}|\S+ \S)")
_VERDICTS = frozenset(["yes", "no", "true", "false", "none", "unknown", "n/a", "not found"])
# Words of the model's own for what it has found.
LABELS = frozenset(["positive", "negative", "neutral", "mixed", "high", "low", "medium", "pass", "fail", "passed"])
LABELS |= {"failed", "approved", "rejected", "valid", "invalid", "success", "failure", "other", "ok", "increase"}
LABELS |= {"decrease", "positiv", "negativ", "hoch", "niedrig", "oui", "non", "ja", "nein", "sí", "si", "correct"}
LABELS |= {
    "incorrect",
    "increased",
    "decreased",
    "up",
    "down",
    "same",
    "equal",
    "more",
    "less",
    "good",
    "bad",
    "yes",
    "no",
    "true",
    "false",
    "none",
    "paid",
    "unpaid",
    "open",
    "closed",
    "total",
    "complete",
    "incomplete",
}
_LABEL = re.compile(r"[a-z][A-Za-z0-9_]*")
_QUOTED = re.compile(
    r"\"([^\"]{3,2000})\"|“([^“”]{3,2000})”|„([^„“”]{3,2000})[“”]|«([^«»]{3,2000})»|‘([^‘]{3,2000}?)’(?!\w)"
    r"|(?<!\w)'([^'\n]{3,2000})'(?!\w)|(?<!`)`([^`\n]{3,2000})`(?!`)"
)


@dataclass(frozen=True)
class Item:
    """One thing to look for. `text` tells it from others; `inner`: it is part of a longer text, not a value itself.

    `number` is the likeliest of the `values` that a number may mean, `rounded` whether it may be a rounded one; `dates`
    is the pattern of a date, `needle` the folded words of anything else.
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

    @property
    def shown(self) -> str:
        """The item as it stands in the answer, cut where it is long."""
        bare = self.text.partition(":")[2]
        return bare if len(bare) <= _MAX_SHOWN else bare[: _MAX_SHOWN - 1] + "…"

    @property
    def weak(self) -> bool:
        """Whether it is a number that stands by chance in any longer text: a whole one below 1,000, or a year."""
        if self.number is None or self.number != self.number.to_integral_value():
            return False
        return abs(self.number) < _WEAK or (1900 <= self.number < 2100 and not self.percent)

    @property
    def telling(self) -> bool:
        """Whether it stands in a text hardly by chance, so that any place of it counts."""
        if self.number is None:
            return len(self.needle) > 3 or bool(self.dates)
        digits = self.number.normalize().as_tuple().digits
        return not self.weak and (len(digits) > 3 or abs(self.number) >= _TELLING)

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
class Leaf:
    """One value of an answer. `path` leads to it, `keys` are the same as data; `is_key`: it is the key of a dict.

    `whole` is the item that it is, None where it is none (a bool, a text that is too long). `parts` are the figures,
    dates, quotations and names of a text, `names` those that are names only. `words` are what is left without figures.
    """

    value: Any
    path: str = ""
    keys: tuple[Any, ...] = ()
    is_key: bool = False
    whole: Item | None = None
    parts: tuple[Item, ...] = ()
    words: int = 0

    @property
    def shown(self) -> str:
        """The leaf as text, cut where it is long."""
        try:
            text = self.value if isinstance(self.value, str) else json.dumps(self.value)
        except ValueError:  # Python writes no number of so many digits
            text = "a number of thousands of digits"
        text = text.encode("utf-8", "replace").decode()
        return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"

    @property
    def is_name(self) -> bool:
        """Whether it is a name, which stands somewhere, and not the model's own label."""
        return isinstance(self.value, str) and _is_name(self.value)

    @property
    def is_absent(self) -> bool:
        """Whether it says that there is no such value."""
        if isinstance(self.value, str):
            return is_absence(self.value)
        return self.value is None or self.value in ([], {})


def leaves_of(value: Any) -> tuple[list[Leaf], bool]:
    """The leaves of JSON data in order, at most 200, and whether there are more."""
    found: list[Leaf] = []
    for count, (leaf, keys, is_key) in enumerate(_leaves(value, ())):
        if count >= _MAX_NODES or len(found) >= MAX_ITEMS:
            return found, True
        if not is_key or not (isinstance(leaf, str) and _LABEL.fullmatch(leaf)):
            found.append(_leaf(leaf, keys, is_key=is_key))
    return found, False


def _leaves(value: Any, keys: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...], bool]]:
    if len(keys) > _MAX_DEPTH:
        return
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield key, (*keys, key), True
            yield from _leaves(inner, (*keys, key))
    elif isinstance(value, list | tuple) and value:
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*keys, at))
    else:
        yield value, keys, False


def _path(keys: tuple[Any, ...]) -> str:
    """`orders[2].price`; long keys are cut."""
    text = ""
    for key in keys:
        if isinstance(key, str) and _LABEL.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{key if isinstance(key, int) else json.dumps(str(key)[:60], ensure_ascii=False)}]"
    return text.encode("utf-8", "replace").decode()[:_MAX_SHOWN]


def _leaf(value: Any, keys: tuple[Any, ...], *, is_key: bool) -> Leaf:
    path = _path(keys)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return Leaf(value, path, keys, is_key)
    if isinstance(value, int | float):
        number = value_of(value)
        if number is None:
            return Leaf(value, path, keys, is_key)
        item = _number(str(value), number, values=frozenset([number]), rounded=isinstance(value, float))
        return Leaf(value, path, keys, is_key, item)
    text = encodable(value[:_MAX_CHARS])
    bare = text.strip().strip("\"'“”«»").strip()
    if not bare or bare.casefold() in _VERDICTS:
        return Leaf(value, path, keys, is_key)
    parts = list(islice(_figures(text), MAX_ITEMS))
    if len(parts) == 1 and _is_all(bare, parts[0]):
        return Leaf(value, path, keys, is_key, Item(**{name: getattr(parts[0], name) for name in _FIELDS}))
    needle = normalise.folded(_TITLE.sub("", bare, 1) if _TITLE.match(bare) else bare)
    words = _without(text, parts)
    whole = None
    if len(bare) <= _MAX_QUOTATION and any(char.isalnum() for char in needle):
        whole = Item(f"text:{bare}", "text", needle=needle)
    named = [] if not parts and _is_name(text) else [name for name in _names(text) if not _within(name, parts)]
    return Leaf(value, path, keys, is_key, whole, (*parts, *named), words)


def number_item(number: Decimal) -> Item:
    """A number to look for."""
    return _number(f"{number:f}", number, values=frozenset([number]))


def date_item(day: str) -> Item:
    """A date, such as `2024-03-01`, to look for."""
    match = DATE.fullmatch(day)
    return Item(f"date:{day}", "date", dates=date_patterns(match) if match else re.escape(day))


def text_item(words: str) -> Item:
    """Words to look for."""
    return Item(f"text:{words}", "text", needle=normalise.folded(words))


def _without(text: str, parts: list[Item]) -> int:
    """How many words a text has besides its figures."""
    for part in parts:
        text = text.replace(part.text.partition(":")[2], " ", 1)
    return sum(any(char.isalpha() for char in word) for word in text.split())


def _is_name(text: str) -> bool:
    words = text.split()
    if not 0 < len(words) <= _NAME_WORDS or len(text) > _NAME_CHARS or text.rstrip()[-1:] in ".!?":
        return False
    capital = [word for word in words if word[:1].isupper() or any(map(str.isdigit, word))]
    return len(capital) * 2 > len(words) and text.strip().casefold() not in LABELS


def _names(text: str) -> list[Item]:
    names = [name for name in names_in(text) if name.casefold() not in LABELS]
    needles = {name: normalise.folded(_TITLE.sub("", name, count=1)) for name in names}
    return [Item(f"text:{name}", "text", needle=needle, inner=True) for name, needle in needles.items()]


def _within(name: Item, parts: list[Item]) -> bool:
    return any(name.shown in part.shown for part in parts)


_FIELDS = ("text", "kind", "number", "values", "percent", "rounded", "dates", "needle")


def _is_all(bare: str, item: Item) -> bool:
    # A code such as 007 is no number.
    return bare == item.shown and not re.match(r"0\d", bare)


def _figures(text: str) -> Iterator[Item]:
    """The quotations, dates and numbers of a text, in its order; what stands in a quotation is no item of its own."""
    found: list[tuple[int, int, Item]] = []
    for match in _QUOTED.finditer(text):
        words = next(group for group in match.groups() if group is not None)
        for piece in _ELLIPSIS.split(words.strip()):
            needle = normalise.folded(piece).rstrip(".,;:!? ")
            if any(char.isalnum() for char in needle):
                found.append((*match.span(), Item(f"quotation:{piece}", "quotation", needle=needle, inner=True)))
        if len(found) > MAX_ITEMS:
            break
    for match in _CODE.finditer(text):
        code = match[0].rstrip(".,;:!?)")
        if not _inside(match.start(), found) and not DATE.match(text, match.start()):
            needle = normalise.folded(_SCHEME.sub("", code)).rstrip("/")
            item = Item(f"text:{code}", "text", needle=needle, inner=True)
            found.append((match.start(), match.start() + len(code), item))
        if len(found) > 2 * MAX_ITEMS:
            break
    for match in TIME.finditer(text):
        if not _inside(match.start(), found):
            patterns = time_patterns(int(match["hour"]), int(match["minute"]), (match["half"] or "").lower())
            found.append((*match.span(), Item(f"date:{match[0]}", "date", dates=patterns, inner=True)))
        if len(found) > 2 * MAX_ITEMS:
            break
    for match in DATE.finditer(text):
        if not _inside(match.start(), found):
            item = Item(f"date:{match[0]}", "date", dates=date_patterns(match), inner=True)
            found.append((*match.span(), item))
        if len(found) > 2 * MAX_ITEMS:
            break
    spans = sorted((start, end) for start, end, _ in found)
    for token in tokens(text, one_way=True):
        while spans and spans[0][1] <= token.start:
            spans.pop(0)
        if not (spans and spans[0][0] <= token.start):
            start, end = token.whole
            shown = text[start:end].strip()
            if not any(char.isdigit() for char in shown) and shown != text.strip():
                continue  # a number in words, within prose, is wording
            rounded, values = token.places > 0 or any(char.isalpha() for char in shown), token.values
            if _ABOUT.search(text[max(0, token.start - 20) : token.start]):
                rounded, values = True, frozenset(value.normalize() for value in values)
            known = {"values": values, "percent": token.percent, "rounded": rounded, "inner": True}
            item = _number(shown, token.likeliest, **known)
            found.append((token.start, token.end, item))
        if len(found) > 3 * MAX_ITEMS:
            break
    yield from (item for _, _, item in sorted(found, key=lambda row: row[0]))


def _inside(at: int, spans: list[tuple[int, int, Item]]) -> bool:
    return any(start <= at < end for start, end, _ in spans)


def _number(shown: str, number: Decimal, **known: Any) -> Item:
    return Item(f"number:{shown}", "number", number=number, **known)
