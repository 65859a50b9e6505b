"""Records of labels that a sub-model gave, of the check of some of them, and of what follows for a share or a mean."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .usage import TraceRecord

CheckedBy = Literal["", "known", "model", "person"]
Statistic = Literal["share", "count", "mean"]


class Labelling(TraceRecord):
    """The labels that `model` gave to texts, and the spot-check of them.

    `given` has for each text the position of its label in `labels`, -1 where the model gave none. The text of number n
    is in the prompt of the call `calls[n // per_call]`. `checks` are pairs of a text's number and the position of the
    label that the check found, made by `checked_by`: labels that were `known`, a `model` (its name is `checker`), or a
    `person`. `drawn` is False where the checked texts were not drawn here, so that nobody knows whether by chance.
    """

    id: int
    iteration: int = 0
    line: int | None = None
    model: str = ""
    labels: list[str] = Field(default_factory=list)
    instructions: str = ""
    given: list[int] = Field(default_factory=list)
    calls: list[int] = Field(default_factory=list)
    per_call: int = 1
    checks: list[tuple[int, int]] = Field(default_factory=list)
    checked_by: CheckedBy = ""
    checker: str = ""
    seed: int = 0
    drawn: bool = True


class Estimate(TraceRecord):
    """A share, a count or a mean of the labels of all `texts` (of one `group` of them), as far as a check tells.

    `value` is what labels and check say together, `labelled` what the labels alone say. `low` and `high` are the ends
    of the interval at `level`; they are None without a check. `unlabelled` texts got no label; of `checked` labels
    `agreed` were found right. `promises` are pairs of a number of checks and the half-width that they would give if
    nine of ten labels are right.
    """

    labelling: int
    statistic: Statistic
    of: str | None = None
    group: str | None = None
    value: float
    labelled: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    texts: int = 0
    unlabelled: int = 0
    checked: int = 0
    agreed: int = 0
    checked_by: CheckedBy = ""
    checker: str = ""
    drawn: bool = True
    promises: list[tuple[int, float]] = Field(default_factory=list)

    @property
    def text(self) -> str:
        """The estimate in one sentence, with its interval or with why it has none."""
        group = f" in {_shortened(self.group)}" if self.group is not None else ""
        what = f"labels of {_texts(self.texts)}{group}"
        if self.of is not None:
            what = f"{_texts(self.texts)}{group} labelled {_shortened(self.of)}"
        point = f"{self.statistic} of {what}: {self._number(self.value)}"
        missing = f"; {_texts(self.unlabelled)} got no label" if self.unlabelled else ""
        if self.low is None or self.high is None:
            return f"{point}, no error bar: unchecked labels{missing}.{self._promise}"
        interval = f"{self.level * 100:g}% interval {self._number(self.low)} to {self._number(self.high)}"
        return f"{point} ({interval}; {self.checked:,} labels checked{self._by}, {self.agreed:,} right{missing})"

    @property
    def _by(self) -> str:
        if self.checked_by == "model":
            return f" by the model {_shortened(self.checker)}, whose errors are not in the interval"
        if self.checked_by == "known":
            chance = "" if self.drawn else ", which holds if these were drawn by chance"
            return f" against labels that the code gave as known{chance}"
        return " by a person"

    @property
    def _promise(self) -> str:
        if not self.promises:
            return ""
        widths = ", ".join(f"{count:,} checks: ± {self._number(width)}" for count, width in self.promises)
        return f" If 9 of 10 labels are right, {widths}"

    def _number(self, value: float) -> str:
        if self.statistic == "share":
            return f"{value:.1%}"
        return f"{value:,.0f}" if self.statistic == "count" else f"{value:,.3g}"


def _texts(count: int) -> str:
    return f"{count:,} text{'' if count == 1 else 's'}"


def _shortened(name: str | None) -> str:
    text = " ".join((name or "").split())
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
