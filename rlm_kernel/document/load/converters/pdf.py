"""PDF: the text by PDFium, laid out by `pdf_layout`; form fields, notes and attachments by pypdf."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import IO, Any

from .pdf_layout import page_lines
from .pdf_words import edges_of, words_of
from .sink import Sink, UnreadableFile

_NOTES = {"/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret", "/Stamp", "/Popup"}
_MOST_EDGES = 20_000
_PICTURE_SHARE = 0.3
_MOST_INNER = 1 << 28
_TOO_MANY = 1 << 16


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        pdf = pdfium.PdfDocument(file, password=sink.password or None)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            wrong = "the given password does not open it" if sink.password else "it is protected with a password"
            raise UnreadableFile(f"{wrong}: give it as password= (--password), or save it without one") from None
        raise
    total = len(pdf)
    extras = _Extras(file, sink)
    headings = _outline(pdf)
    pictures: list[int] = []
    read = False
    for number in range(1, total + 1):
        page = pdf[number - 1]
        sink.place(f"page {number}")
        sink.write(f"[page {number} of {total}]\n")
        lines = _lines(page, raw)
        share = _pictured(page, raw)
        if not any(line.strip() for line in lines) and share > 0:
            lines = _recognized(page, number, sink)
            if not lines:
                pictures.append(number)
        elif share > _PICTURE_SHARE:
            pictures.append(number)
        read = read or any(line.strip() for line in lines)
        body = _headed(lines, headings.get(number, ()))
        sink.write("\n".join(body) + "\n\n")
        for line in extras.page(number - 1):
            read = True
            sink.write(line + "\n")
        sink.write("\n")
        page.close()
    _attachments(pdf, sink)
    if not read and not sink.files:
        raise UnreadableFile(
            "its pages hold no text (they may be pictures of it): recognize their text (OCR) first, or install "
            "'rlm-kernel[ocr]' and Tesseract"
        )
    if pictures:
        several = len(pictures) > 1
        sink.remark(
            f"page{'s' if several else ''} {_ranges(pictures)} hold{'' if several else 's'} pictures, and what they "
            "show is left out (the extra 'ocr' reads pages that are pictures)"
        )


def _lines(page: Any, raw: Any) -> list[str]:
    words = words_of(page, raw)
    edges = edges_of(page, raw)
    if len(words) > _TOO_MANY:
        return str(page.get_textpage().get_text_range()).splitlines()
    return page_lines(words, edges if len(edges) < _MOST_EDGES else [])


def _pictured(page: Any, raw: Any) -> float:
    """The share of the page that its largest picture covers."""
    area = max(1.0, page.get_width() * page.get_height())
    largest = 0.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        with contextlib.suppress(Exception):
            left, bottom, right, top = item.get_bounds()
            largest = max(largest, abs(right - left) * abs(top - bottom) / area)
    return largest


def _recognized(page: Any, number: int, sink: Sink) -> list[str]:
    """The text of a page that is a picture, by Tesseract where it is installed."""
    try:
        import pytesseract
    except ImportError:
        return []
    if shutil.which("tesseract") is None:
        return []
    picture = page.render(scale=200 / 72, grayscale=True).to_pil()
    try:
        text = pytesseract.image_to_string(picture, timeout=120)
    except (pytesseract.TesseractError, RuntimeError) as error:
        sink.remark(f"page {number} is a picture that Tesseract could not read ({type(error).__name__})")
        return []
    if not text.strip():
        return []
    version = str(pytesseract.get_tesseract_version()).split("\n")[0]
    sink.remark(f"page {number} is a picture: its text was recognized by Tesseract {version}, and may be wrong")
    return [f"[recognized in a picture of the page by Tesseract {version}]", *text.splitlines()]


def _outline(pdf: Any) -> dict[int, list[tuple[int, str]]]:
    """The bookmarks by their pages (from 1): (level from 1, title)."""
    found: dict[int, list[tuple[int, str]]] = {}
    # A broken outline is no reason to refuse the pages.
    with contextlib.suppress(Exception):
        for bookmark in pdf.get_toc(max_depth=6):
            target = bookmark.get_dest()
            index = target.get_index() if target is not None else None
            title = " ".join(str(bookmark.get_title()).split())
            if index is not None and title:
                found.setdefault(index + 1, []).append((min(bookmark.level + 1, 6), title))
    return found


def _headed(lines: list[str], headings: Any) -> list[str]:
    """The lines of a page with its bookmarks as headings: where their words stand, else at its beginning."""
    above = []
    found = {" ".join(line.split()): at for at, line in reversed(list(enumerate(lines)))}
    for level, title in headings:
        heading = f"{'#' * level} {title}"
        if title in found:
            lines[found[title]] = heading
        else:
            above.append(heading)
    return [*above, *lines]


def _attachments(pdf: Any, sink: Sink) -> None:
    size = 0
    for number in range(pdf.count_attachments()):
        name = f"attachment {number + 1}"
        try:
            attachment = pdf.get_attachment(number)
            name = attachment.get_name() or name
            data = bytes(attachment.get_data())
        except Exception:
            sink.remark(f"the attachment {name!r} cannot be read, and is left out")
            continue
        size += len(data)
        if size > _MOST_INNER:
            raise UnreadableFile(f"its attachments hold more than {_MOST_INNER >> 20} MiB")
        sink.file(name, data)


class _Extras:
    """Form fields and notes, by pypdf; a file that it cannot read is said to have lost them."""

    def __init__(self, file: IO[bytes], sink: Sink) -> None:
        self._sink = sink
        self._reader: Any = None
        try:
            from pypdf import PdfReader

            file.seek(0)
            reader = PdfReader(file)
            if reader.is_encrypted:
                reader.decrypt(sink.password)
            len(reader.pages)
            self._reader = reader
            form = reader.root_object.get("/AcroForm")
            if form is not None and "/XFA" in form.get_object():
                sink.remark("it is a form with an XFA part, of which only the plain fields are read")
        except Exception as error:
            sink.remark(f"its form fields and notes, if it has any, are left out ({type(error).__name__})")

    def page(self, index: int) -> list[str]:
        """The lines that say what stands in the fields and notes of a page (from 0)."""
        if self._reader is None:
            return []
        try:
            return list(dict.fromkeys(self._lines(index)))
        except Exception as error:
            self._sink.remark(f"form fields and notes of page {index + 1} are left out ({type(error).__name__})")
            return []

    def _lines(self, index: int) -> Iterator[str]:
        for reference in self._reader.pages[index].get("/Annots") or ():
            note = reference.get_object()
            kind = note.get("/Subtype")
            if kind == "/Widget":
                yield from _field(note)
            elif kind in _NOTES or note.get("/Contents"):
                words = " ".join(str(note.get("/Contents") or "").split())
                author = " ".join(str(note.get("/T") or "").split())
                if words and kind != "/Link":
                    yield f"[note{' by ' + author if author else ''}: {words}]"
            if kind == "/FileAttachment":
                self._attached(note)

    def _attached(self, note: Any) -> None:
        what = note["/FS"]
        data = what["/EF"]["/F"].get_data()
        if len(data) < _MOST_INNER:
            self._sink.file(str(what.get("/UF") or what.get("/F") or "attachment"), data)


def _field(note: Any) -> Iterator[str]:
    names, value, kind = [], None, None
    while note is not None:
        if note.get("/T"):
            names.append(str(note["/T"]))
        value = note.get("/V") if value is None else value
        kind = kind or note.get("/FT")
        parent = note.get("/Parent")
        note = parent.get_object() if parent is not None and len(names) < 32 else None
    if value is None or kind == "/Sig":
        return
    value = value.get_object()
    words = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    if words.strip() and words != "/Off":
        yield f"[field {'.'.join(reversed(names))}: {' '.join(words.removeprefix('/').split())}]"


def _ranges(numbers: list[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    words = [str(a) if a == b else f"{a}-{b}" for a, b in parts]
    return ", ".join(words[:20]) + (", ..." if len(words) > 20 else "")
