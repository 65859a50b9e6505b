"""Where the embedded model keeps its files, and locks between processes. Knows nothing about models."""

from __future__ import annotations

import os
import platform
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

POLL_SECONDS = 0.1


def cache_dir() -> Path:
    """The user's cache directory of this package; `RLM_CACHE_DIR` overrides it. Not created here."""
    override = os.environ.get("RLM_CACHE_DIR")
    return Path(override).expanduser().absolute() if override else Path(platformdirs.user_cache_dir("rlm-kernel"))


def runtime_dir() -> Path:
    """A private directory for what lives as long as a process of this host. Created, mode 0700.

    Inside the cache and not in a system-wide temporary directory, where another user could have made it first;
    one for each host, because a home directory may be shared by several.
    """
    host = "".join(c if c.isalnum() or c in "-_" else "-" for c in platform.node()) or "localhost"
    return private_dir(cache_dir() / "run" / host)


def prefixes_dir() -> Path:
    """Where the embedded model's states of the instructions are kept. Created, mode 0700. Raises OSError."""
    return private_dir(cache_dir() / "prefixes")


def private_dir(path: Path) -> Path:
    """Create `path` (and its parents) with mode 0700. Raises `OSError` where it belongs to somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid"):
        status = path.stat()
        if status.st_uid != os.getuid():
            raise PermissionError(f"{path} belongs to another user: set RLM_CACHE_DIR to a directory of your own")
        if stat.S_IMODE(status.st_mode) & 0o077:
            path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace a file's content at one stroke, mode 0600."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


@contextmanager
def locked(path: Path, *, waiting: Callable[[], None] | None = None, timeout: float | None = None) -> Iterator[None]:
    """Hold an exclusive lock among processes and threads; the system releases it when its holder dies.

    `waiting` is called again and again while another one holds it. Raises `TimeoutError` after `timeout` seconds.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _try_lock(descriptor):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"another process has held {path} for more than {timeout:g} s")
            if waiting is not None:
                waiting()
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
