"""`bytearray`, `memoryview` and `struct` where memory could change under the hands of who reads it, or is no data."""

from __future__ import annotations

import operator
import struct
import sys
from collections.abc import Callable
from typing import Any

from . import guards
from .own_classes import order_of, stand_for
from .values import NAMED
from .writing import allow_writing


def has_addresses(obj: Any) -> bool:
    """Whether it is an array of numpy's whose memory holds addresses of objects."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not any(each is numpy.ndarray for each in order_of(type(obj))):
        return False
    return bool(numpy.ndarray.dtype.__get__(obj).hasobject)


def exported(obj: Any) -> Any:
    """What is to be read, or written to, as bytes. Raises TypeError for an array of objects."""
    if has_addresses(obj):
        raise TypeError("the bytes of an array of objects are not available in the sandbox: use a.tolist()")
    return obj


class _ViewMeta(type):
    def __call__(cls, object: Any) -> Any:  # noqa: A002  the name of Python's own
        return memoryview(exported(object))

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, memoryview)

    def __repr__(cls) -> str:
        return "<class 'memoryview'>"


class MemoryView(metaclass=_ViewMeta):
    """Stands for `memoryview`, of data only."""


MemoryView.__name__ = MemoryView.__qualname__ = "memoryview"


def _sought(value: Any) -> Any:
    """An exact number or exact bytes: what computed itself could change the bytes while they are searched."""
    if type(value) in (int, bytes, bytearray, ByteArray):
        return value
    if hasattr(type(value), "__index__") and not hasattr(type(value), "__len__"):
        return operator.index(value)
    return bytes(memoryview(exported(value)))


def _searching(name: str) -> Callable[..., Any]:
    search = getattr(bytearray, name)

    def method(self: Any, sub: Any, *bounds: Any) -> Any:
        exact = [None if each is None else operator.index(each) for each in bounds]
        prefixes = name in ("startswith", "endswith") and isinstance(sub, tuple)
        return search(self, tuple(map(_sought, sub)) if prefixes else _sought(sub), *exact)

    return method


def _made(name: str) -> Callable[..., Any]:
    """A method that gives byte arrays, which are of the class again."""
    make = getattr(bytearray, name)

    def method(self: Any, *args: Any, **options: Any) -> Any:
        made = make(self, *args, **options)
        if isinstance(made, list | tuple):
            return type(made)(ByteArray(each) for each in made)
        return ByteArray(made) if type(made) is bytearray else made

    return method


class ByteArray(bytearray):
    """Python's own, searched for exact values only."""

    __slots__ = ()

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            super().__setitem__(index, value if isinstance(value, bytes | bytearray) else bytes(value))
        else:
            super().__setitem__(operator.index(index), operator.index(value))

    def __mod__(self, values: Any) -> Any:
        return ByteArray(bytes(self) % values)

    def hex(self, *args: Any, **options: Any) -> str:
        """The bytes in hexadecimal."""
        return bytes(self).hex(*args, **options)


_SEARCHES = ("__contains__", "count", "find", "rfind", "index", "rindex", "startswith", "endswith")
_MAKERS = (
    *("__add__", "__mul__", "__rmul__", "__getitem__", "capitalize", "center", "copy", "expandtabs", "join", "ljust"),
    *("lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rjust", "rpartition", "rsplit"),
    *("rstrip", "split", "splitlines", "strip", "swapcase", "title", "translate", "upper", "zfill"),
)
for _names, _wrapped in ((_SEARCHES, _searching), (_MAKERS, _made)):
    for _name in _names:
        _method = _wrapped(_name)
        _method.__name__, _method.__doc__ = _name, getattr(bytearray, _name).__doc__
        _method.__qualname__ = f"bytearray.{_name}"
        setattr(ByteArray, _name, _method)
ByteArray.__name__ = ByteArray.__qualname__ = "bytearray"
ByteArray.__module__ = MemoryView.__module__ = "builtins"

BUILTINS: dict[str, Any] = {"bytearray": ByteArray, "memoryview": MemoryView}


# The length of its separator is asked for when the bytes have been found already.
guards.refuse_of_packages({"hex": "use bytes(view).hex()"}, lambda obj: type(obj) is memoryview)


def _pack_into(format: Any, buffer: Any, offset: Any, /, *values: Any) -> None:  # noqa: A002
    struct.pack_into(format, exported(buffer), offset, *values)


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package `modules`."""
    allow_writing(ByteArray)
    NAMED.add(ByteArray)
    stand_for(bytearray, ByteArray)
    stand_for(memoryview, MemoryView)
    return {"struct": {"pack_into": _pack_into}}
