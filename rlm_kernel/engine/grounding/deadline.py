"""A bound on the time that a look at an answer's lines takes."""

from __future__ import annotations

import time

SECONDS = 1.0


class TooSlowError(Exception):
    """What is looked for was not found, or found missing, in the time that there is."""


class Deadline:
    """Counts from when it is made."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._ends = time.monotonic() + seconds

    def check(self) -> None:
        """Raises TooSlowError once the time is over."""
        if time.monotonic() > self._ends:
            raise TooSlowError
