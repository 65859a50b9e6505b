"""What grading comes to: a result for each criterion of each task. Data only."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from .rubric import Criterion


@dataclass(frozen=True, slots=True)
class Result:
    """One criterion: whether it holds, in a sentence why (which may quote a submission), and what it is worth."""

    criterion: Criterion
    holds: bool
    reason: str
    worth: float = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Score:
    """One task of one submission. `problem` says why nothing of it counts ("": it was run again as recorded)."""

    task: str
    of: float
    results: tuple[Result, ...] = ()
    problem: str = ""
    question: str = ""
    value: Any = field(default=None, compare=False)

    @property
    def points(self) -> float:
        """What it gets."""
        return sum(result.worth for result in self.results if result.holds)

    @property
    def failed(self) -> list[Result]:
        """The criteria that do not hold."""
        return [result for result in self.results if not result.holds]

    def __repr__(self) -> str:
        return f"passed: {self.text}" if not (self.problem or self.failed) else self.text

    @property
    def text(self) -> str:
        """In one line."""
        reasons = self.problem or "; ".join(f"{result.criterion}: {result.reason}" for result in self.failed)
        return f"{self.task}: {self.points:g} of {self.of:g} points" + (f" ({reasons})" if reasons else "")

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON-able data."""
        rows = [dataclasses.asdict(one) for one in self.results]
        return {"task": self.task, "points": self.points, "of": self.of, "problem": self.problem, "criteria": rows}
