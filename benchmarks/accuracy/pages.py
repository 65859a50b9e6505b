"""Documents that are made for a question: rows that count and rows that only look alike, among filler."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

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
