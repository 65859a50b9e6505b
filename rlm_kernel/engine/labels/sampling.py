"""Which labels are checked: a stratified draw by seed, larger in larger strata and never empty where there is room."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence


def allocation(sizes: Sequence[int], count: int) -> list[int]:
    """How many of each stratum are checked.

    In proportion to the root of a stratum's size (Bankier's power allocation): a rare label, whose errors weigh as
    much as those of a common one, is not left to a handful of checks. At least two each, as far as `count` reaches.
    """
    count = min(count, sum(sizes))
    drawn = [0] * len(sizes)
    weights = [math.sqrt(size) for size in sizes]
    largest_first = sorted(range(len(sizes)), key=lambda at: (-sizes[at], at))
    for _ in range(2):
        for at in largest_first:
            if sum(drawn) < count and drawn[at] < sizes[at]:
                drawn[at] += 1
    while sum(drawn) < count:
        # The stratum that is furthest behind its weight is next.
        open_strata = [at for at in largest_first if drawn[at] < sizes[at]]
        drawn[min(open_strata, key=lambda at: (drawn[at] + 0.5) / weights[at])] += 1
    return drawn


def draw(strata: Sequence[int], count: int, seed: int = 0) -> list[int]:
    """Numbers of the items to check, in an order that is by chance as well: whoever stops early has a sample too.

    `strata` has the stratum of each item (its label). The same seed gives the same draw.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for item, stratum in enumerate(strata):
        members[stratum].append(item)
    ordered = [members[stratum] for stratum in sorted(members)]
    chance = random.Random(seed)  # noqa: S311  a draw that can be repeated, no secret
    found = [
        item
        for items, size in zip(ordered, allocation([len(items) for items in ordered], count), strict=True)
        for item in chance.sample(items, size)
    ]
    chance.shuffle(found)
    return found
