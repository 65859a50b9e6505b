"""Canaries: lines of the kind that a run has used are planted in a copy of its document, and its code runs again.

The share that it finds is the recall of this code on this document: what it would find of rows like those that it has
found. It says nothing of rows that are written in another way. No model is asked.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..document import Document
from ..engine.answers.final_answer import Acceptance
from ..engine.blocking import run_blocking
from ..engine.intervals import wilson
from ..engine.labels.book import estimated, number_of, reply_of
from ..engine.labels.book import shown as shown_estimate
from ..engine.subcalls import shown
from ..subkernel.base import Refusal
from ..trace import Iteration, Span, Trace
from .canary_needles import Needle, covers, needles, planted, used_rows
from .documents import document_of_trace
from .limits import ReplayBudget, ReplayLimits
from .rerun import check, sub_kernel
from .verdicts import Unlike

How = Literal["answer", "output", "rows", "sub-model", "missed"]
_SHOWN_LINES = 10
_LONGEST = 200


class CanaryError(ValueError):
    """No canary can be planted, or the run cannot be repeated; the text says why."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A needle and what became of it: it changed the `answer`, stood in the `output` of the code, was among the `rows`
    that a tool returned, was sent to a `sub-model` (whose reply nobody knows), or was `missed`."""

    needle: Needle
    how: How

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON-able data."""
        return dataclasses.asdict(self.needle) | {"how": self.how}


@dataclass(frozen=True, slots=True)
class Canary:
    """What a run's code found of the planted lines: `found` of `count`, the 95% interval of that share (Wilson's), each
    of the `planted`, and `remarks` on what else to know."""

    question: str
    found: int
    count: int
    low: float
    high: float
    planted: tuple[Planted, ...]
    seed: int
    seconds: float = 0.0
    remarks: tuple[str, ...] = ()

    @property
    def missed(self) -> list[Needle]:
        """The needles that were not found."""
        return [each.needle for each in self.planted if each.how == "missed"]

    @property
    def text(self) -> str:
        """The outcome, with the lines that were missed, a line each."""
        head = f"found {self.found} of {self.count} planted lines (95% interval {self.low:.0%} to {self.high:.0%})"
        rows = [f"missed: {each.source}, line {each.line}: {each.text[:_LONGEST]}" for each in self.missed]
        more = [f"and {len(rows) - _SHOWN_LINES:,} more missed"] if len(rows) > _SHOWN_LINES else []
        return "\n".join([head, *rows[:_SHOWN_LINES], *more])

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON-able data."""
        names = ("question", "found", "count", "low", "high", "seed", "seconds")
        return {name: getattr(self, name) for name in names} | {
            "planted": [each.to_dict() for each in self.planted],
            "remarks": list(self.remarks),
            "text": self.text,
        }


async def acanary(
    trace: Trace,
    document: Any = None,
    *,
    n: int = 20,
    seed: int = 0,
    near: Path | None = None,
    allow_weak_isolation: bool = False,
    limits: ReplayLimits | None = None,
) -> Canary:
    """Plant `n` needles, one at a time, each in a copy of the document, and run the trace's code again on it.

    `document`, `near` and `limits` are as of `replay.areplay`; the same seed gives the same needles. Raises
    CanaryError, DocumentError, IsolationError.
    """
    if type(n) is not int or not 1 <= n <= 1_000:
        raise CanaryError(f"n={n!r}: give a number of canaries from 1 to 1,000.")
    began = time.monotonic()
    try:
        check(trace)
        whole = await asyncio.to_thread(document_of_trace, trace, document, near)
    except Unlike as error:
        raise CanaryError(f"No canary can be planted: {error}.") from None
    if trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells):
        raise CanaryError("No canary can be planted: this is a follow-up question, whose code rests on others.")
    if whole.shape == "records":
        raise CanaryError("No canary can be planted: the document is JSON data, which has no lines. Give it as a text.")
    if not (rows := await asyncio.to_thread(used_rows, trace, whole)):
        raise CanaryError("No canary can be planted: the trace names no line of the document that the answer rests on.")
    drawn = await asyncio.to_thread(needles, rows, n, seed)
    if not drawn:
        raise CanaryError("No canary can be planted: the lines that the answer rests on have no number and no word.")
    rerun = _Rerun(trace, allow_weak_isolation, limits or ReplayLimits())
    try:
        plain = await rerun.run(whole, None)
        if not trace.settings.get("answer_type") and _json(plain.value) != _json(trace.final):
            raise CanaryError(f"The run cannot be repeated: its code gives {plain.value!r}, not the recorded answer.")
        seen = [await _found(rerun, whole, needle, plain) for needle in drawn]
    except Unlike as error:
        raise CanaryError(f"The run cannot be repeated: {error}.") from None
    done = tuple(Planted(needle, how) for needle, how in zip(drawn, _settled(seen, plain.value), strict=True))
    found = sum(each.how != "missed" for each in done)
    low, high = wilson(found, len(done))
    return Canary(
        question=trace.question,
        found=found,
        count=len(done),
        low=low,
        high=high,
        planted=done,
        seed=seed,
        seconds=round(time.monotonic() - began, 3),
        remarks=_remarks(n, done),
    )


def _remarks(n: int, done: tuple[Planted, ...]) -> tuple[str, ...]:
    remarks = []
    if len(done) < n:
        remarks.append(f"only {len(done)} of {n} canaries have a value that stands nowhere in the document")
    if sent := sum(each.how == "sub-model" for each in done):
        remarks.append(f"{sent} were sent to a sub-model, and count as found: nobody knows what it would have replied")
    return tuple(remarks)


async def _found(rerun: _Rerun, whole: Document, needle: Needle, plain: _Outcome) -> tuple[How, bool]:
    """What became of a needle, and whether its value stands in the answer. That the answer has changed counts only if
    an empty line in the same place leaves it as it was."""
    copy = await asyncio.to_thread(planted, whole, needle)
    outcome = await rerun.run(copy, needle)
    if outcome.sent:
        return "sub-model", False
    if needle.stands_in(_json(outcome.value)):
        return "answer", True
    if _json(outcome.value) != _json(plain.value):
        empty = await asyncio.to_thread(planted, whole, needle, "")
        if _json((await rerun.run(empty, None)).value) != _json(outcome.value):
            return "answer", False
    if covers(outcome.spans, needle, copy):
        return "rows", False
    if any(needle.stands_in(output) for output in outcome.outputs):
        return "output", False
    return "missed", False


def _settled(seen: list[tuple[How, bool]], value: Any) -> list[How]:
    """Of an answer that adds rows up or lists them, a line that came to the code and changed nothing was dropped: it
    counts as missed. An answer is taken for one where at least a quarter of the lines that came to the code changed
    it; a largest value, or a line that was looked up, is replaced by a line, or left as it was."""
    listing = isinstance(value, list | dict)
    changed = sum(how == "answer" and (listing or not named) for how, named in seen)
    came = sum(how in ("answer", "rows", "output") for how, _ in seen)
    adds_up = changed > 0 and 4 * changed >= came
    return ["missed" if adds_up and how in ("rows", "output") else how for how, _ in seen]


def _leading(trace: Trace) -> set[int]:
    """The iterations whose code the answer comes from; all of them where the trace does not tell."""
    rows = [row for item in trace.grounding for row in item.rows()]
    steps = {step.iteration for row in rows if row.derivation is not None for step in row.derivation.steps}
    return steps or {turn.index for turn in trace.iterations}


@dataclass(slots=True)
class _Outcome:
    """What the code came to on one copy: the value, the lines that tools returned, the outputs, whether the needle was
    sent to a sub-model."""

    value: Any
    spans: list[Span]
    outputs: list[str]
    sent: bool


class _Rerun:
    """Runs a trace's code on other documents, with its recorded replies."""

    def __init__(self, trace: Trace, allow_weak: bool, limits: ReplayLimits) -> None:
        self._trace = trace
        self._allow_weak = allow_weak
        self._limits = limits
        self._whole = ReplayBudget(limits)
        self._end = time.monotonic() + limits.max_seconds

    async def run(self, document: Document, needle: Needle | None) -> _Outcome:
        """Raises Unlike where the limits end it."""
        if time.monotonic() >= self._end:
            raise self._whole.out_of_time()
        # The limit of iterations is that of one run of the code, that of time is of all of them.
        allowance = ReplayBudget(self._limits)
        replies = _Replies(self._trace, document, needle)
        kernel, _ = sub_kernel(self._trace, document, replies.handle, self._allow_weak, self._limits)
        spans: list[Span] = []
        leading = _leading(self._trace)
        async with kernel:
            for turn in self._trace.iterations:
                if turn.code is None or not turn.executed:
                    replies.outputs.append(turn.output)
                    continue
                allowance.take_iteration()
                replies.begin(turn)
                done = await kernel.execute(turn.code)
                replies.outputs.append(done.output)
                spans += done.spans if turn.index in leading else ()
        return _Outcome(replies.value, spans, replies.outputs, replies.sent)


class _Replies:
    """Answers what the code asks from the record, by its content alone; what was not recorded is refused."""

    def __init__(self, trace: Trace, document: Document, needle: Needle | None) -> None:
        self._finals: list[str | None] = []
        self.outputs: list[str] = []
        self.value: Any = None
        self.sent = False
        self._document = document
        self._needle = needle
        self._labellings = {each.id: each for each in trace.labellings}
        self._calls = [call for turn in trace.iterations for call in turn.calls]

    def begin(self, turn: Iteration) -> None:
        """The code of this turn is about to run."""
        self._finals = [request.refusal for request in turn.requests if request.method == "final"]

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request. Raises Refusal; the parameters are hostile."""
        if method == "final":
            if self._finals and (refusal := self._finals.pop(0)) is not None:
                raise Refusal(refusal)
            acceptance = Acceptance(self._document, None)
            acceptance.accept(params.get("value"), None, "", None)
            if acceptance.accepted:
                self.value = acceptance.accepted[0]
            return True
        if method == "history":
            return self._output(params.get("turn"))
        if method == "estimate":
            return [shown_estimate(each) for each in estimated(list(self._labellings.values()), params)]
        if self._needle is not None and self._needle.stands_in(json.dumps(params, ensure_ascii=False)):
            self.sent = True
        if method == "label" and (labelling := self._labellings.get(number_of(params))) is not None:
            return reply_of(labelling)
        if method in ("llm_query", "llm_query_batched") and isinstance(params.get("prompts"), list):
            return [self._reply(method, str(prompt), bool(method == "llm_query")) for prompt in params["prompts"]]
        if method in ("rlm_query", "rlm_query_batched") and isinstance(params.get("pairs"), list):
            values = [self._run(method, str(pair[0])) for pair in params["pairs"] if isinstance(pair, list) and pair]
            return {"values": values, "notes": []}
        if method == "tool":
            told = shown(json.dumps({"args": params.get("args"), "kwargs": params.get("kwargs")}, ensure_ascii=False))
            return {"value": json.loads(self._reply("tool", told, True))}
        raise Refusal(f"{method}: this was not recorded")

    def _output(self, turn: Any) -> str:
        if type(turn) is not int or not 1 <= turn <= len(self.outputs):
            raise Refusal("history: there is no such iteration")
        return self.outputs[turn - 1]

    def _reply(self, method: str, prompt: str, alone: bool) -> str:
        for call in self._calls:
            if call.kind == method and call.prompt == shown(prompt) and call.response is not None:
                return call.response
        if alone:
            raise Refusal(f"{method}: this was not recorded")
        return "[error: this was not recorded]"

    def _run(self, method: str, question: str) -> Any:
        for call in self._calls:
            if call.kind == method and call.prompt == shown(question) and call.trace is not None:
                return call.trace.value
        return "[error: this was not recorded]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def canary(
    trace: Trace,
    document: Any = None,
    *,
    n: int = 20,
    seed: int = 0,
    near: Path | None = None,
    allow_weak_isolation: bool = False,
    limits: ReplayLimits | None = None,
) -> Canary:
    """`acanary` for callers that are not async; works also where an event loop is running."""
    return run_blocking(
        functools.partial(
            acanary,
            trace,
            document,
            n=n,
            seed=seed,
            near=near,
            allow_weak_isolation=allow_weak_isolation,
            limits=limits,
        )
    )
