"""What the cells of one run ask of the parent: sub-models, whole sub-runs, tools of the user's; each in the ledger.

Whatever fails comes back as a value or an exception that the cell's code can handle, never as the end of the run.
Everything that a cell sends is hostile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..document import Document, DocumentError
from ..document.parts.part_text import PartText, in_whole
from ..document.parts.requested import document_of
from ..document.provenance.prompt_lines import Locator
from ..models import Message, Model, ModelError, Waiting
from ..subkernel.base import Executor, Refusal, read_line
from ..trace import (
    Call,
    CallFinished,
    CallKind,
    CallStarted,
    Event,
    ModelWaiting,
    RunFinished,
    Span,
    SubRunEvent,
    Trace,
    TraceBuilder,
    Usage,
)
from ..trace.json_values import encodable
from .budget import BudgetExceeded
from .labels.book import LabelBook
from .redaction import redacted
from .run_settings import RunSettings
from .run_tree import Asked, RunTree

if TYPE_CHECKING:
    from .tools.user_tools import UserTools

_MAX_BATCH = 10_000
# From so many calls on they go through the batches of the endpoint, where the user wants that.
_WORTH_A_BATCH = 20
_SHOWN = 20_000
# Bytes that are searched for the lines of a prompt without a thread: some ten milliseconds.
_AT_ONCE = 2 << 20
_EACH_LINE = 1 << 16
_MOST_SPANS = 1_000


class SubRun(Protocol):
    """A run one level deeper, as far as the call that asked for it needs to know; `run.Run` is one."""

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request of the run's cells."""

    def events(self, executor: Executor) -> AsyncGenerator[Event, None]:
        """All events of the run, RunStarted first, RunFinished last."""

    def cut_off(self) -> list[Event]:
        """What a trace still lacks of a run that was cancelled."""

    def close(self) -> None:
        """Give back what the run has kept of the budget. May be called twice."""


MakeRun = Callable[[str, Document], SubRun]
"""Makes a run one level deeper: (question, document) -> SubRun. Raises BudgetExceeded."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The run that asks: its sub-model, its document, its depth, when it began (monotonic seconds), and its settings.

    `tell` takes events, `sent` every prompt that goes to a model below, whole, with the lines that were found in it.
    """

    model: Model
    document: Document
    settings: RunSettings
    depth: int
    began: float
    tell: Callable[[Event], None]
    sent: Callable[[str, Sequence[Span]], None]
    scanned: Callable[[str, int, int], None]
    make_run: MakeRun | None = None
    check_model: Model | None = None


class _OpenCall:
    """A call that is under way: told when it begins and, whatever happens, when it ends."""

    def __init__(self, asker: Asker, tree: RunTree, call: Call, index: int, batch: int) -> None:
        self.call = call
        self._asker = asker
        self._index = index
        self._began = time.monotonic()
        call.id, call.started = next(tree.ids), round(self._began - asker.began, 3)
        asker.tell(CallStarted(index, call.id, call.kind, call.model, call.prompt, call.name, call.line, batch))

    def tell(self, event: Event) -> None:
        """Pass on an event of the sub-run that this call is."""
        self._asker.tell(SubRunEvent(self._index, self.call.id, event))

    async def __aenter__(self) -> Call:
        return self.call

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, stack: Any) -> bool:
        call = self.call
        if isinstance(error, ModelError):
            call.usage = error.usage or call.usage
        if isinstance(error, ModelError | BudgetExceeded | DocumentError | Refusal):
            call.error = str(error)
        elif isinstance(error, Exception):  # a model may be anybody's code, and the cell waits for a reply
            call.error = redacted(f"{type(error).__name__}: {error}")
        elif error is not None:
            call.error = "cancelled"
        call.seconds = round(time.monotonic() - self._began, 3)
        self._asker.tell(CallFinished(self._index, call))
        return isinstance(error, Exception)


class SubCalls:
    """Answers the requests of a run's cells. `index` is the iteration that is running."""

    def __init__(self, asker: Asker, tree: RunTree, tools: UserTools | None = None) -> None:
        self.index = 0
        self._asker = asker
        self._tree = tree
        self._tools = tools
        self._gate = asyncio.Semaphore(tree.max_concurrency)
        self._locator: Locator | None = None
        self._line: int | None = None
        self._size = sum(len(text.data) for text in asker.document.texts)
        self._locating = asyncio.Lock()
        checker, settings = asker.check_model, asker.settings
        self.labels = LabelBook(
            self._label_batch,
            model=asker.model.name,
            checker="" if checker is None else checker.name,
            checks=settings.label_checks,
            seed=settings.seed or 0,
        )

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer one request. Raises Refusal, whose text the cell gets as an exception."""
        if method in ("llm_query", "llm_query_batched"):
            return await self._ask(method, params)  # type: ignore[arg-type]
        if method in ("rlm_query", "rlm_query_batched"):
            return await self._recurse(method, params)  # type: ignore[arg-type]
        if method == "tool":
            return await self._use(params)
        if method == "label":
            self.labels.index = self.index
            self._line = read_line(params)
            return await self.labels.label(params)
        if method == "estimate":
            return self.labels.estimate(params)
        raise Refusal(f"there is no {method[:40]}")

    async def _ask(self, kind: CallKind, params: dict[str, Any]) -> list[str]:
        """The replies, in order. A single call that fails raises Refusal; in a batch it is a text `[error: ...]`."""
        prompts = _batch(kind, params.get("prompts"), "prompts")
        if not all(isinstance(prompt, str) for prompt in prompts):
            raise Refusal(f"{kind}: prompts must be texts")
        self._afford(kind, self._to_pay(prompts, self._asker.model), "prompt", "put several items into one prompt")
        calls = await self._asked(kind, prompts, self._asker.model, read_line(params), kind)
        return [_outcome(kind, call, call.response) for call in calls]

    async def _label_batch(self, prompts: list[str], checking: bool) -> list[tuple[int, str]]:
        """The calls that label texts, or check labels, with their replies; `[error: ...]` for one that failed."""
        model = self._asker.model
        remedy = "raise max_llm_calls, put several texts into one prompt with per_call=20, or label fewer"
        if checking:
            assert self._asker.check_model is not None
            model, remedy = self._asker.check_model, "raise max_llm_calls, or lower label_checks"
        kind: CallKind = "llm_query_batched"
        self._afford("label", self._to_pay(prompts, model), "prompt", remedy)
        calls = await self._asked(kind, prompts, model, self._line, "label")
        return [(call.id, str(_outcome(kind, call, call.response))) for call in calls]

    async def _asked(
        self, kind: CallKind, prompts: list[str], model: Model, line: int | None, name: str
    ) -> Sequence[Call]:
        self._tree.record(name, [min(len(prompt), _SHOWN) for prompt in prompts])
        batched = self._batched(name, prompts, model)
        await self._tree.approve(name, batched or model, [self._tree.tokens(model, prompt) for prompt in prompts])
        return await _together(
            [
                self._one(Call(id=0, kind=kind, model=model.name, line=line), prompt, len(prompts), model, batched)
                for prompt in prompts
            ]
        )

    def _batched(self, name: str, prompts: list[str], model: Model) -> Model | None:
        """The model as it is asked through batches, where these calls are. Raises Refusal where they would take more
        than a limit leaves, since a batch is sent as a whole."""
        if not self._asker.settings.batch_api or self._to_pay(prompts, model) < _WORTH_A_BATCH:
            return None
        if (batched := model.batched()) is not None:
            distinct = dict.fromkeys(prompts)
            self._tree.require_room(name, batched, [self._tree.tokens(model, prompt) for prompt in distinct])
        return batched

    def _afford(self, kind: str, count: int, what: str, remedy: str) -> None:
        """Refuse a batch that the limit of calls leaves no room for, before anything of it is sent."""
        left = self._tree.budget.free_calls
        if count > max(left, 1):
            calls = "call" if left == 1 else "calls"
            raise Refusal(f"{kind}: {count:,} {what}s, {left:,} model {calls} left, so none was sent: {remedy}")

    def _to_pay(self, prompts: Sequence[str], model: Model) -> int:
        """How many of these prompts are different and were not answered before."""
        distinct = list(dict.fromkeys(prompts))
        if len(distinct) <= self._tree.budget.free_calls:
            return len(distinct)
        settings = self._asker.settings
        options = {"temperature": settings.temperature, "seed": settings.seed}
        return sum(
            not self._tree.is_answered(model, [{"role": "user", "content": prompt}], **options) for prompt in distinct
        )

    async def _one(self, call: Call, prompt: str, batch: int, model: Model, batched: Model | None = None) -> Call:
        # Those that go into a batch wait for their reply together.
        async with self._gate if batched is None else contextlib.nullcontext():
            # A call that is refused or known waits for nothing, and thousands of them must not hold up the loop.
            await asyncio.sleep(0)
            call.prompt = shown(prompt)
            async with _OpenCall(self._asker, self._tree, call, self.index, batch):
                call.context_spans = await self._located(prompt)
                await self._answer(call, prompt, model, batched)
            return call

    async def _answer(self, call: Call, prompt: str, model: Model | None = None, batched: Model | None = None) -> None:
        settings = self._asker.settings
        message: Message = {"role": "user", "content": prompt}
        asking = self._tree.ask(
            model or self._asker.model,
            [message],
            depth=self._asker.depth,
            temperature=settings.temperature,
            seed=settings.seed,
            # A call that is cancelled after it was sent costs what it has used by then.
            booked=lambda usage: setattr(call, "usage", usage),
            batched=batched,
        )
        async with aclosing(asking) as pieces:
            async for piece in pieces:
                if isinstance(piece, Waiting):
                    self._asker.tell(ModelWaiting(self.index, piece.reason, piece.seconds, call.id))
                if isinstance(piece, Asked):
                    call.response, call.usage, call.cached = piece.reply.text, piece.reply.usage, piece.cached
        self._asker.sent(prompt, call.context_spans)

    async def _located(self, prompt: str) -> list[Span]:
        """Where the document's own lines stand in a prompt."""
        async with self._locating:
            if (self._size + _EACH_LINE) * (1 + prompt.count("\n")) + len(prompt) <= _AT_ONCE:
                found = self._spans(prompt)
            else:
                try:
                    found = await asyncio.to_thread(self._spans, prompt)
                except asyncio.CancelledError:
                    # Its thread goes on with this one, which takes one prompt at a time.
                    self._locator = None
                    raise
        return [Span(tool="prompt", source=source, start_line=first, end_line=last) for source, first, last in found]

    def _spans(self, prompt: str) -> list[tuple[str, int, int]]:
        if self._locator is None:
            # Not before it is needed: of many texts it makes a copy.
            self._locator = Locator(self._asker.document.texts)
        return self._locator.spans(prompt)

    async def _recurse(self, kind: CallKind, params: dict[str, Any]) -> dict[str, Any]:
        """The sub-runs' values, in order, and remarks for the cell's output."""
        pairs = _batch(kind, params.get("pairs"), "pairs")
        if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            raise Refusal(f"{kind}: give a question (a text) and a context")
        for question, _ in pairs:
            if not question.strip():
                raise Refusal(f"{kind}: the question is empty")
        line, model, tree = read_line(params), self._asker.model, self._tree
        tree.record(kind, [min(len(question), _SHOWN) for question, _ in pairs])
        turns = 2 if self._asker.make_run is not None else 1
        distinct = len({json.dumps(pair, sort_keys=True) for pair in pairs})
        self._afford(kind, distinct, "sub-run", "ask about larger parts, or use llm_query_batched")
        await tree.approve(kind, model, [tree.tokens(model, question) + 2_000 for question, _ in pairs], turns)
        calls = await _together(
            [
                self._run(Call(id=0, kind=kind, model=model.name, line=line, prompt=shown(question)), question, part)
                for question, part in pairs
            ],
        )
        notes = dict.fromkeys(f"{kind}: {call.note}" for call in calls if call.note)
        return {"values": [_outcome(kind, call, _value(call)) for call in calls], "notes": list(notes)}

    async def _run(self, call: Call, question: str, part: Any) -> Call:
        async with self._tree.run_gate(self._asker.depth + 1):
            opened = _OpenCall(self._asker, self._tree, call, self.index, 1)
            async with opened:
                try:
                    document = await asyncio.to_thread(document_of, self._asker.document, part)
                except ValueError as error:
                    raise Refusal(str(error)) from None
                self._note_parts(call, document)
                if self._asker.make_run is None:
                    limit = self._asker.settings.max_depth
                    call.note = f"max_depth={limit} is reached: the sub-model was asked once instead of a whole run"
                    await self._answer(call, _plain_prompt(question, document))
                else:
                    await self._deeper(call, opened, self._asker.make_run(question, document), document)
            return call

    def _note_parts(self, call: Call, document: Document) -> None:
        """The lines of the asker's document that a sub-run's document is made of."""
        mine = {in_whole(text, 1, 1)[0]: text for text in self._asker.document.texts}
        for part in document.texts[:_MOST_SPANS]:
            if not isinstance(part, PartText) or not part.line_count:
                continue
            source, first, last = in_whole(part, 1, part.line_count)
            call.context_spans.append(Span(tool=call.kind, source=source, start_line=first, end_line=last))
            if (text := mine.get(source)) is not None:
                before = in_whole(text, 1, 1)[1] - 1
                self._asker.scanned(text.name, first - before, last - before)

    async def _deeper(self, call: Call, opened: _OpenCall, run: SubRun, document: Document) -> None:
        builder = TraceBuilder()
        executor = self._tree.make_executor(document, run.handle)
        try:
            async with executor, aclosing(run.events(executor)) as events:
                async for event in events:
                    builder.feed(event)
                    opened.tell(event)
                    if isinstance(event, RunFinished):
                        await executor.kill()
        finally:
            run.close()
            for cut in run.cut_off():
                builder.feed(cut)
            call.trace = builder.stop()
            call.usage = Usage(**call.trace.usage.model_dump(exclude={"parts"}))
        _conclude(call, call.trace)

    async def _use(self, params: dict[str, Any]) -> dict[str, Any]:
        """The value that a tool of the user's returned."""
        name, args, kwargs = params.get("name"), params.get("args"), params.get("kwargs")
        if self._tools is None or not isinstance(name, str) or name not in [stub.name for stub in self._tools.stubs]:
            raise Refusal(f"there is no tool {str(name)[:40]!r}")
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise Refusal(f"{name}: malformed arguments")
        told = shown(json.dumps({"args": args, "kwargs": kwargs}, ensure_ascii=False))
        self._tree.record(name, [len(told)])
        call = Call(id=0, kind="tool", name=name, line=read_line(params), prompt=told)
        value: Any = None
        async with self._gate, _OpenCall(self._asker, self._tree, call, self.index, 1):
            value = await self._tools.call(name, args, kwargs)
            # Whole: a replay gives it to the code again.
            result = json.dumps(value, ensure_ascii=False)
            if self._tree.keeps(result):
                call.response = result
            else:
                call.note = "the result is not in the trace, which has taken as much of the tools' results as it takes"
        if call.error is not None:
            raise Refusal(call.error)
        return {"value": value}


async def _together(work: Sequence[Awaitable[Call]]) -> list[Call]:
    """All of them at once; where this is cancelled, all are, and have ended when it returns."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        if any(not task.done() for task in tasks):
            await asyncio.wait(tasks)


def _batch(kind: str, items: Any, what: str) -> list[Any]:
    if not isinstance(items, list):
        raise Refusal(f"{kind}: {what} must be a list")
    if len(items) > _MAX_BATCH:
        raise Refusal(f"{kind}: {len(items):,} {what} are too many for one batch; {_MAX_BATCH:,} are the limit")
    return items


def _outcome(kind: CallKind, call: Call, value: Any) -> Any:
    if call.error is None:
        return value
    if kind.endswith("_batched"):
        return f"[error: {call.error}]"
    raise Refusal(f"{kind}: {call.error}")


def _value(call: Call) -> Any:
    return call.response if call.trace is None else call.trace.value


def _conclude(call: Call, trace: Trace) -> None:
    """Say what became of a sub-run: its value, or why it has none."""
    if trace.status == "answered" or trace.best_guess:
        call.response = shown(json.dumps(trace.value, ensure_ascii=False))
        call.note = f"the answer is only a best guess ({trace.reason})" if trace.best_guess else ""
    else:
        call.error = f"the sub-run has found no answer ({trace.reason or trace.status})"


def _plain_prompt(question: str, document: Document) -> str:
    if len(document.texts) == 1:
        return f"{question}\n\n{document.texts[0].text}"
    return "\n\n".join([question, *(f"{text.name}:\n{text.text}" for text in document.texts)])


def shown(text: str) -> str:
    """A text as the ledger keeps it: 20,000 characters at most."""
    text = encodable(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}[... {len(text) - _SHOWN:,} more characters]"
