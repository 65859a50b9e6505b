"""The start of a sub-kernel takes no longer than the run that it is for may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from ..subkernel import IsolationError

_T = TypeVar("_T")


async def within(starting: Awaitable[_T], seconds: float | None) -> _T:
    """What is awaited, if it comes in `seconds` (None: whenever it comes). Raises IsolationError where it does not."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await starting
    except TimeoutError:
        if not deadline.expired():
            raise
        raise IsolationError(
            f"The sub-kernel did not start in {seconds:g} s, which is all that max_seconds gives the run: give more, "
            "or see whether this machine is overloaded or a process of this program is stopped."
        ) from None
