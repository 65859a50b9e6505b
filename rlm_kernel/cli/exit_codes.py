"""The exit codes, and the error that carries one."""

from __future__ import annotations

from typing import Final

ANSWERED: Final = 0
DIFFERS: Final = 1
USAGE: Final = 2
EXHAUSTED: Final = 3
MODEL: Final = 4
ISOLATION: Final = 5
OUTPUT: Final = 6
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

TABLE = """exit codes:
  0    answered (doctor: all that is essential works; replay: everything is reproduced)
  1    replay: something is not reproduced; canary: a planted line was missed
  2    usage: a bad option, a file that cannot be read, no model configured
  3    a limit was reached (the best guess, if there is one, is printed and marked), or the answer is disputed or not
       certain enough
  4    the model failed (doctor: no model; fetch: no weights)
  5    the model's code cannot be isolated here
  6    stdout cannot be written: it is closed, or its disk is full
  130  interrupted (143: terminated)"""


class Failure(Exception):
    """Ends the command with `code` after its text, one sentence, was written to stderr."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code
