"""Grades a folder of submissions: whatever a student hands in is a row, with a reason where it cannot be graded."""

from __future__ import annotations

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..document import Document
from ..models.recorded_questions import nearest, normalised
from ..render.sanitize import one_line
from ..replay import ReplayLimits
from ..replay.trace_files import holds_traces, read
from ..subkernel import IsolationError
from ..trace import Trace
from .rubric import Rubric, RubricError, Task
from .runs import document_of, limits_of, replies_of, scored
from .scores import Score

_SUFFIXES = (".ipynb", ".json")
_MOST_TRACES = 200
_MOST_STUDENTS = 10_000


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student gets: a score for each task, and `problem`, why something of it could not be read ("": all)."""

    student: str
    scores: tuple[Score, ...] = ()
    problem: str = ""
    files: tuple[str, ...] = field(default=())

    @property
    def points(self) -> float:
        """Of all tasks together."""
        return sum(score.points for score in self.scores)

    @property
    def of(self) -> float:
        """The most that can be had."""
        return sum(score.of for score in self.scores)

    @property
    def reason(self) -> str:
        """What was the matter, in a line."""
        problems = [self.problem, *(f"{score.task}: {score.problem}" for score in self.scores if score.problem)]
        return "; ".join(filter(None, problems))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON-able data."""
        tasks = [score.to_dict() for score in self.scores]
        return {"student": self.student, "points": self.points, "of": self.of, "problem": self.problem, "tasks": tasks}


async def grade(
    folder: str | Path,
    rubric: Rubric,
    *,
    workers: int | None = None,
    on_graded: Callable[[Submission], None] | None = None,
) -> list[Submission]:
    """The submissions in a folder, in the order of their names: a folder or a file for each student.

    `workers` at once (default: the processors). `on_graded` is called with each as it is done. Raises RubricError, and
    IsolationError where nobody's code can be isolated.
    """
    job = _Job(rubric, document_of(rubric), limits_of(rubric), replies_of(rubric))
    places = list(_submitted(Path(folder)))
    if not places:
        raise RubricError(f"{folder} holds no submission: it needs a folder, or a notebook, for each student.")
    if len(places) > _MOST_STUDENTS:
        raise RubricError(f"{folder} holds more than {_MOST_STUDENTS:,} submissions: name a smaller folder.")
    turn = asyncio.Semaphore(workers or os.cpu_count() or 1)

    async def graded(student: str, place: Path) -> Submission:
        async with turn:
            submission = await job.submission(student, place)
        if on_graded is not None:
            on_graded(submission)
        return submission

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(graded(student, place)) for student, place in places]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _submitted(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each student's name and place."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise RubricError(f"The submissions {folder} cannot be read: {error.strerror or error}.") from None
    entries = [entry for entry in entries if not entry.name.startswith((".", "__"))]
    stems = Counter(Path(entry.name).stem for entry in entries)
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield entry.name, path
        else:
            # A file of another kind, and a link, is what somebody has handed in, too.
            yield (path.stem if stems[path.stem] == 1 else entry.name), path


@dataclass(frozen=True, slots=True)
class _Job:
    """What all submissions are graded by."""

    rubric: Rubric
    document: Document
    limits: ReplayLimits
    replies: Collection[str] | None

    async def submission(self, student: str, place: Path) -> Submission:
        """One student's. Raises nothing but IsolationError."""
        try:
            found = await asyncio.to_thread(_read_all, place, self.rubric)
            scores = [await self._task(task, found.traces) for task in self.rubric.tasks]
        except IsolationError:
            raise
        except Exception as error:  # whatever a hostile file has found to break: one row must not cost the others
            problem = _broken(error)
            return Submission(student, self._nothing(problem), problem)
        return Submission(student, tuple(scores), "; ".join(found.problems), tuple(found.files))

    def _nothing(self, problem: str) -> tuple[Score, ...]:
        return tuple(Score(task.name, task.of, problem=problem) for task in self.rubric.tasks)

    async def _task(self, task: Task, traces: list[Trace]) -> Score:
        asked = [trace for trace in traces if normalised(trace.question) == normalised(task.question)]
        if not asked:
            other = nearest(task.question, [trace.question for trace in traces])[:1]
            hint = f"; the nearest question in it is {one_line(other[0], 100)!r}" if other else ""
            return Score(task.name, task.of, problem=f"its question was not asked{hint}")
        try:
            # The last one counts: what a student asks again replaces what came before.
            return await scored(
                asked[-1], task, self.document, earlier=traces, limits=self.limits, replies=self.replies
            )
        except IsolationError:
            raise
        except Exception as error:  # whatever a hostile trace has found to break: one task must not cost the others
            return Score(task.name, task.of, problem=_broken(error))


def _broken(error: Exception) -> str:
    return f"it cannot be graded ({type(error).__name__}: {one_line(str(error), 200)})"


@dataclass(slots=True)
class _Found:
    traces: list[Trace] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def _read_all(place: Path, rubric: Rubric) -> _Found:
    """The traces of a student's files. Links are not followed; only files that are files are opened."""
    found, limits = _Found(), rubric.limits
    root = place.parent
    files = list(_files(place, limits.max_files + 1))
    if len(files) > limits.max_files:
        found.problems.append(f"it has more than {limits.max_files} files: the others were not read")
    size = 0
    for file in files[: limits.max_files]:
        name = one_line(str(file.relative_to(root)), 120)
        try:
            status = os.lstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("is a link, or no file: hand in the notebook itself")
            size += status.st_size
            if size > limits.max_mb * 1e6:
                raise ValueError(f"is too large: a submission may have {limits.max_mb:g} MB")
            # Of a folder, JSON of another kind is nobody's mistake.
            is_other = file != place and file.suffix == ".json" and not holds_traces(file)
            traces = [] if is_other else [each.trace for each in read(file)]
        except OSError as error:
            found.problems.append(f"{name} cannot be read: {error.strerror or type(error).__name__}")
        except ValueError as error:
            found.problems.append(f"{name} {one_line(str(error).removeprefix(f'{file} '), 200)}")
        else:
            found.files.append(name)
            found.traces += traces
    if len(found.traces) > _MOST_TRACES:
        found.problems.append(f"it has {len(found.traces):,} runs: the last {_MOST_TRACES} count")
        found.traces = found.traces[-_MOST_TRACES:]
    if not files:
        found.problems.append("it has no notebook")
    return found


def _files(place: Path, most: int) -> Iterator[Path]:
    """A file, or the notebooks and traces of a folder, in their order; at most so many."""
    if place.is_symlink() or not place.is_dir():
        yield place
        return
    count = 0
    for folder, names, files in os.walk(place, followlinks=False):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or not name.endswith(_SUFFIXES):
                continue
            count += 1
            if count > most:
                return
            yield Path(folder, name)
