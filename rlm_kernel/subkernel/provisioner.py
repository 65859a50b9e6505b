"""Launches a locked-down sub-kernel for jupyter_client: empty environment, private sockets, nothing inherited but two
descriptors. Another provisioner can put the same process in a container; this one starts it on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

INSIDE = Path(__file__).parent / "inside" / "__main__.py"
PACKAGE_ROOT = Path(__file__).parents[2]


def command() -> list[str]:
    """The command of a sub-kernel, for a kernelspec's `argv`."""
    return [sys.executable, "-I", "-X", "utf8", str(INSIDE), "{connection_file}"]


class SubKernelProvisioner(KernelProvisionerBase):
    """One sub-kernel's process. `launch_kernel` takes `rpc_fd` and `document_fd`, which the child inherits."""

    process: subprocess.Popen[bytes] | None = None
    stderr_text = ""

    @property
    def has_process(self) -> bool:
        return self.process is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file and make up the command; the user's environment is dropped here."""
        manager: Any = self.parent
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        kwargs.pop("extra_arguments", None)
        kwargs.pop("env", None)
        cmd = [*manager.format_kernel_cmd(), str(kwargs["rpc_fd"]), str(PACKAGE_ROOT)]
        cmd += [path for path in sys.path if os.path.isabs(path) and os.path.isdir(path)]
        return await super().pre_launch(cmd=cmd, env={}, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the process in a session of its own, with an empty environment."""
        self.process = subprocess.Popen(  # noqa: ASYNC220, S603  the command is the kernelspec's; vfork takes a millisecond
            cmd,
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(kwargs["rpc_fd"], kwargs["document_fd"]),
            start_new_session=True,
        )
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
            os.set_blocking(process.stderr.fileno(), False)
            self.stderr_text = (process.stderr.read(8192) or b"").decode("utf-8", "replace")
            process.stderr.close()
        if self.process is process:
            self.process = None
        return code

    async def send_signal(self, signum: int) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signum)

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
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
