"""Finds the document of a trace: among what it is given, else where the trace says that it came from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..document import Document, DocumentError, Text, renamed
from ..document.document import Shape
from ..trace import DocumentInfo, Trace
from .verdicts import Unlike, cannot

_SHAPES: tuple[Shape, ...] = ("text", "mapping", "list", "records")


def document_of_trace(trace: Trace, given: Any = None, near: Path | None = None) -> Document:
    """The document that the run was about, named as it was then.

    `given`: whatever `Document.of` takes, or a list of paths. Without it the files that the trace names are read as far
    as they are in the folder `near` (None: the working directory) or below it, and count where their fingerprint is the
    recorded one. Raises Unlike, DocumentError.
    """
    if not trace.documents:
        raise cannot("the trace names no document")
    pool = list(_texts(given)) if given is not None else []
    if isinstance(given, Document) and given.fingerprint == trace.fingerprint and given.shape == trace.shape:
        named = [(text.name, text.source) for text in given.texts]
        # Of very many documents a trace names only the first.
        if len(named) != len(trace.documents) or named == [(info.name, info.source) for info in trace.documents]:
            return given
    known = {text.sha256: text for text in pool}
    made = [_text(info, known, pool, trace, near) for info in trace.documents]
    shape = next((shape for shape in _SHAPES if shape == trace.shape), "text" if len(made) == 1 else "mapping")
    document = Document(made, shape)
    if document.fingerprint != trace.fingerprint:
        raise cannot(f"the trace names only the first {len(made):,} of its documents: give them all as one Document")
    return document


def _texts(given: Any) -> Iterable[Text]:
    if isinstance(given, Document):
        return given.texts
    if isinstance(given, list | tuple) and all(isinstance(one, Path) for one in given):
        return [text for path in given for text in Document.from_files([path]).texts]
    return Document.of(given).texts


def _text(info: DocumentInfo, known: dict[str, Text], pool: list[Text], trace: Trace, near: Path | None) -> Text:
    found = known.get(info.sha256)
    if found is None:
        named = [text for text in pool if Path(text.name).name == Path(info.name).name]
        candidates = pool if len(trace.documents) == len(pool) == 1 else named
        if candidates:
            raise _changed(info, candidates[0].sha256)
        found = _read_again(info, near)
    return found if (found.name, found.source) == (info.name, info.source) else renamed(found, info.name, info.source)


def _read_again(info: DocumentInfo, near: Path | None) -> Text:
    path = _beside(info, near or Path.cwd())
    if path is None:
        raise cannot(
            f"the document {info.name!r} (SHA-256 {info.sha256}) is not beside the trace: name its "
            "file (--document FILE), or give the text"
        )
    try:
        texts = Document.from_files([path]).texts
    except DocumentError as error:
        raise cannot(f"the document {info.name!r} cannot be read again: {error}") from None
    if len(texts) != 1 or texts[0].sha256 != info.sha256:
        raise _changed(info)
    return texts[0]


def _beside(info: DocumentInfo, folder: Path) -> Path | None:
    """The file that the trace names, where it is in the folder of the trace or below it. Nothing else is looked at: a
    trace may come from anybody, and name any file of this machine."""
    try:
        folder = folder.resolve()
        source = Path(info.source)
        for place in (source if source.is_absolute() else folder / source, folder / source.name):
            # A name with `..` in it, or a symbolic link, may lead elsewhere.
            path = place.resolve()
            if path.is_relative_to(folder) and path.is_file():
                return path
    except (OSError, ValueError, RuntimeError):
        pass
    return None


def _changed(info: DocumentInfo, sha256: str = "") -> Unlike:
    """`sha256`: that of the document that the reader named. Of a file that only the trace names it is nobody's news."""
    now = f"and has {sha256} now" if sha256 else "and what is here has another"
    return Unlike("document changed", f"{info.name!r} had the SHA-256 {info.sha256} when the trace was recorded, {now}")
