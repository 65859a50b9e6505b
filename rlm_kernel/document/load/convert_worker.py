"""The process that converts one file: from standard input, as a format, to one line of JSON and the text.

It limits itself before it reads the first byte. Headings become Markdown headings, tables Markdown tables, pages and
slides say their number; pictures are left out. Nothing here runs what is in a file, or follows a link in it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any
from urllib.parse import unquote

_MAX_UNPACKED = 1 << 30
_MAX_MEMBERS = 100_000
_MAX_RATIO = 200
_SMALL = 1 << 26
_DEEPEST = 5_000


class Unreadable(Exception):
    """The file cannot be converted. The text is the end of a sentence: why."""


class Sink:
    """Collects the text, up to a limit. Raises Unreadable beyond it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Add a part."""
        self._size += len(text)
        if self._size > self._limit:
            raise Unreadable(f"it holds more than {self._limit >> 20} MiB of text")
        self._parts.append(text)

    def text(self) -> str:
        """All parts, with the white space at the ends of lines and NUL characters left out."""
        joined = "".join(self._parts).replace("\r\n", "\n").replace("\0", "")
        joined = re.sub(r"[ \t]+\n", "\n", joined)
        return re.sub(r"\n{3,}", "\n\n", joined).strip("\n") + "\n"


def main(kind: str, limits: str) -> None:
    """Convert standard input. The first line of the output is `{"converter": ...}` or `{"error": ...}`."""
    seconds, memory, most = json.loads(limits)
    _limit(seconds, memory, most)
    sys.setrecursionlimit(_DEEPEST)
    out, sys.stdout = sys.stdout.buffer, io.StringIO()
    header: dict[str, str] = {}
    made = b""
    try:
        function, packages = CONVERTERS[kind]
        sink = Sink(most)
        function(sys.stdin.buffer, sink)
        text = sink.text()
        if not text.strip():
            raise Unreadable("there is no text in it")
        made = text.encode("utf-8", "surrogatepass")
        header["converter"] = " + ".join(f"{name} {importlib.metadata.version(name)}" for name in packages) or "rlm"
    except Unreadable as error:
        header = {"error": str(error)}
    except RecursionError:
        header = {"error": "its parts are nested too deeply"}
    except Exception as error:  # the file may be anything, and every parser has exceptions of its own
        header = {"error": _why(error, memory)}
    out.write(json.dumps(header).encode() + b"\n" + made)
    out.flush()


def _why(error: Exception, memory: int) -> str:
    # A parser that runs out of memory may fail in any way, not only by a MemoryError.
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if isinstance(error, MemoryError) or largest > 0.8 * memory:
        return f"its conversion needs more than {memory >> 20} MiB of memory"
    words = " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(" .:")
    return f"it is damaged, or not what it says it is ({words})"


def _limit(seconds: int, memory: int, most: int) -> None:
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, most * 4 + (1 << 20)),
        (resource.RLIMIT_CORE, 0),
    ]
    for name, value in limits:
        with contextlib.suppress(ValueError, OSError):  # a lower limit of the user's stays
            resource.setrlimit(name, (value, value))


def _pdf(file: IO[bytes], sink: Sink) -> None:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is protected with a password: save it without one")
        headings = _outline(reader)
    except DependencyError:
        raise Unreadable("it is encrypted: save it without a password") from None
    total, found = len(reader.pages), False
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        found = found or bool(text.strip())
        sink.write(f"[page {number} of {total}]\n{_headed(text, headings.get(number, ()))}\n\n")
    if not found:
        raise Unreadable("its pages hold no text (they may be pictures of it): recognize their text (OCR) first")


def _outline(reader: Any) -> dict[int, list[tuple[int, str]]]:
    """The bookmarks by their pages: (level from 1, title)."""
    made: dict[int, list[tuple[int, str]]] = {}

    def walk(items: Iterable[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
                continue
            number = reader.get_destination_page_number(item)
            if number is not None and number >= 0:
                made.setdefault(number + 1, []).append((min(level, 6), " ".join(str(item.title).split())))

    # A broken outline is no reason to refuse the pages.
    with contextlib.suppress(Exception):
        walk(reader.outline, 1)
    return made


def _headed(text: str, headings: Iterable[tuple[int, str]]) -> str:
    """The text of a page with its bookmarks as headings: where their words stand, else at its beginning."""
    lines, above = text.split("\n"), []
    found = {" ".join(line.split()): at for at, line in reversed(list(enumerate(lines)))}
    for level, title in headings:
        heading = f"{'#' * level} {title}"
        if title in found:
            lines[found[title]] = heading
        else:
            above.append(heading)
    return "\n".join([*above, *lines])


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive, once its members' sizes have been looked at. Raises Unreadable."""
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > _MAX_MEMBERS:
        raise Unreadable(f"it holds {len(members):,} files, which no honest one does")
    if unpacked > _MAX_UNPACKED or (unpacked > _SMALL and unpacked > _MAX_RATIO * packed):
        raise Unreadable(f"it would unpack to {unpacked / 2**20:,.0f} MiB, out of {packed / 2**20:,.1f}")
    return archive


def _office(file: IO[bytes]) -> IO[bytes]:
    """The same file, once nothing in it looks made to exhaust its reader. Raises Unreadable."""
    archive = _open_zip(file)
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                head = part.read(4096)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise Unreadable(f"its part {member.filename[:80]} declares entities, which no Office file may")
    file.seek(0)
    return file


def _docx(file: IO[bytes], sink: Sink) -> None:
    import mammoth

    html = mammoth.convert_to_html(_office(file), convert_image=mammoth.images.img_element(lambda _image: {"src": ""}))
    sink.write(_markdown(html.value))


def _pptx(file: IO[bytes], sink: Sink) -> None:
    from pptx import Presentation

    for number, slide in enumerate(Presentation(_office(file)).slides, 1):
        title = slide.shapes.title
        heading = " ".join(title.text_frame.text.split()) if title is not None else ""
        sink.write(f"## Slide {number}{': ' if heading else ''}{heading}\n\n")
        for shape in _shapes(slide.shapes):
            if title is not None and shape.shape_id == title.shape_id:
                continue
            if shape.has_text_frame:
                for paragraph in shape.text_frame.paragraphs:
                    text = "".join(run.text for run in paragraph.runs).replace("\v", "\n")
                    sink.write(f"{'  ' * paragraph.level}{text}\n" if text.strip() else "")
            if getattr(shape, "has_table", False):
                sink.write("\n")
                _table(([cell.text for cell in row.cells] for row in shape.table.rows), sink)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and frame.text.strip():
            sink.write(f"\nNotes: {frame.text}\n")
        sink.write("\n")


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _xlsx(file: IO[bytes], sink: Sink) -> None:
    from openpyxl import load_workbook

    formulas = _has_formulas(_office(file))
    book = load_workbook(file, read_only=True, data_only=True)
    other = load_workbook(file, read_only=True) if formulas else book
    for sheet, computed in zip(book.worksheets, other.worksheets, strict=True):
        sink.write(f"## Sheet: {sheet.title}\n\n")
        rows = _rows(sheet)
        if formulas:
            # A workbook that no spreadsheet has computed holds formulas without values: better those than nothing.
            pairs = zip(rows, _rows(computed), strict=True)
            rows = ([v if v is not None else f for v, f in zip(*pair, strict=True)] for pair in pairs)
        _table(([_cell(value) for value in row] for row in rows), sink)
        sink.write("\n")


def _has_formulas(file: IO[bytes]) -> bool:
    archive = zipfile.ZipFile(file)
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            before = b""
            with archive.open(name) as part:
                while piece := part.read(1 << 20):
                    if b"<f>" in before + piece or b"<f " in before + piece:
                        return True
                    before = piece[-2:]
    return False


def _rows(sheet: Any) -> Iterable[Sequence[Any]]:
    # A sheet may claim to be a million columns wide.
    sheet.reset_dimensions()
    rows: Iterable[Sequence[Any]] = sheet.iter_rows(values_only=True)
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")  # a date is kept as its midnight
    return str(value)


def _table(rows: Iterable[list[str]], sink: Sink) -> None:
    """Rows as a Markdown table, the first one as its head; empty rows are left out."""
    width = 0
    for row in rows:
        cells = [re.sub(r"\s*\n\s*", " ", cell).replace("|", "\\|").strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        cells += [""] * (width - len(cells))
        sink.write(f"| {' | '.join(cells)} |\n")
        if not width:
            width = len(cells)
            sink.write(f"|{' --- |' * width}\n")


def _html(file: IO[bytes], sink: Sink) -> None:
    sink.write(_markdown(file.read()))


def _markdown(html: bytes | str) -> str:
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    soup = BeautifulSoup(html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    for tag in soup(["head", "script", "style", "noscript", "template", "svg", "img"]):
        tag.decompose()
    # Escapes would stand between a pattern and what it looks for.
    converter = MarkdownConverter(
        heading_style="ATX", bullets="-", table_infer_header=True, escape_asterisks=False, escape_underscores=False
    )
    made = str(converter.convert_soup(soup))
    return f"# {title}\n\n{made}" if title and not soup.find("h1") else made


def _epub(file: IO[bytes], sink: Sink) -> None:
    from defusedxml.ElementTree import fromstring

    archive = _open_zip(file)
    container = fromstring(archive.read("META-INF/container.xml"))
    root = next((item.get("full-path") for item in container.iter() if item.tag.endswith("}rootfile")), None)
    if not root:
        raise Unreadable("it does not say where its contents are")
    package = fromstring(archive.read(root))
    pages = {item.get("id"): item.get("href") for item in package.iter() if item.tag.endswith("}item")}
    title = next((item.text for item in package.iter() if item.tag.endswith("}title") and item.text), None)
    sink.write(f"# {' '.join(title.split())}\n\n" if title else "")
    for reference in (item.get("idref") for item in package.iter() if item.tag.endswith("}itemref")):
        if href := pages.get(reference):
            member = posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(href)))
            body = re.sub(rb"<title\b.*?</title\s*>|<\?xml.*?\?>", b"", archive.read(member), flags=re.S | re.I)
            sink.write(f"{_markdown(body)}\n\n")


def _ipynb(file: IO[bytes], sink: Sink) -> None:
    notebook = json.load(file)
    language = _of(_of(notebook, "metadata", {}), "language_info", {}).get("name", "python")
    cells = (
        notebook["cells"] if "cells" in notebook else [c for sheet in notebook["worksheets"] for c in sheet["cells"]]
    )
    for cell in cells:
        source = _joined(cell.get("source", cell.get("input", "")))
        if cell["cell_type"] != "code":
            sink.write(f"{source}\n\n")
            continue
        fence = "```" if "```" not in source else "~~~~"
        sink.write(f"{fence}{language}\n{source}\n{fence}\n\n" if source.strip() else "")
        for output in cell.get("outputs", ()):
            text = _joined(
                output.get("text") or _of(output, "data", {}).get("text/plain") or output.get("traceback", "")
            )
            text = re.sub(r"\x1b\[[0-9;]*m", "", text)
            sink.write(f"Output:\n{text}\n\n" if text.strip() else "")


def _of(record: Any, name: str, default: Any) -> Any:
    value = record.get(name)
    return value if isinstance(value, type(default)) else default


def _joined(lines: Any) -> str:
    return lines if isinstance(lines, str) else "".join(str(line) for line in lines)


CONVERTERS: dict[str, tuple[Callable[[IO[bytes], Sink], None], tuple[str, ...]]] = {
    "pdf": (_pdf, ("pypdf",)),
    "docx": (_docx, ("mammoth", "markdownify")),
    "pptx": (_pptx, ("python-pptx",)),
    "xlsx": (_xlsx, ("openpyxl",)),
    "html": (_html, ("markdownify",)),
    "epub": (_epub, ("markdownify",)),
    "ipynb": (_ipynb, ()),
}
