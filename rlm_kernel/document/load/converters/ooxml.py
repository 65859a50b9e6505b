"""What DOCX, XLSX and PPTX share: a checked archive, its XML, and the texts of charts, diagrams and comments."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from .number_forms import day_of
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


def without_broken(
    file: IO[bytes], archive: zipfile.ZipFile, needed: str, sink: Sink
) -> tuple[IO[bytes], zipfile.ZipFile]:
    """The document without the parts that are no XML, and that it can be read without: each is said in a remark.

    `needed` is the pattern of the names of those that it cannot be read without.
    """
    names = [name for name in archive.namelist() if name.lower().endswith((".xml", ".rels"))]
    kept = [name for name in names if re.fullmatch(rf"\[Content_Types\]\.xml|_rels/\.rels|{needed}", name) is None]
    broken = {name for name in kept if optional(archive, name, sink) is None}
    if not broken:
        return file, archive
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as other:
        for member in archive.infolist():
            if member.filename in broken:
                continue
            data = archive.read(member)
            if member.filename.endswith(".rels"):
                data = _without_targets(data, member.filename, broken)
            elif member.filename == "[Content_Types].xml":
                for name in broken:
                    data = re.sub(rb'<Override[^>]*PartName="/%s"[^>]*/>' % re.escape(name.encode()), b"", data)
            other.writestr(member.filename, data)
    made.seek(0)
    return made, zipfile.ZipFile(io.BytesIO(made.getvalue()))


def _without_targets(data: bytes, name: str, broken: set[str]) -> bytes:
    """The relations of a part without those to other parts that are gone."""
    folder = posixpath.dirname(posixpath.dirname(name))

    def kept(match: re.Match[bytes]) -> bytes:
        target = re.search(rb'Target="([^"]*)"', match[0])
        if target is None:
            return match[0]
        return b"" if resolved(folder, target[1].decode("utf-8", "replace")) in broken else match[0]

    return re.sub(rb"<(?:\w+:)?Relationship\s[^>]*/>", kept, data)


def resolved(folder: str, target: str) -> str:
    """The name of a part that a relation of a part in this folder names."""
    return posixpath.normpath(posixpath.join("/", folder, target))[1:]


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


@dataclass(slots=True)
class _Series:
    """The points of a series by their numbers: what they stand at, their values, and the sizes of bubbles."""

    name: str
    at: dict[int, str]
    values: dict[int, str]
    sizes: dict[int, str]


def chart_rows(root: Any) -> tuple[str, list[list[str]]]:
    """The title of a chart, and its figures as the file keeps them: categories down, series across; point for point
    where the series stand at values of their own, or have sizes."""
    heading = root.find(f".//{C}title")
    title = " ".join(paragraphs(heading)) if heading is not None else ""
    from_1904 = (node := root.find(f"{C}date1904")) is not None and node.get("val") not in ("0", "false")
    several = [_series(node, at, from_1904) for at, node in enumerate(root.iter(f"{C}ser"), 1)]
    if not several:
        return title, []
    # A series without categories stands at those of the others.
    categories = {number: place for one in reversed(several) for number, place in one.at.items()}
    differ = any(categories[number] != place for one in several for number, place in one.at.items())
    if differ or any(one.sizes for one in several):
        rows = [
            [one.name, one.at.get(number, str(number + 1)), one.values.get(number, ""), one.sizes.get(number, "")]
            for one in several
            for number in sorted({*one.at, *one.values, *one.sizes})
        ]
        width = 4 if any(row[3] for row in rows) else 3
        return title, [row[:width] for row in [["series", "x", "y", "size"], *rows]]
    numbers = sorted({number for column in [categories, *(one.values for one in several)] for number in column})
    rows = [
        [categories.get(number, str(number + 1)), *(one.values.get(number, "") for one in several)]
        for number in numbers
    ]
    return title, [["", *(one.name for one in several)], *rows]


def _series(node: Any, at: int, from_1904: bool) -> _Series:
    name = node.find(f"{C}tx")
    words = " ".join(value.text or "" for value in name.iter(f"{C}v")) if name is not None else ""
    found: list[dict[int, str]] = []
    for tags in (("cat", "xVal"), ("val", "yVal"), ("bubbleSize",)):
        points: dict[int, str] = {}
        for tag in tags:
            if (parent := node.find(f"{C}{tag}")) is not None:
                points.update(_points(parent, from_1904 if tag in ("cat", "xVal") else None))
        found.append(points)
    return _Series(words or f"Series {at}", *found)


def _points(parent: Any, from_1904: bool | None) -> dict[int, str]:
    """The points of a part of a series; with `from_1904`, those that are shown as dates as such."""
    levels = list(parent.iter(f"{C}lvl"))
    if not levels:
        return _level(parent, from_1904)
    # The innermost level is the first; an outer one stands where it begins.
    inner, *outer = (_level(level, from_1904) for level in levels)
    for level in outer:
        above = ""
        for number in sorted(inner):
            above = level.get(number, above)
            inner[number] = f"{above} / {inner[number]}" if above else inner[number]
    return inner


def _level(parent: Any, from_1904: bool | None) -> dict[int, str]:
    code = parent.find(f".//{C}formatCode")
    found = {}
    for point in parent.iter(f"{C}pt"):
        value = point.find(f"{C}v")
        if value is not None and value.text:
            form = point.get("formatCode") or (code.text if code is not None else "") or ""
            day = None if from_1904 is None or not form else day_of(value.text, form, from_1904=from_1904)
            found[int(point.get("idx") or 0)] = day or _figure(value.text)
    return found


def _figure(text: str) -> str:
    try:
        return f"{float(text):.15g}" if re.fullmatch(r"-?\d+\.\d{12,}(?:[eE][+-]?\d+)?", text) else text
    except ValueError:
        return text


def write_charts(archive: zipfile.ZipFile, folder: str, sink: Sink) -> None:
    """Add the figures of all charts and the words of all diagrams of a document."""
    for name in named(archive, rf"{folder}/charts/chart\d*\.xml"):
        if (root := optional(archive, name, sink)) is not None:
            write_chart(root, sink)
    for name in named(archive, rf"{folder}/diagrams/data\d*\.xml"):
        root = optional(archive, name, sink)
        if root is not None and (words := list(paragraphs(root))):
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
