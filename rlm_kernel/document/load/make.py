"""Makes documents from what users have in hand: texts, bytes, files, URLs, tables, records. It reads no file itself."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from ..document import Document
from ..errors import DocumentError
from ..origins import distinct, origin_of, renamed
from ..text import Text
from . import tables
from .files import from_bytes, read, skipped
from .folders import expand, short_names
from .options import LoadOptions
from .remote import Remote


def make(context: Any, *, name: str | None, options: LoadOptions) -> Document:
    """See `Document.of`."""
    if isinstance(context, Document):
        return context
    if isinstance(context, str):
        return Document([Text.from_str(name or "context", "text", context)])
    if isinstance(context, bytes | bytearray | memoryview):
        return _document(from_bytes(name or "context", name or "bytes", bytes(context), options))
    if isinstance(context, os.PathLike):
        return from_files([context], options)
    if tables.is_table(context):
        return _of_table(context, name)
    if hasattr(context, "read"):
        return _of_open_file(context, name, options)
    if isinstance(context, Mapping):
        return _of_mapping(context, name, options)
    if isinstance(context, set | frozenset):
        # A set has no order of its own, and a run must be repeatable.
        return _of_sequence(sorted(context, key=repr), name, options)
    if isinstance(context, Sequence):
        return _of_sequence(list(context), name, options)
    raise DocumentError(
        f"A context cannot be made from {type(context).__name__}: give a str, a Path, a list, a dict, "
        "a DataFrame or a Document."
    )


def from_files(paths: Iterable[str | os.PathLike[str]], options: LoadOptions) -> Document:
    """See `Document.from_files`."""
    files: list[Path | Remote] = []
    searched: set[int] = set()
    for path in paths:
        expanded, by_search = expand(os.fspath(path))
        fresh = [file for file in expanded if file not in files]
        searched.update(range(len(files), len(files) + len(fresh)) if by_search else ())
        files += fresh
    if not files:
        raise DocumentError("No file is named: there is nothing to ask about. Give at least one path.")
    texts: list[Text] = []
    refusals: list[str] = []
    room = options.max_size
    for number, (file, short) in enumerate(zip(files, short_names(files), strict=True)):
        try:
            found = read(file, options)
        except DocumentError as error:
            if number not in searched or len(files) == 1:
                raise
            refusals.append(str(error))
            continue
        room -= sum(len(text.data) for text in found)
        if room < 0:
            raise DocumentError(
                f"The files hold more than {options.max_size:,} bytes of text: name fewer of them, or raise "
                "max_document_size (--max-document-size)."
            )
        if len(files) > 1:
            found = [renamed(text, f"{short}/{text.name}" if len(found) > 1 else short) for text in found]
        texts += found
    if not texts:
        raise DocumentError(f"None of the {len(files):,} files can be read; the first one: {refusals[0]}")
    return _document(texts, skipped("Of the files that were found", refusals))


def _document(texts: Sequence[Text], remarks: Sequence[str] = ()) -> Document:
    """One text by itself, several by their names."""
    if len(texts) > 1:
        return Document(_once(texts), "mapping", remarks=remarks)
    return Document(texts, "records" if origin_of(texts[0]).records else "text", remarks=remarks)


def _once(texts: Sequence[Text]) -> list[Text]:
    """The texts under names of their own: archives may hold a name twice."""
    names = distinct(text.name for text in texts)
    return [text if name == text.name else renamed(text, name) for text, name in zip(texts, names, strict=True)]


def _of_open_file(file: Any, name: str | None, options: LoadOptions) -> Document:
    known = str(getattr(file, "name", "") or "file")
    content = file.read(options.max_size + 1) if isinstance(file, io.IOBase) else file.read()
    if isinstance(content, str):
        return make(content, name=name or known, options=options)
    if not isinstance(content, bytes | bytearray | memoryview):
        raise DocumentError(f"Reading {known} gave {type(content).__name__}, neither text nor bytes: give a str.")
    return _document(from_bytes(name or known, known, bytes(content), options, PurePath(known).suffix.lower()))


def _of_table(table: Any, name: str | None) -> Document:
    rows = tables.records(table)
    if rows and all(isinstance(row, str) for row in rows):
        return _of_sequence(rows, name, LoadOptions())
    return of_json(rows, name or "records", tables.ROWS)


def _of_mapping(context: Mapping[Any, Any], name: str | None, options: LoadOptions) -> Document:
    if not context or not all(_is_text(value) or tables.is_table(value) for value in context.values()):
        return of_json(dict(context), name or "context")
    return Document([_named_text(str(key), value, options) for key, value in context.items()], "mapping")


def _of_sequence(items: list[Any], name: str | None, options: LoadOptions) -> Document:
    if items and all(isinstance(item, os.PathLike) for item in items):
        return from_files(items, options)
    if items and all(_is_text(item) for item in items):
        return Document([_named_text(f"[{index}]", item, options) for index, item in enumerate(items)], "list")
    return of_json(items, name or "records")


def of_json(data: Any, name: str, source: str = "json-lines") -> Document:
    """A document of records from JSON data; the text of a list has `source`. Raises DocumentError."""
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
    return Document([Text.from_str(name, source if isinstance(data, list) else "json", text)], "records")


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes | bytearray | os.PathLike)


def _named_text(name: str, value: Any, options: LoadOptions) -> Text:
    if isinstance(value, str):
        return Text.from_str(name, "text", value)
    if isinstance(value, bytes | bytearray):
        return _only(name, from_bytes(name, name, bytes(value), options))
    if isinstance(value, os.PathLike):
        files, _ = expand(os.fspath(value))
        if len(files) > 1:
            raise DocumentError(f"{os.fspath(value)} matches {len(files):,} files: give each one a name of its own.")
        return renamed(_only(os.fspath(value), read(files[0], options)), name)
    return Text.from_str(name, "table", tables.csv_text(value))


def _only(name: str, texts: Sequence[Text]) -> Text:
    if len(texts) > 1:
        raise DocumentError(
            f"{name} holds {len(texts):,} documents: give each one a name of its own, or name it alone."
        )
    return texts[0]
