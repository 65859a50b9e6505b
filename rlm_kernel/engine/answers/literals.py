"""Which variable a cell has printed last, which is often what it has computed."""

from __future__ import annotations

import ast

from ..grounding.dataflow import parsed


def printed_name(code: str) -> str | None:
    """The last variable that the code prints by itself, which is often what it has computed."""
    tree = parsed(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree is not None else []
    prints = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    last = max(prints, key=lambda call: (call.lineno, call.col_offset), default=None)
    names = [argument.id for argument in last.args if isinstance(argument, ast.Name)] if last is not None else []
    return names[-1] if names else None
