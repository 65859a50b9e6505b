"""The questions of a recording: which one a prompt asks, the paths that answer it, and the nearest to one that is not
there. It reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from rapidfuzz import fuzz

from .base import Message

_MARK = "\n\nQuestion: "
_TYPE = "\nThe answer must be: "
_BUDGET = " The ID of outputs is "
_LONGEST = 300
_MOST_OFFERED = 5
# Characters of a question that are compared: a stranger's may be of any length.
_COMPARED = 2_000


class OnPath(Protocol):
    """A recorded reply to a question: the `path` (from 1) that it belongs to, its text."""

    path: int
    text: str


_C = TypeVar("_C", bound=OnPath)


class Paths(Generic[_C]):
    """The recorded ways of answering one question, each a reply for every iteration, in the order of the file.

    Each time the question is asked anew the next path answers it, and then the last one again.
    """

    def __init__(self) -> None:
        self._replies: dict[int, list[_C]] = {}
        self._begun = 0

    def add(self, call: _C) -> None:
        """The next reply of its path."""
        self._replies.setdefault(call.path, []).append(call)

    def add_said(self, said: Sequence[str], call: _C) -> None:
        """A reply that came after those that the model had `said`: of the path that has said just that, else the first
        of a new one."""
        same = (path for path in self._replies.values() if len(path) == len(said) and _begins(path, said))
        path = next(same, None) if said else None
        (path if path is not None else self._replies.setdefault(len(self._replies) + 1, [])).append(call)

    def rewind(self) -> None:
        """The first path is the next one again."""
        self._begun = 0

    def reply(self, said: Sequence[str]) -> _C | None:
        """What comes after the replies that the model has `said` in this run; None where the path has come to its end.

        A run that another path began, as a fork of it is, goes on along that one.
        """
        paths = [self._replies[number] for number in sorted(self._replies)]
        if not said:
            self._begun = min(self._begun + 1, len(paths))
        path = paths[max(self._begun, 1) - 1]
        if not _begins(path, said):
            path = next((other for other in paths if _begins(other, said)), path)
        return path[len(said)] if len(said) < len(path) else None

    @property
    def longest(self) -> int:
        """Replies of the longest path."""
        return max(map(len, self._replies.values()))


def _begins(path: Sequence[OnPath], said: Sequence[str]) -> bool:
    return [call.text for call in path[: len(said)]] == list(said)


def normalised(question: str) -> str:
    """The words of a question, whatever their case and the blanks and marks around them."""
    return " ".join(question.split()).rstrip(" ?.!").casefold()


def asked_in(messages: Sequence[Message], *, examples: bool) -> tuple[str, list[str]] | None:
    """The question of a run's prompt, and what the model has said in this run; None for a prompt of another kind, such
    as a sub-call's. `examples`: worked ones, which ask questions too, may come first."""
    if not messages or messages[0]["role"] != "system":
        return None
    asking = [n for n, one in enumerate(messages) if one["role"] == "user" and _MARK in one["content"]]
    if not asking:
        return None
    # The first: what a document says, and code prints, must not pass for a question. Worked examples have no budget.
    budgeted = [n for n in asking if _BUDGET in messages[n]["content"].rpartition(_MARK)[0]]
    opening = budgeted[0] if budgeted else asking[-1] if examples else asking[0]
    said = [one["content"] for one in messages[opening + 1 :] if one["role"] == "assistant"]
    question = messages[opening]["content"].rpartition(_MARK)[2]
    return question.rpartition(_TYPE)[0] or question, said


def is_question(recorded: str, asked: str) -> bool:
    """Whether the two are the same question."""
    return normalised(recorded) == normalised(asked)


def nearest(asked: str, questions: Iterable[str]) -> list[str]:
    """The questions, those first whose beginning has most in common with what was asked."""
    wording = normalised(asked[:_COMPARED])
    different = {normalised(each[:_COMPARED]): each for each in questions}
    scored = [(-fuzz.token_set_ratio(wording, words), -fuzz.ratio(wording, words), words) for words in different]
    return [different[words] for _, _, words in sorted(scored)]


def offer(questions: Sequence[str]) -> str:
    """Questions as a sentence that offers them."""
    shown = "; ".join(f"{number}. {_short(each)}" for number, each in enumerate(questions[:_MOST_OFFERED], 1))
    more = f"; and {len(questions) - _MOST_OFFERED:,} more" if len(questions) > _MOST_OFFERED else ""
    return f"{shown}{more}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...")
