"""Read-only lists and dicts, and the way from any of the cell's values to plain JSON data."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, ValuesView
from typing import Any

from ...document.search.rows import RowRecord
from ...document.view import LargeText

_DEPTH = 100
# JSON of a longer number is refused by Python, on whichever side reads it.
_BITS = 13_000
_DIGITS = 4_000
# Each gives the JSON data of a package's value, or NotImplemented.
conversions: list[Callable[[Any], Any]] = []
_MOST_ITEMS = 1_000_000


class ReadOnlyList(Sequence[Any]):
    """A list that cannot be changed; its lists and dicts are read-only too."""

    __slots__ = ("_items",)
    _items: tuple[Any, ...]

    def __init__(self, items: Sequence[Any]) -> None:
        object.__setattr__(self, "_items", tuple(items))

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("context is read-only")

    def __getitem__(self, index: Any) -> Any:
        return ReadOnlyList(self._items[index]) if isinstance(index, slice) else read_only(self._items[index])

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        raise TypeError("unhashable type: 'list'")

    def __add__(self, other: Any) -> list[Any]:
        return [*self, *other]

    def copy(self) -> list[Any]:
        """A list of the same items, which may be changed."""
        return list(self)

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, _memo: object) -> Any:
        return plain(self)

    @property  # type: ignore[misc]  # Python's own is writable
    def __class__(self) -> Any:
        # `isinstance(context, list)` is true, as the code of a model expects; C code still sees that it is none.
        return list

    def __repr__(self) -> str:
        return repr(list(self))


class ReadOnlyDict(Mapping[Any, Any]):
    """A dict that cannot be changed; its lists and dicts are read-only too."""

    __slots__ = ("_items",)
    _items: Mapping[Any, Any]

    def __init__(self, items: Mapping[Any, Any]) -> None:
        object.__setattr__(self, "_items", items)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("context is read-only")

    def __getitem__(self, key: Any) -> Any:
        return read_only(self._items[key])

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __or__(self, other: Any) -> dict[Any, Any]:
        return {**self, **other}

    def copy(self) -> dict[Any, Any]:
        """A dict of the same items, which may be changed."""
        return dict(self)

    def __copy__(self) -> dict[Any, Any]:
        return dict(self)

    def __deepcopy__(self, _memo: object) -> Any:
        return plain(self)

    @property  # type: ignore[misc]  # Python's own is writable
    def __class__(self) -> Any:
        # As for a list: `isinstance(context, dict)` is true.
        return dict

    def __repr__(self) -> str:
        return repr(dict(self))


def read_only(value: Any) -> Any:
    """The value itself, or a read-only view where it is a list or a dict."""
    if type(value) is list:
        return ReadOnlyList(value)
    if type(value) is dict:
        return ReadOnlyDict(value)
    return value


def plain(value: Any, depth: int = 0) -> Any:
    """JSON data that says the same as `value`. Raises TypeError, naming the type, where there is none."""
    if depth > _DEPTH:
        raise TypeError(f"a value nested deeper than {_DEPTH} levels")
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if type(value) is LargeText:
        raise TypeError("a large text")
    if value is None or isinstance(value, bool):
        return value
    # Exact texts and numbers: those of a cell's class could do anything later, outside of the cell.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        number = int.__int__(value)
        if number.bit_length() > _BITS:
            raise TypeError("a whole number of more than 4,000 digits")
        return number
    if isinstance(value, float):
        real = float.__float__(value)
        if not math.isfinite(real):
            raise TypeError(f"{real} is not a JSON number")
        return real
    if isinstance(value, decimal.Decimal):
        return _plain_decimal(value)
    if isinstance(value, fractions.Fraction):
        return plain(int(value) if value.denominator == 1 else _real(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, RowRecord):
        return {name: plain(value[name], depth + 1) for name in value.keys()}  # noqa: SIM118  a Record is no mapping
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item, depth + 1) for name, item in value._asdict().items()}
    if isinstance(value, Set):
        return [plain(item, depth + 1) for item in _ordered(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)}
    if isinstance(value, Sequence | ValuesView) and not isinstance(value, bytes | bytearray):
        return [plain(item, depth + 1) for item in value]
    for convert in conversions:
        if (converted := convert(value)) is not NotImplemented:
            return converted
    if isinstance(value, Iterator | ValuesView):
        return [plain(item, depth + 1) for item in _bounded(value)]
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _plain_decimal(value: decimal.Decimal) -> int | float:
    if not value.is_finite():
        raise TypeError(f"{value} is not a JSON number")
    # Its size is told without writing it out: as an int, 1e3000000 would take minutes.
    if value and value.adjusted() > _DIGITS:
        raise TypeError("a number of more than 4,000 digits")
    whole = int(value)
    return plain(whole if value == whole else float(value))  # type: ignore[no-any-return]


def _real(value: fractions.Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise TypeError("a fraction that is too large for a float") from None


def _bounded(items: Iterable[Any]) -> Iterator[Any]:
    """The items of what may never end."""
    for count, item in enumerate(items):
        if count >= _MOST_ITEMS:
            raise TypeError(f"an iterator of more than {_MOST_ITEMS:,} items")
        yield item


def _key(key: Any) -> str:
    return str.__str__(key) if isinstance(key, str) else str(plain(key))


def _ordered(items: Set[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=repr)
