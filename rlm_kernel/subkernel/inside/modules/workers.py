"""`concurrent.futures` and `queue` with one thread: each piece of work is done when it is handed over.

What would wait for another thread for ever raises at once.
"""
# ruff: noqa: ARG001, ARG002  the signatures are Python's own

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from ..faults import can_be_caught


class CancelledError(Exception):
    """A piece of work was cancelled before it began; nothing is, here."""


class BrokenExecutor(RuntimeError):
    """Workers have gone; none has, here."""


class Future:
    """The outcome of a piece of work that has been done."""

    def __init__(self, function: Callable[..., Any], args: Any, keywords: Any) -> None:
        self._value: Any = None
        self._error: BaseException | None = None
        try:
            self._value = function(*args, **keywords)
        except BaseException as error:
            if not can_be_caught(error):
                raise
            self._error = error

    def result(self, timeout: float | None = None) -> Any:
        """The value. Raises what the work raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What the work raised, None for nothing."""
        return self._error

    def done(self) -> bool:
        """Whether the work is done: it is."""
        return True

    def running(self) -> bool:
        """Whether the work is going on: it is not."""
        return False

    cancelled = running

    def cancel(self) -> bool:
        """Whether it could be cancelled: it could not."""
        return False

    def add_done_callback(self, fn: Callable[[Any], Any]) -> None:
        """Call a function with this future, at once."""
        fn(self)


class ThreadPoolExecutor:
    """Does each piece of work when it is submitted."""

    def __init__(self, max_workers: int | None = None, *_args: Any, initializer: Any = None, **_options: Any) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        self._closed = False
        if initializer is not None:
            initializer(*_options.get("initargs", ()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Do a piece of work."""
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        return Future(fn, args, kwargs)

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_options: Any) -> Iterator[Any]:
        """The values of the function for all items, in their order."""
        futures = [self.submit(fn, *items) for items in zip(*iterables, strict=False)]
        return (future.result() for future in futures)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work."""
        self._closed = True

    def __enter__(self) -> ThreadPoolExecutor:
        return self

    def __exit__(self, *_error: Any) -> Literal[False]:
        self.shutdown()
        return False


def _as_completed(fs: Iterable[Future], timeout: float | None = None) -> Iterator[Future]:
    return iter(list(dict.fromkeys(fs)))


def _wait(fs: Iterable[Future], timeout: float | None = None, return_when: str = "ALL_COMPLETED") -> Any:
    return set(fs), set()


class Empty(Exception):
    """Nothing is in the queue."""


class Full(Exception):
    """The queue holds as much as it may."""


class Queue:
    """A queue: first in, first out."""

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: Any = deque()
        self._unfinished = 0

    def _put(self, item: Any) -> None:
        self._items.append(item)

    def _get(self) -> Any:
        return self._items.popleft()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item in. Raises Full where there is no room."""
        if 0 < self.maxsize <= len(self._items):
            raise Full
        self._put(item)
        self._unfinished += 1

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item out. Raises Empty where there is none."""
        if not self._items:
            raise Empty
        return self._get()

    def put_nowait(self, item: Any) -> None:
        """As `put`."""
        self.put(item, block=False)

    def get_nowait(self) -> Any:
        """As `get`."""
        return self.get(block=False)

    def qsize(self) -> int:
        """How many items are in it."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._items

    def full(self) -> bool:
        """Whether there is no room."""
        return 0 < self.maxsize <= len(self._items)

    def task_done(self) -> None:
        """One item that was taken is dealt with."""
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1

    def join(self) -> None:
        """All items are dealt with. Raises RuntimeError where they are not."""
        if self._unfinished:
            raise RuntimeError("nothing else runs that could deal with the items: this would wait for ever")


class LifoQueue(Queue):
    """A queue: last in, first out."""

    def _get(self) -> Any:
        return self._items.pop()


class PriorityQueue(Queue):
    """A queue: the smallest first."""

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self._items = []

    def _put(self, item: Any) -> None:
        heapq.heappush(self._items, item)

    def _get(self) -> Any:
        return heapq.heappop(self._items)


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    return {
        "concurrent.futures": {
            "ThreadPoolExecutor": ThreadPoolExecutor,
            "ProcessPoolExecutor": ThreadPoolExecutor,
            "Future": Future,
            "CancelledError": CancelledError,
            "BrokenExecutor": BrokenExecutor,
            "TimeoutError": TimeoutError,
            "as_completed": _as_completed,
            "wait": _wait,
            "ALL_COMPLETED": "ALL_COMPLETED",
            "FIRST_COMPLETED": "FIRST_COMPLETED",
            "FIRST_EXCEPTION": "FIRST_EXCEPTION",
        },
        "queue": {
            "Queue": Queue,
            "SimpleQueue": Queue,
            "LifoQueue": LifoQueue,
            "PriorityQueue": PriorityQueue,
            "Empty": Empty,
            "Full": Full,
        },
    }
