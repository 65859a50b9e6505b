"""Records of further, blind solves of a question, of where they part, and of how certain an answer is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from .usage import TraceRecord

Agreement = Literal["agreed", "majority", "reconciled", "disputed", "unverified"]


class Solve(TraceRecord):
    """One solve of the question: `first` is this run itself, `blind` has not seen another, `reconciling` has seen two.

    `call` is the call of the trace that holds its run (None: this run). `lines` are the lines that its answer rests on:
    (source, first line, last line).
    """

    role: Literal["first", "blind", "reconciling"]
    call: int | None = None
    model: str = ""
    status: str = ""
    value: JsonValue = None
    lines: list[tuple[str, int, int]] = Field(default_factory=list)


class UsedLine(TraceRecord):
    """A line of a document that one solve used and another did not."""

    source: str
    line: int
    text: str = ""


class Divergence(TraceRecord):
    """Where two solves part: the lines that only one of them used, and the first search or code that differs."""

    only_first: list[UsedLine] = Field(default_factory=list)
    only_second: list[UsedLine] = Field(default_factory=list)
    first_step: str = ""
    second_step: str = ""


class Verification(TraceRecord):
    """What came of further solves: `agreement` is `agreed` (all values are the same), `majority` (of the votes),
    `reconciled` (two differed, and a run that saw both confirmed one of them), `disputed` (nobody knows which is
    right; the answer is withheld), `unverified` (there was no second answer; `reason` says why).

    `agreeing` of `answered` solves have the value of the answer. `same_lines` tells whether the first two rest on the
    same lines (None: one of them does not tell). `disputed` are the values that were given for the question.
    """

    mode: str
    agreement: Agreement
    agreeing: int = 0
    answered: int = 0
    same_lines: bool | None = None
    solves: list[Solve] = Field(default_factory=list)
    disputed: list[JsonValue] = Field(default_factory=list)
    divergence: Divergence | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        """The outcome in one sentence."""
        if self.agreement == "unverified":
            return f"not verified: {self.reason}"
        if self.agreement == "agreed":
            lines = {True: ", from the same lines", False: ", from other lines", None: ""}[self.same_lines]
            return f"verified: {self.agreeing} of {self.answered} independent solves agree{lines}"
        values = " and ".join(_shortened(value) for value in self.disputed)
        if self.agreement == "majority":
            return f"disputed: {self.agreeing} of {self.answered} independent solves agree; the values were {values}"
        if self.agreement == "reconciled":
            return f"disputed: two independent solves gave {values}; a run that saw both confirmed the answer"
        return f"disputed: independent solves gave {values}, and none could be confirmed, so no answer is given"


class Reliability(TraceRecord):
    """How often answers that had as much against them were right, where that was measured with the same weights and
    settings.

    `right` of `answers`, the product of whose factors was from `least` up to `most`, to seeded questions about
    documents of `chars` characters; `low` and `high` are the ends of Wilson's 95 % interval of that share.
    """

    least: float
    most: float
    answers: int
    right: int
    low: float
    high: float
    chars: int

    @property
    def share(self) -> float:
        """The share of right answers, drawn a little towards one half, as few answers tell little."""
        return (self.right + 1) / (self.answers + 2)

    @property
    def text(self) -> str:
        """In words."""
        return (
            f"{self.right} of {self.answers} answers of this model that had as much against them were right (seeded "
            f"questions about documents of {self.chars:,} characters; 95 % interval {self.low:.0%} to {self.high:.0%})"
        )


class Confidence(TraceRecord):
    """How certain an answer is, from 0 to 1, by what is known without knowing the right answer.

    `factors` are what lowered it: (what, factor). Their product is an order, no probability, and is the score where
    nothing was measured. Where it was, `calibrated` is True, and the score is the share of right answers among those
    that had as much against them (`measured`). `least` is the `min_confidence` that was asked for; below it the value
    is `withheld`.
    """

    score: float
    factors: list[tuple[str, float]] = Field(default_factory=list)
    calibrated: bool = False
    measured: Reliability | None = None
    least: float | None = None
    withheld: JsonValue = None

    @property
    def text(self) -> str:
        """The score with what lowered it, and how often such answers were right."""
        return self.reason if self.measured is None else f"{self.reason}. {self.measured.text}"

    @property
    def reason(self) -> str:
        """The score with what lowered it, in one sentence."""
        reasons = "; ".join(f"{what} (x{factor:g})" for what, factor in self.factors) or "nothing lowered it"
        scale = "calibrated" if self.calibrated else "uncalibrated: an order, no probability"
        return f"confidence {self.score:.2f} ({scale}): {reasons}"


def _shortened(value: JsonValue) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:80]}..."
