"""JSON data whose order and number types survive programs that keep neither.

Notebooks are saved with sorted keys, and a browser writes 2.0 as 2 and moves keys that look like numbers to the front.
In the ordered form a dict is `{"pairs": [[key, value], ...]}`, and a number that a browser would change is
`{"number": "2.0"}`; everything else is as in JSON.
"""

from __future__ import annotations

import json
from typing import Any

_EXACT = 1 << 53  # above it not every whole number is one of JavaScript's


def needs_order(data: Any) -> bool:
    """Whether the data would read differently after it was saved in a notebook."""
    if isinstance(data, dict):
        return len(data) > 1 or any(map(needs_order, data.values()))
    if isinstance(data, list):
        return any(map(needs_order, data))
    return _is_changed(data)


def ordered(data: Any) -> Any:
    """JSON data in the ordered form."""
    if isinstance(data, dict):
        return {"pairs": [[key, ordered(value)] for key, value in data.items()]}
    if isinstance(data, list):
        return [ordered(item) for item in data]
    return {"number": json.dumps(data)} if _is_changed(data) else data


def from_ordered(data: Any) -> Any:
    """The JSON data of an ordered form. Raises ValueError for what is none."""
    if isinstance(data, list):
        return [from_ordered(item) for item in data]
    match data:
        case {"pairs": list(pairs)} if all(isinstance(each, list) and len(each) == 2 for each in pairs):
            return {str(key): from_ordered(value) for key, value in pairs}
        case {"number": str(text)}:
            number = json.loads(text)
            if isinstance(number, int | float):
                return number
    if isinstance(data, dict):
        raise ValueError("this is no ordered form of JSON data")
    return data


def _is_changed(data: Any) -> bool:
    if isinstance(data, float):
        return data.is_integer()
    return isinstance(data, int) and not isinstance(data, bool) and abs(data) > _EXACT
