"""What a cell has printed last, which is often what it has computed."""

from __future__ import annotations

import ast

from ..grounding.code_names import parsed


def printed_value(code: str) -> str | None:
    """The last expression that the code prints by itself, which is often what it has computed: `total`, `len(rows)`."""
    tree = parsed(code)
    for statement in reversed(tree.body if tree is not None else []):
        if not isinstance(statement, ast.Expr) or not isinstance(call := statement.value, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id == "print":
            values = [ast.unparse(argument) for argument in call.args if _is_value(argument)]
            return values[-1] if values else None
    return None


def _is_value(node: ast.expr) -> bool:
    """Whether an expression is a variable, or short and made of variables without a text of its own."""
    parts = list(ast.walk(node))
    if isinstance(node, ast.Name):
        return True
    made_of_variables = any(isinstance(part, ast.Name) for part in parts)
    has_text = any(isinstance(part, ast.JoinedStr) or _is_text(part) for part in parts)
    return made_of_variables and not has_text and len(ast.unparse(node)) <= _LONGEST


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


_LONGEST = 60
