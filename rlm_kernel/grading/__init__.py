"""Grades runs by a rubric over their traces, without a model: one answer in a notebook, or a folder of submissions.

The code of a submission runs in a sub-kernel under the grader's limits; nothing else of it is executed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rubric import Rubric, RubricError, Task
    from .scores import Score
    from .single import check
    from .submissions import Submission, grade

__all__ = ["Rubric", "RubricError", "Score", "Submission", "Task", "check", "grade"]

_HOMES = {
    "Rubric": ".rubric",
    "RubricError": ".rubric",
    "Score": ".scores",
    "Submission": ".submissions",
    "Task": ".rubric",
    "check": ".single",
    "grade": ".submissions",
}


if not TYPE_CHECKING:  # a checker must see a name that is missing

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name], __name__), name)
