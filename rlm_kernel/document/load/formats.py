"""Files that are no plain text (PDF, DOCX, PPTX, XLSX, HTML, EPUB, ipynb): recognized here, converted in a process of
their own that is bounded in memory, time and output, since such a file may have been made to exhaust its reader."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import DocumentError
from ..origins import Origin, SourcedText
from .encodings import binary

EXTRA = "formats"
_PACKAGE_ROOT = Path(__file__).parents[3]
_BOOT = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from rlm_kernel.document.load.convert_worker import main; main(*sys.argv[1:3])"
)
_TAIL = 1 << 20
_MAX_HEADER = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a conversion may use: seconds (of the clock and of the processor), bytes of memory, bytes of text."""

    seconds: int = 300
    memory: int = 2 << 30
    text: int = 1 << 29


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what a sentence calls it, and the modules that its converter needs."""

    name: str
    words: str
    modules: tuple[str, ...]


FORMATS = {
    "pdf": Format("PDF", "a PDF", ("pypdf",)),
    "docx": Format("DOCX", "a Word document (DOCX)", ("mammoth", "markdownify", "bs4")),
    "pptx": Format("PPTX", "a PowerPoint presentation (PPTX)", ("pptx",)),
    "xlsx": Format("XLSX", "an Excel workbook (XLSX)", ("openpyxl", "defusedxml")),
    "epub": Format("EPUB", "an EPUB book", ("markdownify", "bs4", "defusedxml")),
    "html": Format("HTML", "an HTML page", ("markdownify", "bs4")),
    "ipynb": Format("ipynb", "a Jupyter notebook", ()),
}
_SUFFIXES = {".html": "html", ".htm": "html", ".xhtml": "html", ".ipynb": "ipynb"}
_MEMBERS = {b"word/document.xml": "docx", b"ppt/presentation.xml": "pptx", b"xl/workbook.xml": "xlsx"}
_BINARY = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x7fELF": "an executable",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a file of an old Office (DOC, XLS, PPT), or one protected with a password",
}


def recognize(source: str, suffix: str, head: bytes, tail: bytes) -> str | None:
    """The format (a key of `FORMATS`) of a file that begins with `head` and ends with `tail`, None for plain text.

    The content decides; the name only where the content is text as well. Raises DocumentError for known binaries.
    """
    if head.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/epub+zip" in head[:200]:
            return "epub"
        for member, kind in _MEMBERS.items():
            if member in tail[-_TAIL:] or member in head:
                return kind
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise DocumentError(binary(source, what))
    return _SUFFIXES.get(suffix)


def convert(kind: str, name: str, source: str, file: IO[bytes]) -> SourcedText:
    """The text of a file of a known format. `file` is a real one, open at its beginning. Raises DocumentError."""
    known = FORMATS[kind]
    if missing := [module for module in known.modules if importlib.util.find_spec(module) is None]:
        raise DocumentError(
            f"{source} is {known.words}: reading it needs the extra '{EXTRA}' ({', '.join(missing)} not found): "
            f"pip install 'rlm-kernel[{EXTRA}]'; or convert it to text first."
        )
    header, data = _run(known, kind, source, file)
    if problem := header.get("error"):
        raise DocumentError(f"{source} is {known.words} that cannot be read: {problem}.")
    text = SourcedText(name, source, data)
    remark = f"{source} is {known.words}: what is read is its text, as {header['converter']} made it"
    text.origin = Origin("", known.name, str(header["converter"]), (remark,))
    return text


def convert_bytes(kind: str, name: str, source: str, data: bytes | memoryview) -> SourcedText:
    """`convert` for what is in memory."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return convert(kind, name, source, file)


def _run(known: Format, kind: str, source: str, file: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    limits = json.dumps([LIMITS.seconds, LIMITS.memory, LIMITS.text])
    paths = [str(_PACKAGE_ROOT), *(os.path.abspath(path) for path in sys.path if path)]
    with tempfile.TemporaryFile() as made:
        try:
            done = subprocess.run(  # noqa: S603  our own converter, with nothing of the file in its arguments
                [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, kind, limits, *paths],
                stdin=file,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=LIMITS.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _too_much(source, known, f"it takes longer than {LIMITS.seconds} s") from None
        made.seek(0)
        line = made.readline(_MAX_HEADER)
        if done.returncode == 0 and line.endswith(b"\n"):
            return json.loads(line), made.read()
    if -done.returncode in (9, 24, 25):  # SIGKILL, SIGXCPU, SIGXFSZ: a limit of the process
        raise _too_much(source, known, "it takes more time, memory or room than a conversion may use")
    raise DocumentError(f"{source} is {known.words} that its converter cannot read: convert it to text first.")


def _too_much(source: str, known: Format, why: str) -> DocumentError:
    return DocumentError(f"{source} is {known.words}, and its conversion was stopped: {why}; convert it to text first.")
