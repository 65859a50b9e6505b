"""What all runs of one tree share: how any model is asked, within one budget, one cache and one measure of concurrency.

Every request of every level goes through `RunTree.ask`: looked up in the cache, checked against the model's window,
claimed from the budget, sent when its turn has come, priced, settled. It runs no code and keeps no history.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import itertools
import math
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from ..models import Bounds, Delta, Message, Model, ModelError, Reply
from ..models.base import NotBatched, Waiting, spent_until
from ..subkernel.base import Executor, Handler, Refusal
from ..trace import Usage
from .budget import BatchPlan, Budget, CallEstimate, Reserve
from .concurrency import FIRST, Gate
from .prices import Prices

OnLargeBatch = Callable[[BatchPlan], bool | Awaitable[bool]]
MakeExecutor = Callable[[Any, Handler], Executor]

_BYTES_PER_TOKEN = 4
_USUAL_REPLY = 300
_WORTH_LEARNING = 3_000
_MOST_RECORDS = 100_000
_MOST_KEPT = 256 << 20
_OPTIONS = ("max_tokens", "temperature", "seed")
_Key = tuple[Any, ...]


class ReplyCache(Protocol):
    """Replies that outlive a run tree."""

    @property
    def remark(self) -> str | None: ...

    def get(self, key: str) -> Reply | None: ...

    def put(self, key: str, reply: Reply) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A reply with its priced usage; `cached`: nothing was sent for it, and it has cost nothing."""

    reply: Reply
    cached: bool = False


class _Abandoned(Exception):
    """The task that sent the request was cancelled: another that waits for the same reply must send it."""


class RunTree:
    """The services of one tree. `max_concurrency` bounds the requests in flight, and the sub-runs of each level; with 0
    the requests adapt to what the endpoint takes (see `Gate`).

    `on_large_batch` is asked before a batch that would take more than the share `large_batch` of what is left of any
    limit. `disk` keeps replies for other trees. The ledger takes `most_records` calls (twice `max_llm_calls` where that
    is more), and `most_kept` characters of prompts and tools' results.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        make_executor: MakeExecutor,
        prices: Prices | None = None,
        max_concurrency: int = 0,
        on_large_batch: OnLargeBatch | None = None,
        large_batch: float = 0.5,
        disk: ReplyCache | None = None,
        most_records: int = _MOST_RECORDS,
        most_kept: int = _MOST_KEPT,
    ) -> None:
        self.budget = budget
        self._most_records = max(most_records, 2 * budget.limits.max_llm_calls)
        self._most_kept = most_kept
        self._records = self._kept = 0
        self.make_executor = make_executor
        self.ids = itertools.count(1)
        self._prices = prices or Prices({})
        self._on_large_batch = on_large_batch
        self._large_batch = large_batch
        self._disk = disk
        self._requests = Gate(max_concurrency)
        # A level of its own for each: a run that waits for its sub-runs must not hold the place that they need.
        runs = max_concurrency or FIRST
        self._runs: defaultdict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(runs))
        self._answered: dict[_Key, asyncio.Future[Reply]] = {}
        self._replies: dict[str, tuple[int, int]] = {}
        self._dense: dict[str, float] = {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user must know of the cache."""
        return (self._disk.remark,) if self._disk is not None and self._disk.remark else ()

    @property
    def max_concurrency(self) -> int:
        """How many requests can be in flight at any time."""
        return self._requests.most

    @property
    def keeps_replies(self) -> bool:
        """Whether replies of other trees are used again, so that a prompt must not differ by what was spent."""
        return self._disk is not None

    def record(self, kind: str, sizes: Sequence[int]) -> None:
        """Count calls that begin, by the characters that the ledger keeps of each prompt. Raises Refusal if it is full.

        The budget does not end code that asks for ever what is known, or is refused, or what a tool answers.
        """
        if self._records + len(sizes) > self._most_records or self._kept + sum(sizes) > self._most_kept:
            raise Refusal(
                f"{kind}: this run has made {self._records:,} calls, those that were refused or known among them, and "
                "its record takes no more: do the rest in code"
            )
        self._records += len(sizes)
        self._kept += sum(sizes)

    def keeps(self, result: str) -> bool:
        """Whether the ledger still takes this result of a tool; counts it then."""
        fits = self._kept + len(result) <= self._most_kept
        self._kept += len(result) if fits else 0
        return fits

    def run_gate(self, depth: int) -> asyncio.Semaphore:
        """Held by a sub-run of this depth while it runs."""
        return self._runs[depth]

    def tokens(self, model: Model, *texts: str) -> int:
        """How many tokens these texts probably are: four bytes each, or fewer where this model has counted more."""
        size = sum(len(text) if text.isascii() else len(text.encode("utf-8", "replace")) for text in texts)
        return int(size * max(1 / _BYTES_PER_TOKEN, self._dense.get(model.name, 0.0))) + 1

    def estimate(self, model: Model, prompt_tokens: int) -> CallEstimate:
        """What a call with such a prompt will probably take."""
        return self._prices.estimate(model.name, prompt_tokens, self._reply_tokens(model), by_batch=model.by_batch)

    def require_room(self, kind: str, model: Model, prompt_tokens: Sequence[int]) -> None:
        """Raise Refusal for calls that would probably take more tokens or cost than a limit leaves."""
        each = self.estimate(model, sum(prompt_tokens) // max(1, len(prompt_tokens)))
        plan = self.budget.plan(kind, len(prompt_tokens), each, priced=True)
        if plan.share > 1:
            tokens = plan.prompt_tokens + plan.completion_tokens
            cost = f" and cost {plan.cost:.3g}" if plan.cost else ""
            raise Refusal(
                f"{kind}: a batch of {plan.count:,} calls would take about {tokens:,} tokens{cost}, more than is left "
                f"of {plan.limit}, so none was sent: make fewer or smaller calls"
            )

    async def window(self, model: Model, tokens: int) -> int | None:
        """The model's window in tokens; asked for where it is not known and a prompt of this size could exceed it."""
        if model.context_window is None and tokens > _WORTH_LEARNING:
            await model.learn_window()
        return model.context_window

    async def approve(self, kind: str, model: Model, prompt_tokens: Sequence[int], per_item: int = 1) -> None:
        """Have a batch approved where it is a large one. Raises Refusal. `per_item`: calls that each item will take."""
        if self._on_large_batch is None or len(prompt_tokens) < 2:
            return
        count = len(prompt_tokens) * per_item
        each = self.estimate(model, sum(prompt_tokens) // len(prompt_tokens))
        plan = self.budget.plan(kind, count, each, priced=self._prices.known(model.name, by_batch=model.by_batch))
        if plan.share <= self._large_batch:
            return
        allowed = self._on_large_batch(plan)
        if inspect.isawaitable(allowed):
            allowed = await allowed
        if not allowed:
            tokens = plan.prompt_tokens + plan.completion_tokens
            raise Refusal(
                f"{kind}: the user has refused this batch of {len(prompt_tokens):,} (about {tokens:,} tokens, "
                f"{plan.share:.0%} of what is left of {plan.limit}): do it with fewer or smaller calls, or in code"
            )

    def is_answered(self, model: Model, messages: Sequence[Message], **options: Any) -> bool:
        """Whether this very request was made before, so that it would cost nothing."""
        options = {name: options.get(name) for name in _OPTIONS}
        if _key(model, messages, options) in self._answered:
            return True
        if self._disk is None:
            return False
        from ..models.cache import reply_key

        return self._disk.get(reply_key(model, messages, **options)) is not None

    async def ask(
        self,
        model: Model,
        messages: Sequence[Message],
        *,
        depth: int,
        own: Reserve | None = None,
        last: bool = False,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        booked: Callable[[Usage], None] = lambda _usage: None,
        batched: Model | None = None,
        bounds: Bounds | None = None,
    ) -> AsyncGenerator[Delta | Asked, None]:
        """Yield the reply's deltas as they come, then one `Asked`. Raises ModelError and BudgetExceeded.

        `batched` is the model as it is asked through batches, where it is; what a batch leaves without a reply is asked
        as any other call is. Where `bounds` are given, the reply of a model whose replies can be bound is within them.

        `own` is the reserve of the run whose own turn this is, `last` whether it is for its last answer. `booked` is
        called when the request is really made, and again when it has ended, also where nobody waits for it any more:
        with what it has cost as far as that is known.
        """
        options = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        key = _key(model, messages, options, bounds)
        bound = model.bound(bounds) if bounds else None
        while (pending := self._answered.get(key)) is not None:
            try:
                yield Asked(_free(await asyncio.shield(pending)), cached=True)
                return
            except _Abandoned:
                continue
        answered = self._answered[key] = asyncio.get_running_loop().create_future()
        try:
            for sender in filter(None, (batched, bound or model)):
                try:
                    async with aclosing(self._sent(sender, messages, options, depth, own, last, booked)) as pieces:
                        async for piece in pieces:
                            if isinstance(piece, Asked):
                                answered.set_result(piece.reply)
                            yield piece
                    break
                except NotBatched:
                    if sender is not batched:
                        raise
        except ModelError as error:
            answered.set_exception(ModelError(str(error), kind=error.kind, retryable=error.retryable))
            raise
        finally:
            if not answered.done():
                answered.set_exception(_Abandoned())
            if answered.exception() is not None:
                del self._answered[key]

    async def _sent(
        self,
        model: Model,
        messages: Sequence[Message],
        options: dict[str, Any],
        depth: int,
        own: Reserve | None,
        last: bool,
        booked: Callable[[Usage], None],
    ) -> AsyncGenerator[Delta | Asked, None]:
        stored = ""
        if self._disk is not None:
            from ..models.cache import reply_key

            stored = reply_key(model, messages, **options)
            if (known := self._disk.get(stored)) is not None:
                yield Asked(_free(known), cached=True)
                return
        texts = [one["content"] for one in messages]
        tokens = self.tokens(model, *texts)
        window = await self.window(model, tokens)
        if window is not None and tokens > window:
            raise ModelError(
                f"the prompt has about {tokens:,} tokens and {model.name!r} takes {window:,}: split it",
                kind="context-length",
            )
        reply: Reply | None = None
        # Many calls are one request where they go into a batch.
        by_batch = model.by_batch
        if not by_batch:
            await self._requests.enter()
        try:
            expected = self.estimate(model, tokens)
            claim = self.budget.reserve(expected, own=own, last=last)
            # A request that is cancelled has been sent, unless the model says otherwise.
            usage = Usage(calls=1)
            booked(usage)
            stream = model.stream(messages, **options)
            began = time.monotonic()
            try:
                async for piece in stream:
                    if isinstance(piece, Waiting) and not by_batch:
                        self._requests.refused()
                        began = math.inf
                    if isinstance(piece, Reply):
                        usage = _counted(
                            self._prices.priced(model.name, piece.usage, expected.tokens, by_batch=by_batch)
                        )
                        reply = dataclasses.replace(piece, usage=usage)
                        break
                    yield piece
                if reply is None:
                    raise ModelError(f"The model {model.name!r} sent no reply.", kind="protocol")
            except NotBatched:
                usage = Usage()
                raise
            except ModelError as error:
                usage = _counted(self._prices.priced(model.name, error.usage or usage, by_batch=by_batch))
                error.usage = usage
                raise
            except asyncio.CancelledError as cancelled:
                usage = self._prices.priced(model.name, spent_until(cancelled) or usage, by_batch=by_batch)
                raise
            finally:
                claim.settle(usage, model.name, depth)
                booked(usage)
                await close_stream(stream)
            if own is None and began < math.inf and not by_batch:
                # A run's own turn is a long prompt, alone in flight: it tells nothing of what many may do.
                self._requests.answered(model.name, time.monotonic() - began)
        finally:
            if not by_batch:
                self._requests.leave()
        self._learn(model, sum(len(text.encode("utf-8", "replace")) for text in texts), reply.usage)
        if self._disk is not None and reply.finish_reason != "length":
            self._disk.put(stored, reply)
        yield Asked(reply)

    def _reply_tokens(self, model: Model) -> int:
        count, tokens = self._replies.get(model.name, (0, 0))
        return tokens // count if count else _USUAL_REPLY

    def _learn(self, model: Model, size: int, usage: Usage) -> None:
        count, tokens = self._replies.get(model.name, (0, 0))
        self._replies[model.name] = count + 1, tokens + usage.completion_tokens
        if size > _BYTES_PER_TOKEN * 500 and not usage.estimated:
            # Only upwards: an endpoint that cuts prompts counts too few.
            self._dense[model.name] = max(self._dense.get(model.name, 0.0), min(1.0, usage.prompt_tokens / size))


def _key(model: Model, messages: Sequence[Message], options: Mapping[str, Any], bounds: Bounds | None = None) -> _Key:
    return (id(model), *options.values(), bounds, *((one["role"], one["content"]) for one in messages))


def _counted(usage: Usage) -> Usage:
    """The same: a model of the user's own may not count its calls, and the ledger agrees with the limit of calls."""
    return usage if usage.calls else usage.model_copy(update={"calls": 1})


def _free(reply: Reply) -> Reply:
    return dataclasses.replace(reply, usage=Usage())


async def close_stream(stream: AsyncIterator[Delta | Reply]) -> None:
    """Close a model's stream where it can be closed, so that its connection is free at once."""
    if isinstance(stream, AsyncGenerator):
        await stream.aclose()
