"""PowerPoint presentations, by python-pptx: texts, tables, charts, diagrams, notes and comments of each slide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

from .ooxml import A, open_office, paragraphs, write_chart, write_embedded
from .scripts import script
from .sink import Sink

_PICTURE = 13
_DIAGRAM = "diagramData"


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    from pptx import Presentation

    archive = open_office(file)
    pictures: list[int] = []
    for number, slide in enumerate(Presentation(file).slides, 1):
        title = slide.shapes.title
        heading = " ".join(title.text_frame.text.split()) if title is not None else ""
        hidden = " (hidden)" if slide._element.get("show") in ("0", "false") else ""
        sink.place(f"slide {number}{hidden}")
        sink.write(f"## Slide {number}{hidden}{': ' if heading else ''}{heading}\n\n")
        for shape in _shapes(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                _shape(shape, sink)
            if getattr(shape, "shape_type", None) == _PICTURE:
                pictures.append(number)
        _related(slide.part, sink)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and frame.text.strip():
            sink.write(f"\nNotes: {frame.text}\n")
        sink.write("\n")
    write_embedded(archive, "ppt", sink)
    if pictures:
        numbers = ", ".join(map(str, sorted(set(pictures))[:20]))
        sink.remark(f"slide{'s' if len(set(pictures)) > 1 else ''} {numbers}: what pictures show is left out")


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _shape(shape: Any, sink: Sink) -> None:
    if shape.has_text_frame:
        for paragraph in shape.text_frame.paragraphs:
            text = _text(paragraph)
            sink.write(f"{'  ' * paragraph.level}{text}\n" if text.strip() else "")
    if getattr(shape, "has_table", False):
        rows = ([("" if cell.is_spanned else _lines(cell)) for cell in row.cells] for row in shape.table.rows)
        sink.table(list(rows))
    if getattr(shape, "has_chart", False):
        write_chart(shape.chart._chartSpace, sink)
    description = shape._element.xpath(".//p:nvPicPr/p:cNvPr/@descr")
    if description and description[0].strip():
        sink.write(f"[picture: {' '.join(description[0].split())}]\n")


def _lines(cell: Any) -> str:
    return "\n".join(_text(paragraph) for paragraph in cell.text_frame.paragraphs)


def _text(paragraph: Any) -> str:
    """The characters of a paragraph: its runs, its fields (dates, numbers of slides), its line breaks."""
    made = ""
    for node in paragraph._p.iter(f"{A}r", f"{A}fld", f"{A}br"):
        if node.tag == f"{A}br":
            made += "\n"
            continue
        words = "".join(text.text or "" for text in node.iter(f"{A}t"))
        properties = node.find(f"{A}rPr")
        raised = properties is not None and int(properties.get("baseline") or 0) > 0
        made += script(made[-1:], words) if raised else words
    equation = "".join(node.text or "" for node in paragraph._p.iter(_MATH))
    return f"{made}{equation}"


_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"


def _related(part: Any, sink: Sink) -> None:
    """The words of diagrams and the comments of a slide."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for relation in part.rels.values():
        if relation.is_external:
            continue
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind == _DIAGRAM:
            nodes = [" ".join(word.split()) for word in paragraphs(etree.fromstring(relation.target_part.blob, parser))]
            sink.write("\nDiagram:\n" + "".join(f"- {word}\n" for word in nodes) if nodes else "")
        elif kind == "comments":
            root = etree.fromstring(relation.target_part.blob, parser)
            texts = [
                node.text or "" for node in root.iter() if isinstance(node.tag, str) and node.tag.endswith("}text")
            ]
            for words in [*texts, *paragraphs(root)]:
                sink.write(f"[comment: {' '.join(words.split())}]\n" if words.strip() else "")
