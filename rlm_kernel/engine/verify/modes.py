"""What `verify` may be: how many further solves it asks for."""

from __future__ import annotations

import re

_VOTES = re.compile(r"votes:(\d{1,2})")
_MOST = 9


def further_solves(mode: str | None) -> int:
    """How many blind solves follow the first. Raises ValueError, in one sentence, for another word."""
    if mode is None:
        return 0
    if mode == "second":
        return 1
    votes = _VOTES.fullmatch(mode)
    if votes is None or not 3 <= int(votes[1]) <= _MOST:
        raise ValueError(f"verify={mode!r} is not known: give 'second', or 'votes:K' with K from 3 to {_MOST}.")
    return int(votes[1]) - 1
