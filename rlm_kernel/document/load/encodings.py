"""From bytes to text: byte order marks, UTF-16 without one, the 8-bit encodings of Western Europe; no guess unsaid.

What is neither UTF-8 nor told by a mark is accepted only where the bytes look like Western prose, and the text's
`origin` then says so. Everything else is refused: a wrong guess would put wrong characters into an answer.
"""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from itertools import pairwise

from ..errors import DocumentError
from ..origins import Origin, SourcedText

_HEAD = 1 << 16
_SAMPLE = 1 << 20
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1b\x08")
_CONTROLS = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS)
_ASCII = bytes(range(128))
_NOT_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_FEWEST_UNITS = 8
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_UTF8_MARK = b"\xef\xbb\xbf"


def decode(name: str, source: str, data: bytes | memoryview, encoding: str | None = None) -> SourcedText:
    """The text in `data`, with its `origin`. Raises DocumentError for what is no text, or in no known encoding."""
    if encoding is not None:
        return _named(name, source, data, encoding)
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
        return _eight_bit(name, source, data)
    if _control_share(head) > 0.1:
        raise DocumentError(binary(source, "a binary file"))
    text.origin = Origin("utf-8-sig" if signed else "utf-8")
    return text


def binary(source: str, what: str) -> str:
    """Why a file that is no text is refused."""
    return f"{source} is {what}, not text: convert it to text first, or name another file."


def _named(name: str, source: str, data: bytes | memoryview, encoding: str) -> SourcedText:
    try:
        with contextlib.suppress(UnicodeError):
            b"x".decode(encoding)  # refuses codecs that make no text
        text = _transcoded(name, source, data, encoding)
    except LookupError:
        raise DocumentError(f"{encoding} is not a known encoding: try utf-8, utf-16 or latin-1.") from None
    except UnicodeError as error:
        where = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise DocumentError(f"{source} is not {encoding} text{where}: name another encoding.") from None
    text.origin = Origin(encoding)
    return text


def _decoded(name: str, source: str, data: bytes | memoryview, encoding: str, *remarks: str) -> SourcedText | None:
    try:
        text = _transcoded(name, source, data, encoding)
    except UnicodeDecodeError:
        return None
    text.origin = Origin(encoding, remarks=remarks)
    return text


def _transcoded(name: str, source: str, data: bytes | memoryview, encoding: str) -> SourcedText:
    """The text as UTF-8 without a mark, made piece by piece. Raises LookupError and UnicodeError."""
    made, chars = bytearray(), 0
    for piece in _pieces(data, encoding):
        made += piece.encode("utf-8", "surrogatepass")
        chars += len(piece)
    view = memoryview(made).toreadonly()
    if made.startswith(_UTF8_MARK):
        view, chars = view[len(_UTF8_MARK) :], chars - 1
    return SourcedText(name, source, view, chars=chars)


def _pieces(data: bytes | memoryview, encoding: str) -> Iterator[str]:
    """The characters in parts. Raises UnicodeDecodeError with the position in `data`."""
    decoder = codecs.getincrementaldecoder(encoding)()
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


def _eight_bit(name: str, source: str, data: bytes | memoryview) -> SourcedText:
    """Latin-1 or Windows-1252 text, where it looks like Western prose. Raises DocumentError."""
    head = bytes(data[:_HEAD])
    if b"\0" in head or _control_share(head) > 0.01:
        raise DocumentError(binary(source, "a binary file"))
    first = _first_fault(data)
    special: set[int] = set()
    for start in range(0, len(data), _SAMPLE):
        special.update(bytes(data[start : start + _SAMPLE]).translate(None, _ASCII))
    begin = max(0, first - 100)
    if special & _NOT_IN_CP1252 or not _looks_western(bytes(data[begin : begin + _SAMPLE])):
        line = 1 + sum(bytes(data[at : min(at + _SAMPLE, first)]).count(b"\n") for at in range(0, first, _SAMPLE))
        raise DocumentError(
            f"{source} is not valid UTF-8 (byte 0x{data[first]:02x} at line {line}), and its encoding cannot be "
            "told from its bytes: name it (for example cp1251 or shift_jis) or convert it."
        )
    encoding = "cp1252" if any(byte < 0xA0 for byte in special) else "latin-1"
    remark = f"{source} is not UTF-8: read as {encoding}, judging by its bytes; name its encoding if letters look wrong"
    text = _decoded(name, source, data, encoding, remark)
    assert text is not None
    return text


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
