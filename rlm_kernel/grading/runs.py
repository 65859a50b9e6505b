"""Runs one trace again, and has it judged by one task."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from ..document import Document, DocumentError
from ..models import ModelError, Recorded
from ..render.sanitize import one_line
from ..replay import ReplayLimits, areplay
from ..replay.recorded_replies import is_shortened
from ..trace import Trace
from .criteria import judged
from .rubric import Rubric, RubricError, Task
from .scores import Score

_REASON = 300


async def scored(
    trace: Trace,
    task: Task,
    document: Document,
    *,
    earlier: Sequence[Trace] = (),
    limits: ReplayLimits | None = None,
    replies: Collection[str] | None = None,
) -> Score:
    """The score of a trace. `earlier`: those of the questions before it in its session; `replies`: what a model may
    have said (None: anything). Nothing counts of a run that is not reproduced, did not end with an answer of its own,
    or has a reply that no model of the rubric has given. Raises IsolationError."""

    def nothing(problem: str) -> Score:
        return Score(task.name, task.of, problem=one_line(problem, _REASON), question=trace.question)

    if trace.status != "answered":
        return nothing(f"the run did not end with an answer: its status is {trace.status}")
    if replies is not None and (foreign := _foreign_reply(trace, replies)):
        return nothing(foreign)
    try:
        done = await areplay(trace, document, deep=True, earlier=earlier, limits=limits)
    except DocumentError as error:
        return nothing(str(error))
    if not done.reproduced:
        return nothing(f"it was run again, and: {done.text}")
    if trace.final != trace.value:
        return nothing("its answer is not the one that its code gave")
    by_digest: Mapping[str, Trace] = {each.digest: each for each in earlier if each.digest}
    results = await asyncio.to_thread(judged, trace, document, task, by_digest)
    return Score(task.name, task.of, results, question=trace.question, value=trace.value)


def _foreign_reply(trace: Trace, replies: Collection[str]) -> str:
    """The first reply in a run tree that nobody has recorded, in words; "" where there is none."""
    for turn in trace.iterations:
        if not _is_of(turn.reply, replies):
            return f"the model's reply of iteration {turn.index} is not in the recording"
        for call in turn.calls:
            if call.trace is not None:
                if foreign := _foreign_reply(call.trace, replies):
                    return foreign
            elif call.kind != "tool" and call.response is not None and not _is_of(call.response, replies):
                return f"the reply to call {call.id} is not in the recording"
    return ""


def _is_of(reply: str, replies: Collection[str]) -> bool:
    if reply.strip() in replies:
        return True
    head = reply.strip()[:100]
    return is_shortened(reply) and any(each.startswith(head) for each in replies)


def replies_of(rubric: Rubric) -> Collection[str] | None:
    """What the rubric's recording has of replies; None where it names none. Raises RubricError."""
    if rubric.recording is None:
        return None
    try:
        return Recorded.open(rubric.folder / rubric.recording).texts
    except ModelError as error:
        raise RubricError(f"recording: {error}") from None


def document_of(rubric: Rubric) -> Document:
    """The grader's own copy of the document. Raises RubricError."""
    try:
        return Document.from_files([rubric.folder / name for name in rubric.document])
    except DocumentError as error:
        raise RubricError(f"document: {error}") from None


def limits_of(rubric: Rubric) -> ReplayLimits:
    """Of the replay of one task. Raises RubricError."""
    names = ("memory_limit", "cell_timeout", "max_seconds", "max_iterations")
    try:
        return ReplayLimits(**{name: getattr(rubric.limits, name) for name in names})
    except ValueError as error:
        raise RubricError(f"limits: {error}") from None
