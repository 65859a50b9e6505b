"""What one server is told when it starts, and the limits that it keeps whatever it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MAX_TRACES: Final = 32
"""Traces that are kept for one client; the oldest goes first."""
MAX_TRACE_BYTES: Final = 64 << 20
"""Bytes of all traces of one client."""
MAX_CALLS: Final = 8
"""Calls of one client that may be under way at once."""
PATIENCE: Final = 300.0
"""Seconds that a call waits for the client to come back with what it was asked. One that will not, never says so."""
ROUNDS: Final = 8
"""Model calls of a run whose every call is a round trip of the client's: its SDK gives up after ten."""


HEARTBEAT: Final = 5.0
"""Seconds after which a client hears again of a model that is still writing."""


class ToolFailure(Exception):
    """A call cannot be answered. The text, one sentence, is for the agent: what, why, what to do instead."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`roots`: folders that files must be in (empty: those that the client names); `engine`: settings of `RLM`.

    `max_sessions` and `max_bytes` (of documents) hold for one client; clients that cannot be told apart share four
    times as many sessions. `idle_seconds`: how long an unused session lives.
    """

    roots: tuple[Path, ...] = ()
    engine: Mapping[str, Any] = field(default_factory=dict, repr=False)
    idle_seconds: float = 1800.0
    max_sessions: int = 4
    max_bytes: int = 1 << 30
    shared: bool = False
