"""Constants of a cell's code: what each may have put into a value."""

from __future__ import annotations

import ast
from datetime import datetime
from decimal import Decimal
from typing import Any

from .flow import NOTHING, Flow, numbers


def flow_of_constant(value: Any) -> Flow:
    if isinstance(value, str):
        return Flow(typed=frozenset([value])) if value else NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING
    try:
        number = Decimal(str(value))
    except (ArithmeticError, ValueError):
        return NOTHING
    return Flow(typed=frozenset([number])) if number.is_finite() else NOTHING


def date_of_call(name: str, call: ast.Call) -> str | None:
    """The day that a call with constants makes, such as `date(2024, 3, 1)`."""
    if name not in ("date", "datetime", "fromisoformat", "strptime") or call.keywords:
        return None
    arguments = [literal(each) for each in call.args]
    try:
        if name == "strptime":
            day = datetime.strptime(*arguments)
        else:
            day = datetime.fromisoformat(*arguments) if name == "fromisoformat" else datetime(*arguments)
    except (TypeError, ValueError, OverflowError):
        return None
    return day.date().isoformat()


def literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def is_number(text: str) -> bool:
    return bool(numbers([text]))


def says_something(constant: str | Decimal) -> bool:
    return not isinstance(constant, str) or any(char.isalnum() for char in constant)
