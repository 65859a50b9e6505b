"""What calls cost: by the user's prices, else as the endpoint reports it. No price is built in or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..trace import Usage
from .budget import CallEstimate

_MILLION = 1_000_000
_KINDS = ("input", "output", "cached", "batch")
BATCH_SHARE = 0.5
"""What a batch costs of the price, where the user does not say: what OpenAI charges."""


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one model per million tokens, in the user's currency; `cached` is that of cached prompt tokens.

    `batch` is the share of them that a call through a batch of the endpoint costs.
    """

    input: float
    output: float
    cached: float | None = None
    batch: float = BATCH_SHARE

    def of(
        self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0, *, by_batch: bool = False
    ) -> float:
        """The cost of one call."""
        cached = min(cached_tokens, prompt_tokens)
        cheap = self.input if self.cached is None else self.cached
        whole = (prompt_tokens - cached) * self.input + cached * cheap + completion_tokens * self.output
        return whole * (self.batch if by_batch else 1.0) / _MILLION


class Prices:
    """The prices of the models of one run tree, and what has been learned of those that the endpoint reports."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)
        self._reported: dict[tuple[str, bool], tuple[float, int]] = {}

    @classmethod
    def of(cls, table: Mapping[str, Mapping[str, float]] | None) -> Prices:
        """From a setting: model name -> {"input": ..., "output": ..., "cached": ...}, per million tokens, and "batch",
        the share of them that batches cost.

        Raises ValueError with one sentence.
        """
        prices = {}
        for model, price in (table or {}).items():
            if not isinstance(price, Mapping) or not set(price) <= set(_KINDS) or not {"input", "output"} <= set(price):
                raise ValueError(
                    f"prices[{model!r}] must be like {{'input': 0.25, 'output': 1.0}} (per million tokens; "
                    f"'cached' may be added, and 'batch'), not {price!r}."
                )
            for kind, value in price.items():
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MILLION:
                    raise ValueError(f"prices[{model!r}][{kind!r}] must be a number from 0 on, not {value!r}.")
            if price.get("batch", 0) > 1:
                raise ValueError(
                    f"prices[{model!r}]['batch'] must be the share of the price that batches cost, from 0 to 1, not "
                    f"{price['batch']!r}."
                )
            prices[model] = Price(**price)
        return cls(prices)

    def known(self, model: str, *, by_batch: bool = False) -> bool:
        """Whether a call's cost can be estimated."""
        return model in self._prices or (model, by_batch) in self._reported

    def priced(self, model: str, usage: Usage, expected_tokens: int = 0, *, by_batch: bool = False) -> Usage:
        """The same usage with its cost: by the user's price where there is one, else as reported (or unknown).

        `expected_tokens` is how many the call had been estimated to take: later estimates are made by the same measure.
        `by_batch`: the call went through a batch of the endpoint.
        """
        if price := self._prices.get(model):
            cost = price.of(usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, by_batch=by_batch)
            return usage.model_copy(update={"cost": cost})
        if usage.cost is not None:
            cost, tokens = self._reported.get((model, by_batch), (0.0, 0))
            taken = max(expected_tokens, usage.prompt_tokens + usage.completion_tokens)
            self._reported[model, by_batch] = cost + usage.cost, tokens + taken
        return usage

    def estimate(
        self, model: str, prompt_tokens: int, completion_tokens: int, *, by_batch: bool = False
    ) -> CallEstimate:
        """What a call of this size will probably cost: 0 where nothing is known."""
        cost = 0.0
        if price := self._prices.get(model):
            cost = price.of(prompt_tokens, completion_tokens, by_batch=by_batch)
        elif (model, by_batch) in self._reported:
            paid, tokens = self._reported[model, by_batch]
            cost = paid / max(1, tokens) * (prompt_tokens + completion_tokens)
        return CallEstimate(prompt_tokens, completion_tokens, cost)
