"""How many requests of a run tree are in flight at once: a number that the user gave, or one that adapts.

The adaptive gate begins with few and lets more in while replies come as fast as before; it takes back a part of that
as soon as they come slower or the endpoint asks to wait. It measures; it sends nothing. The endpoint's own rate limit
is kept elsewhere, in `models`, for all trees of the process together.
"""

from __future__ import annotations

import asyncio
from collections import deque

FIRST = 8
MOST = 100
_GROWTH = 3.0  # places that one reply adds while nothing has slowed down: four times as many each round
_SLOWER = 1.5  # times the usual seconds of a reply from which on no place is added
_TOO_SLOW = 2.5  # times the usual seconds from which on places are taken back
_KEPT = 0.7  # the share of the places that stays then
_NOISE = 0.05  # seconds that replies differ by for other reasons


class Gate:
    """Places for requests, first come, first served. `fixed` is their number; 0 lets it adapt between 1 and `MOST`."""

    def __init__(self, fixed: int = 0) -> None:
        self._adapts = fixed == 0
        self._places = float(fixed or FIRST)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._usual: dict[str, float] = {}
        self._growing = True
        self._settling = 0

    @property
    def most(self) -> int:
        """How many requests can be in flight at any time."""
        return MOST if self._adapts else int(self._places)

    @property
    def places(self) -> int:
        """How many requests may be in flight now."""
        return max(1, int(self._places))

    async def enter(self) -> None:
        """Wait for a place."""
        if not self._waiting and self._in_flight < self.places:
            self._in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place back."""
        self._in_flight -= 1
        self._admit()

    def answered(self, model: str, seconds: float) -> None:
        """A reply of `model` took `seconds`, from the moment when its request was let in."""
        if not self._adapts:
            return
        self._settling -= 1
        usual = self._usual.get(model)
        if usual is None or seconds < usual:
            self._usual[model] = seconds
        # One that came faster than those before it has not been slowed down either.
        usual = seconds if usual is not None and seconds < usual else usual
        if usual is None:
            pass  # the first tells only what is usual
        elif self._in_flight * 2 < self._places:
            pass  # too few in flight to tell what many would do
        elif seconds > _TOO_SLOW * usual + _NOISE:
            # Once for all that were in flight together: they are slow for one reason. Prompts differ, so never below
            # what is taken without any measure.
            if self._settling <= 0 and self._places > FIRST:
                self._take_back(_KEPT, FIRST)
        elif seconds <= _SLOWER * usual + _NOISE:
            self._places = min(MOST, self._places + (_GROWTH if self._growing else 1 / self._places))
            # Upwards too, so that one very short reply is not the measure for ever.
            self._usual[model] += 0.05 * (seconds - usual)
            self._admit()

    def refused(self) -> None:
        """The endpoint limits the rate of requests: half of the places stay."""
        if self._adapts and self._settling <= 0:
            self._take_back(0.5, 1)

    def _take_back(self, share: float, least: int) -> None:
        self._growing = False
        self._settling = self._in_flight
        self._places = max(float(least), min(self._places, self._in_flight) * share)

    def _admit(self) -> None:
        while self._waiting and self._in_flight < self.places:
            place = self._waiting.popleft()
            if not place.done():
                self._in_flight += 1
                place.set_result(None)
