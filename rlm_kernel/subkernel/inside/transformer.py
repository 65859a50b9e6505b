"""RestrictedPython's transformer, widened so that ordinary model code runs, and no further.

Iteration, subscripts and calls are left to Python: all objects in the sandbox are under one policy, so they need no
hooks. Attributes are read through `_getattr_`, written through `_write_`, and imports become calls of `_import_`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import CodeType
from typing import TypeAlias, TypeVar

from RestrictedPython.transformer import RestrictingNodeTransformer

from . import policy

_Node = TypeVar("_Node", bound=ast.AST)
_Visited: TypeAlias = ast.AST | Iterable[ast.AST] | None

# U+02CD looks like an underscore, may begin a name, and cannot begin one of Python's own: `_x` becomes `ˍx`.
PRIVATE = "\u02cd"


def mangle(name: str) -> str:
    """The sandbox's own spelling of a name with leading underscores; dunder names stay as they are."""
    bare = name.lstrip("_")
    if not bare or bare == name or is_dunder(name):
        return name
    return PRIVATE * (len(name) - len(bare)) + bare


def unmangle(name: str) -> str:
    """The name as the model wrote it."""
    return name.replace(PRIVATE, "_")


def is_dunder(name: str) -> bool:
    """Whether Python itself gives the name a meaning."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


class PolicyTransformer(RestrictingNodeTransformer):
    """Rewrites a module under the policy; what it refuses is collected in `errors`, one sentence each."""

    def error(self, node: ast.AST, info: str) -> None:
        """Collect a refusal, with the line that it is about."""
        self.errors.append(f"line {getattr(node, 'lineno', '?')}: {info}")

    def not_allowed(self, node: ast.AST) -> None:
        """Refuse a kind of statement or expression."""
        kind = type(node).__name__
        self.error(node, _KIND_REMEDIES.get(kind, f"{kind} is not allowed in the sandbox"))

    def _name(self, node: ast.AST, name: str, *, method: bool = False) -> str:
        if is_dunder(name) and not (method and name in policy.CLASS_DUNDERS):
            self.error(node, f"the name {name} is reserved in the sandbox")
        return mangle(name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id == "__name__":
            return ast.copy_location(ast.Constant("__main__"), node)
        node.id = self._name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node = self.node_contents_visit(node)
        name = node.attr
        if isinstance(node.ctx, ast.Load):
            call = ast.Call(ast.Name("_getattr_", ast.Load()), [node.value, ast.Constant(name)], [])
            return ast.fix_missing_locations(ast.copy_location(call, node))
        if is_dunder(name) or name in policy.REFUSED_ATTRIBUTES:
            self.error(node, f"the attribute {name} may not be changed")
        node.attr = mangle(name)
        node.value = self._writable(node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = self._writable(node.value)
        return node

    def _writable(self, value: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name("_write_", ast.Load()), [value], [])
        return ast.fix_missing_locations(ast.copy_location(call, value))

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        # An f-string shows objects past `print` and `repr`.
        node = self.node_contents_visit(node)
        call = ast.Call(ast.Name("_shown_", ast.Load()), [node.value], [])
        node.value = ast.fix_missing_locations(ast.copy_location(call, node.value))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        # The target's own visit wraps what is written to: d[k] += v becomes _write_(d)[k] += v.
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> _Visited:
        if self._in_class:
            node.annotation = ast.copy_location(ast.Name("_object_", ast.Load()), node.annotation)
            node.target = self.visit(node.target)
            node.value = self.visit(node.value) if node.value else None
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.visit_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        for keyword in node.keywords:
            if keyword.arg is not None:
                keyword.arg = self._name(node, keyword.arg)
        return self.node_contents_visit(node)

    def guard_iter(self, node: ast.For | ast.comprehension) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if node.type is None:
            # A bare except would swallow the interrupt that a timeout sends.
            node.type = ast.copy_location(ast.Name("Exception", ast.Load()), node)
        node = self.node_contents_visit(node)
        node.name = self._name(node, node.name) if node.name else None
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._name(node, name) for name in node.names]
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._name(node, name) for name in node.names]
        return node

    def visit_Import(self, node: ast.Import) -> list[ast.AST]:
        made: list[ast.AST] = []
        for alias in node.names:
            whole = alias.asname is not None
            target = self._name(node, alias.asname or alias.name.partition(".")[0])
            made.append(self._import(node, target, alias.name, "" if whole else None))
        return made

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.AST]:
        made: list[ast.AST] = []
        for alias in node.names:
            if node.level:
                self.error(node, "relative imports are not allowed: there are no modules of your own")
                continue
            if alias.name == "*" and len(self._class_depth) > 1:
                self.error(node, "import * only allowed at module level")
                continue
            if alias.name == "*":
                call = ast.Call(ast.Name("_import_", ast.Load()), [ast.Constant(node.module), ast.Constant("*")], [])
                made.append(ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node)))
                continue
            target = self._name(node, alias.asname or alias.name)
            made.append(self._import(node, target, node.module or "", alias.name))
        return made or [ast.copy_location(ast.Pass(), node)]

    def _import(self, node: ast.AST, target: str, module: str, name: str | None) -> ast.AST:
        call = ast.Call(ast.Name("_import_", ast.Load()), [ast.Constant(module), ast.Constant(name)], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([ast.Name(target, ast.Store())], call), node))

    _class_depth: tuple[bool, ...] = (False,)

    @property
    def _in_class(self) -> bool:
        return self._class_depth[-1]

    def _scoped(self, node: _Node, *, is_class: bool) -> _Node:
        self._class_depth = (*self._class_depth, is_class)
        try:
            return self.node_contents_visit(node)
        finally:
            self._class_depth = self._class_depth[:-1]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if node.keywords:
            self.error(node, "a class takes no keywords (metaclass=...) in the sandbox")
        if getattr(node, "type_params", None):
            self.error(node, "type parameters are not allowed: leave them out")
        node.name = self._name(node, node.name)
        return self._scoped(node, is_class=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if getattr(node, "type_params", None):
            self.error(node, "type parameters are not allowed: leave them out")
        node.name = self._name(node, node.name, method=self._in_class)
        node.returns = None
        return self._scoped(node, is_class=False)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._scoped(node, is_class=False)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._name(node, node.arg)
        node.annotation = None
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_Match(self, node: ast.AST) -> ast.AST:
        return self.node_contents_visit(node)

    visit_match_case = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = visit_Match

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        if any(isinstance(part, ast.Attribute) for part in ast.walk(node)):
            # A pattern can hold no call, so the attribute could not be guarded.
            self.error(node, "dotted names in case patterns are not allowed: use if x == Name.VALUE")
            return node
        return self.node_contents_visit(node)

    def visit_TemplateStr(self, node: ast.AST) -> None:
        self.not_allowed(node)

    def _capture(self, node: ast.MatchAs | ast.MatchStar) -> ast.AST:
        if node.name is not None:
            node.name = self._name(node, node.name)
        return self.node_contents_visit(node)

    visit_MatchAs = visit_MatchStar = _capture

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        if node.rest is not None:
            node.rest = self._name(node, node.rest)
        return self.node_contents_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        if node.kwd_attrs or len(node.patterns) > 1:
            self.error(node, "class patterns with attributes are not allowed: match the type, then compare")
        elif not isinstance(node.cls, ast.Name):
            # As for values: a pattern can hold no call.
            self.error(node, "dotted names in case patterns are not allowed: give the class a name of its own first")
            return node
        return self.node_contents_visit(node)


_KIND_REMEDIES = {
    "AsyncFunctionDef": "async code is not available: call the tools directly, llm_query_batched is concurrent",
    "AsyncFor": "async code is not available: use a plain for loop",
    "AsyncWith": "async code is not available: use a plain with",
    "Await": "async code is not available: call the tools directly, without await",
    "TryStar": "except* is not available: use except",
    "TypeAlias": "type aliases are not available: leave them out",
    "TemplateStr": "template strings are not available: use an f-string",
}


def compile_cell(source: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """Compile a cell under the policy: its statements, and its last expression (None if it ends in none).

    Raises SyntaxError for what Python or the policy refuses.
    """
    tree = ast.parse(source, filename, type_comments=False)
    transformer = PolicyTransformer([], [], {})
    tree = transformer.visit(tree)
    if transformer.errors:
        first = transformer.errors[0]
        line = first.partition(":")[0].removeprefix("line ")
        raise PolicyError("; ".join(dict.fromkeys(transformer.errors[:5])), int(line) if line.isdigit() else None)
    ast.fix_missing_locations(tree)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = tree.body.pop()
        last = compile(ast.Expression(expression.value), filename, "eval", dont_inherit=True)
    return compile(tree, filename, "exec", dont_inherit=True), last


class PolicyError(Exception):
    """Code that the sandbox does not run; the text says what, where, and what to do instead."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line
