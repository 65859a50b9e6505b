"""Where a text came from: its encoding, its file's format, who converted it. It reads nothing itself."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .text import Text


@dataclass(frozen=True, slots=True)
class Origin:
    """How the characters of a text were had.

    `encoding` of the bytes that were read (empty for what was given as characters), `format` of the file (`PDF`, ...,
    empty for plain text), `converter` with its version, `newlines` of a text file whose lines did not end in line
    feeds alone (`CRLF`, `CR`, `mixed`; they do now), `records`
    where it is JSON records, one a line, and `remarks`: sentences that the user must know.
    """

    encoding: str = ""
    format: str = ""
    converter: str = ""
    newlines: str = ""
    records: bool = False
    remarks: tuple[str, ...] = ()

    def with_remarks(self, remarks: Iterable[str]) -> Origin:
        """The same with other remarks."""
        return replace(self, remarks=tuple(remarks))


class SourcedText(Text):
    """A text that was read from bytes, with its `origin`."""

    origin: Origin = Origin()


_GIVEN = Origin()


def origin_of(text: Text) -> Origin:
    """How the characters of `text` were had."""
    origin = getattr(text, "origin", _GIVEN)
    return origin if isinstance(origin, Origin) else _GIVEN


def renamed(text: Text, name: str, source: str | None = None) -> Text:
    """The same text, not copied, under another name."""
    other = copy.copy(text)
    other.name = name
    other.source = text.source if source is None else source
    return other


def distinct(names: Iterable[str]) -> list[str]:
    """The names, each with a number behind it where it stood before: `a.txt`, `a.txt (2)`."""
    taken: set[str] = set()
    found = []
    for wanted in names:
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted} ({number})"
        taken.add(name)
        found.append(name)
    return found
