"""From bytes to text: byte order marks, UTF-16 without one, the 8-bit encodings of Western Europe; no guess unsaid.

What is neither UTF-8 nor told by a mark is accepted only where the bytes look like Western prose, and the text's
`origin` then says so. Everything else is refused: a wrong guess would put wrong characters into an answer.
"""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from ..errors import DocumentError
from ..lines import count_all, find_bytes
from ..origins import Origin, SourcedText
from ..share import LoadedFile
from .options import LoadOptions
from .recognize import binary

_HEAD = 1 << 16
_SAMPLE = 1 << 20
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1b\x08")
_CONTROLS = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS)
_ASCII = bytes(range(128))
_NOT_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_FEWEST_UNITS = 8
_CANDIDATES = [
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8_r",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
]
_WIDE = frozenset({"cp932", "euc_jp", "gb18030", "big5", "cp949"})
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_UTF8_MARK = b"\xef\xbb\xbf"
_REPLACEMENT = "\ufffd".encode()


def decode(
    name: str, source: str, data: bytes | memoryview, options: LoadOptions, loaded: LoadedFile | None = None
) -> SourcedText:
    """The text in `data`, with its `origin` and with line feeds for all line ends.

    `loaded` is what holds `data`, where that can be shared as it is. Raises DocumentError for what is no text, or in
    no known encoding.
    """
    text = _characters(name, source, data, options)
    if loaded is not None and text.data is loaded.data:
        text.loaded = loaded
    return _with_line_feeds(text)


def _characters(name: str, source: str, data: bytes | memoryview, options: LoadOptions) -> SourcedText:
    if options.encoding is not None:
        return _named(name, source, data, options.encoding, options.errors)
    head = bytes(data[:_HEAD])
    # The mark of UTF-32 is also that of UTF-16 before a NUL character.
    marked = [known for mark, known in _MARKS if head.startswith(mark)]
    for known in marked:
        if text := _decoded(name, source, data, known):
            return text
    if marked:
        raise DocumentError(binary(source, "a binary file"))
    if unmarked := _utf16_without_mark(head):
        remark = f"{source} has no byte order mark: read as {unmarked} by the pattern of its bytes"
        if text := _decoded(name, source, data, unmarked, remark):
            return text
    signed = head.startswith(_UTF8_MARK)
    text = SourcedText(name, source, data[len(_UTF8_MARK) :] if signed else data)
    try:
        text.chars  # noqa: B018  counting decodes, and decoding validates
    except UnicodeDecodeError:
        return _not_utf8(name, source, data, options)
    if _control_share(head) > 0.1:
        raise DocumentError(binary(source, "a binary file"))
    text.origin = Origin("utf-8-sig" if signed else "utf-8")
    return text


def _with_line_feeds(text: SourcedText) -> SourcedText:
    """The same text with the line ends of Windows and of old Macs as line feeds, and `origin.newlines` saying so."""
    view = text.view
    if find_bytes(view, b"\r", 0, len(view)) < 0:
        return text
    counts = [0, 0, 0]
    pieces = _translated(view, counts)
    if text.loaded is not None and (loaded := LoadedFile.of(pieces)) is not None:
        made = SourcedText(text.name, text.source, loaded.data, chars=text.chars - counts[0])
        made.loaded = loaded
    else:
        made = SourcedText(text.name, text.source, b"".join(pieces))
    newlines = "mixed" if sum(map(bool, counts)) > 1 else "CRLF" if counts[0] else "CR"
    made.origin = replace(text.origin, newlines=newlines)
    return made


def _translated(view: memoryview, counts: list[int]) -> Iterator[bytes]:
    """The bytes with line feeds only; `counts` becomes the numbers of CRLF, CR and LF."""
    held = b""
    for start in range(0, len(view), _SAMPLE):
        piece = held + bytes(view[start : start + _SAMPLE])
        held = b""
        if piece.endswith(b"\r") and start + _SAMPLE < len(view):
            piece, held = piece[:-1], b"\r"
        pairs, returns, feeds = piece.count(b"\r\n"), piece.count(b"\r"), piece.count(b"\n")
        counts[0] += pairs
        counts[1] += returns - pairs
        counts[2] += feeds - pairs
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if returns else piece


def _named(name: str, source: str, data: bytes | memoryview, encoding: str, errors: str | None) -> SourcedText:
    try:
        with contextlib.suppress(UnicodeError):
            b"x".decode(encoding)  # refuses codecs that make no text
        text = _transcoded(name, source, data, encoding, errors or "strict")
    except LookupError:
        raise DocumentError(f"{encoding} is not a known encoding: try utf-8, utf-16 or latin-1.") from None
    except UnicodeError as error:
        where = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise DocumentError(
            f"{source} is not {encoding} text{where}: name another encoding, or say errors='replace' (--errors)."
        ) from None
    text.origin = Origin(encoding, remarks=_replaced(source, text, encoding) if errors == "replace" else ())
    return text


def _replaced(source: str, text: SourcedText, encoding: str) -> tuple[str, ...]:
    """The remark about replaced bytes: how many characters of replacement there are, and in which line the first."""
    first = find_bytes(text.view, _REPLACEMENT, 0, len(text.view))
    if first < 0:
        return ()
    count = count_all(text.view, _REPLACEMENT, 0, len(text.view))
    line = text.line_at_byte(first)
    faults = f"{count:,} fault{'s' if count > 1 else ''}"
    return (f"{source} is {encoding} with {faults}: replaced by U+FFFD, the first in line {line:,}",)


def _decoded(name: str, source: str, data: bytes | memoryview, encoding: str, *remarks: str) -> SourcedText | None:
    try:
        text = _transcoded(name, source, data, encoding)
    except UnicodeDecodeError:
        return None
    text.origin = Origin(encoding, remarks=remarks)
    return text


def _transcoded(name: str, source: str, data: bytes | memoryview, encoding: str, errors: str = "strict") -> SourcedText:
    """The text as UTF-8 without a mark, made piece by piece. Raises LookupError and UnicodeError."""
    made, chars = bytearray(), 0
    for piece in _pieces(data, encoding, errors):
        made += piece.encode("utf-8", "surrogatepass")
        chars += len(piece)
    view = memoryview(made).toreadonly()
    if made.startswith(_UTF8_MARK):
        view, chars = view[len(_UTF8_MARK) :], chars - 1
    return SourcedText(name, source, view, chars=chars)


def _pieces(data: bytes | memoryview, encoding: str, errors: str = "strict") -> Iterator[str]:
    """The characters in parts. Raises UnicodeDecodeError with the position in `data`."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, max(len(data), 1), _SAMPLE):
        pending = len(decoder.getstate()[0])
        try:
            yield decoder.decode(bytes(data[start : start + _SAMPLE]), start + _SAMPLE >= len(data))
        except UnicodeDecodeError as error:
            at = start - pending + error.start
            raise UnicodeDecodeError(encoding, error.object[error.start :][:1], at, at + 1, error.reason) from None


def _utf16_without_mark(head: bytes) -> str:
    """The byte order of UTF-16 text that is mostly Latin: every other byte of it is zero. Empty where it is not."""
    units = len(head) // 2
    if units < _FEWEST_UNITS:
        return ""
    even, odd = head[0 : units * 2 : 2], head[1 : units * 2 : 2]
    for zeros, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.7 * units and letters.count(0) < 0.02 * units and _control_share(letters) < 0.02:
            return name
    return ""


def _control_share(data: bytes) -> float:
    return 1 - len(data.translate(None, _CONTROLS)) / len(data) if data else 0.0


def _not_utf8(name: str, source: str, data: bytes | memoryview, options: LoadOptions) -> SourcedText:
    """UTF-8 with few faults, or an older encoding that the bytes tell. Raises DocumentError."""
    head = bytes(data[:_HEAD])
    mostly = _mostly_utf8(data)
    if _control_share(head) > 0.01 or (b"\0" in head and not mostly):
        raise DocumentError(binary(source, "a binary file"))
    if options.errors is not None or mostly:
        if options.errors == "strict":
            raise _unknown(source, data)
        text = _named(name, source, data, "utf-8", options.errors or "replace")
        text.origin = Origin("utf-8", remarks=_replaced(source, text, "UTF-8"))
        return text
    special: set[int] = set()
    for start in range(0, len(data), _SAMPLE):
        special.update(bytes(data[start : start + _SAMPLE]).translate(None, _ASCII))
    begin = max(0, _first_fault(data) - 100)
    sample = bytes(data[begin : begin + _SAMPLE])
    if special & _NOT_IN_CP1252 or not _looks_western(sample):
        encoding = _detected(sample)
    else:
        encoding = "cp1252" if any(byte < 0xA0 for byte in special) else "latin-1"
    remark = f"{source} is not UTF-8: read as {encoding}, judging by its bytes; name its encoding if letters look wrong"
    older = _decoded(name, source, data, encoding, remark) if encoding else None
    if older is None:
        raise _unknown(source, data)
    return older


def _unknown(source: str, data: bytes | memoryview) -> DocumentError:
    first = _first_fault(data)
    line = 1 + sum(bytes(data[at : min(at + _SAMPLE, first)]).count(b"\n") for at in range(0, first, _SAMPLE))
    return DocumentError(
        f"{source} is not valid UTF-8 (byte 0x{data[first]:02x} at line {line}), and its encoding cannot be "
        "told from its bytes: name it (for example cp1251 or shift_jis), say errors='replace' (--errors), or convert "
        "it."
    )


def _mostly_utf8(data: bytes | memoryview) -> bool:
    """Whether what is not UTF-8 in the bytes are few faults: one in ten letters beyond ASCII, one in 2,000 bytes."""
    faults = letters = 0
    for piece in _pieces(data, "utf-8", "replace"):
        broken = piece.count("\ufffd")
        faults += broken
        letters += len(piece) - len(piece.encode("ascii", "ignore")) - broken
    if letters:
        return faults <= 0.1 * letters
    return faults * 2_000 <= len(data)


def _detected(sample: bytes) -> str:
    """The encoding of another alphabet, by charset-normalizer; empty where it is not installed, or not sure."""
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return ""
    best = from_bytes(sample, steps=8, chunk_size=4096, cp_isolation=_CANDIDATES).best()
    if best is None or best.encoding in ("ascii", "utf_8"):
        return ""
    sure = best.coherence > 0.1 or (best.encoding in _WIDE and best.chaos < 0.02)
    return str(best.encoding) if sure and best.chaos < 0.1 else ""


def _first_fault(data: bytes | memoryview) -> int:
    """Where the first byte stands that is not UTF-8."""
    try:
        for _ in _pieces(data, "utf-8"):
            pass
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _looks_western(sample: bytes) -> bool:
    """Whether the bytes above ASCII stand alone among ASCII letters, and are no UTF-8 that is broken somewhere.

    In other alphabets' 8-bit encodings, and in those of East Asia, nearly every such byte stands beside another.
    """
    whole = sample.decode("utf-8", "replace")
    if sum(char > "\x7f" and char != "\ufffd" for char in whole) > whole.count("\ufffd"):
        return False
    high = len(sample.translate(None, _ASCII))
    beside = sum(1 for before, byte in pairwise(sample) if before > 127 < byte)
    return high <= 0.5 * len(sample) and beside <= max(1, 0.3 * high)
