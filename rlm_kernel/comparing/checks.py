"""Whether an answer is right, and whether two answers are the same: by code, for the kinds of answer that there are.

It asks no model. A user's own check is a function `(value, expected) -> bool`; what it raises is the user's to see.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..document.search.numbers import to_number

Check = Callable[[Any, Any], bool]

BUILT_IN = ("exact", "text", "number", "items")
"""exact: the same JSON value (texts without the blanks around them); text: the same words, whatever their case and a
full stop at the end, also in lists; number: within the tolerance, also where it stands in a text; items: the same list
in any order, its texts as in `text`."""


def right(value: Any, expected: Any, check: str, tolerance: float | str, own: Mapping[str, Check]) -> bool:
    """Whether a value is the expected one. `check` is built in, or the name of one of the user's `own`."""
    if check in own:
        try:
            return bool(own[check](value, expected))
        except Exception as error:
            name = type(error).__name__
            raise ValueError(f"The check {check!r} fails on the value {value!r:.100}: {name}: {error}.") from error
    if value is None or expected is None:
        return value is expected
    return same(value, expected, check, tolerance)


def same(value: Any, other: Any, check: str, tolerance: float | str) -> bool:
    """Whether two answers are the same one, as this check sees it; for a user's own check, as `exact` does."""
    if check == "number":
        return _close(_number(value), _number(other), tolerance)
    if check in ("text", "items"):
        value, other = _words(value), _words(other)
    if check == "items" and isinstance(value, list) and isinstance(other, list):
        return _same_items(value, other)
    return _equal(value, other)


def agreement(values: Sequence[Any], check: str, tolerance: float | str) -> float | None:
    """The share of the answer that was given most often; None for none."""
    groups: list[list[Any]] = []
    for value in values:
        for group in groups:
            if same(value, group[0], check, tolerance):
                group.append(value)
                break
        else:
            groups.append([value])
    return max(map(len, groups)) / len(values) if values else None


def bound(tolerance: float | str, expected: float) -> float:
    """How far from the expected number an answer may be: a number, or a share of it such as "1%". Raises ValueError."""
    text = str(tolerance).strip()
    share = float(text.removesuffix("%")) / 100 * abs(expected) if text.endswith("%") else float(text)
    if not math.isfinite(share) or share < 0 or isinstance(tolerance, bool):
        raise ValueError(text)
    return share


def _close(value: float | None, expected: float | None, tolerance: float | str) -> bool:
    if value is None or expected is None:
        return value is expected
    try:
        # Beside the tolerance, what adding up in floating point loses.
        return abs(value - expected) <= bound(tolerance, expected) or math.isclose(value, expected, rel_tol=1e-12)
    except OverflowError:  # an integer that no float holds
        return value == expected


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return to_number(value)
    except ValueError:
        return None


def _words(value: Any) -> Any:
    if isinstance(value, list):
        return [_words(item) for item in value]
    return " ".join(value.split()).rstrip(".!?").casefold() if isinstance(value, str) else value


def _same_items(value: list[Any], other: list[Any]) -> bool:
    left = list(other)
    for item in value:
        for index, candidate in enumerate(left):
            if _equal(item, candidate):
                del left[index]
                break
        else:
            return False
    return not left


def _equal(value: Any, other: Any) -> bool:
    """Equality of JSON data in which true is not 1."""
    if isinstance(value, str) and isinstance(other, str):
        return value.strip() == other.strip()
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_equal, value, other))
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(_equal(value[key], other[key]) for key in value)
    return bool(value == other)
