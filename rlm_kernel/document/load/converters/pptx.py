"""PowerPoint presentations, by python-pptx: texts, tables, charts, diagrams, notes and comments of each slide."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from .numerals import written
from .ooxml import A, open_office, paragraphs, without_broken, write_chart, write_embedded
from .scripts import script
from .sink import Sink

_DIAGRAM = "diagramData"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    from pptx import Presentation

    file, archive = without_broken(
        file, open_office(file), r"ppt/(?:slides/)?(?:_rels/)?(?:presentation|slide\d+)\.xml(?:\.rels)?", sink
    )
    pictures: list[int] = []
    for number, slide in enumerate(Presentation(file).slides, 1):
        _choose(slide._element)
        title = slide.shapes.title
        heading = " ".join(title.text_frame.text.split()) if title is not None else ""
        hidden = " (hidden)" if slide._element.get("show") in ("0", "false") else ""
        sink.place(f"slide {number}{hidden}")
        sink.write(f"## Slide {number}{hidden}{': ' if heading else ''}{heading}\n\n")
        for shape in _shapes(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                _shape(shape, sink)
            if str(shape._element.tag).endswith("}pic"):
                pictures.append(number)
        _related(slide.part, sink)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and frame.text.strip():
            sink.write(f"\nNotes: {frame.text}\n")
        sink.write("\n")
    write_embedded(archive, "ppt", sink)
    if pictures:
        numbers = ", ".join(map(str, sorted(set(pictures))[:20]))
        sink.remark(f"slide{'s' if len(set(pictures)) > 1 else ''} {numbers}: what pictures show is left out")


def _choose(slide: Any) -> None:
    """Put what stands in several forms, for newer programs and for older ones, as one of them where it stands."""
    for node in list(slide.iter(f"{_COMPATIBLE}AlternateContent")):
        forms = [form for form in node if len(form) and form.tag in (f"{_COMPATIBLE}Choice", f"{_COMPATIBLE}Fallback")]
        telling = [form for form in forms if any(True for _ in form.iter(f"{A}t", f"{A}graphicData", _MATH))]
        parent = node.getparent()
        if parent is not None and forms:
            for child in list((telling or forms)[0]):
                node.addprevious(child)
            parent.remove(node)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _shape(shape: Any, sink: Sink) -> None:
    if shape.has_text_frame:
        numbers = _Numbers(shape)
        for paragraph in shape.text_frame.paragraphs:
            if (text := _text(paragraph)).strip():
                sink.write(f"{'  ' * paragraph.level}{numbers.label(paragraph)}{text}\n")
    if getattr(shape, "has_table", False):
        sink.table(_rows(shape.table))
    if getattr(shape, "has_chart", False):
        # The part of a chart may be broken, and left out.
        with contextlib.suppress(KeyError):
            write_chart(shape.chart._chartSpace, sink)
    description = shape._element.xpath(".//p:nvPicPr/p:cNvPr/@descr")
    if description and description[0].strip():
        sink.write(f"[picture: {' '.join(description[0].split())}]\n")


class _Numbers:
    """The numbers before the paragraphs of a shape, which stand nowhere in its text."""

    def __init__(self, shape: Any) -> None:
        self._styles = {
            str(node.getparent().tag).rsplit("}", 1)[-1]: node for node in shape._element.iter(f"{A}buAutoNum")
        }
        self._counts: dict[int, tuple[str, int]] = {}

    def label(self, paragraph: Any) -> str:
        """The number before a paragraph, with a space; "" where it has none."""
        level = paragraph.level
        own = paragraph._p.find(f"{A}pPr")
        number = own.find(f"{A}buAutoNum") if own is not None else None
        plain = own is not None and any(own.find(f"{A}{name}") is not None for name in ("buNone", "buChar", "buBlip"))
        if number is None and not plain:
            number = self._styles.get(f"lvl{level + 1}pPr")
        self._counts = {at: count for at, count in self._counts.items() if at <= level}
        if number is None:
            self._counts.pop(level, None)
            return ""
        kind, first = str(number.get("type") or "arabicPeriod"), str(number.get("startAt") or "1")
        before = self._counts.get(level)
        count = before[1] + 1 if before is not None and before[0] == f"{kind} {first}" else int(first)
        self._counts[level] = f"{kind} {first}", count
        form = next((name for start, name in _FORMS.items() if kind.startswith(start)), "decimal")
        opened, closed = ("(" * kind.endswith("ParenBoth")), {"d": ".", "R": ")", "h": ")"}.get(kind[-1], "")
        return f"{opened}{written(count, form)}{closed} "


_FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}


def _rows(table: Any) -> list[list[str]]:
    """The cells by rows; one that spans several rows stands in each of them, once a row."""
    rows = [["" if cell.is_spanned else _lines(cell) for cell in row.cells] for row in table.rows]
    for top, row in enumerate(table.rows):
        for left, cell in enumerate(row.cells):
            for line in rows[top + 1 : top + cell.span_height] if cell.is_merge_origin else ():
                line[left] = rows[top][left]
    return rows


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
        up = int(properties.get("baseline") or 0) if properties is not None else 0
        made += script(made[-1:], words, lowered=up < 0) if up else words
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
