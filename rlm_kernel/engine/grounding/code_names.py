"""The names of a cell's code: what it reads and sets, and what it calls."""

from __future__ import annotations

import ast
import builtins

from ...subkernel.inside.tool_order import TOOLS

# Names that a cell has without setting them.
GIVEN = frozenset(dir(builtins)) | frozenset(TOOLS)
_MOST_NODES = 20_000


def variables_of(code: str | None) -> tuple[list[str], list[str]]:
    """The names that code uses without having set them before, and those that it sets, each sorted."""
    tree = parsed(code or "")
    if tree is None:
        return [], []
    reads: set[str] = set()
    writes: set[str] = set()
    for statement in tree.body:
        inner = _local_names(statement)
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        updated = {name for node in ast.walk(statement) if (name := _updated(node))}
        loads = {node.id for node in names if isinstance(node.ctx, ast.Load)} | updated
        stores = {node.id for node in names if isinstance(node.ctx, ast.Store)} - inner
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            stores = {statement.name}
        if isinstance(statement, ast.Import | ast.ImportFrom):
            stores = {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        reads |= loads - writes - inner - (stores - updated)
        writes |= stores
    return sorted(reads - GIVEN - {"context"}), sorted(writes)


def _updated(node: ast.AST) -> str:
    """The variable that `x += ...` changes."""
    return node.target.id if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) else ""


def _local_names(statement: ast.stmt) -> set[str]:
    """Names that live only within comprehensions, lambdas and functions of a statement."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.comprehension):
            found |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.Lambda | ast.FunctionDef):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            found |= {argument.arg for argument in every}
            if isinstance(node, ast.FunctionDef):
                inside = (name for name in ast.walk(node) if isinstance(name, ast.Name))
                found |= {name.id for name in inside if isinstance(name.ctx, ast.Store)}
    return found


def parsed(code: str) -> ast.Module | None:
    """The tree of code, None where it cannot be read or is too long to be followed."""
    try:
        tree = ast.parse(code)
        if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
            return None
        return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def called(call: ast.Call) -> str:
    """The name of what is called, without what it is an attribute of."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
