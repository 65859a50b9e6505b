"""The view model of a run in progress: what its trace holds so far, with the calls and sub-runs in flight."""

from __future__ import annotations

from typing import Any, get_args

from ..render.escape import one_line
from ..render.view_model import view_model
from ..trace import Call, CallKind, Iteration, Trace
from .live_state import Underway
from .step_mode import StepQuestion, price

_IN_FLIGHT = 60
_CALLS_SHOWN = 5
_CHANGES = 60_000
_CALLS_KEPT = 100  # of an iteration, while it runs
_KINDS = frozenset(get_args(CallKind))


class LiveModel:
    """Of one run; `elapsed` is set by whoever has a clock."""

    def __init__(self, run: Underway, *, can_stop: bool) -> None:
        self._run, self._can_stop = run, can_stop
        self.elapsed = 0.0
        self._question: StepQuestion | None = None
        self._number = 0
        self._left_out: dict[str, Any] = {}

    def whole(self) -> dict[str, Any]:
        """All of it, for a notebook to keep."""
        model = view_model(_with_calls(self._run), live=self._live())
        model["view"]["calls"] = self._call_counts(self._run.trace.iterations, model["iterations"])
        self._left_out = {name: model["view"][name] for name in ("whole", "calls") if name in model["view"]}
        self._run.changed.clear()
        return model

    def changes(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """All but the iterations, and those iterations that have changed since."""
        turns = self._run.trace.iterations
        changed = [turns[place] for place in sorted(self._run.changed) if 0 <= place < len(turns)]
        self._run.changed.clear()
        head = self._run.trace.model_copy(update={"iterations": changed})
        model = view_model(_with_calls(self._run, head), limit=_CHANGES, live=self._live())
        pairs: list[list[int]] = [*self._left_out.get("calls", []), *self._call_counts(changed, model["iterations"])]
        counts = {pair[0]: pair[1] for pair in pairs}
        model["view"] |= self._left_out | {"calls": [list(pair) for pair in counts.items()]}
        return model, model.pop("iterations")

    def _call_counts(self, turns: list[Iteration], shown: list[dict[str, Any]]) -> list[list[int]]:
        """How many sub-calls the iterations have of which fewer are shown."""
        kept = {turn["index"]: len(turn["calls"]) for turn in shown}
        return [[turn.index, len(turn.calls)] for turn in turns if len(turn.calls) > kept.get(turn.index, 0)]

    def ask(self, question: StepQuestion) -> None:
        """Show a question of step mode."""
        self._number += 1
        self._question = question

    def asked(self, question: StepQuestion) -> bool:
        """Take it away; whether it was shown."""
        shown = question is self._question
        if shown:
            self._question = None
        return shown

    def decide(self, number: int, decision: Any, *, rest: bool) -> bool:
        """Answer the question with this number; whether that stops the run. What is no answer to it is passed over."""
        question = self._question
        if question is None or number != self._number:
            return False
        if question.plan is not None:
            question.answer(decision is True)
        elif decision is None:
            question.refuse()
            return True
        elif isinstance(decision, str):
            if rest:
                question.run_rest(decision)
            else:
                question.answer(decision)
        return False

    def _live(self) -> dict[str, Any]:
        run = self._run
        question = self._question
        asking = None
        if question is not None:
            batch = "" if question.plan is None else price(question.plan)
            asking = {"id": self._number, "iteration": question.iteration, "code": question.code, "batch": batch}
        calls = list(run.calls.values())[-_CALLS_SHOWN:]
        return {
            "phase": run.phase,
            "max_iterations": run.max_iterations,
            "elapsed": round(self.elapsed, 1),
            "begun": run.total_begun,
            "done": run.total_done,
            "usage": run.usage.model_dump(),
            "calls": [one_line(f"{call.kind} in flight: {call.prompt}", 160) for call in calls],
            "waits": list(run.waits),
            "asking": asking,
            "can_stop": self._can_stop,
        }


def _with_calls(run: Underway, trace: Trace | None = None) -> Trace:
    """The trace with the calls that are in flight, and the runs that they have begun."""
    trace = run.trace if trace is None else trace
    last = run.trace.iterations[-1].index if run.trace.iterations else 0
    flying = [
        Call(
            id=call.id,
            kind=call.kind if call.kind in _KINDS else "tool",
            model=call.model,
            name=call.name,
            line=call.line,
            prompt=call.prompt,
            trace=_with_calls(run.runs[call.id]) if call.id in run.runs else None,
        )
        for call in list(run.calls.values())[:_IN_FLIGHT]
    ]
    turns = [_with(turn, flying if turn.index == last else []) for turn in trace.iterations]
    return trace.model_copy(update={"iterations": turns})


def _with(turn: Iteration, flying: list[Call]) -> Iteration:
    calls = turn.calls
    if len(calls) > _CALLS_KEPT:
        calls = calls[: _CALLS_KEPT // 2] + calls[-_CALLS_KEPT // 2 :]
    elif not flying:
        return turn
    return turn.model_copy(update={"calls": sorted([*calls, *flying], key=lambda call: call.id)})
