"""The signs that an answer is not what the question means, whatever has found it."""

from __future__ import annotations

from typing import Any

from ...document import Document
from ...trace import RowCondition, Trace
from .columns import unused_columns
from .missed_lines import passed_over
from .other_names import other_name


def conditions_of_answer(
    question: str, document: Document, trace: Trace, value: Any, *, running: str | None = None
) -> list[RowCondition]:
    """Numbers that the code of a computed `value` reads and does not use, another name beside one that was read, and
    lines that a `value` "not stated" has passed over. `running` is code that is not in the trace yet. Raises
    TooSlowError."""
    read = (other_name(question, document, trace, value, running=running), passed_over(question, document, value))
    return [*unused_columns(question, trace, value, running=running), *(each for each in read if each is not None)]
