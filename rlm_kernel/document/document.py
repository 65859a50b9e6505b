"""A context: one text, several named texts, a list of texts, or JSON records.

It shapes, fingerprints and shares them; `making` makes them from what users have in hand. It does not search.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from .errors import DocumentError
from .origins import Origin, SourcedText, origin_of
from .parts.part_text import PartText
from .places import Entry, Places
from .share import SharedBytes
from .text import Text

PickleBy = Literal["content", "source"]
Shape = Literal["text", "mapping", "list", "records"]
_MOST_REMARKS = 12


class Document:
    """What a question is about. `shape` says what `context` will be in the sub-kernel:

    - `text`: a str; - `mapping`: name -> text; - `list`: a sequence of texts;
    - `records`: JSON data (`data`), searched as text with one record a line.

    `whole` is the document that some of its texts are parts of (`PartText`), None where none is. `remarks` are what
    the user must know beside the remarks of its texts: files that were skipped.
    """

    # What a pickle of it holds: the whole content, or the path or URL that it is read from again.
    pickle_by: PickleBy = "content"

    def __init__(
        self,
        texts: Sequence[Text],
        shape: Shape = "text",
        *,
        whole: Document | None = None,
        remarks: Iterable[str] = (),
    ) -> None:
        self.texts = tuple(texts)
        self._remarks = tuple(remarks)
        self.shape: Shape = shape
        self.whole = whole
        self._sharing = threading.Lock()
        self._shared: weakref.ref[SharedBytes] | None = None
        if not any(len(text.data) for text in self.texts):
            names = ", ".join(text.name for text in self.texts[:3]) or "the context"
            raise DocumentError(f"{names} is empty: there is nothing to ask about. Give a text that has content.")

    @classmethod
    def of(
        cls,
        context: Any,
        *,
        name: str | None = None,
        encoding: str | None = None,
        errors: str | None = None,
        password: str | None = None,
        max_size: str | int | None = None,
    ) -> Document:
        """A document from what users have in hand:

        a str; bytes; a Path (of a file, a folder, a pattern or a URL); an open file; a list of texts or Paths; a dict
        name -> text, Path, bytes or table; a DataFrame, a Series or another table (as records); a list of records; a
        Document.

        A str is always the text itself, never a path: use `Path("report.txt")` or `Document.from_files`. `encoding` is
        that of bytes and files (without it, it is told from the bytes), `errors` what to do with bytes that are not of
        it (`replace`, `ignore`, `strict`), `password` opens protected files and is kept nowhere, `max_size`
        (bytes, or such as "500MB") bounds each file: 4 GiB. Raises `DocumentError`.
        """
        from .load.make import make  # the sub-kernel has no use for it, nor for what it imports
        from .load.options import options

        return make(context, name=name, options=options(encoding, errors, password, max_size))

    @classmethod
    def from_files(
        cls,
        paths: Iterable[str | os.PathLike[str]],
        *,
        encoding: str | None = None,
        errors: str | None = None,
        password: str | None = None,
        max_size: str | int | None = None,
    ) -> Document:
        """A document from files, folders, glob patterns or URLs; several files make a mapping.

        What cannot be read of a folder or a pattern is skipped with a remark; a file that is named must be readable.
        See `of` for the options. Raises `DocumentError`.
        """
        from .load.make import from_files
        from .load.options import options

        return from_files(paths, options(encoding, errors, password, max_size))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user must know of how the texts were read: guessed encodings, conversions."""
        said = list(dict.fromkeys([*self._remarks, *(one for text in self.texts for one in origin_of(text).remarks)]))
        more = len(said) - _MOST_REMARKS
        return (*said[:_MOST_REMARKS], *([f"{more:,} more such remarks are left out"] if more > 0 else ()))

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the text; of several, that of their names and SHA-256 in their order. Hexadecimal."""
        if len(self.texts) == 1:
            return self.texts[0].sha256
        made = hashlib.sha256()
        for text in self.texts:
            made.update(json.dumps([text.name, text.sha256]).encode() + b"\n")
        return made.hexdigest()

    def unchanged(self, shared: SharedBytes) -> bool:
        """Whether the shared bytes are still those of this document, every one of them. Hashes them all."""
        data, table = SharedBytes.map(shared.fd, shared.size, shared.table_size)
        if table != (self.whole or self).table() or shared.parts != self.part_table():
            return False
        return Document.from_shared(data, table, shared.parts).fingerprint == self.fingerprint

    @property
    def chars(self) -> int:
        """The number of characters of all texts together."""
        return sum(text.chars for text in self.texts)

    @property
    def lines(self) -> int:
        """The number of lines of all texts together."""
        return sum(text.line_count for text in self.texts)

    def text_named(self, name: str) -> Text | None:
        """The text that the model calls `name`, None where there is none."""
        return next((text for text in self.texts if text.name == name), None)

    def share(self) -> SharedBytes:
        """Put all texts where other processes can map them: once, for as long as somebody has not closed it.

        A document of parts shares what it is a part of. The caller closes what it gets.
        """
        if self.whole is not None:
            with self.whole._shared_once() as shared:
                return shared.again(self.part_table())
        return self._shared_once()

    def _shared_once(self) -> SharedBytes:
        with self._sharing:
            first = self._shared() if self._shared is not None else None
            if first is None:
                first = self._write()
                self._shared = weakref.ref(first)
            return first.again()

    def _write(self) -> SharedBytes:
        if len(self.texts) == 1 and (loaded := self.texts[0].loaded) and (shared := loaded.share(self.table())):
            return shared
        return SharedBytes.write([text.data for text in self.texts], self.table())

    def part_table(self) -> dict[str, Any] | None:
        """What a reader of the shared bytes of `whole` needs to know of this document; None where it is no part.

        Of each part its name, source, and where it is: (text, first byte, end byte); of other texts the text itself.
        """
        if self.whole is None:
            return None
        numbers = {id(text): number for number, text in enumerate(self.whole.texts)}
        rows = [
            [text.name, text.source, numbers[id(text.whole)], text.start, text.end]
            if isinstance(text, PartText)
            else [text.name, text.source, text.text]
            for text in self.texts
        ]
        return {"shape": self.shape, "texts": rows}

    def table(self) -> dict[str, Any]:
        """What a reader of the shared bytes needs to know: the shape, and of each text its `Text.row`."""
        return {"shape": self.shape, "texts": [text.row() for text in self.texts]}

    @classmethod
    def from_shared(
        cls, data: memoryview, table: Mapping[str, Any], parts: Mapping[str, Any] | None = None
    ) -> Document:
        """The other end of `share`: texts over the mapped bytes."""
        texts, start = [], 0
        for row in table["texts"]:
            texts.append(Text.from_row(row, data[start : start + row[2]]))
            start += row[2]
        if parts is None:
            return cls(texts, table["shape"])
        made = [
            PartText(row[0], row[1], texts[row[2]], row[3], row[4]) if len(row) > 3 else Text.from_str(*row)
            for row in parts["texts"]
        ]
        return cls(made, parts["shape"], whole=cls(texts, table["shape"]))

    @classmethod
    def received(cls, fd: int, where: Mapping[str, Any]) -> Document:
        """The document of a descriptor that another process has shared; `where` is its `SharedBytes.where`."""
        data, table = SharedBytes.map(fd, where["size"], where["table_size"])
        return cls.from_shared(data, table, where["parts"])

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the texts; or, where `pickle_by` is "source", only where they came from, and the fingerprint."""
        if self.pickle_by == "source":
            return _read_again, (tuple(dict.fromkeys(text.source for text in self.texts)), self.fingerprint)
        rows = [(text.name, text.source, bytes(text.data), text.places.rows, origin_of(text)) for text in self.texts]
        return _from_rows, (rows, self.shape, self._remarks)

    def __repr__(self) -> str:
        return f"Document({self.shape}, {len(self.texts)} text(s), {self.chars:,} characters, {self.lines:,} lines)"


def _from_rows(
    rows: Sequence[tuple[str, str, bytes, list[Entry], Origin]], shape: Shape, remarks: tuple[str, ...]
) -> Document:
    texts = []
    for name, source, data, places, origin in rows:
        text = SourcedText(name, source, data)
        text.places, text.origin = Places(places), origin
        texts.append(text)
    return Document(texts, shape, remarks=remarks)


def _read_again(sources: tuple[str, ...], fingerprint: str) -> Document:
    document = Document.from_files(sources)
    if document.fingerprint != fingerprint:
        raise DocumentError(f"{', '.join(sources[:3])} has changed since the document was pickled: pickle it anew.")
    document.pickle_by = "source"
    return document
