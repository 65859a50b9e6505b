"""Names that other loops and other libraries have for what the sandbox calls otherwise, written as ours.

A name that the code defines itself, or that is a variable of the run, is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from ...trace import CodeError, Repair
from .source import Offsets, edited, parse

KINDS = frozenset({"foreign-name", "answer-dict"})

FINALS = ("FINAL", "FINAL_VAR", "SUBMIT", "final_answer", "submit_answer")
"""What ends a run, here and elsewhere."""

_RENAMED = {
    "FINAL_VAR": "FINAL",
    "SUBMIT": "FINAL",
    "final_answer": "FINAL",
    "FINAL_ANSWER": "FINAL",
    "Final": "FINAL",
    "final": "FINAL",
    "submit_answer": "FINAL",
    "SHOW_VARS": "show_vars",
    "llm_batch": "llm_query_batched",
    "llm_query_batch": "llm_query_batched",
    "sub_llm": "llm_query",
    "rlm_batch": "rlm_query_batched",
}
_ASKING = frozenset(["llm_query", "llm_query_batched", "rlm_query", "rlm_query_batched", *_RENAMED])
_READY = 'if answer.get("ready"): FINAL(answer.get("content"))'
_ANSWER = 'answer = {"content": "", "ready": False}'

_Edit = tuple[int, int, str]


_TRACE = re.compile(rf"\b(?:{'|'.join(_RENAMED)})\s*\(|\banswer\s*\[|\bmodel\s*=")


def may_be_foreign(code: str) -> bool:
    """Whether there is anything to translate at all: a glance, which costs next to nothing."""
    return _TRACE.search(code) is not None


def translated(code: str, tree: ast.Module, variables: Collection[str]) -> tuple[str, tuple[Repair, ...]]:
    """The code with our names, and what was changed. `variables`: the names that earlier cells have defined."""
    defined = set(variables) | {*_defined(tree)}
    edits: list[_Edit] = []
    repairs: list[Repair] = []
    offsets = Offsets(code)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id
        if name in defined or (name not in _RENAMED and name not in _ASKING):
            continue
        start, end = offsets.span(node)
        changed = _call(code, node, name, defined, offsets)
        # A call within another one that is changed is seen when the result is looked at again.
        if changed != code[start:end] and not any(first <= start < last for first, last, _ in edits):
            edits.append((start, end, changed))
            repairs.append(Repair(kind="foreign-name", before=code[start:end][:500], after=changed[:500]))
    changed_code = edited(code, edits)
    changed_tree = parse(changed_code) if edits else tree
    if isinstance(changed_tree, CodeError):
        return code, ()
    if edits:
        changed_code, more = translated(changed_code, changed_tree, variables)
        return changed_code, (*repairs, *more)
    return _with_answer(code, tree, defined)


def _call(code: str, node: ast.Call, name: str, defined: Collection[str], offsets: Offsets) -> str:
    def text(part: ast.expr) -> str:
        start, end = offsets.span(part)
        return code[start:end]

    ours = _RENAMED.get(name, name)
    if name == "SUBMIT" and not node.args and node.keywords and all(each.arg for each in node.keywords):
        if len(node.keywords) == 1:
            return f"FINAL({text(node.keywords[0].value)})"
        return f"FINAL(dict({', '.join(f'{each.arg}={text(each.value)}' for each in node.keywords)}))"
    arguments = [text(each) for each in node.args]
    first = node.args[0] if node.args else None
    if (
        name == "FINAL_VAR"
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and first.value.strip() in defined
    ):
        arguments[0] = first.value.strip()
    keywords = [each for each in node.keywords if not (each.arg == "model" and name in _ASKING)]
    if name == ours and len(keywords) == len(node.keywords):
        start, end = offsets.span(node)
        return code[start:end]
    arguments += [f"{each.arg}={text(each.value)}" if each.arg else f"**{text(each.value)}" for each in keywords]
    return f"{ours}({', '.join(arguments)})"


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def _with_answer(code: str, tree: ast.Module, defined: Collection[str]) -> tuple[str, tuple[Repair, ...]]:
    """`answer["content"] = value` and `answer["ready"] = True` end a run elsewhere: here FINAL does, behind them."""
    keys = {key for node in ast.walk(tree) if (key := _key_of_answer(node))}
    if not keys or "FINAL(" in code:
        return code, ()
    before = "" if "answer" in defined else f"{_ANSWER}\n"
    after = f"\n{_READY}" if "ready" in keys else ""
    if not before and not after:
        return code, ()
    return f"{before}{code}{after}", (Repair(kind="answer-dict", before="", after=f"{before}{after}".strip()),)


def _key_of_answer(node: ast.AST) -> str:
    if not (
        isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "answer"
        and isinstance(node.slice, ast.Constant)
    ):
        return ""
    return str(node.slice.value) if node.slice.value in ("content", "ready") else ""
