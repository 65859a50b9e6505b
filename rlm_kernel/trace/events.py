"""The events of a run, in the order in which it yields them. `index` is the iteration's, from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .estimates import Estimate, Labelling
from .records import (
    Call,
    CodeError,
    Coverage,
    Determinism,
    DocumentInfo,
    Earlier,
    Evidence,
    Grounding,
    Parent,
    Repair,
    Request,
    RowCondition,
    Searched,
    Span,
    Status,
    Variables,
)
from .usage import TreeUsage, Usage
from .verification import Confidence, Verification


def utc_now() -> str:
    """The time of day in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event, before any model call; the sub-kernel is up and `isolation` is what it reported."""

    question: str
    model: str
    sub_model: str | None = None
    depth: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    documents: tuple[DocumentInfo, ...] = ()
    shape: str = ""
    fingerprint: str = ""
    determinism: Determinism | None = None
    parent: Parent | None = None
    earlier: Earlier | None = None
    isolation: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    started: str = field(default_factory=utc_now)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IterationStarted:
    """An iteration begins: the root model is about to be asked, `started` seconds after the run began."""

    index: int
    max_iterations: int
    started: float = 0.0


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """A piece of the root model's reply (or of its reasoning) as it streams."""

    index: int
    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class ModelWaiting:
    """A model has something to wait for: what, as a sentence, and for how many seconds (None where nobody knows).

    `call` is the sub-call that waits, None where it is the root model. Of no trace: what counts is in the usage.
    """

    index: int
    reason: str
    seconds: float | None = None
    call: int | None = None

    @property
    def text(self) -> str:
        """In a few words, for a line that is shown while it waits."""
        return f"waiting{f' {self.seconds:.0f} s' if self.seconds else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The root model's reply, whole, with what it cost; empty for a try that failed and is followed by another."""

    index: int
    reply: str
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)
    cached: bool = False


@dataclass(frozen=True, slots=True)
class CodeStarted:
    """The (healed) code that is about to run."""

    index: int
    code: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputDelta:
    """A piece of the cell's output as it comes."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The cell asked a sub-model, a sub-run or a tool; `id` is unique in the run tree.

    `batch` is how many calls the cell has asked for at once.
    """

    index: int
    id: int
    kind: str
    model: str
    prompt: str
    name: str = ""
    line: int | None = None
    batch: int = 1


@dataclass(frozen=True, slots=True)
class CallFinished:
    """The sub-call's record, with its reply or its error."""

    index: int
    call: Call


@dataclass(frozen=True, slots=True)
class SubRunEvent:
    """An event of the sub-run that call `id` began: any event of that run, which may be a `SubRunEvent` again."""

    index: int
    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class CodeFinished:
    """The cell has ended: its whole output, its error, what it changed and looked at."""

    index: int
    output: str
    output_chars: int
    error: CodeError | None = None
    lost_state: bool = False
    variables: Variables = field(default_factory=Variables)
    spans: tuple[Span, ...] = ()
    requests: tuple[Request, ...] = ()
    executed: bool = True
    searches: tuple[Searched, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IterationFinished:
    """An iteration has ended; `usage` is of its root call and sub-calls, `notes` went to the model with the output."""

    index: int
    usage: Usage
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event. `reason` says why a run that is not `answered` ended; `unchanged`, whether the documents still
    had their fingerprint (None: nobody could tell)."""

    status: Status
    value: Any = None
    reason: str = ""
    best_guess: bool = False
    evidence: tuple[Evidence, ...] = ()
    grounding: tuple[Grounding, ...] = ()
    usage: TreeUsage = field(default_factory=TreeUsage)
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
    unchanged: bool | None = None
    coverage: Coverage | None = None
    row_conditions: list[RowCondition] | None = None
    grounding_rules: int = 1
    labellings: tuple[Labelling, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    verification: Verification | None = None
    confidence: Confidence | None = None


Event = (
    RunStarted
    | IterationStarted
    | ReplyDelta
    | ModelWaiting
    | ReplyFinished
    | CodeStarted
    | OutputDelta
    | CallStarted
    | CallFinished
    | SubRunEvent
    | CodeFinished
    | IterationFinished
    | RunFinished
)
