"""When requests to one endpoint may be sent: all calls to it slow down together when it limits their rate.

A refusal sets a moment before which nobody sends, and halves how many requests may be in flight; answers let that grow
again by one for each round of them (additive increase, multiplicative decrease). Nothing here talks to a server.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import random
import threading
import time
from asyncio import AbstractEventLoop, Future
from dataclasses import dataclass
from weakref import WeakSet

MAX_DELAY = 30.0
TRUSTED_STRIKES = 3  # From then on a server that asks for no pause at all is not believed.


class OutOfPatience(Exception):
    """A call has waited for as long as it may, and the endpoint has answered nobody meanwhile."""


@dataclass(eq=False)
class Turn:
    """One call's place in the line, which it keeps over all its requests: first come, first served."""

    number: int
    inside: bool = False
    epoch: int = 0
    waiting: tuple[AbstractEventLoop, Future[None]] | None = None

    def __lt__(self, other: Turn) -> bool:
        return self.number < other.number


class Pace:
    """One for each endpoint and model; may be used from any thread and any event loop.

    A call takes a `turn()` once, and for each of its requests `await enter(turn, patience)` and then `leave(turn)`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._line: list[Turn] = []
        self._armed: WeakSet[AbstractEventLoop] = WeakSet()
        self._in_flight = 0
        self._limit = math.inf
        self._not_before = 0.0
        self._answered = 0.0
        self._epoch = 0
        self._strikes = 0

    @property
    def limit(self) -> float:
        """How many requests may be in flight; infinite until the endpoint has refused one."""
        return self._limit

    @property
    def pause(self) -> float:
        """Seconds until requests may be sent again."""
        return max(0.0, self._not_before - time.monotonic())

    def turn(self) -> Turn:
        return Turn(next(self._numbers))

    async def enter(self, turn: Turn, patience: float) -> None:
        """Wait until a request of `turn` may be sent; count it as in flight from then on.

        Raises `OutOfPatience` once so many seconds have passed in which neither this call was let in nor any answered.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            if not self._line and self._open():
                return self._admit(turn)
            future: Future[None] = loop.create_future()
            turn.waiting = (loop, future)
            heapq.heappush(self._line, turn)
            self._serve()
        since = time.monotonic()
        try:
            while not turn.inside:
                left = max(since, self._answered) + patience - time.monotonic()
                if left <= 0:
                    raise OutOfPatience
                await asyncio.wait([future], timeout=left)
        except BaseException:
            turn.waiting = None
            self.leave(turn)
            raise
        return None

    def leave(self, turn: Turn, *, answered: bool = False) -> None:
        """The request has ended; more may be in flight if it was answered. A second time it is nothing."""
        with self._lock:
            if turn.inside:
                turn.inside = False
                self._in_flight -= 1
                if answered:
                    self._answered = time.monotonic()
                # One that was sent before the last refusal tells nothing about what the endpoint takes since.
                if answered and turn.epoch == self._epoch:
                    self._strikes = 0
                    self._limit += 1 / self._limit
            self._serve()

    def slow_down(self, turn: Turn, wait: float | None, delay: float) -> None:
        """The endpoint has refused the request of `turn`: nobody sends for `wait` seconds.

        Where it names no time (or keeps on naming none that helps), for `delay` seconds, doubled with each refusal.
        """
        with self._lock:
            if turn.epoch == self._epoch:
                # The others of the same burst are refused for the same reason: it counts once.
                self._epoch += 1
                self._strikes += 1
                self._limit = max(1.0, min(self._limit, self._in_flight) / 2)
            if wait is None or self._strikes > TRUSTED_STRIKES:
                doublings = self._strikes - (1 if wait is None else TRUSTED_STRIKES + 1)
                grown = min(MAX_DELAY, delay * 2.0 ** min(doublings, 30))
                wait = max(wait or 0.0, grown * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
            self._not_before = max(self._not_before, time.monotonic() + wait)

    def hold(self, seconds: float) -> None:
        """Nobody sends for `seconds`: another process was asked to wait."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def _open(self) -> bool:
        return self._in_flight < max(1, int(min(self._limit, 1e9))) and time.monotonic() >= self._not_before

    def _admit(self, turn: Turn) -> None:
        turn.inside, turn.epoch, turn.waiting = True, self._epoch, None
        self._in_flight += 1

    def _serve(self) -> None:
        """Let in whoever may, in order. The lock is held."""
        while self._line:
            waiting = self._line[0].waiting
            if waiting is None:
                heapq.heappop(self._line)  # it was cancelled
                continue
            if not self._open():
                if time.monotonic() < self._not_before and not self._arm(waiting[0]):
                    heapq.heappop(self._line)
                    continue
                return
            turn = heapq.heappop(self._line)
            self._admit(turn)
            loop, future = waiting
            try:
                loop.call_soon_threadsafe(_wake, future)
            except RuntimeError:  # its event loop has been closed
                turn.inside = False
                self._in_flight -= 1

    def _arm(self, loop: AbstractEventLoop) -> bool:
        """Have `loop` look again when the pause ends; False where it has been closed. The lock is held."""
        if loop.is_closed():
            return False
        if loop not in self._armed:
            try:
                loop.call_soon_threadsafe(self._sleep, loop)
            except RuntimeError:
                return False
            self._armed.add(loop)
        return True

    def _sleep(self, loop: AbstractEventLoop) -> None:
        loop.call_later(self.pause, self._look_again, loop)

    def _look_again(self, loop: AbstractEventLoop) -> None:
        with self._lock:
            self._armed.discard(loop)
            self._serve()


def _wake(future: Future[None]) -> None:
    if not future.done():
        future.set_result(None)
