"""One run: ask the model, heal its code, execute it, show it what came back, until FINAL or a limit.

An async generator of events. It knows no front end and no provider: it is given models and an executor by their
protocols. The answer is taken from the sub-kernel's FINAL request and checked here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from . import prompt
from .acceptance import Acceptance
from .budget import Budget, BudgetExceeded
from .calls import SubCalls, close_stream
from .document import Document
from .document.coverage import Coverage
from .doubts import printed_name
from .healing import Healed, find_code, heal
from .looking import looked_at
from .models import Delta, Message, Model, ModelError, Reply
from .reporting import coverage_record, document_info
from .subkernel.base import Executor, Refusal
from .subkernel.inside.policy import ALLOWED_TOP_LEVEL
from .trace import (
    CodeError,
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
    Status,
    TraceBuilder,
    TreeUsage,
    Usage,
)

_REPLY_TRIES = 3
_LAST_SECONDS = 60.0
_CUT_OFF = "(cut off: it took too long)"
_MAX_DOCUMENTS = 1_000
_CHANGED = "THE DOCUMENT WAS CHANGED while the run was under way: do not rely on this answer, and report how it came."


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What one run needs to know; see `RLM` for the meaning of each."""

    max_iterations: int = 10
    output_limit: int = 4_000
    max_concurrency: int = 8
    examples: bool = False
    answer_type: Any = None
    seed: int | None = None
    temperature: float | None = None
    max_reply_tokens: int | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


class Stopped(Exception):
    """The user has stopped the run."""


class OutOfTime(BudgetExceeded):
    """The run's wall time is over."""


class Run:
    """One run. Give `handle` to the executor as the handler of its requests, then iterate over `events`.

    `stop`: setting it ends the run soon, with the closing events. `error` is the ModelError of a failed run.
    """

    def __init__(
        self,
        question: str,
        document: Document,
        *,
        model: Model,
        sub_model: Model,
        settings: RunSettings,
        budget: Budget,
        stop: asyncio.Event,
    ) -> None:
        self.question = question
        self.error: ModelError | None = None
        self._document = document
        self._model = model
        self._sub_model = sub_model
        self._settings = settings
        self._budget = budget
        self._stop = stop
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._coverage = Coverage(document.texts)
        self._calls = SubCalls(sub_model, budget, settings, self._events.put_nowait, self._coverage.sent)
        self._acceptance = Acceptance(document.texts, settings.answer_type)
        self._history: list[Message] = []
        self._trace = TraceBuilder()
        self._ran: dict[str, tuple[str, str]] = {}
        self._repeats = 0
        self._code = ""
        self._last = False
        self._deadline: float | None = None
        self._sent = 0

    async def events(self, executor: Executor) -> AsyncGenerator[Event, None]:
        """All events of the run, RunStarted first, RunFinished last."""
        async with aclosing(self._all(executor)) as events:
            async for event in events:
                self._trace.feed(event)
                yield event

    async def _all(self, executor: Executor) -> AsyncGenerator[Event, None]:
        yield self._started(executor)
        total = self._settings.max_iterations
        self._history = prompt.opening(
            self.question,
            self._document,
            turns=total,
            examples=self._settings.examples,
            answer_schema=prompt.schema_of(self._settings.answer_type),
        )
        status: Status = "exhausted"
        reason = f"max_iterations={total} turns are used up"
        try:
            for index in range(1, total + 1):
                async with aclosing(self._turn(executor, index, total - index)) as events:
                    async for event in events:
                        yield event
                if self._acceptance.accepted:
                    status, reason = "answered", ""
                    break
        except BudgetExceeded as error:
            reason = str(error)
        except Stopped:
            status, reason = "stopped", "interrupted"
        except ModelError as error:
            status, reason, self.error = "failed", str(error), error
        if status == "exhausted":
            try:
                async with aclosing(self._last_chance(executor)) as events:
                    async for event in events:
                        yield event
            except Stopped:
                status, reason = "stopped", "interrupted"
            except BudgetExceeded as error:
                reason += "" if str(error) == reason else f"; {error}"
            except ModelError as error:
                reason += f"; asked for its best answer, the model failed: {error}"
        yield await self._finished(executor, status, reason)

    def _started(self, executor: Executor) -> RunStarted:
        return RunStarted(
            question=self.question,
            model=self._model.name,
            sub_model=self._sub_model.name if self._sub_model is not self._model else None,
            settings=self._settings.shown,
            documents=tuple(document_info(text) for text in self._document.texts[:_MAX_DOCUMENTS]),
            fingerprint=self._document.fingerprint,
            isolation=executor.isolation_report(),
            notices=self._notices(),
            versions=self._settings.versions,
        )

    def _notices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self._model.notices, *self._sub_model.notices, *self._document.remarks]))

    async def _finished(self, executor: Executor, status: Status, reason: str) -> RunFinished:
        value, evidence = self._acceptance.accepted or (None, ())
        unchanged = await executor.unchanged()
        covered = await asyncio.to_thread(self._coverage.report)
        return RunFinished(
            status=status,
            value=value,
            reason=reason,
            best_guess=status == "exhausted" and self._acceptance.accepted is not None,
            evidence=evidence,
            usage=TreeUsage(**self._budget.usage.model_dump() | {"seconds": round(self._budget.usage.seconds, 3)}),
            seconds=round(self._budget.seconds, 3),
            notices=(*((_CHANGED,) if unchanged is False else ()), *self._notices()),
            unchanged=unchanged,
            coverage=coverage_record(covered),
        )

    async def _last_chance(self, executor: Executor) -> AsyncGenerator[Event, None]:
        """One more turn for the best answer so far: outside the limits, but inside that of calls and a deadline."""
        self._last = True
        limit = self._budget.limits.max_seconds
        grace = _LAST_SECONDS if limit is None else min(_LAST_SECONDS, max(limit / 2, limit - self._budget.seconds))
        self._deadline = time.monotonic() + grace
        if len(self._history) > self._sent:
            # Not sent yet, so it may still grow: many endpoints take no two messages of one role in a row.
            self._history[-1]["content"] += f"\n\n{prompt.LAST_CHANCE}"
        else:
            self._history.append({"role": "assistant", "content": _CUT_OFF})
            self._history.append({"role": "user", "content": prompt.LAST_CHANCE})
        async with aclosing(self._turn(executor, len(self._trace.trace.iterations) + 1, 0)) as events:
            async for event in events:
                yield event

    async def _turn(self, executor: Executor, index: int, left: int) -> AsyncGenerator[Event, None]:
        began, before = time.monotonic(), self._budget.usage
        yield IterationStarted(index, self._settings.max_iterations)
        reply: Reply | None = None
        async with aclosing(self._ask(index)) as answer:
            async for made in answer:
                if isinstance(made, Reply):
                    reply = made
                else:
                    yield made
        assert reply is not None
        yield ReplyFinished(index, reply.text, reply.reasoning, reply.usage)
        block = find_code(reply.text)
        notes: list[str] = []
        advice = ""
        try:
            if block.kind == "none":
                notes.append(prompt.NO_CODE)
            else:
                healed = heal(block.code, allowed=ALLOWED_TOP_LEVEL, truncated=block.truncated)
                healed = Healed(healed.code, (*block.repairs, *healed.repairs), healed.error)
                advice = healed.advice
                async with aclosing(self._execute(executor, index, healed, notes)) as events:
                    async for event in events:
                        yield event
            if block.skipped and not self._acceptance.accepted:
                notes.append(prompt.SKIPPED)
        finally:
            turn = self._trace.trace.iterations[-1]
            self._history.append({"role": "assistant", "content": reply.text})
            left = min(left, self._budget.remaining_calls)
            told = prompt.observation(turn, advice, notes, left, self._settings.output_limit)
            self._history.append({"role": "user", "content": told})
        spent = _difference(self._budget.usage, before)
        yield IterationFinished(index, spent, round(time.monotonic() - began, 3), tuple(notes))

    async def _ask(self, index: int) -> AsyncGenerator[Event | Reply, None]:
        """The root model's reply: deltas as they come, then the Reply; asked again when a stream dies in the middle."""
        for attempt in range(1, _REPLY_TRIES + 1):
            self._budget.reserve(last=self._last)
            usage: Usage | None = None
            begun = False
            try:
                async with aclosing(self._until_stopped(self._stream(index, attempt))) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Reply):
                            usage = piece.usage
                            yield piece
                            return
                        begun = True
                        for text, reasoning in ((piece.reasoning, True), (piece.text, False)):
                            if text:
                                yield ReplyDelta(index, text, reasoning)
                raise ModelError(f"The model {self._model.name!r} sent no reply.", kind="protocol")
            except ModelError as error:
                # Before a reply has begun, the model itself has tried as often as is of use.
                again = error.retryable and (begun or error.kind == "empty")
                if not again or attempt == _REPLY_TRIES:
                    raise
                yield ReplyFinished(index, "", "", Usage())
            finally:
                self._budget.settle(usage)

    def _stream(self, index: int, attempt: int) -> AsyncIterator[Delta | Reply]:
        settings, seed = self._settings, self._settings.seed
        for message in self._history[self._sent :] if self._sent else ():
            if message["role"] == "user":
                self._coverage.shown(message["content"])
        self._sent = len(self._history)
        return self._model.stream(
            self._history,
            max_tokens=settings.max_reply_tokens,
            temperature=_warmer(settings.temperature, self._repeats),
            seed=None if seed is None else seed + index - 1 + (attempt - 1) * 1000,
        )

    async def _until_stopped(self, stream: AsyncIterator[Delta | Reply]) -> AsyncGenerator[Delta | Reply, None]:
        iterator = stream.__aiter__()
        try:
            while True:
                try:
                    yield await self._race(iterator.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            await close_stream(iterator)

    async def _race(self, awaitable: Any) -> Any:
        """Await something unless the run is stopped or its time is over; then it is cancelled."""
        task = asyncio.ensure_future(_as_coroutine(awaitable))
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, timeout=self._remaining, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not self._stop.is_set():
                return _unwrap(task.result())
            raise Stopped if self._stop.is_set() else self._out_of_time()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # looked at here, also where nobody wants it any more

    @property
    def _remaining(self) -> float | None:
        return self._budget.remaining_seconds if self._deadline is None else self._deadline - time.monotonic()

    def _out_of_time(self) -> OutOfTime:
        limit = self._budget.limits.max_seconds
        return OutOfTime(f"max_seconds={limit:g} seconds are over" if limit is not None else "it took too long")

    async def _execute(
        self, executor: Executor, index: int, healed: Healed, notes: list[str]
    ) -> AsyncGenerator[Event, None]:
        yield CodeStarted(index, healed.code, healed.repairs)
        self._code = healed.code
        if healed.error is not None:
            yield CodeFinished(index, "", 0, healed.error)
            return
        self._calls.index = index
        task = asyncio.create_task(
            executor.execute(healed.code, on_output=lambda text: self._events.put_nowait(OutputDelta(index, text)))
        )
        reason: Exception | None = None
        try:
            async with aclosing(self._pump(task)) as events:
                async for event in events:
                    if isinstance(event, Exception):
                        reason = event
                        await executor.interrupt()
                    else:
                        yield event
        finally:
            if not task.done():
                await executor.interrupt()
                await asyncio.wait({task})
        done = task.result()
        for span in done.spans:
            self._coverage.scanned(span.source, span.start_line, span.end_line)
        for looked in looked_at(healed.code, self._document, None if done.error is None else done.error.line):
            self._coverage.scanned(*looked)
        yield CodeFinished(
            index,
            done.output,
            done.output_chars,
            done.error,
            done.lost_state,
            done.variables,
            done.spans,
        )
        if reason is not None and not self._acceptance.accepted:
            raise reason
        self._remark(done.output, done.error, notes)

    async def _pump(self, task: asyncio.Task[Any]) -> AsyncGenerator[Event | Exception, None]:
        """The events of a running cell; one exception in between where it must be interrupted."""
        stop = asyncio.create_task(self._stop.wait())
        getter = asyncio.create_task(self._events.get())
        told = False
        try:
            while not task.done():
                waiting: set[asyncio.Future[Any]] = {task, getter} if told else {task, getter, stop}
                timeout = None if told else self._remaining
                done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if getter in done:
                    yield getter.result()
                    getter = asyncio.create_task(self._events.get())
                elif task not in done:
                    told = True
                    yield Stopped() if stop in done else self._out_of_time()
            if getter.done():
                yield getter.result()
            while not self._events.empty():
                yield self._events.get_nowait()
        finally:
            stop.cancel()
            getter.cancel()

    def _remark(self, output: str, error: CodeError | None, notes: list[str]) -> None:
        if self._acceptance.accepted:
            return
        came = (output, "" if error is None else error.message)
        if self._ran.get(self._code) == came:
            notes.append(prompt.repeated(output, None if error else printed_name(self._code)))
            self._repeats += 1
        else:
            self._repeats = 0
        self._ran[self._code] = came

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request of the running cell. Raises Refusal. The parameters are hostile."""
        if method == "final":
            doubting = not self._last and self._budget.remaining_calls > 0
            turns = (
                self._trace.trace.iterations[:-1] if doubting else None
            )  # of the turn that runs nothing was seen yet
            return self._acceptance.accept(params.get("value"), params.get("evidence"), self._code, turns)
        if method in ("llm_query", "llm_query_batched"):
            return await self._calls.ask(method, params.get("prompts"))
        raise Refusal(f"there is no {method[:40]}")


def _warmer(temperature: float | None, repeats: int) -> float | None:
    """A model that sends the same block again is sampled more freely, or it would go on for ever."""
    if not repeats:
        return temperature
    return max(temperature or 0.0, min(1.0, 0.4 + 0.3 * repeats))


async def _as_coroutine(awaitable: Any) -> Any:
    # StopAsyncIteration may not leave a task, so it travels as a value.
    try:
        return await awaitable
    except StopAsyncIteration as end:
        return end


def _unwrap(result: Any) -> Any:
    if isinstance(result, StopAsyncIteration):
        raise result
    return result


def _difference(after: Usage, before: Usage) -> Usage:
    return Usage(
        calls=after.calls - before.calls,
        prompt_tokens=after.prompt_tokens - before.prompt_tokens,
        completion_tokens=after.completion_tokens - before.completion_tokens,
        cached_tokens=after.cached_tokens - before.cached_tokens,
        cost=None if after.cost is None else after.cost - (before.cost or 0.0),
        seconds=round(after.seconds - before.seconds, 3),
        estimated=after.estimated,
    )
