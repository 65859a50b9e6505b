"""What the rewritten code calls at run time: attribute access, writing, class building, and replaced builtins.

The rules are in `policy`; this module only enforces them. Nothing here trusts a type's own methods: exact types are
compared by identity, and names must be exact strings.
"""

from __future__ import annotations

import abc
import builtins
import enum
import string
import sys
import types
import typing
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakSet

from ...document.search.result_list import Rows
from . import determinism, policy, refusals
from .transformer import PolicyError, is_dunder, mangle, unmangle

_FORBIDDEN_TYPES = (
    types.ModuleType,
    types.FrameType,
    types.CodeType,
    types.TracebackType,
    types.CellType,
    types.MethodWrapperType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    typing.ForwardRef,  # from Python 3.14 on it evaluates its text
)
# What stands for another object and reads attributes from it, past the rules for that object.
_ALIASES = (type(typing.List), type(typing.List[int]))  # noqa: UP006  those of `list` are of another class
_PROXIES: tuple[type, ...] = (types.GenericAlias, *(kind for alias in _ALIASES for kind in type.mro(alias)[:-1]))
_C_FUNCTIONS = (types.BuiltinFunctionType, types.MethodDescriptorType)
_WRITABLE = {list, dict, set, Counter, defaultdict, deque, OrderedDict, bytearray, ChainMap, Rows}
_PLAIN = {str, int, float, list, dict, set, tuple, frozenset, bytes, bool, complex, Counter, defaultdict, deque}
_FORMATTING = frozenset(["format", "format_map"])
# The classes that cells have defined: their instances (and they themselves) may be written to.
sandbox_classes: WeakSet[type] = WeakSet()
# Classes of the standard library that a class may inherit from, besides exceptions; `facades` adds its own.
allowed_bases: list[Any] = [object, NamedTuple]
# What `class Color(str, Enum)` may have beside the Enum; anywhere else a subclass could lie about its contents.
_ENUM_MIXINS = (str, int, float)
_GENERIC_ALIAS = type(Generic[TypeVar("_T")])  # type: ignore[index]
_MISSING = object()


def allow_writing(*kinds: type) -> None:
    """Let cells set attributes and items of instances of these classes of the standard library."""
    for kind in kinds:
        _WRITABLE.add(kind)  # type: ignore[arg-type]


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


def guarded_getattr(obj: Any, name: Any, default: Any = _MISSING) -> Any:
    """`obj.name` under the policy. Raises AttributeError for what is missing or refused; never carries the object."""
    if type(name) is not str:
        raise TypeError("an attribute's name must be a str")
    if type(obj) in _PLAIN and name[:1] != "_" and name not in _FORMATTING:
        value = getattr(obj, name, _MISSING)
        return _missing(obj, name, default) if value is _MISSING else value
    if name[:1] == "_":
        return _underscored(obj, name, default)
    if name in policy.REFUSED_ATTRIBUTES or type(obj) in _FORBIDDEN_TYPES:
        raise AttributeError(f"the attribute {name} is not available in the sandbox")
    if issubclass(type(obj), _PROXIES):
        return _missing(obj, name, default)
    # A super object reads from the object that it was made for.
    subject = obj.__self__ if type(obj) is super else obj  # type: ignore[attr-defined]
    if name in _FORMATTING and (isinstance(subject, str) or (isinstance(subject, type) and issubclass(subject, str))):
        return _formatting(subject, name)
    if isinstance(subject, BaseException) and not _is_exceptions_own(subject, name):
        return _missing(obj, name, default)
    return _read(obj, name, default)


def _is_exceptions_own(error: BaseException, name: str) -> bool:
    if isinstance(error, AttributeError) and name == "obj":
        return False
    return type(error) in sandbox_classes or name in policy.EXCEPTION_ATTRIBUTES


def _read(obj: Any, name: str, default: Any) -> Any:
    if type(obj) is Namespace and name not in obj.__dict__:
        return _missing(obj, name, default)
    try:
        value = getattr(obj, name)
    except AttributeError as error:
        if default is not _MISSING:
            return default
        # Python's own text, without the object that its exception carries.
        raise AttributeError(unmangle(str(error))) from None
    if name in determinism.NOW and type(value) is types.BuiltinFunctionType:
        return determinism.current(value.__self__, name) or value
    if type(value) in _FORBIDDEN_TYPES or _is_metaclass(value) or _is_refused_function(value, name):
        raise AttributeError(f"the attribute {unmangle(name)} is not available in the sandbox")
    return _unshared(obj, name, value)


def _is_refused_function(value: Any, name: str) -> bool:
    """Whether it formats text past the policy, or makes an ABC of Python's accept a class; however it was come by."""
    if name in _FORMATTING:
        return isinstance(value, _C_FUNCTIONS)
    if name == "register":
        owner = getattr(value, "__self__", None)
        return isinstance(owner, abc.ABCMeta) and owner not in sandbox_classes
    return False


def _unshared(obj: Any, name: str, value: Any) -> Any:
    """The value, or a copy of it where it is a container that Python's own classes keep for everybody."""
    if type(value) is types.MappingProxyType:
        # Compared with an instance of a cell's class, a proxy would hand that the dict itself.
        return dict(value)
    if type(value) in _WRITABLE:
        kinds = (obj if isinstance(obj, type) else type(obj)).__mro__
        if any(kind not in sandbox_classes and kind.__dict__.get(name) is value for kind in kinds):
            return value.copy()
    return value


def _is_metaclass(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, type)


def _class_of(obj: Any) -> Any:
    """The class of an object, `TypeOf` where that is a metaclass: calling one makes a class past `build_class`."""
    kind = type(obj)
    return TypeOf if issubclass(kind, type) else kind


def _missing(obj: Any, name: str, default: Any) -> Any:
    if default is not _MISSING:
        return default
    kind = obj._title if type(obj) is Namespace else f"{type(obj).__name__!r} object"
    reason = refusals.MEMBERS.get(f"{obj._title[8:-1]}.{name}") if type(obj) is Namespace else None
    raise AttributeError(f"{kind} has no attribute {unmangle(name)!r}" + (f": {reason}" if reason else ""))


def _underscored(obj: Any, name: str, default: Any) -> Any:
    if name in policy.NAMEDTUPLE_NAMES and (
        isinstance(obj, tuple) or (isinstance(obj, type) and issubclass(obj, tuple))
    ):
        return getattr(obj, name)
    if not is_dunder(name):
        return _missing(obj, name, default) if type(obj) is Namespace else _read(obj, mangle(name), default)
    if name in ("__name__", "__qualname__"):
        if isinstance(obj, type | types.FunctionType | types.BuiltinFunctionType) or type(obj) is TypeOf:
            return getattr(obj, name)
        return _missing(obj, name, default)
    if name == "__class__":
        return _class_of(obj)
    if name == "__doc__":
        text = getattr(obj, "__doc__", None)
        return text if type(text) is str else None
    owner = obj.__self_class__ if type(obj) is super else type(obj)  # type: ignore[attr-defined]
    if name in policy.CLASS_DUNDERS and owner in sandbox_classes:
        return getattr(obj, name)
    raise AttributeError(f"the attribute {name} is not available in the sandbox")


class _Formatter(string.Formatter):
    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        # The standard library's own parser of field names has no public name.
        import _string  # type: ignore[import-not-found]

        first, rest = _string.formatter_field_name_split(field_name)
        obj = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            obj = guarded_getattr(obj, key) if is_attribute else obj[key]
        return obj, first


def _formatting(obj: Any, name: str) -> Callable[..., str]:
    if isinstance(obj, type):
        raise AttributeError(f"str.{name} is not available: call it on the text itself, or use an f-string")
    text = str.__str__(obj)
    if name == "format":
        return lambda *args, **kwargs: _Formatter().vformat(text, args, {unmangle(k): v for k, v in kwargs.items()})
    return lambda mapping: _Formatter().vformat(text, (), mapping)


def guarded_write(obj: Any) -> Any:
    """Let through what a cell may write to; refuse everything else."""
    if type(obj) in _WRITABLE or type(obj) in sandbox_classes:
        return obj
    if isinstance(obj, type) and obj in sandbox_classes:
        return obj
    what = obj._title if type(obj) is Namespace else type(obj).__name__
    raise TypeError(f"{what} is read-only in the sandbox: copy it first, e.g. list(...) or dict(...)")


def guarded_setattr(obj: Any, name: Any, value: Any) -> None:
    """`setattr` under the same rules as `obj.name = value`."""
    if type(name) is not str:
        raise TypeError("an attribute's name must be a str")
    if is_dunder(name) or name in policy.REFUSED_ATTRIBUTES or type(obj) in _WRITABLE:
        raise AttributeError(f"the attribute {name} may not be changed")
    setattr(guarded_write(obj), mangle(name), value)


def guarded_hasattr(obj: Any, name: Any) -> bool:
    """`hasattr` under the policy."""
    try:
        guarded_getattr(obj, name)
    except AttributeError:
        return False
    return True


def build_class(body: Any, name: str, *bases: Any) -> Any:
    """`class` statements: only known bases, and the made class is remembered as the sandbox's own."""
    for base in bases:
        if not _may_inherit(base, bases):
            shown = base.__name__ if isinstance(base, type) else type(base).__name__
            raise TypeError(f"a class cannot inherit from {shown!r} here: hold one in an attribute")
    if all(base is object for base in bases):
        bases = (determinism.Addressed,)
    return remember(builtins.__build_class__(body, name, *bases))


def _may_inherit(base: Any, bases: tuple[Any, ...]) -> bool:
    if any(base is allowed for allowed in allowed_bases):
        return True
    if type(base) is _GENERIC_ALIAS:  # Generic[T], and Mine[int] of a generic class of the cell's
        return base.__origin__ is Generic or base.__origin__ in sandbox_classes
    if not isinstance(base, type):
        return False
    if base in _ENUM_MIXINS:
        return any(isinstance(other, type) and issubclass(other, enum.Enum) for other in bases)
    return base in sandbox_classes or issubclass(base, Exception)


def remember(made: Any) -> Any:
    """Note a class as one of the sandbox's own."""
    if isinstance(made, type):
        sandbox_classes.add(made)
    return made


class _TypeOfMeta(type):
    def __call__(cls, *args: Any) -> Any:
        if len(args) != 1:
            raise TypeError("type() takes one argument in the sandbox; write a class statement instead")
        return _class_of(args[0])

    def __instancecheck__(cls, obj: Any) -> bool:
        return isinstance(obj, type)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is type

    def __hash__(cls) -> int:
        return hash(type)

    def __repr__(cls) -> str:
        return "<class 'type'>"


class TypeOf(metaclass=_TypeOfMeta):
    """Stands for `type`: one argument only, so that no class is made past `build_class`."""


TypeOf.__name__ = TypeOf.__qualname__ = "type"


def guarded_dir(*args: Any) -> list[str]:
    """The public attributes of an object."""
    if not args:
        raise TypeError("dir() needs an argument in the sandbox; show_vars() lists the variables")
    return [name for name in dir(args[0]) if not name.startswith("_") and name not in policy.REFUSED_ATTRIBUTES]


def guarded_iter(*args: Any) -> Any:
    """`iter`, in its one- and two-argument forms."""
    return iter(*args)


def make_print(write: Callable[[str], None]) -> Callable[..., None]:
    """`print` into the cell's output, or into a `StringIO` of the cell's own."""

    def show(*values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, **_flush: bool) -> None:
        text = (" " if sep is None else sep).join(map(determinism.shown, values)) + ("\n" if end is None else end)
        if file is None:
            write(text)
        else:
            put = guarded_getattr(file, "write")
            for at, value in enumerate(values):
                if at:
                    put(" " if sep is None else sep)
                put(determinism.shown(value))
            put("\n" if end is None else end)

    show.__name__ = show.__qualname__ = "print"
    return show


def cell_line(error: BaseException, filename: str) -> int | None:
    """The line of the cell (1-based) that an exception passed last, None if it passed none."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def make_builtins(write: Callable[[str], None], variables: Callable[[], dict[str, Any]], load: Any) -> dict[str, Any]:
    """The `__builtins__` of the sandbox. `variables` gives a snapshot of the cell's names, `load` imports."""
    made: dict[str, Any] = {name: getattr(builtins, name) for name in policy.BUILTINS | policy.EXCEPTIONS}
    made |= {
        "True": True,
        "False": False,
        "None": None,
        # An interrupt must not be swallowed: a model's `except BaseException` means `except Exception`, and the
        # exceptions that are none stand for nothing that Python raises.
        "BaseException": Exception,
        **{name: type(name, (Exception,), {}) for name in ("KeyboardInterrupt", "SystemExit", "GeneratorExit")},
        "IOError": OSError,
        "EnvironmentError": OSError,
        "type": TypeOf,
        "getattr": guarded_getattr,
        "setattr": guarded_setattr,
        "hasattr": guarded_hasattr,
        "dir": guarded_dir,
        "print": make_print(write),
        "id": _id,
        "repr": _repr,
        "format": _format,
        "_shown_": determinism.in_format,
        "globals": lambda: variables(),
        "locals": lambda: variables(),
        "vars": lambda *args: _vars(args, variables),
        "__build_class__": build_class,
        "__import__": _import_for_c,
        "__name__": "__main__",
        "_getattr_": guarded_getattr,
        "_write_": guarded_write,
        "_import_": load,
        "_object_": object,
    }
    return made | {name: _refused(name, remedy) for name, remedy in policy.REFUSED_NAMES.items()}


def _id(obj: Any, /) -> int:
    return determinism.identities.of(obj)


def _repr(obj: Any, /) -> str:
    return determinism.repr_of(obj)


def _format(value: Any, format_spec: str = "", /) -> str:
    return format(determinism.in_format(value), format_spec)


for _stand_in in (_id, _repr, _format):
    _stand_in.__name__ = _stand_in.__qualname__ = _stand_in.__name__[1:]


def _refused(name: str, remedy: str) -> Callable[..., None]:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise PolicyError(f"{name} is not available in the sandbox: {remedy}")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def _import_for_c(name: str, *_rest: Any) -> Any:
    if type(name) is not str or name not in policy.C_IMPORTS:
        raise ImportError("not available in the sandbox")
    return sys.modules[name]


def _vars(args: tuple[Any, ...], variables: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if not args:
        return variables()
    obj = args[0]
    if type(obj) not in sandbox_classes:
        raise TypeError("vars() takes an instance of a class of yours in the sandbox")
    return {unmangle(name): value for name, value in obj.__dict__.items()}


# A refused comparison of huge numbers as text is Python's own guard; it stays.
sys.set_int_max_str_digits(100_000)
