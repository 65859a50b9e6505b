"""Numbers and dates as people write them: read out of a text in each way that they may be meant, and put into patterns.

`document.numbers.to_number` takes one reading of a line's first number; to find a number again all of them count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from . import number_words

_MAX_DIGITS = 60
_SHORT = 1_000
_NARROW = "'’_\u00a0\u2009\u202f"
_SCALES = {"thousand": 3, "k": 3, "million": 6, "mio": 6, "mn": 6, "m": 6, "billion": 9, "bn": 9, "b": 9}
_SCALES |= {"trillion": 12, "tn": 12, "t": 12, "tsd": 3, "tausend": 3, "mille": 3, "mil": 3, "lakh": 5, "crore": 7}
_SCALES |= {"millionen": 6, "millions": 6, "millones": 6, "mrd": 9, "milliarde": 9, "milliarden": 9, "milliard": 9}
_SCALES |= {"milliards": 9, "billions": 9, "thousands": 3, "hundred": 2}
_LONG_SCALES = "|".join(sorted((name for name in _SCALES if len(name) > 2), key=len, reverse=True))
_MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
_MONTHS += ["August", "September", "October", "November", "December"]
# In other languages: German, French, Spanish.
_FOREIGN = [
    ["Januar", "Jänner", "janvier", "enero"],
    ["Februar", "février", "fevrier", "febrero"],
    ["März", "Maerz", "mars", "marzo"],
    ["avril", "abril"],
    ["Mai", "mayo"],
    ["Juni", "juin", "junio"],
    ["Juli", "juillet", "julio"],
    ["août", "aout", "agosto"],
    ["septembre", "septiembre"],
    ["Oktober", "octobre", "octubre"],
    ["novembre", "noviembre"],
    ["Dezember", "décembre", "decembre", "diciembre"],
]
_MONTH_OF = {name.casefold(): number for number, name in enumerate(_MONTHS, 1)}
_MONTH_OF |= {name[:3].casefold(): number for number, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_MONTH_OF |= {name.casefold(): number for number, names in enumerate(_FOREIGN, 1) for name in names}
_LONG_MONTHS = sorted([*_MONTHS, *(name for names in _FOREIGN for name in names)], key=len, reverse=True)
_MONTH = "|".join([*_LONG_MONTHS, *(rf"{name[:3]}\.?" for name in _MONTHS)]) + r"|Sept\.?"


def _token(groups: str, marks: str) -> re.Pattern[str]:
    digits = (
        rf"\d{{1,3}}(?P<mark>[{groups}])\d{{3}}(?:(?P=mark)\d{{3}})*(?!\d)(?:(?!(?P=mark))[{marks}]\d+)?"
        rf"|\d+(?:[{marks}]\d+)?|[{marks}]\d+"
    )
    return re.compile(
        r"(?P<open>\(\s?)?(?:(?<![\w)])(?P<sign>[-−]\s?))?(?:(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY))\s?(?P<sign2>[-−])?)?"
        rf"(?<!\d)(?<!\d[{marks}'’])(?P<digits>(?>{digits}))(?![{marks}'’]?\d)"
        r"(?:[eE](?P<exponent>[-+]?\d{1,3})(?!\w))?"
        r"(?P<percent>\s?(?:%|(?i:per\s?cent)\b))?"
        r"(?P<scale>[\s\u00a0-]?(?i:" + _LONG_SCALES + r")\b\.?|\s?(?:k|K|M|m|bn|mn|B|tn|T)\b)?"
        r"(?P<close>\s?\))?"
    )


# Spaces group the digits of a number, or stand between two; commas do either too in lines of comma-separated values.
_SPACED = _token(f".,{_NARROW} ", ".,")
_CLOSED = _token(f".,{_NARROW}", ".,")
_CELLS = _token(_NARROW, ".")
_CSV = re.compile(r"[A-Za-z\"],[^\s,]|[^\s,],[A-Za-z\"]|,,")

DATE = re.compile(
    r"(?<![\w-])(?:(?P<y1>\d{4})(?P<mark>[-/.])(?P<m1>\d{1,2})(?P=mark)(?P<d1>\d{1,2})(?:[T ]00:00(?::00)?)?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er)?\.?(?:\sof\s|\sde\s|\s|-)(?P<m2>{_MONTH}),?(?:\sde\s|\s|-)(?P<y2>\d{{4}})"
    rf"|(?P<m3>{_MONTH})\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y3>\d{{4}})"
    r"|(?P<plain>\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})))(?!\w|[-/.]\d)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])")


@dataclass(frozen=True, slots=True)
class Token:
    """A number as it stands in a text: where its digits are and all that belongs to it, what it may mean and most
    likely does, whether it is a percentage, its decimal places."""

    start: int
    end: int
    whole: tuple[int, int]
    values: frozenset[Decimal]
    likeliest: Decimal
    percent: bool
    places: int


def tokens(text: str, *, spaced: bool = False) -> Iterable[Token]:
    """Every number of a text in every way to tell it from its neighbours; `spaced`: only the way that takes spaces for
    separators of thousands. Of dates only the year is a number, of times nothing."""
    return _short_tokens(text, spaced) if len(text) <= _SHORT else _tokens(text, spaced)


@lru_cache(20_000)
def _short_tokens(text: str, spaced: bool) -> tuple[Token, ...]:
    """Lines are read again for each item that is looked for."""
    return tuple(_tokens(text, spaced))


def _tokens(text: str, spaced: bool) -> Iterator[Token]:
    patterns = [_SPACED] if spaced else [_SPACED, _CLOSED, *([_CELLS] if _CSV.search(text) else [])]
    if not _DIGIT.search(text):
        yield from _in_words(text)
        return
    blocked = [match.span() for match in DATE.finditer(text)] + [match.span() for match in _TIME.finditer(text)]
    blocked.sort(reverse=True)
    for pattern in patterns:
        left = blocked.copy()
        for match in pattern.finditer(text):
            start, end = match.span("digits")
            while left and left[-1][1] <= start:
                left.pop()
            if left and left[-1][0] <= start and end - start != 4:
                continue
            if _is_code(text, start, end, max(end, match.end("exponent"))):
                continue
            if made := _read(match, start, end):
                yield made
    yield from _in_words(text)


def _is_code(text: str, start: int, end: int, whole_end: int) -> bool:
    """Whether digits are a part of an identifier or of a tag: `e1500`, `ORD-1500`, `1500ab3`, `00200`."""
    if text[start] == "0" and end - start > 2 and text[start:end].isdigit():
        return True
    before = text[max(0, start - 3) : start]
    if before[-1:] == "_" or (before[-1:].isalpha() and before not in _CURRENCIES):
        return True
    if before[-1:] in ("-", "#") and before[-2:-1].isalnum() and not before[-2:-1].isdigit():
        return True
    return _CODE_END.match(text, whole_end) is not None


_CURRENCIES = frozenset(["USD", "EUR", "GBP", "CHF", "JPY"])
_CODE_END = re.compile(
    r"_|[A-Za-z]+[\d_]|[A-Za-z]{5,}(?<!thousand)(?<!million)(?<!billion)(?<!percent)|-[A-Za-z]*\d*[A-Za-z]\d"
)


def _in_words(text: str) -> Iterator[Token]:
    for start, end, number in number_words.read(text):
        yield Token(start, end, (start, end), frozenset([number]), number, False, 0)


def _read(match: re.Match[str], start: int, end: int) -> Token | None:
    digits, mark = match["digits"], match["mark"] if "mark" in match.re.groupindex else None
    if end - start > _MAX_DIGITS:
        return None
    made: list[Decimal] = []
    plain = digits.replace(mark, "") if mark else digits
    texts = [plain.replace(",", ".")]
    if mark in (".", ",") and digits.count(mark) == 1 and plain.isdigit():
        as_fraction = digits.replace(",", ".")
        # Nobody writes 8.008 million for so many thousands of millions.
        fraction = digits[0] == "0" or (mark == "." and match["scale"])
        texts = [as_fraction] if fraction else [plain, as_fraction][:: 1 if mark == "," else -1]
    negative = bool(match["sign"] or match["sign2"]) or bool(match["open"] and match["close"])
    exponent = int(match["exponent"] or 0)
    scale = (match["scale"] or "").strip(" \t\n\u00a0-.")
    for text in texts:
        try:
            number = Decimal(text).scaleb(exponent)
        except InvalidOperation:
            continue
        scaled = [number.scaleb(_SCALES[scale.lower()])] if scale else []
        # What is in brackets is a loss in accounts, and a note elsewhere; a single letter may be a unit.
        for each in [*scaled, *([number] if len(scale) <= 1 else [])]:
            made.append(-each if negative else each)
            if match["open"] and match["close"] and not (match["sign"] or match["sign2"]):
                made.append(each)
    places = len(texts[0].partition(".")[2])
    if not made:
        return None
    first, last = match.span()
    if match["open"] and not match["close"]:
        first += 1
    if match["close"] and not match["open"]:
        last = match.start("close")
    return Token(start, end, (first, last), frozenset(made), made[0], bool(match["percent"]), places)


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
_BEFORE, _AFTER = r"(?:\b|USD|EUR|GBP|CHF|JPY)", r"(?:\b|[A-Za-z])"


def pattern_of(number: Decimal, percent: bool) -> str:
    """A pattern of RE2 that occurs wherever the number stands in any style, and in some other places."""
    number = abs(number)
    shares = [number, number.scaleb(-2)] if percent else [number]
    forms = [(_BEFORE if share >= 1 or not share else "") + _form(share) + _AFTER for share in shares]
    if not percent and 0 < number < 100 and number != int(number):
        forms.append(_form(number.scaleb(2)) + r"\s?(?i:%|per ?cent)")
    for scale in (3, 5, 6, 7, 9, 12):
        scaled = number.scaleb(-scale)
        if scaled >= Decimal("0.1") and len(_figures(scaled)[0]) <= 8:
            forms.append(_form(scaled) + (r"[\s\x{A0}-]?[kKmMbBtT]" if scale not in (5, 7) else r"\s?[lLcC]"))
    forms += [rf"\b(?i:{words})" for words in number_words.patterns(number)]
    first, power = _figures(number)
    if number and abs(power) >= 3:
        shown = first[0] + (rf"(?:[.,]{first[1:]})" if first[1:] else "") + r"(?:[.,]?0*)?"
        forms.append(rf"{shown}[eE]{'-' if power < 0 else '[+]?'}0*{abs(power)}")
    return "(?:" + "|".join(forms) + ")"


def _figures(number: Decimal) -> tuple[str, int]:
    """The significant digits, and the power of ten of the first."""
    if not number:
        return "0", 0
    return "".join(map(str, number.as_tuple().digits)).strip("0") or "0", number.adjusted()


def _form(number: Decimal) -> str:
    whole, _, rest = f"{number:f}".partition(".")
    rest = rest.rstrip("0")
    made = f"0*{_MARKS.join(whole)}" if whole != "0" or not rest else "0?"
    return made + (rf"[.,]{rest}0*" if rest else "")


def date_patterns(match: re.Match[str]) -> str:
    """A pattern (of RE2 and of `re` alike) for all ways to write the date that `DATE` has matched."""
    if match["plain"]:
        parts = re.split(r"[/.]", match["plain"])
        mark = re.escape(re.sub(r"\d", "", match["plain"])[0])
        return mark.join(_padded(part) if len(part) < 3 else part for part in parts)
    year, month, day = _ymd(match)
    try:
        made = date(year, month, day)
    except ValueError:
        return re.escape(match[0])
    name = _MONTHS[made.month - 1]
    foreign = "|".join(_FOREIGN[made.month - 1])
    named = rf"(?:{name}|{foreign}|{name[:3]}\.?" + (r"|Sept\.?)" if made.month == 9 else ")")
    y, m, d = f"{made.year:04d}", _padded(str(made.month)), _padded(str(made.day))
    forms = [
        *(f"{y}{mark}{m}{mark}{d}" for mark in ("-", "/", r"\.")),
        rf"{d}(?:st|nd|rd|th|er)?\.?(?:\s+|\s+of\s+|\s+de\s+|-){named},?(?:\s+|\s+de\s+|-){y}",
        rf"{named}\s+{d}(?:st|nd|rd|th)?,?\s+{y}",
        *(f"{d}{mark}{m}{mark}{y}|{m}{mark}{d}{mark}{y}" for mark in ("/", r"\.", "-")),
    ]
    return "(?:" + "|".join(forms) + ")"


def _ymd(match: re.Match[str]) -> tuple[int, int, int]:
    year, day = match["y1"] or match["y2"] or match["y3"], match["d1"] or match["d2"] or match["d3"]
    if match["m1"]:
        return int(year), int(match["m1"]), int(day)
    name = (match["m2"] or match["m3"]).rstrip(".").casefold()
    return int(year), _MONTH_OF[name], int(day)


def _padded(part: str) -> str:
    return f"0?{part.lstrip('0') or '0'}"
