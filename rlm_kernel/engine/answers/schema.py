"""The types that an answer can have: shown to the model, checked, and made again from JSON.

Whatever pydantic has a schema for can be one: `int`, `list[Model]`, dataclasses, typed dicts, enums, dates, `Literal`.
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import SchemaError
from typing_extensions import TypedDict

from ...trace.json_values import encodable
from ..redaction import redacted

# pydantic's words where a model that writes Python knows better ones.
_WORDS = {
    "a valid integer, got a number with a fractional part": "a whole number",
    "a valid integer, unable to parse string as an integer": "a whole number",
    "a valid integer": "a whole number",
    "a valid number, unable to parse string as a number": "a number",
    "a valid array": "a list",
    "an object": "a dict",
}
_MAX_PROBLEMS = 5
_MAX_SHOWN = 80


def adapter(answer_type: Any) -> TypeAdapter[Any]:
    """What checks values of a type. Raises ValueError for what cannot be the type of an answer."""
    try:
        if inspect.isroutine(answer_type):
            raise TypeError("it is a function")
        return TypeAdapter(supported(answer_type))
    except (PydanticUserError, SchemaError, TypeError, NameError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")[:200]
        raise ValueError(
            f"answer_type={answer_type!r} cannot be the type of an answer ({reason}): "
            "use types of JSON data, a dataclass, a typed dict or a pydantic model."
        ) from None


def check(checker: TypeAdapter[Any], value: Any) -> Any:
    """JSON data as a value of the type, as JSON data again: made whole, `"12"` read as 12.

    Raises ValueError, which names each field that does not fit (at most five), the reason and what was given.
    """
    try:
        made = checker.validate_json(_json(value))
    except ValidationError as error:
        raise ValueError("; ".join(problems(error))) from None
    except Exception as error:  # a validator of the user's own
        told = redacted(f"{type(error).__name__}: {error}")
        raise ValueError(f"the check of the answer has failed: {told}"[:300]) from None
    return checker.dump_python(made, mode="json", by_alias=True, round_trip=True)


def typed(value: Any, answer_type: Any) -> Any:
    """The JSON data of an answer as an instance of its type: a model, a list of dates, an enum's member ...

    Without a type, the data as they are. Raises ValueError for data that do not fit, such as those of a best guess.
    """
    if answer_type is None:
        return value
    try:
        return adapter(answer_type).validate_json(_json(value))
    except ValidationError as error:
        raise ValueError(f"The answer does not fit its type: {'; '.join(problems(error))}.") from None


def _json(value: Any) -> str:
    return encodable(json.dumps(value, ensure_ascii=False))


def problems(error: ValidationError, name: str = "") -> list[str]:
    """What does not fit, a line each, such as `orders.2.price: must be greater than 0, you gave -3`; at most five.

    `name` is that of the value itself, where it has one.
    """
    found = error.errors(include_url=False, include_context=False)
    rows = [_problem(dict(each), name) for each in found[:_MAX_PROBLEMS]]
    more = len(found) - len(rows)
    return [*rows, f"and {more:,} more"] if more > 0 else rows


def _problem(told: dict[str, Any], name: str) -> str:
    path = [*([name] if name else []), *told["loc"][:12]]
    where = ".".join(_short(str(part), 60) for part in path) or "the value"
    message = str(told["msg"])
    if told["type"] in ("value_error", "assertion_error"):  # the words of a validator of the user's own
        message = redacted(message)
    if told["type"] == "missing":
        return f"{where}: is missing"
    if told["type"] == "extra_forbidden":
        return f"{where}: there is no such field"
    subject, should, rest = message.partition(" should ")
    if should and " " not in subject:
        message = f"must {rest}"
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"{where}: {_short(message, 300)}, you gave {_given(told['input'])}"


def _given(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        names = ", ".join(_short(str(name), 30) for name in list(value)[:8])
        return f"a dict with {names}" if value else "an empty dict"
    return _short(repr(value[:_MAX_SHOWN] if isinstance(value, str) else value), _MAX_SHOWN)


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def schema(answer_type: Any) -> dict[str, Any]:
    """The JSON schema of a type as a model reads it best: definitions in their place, no titles.

    A type that contains itself is named there, and its definition stays under `$defs`. Raises ValueError.
    """
    whole = adapter(answer_type).json_schema(mode="validation")
    defs = whole.pop("$defs", {})
    kept: set[str] = set()
    made = _inlined(whole, defs, (), kept)
    named: dict[str, Any] = {}
    while missing := kept - named.keys():
        named |= {name: _inlined(defs[name], defs, (name,), kept) for name in sorted(missing)}
    if named:
        made["$defs"] = named
    assert isinstance(made, dict)
    return made


def _inlined(part: Any, defs: dict[str, Any], within: tuple[str, ...], kept: set[str]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, defs, within, kept) for each in part]
    if not isinstance(part, dict):
        return part
    if isinstance(target := part.get("$ref"), str):
        name = target.rpartition("/")[2]
        rest = {key: value for key, value in part.items() if key != "$ref"}
        if name in within:
            kept.add(name)
            return part
        return _inlined({**defs[name], **rest}, defs, (*within, name), kept)
    made = {}
    for key, value in part.items():
        if key == "properties":
            made[key] = {name: _inlined(each, defs, within, kept) for name, each in value.items()}
        elif key in ("default", "const", "enum", "examples"):
            made[key] = value
        elif key not in ("title", "discriminator"):
            made[key] = _inlined(value, defs, within, kept)
    return made


def supported(given: Any) -> Any:
    """The type itself, but typed dicts of `typing` as those that pydantic can read on every version of Python."""
    if typing.is_typeddict(given):
        hints = {name: supported(hint) for name, hint in typing.get_type_hints(given, include_extras=True).items()}
        required: frozenset[str] = given.__required_keys__
        fields = {
            name: hint
            if name in required or typing.get_origin(hint) is typing.NotRequired
            else typing.NotRequired[hint]
            for name, hint in hints.items()
        }
        make: Any = TypedDict
        made = make(given.__name__, fields)
        made.__doc__ = given.__doc__
        return made
    origin, arguments = typing.get_origin(given), typing.get_args(given)
    if origin in (list, dict, tuple, set, frozenset):
        return origin[tuple(supported(each) for each in arguments)]
    if origin in (types.UnionType, typing.Union):
        return typing.Union[tuple(supported(each) for each in arguments)]  # noqa: UP007
    return given


def schema_of(answer_type: Any) -> str | None:
    """An answer type in words that a model understands: `int`, or a JSON schema for anything larger."""
    if answer_type is None:
        return None
    if isinstance(answer_type, type) and answer_type.__module__ == "builtins":
        return answer_type.__name__
    return f"JSON data that fits this schema: {json.dumps(schema(answer_type), ensure_ascii=False)}"
