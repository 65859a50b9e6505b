"""How often answers with a like score were right, where that was measured: seeded questions, see docs/accuracy.md."""

from __future__ import annotations

from typing import Any

from ...trace import Reliability, Trace
from ..intervals import wilson

WEIGHTS = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
"""The SHA-256 of the weights that were asked: Qwen2.5-Coder-1.5B, the embedded model's."""
CHARS = 6_000
"""Characters of the documents that the questions were about."""

# Products of a confidence's factors from the first number up to the second, how many answers had one, and how many of
# those were right. The questions were about documents of kinds that the version which was asked had not been tried
# with. benchmarks/accuracy/page.py writes this.
RANGES: tuple[tuple[float, float, int, int], ...] = (
    (0.0, 0.5, 54, 10),
    (0.5, 0.7, 2, 0),
    (0.7, 0.9, 54, 31),
)

_FEWEST = 8
_ITERATIONS = 8
# The settings that answers depend on, as they were; an answer came within the iterations that there were.
_SETTINGS: dict[str, Any] = {
    "answer_type": None,
    "check_model": None,
    "context_window": None,
    "dialect": "auto",
    "examples": "auto",
    "extra_body": {},
    "max_depth": 10,
    "max_errors": 5,
    "output_limit": None,
    "packages": [],
    "temperature": None,
    "tools": [],
    "verify": None,
}


def reliability_of(trace: Trace, score: float, weights: str | None) -> Reliability | None:
    """What was measured of answers with such a score, by the same weights with the same settings; None for other
    answers, and where fewer than eight were measured. `weights` is the SHA-256 of the weights that answered."""
    if weights != WEIGHTS or not _is_as_measured(trace):
        return None
    for least, most, answers, right in RANGES:
        if least <= score < most and answers >= _FEWEST:
            low, high = (round(end, 3) for end in wilson(right, answers))
            return Reliability(least=least, most=most, answers=answers, right=right, low=low, high=high, chars=CHARS)
    return None


def _is_as_measured(trace: Trace) -> bool:
    """Whether an answer is one solve of a first question with the measured settings and the model's own code."""
    if trace.sub_model is not None or trace.parent is not None or trace.best_guess:
        return False
    if trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells):
        return False
    if any(repair.kind == "edited" for turn in trace.iterations for repair in turn.repairs):
        return False
    allowed = trace.settings.get("max_iterations", _ITERATIONS)
    if not isinstance(allowed, int) or allowed < _ITERATIONS or len(trace.iterations) > _ITERATIONS:
        return False
    return all(trace.settings.get(name, value) == value for name, value in _SETTINGS.items())
