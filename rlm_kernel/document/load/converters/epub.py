"""EPUB books: their chapters in the order of their spine."""

from __future__ import annotations

import posixpath
import re
from typing import IO
from urllib.parse import unquote

from .html import markdown
from .ooxml import open_zip
from .sink import Sink, UnreadableFile


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    from defusedxml.ElementTree import fromstring

    archive = open_zip(file)
    container = fromstring(archive.read("META-INF/container.xml"))
    root = next((item.get("full-path") for item in container.iter() if item.tag.endswith("}rootfile")), None)
    if not root:
        raise UnreadableFile("it does not say where its contents are")
    package = fromstring(archive.read(root))
    pages = {item.get("id"): item.get("href") for item in package.iter() if item.tag.endswith("}item")}
    title = next((item.text for item in package.iter() if item.tag.endswith("}title") and item.text), None)
    sink.write(f"# {' '.join(title.split())}\n\n" if title else "")
    missing = 0
    for number, item in enumerate((item for item in package.iter() if item.tag.endswith("}itemref")), 1):
        if href := pages.get(item.get("idref")):
            member = posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(href)))
            try:
                page = archive.read(member)
            except KeyError:
                missing += 1
                continue
            body = re.sub(rb"<title\b.*?</title\s*>|<\?xml.*?\?>", b"", page, flags=re.S | re.I)
            sink.place(f"part {number} ({posixpath.basename(member)})")
            sink.write(f"{markdown(body, sink)}\n\n")
    if missing:
        sink.remark(f"{missing:,} of its parts are not there")
