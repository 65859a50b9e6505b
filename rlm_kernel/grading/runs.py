"""Runs one trace again, and has it judged by one task."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence

from ..document import Document, DocumentError
from ..engine.repair import find_code, heal_block
from ..engine.unawaited import unawaited
from ..models import ModelError, Recorded
from ..render.sanitize import one_line
from ..replay import ReplayLimits, areplay
from ..subkernel.inside.policy import ALLOWED_TOP_LEVEL
from ..subkernel.inside.tool_order import TOOLS
from ..trace import Trace
from .criteria import judged
from .rubric import Rubric, RubricError, Task
from .scores import Score

_REASON = 300
# As `elide` writes it.
_LEFT_OUT = re.compile(r"\n\[… ([\d,]+) characters left out …\]\n")


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
    have said (None: anything). Nothing counts of a run that is not reproduced, cannot be judged within `max_seconds`,
    did not end with an answer of its own, or has a reply that no model of the rubric has given. Raises
    IsolationError."""

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
    seconds = (limits or ReplayLimits()).max_seconds
    try:
        async with asyncio.timeout(seconds):
            results, failure = await unawaited(lambda: judged(trace, document, task, by_digest), "rlm-grade")
    except TimeoutError:
        return nothing(f"it was run again, but could not be judged within {seconds:g} s")
    if failure is not None or results is None:
        raise failure or RuntimeError("it was not judged")
    return Score(task.name, task.of, results, question=trace.question, value=trace.value)


def _foreign_reply(trace: Trace, replies: Collection[str]) -> str:
    """The first reply in a run tree that nobody has recorded, or code that is not that of its reply, in words; "" where
    there is none."""
    names: set[str] = set()
    for turn in trace.iterations:
        reply = _recorded(turn.reply, replies)
        if reply is None:
            return f"the model's reply of iteration {turn.index} is not in the recording"
        if turn.code is not None and not _is_code_of(turn.code, reply, names):
            return f"the code of iteration {turn.index} is not that of the model's reply"
        names |= {*turn.variables.added, *turn.variables.changed}
        for call in turn.calls:
            if call.trace is not None:
                if foreign := _foreign_reply(call.trace, replies):
                    return foreign
            elif call.kind != "tool" and call.response is not None and _recorded(call.response, replies) is None:
                return f"the reply to call {call.id} is not in the recording"
    return ""


def _recorded(reply: str, replies: Collection[str]) -> str | None:
    """The recorded reply that this one is, whole or shortened as in a notebook's copy."""
    text = reply.strip()
    if text in replies:
        return text
    mark = _LEFT_OUT.search(text)
    if mark is None:
        return None
    head, tail, size = text[: mark.start()], text[mark.end() :], int(mark[1].replace(",", ""))
    whole = len(head) + size + len(tail)
    return next((one for one in replies if len(one) == whole and one.startswith(head) and one.endswith(tail)), None)


def _is_code_of(code: str, reply: str, names: Collection[str]) -> bool:
    """Whether an engine makes this code of the reply: of its first block, of those that belong together, or of all."""
    for first_only, every in ((False, False), (True, False), (False, True)):
        block = find_code(reply, first_only=first_only, every=every, tools=TOOLS)
        if block.kind != "none" and heal_block(block, allowed=ALLOWED_TOP_LEVEL, variables=names).code == code:
            return True
    return False


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
        document = Document.from_files([rubric.folder / name for name in rubric.document])
    except DocumentError as error:
        raise RubricError(f"document: {error}") from None
    names = {text.name for text in document.texts}
    for task in rubric.tasks:
        for line in task.evidence or ():
            if line.source is not None and line.source not in names:
                known = ", ".join(sorted(names)[:5])
                raise RubricError(f"{task.name}: evidence names {line.source!r}, which is none of: {known}.")
    return document


def limits_of(rubric: Rubric) -> ReplayLimits:
    """Of the replay of one task. Raises RubricError."""
    names = ("memory_limit", "cell_timeout", "max_seconds", "max_iterations")
    try:
        return ReplayLimits(**{name: getattr(rubric.limits, name) for name in names})
    except ValueError as error:
        raise RubricError(f"limits: {error}") from None
