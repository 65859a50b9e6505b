"""`inspect` for what a cell may know of its own functions and classes: their parameters, texts and kinds."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

from .. import determinism
from ..guards import guarded_dir, guarded_getattr
from ..own_classes import class_behind, class_value, is_own
from ..values import is_cells

_KINDS = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD")
_EMPTY = class_value(inspect.Parameter.empty)


def _value(value: Any) -> Any:
    return _EMPTY if value is inspect.Parameter.empty else value


class _Constants(type):
    def __getattr__(cls, name: str) -> Any:
        if name == "empty":
            return _EMPTY
        if name in _KINDS and cls.__name__ == "Parameter":
            return getattr(inspect.Parameter, name)
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


class Parameter(metaclass=_Constants):
    """One parameter of a function."""

    __slots__ = ("_text", "annotation", "default", "kind", "name")
    name: str

    def __init__(self, parameter: Any) -> None:
        if type(parameter) is not inspect.Parameter:
            raise TypeError("signature(function).parameters has the parameters of a function")
        self._text = determinism.settled(str(parameter), [parameter.default])
        self.name, self.kind = parameter.name, parameter.kind
        self.default, self.annotation = _value(parameter.default), _value(parameter.annotation)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f'<Parameter "{self._text}">'


class Signature(metaclass=_Constants):
    """The parameters of a function, and what it says that it returns."""

    __slots__ = ("_signature", "parameters", "return_annotation")

    def __init__(self, signature: Any) -> None:
        if type(signature) is not inspect.Signature:
            raise TypeError("signature(function) has the signature of a function")
        self._signature = signature
        self.parameters = {name: Parameter(each) for name, each in signature.parameters.items()}
        self.return_annotation = _value(signature.return_annotation)

    def bind(self, *args: Any, **kwargs: Any) -> BoundArguments:
        """Which parameter each argument goes to. Raises TypeError where they do not fit."""
        return BoundArguments(self._signature.bind(*args, **kwargs))

    def bind_partial(self, *args: Any, **kwargs: Any) -> BoundArguments:
        """As `bind`, and arguments may be missing."""
        return BoundArguments(self._signature.bind_partial(*args, **kwargs))

    def __str__(self) -> str:
        return determinism.settled(str(self._signature), [each.default for each in self.parameters.values()])

    def __repr__(self) -> str:
        return f"<Signature {self}>"


class BoundArguments:
    """Arguments by the names of their parameters."""

    __slots__ = ("_bound", "args", "arguments", "kwargs")

    def __init__(self, bound: Any) -> None:
        self._bound = bound
        self._show()

    def _show(self) -> None:
        self.args, self.kwargs, self.arguments = self._bound.args, self._bound.kwargs, dict(self._bound.arguments)

    def apply_defaults(self) -> None:
        """Put in the defaults of what is missing."""
        self._bound.apply_defaults()
        self._show()


def _signature(obj: Any, **_options: Any) -> Signature:
    function, bound = obj, False
    if issubclass(type(obj), type) and is_own(obj):
        function, bound = getattr(obj, "__init__", None), True
        if not is_cells(function):
            return Signature(inspect.Signature())
    elif type(obj) is types.MethodType:
        function, bound = obj.__func__, True
    elif is_own(type(obj)):
        function, bound = getattr(type(obj), "__call__", None), True  # noqa: B004  it is its signature that counts
    while is_cells(function) and is_cells(function.__dict__.get("__wrapped__")):
        function = function.__dict__["__wrapped__"]
    if not is_cells(function):
        raise TypeError("signature() takes a function or class of yours in the sandbox")
    signature = inspect.signature(function, follow_wrapped=False)
    if bound:
        signature = signature.replace(parameters=list(signature.parameters.values())[1:])
    return Signature(signature)


def _members(obj: Any, predicate: Callable[[Any], bool] | None = None) -> list[tuple[str, Any]]:
    members = [(name, guarded_getattr(obj, name, None)) for name in guarded_dir(obj)]
    return sorted((each for each in members if predicate is None or predicate(each[1])), key=lambda each: each[0])


def _doc(obj: Any) -> str | None:
    text = guarded_getattr(obj, "__doc__", None)
    return inspect.cleandoc(text) if type(text) is str else None


def _is(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda obj: test(class_behind(obj))


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    kinds = """isfunction isclass ismethod isbuiltin isgenerator isgeneratorfunction iscoroutine iscoroutinefunction
        isasyncgen isasyncgenfunction isawaitable isroutine isabstract"""
    tests = {name: _is(getattr(inspect, name)) for name in kinds.split()}
    return {
        "inspect": tests
        | {
            "signature": _signature,
            "Signature": Signature,
            "Parameter": Parameter,
            "getdoc": _doc,
            "cleandoc": inspect.cleandoc,
            "getmembers": _members,
        }
    }
