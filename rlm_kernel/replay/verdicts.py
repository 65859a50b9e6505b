"""What a replay comes to: one of five verdicts, why, and where."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["reproduced", "differs", "document changed", "trace altered", "cannot be replayed"]

_LINES = 40
_BEFORE = 3
_CHARS = 6_000


@dataclass(frozen=True, slots=True)
class Replay:
    """A trace that was run again. `iterations` are those that were run and compared, in sub-runs too; `iteration` is
    where it `differs`, `diff` how (a unified diff: what was recorded, what came). `remarks` are what else to know."""

    verdict: Verdict
    question: str = ""
    reason: str = ""
    iteration: int | None = None
    diff: str = ""
    iterations: int = 0
    seconds: float = 0.0
    remarks: tuple[str, ...] = field(default=())

    @property
    def reproduced(self) -> bool:
        """Whether everything came as it was recorded."""
        return self.verdict == "reproduced"

    @property
    def text(self) -> str:
        """The verdict in one line."""
        where = f" at iteration {self.iteration}" if self.verdict == "differs" and self.iteration is not None else ""
        return f"{self.verdict}{where}" + (f": {self.reason}" if self.reason else "")

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON-able data."""
        return dataclasses.asdict(self) | {"remarks": list(self.remarks), "text": self.text}


class Unlike(Exception):
    """Ends a replay with a verdict other than `reproduced`; the text is the reason."""

    def __init__(self, verdict: Verdict, reason: str, *, iteration: int | None = None, diff: str = "") -> None:
        super().__init__(reason)
        self.verdict: Verdict = verdict
        self.iteration = iteration
        self.diff = diff

    def __reduce__(self) -> tuple[object, ...]:
        return Unlike, (self.verdict, *self.args), vars(self)


def cannot(reason: str) -> Unlike:
    """The end of a trace that cannot be replayed."""
    return Unlike("cannot be replayed", reason)


def diff_of(recorded: str, came: str) -> str:
    """A unified diff of two texts around the place where they begin to differ, bounded."""
    ours, theirs = recorded.removesuffix("\n").split("\n"), came.removesuffix("\n").split("\n")
    same = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    first = max(0, same - _BEFORE)
    end = same + _LINES
    rows = difflib.unified_diff(ours[first:end], theirs[first:end], "recorded", "replayed", lineterm="")
    text = "\n".join(row[:500] for row in rows)
    return text[:_CHARS]
