"""Stand-ins for the modules that work on classes and functions: they would read and set what the rules protect.

`copy`, `dataclasses`, `enum`, `functools`, `contextlib`, `operator`, `collections`, `string`, `abc` and `itertools`;
`typing` and `types` are in `type_names`.
"""

from __future__ import annotations

import abc
import collections
import contextlib
import dataclasses
import enum
import functools
import itertools
import string
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import coroutines, type_names
from .copying import as_dict, as_tuple, check_field_names, deep, replace, replaced, shallow
from .faults import can_be_caught
from .guards import GuardedFormatter, guarded_getattr
from .introspection import instance_dict
from .own_classes import ABCMeta, allowed_bases, caught, class_behind, class_value, is_own, remember, visible
from .transformer import is_dunder
from .values import exact_name, is_cells
from .writing import guarded_delattr, guarded_setattr, guarded_write


class Sink:
    """Where a stream of the cell writes: the cell's output, or what a `with` has named meanwhile."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._redirected: list[_Redirected] = []

    def write(self, text: str) -> None:
        """Write to where it goes now; what writes to this stream itself meanwhile writes to where it went before."""
        if not self._redirected:
            self._write(text)
            return
        now = self._redirected.pop()
        try:
            now.write(text)
        finally:
            self._redirected.append(now)

    def reset(self) -> None:
        """Write to the cell's output again: a cell that was cut short has not."""
        self._redirected.clear()

    def to(self, target: Any) -> Any:
        """Write to an object of the cell's, by its method `write`, in a `with` of what this returns."""
        return _Redirect(self._redirected, target)


class Redirection:
    """The cell's `stdout`, which `print` writes to, and its `stderr`: both end in its output."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.stdout = Sink(write)
        self.stderr = Sink(write)

    def reset(self) -> None:
        """Write to the cell's output again."""
        self.stdout.reset()
        self.stderr.reset()


class _Redirected:
    """One place that output goes to meanwhile; it is told from others by what it is, as a cell's may equal anything."""

    def __init__(self, write: Callable[[str], Any]) -> None:
        self.write = write


class _Redirect:
    """Stands for `contextlib.redirect_stdout` and `redirect_stderr`."""

    def __init__(self, redirected: list[_Redirected], target: Any) -> None:
        self._redirected = redirected
        self._target = target
        self._mine: list[_Redirected] = []

    def __enter__(self) -> Any:
        write = (lambda _text: None) if self._target is None else guarded_getattr(self._target, "write")
        self._mine.append(_Redirected(write))
        self._redirected.append(self._mine[-1])
        return self._target

    def __exit__(self, *_error: object) -> None:
        if self._mine and (mine := self._mine.pop()) in self._redirected:
            self._redirected.remove(mine)


class _EnumMeta(enum.EnumMeta):
    """Makes `Enum("Name", names)` of checked names only."""

    def __call__(cls: type[Any], value: Any, *args: Any, **keywords: Any) -> Any:
        if cls.__members__ or not (args or keywords):
            return enum.EnumMeta.__call__(cls, value, *args)
        names = keywords.pop("names", None) if not args else args[0]
        keywords = {key: keywords[key] for key in ("start", "type") if key in keywords}
        if "type" in keywords and not any(keywords["type"] is each for each in (str, int, float)):
            raise TypeError("the type of an Enum's members is str, int or float here")
        make: Any = enum.EnumMeta.__call__
        return remember(make(cls, _member_name(value), _members(names), module="__main__", **keywords))


def _members(names: Any) -> list[tuple[str, Any]] | list[str]:
    if isinstance(names, str):
        return [_member_name(name) for name in str.__str__(names).replace(",", " ").split()]
    if isinstance(names, dict):
        return [(_member_name(name), value) for name, value in dict.items(names)]
    pairs: list[Any] = list(names)
    if pairs and not isinstance(pairs[0], str):
        return [(_member_name(name), value) for name, value in pairs]
    return [_member_name(name) for name in pairs]


def _member_name(value: Any) -> str:
    name = exact_name(value)
    if not name.isidentifier() or name[:1] == "_":
        raise ValueError(f"an Enum's member cannot be called {name!r}")
    return name


def _enums() -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"):
        base = getattr(enum, name, None)
        if base is not None:
            members[name] = _EnumMeta(name, (base,), _EnumMeta.__prepare__(name, (base,)))
            allowed_bases.append(members[name])
    for name in ("auto", "unique", "CONTINUOUS", "NAMED_FLAGS", "UNIQUE", "verify", "member", "nonmember", "STRICT"):
        if hasattr(enum, name):
            members[name] = getattr(enum, name)
    for name in ("CONFORM", "EJECT", "KEEP"):
        members[name] = getattr(enum, name)
    return members


def _dataclass(cls: Any = None, /, **options: Any) -> Any:
    def decorate(target: Any) -> Any:
        if not (issubclass(type(target), type) and is_own(target)):
            raise TypeError("@dataclass takes a class of yours")
        check_field_names(target)
        return remember(dataclasses.dataclass(**options)(target))

    return decorate if cls is None else decorate(cls)


def _attrgetter(*names: str) -> Callable[[Any], Any]:
    paths = [exact_name(name).split(".") for name in names]

    def resolve(obj: Any, path: list[str]) -> Any:
        for part in path:
            obj = guarded_getattr(obj, part)
        return obj

    if len(paths) == 1:
        return lambda obj: resolve(obj, paths[0])
    return lambda obj: tuple(resolve(obj, path) for path in paths)


def _methodcaller(name: str, /, *args: Any, **keywords: Any) -> Callable[[Any], Any]:
    name = exact_name(name)
    return lambda obj: guarded_getattr(obj, name)(*args, **keywords)


def _setitem(a: Any, b: Any, c: Any) -> None:
    guarded_write(a)[b] = c


def _delitem(a: Any, b: Any) -> None:
    del guarded_write(a)[b]


def _namedtuple(typename: Any, field_names: Any, *, rename: bool = False, defaults: Any = None) -> Any:
    typename = exact_name(typename)
    names = str.__str__(field_names) if isinstance(field_names, str) else [exact_name(name) for name in field_names]
    return remember(collections.namedtuple(typename, names, rename=rename, defaults=defaults, module="__main__"))


class _UserString(collections.UserString):
    def format(self, *args: Any, **keywords: Any) -> str:
        return str(guarded_getattr(self.data, "format")(*args, **keywords))

    def format_map(self, mapping: Any) -> str:
        return str(guarded_getattr(self.data, "format_map")(mapping))


_UserString.__name__ = _UserString.__qualname__ = "UserString"
_UserString.__module__ = "collections"


def _update_wrapper(wrapper: Any, wrapped: Any, *_assigned: Any, **_options: Any) -> Any:
    # Only a cell's own function is renamed: those of the standard library are shared by all cells.
    if is_cells(wrapper):
        wrapper.__name__ = str.__str__(guarded_getattr(wrapped, "__name__", wrapper.__name__))
        wrapper.__qualname__ = str.__str__(guarded_getattr(wrapped, "__qualname__", wrapper.__qualname__))
        wrapper.__doc__ = guarded_getattr(wrapped, "__doc__")
        if is_cells(wrapped):
            wrapper.__dict__.update({name: value for name, value in wrapped.__dict__.items() if not is_dunder(name)})
            wrapper.__dict__["__wrapped__"] = wrapped
            wrapper.__annotations__ = dict(wrapped.__annotations__)
    elif is_own(type(wrapper)) and is_cells(wrapped) and (held := instance_dict(wrapper)) is not None:
        held |= {name: value for name, value in wrapped.__dict__.items() if not is_dunder(name)}
        held |= {name: getattr(wrapped, name) for name in ("__name__", "__qualname__", "__doc__")}
        held["__wrapped__"] = wrapped
    return wrapper


def _wraps(wrapped: Any, *_assigned: Any, **_options: Any) -> Callable[[Any], Any]:
    """Stands for `functools.wraps`, which would put all that one function holds on another."""
    return lambda wrapper: _update_wrapper(wrapper, wrapped)


def _function(function: Any) -> Any:
    """The function itself where it is a cell's, else one that calls it: libraries copy what they wrap holds."""
    if is_cells(function):
        return function
    if not callable(function):
        raise TypeError("the first argument must be callable")

    def call(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)

    name = guarded_getattr(function, "__name__", "call") if not is_own(type(function)) else type(function).__name__
    call.__name__ = call.__qualname__ = str.__str__(name)
    return call


def _lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    if callable(maxsize):
        return functools.lru_cache(128, False)(_function(maxsize))
    return lambda function: functools.lru_cache(maxsize, typed)(_function(function))


def _total_ordering(cls: Any) -> Any:
    if not (issubclass(type(cls), type) and is_own(cls)):
        raise TypeError("@total_ordering takes a class of yours")
    return functools.total_ordering(cls)


def _kinds_of(annotation: Any) -> list[Any]:
    annotation = type_names.hint_of(annotation)
    if type(annotation) is types.UnionType:
        return list(annotation.__args__)
    return [class_behind(annotation)]


def _singledispatch(function: Any) -> Any:
    inner = functools.singledispatch(_function(function))
    registry: dict[Any, Any] = {object: function}

    def register(cls: Any, func: Any = None) -> Any:
        if func is None and is_cells(cls):
            hints = [value for name, value in cls.__annotations__.items() if name != "return"]
            if not hints:
                raise TypeError("register: give a class, or a function whose first argument has an annotation")
            return put(hints[0], cls)
        return put(cls, func) if func is not None else lambda func: put(cls, func)

    def put(annotation: Any, func: Any) -> Any:
        for kind in _kinds_of(annotation):
            if not issubclass(type(kind), type):
                raise TypeError(f"register: {kind!r} is not a class")
            inner.register(kind, _function(func))
            registry[class_value(kind)] = func
        return func

    def dispatcher(*args: Any, **keywords: Any) -> Any:
        if not args:
            raise TypeError(f"{dispatcher.__name__} requires at least 1 positional argument")
        return inner(*args, **keywords)

    dispatcher.__name__ = dispatcher.__qualname__ = str(inner.__name__)  # type: ignore[attr-defined]
    dispatcher.__doc__ = inner.__doc__
    dispatcher.registry = types.MappingProxyType(registry)  # type: ignore[attr-defined]
    dispatcher.register = register  # type: ignore[attr-defined]
    dispatcher.dispatch = lambda cls: inner.dispatch(class_behind(cls))  # type: ignore[attr-defined]
    return dispatcher


class _SingleDispatchMethod:
    """Stands for `functools.singledispatchmethod`."""

    _call: Any

    def __init__(self, function: Any) -> None:
        self.register = _registering(function, self)

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        return lambda *args, **keywords: self._call(obj, *args, **keywords)


def _registering(function: Any, method: Any) -> Any:
    dispatcher = _singledispatch(lambda _first, _call: function)

    def register(cls: Any, func: Any = None) -> Any:
        if func is None and is_cells(cls):
            hints = [value for name, value in cls.__annotations__.items() if name != "return"]
            return put(hints[0], cls)
        return put(cls, func) if func is not None else lambda func: put(cls, func)

    def put(kind: Any, func: Any) -> Any:
        dispatcher.register(kind, lambda _first, _call: func)
        return func

    def call(obj: Any, *args: Any, **keywords: Any) -> Any:
        chosen = dispatcher(args[0], None)
        return chosen(obj, *args, **keywords)

    method._call = call
    return register


def _contextmanager(function: Any) -> Any:
    return contextlib.contextmanager(_function(function))


def _asynccontextmanager(function: Any) -> Any:
    return contextlib.asynccontextmanager(_function(function))


class _Suppress:
    def __init__(self, *kinds: Any) -> None:
        self._kinds = caught(kinds)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: Any, _trace: Any) -> bool:
        return isinstance(error, self._kinds) and can_be_caught(error)


_Suppress.__name__ = _Suppress.__qualname__ = "suppress"


class ExitStack:
    """Stands for `contextlib.ExitStack`: what it closes is given no frame."""

    def __init__(self) -> None:
        self._exits: list[Callable[..., Any]] = []

    def __enter__(self) -> ExitStack:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        before = error
        while self._exits:
            leave = self._exits.pop()
            try:
                if leave(None if error is None else type(error), error, None) and can_be_caught(error):
                    error = None
            except Exception as another:
                error = another
        if error is not None and error is not before:
            raise error
        return before is not None and error is None

    def enter_context(self, manager: Any) -> Any:
        """Enter a context manager, and leave it at the end."""
        kind = type(manager)
        if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
            raise TypeError(f"{kind.__name__!r} object does not support the context manager protocol")
        value = kind.__enter__(manager)
        self._exits.append(lambda *error: kind.__exit__(manager, *error))
        return value

    def push(self, leave: Any) -> Any:
        """Call at the end what is called as `__exit__` is."""
        kind = type(leave)
        method = (lambda *error: kind.__exit__(leave, *error)) if hasattr(kind, "__exit__") else leave
        self._exits.append(lambda *error: method(*visible(*error)))
        return leave

    def callback(self, function: Any, /, *args: Any, **keywords: Any) -> Any:
        """Call a function at the end."""

        def leave(*_error: Any) -> bool:
            function(*args, **keywords)
            return False

        self._exits.append(leave)
        return function

    def pop_all(self) -> ExitStack:
        """Another stack that has all that is to be done."""
        other = ExitStack()
        other._exits, self._exits = self._exits, []
        return other

    def close(self) -> None:
        """Do now what is to be done at the end."""
        self.__exit__(None, None, None)


class _ContextDecorator:
    def __call__(self, function: Any) -> Any:
        def inner(*args: Any, **keywords: Any) -> Any:
            with self:  # type: ignore[attr-defined]
                return function(*args, **keywords)

        inner.__name__ = inner.__qualname__ = str.__str__(guarded_getattr(function, "__name__", "inner"))
        return inner


_ContextDecorator.__name__ = _ContextDecorator.__qualname__ = "ContextDecorator"


def _abstractmethod(function: Any) -> Any:
    if is_cells(function) or type(function) in (classmethod, staticmethod):
        return abc.abstractmethod(function)
    raise TypeError("@abstractmethod takes a function of yours")


def _batched(iterable: Iterable[Any], n: int) -> Iterator[tuple[Any, ...]]:
    if n < 1:
        raise ValueError("n must be at least one")
    items = iter(iterable)
    return iter(lambda: tuple(itertools.islice(items, n)), ())


class _Template(string.Template):
    """Stands for `string.Template`, whose pattern is made of what a subclass says."""


_Template.__name__ = _Template.__qualname__ = "Template"
_Template.__module__ = "string"
GuardedFormatter.__module__ = "string"


def _unavailable(what: str, instead: str) -> Callable[..., Any]:
    def refuse(*_args: Any, **_options: Any) -> Any:
        raise TypeError(f"{what} is not available in the sandbox: {instead}")

    return refuse


def stand_ins(output: Redirection) -> dict[str, dict[str, Any]]:
    """Module -> name -> what stands for it."""
    allowed_bases.extend(
        [_UserString, _ContextDecorator, _Template, GuardedFormatter, ExitStack, contextlib.AbstractContextManager]
    )
    return type_names.stand_ins() | {
        "abc": {"ABC": abc.ABC, "ABCMeta": ABCMeta, "abstractmethod": _abstractmethod},
        "asyncio": coroutines.stand_ins(),
        "collections": {
            "namedtuple": _namedtuple,
            "UserDict": collections.UserDict,
            "UserList": collections.UserList,
            "UserString": _UserString,
        },
        "contextlib": {
            "contextmanager": _contextmanager,
            "asynccontextmanager": _asynccontextmanager,
            "suppress": _Suppress,
            "ExitStack": ExitStack,
            "ContextDecorator": _ContextDecorator,
            "AbstractContextManager": contextlib.AbstractContextManager,
            "redirect_stdout": output.stdout.to,
            "redirect_stderr": output.stderr.to,
        },
        "copy": {"copy": shallow, "deepcopy": deep, "replace": replaced, "Error": ValueError},
        "dataclasses": {
            "dataclass": _dataclass,
            "asdict": as_dict,
            "astuple": as_tuple,
            "replace": replace,
            "KW_ONLY": dataclasses.KW_ONLY,
            "InitVar": dataclasses.InitVar,
            "MISSING": dataclasses.MISSING,
            "make_dataclass": _unavailable("make_dataclass", "write a class statement with @dataclass"),
        },
        "enum": _enums(),
        "functools": {
            "wraps": _wraps,
            "update_wrapper": _update_wrapper,
            "cached_property": functools.cached_property,
            "total_ordering": _total_ordering,
            "lru_cache": _lru_cache,
            "cache": lambda function: functools.lru_cache(None)(_function(function)),
            "singledispatch": _singledispatch,
            "singledispatchmethod": _SingleDispatchMethod,
            "partialmethod": functools.partialmethod,
        },
        "itertools": {"batched": getattr(itertools, "batched", _batched)},
        "operator": {
            "attrgetter": _attrgetter,
            "methodcaller": _methodcaller,
            "setitem": _setitem,
            "delitem": _delitem,
        },
        "string": {"Template": _Template, "Formatter": GuardedFormatter},
    }


__all__ = ["Redirection", "guarded_delattr", "guarded_setattr", "stand_ins"]
