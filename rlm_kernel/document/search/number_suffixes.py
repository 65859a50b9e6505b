"""What stands behind the digits of a number: fractions, exponents, scales, percent, currencies, units, brackets."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from . import number_words as words

FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_DENOMINATORS = frozenset((2, 3, 4, 5, 6, 8, 16, 32, 64))
_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "ème", "eme"))
_DECADE = range(1500, 2101, 10)
_LONGEST_UNIT = 16

_FRACTION = re.compile(rf"[ \u00a0]?([{FRACTIONS}])|[ \u00a0-](\d{{1,2}})/(\d{{1,2}})(?![\d/])")
_RATIO = re.compile(r"/(\d{1,3})(?![\d/]|[.,]\d|[A-Za-z])")
_EXPONENT = re.compile(
    r"[eE](?P<e>[-+]?\d{1,3})(?!\w)"
    rf"|\s?[x×·*⋅]\s?10(?:(?:\^|\*\*)\(?(?P<power>[-+]?\d{{1,3}})\)?|(?P<raised>[⁻⁺]?[{_RAISED}]{{1,3}}))"
)
_POWER_OF_TEN = re.compile(rf"(?:\^|\*\*)\(?(?P<power>[-+]?\d{{1,3}})\)?|(?P<raised>⁻?[⁰²³⁴⁵⁶⁷⁸⁹][{_RAISED}]{{0,2}})")
_RAISED_TO = re.compile(r"(?:\^|\*\*)(\d{1,2})(?![\w.,]\d|\w)")
_CENTS = re.compile(r"([€£])(\d\d)(?![\d.,]*\d)")
_DOZEN = re.compile(r"[ \u00a0](?i:dozens?|dutzend)(?!\w)")
# Thousands and millions of a currency: 500 T€, 12.5 MSEK, 5 kEUR.
_LED_CURRENCY = re.compile(rf"[ \u00a0]?(?P<lead>bn|mn|[kKmMT])[ \u00a0]?(?=(?:{words.CURRENCY_CODES})(?![A-Za-z])|€)")
_NOTE = re.compile(rf"[{_RAISED}]+")
_CLOSE = re.compile(r"\s?\)")
_PERCENT = re.compile(r"\s?(?:%|‰|(?i:per\s?cent|percent|pct|prozent|procent|por\s?ciento|pour\s?cent)\b)")
_EAST = re.compile("|".join(sorted(words.EAST_SCALES, key=len, reverse=True)))
_EAST_DIGITS = re.compile(r"(\d[\d,]*)(.{1,2})?")
_ATTACHED = re.compile(r"(?:[^\W\d_]|°)+(?:[²³]|[23](?!\w))?(?:/[^\W\d_]+[²³23]?)?(?!\w)")
_LETTERS = re.compile(r"[^\W\d_]+")
_GLUED_CURRENCY = re.compile(r"(bn|mn|[kKmMbB])(?=[€$£¥₹])")
_GLUED_SCALE = re.compile(r"(?:bn|mn|m|k|M|K|B)(?!\w)")
_SPACED = re.compile(r"(?:\s{1,2}|-)(?P<word>[^\W\d_]+(?:[²³]|[23](?!\w))?|°[CF]?)(?!\w)(?P<point>\.?)")
_HYPHENED = re.compile(r"-(?:[^\W\d_](?![^\W\d_])|[A-Z]{2,}(?![a-z]))")
_AFTER = re.compile(rf"\s?(?P<currency>{words.AFTER})")
# Swiss and Scandinavian prices: 5,- for 5,00.
_NO_CENTS = re.compile(r"[,.][-–—](?![\w-])")
# The sign that bookkeeping puts behind an amount; behind a whole number and a space it may be a dash.
_SPACED_MINUS = re.compile(r"[ \u00a0]-(?=\s*$)")
_TRAILING_MINUS = re.compile(rf"-(?=\s*(?:$|[|;,)\"'\t])|\s{{2,}}|\s{words.AFTER})")


@dataclass(slots=True)
class Suffix:
    """`end` is where it ends. `power` of ten of a scale, 0 for none; `power_sure` where the letter is no unit.
    `no_cents`: a dash stands for the decimal places. It is to the power of `raised`, and so many `times`. `doubt`: of
    the scale."""

    end: int
    fraction: Decimal | None = None
    divisor: int = 0
    exponent: int = 0
    power: int = 0
    power_sure: bool = True
    decimal_comma: bool = False
    added: int = 0
    percent: bool = False
    unit: str = ""
    ordinal: bool = False
    minus: bool = False
    no_cents: bool = False
    raised: int = 0
    times: int = 1
    doubt: bool = False
    closed: int = 0


def suffix_of(text: str, digits: str, end: int, currency: str, opened: int) -> Suffix | None:
    """What stands behind the `digits` that end at `end`, after a `currency` and so many `opened` brackets.

    None where the digits are the beginning of a name (`12ab34`, `10-K`).
    """
    reader = _SuffixReader(text, digits, end, currency, opened)
    return reader.suffix if reader.read() else None


def joins(char: str) -> bool:
    """Whether a letter beside digits makes a name of them: not in scripts that put no spaces between words."""
    return char == "_" or (char.isalpha() and not ("\u0e00" <= char <= "\u0eff" or char >= "\u2e80"))


class _SuffixReader:
    def __init__(self, text: str, digits: str, end: int, currency: str, opened: int) -> None:
        self._text = text
        self._digits = digits
        self._currency = currency
        self._opened = opened
        self.suffix = Suffix(end)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self.suffix.end)
        if match:
            self.suffix.end = match.end()
        return match

    def read(self) -> bool:
        """Read all of it; False where the digits are part of a name."""
        self._parts()
        self._close()
        if self._take(_NO_CENTS):
            self.suffix.no_cents = True
        elif self._take(_TRAILING_MINUS) or (not self._digits.isdigit() and self._take(_SPACED_MINUS)):
            self.suffix.minus = True
        if match := self._take(_PERCENT):
            self.suffix.percent = "‰" not in match[0]
            self.suffix.unit = "%" if self.suffix.percent else "‰"
            self._close()
            return True
        if self._led():
            return True
        if not (self._east() or self._attached()):
            return False
        if not self.suffix.unit and not self.suffix.ordinal:
            self._spaced()
        self._close()
        return True

    def _close(self) -> None:
        if self.suffix.closed < self._opened and self._take(_CLOSE):
            self.suffix.closed += 1

    def _parts(self) -> None:
        """Fractions, powers of ten, and the small figures of a footnote."""
        suffix = self.suffix
        if self._digits.isdigit():
            if match := _FRACTION.match(self._text, suffix.end):
                share = fraction_of(match[1]) if match[1] else _proper(int(match[2]), int(match[3]))
                if share is not None:
                    suffix.fraction, suffix.end = share, match.end()
                    return
            if match := _RATIO.match(self._text, suffix.end):
                if _proper(int(self._digits), int(match[1])) is not None:
                    suffix.divisor, suffix.end = int(match[1]), match.end()
                return
            if self._digits == "10" and (match := self._take(_POWER_OF_TEN)):
                suffix.exponent = _integer(match) - 1
                return
            if len(self._digits) < 4 and (match := self._take(_RAISED_TO)):
                suffix.raised = int(match[1])
                return
            if not self._currency and (match := self._take(_CENTS)):
                suffix.unit, suffix.fraction = match[1], Decimal(f"0.{match[2]}")
                return
            if self._take(_DOZEN):
                suffix.times = 12
                return
        if match := self._take(_EXPONENT):
            suffix.exponent = int(match["e"]) if match["e"] else _integer(match)
        else:
            self._take(_NOTE)

    def _led(self) -> bool:
        """A currency with the letter of a scale before it; T is thousand there."""
        match = _LED_CURRENCY.match(self._text, self.suffix.end)
        if match is None or self._currency:
            return False
        unit = _AFTER.match(self._text, match.end())
        if unit is None:
            return False
        lead = match["lead"]
        self.suffix.power = 3 if lead == "T" else words.LETTER_SCALES.get(lead) or words.SCALES[lead]
        self.suffix.unit, self.suffix.end = unit["currency"], unit.end()
        # The same in one word is in use as a name of the unit.
        if match[0].strip() == "T" and self._text.startswith("TEUR", match.start("lead")):
            self.suffix.power, self.suffix.unit = -3, "TEUR"
        self._close()
        return True

    def _east(self) -> bool:
        """Scales of East Asia, also several: 3億5000万."""
        suffix = self.suffix
        if match := self._take(_EAST):
            suffix.power = words.EAST_SCALES[match[0]]
            while (more := _EAST_DIGITS.match(self._text, suffix.end)) and (
                scale := _EAST.match(self._text, more.end(1))
            ):
                power = words.EAST_SCALES[scale[0]]
                suffix.added += int(more[1].replace(",", "")) * 10**power
                suffix.end = scale.end()
            if match := self._take(_AFTER):
                suffix.unit = match["currency"]
            return True
        return False

    def _attached(self) -> bool:
        """What stands directly behind the digits. False where that makes a name of them."""
        suffix, text = self.suffix, self._text
        if suffix.end >= len(text) or suffix.percent:
            return True
        if match := self._take(_GLUED_CURRENCY):
            suffix.power = words.LETTER_SCALES.get(match[1]) or words.SCALES[match[1]]
            return True
        if match := self._take(_AFTER) if not text[suffix.end].isspace() else None:
            suffix.unit = match["currency"]
            self._scale_behind()
            return True
        if _HYPHENED.match(text, suffix.end):
            return False
        if not joins(text[suffix.end]) and text[suffix.end] != "°":
            if text[suffix.end].isalpha():
                suffix.unit = text[suffix.end]
                suffix.end += 1
            return True
        match = _ATTACHED.match(text, suffix.end)
        if match is None or len(match[0]) > _LONGEST_UNIT:
            return False
        suffix.end = match.end()
        word = match[0]
        if word in _ORDINALS:
            suffix.ordinal = True
        elif not self._scale(word, spaced=False) and not (word == "s" and self._is_decade()):
            suffix.unit = word
        return True

    def _is_decade(self) -> bool:
        return self._digits.isdigit() and int(self._digits[:9]) in _DECADE

    def _spaced(self) -> None:
        """Scales, currencies and units behind a space."""
        suffix = self.suffix
        while (match := _SPACED.match(self._text, suffix.end)) and self._scale(
            match["word"], match["point"], spaced=True
        ):
            suffix.end = match.end("word") + (match["point"] == "." and _is_short(match["word"]))
        if match := self._take(_AFTER):
            suffix.unit = match["currency"]
            self._scale_behind()
        elif (match := _SPACED.match(self._text, suffix.end)) and match["word"] in words.UNITS:
            suffix.unit, suffix.end = match["word"], match.end("word")

    def _scale_behind(self) -> None:
        """A scale behind the currency: 5.3 € million, 12.5 €m."""
        if not self.suffix.power and (match := self._take(_GLUED_SCALE)):
            self.suffix.power = words.LETTER_SCALES.get(match[0]) or words.SCALES[match[0]]
            return
        match = _SPACED.match(self._text, self.suffix.end)
        if match and not self.suffix.power and len(match["word"]) > 1 and self._scale(match["word"], spaced=True):
            self.suffix.end = match.end("word")

    def _scale(self, word: str, point: str = "", *, spaced: bool) -> bool:
        """Take a word for a scale, where it is one; a second one multiplies it."""
        suffix = self.suffix
        letters, lower = words.LETTER_SCALES.get(word), word.lower()
        money = bool(self._currency) or bool(_AFTER.match(self._text, self._behind(word, spaced)))
        if suffix.power:
            power = words.SCALES.get(lower) if suffix.power in (2, 3, 5) else None
            suffix.power += power or 0
            return power is not None
        if letters and not (word in ("Cr", "cr") and self._currency not in words.RUPEES and not spaced):
            return self._letter(word, letters, money, spaced)
        power = words.SCALES.get(lower)
        if power is None or (lower in words.ONLY_MONEY and not (money or point)):
            return False
        suffix.power = power
        suffix.decimal_comma = lower not in words.POINT_SCALES
        return True

    def _behind(self, word: str, spaced: bool) -> int:
        end = self.suffix.end
        match = _SPACED.match(self._text, end) if spaced else None
        return match.end() if match and match["word"] == word else end

    def _letter(self, letter: str, power: int, money: bool, spaced: bool) -> bool:
        """A single letter: a scale beside money, or where it can be no unit; else a unit that may be one."""
        suffix = self.suffix
        share = "." in self._digits or "," in self._digits
        suffix.power_sure = money or letter == "k" or (letter == "B" and share) or letter in ("Cr", "cr", "MM")
        if spaced and not money and letter not in ("k", "M", "MM", "Cr"):
            suffix.power_sure = True
            return False
        if money or letter in words.ALWAYS_SCALES or (letter == "B" and share):
            suffix.power = power
            return True
        # Read as a unit first: the scale is the other reading.
        suffix.power = -power
        suffix.unit = letter
        return True


def _is_short(word: str) -> bool:
    return word.lower() in words.ABBREVIATED


def _integer(match: re.Match[str]) -> int:
    if match["power"]:
        return int(match["power"])
    raised = match["raised"]
    number = int("".join(str(unicodedata.digit(char)) for char in raised.lstrip("⁻⁺")))
    return -number if raised[0] == "⁻" else number


def fraction_of(char: str) -> Decimal:
    """The value of a character such as ½."""
    return Decimal(repr(unicodedata.numeric(char)))


def _proper(numerator: int, denominator: int) -> Decimal | None:
    """A fraction that is less than one, with a denominator that people use."""
    if 0 < numerator < denominator and (numerator == 1 or denominator in _DENOMINATORS):
        return Decimal(repr(numerator / denominator))
    return None
