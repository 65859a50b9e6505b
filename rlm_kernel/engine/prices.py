"""What calls cost: by the user's prices, else as the endpoint reports it. No price is built in or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..trace import Usage
from .budget import CallEstimate

_MILLION = 1_000_000
_KINDS = ("input", "output", "cached")


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of one model per million tokens, in the user's currency; `cached` is that of cached prompt tokens."""

    input: float
    output: float
    cached: float | None = None

    def of(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """The cost of one call."""
        cached = min(cached_tokens, prompt_tokens)
        cheap = self.input if self.cached is None else self.cached
        return ((prompt_tokens - cached) * self.input + cached * cheap + completion_tokens * self.output) / _MILLION


class Prices:
    """The prices of the models of one run tree, and what has been learned of those that the endpoint reports."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)
        self._reported: dict[str, tuple[float, int]] = {}

    @classmethod
    def of(cls, table: Mapping[str, Mapping[str, float]] | None) -> Prices:
        """From a setting: model name -> {"input": ..., "output": ..., "cached": ...}, per million tokens.

        Raises ValueError with one sentence.
        """
        prices = {}
        for model, price in (table or {}).items():
            if not isinstance(price, Mapping) or not set(price) <= set(_KINDS) or not {"input", "output"} <= set(price):
                raise ValueError(
                    f"prices[{model!r}] must be like {{'input': 0.25, 'output': 1.0}} (per million tokens; "
                    f"'cached' may be added), not {price!r}."
                )
            for kind, value in price.items():
                if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MILLION:
                    raise ValueError(f"prices[{model!r}][{kind!r}] must be a number from 0 on, not {value!r}.")
            prices[model] = Price(**price)
        return cls(prices)

    def known(self, model: str) -> bool:
        """Whether a call's cost can be estimated."""
        return model in self._prices or model in self._reported

    def priced(self, model: str, usage: Usage, expected_tokens: int = 0) -> Usage:
        """The same usage with its cost: by the user's price where there is one, else as reported (or unknown).

        `expected_tokens` is how many the call had been estimated to take: later estimates are made by the same measure.
        """
        if price := self._prices.get(model):
            cost = price.of(usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
            return usage.model_copy(update={"cost": cost})
        if usage.cost is not None:
            cost, tokens = self._reported.get(model, (0.0, 0))
            taken = max(expected_tokens, usage.prompt_tokens + usage.completion_tokens)
            self._reported[model] = cost + usage.cost, tokens + taken
        return usage

    def estimate(self, model: str, prompt_tokens: int, completion_tokens: int) -> CallEstimate:
        """What a call of this size will probably cost: 0 where nothing is known."""
        cost = 0.0
        if price := self._prices.get(model):
            cost = price.of(prompt_tokens, completion_tokens)
        elif model in self._reported:
            paid, tokens = self._reported[model]
            cost = paid / max(1, tokens) * (prompt_tokens + completion_tokens)
        return CallEstimate(prompt_tokens, completion_tokens, cost)
