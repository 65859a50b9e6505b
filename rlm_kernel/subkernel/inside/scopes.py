"""`globals()`, `locals()`, `vars()` and `obj.__dict__`: dictionaries as Python's, under the rules for names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import FrameType
from typing import Any

from . import policy
from .own_classes import shown_as
from .transformer import is_dunder, is_reserved

_CELL = "<cell "


class NameView(MutableMapping[str, Any]):
    """A dictionary of names; it passes for a `dict`."""

    __slots__ = ()

    @property  # type: ignore[misc]  # Python's own is writable
    def __class__(self) -> Any:
        return dict

    def __repr__(self) -> str:
        return repr(dict(self))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __or__(self, other: Any) -> Any:
        return dict(self) | dict(other)

    def __ror__(self, other: Any) -> Any:
        return dict(other) | dict(self)

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def copy(self) -> dict[str, Any]:
        """A dict of the same items."""
        return dict(self)

    __copy__ = copy

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]


class CellVariables(NameView):
    """The variables of the cells: what is set here is a variable from then on."""

    __slots__ = ("_hidden", "_namespace")

    def __init__(self, namespace: dict[str, Any], hidden: Callable[[str, Any], bool]) -> None:
        self._namespace = namespace
        self._hidden = hidden

    def __getitem__(self, name: str) -> Any:
        name = _text(name)
        if name not in self._namespace or self._is_hidden(name, self._namespace[name]):
            if name == "__name__":
                return "__main__"
            raise KeyError(name)
        return self._namespace[name]

    def _is_hidden(self, name: str, value: Any) -> bool:
        return is_dunder(name) or is_reserved(name) or self._hidden(name, value)

    def __setitem__(self, name: str, value: Any) -> None:
        self._namespace[_settable(name)] = value

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        del self._namespace[_settable(name)]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, value in self._namespace.items() if not self._is_hidden(name, value)])


class Attributes(NameView):
    """The attributes that an object of a cell's class holds itself."""

    __slots__ = ("_held",)

    def __init__(self, held: dict[str, Any]) -> None:
        self._held = held

    def __getitem__(self, name: str) -> Any:
        name = _text(name)
        if is_reserved(name) or is_dunder(name):
            raise KeyError(name)
        return self._held[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._held[_settable(name)] = value

    def __delitem__(self, name: str) -> None:
        del self._held[_settable(name)]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in self._held if not is_reserved(name) and not is_dunder(name)])


shown_as[CellVariables] = shown_as[Attributes] = dict


def _text(name: Any) -> str:
    if not isinstance(name, str):
        raise KeyError(name)
    return str(str.__str__(name))


def _settable(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("a name must be a str")
    exact = str.__str__(name)
    if is_dunder(exact) or is_reserved(exact) or exact in policy.REFUSED_ATTRIBUTES:
        raise TypeError(f"the name {exact} is reserved in the sandbox")
    return exact


def calling_frame() -> FrameType | None:
    """The frame of the cell's code that has called a builtin of ours; None where the standard library called it."""
    frame = sys._getframe(2)
    return frame if frame.f_code.co_filename.startswith(_CELL) else None


def local_names(frame: FrameType | None, variables: CellVariables) -> Any:
    """What `locals()` gives in a frame: the cell's variables at its top level, else the names of the function."""
    if frame is None or frame.f_locals is frame.f_globals:
        return variables
    return {name: value for name, value in frame.f_locals.items() if not is_reserved(name) and not is_dunder(name)}
