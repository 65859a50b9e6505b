"""Makes the document of a sub-run from what a cell described (`finding`): parts of a document, texts, JSON data.

Every description comes from a sub-kernel and is taken as hostile: it is checked here, piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..document import Document
from ..errors import DocumentError
from ..text import Text
from .part_text import PartText

MAX_TEXTS = 10_000
# Of the texts that are no parts; and of parts in any case, however small the document.
MAX_BYTES = 64 << 20
_LONGEST_NAME = 300
_FORMS = "a part, a text, a list or a mapping of these, or data"


def document_of(document: Document, spec: Any, name: str = "context") -> Document:
    """The document that `spec` describes; its parts are views of `document`'s own bytes, named after where they stand.

    `spec` is what `PartFinder.of` gives. At most 10,000 texts, 64 MB of texts that are no parts, and in parts together
    at most twice the document (or 64 MB). `name` is that of a text that is no part. A part of a part is one of the
    document at the bottom, `Document.whole`. Raises DocumentError, in one sentence, for anything else.
    """
    kind, value = _only(spec)
    made = _Making(document)
    if kind == "data":
        return _of_data(value, name)
    if kind == "list":
        texts = made.listed(value)
        return Document(texts, "list", whole=made.whole(texts))
    if kind == "mapping":
        texts = made.mapped(value)
        return Document(texts, "mapping", whole=made.whole(texts))
    text = made.text(spec, name)
    return Document([text], whole=made.whole([text]))


def _only(spec: Any) -> tuple[str, Any]:
    if not isinstance(spec, dict) or len(spec) != 1:
        raise DocumentError(f"A context must be {_FORMS}: this is {_shown(spec)}.")
    return next(iter(spec.items()))


def _shown(value: Any) -> str:
    return f"an object with {len(value)} names" if isinstance(value, dict) else f"a {type(value).__name__}"


def _of_data(value: Any, name: str) -> Document:
    from ..load.make import of_json  # what reads files and tables is not needed elsewhere

    return of_json(value, name)


class _Making:
    """Makes the texts of one description, and counts what they take."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._copied = 0
        self._viewed = 0
        self._most_viewed = max(MAX_BYTES, 2 * sum(len(text.data) for text in document.texts))

    def whole(self, texts: Sequence[Text]) -> Document | None:
        """The document whose bytes the texts are views of, None where none is one."""
        if not any(isinstance(text, PartText) for text in texts):
            return None
        return self._document.whole or self._document

    def listed(self, specs: Any) -> list[Text]:
        """The texts of a list, each with a name of its own."""
        if not isinstance(specs, list):
            raise DocumentError(f"A list of texts is {_shown(specs)}: give a list.")
        self._count(len(specs))
        texts, seen = [], dict[str, int]()
        for at, spec in enumerate(specs):
            text = self.text(spec, f"[{at}]")
            seen[text.name] = again = seen.get(text.name, 0) + 1
            while again > 1 and f"{text.name} ({again})" in seen:
                again += 1
            if again > 1:
                text.name = f"{text.name} ({again})"
                seen[text.name] = 1
            texts.append(text)
        return texts

    def mapped(self, specs: Any) -> list[Text]:
        """The texts of a mapping, with the names that they have in it."""
        if not isinstance(specs, dict):
            raise DocumentError(f"A mapping of texts is {_shown(specs)}: give an object.")
        self._count(len(specs))
        texts = []
        for name, spec in specs.items():
            if len(name) > _LONGEST_NAME:
                raise DocumentError(f"A text's name has {len(name):,} characters: {_LONGEST_NAME} are the limit.")
            text = self.text(spec, name)
            text.name = name
            texts.append(text)
        return texts

    def _count(self, texts: int) -> None:
        if texts > MAX_TEXTS:
            raise DocumentError(f"A context of {texts:,} texts is too many: give at most {MAX_TEXTS:,}, or join them.")

    def text(self, spec: Any, name: str) -> Text:
        """One text: a part, or one that is sent."""
        kind, value = _only(spec)
        if kind == "part":
            return self._part(value)
        if kind != "text":
            raise DocumentError(f"A context of texts can hold parts and texts only, not {_said(kind)}.")
        if not isinstance(value, str):
            raise DocumentError(f"A text is {_shown(value)}: give a str.")
        text = Text.from_str(name, "text", value)
        self._copied += len(text.data)
        if self._copied > MAX_BYTES:
            raise DocumentError(f"The texts have more than {MAX_BYTES >> 20} MB: give parts of `context`, or fewer.")
        return text

    def _part(self, value: Any) -> Text:
        match value:
            case [int(index), int(start), int(end)] if not any(type(number) is bool for number in value):
                pass
            case _:
                raise DocumentError("A part is [text, first byte, end byte], three whole numbers.")
        texts = self._document.texts
        if not 0 <= index < len(texts):
            raise DocumentError(f"A part is of text {_number(index)}: the document has {len(texts):,}, counted from 0.")
        text = texts[index]
        size = len(text.data)
        if not 0 <= start <= end <= size:
            raise DocumentError(
                f"A part from byte {_number(start)} to {_number(end)} is not within {text.name}, which has {size:,}."
            )
        if not (_begins_character(text, start) and _begins_character(text, end)):
            raise DocumentError(f"A part of {text.name} begins or ends within a character: give whole characters.")
        self._viewed += end - start
        if self._viewed > self._most_viewed:
            raise DocumentError("The parts are more than twice the document: give each piece once.")
        if isinstance(text, PartText) or self._document.whole is None:
            return _named(PartText(text.name, text.source, text, start, end))
        # A text that was sent, within a document of parts: it is not among the bytes that are shared.
        self._copied += end - start
        return Text(text.name, text.source, text.view[start:end])


def _said(kind: str) -> str:
    return "more lists" if kind in ("list", "mapping") else f"{kind[:40]!r}"


def _number(number: int) -> str:
    return f"{number:,}" if abs(number) < 1 << 63 else "no such number"


def _begins_character(text: Text, position: int) -> bool:
    return position == len(text.data) or not 0x80 <= text.view[position] < 0xC0


def _named(part: PartText) -> PartText:
    """The part, named after the lines of the whole text that it holds, where it is not all of it."""
    if part.end - part.start == len(part.whole.data):
        part.name = part.whole.name
        return part
    first, last = part.first_line, part.first_line + max(0, part.line_count - 1)
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    part.name = f"{part.whole.name}, {lines}"
    return part
