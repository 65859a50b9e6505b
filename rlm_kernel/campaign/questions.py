"""The questions of a campaign: a file of JSON lines, or what Python has in hand, checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.answers import type_parser
from .errors import CampaignError

_FIELDS = ("question", "type", "name")


@dataclass(frozen=True, slots=True)
class CampaignQuestion:
    """What is asked of every document. `type` is what the answer must be, in words such as `list[int]`; `name` is what
    rows call it (default: q1, q2 ...)."""

    question: str
    type: str | None = None
    name: str = ""


def read_questions(file: str | Path) -> list[CampaignQuestion]:
    """The questions of a file: one JSON object (or one JSON string) a line; blank lines and lines that begin with `#`
    are left out. Raises CampaignError in one sentence."""
    file = Path(file)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise CampaignError(f"The questions {file} cannot be read: {reason}.") from None
    found = [
        _of_line(line, f"{file.name} line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise CampaignError(
            f'{file} holds no question: give one JSON object a line, such as {{"question": "Who signed it?", "type": '
            '"str", "name": "signer"}.'
        )
    return checked(found)


def questions_of(questions: Any) -> list[CampaignQuestion]:
    """From a file's Path, one question, or several (texts, `CampaignQuestion`s, or dicts with the fields of one).

    Raises CampaignError.
    """
    if isinstance(questions, Path):
        return read_questions(questions)
    if isinstance(questions, str | CampaignQuestion | Mapping):
        questions = [questions]
    if not isinstance(questions, Iterable):
        raise CampaignError(
            f"Questions cannot be made from {type(questions).__name__}: give a text, a list of texts, or the Path of a "
            "file of JSON lines."
        )
    return checked([_of_data(each, f"Question {number}") for number, each in enumerate(questions, 1)])


def checked(questions: Iterable[CampaignQuestion]) -> list[CampaignQuestion]:
    """The same questions, each with a name of its own. Raises CampaignError."""
    named: list[CampaignQuestion] = []
    for number, one in enumerate(questions, 1):
        name = one.name or f"q{number}"
        if any(name == other.name for other in named):
            raise CampaignError(f"Two questions are called {name!r}: give each a name of its own.")
        if not isinstance(one.question, str) or not one.question.strip():
            raise CampaignError(f"The question {name!r} asks nothing: say what you want to know, as a text.")
        try:
            if one.type:
                type_parser.parse(one.type, {})
        except ValueError as error:
            raise CampaignError(
                f"The question {name!r} has the type {one.type!r}: {error}. {type_parser.ADVICE}"
            ) from None
        named.append(CampaignQuestion(one.question, one.type or None, name))
    if not named:
        raise CampaignError("There is no question: give at least one.")
    return named


def _of_line(line: str, where: str) -> CampaignQuestion:
    try:
        return _of_data(json.loads(line), where)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CampaignError):
            raise
        raise CampaignError(f"{where} is no JSON: {error}.") from None


def _of_data(data: Any, where: str) -> CampaignQuestion:
    if isinstance(data, CampaignQuestion):
        return data
    if isinstance(data, str):
        return CampaignQuestion(data)
    if not isinstance(data, Mapping):
        raise CampaignError(f"{where} is neither a text nor an object with the fields {', '.join(_FIELDS)}.")
    for unknown in data.keys() - set(_FIELDS):
        raise CampaignError(f"{where} has a field {unknown!r}; known are: {', '.join(_FIELDS)}.")
    for field in ("type", "name"):
        if not isinstance(data.get(field) or "", str):
            raise CampaignError(f'{where}: "{field}" must be a text.')
    if not isinstance(data.get("question"), str) or not data["question"].strip():
        raise CampaignError(f'{where} asks nothing: give it a "question".')
    return CampaignQuestion(data["question"], data.get("type"), data.get("name") or "")
