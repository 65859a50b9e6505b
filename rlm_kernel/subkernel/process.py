"""One process of a sub-kernel with its channels. It is used once: after a death a `SubKernel` starts another."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Coroutine
from typing import Any, TypeVar

import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from ..document.share import SharedBytes
from .base import Handler, IsolationError
from .channel import Channel
from .provisioner import command
from .rpc import ProtocolError, Server

_START_TIMEOUT = 60.0
_LEAVING = 0.5
_Result = TypeVar("_Result")


async def undisturbed(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await `work` to its end even when this task is cancelled meanwhile; the cancellation follows then."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class _Specs(KernelSpecManager):
    """Knows the sub-kernel's kernelspec without any file of it; one that an administrator installed comes first."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        folder = self._find_spec_directory(kernel_name) if os.environ.get("RLM_SUBKERNEL_SPEC") else None
        if folder:
            return self._get_kernel_spec_by_name(kernel_name, folder)
        provisioner = {"kernel_provisioner": {"provisioner_name": "rlm-subkernel-provisioner"}}
        return KernelSpec(argv=command(), display_name="RLM sub-kernel", language="python", metadata=provisioner)


class Process:
    """Starts, signals and ends one process. `ended` is resolved by its death, `reason` says why it was killed."""

    def __init__(self, handler: Handler) -> None:
        self.server = Server(handler, self._break, self._lost)
        self.reason = ""
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._folder = ""
        self._manager: Any = None
        self._channel: Channel | None = None
        self._watch: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    @property
    def channel(self) -> Channel:
        """The channel to the process, once it has started."""
        assert self._channel is not None
        return self._channel

    async def start(self, shared: SharedBytes, settings: dict[str, Any]) -> dict[str, Any]:
        """Start, connect, and return the sub-kernel's report. Leaves nothing behind where it fails."""
        try:
            return await self._start(shared, settings)
        except BaseException as error:
            await undisturbed(self.close())
            if not isinstance(error, ProtocolError):
                raise
            words = " ".join(self._last_words().splitlines()[-3:]) or "no message"
            raise IsolationError(f"The sub-kernel did not start ({error}): {words}") from None

    async def _start(self, shared: SharedBytes, settings: dict[str, Any]) -> dict[str, Any]:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._folder = tempfile.mkdtemp(prefix="rlm-", dir=_sockets_folder())
                await self._launch(theirs, shared)
                located = {"fd": shared.fd, "size": shared.size, "table_size": shared.table_size}
                await self.server.start(ours, settings | located)
            except BaseException:
                ours.close()
                raise
        try:
            return await self._connected()
        finally:
            # Once connected nobody else may connect, and nothing stays behind if this process is killed.
            self._remove_folder()

    async def _launch(self, theirs: socket.socket, shared: SharedBytes) -> None:
        self._manager = AsyncKernelManager(
            kernel_name="rlm-subkernel",
            context=zmq.asyncio.Context.instance(),
            kernel_spec_manager=_Specs(),
            transport="ipc",
            ip=os.path.join(self._folder, "k"),
            connection_file=os.path.join(self._folder, "connection.json"),
        )
        await self._manager.start_kernel(rpc_fd=theirs.fileno(), document_fd=shared.fd)
        self.pid = self._manager.provisioner.process.pid
        self._watch = asyncio.create_task(self._wait_for_end())

    async def _connected(self) -> dict[str, Any]:
        connecting = asyncio.create_task(self._connect())
        try:
            await asyncio.wait({connecting, self.ended}, timeout=_START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                return connecting.result()
            raise ProtocolError("it ended" if self.ended.done() else f"no answer in {_START_TIMEOUT:g} s")
        finally:
            connecting.cancel()

    async def _connect(self) -> dict[str, Any]:
        report = await self.server.ready
        self._channel = Channel(self._manager.get_connection_info(), self._break, self._lost)
        await self._channel.handshake()
        return report

    async def _wait_for_end(self) -> None:
        self.exit_code = await self._manager.provisioner.wait()
        if not self.ended.done():
            self.ended.set_result(None)

    def _last_words(self) -> str:
        provisioner = self._manager.provisioner if self._manager is not None else None
        return provisioner.stderr_text.strip() if provisioner is not None else ""

    def _break(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.kill_now()

    def _lost(self) -> None:
        """A connection ended: with the process, or by its will, which it must not survive."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        await asyncio.wait({self.ended}, timeout=_LEAVING)
        if not self.ended.done():
            self._break("it closed its connection")

    def kill_now(self) -> None:
        """Send SIGKILL, without waiting for the end."""
        if self.pid is not None and not self.ended.done():
            os.kill(self.pid, signal.SIGKILL)

    def interrupt(self) -> None:
        """Send SIGINT."""
        if self.pid is not None and not self.ended.done():
            os.kill(self.pid, signal.SIGINT)

    async def kill(self) -> None:
        """Send SIGKILL and wait for the end."""
        self.kill_now()
        await asyncio.wait({self.ended})

    async def close(self) -> None:
        """Kill the process and release its sockets, descriptors and folder."""
        if self._watch is None and self._manager is not None and self._manager.provisioner is not None:
            process = self._manager.provisioner.process
            if process is not None:
                self.pid = process.pid
                self._watch = asyncio.create_task(self._wait_for_end())
        if self._watch is not None:
            await self.kill()
            await self._watch
        if self._leaving is not None:
            await self._leaving
        if self._channel is not None:
            await self._channel.close()
        await self.server.close()
        if self._manager is not None:
            self._manager.cleanup_connection_file()
            self._manager._close_control_socket()
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def _sockets_folder() -> str:
    """Where sockets can be made: their paths may have about 100 characters, so a deep TMPDIR will not do."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    return base if 0 < len(base) < 60 and os.path.isdir(base) else "/tmp"  # noqa: S108  the folder made in it is 0700
