"""How long one call waits for its turn at an endpoint that limits the rate of requests."""

from __future__ import annotations

import time

from .errors import EndpointError
from .rate_limit import Pace, Turn


class Patience:
    """One call's turn at a pace, and how long it has waited there since it was first refused."""

    def __init__(self, pace: Pace, most: float) -> None:
        self._pace, self._most = pace, most
        self._turn: Turn = pace.turn()
        self._waited = 0.0
        self._refused = False

    async def enter(self) -> None:
        began = time.monotonic()
        await self._pace.enter(self._turn, self._most)
        if self._refused:
            self._waited += time.monotonic() - began

    def leave(self, *, answered: bool = False) -> None:
        self._pace.leave(self._turn, answered=answered)

    def note(self, failure: EndpointError, delay: float) -> None:
        """Slow everybody down if that is what the failure says, unless it asks for more than anybody would wait."""
        if failure.paced:
            self._refused = True
            if (failure.wait or 0.0) <= self._most:
                self._pace.slow_down(self._turn, failure.wait, delay)

    def lasts(self, failure: EndpointError) -> bool:
        """Whether to wait once more."""
        return self._most > 0 and self._waited + max(failure.wait or 0.0, self._pace.pause) <= self._most
