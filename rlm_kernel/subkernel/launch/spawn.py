"""A process of ours without anything of the parent's: its command, its environment, its descriptors, its last words."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def has_ended(descriptor: int) -> bool:
    """Whether the process of a pidfd has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
