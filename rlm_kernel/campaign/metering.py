"""What one run may send: every request of its whole run tree is claimed from the run's lease before it is sent.

A `MeteredModel` stands before the real one. Where the campaign limits tokens or cost, a request also asks for no longer
a reply than its claim has room for, so that what comes back cannot exceed it. A lease that is used up ends the run as a
limit of its own does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ..engine.budget import BudgetExceeded
from ..engine.prices import Prices
from ..models import Delta, Message, Model, ModelError, Reply, Waiting, WrappedModel
from ..models.base import spent_until
from ..trace import Usage
from .ledger import Amount

Grow = Callable[[Amount], Awaitable[Amount | None]]
"""Asks the campaign for at least so much more; None where there is no more."""
OnPause = Callable[[Model, float], None]

# A reply may be so long, in tokens, and is given up below so few.
_LONGEST, _SHORTEST = 8_192, 256
_PER_MESSAGE = 16


@dataclass(frozen=True, slots=True)
class CampaignLease:
    """What a run may spend without asking: the `amount`, and which of it counts."""

    amount: Amount
    counts_tokens: bool = False
    counts_cost: bool = False


class Meter:
    """Counts what one run spends, within its lease. `spent` and `peak` are what the campaign is told at the end."""

    def __init__(self, lease: CampaignLease, prices: Prices, grow: Grow) -> None:
        self.lease = lease
        self.spent = Amount()
        self.peak = Amount()
        self.usage = Usage()
        # A call whose cost nobody could tell, where cost is limited.
        self.unpriced = ""
        self.refused = ""
        self._granted = lease.amount
        self._claimed = Amount()
        self._prices = prices
        self._grow = grow
        self._settled = asyncio.Event()
        self._pilot = asyncio.Lock()

    async def claim(
        self, model: str, messages: Sequence[Message], max_tokens: int | None, *, by_batch: bool = False
    ) -> tuple[Amount, int | None]:
        """Claim a call before it is sent: what it takes at most, and how long its reply may be (None: as it was asked).

        Raises BudgetExceeded.
        """
        prompt = prompt_bound(messages)
        longest = min(max_tokens or _LONGEST, _LONGEST)
        while True:
            amount = self._amount(model, prompt, longest, by_batch)
            missing = self._missing(amount)
            if missing == Amount():
                break
            grown = await self._grow(missing)
            if grown is not None:
                self._granted += grown
                continue
            longest = await self._less(model, prompt, longest, by_batch)
        self._claimed += amount
        self.peak = self.peak.most(self.spent + self._claimed)
        known = self._prices.known(model, by_batch=by_batch)
        capped = self.lease.counts_tokens or (self.lease.counts_cost and known)
        return amount, longest if capped else max_tokens

    def settle(self, claim: Amount, model: str, usage: Usage, expected: int, *, by_batch: bool = False) -> Usage:
        """Book what a claimed call has taken. Returns its usage with its cost."""
        priced = self._prices.priced(model, usage, expected, by_batch=by_batch)
        if self.lease.counts_cost and priced.cost is None and priced.completion_tokens:
            self.unpriced = model
        tokens = priced.prompt_tokens + priced.completion_tokens
        self._claimed -= claim
        self.spent += Amount(priced.calls, tokens, priced.cost or 0.0)
        self.usage += priced
        self.peak = self.peak.most(self.spent + self._claimed)
        self._settled.set()
        return priced

    def pilot(self, model: str, *, by_batch: bool = False) -> Any:
        """What a call must hold while nobody knows the cost of its model: such calls go one after the other."""
        known = self._prices.known(model, by_batch=by_batch)
        return self._pilot if self.lease.counts_cost and not known else _Open()

    def _amount(self, model: str, prompt: int, reply: int, by_batch: bool) -> Amount:
        lease = self.lease
        cost = self._prices.estimate(model, prompt, reply, by_batch=by_batch).cost if lease.counts_cost else 0.0
        return Amount(1, prompt + reply if lease.counts_tokens else 0, cost)

    def _missing(self, amount: Amount) -> Amount:
        over = self.spent + self._claimed + amount - self._granted
        return Amount(
            max(0, over.calls),
            max(0, over.tokens) if self.lease.counts_tokens else 0,
            over.cost if self.lease.counts_cost and over.cost > 1e-9 else 0.0,
        )

    async def _less(self, model: str, prompt: int, longest: int, by_batch: bool) -> int:
        """The campaign has no more: wait for a call of this run to give back, or do with a shorter reply."""
        if self._claimed.calls:
            self._settled.clear()
            await self._settled.wait()
            return longest
        room = self._granted - self.spent
        while longest > _SHORTEST:
            longest = max(_SHORTEST, longest // 2)
            amount = self._amount(model, prompt, longest, by_batch)
            if amount.calls <= room.calls and self._within(amount, room):
                return longest
        self.refused = "the campaign's limit leaves no room for another model call of this run"
        raise BudgetExceeded(self.refused)

    def _within(self, amount: Amount, room: Amount) -> bool:
        tokens = not self.lease.counts_tokens or amount.tokens <= room.tokens
        return tokens and (not self.lease.counts_cost or amount.cost <= room.cost + 1e-9)


class MeteredModel(WrappedModel):
    """A model whose requests are claimed from a meter. It owns nothing: closing it closes nothing."""

    def __init__(self, inner: Model, meter: Meter, on_pause: OnPause) -> None:
        super().__init__(inner)
        self._meter, self._on_pause = meter, on_pause

    async def aclose(self) -> None:
        """Nothing: whoever has made the model closes it."""

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncIterator[Delta | Reply]:
        """As the model does, within the lease. Raises BudgetExceeded."""
        meter, by_batch = self._meter, self.by_batch
        async with meter.pilot(self.name, by_batch=by_batch):
            claim, longest = await meter.claim(self.name, messages, max_tokens, by_batch=by_batch)
            # A request that nobody waits for any more has been sent, unless the model says otherwise.
            usage, expected = Usage(calls=1), prompt_bound(messages)
            stream = self._model.stream(messages, max_tokens=longest, temperature=temperature, seed=seed)
            try:
                async with aclosing(_closable(stream)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Reply):
                            # A model of the user's own may not count its calls.
                            usage = piece.usage.model_copy(update={"calls": max(1, piece.usage.calls)})
                        elif isinstance(piece, Waiting):
                            self._on_pause(self._model, piece.seconds or 0.0)
                        yield piece
            except ModelError as error:
                usage = error.usage or usage
                raise
            except asyncio.CancelledError as cancelled:
                usage = spent_until(cancelled) or usage
                raise
            finally:
                meter.settle(claim, self.name, usage, expected, by_batch=by_batch)


def prompt_bound(messages: Sequence[Message]) -> int:
    """Tokens that these messages have at most: half their bytes, which no common tokenizer exceeds, and the frame."""
    size = sum(len(message["content"].encode("utf-8", "replace")) for message in messages)
    return size // 2 + _PER_MESSAGE * len(messages) + 1


async def _closable(stream: AsyncIterator[Delta | Reply]) -> Any:
    """The stream as a generator, which closes it."""
    try:
        async for piece in stream:
            yield piece
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


class _Open:
    """A lock that holds nobody up."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None
