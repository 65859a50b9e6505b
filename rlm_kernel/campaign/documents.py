"""From what a user names to references that can be sent: where each document is, and the SHA-256 of its bytes.

Files and URLs stay where they are; what Python has in hand is put into a content store, a folder or an fsspec URL.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..document import Document, DocumentError
from ..document.load import tables
from ..document.load.folders import expand, short_names
from ..document.load.options import LoadOptions
from ..document.load.remote import Remote, shown, url_of
from ..document.origins import distinct
from .errors import CampaignError
from .packing import pack

Kind = Literal["file", "url", "packed"]
SUFFIX = ".rlm-document"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that somebody else will read: its name in rows, its `kind`, its `address` (a path or a URL), and the
    SHA-256 of the bytes that are there (empty where they cannot be read: `problem` says why).

    `content` is the fingerprint of a packed document, whose bytes hold its name as well; `copies` are the names of
    other documents with the same content."""

    name: str
    kind: Kind
    address: str
    sha256: str
    problem: str = ""
    content: str = ""
    copies: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where it came from, for people: the address without what may be secret in a URL; the name of what Python
        had in hand."""
        if self.kind == "packed":
            return self.name
        return shown(self.address) if url_of(self.address) else self.address

    @property
    def key(self) -> str:
        """What tells it from other documents: its content, or where nothing could be read its address."""
        return self.content or self.sha256 or f"unread:{self.address}"


def references(documents: Any, store: str | Path, *, max_size: int) -> list[Reference]:
    """A reference for each document. `documents` are

    a Path, or a text that is a path, a folder, a pattern or a URL (each file of it is a document); a list of Paths;
    a list or Series of texts; a dict name -> text or Path; `Document`s. The same content twice is one document with
    `copies`. Raises CampaignError and DocumentError.
    """
    found = list(_each(documents, str(store), max_size))
    if not found:
        raise CampaignError("There is no document: give at least one.")
    groups: dict[str, list[Reference]] = {}
    for one in _named_apart(found):
        groups.setdefault(one.key, []).append(one)
    return [replace(group[0], copies=tuple(one.name for one in group[1:])) for group in groups.values()]


def _each(documents: Any, store: str, max_size: int) -> Iterable[Reference]:
    if isinstance(documents, str | os.PathLike):
        yield from _files([documents], max_size)
    elif isinstance(documents, Document):
        yield _stored(documents, documents.texts[0].name, store)
    elif isinstance(documents, Mapping):
        for name, value in documents.items():
            yield from _one(str(name), value, store, max_size)
    elif tables.is_table(documents):
        yield from _rows(documents, store)
    elif isinstance(documents, Iterable) and not isinstance(documents, bytes | bytearray):
        items = list(documents)
        if items and all(isinstance(item, os.PathLike) for item in items):
            yield from _files(items, max_size)
            return
        _refuse_names(items)
        for number, item in enumerate(items):
            yield from _one(f"[{number}]", item, store, max_size)
    else:
        raise CampaignError(
            f"Documents cannot be made from {type(documents).__name__}: give Paths, a pattern such as "
            "'contracts/**/*.pdf', a list or Series of texts, or a dict of names and texts."
        )


def _refuse_names(items: list[Any]) -> None:
    """A list of texts that are all names of files is a mistake that would cost a run for each."""
    texts = [item for item in items if isinstance(item, str)]
    if texts and len(texts) == len(items) and all(len(item) < 1_000 and os.path.isfile(item) for item in texts):
        raise CampaignError(
            f"The documents are names of files ({texts[0]!r} ...), and a text in a list is a document itself: give "
            "Path(name) for each, or one pattern."
        )


def _rows(table: Any, store: str) -> Iterable[Reference]:
    rows = [tables.plain(row) for row in table.tolist()] if hasattr(table, "to_frame") else tables.records(table)
    if not any(isinstance(row, str) for row in rows) or not all(row is None or isinstance(row, str) for row in rows):
        raise CampaignError(
            "The documents are a table: give the column that holds them, such as frame['text'] (of texts)."
        )
    for name, row in zip(_labels(table, len(rows)), rows, strict=True):
        yield from _one(name, row or "", store, 0)


def _labels(series: Any, count: int) -> list[str]:
    index = getattr(series, "index", None)
    names = [str(label) for label in index] if index is not None and not callable(index) else []
    return names if len(names) == count and len(set(names)) == count else [f"[{number}]" for number in range(count)]


def _one(name: str, value: Any, store: str, max_size: int) -> Iterable[Reference]:
    if isinstance(value, os.PathLike):
        files = list(_files([value], max_size))
        if len(files) != 1:
            raise CampaignError(f"{os.fspath(value)} is {len(files):,} files: give each one a name of its own.")
        yield replace(files[0], name=name)
    elif isinstance(value, str) and not value.strip():
        # An empty cell of a column is a row with its reason, not the end of all the others.
        yield Reference(name, "packed", f"{name} (empty)", "", f"{name} is empty: there is nothing to ask about.")
    else:
        yield _stored(Document.of(value, name=name), name, store)


def _files(paths: Iterable[str | os.PathLike[str]], max_size: int) -> Iterable[Reference]:
    once: dict[tuple[str, str], Path | Remote] = {}
    for path in paths:
        for file in expand(os.fspath(path))[0]:
            once.setdefault((type(file).__name__, str(file) if isinstance(file, Path) else file.path), file)
    files = list(once.values())
    for file, name in zip(files, short_names(files), strict=True):
        yield _remote(file, name, max_size) if isinstance(file, Remote) else _local(file, name)


def _local(file: Path, name: str) -> Reference:
    address = str(file.absolute())
    try:
        return Reference(name, "file", address, file_sha256(file))
    except OSError as error:
        problem = f"{file} cannot be read ({error.strerror or error}): check the name and permissions."
        return Reference(name, "file", address, "", problem)


def _remote(file: Remote, name: str, max_size: int) -> Reference:
    address = file.system.unstrip_protocol(file.path)
    try:
        data = file.read(LoadOptions(max_size=max_size))
    except DocumentError as error:
        return Reference(name, "url", address, "", str(error))
    return Reference(name, "url", address, hashlib.sha256(data).hexdigest())


def file_sha256(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stored(document: Document, name: str, store: str) -> Reference:
    """Put a document into the store under the SHA-256 of its bytes, once."""
    data = pack(document)
    digest = hashlib.sha256(data).hexdigest()
    if url_of(store):
        address = f"{store.rstrip('/')}/{digest}{SUFFIX}"
        _put_remote(address, data)
        return Reference(name, "packed", address, digest, content=_content(document))
    folder = Path(store).absolute()
    file = folder / f"{digest}{SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.is_file() or file.stat().st_size != len(data):
            temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
            temporary.write_bytes(data)
            temporary.replace(file)
    except OSError as error:
        raise CampaignError(f"The store of documents {folder} cannot be written: {error.strerror or error}.") from None
    return Reference(name, "packed", str(file), digest, content=_content(document))


def _content(document: Document) -> str:
    return hashlib.sha256(f"{document.shape} {document.fingerprint}".encode()).hexdigest()


def _put_remote(address: str, data: bytes) -> None:
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(address)
        if not system.exists(path):
            system.pipe_file(path, data)
    except Exception as error:  # every file system has exceptions of its own
        reason = f"{type(error).__name__}: {shown(str(error))[:200]}"
        raise CampaignError(f"The store of documents {shown(address)} cannot be written ({reason}).") from None


def _named_apart(found: list[Reference]) -> list[Reference]:
    """Each under a name of its own."""
    names = distinct(one.name for one in found)
    return [one if name == one.name else replace(one, name=name) for one, name in zip(found, names, strict=True)]
