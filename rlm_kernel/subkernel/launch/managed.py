"""The other way to a new sub-kernel process: a start through jupyter_client, by the provisioner of a kernelspec."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from typing import Any

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from ..errors import IsolationError
from .kernelspec import KERNEL_NAME, SubKernelSpec
from .launcher import Launched
from .provisioner import SubKernelProvisioner
from .sockets import Folder

_ZEROMQ_THREADS = 4


class Managed:
    """A process that jupyter_client starts as a kernelspec says, with a private folder for its sockets."""

    def __init__(self, spec: SubKernelSpec) -> None:
        self.pid = 0
        self.last_words = ""
        _require_threads()
        self._provisioner = spec.provisioner
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

    def __init__(self, spec: SubKernelSpec) -> None:
        super().__init__()
        self._spec = KernelSpec(
            argv=spec.argv,
            env=spec.env,
            display_name="RLM sub-kernel",
            language="python",
            resource_dir=spec.resource_dir,
            metadata={"kernel_provisioner": {"provisioner_name": spec.provisioner, "config": spec.bounds}},
        )

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002  it knows just one
        return self._spec
