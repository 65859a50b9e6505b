"""A budget over all runs: one file that counts calls, tokens and cost, and has limits of its own.

Several processes may use the file at once. A call is claimed in it before it is sent and settled after it; what was
claimed by a process that has died stays claimed, so that no more calls than the limit are ever sent. Tokens and cost
are claimed as estimated: they are exceeded at most by what the calls in flight take beyond that. It counts what its
owner spends; it is no lock against somebody who may write to the file.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..trace import Usage

if TYPE_CHECKING:
    import sqlite3

VARIABLE = "RLM_BUDGET"
_APPLICATION = 0x524C4D42  # "RLMB"
_SECONDS = 30.0
_TABLES = """
CREATE TABLE limits (what TEXT PRIMARY KEY, most REAL NOT NULL);
CREATE TABLE spent (day TEXT, model TEXT, calls INTEGER, tokens INTEGER, cost REAL, unpriced INTEGER,
                    PRIMARY KEY (day, model));
CREATE TABLE claims (id INTEGER PRIMARY KEY, at TEXT, calls INTEGER, tokens INTEGER, cost REAL);
"""


class BudgetSpent(ValueError):
    """The budget over all runs is spent, or its file cannot be used. The text has the numbers, and the remedy."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Calls, tokens and cost: a limit where None stands for no limit, or what was spent."""

    calls: float | None = None
    tokens: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """What was spent on one day with one model; `unpriced` calls are those whose cost nobody has told."""

    day: str
    model: str
    calls: int
    tokens: int
    cost: float
    unpriced: int


class SpendingFile:
    """The file. Each method opens it anew, so that an instance may be used from any thread."""

    def __init__(self, file: str | Path) -> None:
        self.file = Path(file).expanduser()

    def create(self, limits: Amounts) -> None:
        """Make the file, or give the one that there is these limits; None takes one away. Raises BudgetSpent."""
        self._refuse_no_limits(limits)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            os.close(descriptor)
        except OSError as error:
            raise BudgetSpent(f"The budget file {self.file} cannot be written: {error.strerror or error}.") from None
        with self._transaction(new=True) as database:
            if not database.execute("PRAGMA application_id").fetchone()[0]:
                if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise self._foreign()
                for statement in _TABLES.strip().split(";")[:-1]:
                    database.execute(statement)
                database.execute(f"PRAGMA application_id = {_APPLICATION}")
            database.execute("DELETE FROM limits")
            for what in ("calls", "tokens", "cost"):
                if (most := getattr(limits, what)) is not None:
                    database.execute("INSERT INTO limits VALUES (?, ?)", (what, most))

    def _refuse_no_limits(self, limits: Amounts) -> None:
        for what in ("calls", "tokens", "cost"):
            most = getattr(limits, what)
            if most is not None and not 0 <= most < float("inf"):
                raise BudgetSpent(f"A limit of {what} must be a number from 0 on, not {most!r}.")

    @property
    def limits(self) -> Amounts:
        """The limits. Raises BudgetSpent."""
        with self._transaction() as database:
            return self._limits(database)

    @property
    def taken(self) -> Amounts:
        """What was spent, and is claimed. Raises BudgetSpent."""
        with self._transaction() as database:
            return self._taken(database)

    @property
    def rows(self) -> list[SpendingRow]:
        """What was spent by day and model. Raises BudgetSpent."""
        with self._transaction() as database:
            return [SpendingRow(*row) for row in database.execute("SELECT * FROM spent ORDER BY day, model")]

    @property
    def claimed(self) -> int:
        """Calls that are in flight, or were when their process died. Raises BudgetSpent."""
        with self._transaction() as database:
            return int(database.execute("SELECT coalesce(sum(calls), 0) FROM claims").fetchone()[0])

    def check(self) -> None:
        """Raise BudgetSpent where there is no room for a call."""
        with self._transaction() as database:
            self._require_room(database, 0, 0.0)

    def claim(self, tokens: int, cost: float) -> int:
        """Claim one call of this estimate; the number to settle it by. Raises BudgetSpent."""
        with self._transaction() as database:
            self._require_room(database, tokens, cost)
            claim = (_now(), 1, tokens, cost)
            cursor = database.execute("INSERT INTO claims (at, calls, tokens, cost) VALUES (?, ?, ?, ?)", claim)
            number = cursor.lastrowid
        assert number is not None
        return number

    def settle(self, number: int, usage: Usage | None, model: str) -> None:
        """Book what a claimed call has cost; None where nothing is known of that: one call. Raises BudgetSpent."""
        counted = Usage(calls=1) if usage is None else usage
        tokens = counted.prompt_tokens + counted.completion_tokens
        unpriced = counted.calls if counted.cost is None else 0
        row = (_now()[:10], model, counted.calls, tokens, counted.cost or 0.0, unpriced)
        with self._transaction() as database:
            database.execute("DELETE FROM claims WHERE id = ?", (number,))
            if counted.calls or tokens:
                database.execute(
                    "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET "
                    "calls = calls + excluded.calls, tokens = tokens + excluded.tokens, "
                    "cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced",
                    row,
                )

    def _require_room(self, database: sqlite3.Connection, tokens: float, cost: float) -> None:
        limits, taken = self._limits(database), self._taken(database)
        for what, needed in (("calls", 1), ("tokens", tokens), ("cost", cost)):
            most, spent = getattr(limits, what), getattr(taken, what)
            if most is None or (spent + needed <= most and (spent < most or most == 0 == needed)):
                continue
            more = "" if spent >= most else f", and this call needs about {needed:,.6g}"
            raise BudgetSpent(
                f"The budget over all runs is spent: {spent:,.6g} of {most:,.6g} {what} are used or in flight{more} "
                f"({self.file}). `rlm budget {self.file}` shows by what, and with --max-{what} raises it."
            )

    @staticmethod
    def _limits(database: sqlite3.Connection) -> Amounts:
        return Amounts(**dict(database.execute("SELECT what, most FROM limits")))

    @staticmethod
    def _taken(database: sqlite3.Connection) -> Amounts:
        sums = "coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0.0)"
        spent, claimed = (database.execute(f"SELECT {sums} FROM {table}").fetchone() for table in ("spent", "claims"))  # noqa: S608
        return Amounts(*(one + other for one, other in zip(spent, claimed, strict=True)))

    @contextlib.contextmanager
    def _transaction(self, *, new: bool = False) -> Iterator[sqlite3.Connection]:
        """The file, alone in it; what was written is kept where nothing is raised."""
        if not self.file.is_file():
            raise BudgetSpent(
                f"There is no budget file {self.file} ({VARIABLE}, or the setting budget): make one, as in "
                f"`rlm budget {self.file} --max-calls 500`."
            )
        import sqlite3

        try:
            with contextlib.closing(sqlite3.connect(self.file, timeout=_SECONDS, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                if not new and database.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                    raise self._foreign()
                yield database
                database.execute("COMMIT")
        except sqlite3.Error as error:
            raise BudgetSpent(f"The budget file {self.file} cannot be used: {error}.") from None

    def _foreign(self) -> BudgetSpent:
        return BudgetSpent(f"{self.file} is no budget file: name another one, or make it with `rlm budget`.")


def spending_file(setting: str | None) -> SpendingFile | None:
    """The file that a setting, else RLM_BUDGET, names; None where none does."""
    name = setting or os.environ.get(VARIABLE)
    return SpendingFile(name) if name else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
