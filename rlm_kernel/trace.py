"""The schema of a run: its events, and the trace that is built from them and from nothing else.

Events are what every face renders live; the trace is the same run at rest. Neither knows how a run is made.
JSON in and out goes through `Trace.to_json` and `Trace.from_json`; the MIME type is `MIME_TYPE`.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticSerializationError

if TYPE_CHECKING:
    from .replay import Replay

SCHEMA: Final = "rlm.trace/1"
MIME_TYPE = "application/vnd.rlm.trace.v1+json"

# Above it not every whole number is one of JavaScript's.
_EXACT = 1 << 53

Status = Literal["running", "answered", "exhausted", "stopped", "failed"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Usage(_Record):
    """What was spent: counts of calls and tokens, `cost` in the currency of the user's prices (None: unknown).

    `retries` are further requests of the same calls, so that an endpoint has counted `calls + retries`. `cached_tokens`
    are those of the prompt tokens that the endpoint took from its own cache.
    """

    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            calls=self.calls + other.calls,
            retries=self.retries + other.retries,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost=sum(costs) if costs else None,
            seconds=self.seconds + other.seconds,
            estimated=self.estimated or other.estimated,
        )


class UsagePart(Usage):
    """What one model has cost on one level of a run tree; `depth` 0 is the root run's."""

    model: str = ""
    depth: int = 0


class TreeUsage(Usage):
    """What a whole run tree has cost; `parts` are the same sums by model and level."""

    parts: list[UsagePart] = Field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> TreeUsage:
        """The sums of rows as `Trace.calls` has them."""
        parts: dict[tuple[str, int], Usage] = {}
        for row in rows:
            key = row["model"], row["depth"]
            spent = Usage(**{name: row[name] for name in Usage.model_fields})
            if spent.calls or spent.seconds:
                parts[key] = parts.get(key, Usage()) + spent
        whole = sum(parts.values(), Usage())
        made = [UsagePart(model=model, depth=depth, **part.model_dump()) for (model, depth), part in parts.items()]
        return cls(**whole.model_dump(), parts=made)


class DocumentInfo(_Record):
    """One document of the context: `sha256` of its UTF-8 text, its size in characters, in lines and in bytes.

    `encoding` is that of the bytes it was read from; `format` and `converter` say what a file that was no plain text
    was, and what made text of it. They are empty where there is nothing to say.
    """

    name: str
    source: str
    sha256: str
    chars: int
    lines: int
    size: int = 0
    encoding: str = ""
    format: str = ""
    converter: str = ""


class Determinism(_Record):
    """What the code's random numbers, clock and orders follow from: `seed`, the `clock`'s start (ISO 8601), and the
    `hash_seed` of the sub-kernel's texts (None: random). `named` is what follows from none of them, in words."""

    seed: int
    clock: str
    hash_seed: int | None = None
    named: list[str] = Field(default_factory=list)


class Parent(_Record):
    """The run that this one is a fork of: its `digest`, and the `iteration` that was made anew."""

    digest: str
    iteration: int


class Earlier(_Record):
    """What ran in the sub-kernel before this question of a session: the run with this `digest` (empty: none), then
    `cells` of the user's own."""

    digest: str = ""
    cells: list[str] = Field(default_factory=list)


class Repair(_Record):
    """One change of the model's code before it ran: `kind` is one of `healing.KINDS`, or `edited` (by the user)."""

    kind: str
    before: str
    after: str


class CodeError(_Record):
    """An exception of the model's code: its type's name, its message, the line of the cell (1-based) if known."""

    type: str
    message: str
    line: int | None = None


class Variables(_Record):
    """The variables that a cell added or changed: name -> a short description such as `list, 12 items`."""

    added: dict[str, str] = Field(default_factory=dict)
    changed: dict[str, str] = Field(default_factory=dict)


class Span(_Record):
    """Lines of one document (1-based, inclusive) that a tool returned to the code."""

    tool: str
    source: str
    start_line: int
    end_line: int


CallKind = Literal["llm_query", "llm_query_batched", "rlm_query", "rlm_query_batched", "tool"]


class Call(_Record):
    """One call of a sub-model, one whole sub-run (with its `trace`), or one call of a user's tool.

    `id` is unique in the run tree. `line` is that of the cell's code which asked (1-based; the cell's own word).
    `prompt` is the sub-run's question, or the tool's arguments; `context_spans` are the document's lines that were
    sent, found by the parent in its own copy. `response` is the reply (of a sub-run, its value as JSON). `cached`: an
    identical call had been answered before, nothing was sent. `note` says what else the user should know. `started` is
    in seconds since the run began. `usage` of a sub-run is that of all it did.
    """

    id: int
    kind: CallKind
    model: str = ""
    name: str = ""
    line: int | None = None
    prompt: str = ""
    context_spans: list[Span] = Field(default_factory=list)
    response: str | None = None
    trace: Trace | None = None
    error: str | None = None
    cached: bool = False
    note: str = ""
    usage: Usage = Field(default_factory=Usage)
    started: float = 0.0
    seconds: float = 0.0


class Request(_Record):
    """One request of a cell to the parent, in their order: `method`, and the SHA-256 of its parameters.

    `calls` are the ids of the calls that it led to, `refusal` what the cell was told instead of a result; `cut`: the
    cell ended before there was a result.
    """

    method: str
    sha256: str
    calls: list[int] = Field(default_factory=list)
    refusal: str | None = None
    cut: bool = False


class Iteration(_Record):
    """One turn: what the model said, the code that ran, what came back.

    `output` is what the cell printed and echoed, up to the sub-kernel's own bound; `output_chars` is its true length.
    `notes` are the remarks that the loop added for the model (advice, hints). `code` is None when there was none.
    `executed` is False for code that could not run (its error says why). `output_sha256` is that of the whole output;
    it is empty where the run was cut off before the cell had ended. `requests` are what the cell asked of the parent.
    `usage` is of the whole turn, sub-calls and sub-runs included; `model_usage` is the root model's part of it, and
    `cached` whether its reply came from the cache. `started` is in seconds since the run began.
    """

    index: int
    reply: str = ""
    reasoning: str = ""
    code: str | None = None
    repairs: list[Repair] = Field(default_factory=list)
    output: str = ""
    output_chars: int = 0
    output_sha256: str = ""
    executed: bool = True
    error: CodeError | None = None
    lost_state: bool = False
    notes: list[str] = Field(default_factory=list)
    variables: Variables = Field(default_factory=Variables)
    spans: list[Span] = Field(default_factory=list)
    calls: list[Call] = Field(default_factory=list)
    requests: list[Request] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    model_usage: Usage = Field(default_factory=Usage)
    cached: bool = False
    started: float = 0.0
    seconds: float = 0.0


class Evidence(_Record):
    """A line that the model named as evidence; `text` is the parent's own copy of it, None if there is no such line."""

    source: str
    line: int
    text: str | None = None


class Grounding(_Record):
    """Where one figure or quotation of the answer comes from.

    `verdict`: `document` (found at `lines` of `source`), `computed` (in the output of `iteration`), `sub-model` (in the
    reply to `call`), or `ungrounded`. `kind` says what sort of item it is.
    """

    item: str
    kind: Literal["number", "date", "quotation", "text"] = "number"
    verdict: Literal["document", "computed", "sub-model", "ungrounded"]
    source: str | None = None
    lines: list[int] = Field(default_factory=list)
    iteration: int | None = None
    call: int | None = None


class CoveredLines(_Record):
    """What was done with the lines of one document (1-based, inclusive): handed to code, shown to the root model,
    sent to a sub-model. Intervals are merged."""

    source: str
    lines: int
    scanned: list[tuple[int, int]] = Field(default_factory=list)
    shown: list[tuple[int, int]] = Field(default_factory=list)
    sent: list[tuple[int, int]] = Field(default_factory=list)


class Coverage(_Record):
    """What a run has looked at: the intervals of each document, and the shares of all lines (0 to 1).

    A search that found nothing in a line has not touched it. `exact` is False where intervals that are close together
    were joined to keep this short, or where there was too much to look for among what was shown and sent.
    """

    documents: list[CoveredLines] = Field(default_factory=list)
    scanned: float = 0.0
    shown: float = 0.0
    sent: float = 0.0
    untouched: float = 1.0
    exact: bool = True

    @property
    def text(self) -> str:
        """The shares in one line."""
        shares = [
            f"scanned by code {_percent(self.scanned)}",
            f"shown to the model {_percent(self.shown)}",
            f"sent to a sub-model {_percent(self.sent)}",
            f"never touched {_percent(self.untouched)}",
        ]
        return ", ".join(shares) + ("" if self.exact else " (approximately)")


def _percent(share: float) -> str:
    # What is not nothing must not look like nothing, nor what is not all like all.
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}".replace(".0%", "%")


class Trace(_Record):
    """A run, whole. `notices` are what every face must say beside the answer (RECORDED, small local model ...).

    `fingerprint` is the documents' (see `Document.fingerprint`); `unchanged`: whether the bytes that the sub-kernel
    read still had it when the run ended, None where it did not end or nobody could tell. `depth` is 0 for the root
    run; a sub-run's trace is in the `Call` that began it. `shape` is what `context` was: a text, a mapping or a list of
    texts, or records. `digest` is the SHA-256 of all the rest, set when the run ends (see `sealed`): it tells an
    altered trace from one as it was made, not who made it. A shortened copy keeps it, names under `elided` the fields
    that it has shortened, and has a `copy_digest` of its own.
    """

    schema_: Literal["rlm.trace/1"] = Field(default=SCHEMA, alias="schema")
    question: str = ""
    model: str = ""
    sub_model: str | None = None
    depth: int = 0
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    documents: list[DocumentInfo] = Field(default_factory=list)
    shape: str = ""
    fingerprint: str = ""
    unchanged: bool | None = None
    determinism: Determinism | None = None
    parent: Parent | None = None
    earlier: Earlier | None = None
    isolation: dict[str, JsonValue] = Field(default_factory=dict)
    notices: list[str] = Field(default_factory=list)
    iterations: list[Iteration] = Field(default_factory=list)
    status: Status = "running"
    reason: str = ""
    value: JsonValue = None
    best_guess: bool = False
    evidence: list[Evidence] = Field(default_factory=list)
    grounding: list[Grounding] = Field(default_factory=list)
    coverage: Coverage | None = None
    usage: TreeUsage = Field(default_factory=TreeUsage)
    started: str = ""
    seconds: float = 0.0
    versions: dict[str, str] = Field(default_factory=dict)
    elided: list[str] = Field(default_factory=list)
    digest: str = ""
    copy_digest: str = ""

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every model call and tool call of the whole run tree, a flat row each, ready for `pandas.DataFrame`.

        `run` is the id of the call that began the run which asked (0: the root run), `kind` `root` for a turn of that
        run's own model. A sub-run has a row without usage of its own (its calls have theirs), so that columns add up.
        """
        return list(_rows(self, 0))

    def replay(self, document: Any = None, **options: Any) -> Replay:
        """Run the code again without any model and compare; see `replay.areplay` for the options."""
        from .replay import replay

        return replay(self, document, **options)

    def to_json(self, *, indent: int | None = None) -> str:
        """The trace as one JSON text, under the promised field names; lone surrogates in it become question marks."""
        try:
            return self.model_dump_json(by_alias=True, indent=indent)
        except PydanticSerializationError:
            # Half an emoji in a reply or in a document must not cost the whole trace.
            text = json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)
            return text.encode("utf-8", "replace").decode()

    def to_dict(self) -> dict[str, Any]:
        """The trace as plain JSON-able data, under the promised field names."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Trace:
        """Read a trace back. Raises `ValueError` (pydantic's, naming the field) for anything else."""
        return cls.model_validate_json(text)

    @property
    def isolation_text(self) -> str:
        """The active layers in one line: `restricted-python + rlimits + landlock(abi 7) + seccomp`."""
        return isolation_text(self.isolation)


def _rows(trace: Trace, run: int) -> Iterator[dict[str, Any]]:
    where = {"run": run, "depth": trace.depth}
    for turn in trace.iterations:
        asked = {"iteration": turn.index, "line": None, "kind": "root", "id": None, "model": trace.model, "name": ""}
        yield (
            where
            | asked
            | {"cached": turn.cached, "error": None, "started": turn.started, "prompt": "", "spans": []}
            | turn.model_usage.model_dump()
        )
        for call in turn.calls:
            own = Usage() if call.trace is not None else call.usage
            told = {"line": call.line, "kind": call.kind, "id": call.id, "model": call.model, "name": call.name}
            spans = [(span.source, span.start_line, span.end_line) for span in call.context_spans]
            yield (
                where
                | {"iteration": turn.index}
                | told
                | {"cached": call.cached, "error": call.error, "started": call.started, "prompt": call.prompt}
                | {"spans": spans}
                | own.model_dump()
            )
            if call.trace is not None:
                yield from _rows(call.trace, call.id)


def sealed(trace: Trace) -> Trace:
    """The same trace, with its digest; of a shortened copy, with its `copy_digest`."""
    setattr(trace, "copy_digest" if trace.elided else "digest", content_digest(trace))
    return trace


def content_digest(trace: Trace) -> str:
    """The SHA-256 of a trace's content as canonical JSON, its own digest left out (of a copy, its `copy_digest`).

    Fields that have their default are left out, so that a later version with more of them gives the same; numbers are
    as a program that knows only one kind of them writes them, since notebooks are saved by browsers.
    """
    data = trace.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data.pop("copy_digest" if trace.elided else "digest", None)
    text = json.dumps(_canonical(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text_digest(text)


def _canonical(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _canonical(item) for key, item in data.items()}
    if isinstance(data, list):
        return [_canonical(item) for item in data]
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) > _EXACT:
        data = float(data) if data.bit_length() < 1_024 else str(data)
    return int(data) if isinstance(data, float) and math.isfinite(data) and data.is_integer() else data


def marked_copy(short: Trace, whole: Trace) -> Trace:
    """`short`, a shortened copy of `whole`, with the names of the fields that were shortened and digests of its own;
    `whole` itself where nothing was."""
    names: set[str] = set()
    _note_shortened(short, whole, names)
    if not names:
        return short
    short.elided, short.digest = sorted(names), whole.digest
    return sealed(short)


def _note_shortened(short: Trace, whole: Trace, names: set[str]) -> None:
    fields = ("question", "value", "grounding", "evidence", "documents")
    names |= {name for name in fields if getattr(short, name) != getattr(whole, name)}
    turns = {turn.index: turn for turn in whole.iterations}
    names |= {"iterations"} if len(short.iterations) < len(whole.iterations) else set()
    for turn in short.iterations:
        before = turns[turn.index]
        texts = ("reply", "reasoning", "code", "output")
        names |= {name for name in texts if getattr(turn, name) != getattr(before, name)}
        names |= {"requests"} if len(turn.requests) < len(before.requests) else set()
        names |= {"calls"} if len(turn.calls) < len(before.calls) else set()
        calls = {call.id: call for call in before.calls}
        for call in turn.calls:
            names |= {name for name in ("prompt", "response") if getattr(call, name) != getattr(calls[call.id], name)}
            if call.trace is not None and (inner := calls[call.id].trace) is not None:
                _note_shortened(call.trace, inner, names)


def text_digest(text: str) -> str:
    """The SHA-256 of a text; half characters, and what is put in their place, count as question marks."""
    return hashlib.sha256(text.replace("\ufffd", "?").encode("utf-8", "replace")).hexdigest()


def isolation_text(report: dict[str, Any]) -> str:
    """The active layers of an isolation report in one line, `none` where it names none."""
    words = []
    for layer, state in report.items():
        if layer == "weak" or state in (False, None, "", {}):
            continue
        words.append(f"landlock(abi {state})" if layer == "landlock" and state is not True else layer)
    text = " + ".join(words) or "none"
    return f"{text} (WEAK: no operating-system layer)" if report.get("weak") else text


def utc_now() -> str:
    """The time of day in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


# The events, in the order in which a run yields them. Index is the iteration's, from 1.


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
    """A turn begins: the root model is about to be asked, `started` seconds after the run began."""

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


@dataclass(frozen=True, slots=True)
class IterationFinished:
    """A turn has ended; `usage` is of its root call and sub-calls, `notes` went to the model with the output."""

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


Event = (
    RunStarted
    | IterationStarted
    | ReplyDelta
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


class TraceBuilder:
    """Builds a trace from events; `trace` is valid at any moment, also in mid-run and after an interrupt."""

    def __init__(self) -> None:
        self.trace = Trace()

    def feed(self, event: Event) -> None:
        """Take in one event."""
        trace = self.trace
        match event:
            case RunStarted():
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
                trace.usage, trace.seconds = event.usage, event.seconds
                trace.unchanged, trace.coverage = event.unchanged, event.coverage
                trace.notices += [notice for notice in event.notices if notice not in trace.notices]
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
                turn.output_sha256 = text_digest(event.output)
            case IterationFinished():
                turn.usage, turn.seconds, turn.notes = event.usage, event.seconds, list(event.notes)

    def stop(self, reason: str = "interrupted") -> Trace:
        """Close a run that was cut off before its last event, as `stopped`."""
        if self.trace.status == "running":
            self.trace.status, self.trace.reason = "stopped", reason
            self.trace.usage = TreeUsage.of(self.trace.calls)
            sealed(self.trace)
        return self.trace
