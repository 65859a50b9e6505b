"""OpenDocument texts and presentations (ODT, ODP): headings, lists, tables, notes, comments, headers and footers."""

from __future__ import annotations

from typing import IO, Any

from .ooxml import open_office, xml
from .sink import Sink
from .tables import markdown_rows

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _DRAW, _OFFICE = (f"{{{_NS}{name}:1.0}}" for name in ("text", "table", "drawing", "office"))
_STYLE, _PRESENTATION = f"{{{_NS}style:1.0}}", f"{{{_NS}presentation:1.0}}"
_MOST = 1_000


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    archive = open_office(file)
    styles = xml(archive, "styles.xml")
    content = xml(archive, "content.xml")
    edges = _edges(styles)
    if edges:
        sink.place("page headers and footers")
        sink.write("".join(f"[{kind}: {line}]\n" for kind, line in edges) + "\n")
    body = content.find(f"{_OFFICE}body")
    slides = list(body.iter(f"{_DRAW}page"))
    if not slides:
        if edges:
            sink.place("body")
        for node in body:
            _block(node, sink, 0)
    if changes := sum(1 for _ in content.iter(f"{_TEXT}changed-region")):
        sink.remark(f"it has {changes:,} tracked change{'s' * (changes > 1)}: what was deleted is left out")
    hidden = _hidden(content)
    for number, slide in enumerate(slides, 1):
        mark = " (hidden)" if slide.get(f"{_DRAW}style-name") in hidden else ""
        title = next(
            (_line(frame) for frame in slide.iter(f"{_DRAW}frame") if frame.get(f"{_PRESENTATION}class") == "title"), ""
        )
        sink.place(f"slide {number}{mark}")
        sink.write(f"## Slide {number}{mark}{': ' if title else ''}{title}\n\n")
        for node in slide:
            if node.tag == f"{_PRESENTATION}notes":
                words = _line(node)
                sink.write(f"\nNotes: {words}\n" if words else "")
            elif node.get(f"{_PRESENTATION}class") != "title":
                _block(node, sink, 0)
        sink.write("\n")
    if any(name.startswith("Pictures/") for name in archive.namelist()):
        sink.remark("pictures in it are left out")
    if any(name.startswith("Object ") for name in archive.namelist()):
        _objects(archive, sink)


def _edges(styles: Any) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for page in styles.iter(f"{_STYLE}master-page") if styles is not None else ():
        for node in page.iter(f"{_TEXT}p"):
            parents = [str(one.tag) for one in node.iterancestors()]
            kind = "footer" if any("footer" in tag for tag in parents) else "header"
            if not any("notes" in tag for tag in parents) and (words := _line(node)):
                found[f"page {kind}", words] = None
    return list(found)


def _hidden(content: Any) -> set[str]:
    return {
        str(style.get(f"{_STYLE}name"))
        for style in content.iter(f"{_STYLE}style")
        if any(node.get(f"{_PRESENTATION}visibility") == "hidden" for node in style)
    }


def _objects(archive: Any, sink: Sink) -> None:
    for name in sorted(archive.namelist()):
        if name.startswith("Object ") and name.endswith("/content.xml"):
            root = xml(archive, name)
            tables = [rows for table in root.iter(f"{_TABLE}table") if (rows := _rows(table))]
            for rows in tables:
                sink.write("\nChart:\n")
                sink.table(rows)
            if not tables and (words := " ".join("".join(root.itertext()).split())):
                sink.write(f"\n[object: {words[:2000]}]\n")


def _block(node: Any, sink: Sink, depth: int) -> None:
    if not isinstance(node.tag, str):
        return
    if node.tag == f"{_TEXT}h":
        level = str(node.get(f"{_TEXT}outline-level") or "1")
        sink.write(f"\n{'#' * min(int(level) if level.isdigit() else 1, 6)} {_line(node)}\n\n")
    elif node.tag == f"{_TEXT}p":
        sink.write(f"{_line(node)}\n\n")
        for frame in node.iter(f"{_DRAW}text-box"):
            for child in frame:
                _block(child, sink, depth)
    elif node.tag == f"{_TEXT}list":
        for item in node:
            lines = [_line(child) for child in item if child.tag in (f"{_TEXT}p", f"{_TEXT}h")]
            if any(lines):
                sink.write(f"{'  ' * depth}- {' '.join(lines)}\n")
            for child in item:
                if child.tag not in (f"{_TEXT}p", f"{_TEXT}h"):
                    _block(child, sink, depth + 1)
        sink.write("" if depth else "\n")
    elif node.tag == f"{_TABLE}table":
        if rows := _rows(node):
            sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n\n")
    elif node.tag == f"{_OFFICE}annotation":
        sink.write(f"[comment: {_line(node)}]\n")
    elif node.tag not in (f"{_TEXT}tracked-changes", f"{_OFFICE}forms", f"{_TEXT}sequence-decls"):
        for child in node:
            _block(child, sink, depth)


def _rows(table: Any) -> list[list[str]]:
    """The cells by rows; one that spans several rows stands in each of them."""
    rows: list[list[str]] = []
    spanned: dict[int, tuple[int, str]] = {}
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            words = " ".join(filter(None, (_line(child) for child in cell)))
            at = len(cells)
            left, above = spanned.pop(at, (0, ""))
            if cell.tag == f"{_TABLE}covered-table-cell" and left and not words:
                words = above
                spanned[at] = (left - 1, above)
            elif (lines := _number(cell.get(f"{_TABLE}number-rows-spanned"))) > 1:
                spanned[at] = (lines - 1, words)
            cells += [words] * min(_number(cell.get(f"{_TABLE}number-columns-repeated")), _MOST)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(cells)
    return rows


def _number(value: Any) -> int:
    return int(value) if str(value).isdigit() else 1


def _line(node: Any) -> str:
    """The characters of a paragraph, with its notes and comments in brackets, on one line."""
    return " ".join(_words(node).split())


def _words(node: Any) -> str:
    made = node.text or ""
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == f"{_TEXT}s":
            made += " " * min(int(child.get(f"{_TEXT}c") or 1), _MOST)
        elif tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            made += " "
        elif tag == f"{_TEXT}note":
            body = child.find(f"{_TEXT}note-body")
            made += f" [note: {_line(body)}]" if body is not None else ""
        elif tag == f"{_OFFICE}annotation":
            made += f" [comment: {_line(child)}]"
        elif tag and tag not in (f"{_DRAW}text-box", f"{_TEXT}tracked-changes"):
            made += (" " if tag in (f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}list-item") else "") + _words(child)
        elif (tag == f"{_DRAW}text-box" and not node.tag.endswith("}frame")) or (
            tag == f"{_DRAW}text-box" and node.getparent() is not None and node.getparent().tag != f"{_TEXT}p"
        ):
            made += " " + _words(child)
        made += child.tail or ""
    return made
