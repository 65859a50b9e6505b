"""Which kind of file it is: by its content, and by its name only where the content is text as well."""

from __future__ import annotations

import re
import struct

from ..errors import DocumentError

_TAIL = 1 << 20
_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".ipynb": "ipynb",
    ".eml": "eml",
    ".mht": "eml",
    ".mhtml": "eml",
    ".mbox": "mbox",
    ".tar": "tar",
}
_MAGIC = {
    b"{\\rtf": "rtf",
    b"SQLite format 3\0": "sqlite",
    b"PAR1": "parquet",
    b"ARROW1": "feather",
    b"FEA1": "feather",
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
}
_MEMBERS = {
    b"word/document.xml": "docx",
    b"ppt/presentation.xml": "pptx",
    b"xl/workbook.xml": "xlsx",
    b"xl/workbook.bin": "xlsb",
}
_OPEN_DOCUMENT = {b"opendocument.text": "odt", b"opendocument.spreadsheet": "ods", b"opendocument.presentation": "odp"}
_BINARY = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"\x7fELF": "an executable",
    b"MZ\x90\0": "an executable",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\0asm": "a WebAssembly module",
    b"OggS": "a recording",
    b"ID3": "a recording",
}
_OLD_OFFICE = frozenset((".doc", ".dot", ".xls", ".xlt", ".ppt"))
_BEGINNING = 1 << 13
_FLAT = re.compile(rb"<office:document[\s>]")
_WORKBOOK = re.compile(rb"<(?:\w+:)?workbook[\s>]")
_PAGE = re.compile(rb"<(?:!doctype html|html|head|body|table|meta|div|p)[\s>]")
_PAGE_IN_MAIL = re.compile(rb"\Amime-version:.*^content-type:\s*(?:multipart/|text/html)", re.DOTALL | re.MULTILINE)
_MAILBOX = re.compile(rb"From \S+.{0,80}\d{4}\r?\n[A-Za-z-]+: ")


def recognize(source: str, suffix: str, head: bytes, tail: bytes) -> str | None:
    """The format (a key of `formats.FORMATS`) of a file that begins with `head` and ends with `tail`.

    None for plain text. Raises DocumentError for known binaries that no converter reads.
    """
    if head.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head, tail)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise DocumentError(binary(source, what))
    if (told := _markup(suffix, head[:_BEGINNING])) is not None:
        return told
    if suffix in ("", ".txt") and _MAILBOX.match(head):
        return "mbox"
    return _SUFFIXES.get(suffix)


def _markup(suffix: str, head: bytes) -> str | None:
    """What a text is that programs write under the names of old Office files, or in one XML file."""
    begin = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    if begin.startswith(b"<"):
        if b"opendocument:xmlns:office:1.0" in begin and _FLAT.search(begin):
            return "flat-odf"
        if b"urn:schemas-microsoft-com:office:spreadsheet" in begin and _WORKBOOK.search(begin):
            return "xml-sheet"
        return "html" if suffix in _OLD_OFFICE and _PAGE.search(begin) else None
    return "eml" if suffix in _OLD_OFFICE and _PAGE_IN_MAIL.search(begin) else None


def binary(source: str, what: str) -> str:
    """Why a file that is no text is refused."""
    return f"{source} is {what}, not text: convert it to text first, or name another file."


def _zip(head: bytes, tail: bytes) -> str:
    start = head[:200]
    if b"mimetypeapplication/epub+zip" in start:
        return "epub"
    for name, kind in _OPEN_DOCUMENT.items():
        if b"mimetypeapplication/vnd.oasis." + name in start:
            return kind
    names = _names(tail[-_TAIL:])
    if names is None:
        # The list of what is in it is cut off, or longer than what is looked at.
        names = {member for member in _MEMBERS if member in head}
    elif b"[Content_Types].xml" not in names:
        return "zip"
    return next((kind for member, kind in _MEMBERS.items() if member in names), "zip")


def _names(tail: bytes) -> set[bytes] | None:
    """The names in the list at the end of an archive, None where it has none or more than `tail`.

    The list alone tells: an archive that holds an Office file unpacked has the names of its parts in it as well.
    """
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return None
    count, size, _ = struct.unpack("<HII", tail[end + 10 : end + 20])
    at = end - size
    if at < 0:
        return None
    names = set()
    for _ in range(count):
        if tail[at : at + 4] != b"PK\x01\x02" or len(tail) < at + 46:
            # A list in the larger form, or something between it and its end.
            return None
        name, extra, comment = struct.unpack("<HHH", tail[at + 28 : at + 34])
        names.add(tail[at + 46 : at + 46 + name])
        at += 46 + name + extra + comment
    return names
