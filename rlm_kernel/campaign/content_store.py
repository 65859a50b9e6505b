"""The documents of one worker: fetched, verified, converted once, and held as one sealed copy for all questions.

What a conversion or a download has made is kept on disk by the hash of its source and the versions of the converters,
in the user's cache folder (mode 0700: it holds the documents' text), for every process of this machine.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from ..document import Document, DocumentError
from ..document.load.files import from_bytes
from ..document.load.formats import FORMATS, REVISION
from ..document.load.make import from_files
from ..document.load.options import LoadOptions
from ..document.load.remote import find
from ..document.origins import origin_of
from ..document.share import SharedBytes
from ..models import files
from .documents import SUFFIX, Reference, file_sha256
from .packing import pack, unpack

_MOST_BYTES = 256 << 20
_MOST_DOCUMENTS = 64
_CONVERSIONS = 2


class _Held:
    """A document that is in memory, the sealed copy that its sub-kernels map, and how many runs use it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # As long as this descriptor is open, every run maps the same bytes.
        self.shared: SharedBytes = document.share()
        self.users = 0
        self.size = sum(len(text.data) for text in document.texts)


class ContentStore:
    """Documents by their hash, for the runs of one event loop. `folder` is where conversions are kept.

    `loads` counts how often a document was read, for whoever wants to know that it was read once.
    """

    def __init__(self, folder: Path | None = None, *, max_size: int) -> None:
        self.loads = 0
        self._folder = folder
        self._options = LoadOptions(max_size=max_size)
        self._held: dict[str, _Held] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._converting = asyncio.Semaphore(_CONVERSIONS)

    @asynccontextmanager
    async def document(self, reference: Reference) -> AsyncIterator[Document]:
        """The document, while the block runs; it may stay in memory for others. Raises DocumentError."""
        held = await self._get(reference)
        held.users += 1
        try:
            yield held.document
        finally:
            held.users -= 1
            self._evict()

    def close(self) -> None:
        """Let go of all documents."""
        for held in self._held.values():
            held.shared.close()
        self._held.clear()

    async def _get(self, reference: Reference) -> _Held:
        key = reference.key
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._held.pop(key, None)
            if held is None:
                async with self._converting:
                    self.loads += 1
                    held = await asyncio.to_thread(self._load, reference)
            self._held[key] = held  # the last in the order: the one that was used last
            return held

    def _evict(self) -> None:
        for key, held in list(self._held.items()):
            size = sum(each.size for each in self._held.values())
            if size <= _MOST_BYTES and len(self._held) <= _MOST_DOCUMENTS:
                return
            if not held.users:
                del self._held[key]
                self._locks.pop(key, None)
                held.shared.close()

    def _load(self, reference: Reference) -> _Held:
        return _Held(self.read(reference))

    def read(self, reference: Reference) -> Document:
        """The document, read anew. Raises DocumentError."""
        if reference.problem or not reference.sha256:
            raise DocumentError(reference.problem or f"{reference.name} could not be read.")
        if reference.kind == "packed":
            return unpack(self._fetched(reference))
        if (kept := self._kept(reference)) is not None:
            return kept
        document = self._of_url(reference) if reference.kind == "url" else self._of_file(reference)
        if reference.kind == "url" or any(origin_of(text).format for text in document.texts):
            self._keep(reference, document)
        return document

    def _of_file(self, reference: Reference) -> Document:
        file = Path(reference.address)
        if _sha256(file) != reference.sha256:
            raise _changed(reference)
        before = file.stat()
        document = from_files([file], self._options)
        after = file.stat()
        if (before.st_mtime_ns, before.st_size, before.st_ino) != (after.st_mtime_ns, after.st_size, after.st_ino):
            raise _changed(reference)
        return document

    def _of_url(self, reference: Reference) -> Document:
        data = self._fetched(reference)
        if not data:
            raise DocumentError(f"{reference.source} is empty: there is nothing to ask about.")
        name = PurePosixPath(reference.source).name or reference.name
        texts = from_bytes(name, reference.source, data, self._options, PurePosixPath(name).suffix.lower())
        if len(texts) > 1:
            return Document(texts, "mapping")
        return Document(texts, "records" if origin_of(texts[0]).records else "text")

    def _fetched(self, reference: Reference) -> bytes:
        """The bytes at the address, which are those that the reference promises."""
        if reference.address.partition("://")[1]:
            data = find(reference.address)[0].read(self._options)
        else:
            try:
                data = Path(reference.address).read_bytes()
            except OSError as error:
                raise _unreachable(reference.address, error) from None
        if hashlib.sha256(data).hexdigest() != reference.sha256:
            raise _changed(reference)
        return data

    def _cached(self, reference: Reference) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / converter_version() / f"{reference.sha256}{SUFFIX}"

    def _kept(self, reference: Reference) -> Document | None:
        file = self._cached(reference)
        if file is None:
            return None
        try:
            return unpack(file.read_bytes(), reference.source)
        except (OSError, DocumentError):
            return None

    def _keep(self, reference: Reference, document: Document) -> None:
        """A cache that cannot be written costs another conversion, nothing else."""
        file = self._cached(reference)
        if file is None:
            return
        with suppress(OSError):
            files.private_dir(file.parent)
            temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
            try:
                temporary.write_bytes(pack(document, reference.source))
                temporary.replace(file)
            finally:
                temporary.unlink(missing_ok=True)


@functools.cache
def converter_version() -> str:
    """A short name of the versions of all that makes text of files: another one is another text."""
    packages = sorted({"rlm-kernel", *(package for one in FORMATS.values() for package in one.packages)})
    versions = {"revision": str(REVISION)}
    for package in packages:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return hashlib.sha256(json.dumps(versions).encode()).hexdigest()[:16]


def default_folder() -> Path:
    """Where conversions are kept: `converted` in the user's cache folder, which `RLM_CACHE_DIR` overrides."""
    return files.cache_dir() / "converted"


def _sha256(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError as error:
        raise _unreachable(str(file), error) from None


def _unreachable(address: str, error: OSError) -> DocumentError:
    return DocumentError(
        f"{address} cannot be read by this worker ({error.strerror or error}): workers on other hosts need the "
        "documents on a file system that they share, or behind a URL (store='s3://...')."
    )


def _changed(reference: Reference) -> DocumentError:
    return DocumentError(
        f"{reference.source} has changed since this campaign looked at it: run the command again, it takes the new one."
    )
