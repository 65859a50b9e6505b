"""Which lines of the document a cell takes from `context` itself, without a tool; read off its code, never run.

A slice between constants is the lines of that slice, a lookup by a constant name that one text. What only asks
(`len(context)`, `"x" in context`, `context.find(...)`, `re.findall(..., context)`) takes nothing, though it may have
searched every line (`searched_by`); any other use may reach every line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .. import Document, Text
from ..view import LIMIT

_ASKING = frozenset(["len", "type", "isinstance", "bool", "id", "callable", "hash"])
_SEARCHING = frozenset(["find", "rfind", "index", "rindex", "count", "startswith", "endswith", "keys", "isascii"])

# A document's name, its first and its last line.
Span = tuple[str, int, int]


_BY_PATTERN = frozenset(["search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn"])
_ASKING_ALL = frozenset(["find", "rfind", "index", "rindex", "count"])


def searches_all(code: str, last_line: int | None = None) -> bool:
    """Whether `code` searches the whole of `context` by itself: with `re`, with `in`, with its methods."""
    tree = _read(code, last_line)
    if tree is None:
        return False
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    uses = [node for node in parents if isinstance(node, ast.Name) and node.id == "context"]
    return any(_searches(node, parents) for node in uses)


def _searches(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    parent = parents[node]
    match parent:
        case ast.Compare(comparators=comparators):
            return node in comparators
        case ast.Attribute(attr=name):
            return name in _ASKING_ALL
    return _is_pattern_search(node, parent)


def _is_pattern_search(node: ast.expr, parent: ast.AST) -> bool:
    match parent:
        case ast.Call(func=ast.Attribute(attr=name), args=args) if name in _BY_PATTERN:
            return node in args
    return False


def _read(code: str, last_line: int | None) -> ast.Module | None:
    if "context" not in code:
        return None
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if last_line is not None:
        tree.body = [statement for statement in tree.body if statement.lineno <= last_line]
    return tree


def looked_at(code: str, document: Document, last_line: int | None = None) -> list[Span]:
    """The lines that `code` takes from `context`. Statements that begin after `last_line` have not run."""
    tree = _read(code, last_line)
    if tree is None:
        return []
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    made: dict[Span, None] = {}
    for node in parents:
        if isinstance(node, ast.Name) and node.id == "context" and isinstance(node.ctx, ast.Load):
            made |= dict.fromkeys(_taken(node, parents, document))
    return list(made)


def _taken(node: ast.expr, parents: dict[ast.AST, ast.AST], document: Document) -> Iterator[Span]:
    parent = parents[node]
    match parent:
        case ast.Call(func=ast.Name(id=name), args=args) if name in _ASKING and node in args:
            return
        case ast.Compare(comparators=comparators) if node in comparators:
            return
        case ast.Attribute(attr=name) if name in _SEARCHING:
            return
        case ast.Call() if _is_pattern_search(node, parent):
            return
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if iterated is node:
            if document.shape == "mapping":
                return
        case ast.Subscript(value=value, slice=index) if value is node:
            yield from _part(index, document)
            return
    for text in document.texts:
        yield from _whole(text)


def _part(index: ast.expr, document: Document) -> Iterator[Span]:
    """What `context[index]` takes."""
    if document.shape == "text" and isinstance(index, ast.Slice) and index.step is None:
        bounds = [_constant(bound) for bound in (index.lower, index.upper)]
        if all(bound is None or isinstance(bound, int) for bound in bounds):
            yield from _slice(document.texts[0], slice(*bounds))
            return
    wanted = _constant(index)
    if document.shape == "mapping" and isinstance(wanted, str):
        texts = [text for text in document.texts if text.name == wanted]
    elif document.shape == "list" and isinstance(wanted, int):
        texts = list(document.texts[wanted : wanted + 1 or None])
    else:
        texts = list(document.texts)
    for text in texts:
        yield from _whole(text)


def _slice(text: Text, wanted: slice) -> Iterator[Span]:
    start, end, _ = wanted.indices(text.chars)
    if start < end and not _notes_itself(text):
        yield text.name, text.line_at(start), text.line_at(end - 1)


def _whole(text: Text) -> Iterator[Span]:
    if text.line_count and not _notes_itself(text):
        yield text.name, 1, text.line_count


def _notes_itself(text: Text) -> bool:
    """Whether `context` is a view, which notes what is taken from it."""
    return text.chars * (1 if text.ascii else 4) > LIMIT


def _constant(node: ast.expr | None) -> object:
    """The constant that an expression is, `node` itself where it is none."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return node
