"""Makes documents from what users have in hand: texts, bytes, files, URLs, tables, records. It reads no file itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from ..document import Document
from ..errors import DocumentError
from ..origins import renamed
from ..text import Text
from . import tables
from .files import expand, from_bytes, read, short_names
from .remote import Remote


def make(context: Any, *, name: str | None, encoding: str | None) -> Document:
    """See `Document.of`."""
    if isinstance(context, Document):
        return context
    if isinstance(context, str):
        return Document([Text.from_str(name or "context", "text", context)])
    if isinstance(context, bytes | bytearray | memoryview):
        return Document([from_bytes(name or "context", name or "bytes", bytes(context), encoding)])
    if isinstance(context, os.PathLike):
        return from_files([context], encoding)
    if tables.is_table(context):
        return _of_table(context, name)
    if hasattr(context, "read"):
        return _of_open_file(context, name, encoding)
    if isinstance(context, Mapping):
        return _of_mapping(context, name, encoding)
    if isinstance(context, set | frozenset):
        # A set has no order of its own, and a run must be repeatable.
        return _of_sequence(sorted(context, key=repr), name, encoding)
    if isinstance(context, Sequence):
        return _of_sequence(list(context), name, encoding)
    raise DocumentError(
        f"A context cannot be made from {type(context).__name__}: give a str, a Path, a list, a dict, "
        "a DataFrame or a Document."
    )


def from_files(paths: Iterable[str | os.PathLike[str]], encoding: str | None) -> Document:
    """See `Document.from_files`."""
    files: list[Path | Remote] = []
    for path in paths:
        files += [file for file in expand(os.fspath(path)) if file not in files]
    if not files:
        raise DocumentError("No file is named: there is nothing to ask about. Give at least one path.")
    texts = [read(file, encoding) for file in files]
    if len(texts) == 1:
        return Document(texts)
    return Document([renamed(text, name) for name, text in zip(short_names(files), texts, strict=True)], "mapping")


def _of_open_file(file: Any, name: str | None, encoding: str | None) -> Document:
    known = str(getattr(file, "name", "") or "file")
    content = file.read()
    if isinstance(content, str):
        return make(content, name=name or known, encoding=None)
    if not isinstance(content, bytes | bytearray | memoryview):
        raise DocumentError(f"Reading {known} gave {type(content).__name__}, neither text nor bytes: give a str.")
    text = from_bytes(name or known, known, bytes(content), encoding, PurePath(known).suffix.lower())
    return Document([text])


def _of_table(table: Any, name: str | None) -> Document:
    rows = tables.records(table)
    if rows and all(isinstance(row, str) for row in rows):
        return _of_sequence(rows, name, None)
    return of_json(rows, name or "records")


def _of_mapping(context: Mapping[Any, Any], name: str | None, encoding: str | None) -> Document:
    if not context or not all(_is_text(value) or tables.is_table(value) for value in context.values()):
        return of_json(dict(context), name or "context")
    return Document([_named_text(str(key), value, encoding) for key, value in context.items()], "mapping")


def _of_sequence(items: list[Any], name: str | None, encoding: str | None) -> Document:
    if items and all(isinstance(item, os.PathLike) for item in items):
        return from_files(items, encoding)
    if items and all(_is_text(item) for item in items):
        return Document([_named_text(f"[{index}]", item, encoding) for index, item in enumerate(items)], "list")
    return of_json(items, name or "records")


def of_json(data: Any, name: str) -> Document:
    """A document of records from JSON data, or what pandas makes of it. Raises DocumentError."""
    try:
        if not data:
            text = ""
        elif isinstance(data, list):
            text = "\n".join(json.dumps(item, ensure_ascii=False, default=tables.plain) for item in data)
        else:
            text = json.dumps(data, ensure_ascii=False, default=tables.plain, indent=1)
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(
            f"The context {name} cannot be written as JSON ({error}): give texts or plain data."
        ) from None
    return Document([Text.from_str(name, "json-lines" if isinstance(data, list) else "json", text)], "records")


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes | bytearray | os.PathLike)


def _named_text(name: str, value: Any, encoding: str | None) -> Text:
    if isinstance(value, str):
        return Text.from_str(name, "text", value)
    if isinstance(value, bytes | bytearray):
        return from_bytes(name, name, bytes(value), encoding)
    if isinstance(value, os.PathLike):
        files = expand(os.fspath(value))
        if len(files) > 1:
            raise DocumentError(f"{os.fspath(value)} matches {len(files):,} files: give each one a name of its own.")
        return renamed(read(files[0], encoding), name)
    return Text.from_str(name, "table", tables.csv_text(value))
