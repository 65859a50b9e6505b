"""A model that repeats a recording: for classes, demonstrations and tests. `recording` says what is in one.

Nothing is ever guessed: a prompt that was not recorded is an error, which offers the questions that were.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from .base import Delta, Message, Model, Reply
from .recorded_questions import Paths, asked_in, is_question, nearest, offer
from .recording import (
    Header,
    RecordedCall,
    broken,
    fingerprint,
    is_json,
    parsed,
    plain,
    redacted,
    secrets_of_environment,
)

PIECE = 48


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
                self._exact.setdefault(fingerprint(redacted(call.prompt, ())), []).append(call)
        self._used: dict[str, int] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Recorded:
        """Read a recording. A last line that was cut off by a crash is left out."""
        path = Path(path).expanduser()
        try:
            head, newline, cut = path.read_bytes().rpartition(b"\n")
            text = (head if newline else cut).decode("utf-8")
        except OSError as error:
            raise broken(f"The recording {path} cannot be read: {error.strerror or error}.") from None
        except UnicodeDecodeError as error:
            raise broken(f"{path} is not a recording: byte {error.start} is not UTF-8.") from None
        # A crash may cut a line within a character.
        whole, rest = (text.split("\n"), cut.decode("utf-8", "replace")) if newline else ([], text)
        lines = [(number, line) for number, line in enumerate(whole, 1) if line.strip()]
        if rest.strip() and (is_json(rest) or not lines):
            lines.append((len(whole) + 1, rest))
        if not lines:
            raise broken(f"{path} is not a recording: it is empty.")
        (first, top), *others = lines
        header = parsed(Header, path, first, top)
        return cls(path, header, [parsed(RecordedCall, path, number, line) for number, line in others])

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

    async def check_batches(self) -> None:
        """Nothing: what was recorded is repeated, however it was asked for."""

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,  # noqa: ARG002 - what was recorded does not depend on it
        temperature: float | None = None,  # noqa: ARG002
        seed: int | None = None,  # noqa: ARG002
    ) -> AsyncGenerator[Delta | Reply, None]:
        """Yield the recorded reply in pieces, then whole, with the usage of the recording."""
        call = self._find(redacted(plain(messages), secrets_of_environment()))
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
        key = fingerprint(messages)
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
            raise broken(self._unknown_question(asked[0], questions))
        recorded = [calls[0].prompt for calls in self._exact.values()]
        if recorded:
            closest = max(recorded, key=lambda one: _agreement(one, messages))
            raise broken(f"{self._path.name} has no reply to this prompt. {_difference(closest, messages)}")
        if self._paths:
            raise broken(
                f"{self._path.name} has no reply to this prompt; it answers these questions: {offer(questions)}."
            )
        count = len(self._any)
        raise broken(f"{self._path.name} has run out: it holds {count} replies, and one more was asked for.")

    def _on_path(self, asked: str, said: list[str]) -> RecordedCall | None:
        """The next reply to a question that was written by hand; None where it is another question."""
        paths = next((paths for question, paths in self._paths.items() if is_question(question, asked)), None)
        if paths is None:
            return None
        call = paths.reply(said)
        if call is None:
            raise broken(
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
