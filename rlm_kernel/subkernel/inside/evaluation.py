"""`eval` and `exec` of a cell: the text is compiled under the policy as a cell is, and can do no more than one."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from .scopes import CellVariables, calling_frame, local_names
from .transformer import compile_cell, is_dunder, is_reserved
from .values import exact_name

_FILENAME = "<cell text>"
_Names = dict[str, Any]


def make_evaluation(variables: CellVariables, namespace: Callable[[], _Names]) -> dict[str, Any]:
    """`eval` and `exec`. `namespace` gives the dictionary of the cells' variables, with its builtins."""

    def names(frame: FrameType | None, given: Any, local: Any) -> tuple[_Names, _Names]:
        """The globals and the locals that a text is run with."""
        if given is None or given is variables:
            outer = namespace()
            if local is None:
                found = local_names(frame, variables) if given is None else variables
                return outer, outer if found is variables else dict(found)
        else:
            outer = _clean(given) | {"__builtins__": namespace()["__builtins__"]}
        return outer, outer if local is None or local is variables else _clean(local)

    def evaluate(source: Any, globals: Any = None, locals: Any = None, /) -> Any:  # noqa: A002
        statements, last = _compiled(source, "eval")
        if last is None or statements.co_code != _NOTHING:
            raise SyntaxError("invalid syntax", ("<string>", 1, None, None))
        outer, inner = names(calling_frame(), globals, locals)
        return eval(last, outer, inner)  # noqa: S307  compiled under the policy

    def execute(source: Any, globals: Any = None, locals: Any = None, /) -> None:  # noqa: A002
        statements, last = _compiled(source, "exec")
        outer, inner = names(calling_frame(), globals, locals)
        try:
            exec(statements, outer, inner)  # noqa: S102  compiled under the policy
            if last is not None:
                eval(last, outer, inner)  # noqa: S307
        finally:
            for given, after in ((globals, outer), (locals, inner)):
                if type(given) is dict:
                    given.update(_clean(after))

    return {"eval": evaluate, "exec": execute}


def _compiled(source: Any, what: str) -> Any:
    if isinstance(source, bytes):
        source = bytes(source).decode()
    if not isinstance(source, str):
        raise TypeError(f"{what}() arg 1 must be a string, bytes or code object")
    text = exact_name(source)
    try:
        return compile_cell(text.lstrip(" \t") if what == "eval" else text, _FILENAME, awaits=False)
    except SyntaxError as error:
        error.filename = "<string>"
        raise


def _clean(names: Any) -> _Names:
    """A copy without the names that are the sandbox's own."""
    if not isinstance(names, dict | CellVariables):
        raise TypeError("globals and locals must be dicts in the sandbox")
    items = dict.items(names) if isinstance(names, dict) else names.items()
    exact = ((exact_name(name), value) for name, value in items if isinstance(name, str))
    return {name: value for name, value in exact if not is_reserved(name) and not is_dunder(name)}


_NOTHING = compile("", _FILENAME, "exec").co_code
