"""The numbers before paragraphs, as letters and Roman ones too."""

from __future__ import annotations

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_SMALL = ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def written(number: int, form: str) -> str:
    """A number in the form that Office calls lowerRoman, upperLetter, decimalZero ..."""
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        made = ""
        for value, letters in (*_ROMAN, *_ROMAN_SMALL):
            made += letters * (number // value)
            number %= value
        return made.upper() if form == "upperRoman" else made
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    return f"{number:02d}" if form == "decimalZero" else str(number)
