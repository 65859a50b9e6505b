"""What the user's tools return, as JSON data: tables, arrays, models, dates. It knows no library that is not loaded."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from ...trace.json_values import MAX_DEPTH, encodable

_MOST = 1_000_000
_PLAIN = (bool, int, str, type(None))


def jsonable(value: Any, limit: int) -> Any:
    """JSON data of about `limit` bytes at most: a table is a list of records; NaN, NaT and infinities are None; the
    keys of dicts are texts. Raises TypeError for what is no data (bytes, functions ...), ValueError for too much."""
    return _Converter(limit).convert(value, 0)


class _Converter:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._chars = 0
        self._items = 0

    def convert(self, value: Any, depth: int) -> Any:
        self._items += 1
        if self._items > _MOST or self._chars > 2 * self._limit:
            raise ValueError(f"it is larger than {self._limit / 1e6:g} MB as JSON: let the tool return less")
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply: return flat lists and dicts")
        if type(value) in _PLAIN:
            self._chars += len(value) if type(value) is str else 4
            return encodable(value) if type(value) is str else value
        if isinstance(value, float):
            self._chars += 8
            return float(value) if math.isfinite(value) else None
        if isinstance(value, bytes | bytearray | memoryview):
            raise TypeError("it has bytes in it: return text, e.g. data.decode()")
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, Enum):
            return self.convert(value.value, depth + 1)
        if isinstance(value, BaseModel):
            return self.convert(value.model_dump(), depth + 1)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self.convert({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, depth + 1)
        if isinstance(value, Mapping):
            return {self._key(key): self.convert(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset | Iterator) or (
            isinstance(value, Iterable) and type(value).__module__ in ("builtins", "collections")
        ):
            return [self.convert(inner, depth + 1) for inner in value]
        if (library := _library(value)) in ("numpy", "pandas", "polars", "pyarrow"):
            return self._of_library(value, library, depth)
        return self._leaf(value)

    def _of_library(self, value: Any, library: str, depth: int) -> Any:
        shape = getattr(value, "shape", ())
        if (cells := math.prod(shape)) > _MOST:
            raise ValueError(f"it has {cells:,} cells, more than {_MOST:,}: let the tool return a part or a summary")
        kind = type(value).__name__
        if kind in ("NaTType", "NAType") or (not shape and kind == "datetime64" and str(value) == "NaT"):
            return None
        if library == "pandas" and kind == "DataFrame":
            plain = type(value.index).__name__ == "RangeIndex"
            return self.convert((value if plain else value.reset_index()).to_dict(orient="records"), depth + 1)
        if library == "pandas" and kind == "Series":
            if type(value.index).__name__ == "RangeIndex":
                return self.convert(value.tolist(), depth + 1)
            named = value.to_dict() if value.index.is_unique else value.reset_index().to_dict(orient="records")
            return self.convert(named, depth + 1)
        for method in ("to_dicts", "to_pylist", "to_list", "tolist", "item"):
            if callable(make := getattr(value, method, None)):
                return self.convert(make(), depth + 1)
        return self._leaf(value)

    def _leaf(self, value: Any) -> Any:
        self._chars += 20
        try:
            return to_jsonable_python(value)
        except (PydanticSerializationError, ValueError, UnicodeError):
            pass
        kind = type(value).__name__
        raise TypeError(f"a {kind} is no JSON data: return str, numbers, lists, dicts, tables or dataclasses")

    def _key(self, key: Any) -> str:
        if isinstance(key, bytes):
            raise TypeError("it has bytes in it: return text, e.g. data.decode()")
        plain_key = key.value if isinstance(key, Enum) else key
        text = plain_key if isinstance(plain_key, str) else str(plain_key)
        self._chars += len(text)
        return encodable(text)


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]
