"""A warm spare: one forked sub-kernel that has bound its sockets and waits, so that nobody waits for the next start.

None is made unless `warm_up` is called, as by a front end that stays: a program that asks one question never needs it.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

from ..wire.rpc import ProtocolError
from .fork_server import Forked, ForkServerError, possible
from .launcher import Launched, discard, launch_forked

_IDLE_SECONDS = 600.0
# A run that has just been given the spare needs the processors first.
_REFILL_SECONDS = 0.2


class _Spares:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted: list[str] | None = None
        self.idle_seconds = _IDLE_SECONDS
        self.spare: Launched | None = None
        self.filling = False
        self.filled = threading.Event()
        self.cancelled = threading.Event()

    def later(self, seconds: float, work: Callable[[], Any]) -> None:
        """Do something later, in a thread that keeps no interpreter from exiting; only the last one counts."""
        self.cancelled.set()
        self.cancelled = threading.Event()
        # Not a `Thread`, whose start waits until it runs: milliseconds, and these are a run's that has just begun.
        _thread.start_new_thread(_after, (self.cancelled, seconds, work))


def _after(cancelled: threading.Event, seconds: float, work: Callable[[], Any]) -> None:
    if not cancelled.wait(seconds):
        work()


_spares = _Spares()


def warm_up(command: list[str], idle_seconds: float = _IDLE_SECONDS) -> None:
    """Keep a spare from now on; one that nobody takes for `idle_seconds` is given up, until the next start."""
    with _spares.lock:
        _spares.wanted, _spares.idle_seconds = list(command), idle_seconds
    _begin_to_fill()


def wait_until_warm(timeout: float) -> bool:
    """Wait, blocking, until the spare is there. Returns whether it is."""
    return _spares.filled.wait(timeout)


def cool_down() -> None:
    """Give the spare up and make no other."""
    with _spares.lock:
        _spares.wanted = None
    _give_up()


def take(command: list[str]) -> Launched | None:
    """The spare of this command, if there is one; another is made behind the scenes."""
    with _spares.lock:
        spare, _spares.spare = _spares.spare, None
        _spares.filled.clear()
        if _spares.wanted is not None:
            _spares.later(_REFILL_SECONDS, _begin_to_fill)
        wanted = _spares.wanted
    if spare is None:
        return None
    if wanted == command and isinstance(spare.process, Forked) and spare.process.alive:
        return spare
    discard(spare)
    return None


def _begin_to_fill() -> None:
    with _spares.lock:
        if _spares.wanted is None or _spares.spare is not None or _spares.filling or not possible():
            return
        _spares.filling = True
        command = _spares.wanted
    threading.Thread(target=_fill, args=(_spares, command), name="rlm-spare", daemon=True).start()


def _fill(spares: _Spares, command: list[str]) -> None:
    spare = None
    with contextlib.suppress(ForkServerError, ProtocolError, OSError):
        spare = launch_forked(command)
    with spares.lock:
        spares.filling = False
        if spare is not None and spares.wanted == command:
            spares.spare, spare = spare, None
            spares.filled.set()
            spares.later(spares.idle_seconds, _give_up)
    if spare is not None:
        discard(spare)


def _give_up() -> None:
    with _spares.lock:
        spare, _spares.spare = _spares.spare, None
        _spares.filled.clear()
        _spares.cancelled.set()
    if spare is not None:
        discard(spare)


def _forget() -> None:
    global _spares
    spare, _spares = _spares.spare, _Spares()
    if spare is not None:
        spare.rpc.close()
        if isinstance(spare.process, Forked):
            spare.process.close()


atexit.register(cool_down)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
