"""`ast` for reading source texts, and `traceback` as text: neither hands out a frame, nor code that could run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..guards import guarded_getattr
from ..own_classes import allowed_bases
from .streams import write_to

_CELL = "<cell "
_MOST_OF_A_GROUP, _DEEPEST_GROUP = 15, 10
_DEEPEST_CAUSE = 20


class NodeVisitor:
    """Stands for `ast.NodeVisitor`; a cell's own class may inherit from it."""

    def visit(self, node: Any) -> Any:
        """Call `visit_<kind of node>`, or `generic_visit` where there is none."""
        method = guarded_getattr(self, "visit_" + type(_checked(node)).__name__, None)
        return (method or guarded_getattr(self, "generic_visit"))(node)

    def generic_visit(self, node: Any) -> Any:
        """Visit the nodes below this one."""
        for child in _children(_checked(node)):
            guarded_getattr(self, "visit")(child)


def _checked(node: Any) -> Any:
    """The node, where it is one of Python's own with nothing added that would be read or called in its place."""
    if not isinstance(node, ast.AST) or type(node).__module__ not in ("ast", "_ast"):
        raise TypeError(f"expected AST, got {type(node).__name__!r}")
    names = {*type(node)._fields, *type(node)._attributes, "parent"}
    held = vars(node)
    if type(held) is not dict or not all(type(name) is str and name in names for name in held):
        raise TypeError(f"{type(node).__name__} has fields that Python's own nodes have not")
    return node


def _fields(node: Any) -> Iterator[tuple[str, Any]]:
    for name in type(node)._fields:
        if name in vars(node):
            yield name, vars(node)[name]


def _children(node: Any) -> Iterator[Any]:
    for _, value in _fields(node):
        for each in value if type(value) is list else [value]:
            if isinstance(each, ast.AST):
                yield _checked(each)


def _walk(node: Any) -> Iterator[Any]:
    waiting = [_checked(node)]
    while waiting:
        each = waiting.pop(0)
        waiting += _children(each)
        yield each


def _whole(tree: Any) -> Any:
    """The tree, once every node of it has been checked."""
    for _ in _walk(tree):
        pass
    return tree


def _parse(
    source: Any,
    filename: str = "<unknown>",
    mode: str = "exec",
    *,
    type_comments: bool = False,
    feature_version: Any = None,
) -> ast.AST:
    tree: ast.AST = ast.parse(
        source, str(filename), str(mode), type_comments=bool(type_comments), feature_version=feature_version
    )
    return tree


def _literal_eval(text: Any) -> Any:
    return ast.literal_eval(text if isinstance(text, str) else _whole(text))


def _dump(node: Any, annotate_fields: bool = True, include_attributes: bool = False, *, indent: Any = None) -> str:
    return ast.dump(_whole(node), bool(annotate_fields), bool(include_attributes), indent=indent)


def exception_lines(error: BaseException, depth: int = 0) -> str:
    """The text of an exception as Python shows it, without its last line feed; of the frames, only those of cells."""
    parts: list[str] = []
    each: BaseException | None = error
    for _ in range(_DEEPEST_CAUSE):
        if each is None:
            break
        cause, context = each.__cause__, None if each.__suppress_context__ else each.__context__
        parts.append("\n".join([*_frames(each), *_last_lines(each), *_grouped(each, depth)]))
        if cause is not None:
            parts.append("\nThe above exception was the direct cause of the following exception:\n")
        elif context is not None:
            parts.append("\nDuring handling of the above exception, another exception occurred:\n")
        each = cause or context
    return "\n".join(reversed(parts))


def _grouped(error: BaseException, depth: int) -> list[str]:
    """The exceptions of a group, each under its number; `depth`: of how many groups it is a part."""
    if not isinstance(error, BaseExceptionGroup):
        return []
    lines: list[str] = []
    for number, each in enumerate(BaseExceptionGroup.exceptions.__get__(error), 1):
        is_shown = number <= _MOST_OF_A_GROUP and depth < _DEEPEST_GROUP
        inner = exception_lines(each, depth + 1).split("\n") if is_shown else []
        if number <= _MOST_OF_A_GROUP + 1:
            mark = str(number) if inner else "..."
            lines += [f"  +---------------- {mark} ----------------", *(f"    | {line}" for line in inner)]
    return [*lines, "  +------------------------------------"]


def _frames(error: BaseException) -> list[str]:
    lines: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(_CELL):
            lines.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}')
        trace = trace.tb_next
    return ["Traceback (most recent call last):", *lines] if lines else lines


def _last_lines(error: BaseException) -> list[str]:
    try:
        message = str(error)
    except Exception:  # a cell's own exception class may fail to show itself
        message = "<exception str() failed>"
    name = type(error).__qualname__
    module = type(error).__module__
    if module not in ("builtins", "__main__") and not module.startswith(__name__.partition(".")[0]):
        name = f"{module}.{name}"
    notes = [str(note) for note in getattr(error, "__notes__", ()) if isinstance(note, str)]
    return [f"{name}: {message}" if message else name, *notes]


def _given(exc: Any, value: Any) -> BaseException | None:
    """The exception of a call in the old form (type, value, traceback) or in the new one."""
    error = exc if isinstance(exc, BaseException) else value
    return error if isinstance(error, BaseException) else sys.exception()


def _tracebacks(write: Callable[[str], None]) -> dict[str, Any]:
    def format_exc(limit: Any = None, chain: bool = True) -> str:  # noqa: ARG001  as Python's own
        error = sys.exception()
        return "NoneType: None\n" if error is None else exception_lines(error) + "\n"

    def format_exception(exc: Any = None, value: Any = None, tb: Any = None, **_options: Any) -> list[str]:  # noqa: ARG001
        error = _given(exc, value)
        return ["NoneType: None\n"] if error is None else [f"{line}\n" for line in exception_lines(error).split("\n")]

    def format_exception_only(exc: Any = None, value: Any = None, **_options: Any) -> list[str]:
        error = _given(exc, value)
        return ["NoneType: None\n"] if error is None else [f"{line}\n" for line in _last_lines(error)]

    def print_exc(limit: Any = None, file: Any = None, chain: bool = True) -> None:  # noqa: ARG001
        show(format_exc(), file)

    def print_exception(exc: Any = None, value: Any = None, tb: Any = None, *, file: Any = None, **_: Any) -> None:  # noqa: ARG001
        show("".join(format_exception(exc, value)), file)

    def show(text: str, file: Any) -> None:
        if file is None:
            write(text)
        else:
            write_to(file, text)

    functions = (format_exc, format_exception, format_exception_only, print_exc, print_exception)
    return {function.__name__: function for function in functions}


def stand_ins(write: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """See the package."""
    allowed_bases.append(NodeVisitor)
    nodes = {
        name: kind
        for name, kind in vars(ast).items()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and name != "AST"
    }
    return {
        "ast": nodes
        | {
            "NodeVisitor": NodeVisitor,
            "parse": _parse,
            "literal_eval": _literal_eval,
            "dump": _dump,
            "walk": _walk,
            "iter_child_nodes": lambda node: _children(_checked(node)),
            "iter_fields": lambda node: _fields(_checked(node)),
            "unparse": lambda node: ast.unparse(_whole(node)),
            "get_docstring": lambda node, clean=True: ast.get_docstring(_checked(node), bool(clean)),
            "get_source_segment": lambda source, node, *, padded=False: ast.get_source_segment(
                source, _checked(node), padded=bool(padded)
            ),
        },
        "traceback": _tracebacks(write),
    }
