"""Wilson's interval for a share: of use for few tries, where the usual one says that 5 of 5 is certain."""

from __future__ import annotations

import math
import statistics


def wilson(hits: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """The ends of the interval of a share of `count` tries, inside 0 and 1; (0, 1) of no try."""
    if not count:
        return 0.0, 1.0
    z = statistics.NormalDist().inv_cdf(0.5 + level / 2)
    part, square = hits / count, z * z
    middle = (part + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(part * (1 - part) / count + square / (4 * count * count))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == count else min(1.0, middle + half)
