"""`check`: one run by one task, in a cell of a notebook: an autograder cell of nbgrader, a test of otter."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..api.answer import Answer
from ..document import Document
from ..engine.blocking import run_blocking
from ..replay import ReplayLimits
from ..replay.trace_files import read
from ..trace import Trace
from .rubric import Rubric, RubricError, Task, task_of
from .runs import document_of, limits_of, replies_of, scored
from .scores import Score

_SECONDS = 120.0


def check(
    run: Answer[Any] | Trace | str | Path,
    task: str | None = None,
    *,
    rubric: Rubric | str | Path | None = None,
    document: Any = None,
    earlier: Sequence[Answer[Any] | Trace] = (),
    limits: ReplayLimits | None = None,
    **fields: Any,
) -> Score:
    """Run an answer's code again without a model, and judge it. Returns the score where all criteria hold.

    Raises AssertionError, which says what does not hold, as nbgrader and otter take it; RubricError for a mistake in
    what is asked for, DocumentError, and IsolationError. `run`: an `Answer`, a `Trace`, or a file with one. Either
    `task` names one of a `rubric` (a file,
    say), or `fields` are those of a task: `answer=11500025, evidence=[39, 83], max_calls=4, grounded=True,
    derived=True`. `document` is what the run was about: that of the answer, or of the rubric, unless given. `earlier`:
    the answers to the questions before it in its session, for a run that is no `Answer`.
    """
    trace, held = _trace_of(run)
    if not earlier and isinstance(run, Answer):
        earlier = run.earlier
    replies = None
    if rubric is not None:
        if fields:
            raise RubricError("check(...): give a task of the rubric, or fields of your own, not both.")
        rubric = rubric if isinstance(rubric, Rubric) else Rubric.load(rubric)
        asked = _named(rubric, task)
        limits, replies = limits or limits_of(rubric), replies_of(rubric)
        held = document_of(rubric) if document is None else held
    else:
        asked = task_of({"name": task or "task"} | fields)
    about = held if document is None else Document.of(document)
    if about is None:
        raise RubricError("check(...): give the document that the run was about: document=Path('report.txt'), say.")
    before = [each.trace if isinstance(each, Answer) else each for each in earlier]
    limits = limits or ReplayLimits(max_seconds=_SECONDS)
    score = run_blocking(
        functools.partial(scored, trace, asked, about, earlier=[*before, trace], limits=limits, replies=replies)
    )
    if score.problem or score.failed:
        raise AssertionError(score.text)
    return score


def _trace_of(run: Any) -> tuple[Trace, Document | None]:
    if isinstance(run, Answer):
        return run.trace, run.document
    if isinstance(run, Trace):
        return run, None
    if isinstance(run, str):
        run = Path(run)
    if not isinstance(run, Path):
        raise AssertionError(f"there is no answer here, but a {type(run).__name__}: was the question asked?")
    try:
        found = read(run)
    except (OSError, ValueError) as error:
        raise AssertionError(str(error)) from None
    if len(found) != 1:
        raise AssertionError(f"{run} holds {len(found)} runs: give the one that you mean, saved with %trace FILE")
    return found[0].trace, None


def _named(rubric: Rubric, task: str | None) -> Task:
    for each in rubric.tasks:
        if each.name == task or (task is None and len(rubric.tasks) == 1):
            return each
    names = ", ".join(repr(each.name) for each in rubric.tasks)
    raise RubricError(f"check(...): the rubric has no task {task!r}; it has {names}.")
