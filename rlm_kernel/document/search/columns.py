"""What the cells of one column are: numbers, with a remark on each kind of cell that is none or leaves doubt, or texts.

One cell alone leaves open what a column settles: whether `1.234` has decimal places, whether `n/a` is among numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from .number_grammar import DecimalMark, plain, spans
from .number_suffixes import FRACTIONS
from .number_words import AFTER, BEFORE, LETTER_SCALES
from .numbers import simple_number

_SHOWN = 3
# Of filled cells at least so many are numbers for each one that is none.
_NUMBERS_PER_TEXT = 2
_LONGEST_NUMBER = 40
_SAFE_DIGITS = 18
# A code with zeros in front, and digits that are too many for a number.
_CODE = re.compile(r"0\d[\d \-/]*")
_LONG = re.compile(rf"\d{{{_SAFE_DIGITS + 1},}}")
# How a number begins: the grammar need not look at other cells.
_BEGIN = re.compile(rf"\W*(?:{BEFORE}\W?(?:bn|mn|m|k|M|K)?|(?i:ca|c|approx|about|minus|negative))?\W*[\d{FRACTIONS}]")
_FOOTNOTE = re.compile(r"\s*(?:[*†‡§]+|\[\w{1,2}\])$|^\s*[*†‡§]+(?=[\s\d$€£(+\-−])")
_ROUGH = re.compile(r"(?:[~≈<>≤≥±]=?|(?i:ca?\.|approx\.|about))\s*")
_ROUGH_AFTER = re.compile(r"\s*\+|\s*(?i:cr|dr)\.?")
_GROUPS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_MONEY = re.compile(rf"{BEFORE}|{AFTER}|%|‰")
_COMMA = re.compile(
    r"\d\.\d{3},\d|(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])"
    r"|(?<![\d.,])(?:\d*,(?:\d{1,2}|\d{4,})|0+,\d+|\d{4,},\d+)(?![\d.,])"
)
_POINT = re.compile(
    r"\d,\d{3}\.\d|(?<![\d.,])\d{1,3}(?:,\d{3}){2,}(?![\d,])"
    r"|(?<![\d.,])(?:\d*\.(?:\d{1,2}|\d{4,})|0+\.\d+|\d{4,}\.\d+)(?![\d.,])"
)
_DASH = re.compile("-{1,3}|[–—−]")
_MISSING = re.compile(
    r"#?n[/.]?a\.?|k\.\s?a\.?|n[/.]v\.?|none|null|nil|nan|nat|tb[adc]|t\.b\.[adc]\.|missing|unknown|unbekannt"
    rf"|not available|keine angabe|\?|\.{{2,3}}|…|{_DASH.pattern}",
    re.IGNORECASE,
)


class Column:
    """A column under its `name`: every cell is given to `add` first, then to `value`; `note` is complete after both.

    `semicolons`: they separate the cells, so that a comma in a number is most likely its decimal mark."""

    def __init__(self, name: str, *, semicolons: bool = False) -> None:
        self.name = name
        self.decimal: DecimalMark | None = None
        self._semicolons = semicolons
        self._numbers = self._texts = self._codes = 0
        self._marks: Counter[str] = Counter()
        self._told: dict[str, Counter[str]] = {}
        self._units: Counter[str] = Counter()
        self._readings = ""

    def add(self, cell: Any) -> None:
        """Take a cell into account."""
        if not isinstance(cell, str):
            if isinstance(cell, int | float):
                self._numbers += 1
            elif cell is not None:
                self._texts += 1
            return
        bare = cell.strip()
        if not bare or _MISSING.fullmatch(bare):
            return
        if bare[0] == "0" and _CODE.fullmatch(bare):
            self._codes += 1
        elif (simple := simple_number(bare)) is not None:
            self._numbers += 1
            if type(simple) is float or "," in bare:
                self._marks["."] += 1
        elif _LONG.fullmatch(bare):
            self._codes += 1
        elif _reading(bare, None) is None:
            self._texts += 1
        else:
            self._numbers += 1
            self._marks[","] += bool(_COMMA.search(bare))
            self._marks["."] += bool(_POINT.search(bare))
            self._marks["likely ,"] += self._semicolons and "," in bare and "." not in bare

    @property
    def is_numeric(self) -> bool:
        """Whether it is a column of numbers, as one without any value is."""
        return not self._codes and self._numbers >= _NUMBERS_PER_TEXT * self._texts

    def proven(self) -> DecimalMark | None:
        """The decimal mark that its numbers leave no doubt of, None where there is none or they differ."""
        commas, points = self._marks[","], self._marks["."]
        return None if bool(commas) == bool(points) else "," if commas else "."

    def settle(self, others: DecimalMark | None) -> None:
        """Settle the decimal mark once all cells were added: that of the column, else that of the `others` of its
        table, else what the semicolons make likely."""
        if self._marks[","] and self._marks["."]:
            return
        self.decimal = self.proven() or others
        if self.decimal is None and self._marks["likely ,"]:
            self.decimal = ","
            self._readings = "commas are read as decimal marks, as ';' separates the cells"

    def value(self, cell: Any) -> int | float | None:
        """The number that a cell is, None where it is none."""
        if not isinstance(cell, str):
            if cell is None or isinstance(cell, int | float):
                return cell
            self._tell("none", str(cell))
            return None
        simple = simple_number(cell)
        if simple is not None:
            return simple
        bare = cell.strip()
        if not bare:
            return None
        if _MISSING.fullmatch(bare):
            if _DASH.fullmatch(bare):
                self._tell("dash", bare)
            return None
        reading = _reading(bare, self.decimal)
        if reading is None:
            self._tell("none", bare)
            return None
        values, unit, rough = reading
        self._units[unit] += 1
        if rough:
            self._tell("rough", bare)
        if len(values) > 1:
            self._tell("doubt", bare)
        return values[0]

    def _tell(self, kind: str, cell: str) -> None:
        told = self._told.setdefault(kind, Counter())
        told[cell if cell in told or len(told) < _SHOWN else ""] += 1

    def note(self) -> str:
        """What is to be known of the values; empty where there is nothing."""
        parts = []
        for kind, told in self._told.items():
            count, shown = told.total(), ", ".join(repr(cell[:40]) for cell in told if cell)
            many = f"{count:,} cell{'s' * (count > 1)}"
            if kind == "none":
                parts.append(
                    f"{many} {'are no numbers' if count > 1 else 'is no number'} and NULL, left out of sums: {shown}"
                )
            elif kind == "dash":
                parts.append(f"{many} with a dash {'are' if count > 1 else 'is'} NULL, not 0")
            elif kind == "rough":
                parts.append(f"taken as the number in the cell: {shown} ({many})")
            else:
                cell = next(iter(told))
                values, *_ = _reading(cell, self.decimal) or ((),)
                readings = " or ".join(f"{value:,}" for value in values[:_SHOWN])
                parts.append(f"{cell!r} may be {readings}, took the first ({many} with such a doubt)")
        units = [unit for unit in self._units if unit]
        if len(units) > 1:
            parts.append(f"the numbers have different units: {', '.join(map(repr, units[:_SHOWN]))}")
        return "; ".join([*parts, self._readings] if self._readings else parts)


@lru_cache(1 << 14)
def _reading(cell: str, decimal: DecimalMark | None) -> tuple[tuple[int | float, ...], str, bool] | None:
    """What a cell that is one number may mean (the likeliest first), its unit, and whether it says so roughly only."""
    if len(cell) > _LONGEST_NUMBER or not _BEGIN.match(cell):
        return None
    text = _GROUPS.sub("\u00a0", _FOOTNOTE.sub("", cell))
    found = spans(text, decimal)
    if len(found) != 1 or found[0].kind == "ordinal":
        return None
    number, before, after = found[0], text[: found[0].start].strip(), text[found[0].end :].strip()
    rough = bool(before or after)
    if rough and not (_ROUGH.fullmatch(before or "~") and _ROUGH_AFTER.fullmatch(after or "+")):
        return None
    if number.unit and not _MONEY.fullmatch(number.unit) and number.unit not in LETTER_SCALES:
        return None
    values = tuple(map(plain, number.readings)) if number.ambiguous else (number.value,)
    return (values, number.unit, rough) if all(abs(value) < 1 << 63 for value in values) else None
