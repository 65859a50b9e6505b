"""The limits and the ledger of one run tree: what may still be spent, what is promised, and what was spent by whom.

Everything is claimed before it is sent and settled after it, under one lock, so that neither the runs of a tree nor
their threads can together spend more than a limit but for what is in flight. Each open run keeps a little for its
last answer. This module sends nothing and knows no price; who claims says what the call will probably cost.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from ..trace import TreeUsage, Usage, UsagePart
from .spending import BudgetSpent, SpendingFile

_LAST_OVER = 1.1


class BudgetExceeded(Exception):
    """A limit of the run tree is reached; the text names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run tree; None means that this one is not counted. Seconds are of wall time."""

    max_llm_calls: int = 100
    max_tokens: int | None = None
    max_cost: float | None = None
    max_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """What a call will probably take: tokens, and cost in the user's currency (0 where it is not known)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    @property
    def tokens(self) -> int:
        """Prompt and reply together."""
        return self.prompt_tokens + self.completion_tokens

    def times(self, count: int) -> CallEstimate:
        """That of `count` such calls."""
        return CallEstimate(count * self.prompt_tokens, count * self.completion_tokens, count * self.cost)


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A batch that would take a large part of what is left: how many calls, and what they will probably take.

    `cost` is None where no price is known. `share` (may exceed 1) is of what is left of the limit called `limit`.
    """

    kind: str
    count: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    share: float
    limit: str


class Reserve:
    """What one open run keeps for its last answer: a call, and what that would take. Give it back with `release`."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held = True
        self.estimate = CallEstimate()

    def release(self) -> None:
        """Give back what is still kept. May be called twice."""
        with self._budget._lock:
            self._drop()

    def _drop(self) -> None:
        if self.held:
            self.held = False
            self._budget._kept.discard(self)


class Claim:
    """One call that was claimed; `settle` it exactly once, also after an error."""

    def __init__(self, budget: Budget, estimate: CallEstimate, number: int | None = None) -> None:
        self._budget = budget
        self._estimate = estimate
        self._number = number

    def settle(self, usage: Usage | None, model: str = "", depth: int = 0) -> None:
        """Book what the call has cost; None where nothing is known of that: one call. No calls: never sent."""
        self._budget._settle(self._estimate, usage, model, depth, self._number)


class Budget:
    """Counts what a run tree spends; may be used from several threads.

    The number of calls is never exceeded. Tokens and cost are claimed as estimated, so that they are exceeded at most
    by what the calls in flight take beyond their estimates; a last answer may take a tenth more than a limit.
    `spending` counts beyond this run tree, and may refuse a call for the sake of others.
    """

    def __init__(self, limits: Limits, spending: SpendingFile | None = None) -> None:
        self.limits = limits
        self._spending = spending
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._spent = Usage()
        self._parts: dict[tuple[str, int], Usage] = {}
        self._in_flight = 0
        self._claimed = CallEstimate()
        self._kept: set[Reserve] = set()

    @property
    def usage(self) -> TreeUsage:
        """What was spent so far, by model and level too."""
        with self._lock:
            parts = [
                UsagePart(model=model, depth=depth, **part.model_dump()) for (model, depth), part in self._parts.items()
            ]
            return TreeUsage(**self._spent.model_dump(), parts=parts)

    @property
    def seconds(self) -> float:
        """Wall time since the tree's root run began."""
        return time.monotonic() - self._started

    @property
    def remaining_seconds(self) -> float | None:
        """Wall time that is left, None without a limit."""
        return None if self.limits.max_seconds is None else self.limits.max_seconds - self.seconds

    @property
    def remaining_calls(self) -> int:
        """Calls that may still be made, those kept for last answers among them."""
        return max(0, self.limits.max_llm_calls - self._spent.calls - self._in_flight)

    @property
    def free_calls(self) -> int:
        """Calls that may still be made, without those that open runs keep for their last answers."""
        with self._lock:
            return max(0, self.remaining_calls - len(self._kept))

    def open_run(self) -> Reserve:
        """Keep a call for the last answer of a run that begins. Raises BudgetExceeded.

        A run below others must find a second one for a turn.
        """
        with self._lock:
            if self.remaining_calls - len(self._kept) < (2 if self._kept else 1):
                raise BudgetExceeded(self._calls_used_up(len(self._kept)))
            reserve = Reserve(self)
            self._kept.add(reserve)
            return reserve

    def reserve(self, estimate: CallEstimate | None = None, *, own: Reserve | None = None, last: bool = False) -> Claim:
        """Claim one call before it is sent. Raises BudgetExceeded. Every claim is settled, also after an error.

        It takes from what no run keeps, but for a run's `last` answer, which takes what that run (`own`) has kept.
        """
        estimate = estimate or CallEstimate()
        with self._lock:
            kept = self._kept - {own} if last and own is not None else self._kept
            if self.remaining_calls <= len(kept):
                raise BudgetExceeded(self._calls_used_up(len(kept)))
            if last:
                self._require_room(estimate, kept, over=_LAST_OVER)
            else:
                self._require_time()
                self._require_room(estimate, self._kept, over=1.0)
            number = self._claim_of_all_runs(estimate)
            if last and own is not None:
                own._drop()
            self._in_flight += 1
            self._claimed = _sum(self._claimed, estimate)
        return Claim(self, estimate, number)

    def _claim_of_all_runs(self, estimate: CallEstimate) -> int | None:
        if self._spending is None:
            return None
        try:
            return self._spending.claim(estimate.tokens, estimate.cost)
        except BudgetSpent as error:
            raise BudgetExceeded(str(error).rstrip(".")) from None

    def plan(self, kind: str, count: int, each: CallEstimate, *, priced: bool) -> BatchPlan:
        """What `count` calls of this estimate would take of what is left: the largest share of any limit."""
        with self._lock:
            free = max(1, self.remaining_calls - len(self._kept))
            shares = [(count / free, "max_llm_calls")]
            whole = each.times(count)
            tokens, cost = self._taken()
            if self.limits.max_tokens is not None:
                shares.append((whole.tokens / max(1, self.limits.max_tokens - tokens), "max_tokens"))
            if self.limits.max_cost is not None and whole.cost:
                shares.append((whole.cost / max(1e-9, self.limits.max_cost - cost), "max_cost"))
        share, limit = max(shares)
        return BatchPlan(
            kind, count, whole.prompt_tokens, whole.completion_tokens, whole.cost if priced else None, share, limit
        )

    def _settle(
        self, estimate: CallEstimate, usage: Usage | None, model: str, depth: int, number: int | None = None
    ) -> None:
        if self._spending is not None and number is not None:
            # A file that cannot be written any more costs no answer: the call stays claimed in it.
            with suppress(BudgetSpent):
                self._spending.settle(number, usage, model)
        with self._lock:
            self._in_flight -= 1
            self._claimed = _sum(self._claimed, estimate.times(-1))
            counted = Usage(calls=1) if usage is None else usage
            self._spent = self._spent + counted
            self._parts[model, depth] = self._parts.get((model, depth), Usage()) + counted

    def _calls_used_up(self, kept: int = 0) -> str:
        remark = ""
        if kept and self.remaining_calls:
            one = self.remaining_calls == 1
            remark = " (the last one is kept for the answer)" if one else f" (the last {kept} are kept for answers)"
        return f"max_llm_calls={self.limits.max_llm_calls} model calls are used up{remark}"

    def _taken(self) -> tuple[int, float]:
        """Tokens and cost that were spent or are claimed by calls in flight."""
        spent = self._spent
        tokens = spent.prompt_tokens + spent.completion_tokens + self._claimed.tokens
        return tokens, (spent.cost or 0.0) + self._claimed.cost

    def _require_time(self) -> None:
        limit = self.limits.max_seconds
        if limit is not None and self.seconds >= limit:
            raise BudgetExceeded(f"max_seconds={limit:g} seconds are over")

    def _require_room(self, estimate: CallEstimate, kept: set[Reserve], over: float) -> None:
        limits, (tokens, cost) = self.limits, self._taken()
        if limits.max_tokens is not None:
            needed = estimate.tokens + sum(reserve.estimate.tokens for reserve in kept)
            if tokens >= limits.max_tokens * over:
                raise BudgetExceeded(f"max_tokens={limits.max_tokens} tokens are used up ({tokens} spent)")
            if tokens + needed > limits.max_tokens * over:
                left = max(0, limits.max_tokens - tokens)
                raise BudgetExceeded(
                    f"max_tokens={limits.max_tokens} would be exceeded ({left:,} tokens are left, and this call with "
                    f"what is kept for answers needs about {needed:,})"
                )
        if limits.max_cost is not None:
            price = estimate.cost + sum(reserve.estimate.cost for reserve in kept)
            # A limit of nothing is for models that cost nothing.
            if cost > limits.max_cost * over or cost == limits.max_cost * over > 0:
                raise BudgetExceeded(f"max_cost={limits.max_cost:g} is used up ({cost:g} spent)")
            if cost + price > limits.max_cost * over:
                rest = max(0.0, limits.max_cost - cost)
                raise BudgetExceeded(
                    f"max_cost={limits.max_cost:g} would be exceeded ({rest:g} is left, and this call "
                    f"with what is kept for answers costs about {price:g})"
                )


def _sum(one: CallEstimate, other: CallEstimate) -> CallEstimate:
    return CallEstimate(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        max(0.0, one.cost + other.cost),
    )
