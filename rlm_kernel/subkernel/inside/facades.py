"""Modules as the sandbox sees them: immutable, with the names of `policy.MODULES` and a few safe stand-ins."""

from __future__ import annotations

import enum
import functools
import importlib
import types
from collections.abc import Callable
from typing import Any

from ...document.search.rows import Record
from . import determinism, policy
from .guards import Namespace, allowed_bases, guarded_getattr, remember, sandbox_classes
from .transformer import is_dunder
from .views import ReadOnlyDict, ReadOnlyList, plain


class _EnumMeta(enum.EnumMeta):
    """Refuses `Enum("Name", ...)`: it would make a class, with any method names, past the class guard."""

    def __call__(cls: type[Any], value: Any, *args: Any, **keywords: Any) -> Any:
        if args or keywords:
            raise TypeError("Enum(...) with names is not available: write a class statement")
        return enum.EnumMeta.__call__(cls, value)


def _enums() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"):
        base = getattr(enum, name)
        made[name] = _EnumMeta(name, (base,), _EnumMeta.__prepare__(name, (base,)))
    return made


def _dataclass(cls: Any = None, /, **options: Any) -> Any:
    import dataclasses

    def decorate(target: Any) -> Any:
        if not (isinstance(target, type) and target in sandbox_classes):
            raise TypeError("@dataclass takes a class of yours")
        return remember(dataclasses.dataclass(**options)(target))

    return decorate if cls is None else decorate(cls)


def _attrgetter(*names: str) -> Callable[[Any], Any]:
    def resolve(obj: Any, name: str) -> Any:
        for part in name.split("."):
            obj = guarded_getattr(obj, part)
        return obj

    if len(names) == 1:
        return lambda obj: resolve(obj, names[0])
    return lambda obj: tuple(resolve(obj, name) for name in names)


def _methodcaller(name: str, /, *args: Any, **keywords: Any) -> Callable[[Any], Any]:
    return lambda obj: guarded_getattr(obj, name)(*args, **keywords)


def _namedtuple(typename: Any, field_names: Any, *, rename: bool = False, defaults: Any = None) -> Any:
    from collections import namedtuple

    if type(field_names) is not str:
        field_names = [str(name) for name in field_names]
    return remember(namedtuple(str(typename), field_names, rename=rename, defaults=defaults))


def _wraps(wrapped: Any, *_assigned: Any, **_options: Any) -> Callable[[Any], Any]:
    """Stands for `functools.wraps`, which would put `__wrapped__` and `__dict__` of one function on another."""

    def decorate(function: Any) -> Any:
        # Only a cell's own function is renamed: those of the standard library are shared by all cells.
        if type(function) is types.FunctionType and function.__code__.co_filename.startswith("<cell "):
            function.__name__ = str(guarded_getattr(wrapped, "__name__", function.__name__))
            function.__doc__ = guarded_getattr(wrapped, "__doc__")
        return function

    return decorate


def _total_ordering(cls: Any) -> Any:
    if not (isinstance(cls, type) and cls in sandbox_classes):
        raise TypeError("@total_ordering takes a class of yours")
    return functools.total_ordering(cls)


class _CachedProperty:
    """Stands for `functools.cached_property`, whose `__set_name__` and `__dict__` use the sandbox refuses."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._values: dict[int, tuple[Any, Any]] = {}

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        if id(obj) not in self._values:
            self._values[id(obj)] = (obj, self._function(obj))
        return self._values[id(obj)][1]


def _deepcopy(x: Any) -> Any:
    """Stands for `copy.deepcopy`, whose second argument would keep the insides of what is copied on the way."""
    import copy

    return copy.deepcopy(x)


def _dumps(obj: Any, **options: Any) -> str:
    import json

    own = options.pop("default", None)

    def default(value: Any) -> Any:
        ours = isinstance(value, ReadOnlyList | ReadOnlyDict | Record)
        return plain(value) if ours or own is None else own(value)

    return json.dumps(obj, default=default, **options)


def _dump(obj: Any, file: Any, **options: Any) -> None:
    guarded_getattr(file, "write")(_dumps(obj, **options))


def _stand_ins(write: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    import pprint

    def show(obj: Any, *_args: Any, **options: Any) -> None:
        options.pop("stream", None)
        write(determinism.settled(pprint.pformat(obj, **options), obj) + "\n")

    return determinism.stand_ins() | {
        "copy": {"deepcopy": _deepcopy},
        "dataclasses": {"dataclass": _dataclass},
        "enum": _enums(),
        "functools": {"wraps": _wraps, "cached_property": _CachedProperty, "total_ordering": _total_ordering},
        "operator": {"attrgetter": _attrgetter, "methodcaller": _methodcaller},
        "collections": {"namedtuple": _namedtuple},
        "json": {"dumps": _dumps, "dump": _dump},
        "pprint": {"pprint": show, "pp": show},
        "__future__": {"annotations": None},
    }


class Importer:
    """`import` for the sandbox. Everything is loaded at construction: after lockdown nothing can be read from disk."""

    def __init__(self, write: Callable[[str], None]) -> None:
        stand_ins = _stand_ins(write)
        allowed_bases.extend(stand_ins["enum"].values())
        self._modules: dict[str, Namespace] = {}
        # The longest names first: a package's facade holds the facades of its allowed submodules.
        for name in sorted(policy.ALLOWED_MODULES, key=lambda name: -name.count(".")):
            self._modules[name] = self._facade(name, stand_ins.get(name, {}))
        _preload()

    def _facade(self, name: str, stand_ins: dict[str, Any]) -> Namespace:
        members: dict[str, Any] = {}
        if name in policy.MODULES:
            module = importlib.import_module(name)
            for member in policy.MODULES[name]:
                whole = f"{name}.{member}"
                if whole in self._modules:
                    members[member] = self._modules[whole]
                elif hasattr(module, member):
                    members[member] = getattr(module, member)
        members |= stand_ins
        for member, value in members.items():
            if member in stand_ins and isinstance(value, types.FunctionType):
                value.__name__ = value.__qualname__ = member
            if isinstance(value, types.ModuleType) or is_dunder(member):
                raise AssertionError(f"the policy hands out {name}.{member}")
        return Namespace(f"module '{name}'", members)

    def load(self, module: str, name: str | None) -> Any:
        """`import module` (name None: the top package), `import module as x` (name ""), `from module import name`."""
        if module not in self._modules:
            top = module.partition(".")[0]
            reason = policy.MISSING_MODULES.get(top, "only text and data modules of the standard library are")
            raise ModuleNotFoundError(f"{module!r} is not available in the sandbox: {reason}")
        if name is None:
            return self._modules[module.partition(".")[0]]
        if name == "":
            return self._modules[module]
        members = self._modules[module].__dict__
        if name in members and not name.startswith("_"):
            return members[name]
        raise ImportError(f"{name!r} cannot be imported from {module!r} in the sandbox")


_CODECS = """ascii cp437 cp850 cp1250 cp1251 cp1252 idna iso8859_1 iso8859_2 iso8859_15 latin_1 mac_roman punycode
    raw_unicode_escape unicode_escape utf_8 utf_8_sig utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le"""


def _preload() -> None:
    """Import what the standard library would only import on first use."""
    for name in ("_strptime", "unicodedata", *(f"encodings.{codec}" for codec in _CODECS.split())):
        importlib.import_module(name)
    "x".encode("ascii", "xmlcharrefreplace")
