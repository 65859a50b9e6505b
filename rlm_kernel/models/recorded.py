"""A model that repeats a recording, and the recorder that makes one: for classes, demonstrations and tests.

A recording is JSON lines. The first is a header, each further one a call:

    {"schema": "rlm.recording/1", "model": "...", "recorded": "2026-01-31", "notices": [], "small": false, ...}
    {"messages_sha256": "...", "messages": [...], "parameters": {...}, "text": "...", "reasoning": "", "usage": {...},
     "finish_reason": "stop"}

Written by hand, a call needs only `text`: without `messages` it answers any prompt, in the order of the file; with a
`question` the runs that ask it, iteration by iteration, and with another `path` (2, 3 ...) the next such run. Nothing
is ever guessed: a prompt that was not recorded is an error, which offers the questions that were. No headers and no
keys are written.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import logging
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..trace import Usage, utc_now
from ..trace.json_values import encodable
from .base import Delta, Message, Model, ModelError, Reply, WrappedModel
from .keys import without_key_shapes
from .recorded_questions import Paths, asked_in, is_question, nearest, offer

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
SCHEMA = "rlm.recording/1"
REDACTED = "[redacted]"
PIECE = 48
SECRET_NAMES = ("_API_KEY", "_TOKEN", "_SECRET")


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


_L = TypeVar("_L", bound=_Line)


class Header(_Line):
    """The first line. `small` and `context_window` are kept because the prompt depends on them. `match`: whether a
    run is answered by its whole prompts, or by its question, whatever the code's outputs are (a teacher's choice)."""

    schema_: Literal["rlm.recording/1"] = Field(alias="schema")
    model: str = ""
    recorded: str = ""
    notices: list[str] = Field(default_factory=list)
    small: bool = False
    context_window: int | None = None
    match: Literal["prompt", "question"] = "prompt"


class RecordedMessage(_Line):
    role: Literal["system", "user", "assistant"]
    content: str


class RecordedCall(_Line):
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


class Recorded(Model):
    """Answers from a recording. The same prompt again gets its recorded replies in order, then the last one again.

    `ModelError` of kind `recording`: for a file that cannot be read (naming the line), and for a prompt that is not in
    it (naming the recorded questions, the nearest first, or where the question is there, the first difference to the
    recorded prompt that comes closest).
    """

    def __init__(self, path: Path, header: Header, calls: Sequence[RecordedCall]) -> None:
        self._path, self._header, self._calls = path, header, tuple(calls)
        self._exact: dict[str, list[RecordedCall]] = {}
        self._any: list[RecordedCall] = []
        self._paths: dict[str, Paths[RecordedCall]] = {}
        for call in calls:
            if call.messages is None and call.question is not None:
                self._paths.setdefault(call.question, Paths()).add(call)
            elif call.messages is None:
                self._any.append(call)
            elif header.match == "question" and (asked := asked_in(call.prompt, examples=header.small)) is not None:
                self._paths.setdefault(asked[0], Paths()).add_said(asked[1], call)
            else:
                # A recording by hand, or by an older version, may hold what looks like a key.
                self._exact.setdefault(_fingerprint(_redact(call.prompt, ())), []).append(call)
        self._used: dict[str, int] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Recorded:
        """Read a recording. A last line that was cut off by a crash is left out."""
        path = Path(path).expanduser()
        try:
            head, newline, cut = path.read_bytes().rpartition(b"\n")
            text = (head if newline else cut).decode("utf-8")
        except OSError as error:
            raise _broken(f"The recording {path} cannot be read: {error.strerror or error}.") from None
        except UnicodeDecodeError as error:
            raise _broken(f"{path} is not a recording: byte {error.start} is not UTF-8.") from None
        # A crash may cut a line within a character.
        whole, rest = (text.split("\n"), cut.decode("utf-8", "replace")) if newline else ([], text)
        lines = [(number, line) for number, line in enumerate(whole, 1) if line.strip()]
        if rest.strip() and (_is_json(rest) or not lines):
            lines.append((len(whole) + 1, rest))
        if not lines:
            raise _broken(f"{path} is not a recording: it is empty.")
        (first, top), *others = lines
        header = _parse(Header, path, first, top)
        return cls(path, header, [_parse(RecordedCall, path, number, line) for number, line in others])

    def __repr__(self) -> str:
        return f"Recorded({str(self._path)!r})"

    @property
    def name(self) -> str:
        return f"recorded:{self._path.name}"

    @property
    def notices(self) -> tuple[str, ...]:
        head = self._header
        made = f"recorded {head.recorded}" if head.recorded else "written by hand"
        source = f" from {head.model}" if head.model else ""
        return (f"RECORDED: replies come from {self._path.name}, {made}{source}", *head.notices)

    @property
    def small(self) -> bool:
        return self._header.small

    @property
    def context_window(self) -> int | None:
        return self._header.context_window

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,  # noqa: ARG002 - what was recorded does not depend on it
        temperature: float | None = None,  # noqa: ARG002
        seed: int | None = None,  # noqa: ARG002
    ) -> AsyncGenerator[Delta | Reply, None]:
        """Yield the recorded reply in pieces, then whole, with the usage of the recording."""
        call = self._find(_redact(_plain(messages), _secrets()))
        for text in _pieces(call.reasoning):
            await asyncio.sleep(0)
            yield Delta(reasoning=text)
        for text in _pieces(call.text):
            await asyncio.sleep(0)
            yield Delta(text=text)
        yield Reply(call.text, call.reasoning, call.usage, call.finish_reason)

    def rewind(self) -> None:
        """Start over: the replies come in their recorded order again."""
        self._used.clear()
        for paths in self._paths.values():
            paths.rewind()

    @property
    def questions(self) -> list[str]:
        """The questions that were recorded, in the order of the file; a recording of other prompts has none."""
        exact = (asked_in(calls[0].prompt, examples=self.small) for calls in self._exact.values())
        return list(dict.fromkeys([*self._paths, *(found[0] for found in exact if found is not None)]))

    @property
    def texts(self) -> frozenset[str]:
        """Every reply that it has, without the blanks around it."""
        return frozenset(call.text.strip() for call in self._calls)

    async def aclose(self) -> None:
        """Nothing is open; rewinds, so that the next run finds the recording as it was."""
        self.rewind()

    def _find(self, messages: list[Message]) -> RecordedCall:
        key = _fingerprint(messages)
        if calls := self._exact.get(key):
            return calls[min(self._take(key), len(calls) - 1)]
        asked = asked_in(messages, examples=self.small)
        if asked is not None and (call := self._on_path(*asked)) is not None:
            return call
        number = self._used.get("", 0)
        if number < len(self._any):
            self._take("")
            return self._any[number]
        questions = self.questions
        if asked is not None and questions and not any(is_question(each, asked[0]) for each in questions):
            raise _broken(self._unknown_question(asked[0], questions))
        recorded = [calls[0].prompt for calls in self._exact.values()]
        if recorded:
            closest = max(recorded, key=lambda one: _agreement(one, messages))
            raise _broken(f"{self._path.name} has no reply to this prompt. {_difference(closest, messages)}")
        if self._paths:
            raise _broken(
                f"{self._path.name} has no reply to this prompt; it answers these questions: {offer(questions)}."
            )
        count = len(self._any)
        raise _broken(f"{self._path.name} has run out: it holds {count} replies, and one more was asked for.")

    def _on_path(self, asked: str, said: list[str]) -> RecordedCall | None:
        """The next reply to a question that was written by hand; None where it is another question."""
        paths = next((paths for question, paths in self._paths.items() if is_question(question, asked)), None)
        if paths is None:
            return None
        call = paths.reply(said)
        if call is None:
            raise _broken(
                f"{self._path.name} has run out: it has {paths.longest} replies to this question at most, and the run "
                f"asked for number {len(said) + 1}."
            )
        return call

    def _unknown_question(self, asked: str, questions: Sequence[str]) -> str:
        offered = nearest(asked, questions)
        was = "one question was" if len(offered) == 1 else f"{len(offered):,} questions were"
        return (
            f"{self._path.name} has not recorded the question {offer([asked])[3:]}. In it {was} recorded, the nearest "
            f"first: {offer(offered)}. Ask one of them in the same words."
        )

    def _take(self, key: str) -> int:
        number = self._used.get(key, 0)
        self._used[key] = number + 1
        return number


class Recorder(WrappedModel):
    """Passes everything through to a model and writes each finished call to `path`, line by line as they come.

    The file is replaced if it is a recording (any other file is refused); with `append`, calls are added to the
    recording that is there, so that a root model and a sub-model can share one. Values of environment variables that
    end in `_API_KEY`, `_TOKEN` or `_SECRET` (8 characters or more), `secrets`, and what only a key looks like are
    written as `[redacted]`. Calls that fail or are cancelled are not written. `OSError` becomes a `ModelError` of kind
    `recording`, but on a full disk the recording ends, which is logged, and the calls go on.
    """

    def __init__(
        self, model: Model, path: str | os.PathLike[str], *, append: bool = False, secrets: Sequence[str] = ()
    ) -> None:
        super().__init__(model)
        self._path, self._configured = Path(path).expanduser(), tuple(map(str, secrets))
        self._lost = False
        is_recording = self._path.exists() and self._path.stat().st_size > 0
        if is_recording:
            Recorded.open(self._path)
        if append and is_recording:
            self._end_last_line()
        else:
            self._write(
                {
                    "schema": SCHEMA,
                    "model": model.name,
                    "recorded": utc_now(),
                    "notices": list(model.notices),
                    "small": model.small,
                    "context_window": model.context_window,
                },
                mode="w",
            )

    def __repr__(self) -> str:
        return f"Recorder({self._model!r}, {str(self._path)!r})"

    def _end_last_line(self) -> None:
        """Have the next line begin on its own: a recording by hand may lack the last line feed, and what a crash has
        cut off is no line."""
        try:
            with self._path.open("r+b") as file:
                whole, newline, cut = file.read().rpartition(b"\n")
                if cut and _is_json(cut.decode("utf-8", "replace")):
                    file.write(b"\n")
                elif cut:
                    file.truncate(len(whole + newline))
        except OSError as error:
            raise _broken(f"The recording {self._path} cannot be written: {error.strerror or error}.") from None

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """What the model yields; its `Reply` is on disk before it is passed on."""
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        inner = self._model.stream(messages, max_tokens=max_tokens, temperature=temperature, seed=seed)
        try:
            async for piece in inner:
                if isinstance(piece, Reply):
                    self._record(messages, {name: value for name, value in options.items() if value is not None}, piece)
                yield piece
        finally:
            if isinstance(inner, AsyncGenerator):
                await inner.aclose()

    def _record(self, messages: Sequence[Message], parameters: dict[str, Any], reply: Reply) -> None:
        plain = _redact(_plain(messages), _secrets(self._configured))
        self._write(
            {
                "messages_sha256": _fingerprint(plain),
                "messages": plain,
                "parameters": parameters,
                "text": reply.text,
                "reasoning": reply.reasoning,
                "usage": reply.usage.model_dump(),
                "finish_reason": reply.finish_reason,
            }
        )

    def _write(self, line: dict[str, Any], mode: str = "a") -> None:
        if self._lost:
            return
        text = json.dumps(_redact(line, _secrets(self._configured)), ensure_ascii=False)
        try:
            with self._path.open(mode + "b") as file:
                file.write(text.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            if error.errno in _DISK_FULL:
                # The reply is there, and worth more than its recording.
                self._lost = True
                reason = error.strerror or error
                logging.getLogger(__name__).warning("The recording %s is lost: %s.", self._path, reason)
                return
            raise _broken(f"The recording {self._path} cannot be written: {error.strerror or error}.") from None


def _broken(message: str) -> ModelError:
    return ModelError(message, kind="recording")


def _parse(kind: type[_L], path: Path, number: int, line: str) -> _L:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        wanted = f'a header with "schema": "{SCHEMA}"' if kind is Header else "a recorded call"
        reason = f"{field}: {first['msg']}" if field else first["msg"]
        raise _broken(f"{path}, line {number}, is not {wanted} ({reason}).") from None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _plain(messages: Sequence[Message]) -> list[Message]:
    """As they come back from the file: role and content, without lone surrogates."""
    return [{"role": one["role"], "content": encodable(one["content"])} for one in messages]


def _fingerprint(messages: Sequence[Message]) -> str:
    """SHA-256 of the roles and contents as compact JSON."""
    pairs = [[message["role"], message["content"]] for message in messages]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def _secrets(configured: Sequence[str] = ()) -> list[str]:
    """Longest first, so that no secret is left in part by a shorter one."""
    values = {value for name, value in os.environ.items() if name.upper().endswith(SECRET_NAMES) and len(value) >= 8}
    values.update(value for value in configured if value)
    return sorted(values, key=len, reverse=True)


def _redact(value: Any, secrets: Sequence[str]) -> Any:
    """The same structure with every secret, and whatever only a key looks like, replaced in every string."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return without_key_shapes(value)
    if isinstance(value, dict):
        return {key: _redact(item, secrets) for key, item in value.items()}
    return [_redact(item, secrets) for item in value] if isinstance(value, list) else value


def _pieces(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def _first_difference(recorded: str, asked: str) -> int:
    pairs = enumerate(zip(recorded, asked, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(recorded), len(asked)))


def _agreement(recorded: Sequence[Message], asked: Sequence[Message]) -> tuple[int, int]:
    """How many messages agree from the start, then how many characters of the next one."""
    for number, (one, other) in enumerate(zip(recorded, asked, strict=False)):
        if one != other:
            return number, _first_difference(one["content"], other["content"])
    return min(len(recorded), len(asked)), 0


def _difference(recorded: Sequence[Message], asked: Sequence[Message]) -> str:
    number, character = _agreement(recorded, asked)
    if number == min(len(recorded), len(asked)):
        return f"It was asked {len(asked)} messages; the closest recorded prompt has {len(recorded)}, alike so far."
    one, other = recorded[number], asked[number]
    if one["role"] != other["role"]:
        return (
            f"First difference: message {number + 1} was recorded from {one['role']!r}, asked from {other['role']!r}."
        )

    def excerpt(text: str) -> str:
        return repr(text[max(0, character - 20) : character + 40])

    return (
        f"First difference: message {number + 1} ({one['role']}), character {character + 1}: "
        f"recorded {excerpt(one['content'])}, asked {excerpt(other['content'])}. Record it anew to use this prompt."
    )
