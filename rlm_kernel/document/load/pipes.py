"""Reads pipes, which give their bytes once: waits for a writer, though not for ever, and bounds what is read."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from pathlib import Path

from ..errors import DocumentError
from .options import LoadOptions

WRITER_SECONDS = 10.0
IDLE_SECONDS = 300.0
_CHUNK = 1 << 20


def read_pipe(path: Path, mode: int, options: LoadOptions) -> bytes:
    """All bytes of a pipe. Raises DocumentError for devices, for too many bytes, and where nobody writes."""
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise DocumentError(f"{path} is a device, not a file: name a file, or pipe its content.")
    if not stat.S_ISFIFO(mode):
        raise DocumentError(f"{path} is neither a file nor a pipe: name a file.")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return _read(descriptor, path, options)
    finally:
        os.close(descriptor)


def _read(descriptor: int, path: Path, options: LoadOptions) -> bytes:
    pieces: list[bytes] = []
    size = 0
    begun = last = time.monotonic()
    writer = False
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        try:
            piece = os.read(descriptor, _CHUNK)
        except BlockingIOError as error:
            if error.errno != errno.EAGAIN:
                raise
            writer = True
            if time.monotonic() - last > IDLE_SECONDS:
                raise DocumentError(
                    f"{path} is a pipe that gave nothing for {IDLE_SECONDS:.0f} s: name a file."
                ) from None
            poll.poll(1000)
            continue
        if piece:
            writer, last = True, time.monotonic()
            pieces.append(piece)
            size += len(piece)
            if size > options.max_size:
                raise options.too_large(str(path))
        elif writer:
            return b"".join(pieces)
        elif time.monotonic() - begun > WRITER_SECONDS:
            raise DocumentError(f"{path} is a pipe that nobody writes to: name a file, or start its writer first.")
        else:
            # Without a writer a pipe is at its end at once, and polling it would not wait for one.
            time.sleep(0.02)
