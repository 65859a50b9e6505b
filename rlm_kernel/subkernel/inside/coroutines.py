"""`await` and `asyncio`: coroutines of a cell take turns in one loop, whose time passes only while all of them sleep.

Nothing here waits for anything outside the cell; the tools answer at once, and may be awaited as well.
"""

from __future__ import annotations

import heapq
import itertools
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any

from . import determinism
from .faults import EVERYTHING, OtherException


class CancelledError(OtherException):
    """A task was cancelled before it ended."""


class InvalidStateError(Exception):
    """A result was asked for that is not there."""


class Future:
    """A value that will be there."""

    _outcome: tuple[Any, BaseException | None] | None

    def __init__(self) -> None:
        self._outcome = None
        self._waiting: list[Callable[[], None]] = []

    def done(self) -> bool:
        """Whether there is an outcome."""
        return self._outcome is not None

    def result(self) -> Any:
        """The value. Raises what was raised in its place."""
        if self._outcome is None:
            raise InvalidStateError("Result is not set.")
        value, error = self._outcome
        if error is not None:
            raise error
        return value

    def exception(self) -> BaseException | None:
        """What was raised, None for a value."""
        return None if self._outcome is None else self._outcome[1]

    def set_result(self, value: Any) -> None:
        """Give the value."""
        self._settle(value, None)

    def set_exception(self, error: BaseException) -> None:
        """Give what is raised in the place of a value."""
        self._settle(None, error)

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._outcome is not None and isinstance(self._outcome[1], CancelledError)

    def _settle(self, value: Any, error: BaseException | None) -> None:
        if self._outcome is None:
            self._outcome = (value, error)
            for wake in self._waiting:
                wake()
            self._waiting = []

    def __await__(self) -> Generator[Any, None, Any]:
        if self._outcome is None:
            yield self
        return self.result()


class Task(Future):
    """A coroutine that takes its turns."""

    def __init__(self, coroutine: Any, loop: _Loop) -> None:
        super().__init__()
        self._coroutine = coroutine
        self._loop = loop
        self._cancelling = False
        loop.ready.append(self._step)

    def cancel(self, _message: Any = None) -> bool:
        """Raise CancelledError in it at its next turn."""
        if self.done():
            return False
        self._cancelling = True
        self._loop.ready.append(self._step)
        return True

    def _step(self) -> None:
        if self.done():
            return
        try:
            if self._cancelling:
                self._cancelling = False
                waited_for = self._coroutine.throw(CancelledError())
            else:
                waited_for = self._coroutine.send(None)
        except StopIteration as end:
            self._settle(end.value, None)
        except EVERYTHING as error:
            self._settle(None, error)
        else:
            if isinstance(waited_for, Future) and not waited_for.done():
                waited_for._waiting.append(lambda: self._loop.ready.append(self._step))
            else:
                self._loop.ready.append(self._step)


class _Loop:
    def __init__(self) -> None:
        self.ready: deque[Callable[[], None]] = deque()
        self.now = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (self.now + max(0.0, seconds), next(self._order), action))

    def run(self, task: Task) -> Any:
        while not task.done():
            if self.ready:
                self.ready.popleft()()
            elif self._timers:
                due, _, action = heapq.heappop(self._timers)
                determinism.clock.passed += int((due - self.now) * 1e9)
                self.now = due
                action()
            else:
                raise RuntimeError("all coroutines wait for each other: the cell cannot go on")
        return task.result()


_loops: list[_Loop] = []


def _current() -> _Loop:
    if not _loops:
        raise RuntimeError("no running event loop: use await, or asyncio.run(...)")
    return _loops[-1]


async def _value(value: Any) -> Any:
    return value


def awaitable(value: Any) -> Any:
    """What `await` is given: tools answer at once, so their replies may be awaited as they are."""
    if isinstance(value, types.CoroutineType | Future) or hasattr(type(value), "__await__"):
        return value
    return _value(value)


async def _awaited(value: Any) -> Any:
    return await awaitable(value)


def run(main: Any, **_options: Any) -> Any:
    """`asyncio.run`: the outcome of a coroutine. A loop that is running already is no obstacle."""
    loop = _Loop()
    _loops.append(loop)
    try:
        return loop.run(Task(_awaited(main), loop))
    finally:
        _loops.remove(loop)


def create_task(coroutine: Any, **_options: Any) -> Task:
    """Let a coroutine take turns from now on."""
    if type(coroutine) is Task:
        return coroutine
    return Task(_awaited(coroutine), _current())


async def sleep(delay: float, result: Any = None) -> Any:
    """Let others take turns; time passes only where nobody has anything to do."""
    future, loop = Future(), _current()
    if delay <= 0:
        loop.ready.append(lambda: future.set_result(None))
    else:
        loop.later(float(delay), lambda: future.set_result(None))
    await future
    return result


async def gather(*coroutines: Any, return_exceptions: bool = False) -> list[Any]:
    """The outcomes of several, in their order."""
    return await _gathered([create_task(each) for each in coroutines], return_exceptions)


async def _gathered(tasks: list[Task], return_exceptions: bool) -> list[Any]:
    outcomes = []
    for task in tasks:
        try:
            outcomes.append(await task)
        except EVERYTHING as error:
            if not return_exceptions:
                raise
            outcomes.append(error)
    return outcomes


async def wait_for(coroutine: Any, timeout: float | None) -> Any:
    """The outcome of a coroutine. Raises TimeoutError where it takes longer than `timeout` seconds."""
    task = create_task(coroutine)
    if timeout is None:
        return await task
    expired = []

    def expire() -> None:
        if not task.done():
            expired.append(True)
            task.cancel()

    _current().later(timeout, expire)
    try:
        return await task
    except CancelledError:
        if expired:
            raise TimeoutError from None
        raise


async def wait(tasks: Iterable[Any], **_options: Any) -> tuple[set[Any], set[Any]]:
    """Wait for all tasks: (done, pending)."""
    every = [create_task(each) for each in tasks]
    await _gathered(every, True)
    return set(every), set()


def as_completed(coroutines: Iterable[Any], **_options: Any) -> list[Any]:
    """Awaitables that give the outcomes in the order in which they come."""
    tasks = [create_task(each) for each in coroutines]
    order: list[Task] = []
    futures = [Future() for _ in tasks]

    def note(task: Task) -> Callable[[], None]:
        def ended() -> None:
            order.append(task)
            value, error = task._outcome or (None, None)
            futures[len(order) - 1]._settle(value, error)

        return ended

    for task in tasks:
        task._waiting.append(note(task))
    return list(futures)


async def to_thread(function: Any, /, *args: Any, **keywords: Any) -> Any:
    """Call a function; there are no threads, so it is called in its turn."""
    return function(*args, **keywords)


class Semaphore:
    """Lets `value` coroutines pass at a time."""

    def __init__(self, value: int = 1) -> None:
        self._free = value
        self._queue: deque[Future] = deque()

    def locked(self) -> bool:
        """Whether nobody can pass."""
        return self._free <= 0

    async def acquire(self) -> bool:
        """Wait until it is free, and take it."""
        while self._free <= 0:
            future = Future()
            self._queue.append(future)
            await future
        self._free -= 1
        return True

    def release(self) -> None:
        """Give it back."""
        self._free += 1
        if self._queue:
            self._queue.popleft().set_result(None)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_error: Any) -> None:
        self.release()


class Lock(Semaphore):
    """Lets one coroutine pass at a time."""

    def __init__(self) -> None:
        super().__init__(1)


class Event:
    """Something that happens once."""

    def __init__(self) -> None:
        self._future = Future()

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._future.done()

    def set(self) -> None:
        """Let it happen."""
        self._future.set_result(True)

    def clear(self) -> None:
        """Let it not have happened."""
        if self._future.done():
            self._future = Future()

    async def wait(self) -> bool:
        """Wait for it."""
        await self._future
        return True


class Queue:
    """Hands items from one coroutine to another."""

    def __init__(self, maxsize: int = 0) -> None:
        self._maxsize = maxsize
        self._items: deque[Any] = deque()
        self._changed = Future()
        self._unfinished = 0

    def _change(self) -> None:
        before, self._changed = self._changed, Future()
        before.set_result(None)

    def qsize(self) -> int:
        """How many items wait."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether no item waits."""
        return not self._items

    def full(self) -> bool:
        """Whether there is no room."""
        return 0 < self._maxsize <= len(self._items)

    def put_nowait(self, item: Any) -> None:
        """Add an item at once."""
        if self.full():
            raise RuntimeError("the queue is full")
        self._items.append(item)
        self._unfinished += 1
        self._change()

    async def put(self, item: Any) -> None:
        """Add an item as soon as there is room."""
        while self.full():
            await self._changed
        self.put_nowait(item)

    def get_nowait(self) -> Any:
        """Take an item at once."""
        if not self._items:
            raise RuntimeError("the queue is empty")
        item = self._items.popleft()
        self._change()
        return item

    async def get(self) -> Any:
        """Take an item as soon as there is one."""
        while not self._items:
            await self._changed
        return self.get_nowait()

    def task_done(self) -> None:
        """Say that an item that was taken is dealt with."""
        self._unfinished -= 1
        self._change()

    async def join(self) -> None:
        """Wait until all items are dealt with."""
        while self._unfinished > 0:
            await self._changed


class TaskGroup:
    """Waits for all its tasks at the end of `async with`."""

    def __init__(self) -> None:
        self._tasks: list[Task] = []

    def create_task(self, coroutine: Any, **_options: Any) -> Task:
        """Let a coroutine take turns from now on."""
        task = create_task(coroutine)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> TaskGroup:
        return self

    async def __aexit__(self, *_error: Any) -> None:
        outcomes = await _gathered(self._tasks, True)
        errors = [
            outcome
            for task, outcome in zip(self._tasks, outcomes, strict=True)
            if isinstance(outcome, Exception) and task.exception() is outcome
        ]
        if errors:
            raise ExceptionGroup("unhandled errors in a TaskGroup", errors)


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run the coroutine that a cell with `await` at its top level is."""
    return run(coroutine)


def stand_ins() -> dict[str, Any]:
    """The names of `asyncio`."""
    members: dict[str, Any] = {
        "run": run,
        "create_task": create_task,
        "sleep": sleep,
        "gather": gather,
        "wait_for": wait_for,
        "wait": wait,
        "as_completed": as_completed,
        "to_thread": to_thread,
    }
    classes = (Future, Task, Semaphore, Lock, Event, Queue, TaskGroup, CancelledError, InvalidStateError)
    members |= {cls.__name__: cls for cls in classes}
    return members | {
        "BoundedSemaphore": Semaphore,
        "ensure_future": lambda coroutine, **_options: create_task(coroutine),
        "iscoroutine": lambda obj: isinstance(obj, types.CoroutineType),
        "iscoroutinefunction": lambda function: bool(
            type(function) is types.FunctionType and function.__code__.co_flags & 0x80
        ),
        "TimeoutError": TimeoutError,
    }
