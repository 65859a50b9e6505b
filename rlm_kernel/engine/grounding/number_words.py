"""Whole numbers in words, in English, German, French and Spanish: read out of a text, and put into patterns.

Below a hundred, or so many hundreds, thousands, millions. A word for 1 is an article too often, but for `one`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

_NEAR = Decimal("1e-9")
_MOST_CHARS = 100_000
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_GERMAN = (
    "null  zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig"
)
_FRENCH = (
    "zéro  deux trois quatre cinq  sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt"
)
_SPANISH = (
    "cero  dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte"
)
_UPTO_20 = [words.split(" ") for words in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH)]
_TENS = [
    words.split(" ")
    for words in (
        "  twenty thirty forty fifty sixty seventy eighty ninety",
        "  zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "  vingt trente quarante cinquante soixante   ",
        "  veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    )
]
_SCALES = {"hundred": 2, "hundert": 2, "cents": 2, "thousand": 3, "tausend": 3, "mille": 3, "mil": 3}
_SCALES |= {"million": 6, "millions": 6, "millionen": 6, "millones": 6, "billion": 9, "milliarden": 9}


def _written(number: int) -> list[str]:
    tens, ones = divmod(number, 10)
    if number <= 20:
        return [words[number] for words in _UPTO_20 if words[number]]
    english, german, french, spanish = (words[tens] for words in _TENS)
    one = [words[ones] for words in _UPTO_20]
    if not ones:
        return [word for word in (english, german, french, spanish) if word]
    found = [f"{english}-{one[0]}", f"{english} {one[0]}", f"{'ein' if ones == 1 else one[1]}und{german}"]
    if french and (one[2] or ones == 1):
        found += [f"{french} et un", f"{french}-et-un"] if ones == 1 else [f"{french}-{one[2]}"]
    return [*found, f"{spanish} y {one[3] or 'uno'}"]


_WORDS = {number: _written(number) for number in range(100)}
_VALUES = {word: number for number, words in _WORDS.items() for word in words}
_WORD = re.compile(r"(?<![\w-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w-])")
_MOST_WORDS = 3
_ENDINGS = tuple(_SCALES)


_FRACTIONS = {
    "half": Decimal("0.5"),
    "one half": Decimal("0.5"),
    "one third": Decimal(repr(1 / 3)),
    "two thirds": Decimal(repr(2 / 3)),
    "a third": Decimal(repr(1 / 3)),
    "a quarter": Decimal("0.25"),
    "one quarter": Decimal("0.25"),
    "three quarters": Decimal("0.75"),
    "ein drittel": Decimal(repr(1 / 3)),
    "zwei drittel": Decimal(repr(2 / 3)),
    "ein viertel": Decimal("0.25"),
    "drei viertel": Decimal("0.75"),
    "la moitié": Decimal("0.5"),
    "la mitad": Decimal("0.5"),
    "un tiers": Decimal(repr(1 / 3)),
}
_FRACTION = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _FRACTIONS), key=len, reverse=True))})\b", re.IGNORECASE)


def read(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Every number in words: (start, end, value); of a very long text none."""
    if len(text) > _MOST_CHARS:
        return
    for match in _FRACTION.finditer(text):
        yield match.start(), match.end(), _FRACTIONS[match[0].lower()]
    words = [(match.start(), match.end(), match[0].lower()) for match in _WORD.finditer(text)]
    at = 0
    while at < len(words):
        used, value = _number_at(text, words, at)
        if used:
            yield words[at][0], words[at + used - 1][1], value
        at += max(1, used)


def _number_at(text: str, words: list[tuple[int, int, str]], at: int) -> tuple[int, Decimal]:
    """How many words from `at` on are one number, and its value."""
    for count in range(min(_MOST_WORDS, len(words) - at), 0, -1):
        start, end = words[at][0], words[at + count - 1][1]
        found = _VALUES.get(text[start:end].lower()) if count > 1 else _VALUES.get(words[at][2])
        if found is None:
            continue
        following = words[at + count] if at + count < len(words) else None
        if following is not None and following[0] == end + 1 and following[2] in _SCALES:
            return count + 1, Decimal(found).scaleb(_SCALES[following[2]])
        return count, Decimal(found)
    word = words[at][2]
    if not word.endswith(_ENDINGS):
        return 0, Decimal(0)
    for scale, power in _SCALES.items():
        if word.endswith(scale) and (base := _VALUES.get(word.removesuffix(scale))) is not None:
            return 1, Decimal(base).scaleb(power)
    return 0, Decimal(0)


def patterns(number: Decimal) -> list[str]:
    """Patterns of RE2 for the ways to write a number in words; none where it cannot be written so."""
    if fractions := [words for words, value in _FRACTIONS.items() if abs(value - number) < _NEAR]:
        return fractions
    for scale in (0, 2, 3, 6, 9):
        base = number.scaleb(-scale)
        if base == base.to_integral_value() and 0 <= base < 100 and (not scale or base >= 2):
            return [f"{words}{'[- ]?[hctmb]' if scale else ''}" for words in _WORDS[int(base)]]
    return []
