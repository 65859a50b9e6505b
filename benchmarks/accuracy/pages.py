"""Documents that are made for a question: rows that count and rows that only look alike, among filler."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Maker = Callable[[random.Random, int], dict[str, Any]]
"""What makes the question, the context and the answers of a task, by chance and of a size in characters."""
SHAPES = (
    *("sum", "count", "field-sum", "maximum", "average", "group-by", "lookup", "distinct", "date-range"),
    *("contradiction", "top-k", "classify", "absent", "two-documents"),
)
_WORDS = (
    *("committee", "met", "discuss", "arrangements", "parking", "lighting", "while", "others", "prepared", "minutes"),
    *("about", "catering", "signage", "travel", "training", "furniture", "gardens", "windows", "lifts", "paint"),
    *("keys", "maps", "weather", "visitors", "music"),
)


@dataclass
class Page:
    """A document that is being made: rows in an order by chance, filler between them."""

    chance: random.Random
    size: int
    rows: list[str] = field(default_factory=list)

    def text(self, title: str, *, ending: str = "") -> str:
        filler = max(0, self.size - sum(len(row) + 1 for row in self.rows))
        lines = list(self.rows)
        while filler > 0:
            line = " ".join(self.chance.choices(_WORDS, k=self.chance.randint(6, 12))).capitalize() + "."
            lines.append(line)
            filler -= len(line) + 1
        self.chance.shuffle(lines)
        return "\n".join([title, "", *lines, *([ending] if ending else [])]) + "\n"


def wrong_of(
    right: Iterable[Any], candidates: Iterable[Any], same: Callable[[Any, Any], bool] = operator.eq
) -> tuple[Any, ...]:
    """Those of some answers that are none of the right ones, each once."""
    known, wrong = list(right), list[Any]()
    for value in candidates:
        if not any(same(value, other) for other in (*known, *wrong)):
            wrong.append(value)
    return tuple(wrong)


def wording_of(name: str, *makers: Maker) -> dict[str, dict[str, Maker]]:
    """A wording by its name: what makes its tasks, one for each of `SHAPES`."""
    return {name: dict(zip(SHAPES, makers, strict=True))}
