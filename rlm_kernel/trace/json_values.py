"""JSON data as a trace holds it: texts that UTF-8 can carry, finite numbers, bounded depth.

Each function treats one property, so that a caller says what it needs. Sub-kernels have their own (`inside`), since
nothing of ours is imported there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 100
_EXACT = 1 << 53  # above it not every whole number is one of JavaScript's


def encodable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot carry, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def with_texts(data: Any, change: Callable[[str], str]) -> Any:
    """JSON data with every text in it, and every key, as `change` returns it."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list):
        return [with_texts(item, change) for item in data]
    if isinstance(data, dict):
        return {with_texts(key, change): with_texts(item, change) for key, item in data.items()}
    return data


def without_surrogates(data: Any) -> Any:
    """JSON data whose texts, and keys, are `encodable`."""
    return with_texts(data, encodable)


def storable(value: Any, depth: int = 0) -> Any:
    """JSON data that reads back as it was written: `encodable` texts, NaN and infinities as None.

    Raises ValueError where it is nested deeper than MAX_DEPTH.
    """
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item, depth + 1) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_json(value: Any) -> bool:
    """Whether JSON can hold the value: no NaN, no number or nesting that nothing else can read."""
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def canonical(data: Any) -> Any:
    """JSON data with numbers as a program writes them that knows only one kind of them, such as a browser."""
    if isinstance(data, dict):
        return {str(key): canonical(item) for key, item in data.items()}
    if isinstance(data, list):
        return [canonical(item) for item in data]
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) > _EXACT:
        data = float(data) if data.bit_length() < 1_024 else str(data)
    return int(data) if isinstance(data, float) and math.isfinite(data) and data.is_integer() else data
