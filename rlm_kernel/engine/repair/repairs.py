"""The repair of code that does not parse: which changes to try, in what order and at what cost.

Code that parses never comes here: `rules` deals with what parses and cannot work.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ...trace import CodeError, Repair
from .patches import PATCHES, Fault
from .source import parse, unclosed
from .sweeps import SWEEPS, Sweep

MAX_REPAIRED = 60_000
"""Characters above which code is not repaired, only reported: many times a real block, seconds of work if hostile."""

KINDS = frozenset(kind for kind, _ in (*SWEEPS, *PATCHES))

_MAX_PARSES = 100
_MAX_PARSED_IN_ALL = 600_000
_MAX_PATCHES = 10
_SHOWN = 1_000

_Found = tuple[str, tuple[Repair, ...]]


class _Exhausted(Exception):
    """The signal to stop trying."""


class _PatchParser:
    """Counts the parsing that one attempt may cost."""

    def __init__(self) -> None:
        self.parses, self.chars = _MAX_PARSES, _MAX_PARSED_IN_ALL

    def error(self, code: str) -> CodeError | None:
        """Why `code` does not parse, None if it does."""
        self.parses -= 1
        self.chars -= len(code)
        if self.parses < 0 or self.chars < 0:
            raise _Exhausted
        result = parse(code)
        return result if isinstance(result, CodeError) else None


def repair(code: str, *, truncated: bool = False) -> _Found | None:
    """Code that parses, and what was changed for that; None if nothing found makes it parse.

    The fewest kinds of repair come first. In `truncated` code (of a reply that was cut off) nothing is closed at the
    end: half of a list would run as if it were the whole.
    """
    if len(code) > MAX_REPAIRED:
        return None
    useful = [sweep for sweep in SWEEPS if sweep[1](code) != code]
    attempts: list[tuple[Sequence[Sweep], int]] = [([sweep], 0) for sweep in useful if sweep[0] != "prose"]
    attempts.append(([], _MAX_PATCHES))
    # To make a line a comment is the last resort: a patch may have shown that it is code.
    attempts += [([sweep], 0) for sweep in useful if sweep[0] == "prose"]
    # A sweep may find its work only after another (print statements behind prompts): all have their turn.
    attempts += [(SWEEPS, _MAX_PATCHES)] if useful else []
    for sweeps, max_patches in attempts:
        parser = _PatchParser()
        with suppress(_Exhausted):
            found = _solve(code, sweeps, parser, max_patches=max_patches, truncated=truncated)
            if found is not None:
                return found if len(sweeps) < 2 else _with_fewer(code, found, parser, truncated=truncated)
    return None


def _with_fewer(code: str, found: _Found, parser: _PatchParser, *, truncated: bool) -> _Found:
    """The same without those sweeps that it parses without."""
    kinds = {change.kind for change in found[1]}
    needed = [sweep for sweep in SWEEPS if sweep[0] in kinds]
    try:
        for sweep in list(needed):
            others = [other for other in needed if other is not sweep]
            fewer = _solve(code, others, parser, max_patches=_MAX_PATCHES, truncated=truncated)
            if fewer is not None and len(fewer[1]) < len(found[1]):
                found, needed = fewer, others
    except _Exhausted:
        pass
    return found


def _solve(
    code: str, sweeps: Sequence[Sweep], parser: _PatchParser, *, max_patches: int, truncated: bool
) -> _Found | None:
    repairs: list[Repair] = []
    for kind, sweep in sweeps:
        swept = sweep(code)
        if swept != code:
            repairs.append(difference(kind, code, swept))
            code = swept
    error = parser.error(code)
    for _ in range(max_patches):
        if error is None:
            break
        step = _best_patch(code, error, parser, truncated=truncated)
        if step is None:
            return None
        kind, patched, error = step
        repairs.append(difference(kind, code, patched))
        code = patched
    return (code, tuple(repairs)) if error is None else None


def _best_patch(
    code: str, error: CodeError, parser: _PatchParser, *, truncated: bool
) -> tuple[str, str, CodeError | None] | None:
    """The first patch that makes `code` parse, else the one that moves the error furthest down."""
    best: tuple[str, str, CodeError | None] | None = None
    reached = error.line or 0
    for kind, patch in PATCHES:
        for candidate in patch(code, Fault(error.line or 1, truncated)):
            remaining = parser.error(candidate)
            if remaining is None:
                return kind, candidate, None
            line = remaining.line or 0
            # Of several open brackets the parser names the last, so that to close the first moves nothing.
            closes = best is None and kind == "bracket" and len(unclosed(candidate)) < len(unclosed(code))
            if line > reached or (closes and line == reached):
                reached, best = line, (kind, candidate, remaining)
    return best


def difference(kind: str, before: str, after: str) -> Repair:
    """The lines that differ between two states of the code, as a repair of the trace."""
    old, new = before.split("\n"), after.split("\n")
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Repair(kind=kind, before=_shown(old[head : len(old) - tail]), after=_shown(new[head : len(new) - tail]))


def _shown(lines: list[str]) -> str:
    text = "\n".join(lines)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
