"""A context: one text, several named texts, a list of texts, or JSON records; made from what users have in hand.

It names, shapes, fingerprints and shares; `reading` reads files. It neither searches nor asks anybody anything.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, Literal

from . import frames
from .errors import DocumentError
from .origins import origin_of, renamed
from .reading import expand, from_bytes, read, short_names
from .remote import Remote
from .share import SharedBytes
from .text import Text

Shape = Literal["text", "mapping", "list", "records"]
_MOST_REMARKS = 5


class Document:
    """What a question is about. `shape` says what `context` will be in the sub-kernel:

    - `text`: a str; - `mapping`: name -> text; - `list`: a sequence of texts;
    - `records`: JSON data (`data`), searched as text with one record a line.
    """

    def __init__(self, texts: Sequence[Text], shape: Shape = "text") -> None:
        self.texts = tuple(texts)
        self.shape: Shape = shape
        if not any(len(text.data) for text in self.texts):
            names = ", ".join(text.name for text in self.texts[:3]) or "the context"
            raise DocumentError(f"{names} is empty: there is nothing to ask about. Give a text that has content.")

    @classmethod
    def of(cls, context: Any, *, name: str | None = None, encoding: str | None = None) -> Document:
        """A document from what users have in hand:

        a str; bytes; a Path (of a file, a pattern or a URL); an open file; a list of texts or Paths; a dict name ->
        text, Path, bytes or table; a DataFrame, a Series or another table (as records); a list of records; a Document.

        A str is always the text itself, never a path: use `Path("report.txt")` or `Document.from_files`. `encoding` is
        that of bytes and files; without it, it is told from the bytes. Raises `DocumentError`.
        """
        if isinstance(context, Document):
            return context
        if isinstance(context, str):
            return cls([Text.from_str(name or "context", "text", context)])
        if isinstance(context, bytes | bytearray | memoryview):
            return cls([from_bytes(name or "context", name or "bytes", bytes(context), encoding)])
        if isinstance(context, os.PathLike):
            return cls.from_files([context], encoding=encoding)
        if frames.is_table(context):
            return cls._of_table(context, name)
        if hasattr(context, "read"):
            return cls._of_open_file(context, name, encoding)
        if isinstance(context, Mapping):
            return cls._of_mapping(context, name, encoding)
        if isinstance(context, set | frozenset):
            # A set has no order of its own, and a run must be repeatable.
            return cls._of_sequence(sorted(context, key=repr), name, encoding)
        if isinstance(context, Sequence):
            return cls._of_sequence(list(context), name, encoding)
        raise DocumentError(
            f"A context cannot be made from {type(context).__name__}: give a str, a Path, a list, a dict, "
            "a DataFrame or a Document."
        )

    @classmethod
    def from_files(cls, paths: Iterable[str | os.PathLike[str]], *, encoding: str | None = None) -> Document:
        """A document from files, glob patterns or URLs; several files make a mapping. Raises `DocumentError`."""
        files: list[Path | Remote] = []
        for path in paths:
            files += [file for file in expand(os.fspath(path)) if file not in files]
        if not files:
            raise DocumentError("No file is named: there is nothing to ask about. Give at least one path.")
        texts = [read(file, encoding) for file in files]
        if len(texts) == 1:
            return cls(texts)
        return cls([renamed(text, name) for name, text in zip(short_names(files), texts, strict=True)], "mapping")

    @classmethod
    def _of_open_file(cls, file: Any, name: str | None, encoding: str | None) -> Document:
        known = str(getattr(file, "name", "") or "file")
        content = file.read()
        if isinstance(content, str):
            return cls.of(content, name=name or known)
        if not isinstance(content, bytes | bytearray | memoryview):
            raise DocumentError(f"Reading {known} gave {type(content).__name__}, neither text nor bytes: give a str.")
        text = from_bytes(name or known, known, bytes(content), encoding, PurePath(known).suffix.lower())
        return cls([text])

    @classmethod
    def _of_table(cls, table: Any, name: str | None) -> Document:
        rows = frames.records(table)
        if rows and all(isinstance(row, str) for row in rows):
            return cls._of_sequence(rows, name, None)
        return cls._of_json(rows, name or "records")

    @classmethod
    def _of_mapping(cls, context: Mapping[Any, Any], name: str | None, encoding: str | None) -> Document:
        if not context or not all(_is_text(value) or frames.is_table(value) for value in context.values()):
            return cls._of_json(dict(context), name or "context")
        return cls([_named_text(str(key), value, encoding) for key, value in context.items()], "mapping")

    @classmethod
    def _of_sequence(cls, items: list[Any], name: str | None, encoding: str | None) -> Document:
        if items and all(isinstance(item, os.PathLike) for item in items):
            return cls.from_files(items, encoding=encoding)
        if items and all(_is_text(item) for item in items):
            return cls([_named_text(f"[{index}]", item, encoding) for index, item in enumerate(items)], "list")
        return cls._of_json(items, name or "records")

    @classmethod
    def _of_json(cls, data: Any, name: str) -> Document:
        try:
            if not data:
                text = ""
            elif isinstance(data, list):
                text = "\n".join(json.dumps(item, ensure_ascii=False, default=frames.plain) for item in data)
            else:
                text = json.dumps(data, ensure_ascii=False, default=frames.plain, indent=1)
        except (TypeError, ValueError, RecursionError) as error:
            raise DocumentError(
                f"The context {name} cannot be written as JSON ({error}): give texts or plain data."
            ) from None
        return cls([Text.from_str(name, "json-lines" if isinstance(data, list) else "json", text)], "records")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user must know of how the texts were read: guessed encodings, conversions."""
        made = list(dict.fromkeys(remark for text in self.texts for remark in origin_of(text).remarks))
        more = len(made) - _MOST_REMARKS
        return (*made[:_MOST_REMARKS], *([f"{more:,} more documents were read with such a remark"] if more > 0 else ()))

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
        return table == self.table() and Document.from_shared(data, table).fingerprint == self.fingerprint

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
        """Put all texts, once, where other processes can map them. The caller closes it."""
        if len(self.texts) == 1 and (loaded := self.texts[0].loaded) and (shared := loaded.share(self.table())):
            return shared
        return SharedBytes.write([text.data for text in self.texts], self.table())

    def table(self) -> dict[str, Any]:
        """What a reader of the shared bytes needs to know: the shape, and of each text its `Text.row`."""
        return {"shape": self.shape, "texts": [text.row() for text in self.texts]}

    @classmethod
    def from_shared(cls, data: memoryview, table: Mapping[str, Any]) -> Document:
        """The other end of `share`: texts over the mapped bytes."""
        texts, start = [], 0
        for row in table["texts"]:
            texts.append(Text.from_row(row, data[start : start + row[2]]))
            start += row[2]
        return cls(texts, table["shape"])

    def __repr__(self) -> str:
        return f"Document({self.shape}, {len(self.texts)} text(s), {self.chars:,} characters, {self.lines:,} lines)"


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes | bytearray | os.PathLike)


def _named_text(name: str, value: Any, encoding: str | None) -> Text:
    if isinstance(value, str):
        return Text.from_str(name, "text", value)
    if isinstance(value, bytes | bytearray):
        return from_bytes(name, "bytes", bytes(value), encoding)
    if isinstance(value, os.PathLike):
        files = expand(os.fspath(value))
        if len(files) > 1:
            raise DocumentError(f"{os.fspath(value)} matches {len(files):,} files: give each one a name of its own.")
        return renamed(read(files[0], encoding), name)
    return Text.from_str(name, "table", frames.csv_text(value))
