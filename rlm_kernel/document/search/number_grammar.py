"""Numbers as people write them: where they stand in a text, what each may mean, its unit and its scale.

`spans` gives every number of a text with all its readings, without regard to what is asked of it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Literal

from . import number_words as words
from .number_suffixes import FRACTIONS, Suffix, fraction_of, joins, suffix_of

DecimalMark = Literal[".", ","]
_MAX_DIGITS = 300
_BEYOND = Decimal(f"1e{_MAX_DIGITS}")
# What is computed with: the program around may have set Python's own context to anything. Every step is exact in it.
_EXACT = Context(
    prec=3_000,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_YEARS = range(1800, 2101)


class _Fold(dict[int, str]):
    """Maps each character to the one that the grammar knows, so that positions stay."""

    _SAME = (
        ("\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u200b\u2060", "\u00a0"),
        ("’‘ʼ´`′＇٬", "'"),
        ("−－﹣‐‑⁃", "-"),
        ("—―‒", "–"),
        ("⁄∕", "/"),
        ("٫", "."),
        ("٪﹪", "%"),
    )

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = next((to for those, to in self._SAME if char in those), char)
        if folded == char and code > 127:
            if (digit := unicodedata.decimal(char, None)) is not None:
                folded = str(digit)
            elif 0xFF01 <= code <= 0xFF5E:
                folded = chr(code - 0xFEE0)
            elif char == "￥":
                folded = "¥"
        self[code] = folded
        return folded


_FOLD = _Fold()

_DIGITS = re.compile(
    r"\d{1,3}(?:[\u00a0']\d{3})+(?!\d)(?:[.,]\d+)?"
    # A group begins no number: behind a digit and a blank, only what ends in groups of its own does.
    r"|(?:(?<!\d )|(?<= \d{3} )|(?=\d{1,3} 0\d\d(?!\d)))[1-9]\d{0,2}(?: \d{3})+(?!\d)(?:[.,]\d+)?"
    r"|(?<=£)\d+·\d\d(?!\d)"
    r"|\d{1,3}(?:_\d{3})+(?![\d_])"
    r"|\d+(?:[.,]\d+)*"
    r"|[.,]\d+(?![.,]?\d)"
    rf"|[{FRACTIONS}]"
)
_BEFORE = re.compile(
    r"(?P<open>\(\s?)?(?P<sign1>[-+–]\s?)?"
    rf"(?:(?P<currency>{words.BEFORE})\s?(?P<scale>(?:bn|mn|m|k|M|K)(?![A-Za-z]))?\s?)?"
    r"(?P<open2>\(\s?)?(?P<sign2>[-+–]\s?)?$"
)
_RANGE = re.compile(
    rf"(?:[ \u00a0]?[-–][ \u00a0]?|[ \u00a0](?P<word>to|bis|à)[ \u00a0])(?:{words.BEFORE}[ \u00a0]?)?(?=\d)"
)
# Behind one of these, a number in brackets is no amount.
_RUNNING = re.compile(
    r"\b(?:and|or|und|oder|et|to|bis|see|siehe|in|of|by|with|from|(?i:section|sec|art|article|para|no|nr|note|item))\.?\s?$"
)
_NEGATIVE = re.compile(r"(?<!\d )(?<!\w)(?i:minus|negative)[ \u00a0]$")
_NO_PREFIX = frozenset(("", *"abcdefghijlopqstuvwxyz0123456789:,;=|/[{\"'_)"))
_LABEL_BEFORE = re.compile(r"[\w.]*[^\W\d_][\w.]*[-–]$|[^\W\d_]\w*[-–]$")
_LIST_MARK = re.compile(r"\s*\(?\d{1,3}[.)]\s+(?=\S)")
_CELLS = re.compile(r"[A-Za-z\"],[^\s,]|\d,[A-Za-z\"]|,,")
# The quarter or the half that a year names.
_PERIOD = re.compile(r"\b(?:[QHTqh][1-4]|[1-4]Q|FY|CY)[\s/-]{1,2}$")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
# Dates, times, telephone numbers and addresses of pages are no numbers. What each begins to be looked for by is cheap.
_JOINED = re.compile(r"\d[-/.:–]\d|://|www\.")
_SKIPPED = re.compile(
    r"(?:https?://|www\.)\S+"
    rf"|(?<![\w.-])\d{{4}}(?P<mark>[-/.])\d{{1,2}}(?P=mark)\d{{1,2}}"
    rf"(?:[T ]{_CLOCK}(?:Z|[-+]\d\d:?\d\d)?)?(?!\w|[-/]\d)"
    rf"|(?<![\w.-])(?P<first>{_DAY})(?P<mark2>[-/.])(?P<second>{_DAY})(?P=mark2)(?:\d{{4}}|\d{{2}})(?!\w|[-/.]\d)"
    rf"|(?<![\d:]){_CLOCK}(?![\d:])"
    r"|(?<![\w.,])\+?\d+(?:[-–]\d+){2,}(?!\w)"
)
# What a spreadsheet has in the place of a number.
_NO_VALUE = re.compile(r"\[formula: =[^|\n]*\](?=\s*(?:\||$))|#DIV/0!", re.MULTILINE)
_BEFORE_YEAR = re.compile(r"[^\W\d_][.,]?[ -]\d{4}(?!\d)|\d,? \d{4}(?!\d)|\bde \d{4}(?!\d)")
_NAMED_DATE = re.compile(
    rf"(?<![\w.])\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?:\s|\sof\s|\sde\s|-)(?:{words.MONTHS})\b\.?,?"
    r"(?:\s|\sde\s|-)\d{4}(?!\w)"
    rf"|\b(?:{words.MONTHS})\b\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}(?!\w)",
    re.IGNORECASE,
)


def _skipped(text: str) -> list[tuple[int, int]]:
    """Where dates, times, telephone numbers and URLs stand, in order."""
    found = []
    if _JOINED.search(text):
        for match in _SKIPPED.finditer(text):
            # Of a day and a month one is at most 12.
            if not match["mark2"] or min(int(match["first"]), int(match["second"])) <= 12:
                found.append(match.span())
    if _BEFORE_YEAR.search(text):
        found += [match.span() for match in _NAMED_DATE.finditer(text)]
    if "[formula" in text or "#DIV" in text:
        none = [match.span() for match in _NO_VALUE.finditer(text)]
        found = none + [(a, b) for a, b in found if not any(start <= a < end for start, end in none)]
    return sorted(found)


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """A number in a text. `digits` is where its digits stand, `start` to `end` all that belongs to it (sign, brackets,
    currency, scale, unit), in characters.

    `readings`: what it may mean, the likeliest first; `ambiguous`: whether another reading is about as likely. Scale
    and sign are in them, a percentage is not divided: 12 % is 12. `kind`: `number`, `ordinal`, `year` (one that stands
    as a label: in brackets, or before a colon) or `mark` (that of a list's item). `places`: decimal places as written.
    """

    start: int
    end: int
    digits: tuple[int, int]
    readings: tuple[Decimal, ...]
    unit: str = ""
    scale: int = 1
    percent: bool = False
    ambiguous: bool = False
    kind: str = "number"
    places: int = 0

    @property
    def value(self) -> int | float:
        """The likeliest reading; an int where it is whole and was written without decimal places."""
        return plain(self.readings[0])


def plain(number: Decimal) -> int | float:
    """A Decimal as an int, or as a float where it was written with decimal places."""
    return int(number) if number.as_tuple().exponent >= 0 else float(number)  # type: ignore[operator]


def spans(text: str, decimal: DecimalMark | None = None) -> list[NumberSpan]:
    """Every number of a text, in order. Dates, times, versions, telephone numbers, URLs and numbers that are part of a
    name (`Q3`, `COVID-19`) are none.

    `decimal` says which mark separates the decimal places; without it, that is told from the numbers themselves.
    """
    return list(each(text, decimal))


def each(text: str, decimal: DecimalMark | None = None) -> Iterator[NumberSpan]:
    """The numbers of `spans` one after the other, so that who needs the first one does not wait for the rest."""
    return _NumberReader(text, decimal).spans()


def has_date(text: str) -> bool:
    """Whether a date, a time, a telephone number or a URL stands in the text."""
    return bool(_skipped(_NO_VALUE.sub("", text)))


class _NumberReader:
    """Reads the numbers of one text."""

    def __init__(self, text: str, decimal: DecimalMark | None) -> None:
        self._text = text if text.isascii() else text.translate(_FOLD)
        self._decimal = decimal or self._usual_mark()
        self._list_end = 0
        self._cells = bool(_CELLS.search(self._text))
        self._skipped = _skipped(self._text)
        self._starts = [start for start, _ in self._skipped]

    def _usual_mark(self) -> DecimalMark | None:
        """The decimal mark of the numbers that leave no doubt, None where there are none or they differ."""
        text = self._text
        if "," not in text:
            return None
        comma = re.search(r"\d\.\d{3},\d|(?<![\d.,])\d+,\d{1,2}(?![\d,.])(?!,)", text)
        point = re.search(r"\d,\d{3}\.\d|(?<![\d.,])\d+\.\d{1,2}(?![\d,.])", text)
        return None if bool(comma) == bool(point) else "," if comma else "."

    def spans(self) -> Iterator[NumberSpan]:
        at, past, text = 0, 0, self._text
        while match := _DIGITS.search(text, at):
            start, end = match.span()
            before = bisect_right(self._starts, start) - 1
            if before >= 0 and start < self._skipped[before][1]:
                at = self._skipped[before][1]
                continue
            span, at = self._number(start, end, past)
            if span is not None:
                past = span.end
                yield span

    def _number(self, start: int, end: int, past: int) -> tuple[NumberSpan | None, int]:
        """The number whose digits begin at `start` and end at `end` at the latest, and where to read on."""
        text = self._text
        if start < self._list_end:
            if text[start] == ",":
                return None, start + 1
            end = min(start + len(text[start:end].split(",")[0]), self._list_end)
        if text[start] in ".,":
            if start and (text[start - 1].isalnum() or text[start - 1] in "_)"):
                # A point that ends a word: No.5
                return (None, start + 1) if not text[start - 1].isdigit() else (None, end)
            if text[start] == "," and self._cells:
                return None, start + 1
        before = self._prefix(start, past)
        if before is None:
            return None, self._label_end(end)
        digits = text[start:end]
        if len(digits) > _MAX_DIGITS:
            return None, end
        reading = self._digits(digits)
        if reading is None:
            if "." in digits or not digits[0].isdigit():
                return None, self._label_end(end)
            # The commas stand between the numbers of a list.
            self._list_end, end = end, start + digits.index(",")
            reading = _Digits((Decimal(text[start:end]),), 0, doubt=not self._cells)
        return self._finished(start, end, before, reading)

    def _prefix(self, start: int, past: int) -> re.Match[str] | None:
        """What stands before the digits; None where they are part of a name."""
        text = self._text
        begin = max(past, start - 16)
        beside = text[begin:start].rstrip(" \u00a0")[-1:]
        # Most words end in a letter that no currency ends in.
        match = _BEFORE.search(text, start if beside in _NO_PREFIX else begin, start)
        assert match is not None
        first = match.start()
        if match["currency"] is None and not (match["sign2"] or match["sign1"] or match["open"]) and start > past:
            last = text[start - 1]
            if joins(last):
                return None
        if first < start and text[first] in "-–" and _LABEL_BEFORE.search(text, max(0, first - 40), first + 1):
            word = re.split(r"[\s(]", text[max(0, first - 40) : first])[-1]
            if any(char.isupper() or char.isdigit() for char in word) and word.upper() not in words.CODES:
                return None
        return match

    def _label_end(self, end: int) -> int:
        match = re.compile(r"\w*").match(self._text, end)
        return match.end() if match else end

    def _digits(self, digits: str) -> _Digits | None:
        """What the digits alone may mean; None where they are no single number."""
        if digits in FRACTIONS:
            return _Digits((fraction_of(digits),), 2)
        bare = re.sub(r"[ \u00a0'_]", "", digits).replace("·", ".")
        marks = re.sub(r"\d", "", bare)
        # Blanks between groups may be those between columns, unless a group begins as no number does: 1 000 000.
        blanks = 0 if " 0" in digits else digits.count(" ")
        if not marks:
            first = (Decimal(digits.split(" ")[0]),) if blanks else ()
            return _Digits((Decimal(bare), *first), 0, bool(first))
        whole, _, rest = bare.rpartition(marks[-1])
        if len(set(marks)) == 2:
            grouped = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})*,\d{3}", whole)
            return _Digits((Decimal(f"{re.sub('[.,]', '', whole)}.{rest}"),), len(rest)) if grouped else None
        if len(marks) > 1:
            grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}", bare)
            if not grouped and not self._cells and re.fullmatch(r"\d{1,3}(?:,\d{3})+,\d\d", bare):
                cents = Decimal(f"{whole.replace(',', '')}.{rest}")
                return _Digits((cents, cents.scaleb(2, _EXACT), Decimal(bare.partition(",")[0])), 2, doubt=True)
            return _Digits((Decimal(bare.replace(marks[0], "")),)) if grouped else None
        fraction = Decimal(f"{whole or 0}.{rest}")
        if len(rest) != 3 or not re.fullmatch(r"[1-9]\d{0,2}", whole) or bare != digits:
            if marks == "," and self._cells and whole:
                return None
            if blanks > 1 or digits[3:4] == " ":
                return _Digits((fraction, Decimal(digits.split(" ")[0])), len(rest), doubt=True)
            return _Digits((fraction,), len(rest))
        if self._cells and marks == ",":
            return None
        if self._decimal == marks:
            return _Digits((fraction,), 3)
        if self._decimal:
            return _Digits((Decimal(whole + rest),))
        return _Digits((Decimal(whole + rest), fraction), 0, mark=marks)

    def _finished(self, start: int, end: int, before: re.Match[str], reading: _Digits) -> tuple[NumberSpan | None, int]:
        """The number with all that belongs to it, and where to read on."""
        text, currency = self._text, before["currency"] or ""
        opened = bool(before["open"]) + bool(before["open2"])
        lead = words.led(currency) if currency else 0
        currency = currency[1:] if lead else currency
        suffix = suffix_of(text, text[start:end], end, currency, opened)
        if suffix is None:
            return None, self._label_end(end)
        if lead and not suffix.power:
            suffix.power = lead
        elif not (suffix.power or suffix.unit) and (match := _RANGE.match(text, suffix.end)):
            self._take_scale(suffix, match, currency)
        if before["scale"]:
            suffix.power = words.SCALES.get(before["scale"]) or words.LETTER_SCALES[before["scale"]]
        first, sign, kind = self._sign(before, suffix, opened)
        readings, doubt = _meanings(reading, suffix, currency)
        if sign == "either":
            readings = [*map(_EXACT.minus, readings), *readings]
        elif sign == "aside":
            readings, doubt = [*readings, *map(_EXACT.minus, readings)], True
        elif sign == "-":
            readings = [*map(_EXACT.minus, readings)]
        if any(each.copy_abs() >= _BEYOND for each in readings):
            return None, suffix.end
        scale = 10 ** max(0, suffix.power)
        unit = suffix.unit or currency
        span = NumberSpan(
            first,
            suffix.end,
            (start, end),
            tuple(dict.fromkeys(readings)),
            unit,
            scale,
            suffix.percent,
            doubt,
            "ordinal" if suffix.ordinal else kind or self._kind(first, suffix.end, start, end),
            reading.places,
        )
        return span, suffix.end

    def _take_scale(self, suffix: Suffix, dash: re.Match[str], currency: str) -> None:
        """Give a number the scale of the range that it begins: 3-5 million."""
        match = _DIGITS.match(self._text, dash.end())
        if match is None or match.end() - match.start() > _MAX_DIGITS:
            return
        other = suffix_of(self._text, match[0], match.end(), currency, 0)
        if other is not None and other.power > 0 and other.power_sure:
            suffix.power, suffix.decimal_comma = other.power, other.decimal_comma
            suffix.power_sure = dash["word"] is None
            suffix.doubt = dash["word"] is not None

    def _sign(self, before: re.Match[str], suffix: Suffix, opened: int) -> tuple[int, str, str]:
        """Where the number begins, its sign ("-", "", "either" for brackets that may be a remark, or "aside" for those
        that most likely are one), and its kind."""
        text, first = self._text, before.start()
        closed = opened and suffix.closed == opened
        if before["open"] and not (closed or (before["open2"] and suffix.closed)):
            first = before.end("open")
        sign = (before["sign2"] or "") or (before["sign1"] or "")
        if not before["sign2"] and before["sign1"] and not self._is_sign(before, suffix.end):
            first, sign = before.end("sign1"), ""
        if (sign.strip() in ("-", "–") and sign) or suffix.minus:
            return first, "-", ""
        if not closed:
            word = text[first - 3 : first] if first > 5 else ""
            if word[:2].lower() in ("us", "ve") and (match := _NEGATIVE.search(text, max(0, first - 12), first)):
                return match.start(), "-", ""
            return first, "", ""
        inner = text[before.end("open2" if before["open2"] else "open") : suffix.end].strip(" )\u00a0")
        alone = not text[:first].strip() and not text[suffix.end :].strip()
        money = (
            bool(before["currency"]) or bool(suffix.unit) or suffix.power > 0 or bool(re.search(r"\d[.,' ]\d", inner))
        )
        if not money and inner.isdigit() and len(inner) == 4 and int(inner) in _YEARS and not alone:
            return first, "", "year"
        if not alone and self._is_aside(first):
            return first, "aside", ""
        if money or alone:
            return first, "-", ""
        if len(inner) < 3 and not text[:first].strip():
            return first, "", "mark"
        return first, "either", ""

    def _is_aside(self, first: int) -> bool:
        """Whether a number in brackets stands beside another one, 12 (3%), or in running text: (2) and (3)."""
        text = self._text
        return bool(re.search(r"[\d%‰][ \u00a0]?$", text[max(0, first - 2) : first])) or bool(
            _RUNNING.search(text, max(0, first - 12), first)
        )

    def _is_sign(self, before: re.Match[str], end: int) -> bool:
        """Whether a dash is the sign of the number, and neither a hyphen, nor that of a range or of a list's item."""
        text, at = self._text, before.start("sign1")
        left = text[:at]
        if left and (left[-1].isalnum() or left[-1] in "_)]}%°€$£¥₹-–."):
            return left[-3:] in words.CODES
        if not before["sign1"][-1].isspace():
            return True
        bare = left.rstrip(" \u00a0")
        return bare[-1:] in ("=", ":", "|", ";", "\t", "(") if bare.strip() else not text[end:].strip()

    def _kind(self, first: int, end: int, start: int, digits_end: int) -> str:
        """What a number is that nothing marks as a quantity."""
        text, digits = self._text, self._text[start:digits_end]
        if (first, end) != (start, digits_end) or not digits.isdigit():
            return "number"
        if len(digits) == 4 and int(digits) in _YEARS and _PERIOD.search(text, max(0, start - 12), start):
            return "year"
        if len(digits) == 4 and int(digits) in _YEARS and re.match(r"\s?:(?!\d)", text[end : end + 3]):
            return "year"
        if len(digits) < 4 and not text[:start].strip(" (") and re.match(r"[.)]\s+\S", text[end : end + 8]):
            return "mark"
        return "number"


@dataclass(frozen=True, slots=True)
class _Digits:
    """What the digits alone may mean: readings, the likeliest first, their decimal places, and whether in doubt.

    `grouped` and `fraction` are the two readings of 1.234, or None; `mark` is what stands between."""

    readings: tuple[Decimal, ...]
    places: int = 0
    doubt: bool = False
    mark: str = ""


def _meanings(reading: _Digits, suffix: Suffix, currency: str) -> tuple[list[Decimal], bool]:
    """All readings of a number with what stands behind it, the likeliest first, and whether another is as likely."""
    readings, doubt = list(reading.readings), reading.doubt
    if reading.mark and len(readings) == 2:
        grouped, fraction = readings
        if suffix.no_cents:
            return [grouped], False
        comma = suffix.decimal_comma or suffix.unit in words.COMMA_CURRENCIES or currency in words.COMMA_CURRENCIES
        if reading.mark == ",":
            doubt = suffix.decimal_comma
            readings = [fraction, grouped] if suffix.decimal_comma else [grouped, fraction]
        else:
            doubt = not (suffix.power > 0 and not comma)
            readings = [grouped, fraction] if comma else [fraction, grouped]
    doubt = doubt or suffix.doubt
    if suffix.raised:
        readings = [_EXACT.power(each, suffix.raised) for each in readings]
    if suffix.times > 1:
        readings = [_EXACT.multiply(each, suffix.times) for each in readings]
    if suffix.fraction is not None:
        readings = [_EXACT.add(each, suffix.fraction) for each in readings]
    if suffix.divisor:
        readings = [Decimal(repr(float(each) / suffix.divisor)) for each in readings]
    if suffix.exponent:
        readings = [_EXACT.scaleb(each, suffix.exponent) for each in readings]
    if not suffix.power:
        return readings, doubt
    scaled = [_EXACT.add(_EXACT.scaleb(each, abs(suffix.power)), suffix.added) for each in readings]
    if suffix.power < 0:
        return [*readings, *scaled], True
    return (scaled, doubt) if suffix.power_sure else ([*scaled, *readings], doubt)
