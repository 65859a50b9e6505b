"""Further solves of a run's question, within its tree: each a whole run of its own, in a sandbox of its own."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ...document import Document
from ...subkernel.errors import IsolationError
from ...trace import (
    Call,
    CallFinished,
    CallStarted,
    Divergence,
    Event,
    Grounding,
    RunFinished,
    Solve,
    SubRunEvent,
    Trace,
    TraceBuilder,
    Usage,
    Verification,
)
from ..budget import BudgetExceeded
from ..run_tree import RunTree
from ..subcalls import SubRun, shown
from . import prompts
from .agreement import divergence, same_lines, same_value, used_lines
from .modes import further_solves

_FOLLOW_UP = "a follow-up question rests on variables that another run does not have"

MakeSolve = Callable[[str, int], SubRun]
"""Makes a run that solves a question again: (question, number of the solve from 1) -> run. Raises BudgetExceeded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be answered after all: `own`, whether that is the first run's answer; else the `value` of the run of
    `call`, with its `grounding`, or no value where it is `withheld`."""

    verification: Verification
    own: bool = True
    withheld: bool = False
    value: Any = None
    grounding: tuple[Grounding, ...] = ()


class Verifier:
    """Solves a question again and compares. `events` yields what happens; `verdict` is there when it has ended. Where
    two differ one more run sees both, if it `reconciles`; else the answer is withheld."""

    def __init__(
        self,
        mode: str,
        question: str,
        document: Document,
        *,
        tree: RunTree,
        make: MakeSolve,
        model: str,
        index: int,
        mark: str,
        began: float,
        reconciles: bool = True,
    ) -> None:
        self.verdict: Verdict | None = None
        self._mode = mode
        self._question = question
        self._document = document
        self._tree = tree
        self._make = make
        self._model = model
        self._index = index
        self._mark = mark
        self._began = began
        self._reconciles = reconciles
        self._traces: list[tuple[int | None, Trace]] = []
        self._reasons: list[str] = []

    async def events(self, first: Trace, *, follow_up: bool) -> AsyncGenerator[Event, None]:
        """Solve, compare, and reconcile where two differ. `first` is the answered run."""
        self._traces = [(None, first)]
        further = further_solves(self._mode)
        for number in range(0 if follow_up else further):
            async with aclosing(self._solved(prompts.blind(self._question, number), number + 1, "blind")) as events:
                async for event in events:
                    yield event
        answered = [(call, trace) for call, trace in self._traces if trace.status == "answered"]
        if len(answered) < 2:
            reason = (
                _FOLLOW_UP if follow_up else "; ".join(dict.fromkeys(self._reasons)) or "there was no second answer"
            )
            self.verdict = Verdict(self._record("unverified", answered, 1, reason=reason))
            return
        agreeing = _largest_group(answered)
        if len(agreeing) == len(answered):
            self.verdict = Verdict(self._record("agreed", answered, len(agreeing)))
        elif 2 * len(agreeing) > len(answered):
            self.verdict = self._chosen("majority", answered, agreeing)
        elif further == 1 and self._reconciles:
            async with aclosing(self._reconciled(answered)) as events:
                async for event in events:
                    yield event
        else:
            self.verdict = Verdict(self._record("disputed", answered, len(agreeing)), own=False, withheld=True)

    async def _reconciled(self, answered: list[tuple[int | None, Trace]]) -> AsyncGenerator[Event, None]:
        """One run sees both derivations; only what it confirms is an answer."""
        solves = [trace for _, trace in answered]
        parted = divergence(solves[0], solves[1], self._document)
        question = prompts.reconciling(self._question, solves, parted, self._mark)
        async with aclosing(self._solved(question, 2, "reconciling")) as events:
            async for event in events:
                yield event
        judge = self._traces[-1][1] if len(self._traces) > len(answered) else None
        confirmed = [
            each
            for each in answered
            if judge is not None and judge.status == "answered" and same_value(each[1].value, judge.value)
        ]
        if confirmed:
            self.verdict = self._chosen("reconciled", answered, confirmed)
        else:
            self.verdict = Verdict(self._record("disputed", answered, 1), own=False, withheld=True)

    def _chosen(
        self, agreement: Any, answered: list[tuple[int | None, Trace]], agreeing: list[tuple[int | None, Trace]]
    ) -> Verdict:
        """The value of some of the solves is the answer: the first run's own where it is among them."""
        record = self._record(agreement, answered, len(agreeing))
        call, trace = agreeing[0]
        if call is None:
            return Verdict(record)
        kind = "number" if isinstance(trace.value, int | float) else "text"
        item = shown(trace.value if isinstance(trace.value, str) else json.dumps(trace.value, ensure_ascii=False))
        grounding = Grounding(item=item, kind=kind, verdict="sub-model", call=call)
        return Verdict(record, own=False, value=trace.value, grounding=(grounding,))

    def _record(
        self, agreement: Any, answered: list[tuple[int | None, Trace]], agreeing: int, reason: str = ""
    ) -> Verification:
        traces = [trace for _, trace in answered]
        parted: Divergence | None = None
        if agreement not in ("agreed", "unverified"):
            other = next(trace for trace in traces[1:] if not same_value(traces[0].value, trace.value))
            parted = divergence(traces[0], other, self._document)
        lines = [used_lines(trace) for trace in traces[:2]]
        return Verification(
            mode=self._mode,
            agreement=agreement,
            agreeing=agreeing,
            answered=len(answered),
            same_lines=same_lines(*lines) if len(lines) == 2 else None,
            solves=[self._solve(number, call, trace) for number, (call, trace) in enumerate(self._traces)],
            disputed=_distinct(traces) if parted is not None else [],
            divergence=parted,
            reason=reason,
        )

    def _solve(self, number: int, call: int | None, trace: Trace) -> Solve:
        reconciling = number > further_solves(self._mode)
        return Solve(
            role="first" if call is None else "reconciling" if reconciling else "blind",
            call=call,
            model=trace.model,
            status=trace.status,
            value=trace.value,
            lines=used_lines(trace)[:100],
        )

    async def _solved(self, question: str, number: int, role: str) -> AsyncGenerator[Event, None]:
        """One more run, as a call of the ledger; its trace is put with the others."""
        began = time.monotonic()
        call = Call(
            id=next(self._tree.ids),
            kind="rlm_query",
            name=f"{role} solve",
            model=self._model,
            prompt=shown(question),
            started=round(began - self._began, 3),
        )
        yield CallStarted(self._index, call.id, call.kind, call.model, call.prompt, call.name, None, 1)
        builder = TraceBuilder()
        run: SubRun | None = None
        try:
            run = self._make(question, number)
            executor = self._tree.make_executor(self._document, run.handle)
            async with executor, aclosing(run.events(executor)) as events:
                async for event in events:
                    builder.feed(event)
                    yield SubRunEvent(self._index, call.id, event)
                    if isinstance(event, RunFinished):
                        await executor.kill()
        except (BudgetExceeded, IsolationError) as error:
            call.error = str(error)
        finally:
            if run is not None:
                run.close()
        if builder.trace.status == "running":
            builder.stop(call.error or "interrupted")
        trace = builder.trace
        if trace.iterations or call.error is None:
            call.trace = trace
            call.usage = Usage(**trace.usage.model_dump(exclude={"parts"}))
        if trace.status == "answered":
            call.response = shown(json.dumps(trace.value, ensure_ascii=False))
        else:
            call.error = call.error or f"the solve has found no answer ({trace.reason or trace.status})"
            self._reasons.append(call.error)
        self._traces.append((call.id, trace))
        call.seconds = round(time.monotonic() - began, 3)
        yield CallFinished(self._index, call)


def _largest_group(answered: list[tuple[int | None, Trace]]) -> list[tuple[int | None, Trace]]:
    """The solves with the value that most of them have; the first such where several have as many."""
    groups = [[other for other in answered if same_value(each[1].value, other[1].value)] for each in answered]
    return max(groups, key=len)


def _distinct(traces: list[Trace]) -> list[Any]:
    values: list[Any] = []
    for trace in traces:
        if not any(same_value(trace.value, value) for value in values):
            values.append(trace.value)
    return values
