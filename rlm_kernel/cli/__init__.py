"""The command line: `rlm ask`, `rlm replay`, `rlm doctor` and the rest. The engine is imported by what needs it.

Answers go to stdout, everything else to stderr; `codes` says what the exit codes mean.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .. import _no_posix
from . import exit_codes
from .options import parse
from .output import complain, let_go, unwritable

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Mistakes of the user are one sentence on stderr."""
    _reopen_closed()
    _tolerate_encodings()
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    finally:
        let_go()


def _run(arguments: list[str]) -> int:
    try:
        if sys.stdout is None:
            raise exit_codes.Failure("stdout is closed: there is nowhere to write to.", exit_codes.OUTPUT)
        options = parse(arguments)
        return options.run(options)  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        if (sentence := _no_posix(error)) is None:
            raise
        complain(sentence)
        return exit_codes.ISOLATION
    except exit_codes.Failure as failure:
        complain(str(failure))
        return failure.code
    except KeyboardInterrupt:
        complain("interrupted")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        return exit_codes.BROKEN_PIPE  # whoever read us has enough
    except OSError as error:
        from ..render.terminal import OutputError

        if not isinstance(error, OutputError):
            raise
        complain(str(unwritable(error)))
        return exit_codes.OUTPUT


def _reopen_closed() -> None:
    """A standard stream that is closed (`>&-`) leads nowhere: the next file to be opened must not get its number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def _tolerate_encodings() -> None:
    """A terminal that cannot show a character shows its number; it does not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
