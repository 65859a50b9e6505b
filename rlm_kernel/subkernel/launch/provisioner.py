"""Launches a locked-down sub-kernel for jupyter_client: empty environment, private sockets, nothing inherited but one
descriptor. Another provisioner can put the same process in a container; this one starts it on this machine."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Int, Unicode

from ..base import parse_size

INSIDE = Path(__file__).parents[1] / "inside" / "__main__.py"
PACKAGE_ROOT = Path(__file__).parents[3]
_MAX_LAST_WORDS = 8192


def command() -> list[str]:
    """The command of a sub-kernel, for a kernelspec's `argv`."""
    # Not -I, which would ignore the hash seed; of the user's environment nothing gets this far.
    return [sys.executable, "-s", "-P", "-X", "utf8", str(INSIDE), "{connection_file}"]


def roots() -> list[str]:
    """Where the modules are that a sub-kernel loads: its last arguments."""
    return [str(PACKAGE_ROOT), *(path for path in sys.path if os.path.isabs(path) and os.path.isdir(path))]


def spawn(cmd: Sequence[str], descriptors: Sequence[int], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that has `env` for an environment and inherits just `descriptors`."""
    return subprocess.Popen(  # noqa: S603  the command is ours or the kernelspec's
        cmd,
        # The same order of sets in every process: see docs/security.md for what it means.
        env={"PYTHONHASHSEED": "0"} | dict(env),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        start_new_session=True,
    )


def last_words(descriptor: int) -> str:
    """What waits in the pipe of a standard error."""
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, _MAX_LAST_WORDS).decode("utf-8", "replace")
    except BlockingIOError:
        return ""


async def readable(descriptor: int) -> None:
    """Wait until there is something to read, or the other end is closed."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(descriptor)


def limited(settings: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a start, none above what a kernelspec's provisioner `config` allows. Raises ValueError."""
    bounds = {name: config[name] for name in ("memory_limit", "cpu_seconds", "output_limit") if config.get(name)}
    if "memory_limit" in bounds:
        bounds["memory_limit"] = parse_size(bounds["memory_limit"])
    return settings | {name: min(settings[name], int(bound)) for name, bound in bounds.items()}


class SubKernelProvisioner(KernelProvisionerBase):
    """One sub-kernel's process. `launch_kernel` takes `rpc_fd`, which the child inherits."""

    memory_limit = Unicode("", help="The most memory that any run may give a cell, e.g. '512MB'; empty: no bound.").tag(
        config=True
    )
    cpu_seconds = Int(0, help="The most processor time that a sub-kernel may use, in seconds; 0: no bound.").tag(
        config=True
    )
    output_limit = Int(0, help="The most characters of output that a cell may send; 0: no bound.").tag(config=True)

    process: subprocess.Popen[bytes] | None = None
    stderr_text = ""

    @property
    def has_process(self) -> bool:
        return self.process is not None

    @property
    def signalled(self) -> int | None:
        """The id of the process that signals are for."""
        return self.process.pid if self.process else None

    @property
    def layers(self) -> dict[str, Any]:
        """What this provisioner adds to the isolation report."""
        return {}

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file and make up the command; the user's environment is dropped here."""
        manager: Any = self.parent
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        kwargs.pop("extra_arguments", None)
        cmd = [*manager.format_kernel_cmd(), str(kwargs["rpc_fd"]), *roots()]
        return await super().pre_launch(**(kwargs | {"cmd": cmd, "env": {}}))

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the process; its environment is what the kernelspec gives, nothing else."""
        env = {str(name): str(value) for name, value in (self.kernel_spec.env or {}).items()}
        self.process = spawn(cmd, (kwargs["rpc_fd"],), env)
        return self.connection_info

    async def poll(self) -> int | None:
        return self.process.poll() if self.process else 0

    async def wait(self) -> int | None:
        """Wait for the process to end and reap it; its last words are kept in `stderr_text`."""
        process = self.process
        if process is None:
            return 0
        await _exit_of(process)
        code = process.wait()
        if process.stderr:
            self.stderr_text = last_words(process.stderr.fileno())
            process.stderr.close()
        if self.process is process:
            self.process = None
        return code

    def signal_now(self, signum: int) -> None:
        """Send a signal, if the process has not been reaped yet."""
        pid = self.signalled
        if pid is not None and self.process is not None and self.process.returncode is None:
            os.kill(pid, signum)

    async def send_signal(self, signum: int) -> None:
        if self.process and self.process.poll() is None:
            self.signal_now(signum)

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002  the base class's signature
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left: the sockets' folder is removed once they are connected."""


async def _exit_of(process: subprocess.Popen[bytes]) -> None:
    try:
        pidfd = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        while process.poll() is None:  # noqa: ASYNC110  no event tells of it where there are no pidfds
            await asyncio.sleep(0.02)
        return
    try:
        await readable(pidfd)
    finally:
        os.close(pidfd)


def has_ended(descriptor: int) -> bool:
    """Whether the process of a pidfd has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
