"""The usual way to a new sub-kernel process: a fork of this process's fork server. It ends in a `Launched`, as does the
other one (`managed`): a process with bound and connected sockets that waits for its document."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ..inside.rpc import RpcClient, encode
from ..wire.rpc import ProtocolError
from .fork_server import Forked, fork
from .sockets import abstract

START_TIMEOUT = 60.0
_Result = TypeVar("_Result")


class NoAnswer(ProtocolError):
    """A process that runs and says nothing for START_TIMEOUT seconds."""


class Running(Protocol):
    """A process that was started. `pid` is 0 where it is none of this machine's. `wait` returns the exit code, None
    where nobody knows it, and may be called once."""

    pid: int
    last_words: str

    def send_signal(self, signum: int) -> None: ...

    async def wait(self) -> int | None: ...


@dataclass(frozen=True)
class Launched:
    """A process, the parent's end of its connection, where its sockets are, and what its place adds to the report."""

    process: Running
    rpc: socket.socket
    info: dict[str, Any]
    layers: dict[str, Any] = field(default_factory=dict)

    def wait_until_bound(self) -> None:
        """Wait, blocking, until its sockets are bound. Raises ProtocolError."""
        self.rpc.settimeout(START_TIMEOUT)
        try:
            if "bound" not in RpcClient(self.rpc).receive():
                raise ProtocolError("it sent no news of its sockets")
        except TimeoutError:
            raise NoAnswer(f"no answer in {START_TIMEOUT:g} s") from None
        except (EOFError, OSError):
            raise ProtocolError("it ended before it was ready") from None


def launch_forked(command: list[str]) -> Launched:
    """A new process of the fork server, its sockets bound. Blocks; raises ForkServerError and ProtocolError."""
    theirs_info, info = abstract()
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = fork(command, theirs)
        except BaseException:
            ours.close()
            raise
    launched = Launched(process, ours, info)
    try:
        ours.sendall(encode({"connection": theirs_info}))
        launched.wait_until_bound()
    except BaseException as error:
        ours.close()
        process.end()
        if isinstance(error, OSError | ProtocolError):
            failure = NoAnswer if isinstance(error, NoAnswer) else ProtocolError
            raise failure(f"{error}{_quoted(process)}") from None
        raise
    return launched


def discard(launched: Launched) -> None:
    """End a forked process that nobody wants any more. Blocks until it is gone."""
    launched.rpc.close()
    if isinstance(launched.process, Forked):
        launched.process.end()


def _quoted(process: Forked) -> str:
    words = " ".join(process.last_words.strip().splitlines()[-3:])
    return f": {words}" if words else ""


async def in_thread(work: Callable[[], _Result], discard: Callable[[_Result], None] = lambda _: None) -> _Result:
    """Do blocking work in a thread of its own, which keeps no interpreter from exiting.

    Where this is cancelled the work goes on, and its result is handed to `discard`, which may block.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    lock = threading.Lock()
    results: list[_Result] = []
    failures: list[BaseException] = []
    is_wanted = True

    def settle() -> None:
        if not ended.done():
            ended.set_result(None)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            failures.append(error)
        else:
            with lock:
                if is_wanted:
                    results.append(result)
            if not results:
                discard(result)
        # A loop that is closed has cancelled whoever waited.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="rlm-start", daemon=True).start()
    try:
        await ended
    except BaseException:
        with lock:
            is_wanted = False
        for result in results:
            threading.Thread(target=discard, args=(result,), name="rlm-discard", daemon=True).start()
        raise
    if failures:
        raise failures.pop()
    return results.pop()
