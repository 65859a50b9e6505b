"""Word documents: the body by mammoth; clause numbers, headers, footers, equations, charts and diagrams beside it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO, Any

from .docx_numbers import write_numbers
from .docx_words import TAB, W, mend
from .html import markdown
from .ooxml import named, open_office, resolved, without_broken, write_charts, write_embedded, xml
from .sink import Sink

_STRICT = b"http://purl.oclc.org/ooxml/"
_STYLES = "comment-reference => sup\np.Title => h1:fresh\np.Subtitle => h2:fresh"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import mammoth

    _, archive = without_broken(file, open_office(file), r"word/document\.xml|word/_rels/document\.xml\.rels", sink)
    body = xml(archive, "word/document.xml")
    write_numbers(body, archive)
    _drop_references(body, archive, sink)
    mend(body, sink)
    _lift_boxes(body)
    _tell_changes(body, sink)
    if others := sum(1 for _ in body.iter(f"{W}altChunk")):
        sink.remark(f"{others:,} other file{'s' * (others > 1)} that it shows within its text left out")
    pictures = 0

    def picture(image: Any) -> dict[str, str]:
        nonlocal pictures
        pictures += not image.alt_text
        return {"src": ""}

    html = mammoth.convert_to_html(
        _rewritten(archive, body, sink), convert_image=mammoth.images.img_element(picture), style_map=_STYLES
    )
    headers = _edges(archive, "header", sink)
    if headers:
        sink.place("page header")
        sink.write("".join(f"[page header: {line}]\n" for line in headers) + "\n")
        sink.place("body")
    sink.write(_with_tabs(markdown(html.value, sink)) + "\n")
    write_charts(archive, "word", sink)
    if footers := _edges(archive, "footer", sink):
        sink.place("page footer")
        sink.write("\n" + "".join(f"[page footer: {line}]\n" for line in footers))
    write_embedded(archive, "word", sink)


def _with_tabs(text: str) -> str:
    """Tabs as they were, between the columns that they make; in a heading they are spaces."""
    return re.sub(r"^#.*", lambda heading: heading[0].replace(TAB, " "), text, flags=re.MULTILINE).replace(TAB, "\t")


def _drop_references(body: Any, archive: zipfile.ZipFile, sink: Sink) -> None:
    """Leave out the marks of notes and comments that are not there: their part may be broken."""
    for kind in ("comment", "footnote", "endnote"):
        marks = list(body.iter(f"{W}{kind}Reference"))
        root = xml(archive, _part(archive, f"{kind}s")) if marks else None
        there = {note.get(f"{W}id") for note in root.iter(f"{W}{kind}")} if root is not None else set()
        if gone := [mark for mark in marks if mark.get(f"{W}id") not in there]:
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


def _rewritten(archive: zipfile.ZipFile, body: Any, sink: Sink) -> IO[bytes]:
    from lxml import etree

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as other:
        for member in archive.infolist():
            if member.filename.startswith("word/media/"):
                other.writestr(member.filename, b"")
            elif member.filename == "word/document.xml":
                other.writestr(member.filename, etree.tostring(body, xml_declaration=True, encoding="UTF-8"))
            elif member.filename in _NOTES:
                notes = xml(archive, member.filename)
                mend(notes, sink)
                other.writestr(member.filename, etree.tostring(notes, xml_declaration=True, encoding="UTF-8"))
            else:
                other.writestr(member.filename, archive.read(member))
    made.seek(0)
    return made


def _edges(archive: zipfile.ZipFile, kind: str, sink: Sink) -> list[str]:
    """The lines of all headers or footers, each once."""
    lines: dict[str, None] = {}
    for name in named(archive, rf"word/{kind}\d*\.xml"):
        root = xml(archive, name)
        mend(root, sink)
        for paragraph in root.iter(f"{W}p"):
            words = "".join(
                node.text or "" if node.tag == f"{W}t" else " " for node in paragraph.iter(f"{W}t", f"{W}tab", f"{W}br")
            )
            if words := " ".join(words.replace(TAB, " ").split()):
                lines[words] = None
    return list(lines)


def _lift_boxes(body: Any) -> None:
    """Put what stands in text boxes behind the paragraph that holds them, where there is no older form of them."""
    for box in list(body.iter(f"{W}txbxContent")):
        tags = [str(one.tag).rsplit("}", 1)[-1] for one in box.iterancestors()]
        if "drawing" not in tags:
            continue
        choice = next((one for one in box.iterancestors() if str(one.tag).endswith("}AlternateContent")), None)
        if choice is not None and any(str(one.tag).endswith("}Fallback") for one in choice):
            continue
        paragraph = next((one for one in box.iterancestors(f"{W}p")), None)
        if paragraph is not None and paragraph.getparent() is not None:
            for child in reversed(list(box)):
                paragraph.addnext(child)


def _tell_changes(body: Any, sink: Sink) -> None:
    deleted = sum(1 for _ in body.iter(f"{W}del")) + sum(1 for _ in body.iter(f"{W}moveFrom"))
    inserted = sum(1 for _ in body.iter(f"{W}ins"))
    if deleted or inserted:
        sink.remark(
            f"it has tracked changes: {inserted:,} insertion{'s' * (inserted != 1)} read as text, {deleted:,} "
            f"deletion{'s' * (deleted != 1)} left out"
        )
