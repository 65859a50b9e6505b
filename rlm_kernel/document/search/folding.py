"""Makes a regular expression find what a person means by it: any kind of blank, quote and hyphen, ligatures, soft
hyphens, and words that are hyphenated at the end of a line. Positions stay those of the text.

The pattern's parsed form is widened, and only by what occurs in the text that is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from ..lines import find_bytes
from ..text import Text

# The characters that are searched for alike, by the one that is on a keyboard.
_KINDS = {
    " ": " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "'": "'’‘‛ʼ′",
    '"': '"“”„‟″«»',
    "-": "-‐‑‒–−",
}
_KIND_OF = {char: kind for kind in _KINDS.values() for char in kind}
_LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "st": "ﬆ"}
_HYPHENATED = re.compile(rb"[a-z\x80-\xff]-\n[ \t]*[a-z\x80-\xff]")
_AROUND = 64

# What a text has that patterns are widened by.
KINDS, SOFT_HYPHENS, LIGATURES, LINE_BREAKS = "kinds", "soft hyphens", "ligatures", "line breaks"
Folds = frozenset[str]
NONE: Folds = frozenset()


def folds_of(text: Text) -> Folds:
    """What in `text` is written in other characters than a person types. Worked out once."""
    known: Folds | None = text.__dict__.get("_folds")
    if known is None:
        known = text.__dict__["_folds"] = frozenset(_found(text))
    return known


def _found(text: Text) -> list[str]:
    view = text.view
    has: Callable[[bytes], bool] = lambda wanted: find_bytes(view, wanted, 0, len(view)) >= 0  # noqa: E731
    found = []
    if not text.ascii:
        # The first two bytes of most of the characters.
        if any(
            map(
                has, (b"\xc2\xa0", b"\xe2\x80", b"\xe2\x88\x92", b"\xc2\xab", b"\xc2\xbb", b"\xe3\x80\x80", b"\xca\xbc")
            )
        ):
            found.append(KINDS)
        if has(b"\xc2\xad"):
            found.append(SOFT_HYPHENS)
        if has(b"\xef\xac"):
            found.append(LIGATURES)
    if _is_hyphenated(view):
        found.append(LINE_BREAKS)
    return found


def _is_hyphenated(view: memoryview) -> bool:
    at = 0
    while (at := find_bytes(view, b"-\n", at, len(view))) >= 0:
        if _HYPHENATED.search(bytes(view[max(0, at - 1) : at + _AROUND])):
            return True
        at += 2
    return False


@lru_cache(256)
def parsed(pattern: str, flags: int, folds: Folds) -> tuple[Any, bool]:
    """The parsed form of a pattern, widened by `folds`, and whether that has changed it. Raises re.error."""
    tree = parser.parse(pattern, flags)
    # A character that no keyboard has is looked for in all its kinds in any text.
    changed = _Widener(folds).widen(tree)
    return tree, changed


@lru_cache(256)
def untouched(pattern: str, flags: int) -> Any:
    """The parsed form of a pattern as it stands. Raises re.error."""
    return parser.parse(pattern, flags)


def compiled(pattern: str, flags: int, folds: Folds) -> re.Pattern[str]:
    """The pattern, widened by `folds`, for Python's `re`. Raises re.error."""
    tree, changed = parsed(pattern, flags, folds)
    made: re.Pattern[str] = compiler.compile(tree, flags) if changed else re.compile(pattern, flags)
    return made


class _Widener:
    def __init__(self, folds: Folds) -> None:
        self._folds = folds
        self._changed = False

    def widen(self, tree: Any) -> bool:
        """Widen a parsed pattern in place."""
        self._sequence(tree)
        return self._changed

    def _sequence(self, items: Any) -> None:
        for kind, value in items.data:
            self._inside(kind, value)
        state, data = items.state, list(items.data)
        widened: list[Any] = []
        at = 0
        while at < len(data):
            size = self._ligature(data, at)
            if size:
                letters = data[at : at + size]
                widened.append(_either(state, self._apart(letters, state), _LIGATURES[_text(letters)]))
                self._changed = True
            else:
                size = 1
                widened.append(self._one(*data[at]))
            at += size
            if between := self._between(data[at - 1], data[at] if at < len(data) else None, state):
                widened.append(between)
                self._changed = True
        items.data = widened
        items.width = None

    def _apart(self, letters: list[Any], state: Any) -> list[Any]:
        """Letters with what may stand between them."""
        apart = letters[:1]
        for before, letter in pairwise(letters):
            between = self._between(before, letter, state)
            apart += [between, letter] if between else [letter]
        return apart

    def _inside(self, kind: Any, value: Any) -> None:
        """Widen what is within a group, a branch, a repeat or a look-around."""
        if kind is op.BRANCH:
            for branch in value[1]:
                self._sequence(branch)
        elif kind is op.SUBPATTERN:
            self._sequence(value[3])
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            self._sequence(value[2])
        elif kind is op.ATOMIC_GROUP:
            self._sequence(value)
        elif kind in (op.ASSERT, op.ASSERT_NOT) and value[0] > 0:
            # A look-behind must keep its width.
            self._sequence(value[1])

    def _one(self, kind: Any, value: Any) -> tuple[Any, Any]:
        if kind is op.LITERAL:
            chars = self._alike(chr(value))
            if len(chars) > 1:
                self._changed = True
                return op.IN, [(op.LITERAL, ord(char)) for char in chars]
        elif kind is op.IN and value[0] != (op.NEGATE, None):
            more = {
                ord(other)
                for each, code in value
                if each is op.LITERAL
                for other in self._alike(chr(code))
                if (op.LITERAL, ord(other)) not in value
            }
            if more:
                self._changed = True
                return op.IN, [*value, *((op.LITERAL, code) for code in sorted(more))]
        return kind, value

    def _alike(self, char: str) -> str:
        kind = _KIND_OF.get(char, char)
        if KINDS in self._folds:
            return kind
        # The text has none of the others but the one of the keyboard.
        return char if char == kind[0] else kind[0] + char

    def _ligature(self, data: list[Any], at: int) -> int:
        if LIGATURES not in self._folds:
            return 0
        text = _text(data[at : at + 3]).lower()
        return next(
            (
                len(plain)
                for plain in _LIGATURES
                if text.startswith(plain) and _text(data[at : at + len(plain)]) == plain
            ),
            0,
        )

    def _between(self, item: Any, following: Any, state: Any) -> Any:
        """What may stand between two letters of a word: a soft hyphen, a hyphen at the end of a line."""
        if following is None or not _is_letter(following):
            return None
        breaks = []
        if _is_letter(item):
            if SOFT_HYPHENS in self._folds:
                breaks.append("\u00ad")
            if LINE_BREAKS in self._folds:
                breaks.append("[-\u2010]\n[ \t]*")
        elif item == (op.LITERAL, 45) and LINE_BREAKS in self._folds:
            breaks.append("\n[ \t]*")
        if not breaks:
            return None
        branch = parser.SubPattern(state, [(op.BRANCH, (None, [_subpattern(state, text) for text in breaks]))])
        return op.MAX_REPEAT, (0, 1, branch)


def _text(data: list[Any]) -> str:
    """The literal characters that a sequence begins with."""
    text = ""
    for kind, value in data:
        if kind is not op.LITERAL:
            break
        text += chr(value)
    return text


def _is_letter(item: Any) -> bool:
    return item[0] is op.LITERAL and chr(item[1]).isalpha()


def _subpattern(state: Any, pattern: str) -> Any:
    made = parser.parse(pattern)
    return parser.SubPattern(state, made.data)


def _either(state: Any, data: list[Any], ligature: str) -> Any:
    one = parser.SubPattern(state, data)
    other = parser.SubPattern(state, [(op.LITERAL, ord(ligature))])
    return op.BRANCH, (None, [one, other])
