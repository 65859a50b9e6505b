"""Seed and clock for a deterministic replay, and the names of the sources of nondeterminism that remain."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

# Seeds fit in a JSON number of any reader.
SEED = (1 << 32) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CUT_OFF = "the moment at which a time limit (of a cell, of a search), the memory limit or an interrupt ends something"
_REPLIES = "what models and tools of the user's reply: a replay takes it from the trace"
_ADDRESSES = "addresses in texts that the code goes on to compute with, or makes by str() and % formatting"
_BY_ADDRESS = "the order of sets that hold functions or classes"
_BY_ADDRESS_OLD = "the order of sets that hold None, functions or classes"
_HASHES = "the order of sets of texts: the sub-kernel was not started with a fixed hash seed"
_VERSIONS = "what differs between versions of Python and of this package (see `versions`)"


def began_at(clock: str) -> int:
    """An ISO 8601 time, UTC where it names no zone, in nanoseconds since 1970. Raises ValueError."""
    moment = datetime.fromisoformat(clock)
    passed = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000_000 + passed.microseconds * 1_000


def named(hash_seed: int | None) -> list[str]:
    """What does not follow from seed and clock."""
    by_address = _BY_ADDRESS if sys.version_info >= (3, 12) else _BY_ADDRESS_OLD
    return [_CUT_OFF, _REPLIES, _ADDRESSES, by_address, *([_HASHES] if hash_seed is None else []), _VERSIONS]
