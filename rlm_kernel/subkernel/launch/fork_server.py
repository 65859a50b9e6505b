"""The parent's side of the fork server: one process a parent that has everything loaded, and forks each sub-kernel.

It is started at the first need, with an empty environment, is asked by any thread, and ends when the parent does. What
a child needs, its connection and its standard error, is passed by descriptor and never seen by another child; document,
key and settings go to the child alone. Where there is no such server, sub-kernels are started directly.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence

from ..inside.rpc import STATUS
from .spawn import has_ended, last_words, readable, roots, spawn

_START_TIMEOUT = 60.0
_FORK_TIMEOUT = 5.0
_LOOK = 0.2  # seconds after which a server that has not answered is looked at
_STOP_TIMEOUT = 2.0


class ForkServerError(RuntimeError):
    """There is no fork server, or it ended; a direct start may still work."""


class ForkServerSilent(ForkServerError):
    """The fork server runs and does not answer: somebody has stopped it."""


class Forked:
    """A forked process: its id, signals that cannot strike another, and how it ended, told by the server."""

    def __init__(self, pid: int, pidfd: int, status: socket.socket, errors: int) -> None:
        self.pid = pid
        self.last_words = ""
        self._pidfd = pidfd
        self._status = status
        self._errors = errors
        status.setblocking(False)

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._pidfd >= 0 and not has_ended(self._pidfd)

    def send_signal(self, signum: int) -> None:
        """Send a signal; nothing happens where the process has ended."""
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signum)

    async def wait(self) -> int | None:
        """Wait for the end and release the descriptors. Returns the exit code, None where nobody knows it."""
        await readable(self._pidfd)
        # The server tells at once, unless it is stopped: then nobody knows the code.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_TIMEOUT):
                await readable(self._status.fileno())
        return self._ended()

    def end(self) -> None:
        """Kill it and wait, blocking, until it is gone: for a process that no event loop looks after."""
        self.send_signal(signal.SIGKILL)
        self._status.settimeout(_STOP_TIMEOUT)
        self._ended()

    def _ended(self) -> int | None:
        try:
            told = self._status.recv(STATUS.size)
        except OSError:
            told = b""
        self.last_words = last_words(self._errors)
        self.close()
        return int(STATUS.unpack(told)[0]) if len(told) == STATUS.size else None

    def close(self) -> None:
        """Release the descriptors."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            os.close(self._errors)
            self._status.close()
            self._pidfd = self._errors = -1


class ForkServer:
    """One server process. `fork` may be called by any thread; it blocks for the milliseconds that a fork takes, at
    first for the start of the server."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            cmd = [part.replace("{connection_file}", "--fork-server") for part in command]
            self._process = spawn([*cmd, str(theirs.fileno()), *roots()], (theirs.fileno(),), {})
        self.pid = self._process.pid
        self._answered = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def fork(self, rpc: socket.socket) -> Forked:
        """A new child that holds `rpc`. Raises ForkServerError."""
        ours, theirs = socket.socketpair()
        errors, their_errors = os.pipe()
        try:
            with theirs:
                try:
                    socket.send_fds(self._control, [b"fork"], [rpc.fileno(), their_errors, theirs.fileno()])
                finally:
                    os.close(their_errors)
            told, descriptors = self._reply(ours)
            if not descriptors:
                raise ForkServerError(f"the fork server ended ({self._last_words() or 'no message'})")
            self._answered = True
            return Forked(STATUS.unpack(told)[0], descriptors[0], ours, errors)
        except BaseException as error:
            ours.close()
            os.close(errors)
            if isinstance(error, TimeoutError):
                raise ForkServerSilent("the fork server does not answer") from None
            if isinstance(error, OSError):
                raise ForkServerError(f"the fork server does not answer ({error})") from None
            raise

    def _last_words(self) -> str:
        # Another thread may have stopped it meanwhile, and closed the pipe.
        with contextlib.suppress(OSError, ValueError):
            if self._process.stderr:
                return last_words(self._process.stderr.fileno()).strip()[-200:]
        return ""

    def _reply(self, ours: socket.socket) -> tuple[bytes, list[int]]:
        """The child's id and pidfd. Raises TimeoutError as soon as the server is seen to be stopped, or is silent."""
        # A fork takes milliseconds once the server has loaded what it needs.
        end = time.monotonic() + (_FORK_TIMEOUT if self._answered else _START_TIMEOUT)
        ours.settimeout(_LOOK)
        while True:
            try:
                told, descriptors, _, _ = socket.recv_fds(ours, STATUS.size, 1)
            except TimeoutError:
                if time.monotonic() < end and not self._is_stopped():
                    continue
                raise
            return told, descriptors

    def _is_stopped(self) -> bool:
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as file:
                return file.read().rpartition(b") ")[2][:1] in (b"T", b"t")
        except OSError:
            return False

    def stop(self) -> None:
        """End it, and its children with it."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def forget(self) -> None:
        """In a process forked off the parent: let go of what is the parent's."""
        self._control.close()
        self._process.returncode = 0
        if self._process.stderr:
            self._process.stderr.close()


class _Current:
    """The server of this process, and why there is none where there cannot be one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.server: ForkServer | None = None
        self.silent: list[ForkServer] = []
        self.failures = 0


_current = _Current()
_MAX_FAILURES = 3


def possible() -> bool:
    """Whether this system has what a fork server needs."""
    needed = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal") and hasattr(socket, "send_fds")
    return sys.platform == "linux" and needed and _current.failures < _MAX_FAILURES


def begin(command: Sequence[str]) -> ForkServer:
    """This process's server, which is started where it is not there: it loads what it needs while others go on."""
    with _current.lock:
        if _current.server is not None and not _current.server.alive:
            _current.server.stop()
            _current.server = None
        if _current.server is None:
            _current.server = ForkServer(command)
        return _current.server


def fork(command: Sequence[str], rpc: socket.socket) -> Forked:
    """A new child of this process's server, which is started where it is not there. Raises ForkServerError."""
    server = begin(command)
    if server.command != list(command):
        raise ForkServerError("the fork server runs another command")
    try:
        forked = server.fork(rpc)
    except ForkServerError as error:
        _current.failures += 1
        with _current.lock:
            if isinstance(error, ForkServerSilent) and _current.server is server:
                # Its children may be at work, and end with it: it stays until the end, and the next start has another.
                _current.silent.append(server)
                _current.server = None
        raise
    _current.failures = 0
    return forked


def pid() -> int | None:
    """The server's process, None while there is none."""
    return _current.server.pid if _current.server is not None else None


def stop() -> None:
    """End this process's server, and all its children with it; the next start makes another."""
    with _current.lock:
        servers = [*_current.silent, *([_current.server] if _current.server is not None else [])]
        _current.silent, _current.server = [], None
        for server in servers:
            server.stop()


def _forget() -> None:
    global _current
    servers, _current = [*_current.silent, *([_current.server] if _current.server is not None else [])], _Current()
    for server in servers:
        server.forget()


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
