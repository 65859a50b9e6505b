"""Comparing models: the same questions with known answers, several runs each, and what can be concluded from them.

`compare` and `acompare` run them, each finished run one line of a results file, so that they can go on where they
stopped; a `Comparison` counts. Answers are judged by code (see `checks`), never by a model.
"""

from __future__ import annotations

from .comparison import Comparison, ComparisonRow
from .confidence import Interval
from .questions import Question, QuestionError, demo_questions, read_questions
from .result_store import ResultsError, StoredResult
from .runner import acompare, compare

__all__ = [
    "Comparison",
    "ComparisonRow",
    "Interval",
    "Question",
    "QuestionError",
    "ResultsError",
    "StoredResult",
    "acompare",
    "compare",
    "demo_questions",
    "read_questions",
]
