"""The lines of a recording: how they are written, read, compared with a prompt, and kept free of keys.

A recording is JSON lines. The first is a header, each further one a call:

    {"schema": "rlm.recording/1", "model": "...", "recorded": "2026-01-31", "notices": [], "small": false, ...}
    {"messages_sha256": "...", "messages": [...], "parameters": {...}, "text": "...", "reasoning": "", "usage": {...},
     "finish_reason": "stop"}

Written by hand, a call needs only `text`: without `messages` it answers any prompt, in the order of the file; with a
`question` the runs that ask it, iteration by iteration, and with another `path` (2, 3 ...) the next such run. No
headers and no keys are written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..trace import Usage
from ..trace.json_values import encodable
from .base import Message, ModelError
from .keys import without_key_shapes

SCHEMA = "rlm.recording/1"
REDACTED = "[redacted]"
SECRET_NAMES = ("_API_KEY", "_TOKEN", "_SECRET")


class Line(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


_L = TypeVar("_L", bound=Line)


class Header(Line):
    """The first line. `small` and `context_window` are kept because the prompt depends on them. `match`: whether a
    run is answered by its whole prompts, or by its question, whatever the code's outputs are (a teacher's choice)."""

    schema_: Literal["rlm.recording/1"] = Field(alias="schema")
    model: str = ""
    recorded: str = ""
    notices: list[str] = Field(default_factory=list)
    small: bool = False
    context_window: int | None = None
    match: Literal["prompt", "question"] = "prompt"


class RecordedMessage(Line):
    role: Literal["system", "user", "assistant"]
    content: str


class RecordedCall(Line):
    """One call; `messages` None answers any prompt, or with a `question` those of the runs that ask it."""

    messages_sha256: str | None = None
    messages: list[RecordedMessage] | None = None
    question: str | None = Field(default=None, min_length=1)
    path: int = Field(default=1, ge=1)
    parameters: dict[str, Any] = Field(default_factory=dict)
    text: str
    reasoning: str = ""
    usage: Usage = Field(default_factory=lambda: Usage(calls=1))
    finish_reason: str | None = "stop"

    @property
    def prompt(self) -> list[Message]:
        return [{"role": one.role, "content": one.content} for one in self.messages or ()]


def broken(message: str) -> ModelError:
    return ModelError(message, kind="recording")


def parsed(kind: type[_L], path: Path, number: int, line: str) -> _L:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        wanted = f'a header with "schema": "{SCHEMA}"' if kind is Header else "a recorded call"
        reason = f"{field}: {first['msg']}" if field else first["msg"]
        raise broken(f"{path}, line {number}, is not {wanted} ({reason}).") from None


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def plain(messages: Sequence[Message]) -> list[Message]:
    """As they come back from the file: role and content, without lone surrogates."""
    return [{"role": one["role"], "content": encodable(one["content"])} for one in messages]


def fingerprint(messages: Sequence[Message]) -> str:
    """SHA-256 of the roles and contents as compact JSON."""
    pairs = [[message["role"], message["content"]] for message in messages]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def secrets_of_environment(configured: Sequence[str] = ()) -> list[str]:
    """Longest first, so that no secret is left in part by a shorter one."""
    values = {value for name, value in os.environ.items() if name.upper().endswith(SECRET_NAMES) and len(value) >= 8}
    values.update(value for value in configured if value)
    return sorted(values, key=len, reverse=True)


def redacted(value: Any, secrets: Sequence[str]) -> Any:
    """The same structure with every secret, and whatever only a key looks like, replaced in every string."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return without_key_shapes(value)
    if isinstance(value, dict):
        return {key: redacted(item, secrets) for key, item in value.items()}
    return [redacted(item, secrets) for item in value] if isinstance(value, list) else value
