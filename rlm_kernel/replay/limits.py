"""What a replay may use: the reader's limits, which a trace, that may come from anybody, can lower and never raise."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from ..subkernel.base import parse_size
from ..trace import Trace
from .verdicts import Unlike, cannot

_SMALLEST_MEMORY = 64 << 20


@dataclass(frozen=True, slots=True)
class ReplayLimits:
    """`memory_limit` as of RLM, `cell_timeout` and `max_seconds` (of the whole replay) in seconds, `output_limit` in
    characters a cell, `max_iterations` of the whole replay, with those of sub-runs and of the questions before.
    `subkernel_host` and `subkernel_key` as of RLM: where its code runs, if not on this machine.

    Raises ValueError for what is no limit.
    """

    memory_limit: str | int = "1GB"
    cell_timeout: float = 60.0
    output_limit: int = 1_000_000
    max_iterations: int = 1_000
    max_seconds: float = 3_600.0
    subkernel_host: str | None = None
    subkernel_key: str | None = None

    def __post_init__(self) -> None:
        parse_size(self.memory_limit)
        for name in ("cell_timeout", "output_limit", "max_iterations", "max_seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not (isinstance(value, int | float) and 0 < value < math.inf):
                raise ValueError(f"{name}={value!r}: give a number above 0.")

    def memory(self, trace: Trace) -> tuple[int, str]:
        """Bytes for the sub-kernel of a trace, and a remark where the trace asks for more. Raises Unlike."""
        kept = trace.settings.get("memory_limit")
        most = parse_size(self.memory_limit)
        if kept is None:
            return most, ""
        try:
            asked = parse_size(kept) if isinstance(kept, str | int) else 0
        except (ValueError, OverflowError):
            asked = 0
        if asked < _SMALLEST_MEMORY:
            raise _no_setting("memory_limit", kept)
        remark = f"the run had {_short(kept)} of memory, the replay has {self.memory_limit}: memory_limit raises it"
        return min(asked, most), remark if asked > most else ""

    def seconds(self, trace: Trace) -> tuple[float, str]:
        """Seconds for each cell of a trace, and a remark where the trace asks for more. Raises Unlike."""
        kept = trace.settings.get("cell_timeout")
        if kept is None:
            return self.cell_timeout, ""
        if isinstance(kept, bool) or not isinstance(kept, int | float) or not 0 < kept < math.inf:
            raise _no_setting("cell_timeout", kept)
        remark = f"the run had {kept:g} s for a cell, the replay has {self.cell_timeout:g} s: cell_timeout raises it"
        return min(float(kept), self.cell_timeout), remark if kept > self.cell_timeout else ""


class ReplayBudget:
    """What is left of the limits of one replay."""

    def __init__(self, limits: ReplayLimits) -> None:
        self._limits = limits
        self._iterations = 0
        self._end = time.monotonic() + limits.max_seconds

    @property
    def seconds(self) -> float:
        """Seconds that are left, at least a few hundredths."""
        return max(self._end - time.monotonic(), 0.05)

    def take_iteration(self) -> None:
        """One cell more is about to run. Raises Unlike where the limits have no more of them."""
        self._iterations += 1
        if self._iterations > self._limits.max_iterations:
            raise cannot(
                f"it has more than {self._limits.max_iterations:,} iterations to run, the most of this replay: "
                "max_iterations raises it"
            )
        if time.monotonic() >= self._end:
            raise self.out_of_time()

    def out_of_time(self) -> Unlike:
        """The verdict where the time of the whole replay has run out."""
        return cannot(
            f"it ran longer than {self._limits.max_seconds:g} s, the most of this replay: max_seconds raises it"
        )


def _no_setting(name: str, kept: Any) -> Unlike:
    return cannot(f"its setting {name} is {_short(kept)}, which is none that a run can have")


def _short(value: Any) -> str:
    return str(value)[:40] if isinstance(value, str | float) or value is None else f"{value!r:.40}"
