"""The two ways to a new sub-kernel process: a fork of this process's fork server, and a start through jupyter_client as
a kernelspec says. Both end in a `Launched`: a process with bound and connected sockets that waits for its document."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from ..base import IsolationError
from ..inside.rpc import RpcClient, encode
from ..wire.rpc import ProtocolError
from .fork_server import Forked, fork
from .provisioner import SubKernelProvisioner
from .sockets import Folder, abstract

START_TIMEOUT = 60.0
_ZEROMQ_THREADS = 4
KERNEL_NAME = "rlm-subkernel"
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


class Managed:
    """A process that jupyter_client starts as a kernelspec says, with a private folder for its sockets."""

    def __init__(self, spec: KernelSpec) -> None:
        self.pid = 0
        self.last_words = ""
        _require_threads()
        self._provisioner = spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", "local-provisioner")
        self._folder = Folder()
        self._signals: set[asyncio.Task[None]] = set()
        self._manager: Any = AsyncKernelManager(
            kernel_name=KERNEL_NAME,
            context=zmq.asyncio.Context.instance(),
            kernel_spec_manager=_OneSpec(spec),
            transport="ipc",
            ip=os.path.join(self._folder.path, "k"),
            connection_file=os.path.join(self._folder.path, "connection.json"),
        )

    async def start(self) -> Launched:
        """Start it. What it holds is released by `wait`, and by `abandon` where this fails."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                await self._manager.start_kernel(rpc_fd=theirs.fileno())
        except BaseException as error:
            ours.close()
            if isinstance(error, OSError | IsolationError) or not isinstance(error, Exception):
                raise
            # Anything at all may come from a provisioner that knows nothing of sub-kernels.
            raise IsolationError(
                f"The kernelspec {KERNEL_NAME!r} names the provisioner {self._provisioner!r}, which cannot start a "
                f"sub-kernel ({type(error).__name__}: {error}). Name rlm-subkernel-provisioner, "
                "rlm-bubblewrap-provisioner, or one derived from SubKernelProvisioner."
            ) from None
        provisioner = self._manager.provisioner
        self.pid = getattr(provisioner, "signalled", None) or getattr(provisioner, "pid", None) or 0
        return Launched(self, ours, self._manager.get_connection_info(), getattr(provisioner, "layers", {}))

    def connected(self) -> None:
        """Nobody else may connect from now on, and nothing stays behind if this process is killed."""
        self._folder.remove()

    def send_signal(self, signum: int) -> None:
        """Send a signal; nothing happens where the process has ended."""
        provisioner = self._manager.provisioner
        if isinstance(provisioner, SubKernelProvisioner):
            with contextlib.suppress(ProcessLookupError):
                provisioner.signal_now(signum)
        elif provisioner is not None:
            sending = asyncio.ensure_future(provisioner.send_signal(signum))
            self._signals.add(sending)
            sending.add_done_callback(self._signals.discard)

    async def wait(self) -> int | None:
        """Wait for the end, and release what was made for the process."""
        provisioner = self._manager.provisioner
        try:
            code: int | None = await provisioner.wait()
            self.last_words = getattr(provisioner, "stderr_text", "")
        finally:
            self.abandon()
        return code

    def abandon(self) -> None:
        """Release what was made for the process."""
        self._manager.cleanup_connection_file()
        self._manager._close_control_socket()
        self._folder.remove()


def _require_threads() -> None:
    """Raise IsolationError where no more threads can be started: ZeroMQ, which needs a few, would end this process."""
    enough = threading.Event()
    threads = [threading.Thread(target=enough.wait, name="rlm-probe", daemon=True) for _ in range(_ZEROMQ_THREADS)]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:
        raise IsolationError("No more threads can be started here: raise the limit on them (ulimit -u).") from None
    finally:
        enough.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


class _OneSpec(KernelSpecManager):
    """Knows one kernelspec, without any file of it."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002  it knows just one
        return self._spec


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
