"""The limits and the ledger of one run tree: what may still be spent, and what was."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .trace import Usage


class BudgetExceeded(Exception):
    """A limit of the run tree is reached; the text names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a run tree; None means that this one is not counted. Seconds are of wall time."""

    max_llm_calls: int = 100
    max_tokens: int | None = None
    max_cost: float | None = None
    max_seconds: float | None = None


class Budget:
    """Counts what a run tree spends. One call is kept in reserve for the last answer (`reserve(last=True)`)."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.usage = Usage()
        self._started = time.monotonic()
        self._in_flight = 0

    @property
    def seconds(self) -> float:
        """Wall time since the run began."""
        return time.monotonic() - self._started

    @property
    def remaining_seconds(self) -> float | None:
        """Wall time that is left, None without a limit."""
        return None if self.limits.max_seconds is None else self.limits.max_seconds - self.seconds

    def reserve(self, *, last: bool = False) -> None:
        """Claim one call before it is sent. Raises BudgetExceeded. Every claim is settled, also after an error."""
        limits = self.limits
        if self.usage.calls + self._in_flight + (0 if last else 1) > limits.max_llm_calls:
            raise BudgetExceeded(f"max_llm_calls={limits.max_llm_calls} model calls are used up")
        tokens = self.usage.prompt_tokens + self.usage.completion_tokens
        if limits.max_tokens is not None and tokens >= limits.max_tokens and not last:
            raise BudgetExceeded(f"max_tokens={limits.max_tokens} tokens are used up ({tokens} spent)")
        if limits.max_cost is not None and (self.usage.cost or 0.0) >= limits.max_cost and not last:
            raise BudgetExceeded(f"max_cost={limits.max_cost:g} is used up ({self.usage.cost:g} spent)")
        remaining = self.remaining_seconds
        if remaining is not None and remaining <= 0 and not last:
            raise BudgetExceeded(f"max_seconds={limits.max_seconds:g} seconds are over")
        self._in_flight += 1

    def settle(self, usage: Usage | None) -> None:
        """Book what a claimed call has cost; None where it failed before it cost anything that is known."""
        self._in_flight -= 1
        self.usage = self.usage + (usage or Usage(calls=1))
