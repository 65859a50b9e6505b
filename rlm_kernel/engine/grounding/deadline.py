"""A bound on the time that a look at an answer's lines takes."""

from __future__ import annotations

import time

SECONDS = 1.0


class TooSlowError(Exception):
    """What is looked for was not found, or found missing, in the time that there is."""


class Deadline:
    """`SECONDS` from when it is made."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + SECONDS

    def check(self) -> None:
        """Raises TooSlowError once the time is over."""
        if time.monotonic() > self._ends:
            raise TooSlowError
