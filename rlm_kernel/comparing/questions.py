"""The questions of a comparison, with their answers: a file of JSON lines, read and checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import demo
from ..engine.answers import type_parser
from .checks import BUILT_IN, Check, bound

_FIELDS = ("question", "context", "text", "answer", "check", "tolerance", "type", "name")


class QuestionError(ValueError):
    """A question cannot be used: which, why, and what it should be like."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what it is about, and the right answer.

    `context` is anything that a `Document` is made of. `check` is one of `checks.BUILT_IN` or the name of a function of
    the user's; `tolerance`, for `number`, a number or a share such as "1%". `type` is what the answer must be, in words
    such as `list[int]`. `name` is what tables call it.
    """

    question: str
    context: Any
    answer: Any
    check: str = "exact"
    tolerance: float | str = 0.0
    type: str | None = None
    name: str = ""


def demo_questions() -> Path:
    """The file of questions about the demonstration report."""
    return demo.path().with_name("questions.jsonl")


def read_questions(file: str | Path) -> list[Question]:
    """The questions of a file: one JSON object a line, blank lines and lines that begin with `#` left out.

    Fields: `question`, `answer`, `context` (a file, relative to this one, or a text with line breaks) or `text`, and
    optionally `check`, `tolerance`, `type`, `name`. Raises QuestionError in one sentence.
    """
    file = Path(file)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise QuestionError(f"The questions {file} cannot be read: {reason}.") from None
    made: list[Question] = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            made.append(_question(line, f"{file.name} line {number}", file.parent, f"q{len(made) + 1}"))
    if not made:
        raise QuestionError(
            f'{file} holds no question: give one JSON object a line, such as {{"question": "How many?", "context": '
            '"report.txt", "answer": 3}.'
        )
    return made


def checked(questions: Iterable[Question], own: Mapping[str, Check]) -> list[Question]:
    """The same questions, each with a name of its own. Raises QuestionError for what no run could be judged by."""
    made: list[Question] = []
    for number, one in enumerate(questions, 1):
        name = one.name or f"q{number}"
        if name in {other.name for other in made}:
            raise QuestionError(f"Two questions are called {name!r}: give each a name of its own.")
        _check(one, f"The question {name!r}", own)
        made.append(Question(one.question, one.context, one.answer, one.check, one.tolerance, one.type, name))
    if not made:
        raise QuestionError("There is no question to compare by.")
    return made


def _check(one: Question, where: str, own: Mapping[str, Check]) -> None:
    if one.check not in BUILT_IN and one.check not in own:
        known = ", ".join([*BUILT_IN, *own])
        raise QuestionError(f"{where} is to be checked by {one.check!r}, which I do not know; known are: {known}.")
    try:
        bound(one.tolerance, 1.0)
    except ValueError:
        raise QuestionError(
            f'{where} has the tolerance {one.tolerance!r}; give a number from 0 on, or a share such as "1%".'
        ) from None
    if one.check == "number" and (isinstance(one.answer, bool) or not isinstance(one.answer, int | float)):
        raise QuestionError(f"{where} is checked as a number, but its answer is {one.answer!r}.")
    try:
        if one.type:
            type_parser.parse(one.type, {})
    except ValueError as error:
        raise QuestionError(f"{where} has the type {one.type!r}: {error}. {type_parser.ADVICE}") from None


def _question(line: str, where: str, folder: Path, name: str) -> Question:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise QuestionError(f"{where} is no JSON: {error}.") from None
    if not isinstance(data, dict):
        raise QuestionError(f"{where} is no JSON object.")
    for unknown in data.keys() - set(_FIELDS):
        raise QuestionError(f"{where} has a field {unknown!r}; known are: {', '.join(_FIELDS)}.")
    if not isinstance(data.get("question"), str) or not data["question"].strip():
        raise QuestionError(f'{where} asks nothing: give it a "question".')
    if "answer" not in data:
        raise QuestionError(f'{where} has no "answer", so nothing can be judged by it.')
    for field in ("check", "type", "name"):
        if not isinstance(data.get(field, ""), str):
            raise QuestionError(f'{where}: "{field}" must be a text.')
    return Question(
        data["question"],
        _context(data, where, folder),
        data["answer"],
        data.get("check") or ("number" if _is_number(data["answer"]) else "exact"),
        data.get("tolerance", 0.0),
        data.get("type"),
        data.get("name") or name,
    )


def _is_number(answer: Any) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def _context(data: dict[str, Any], where: str, folder: Path) -> Any:
    text, context = data.get("text"), data.get("context")
    if isinstance(text, str) and context is None:
        return text
    if not isinstance(context, str) or text is not None:
        raise QuestionError(f'{where}: give it a "context" (a file beside this one), or a "text".')
    if "\n" in context:
        return context
    file = folder / context
    if not file.is_file():
        raise QuestionError(f'{where}: there is no file {file}; a context that is a text itself goes into "text".')
    return file
