"""Who may begin and who may go on: leases for the runs that are under way, by what runs have needed so far.

A run is admitted with a lease of what the most expensive of the last runs had needed, so that near a limit fewer run at
once instead of all being cut off. It asks for more where that is not enough, and waits while others may give back.
"""

from __future__ import annotations

import asyncio
from collections import deque

from .ledger import Amount, Ledger

_FIRST = Amount(calls=4, tokens=12_000)
_REMEMBERED = 32


class Accounts:
    """The leases of one campaign, on one event loop. `first_cost`: what a run is expected to cost before any has
    ended; None: nobody knows, so that one run goes ahead alone where cost is limited."""

    def __init__(self, ledger: Ledger, *, first_cost: float | None) -> None:
        self.ledger = ledger
        self._first_cost = first_cost
        self._peaks: deque[Amount] = deque(maxlen=_REMEMBERED)
        self._active: set[int] = set()
        self._waiting: dict[int, int] = {}
        self._changed = asyncio.Condition()

    async def admit(self, unit: str) -> tuple[int, Amount] | None:
        """A lease for a run, once there is room; None where a limit leaves none and nobody is left to give back."""
        async with self._changed:
            while True:
                wanted = self._wanted()
                number = self.ledger.lease(unit, wanted)
                if number is None and not self._active:
                    wanted = self._rest(wanted)
                    if not wanted.calls or self.ledger.limits.used_up(self.ledger.taken):
                        return None
                    number = self.ledger.lease(unit, wanted)
                    if number is None:
                        return None
                if number is not None:
                    self._active.add(number)
                    return number, wanted
                await self._changed.wait()

    async def grow(self, number: int, need: Amount) -> Amount | None:
        """More for a run that is under way: at least `need`, None where there is no more.

        Waits while others may give back. Where little is left the oldest run comes first, so that some runs come to
        their end instead of none; where all wait, the youngest is refused.
        """
        async with self._changed:
            self._waiting[number] = self._waiting.get(number, 0) + 1
            self._changed.notify_all()
            try:
                while True:
                    oldest = number == min(self._active, default=number)
                    for amount in (self._generous(need), need):
                        if (oldest or not self._scarce) and self.ledger.grow(number, amount):
                            return amount
                    if number not in self._active or (self._all_wait and number == max(self._active)):
                        return None
                    await self._changed.wait()
            finally:
                self._waiting[number] -= 1
                if not self._waiting[number]:
                    del self._waiting[number]
                self._changed.notify_all()

    @property
    def _all_wait(self) -> bool:
        return all(each in self._waiting for each in self._active)

    @property
    def _scarce(self) -> bool:
        """Whether not every run could have as much again as a run has needed."""
        left, wanted, count = self.ledger.left, self._wanted(), len(self._active)
        return (
            left.calls < wanted.calls * count or left.tokens < wanted.tokens * count or left.cost < wanted.cost * count
        )

    async def settle(self, number: int, spent: Amount, peak: Amount) -> None:
        """A run has ended: what it has spent, and what it had needed at its peak."""
        async with self._changed:
            self.ledger.settle(number, spent)
            self._peaks.append(peak)
            self._release(number)

    async def lose(self, number: int) -> Amount:
        """A run has gone without a word."""
        async with self._changed:
            held = self.ledger.lose(number)
            self._release(number)
            return held

    def _release(self, number: int) -> None:
        self._active.discard(number)
        self._changed.notify_all()

    def _wanted(self) -> Amount:
        limits, most = self.ledger.limits, _FIRST
        for number, peak in enumerate(self._peaks):
            most = peak if number == 0 else most.most(peak)
        cost = most.cost if self._peaks else self._first_cost
        if cost is None:
            # Nobody knows yet what a run costs: one gets all that is not spent, and while it runs there is no more.
            cost = max(0.0, limits.left(self.ledger.spent + self.ledger.lost).cost)
        return Amount(
            max(1, most.calls),
            most.tokens if limits.counts_tokens else 0,
            cost if limits.counts_cost else 0.0,
        )

    def _rest(self, wanted: Amount) -> Amount:
        """As much of it as is left."""
        left = self.ledger.left
        return Amount(min(wanted.calls, left.calls), min(wanted.tokens, left.tokens), min(wanted.cost, left.cost))

    def _generous(self, need: Amount) -> Amount:
        """A few more calls than are needed, so that nobody asks for each by itself; not where they are scarce."""
        if not need.calls or self.ledger.left.calls < 100 * max(1, len(self._active)):
            return need
        return Amount(need.calls + 8, need.tokens, need.cost)
