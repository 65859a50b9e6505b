"""The type that a user names in words (`list[int]`), as `--type` of the magic and of the command line takes it."""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Optional

ADVICE = (
    "Use int, float, str, bool, list, dict, list[int], dict[str, float], int | None, "
    'Literal["a", "b"], or the name of a class.'
)

_TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "list": list,
    "dict": dict,
    "None": None,
    "Literal": Literal,
    "Optional": Optional,
}


def parse(text: str, names: Mapping[str, Any]) -> Any:
    """The type: builtin types, `list[int]`, `int | None`, `Literal["a", "b"]`, or a class in `names`. Nothing is run.

    Raises ValueError with the reason in words for anything else.
    """
    try:
        return _type(ast.parse(text.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, RecursionError) as error:
        reason = f" ({error})" if type(error) is ValueError else ""
        raise ValueError(f"that is not a type I know{reason}") from None


def _type(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            found = _named_type(name, names)
            if found is Literal or found is Optional:
                raise ValueError(f"{name} needs something in brackets")
            return found
        case ast.Constant(value=None):
            return None
        case ast.Subscript(value=ast.Name(id=name), slice=part) if _named_type(name, names) is Literal:
            return Literal[tuple(_constant(each) for each in _elements(part))]
        case ast.Subscript(value=ast.Name(id=name), slice=part) if _named_type(name, names) is Optional:
            return _type(part, names) | None
        case ast.Subscript(value=base, slice=ast.Tuple(elts=parts)):
            return _type(base, names)[tuple(_type(part, names) for part in parts)]
        case ast.Subscript(value=base, slice=part):
            return _type(base, names)[_type(part, names)]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _type(left, names) | _type(right, names)
    raise ValueError("only names, [...] and | can be used")


def _elements(part: ast.expr) -> list[ast.expr]:
    made = part.elts if isinstance(part, ast.Tuple) else [part]
    if not made:
        raise ValueError("Literal needs something in brackets")
    return made


def _constant(node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = ...
    if not isinstance(value, str | int | None):
        raise ValueError('a Literal takes texts and whole numbers, as in Literal["a", "b"]')
    return value


def _named_type(name: str, names: Mapping[str, Any]) -> Any:
    found = names.get(name, _TYPES.get(name))
    if found is None:
        raise ValueError(f"there is no class named {name!r}")
    known = found is Literal or found is Optional or isinstance(found, types.UnionType) or typing.is_typeddict(found)
    if not known and not isinstance(found, type) and not hasattr(found, "__origin__"):
        raise ValueError(f"{name!r} is not a class")
    return found
