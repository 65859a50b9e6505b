"""From a value that code holds to the part of the shared document that it is: (text, first byte, end byte).

Used in the sub-kernel, so that a piece of a large document is named instead of sent. `parts` makes a document of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..lines import find_bytes
from ..search.rows import Section
from ..text import Text
from ..view import LargeText

if TYPE_CHECKING:
    from ..document import Document

# A shorter text costs less to send than to look for.
SHORT = 200
_NEEDLE = 128
_AHEAD = 1 << 12
_MOST_SCANNED = 4 << 30
_MOST_CANDIDATES = 1_000

Spec = dict[str, Any]


def part_of(document: Document, value: Any) -> Spec:
    """One value as `PartFinder.of` describes it, of JSON data as it is."""
    return PartFinder(document, lambda data: data).of(value)


class PartFinder:
    """Describes values of the cells as parts of `document`, within a bounded amount of searching for each cell.

    `plain` makes JSON data of any other value, or raises TypeError.
    """

    def __init__(self, document: Document, plain: Callable[[Any], Any]) -> None:
        self._texts = document.texts
        self._plain = plain
        self._whole: dict[int, int] | None = None
        self.begin()

    def begin(self) -> None:
        """A new cell: it may search anew."""
        self._at = (0, 0)
        self._left = _MOST_SCANNED

    def of(self, value: Any) -> Spec:
        """The description of a context, which `parts.document_of` reads:

        `{"part": [text, first byte, end byte]}`, `{"text": str}`, `{"list": [...]}` and `{"mapping": {name: ...}}` of
        these, and `{"data": JSON}`. A `Section` is the lines that it has. Raises TypeError for what is none of them.
        """
        if (made := self._text(value)) is not None:
            return made
        if isinstance(value, Mapping) and value:
            items = [(key, self._text(item)) for key, item in value.items()]
            if all(type(key) is str and item is not None for key, item in items):
                return {"mapping": dict(items)}
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray) and len(value):
            # The first item tells: what is no text must not be made twice, a table's row say.
            first = self._text(value[0])
            if first is not None:
                rest = [self._text(item, short=True) for item in islice(value, 1, None)]
                if all(item is not None for item in rest):
                    return {"list": [first, *rest]}
        data = self._plain(value)
        return {"text": data} if isinstance(data, str) else {"data": data}

    def _text(self, value: Any, *, short: bool = False) -> Spec | None:
        if type(value) is LargeText:
            return self._view(value)
        if type(value) is Section:
            return self._section(value)
        if type(value) is not str:
            return None
        found = self._found(value) if len(value) >= SHORT else self._next(value) if short and value else None
        return {"part": list(found)} if found else {"text": value}

    def _named(self, name: str) -> int | None:
        return next((at for at, text in enumerate(self._texts) if text.name == name), None)

    def _view(self, view: LargeText) -> Spec:
        at = self._named(view._text.name)
        if at is None:
            raise TypeError("a large text that is no part of the document")
        self._at = (at, view._offset + len(view._text.data))
        return {"part": [at, view._offset, self._at[1]]}

    def _section(self, section: Section) -> Spec | None:
        at = self._named(section.source)
        if at is None:
            return None
        text = self._texts[at]
        first, last = max(1, section.line_num), min(section.end_line, text.line_count)
        return {"part": [at, text.line_start(first), text.line_start(last + 1)]} if first <= last else None

    def _found(self, value: str) -> tuple[int, int, int] | None:
        if self._whole is None:
            # `context`, or a text of it, is the very object that the document has decoded.
            self._whole = {id(text.text): at for at, text in enumerate(self._texts) if "text" in text.__dict__}
        whole = self._whole.get(id(value))
        if whole is not None and self._texts[whole].__dict__.get("text") is value:
            return self._take(whole, 0, len(self._texts[whole].data))
        if found := self._next(value):
            return found
        wanted = value.encode("utf-8", "surrogatepass")
        at, position = self._at
        for index in (*range(at, len(self._texts)), *range(at + 1)):
            begin, position = position, 0
            found_at = self._search(self._texts[index], wanted, begin)
            if found_at >= 0:
                return self._take(index, found_at, found_at + len(wanted))
        return None

    def _take(self, index: int, start: int, end: int) -> tuple[int, int, int]:
        self._at = (index, end)
        return index, start, end

    def _next(self, value: str) -> tuple[int, int, int] | None:
        """Where the last one ended, or a little after it; or the whole of the next text."""
        wanted = value.encode("utf-8", "surrogatepass")
        at, position = self._at
        if at < len(self._texts):
            data = self._texts[at].view
            near = bytes(data[position : position + len(wanted) + _AHEAD]).find(wanted) if len(data) > position else -1
            if near >= 0:
                return self._take(at, position + near, position + near + len(wanted))
            if at + 1 < len(self._texts) and self._texts[at + 1].data == wanted:
                return self._take(at + 1, 0, len(wanted))
        return None

    def _search(self, text: Text, wanted: bytes, begin: int) -> int:
        view, needle = text.view, _needle(wanted)
        offset, tried = wanted.index(needle), 0
        while begin + len(wanted) <= len(view) and self._left > 0 and tried < _MOST_CANDIDATES:
            hit = find_bytes(view, needle, begin + offset, len(view))
            self._left -= (hit if hit >= 0 else len(view)) - begin
            if hit < 0:
                return -1
            start = hit - offset
            if start + len(wanted) <= len(view) and view[start : start + len(wanted)] == wanted:
                return start
            begin, tried = start + 1, tried + 1
        return -1


def _needle(wanted: bytes) -> bytes:
    """A piece of the bytes that is likely to be rare: of several, the one with the most different bytes."""
    step = max(_NEEDLE, len(wanted) // 8)
    pieces = [wanted[at : at + _NEEDLE] for at in range(0, max(1, len(wanted) - _NEEDLE + 1), step)]
    return max(pieces, key=lambda piece: (len(set(piece)), len(piece)))
