"""What a call costs: by the user's prices, as the endpoint reports it, or unknown."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.engine.prices import Prices
from rlm_kernel.trace import Usage

USAGE = Usage(calls=1, prompt_tokens=1_000_000, completion_tokens=100_000, cached_tokens=400_000)


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        ({"input": 2, "output": 10}, 2 + 1),
        ({"input": 2, "output": 10, "cached": 0.5}, 1.2 + 0.2 + 1),
        ({"input": 0, "output": 0}, 0),
    ],
)
def test_prices_are_per_million_tokens(price: dict[str, float], cost: float) -> None:
    assert Prices.of({"m": price}).priced("m", USAGE).cost == pytest.approx(cost)


def test_a_price_of_the_users_counts_more_than_a_report() -> None:
    usage = USAGE.model_copy(update={"cost": 99.0})
    assert Prices.of({"m": {"input": 1, "output": 0}}).priced("m", usage).cost == pytest.approx(1)
    assert Prices.of({}).priced("m", usage).cost == 99


def test_nothing_is_invented() -> None:
    prices = Prices.of({"other": {"input": 1, "output": 1}})
    assert prices.priced("m", USAGE).cost is None
    assert not prices.known("m")
    assert prices.estimate("m", 1000, 1000).cost == 0


def test_what_was_reported_tells_what_the_next_will_cost() -> None:
    prices = Prices.of(None)
    prices.priced("m", Usage(calls=1, prompt_tokens=900, completion_tokens=100, cost=0.5))
    assert prices.known("m")
    assert prices.estimate("m", 1500, 500).cost == pytest.approx(1.0)


@pytest.mark.parametrize(
    "given",
    [
        {"m": 3},
        {"m": {"input": 1}},
        {"m": {"input": 1, "output": 2, "other": 3}},
        {"m": {"input": "1", "output": 2}},
        {"m": {"input": -1, "output": 2}},
        {"m": {"input": True, "output": 2}},
        {"m": {"input": float("nan"), "output": 2}},
    ],
)
def test_what_is_no_price_is_said_in_one_sentence(given: Any) -> None:
    with pytest.raises(ValueError, match=r"^prices\['m'\].*\.$"):
        Prices.of(given)
