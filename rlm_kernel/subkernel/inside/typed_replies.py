"""Replies of a sub-model as values: what is asked for as a JSON schema, and whether a reply fits it.

Only what is listed in `_KEYWORDS` is checked; a schema that says more is refused, so that nothing is taken for checked
that was not.
"""

from __future__ import annotations

import json
import re
import types
import typing
from typing import Any

_TYPES = {"integer": int, "number": (int, float), "string": str, "boolean": bool, "array": list, "object": dict}
_NAMES = {int: "integer", float: "number", str: "string", bool: "boolean", list: "array", dict: "object"}
_WORDS = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict, "number": float}
_KEYWORDS = frozenset(
    [
        *("type", "enum", "const", "items", "properties", "required", "additionalProperties", "anyOf"),
        *("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"),
    ]
)
_REMARKS = frozenset(["title", "description", "default", "examples", "$schema"])
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?```", re.DOTALL)
_MAX_DEPTH = 20
_SHOWN = 200


class Mismatch(str):
    """Why a reply is no value of the type."""

    __slots__ = ()


def schema_of(kind: Any, method: str, depth: int = 0) -> dict[str, Any]:
    """The JSON schema of a type: a type of Python, `list[int]`, `int | None`, its name, a list of the values that are
    allowed, or a schema. Raises TypeError and ValueError."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"{method}: the type is nested too deeply")
    if isinstance(kind, str) and kind in _WORDS:
        kind = _WORDS[kind]
    if isinstance(kind, dict):
        return _checked(dict(kind), method, depth)
    if isinstance(kind, list | tuple | set | frozenset) and kind:
        values = sorted(kind) if isinstance(kind, set | frozenset) else list(kind)
        if all(isinstance(value, str | int | float | bool) for value in values):
            return {"enum": values}
    for python, name in _NAMES.items():
        if kind is python:
            return {"type": name}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list and len(arguments) == 1:
        return {"type": "array", "items": schema_of(arguments[0], method, depth + 1)}
    if origin is dict and len(arguments) == 2:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], method, depth + 1)}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (types.UnionType, typing.Union):
        return {
            "anyOf": [
                {"type": "null"} if each is types.NoneType else schema_of(each, method, depth + 1) for each in arguments
            ]
        }
    raise TypeError(
        f"{method}: type must be int, float, bool, str, list[...], dict[...], a list of the allowed values, or a JSON "
        "schema (a dict)"
    )


def _checked(schema: dict[str, Any], method: str, depth: int) -> dict[str, Any]:
    unknown = sorted(set(map(str, schema)) - _KEYWORDS - _REMARKS)
    if unknown or not _KEYWORDS & set(schema):
        known = ", ".join(sorted(_KEYWORDS))
        named = ", ".join(unknown) or "none of them"
        raise ValueError(f"{method}: a schema is checked for {known}; yours has {named}")
    for keyword in sorted(_KEYWORDS & set(schema)):
        if not _is_well_formed(keyword, schema[keyword]):
            raise ValueError(f"{method}: the schema's {keyword} cannot be {str(schema[keyword])[:_SHOWN]!r}")
    if "properties" in schema:
        schema["properties"] = {
            str(name): schema_of(each, method, depth + 1) for name, each in schema["properties"].items()
        }
    if "items" in schema:
        schema["items"] = schema_of(schema["items"], method, depth + 1)
    if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        schema["additionalProperties"] = schema_of(schema["additionalProperties"], method, depth + 1)
    if "anyOf" in schema:
        schema["anyOf"] = [schema_of(each, method, depth + 1) for each in schema["anyOf"]]
    return schema


def _is_well_formed(keyword: str, value: Any) -> bool:
    """Whether a keyword's value is of the kind that JSON Schema asks for."""
    if keyword == "type":
        names = value if isinstance(value, list) else [value]
        return bool(names) and all(isinstance(name, str) and (name in _TYPES or name == "null") for name in names)
    if keyword in ("enum", "anyOf"):
        return isinstance(value, list) and bool(value)
    if keyword == "required":
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    if keyword in ("minimum", "maximum"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if keyword.startswith(("min", "max")):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if keyword == "additionalProperties":
        return isinstance(value, bool | dict)
    return keyword != "properties" or isinstance(value, dict)


def as_json(prompt: str, schema: dict[str, Any], reply: str | None = None, problem: object = None) -> str:
    """The prompt with what its reply must be; the second time with what was wrong with the first."""
    if "enum" in schema:
        # Not as a list: small models answer a list with one.
        values = ", ".join(json.dumps(each, ensure_ascii=False) for each in schema["enum"])
        wanted = f"Reply with one of these values and nothing else: {values}"
    else:
        wanted = f"Reply with JSON only, which fits this schema: {json.dumps(schema, ensure_ascii=False)}"
    if reply is None:
        return f"{prompt}\n\n{wanted}"
    return f"{prompt}\n\nYour reply before was {reply[:_SHOWN]!r}, which does not fit ({problem}). {wanted}"


def value_of(reply: str, schema: dict[str, Any]) -> Any:
    """The value of a reply, or a Mismatch."""
    text = reply.strip()
    fence = _FENCE.search(text)
    for candidate in dict.fromkeys([text, fence[1].strip() if fence else text, text.strip("`'\" .\n")]):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            value = candidate if "enum" in schema or schema.get("type") == "string" else Mismatch("it is no JSON")
        if not isinstance(value, Mismatch):
            value = _as_wanted(value, schema)
            problem = _problem(value, schema, "it")
            if problem is None:
                return value
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return Mismatch(f"the reply does not fit the type ({_reason(text, schema)}): {shown!r}")


def _reason(text: str, schema: dict[str, Any]) -> str:
    try:
        return _problem(_as_wanted(json.loads(text), schema), schema, "it") or "it is no JSON"
    except (ValueError, RecursionError):
        return f"it must be one of {schema['enum']!r}" if "enum" in schema else "it is no JSON"


def _as_wanted(value: Any, schema: dict[str, Any]) -> Any:
    """The same where a model writes a value of an enum in another case or alone in a list, or a whole number as 3.0."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list | dict) and _is_scalar(schema):
        value = value[0]
    if isinstance(value, str) and "enum" in schema:
        same = [each for each in schema["enum"] if str(each).casefold() == value.strip().casefold()]
        return same[0] if len(same) == 1 else value
    if schema.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_scalar(schema: dict[str, Any]) -> bool:
    """Whether no list can fit."""
    values = schema.get("enum", ())
    kind = schema.get("type", "array" if not values else "")
    return (
        kind not in ("array", "object")
        and not isinstance(kind, list)
        and not any(isinstance(each, list | dict) for each in values)
    )


def _problem(value: Any, schema: dict[str, Any], name: str) -> str | None:
    """What does not fit, None if all does."""
    if "anyOf" in schema and all(_problem(value, each, name) is not None for each in schema["anyOf"]):
        return f"{name} fits none of the types"
    if "enum" in schema and not any(type(each) is type(value) and each == value for each in schema["enum"]):
        return f"{name} must be one of {schema['enum']!r}"
    if "const" in schema and value != schema["const"]:
        return f"{name} must be {schema['const']!r}"
    named = schema.get("type")
    kinds = named if isinstance(named, list) else [named] if named else []
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{name} must be {' or '.join(map(str, kinds))}"
    return _problem_of_size(value, schema, name) or _problem_within(value, schema, name)


def _is(value: Any, kind: Any) -> bool:
    if kind == "null":
        return value is None
    expected: Any = _TYPES.get(kind)
    return expected is not None and isinstance(value, expected) and (kind == "boolean" or not isinstance(value, bool))


def _problem_of_size(value: Any, schema: dict[str, Any], name: str) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and value < schema.get("minimum", value):
        return f"{name} must be at least {schema['minimum']}"
    if number and value > schema.get("maximum", value):
        return f"{name} must be at most {schema['maximum']}"
    sized = "Length" if isinstance(value, str) else "Items" if isinstance(value, list) else ""
    if sized and not schema.get(f"min{sized}", 0) <= len(value) <= schema.get(f"max{sized}", len(value)):
        return f"{name} has a length of {len(value)}"
    return None


def _problem_within(value: Any, schema: dict[str, Any], name: str) -> str | None:
    if isinstance(value, list) and "items" in schema:
        found = (_problem(each, schema["items"], f"{name}[{at}]") for at, each in enumerate(value))
        return next((problem for problem in found if problem), None)
    if not isinstance(value, dict):
        return None
    missing = [each for each in schema.get("required", ()) if each not in value]
    if missing:
        return f"{name} lacks {missing[0]!r}"
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, each in value.items():
        part = properties.get(key, others)
        if part is False:
            return f"{name} must have no {key!r}"
        problem = _problem(each, part, f"{name}.{key}") if isinstance(part, dict) else None
        if problem:
            return problem
    return None
