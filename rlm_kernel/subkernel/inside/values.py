"""What reading, writing and introspection under the policy share: exact names, kinds of values, a module's facade."""

from __future__ import annotations

import types
import typing
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from . import refusals

MISSING = object()
PLAIN = {str, int, float, list, dict, set, tuple, frozenset, bytes, bool, complex, Counter, defaultdict, deque}
# Classes whose dunder methods may be read from the class itself: dict.__init__, object.__setattr__.
NAMED = PLAIN | {object, OrderedDict, bytearray}
CALLABLES = (
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType),
    *(types.GeneratorType, types.CoroutineType),
)
FORBIDDEN_TYPES = frozenset(
    [
        types.ModuleType,
        types.FrameType,
        types.CodeType,
        types.TracebackType,
        types.CellType,
        types.GetSetDescriptorType,
        types.MemberDescriptorType,
        typing.ForwardRef,  # from Python 3.14 on it evaluates its text
    ]
)


class Namespace:
    """Something whose public attributes are exactly its `__dict__`, and cannot be changed: a module's facade."""

    _title: str

    def __init__(self, title: str, members: Mapping[str, Any]) -> None:
        self.__dict__.update(members)
        self.__dict__["_title"] = title

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{self._title} is read-only")

    def __delattr__(self, name: str) -> None:
        raise TypeError(f"{self._title} is read-only")

    def __repr__(self) -> str:
        return f"<{self._title}>"


# What `type(re)` is called in plain Python.
Namespace.__name__ = Namespace.__qualname__ = "module"
Namespace.__module__ = "builtins"


def exact_name(name: Any) -> str:
    """The name as an exact string. A subclass of str could change its mind about what it says."""
    if type(name) is str:
        return name
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")
    return str.__str__(name)


def exact(value: Any) -> Any:
    """The value, as an exact string where it is a text."""
    return str.__str__(value) if isinstance(value, str) else value


def is_cells(function: Any) -> bool:
    """Whether a cell has defined the function."""
    return type(function) is types.FunctionType and function.__code__.co_filename.startswith("<cell ")


def missing(obj: Any, name: str, default: Any) -> Any:
    if default is not MISSING:
        return default
    if type(obj) is Namespace:
        reason = refusals.of_member(obj._title[8:-1], name)
        raise AttributeError(f"{obj._title} has no attribute {name!r}" + (f": {reason}" if reason else ""))
    if issubclass(type(obj), type):
        raise AttributeError(f"type object {obj.__name__!r} has no attribute {name!r}")
    raise AttributeError(f"{type(obj).__name__!r} object has no attribute {name!r}")
