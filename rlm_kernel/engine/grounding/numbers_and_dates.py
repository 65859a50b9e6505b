"""Numbers and dates as people write them: read out of a text in each way that they may be meant, and put into patterns.

The grammar is that of `to_number`, which takes the likeliest reading; to find a number again all readings count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache, partial

from ...document.search import number_grammar
from ...document.search import number_words as words
from ...document.search.dates import DATE, MONTHS, OTHER_MONTHS, days
from ...document.search.number_suffixes import FRACTIONS, fraction_of, joins
from . import number_words

_MAX_DIGITS = 60
_SHORT = 1_000
_NARROW = "'’_\u00a0\u2009\u202f"


def _digits(groups: str, marks: str) -> re.Pattern[str]:
    digits = (
        rf"\d{{1,3}}(?P<mark>[{groups}])\d{{3}}(?:(?P=mark)\d{{3}})*(?!\d)(?:(?!(?P=mark))[{marks}]\d+)?"
        rf"|\d+(?:[{marks}]\d+)?"
    )
    return re.compile(rf"(?<!\d)(?<!\d[{marks}'’])(?P<digits>(?>{digits}))(?![{marks}'’]?\d)")


# Spaces group the digits of a number, or stand between two; commas do either too in lines of comma-separated values.
_WAYS = (_digits(f".,{_NARROW} ", ".,"), _digits(f".,{_NARROW}", ".,"), _digits(_NARROW, "."))
_CELLS = re.compile(r"[A-Za-z\"],[^\s,]|[^\s,],[A-Za-z\"]|,,")
_OTHER_WAYS = re.compile(rf"\d[ ,{_NARROW}]\d")

TIME = re.compile(
    r"(?<![\w:.-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<half>[ap])\.?m\b\.?)?(?![\w:])",
    re.IGNORECASE,
)
# A single letter may be a scale or a unit.
_LETTER = re.compile(r"\s?(bn|mn|tn|[kKmMBT])\b")
_LETTERS = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "tn": 12}


@dataclass(frozen=True, slots=True)
class FigureToken:
    """A number as it stands in a text: where its digits are and all that belongs to it, what it may mean and most
    likely does, whether it is a percentage, its decimal places."""

    start: int
    end: int
    whole: tuple[int, int]
    values: frozenset[Decimal]
    likeliest: Decimal
    percent: bool
    places: int


def tokens(text: str, *, one_way: bool = False) -> Iterable[FigureToken]:
    """Every number of a text in every way to tell it from its neighbours; `one_way`: only as `to_number` does.

    Of dates only the year is a number, and that not in one way; of times nothing.
    """
    return _short_tokens(text, one_way) if len(text) <= _SHORT else _tokens(text, one_way)


@lru_cache(20_000)
def _short_tokens(text: str, one_way: bool) -> tuple[FigureToken, ...]:
    """Lines are read again for each item that is looked for."""
    return tuple(_tokens(text, one_way))


def _tokens(text: str, one_way: bool) -> Iterator[FigureToken]:
    if _NUMERIC.search(text):
        for span in number_grammar.each(text):
            if (token := _token_of(text, span)) is not None and not (one_way and span.kind == "mark"):
                yield token
        if not one_way:
            yield from _other_ways(text)
    yield from _in_words(text)


def _token_of(text: str, span: number_grammar.NumberSpan) -> FigureToken | None:
    start, end = span.digits
    is_unit = not span.unit or span.unit in words.UNITS
    if end - start > _MAX_DIGITS or _is_code(text, start, end, span.end if is_unit else end):
        return None
    values = {_as_precise(value, span) for value in span.readings}
    if text[span.start] == "(":
        # What is in brackets is a loss in accounts, and a note elsewhere.
        values |= {abs(value) for value in values}
    plain = _plain(text[start:end])
    if match := _LETTER.match(text, end):
        signs = {-1 if value < 0 else 1 for value in values}
        powers = (0, _LETTERS[match[1].lower()])
        values |= {(sign * each).scaleb(power) for each in plain for power in powers for sign in signs}
    whole = (span.start, span.end)
    return FigureToken(
        start, end, whole, frozenset(values), _as_precise(span.readings[0], span), span.percent, span.places
    )


def _as_precise(value: Decimal, span: number_grammar.NumberSpan) -> Decimal:
    """20.99 million with the precision that it is written with, so that it may be the rounding of another number."""
    places = Decimal(1).scaleb(len(str(span.scale)) - 1 - span.places)
    try:
        precise = value.quantize(places)
    except InvalidOperation:
        return value
    return precise if precise == value else value


def _plain(digits: str) -> list[Decimal]:
    try:
        return [Decimal(digits.replace(",", ""))]
    except InvalidOperation:
        return []


def _other_ways(text: str) -> Iterator[FigureToken]:
    """Digits that spaces or commas may group or separate otherwise than the grammar says, and the years of dates."""
    dates = [match.span() for match in DATE.finditer(text)]
    if not dates and not _OTHER_WAYS.search(text):
        return
    found: dict[tuple[int, int], FigureToken] = {}
    for pattern in _WAYS if _CELLS.search(text) else _WAYS[:2]:
        left = dates[::-1]
        for match in pattern.finditer(text):
            start, end = match.span("digits")
            while left and left[-1][1] <= start:
                left.pop()
            if left and left[-1][0] <= start:
                if end - start != 4:
                    continue
            elif text[end : end + 1] == ":" or text[start - 1 : start] == ":":
                continue  # a time
            if (start, end) not in found and not _is_code(text, start, end, end):
                found[start, end] = _other_way(text, match)
    yield from found.values()


def _other_way(text: str, match: re.Match[str]) -> FigureToken:
    digits, mark = match["digits"], match["mark"]
    start, end = match.span("digits")
    plain = digits.replace(mark, "") if mark else digits
    values = [Decimal(plain.replace(",", "."))] if len(plain) <= _MAX_DIGITS else []
    if mark in (".", ",") and digits.count(mark) == 1 and plain.isdigit():
        values.append(Decimal(digits.replace(",", ".")))
    percent = _PERCENT.match(text, end) is not None
    signed = [-each for each in values] if text[start - 1 : start] in ("-", "−") else []
    likeliest = values[0] if values else Decimal(0)
    return FigureToken(start, end, (start, end), frozenset(values + signed), likeliest, percent, 0)


_PERCENT = re.compile(r"\s?%")
_NUMERIC = re.compile(rf"[\d{FRACTIONS}]")


def _is_code(text: str, start: int, end: int, whole_end: int) -> bool:
    """Whether digits are a part of an identifier or of a tag: `e1500`, `ORD-1500`, `1500ab3`, `00200`."""
    if text[start] == "0" and end - start > 2 and text[start:end].isdigit():
        return True
    before = text[max(0, start - 3) : start]
    if before and joins(before[-1]) and before not in words.CODES and before[-2:] not in ("Rs", "RM", "kr"):
        return True
    if before[-1:] in ("-", "#") and before[-2:-1].isalnum() and not before[-2:-1].isdigit():
        return True
    return _CODE_END.match(text, whole_end) is not None


_CODE_END = re.compile(
    r"_|[A-Za-z]+[\d_]|[A-Za-z]{5,}(?<!thousand)(?<!million)(?<!billion)(?<!percent)|-[A-Za-z]*\d*[A-Za-z]\d"
)


def _in_words(text: str) -> Iterator[FigureToken]:
    for start, end, number in number_words.read(text):
        yield FigureToken(start, end, (start, end), frozenset([number]), number, False, 0)


def value_of(number: int | float) -> Decimal | None:
    """The number as it is written, None for what is no number or too long to be looked for."""
    try:
        if isinstance(number, int) and abs(number) >= 10**_MAX_DIGITS:
            return None
        made = Decimal(str(number))
    except (InvalidOperation, ValueError):
        return None
    return made if made.is_finite() else None


_MARKS = r"[.,'’_ \x{A0}\x{2009}\x{202F}]?"
_BEFORE, _AFTER = r"(?:\b|[A-Z]{3}|Rs|RM|kr)", r"(?:\b|[A-Za-z])"
_POWER = r"\s?[x×·*⋅]\s?10"
_LETTERS_OF = {2: "hc", 3: "ktmdtт", 5: "l", 6: "mм", 7: "c", 9: "bmgм", 12: "btт"}
_LATIN_SCALES = {scale: rf"(?:[\s\x{{A0}}-]?(?i:[{letters}])|{_POWER})" for scale, letters in _LETTERS_OF.items()}
_EAST_SCALES = {3: "[千천]", 4: "[万萬만]", 6: "(?:百[万萬]|백만)", 7: "(?:千[万萬]|천만)", 8: "[億亿억]", 12: "[兆조]"}
_EAST_SIGNS = frozenset(_EAST_SCALES.values())
# Zeros of other scripts: Arabic, Persian, Devanagari, Bengali, Thai, and those of full width.
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10)
_OTHER_DIGIT_OF = {str(digit): f"[{''.join(chr(zero + digit) for zero in _ZEROS)}]" for digit in range(10)}
_DIGIT_OF = {digit: f"[{digit}{others[1:]}" for digit, others in _OTHER_DIGIT_OF.items()}
_MOST_SCALED = 12
# Below one: hardly anybody writes 0.012 million.
_LEAST_SCALED = Decimal("0.1")


def pattern_of(number: Decimal, percent: bool, *, ascii_only: bool = True) -> str:
    """A pattern of RE2 that occurs wherever the number stands in any style, and in some other places.

    `ascii_only`: of a text without any other characters, which is faster.
    """
    number = abs(number)
    form = partial(_form, scripts=not ascii_only)
    shares = [number, number.scaleb(-2)] if percent else [number]
    forms = [(_BEFORE if share >= 1 or not share else "") + _form(share) + _AFTER for share in shares]
    forms += [] if ascii_only else [_form(share, scripts=True, latin=False) for share in shares]
    if not percent and 0 < number < 100 and number != int(number):
        forms.append(form(number.scaleb(2)) + r"\s?(?i:[%٪]|p|por ?c)")
    for scale, signs in [*_LATIN_SCALES.items(), *(() if ascii_only else _EAST_SCALES.items())]:
        scaled = number.scaleb(-scale)
        if scaled >= _LEAST_SCALED and len(_figures(scaled)[0]) <= _MOST_SCALED:
            forms.append(form(scaled) + signs)
        if scaled > 1 and scaled != int(scaled) and signs in _EAST_SIGNS:
            forms.append(form(Decimal(int(scaled))) + signs)  # 3億5000万 begins so
    forms += _fractions(number)
    forms += [rf"\b(?i:{words})" for words in number_words.patterns(number)]
    first, power = _figures(number)
    if number and abs(power) >= 3:
        shown = first[0] + (rf"(?:[.,]{first[1:]})" if first[1:] else "") + r"(?:[.,]?0*)?"
        forms.append(rf"{shown}(?:[eE]{'-' if power < 0 else '[+]?'}0*{abs(power)}|{_POWER})")
    return "(?:" + "|".join(forms) + ")"


def _fractions(number: Decimal) -> list[str]:
    """`2½`, `2 1/2`."""
    whole = int(number)
    rest = number - whole
    if not rest:
        return []
    before = _form(Decimal(whole)) + r"[\s\x{A0}]?" if whole else ""
    forms = [before + sign for sign in FRACTIONS if abs(fraction_of(sign) - rest) < Decimal("0.001")]
    share = Fraction(rest).limit_denominator(64)
    if abs(share.numerator / share.denominator - float(rest)) < 0.001:
        forms.append(rf"{before}\b{share.numerator}/{share.denominator}\b")
    if not whole and share.denominator > 1:
        forms.append(rf"\b{share.numerator}/{share.denominator}\b")
    return forms


def _figures(number: Decimal) -> tuple[str, int]:
    """The significant digits, and the power of ten of the first."""
    if not number:
        return "0", 0
    return "".join(map(str, number.as_tuple().digits)).strip("0") or "0", number.adjusted()


def _form(number: Decimal, *, scripts: bool = False, latin: bool = True) -> str:
    """The digits with any marks; `scripts`: also in digits of other scripts, not `latin`: only in those."""
    whole, _, rest = f"{number:f}".partition(".")
    rest = rest.rstrip("0")
    marks, point = (_MARKS.replace(".,", ".,٬，", 1), "[.,٫．]") if scripts else (_MARKS, "[.,]")
    digits = _DIGIT_OF if latin else _OTHER_DIGIT_OF
    whole_digits, rest_digits = ([digits[each] if scripts else each for each in part] for part in (whole, rest))
    zero = digits["0"] if scripts else "0"
    form = f"{zero}*{marks.join(whole_digits)}" if whole != "0" or not rest else f"{zero}?"
    return form + (rf"{point}{''.join(rest_digits)}{zero}*" if rest else "")


def date_patterns(match: re.Match[str]) -> str:
    """A pattern (of RE2 and of `re` alike) for all ways to write the date that `DATE` has matched."""
    written = _as_written(match["plain"]) if match["plain"] else re.escape(match[0])
    forms = [form for day in days(match) for form in _forms(day)]
    return "(?:" + "|".join(dict.fromkeys([*forms, written])) + ")"


def _as_written(plain: str) -> str:
    parts = re.split(r"[/.]", plain)
    mark = re.escape(re.sub(r"\d", "", plain)[0])
    return mark.join(_padded(part) if len(part) < 3 else part for part in parts)


def _forms(day: date) -> list[str]:
    name = MONTHS[day.month - 1]
    foreign = "|".join(OTHER_MONTHS[day.month - 1])
    named = rf"(?:{name}|{foreign}|{name[:3]}\.?" + (r"|Sept\.?)" if day.month == 9 else ")")
    y, m, d = f"{day.year:04d}", _padded(str(day.month)), _padded(str(day.day))
    return [
        *(f"{y}{mark}{m}{mark}{d}" for mark in ("-", "/", r"\.")),
        f"{y}年{m}月{d}日",
        rf"{d}(?:st|nd|rd|th|er)?\.?(?:\s+|\s+of\s+|\s+de\s+|-){named},?(?:\s+|\s+de\s+|-){y}",
        rf"{named}\s+{d}(?:st|nd|rd|th)?,?\s+{y}",
        *(f"{d}{mark}{m}{mark}{y}|{m}{mark}{d}{mark}{y}" for mark in ("/", r"\.", "-")),
        rf"{d}\.{m}\.{y[2:]}",
    ]


def time_patterns(hour: int, minute: int, half: str) -> str:
    """The same for a time of day; `half` is "a" or "p" of a clock of twelve hours."""
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    twelve, sign = hour % 12 or 12, "p" if hour >= 12 else "a"
    rest = rf"[:.h]{minute:02d}"
    return (
        rf"(?:(?:\d{{4}}-\d\d-\d\dT)?0?{hour}{rest}(?::\d\d)?(?:Z|[-+]\d\d:?\d\d)?"
        rf"|0?{twelve}{rest}(?::\d\d)?\s?{sign}\.?m\b\.?)"
    )


def _padded(part: str) -> str:
    return f"0?{part.lstrip('0') or '0'}"
