"""Shares and means with what chance allows: Wilson's interval for shares, Student's t for means; both of 95%.

Wilson's stays inside 0 and 1 and is of use for few runs, where the usual one says that 5 of 5 is certain. Both take
the runs as independent of each other; runs of different questions in one sum are that only roughly.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.intervals import wilson

_Z = statistics.NormalDist().inv_cdf(0.975)
# Student's t, 97.5%, for 1 to 30 degrees of freedom.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and the 95% interval around it; `low` and `high` are None where one value says nothing of it."""

    value: float
    low: float | None = None
    high: float | None = None


def share(hits: int, count: int) -> Interval | None:
    """The share of hits with Wilson's score interval; None of nothing."""
    if not count:
        return None
    return Interval(hits / count, *wilson(hits, count))


def mean(values: Sequence[float]) -> Interval | None:
    """The mean with Student's interval; None of nothing."""
    if not values:
        return None
    middle = statistics.fmean(values)
    if len(values) < 2:
        return Interval(middle)
    half = _quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(middle, middle - half, middle + half)


def _quantile(freedom: int) -> float:
    # Beyond the table, the first terms of the expansion around the normal quantile: right to three figures.
    return _T[freedom - 1] if freedom <= len(_T) else _Z + (_Z**3 + _Z) / (4 * freedom)
