"""A run that begins with the turns of another: its code runs again on recorded replies, then the model goes on.

Nothing is asked, and nothing spent, for the turns of the other run. Where its code does not give again what was
recorded, there is no fork.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ..document import Document
from ..engine.repair import Healed
from ..engine.run import Run
from ..engine.run_tree import Asked, RunTree
from ..models import Reply
from ..subkernel.base import Execution, Executor
from ..trace import (
    Call,
    CallFinished,
    CallStarted,
    Event,
    Iteration,
    Parent,
    Repair,
    RunStarted,
    Trace,
    TreeUsage,
    Usage,
    sealed,
)
from .differences import compare
from .documents import document_of_trace
from .recorded_replies import RecordedAnswers
from .rerun import check
from .verdicts import Unlike


class ForkError(ValueError):
    """A run cannot be forked; the text says why."""


@dataclass(frozen=True, slots=True)
class Fork:
    """What is forked and where: the turns of `trace` before `iteration` are repeated, then `code` runs (None: the model
    is asked)."""

    trace: Trace
    iteration: int
    code: str | None = None

    @classmethod
    def of(cls, trace: Trace, iteration: int, code: str | None) -> Fork:
        """Raises ForkError where this cannot be done."""
        try:
            check(trace)
        except Unlike as error:
            raise ForkError(f"The run cannot be forked: {error}.") from None
        count = len(trace.iterations)
        gave_final = trace.status in ("answered", "disputed", "uncertain") or trace.best_guess
        most = count if gave_final else count + 1
        if type(iteration) is not int or not 1 <= iteration <= most:
            raise ForkError(f"iteration={iteration!r}: this run can be forked at the iterations 1 to {most}.")
        if trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells):
            raise ForkError("A follow-up question of a session cannot be forked: ask it again in a session.")
        for turn in trace.iterations[: iteration - 1]:
            if turn.code is not None and turn.executed and (not turn.output_sha256 or _interrupted(turn)):
                raise ForkError(f"The run cannot be forked after iteration {turn.index}, whose code was interrupted.")
        # The quotes of a literal stand on lines of their own; what is between them has the line numbers of the cell.
        return cls(trace, iteration, None if code is None else code.strip("\n"))

    def run(self, question: str, document: Document, **options: Any) -> Run:
        """The run that is a fork; takes what `Run` does."""
        return ForkedRun(question, document, fork=self, **options)

    @property
    def turns(self) -> list[Iteration]:
        """The turns that are repeated."""
        return self.trace.iterations[: self.iteration - 1]

    @property
    def replaced(self) -> str:
        """The code that ran in the place of `code`."""
        rest = self.trace.iterations[self.iteration - 1 :]
        return (rest[0].code or "") if rest else ""


def document_of(trace: Trace, given: Any) -> Document:
    """The document that a run was about. Raises ForkError, DocumentError."""
    try:
        return document_of_trace(trace, given)
    except Unlike as error:
        raise ForkError(f"The run cannot be forked ({error.verdict}): {error}.") from None


def _interrupted(turn: Iteration) -> bool:
    return turn.error is not None and turn.error.type == "Interrupted"


class ForkedRun(Run):
    """A `Run` that begins with the turns of another."""

    def __init__(self, question: str, document: Document, *, fork: Fork, tree: RunTree, **options: Any) -> None:
        super().__init__(question, document, tree=tree, **options)
        self._fork = fork
        self._answers = RecordedAnswers(document, elided=fork.trace.elided, labellings=fork.trace.labellings)
        self._past: Iteration | None = None
        used = (row["id"] or 0 for row in fork.trace.calls)
        tree.ids = itertools.count(max(used, default=0) + 1)

    def _started(self, executor: Executor) -> RunStarted:
        parent = Parent(digest=self._fork.trace.digest, iteration=self._fork.iteration)
        return dataclasses.replace(super()._started(executor), parent=parent)

    async def _turn(self, executor: Executor, index: int, left: int) -> AsyncGenerator[Event, None]:
        fork = self._fork
        self._past = fork.turns[index - 1] if index < fork.iteration else None
        reply = self._past.reply if self._past is not None else None
        if index == fork.iteration and fork.code is not None:
            reply = f"```python\n{fork.code}\n```"
        root, settings = self._root, self._settings
        if reply is not None:
            self._root = _Said(Reply(reply, self._past.reasoning if self._past else ""))  # type: ignore[assignment]
            self._settings = dataclasses.replace(settings, review=None)
        if self._past is not None:
            self._answers.begin(self._past, [turn.output for turn in self._trace.trace.iterations])
        try:
            async with aclosing(super()._turn(executor, index, left)) as events:
                async for event in events:
                    yield event
        finally:
            self._root, self._settings, past, self._past = root, settings, self._past, None
        if past is not None:
            self._compare(past)

    def _insists(self) -> bool:
        # The turns of the record run as they ran, and the user's code as it was given.
        return False

    async def _execute(
        self, executor: Executor, index: int, healed: Healed, notes: list[str]
    ) -> AsyncGenerator[Event, None]:
        if self._past is not None and self._past.code is not None:
            error = None if self._past.executed else self._past.error
            healed = Healed(self._past.code, tuple(self._past.repairs), error)
        elif index == self._fork.iteration and self._fork.code is not None:
            edited = Repair(kind="edited", before=self._fork.replaced, after=healed.code)
            healed = Healed(healed.code, (*healed.repairs, edited), healed.error)
        async with aclosing(super()._execute(executor, index, healed, notes)) as events:
            async for event in events:
                yield event

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """As `Run.handle`; in the turns of the other run, from its record."""
        past = self._past
        if past is None:
            return await super().handle(method, params)
        with self._requests.one(method, params):
            number = len(self._requests.made) - 1
            ids = past.requests[number].calls if number < len(past.requests) else []
            for call in [call for call in past.calls if call.id in ids]:
                told = (call.kind, call.model, call.prompt, call.name, call.line, len(ids))
                self._tell(CallStarted(past.index, call.id, *told))
                self._tell(CallFinished(past.index, unspent(call)))
            return await self._answers.handle(method, params)

    def _compare(self, past: Iteration) -> None:
        made = self._trace.trace.iterations[-1]
        done = Execution(
            output=made.output,
            output_chars=made.output_chars,
            error=made.error,
            lost_state=made.lost_state,
            variables=made.variables,
            spans=tuple(made.spans),
            searches=tuple(made.searches),
        )
        try:
            if self._answers.problem is not None:
                raise self._answers.problem
            if past.code is not None and past.executed:
                compare(past, done, self._fork.trace.elided)
        except Unlike as error:
            reason = f"The run cannot be forked: iteration {past.index} does not come as it was recorded ({error})."
            raise ForkError(f"{reason}\n{error.diff}" if error.diff else reason) from None


class _Said:
    """Stands for the root model where its reply is known."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def fit(self) -> list[str]:
        return []

    async def reply(self, *_args: Any, **_options: Any) -> AsyncGenerator[Asked, None]:
        yield Asked(self._reply, cached=True)


def unspent(call: Call) -> Call:
    """The call in a run that has spent nothing for it."""
    trace = call.trace
    if trace is not None:
        turns = [
            turn.model_copy(
                update={"usage": Usage(), "model_usage": Usage(), "calls": [unspent(each) for each in turn.calls]}
            )
            for turn in trace.iterations
        ]
        trace = sealed(trace.model_copy(update={"iterations": turns, "usage": TreeUsage()}))
    return call.model_copy(update={"usage": Usage(), "cached": True, "trace": trace})
