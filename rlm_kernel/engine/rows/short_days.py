"""Days whose year is said elsewhere: "Tue 31 May", "May 31"."""

from __future__ import annotations

import re

from ...document.search.dates import DATE, MONTH

SHORT_DAY = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th)?\.? (?:{MONTH})|(?:{MONTH}) \d{{1,2}}(?:st|nd|rd|th)?)(?!\w)", re.IGNORECASE
)


def has_day(text: str) -> bool:
    """Whether a text has a day in it, with a year or without one."""
    return DATE.search(text) is not None or SHORT_DAY.search(text) is not None
