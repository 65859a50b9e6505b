"""How far a campaign is: figures for whoever shows them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from .ledger import Amount
from .rows import CampaignRow


@dataclass
class CampaignProgress:
    """Figures of a campaign that is under way. `skipped` rows were there before it began and count as done.

    `spent` is what the ledger counts, earlier runs of the same campaign and what was lost included.
    """

    total: int
    skipped: int = 0
    done: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    spent: Amount = field(default_factory=Amount)
    running: int = 0
    workers: int = 0
    began: float = field(default_factory=time.monotonic)

    def note(self, row: CampaignRow, *, fresh: bool = True) -> None:
        """Count a row."""
        self.done += 1
        self.skipped += not fresh
        self.statuses[row.status] += 1
        self.verdicts.update(row.verdicts)

    @property
    def rate(self) -> float | None:
        """Rows a minute in this session; None before the first one."""
        fresh, seconds = self.done - self.skipped, time.monotonic() - self.began
        return 60 * fresh / seconds if fresh and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """An estimate by the rate until now; None before the first row."""
        return 60 * (self.total - self.done) / rate if (rate := self.rate) else None

    @property
    def cost_in_all(self) -> float | None:
        """What the whole will have cost if it goes on like this; None where cost is not known."""
        return self.spent.cost / self.done * self.total if self.done and self.spent.cost else None
