"""The user's own tools, on the parent's side: described for the model, called with checked arguments, bounded results.

A tool runs here, with all rights of the user's process; the sandboxed code only asks for it, with JSON, and gets JSON
or one sentence back. What it may do is the user's decision.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import threading
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from ...subkernel.base import Refusal, ToolStub
from ...subkernel.tool_names import checked
from ..answers import schema
from ..redaction import redacted
from ..unawaited import unawaited
from .results import jsonable

_MAX_ARGUMENTS = 1_000_000
_MAX_RESULT = 4_000_000
_MAX_DOC = 600
_MAX_SIGNATURE = 1_000
_ANY_TYPE = ConfigDict(arbitrary_types_allowed=True)


@dataclass(frozen=True)
class _Tool:
    function: Callable[..., Any]
    signature: inspect.Signature
    adapters: dict[str, TypeAdapter[Any]]
    stub: ToolStub


class UserTools:
    """Callables of the user's that a run may call by their names.

    Parameters without an annotation take any JSON. Raises ValueError for what cannot be a tool. `secrets` are texts
    that no message of an exception may hold, besides the keys and tokens of the environment.
    """

    def __init__(self, functions: Sequence[Callable[..., Any]], *, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        tools = [self._made(function) for function in functions]
        checked([tool.stub for tool in tools])
        self._tools = {tool.stub.name: tool for tool in tools}

    @property
    def stubs(self) -> tuple[ToolStub, ...]:
        """What the sub-kernel and the prompt need to know of each."""
        return tuple(tool.stub for tool in self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        return f"UserTools({', '.join(self._tools)})"

    def _made(self, function: Any) -> _Tool:
        name = getattr(function, "__name__", None)
        if not callable(function) or not isinstance(name, str):
            raise ValueError(
                f"A {type(function).__name__} cannot be a tool: give a function that has a name (def ...)."
            )
        try:
            signature = inspect.signature(function)
        except (ValueError, TypeError):
            raise ValueError(f"The tool {name} does not tell its parameters: wrap it in a function of yours.") from None
        hints = _hints(name, function)
        adapters = {}
        for parameter in signature.parameters.values():
            hint = hints.get(parameter.name, Any)
            try:
                adapters[parameter.name] = TypeAdapter(
                    schema.supported(hint), config=_ANY_TYPE if _takes_config(hint) else None
                )
            except (PydanticUserError, SchemaError, TypeError, NameError) as error:
                reason = str(error).partition("\n")[0][:200]
                raise ValueError(
                    f"The tool {name} cannot be called: its parameter {parameter.name!r} has an annotation that "
                    f"nothing can be checked against ({reason}). Annotate it with a type of JSON data."
                ) from None
        doc = _first_paragraph(inspect.getdoc(function) or "")
        stub = ToolStub(name, _shown(signature, hints)[:_MAX_SIGNATURE], doc[:_MAX_DOC])
        return _Tool(function, signature, adapters, stub)

    async def call(self, name: str, args: Any, kwargs: Any) -> Any:
        """Call a tool with JSON arguments, which are hostile, and give its result as JSON. Raises Refusal.

        A coroutine function runs on this loop, any other in a thread of its own, with the caller's context variables;
        whoever cancels this does not wait for the thread. NaN and infinities become None.
        """
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None:
            raise Refusal(f"there is no tool {str(name)[:40]!r}")
        bound = self._bound(tool, args, kwargs)
        try:
            if inspect.iscoroutinefunction(tool.function):
                result = await tool.function(*bound.args, **bound.kwargs)
                return await _in_thread(lambda: _bounded(result))
            result = await _in_thread(lambda: _result(tool.function(*bound.args, **bound.kwargs)))
            if inspect.isawaitable(result):
                awaited_result = await result
                return await _in_thread(lambda: _bounded(awaited_result))
            return result
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise Refusal(f"{name} was cancelled") from None
        except _Raised as raised:
            raise Refusal(self._told(name, raised.error)) from None
        except KeyboardInterrupt as error:
            if threading.current_thread() is threading.main_thread():
                raise  # the user's own
            raise Refusal(self._told(name, error)) from None
        except GeneratorExit:
            raise
        except BaseException as error:
            raise Refusal(self._told(name, error)) from None

    def _bound(self, tool: _Tool, args: Any, kwargs: Any) -> inspect.BoundArguments:
        name = tool.stub.name
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise Refusal(f"{name}: the arguments are no list and dict")
        size = _size([args, kwargs])
        if size > _MAX_ARGUMENTS:
            raise Refusal(
                f"{name}: the arguments are {size / 1e6:,.1f} MB as JSON, more than {_MAX_ARGUMENTS / 1e6:g} MB: "
                "hand over less, e.g. only the lines that matter"
            )
        try:
            bound = tool.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise Refusal(f"{name}: {error}. It is {name}{tool.stub.signature}") from None
        for key, value in bound.arguments.items():
            adapter = tool.adapters[key]
            match tool.signature.parameters[key].kind:
                case inspect.Parameter.VAR_POSITIONAL:
                    checked_value: Any = tuple(self._checked(name, key, adapter, each) for each in value)
                case inspect.Parameter.VAR_KEYWORD:
                    checked_value = {word: self._checked(name, word, adapter, each) for word, each in value.items()}
                case _:
                    checked_value = self._checked(name, key, adapter, value)
            bound.arguments[key] = checked_value
        return bound

    def _checked(self, name: str, key: str, adapter: TypeAdapter[Any], value: Any) -> Any:
        try:
            return adapter.validate_json(json.dumps(value))
        except ValidationError as error:
            reasons = "; ".join(schema.problems(error, key))
            raise Refusal(redacted(f"{name}: {reasons}", self._secrets)) from None
        except Exception as error:  # a validator of the user's own
            raise Refusal(self._told(f"{name}: {key}", error)) from None

    def _told(self, name: str, error: BaseException) -> str:
        if isinstance(error, _TooLarge):
            return f"{name}: {error}"
        try:
            message = str(error)
        except Exception:
            message = ""
        kind = "" if isinstance(error, Refusal) else type(error).__name__
        return redacted(": ".join(part for part in (kind, message) if part) or "it has failed", self._secrets)


class _Raised(Exception):
    """What was raised in a tool's thread: raised on a loop itself, a KeyboardInterrupt would end the loop."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class _TooLarge(Exception):
    """A result is no JSON, or too much of it."""


def _result(result: Any) -> Any:
    return result if inspect.isawaitable(result) else _bounded(result)


def _bounded(result: Any) -> Any:
    try:
        value = jsonable(result, _MAX_RESULT)
        size = _size(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise _TooLarge(f"its result cannot be handed over ({str(error)[:300]})") from None
    if size > _MAX_RESULT:
        raise _TooLarge(
            f"its result is {size / 1e6:,.1f} MB as JSON, more than {_MAX_RESULT / 1e6:g} MB: ask for less, or let the "
            "tool return a part or a summary"
        )
    return value


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


async def _in_thread(work: Callable[[], Any]) -> Any:
    """What `work` returns; nobody waits for its thread, not even the end of the program. Raises _Raised."""
    value, error = await unawaited(work, "rlm-user-tool")
    if isinstance(error, asyncio.CancelledError):
        raise error
    if error is not None:
        raise _Raised(error)
    return value


def _hints(name: str, function: Any) -> dict[str, Any]:
    target = function if inspect.isroutine(function) or inspect.isclass(function) else type(function).__call__
    target = target.__init__ if inspect.isclass(target) else target
    try:
        return typing.get_type_hints(inspect.unwrap(target), include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise ValueError(
            f"The annotations of the tool {name} cannot be read ({error}): use names that its module knows."
        ) from None


def _takes_config(hint: Any) -> bool:
    # Types with a configuration of their own take no other.
    inner = typing.get_origin(hint) or hint
    return not (
        typing.is_typeddict(inner)
        or (isinstance(inner, type) and (hasattr(inner, "model_fields") or hasattr(inner, "__dataclass_fields__")))
    )


def _first_paragraph(doc: str) -> str:
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", doc.strip().partition("\n\n")[0]).split())


def _shown(signature: inspect.Signature, hints: dict[str, Any]) -> str:
    """A signature as a reader wants it: no modules before names, no long defaults."""
    parameters = [
        parameter.replace(
            annotation=_Bare(_annotation(hints[parameter.name])) if parameter.name in hints else parameter.empty,
            default=parameter.empty if parameter.default is parameter.empty else _Bare(_default(parameter.default)),
        )
        for parameter in signature.parameters.values()
    ]
    returned = _Bare(_annotation(hints["return"])) if "return" in hints else signature.empty
    return str(inspect.Signature(parameters, return_annotation=returned))


class _Bare(str):
    """A text that a signature shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _default(value: Any) -> str:
    shown = value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 12)
    return repr(value) if shown and re.fullmatch(r"[\w .'+-]{1,20}", repr(value)) else "..."


def _annotation(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return f"Literal[{', '.join(repr(member.value) for member in hint)}]"
    if typing.get_origin(hint) is typing.Annotated:
        return _annotation(typing.get_args(hint)[0])
    if hint is type(None):
        return "None"
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " | ".join(map(_annotation, typing.get_args(hint)))
    if typing.get_origin(hint) is Literal:
        return f"Literal[{', '.join(map(repr, typing.get_args(hint)))}]"
    return re.sub(r"\b(?:[^\W\d]\w*\.)+(?=\w)", "", inspect.formatannotation(hint))
