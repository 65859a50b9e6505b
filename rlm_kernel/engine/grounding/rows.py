"""What grounding returns."""

from __future__ import annotations

from collections.abc import Iterable

from ...trace import Grounding

# Of `Trace.grounding_rules`.
RULES = 2


class Groundings(list[Grounding]):
    """The verdicts on an answer's values; `remark` says what was not looked for ("" where all was)."""

    __slots__ = ("remark",)

    def __init__(self, rows: Iterable[Grounding] = (), remark: str = "") -> None:
        super().__init__(rows)
        self.remark = remark
