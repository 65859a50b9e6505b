"""Bytes that several processes map instead of copying: a sealed memfd, or an unlinked file where there is none.

A large file is read straight into such a memfd, so that loading and sharing it take one copy of it, not three.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import stat
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

# Values of linux/fcntl.h; Python 3.11's fcntl has them only where it was built on a recent enough system.
SEAL_COMMAND = 1033
_LARGE = 1 << 24
_BOM = b"\xef\xbb\xbf"
SEALS = 0x1 | 0x2 | 0x4 | 0x8  # seal, shrink, grow, write


class SharedBytes:
    """An open descriptor of read-only bytes: the texts one after the other, then the table as JSON.

    `fd` can be inherited by a child, which reads it with `SharedBytes.map(fd, size, table_size)`. `parts` says which
    pieces of the texts are meant where it is not all of them (`Document.part_table`); `where` is all that the child
    has to be told.
    """

    def __init__(self, fd: int, size: int, table_size: int, parts: Mapping[str, Any] | None = None) -> None:
        self.fd = fd
        self.size = size
        self.table_size = table_size
        self.parts = parts

    @property
    def where(self) -> dict[str, Any]:
        """What the one who maps the descriptor must know, as JSON."""
        return {"size": self.size, "table_size": self.table_size, "parts": self.parts}

    def again(self, parts: Mapping[str, Any] | None = None) -> SharedBytes:
        """Another descriptor of the same bytes, which closes apart from this one."""
        made = SharedBytes(os.dup(self.fd), self.size, self.table_size, parts)
        made.kept = self.kept or self
        return made

    # What must live as long as this does: the first of several descriptors of the same bytes.
    kept: SharedBytes | None = None

    @classmethod
    def write(cls, parts: Sequence[bytes | memoryview], table: Mapping[str, Any]) -> Self:
        """Write the parts and the table, then seal them against every further change."""
        tail = json.dumps(table).encode()
        sealed = hasattr(os, "memfd_create")
        fd = _memory_file() if sealed else _unlinked_file()
        try:
            for part in [*parts, tail]:
                view = memoryview(part)
                while len(view):
                    view = view[os.write(fd, view[: 1 << 30]) :]
            if sealed:
                fcntl.fcntl(fd, SEAL_COMMAND, SEALS)
        except BaseException:
            os.close(fd)
            raise
        return cls(fd, sum(len(part) for part in parts), len(tail))

    @staticmethod
    def map(fd: int, size: int, table_size: int) -> tuple[memoryview, dict[str, Any]]:
        """Map the bytes read-only: the texts' bytes and the table."""
        mapped = memoryview(mmap.mmap(fd, size + table_size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ))
        return mapped[:size], json.loads(bytes(mapped[size:]))

    def close(self) -> None:
        """Close the descriptor; those who mapped it keep what they have."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.kept = None

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class LoadedFile:
    """The bytes of a file, without a byte order mark, in memory that other processes may map: `data`.

    `share` needs no copy: the table goes behind the bytes, once, and every share is another descriptor of the same.
    """

    def __init__(self, fd: int, size: int) -> None:
        self._fd = fd
        self._tail: bytes | None = None
        self._lock = threading.Lock()
        self.data = memoryview(mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ))
        weakref.finalize(self, os.close, fd)

    @classmethod
    def read(cls, path: Path, most: int) -> Self | None:
        """Read a large regular file, its first `most` bytes; None where it is no such file, or the system cannot do it.

        Raises OSError.
        """
        if not hasattr(os, "memfd_create"):
            return None
        with path.open("rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size < _LARGE:
                return None
            skipped = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
            fd = _memory_file()
            try:
                size, most = 0, most - skipped
                while sent := os.sendfile(fd, file.fileno(), skipped + size, min(1 << 30, most - size)):
                    size += sent
                return cls(fd, size)
            except BaseException as error:
                os.close(fd)
                if isinstance(error, OSError):
                    return None
                raise

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> Self | None:
        """The pieces one after the other; None where the system has no such memory."""
        if not hasattr(os, "memfd_create"):
            return None
        fd, size = _memory_file(), 0
        try:
            for piece in pieces:
                view = memoryview(piece)
                while len(view):
                    sent = os.write(fd, view)
                    size += sent
                    view = view[sent:]
            return cls(fd, size)
        except BaseException:
            os.close(fd)
            raise

    def share(self, table: Mapping[str, Any]) -> SharedBytes | None:
        """Another descriptor of the sealed bytes; None where they have been sealed with another table."""
        tail = json.dumps(table).encode()
        with self._lock:
            if self._tail is None:
                os.pwrite(self._fd, tail, len(self.data))
                fcntl.fcntl(self._fd, SEAL_COMMAND, SEALS)
                self._tail = tail
        return SharedBytes(os.dup(self._fd), len(self.data), len(tail)) if tail == self._tail else None


def _memory_file() -> int:
    return os.memfd_create("rlm-context", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def _unlinked_file() -> int:
    fd, path = tempfile.mkstemp(prefix="rlm-context-")
    os.unlink(path)
    return fd
