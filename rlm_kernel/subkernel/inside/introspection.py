"""What a cell is told of classes, functions and exceptions by attributes with a name of Python's: `SPECIAL`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from . import determinism
from .faults import can_be_caught, traceback_of
from .own_classes import (
    Kind,
    annotations_of,
    class_behind,
    class_of,
    class_value,
    dictionary_of,
    is_enumeration,
    is_own,
    order_of,
    visible_order,
)
from .scopes import Attributes
from .transformer import is_dunder, is_reserved
from .values import CALLABLES, FORBIDDEN_TYPES, MISSING, PLAIN, Namespace, exact_name, is_cells, missing


def _named(attribute: str) -> Callable[[Any], Any]:
    def name_of(obj: Any) -> Any:
        kind = type(obj)
        if kind is Namespace and attribute == "__name__":
            return obj._title.removeprefix("module '").removesuffix("'")
        behind = class_behind(obj)
        if kind in CALLABLES or kind is Kind or issubclass(kind, type):
            return str.__str__(getattr(behind, attribute))
        if is_own(kind) or _is_wrapper(obj):
            value = getattr(obj, attribute, None)
            return str.__str__(value) if isinstance(value, str) else missing(obj, attribute, MISSING)
        return missing(obj, attribute, MISSING)

    return name_of


def _is_wrapper(obj: Any) -> bool:
    return type(obj).__module__ == "functools"


def _module_of(obj: Any) -> Any:
    kind = type(obj)
    owner = obj if kind in CALLABLES or issubclass(kind, type) else kind
    if (issubclass(type(owner), type) and is_own(owner)) or is_cells(owner):
        return "__main__"
    module = getattr(class_behind(owner), "__module__", None)
    return module if type(module) is str and not module.startswith("rlm_kernel") else "builtins"


def _doc_of(obj: Any) -> Any:
    text = getattr(class_behind(obj), "__doc__", None)
    return text if type(text) is str else None


def _dict_of(obj: Any) -> Any:
    kind = type(obj)
    if issubclass(kind, type) and is_own(obj):
        return {
            name: value
            for name, value in dictionary_of(obj).items()
            if not is_reserved(name) and not is_dunder(name) and type(value) not in FORBIDDEN_TYPES
        }
    if is_own(kind):
        held = instance_dict(obj)
        return missing(obj, "__dict__", MISSING) if held is None else Attributes(held)
    if is_cells(obj):
        return Attributes(obj.__dict__)
    return MISSING


def instance_dict(obj: Any) -> dict[str, Any] | None:
    """The dictionary of an instance, None where it has none."""
    for cls in order_of(type(obj)):
        descriptor = dictionary_of(cls).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            held: dict[str, Any] = descriptor.__get__(obj)
            return held
    return None


def _of_own_class(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda obj: read(obj) if issubclass(type(obj), type) and is_own(obj) else MISSING


def _slots_of(obj: Any) -> Any:
    kind = type(obj)
    if issubclass(kind, type):
        return dictionary_of(obj).get("__slots__", MISSING) if is_own(obj) else MISSING
    slots = (dictionary_of(cls).get("__slots__", MISSING) for cls in order_of(kind) if is_own(cls))
    return next((names for names in slots if names is not MISSING), MISSING)


def _match_args_of(cls: Any) -> Any:
    names = getattr(cls, "__match_args__", ()) if issubclass(type(cls), type) else ()
    return tuple(map(exact_name, names)) if isinstance(names, tuple) else ()


def _annotations_of(obj: Any) -> Any:
    obj = _function_behind(obj)
    if is_cells(obj) or (issubclass(type(obj), type) and is_own(obj)):
        return dict(obj.__annotations__) if is_cells(obj) else annotations_of(obj)
    return MISSING


def _function_behind(obj: Any) -> Any:
    """The function of a bound method, anything else as it is."""
    return obj.__func__ if type(obj) is types.MethodType else obj


def _of_cells_function(attribute: str) -> Callable[[Any], Any]:
    def read(obj: Any) -> Any:
        obj = _function_behind(obj)
        value = getattr(obj, attribute) if is_cells(obj) else MISSING
        return dict(value) if type(value) is dict else value

    return read


def _wrapped(obj: Any) -> Any:
    held = instance_dict(obj) if is_own(type(obj)) else None
    inner = held.get("__wrapped__") if held is not None else None
    if is_cells(obj) or _is_wrapper(obj):
        inner = getattr(obj, "__wrapped__", None)
    return inner if is_cells(inner) else MISSING


def _self_of(obj: Any) -> Any:
    if type(obj) not in (types.MethodType, types.BuiltinFunctionType):
        return MISSING
    subject = obj.__self__
    own = is_own(subject) if issubclass(type(subject), type) else is_own(type(subject))
    return subject if own or type(subject) in PLAIN else MISSING


def _func_of(obj: Any) -> Any:
    return (
        obj.__func__
        if type(obj) in (types.MethodType, staticmethod, classmethod) and is_cells(obj.__func__)
        else MISSING
    )


def _exception_before(attribute: str) -> Callable[[Any], Any]:
    def read(error: Any) -> Any:
        if not isinstance(error, BaseException):
            return MISSING
        before = BaseException.__dict__[attribute].__get__(error)
        return before if before is None or (isinstance(before, BaseException) and can_be_caught(before)) else None

    return read


def _notes_of(error: Any) -> Any:
    if not isinstance(error, BaseException):
        return MISSING
    notes = BaseException.__dict__["__dict__"].__get__(error).get("__notes__")
    return notes if notes is not None else missing(error, "__notes__", MISSING)


def _bases_of(cls: Any) -> Any:
    return tuple(class_value(base) if base is not determinism.Addressed else object for base in cls.__bases__)


def _fields_of(obj: Any) -> Any:
    cls = obj if issubclass(type(obj), type) else type(obj)
    fields = next(
        (
            dictionary_of(each)["__dataclass_fields__"]
            for each in order_of(cls)
            if "__dataclass_fields__" in dictionary_of(each)
        ),
        None,
    )
    return dict(fields) if type(fields) is dict else MISSING


# The readers of these attributes; each gives MISSING where a cell is not told.
SPECIAL: dict[str, Callable[[Any], Any]] = {
    "__class__": class_of,
    "__name__": _named("__name__"),
    "__qualname__": _named("__qualname__"),
    "__module__": _module_of,
    "__doc__": _doc_of,
    "__dict__": _dict_of,
    "__annotations__": _annotations_of,
    "__defaults__": _of_cells_function("__defaults__"),
    "__kwdefaults__": _of_cells_function("__kwdefaults__"),
    "__wrapped__": _wrapped,
    "__self__": _self_of,
    "__func__": _func_of,
    "__mro__": _of_own_class(visible_order),
    "__bases__": _of_own_class(_bases_of),
    "__base__": _of_own_class(lambda cls: _bases_of(cls)[0]),
    "__subclasses__": _of_own_class(lambda cls: lambda: [each for each in type.__subclasses__(cls) if is_own(each)]),
    "__slots__": _slots_of,
    "__match_args__": _match_args_of,
    "__members__": lambda obj: dict(obj.__members__) if is_enumeration(obj) else MISSING,
    "__dataclass_fields__": lambda obj: _fields_of(obj),
    "__required_keys__": _of_own_class(lambda cls: getattr(cls, "__required_keys__", MISSING)),
    "__optional_keys__": _of_own_class(lambda cls: getattr(cls, "__optional_keys__", MISSING)),
    "__total__": _of_own_class(lambda cls: getattr(cls, "__total__", MISSING)),
    "__abstractmethods__": _of_own_class(lambda cls: getattr(cls, "__abstractmethods__", frozenset())),
    "__traceback__": lambda obj: traceback_of(obj) if isinstance(obj, BaseException) else MISSING,
    "__cause__": _exception_before("__cause__"),
    "__context__": _exception_before("__context__"),
    "__suppress_context__": lambda obj: obj.__suppress_context__ if isinstance(obj, BaseException) else MISSING,
    "__notes__": _notes_of,
}
