"""The number formats of spreadsheets: what of a number is shown that its value does not tell."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal

_BUILT_IN = {"9": "0%", "10": "0.00%"}
_DATES = {*map(str, range(14, 18)), "22", *map(str, range(27, 32)), *map(str, range(50, 59))}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<clock>\[[hms]+\])|\[[^\]]*\]'
    r"|(?P<general>General)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTIONS = re.compile(r'(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])+|(?<=;)(?=;)', re.DOTALL)
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
_SIGNS = " \u00a0\u202f-+–()_/"
_CURRENCY = re.compile(r"[$€£¥₹₽₩₺₪₫฿]|[A-Z]{3}|US\$")
_SCALES = re.compile(
    r"(?<![^\W\d_])(?:[kKmMbBtT]|[Tt]sd\.?|[Mm]io\.?|[Mm]rd\.?|[Mm]ln\.?|mn|bn|MM|thousand|million|billion)(?![^\W\d_])"
)
_MIDNIGHT = {0: "1900-01-00", 60: "1900-02-29"}


@dataclass(frozen=True, slots=True)
class NumberForm:
    """`percent`: shown times 100; `zeros`: digits with leading zeros; `date`: days since the beginning of 1900.
    `unit`: a currency or a unit behind or before the number; `words`: others that are shown with it, or for it."""

    percent: bool = False
    zeros: int = 0
    date: bool = False
    unit: str = ""
    words: str = ""

    def text(self, value: str, *, from_1904: bool) -> str | None:
        """What stands for a value, None where the value itself does."""
        try:
            number = Decimal(repr(float(value)))
        except (ValueError, ArithmeticError):
            return None
        if self.percent:
            return f"{_short(number.scaleb(2))}%"
        if self.zeros:
            return f"{int(number):0{self.zeros}d}" if number >= 0 and number == int(number) else None
        if self.date:
            return _day(number, from_1904=from_1904)
        return None


def _short(number: Decimal) -> str:
    words = f"{number:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def _day(number: Decimal, *, from_1904: bool) -> str | None:
    """The days that only a spreadsheet has: those before its first one, the 0th, and the 29th of February 1900."""
    if number < 0:
        return _short(number)
    whole = int(number)
    if from_1904:
        if whole:
            return None
        seconds = round(float(number % 1) * 86_400)
        moment = datetime.datetime(1904, 1, 1) + datetime.timedelta(seconds=seconds)
        return moment.isoformat().removesuffix("T00:00:00")
    return _MIDNIGHT.get(whole) if number == whole else None


def day_of(value: str, code: str, *, from_1904: bool) -> str | None:
    """The day, or the moment, that a number means in a format of dates; None where it is none."""
    form = form_of("", code)
    try:
        number = Decimal(value)
        if not form.date:
            return None
        first = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30 + (number < 60))
        moment = first + datetime.timedelta(seconds=round(float(number) * 86_400))
    except (ValueError, ArithmeticError):
        return None
    return form.text(value, from_1904=from_1904) or moment.isoformat().removesuffix("T00:00:00")


def form_of(number: str, code: str | None) -> NumberForm:
    """The form that a format means: its number, and its code where the file has one."""
    if code is None:
        code = _BUILT_IN.get(number, "")
        if not code:
            return NumberForm(date=number in _DATES)
    bones, units, words = [], set(), set()
    for section in _SECTIONS.findall(code)[:4]:
        bone, before, after = _parts(section)
        if "@" in bone and not re.search(r"[0#?]", bone):
            continue
        bones.append(bone)
        unit, rest = _unit(bone, before, after)
        if re.search(r"[0#?]|General", bone):
            units.add(unit)
        if rest:
            words.add(rest)
    first = bones[0] if bones else ""
    if re.search(r"[dmyhs]", first.replace("General", ""), re.IGNORECASE):
        return NumberForm(date=re.search(r"[dy]", first, re.IGNORECASE) is not None)
    if "%" in first:
        return NumberForm(percent=True)
    if re.fullmatch(r"0{2,}", first) and units == {""} and not words:
        return NumberForm(zeros=len(first))
    if len(units) > 1:
        words |= units - {""}
    return NumberForm(unit=units.pop() if len(units) == 1 else "", words=", ".join(sorted(words)))


def _parts(section: str) -> tuple[str, str, str]:
    """The signs of a section that mean something, and the characters before and behind the digits."""
    bone, before, after = "", "", ""
    for match in _TOKEN.finditer(section):
        other = match["other"] or ""
        if match["general"] or match["clock"] or other in tuple("0#?.,%@dmyhsDMYHSeE"):
            bone += (match["general"] and "General") or match["clock"] or other
            continue
        literal = match["quoted"] or match["escaped"] or match["currency"] or other
        if re.search(r"[0#?]|General", bone):
            after += literal
        else:
            before += literal
    return bone, before.strip(_SIGNS), after.strip(_SIGNS)


def _unit(bone: str, before: str, after: str) -> tuple[str, str]:
    """The unit that the characters beside a number are, and those that are none."""
    if _SCALED.search(bone):
        # The value is the whole number: what it is shown in would multiply it again.
        before, after = (" ".join(_SCALES.sub(" ", one).split()) for one in (before, after))
    if _CURRENCY.fullmatch(before):
        return (f"{before} {after}" if after else before), ""
    if not before and after and len(after) <= 20:
        return after, ""
    return "", " … ".join(filter(None, (before, after)))
