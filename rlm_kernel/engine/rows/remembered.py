"""What has been worked out of a text or table is not worked out again for the same question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_Params = ParamSpec("_Params")
_Made = TypeVar("_Made")
# Each result with its arguments, which must not go while they are known by their identity.
_KEPT: ContextVar[dict[tuple[Any, ...], tuple[Any, tuple[Any, ...]]] | None] = ContextVar("_KEPT", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Within this, `remembered` functions keep what they make; they forget it at its end, since it may be large."""
    if _KEPT.get() is not None:
        yield
        return
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def remembered(function: Callable[_Params, _Made]) -> Callable[_Params, _Made]:
    """A function that makes the same of the same arguments once, within `remembering`.

    Texts and numbers are the same where they are equal; all else, such as a table, where it is the same object. What
    is made must not be changed.
    """

    @wraps(function)
    def made(*args: _Params.args, **options: _Params.kwargs) -> _Made:
        kept = _KEPT.get()
        if kept is None:
            return function(*args, **options)
        given = (*args, *(part for item in sorted(options.items()) for part in item))
        key = (function, *(each if isinstance(each, str | int) else id(each) for each in given))
        if key not in kept:
            kept[key] = (function(*args, **options), given)
        found: _Made = kept[key][0]
        return found

    return made
