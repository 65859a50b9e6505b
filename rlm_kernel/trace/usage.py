"""What was spent, in one call or in a whole run tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class TraceRecord(BaseModel):
    """A part of a trace; an unknown field is an error that names it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Usage(TraceRecord):
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
