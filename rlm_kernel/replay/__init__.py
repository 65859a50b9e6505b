"""Runs a trace again without a model, and says whether everything came as it was recorded.

A new sub-kernel gets the recorded seed, clock and code; what models and tools replied comes from the trace. It sends
nothing anywhere. `trace_files` reads traces from where they are kept.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .limits import ReplayLimits
    from .rerun import areplay, replay
    from .verdicts import Replay, Verdict

__all__ = ["Replay", "ReplayLimits", "Verdict", "areplay", "replay"]

_HOMES = {
    "ReplayLimits": ".limits",
    "areplay": ".rerun",
    "replay": ".rerun",
    "Replay": ".verdicts",
    "Verdict": ".verdicts",
}


if not TYPE_CHECKING:  # a checker must see a name that is missing

    def __getattr__(name: str) -> Any:
        # Lazily: the pytest plugin, which every test session loads, lives here.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
