"""Reads files, folders, patterns, URLs and bytes into texts: which format, which encoding, which name."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from ..errors import DocumentError
from ..origins import SourcedText
from ..places import Places
from ..share import LoadedFile
from ..text import Text
from .encodings import decode
from .formats import Converted, convert, convert_bytes, plugin_for
from .options import LoadOptions
from .pipes import read_pipe
from .recognize import recognize
from .remote import Remote

_HEAD = 1 << 16
_TAIL = 1 << 20
_DEEPEST = 4
_MOST_TEXTS = 20_000
_MOST_UNPACKED = 2 << 30
_PLAIN = frozenset({"", ".txt", ".md", ".csv", ".tsv", ".log", ".json", ".jsonl", ".py", ".html", ".htm"})


def read(file: Path | Remote, options: LoadOptions) -> list[Text]:
    """The texts of one file: one, or those of an archive's members. Raises DocumentError."""
    if isinstance(file, Remote):
        data = file.read(options)
        if not data:
            raise _empty(file.source)
        return list(from_bytes(file.name, file.source, data, options, _suffix_of_page(file.name, data)))
    try:
        return _from_file(file, options)
    except OSError as error:
        raise DocumentError(
            f"{file} cannot be read ({error.strerror or error}): check the name and permissions."
        ) from None


def from_bytes(
    name: str, source: str, data: bytes | memoryview, options: LoadOptions, suffix: str = "", depth: int = 0
) -> list[SourcedText]:
    """The texts in bytes. `suffix` is that of the name they came with, if any. Raises DocumentError."""
    if len(data) > options.max_size:
        raise options.too_large(source)
    kind = None
    if options.encoding is None:
        kind = _kind(source, suffix, bytes(data[:_HEAD]), bytes(data[-_TAIL:]))
    if kind is None:
        return [decode(name, source, data, options)]
    return _texts(convert_bytes(kind, name, source, data, options), options, depth)


def _kind(source: str, suffix: str, head: bytes, tail: bytes) -> str | None:
    own = None if suffix in _PLAIN else plugin_for(suffix)
    return own or recognize(source, suffix, head, tail)


def _texts(converted: Converted, options: LoadOptions, depth: int) -> list[SourcedText]:
    """What a conversion gave, with the files within it: documents of their own, or parts of its text."""
    text = converted.text
    if not converted.files:
        return [text]
    if depth >= _DEEPEST:
        raise DocumentError(f"{text.source} is nested more than {_DEEPEST} files deep: unpack it first.")
    members: list[SourcedText] = []
    refusals: list[str] = []
    size = 0
    for inner in converted.files:
        source = f"{text.source}/{inner.name}"
        size += len(inner.data)
        if size > _MOST_UNPACKED or len(members) >= _MOST_TEXTS:
            refusals.append(f"{text.source} holds too much: only its first {len(members):,} files were read")
            break
        try:
            if not inner.data:
                raise _empty(source)
            suffix = PurePath(inner.name).suffix.lower()
            members += from_bytes(inner.name, source, inner.data, options, suffix, depth + 1)
        except DocumentError as error:
            refusals.append(str(error))
    if converted.members:
        return _members(text, members, refusals)
    return [_with_attachments(text, members, refusals)]


def _members(archive: SourcedText, members: list[SourcedText], refusals: list[str]) -> list[SourcedText]:
    if not members:
        why = f" ({refusals[0]})" if refusals else ""
        raise DocumentError(f"{archive.source} holds no file that can be read{why}".rstrip(".") + ".")
    first = members[0]
    said = (*archive.origin.remarks, *first.origin.remarks, *skipped(archive.source, refusals))
    first.origin = first.origin.with_remarks(said)
    return members


def skipped(where: str, refusals: Sequence[str]) -> tuple[str, ...]:
    """The remark about files that were left out: how many, and why the first ones were."""
    if not refusals:
        return ()
    reasons = "; ".join(refusal.rstrip(".") for refusal in refusals[:3])
    more = f"; and {len(refusals) - 3:,} more" if len(refusals) > 3 else ""
    return (f"{where}: {len(refusals):,} file{'s were' if len(refusals) > 1 else ' was'} skipped: {reasons}{more}",)


def _with_attachments(text: SourcedText, inner: list[SourcedText], refusals: list[str]) -> SourcedText:
    """One text of a file and what is attached to it, each under a heading of its own."""
    pieces = [text.text] if text.text.strip() else []
    rows = list(text.places.rows)
    line = sum(piece.count("\n") for piece in pieces) + 1
    for one in inner:
        heading = f"\n## Attachment: {one.name}\n\n"
        label = f"attachment {one.name!r}"
        rows.append((line + 1, label, None))
        line += heading.count("\n")
        rows += [(first + line - 1, name, number) for first, name, number in one.places.within(label).rows]
        body = one.text if one.text.endswith("\n") else f"{one.text}\n"
        pieces += [heading, body]
        line += body.count("\n")
    made = SourcedText.from_str(text.name, text.source, "".join(pieces))
    said = [*text.origin.remarks, *(remark for one in inner for remark in one.origin.remarks if one.origin.format)]
    made.origin = text.origin.with_remarks([*said, *skipped(text.source, refusals)])
    made.places = Places(rows)
    return made


def _from_file(path: Path, options: LoadOptions) -> list[Text]:
    suffix = path.suffix.lower()
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise DocumentError(f"{path} is a directory: name its files, for example '{path}/*.txt'.")
    if not stat.S_ISREG(status.st_mode):
        piped = read_pipe(path, status.st_mode, options)
        if not piped:
            raise _empty(path)
        return list(from_bytes(path.name, str(path), piped, options, suffix))
    if status.st_size > options.max_size:
        raise options.too_large(str(path))
    with path.open("rb") as file:
        if options.encoding is None and (kind := _kind_of_file(path, suffix, file)) is not None:
            # The converter's process reads the same open file, by its descriptor.
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            return list(_texts(convert(kind, path.name, str(path), file, options), options, 0))
    loaded = LoadedFile.read(path, status.st_size) if options.encoding is None else None
    data = loaded.data if loaded else _bytes(path, options)
    if not data:
        raise _empty(path)
    text = decode(path.name, str(path), data, options, loaded)
    if status.st_size and path.stat().st_size > status.st_size:
        grown = f"{path} grew while it was read: what is read are its first {status.st_size:,} bytes"
        text.origin = text.origin.with_remarks((*text.origin.remarks, grown))
    return [text]


def _kind_of_file(path: Path, suffix: str, file: BinaryIO) -> str | None:
    head = file.read(_HEAD)
    tail = b""
    if head.startswith(b"PK"):
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        tail = file.read()
    return _kind(str(path), suffix, head, tail)


def _bytes(path: Path, options: LoadOptions) -> bytes:
    """The bytes of a file that is no longer than it was when it was opened, but for one that tells no size."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(size or options.max_size + 1)
    if len(data) > options.max_size:
        raise options.too_large(str(path))
    return data


def _empty(source: object) -> DocumentError:
    return DocumentError(f"{source} is empty: there is nothing to ask about. Give a file that has content.")


def _suffix_of_page(name: str, data: bytes) -> str:
    """The suffix of a remote file's name; a page of the web is one whatever it is called."""
    head = data[:1024].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    return ".html" if head.startswith((b"<!doctype html", b"<html")) else PurePath(name).suffix.lower()
