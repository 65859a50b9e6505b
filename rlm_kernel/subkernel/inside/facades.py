"""Modules as the sandbox sees them: immutable, with the names of `policy.MODULES` and a few safe stand-ins."""

from __future__ import annotations
import __future__

import enum
import functools
import gc
import importlib
import types
from collections.abc import Callable
from typing import Any

from . import determinism, modules, policy, refusals
from .guards import Namespace, allowed_bases, guarded_getattr, remember, sandbox_classes
from .transformer import is_dunder


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


def _stand_ins(write: Callable[[str], None], line: Callable[[], int | None]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {
        "copy": {"deepcopy": _deepcopy},
        "dataclasses": {"dataclass": _dataclass},
        "enum": _enums(),
        "functools": {"wraps": _wraps, "cached_property": _CachedProperty, "total_ordering": _total_ordering},
        "gc": {"collect": _collect},
        "operator": {"attrgetter": _attrgetter, "methodcaller": _methodcaller},
        "collections": {"namedtuple": _namedtuple},
        "__future__": dict.fromkeys(__future__.all_feature_names),
    }
    for more in (determinism.stand_ins(), modules.stand_ins(write, line)):
        for module, names in more.items():
            merged[module] = merged.get(module, {}) | names
    return merged


def _collect(generation: int = 2) -> int:
    """Collect garbage; how much there was depends on more than the cell, so it is not told."""
    gc.collect(generation)
    return 0


class Importer:
    """`import` for the sandbox. Everything is loaded at construction: after lockdown nothing can be read from disk."""

    def __init__(
        self,
        write: Callable[[str], None],
        line: Callable[[], int | None] = lambda: None,
        bind: Callable[[dict[str, Any]], None] = lambda _names: None,
    ) -> None:
        stand_ins = _stand_ins(write, line)
        allowed_bases.extend(stand_ins["enum"].values())
        self._bind = bind
        self._modules: dict[str, Namespace] = {}
        # The longest names first: a package's facade holds the facades of its allowed submodules.
        for name in sorted(policy.ALLOWED_MODULES, key=lambda name: -name.count(".")):
            self._modules[name] = self._facade(name, stand_ins.get(name, {}))
        _preload()

    def _facade(self, name: str, stand_ins: dict[str, Any]) -> Namespace:
        members: dict[str, Any] = {}
        if name in policy.MODULES:
            module = importlib.import_module(name)
            members = {member: getattr(module, member) for member in policy.MODULES[name] if hasattr(module, member)}
        members |= stand_ins
        for whole, facade in self._modules.items():
            if whole.rpartition(".")[0] == name:
                members[whole.rpartition(".")[2]] = facade
        for member, value in members.items():
            if member in stand_ins and isinstance(value, types.FunctionType):
                value.__name__ = value.__qualname__ = member
            if isinstance(value, type) and value.__module__.startswith(modules.__name__):
                value.__module__ = name
            if isinstance(value, types.ModuleType) or is_dunder(member):
                raise AssertionError(f"the policy hands out {name}.{member}")
        return Namespace(f"module {name!r}", members)

    def load(self, module: str, name: str | None) -> Any:
        """`import module` (name None: the top package), `import module as x` (name ""), `from module import name`;
        name "*" puts all names of the module among the cell's."""
        if module not in self._modules:
            raise ModuleNotFoundError(f"{module!r} is not available in the sandbox: {refusals.of_module(module)}")
        if name is None:
            return self._modules[module.partition(".")[0]]
        if name == "":
            return self._modules[module]
        members = self._modules[module].__dict__
        if name == "*":
            self._bind({each: value for each, value in members.items() if not each.startswith("_")})
            return None
        if name in members and not name.startswith("_"):
            return members[name]
        reason = refusals.MEMBERS.get(f"{module}.{name}")
        raise ImportError(
            f"{name!r} cannot be imported from {module!r} in the sandbox" + (f": {reason}" if reason else "")
        )


_CODECS = """ascii base64_codec cp437 cp850 cp1250 cp1251 cp1252 hex_codec idna iso8859_1 iso8859_2 iso8859_15
    latin_1 mac_roman punycode quopri_codec raw_unicode_escape rot_13 unicode_escape utf_8 utf_8_sig
    utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le"""


def _preload() -> None:
    """Import what the standard library would only import on first use."""
    for name in ("_strptime", "unicodedata", *(f"encodings.{codec}" for codec in _CODECS.split())):
        importlib.import_module(name)
    "x".encode("ascii", "xmlcharrefreplace")
