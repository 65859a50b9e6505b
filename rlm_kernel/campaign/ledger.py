"""The ledger of a campaign: what was spent and what is leased to runs that have not ended, in one SQLite file.

A run leases calls, tokens and cost before it spends them and settles what it has spent. A lease that nobody settled
(its worker, or the whole campaign, was killed) counts as spent, so that no limit is exceeded by what nobody saw. One
process at a time writes the file; it survives that process being killed.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from .errors import CampaignError

_APPLICATION = 0x524C4D4C  # "RLML", in the header of every file that is ours
_SCHEMA = (
    "CREATE TABLE leases (id INTEGER PRIMARY KEY, unit TEXT NOT NULL, state TEXT NOT NULL, calls INTEGER NOT NULL, "
    "tokens INTEGER NOT NULL, cost REAL NOT NULL)"
)
# Of costs that were added up in floating point.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Amount:
    """Calls, tokens (of prompts and replies together) and cost."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.calls + other.calls, self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.calls - other.calls, self.tokens - other.tokens, self.cost - other.cost)

    def most(self, other: Amount) -> Amount:
        """The larger of both, each by itself."""
        return Amount(max(self.calls, other.calls), max(self.tokens, other.tokens), max(self.cost, other.cost))


@dataclass(frozen=True, slots=True)
class CampaignLimits:
    """What a whole campaign may spend; None: that is not limited."""

    max_llm_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None

    def left(self, taken: Amount) -> Amount:
        """What is left, `_ENDLESS` of what is not limited."""
        return Amount(
            _ENDLESS if self.max_llm_calls is None else self.max_llm_calls - taken.calls,
            _ENDLESS if self.max_tokens is None else self.max_tokens - taken.tokens,
            _ENDLESS if self.max_cost is None else self.max_cost - taken.cost,
        )

    @property
    def counts_tokens(self) -> bool:
        """Whether tokens must be leased."""
        return self.max_tokens is not None

    @property
    def counts_cost(self) -> bool:
        """Whether cost must be leased."""
        return self.max_cost is not None

    def used_up(self, taken: Amount) -> str:
        """Which limit leaves no room for a call, as part of a sentence; empty where none does."""
        left = self.left(taken)
        if left.calls < 1:
            return f"the campaign's max_llm_calls={self.max_llm_calls} model calls are used up"
        if left.tokens < 1:
            return f"the campaign's max_tokens={self.max_tokens} tokens are used up"
        if left.cost <= _ROUNDING:
            return f"the campaign's max_cost={self.max_cost:g} is used up"
        return ""


_ENDLESS = 1 << 60


class Ledger:
    """Leases and settlements. `spent` is what was settled, `held` what is leased, `lost` what nobody settled."""

    def __init__(self, file: Path, limits: CampaignLimits) -> None:
        """Opens the file or makes it. Raises CampaignError."""
        self.limits = limits
        self._file = file
        self._lock = threading.Lock()
        self._open: dict[int, Amount] = {}
        try:
            self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._prepare()
            self.spent = self._sum("settled")
            self.lost = self._sum("lost")
        except sqlite3.Error as error:
            raise CampaignError(f"The ledger {file} cannot be used ({error}): name another folder with out.") from None

    def _prepare(self) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION and (application or tables):
            raise CampaignError(f"{self._file} is a database of something else: name another folder with out.")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if application != _APPLICATION:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(_SCHEMA)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute("COMMIT")
        # Those of a process that was killed.
        self._connection.execute("UPDATE leases SET state = 'lost' WHERE state = 'open'")

    def _sum(self, state: str) -> Amount:
        row = self._connection.execute(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0.0) FROM leases "
            "WHERE state = ?",
            (state,),
        ).fetchone()
        return Amount(*row)

    @property
    def held(self) -> Amount:
        """What open leases hold."""
        return sum(self._open.values(), Amount())

    @property
    def taken(self) -> Amount:
        """What counts against the limits: spent, lost and held."""
        return self.spent + self.lost + self.held

    @property
    def left(self) -> Amount:
        """What may still be leased."""
        return self.limits.left(self.taken)

    def lease(self, unit: str, amount: Amount) -> int | None:
        """Lease an amount for a run; None where it does not fit."""
        with self._lock:
            if not self._fits(amount):
                return None
            cursor = self._write(
                "INSERT INTO leases (unit, state, calls, tokens, cost) VALUES (?, 'open', ?, ?, ?)",
                (unit, amount.calls, amount.tokens, amount.cost),
            )
            number = int(cursor.lastrowid or 0)
            self._open[number] = amount
            return number

    def grow(self, number: int, amount: Amount) -> bool:
        """Add to an open lease; False where that does not fit, or the lease is no longer open."""
        with self._lock:
            held = self._open.get(number)
            if held is None or not self._fits(amount):
                return False
            total = held + amount
            self._write(
                "UPDATE leases SET calls = ?, tokens = ?, cost = ? WHERE id = ?",
                (total.calls, total.tokens, total.cost, number),
            )
            self._open[number] = total
            return True

    def settle(self, number: int, spent: Amount) -> None:
        """Book what the run of a lease has spent, and free the rest. A second time it is nothing."""
        with self._lock:
            if self._open.pop(number, None) is None:
                return
            self.spent += spent
            self._write(
                "UPDATE leases SET state = 'settled', calls = ?, tokens = ?, cost = ? WHERE id = ?",
                (spent.calls, spent.tokens, spent.cost, number),
            )

    def lose(self, number: int) -> Amount:
        """The run of a lease has gone without a word: all that it had leased counts as spent. Returns that."""
        with self._lock:
            held = self._open.pop(number, None)
            if held is None:
                return Amount()
            self.lost += held
            self._write("UPDATE leases SET state = 'lost' WHERE id = ?", (number,))
            return held

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise CampaignError(
                f"The ledger {self._file} cannot be written ({error}): make room, and run the same command again."
            ) from None

    def _fits(self, amount: Amount) -> bool:
        left = self.left
        return amount.calls <= left.calls and amount.tokens <= left.tokens and amount.cost <= left.cost + _ROUNDING
