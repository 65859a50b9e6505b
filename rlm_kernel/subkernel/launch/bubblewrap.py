"""Puts a sub-kernel in a bubblewrap sandbox (`bwrap`): namespaces of its own, and only what Python needs of the
file system, read-only. A kernelspec asks for it as `rlm-bubblewrap-provisioner`; our own layers are put on inside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from traitlets import List, Unicode

from ..errors import IsolationError
from .provisioner import SubKernelProvisioner
from .spawn import PACKAGE_ROOT, readable, roots, spawn

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime")
_NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
_START_TIMEOUT = 30.0


class BubblewrapProvisioner(SubKernelProvisioner):
    """One sub-kernel's process inside bubblewrap. Signals go to the sub-kernel, not to `bwrap`, which ends with it."""

    bwrap = Unicode("bwrap", help="The program: a name that is looked up in PATH, or a path.").tag(config=True)
    read_only_paths = List(Unicode(), help="More files and folders that it may read.").tag(config=True)
    bwrap_arguments = List(Unicode(), help="More arguments for bwrap, put before the command.").tag(config=True)

    _inner_pidfd = -1
    _inner_pid: int | None = None
    _separate: tuple[str, ...] = ()

    @property
    def signalled(self) -> int | None:
        """The sub-kernel's process as it is seen from here."""
        return self._inner_pid

    @property
    def layers(self) -> dict[str, Any]:
        """The namespaces that bubblewrap says it has made, where they are not ours."""
        return {"bubblewrap": list(self._separate), "weak": False} if self._separate else {}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the process. Raises IsolationError where bubblewrap is missing or is not allowed to work."""
        program = shutil.which(self.bwrap)
        if program is None:
            raise IsolationError(f"The kernelspec asks for bubblewrap, but {self.bwrap!r} was not found: install it.")
        told, telling = os.pipe()
        try:
            with contextlib.closing(_Descriptor(telling)):
                env = {str(name): str(value) for name, value in (self.kernel_spec.env or {}).items()}
                wrapped = [program, *self._arguments(cmd, telling), "--", *cmd]
                self.process = spawn(wrapped, (kwargs["rpc_fd"], telling), env)
            await self._read_status(told)
        finally:
            os.close(told)
        return self.connection_info

    def _arguments(self, cmd: list[str], status: int) -> list[str]:
        made = ["--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1", "--json-status-fd", str(status)]
        visible = {*_SYSTEM, sys.prefix, sys.base_prefix, str(PACKAGE_ROOT / "rlm_kernel"), *self.read_only_paths}
        visible |= {path for path in roots() if path != str(PACKAGE_ROOT)}
        visible |= {part for part in cmd if os.path.isfile(part)} | {os.path.realpath(cmd[0])}
        for path in visible:
            if not any(Path(other) in Path(path).parents for other in visible):
                made += ["--ro-bind-try", path, path]
        folder = str(Path(self.connection_info["ip"]).parent)
        made += ["--proc", "/proc", "--dev", "/dev", "--bind", folder, folder, "--chdir", "/"]
        return [*made, *self.bwrap_arguments]

    async def _read_status(self, told: int) -> None:
        """Learn from bubblewrap which process is the sub-kernel and which namespaces are its own."""
        os.set_blocking(told, False)
        text = b""
        async with asyncio.timeout(_START_TIMEOUT):
            while b"\n" not in text:
                await readable(told)
                piece = os.read(told, 4096)
                if not piece:
                    return  # it ended: what it had to say is in its standard error
                text += piece
        status = json.loads(text.split(b"\n")[0])
        with contextlib.suppress(ProcessLookupError):
            self._inner_pidfd = os.pidfd_open(status["child-pid"])
            self._inner_pid = status["child-pid"]
        own = {name: os.stat(f"/proc/self/ns/{name}").st_ino for name in _NAMESPACES}
        self._separate = tuple(name for name in _NAMESPACES if status.get(f"{name}-namespace", own[name]) != own[name])

    def signal_now(self, signum: int) -> None:
        """Send a signal to the sub-kernel; to `bwrap` itself, which takes it along, where it has not begun."""
        if self._inner_pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._inner_pidfd, signum)
        elif self.process is not None and self.process.returncode is None:
            self.process.send_signal(signum)

    async def wait(self) -> int | None:
        """Wait for the end. A death by a signal, which `bwrap` reports as 128 and its number, is told as usual."""
        code = await super().wait()
        if self._inner_pidfd >= 0:
            os.close(self._inner_pidfd)
            self._inner_pidfd = -1
        return 128 - code if code is not None and code > 128 else code


class _Descriptor:
    def __init__(self, number: int) -> None:
        self._number = number

    def close(self) -> None:
        os.close(self._number)
