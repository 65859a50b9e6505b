"""Reads files, patterns, URLs and bytes into texts: which format, which encoding, which name."""

from __future__ import annotations

import glob
import os
from pathlib import Path, PurePath

from ..errors import DocumentError
from ..origins import SourcedText
from ..share import LoadedFile
from ..text import Text
from .encodings import decode
from .formats import convert, convert_bytes, recognize
from .remote import Remote, find, url_of

_HEAD = 1 << 16
_TAIL = 1 << 20


def expand(path: str) -> list[Path | Remote]:
    """The files that a path, a pattern or a URL stands for. Raises DocumentError."""
    plain = Path(path).expanduser()
    try:
        if plain.exists():
            return [plain]
    except OSError as error:
        raise DocumentError(f"{path[:200]} is no path ({error.strerror or error}): check the name.") from None
    if url := url_of(path):
        return list(find(url))
    if glob.has_magic(path):
        found = [Path(match) for match in sorted(glob.glob(str(plain), recursive=True)) if os.path.isfile(match)]
        if found:
            return list(found)
        raise DocumentError(f"No file matches {path}: check the pattern and the folder it starts in ({Path.cwd()}).")
    raise DocumentError(f"There is no file {path}: check the name and the folder ({Path.cwd()}).")


def short_names(files: list[Path | Remote]) -> list[str]:
    """A name for each of several files: without its folder, where that tells them apart."""
    names = [file.name for file in files]
    whole = [str(file) if isinstance(file, Path) else file.source for file in files]
    return names if len(set(names)) == len(names) else whole


def read(file: Path | Remote, encoding: str | None) -> Text:
    """The text of one file. Raises DocumentError."""
    if isinstance(file, Remote):
        data = file.read()
        if not data:
            raise DocumentError(f"{file.source} is empty: there is nothing to ask about. Give a file that has content.")
        return from_bytes(file.name, file.source, data, encoding, _suffix_of_page(file.name, data))
    if file.is_dir():
        raise DocumentError(f"{file} is a directory: name its files, for example '{file}/*.txt'.")
    try:
        return _from_file(file, encoding)
    except OSError as error:
        raise DocumentError(
            f"{file} cannot be read ({error.strerror or error}): check the name and permissions."
        ) from None


def from_bytes(
    name: str, source: str, data: bytes | memoryview, encoding: str | None = None, suffix: str = ""
) -> SourcedText:
    """The text in bytes. `suffix` is that of the name they came with, if any. Raises DocumentError."""
    kind = None
    if encoding is None:
        kind = recognize(source, suffix, bytes(data[:_HEAD]), bytes(data[-_TAIL:]))
    return decode(name, source, data, encoding) if kind is None else convert_bytes(kind, name, source, data)


def _from_file(path: Path, encoding: str | None) -> Text:
    suffix = path.suffix.lower()
    if not path.is_file():
        # A pipe or a device gives its bytes once.
        if not (piped := path.read_bytes()):
            raise DocumentError(f"{path} is empty: there is nothing to ask about. Give a file that has content.")
        return from_bytes(path.name, str(path), piped, encoding, suffix)
    if encoding is None:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head.startswith(b"PK"):
                file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            kind = recognize(str(path), suffix, head, file.read() if head.startswith(b"PK") else b"")
            if kind is not None:
                # The converter's process reads the same open file, by its descriptor.
                os.lseek(file.fileno(), 0, os.SEEK_SET)
                return convert(kind, path.name, str(path), file)
    loaded = LoadedFile.read(path) if encoding is None else None
    data = loaded.data if loaded else path.read_bytes()
    if not data:
        raise DocumentError(f"{path} is empty: there is nothing to ask about. Give a file that has content.")
    text = decode(path.name, str(path), data, encoding)
    if loaded and text.data is loaded.data:
        text.loaded = loaded
    return text


def _suffix_of_page(name: str, data: bytes) -> str:
    """The suffix of a remote file's name; a page of the web is one whatever it is called."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return ".html" if head.startswith((b"<!doctype html", b"<html")) else PurePath(name).suffix.lower()
