"""One process of a sub-kernel with its channels. It is used once: after a death a `SubKernel` starts another."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ...document.share import SharedBytes
from ..base import Handler, parse_size
from ..errors import IsolationError
from ..packages import with_packages
from ..wire.channel import Channel
from ..wire.rpc import ProtocolError, Server
from . import fork_server, warm_spare
from .kernelspec import SubKernelSpec, kernelspec
from .launcher import START_TIMEOUT, Launched, NoAnswer, Running, discard, in_thread, launch_forked

if TYPE_CHECKING:
    from .managed import Managed

_LEAVING = 0.5
log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


async def undisturbed(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await `work` to its end even when this task is cancelled meanwhile; the cancellation follows then."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def limited(settings: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a start, none above what a kernelspec's provisioner `config` allows. Raises ValueError."""
    bounds = {name: config[name] for name in ("memory_limit", "cpu_seconds", "output_limit") if config.get(name)}
    if "memory_limit" in bounds:
        bounds["memory_limit"] = parse_size(bounds["memory_limit"])
    return settings | {name: min(settings[name], int(bound)) for name, bound in bounds.items()}


def hand_over(launched: Launched, document: int) -> None:
    """Give a process that waits for it the descriptor of its document. Raises ProtocolError."""
    try:
        socket.send_fds(launched.rpc, [b"D"], [document])
    except OSError:
        raise ProtocolError("it ended before it was ready") from None


class StartFailed(IsolationError):
    """A process ended, or broke the protocol, before it was ready; another one may start."""


class Process:
    """Starts, signals and ends one process. `ended` is resolved by its death, `reason` says why it was killed."""

    def __init__(self, handler: Handler, packages: Sequence[str] = ()) -> None:
        self._packages = packages
        self.server = Server(handler, self._break, self._lost)
        self.reason = ""
        self.exit_code: int | None = None
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._running: Running | None = None
        self._managed: Managed | None = None
        self._launched: Launched | None = None
        self._channel: Channel | None = None
        self._watch: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, None before there is one."""
        return self._running.pid if self._running is not None else None

    @property
    def channel(self) -> Channel:
        """The channel to the process, once it has started."""
        assert self._channel is not None
        return self._channel

    async def start(self, shared: SharedBytes, settings: dict[str, Any]) -> dict[str, Any]:
        """Start, connect, and return the sub-kernel's report. Leaves nothing behind where it fails.

        Raises StartFailed where the process ended before it was ready, and IsolationError where it gave no answer.
        """
        try:
            return await self._start(shared, settings)
        except BaseException as error:
            await undisturbed(self.close())
            if not isinstance(error, ProtocolError):
                raise
            words = " ".join((self._running.last_words if self._running else "").strip().splitlines()[-3:])
            failure = IsolationError if isinstance(error, NoAnswer) else StartFailed
            reason = f"The sub-kernel did not start ({error}): {words or 'no message'}"
            if os.strerror(errno.EAGAIN) in reason:
                reason += ". Is there a limit on processes or threads (ulimit -u)? Raise it."
            raise failure(reason) from None

    async def _start(self, shared: SharedBytes, settings: dict[str, Any]) -> dict[str, Any]:
        spec = self._spec()
        settings = limited(settings, spec.bounds)
        await self._launch(spec)
        launched = self._launched
        assert launched is not None
        hand_over(launched, shared.fd)
        # From here on the server, which closes it, has the socket.
        await self.server.start(launched.rpc, settings | shared.where)
        self._channel = Channel(launched.info, self._break, self._lost)
        return await self._connected(self._channel) | launched.layers

    def _spec(self) -> SubKernelSpec:
        """The kernelspec with the command that loads the packages. Raises IsolationError."""
        spec = kernelspec()
        if self._packages:
            # Another command than the fork server's: such a process is started directly.
            try:
                spec.argv = with_packages(spec.argv, self._packages)
            except ValueError as error:
                raise IsolationError(str(error)) from None
        return spec

    async def _launch(self, spec: SubKernelSpec) -> None:
        """Take the spare, or have a process forked, or else start one as the kernelspec says."""
        if spec.forkable:
            self._launched = warm_spare.take(spec.argv)
            if self._launched is None:
                # Without a fork server a direct start may still work, and says why where it does not.
                try:
                    self._launched = await in_thread(partial(launch_forked, spec.argv), discard)
                except fork_server.ForkServerError as error:
                    log.info("%s: the sub-kernel is started directly, which takes longer", error)
        if self._launched is not None:
            self._follow(self._launched.process)
            return
        # Here, as few need it: jupyter_client's manager takes a while to import.
        from .managed import Managed

        self._managed = Managed(spec)
        launched = await undisturbed(self._start_managed(self._managed))
        await in_thread(launched.wait_until_bound)

    async def _start_managed(self, managed: Managed) -> Launched:
        self._launched = await managed.start()
        self._follow(managed)
        return self._launched

    def _follow(self, running: Running) -> None:
        self._running = running
        self._watch = asyncio.create_task(self._wait_for_end(running))

    async def _wait_for_end(self, running: Running) -> None:
        self.exit_code = await running.wait()
        if not self.ended.done():
            self.ended.set_result(None)

    async def _connected(self, channel: Channel) -> dict[str, Any]:
        connecting = asyncio.gather(self.server.ready, channel.handshake())
        try:
            await asyncio.wait({connecting, self.ended}, timeout=START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                report: dict[str, Any] = connecting.result()[0]
                return report
            if not self.ended.done():
                raise NoAnswer(f"no answer in {START_TIMEOUT:g} s")
            raise ProtocolError("it ended before it was ready")
        except OSError as error:
            raise ProtocolError(f"its sockets cannot be reached ({error})") from None
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            if self._managed is not None:
                # Nobody else may connect from now on, and nothing stays behind if this process is killed.
                self._managed.connected()

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

    def _signal(self, signum: int) -> None:
        if self._running is not None and not self.ended.done():
            self._running.send_signal(signum)

    def kill_now(self) -> None:
        """Send SIGKILL, without waiting for the end."""
        self._signal(signal.SIGKILL)

    def interrupt(self) -> None:
        """Send SIGINT."""
        self._signal(signal.SIGINT)

    async def kill(self) -> None:
        """Send SIGKILL and wait for the end."""
        self.kill_now()
        await asyncio.wait({self.ended})

    async def close(self) -> None:
        """Kill the process and release its sockets, descriptors and folder."""
        if self._watch is not None:
            await self.kill()
            await self._watch
        elif self._managed is not None:
            self._managed.abandon()
        if self._leaving is not None:
            await self._leaving
        if self._channel is not None:
            await self._channel.close()
        await self.server.close()
        if self._launched is not None:
            self._launched.rpc.close()
