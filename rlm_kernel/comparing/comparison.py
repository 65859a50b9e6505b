"""What a comparison found: its runs judged and counted, by model and question. It runs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from . import confidence, report
from .checks import Check, agreement, right
from .confidence import Interval
from .questions import Question
from .result_store import StoredResult


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """What one model made of one question, or of all (`question` is empty then).

    `runs` are those that ended with or without an answer, `right` of them with the right one, `guesses` at a limit;
    `failed` those whose endpoint failed, which count nowhere else. `agreement` is the share of the answer that was
    given most often (over all questions, the mean of that), None for fewer than two runs. Tokens are those of the
    prompts and of the replies together; cost is None where it is not known of every run.
    """

    model: str
    question: str
    runs: int
    right: int
    guesses: int
    failed: int
    accuracy: Interval | None
    agreement: float | None
    tokens: Interval | None
    cost: Interval | None
    seconds: Interval | None
    iterations: Interval | None


@dataclass(frozen=True)
class Comparison:
    """The records of a comparison and the figures made of them. Displays itself richly in notebooks.

    `records` are of these models, questions and runs alone; `left_aside` counts others that the results file holds.
    """

    models: tuple[str, ...]
    questions: tuple[Question, ...]
    runs: int
    records: tuple[StoredResult, ...]
    checks: Mapping[str, Check] = field(default_factory=dict)
    left_aside: int = 0

    def is_right(self, record: StoredResult) -> bool:
        """Whether this run gave the right answer to its question; no answer is a wrong one."""
        if record.status != "answered" and not record.best_guess:
            return False
        (one,) = [question for question in self.questions if question.name == record.question]
        return right(record.value, one.answer, one.check, one.tolerance, self.checks)

    @property
    def missing(self) -> int:
        """How many runs have not ended with or without an answer: they failed, or were never made."""
        planned = len(self.models) * len(self.questions) * self.runs
        return planned - sum(not record.failed for record in self.records)

    @property
    def rows(self) -> list[ComparisonRow]:
        """A row for each model and question."""
        return [self._row(model, [question]) for question in self.questions for model in self.models]

    @property
    def totals(self) -> list[ComparisonRow]:
        """A row for each model, over all questions."""
        return [self._row(model, self.questions) for model in self.models]

    def _row(self, model: str, questions: Sequence[Question]) -> ComparisonRow:
        names = [question.name for question in questions]
        every = [record for record in self.records if record.model == model and record.question in names]
        ended = [record for record in every if not record.failed]
        hits = sum(map(self.is_right, ended))
        agreeing = [share for one in questions if (share := self._agreement(one, ended)) is not None]

        def mean(of: Callable[[StoredResult], float]) -> Interval | None:
            return confidence.mean([of(record) for record in ended])

        return ComparisonRow(
            model=model,
            question=names[0] if len(names) == 1 and questions is not self.questions else "",
            runs=len(ended),
            right=hits,
            guesses=sum(record.best_guess for record in ended),
            failed=len(every) - len(ended),
            accuracy=confidence.share(hits, len(ended)),
            agreement=sum(agreeing) / len(agreeing) if agreeing else None,
            tokens=mean(lambda record: record.prompt_tokens + record.completion_tokens),
            cost=None if any(record.cost is None for record in ended) else mean(lambda record: record.cost or 0.0),
            seconds=mean(lambda record: record.seconds),
            iterations=mean(lambda record: record.iterations),
        )

    def _agreement(self, question: Question, ended: Sequence[StoredResult]) -> float | None:
        values = [record.value for record in ended if record.question == question.name]
        return agreement(values, question.check, question.tolerance) if len(values) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON-able data: totals, rows, and each run with whether it was right."""
        return {
            "schema": "rlm.comparison/1",
            "models": list(self.models),
            "runs": self.runs,
            "missing": self.missing,
            "questions": [
                {"name": one.name, "question": one.question, "answer": one.answer, "check": one.check}
                for one in self.questions
            ],
            "totals": [asdict(row) for row in self.totals],
            "rows": [asdict(row) for row in self.rows],
            "records": [
                record.model_dump(exclude={"schema_", "digest"})
                | {"right": None if record.failed else self.is_right(record)}
                for record in self.records
            ],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """`to_dict` as one JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def to_text(self) -> str:
        """The totals, then the rows, as tables for a terminal."""
        return report.to_text(self.totals, self.rows)

    def to_markdown(self) -> str:
        """The same as Markdown tables."""
        return report.to_markdown(self.totals, self.rows)

    def to_html(self) -> str:
        """The same with bars, with inline styles only."""
        return report.to_html(self.totals, self.rows)

    def __repr__(self) -> str:
        told = ", ".join(f"{row.model} {row.right}/{row.runs}" for row in self.totals)
        return f"Comparison({told}; {len(self.questions)} questions, {self.runs} runs each)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {"text/html": self.to_html(), "text/markdown": self.to_markdown(), "text/plain": self.to_text()}
