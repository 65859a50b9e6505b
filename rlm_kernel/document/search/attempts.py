"""How a pattern of `grep` is read: as it stands, then ignoring case, then with other marks between its words."""

from __future__ import annotations

import re
from typing import Any

_KNOWN_FLAGS = int(re.IGNORECASE | re.DOTALL | re.MULTILINE | re.VERBOSE | re.ASCII | re.UNICODE)


def attempts(pattern: Any, flags: Any, *, exact: bool = False) -> list[tuple[str, str, int]]:
    """The ways to read a pattern, strictest first: (what was done, the pattern, flags). `exact`: as it stands only.

    Raises ValueError for what is no pattern, or none of the flags of `re`.
    """
    if type(pattern) is not str or not pattern:
        raise ValueError("grep: give a pattern, e.g. grep('total')")
    if not isinstance(flags, int) or int(flags) & ~_KNOWN_FLAGS:
        raise ValueError("grep: flags are those of re: re.IGNORECASE, re.DOTALL, re.VERBOSE, re.ASCII")
    given = int(flags)
    if exact:
        return [("", pattern, given)]
    smart = given if _has_capital(pattern) else given | re.IGNORECASE
    readings = [("", pattern, smart)]
    if not smart & re.IGNORECASE:
        readings.append(("ignoring case", pattern, given | re.IGNORECASE))
    if " " in pattern and "[" not in pattern and not given & re.VERBOSE:
        # A label is often written with underscores or dashes where a question has spaces.
        loose = re.sub(r"(?<!\\) +", r"[\\s_-]+", pattern)
        readings.append(("reading spaces as spaces, _ or -", loose, given | re.IGNORECASE))
    return readings


def _has_capital(pattern: str) -> bool:
    return any(char.isupper() for char in re.sub(r"\\.|\(\?P<\w+>", "", pattern))
