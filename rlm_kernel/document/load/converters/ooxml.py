"""What DOCX, XLSX and PPTX share: a checked archive, its XML, and the texts of charts, diagrams and comments."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from .sink import Sink, UnreadableFile

_MAX_UNPACKED = 1 << 30
_MAX_MEMBERS = 100_000
_MAX_RATIO = 200
_SMALL = 1 << 26
_CHUNK = 1 << 20
_DECLARATIONS = [
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
]
_EMBEDDED = (
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".docx",
    ".docm",
    ".doc",
    ".pptx",
    ".ppt",
    ".pdf",
    ".csv",
    ".txt",
    ".rtf",
)
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")
_ENCODINGS = {b"utf-8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive, once its members' sizes have been looked at. Raises Unreadable."""
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > _MAX_MEMBERS:
        raise UnreadableFile(f"it holds {len(members):,} files, which no honest one does")
    if unpacked > _MAX_UNPACKED or (unpacked > _SMALL and unpacked > _MAX_RATIO * packed):
        raise UnreadableFile(f"it would unpack to {unpacked / 2**20:,.0f} MiB, out of {packed / 2**20:,.1f}")
    return archive


def open_office(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive, once nothing in it looks made to exhaust its reader. Raises Unreadable."""
    archive = open_zip(file)
    for member in archive.infolist():
        if not member.filename.lower().endswith((".xml", ".rels", ".opf", ".ncx", ".vml")):
            continue
        with archive.open(member) as part:
            before = b""
            head = True
            while piece := part.read(_CHUNK):
                if any(word in before + piece for word in _DECLARATIONS):
                    raise UnreadableFile(f"its part {member.filename[:80]} declares entities, which no Office file may")
                said = _ENCODING.search(piece[:200].replace(b"\0", b"")) if head else None
                if said is not None and said[1].lower() not in _ENCODINGS:
                    raise UnreadableFile(f"its part {member.filename[:80]} is in an encoding that no Office file has")
                before, head = piece[-20:], False
    file.seek(0)
    return archive


def xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of a part of a checked archive, None where there is no such part."""
    from lxml import etree

    try:
        data = archive.read(name)
    except KeyError:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)


def optional(archive: zipfile.ZipFile, name: str, sink: Sink) -> Any:
    """`xml` for a part that the rest can be read without: one that is broken is said in a remark, and is None."""
    from lxml import etree

    try:
        return xml(archive, name)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error) as error:
        sink.remark(f"its part {name[:80]} is broken, and is left out ({' '.join(str(error).split())[:80]})")
        return None


def named(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    """The names of the parts that a pattern matches, in the order of the numbers in them."""
    found = [name for name in archive.namelist() if re.fullmatch(pattern, name)]
    return sorted(found, key=lambda name: [int(part) if part.isdigit() else 0 for part in re.findall(r"\d+", name)])


def paragraphs(root: Any) -> Iterator[str]:
    """The texts of the paragraphs of a drawing."""
    for paragraph in root.iter(f"{A}p"):
        words = "".join(node.text or "" if node.tag == f"{A}t" else "\n" for node in paragraph.iter(f"{A}t", f"{A}br"))
        if words.strip():
            yield words


def chart_rows(root: Any) -> tuple[str, list[list[str]]]:
    """The title of a chart, and its figures as the file keeps them: categories down, series across."""
    heading = root.find(f".//{C}title")
    title = " ".join(paragraphs(heading)) if heading is not None else ""
    names: list[str] = []
    columns: list[dict[int, str]] = []
    categories: dict[int, str] = {}
    for series in root.iter(f"{C}ser"):
        name = series.find(f"{C}tx")
        names.append(" ".join(value.text or "" for value in name.iter(f"{C}v")) if name is not None else "")
        for tag in ("cat", "xVal"):
            if (points := series.find(f"{C}{tag}")) is not None:
                categories.update(_points(points))
        values: dict[int, str] = {}
        for tag in ("val", "yVal"):
            if (points := series.find(f"{C}{tag}")) is not None:
                values.update(_points(points))
        columns.append(values)
    if not columns:
        return title, []
    numbers = sorted({number for column in [categories, *columns] for number in column})
    rows = [
        [categories.get(number, str(number + 1)), *(column.get(number, "") for column in columns)] for number in numbers
    ]
    return title, [["", *(name or f"Series {at}" for at, name in enumerate(names, 1))], *rows]


def _points(parent: Any) -> dict[int, str]:
    found = {}
    for point in parent.iter(f"{C}pt"):
        value = point.find(f"{C}v")
        if value is not None and value.text:
            found[int(point.get("idx") or 0)] = _figure(value.text)
    return found


def _figure(text: str) -> str:
    try:
        return f"{float(text):.15g}" if re.fullmatch(r"-?\d+\.\d{12,}(?:[eE][+-]?\d+)?", text) else text
    except ValueError:
        return text


def write_charts(archive: zipfile.ZipFile, folder: str, sink: Sink) -> None:
    """Add the figures of all charts and the words of all diagrams of a document."""
    for name in named(archive, rf"{folder}/charts/chart\d*\.xml"):
        write_chart(xml(archive, name), sink)
    for name in named(archive, rf"{folder}/diagrams/data\d*\.xml"):
        if words := list(paragraphs(xml(archive, name))):
            sink.write("\nDiagram:\n" + "".join(f"- {' '.join(word.split())}\n" for word in words) + "\n")


def write_embedded(archive: zipfile.ZipFile, folder: str, sink: Sink) -> None:
    """Hand over the documents that are embedded in one; those that hold the figures of charts are written as such."""
    of_charts = b"".join(archive.read(name) for name in named(archive, rf"{folder}/charts/_rels/.*\.rels"))
    others = 0
    for name in named(archive, rf"{folder}/embeddings/.*"):
        file = name.rsplit("/", 1)[-1]
        if file.encode() in of_charts:
            continue
        if file.lower().endswith(_EMBEDDED):
            with archive.open(name) as content:
                sink.file(file, content)
        else:
            others += 1
    if others:
        sink.remark(f"{others:,} embedded object{'s' * (others > 1)} left out")


def write_chart(root: Any, sink: Sink) -> None:
    """Add a chart: its title and its figures."""
    title, rows = chart_rows(root)
    sink.write(f"\nChart{': ' if title else ''}{title}\n")
    if rows:
        sink.table(rows)
    else:
        sink.remark("a chart keeps no figures, and only its words are read")
