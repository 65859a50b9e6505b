"""The `__builtins__` of the sandbox: Python's own where they are harmless, and stand-ins for the rest."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from typing import Any

from . import coroutines, determinism, guards, packages, policy, type_names, values, writing
from .buffers import BUILTINS as BUFFERS
from .evaluation import make_evaluation
from .faults import KeyboardInterrupt as SandboxInterrupt
from .match_statement import MATCH, matcher
from .modules.streams import quit_
from .own_classes import TypeOf, build_class, caught, class_behind, is_own, member
from .scopes import CellVariables, calling_frame, local_names
from .transformer import ANNOTATION, AWAITABLE, CAUGHT, EXACT, FORMATTED, GETATTR, IMPORT, MEMBER, WRITE, PolicyError
from .values import exact_name

_INSIDE = __name__.rpartition(".")[0]


def make_print(write: Callable[[str], None]) -> Callable[..., None]:
    """`print` into the cell's output, or into a buffer of the cell's own."""

    def show(
        *values: Any,
        sep: str | None = " ",
        end: str | None = "\n",
        file: Any = None,
        flush: bool = False,  # noqa: ARG001  the output is passed on as it comes
        **others: Any,
    ) -> None:
        for name in others:
            raise TypeError(f"{exact_name(name)!r} is an invalid keyword argument for print()")
        separator, ending = " " if sep is None else sep, "\n" if end is None else end
        if not isinstance(separator, str) or not isinstance(ending, str):
            raise TypeError("sep and end must be None or a string")
        text = "".join([separator.join(map(determinism.shown, values)), ending])
        if file is None:
            write(text)
            return
        put = guards.guarded_getattr(file, "write")
        for at, value in enumerate(values):
            if at:
                put(separator)
            put(determinism.shown(value))
        put(ending)

    show.__name__ = show.__qualname__ = "print"
    return show


def make_builtins(write: Callable[[str], None], variables: CellVariables, load: Any) -> dict[str, Any]:
    """What every name means that a cell has not defined. `variables` are the cell's names, `load` imports."""
    members: dict[str, Any] = {name: getattr(builtins, name) for name in policy.BUILTINS | policy.EXCEPTIONS}

    def dir_(*args: Any) -> list[str]:
        if args:
            return guards.guarded_dir(args[0])
        return sorted(name for name in local_names(calling_frame(), variables))

    def vars_(*args: Any) -> Any:
        if not args:
            return local_names(calling_frame(), variables)
        obj = args[0]
        own = is_own(obj) if issubclass(type(obj), type) else is_own(type(obj)) or values.is_cells(obj)
        if not own:
            raise TypeError("vars() takes an instance of a class of yours in the sandbox")
        return guards.guarded_getattr(obj, "__dict__")

    members |= {
        "True": True,
        "False": False,
        "None": None,
        "KeyboardInterrupt": SandboxInterrupt,
        "IOError": OSError,
        "EnvironmentError": OSError,
        "type": TypeOf,
        "getattr": guards.guarded_getattr,
        "setattr": writing.guarded_setattr,
        "delattr": writing.guarded_delattr,
        "hasattr": guards.guarded_hasattr,
        "issubclass": lambda cls, kinds: issubclass(class_behind(cls), kinds),
        "dir": dir_,
        "print": make_print(write),
        "id": lambda obj, /: determinism.identities.of(obj),
        "repr": lambda obj, /: determinism.repr_of(obj),
        "format": lambda value, format_spec="", /: format(determinism.in_format(value), format_spec),
        "exit": lambda code=None: quit_(code),
        "quit": lambda code=None: quit_(code),
        "globals": lambda: variables,
        "locals": lambda: local_names(calling_frame(), variables),
        "vars": vars_,
        "__build_class__": build_class,
        "__import__": _import_for_c,
        "__name__": "__main__",
        GETATTR: guards.guarded_getattr,
        WRITE: writing.guarded_write,
        IMPORT: load,
        FORMATTED: determinism.in_format,
        ANNOTATION: _annotation,
        CAUGHT: caught,
        EXACT: values.exact,
        MEMBER: member,
        AWAITABLE: coroutines.awaitable,
        MATCH: matcher(guards.guarded_getattr, class_behind),
    }
    members |= BUFFERS
    members |= make_evaluation(variables, lambda: variables._namespace)
    type_names.evaluate_with(lambda text: members["eval"](text, variables))
    for name, value in members.items():
        if isinstance(value, types.FunctionType) and str(value.__module__).startswith(_INSIDE) and name[0] != ".":
            value.__name__ = value.__qualname__ = name
            value.__module__ = "builtins"
    return members | {name: _refused(name, remedy) for name, remedy in policy.REFUSED_NAMES.items()}


def _annotation(evaluate: Callable[[], Any], text: str, marker: str) -> Any:
    """The value of an annotation; its text where it has none yet."""
    import dataclasses
    import typing

    try:
        value = evaluate()
    except Exception:
        value = text
    if marker and (isinstance(value, str) or not _is_marked(value)):
        return {"ClassVar": typing.ClassVar, "InitVar": dataclasses.InitVar, "KW_ONLY": dataclasses.KW_ONLY}[marker]
    return str.__str__(value) if isinstance(value, str) else value


def _is_marked(value: Any) -> bool:
    import dataclasses
    import typing

    marks = (typing.ClassVar, dataclasses.InitVar, dataclasses.KW_ONLY)
    return (
        any(value is mark for mark in marks)
        or type(value) is dataclasses.InitVar
        or typing.get_origin(value) is typing.ClassVar
    )


def _refused(name: str, remedy: str) -> Callable[..., None]:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise PolicyError(f"{name} is not available in the sandbox: {remedy}")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def _import_for_c(name: str, *_rest: Any) -> Any:
    if type(name) is not str or not (name in policy.C_IMPORTS or packages.may_import(name)):
        raise ImportError("not available in the sandbox")
    return sys.modules[name]
