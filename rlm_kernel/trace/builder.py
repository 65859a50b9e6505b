"""From the events of a run to its trace, which is valid at any moment."""

from __future__ import annotations

import bisect
import time

from .digest import sealed, text_digest
from .events import (
    CallFinished,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    OutputDelta,
    ReplyDelta,
    ReplyFinished,
    RunFinished,
    RunStarted,
)
from .records import Iteration, Trace
from .usage import TreeUsage


class TraceBuilder:
    """Builds a trace from events; `trace` is valid at any moment, also in mid-run and after an interrupt."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._began = 0.0

    def feed(self, event: Event) -> None:
        """Take in one event."""
        trace = self.trace
        match event:
            case RunStarted():
                # Less what the run took before it told of its start; that is next to nothing.
                self._began = time.monotonic()
                trace.question, trace.model, trace.sub_model = event.question, event.model, event.sub_model
                trace.depth = event.depth
                trace.settings, trace.documents = dict(event.settings), list(event.documents)
                trace.shape, trace.fingerprint = event.shape, event.fingerprint
                trace.determinism, trace.parent, trace.earlier = event.determinism, event.parent, event.earlier
                trace.isolation, trace.notices = dict(event.isolation), list(event.notices)
                trace.started, trace.versions = event.started, dict(event.versions)
            case IterationStarted():
                trace.iterations.append(Iteration(index=event.index, started=event.started))
            case RunFinished():
                trace.status, trace.value, trace.reason = event.status, event.value, event.reason
                trace.best_guess = event.best_guess
                trace.evidence, trace.grounding = list(event.evidence), list(event.grounding)
                trace.grounding_rules = event.grounding_rules
                trace.usage, trace.seconds = event.usage, event.seconds
                trace.unchanged, trace.coverage = event.unchanged, event.coverage
                trace.row_conditions = event.row_conditions
                trace.labellings, trace.estimates = list(event.labellings), list(event.estimates)
                trace.verification, trace.confidence = event.verification, event.confidence
                trace.notices += [notice for notice in event.notices if notice not in trace.notices]
                self._close_iteration(event.seconds)
                sealed(trace)
            case _:
                self._feed_iteration(trace.iterations[-1], event)

    def _feed_iteration(self, turn: Iteration, event: Event) -> None:
        match event:
            case ReplyDelta():
                if event.reasoning:
                    turn.reasoning += event.text
                else:
                    turn.reply += event.text
            case ReplyFinished():
                turn.reply, turn.reasoning, turn.cached = event.reply, event.reasoning, event.cached
                turn.usage = turn.usage + event.usage
                turn.model_usage = turn.model_usage + event.usage
            case CodeStarted():
                turn.code, turn.repairs = event.code, list(event.repairs)
            case OutputDelta():
                turn.output += event.text
                turn.output_chars = len(turn.output)
            case CallFinished():
                # In the order in which they began, whichever was answered first.
                bisect.insort(turn.calls, event.call, key=lambda call: call.id)
                turn.usage = turn.usage + event.call.usage
            case CodeFinished():
                turn.output, turn.output_chars = event.output, event.output_chars
                turn.error, turn.lost_state = event.error, event.lost_state
                turn.variables, turn.spans = event.variables, list(event.spans)
                turn.requests, turn.executed = list(event.requests), event.executed
                turn.searches, turn.reads, turn.writes = list(event.searches), list(event.reads), list(event.writes)
                turn.output_sha256 = text_digest(event.output)
            case IterationFinished():
                turn.usage, turn.seconds, turn.notes = event.usage, event.seconds, list(event.notes)

    def _close_iteration(self, seconds: float) -> None:
        """The time of an iteration that has not come to its end, up to that of the run (`seconds` after it began)."""
        turn = self.trace.iterations[-1] if self.trace.iterations else None
        if turn is not None and not turn.seconds:
            turn.seconds = round(max(0.0, seconds - turn.started), 3)

    def stop(self, reason: str = "interrupted") -> Trace:
        """Close a run that was cut off before its last event, as `stopped`; its time is the time until now."""
        if self.trace.status == "running":
            self.trace.status, self.trace.reason = "stopped", reason
            if self._began:
                self.trace.seconds = round(time.monotonic() - self._began, 3)
            self._close_iteration(self.trace.seconds)
            self.trace.usage = TreeUsage.of(self.trace.calls)
            sealed(self.trace)
        return self.trace
