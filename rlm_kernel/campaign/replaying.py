"""The documents of a campaign's rows, to run their traces again."""

from __future__ import annotations

from pathlib import Path

from ..document import Document, DocumentError
from ..document.load.options import MAX_SIZE
from .campaign import MANIFEST
from .content_store import ContentStore, default_folder
from .documents import SUFFIX, Kind, Reference
from .rows import JOURNAL, CampaignRow

_STORE = "documents"


def is_campaign(folder: Path) -> bool:
    """Whether a folder is that of a campaign."""
    return (folder / MANIFEST).is_file() and (folder / JOURNAL).is_file()


def document_of_row(folder: Path, row: CampaignRow) -> Document | None:
    """The document of a row, where the bytes with its SHA-256 can be had: in the campaign's own store, or at the path
    that the row names; None where not. No URL is asked.

    A folder may come from anybody and name any file of this machine. One whose SHA-256 it knows is no secret to it.
    """
    packed = folder / _STORE / f"{row.sha256}{SUFFIX}"
    kind: Kind = "packed" if packed.is_file() else "file"
    address = packed if kind == "packed" else Path(row.source)
    if not row.sha256.isalnum() or (not address.is_absolute() and kind == "file") or not address.is_file():
        return None
    try:
        reference = Reference(row.document, kind, str(address), row.sha256)
        return ContentStore(default_folder(), max_size=MAX_SIZE).read(reference)
    except DocumentError:
        return None
