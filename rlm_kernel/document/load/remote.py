"""Files behind a URL (s3://, gs://, https://, memory://, ...), through fsspec: the extra `remote`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..errors import DocumentError
from .options import LoadOptions

_CHUNK = 1 << 22
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]+(?:::|://)")
# What `Path("s3://bucket/key")` makes of its argument.
_SQUEEZED = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]+):/(?=[^/])")

_SECRET = re.compile(r"(?<=://)[^\s/@]*@|[?#][^\s'\")]*")


@dataclass(frozen=True, slots=True)
class Remote:
    """One file of a remote file system. `source` is its address without a user's name, password or signature."""

    system: Any
    path: str
    source: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.path.split("?")[0].rstrip("/")).name or self.source

    def read(self, options: LoadOptions) -> bytes:
        """All its bytes, at most `options.max_size`. Raises DocumentError."""
        pieces, size = [], 0
        try:
            with self.system.open(self.path, "rb") as file:
                while piece := file.read(_CHUNK):
                    pieces.append(bytes(piece))
                    size += len(piece)
                    if size > options.max_size:
                        raise options.too_large(self.source)
        except DocumentError:
            raise
        except Exception as error:  # every file system has exceptions of its own
            raise _unreadable(self.source, error) from None
        return b"".join(pieces)


def url_of(path: str) -> str:
    """`path` as a URL, empty where it is none: `s3:/bucket/key`, which a Path makes of one, counts too."""
    if _URL.match(path):
        return path
    return _SQUEEZED.sub(r"\1://", path, count=1) if _SQUEEZED.match(path) else ""


def find(url: str) -> list[Remote]:
    """The files that a URL, or a pattern in one, stands for. Raises DocumentError."""
    source = shown(url)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise DocumentError(
            f"{source} is a URL, and reading it needs the extra 'remote': pip install 'rlm-kernel[remote]'; or "
            "download it, and name the file."
        ) from None
    try:
        system, path = url_to_fs(url)
        if not any(char in path for char in "*[") or system.exists(path):
            return [Remote(system, path, source)]
        found = sorted(match for match in system.glob(path) if system.isfile(match))
    except ImportError as error:
        raise DocumentError(
            f"{source} cannot be read: its kind of address needs another package ({_line(error)})."
        ) from None
    except Exception as error:  # every file system has exceptions of its own
        raise _unreadable(source, error) from None
    if not found:
        raise DocumentError(f"No file matches {source}: check the pattern.")
    return [Remote(system, match, shown(system.unstrip_protocol(match))) for match in found]


def shown(url: str) -> str:
    """A URL without what may be secret in it: the user's name and password, the query."""
    return _SECRET.sub("", url)


def _unreadable(source: str, error: Exception) -> DocumentError:
    if isinstance(error, FileNotFoundError):
        return DocumentError(f"There is no file {source}: check the address.")
    return DocumentError(f"{source} cannot be read ({_line(error)}): check the address, and your rights to it.")


def _line(error: Exception) -> str:
    words = " ".join(str(error).split()) or "no reason given"
    # An exception may repeat the address, with what is secret in it.
    words = _SECRET.sub("", words)
    return f"{type(error).__name__}: {words[:200]}".rstrip(" .")
