"""What one run needs to know of the settings, and the callback that reviews its code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ..trace import Earlier
from .prompt.rlm_dialect import Dialect

Review = Callable[[int, str], str | Awaitable[str | None] | None]
"""Called with (iteration, code) before code runs; returns the code to run, or None to stop the run."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What one run needs to know; see `RLM` for the meaning of each."""

    max_iterations: int = 10
    max_depth: int = 10
    max_errors: int | None = None
    output_limit: int | None = None
    dialect: Dialect = "own"
    sub_dialect: Dialect = "own"
    examples: bool = False
    sub_examples: bool = False
    answer_type: Any = None
    review: Review | None = None
    earlier: str = ""
    before: Earlier | None = None
    seed: int | None = None
    temperature: float | None = None
    max_reply_tokens: int | None = None
    packages: tuple[str, ...] = ()
    label_checks: int = 100
    batch_api: bool = False
    verify: str | None = None
    min_confidence: float | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
