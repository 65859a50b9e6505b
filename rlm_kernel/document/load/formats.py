"""Files that are no plain text: which converter reads them, in a process of its own that is bounded in memory, time
and output, since such a file may have been made to exhaust its reader."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any

from ..errors import DocumentError
from ..origins import Origin, SourcedText
from ..places import Places
from .options import LoadOptions

GROUP = "rlm_kernel.converters"
_PLUGIN = "plugin:"
_PACKAGE_ROOT = Path(__file__).parents[3]
_BOOT = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from rlm_kernel.document.load.convert_worker import main; main(*sys.argv[1:3])"
)
_MAX_HEADER = 1 << 26
_TRAILER = 8


@dataclass(frozen=True, slots=True)
class ConversionLimits:
    """What a conversion may use: seconds (of the clock and of the processor), bytes of memory, bytes of text."""

    seconds: int = 300
    memory: int = 2 << 30
    text: int = 1 << 29


LIMITS = ConversionLimits()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what a sentence calls it, its converter (`module:function` in `converters`), the modules
    that it needs, the extra that brings them, and the packages whose versions are told.

    `members`: the files in it are documents of their own (an archive), not parts of its text (attachments).
    """

    name: str
    words: str
    function: str
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    extra: str = "formats"
    members: bool = False


# Raised where a converter makes another text of the same file: conversions that are kept are then made anew.
REVISION = 2
_HTML = ("bs4", "markdownify")
_SHEETS = ("python_calamine", "defusedxml")
FORMATS = {
    "pdf": Format(
        "PDF", "a PDF", "pdf:convert", ("pypdfium2", "pdfplumber", "pypdf"), ("pypdfium2", "pdfplumber", "pypdf")
    ),
    "docx": Format(
        "DOCX", "a Word document (DOCX)", "docx:convert", ("mammoth", "lxml", *_HTML), ("mammoth", "markdownify")
    ),
    "pptx": Format("PPTX", "a PowerPoint presentation (PPTX)", "pptx:convert", ("pptx",), ("python-pptx",)),
    "xlsx": Format("XLSX", "an Excel workbook (XLSX)", "sheets:convert", (*_SHEETS, "openpyxl"), ("python-calamine",)),
    "xlsb": Format("XLSB", "an Excel workbook (XLSB)", "sheets:convert", _SHEETS, ("python-calamine",)),
    "ods": Format("ODS", "a spreadsheet (ODS)", "sheets:convert", _SHEETS, ("python-calamine",)),
    "odt": Format("ODT", "a text document (ODT)", "opendocument:convert", ("defusedxml",)),
    "odp": Format("ODP", "a presentation (ODP)", "opendocument:convert", ("defusedxml",)),
    "flat-odf": Format(
        "flat ODF", "an OpenDocument file (flat XML)", "flat:open_document", (*_SHEETS, "lxml"), ("python-calamine",)
    ),
    "xml-sheet": Format("XML spreadsheet", "an Excel workbook (XML of 2003)", "flat:spreadsheet", ("lxml",)),
    "rtf": Format("RTF", "an RTF document", "rtf:convert", ("striprtf",), ("striprtf",)),
    "epub": Format("EPUB", "an EPUB book", "epub:convert", (*_HTML, "defusedxml"), ("markdownify",)),
    "html": Format("HTML", "an HTML page", "html:convert", _HTML, ("markdownify",)),
    "ipynb": Format("ipynb", "a Jupyter notebook", "notebook:convert"),
    "eml": Format("EML", "an e-mail", "mail:convert"),
    "mbox": Format("MBOX", "a mailbox (MBOX)", "mail:mailbox"),
    "ole": Format("OLE", "a file of an old Office, or an Outlook message", "ole:convert", ("olefile",)),
    "gz": Format("gzip", "a gzip archive", "archives:gz", members=True),
    "bz2": Format("bzip2", "a bzip2 archive", "archives:bz2", members=True),
    "xz": Format("xz", "an xz archive", "archives:xz", members=True),
    "zst": Format("zstd", "a Zstandard archive", "archives:zst", ("zstandard",), ("zstandard",), members=True),
    "zip": Format("ZIP", "a ZIP archive", "archives:zip_members", members=True),
    "tar": Format("tar", "a tar archive", "archives:tar_members", members=True),
    "parquet": Format("Parquet", "a Parquet file", "tabular:parquet", ("pyarrow",), ("pyarrow",), "tables"),
    "feather": Format("Feather", "a Feather file", "tabular:feather", ("pyarrow",), ("pyarrow",), "tables"),
    "sqlite": Format("SQLite", "an SQLite database", "tabular:sqlite"),
}


@dataclass(frozen=True, slots=True)
class Inner:
    """A file within a file, as it was unpacked."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion gave: the text (empty for an archive), and the files within the file."""

    text: SourcedText
    files: Sequence[Inner]
    members: bool


@functools.cache
def plugins() -> frozenset[str]:
    """The suffixes, without their dots, that converters of the entry point group are installed for."""
    return frozenset(point.name for point in importlib.metadata.entry_points(group=GROUP))


def plugin_for(suffix: str) -> str | None:
    """The kind that stands for an installed converter of a suffix (`.one`), None where there is none."""
    return f"{_PLUGIN}{suffix[1:]}" if suffix[1:] and suffix[1:] in plugins() else None


def convert(kind: str, name: str, source: str, file: IO[bytes], options: LoadOptions) -> Converted:
    """The text of a file of a known kind. `file` is a real one, open at its beginning. Raises DocumentError."""
    known = _format(kind)
    if missing := [module for module in known.modules if importlib.util.find_spec(module) is None]:
        raise DocumentError(
            f"{source} is {known.words}: reading it needs the extra '{known.extra}' ({', '.join(missing)} not found): "
            f"pip install 'rlm-kernel[{known.extra}]'; or convert it to text first."
        )
    header, data, inner = _run(known, kind, name, source, file, options)
    if problem := header.get("error"):
        raise DocumentError(f"{source} is {known.words} that cannot be read: {problem}.")
    text = SourcedText(name, source, data)
    converter = str(header["converter"])
    first = () if known.members else (f"{source} is {known.words}: what is read is its text, as {converter} made it",)
    remarks = (*first, *(f"{source}: {said}" for said in header["remarks"]))
    text.origin = Origin("", header["format"] or known.name, converter, records=header["records"], remarks=remarks)
    text.places = Places(header["places"])
    return Converted(text, inner, known.members)


def convert_bytes(kind: str, name: str, source: str, data: bytes | memoryview, options: LoadOptions) -> Converted:
    """`convert` for what is in memory."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return convert(kind, name, source, file, options)


def _format(kind: str) -> Format:
    if not kind.startswith(_PLUGIN):
        return FORMATS[kind]
    suffix = kind.removeprefix(_PLUGIN)
    return Format(suffix.upper(), f"a .{suffix} file", "")


def _run(
    known: Format, kind: str, name: str, source: str, file: IO[bytes], options: LoadOptions
) -> tuple[dict[str, Any], bytes, list[Inner]]:
    paths = [str(_PACKAGE_ROOT), *(os.path.abspath(path) for path in sys.path if path)]
    asked = {
        "seconds": LIMITS.seconds,
        "memory": LIMITS.memory,
        "text": LIMITS.text,
        "function": known.function,
        "packages": known.packages,
        "name": PurePath(name).name,
        "password": options.password or "",
    }
    # The password stands in no argument and in no environment, where other processes could read it.
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as made:
        try:
            os.write(writing, json.dumps(asked).encode())
            os.close(writing)
            done = subprocess.run(  # noqa: S603  our own converter, with nothing of the file in its arguments
                [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, kind, str(reading), *paths],
                stdin=file,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath + ":/usr/local/bin", "OMP_THREAD_LIMIT": "2"},
                cwd="/",
                timeout=LIMITS.seconds,
                check=False,
                pass_fds=[reading],
            )
        except subprocess.TimeoutExpired:
            raise _too_much(source, known, f"it takes longer than {LIMITS.seconds} s") from None
        finally:
            os.close(reading)
        if done.returncode == 0 and (result := _result(made)) is not None:
            return result
    if -done.returncode in (9, 24, 25):  # SIGKILL, SIGXCPU, SIGXFSZ: a limit of the process
        raise _too_much(source, known, "it takes more time, memory or room than a conversion may use")
    raise DocumentError(f"{source} is {known.words} that its converter cannot read: convert it to text first.")


def _result(made: IO[bytes]) -> tuple[dict[str, Any], bytes, list[Inner]] | None:
    """What a converter wrote: the files within the file, the text, the header, the length of the header."""
    end = made.seek(0, os.SEEK_END)
    if end < _TRAILER:
        return None
    made.seek(end - _TRAILER)
    length = int.from_bytes(made.read(_TRAILER), "big")
    if not 0 < length <= min(_MAX_HEADER, end - _TRAILER):
        return None
    made.seek(end - _TRAILER - length)
    header = json.loads(made.read(length))
    if "error" in header:
        return header, b"", []
    made.seek(0)
    inner = [Inner(name, made.read(size)) for name, size in header["files"]]
    return header, made.read(header["text"]), inner


def _too_much(source: str, known: Format, why: str) -> DocumentError:
    return DocumentError(f"{source} is {known.words}, and its conversion was stopped: {why}; convert it to text first.")
