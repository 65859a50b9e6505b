"""Whether an answer was typed in by the model instead of being returned by its code. It decides nothing itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

_LARGE = 1e300  # a longer whole number is no float
_SEPARATOR = re.compile(r"(?<=\d)[,_' ](?=\d{3})")
_ANY_SEPARATOR = re.compile(r"(?<=\d)[,._' ](?=\d)")


def is_typed(code: str, value: Any) -> bool:
    """Whether `code` hands this very figure or text to FINAL as a constant (bools and containers are never doubted)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    return any(type(typed) is type(value) and typed == value for typed in _final_constants(code))


def _final_constants(code: str) -> list[Any]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FINAL":
            named = [keyword.value for keyword in node.keywords if keyword.arg == "value"]
            for argument in [*node.args[:1], *named]:
                try:
                    found.append(ast.literal_eval(argument))
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    continue
    return found


def was_shown(outputs: Iterable[str], typed: float | str) -> bool:
    """Whether one of the outputs holds the figure, or the text; of a text with figures in it, only their digits count.

    A text without any figure is taken as shown: it may be the model's own wording.
    """
    if isinstance(typed, str):
        digits = re.sub(r"\D", "", typed)
        return not digits or any(typed in text or digits in _ANY_SEPARATOR.sub("", text) for text in outputs)
    forms = {str(abs(typed))}
    if abs(typed) < _LARGE:
        forms |= {f"{abs(typed):g}", f"{abs(typed):.2f}"}
    figure = re.compile(rf"(?<![\d.])(?:{'|'.join(re.escape(form) for form in forms)})(?!\d)")
    return any(figure.search(text) or figure.search(_SEPARATOR.sub("", text)) for text in outputs)
