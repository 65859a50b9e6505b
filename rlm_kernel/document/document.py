"""A context: one text, several named texts, a list of texts, or JSON records; made from what users have in hand.

It loads, fingerprints and shares; it neither searches nor asks anybody anything.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from .share import LoadedFile, SharedBytes
from .text import Text

Shape = Literal["text", "mapping", "list", "records"]

_BINARY_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive (or DOCX, XLSX, PPTX, EPUB)",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x7fELF": "an executable",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
}
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1b\x08")


class DocumentError(ValueError):
    """The context cannot be used. The text names it, says why, and what to do."""


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
        """A document from a str, bytes, Path, list, dict, DataFrame-like, open file or Document.

        A str is always the text itself, never a path: use `Path("report.txt")` or `Document.from_files`.
        Raises `DocumentError`.
        """
        if isinstance(context, Document):
            return context
        if isinstance(context, str):
            return cls([Text.from_str(name or "context", "text", context)])
        if isinstance(context, bytes | bytearray):
            return cls([_decode(name or "context", "bytes", bytes(context), encoding)])
        if isinstance(context, os.PathLike):
            return cls.from_files([context], encoding=encoding)
        if hasattr(context, "to_dict") and hasattr(context, "columns"):
            return cls._of_json(context.to_dict(orient="records"), name or "records")
        if hasattr(context, "read"):
            content = context.read()
            return cls.of(content, name=name or str(getattr(context, "name", "file")), encoding=encoding)
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
        """A document from files or glob patterns; several files make a mapping. Raises `DocumentError`."""
        files: list[Path] = []
        for path in paths:
            files += _expand(os.fspath(path))
        files = list(dict.fromkeys(files))
        texts = [_read(path, encoding) for path in files]
        if len(texts) == 1:
            return cls(texts)
        return cls(
            [Text(name, text.source, text.data) for name, text in zip(_short_names(files), texts, strict=True)],
            "mapping",
        )

    @classmethod
    def _of_mapping(cls, context: Mapping[Any, Any], name: str | None, encoding: str | None) -> Document:
        if context and all(isinstance(value, str | os.PathLike) for value in context.values()):
            texts = [
                Text.from_str(str(key), "text", value) if isinstance(value, str) else _read(Path(value), encoding)
                for key, value in context.items()
            ]
            for key, text in zip(context, texts, strict=True):
                text.name = str(key)
            return cls(texts, "mapping")
        return cls._of_json(dict(context), name or "context")

    @classmethod
    def _of_sequence(cls, items: list[Any], name: str | None, encoding: str | None) -> Document:
        if items and all(isinstance(item, os.PathLike) for item in items):
            return cls.from_files(items, encoding=encoding)
        if items and all(isinstance(item, str) for item in items):
            return cls([Text.from_str(f"[{index}]", "text", item) for index, item in enumerate(items)], "list")
        return cls._of_json(items, name or "records")

    @classmethod
    def _of_json(cls, data: Any, name: str) -> Document:
        try:
            if not data:
                text = ""
            elif isinstance(data, list):
                text = "\n".join(json.dumps(item, ensure_ascii=False, default=str) for item in data)
            else:
                text = json.dumps(data, ensure_ascii=False, default=str, indent=1)
        except (TypeError, ValueError, RecursionError) as error:
            raise DocumentError(
                f"The context {name} cannot be written as JSON ({error}): give texts or plain data."
            ) from None
        return cls([Text.from_str(name, "json-lines" if isinstance(data, list) else "json", text)], "records")

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
        """What a reader of the shared bytes needs to know: the shape, and name, source and sizes of each text."""
        return {
            "shape": self.shape,
            "texts": [[text.name, text.source, len(text.data), text.chars] for text in self.texts],
        }

    @classmethod
    def from_shared(cls, data: memoryview, table: Mapping[str, Any]) -> Document:
        """The other end of `share`: texts over the mapped bytes."""
        texts, start = [], 0
        for name, source, size, chars in table["texts"]:
            texts.append(Text(name, source, data[start : start + size], chars=chars))
            start += size
        return cls(texts, table["shape"])

    def __repr__(self) -> str:
        return f"Document({self.shape}, {len(self.texts)} text(s), {self.chars:,} characters, {self.lines:,} lines)"


def _expand(path: str) -> list[Path]:
    plain = Path(path).expanduser()
    if plain.exists():
        return [plain]
    if glob.has_magic(path):
        found = [Path(match) for match in sorted(glob.glob(str(plain), recursive=True)) if os.path.isfile(match)]
        if found:
            return found
        raise DocumentError(f"No file matches {path}: check the pattern and the folder it starts in ({Path.cwd()}).")
    raise DocumentError(f"There is no file {path}: check the name and the folder ({Path.cwd()}).")


def _short_names(files: list[Path]) -> list[str]:
    names = [file.name for file in files]
    return names if len(set(names)) == len(names) else [str(file) for file in files]


def _read(path: Path, encoding: str | None) -> Text:
    if path.is_dir():
        raise DocumentError(f"{path} is a directory: name its files, for example '{path}/*.txt'.")
    try:
        loaded = LoadedFile.read(path) if encoding is None else None
        data = loaded.data if loaded else path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read ({error.strerror or error}): check the name and permissions."
        ) from None
    if not data:
        raise DocumentError(f"{path} is empty: there is nothing to ask about. Give a file that has content.")
    text = _decode(path.name, str(path), data, encoding)
    if loaded and text.data is loaded.data:
        text.loaded = loaded
    return text


def _decode(name: str, source: str, data: bytes | memoryview, encoding: str | None) -> Text:
    if encoding is not None:
        try:
            return Text.from_str(name, source, str(data, encoding))
        except LookupError:
            raise DocumentError(f"{encoding} is not a known encoding: try utf-8, utf-16 or latin-1.") from None
        except UnicodeDecodeError as error:
            raise DocumentError(
                f"{source} is not {encoding} text (byte {error.start}): name another encoding."
            ) from None
    head = bytes(data[:65536])
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return Text.from_str(name, source, str(data, "utf-16"))
        except UnicodeDecodeError:
            raise DocumentError(_binary(source, "a binary file")) from None
    for magic, what in _BINARY_MAGIC.items():
        if head.startswith(magic):
            raise DocumentError(_binary(source, what))
    text = Text(name, source, data[3:] if head.startswith(b"\xef\xbb\xbf") else data)
    try:
        text.chars  # noqa: B018  counting decodes, and decoding validates
    except UnicodeDecodeError:
        raise DocumentError(_not_utf8(source, bytes(data))) from None
    if sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in head) > len(head) // 10:
        raise DocumentError(_binary(source, "a binary file"))
    return text


def _binary(source: str, what: str) -> str:
    return f"{source} is {what}, not text: convert it to text first, or name another file."


def _not_utf8(source: str, data: bytes) -> str:
    if b"\0" in data[:65536]:
        return _binary(source, "a binary file")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            f"{source} is not valid UTF-8 (byte 0x{data[error.start]:02x} at line {line}): name its encoding "
            "(for example latin-1 or cp1252) or convert it."
        )
    return f"{source} holds lone surrogates, which UTF-8 does not allow: convert it."
