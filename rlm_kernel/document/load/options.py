"""How files are to be read: what a user may say of it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..errors import DocumentError

MAX_SIZE = 4 << 30


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """`encoding` of the bytes (None: told from them) and `errors`, what to do where they are not of it (None: refuse,
    but replace few faults in UTF-8); `password` of protected files; `max_size` of one file, in bytes."""

    encoding: str | None = None
    errors: str | None = None
    password: str | None = None
    max_size: int = MAX_SIZE

    def __post_init__(self) -> None:
        if self.errors is not None:
            try:
                codecs.lookup_error(self.errors)
            except LookupError:
                raise DocumentError(
                    f"{self.errors} is no way to treat errors of an encoding: try replace, ignore or strict."
                ) from None

    def __repr__(self) -> str:
        protected = "" if self.password is None else ", password=..."
        return f"Options({self.encoding!r}, {self.errors!r}, max_size={self.max_size}{protected})"

    def too_large(self, source: str) -> DocumentError:
        """Why a file of more than `max_size` bytes is not read."""
        size = f"{self.max_size / 2**30:.3g} GiB" if self.max_size >= 1 << 29 else f"{self.max_size:,} bytes"
        return DocumentError(
            f"{source} is larger than {size}, which is the limit: raise max_document_size (--max-document-size), or "
            "name a part of it."
        )


def options(encoding: str | None, errors: str | None, password: str | None, max_size: str | int | None) -> LoadOptions:
    """What a user said, with the defaults for what was not said. Raises DocumentError."""
    return LoadOptions(encoding, errors, password, MAX_SIZE if max_size is None else document_bytes(max_size))


def document_bytes(size: str | int) -> int:
    """Bytes from "500MB", "4GB" or a number. Raises DocumentError."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", str(size), re.IGNORECASE)
    number = int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " ")) if found else 0
    if number < 1:
        raise DocumentError(f"{size!r} is no size of a document: write it like '500MB' or '4GB'.")
    return number
