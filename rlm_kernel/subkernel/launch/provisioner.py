"""Launches a locked-down sub-kernel for jupyter_client: empty environment, private sockets, nothing inherited but one
descriptor. Another provisioner can put the same process in a container; this one starts it on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Int, Unicode

from .spawn import last_words, readable, roots, spawn


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
