"""The command line: `rlm ask`, `rlm replay`, `rlm doctor` and the rest. The engine is imported by what needs it.

Answers go to stdout, everything else to stderr; `codes` says what the exit codes mean.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from . import exit_codes
from .options import parse
from .output import complain

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Mistakes of the user are one sentence on stderr."""
    _tolerate_encodings()
    options = parse(sys.argv[1:] if arguments is None else list(arguments))
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except exit_codes.Failure as failure:
        complain(str(failure))
        return failure.code
    except KeyboardInterrupt:
        complain("interrupted")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has enough. What is still buffered must not fail once more when Python exits.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.BROKEN_PIPE
    return code


def _tolerate_encodings() -> None:
    """A terminal that cannot show a character shows its number; it does not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
