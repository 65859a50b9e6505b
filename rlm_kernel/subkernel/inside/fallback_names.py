"""Names that a cell finds where builtins are: the usual modules, `history`, and the user's tools.

A variable of the cell's hides them.

A user's tool runs in the parent; what is here only carries its arguments there as JSON, and its result back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .guards import guarded_getattr
from .own_classes import class_of as type_of
from .policy import IMPORTED
from .rpc import RpcError
from .views import plain

_Ask = Callable[[str, dict[str, Any]], Any]


class UserTool:
    """Stands for a callable of the user's. It shows its signature and what it is for, and has no public attribute."""

    __slots__ = ("_ask", "_doc", "_name", "_signature")
    _name: str
    _signature: str
    _doc: str
    _ask: _Ask

    def __init__(self, name: str, signature: str, doc: str, ask: _Ask) -> None:
        put = object.__setattr__
        put(self, "_name", name)
        put(self, "_signature", signature)
        put(self, "_doc", doc)
        put(self, "_ask", ask)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{self._name} is read-only")

    def __delattr__(self, name: str) -> None:
        raise TypeError(f"{self._name} is read-only")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Ask the parent. Raises TypeError for what is no JSON, RuntimeError with the parent's words."""
        positional = [self._crossing(value, f"argument {at}") for at, value in enumerate(args, 1)]
        named = {str.__str__(name): self._crossing(value, f"argument {name!r}") for name, value in kwargs.items()}
        reply = self._ask("tool", {"name": self._name, "args": positional, "kwargs": named})
        return reply["value"]

    def _crossing(self, value: Any, which: str) -> Any:
        try:
            return plain(value)
        except (TypeError, ValueError, RecursionError) as error:
            reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
            raise TypeError(
                f"{self._name}: {which} cannot be handed over ({reason}): give a str, number, list, dict, bool or None"
            ) from None

    def __copy__(self) -> UserTool:
        return self

    def __deepcopy__(self, _memo: object) -> UserTool:
        return self

    def __repr__(self) -> str:
        return f"{self._name}{self._signature}" + (f"  # {self._doc}" if self._doc else "")


def soft_names(
    call: _Ask,
    tools: Sequence[dict[str, Any]],
    line: Callable[[], int | None],
    write: Callable[[str], None],
    load: Callable[[str, str | None], Any],
) -> dict[str, Any]:
    """Name -> what it stands for. `tools`: dicts with `name`, `signature` and `doc`, which the parent has checked;
    `load` imports a module."""

    def ask(method: str, params: dict[str, Any]) -> Any:
        try:
            return call(method, params | ({"line": line()} if method == "tool" else {}))
        except RpcError as error:
            raise RuntimeError(str(error)) from None

    def history(k: int) -> str:
        """The whole output of iteration k, counted from 1."""
        if type(k) is not int:
            raise TypeError(f"history: give the number of an iteration, not {type(k).__name__}")
        output: str = ask("history", {"turn": k})
        return output

    def show(tool: Any) -> None:
        if type(tool) is UserTool:
            write(f"{tool!r}\n")
            return
        name = guarded_getattr(tool, "__name__", None) or guarded_getattr(type_of(tool), "__name__")
        write(f"Help on {name}:\n\n{guarded_getattr(tool, '__doc__') or 'No documentation.'}\n")

    history.__qualname__ = "history"
    show.__name__ = show.__qualname__ = "help"
    users = {tool["name"]: UserTool(tool["name"], tool["signature"], tool["doc"], ask) for tool in tools}
    modules = {name: load(name, None) for name in IMPORTED}
    return modules | {"history": history, "help": show} | users
