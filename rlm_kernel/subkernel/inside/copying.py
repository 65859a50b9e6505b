"""`copy`, and the copies of dataclasses, by a walk of our own.

Python's own asks any object how it is to be taken apart, and calls whatever that says to put it together again. Here
only plain data, the cells' own objects, and objects that do not change can be copied.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import fractions
import io
import keyword
import re
import types
import uuid
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable
from typing import Any

from ...document.search.result_list import Rows
from ...document.search.rows import RowRecord
from ...document.view import LargeText
from . import policy
from .buffers import ByteArray
from .guards import guarded_getattr
from .introspection import instance_dict
from .own_classes import Kind, annotations_of, constructible, dictionary_of, is_enumeration, is_own, order_of
from .transformer import is_dunder
from .values import Namespace, is_cells
from .views import ReadOnlyDict, ReadOnlyList, plain

_UNCHANGING = frozenset(
    [
        *(type(None), bool, int, float, complex, str, bytes, range, slice, type(Ellipsis), type(NotImplemented)),
        *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.GenericAlias, property, object, Kind),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone),
        *(decimal.Decimal, fractions.Fraction, re.Pattern, re.Match, uuid.UUID, LargeText, Namespace),
    ]
)
_CONTAINERS = (
    *(list, dict, set, bytearray, ByteArray, deque, OrderedDict, defaultdict, Counter),
    *(ChainMap, UserDict, UserList, Rows),
)
# A class of the cells' own is built on at most one of these: what it holds beside its attributes.
_NATIVE = (dict, list, set, deque, tuple, frozenset, str, bytes, int, float)


class Memo:
    """What has been copied in one `deepcopy`; a cell can only hand it on."""

    __slots__ = ("_copies",)

    def __init__(self) -> None:
        self._copies: dict[int, tuple[Any, Any]] = {}

    def __repr__(self) -> str:
        return "<memo of deepcopy>"


def shallow(x: Any) -> Any:
    """`copy.copy`."""
    kind = type(x)
    if _does_not_change(x) or kind in (tuple, frozenset):
        return x
    if kind in _CONTAINERS:
        return x.copy() if kind is not ChainMap else ChainMap(x.maps[0].copy(), *x.maps[1:])
    if kind in (ReadOnlyDict, ReadOnlyList):
        return x.copy()
    if is_own(kind):
        own = _own_method(kind, "__copy__")
        return own(x) if own is not None else _rebuilt(x, lambda value: value)
    return _librarys(x)


def deep(x: Any, memo: Any = None) -> Any:
    """`copy.deepcopy`."""
    return _deep(x, memo if type(memo) is Memo else Memo())


def _deep(x: Any, memo: Memo) -> Any:
    kind = type(x)
    if _does_not_change(x):
        return x
    if id(x) in memo._copies:
        return memo._copies[id(x)][1]
    if kind in (ReadOnlyDict, ReadOnlyList):
        return plain(x)
    if kind in _CONTAINERS:
        return _deep_container(x, memo)
    if kind in (tuple, frozenset):
        items = [_deep(item, memo) for item in x]
        if id(x) in memo._copies:
            return memo._copies[id(x)][1]
        same = all(before is after for before, after in zip(x, items, strict=True))
        return _noted(x, x if same else kind(items), memo)
    if is_own(kind):
        own = _own_method(kind, "__deepcopy__")
        if own is not None:
            return _noted(x, own(x, memo), memo)
        return _rebuilt(x, lambda value: _deep(value, memo), lambda copied: _noted(x, copied, memo))
    return _noted(x, _librarys(x), memo)


def _deep_container(x: Any, memo: Memo) -> Any:
    kind = type(x)
    if kind is ChainMap:
        return _noted(x, ChainMap(*[_deep(each, memo) for each in x.maps]), memo)
    if kind in (bytearray, ByteArray):
        return _noted(x, ByteArray(x), memo)
    copied = x.copy()
    _noted(x, copied, memo)
    if kind in (list, deque, Rows):
        copied.clear()
        copied.extend(_deep(item, memo) for item in x)
    elif kind is UserList:
        copied.data = [_deep(item, memo) for item in x.data]
    elif kind is set:
        copied.clear()
        copied.update([_deep(item, memo) for item in x])
    else:
        copied.clear()
        for key, value in x.items():
            copied[_deep(key, memo)] = _deep(value, memo)
    return copied


def _noted(x: Any, copied: Any, memo: Memo) -> Any:
    # The original is held as well: nothing else has its number then.
    memo._copies[id(x)] = (x, copied)
    return copied


def _does_not_change(x: Any) -> bool:
    kind = type(x)
    return kind in _UNCHANGING or issubclass(kind, type) or is_enumeration(kind) or isinstance(x, RowRecord)


def _own_method(kind: type, name: str) -> Callable[..., Any] | None:
    for cls in order_of(kind):
        method = dictionary_of(cls).get(name)
        if method is not None:
            return method if is_own(cls) and type(method) is types.FunctionType else None
    return None


def _rebuilt(x: Any, copied: Callable[[Any], Any], note: Callable[[Any], Any] = lambda _new: None) -> Any:
    """Another object of a class of the cells' own with the same contents; no method of the class is called."""
    kind = type(x)
    native = next((each for each in _NATIVE if issubclass(kind, each)), None)
    if isinstance(x, BaseException):
        arguments = tuple(copied(each) for each in BaseException.args.__get__(x))  # type: ignore[attr-defined]
        new = BaseException.__new__(kind, *arguments)
    elif native in (tuple, frozenset):
        new = native.__new__(kind, [copied(each) for each in native.__iter__(x)])
    elif native in (str, bytes, int, float):
        new = native.__new__(kind, x)
    elif native is not None:
        new = native.__new__(kind)
    else:
        new = _empty(kind)
    note(new)
    held = instance_dict(x)
    if held is not None:
        into = instance_dict(new)
        assert into is not None
        into.update({name: copied(value) for name, value in held.items()})
    for cls in order_of(kind):
        for member in list(dictionary_of(cls).values()):
            if type(member) is types.MemberDescriptorType and is_own(cls):
                try:
                    member.__set__(new, copied(member.__get__(x)))
                except AttributeError:
                    continue
    if native is dict:
        if isinstance(x, defaultdict):
            new.default_factory = x.default_factory
        for key, value in dict.items(x):
            dict.__setitem__(new, copied(key), copied(value))
    elif native in (list, deque):
        native.extend(new, [copied(each) for each in native.__iter__(x)])
    elif native is set:
        set.update(new, [copied(each) for each in set.__iter__(x)])
    return new


def _empty(kind: type) -> Any:
    try:
        return object.__new__(kind)
    except TypeError:
        raise TypeError(f"cannot copy {kind.__name__!r} objects in the sandbox: make a new one") from None


def _librarys(x: Any) -> Any:
    """A copy of a library's object that knows how to copy itself, of exactly that class."""
    kind = type(x)
    copier = getattr(kind, "__copy__", None)
    if kind in constructible and callable(copier):
        return copier(x)
    if type(x) is io.StringIO:
        new = io.StringIO(x.getvalue())
        new.seek(x.tell())
        return new
    if kind.__hash__ is not None and kind.__module__ in _UNCHANGING_MODULES:
        return x
    if kind.__module__.startswith("rlm_kernel") and kind.__hash__ is not None:
        return x
    raise TypeError(f"cannot copy {kind.__name__!r} objects in the sandbox: make a new one")


_UNCHANGING_MODULES = frozenset(
    ["ipaddress", "pathlib", "zoneinfo", "datetime", "decimal", "typing", "functools", "enum"]
)


def as_dict(obj: Any, *, dict_factory: Any = dict) -> Any:
    """`dataclasses.asdict`."""
    if not _is_record(obj):
        raise TypeError("asdict() should be called on dataclass instances")
    return _data(obj, lambda each: dict_factory([(name, value) for name, value in each]))


def as_tuple(obj: Any, *, tuple_factory: Any = tuple) -> Any:
    """`dataclasses.astuple`."""
    if not _is_record(obj):
        raise TypeError("astuple() should be called on dataclass instances")
    return _data(obj, lambda each: tuple_factory([value for _, value in each]))


def _is_record(obj: Any) -> bool:
    return is_own(type(obj)) and dataclasses.is_dataclass(type(obj))


def _data(value: Any, build: Callable[[list[tuple[str, Any]]], Any]) -> Any:
    kind = type(value)
    if _is_record(value):
        names = [field.name for field in dataclasses.fields(value)]
        return build([(name, _data(guarded_getattr(value, name), build)) for name in names])
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return tuple.__new__(kind, [_data(each, build) for each in tuple.__iter__(value)])
    if kind in (list, tuple, set, frozenset):
        return kind(_data(each, build) for each in value)
    if kind in (dict, OrderedDict):
        return kind((_data(key, build), _data(each, build)) for key, each in value.items())
    if kind is defaultdict:
        copied: Any = defaultdict(value.default_factory)
        copied.update({_data(key, build): _data(each, build) for key, each in value.items()})
        return copied
    return deep(value)


def replaced(obj: Any, /, **changes: Any) -> Any:
    """`copy.replace` of later Pythons."""
    own = _own_method(type(obj), "__replace__") if is_own(type(obj)) else None
    return own(obj, **changes) if own is not None and is_cells(own) else replace(obj, **changes)


def replace(obj: Any, /, **changes: Any) -> Any:
    """`dataclasses.replace`."""
    if isinstance(obj, tuple) and hasattr(type(obj), "_fields"):
        return guarded_getattr(obj, "_replace")(**changes)
    if not _is_record(obj):
        raise TypeError("replace() should be called on dataclass instances")
    return dataclasses.replace(obj, **changes)


def check_field_names(cls: type) -> None:
    """Refuse fields that a library would read past the policy: what it compares or shows them with is any object's.
    Their names become the text of methods."""
    for name in annotations_of(cls):
        if type(name) is not str or not name.isidentifier() or keyword.iskeyword(name) or is_dunder(name):
            raise TypeError(f"a field cannot be called {name!r}")
        inherited = any(
            name in dictionary_of(each) for each in order_of(cls) if not is_own(each) and each is not object
        )
        if (inherited and (issubclass(cls, str | BaseException))) or name in policy.REFUSED_ATTRIBUTES:
            raise TypeError(f"a field cannot be called {name!r} in this class")
