"""OpenDocument texts and presentations (ODT, ODP): headings, lists, tables, notes, comments, headers and footers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from .ooxml import open_office, xml
from .scripts import script
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
    for part in (styles, content):
        _mark(part, [styles, content])
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


def _mark(part: Any, roots: list[Any]) -> None:
    """Say at each span whether its style raises, lowers or strikes its characters."""
    kinds: dict[str, str] = {}
    for style in (style for root in roots if root is not None for style in root.iter(f"{_STYLE}style")):
        for node in style.iter(f"{_STYLE}text-properties"):
            position = str(node.get(f"{_STYLE}text-position") or "0").split()[0]
            height = {"super": 1, "sub": -1}.get(position) or _integer(position.rstrip("%"))
            if height:
                kinds[str(style.get(f"{_STYLE}name"))] = "raised" if height > 0 else "lowered"
            elif node.get(f"{_STYLE}text-line-through-style") not in (None, "none"):
                kinds[str(style.get(f"{_STYLE}name"))] = "struck"
    for span in part.iter(f"{_TEXT}span") if part is not None else ():
        if kind := kinds.get(str(span.get(f"{_TEXT}style-name"))):
            span.set("kind", kind)


def _integer(value: str) -> int:
    return int(value) if value.lstrip("-").isdigit() else 0


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
        title = " ".join(_line(node).split())
        sink.write(f"\n{'#' * min(int(level) if level.isdigit() else 1, 6)} {title}\n\n")
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
    for row in _own_rows(table):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            words = " ".join(filter(None, map(_in_a_cell, cell)))
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
            rows += [cells] * min(_number(row.get(f"{_TABLE}number-rows-repeated")), _MOST)
    return rows


def _own_rows(table: Any) -> Iterator[Any]:
    """The rows of a table, without those of the tables in its cells."""
    for node in table:
        if node.tag == f"{_TABLE}table-row":
            yield node
        elif isinstance(node.tag, str) and node.tag.startswith(_TABLE):
            yield from _own_rows(node)


def _in_a_cell(node: Any) -> str:
    if node.tag == f"{_TABLE}table":
        return "; ".join(" | ".join(row) for row in _rows(node))
    return _line(node)


def _number(value: Any) -> int:
    return int(value) if str(value).isdigit() else 1


def _line(node: Any) -> str:
    """The characters of a paragraph, with its notes and comments in brackets, on one line."""
    return re.sub(r"[^\S\t]+", " ", _words(node, "")).strip(" ")


def _words(node: Any, before: str) -> str:
    """The characters of a node; those before it end in `before`."""
    made = node.text or ""
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == f"{_TEXT}s":
            made += " " * min(int(child.get(f"{_TEXT}c") or 1), _MOST)
        elif tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            made += "\t" if tag == f"{_TEXT}tab" else " "
        elif tag == f"{_TABLE}table":
            made += f" {_in_a_cell(child)} "
        elif tag == f"{_TEXT}ruby-text":
            made += f"({_line(child)})"
        elif kind := child.get("kind") if tag else None:
            words = _words(child, (made or before)[-1:])
            if kind == "struck":
                made += f"~~{words}~~" if words.strip() else words
            else:
                made += script((made or before)[-1:], words, (child.tail or "")[:1], lowered=kind == "lowered")
        elif tag == f"{_TEXT}note":
            body = child.find(f"{_TEXT}note-body")
            made += f" [note: {_line(body)}]" if body is not None else ""
        elif tag == f"{_OFFICE}annotation":
            made += f" [comment: {_line(child)}]"
        elif tag and tag not in (f"{_DRAW}text-box", f"{_TEXT}tracked-changes"):
            made += " " if tag in (f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}list-item") else ""
            made += _words(child, (made or before)[-1:])
        elif (tag == f"{_DRAW}text-box" and not node.tag.endswith("}frame")) or (
            tag == f"{_DRAW}text-box" and node.getparent() is not None and node.getparent().tag != f"{_TEXT}p"
        ):
            made += " " + _words(child, "")
        made += child.tail or ""
    return made
