"""Raised and lowered characters as Unicode has them, or set apart: as they are they would join what stands before."""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_FIGURES = re.compile(r"[+\-−]?[0-9]+")
_ORDINAL = frozenset(("st", "nd", "rd", "th", "er", "re", "e", "è", "o", "a", "º", "ª"))


def script(before: str, words: str, after: str = "", *, lowered: bool = False) -> str:
    """What is written for raised `words`, between a text that ends in `before` and one that begins with `after`."""
    bare = words.strip()
    joins = bool(before.strip())
    if _FIGURES.fullmatch(bare) and (joins or after.isalnum()):
        return bare.translate(_LOWERED if lowered else _RAISED)
    if before.isdigit() and bare.lower() in _ORDINAL:
        return bare
    if joins and (before.isdigit() or bare[:1].isdigit()) and not words.startswith(("[", " ", "(")):
        return f" {words}"
    return words
