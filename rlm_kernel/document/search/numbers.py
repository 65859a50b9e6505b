"""to_number: the first number in a line, as people write numbers."""

from __future__ import annotations

import re

from .rows import short

_NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<sign1>[-−+])?\s?(?P<currency>[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY)\s?)?\s?(?P<sign2>[-−+])?"
    r"(?<![\w.,])(?P<digits>\d+(?:[ '\u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
    r"(?P<exponent>[eE][-+]?\d+)?(?P<scale>\s?(?:thousand|million|billion|trillion)\b|(?:K|k|M|B|bn|mn)\b)?"
    r"(?![A-Za-z_])(?P<close>\s*%?\s*\))?"
)
_SCALE = {"thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12}


def to_number(text: str) -> int | float:
    """See the tool `to_number`."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return text
    line = getattr(text, "line", text)
    if not isinstance(line, str):
        raise ValueError(f"to_number: give a text, not {type(text).__name__}")
    for match in _NUMBER.finditer(line):
        number = _value(match["digits"], match["exponent"] or "")
        if match["scale"]:
            number = number * 10 ** _SCALE[match["scale"].strip().lower()]
            number = int(number) if float(number).is_integer() else number
        negative = (match["sign1"] or match["sign2"] or "") in ("-", "−") and bool(match["sign1"] or match["sign2"])
        if match["open"] and match["close"]:
            negative = True
        return -number if negative else number
    raise ValueError(
        f"to_number: there is no number in {short(line)!r}: leave such lines out; to count matches use len(...)"
    )


def _value(digits: str, exponent: str) -> int | float:
    plain = re.sub(r"[ '\u00a0\u202f]", "", digits)
    marks = re.sub(r"\d", "", plain)
    if len(set(marks)) == 2:
        decimal = marks[-1]
        plain = plain.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    elif marks and (len(marks) > 1 or marks == ",") and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        plain = plain.replace(marks[0], "")
    elif len(marks) > 1:
        plain = ".".join(re.split("[.,]", plain)[:2])
    else:
        plain = plain.replace(",", ".")
    return float(plain + exponent) if "." in plain or exponent else int(plain)
