"""What else would differ from one process to the next follows from a run's seed and clock: random numbers, times, the
identities of objects, and the addresses in their default texts.

A reading of the clock advances it by `STEP`, a sleep by its length: nothing depends on how fast this machine is, and a
loop that waits for a time ends. The time zone is UTC. It decides nothing about what code may do.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import os
import random
import re
import time
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

# Nanoseconds.
STEP = 1_000_000
_FIRST_ADDRESS = 0x7F00_0000_0000
_MOST_HELD = 1 << 18
_MOST_LOOKED_AT = 10_000
_ADDRESS = re.compile(r" (at|@) 0x([0-9a-f]{4,16})\b")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
NOW = frozenset(["now", "utcnow", "today"])


class Clock:
    """The only time that cells can tell. `began` is in nanoseconds since 1970."""

    def __init__(self) -> None:
        self.began = self.passed = 0

    def start(self, began: int) -> None:
        """Begin at a time of day."""
        self.began, self.passed = began, 0

    def elapsed(self) -> int:
        """Nanoseconds since the start; each reading takes a step."""
        self.passed += STEP
        return self.passed

    def read(self) -> int:
        """The time of day, in nanoseconds since 1970."""
        return self.began + self.elapsed()

    def now(self, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        """The time of day; naive, and UTC, without a time zone."""
        utc = _EPOCH + datetime.timedelta(microseconds=self.read() // 1000)
        return utc.replace(tzinfo=None) if tz is None else utc.astimezone(tz)


class _Reference(weakref.ref[Any]):
    """Knows where its object was."""

    __slots__ = ("key",)
    key: int


class Identities:
    """Numbers for objects, counted in the order in which they are asked for; an object keeps its number."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, Any]] = {}
        self._held: deque[int] = deque()
        self._count = itertools.count(1)

    def start(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def of(self, obj: Any) -> int:
        """What stands for the address of an object."""
        key = id(obj)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (_FIRST_ADDRESS + 16 * next(self._count), self._kept(obj, key))
        return known[0]

    def _kept(self, obj: Any, key: int) -> Any:
        # Until the object is gone, or as long as it is held here, nothing else has its address.
        try:
            kept = _Reference(obj, self._forget)
        except TypeError:
            self._held.append(key)
            if len(self._held) > _MOST_HELD:
                self._known.pop(self._held.popleft(), None)
            return obj
        kept.key = key
        return kept

    def _forget(self, gone: _Reference) -> None:
        self._known.pop(gone.key, None)


clock = Clock()
identities = Identities()
_reseeds = random.Random(0)  # noqa: S311  reproducible is what it must be


def start(seed: int, began: int) -> None:
    """Begin a run: `began` is its clock's start, in nanoseconds since 1970."""
    random.seed(seed)
    _reseeds.seed(seed + 1)
    clock.start(began)
    identities.start()


def utc() -> None:
    """Make UTC this process's time zone, whatever the machine's is."""
    if "TZ" not in os.environ:
        os.environ["TZ"] = "UTC0"
        time.tzset()
        del os.environ["TZ"]


def current(owner: Any, name: str) -> Callable[..., Any] | None:
    """What stands for `owner.now` and its like, None where the owner is no class of dates."""
    if owner is datetime.datetime:
        return (lambda tz=None: clock.now(tz)) if name == "now" else (lambda: clock.now())
    return (lambda: clock.now().date()) if owner is datetime.date and name == "today" else None


def _sleep(seconds: float) -> None:
    time.sleep(seconds)
    clock.passed += int(seconds * 1e9)


def _seconds(secs: float | None) -> float:
    return clock.read() / 1e9 if secs is None else secs


def reseed() -> int:
    """A seed for a generator of the cell's that is given none."""
    return _reseeds.getrandbits(64)


def _seed(a: Any = None, version: int = 2) -> None:
    random.seed(reseed() if a is None else a, version)


def stand_ins() -> dict[str, dict[str, Any]]:
    """Module -> name -> what stands for it."""
    clocks = ("perf_counter", "monotonic", "process_time")
    elapsed: dict[str, Any] = {name: lambda: clock.elapsed() / 1e9 for name in clocks}
    elapsed |= {f"{name}_ns": lambda: clock.elapsed() for name in clocks}
    return {
        "random": {"seed": _seed},
        "time": {
            "time": lambda: clock.read() / 1e9,
            "time_ns": lambda: clock.read(),
            **elapsed,
            "timezone": 0,
            "altzone": 0,
            "daylight": 0,
            "tzname": ("UTC", "UTC"),
            "sleep": _sleep,
            "gmtime": lambda secs=None: time.gmtime(_seconds(secs)),
            "localtime": lambda secs=None: time.gmtime(_seconds(secs)),
            "mktime": lambda t: float(_timegm(t)),
            "ctime": lambda secs=None: time.asctime(time.gmtime(_seconds(secs))),
            "asctime": lambda t=None: time.asctime(time.gmtime(_seconds(None)) if t is None else t),
            "strftime": lambda form, t=None: time.strftime(form, time.gmtime(_seconds(None)) if t is None else t),
        },
    }


def _timegm(t: Any) -> int:
    import calendar

    return calendar.timegm(t)


class Addressed:
    """The base of the cells' classes that have no other: its text and its hash have no address of this process."""

    __slots__ = ()

    def __repr__(self) -> str:
        following = _following(type(self), "__repr__")
        return (
            following(self) if following else f"<__main__.{type(self).__qualname__} object at {identities.of(self):#x}>"
        )

    def __hash__(self) -> int:
        following = _following(type(self), "__hash__")
        return following(self) if following else identities.of(self) >> 4


def _following(kind: type, name: str) -> Any:
    """The method that comes after `Addressed` in a class, where it is not `object`'s: an Enum's, an exception's."""
    order = kind.__mro__
    after = order[order.index(Addressed) + 1 :] if Addressed in order else order
    return next((each.__dict__[name] for each in after if each is not object and name in each.__dict__), None)


def settled(text: str, value: Any) -> str:
    """A text of `value` with the addresses of it, and of what it holds, as numbers that do not depend on the process.

    Whatever else looks like an address stays: it may be the document's.
    """
    if " 0x" not in text:
        return text
    objects = {id(each): each for each in _held_by([value])}

    def number(found: re.Match[str]) -> str:
        obj = objects.get(int(found[2], 16))
        return found[0] if obj is None else f" {found[1]} {identities.of(obj):#x}"

    return _ADDRESS.sub(number, text)


def _held_by(values: Iterable[Any]) -> list[Any]:
    waiting, seen = list(values), list[Any]()
    while waiting and len(seen) < _MOST_LOOKED_AT:
        each = waiting.pop()
        seen.append(each)
        if isinstance(each, dict) and type(each).__iter__ is dict.__iter__:
            waiting += [*dict.keys(each), *dict.values(each)]
        elif type(each) in (list, tuple, set, frozenset):
            waiting += each
        elif type(each) is types.MethodType or issubclass(type(each), types.BuiltinFunctionType):
            waiting += [each.__self__]
        elif type(each) in (staticmethod, classmethod):
            waiting += [each.__func__]
        elif type(each) is functools.partial:
            waiting += [each.func, *each.args, *each.keywords.values()]
    return seen


def shown(value: Any) -> str:
    """`str(value)`, settled."""
    return value if type(value) is str else settled(str(value), value)


def repr_of(value: Any) -> str:
    """`repr(value)`, settled."""
    return settled(repr(value), value)


class _Shown:
    """Stands for an object in a format: it shows the settled text."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return repr_of(self._value)

    def __str__(self) -> str:
        return shown(self._value)

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if spec else shown(self._value)


def in_format(value: Any) -> Any:
    """What an f-string shows for a value: objects that show themselves by default have an address in their text."""
    formatting: Any = type(value).__format__
    return _Shown(value) if formatting is object.__format__ else value
