"""Changes to code that parses and still cannot work: imports the sandbox lacks, top-level `await` and `return`.

Every other line, and its number, stays as it is. Nothing is invented: `return x` becomes the expression `x`, which the
cell echoes, never `FINAL(x)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from ...trace import CodeError, Repair
from .source import Offsets, edited, indent_of, parse

KINDS = frozenset({"import-removed", "await", "return"})

MAX_RULED = 200_000
"""Characters above which code that parses is left to the sandbox's own errors."""

_REMARK = "(removed: not available in the sandbox)"
_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")

_Edit = tuple[int, int, str]


def apply_rules(code: str, tree: ast.Module, allowed: frozenset[str]) -> tuple[str, tuple[Repair, ...]]:
    """The code with these changes, and what they were; `code` has newline characters alone as line ends."""
    repairs: list[Repair] = []
    if len(code) > MAX_RULED:
        return code, ()
    for rule in (partial(_imports, allowed=allowed), _top_level_words):
        edits, found = rule(code, tree)
        changed = edited(code, edits)
        new_tree = parse(changed) if edits else tree
        if not isinstance(new_tree, CodeError):
            code, tree = changed, new_tree
            repairs += found
    return code, tuple(repairs)


def _imports(code: str, tree: ast.Module, allowed: frozenset[str]) -> tuple[list[_Edit], list[Repair]]:
    edits: list[_Edit] = []
    repairs: list[Repair] = []
    offsets = Offsets(code)
    for body, needs_content in _unguarded_bodies(tree):
        refused = {at: found for at, node in enumerate(body) if (found := _refused(node, allowed)) is not None}
        emptied = needs_content and len(refused) == len(body) and not any(kept for kept, _ in refused.values())
        ends = _logical_line_ends(body) if refused else []
        for at, (kept, dropped) in refused.items():
            start, end = offsets.span(body[at])
            before = code[start:end]
            changed, after = _replacement(
                code, offsets, body[at], ends[at], kept, dropped, keep_block=emptied and at == 0
            )
            edits += changed
            repairs.append(Repair(kind="import-removed", before=before, after=after))
    return edits, repairs


def _unguarded_bodies(tree: ast.Module) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Every block of statements, and whether it may not become empty; not those that catch a failing import."""
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, guarded = pending.pop()
        for name in _BODIES:
            body = getattr(node, name, None)
            if not isinstance(body, list):
                continue
            inside = isinstance(node, ast.Try) and name == "body" and _catches_import_errors(node)
            safe = (guarded and not isinstance(node, _SCOPES)) or inside
            statements = [child for child in body if isinstance(child, ast.stmt)]
            if statements and not safe:
                yield statements, node is not tree
            pending += [(child, safe) for child in body]


def _logical_line_ends(body: list[ast.stmt]) -> list[int]:
    """For each statement the line on which the last one ends that semicolons join to it."""
    ends: list[int] = []
    for at in reversed(range(len(body))):
        own = body[at].end_lineno or body[at].lineno
        ends.append(ends[-1] if ends and body[at + 1].lineno == own else own)
    return ends[::-1]


def _catches_import_errors(node: ast.Try) -> bool:
    for handler in node.handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CATCHING) for kind in types):
            return True
    return False


def _refused(node: ast.stmt, allowed: frozenset[str]) -> tuple[str, str] | None:
    """An import of the modules that are allowed ("" if none is) and one of the others; None if there are no others."""
    if isinstance(node, ast.ImportFrom):
        is_allowed = node.level == 0 and (node.module or "").split(".")[0] in allowed
        return None if is_allowed else ("", ast.unparse(node))
    if not isinstance(node, ast.Import):
        return None
    kept = [alias for alias in node.names if alias.name.split(".")[0] in allowed]
    dropped = [alias for alias in node.names if alias.name.split(".")[0] not in allowed]
    return (ast.unparse(ast.Import(kept)) if kept else "", ast.unparse(ast.Import(dropped))) if dropped else None


def _replacement(
    code: str, offsets: Offsets, node: ast.stmt, last_line: int, kept: str, dropped: str, *, keep_block: bool
) -> tuple[list[_Edit], str]:
    """The edits that take an import out and keep it as a comment on the same lines, and what stands in its place."""
    start, end = offsets.span(node)
    line_end = offsets.line_end(node.end_lineno or node.lineno)
    indent = indent_of(offsets.lines[node.lineno - 1])
    rest = code[end:line_end].strip()
    text = code[start:end]
    alone = offsets.at(node.lineno, 0) + len(indent) == start and (not rest or rest[0] == "#")
    if alone and not kept:
        comment = "\n".join(f"{'' if number == 0 else indent}# {part}" for number, part in enumerate(text.split("\n")))
        comment = f"{'pass  ' if keep_block else ''}{comment}  {_REMARK}"
        return [(start, end, comment)], comment
    word, _, names = (kept or "pass").partition(" ")
    continued = word + " \\\n" * text.count("\n") + (f" {names}" if names else "")
    edits = [(start, end, continued)]
    line_end = offsets.line_end(last_line)
    if not offsets.lines[last_line - 1].endswith("\\"):
        edits.append((line_end, line_end, f"  # {dropped}  {_REMARK}"))
    return edits, kept or "pass"


def _top_level_words(code: str, tree: ast.Module) -> tuple[list[_Edit], list[Repair]]:
    edits: list[_Edit] = []
    repairs: list[Repair] = []
    offsets = Offsets(code)

    def drop(node: ast.stmt | ast.expr, word: str, instead: str = "") -> None:
        start, end = offsets.span(node)
        text = code[start:end]
        rest = text[len(word) :].lstrip(" \t")
        edits.append((start, end - len(rest), instead))
        repairs.append(Repair(kind=word, before=text, after=instead + rest))

    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Await):
            drop(node, "await")
        pending += [child for child in ast.iter_child_nodes(node) if not _is_closed(child)]
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Return):
        drop(last, "return", "" if last.value else "pass")
    return edits, repairs


def _is_closed(node: ast.AST) -> bool:
    """Scopes of their own, and f-strings, which are literals."""
    return isinstance(node, _SCOPES) or type(node).__name__ in ("JoinedStr", "TemplateStr")
