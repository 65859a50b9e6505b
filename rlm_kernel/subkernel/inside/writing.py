"""Which objects a cell may write to, and which attributes of them."""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from typing import Any

from ...document.search.result_list import Rows
from ...document.search.tables import TableRow
from . import policy
from .faults import can_be_caught
from .own_classes import is_own, member
from .scopes import Attributes, CellVariables
from .transformer import is_dunder, is_reserved
from .values import Namespace, exact, exact_name, is_cells

WRITABLE: set[type] = {
    list,
    dict,
    set,
    Counter,
    defaultdict,
    deque,
    OrderedDict,
    bytearray,
    ChainMap,
    Rows,
    TableRow,
    memoryview,
} | {
    Attributes,
    CellVariables,
}
# Python itself refuses to change these.
_UNCHANGING = frozenset([str, bytes, tuple, frozenset, int, float, complex, bool, range, type(None)])


def allow_writing(*kinds: type) -> None:
    """Let cells set attributes and items of instances of these classes of the standard library."""
    WRITABLE.update(kinds)


# Both are empty where no packages were asked for: see `packages`.
_package_kinds: set[type] = set()
_package_names_kept: set[str] = set()


def allow_writing_of_packages(kinds: Iterable[type], kept: Iterable[str]) -> None:
    """Let cells set items and public attributes of instances of these classes, but for the attributes `kept`."""
    _package_kinds.update(kinds)
    _package_names_kept.update(kept)


def guarded_write(obj: Any, name: str = "") -> Any:
    """Let through what a cell may write to; refuse everything else."""
    kind = type(obj)
    if name in policy.CLASS_DUNDERS and not (issubclass(kind, type) and is_own(obj)):
        raise AttributeError(f"the attribute {name} may not be changed: only a class of yours has it set")
    if is_own(kind) or kind in _UNCHANGING or (kind in WRITABLE and name[:1] != "_"):
        return obj
    if issubclass(kind, type) and is_own(obj):
        return obj
    if name and (is_cells(obj) or (isinstance(obj, Exception) and can_be_caught(obj))):
        return obj
    if kind in _package_kinds and name[:1] != "_" and name not in _package_names_kept:
        return obj
    raise _refusal(obj, kind, name)


def _refusal(obj: Any, kind: type, name: str) -> Exception:
    if not name:
        return TypeError(f"{kind.__name__} is read-only in the sandbox: copy it first, e.g. list(...) or dict(...)")
    what = obj._title if kind is Namespace else kind.__name__
    if what == "module 'sys'" and name in ("stdout", "stderr"):
        return AttributeError(f"sys.{name} cannot be replaced in the sandbox: use contextlib.redirect_{name}")
    return AttributeError(f"{what} is read-only in the sandbox: keep the value in a variable of your own")


def settable(obj: Any, attribute: Any) -> str:
    name = exact_name(attribute)
    if (
        is_reserved(name)
        or name in policy.REFUSED_ATTRIBUTES
        or (is_dunder(name) and name not in policy.WRITABLE_DUNDERS)
        or type(obj) in WRITABLE
    ):
        raise AttributeError(f"the attribute {name} may not be changed")
    return name


def guarded_setattr(obj: Any, name: Any, value: Any) -> None:
    """`setattr` under the same rules as `obj.name = value`."""
    if isinstance(name, str) and str.__str__(name) in policy.CLASS_DUNDERS:
        name = exact_name(name)
        setattr(guarded_write(obj, name), name, member(name, value))
        return
    name = settable(obj, name)
    setattr(guarded_write(obj, name), name, exact(value) if is_dunder(name) else value)


def guarded_delattr(obj: Any, name: Any) -> None:
    """`delattr` under the same rules as `del obj.name`."""
    name = settable(obj, name)
    delattr(guarded_write(obj, name), name)
