"""RTF, by striprtf: its words without its codes, the rows of its tables as tables."""

from __future__ import annotations

import re
from typing import IO

from .sink import Sink
from .tables import markdown_rows


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    from striprtf.striprtf import rtf_to_text

    source = file.read().decode("latin-1")
    if re.search(r"\\pict\b", source):
        sink.remark("pictures in it are left out")
    rows: list[list[str]] = []
    text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    for line in text.split("\n"):
        # striprtf ends each cell of a row with a bar.
        if line.rstrip().endswith("|") and line.count("|") > 1:
            rows.append([cell.strip() for cell in line.rstrip()[:-1].split("|")])
            continue
        if rows:
            sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n\n")
            rows = []
        sink.write(f"{line}\n")
    if rows:
        sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n")
