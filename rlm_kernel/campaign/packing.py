"""A document as one file of bytes: a line of JSON (shape, names, places, origins), then the texts as UTF-8.

It is what a content store holds: documents that Python had in hand, and the text that a conversion has made. Nothing
of it is run when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ..document import Document, DocumentError
from ..document.origins import Origin, SourcedText, origin_of
from ..document.places import Places

SCHEMA = "rlm.document/1"
# Stands for the place that the document was read from: the same content may be in several.
_HERE = "\x00"
_SHAPES = ("text", "mapping", "list", "records")


def pack(document: Document, source: str = "") -> bytes:
    """The document's bytes. Names and remarks that hold `source`, the place it was read from, do not keep it."""
    hide = _replacer(source, _HERE)
    texts = [
        [
            hide(text.name),
            hide(text.source),
            len(text.data),
            text.places.rows,
            asdict(origin_of(text)) | {"remarks": [hide(said) for said in origin_of(text).remarks]},
        ]
        for text in document.texts
    ]
    own = {said for text in document.texts for said in origin_of(text).remarks}
    remarks = [hide(said) for said in document.remarks if said not in own]
    head = {"schema": SCHEMA, "shape": document.shape, "remarks": remarks, "texts": texts}
    return b"".join([json.dumps(head).encode(), b"\n", *(bytes(text.data) for text in document.texts)])


def unpack(data: bytes, source: str = "") -> Document:
    """The document of such bytes, as if it had been read from `source`. Raises DocumentError."""
    show = _replacer(_HERE, source)
    line, _, rest = data.partition(b"\n")
    try:
        head = json.loads(line)
        if head["schema"] != SCHEMA or head["shape"] not in _SHAPES:
            raise ValueError(head["schema"])
        texts, view, start = [], memoryview(rest), 0
        for name, where, size, places, origin in head["texts"]:
            text = SourcedText(show(name), show(where), bytes(view[start : start + size]))
            text.places = Places(places)
            text.origin = Origin(**origin | {"remarks": tuple(show(said) for said in origin["remarks"])})
            texts.append(text)
            start += size
        if start != len(rest):
            raise ValueError("length")
        return Document(texts, head["shape"], remarks=[show(said) for said in head["remarks"]])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DocumentError(
            f"{source or 'A packed document'} is damaged: remove it, and run the command again."
        ) from None


def _replacer(old: str, new: str) -> Callable[[Any], str]:
    return (lambda text: str(text).replace(old, new)) if old else str
