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
    """Counts what a run tree spends. The number of calls is never exceeded; what a call costs is known only later."""

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

    @property
    def remaining_calls(self) -> int:
        """Calls that may still be made."""
        return max(0, self.limits.max_llm_calls - self.usage.calls - self._in_flight)

    def reserve(self, *, keep: int = 0, last: bool = False) -> None:
        """Claim one call before it is sent. Raises BudgetExceeded. Every claim is settled, also after an error.

        `keep` calls must remain for others; `last` claims for the last answer, which only the number of calls limits.
        """
        limits, usage = self.limits, self.usage
        if self.remaining_calls <= keep:
            kept = " (the last one is kept for the answer)" if keep and self.remaining_calls else ""
            raise BudgetExceeded(f"max_llm_calls={limits.max_llm_calls} model calls are used up{kept}")
        if not last:
            self._require(limits, usage)
        self._in_flight += 1

    def settle(self, usage: Usage | None) -> None:
        """Book what a claimed call has cost; None where it failed before it cost anything that is known."""
        self._in_flight -= 1
        # A model of the user's own may not count its calls, and the limit of calls must hold for it too.
        counted = (usage or Usage()).model_copy(update={"calls": max(1, usage.calls if usage else 1)})
        self.usage = self.usage + counted

    def _require(self, limits: Limits, usage: Usage) -> None:
        tokens = usage.prompt_tokens + usage.completion_tokens
        if limits.max_tokens is not None and tokens >= limits.max_tokens:
            raise BudgetExceeded(f"max_tokens={limits.max_tokens} tokens are used up ({tokens} spent)")
        cost = usage.cost or 0.0
        if limits.max_cost is not None and cost >= limits.max_cost:
            raise BudgetExceeded(f"max_cost={limits.max_cost:g} is used up ({cost:g} spent)")
        if limits.max_seconds is not None and self.seconds >= limits.max_seconds:
            raise BudgetExceeded(f"max_seconds={limits.max_seconds:g} seconds are over")
