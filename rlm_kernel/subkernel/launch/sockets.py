"""Where the sockets of a sub-kernel are: abstract ones that leave nothing behind, or a private folder that is removed.

A folder is locked as long as its owner lives, so that the next start can sweep away those of the dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

_PREFIX = "rlm-sockets-"
_PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


def abstract() -> tuple[dict[str, Any], dict[str, Any]]:
    """Connection information of sockets without a path (Linux), to which only this process can connect: for the
    sub-kernel, whose ZeroMQ writes their names with an @, and for this process."""
    name, key = f"rlm-{secrets.token_hex(16)}", secrets.token_hex(32)
    common = {"transport": "ipc", "signature_scheme": "hmac-sha256", **_PORTS}
    theirs = {**common, "ip": f"@{name}", "key": key, "client": os.getpid()}
    return theirs, {**common, "ip": f"\0{name}", "key": key.encode()}


class Folder:
    """A new folder that only this user can enter; `path` is short enough for sockets."""

    def __init__(self) -> None:
        sweep()
        while True:
            self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=_base())
            self._lock = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Another process may have swept it away before it was locked.
            if os.path.isdir(self.path):
                return
            os.close(self._lock)

    def remove(self) -> None:
        """Remove it with all that is in it. May be called twice."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def sweep() -> None:
    """Remove the folders of this user's processes that were killed while they started a sub-kernel."""
    for found in Path(_base()).glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):
            lock = os.open(found, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(found, ignore_errors=True)
            finally:
                os.close(lock)


def _base() -> str:
    """Where sockets can be made: their paths may have about 100 characters, so a deep TMPDIR will not do."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    return base if 0 < len(base) < 60 and os.path.isdir(base) else "/tmp"  # noqa: S108  the folder made in it is 0700
