"""Whether an answer was typed in by the model instead of being returned by its code. It decides nothing itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

_LARGE = 1e300  # a longer whole number is no float
_SEPARATOR = re.compile(r"(?<=\d)[,_' ](?=\d{3})")
_WORD = re.compile(r"\w{3,}")
_VERDICTS = frozenset(["yes", "true", "false", "not"])  # "no" and the like are too short to be looked for
_ANY_SEPARATOR = re.compile(r"(?<=\d)[,._' ](?=\d)")


def is_typed(code: str, value: Any) -> bool:
    """Whether `code` hands this very figure or text to FINAL as a constant (bools and containers are never doubted)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    return any(type(typed) is type(value) and typed == value for typed in _final_constants(code))


def _final_constants(code: str) -> list[Any]:
    found: list[Any] = []
    tree = _parsed(code)
    if tree is None:
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FINAL":
            named = [keyword.value for keyword in node.keywords if keyword.arg == "value"]
            for argument in [*node.args[:1], *named]:
                try:
                    found.append(ast.literal_eval(argument))
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    continue
    return found


def has_figure(text: str) -> bool:
    """Whether a text holds a number of four digits or more, which nobody words freely."""
    return re.search(r"\d{4}", _ANY_SEPARATOR.sub("", text)) is not None


def wrote(code: str, typed: float | str) -> bool:
    """Whether `code` itself says the figures of `typed`, so that its output proves nothing.

    What is only searched for (`grep("2024")`), sliced or compared by is no statement.
    """
    digits = re.sub(r"\D", "", str(typed))
    tree = _parsed(code)
    if not digits or tree is None:
        return False
    # A short number may be an operand of anything; only as it stands in a print or an assignment it is a statement.
    passed: set[int] = set()
    stated: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            passed |= {id(inner) for inner in ast.walk(node.slice)}
        elif isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and not _states(node)):
            passed |= {id(inner) for inner in ast.iter_child_nodes(node)}
        elif isinstance(node, ast.Call | ast.Assign | ast.AnnAssign | ast.JoinedStr):
            stated |= {id(inner) for inner in ast.iter_child_nodes(node)}
    suspects = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and not isinstance(node.value, bool)]
    return any(
        digits in _ANY_SEPARATOR.sub("", str(node.value))
        for node in suspects
        if id(node) not in passed and (len(digits) > 3 or id(node) in stated)
    )


def _states(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("print", "str", "int", "float")


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def printed_name(code: str) -> str | None:
    """The last variable that the code prints by itself, which is often what it has computed."""
    tree = _parsed(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree is not None else []
    prints = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    last = max(prints, key=lambda call: (call.lineno, call.col_offset), default=None)
    names = [argument.id for argument in last.args if isinstance(argument, ast.Name)] if last is not None else []
    return names[-1] if names else None


def was_shown(outputs: Iterable[str], typed: float | str) -> bool:
    """Whether one of the outputs holds the figure, or the text; of a text with figures in it, only their digits count.

    A text without any figure may be the model's own wording: one word of it that an output holds is enough.
    """
    if isinstance(typed, str):
        digits = re.sub(r"\D", "", typed)
        if not digits:
            words = {word for word in _WORD.findall(typed.casefold()) if word not in _VERDICTS}
            return not words or any(words & set(_WORD.findall(text.casefold())) for text in outputs)
        return any(typed in text or digits in _ANY_SEPARATOR.sub("", text) for text in outputs)
    forms = {str(abs(typed))}
    if abs(typed) < _LARGE:
        forms |= {f"{abs(typed):g}", f"{abs(typed):.2f}"}
    if abs(typed) < _LARGE and float(typed).is_integer():
        forms.add(str(abs(int(typed))))
    figure = re.compile(rf"(?<![\d.])(?:{'|'.join(re.escape(form) for form in forms)})(?!\.?\d)")
    return any(figure.search(text) or figure.search(_SEPARATOR.sub("", text)) for text in outputs)
