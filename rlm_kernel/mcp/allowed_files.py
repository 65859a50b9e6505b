"""Which files an agent may reach: those below its folders, opened so that what was checked is what is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from ..document import Document
from ..render.sanitize import one_line
from .server_settings import ToolFailure

_NO_FOLDERS = (
    "No file can be opened: this client names no folders (roots), and the server was started without --root; "
    "start it as `rlm mcp --root FOLDER`."
)


def folder_of(uri: str) -> Path | None:
    """The folder that a root of the client's means; None for anything but an absolute `file://` address of here."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return Path(path) if path.startswith("/") and "\0" not in path else None


def load(given: str, folders: Sequence[Path], max_bytes: int, **how: str | None) -> Document:
    """The document in a file below one of the folders, read as `Document.of` is told by `how`.

    Raises `ToolFailure` and `DocumentError`.
    """
    given = _path_of(given)
    real = _find(given, folders)
    descriptor = _open(given, real, folders)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ToolFailure(f"{_shown(given)} is no regular file: name one file.")
        if status.st_size > max_bytes:
            raise ToolFailure(
                f"{_shown(given)} has {status.st_size:,} bytes and this client may still load {max_bytes:,}: "
                "close a session, or load a smaller file."
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return Document.of(_OpenFile(file, real, max_bytes), name=real.name, **how)
    finally:
        os.close(descriptor)


class _OpenFile:
    """An open file under the name that it was found by, not the number it has here. It may grow, but not for us."""

    def __init__(self, file: BinaryIO, path: Path, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.name = str(path)

    def read(self) -> bytes:
        return self._file.read(self._limit)


def _path_of(given: str) -> str:
    """The path that a `file://` address stands for; anything else as it is."""
    if not given.startswith("file:"):
        return given
    path = folder_of(given)
    if path is None:
        raise ToolFailure(f"{_shown(given)} is no address of a file of this machine: give file:///... or a path.")
    return str(path)


def _find(given: str, folders: Sequence[Path]) -> Path:
    """The real path of what was named: without links, and below a folder. Nothing is said of what is elsewhere."""
    if "://" in given[:40]:
        raise ToolFailure(f"{_shown(given)} is an address: only files can be opened, by their path.")
    if not given.strip() or "\0" in given:
        raise ToolFailure("The path is empty or has a NUL character in it: give the path of a file.")
    if not folders:
        raise ToolFailure(_NO_FOLDERS)
    for folder in map(_real, folders):
        real = _real(folder / given)
        if real.is_relative_to(folder) and (real.exists() or Path(given).is_absolute()):
            return real
    if any(_real(folder / given).is_relative_to(_real(folder)) for folder in folders):
        raise ToolFailure(f"There is no file {_shown(given)} below {_named(folders)}: check the name.")
    raise ToolFailure(f"{_shown(given)} is outside the folders that may be read: {_named(folders)}.")


def _open(given: str, real: Path, folders: Sequence[Path]) -> int:
    """A descriptor of the file, reached from its folder step by step through no link: one that was put there after
    the path was looked at is not followed."""
    folder = next(folder for folder in map(_real, folders) if real.is_relative_to(folder))
    steps = real.relative_to(folder).parts
    if not steps:
        raise ToolFailure(f"{_shown(given)} is a folder: name one file in it.")
    always = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        at = os.open(folder, always | os.O_DIRECTORY)
        try:
            for step in steps[:-1]:
                at, above = os.open(step, always | os.O_DIRECTORY, dir_fd=at), at
                os.close(above)
            # A pipe that nobody writes to must not be waited for.
            return os.open(steps[-1], always | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=at)
        finally:
            os.close(at)
    except OSError as error:
        raise ToolFailure(
            f"{_shown(given)} cannot be opened below {_named(folders)} ({error.strerror}): check the name and its "
            "permissions."
        ) from None


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        raise ToolFailure(f"{_shown(str(path))} is no path that can be followed: check the name.") from None


def _shown(given: str) -> str:
    return repr(one_line(given, 200))


def _named(folders: Sequence[Path]) -> str:
    shown = ", ".join(one_line(str(folder), 200) for folder in folders[:8])
    return shown if len(folders) <= 8 else f"{shown} and {len(folders) - 8} more"
