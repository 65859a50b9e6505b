"""The records that a trace consists of, and the trace itself: JSON in and out."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticSerializationError

from .estimates import Estimate, Labelling
from .json_values import canonical, encodable
from .ordered import from_ordered
from .usage import TraceRecord, TreeUsage, Usage
from .verification import Confidence, Verification
from .words import COVERAGE, Verdict

SCHEMA: Final = "rlm.trace/1"
MIME_TYPE = "application/vnd.rlm.trace.v1+json"
Status = Literal["running", "answered", "exhausted", "stopped", "failed", "disputed", "uncertain"]


class DocumentInfo(TraceRecord):
    """One document of the context: `sha256` of its UTF-8 text, its size in characters, in lines and in bytes.

    `encoding` is that of the bytes it was read from; `format` and `converter` say what a file that was no plain text
    was, and what made text of it; `newlines` how its lines ended (`CRLF`, `CR`, `mixed`) before they ended in line
    feeds. They are empty where there is nothing to say. `places` say where its lines stand in
    the file that the user has: (first line, label, number), see `rlm_kernel.document.places.Places`.
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
    newlines: str = ""
    places: list[tuple[int, str, int | None]] = Field(default_factory=list)


class Determinism(TraceRecord):
    """What the code's random numbers, clock and orders follow from: `seed`, the `clock`'s start (ISO 8601), and the
    `hash_seed` of the sub-kernel's texts (None: random). `named` is what follows from none of them, in words."""

    seed: int
    clock: str
    hash_seed: int | None = None
    named: list[str] = Field(default_factory=list)


class Parent(TraceRecord):
    """The run that this one is a fork of: its `digest`, and the `iteration` that was made anew."""

    digest: str
    iteration: int


class Span(TraceRecord):
    """Lines of one document (1-based, inclusive) that a tool returned to the code; `line` is that of the cell's code
    which called it (1-based, the cell's own word; None: not known)."""

    tool: str
    source: str
    start_line: int
    end_line: int
    line: int | None = None


class Searched(TraceRecord):
    """A search that a cell made: the `tool`, its `pattern`, the document (`source`, None: all) and how many `hits` it
    had. `end_line`: it went no further than this line (of `end_source`), since it had enough."""

    tool: str
    pattern: str = ""
    source: str | None = None
    hits: int = 0
    line: int | None = None
    end_source: str | None = None
    end_line: int | None = None


ConditionKind = Literal[
    "unasked", "unheeded", "single", "counted", "unread", "mixed", "other-name", "passed-over", "unused"
]


class RowCondition(TraceRecord):
    """A condition by which rows of the answer were chosen, where it is not that of the question.

    `unasked`: the `pattern` has a `word` that the question does not have, and `count` lines that were not taken match
    it but for that. `unheeded`: the question has the `word`, the code does not, and `count` of the lines that the
    pattern finds have something else in its place; of a day (0 lines) the code has another one. `single`: the question
    asks to add up (`word`), and one line was taken. `counted`: it asks how many of a unit (`word`), and the `count`
    lines themselves were counted. `unread`: the question has the `word`, which stands in `count` lines of another
    document about the same things as the rows, and in none of theirs. `mixed`: some of the lines that the pattern finds
    have the `word`, and `count` say another thing of the same. `other-name`: the question has the name `word`, which is
    in none of the `count` lines that have the answer. `passed-over`: the answer is that it is not stated, and `count`
    lines have the names and most of the other words of the question. `unused`: the code reads a number under the name
    `pattern`, which has the `word` of the question, and does not use it. `source`, `line` and `text` are one of these
    lines, if there are any.
    """

    kind: ConditionKind
    word: str
    pattern: str
    count: int
    source: str = ""
    line: int = 0
    text: str = ""

    @property
    def told(self) -> str:
        """The condition in one sentence; of the document it has the name, and the number of a line."""
        kind = "unheeded-day" if self.kind == "unheeded" and not self.count else self.kind
        return _TOLD[kind].format(
            word=repr(self.word),
            name=repr(self.pattern),
            count=f"{self.count:,}",
            line=f"line {self.line} of {self.source[:80]!r}",
        )


_TOLD = {
    "unasked": "only lines with {word} were taken, which the question does not name; but for that word the pattern "
    "matches {count} more, such as {line}",
    "unheeded": "the question names {word}, the code does not; {count} of the lines that its pattern finds have "
    "something else in that place, such as {line}",
    "unheeded-day": "the question names {word}, the code has another day in its place; it takes such as {line}",
    "single": "the question asks for something {word}, the code takes a single line, {line}",
    "counted": "the question asks how many {word}, the code counts {count} lines, such as {line}",
    "unread": "the question names {word}, which {count} lines of another document have, such as {line}, and none of "
    "the document that the code takes its rows from",
    "mixed": "the code takes lines that say two things: some with {word}, and {count} without it, such as {line}",
    "other-name": "the question names {word}, which no line with the answer has; it stands in such as {line}",
    "passed-over": "{count} of the lines have the names and most of the other words of the question, such as {line}",
    "unused": "the question names {word}, and the code reads {name} and does not use it",
}


class EarlierVariable(TraceRecord):
    """A variable that an earlier question of the session has left: the lines of the documents that it rests on, and
    whether it was `computed` from them."""

    name: str
    spans: list[Span] = Field(default_factory=list)
    computed: bool = False


class Earlier(TraceRecord):
    """What ran in the sub-kernel before this question of a session: the run with this `digest` (empty: none), then
    `cells` of the user's own; and what the `variables` that were left rest on."""

    digest: str = ""
    cells: list[str] = Field(default_factory=list)
    variables: list[EarlierVariable] = Field(default_factory=list)


class Repair(TraceRecord):
    """A change of the code before it ran: its `kind` is one of `engine.repair.KINDS`, or `edited` (by the user)."""

    kind: str
    before: str
    after: str


class CodeError(TraceRecord):
    """An exception of the model's code: its type's name, its message, the line of the cell (1-based) if known."""

    type: str
    message: str
    line: int | None = None


class Variables(TraceRecord):
    """The variables that a cell added or changed: name -> a short description such as `list, 12 items`."""

    added: dict[str, str] = Field(default_factory=dict)
    changed: dict[str, str] = Field(default_factory=dict)


CallKind = Literal["llm_query", "llm_query_batched", "rlm_query", "rlm_query_batched", "tool"]


class Call(TraceRecord):
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


class Request(TraceRecord):
    """One request of a cell to the parent, in their order: `method`, and the SHA-256 of its parameters.

    `calls` are the ids of the calls that it led to, `refusal` what the cell was told instead of a result; `cut`: the
    cell ended before there was a result.
    """

    method: str
    sha256: str
    calls: list[int] = Field(default_factory=list)
    refusal: str | None = None
    cut: bool = False


class Iteration(TraceRecord):
    """One iteration: what the model said, the code that ran, what came back.

    `output` is what the cell printed and echoed, up to the sub-kernel's own bound; `output_chars` is its true length.
    `notes` are the remarks that the loop added for the model (advice, hints). `code` is None when there was none.
    `executed` is False for code that could not run (its error says why). `output_sha256` is that of the whole output;
    it is empty where the run was cut off before the cell had ended. `requests` are what the cell asked of the parent.
    `reads` are the variables of earlier cells that the code uses, `writes` those that it sets, read off the code;
    `searches` are those that its tools made, as the sub-kernel tells.
    `usage` is of the whole iteration, sub-calls and sub-runs included; `model_usage` is the root model's part of it,
    and `cached` whether its reply came from the cache. `started` is in seconds since the run began.
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
    reads: list[str] = Field(default_factory=list)
    writes: list[str] = Field(default_factory=list)
    searches: list[Searched] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    model_usage: Usage = Field(default_factory=Usage)
    cached: bool = False
    started: float = 0.0
    seconds: float = 0.0


class Evidence(TraceRecord):
    """A line that the model named as evidence; `text` is the parent's own copy of it, None if there is no such line.
    `place` is where it stands in the file that the user has ("page 47"; empty: the line number says all)."""

    source: str
    line: int
    text: str | None = None
    place: str = ""


class Step(TraceRecord):
    """A line of a cell's code through which a value has gone: the `iteration`, the line (1-based), its text."""

    iteration: int
    line: int
    code: str = ""


class Derivation(TraceRecord):
    """How a value came about: the lines of code, the lines of the documents that they worked on, the calls of
    sub-models and tools, and the constants of the code that took part (`typed`). Read off the code, never run."""

    steps: list[Step] = Field(default_factory=list)
    spans: list[Span] = Field(default_factory=list)
    calls: list[int] = Field(default_factory=list)
    typed: list[str] = Field(default_factory=list)


class Grounding(TraceRecord):
    """Where one value of the answer (at `path`, such as `orders[2].price`; empty: the answer itself) comes from.

    `verdict`: `document` (quoted from `lines` of `source`), `computed` (by `iteration`; see `derivation`), `sub-model`
    (in the reply to `call`), `typed` (by the model, and shown by the output of `iteration`, None: by the question),
    `ungrounded` (nowhere), `absent` (there is no value; `searches` are those that found nothing), `prose` (the model's
    own words). `parts` are the figures and names of a text that was not found as a whole, with a verdict each. `place`
    is where the first of the lines stands in the file that the user has ("page 47"; empty: the line number says all).
    """

    item: str
    kind: Literal["number", "date", "quotation", "text"] = "number"
    verdict: Verdict
    source: str | None = None
    lines: list[int] = Field(default_factory=list)
    iteration: int | None = None
    call: int | None = None
    path: str = ""
    parts: list[Grounding] = Field(default_factory=list)
    derivation: Derivation | None = None
    searches: list[Searched] = Field(default_factory=list)
    place: str = ""

    def rows(self) -> Iterator[Grounding]:
        """This one, then its parts."""
        yield self
        for part in self.parts:
            yield from part.rows()


class CoveredLines(TraceRecord):
    """What was done with the lines of one document (1-based, inclusive): searched by a tool, handed to code
    (`scanned`), shown to the root model, sent to a sub-model. Intervals are merged."""

    source: str
    lines: int
    searched: list[tuple[int, int]] = Field(default_factory=list)
    scanned: list[tuple[int, int]] = Field(default_factory=list)
    shown: list[tuple[int, int]] = Field(default_factory=list)
    sent: list[tuple[int, int]] = Field(default_factory=list)


class Inherited(TraceRecord):
    """Lines of one document that a variable of an earlier question, which this run used, rests on."""

    variable: str
    source: str
    lines: list[tuple[int, int]] = Field(default_factory=list)


class Coverage(TraceRecord):
    """What a run has looked at: the intervals of each document, and the shares of all lines (0 to 1).

    `searched`: a tool ran over the line, whether or not it found something (None: a trace of 0.1.0, which does not
    tell); `scanned`: returned to code. `untouched`: none of all that. `inherited` is what the variables of earlier
    questions that the run used rest on; those lines are not untouched. `exact` is False where intervals that are close
    together were joined to keep this short, or where there was too much to look for among what was shown.
    """

    documents: list[CoveredLines] = Field(default_factory=list)
    searched: float | None = None
    scanned: float = 0.0
    shown: float = 0.0
    sent: float = 0.0
    untouched: float = 1.0
    inherited: list[Inherited] = Field(default_factory=list)
    exact: bool = True

    @property
    def shares(self) -> dict[str, str]:
        """Words -> share, in the order in which they are told."""
        kinds = [kind for kind in COVERAGE if getattr(self, kind) is not None]
        return {COVERAGE[kind]: _percent(getattr(self, kind)) for kind in kinds}

    @property
    def text(self) -> str:
        """The shares in one line."""
        told = ", ".join(f"{words} {share}" for words, share in self.shares.items())
        return told + ("" if self.exact else " (approximately)") + self._inherited_text

    @property
    def _inherited_text(self) -> str:
        names = list(dict.fromkeys(item.variable for item in self.inherited))
        if not names:
            return ""
        more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
        return f"; rests on variables of earlier questions: {', '.join(names[:5])}{more}"


def _percent(share: float) -> str:
    # What is not nothing must not look like nothing, nor what is not all like all.
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}".replace(".0%", "%")


class Trace(TraceRecord):
    """A run, whole. `notices` are what every face must say beside the answer (RECORDED, small local model ...).

    `fingerprint` is the documents' (see `Document.fingerprint`); `unchanged`: whether the bytes that the sub-kernel
    read still had it when the run ended, None where it did not end or nobody could tell. `depth` is 0 for the root
    run; a sub-run's trace is in the `Call` that began it. `shape` is what `context` was: a text, a mapping or a list of
    texts, or records. `grounding_rules` is 2 where every value of the answer has a verdict of its own, 1 in traces
    of 0.1.0. `digest` is the SHA-256 of all the rest, set when the run ends (see `sealed`): it tells an
    altered trace from one as it was made, not who made it. `labellings` and `estimates` are of labels that a sub-model
    gave; `verification` is what further solves found, and `confidence` how certain the answer is. `row_conditions` are
    those that rows of the answer were chosen by and that are not the question's; None where they were not looked for.
    A shortened copy keeps the digest, names under `elided` the fields that it has shortened, and has a `copy_digest`
    of its own.
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
    grounding_rules: int = 1
    coverage: Coverage | None = None
    row_conditions: list[RowCondition] | None = None
    labellings: list[Labelling] = Field(default_factory=list)
    estimates: list[Estimate] = Field(default_factory=list)
    verification: Verification | None = None
    confidence: Confidence | None = None
    usage: TreeUsage = Field(default_factory=TreeUsage)
    started: str = ""
    seconds: float = 0.0
    versions: dict[str, str] = Field(default_factory=dict)
    elided: list[str] = Field(default_factory=list)
    digest: str = ""
    copy_digest: str = ""

    @model_validator(mode="before")
    @classmethod
    def _without_view(cls, data: Any) -> Any:
        """Leave out the `view` that a display keeps beside its trace. Where it has the value in the same words, the
        value is that one: a saved notebook sorts its keys."""
        if not isinstance(data, dict) or "view" not in data:
            return data
        fields = {name: item for name, item in data.items() if name != "view"}
        view = data["view"]
        if isinstance(view, dict) and "value" in view:
            try:
                value = from_ordered(view["value"])
                same = canonical(value) == canonical(fields.get("value"))
            except (ValueError, TypeError, RecursionError):
                same = False
            if same:
                fields["value"] = value
        return fields

    @property
    def final(self) -> JsonValue:
        """What the run's own code gave FINAL, also where another solve or the wish for certainty has replaced it."""
        if self.verification is not None and self.verification.solves:
            return self.verification.solves[0].value
        if self.status == "uncertain" and self.confidence is not None:
            return self.confidence.withheld
        return self.value

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every model call and tool call of the whole run tree, a flat row each, ready for `pandas.DataFrame`.

        `run` is the id of the call that began the run which asked (0: the root run), `kind` `root` for an iteration
        of that run's own model. A sub-run has a row without usage of its own (its calls have theirs), so that columns
        add up.
        """
        return list(_rows(self, 0))

    def to_json(self, *, indent: int | None = None) -> str:
        """The trace as one JSON text, under the promised field names; lone surrogates in it become question marks."""
        try:
            return self.model_dump_json(by_alias=True, indent=indent)
        except PydanticSerializationError:
            # Half an emoji in a reply or in a document must not cost the whole trace.
            text = json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)
            return encodable(text)

    def to_dict(self) -> dict[str, Any]:
        """The trace as plain JSON-able data, under the promised field names."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Trace:
        """Read a trace back. Raises `ValueError` (pydantic's, naming the field) for anything else."""
        return cls.model_validate_json(text)

    @classmethod
    def from_events(cls, events: Iterable[Any]) -> Trace:
        """The trace of a run from its events: those of `RLM.stream`, or lines of `rlm ask --events ndjson` (an open
        file, say). Of events that break off, it is the trace of a run that was stopped. Raises ValueError.
        """
        # By its name: the events, and what builds a trace of them, are made of these records.
        trace: Trace = importlib.import_module(".event_json", __package__).trace_of(events)
        return trace

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


def isolation_text(report: dict[str, Any]) -> str:
    """The active layers of an isolation report in one line, `none` where it names none."""
    words = []
    for layer, state in report.items():
        if layer in ("weak", "packages", "host") or state in (False, None, "", {}):
            continue
        words.append(f"landlock(abi {state})" if layer == "landlock" and state is not True else layer)
    text = " + ".join(words) or "none"
    if isinstance(packages := report.get("packages"), list | tuple) and packages:
        text += f" (with {', '.join(map(str, packages))}: a weaker language policy)"
    if report.get("weak"):
        text += " (WEAK: no operating-system layer)"
    if isinstance(host := report.get("host"), dict):
        # What another host says of itself cannot be looked up here.
        text += f", as the sub-kernel host {host.get('address')} reports"
    return text
