"""Word documents: the body by mammoth; clause numbers, headers, footers, equations, charts and diagrams beside it."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from typing import IO, Any

from .html import markdown
from .numerals import written
from .ooxml import named, open_office, resolved, without_broken, write_charts, write_embedded, xml
from .sink import Sink

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_STYLES = "comment-reference => sup\np.Title => h1:fresh\np.Subtitle => h2:fresh"


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import mammoth

    _, archive = without_broken(file, open_office(file), r"word/document\.xml|word/_rels/document\.xml\.rels", sink)
    body = xml(archive, "word/document.xml")
    _write_numbers(body, archive)
    _drop_references(body, archive, sink)
    _write_equations(body)
    _lift_boxes(body)
    _tell_changes(body, sink)
    pictures = 0

    def picture(image: Any) -> dict[str, str]:
        nonlocal pictures
        pictures += not image.alt_text
        return {"src": ""}

    html = mammoth.convert_to_html(
        _rewritten(archive, body), convert_image=mammoth.images.img_element(picture), style_map=_STYLES
    )
    headers = _edges(archive, "header")
    if headers:
        sink.place("page header")
        sink.write("".join(f"[page header: {line}]\n" for line in headers) + "\n")
        sink.place("body")
    sink.write(markdown(html.value, sink) + "\n")
    write_charts(archive, "word", sink)
    if footers := _edges(archive, "footer"):
        sink.place("page footer")
        sink.write("\n" + "".join(f"[page footer: {line}]\n" for line in footers))
    write_embedded(archive, "word", sink)


def _drop_references(body: Any, archive: zipfile.ZipFile, sink: Sink) -> None:
    """Leave out the marks of notes and comments that are not there: their part may be broken."""
    for kind in ("comment", "footnote", "endnote"):
        marks = list(body.iter(f"{_W}{kind}Reference"))
        root = xml(archive, _part(archive, f"{kind}s")) if marks else None
        there = {note.get(f"{_W}id") for note in root.iter(f"{_W}{kind}")} if root is not None else set()
        if gone := [mark for mark in marks if mark.get(f"{_W}id") not in there]:
            sink.remark(f"{len(gone):,} {kind}{'s' * (len(gone) > 1)} that it refers to cannot be found in it")
        for mark in gone:
            mark.getparent().remove(mark)


def _part(archive: zipfile.ZipFile, kind: str) -> str:
    """The name of the part that a kind of relation of the body leads to."""
    root = xml(archive, "word/_rels/document.xml.rels")
    for relation in root if root is not None else ():
        if str(relation.get("Type")).endswith(f"/{kind}"):
            return resolved("word", str(relation.get("Target")))
    return f"word/{kind}.xml"


def _rewritten(archive: zipfile.ZipFile, body: Any) -> IO[bytes]:
    from lxml import etree

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as other:
        for member in archive.infolist():
            if member.filename.startswith("word/media/"):
                other.writestr(member.filename, b"")
            elif member.filename == "word/document.xml":
                other.writestr(member.filename, etree.tostring(body, xml_declaration=True, encoding="UTF-8"))
            else:
                other.writestr(member.filename, archive.read(member))
    made.seek(0)
    return made


def _edges(archive: zipfile.ZipFile, kind: str) -> list[str]:
    """The lines of all headers or footers, each once."""
    lines: dict[str, None] = {}
    for name in named(archive, rf"word/{kind}\d*\.xml"):
        for paragraph in xml(archive, name).iter(f"{_W}p"):
            words = "".join(
                node.text or "" if node.tag == f"{_W}t" else " "
                for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br")
            )
            if words.strip():
                lines[" ".join(words.split())] = None
    return list(lines)


def _write_equations(body: Any) -> None:
    """Put the characters of each equation where it stands, as one line."""
    from lxml import etree

    for equation in list(body.iter(f"{_M}oMath")):
        words = _linear(equation)
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = words
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        parent = equation.getparent()
        if parent.tag == f"{_M}oMathPara":
            equation, parent = parent, parent.getparent()
        if parent is not None and equation in list(parent):
            parent.replace(equation, run)


def _lift_boxes(body: Any) -> None:
    """Put what stands in text boxes behind the paragraph that holds them, where there is no older form of them."""
    for box in list(body.iter(f"{_W}txbxContent")):
        tags = [str(one.tag).rsplit("}", 1)[-1] for one in box.iterancestors()]
        if "drawing" not in tags:
            continue
        choice = next((one for one in box.iterancestors() if str(one.tag).endswith("}AlternateContent")), None)
        if choice is not None and any(str(one.tag).endswith("}Fallback") for one in choice):
            continue
        paragraph = next((one for one in box.iterancestors(f"{_W}p")), None)
        if paragraph is not None and paragraph.getparent() is not None:
            for child in reversed(list(box)):
                paragraph.addnext(child)


def _tell_changes(body: Any, sink: Sink) -> None:
    deleted = sum(1 for _ in body.iter(f"{_W}del")) + sum(1 for _ in body.iter(f"{_W}moveFrom"))
    inserted = sum(1 for _ in body.iter(f"{_W}ins"))
    if deleted or inserted:
        sink.remark(
            f"it has tracked changes: {inserted:,} insertion{'s' * (inserted != 1)} read as text, {deleted:,} "
            f"deletion{'s' * (deleted != 1)} left out"
        )


def _linear(node: Any) -> str:
    tag = node.tag.removeprefix(_M) if isinstance(node.tag, str) else ""
    inner = [_linear(child) for child in node]
    if tag == "t":
        return node.text or ""
    if tag == "f":
        return "({})/({})".format(
            *[part for part, child in zip(inner, node, strict=True) if child.tag in (f"{_M}num", f"{_M}den")]
        )
    if tag == "sup":
        return f"^{''.join(inner)}" if len("".join(inner)) < 2 else f"^({''.join(inner)})"
    if tag == "sub":
        return f"_{''.join(inner)}" if len("".join(inner)) < 2 else f"_({''.join(inner)})"
    if tag == "rad":
        return f"√({''.join(inner)})"
    if tag == "nary":
        sign = node.find(f"{_M}naryPr/{_M}chr")
        return (sign.get(f"{_M}val") if sign is not None else "∫") + "".join(inner)
    return "".join(inner)


class _Numbering:
    """The numbers that Word writes before paragraphs, which stand nowhere in the text."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        root = xml(archive, "word/numbering.xml")
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._styles = _style_numbers(xml(archive, "word/styles.xml"))
        if root is None:
            return
        kinds = {one.get(f"{_W}abstractNumId"): _levels(one) for one in root.iter(f"{_W}abstractNum")}
        for one in root.iter(f"{_W}num"):
            reference = one.find(f"{_W}abstractNumId")
            if reference is not None and (number := one.get(f"{_W}numId")):
                self._abstract[number] = reference.get(f"{_W}val") or ""
                self._levels[number] = kinds.get(reference.get(f"{_W}val"), {}) | _overrides(one)

    def label(self, paragraph: Any) -> str:
        """The number before a paragraph, "" where it has none or a bullet."""
        number, level = _numbered(paragraph.find(f"{_W}pPr"))
        if number is None:
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            number, level = self._styles.get(style.get(f"{_W}val"), (None, 0)) if style is not None else (None, 0)
        levels = self._levels.get(number or "")
        if not levels or number is None or level not in levels:
            return ""
        counts = self._counts[self._abstract[number]]
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        form, pattern, _ = levels[level]
        if form in ("bullet", "none"):
            return ""
        return re.sub(
            r"%(\d)",
            lambda found: written(
                counts.get(int(found[1]) - 1, levels.get(int(found[1]) - 1, ("", "", 1))[2]),
                levels.get(int(found[1]) - 1, ("decimal", "", 1))[0],
            ),
            pattern,
        )


def _write_numbers(body: Any, archive: zipfile.ZipFile) -> None:
    from lxml import etree

    numbering = _Numbering(archive)
    for paragraph in body.iter(f"{_W}p"):
        if not (label := numbering.label(paragraph)):
            continue
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = f"{label} "
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        properties = paragraph.find(f"{_W}pPr")
        paragraph.insert(0 if properties is None else 1, run)
        # mammoth would make a list of it, and count again in its own way.
        own = properties.find(f"{_W}numPr") if properties is not None else None
        if properties is not None:
            if own is None:
                own = etree.SubElement(properties, f"{_W}numPr")
            for child in list(own):
                own.remove(child)
            etree.SubElement(own, f"{_W}numId").set(f"{_W}val", "0")


def _levels(root: Any) -> dict[int, tuple[str, str, int]]:
    found = {}
    for level in root.iter(f"{_W}lvl"):
        value = {name: level.find(f"{_W}{name}") for name in ("numFmt", "lvlText", "start")}
        words = {name: node.get(f"{_W}val") or "" if node is not None else "" for name, node in value.items()}
        start = int(words["start"]) if words["start"].isdigit() else 1
        found[int(level.get(f"{_W}ilvl") or 0)] = (words["numFmt"] or "decimal", words["lvlText"], start)
    return found


def _overrides(number: Any) -> dict[int, tuple[str, str, int]]:
    return {key: value for override in number.iter(f"{_W}lvlOverride") for key, value in _levels(override).items()}


def _style_numbers(styles: Any) -> dict[str, tuple[str | None, int]]:
    if styles is None:
        return {}
    found: dict[str, tuple[str | None, int]] = {}
    for style in styles.iter(f"{_W}style"):
        number, level = _numbered(style.find(f"{_W}pPr"))
        if number is not None:
            found[style.get(f"{_W}styleId") or ""] = (number, level)
    return found


def _numbered(properties: Any) -> tuple[str | None, int]:
    numbers = properties.find(f"{_W}numPr") if properties is not None else None
    if numbers is None:
        return None, 0
    number, level = numbers.find(f"{_W}numId"), numbers.find(f"{_W}ilvl")
    at = level.get(f"{_W}val") if level is not None else "0"
    return (number.get(f"{_W}val") if number is not None else None), int(at) if str(at).isdigit() else 0
