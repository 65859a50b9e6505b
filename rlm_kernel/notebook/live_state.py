"""What is known of a run in progress beside its trace: calls in flight, sub-runs with runs of their own, the phase.

It draws nothing. A sub-run's trace is built here from its events, until it arrives whole with the end of its call.
"""

from __future__ import annotations

from ..render.sanitize import one_line
from ..trace import (
    CallFinished,
    CallStarted,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ModelWaiting,
    ReplyDelta,
    ReplyFinished,
    RunFinished,
    SubRunEvent,
    Trace,
    TraceBuilder,
    Usage,
)

_WAITS = 5


class Underway:
    """One run of a run tree. `calls` are those in flight, `runs` the sub-runs among them, both by the call's id;
    `waits` says why the model was asked again in this iteration."""

    def __init__(self, question: str = "") -> None:
        self.trace = Trace(question=question)
        self.max_iterations = 0
        self.phase = "starting"
        self.begun = self.done = 0
        self.calls: dict[int, CallStarted] = {}
        self.runs: dict[int, Underway] = {}
        self.places: dict[int, int] = {}
        self.changed: set[int] = set()
        self.waits: list[str] = []
        self._builder: TraceBuilder | None = None
        self._settled = Usage()
        self._counted = 0

    def feed(self, event: Event, trace: Trace | None = None) -> None:
        """Take note of an event; `trace` is the run so far, None to build it here."""
        if trace is None:
            self._builder = self._builder or TraceBuilder()
            self._builder.feed(event)
            trace = self._builder.trace
        self.trace = trace
        last = len(trace.iterations) - 1
        match event:
            case IterationStarted():
                self.max_iterations, self.phase = event.max_iterations, "asking the model"
                self.waits.clear()
                self.changed.add(last - 1)
            case ReplyDelta():
                self.phase = "the model is reasoning" if event.reasoning else "the model is writing"
            case ModelWaiting():
                self.phase = one_line(event.text, 200)
                self.waits = [*self.waits, self.phase][-_WAITS:]
            case CodeStarted():
                self.phase = "running the code"
            case CallStarted():
                self.begun += 1
                self.calls[event.id], self.places[event.id] = event, last
            case SubRunEvent():
                self._of_run(event)
            case CallFinished():
                self.done += 1
                self.calls.pop(event.call.id, None)
                self.places.pop(event.call.id, None)
                if run := self.runs.pop(event.call.id, None):
                    self.begun, self.done = self.begun + run.begun, self.done + run.done
            case ReplyFinished() | CodeFinished() | IterationFinished():
                self.phase = "working"
            case RunFinished():
                self.phase = "done"
        if last >= 0:
            self.changed.add(last)
        self.changed.discard(-1)

    def _of_run(self, event: SubRunEvent) -> None:
        if event.id not in self.runs:
            begun = self.calls.get(event.id)
            self.runs[event.id] = Underway(begun.prompt if begun else "")
        self.runs[event.id].feed(event.event)

    @property
    def total_begun(self) -> int:
        """Sub-calls that were begun, those of sub-runs included."""
        return self.begun + sum(run.total_begun for run in self.runs.values())

    @property
    def total_done(self) -> int:
        """Sub-calls that have ended, those of sub-runs included."""
        return self.done + sum(run.total_done for run in self.runs.values())

    @property
    def usage(self) -> Usage:
        """What the run has cost so far, sub-runs in flight included."""
        turns = self.trace.iterations
        while self._counted < len(turns) - 1:
            self._settled = self._settled + turns[self._counted].usage
            self._counted += 1
        newest = turns[-1].usage if turns else Usage()
        return sum((run.usage for run in self.runs.values()), self._settled + newest)
