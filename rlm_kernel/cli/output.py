"""What is written where: one answer on stdout, remarks on stderr, traces in files; nothing hostile in any of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

from ..render.sanitize import clean, one_line, plain
from .exit_codes import OUTPUT, Failure

_UNSEEN_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


def complain(message: str) -> None:
    """One line on stderr that begins with `rlm: `."""
    _say(f"rlm: {one_line(message, 2_000)}")


def remark(message: str) -> None:
    """One line on stderr, cleaned."""
    _say(one_line(message, 2_000))


def _say(line: str) -> None:
    # Where even stderr is gone the exit code is all that can still be said.
    with contextlib.suppress(OSError, AttributeError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def let_go() -> None:
    """What is still buffered for a broken stdout or stderr must not fail once more when Python exits."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_answer(value: Any) -> None:
    """The answer alone: a str as it is, anything else as JSON."""
    print_text(value if isinstance(value, str) else as_json(value))


def print_text(text: str) -> None:
    """Text of a model on stdout: without anything that steers a terminal, also through a pipe into `less`."""
    try:
        print(clean(text) if sys.stdout.isatty() else plain(text), flush=True)  # noqa: T201
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(error) from None


def unwritable(error: OSError) -> Failure:
    """What ends a command whose answer cannot be written."""
    return Failure(f"stdout cannot be written: {error.strerror or error}.", OUTPUT)


def as_json(value: Any) -> str:
    """JSON in which every character that a terminal might obey is escaped; it reads back as the same data."""
    return safe_json(json.dumps(value, ensure_ascii=False))


def safe_json(text: str) -> str:
    """The same JSON with the characters escaped that JSON itself would let through."""
    return _UNSEEN_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def check_file(option: str, path: str | None) -> Path | None:
    """Where a file can be written. Raises `Failure` before the run rather than after it."""
    if path is None:
        return None
    file = Path(path).expanduser()
    if file.is_dir():
        raise Failure(f"{option} {path}: that is a directory; give the path of a file.")
    if not file.parent.is_dir():
        raise Failure(f"{option} {path}: the folder {file.parent} does not exist.")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise Failure(f"{option} {path}: that cannot be written; check its permissions.")
    return file


def write_file(file: Path, text: str) -> None:
    """Replace a file at one stroke; a pipe or a device is written to as it is. Raises OSError."""
    file = file.resolve()
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        file.write_text(text, encoding="utf-8")
        return
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
