"""What grounding returns."""

from __future__ import annotations

from collections.abc import Iterable

from ...trace import Grounding, RowCondition

# Of `Trace.grounding_rules`.
RULES = 2


class Groundings(list[Grounding]):
    """The verdicts on an answer's values; `remark` says what was not looked for ("" where all was). `conditions` are
    those that its rows were chosen by and that are not the question's, None where they were not looked for."""

    __slots__ = ("conditions", "remark")

    def __init__(
        self, rows: Iterable[Grounding] = (), remark: str = "", conditions: list[RowCondition] | None = None
    ) -> None:
        super().__init__(rows)
        self.remark = remark
        self.conditions = conditions
