"""Which classes are the cells' own, what stands for all others that an object could be asked for, and how a class is
built.

A class of the cells' own carries a mark in its dictionary from the moment it exists: its members and hooks run before
the class statement ends. No code of a cell can spell the mark's name or get hold of its value.
"""

from __future__ import annotations

import abc
import builtins
import contextlib
import enum
import types
import typing
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections import abc as collections_abc
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from . import determinism, policy
from .faults import EVERYTHING, OtherException, can_be_caught, traceback_of
from .faults import KeyboardInterrupt as SandboxInterrupt
from .transformer import is_dunder, is_reserved

_MARK, _SECRET = ".own", object()
if hasattr(typing, "EXCLUDED_ATTRIBUTES"):
    # The mark is no member that a class must have to fulfil a Protocol of a cell's.
    typing.EXCLUDED_ATTRIBUTES = frozenset({*typing.EXCLUDED_ATTRIBUTES, _MARK})
_dictionary_of = type.__dict__["__dict__"].__get__
order_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_GENERIC_ALIAS = type(Generic[TypeVar("_T")])  # type: ignore[index]
# What a class may be built on, besides exceptions and the cells' own; `facades` adds its own.
allowed_bases: list[Any] = [
    *(object, NamedTuple, Generic, Protocol, abc.ABC),
    *(dict, list, set, frozenset, tuple, str, int, float, bytes),
    *(Counter, OrderedDict, defaultdict, deque, ChainMap, UserDict, UserList),
    *(getattr(collections_abc, name) for name in policy.MODULES["collections.abc"]),
]
# Classes that may be had from any object that is of them: builtins, and those that `facades` hands out.
constructible: set[type] = {
    *(value for name in policy.BUILTINS if isinstance(value := getattr(builtins, name), type)),
    *(getattr(builtins, name) for name in policy.EXCEPTIONS),
    *(type(None), type(NotImplemented), type(Ellipsis), SandboxInterrupt),
}


@contextlib.contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """Forget what sandboxes that are made in this context add here: a class may hold its sandbox, and the document."""
    classes, bases = set(constructible), list(allowed_bases)
    try:
        yield
    finally:
        constructible.intersection_update(classes)
        allowed_bases[:] = bases


# Methods that Python calls in the place of a name or hands more than the cell may hold.
_FUNCTION_TYPES = (types.FunctionType, classmethod, staticmethod)


def dictionary_of(cls: type) -> Any:
    """The dictionary of a class, whatever its metaclass says."""
    return _dictionary_of(cls)


class _OwnClasses:
    """The classes that cells have defined."""

    def __contains__(self, cls: Any) -> bool:
        return _dictionary_of(cls).get(_MARK) is _SECRET

    def add(self, cls: type) -> None:
        """Take a class in."""
        type.__setattr__(cls, _MARK, _SECRET)


sandbox_classes = _OwnClasses()


def is_own(cls: type) -> bool:
    """Whether a cell has defined the class."""
    return _dictionary_of(cls).get(_MARK) is _SECRET


def remember(cls: Any) -> Any:
    """Note a class as one of the sandbox's own."""
    if issubclass(type(cls), type):
        sandbox_classes.add(cls)
    return cls


class Kind:
    """Stands for a class that a cell may compare and name, but neither call nor look into."""

    __slots__ = ("__weakref__", "_cls")
    _cls: type

    def __init__(self, cls: type) -> None:
        object.__setattr__(self, "_cls", cls)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{self._cls.__name__} is read-only")

    def __call__(self, *_args: Any, **_options: Any) -> Any:
        raise TypeError(f"a {self._cls.__name__} cannot be made by calling its type in the sandbox")

    def __instancecheck__(self, obj: Any) -> bool:
        return isinstance(obj, self._cls)

    def __subclasscheck__(self, cls: Any) -> bool:
        return issubclass(class_behind(cls), self._cls)

    def __or__(self, _other: object) -> Any:
        return typing.Any

    __ror__ = __or__

    def __repr__(self) -> str:
        return repr(self._cls)


Kind.__name__ = Kind.__qualname__ = "type"
Kind.__module__ = "builtins"
_kinds: dict[type, Kind] = {}


def class_behind(value: Any) -> Any:
    """The class that a stand-in stands for; anything else as it is."""
    if type(value) is Kind:
        return value._cls
    return _stood_for.get(value, value) if issubclass(type(value), type) else value


def caught(kinds: Any) -> Any:
    """What stands behind `except`: classes that catch what a cell may catch."""
    if isinstance(kinds, tuple):
        flat: list[Any] = []
        for kind in tuple.__iter__(kinds):
            behind = caught(kind)
            flat += behind if type(behind) is tuple else [behind]
        return tuple(flat)
    return EVERYTHING if kinds is BaseException else class_behind(kinds)


# Python's own classes -> ours in their place, and the way back.
_stand_ins: dict[type, Any] = {}
_stood_for: dict[Any, type] = {}


def stand_for(cls: type, ours: Any) -> None:
    """Have cells see a class of ours wherever they would see Python's."""
    _stand_ins[cls] = ours
    _stood_for[ours] = cls
    constructible.add(ours)


def class_value(cls: type) -> Any:
    """What a cell gets for a class: the class where it may call it, else what stands for it."""
    cls = _stand_ins.get(cls, cls)
    if is_own(cls) or cls in constructible:
        return cls
    if issubclass(cls, type):
        return TypeOf
    if issubclass(cls, Exception) and getattr(builtins, cls.__name__, None) is cls:
        return cls
    kind = _kinds.get(cls)
    if kind is None:
        kind = _kinds[cls] = Kind(cls)
    return kind


class _TypeOfMeta(type):
    def __call__(cls, *args: Any) -> Any:
        if len(args) != 1:
            raise TypeError("type() takes one argument in the sandbox; write a class statement instead")
        return class_of(args[0])

    def __instancecheck__(cls, obj: Any) -> bool:
        return issubclass(type(obj), type) or type(obj) is Kind

    def __getitem__(cls, _item: Any) -> Any:
        return cls

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is type

    def __hash__(cls) -> int:
        return hash(type)

    def __repr__(cls) -> str:
        return "<class 'type'>"


class TypeOf(metaclass=_TypeOfMeta):
    """Stands for `type`: one argument only, so that no class is made past `build_class`."""


TypeOf.__name__ = TypeOf.__qualname__ = "type"
TypeOf.__module__ = "builtins"

# What views show themselves as: their class -> the class that code expects.
shown_as: dict[type, Any] = {}


def class_of(obj: Any) -> Any:
    """The class of an object as a cell gets it."""
    kind = type(obj)
    if kind in shown_as:
        return shown_as[kind]
    return class_value(kind)


class AbstractMeta:
    """Stands for `abc.ABCMeta`: it can be named as a metaclass, and makes nothing by itself."""

    def __repr__(self) -> str:
        return "<class 'abc.ABCMeta'>"

    def __call__(self, *_args: Any) -> Any:
        raise TypeError("ABCMeta() is not available in the sandbox; write class Name(ABC) instead")

    def __instancecheck__(self, obj: Any) -> bool:
        return isinstance(obj, abc.ABCMeta)


ABCMeta = AbstractMeta()


def build_class(body: Any, name: str, *bases: Any, **keywords: Any) -> Any:
    """`class` statements: known bases and names only, and the class is marked as the sandbox's own."""
    metaclass = keywords.pop("metaclass", None)
    if metaclass not in (None, TypeOf, ABCMeta):
        raise TypeError("a class takes no metaclass of its own in the sandbox: use __init_subclass__ or a decorator")
    usable = _usable(bases)
    maker = _Maker(abc.ABCMeta if metaclass is ABCMeta else type)
    return builtins.__build_class__(body, name, *usable, metaclass=maker, **keywords)


def _usable(bases: Iterable[Any]) -> tuple[Any, ...]:
    usable: list[Any] = []
    for base in bases:
        if base is TypeOf:
            raise TypeError(
                "a class cannot inherit from 'type' in the sandbox: use __init_subclass__ or a class decorator"
            )
        if not _may_inherit(base):
            behind = class_behind(base)
            shown = behind.__name__ if issubclass(type(behind), type) else type(behind).__name__
            raise TypeError(f"a class cannot inherit from {shown!r} here: hold one in an attribute")
        usable.append(OtherException if base is BaseException else base)
    return (determinism.Addressed,) if all(base is object for base in usable) else tuple(usable)


def _may_inherit(base: Any) -> bool:
    if any(base is allowed for allowed in allowed_bases):
        return True
    if type(base) is _GENERIC_ALIAS:  # Generic[T], and Mine[int] of a generic class of the cell's
        origin = base.__origin__
        return origin in (Generic, Protocol) or _may_inherit(origin)
    if type(base) is types.GenericAlias:  # dict[str, int]
        return _may_inherit(base.__origin__)
    if not issubclass(type(base), type):
        return False
    return is_own(base) or (base in constructible and issubclass(base, BaseException))


class _Maker:
    """Makes the class of a class statement, in the place of its metaclass."""

    def __init__(self, metaclass: type) -> None:
        self._metaclass = metaclass

    def _most_derived(self, bases: tuple[Any, ...]) -> Any:
        winner = self._metaclass
        for base in bases:
            if issubclass(type(base), winner):
                winner = type(base)
        return winner

    def __prepare__(self, name: str, bases: tuple[Any, ...], **keywords: Any) -> Any:
        return self._most_derived(bases).__prepare__(name, bases, **keywords)

    def __call__(self, name: str, bases: tuple[Any, ...], namespace: dict[str, Any], **keywords: Any) -> Any:
        for key in list(dict.keys(namespace)):
            if is_reserved(key):
                dict.pop(namespace, key)
            elif is_dunder(key):
                dict.__setitem__(namespace, key, member(key, dict.__getitem__(namespace, key)))
        dict.__setitem__(namespace, _MARK, _SECRET)
        metaclass = self._most_derived(bases)
        annotations = dict.get(namespace, "__annotations__")
        if type(annotations) is dict and metaclass.__module__ == "typing":
            # NamedTuple and TypedDict would compile a text.
            annotations |= {key: object for key, value in annotations.items() if type(value) is str}
        return metaclass(name, bases, namespace, **keywords)


_ANNOTATIONS: Any = vars(type)["__annotations__"]
# What Python itself puts into the dictionary of a class.
_PYTHONS_OWN = frozenset(
    f"__{name}__"
    for name in (
        *("module", "qualname", "annotations", "classcell", "classdictcell"),
        *("orig_bases", "static_attributes", "firstlineno"),
    )
)


def member(name: str, value: Any) -> Any:
    """A member with a name of Python's, as it goes into the dictionary of a class. Raises TypeError for others."""
    if name in _PYTHONS_OWN:
        return value
    if name == "__slots__":
        return _slots(value)
    if name == "__match_args__":
        return _names(value, name)
    if name in policy.CLASS_ATTRIBUTES:
        return value
    if name not in policy.CLASS_DUNDERS:
        raise TypeError(f"the name {name} is reserved in the sandbox")
    if name == "__hash__" and value is None:
        return value
    if type(value) not in _FUNCTION_TYPES and not isinstance(value, types.WrapperDescriptorType):
        if name in ("__exit__", "__aexit__", "__getattr__", "__copy__", "__deepcopy__") or not callable(value):
            raise TypeError(f"{name} must be a function: define it with def")
        return value
    if name in ("__exit__", "__aexit__"):
        return visible_exit(value)
    if name == "__getattr__":
        return _public_getattr(value)
    return value


def visible_exit(method: Any) -> Any:
    """`__exit__` that is given no frame, and cannot stop what ends the cell from outside."""
    if type(method) is not types.FunctionType:
        raise TypeError("__exit__ must be a function: define it with def")
    if method.__code__.co_flags & 0x80:  # a coroutine: __aexit__

        async def __aexit__(self: Any, kind: Any = None, value: Any = None, trace: Any = None) -> Any:  # noqa: N807
            result = await method(self, *visible(kind, value, trace))
            return result if value is None or can_be_caught(value) else False

        return __aexit__

    def __exit__(self: Any, kind: Any = None, value: Any = None, trace: Any = None) -> Any:  # noqa: N807
        result = method(self, *visible(kind, value, trace))
        return result if value is None or not isinstance(value, BaseException) or can_be_caught(value) else False

    return __exit__


def visible(kind: Any, value: Any, trace: Any) -> tuple[Any, Any, Any]:
    """The three arguments of `__exit__` as a cell may see them."""
    if not isinstance(value, BaseException):
        return kind, value, trace if type(trace) is not types.TracebackType else None
    if not can_be_caught(value):
        return SystemExit, SystemExit("the cell ends"), None
    return class_value(type(value)), value, traceback_of(value)


def _public_getattr(method: Any) -> Any:
    """`__getattr__` for all but the names that Python gives a meaning: libraries ask any object for those."""
    if type(method) is not types.FunctionType:
        raise TypeError("__getattr__ must be a function: define it with def")

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        if is_dunder(name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return method(self, name)

    return __getattr__


def _names(value: Any, what: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(item, str) for item in items):
        raise TypeError(f"{what} holds names")
    names = [str.__str__(item) for item in items]
    for name in names:
        if is_dunder(name) or name in policy.REFUSED_ATTRIBUTES or not name.isidentifier():
            raise TypeError(f"{name!r} cannot stand in {what} in the sandbox")
    return tuple(names)


def _slots(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else list(value)
    plain = [item for item in items if item in ("__dict__", "__weakref__") and type(item) is str]
    return (*_names([item for item in items if item not in plain], "__slots__"), *plain)


def annotations_of(cls: type) -> dict[str, Any]:
    """The annotations that the body of a cell's class has itself, by name."""
    # From Python 3.14 on, those of a TypedDict and of a NamedTuple are a function of `typing`, not in the dictionary.
    held = _ANNOTATIONS.__get__(cls)
    return dict(held) if isinstance(held, dict) else {}


def visible_order(cls: type) -> tuple[Any, ...]:
    """The method resolution order of a cell's class, as Python shows it."""
    return tuple(class_value(kind) for kind in order_of(cls) if kind is not determinism.Addressed)


def is_enumeration(cls: type) -> bool:
    """Whether the class is an Enum."""
    return issubclass(type(cls), enum.EnumMeta)
