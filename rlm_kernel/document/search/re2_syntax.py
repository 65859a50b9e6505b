"""Python's regular expressions in the words of RE2, which reads bytes at one speed whatever the pattern.

A pattern is parsed by Python's own parser and written anew, so that what RE2 finds is what `re` would find. Where it
cannot be (look-around, back references, `\\b` beside letters that are not ASCII), `relaxed` gives a pattern that
occurs in every line in which the original does: `re` then reads those lines only.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

_MAX_REPEAT = 1000
_CATEGORY = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
# What most patterns use, without a look at every character that there is.
_SPACES = r"\t-\r\x{1C}-\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
_CLASSES = {
    r"[\d]": r"\p{Nd}",
    r"[\w]": r"[\p{L}\p{N}_]",
    r"[\s]": f"[{_SPACES}]",
    r"[\D]": r"\P{Nd}",
    r"[\W]": r"[^\p{L}\p{N}_]",
    r"[\S]": f"[^{_SPACES}]",
}
_REPEATS = {op.MAX_REPEAT: "", op.MIN_REPEAT: "?", op.POSSESSIVE_REPEAT: ""}


class Untranslatable(Exception):
    """RE2 has no such thing; the text names it."""


def exact(tree: Any, *, ascii_only: bool) -> str:
    """A pattern of RE2 that finds just what the parsed pattern does in a text (of ASCII only). Raises
    Untranslatable."""
    return _Writer(ascii_only, relax=False).write(tree)


def relaxed(tree: Any, *, ascii_only: bool) -> str:
    """A pattern of RE2 that occurs in every line in which the parsed pattern does. Raises Untranslatable where that may
    match a line feed, or nothing at all."""
    writer = _Writer(ascii_only, relax=True)
    made = writer.write(tree)
    if writer.leaves_line:
        raise Untranslatable("what spans lines")
    if tree.getwidth()[0] == 0:
        raise Untranslatable("what may be empty")
    return made


def literals(tree: Any, flags: int) -> list[str]:
    """The texts that a parsed pattern is one of (`total|sum`); none where it is more than that."""
    if (tree.state.flags ^ flags) & re.IGNORECASE:
        return []
    items = list(tree)
    start = "".join(chr(code) for kind, code in items if kind is op.LITERAL)
    if all(kind is op.LITERAL for kind, _ in items):
        return [start] if start else []
    # The parser puts what the branches begin with before them.
    if items[-1][0] is not op.BRANCH or any(kind is not op.LITERAL for kind, _ in items[:-1]):
        return []
    branches = items[-1][1][1]
    if not all(kind is op.LITERAL for branch in branches for kind, _ in branch):
        return []
    return [start + "".join(chr(code) for _, code in branch) for branch in branches if len(branch) or start]


class _Writer:
    def __init__(self, ascii_only: bool, *, relax: bool) -> None:
        self._ascii_only = ascii_only
        self._relax = relax
        self.leaves_line = False

    def write(self, tree: Any) -> str:
        return self._all(tree, tree.state.flags)

    def _all(self, items: Iterable[Any], flags: int) -> str:
        made, literals = [], ""
        for kind, value in items:
            if kind is op.LITERAL and flags & re.IGNORECASE and not self._odd_case(value, flags):
                self.leaves_line |= value == 10
                literals += _escaped(value)
                continue
            if literals:
                made.append(f"(?i:{literals})")
                literals = ""
            made.append(self._one(kind, value, flags))
        return "".join([*made, f"(?i:{literals})" if literals else ""])

    def _odd_case(self, code: int, flags: int) -> bool:
        # The two do not agree on the cases of these.
        return not self._ascii_only and (chr(code) in "iIıİ" or bool(flags & re.ASCII))

    def _one(self, kind: Any, value: Any, flags: int) -> str:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.CATEGORY):
            return self._characters(kind, value, flags)
        if kind is op.ANY:
            self.leaves_line |= bool(flags & re.DOTALL)
            return "(?s:.)" if flags & re.DOTALL else r"[^\n]"
        if kind is op.BRANCH:
            return f"(?:{'|'.join(self._all(branch, flags) for branch in value[1])})"
        if kind is op.SUBPATTERN:
            return self._group(value, flags)
        if kind in _REPEATS:
            return self._repeat(kind, value, flags)
        if kind is op.AT:
            return self._place(value, flags)
        return self._unlike(kind, value, flags)

    def _group(self, value: Any, flags: int) -> str:
        number, added, removed, inner = value
        body = self._all(inner, (flags | added) & ~removed)
        return f"(?:{body})" if number is None or self._relax else f"({body})"

    def _repeat(self, kind: Any, value: Any, flags: int) -> str:
        least, most, inner = value
        body = self._all(inner, flags)
        if kind is op.POSSESSIVE_REPEAT and not self._relax:
            raise Untranslatable("possessive repeats")
        if least > _MAX_REPEAT or (most is not op.MAXREPEAT and most > _MAX_REPEAT):
            raise Untranslatable("repeats beyond 1000")
        if not self._relax and most > 1 and inner.getwidth()[0] == 0:
            raise Untranslatable("repeats of what may be empty")
        known = {(0, op.MAXREPEAT): "*", (1, op.MAXREPEAT): "+", (0, 1): "?"}.get((least, most))
        most_shown = "" if most is op.MAXREPEAT else most
        return f"(?:{body}){known or f'{{{least},{most_shown}}}'}{_REPEATS[kind]}"

    def _place(self, value: Any, flags: int) -> str:
        if value in (op.AT_BEGINNING, op.AT_END) and flags & re.MULTILINE:
            return "(?m:^)" if value is op.AT_BEGINNING else "(?m:$)"
        if value is op.AT_BEGINNING_STRING or (value is op.AT_BEGINNING and not self._relax):
            self.leaves_line = True
            return r"\A"
        if value is op.AT_END_STRING:
            self.leaves_line = True
            return r"\z"
        if value in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            if self._relax:
                return ""
            if self._ascii_only:
                return r"\b" if value is op.AT_BOUNDARY else r"\B"
            raise Untranslatable("\\b in a text with other letters than ASCII")
        raise Untranslatable("an end of text that is not one of a line")

    def _unlike(self, kind: Any, value: Any, flags: int) -> str:
        if not self._relax:
            raise Untranslatable(str(kind).lower().replace("_", " "))
        if kind in (op.ASSERT, op.ASSERT_NOT):
            self._all(value[1], flags)  # whether it may look past the line
            return ""
        if kind is op.ATOMIC_GROUP:
            return f"(?:{self._all(value, flags)})"
        if kind is op.GROUPREF:
            return r"[^\n]*"  # a group that may hold a line feed has been seen to leave the line
        raise Untranslatable(str(kind).lower().replace("_", " "))

    def _characters(self, kind: Any, value: Any, flags: int) -> str:
        if kind is op.LITERAL and not flags & re.IGNORECASE:
            self.leaves_line |= value == 10
            return _escaped(value)
        if kind is op.IN and all(each is op.LITERAL and not chr(code).isalpha() for each, code in value):
            # No letter, so no other case: RE2 reads these as they are.
            self.leaves_line |= (op.LITERAL, 10) in value
            return "[" + "".join(f"\\x{{{code:X}}}" for _, code in value) + "]"
        source = _class(kind, value)
        self.leaves_line |= _matches(source, flags, "\n")
        if not self._ascii_only and not flags & (re.ASCII | re.IGNORECASE) and (known := _CLASSES.get(source)):
            return known
        return _ranges(source, flags & (re.IGNORECASE | re.ASCII), self._ascii_only)


def _escaped(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and (char.isalnum() or char in " _") else f"\\x{{{code:X}}}"


def _class(kind: Any, value: Any) -> str:
    if kind is op.IN:
        return f"[{''.join(_member(*item) for item in value)}]"
    if kind is op.NOT_LITERAL:
        return f"[^{_member(op.LITERAL, value)}]"
    return f"[{_member(kind, value)}]"


def _member(kind: Any, value: Any) -> str:
    if kind is op.NEGATE:
        return "^"
    if kind is op.LITERAL:
        return f"\\U{value:08x}"
    if kind is op.RANGE:
        return f"\\U{value[0]:08x}-\\U{value[1]:08x}"
    if kind is op.CATEGORY and value in _CATEGORY:
        return _CATEGORY[value]
    raise Untranslatable(str(kind).lower())


def _matches(source: str, flags: int, char: str) -> bool:
    return re.match(source, char, flags & (re.IGNORECASE | re.ASCII)) is not None


@lru_cache(maxsize=256)
def _ranges(source: str, flags: int, ascii_only: bool) -> str:
    """A class of characters, as `re` itself understands it, in ranges that RE2 reads."""
    everything = _ASCII if ascii_only else _everything()
    found = [(ord(match[0][0]), ord(match[0][-1])) for match in re.finditer(f"{source}+", everything, flags)]
    if not found:
        # Nothing can match it. RE2 has no empty class; this byte is in no text.
        return r"[^\x{0}-\x{10FFFF}]"
    return "[" + "".join(f"\\x{{{first:X}}}-\\x{{{last:X}}}" for first, last in found) + "]"


_ASCII = "".join(map(chr, range(128)))
_kept: list[str] = []


def _everything() -> str:
    """All characters in their order, but for surrogates."""
    if not _kept:
        codes: Callable[[int, int], str] = lambda first, last: "".join(map(chr, range(first, last)))  # noqa: E731
        _kept.append(codes(0, 0xD800) + codes(0xE000, sys.maxunicode + 1))
    return _kept[0]
