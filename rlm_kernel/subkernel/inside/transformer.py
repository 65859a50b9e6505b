"""RestrictedPython's transformer, widened so that ordinary model code runs, and no further.

Iteration, subscripts and calls are left to Python: all objects in the sandbox are under one policy, so they need no
hooks. Attributes are read through `GETATTR`, written through `WRITE`, and imports become calls of `IMPORT`. The names
of these functions begin with a dot: no source text can spell them, so every name that one can spell is the cell's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import CodeType
from typing import TypeAlias, TypeVar

from RestrictedPython.transformer import RestrictingNodeTransformer

from . import policy
from .match_statement import as_conditions, needs_rewriting

_Node = TypeVar("_Node", bound=ast.AST)
_Visited: TypeAlias = ast.AST | Iterable[ast.AST] | None
_Class: TypeAlias = ast.ClassDef | None

GETATTR, WRITE, IMPORT = ".getattr", ".write", ".import"
FORMATTED, ANNOTATION, CAUGHT, AWAITABLE, EXACT = ".formatted", ".annotation", ".caught", ".awaitable", ".exact"
MEMBER = ".member"
# Annotations that change what a class is, however they are spelled.
_MARKERS = ("ClassVar", "InitVar", "KW_ONLY")


def is_dunder(name: str) -> bool:
    """Whether Python itself gives the name a meaning."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_reserved(name: str) -> bool:
    """Whether no source text can spell the name: it is one of the sandbox's own."""
    return name[:1] == "."


class PolicyTransformer(RestrictingNodeTransformer):
    """Rewrites a module under the policy; what it refuses is collected in `errors`, one sentence each."""

    # The innermost class and whether its body itself is being visited, not a function in it.
    _class_name = ""
    _in_class = False
    _in_function = False
    # Whether the class that is being visited annotates one of its names.
    _annotated = False
    # As `from __future__ import annotations` has it.
    _annotations_are_texts = False
    # The targets of an assignment that may set a name of Python's, by their numbers.
    _assigned: set[int] = set()  # noqa: RUF012

    def error(self, node: ast.AST, info: str) -> None:
        """Collect a refusal, with the line that it is about."""
        self.errors.append(f"line {getattr(node, 'lineno', '?')}: {info}")

    def not_allowed(self, node: ast.AST) -> None:
        """Refuse a kind of statement or expression."""
        kind = type(node).__name__
        self.error(node, _KIND_REMEDIES.get(kind, f"{kind} is not allowed in the sandbox"))

    def _name(self, node: ast.AST, name: str) -> str:
        allowed = policy.CLASS_NAMES if self._in_class else policy.CLASS_DUNDERS | policy.MODULE_NAMES
        if is_dunder(name) and name not in allowed:
            self.error(node, f"the name {name} is reserved in the sandbox{policy.DUNDER_REMEDIES.get(name, '')}")
        return name

    def _private(self, name: str) -> str:
        """The name of an attribute as Python mangles it in a class: `__x` is `_Class__x`."""
        owner = self._class_name.lstrip("_")
        return f"_{owner}{name}" if owner and name.startswith("__") and not name.endswith("__") else name

    def _call(self, node: ast.AST, function: str, *arguments: ast.expr) -> ast.Call:
        call = ast.Call(ast.Name(function, ast.Load()), list(arguments), [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load):
            if node.id == "__name__":
                return ast.copy_location(ast.Constant("__main__"), node)
            if node.id == "__class__" and self._class_name and self._in_function:
                return node
        self._name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        original = node
        node = self.node_contents_visit(node)
        name = node.attr
        if isinstance(node.ctx, ast.Load):
            return self._call(node, GETATTR, node.value, ast.Constant(self._private(name)))
        settable = name in policy.WRITABLE_DUNDERS or name in policy.CLASS_DUNDERS
        writable = settable and id(original) in self._assigned
        if name in policy.REFUSED_ATTRIBUTES or (is_dunder(name) and not writable):
            self.error(node, f"the attribute {name} may not be changed")
        node.value = self._call(node.value, WRITE, node.value, ast.Constant(name))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = self._call(node.value, WRITE, node.value)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        # An f-string shows objects past `print` and `repr`.
        node = self.node_contents_visit(node)
        node.value = self._call(node.value, FORMATTED, node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        # The target's own visit wraps what is written to: d[k] += v becomes .write(d)[k] += v.
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> _Visited:
        statements: list[ast.stmt] = []
        if isinstance(node.target, ast.Name):
            # A name that has an annotation alone is a field's, for a library that makes methods of it.
            self._name(node, node.target.id)
        if node.value is not None:
            statements.append(ast.copy_location(ast.Assign([node.target], node.value), node))
        visited = self.visit_statements(statements)
        if self._in_class and node.simple and isinstance(node.target, ast.Name):
            # Written as a statement: from Python 3.14 on, annotations are a function that is called some time later.
            self._annotated = True
            entry = ast.Subscript(
                ast.Name("__annotations__", ast.Load()), ast.Constant(self._private(node.target.id)), ast.Store()
            )
            visited.append(ast.Assign([entry], self._annotation(node.annotation)))
        return [ast.fix_missing_locations(ast.copy_location(each, node)) for each in visited or [ast.Pass()]]

    def _annotation(self, annotation: ast.expr) -> ast.expr:
        """An annotation is evaluated as an expression of the cell's; what cannot be evaluated is kept as its text."""
        text = ast.unparse(annotation)
        marker = _marker(annotation)
        value = ast.Constant(text) if self._annotations_are_texts else annotation
        evaluate = ast.copy_location(ast.Lambda(ast.arguments([], [], None, [], [], None, []), value), annotation)
        return self._call(annotation, ANNOTATION, self.visit(evaluate), ast.Constant(text), ast.Constant(marker))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        names = [target.attr for target in node.targets if isinstance(target, ast.Attribute) and is_dunder(target.attr)]
        if names:
            # A text of a class of the cell's own could change its mind about what it says.
            node.value = self._call(node.value, EXACT, node.value)
            for name in policy.CLASS_DUNDERS.intersection(names):
                node.value = self._call(node.value, MEMBER, ast.Constant(name), node.value)
            self._assigned = {id(target) for target in node.targets}
        return self.node_contents_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self._keywords(node)
        return self.node_contents_visit(node)

    def _keywords(self, node: ast.Call | ast.ClassDef) -> None:
        for keyword in node.keywords:
            if keyword.arg is not None and is_dunder(keyword.arg):
                self.error(node, f"the name {keyword.arg} is reserved in the sandbox")

    def guard_iter(self, node: ast.For | ast.comprehension) -> ast.AST:
        return self.node_contents_visit(node)

    def _visited(self, node: ast.AST) -> ast.AST:
        return self.node_contents_visit(node)

    visit_Module = visit_With = visit_AsyncWith = visit_AsyncFor = visit_TryStar = visit_Delete = _visited

    def visit_Await(self, node: ast.Await) -> ast.AST:
        node = self.node_contents_visit(node)
        node.value = self._call(node.value, AWAITABLE, node.value)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        # What ends a cell from outside is caught by no handler.
        node.type = node.type or ast.copy_location(ast.Name("BaseException", ast.Load()), node)
        node = self.node_contents_visit(node)
        if node.type is not None:
            node.type = self._call(node.type, CAUGHT, node.type)
        if node.name:
            self._name(node, node.name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal | ast.Global) -> ast.AST:
        for name in node.names:
            self._name(node, name)
        return node

    visit_Global = visit_Nonlocal

    def visit_Import(self, node: ast.Import) -> list[ast.AST]:
        statements: list[ast.AST] = []
        for alias in node.names:
            target = self._name(node, alias.asname or alias.name.partition(".")[0])
            statements.append(self._import(node, target, alias.name, "" if alias.asname is not None else None))
        return statements

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.AST]:
        if node.module == "__future__" and any(alias.name == "annotations" for alias in node.names):
            self._annotations_are_texts = True
        if node.level:
            self.error(node, "relative imports are not allowed: there are no modules of your own")
            return []
        statements: list[ast.AST] = []
        for alias in node.names:
            if alias.name == "*":
                if self._in_class or self._in_function:
                    self.error(node, "import * only allowed at module level")
                statements.append(ast.Expr(self._call(node, IMPORT, ast.Constant(node.module), ast.Constant("*"))))
                continue
            target = self._name(node, alias.asname or alias.name)
            statements.append(self._import(node, target, node.module or "", alias.name))
        return [ast.fix_missing_locations(ast.copy_location(statement, node)) for statement in statements]

    def _import(self, node: ast.AST, target: str, module: str, name: str | None) -> ast.AST:
        call = self._call(node, IMPORT, ast.Constant(module), ast.Constant(name))
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([ast.Name(target, ast.Store())], call), node))

    def _scoped(self, node: _Node, *, class_name: str | None) -> _Node:
        before = self._class_name, self._in_class, self._in_function, self._annotated
        self._annotated = False
        self._in_class = class_name is not None
        if class_name is None:
            self._in_function = True
        else:
            self._class_name, self._in_function = class_name, False
        try:
            node = self.node_contents_visit(node)
            if isinstance(node, ast.ClassDef) and self._annotated:
                _begin_with_annotations(node)
            return node
        finally:
            self._class_name, self._in_class, self._in_function, self._annotated = before

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._keywords(node)
        if getattr(node, "type_params", None):
            self.error(node, "type parameters are not allowed: leave them out")
        self._name(node, node.name)
        return self._scoped(node, class_name=node.name)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if getattr(node, "type_params", None):
            self.error(node, "type parameters are not allowed: leave them out")
        self._name(node, node.name)
        if node.returns is not None:
            node.returns = self._annotation(node.returns)
        returns, node.returns = node.returns, None
        node = self._scoped(node, class_name=None)
        node.returns = returns
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._scoped(node, class_name=None)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self._name(node, node.arg)
        if node.annotation is not None:
            node.annotation = self._annotation(node.annotation)
        return node

    def visit_Match(self, node: ast.Match) -> _Visited:
        if needs_rewriting(node):
            # A pattern can hold no call, so its attributes could not be guarded.
            return self.visit_statements(as_conditions(node))
        return self.node_contents_visit(node)

    def visit_statements(self, statements: list[ast.stmt]) -> list[ast.AST]:
        """Visit statements that stand for one."""
        visited: list[ast.AST] = []
        for statement in statements:
            result = self.visit(statement)
            visited += result if isinstance(result, list) else [result]
        return visited

    visit_match_case = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = _visited
    visit_MatchValue = visit_MatchClass = _visited

    def visit_TemplateStr(self, node: ast.AST) -> None:
        self.not_allowed(node)

    def _capture(self, node: ast.MatchAs | ast.MatchStar) -> ast.AST:
        if node.name is not None:
            self._name(node, node.name)
        return self.node_contents_visit(node)

    visit_MatchAs = visit_MatchStar = _capture

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        if node.rest is not None:
            self._name(node, node.rest)
        return self.node_contents_visit(node)


def _begin_with_annotations(node: ast.ClassDef) -> None:
    """Have the body of a class begin with empty annotations, behind its docstring."""
    first = ast.Assign([ast.Name("__annotations__", ast.Store())], ast.Dict([], []))
    node.body.insert(int(ast.get_docstring(node) is not None), first)
    ast.fix_missing_locations(ast.copy_location(first, node))


def _marker(annotation: ast.expr) -> str:
    """The name of what an annotation marks a field as, "" for nothing: ClassVar[int], typing.ClassVar, "ClassVar"."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    return name if name in _MARKERS else ""


_KIND_REMEDIES = {
    "TypeAlias": "type aliases are not available: leave them out",
    "TemplateStr": "template strings are not available: use an f-string",
}


def compile_cell(source: str, filename: str, *, awaits: bool = True) -> tuple[CodeType, CodeType | None]:
    """Compile a cell under the policy: its statements, and its last expression (None if it ends in none).

    Where they await something at the top level, which `awaits` allows, the code's evaluation is a coroutine. Raises
    SyntaxError for what Python or the policy refuses.
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
        last = _compiled(ast.Expression(tree.body.pop().value), filename, "eval", awaits)
    return _compiled(tree, filename, "exec", awaits), last


def _compiled(tree: ast.Module | ast.Expression, filename: str, mode: str, awaits: bool) -> CodeType:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if awaits else 0
    code: CodeType = compile(tree, filename, mode, flags, dont_inherit=True)
    return code


class PolicyError(Exception):
    """Code that the sandbox does not run; the text says what, where, and what to do instead."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


PolicyError.__module__ = "builtins"
