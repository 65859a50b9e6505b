"""E-mails and mailboxes, by the standard library: headers and body as they are read; attachments as files."""

from __future__ import annotations

import codecs
import email
import email.policy
import html
import importlib.util
import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message, MIMEPart
from typing import IO

from .charsets import page_text, read_as
from .sink import Sink, UnreadableFile

_HEADERS = ("Date", "From", "To", "Cc", "Bcc", "Reply-To", "Subject")
_FIRST = re.compile(rb"From \S+.*\d{4}")
# The line before a further e-mail names its sender and its date, as no sentence does.
_NEXT = re.compile(
    rb"From .*?(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} [A-Z][a-z]{2}(?: \d{4})?|\d{4}-\d\d-\d\d[ T]) *\d{1,2}:\d\d(?::\d\d)?"
    rb"(?: +(?:[A-Z]{1,5}|[+-]\d{4}|\d{4}))*(?: remote from \S+)?\s*$"
)
_FIGURE = re.compile(r"\d(?:[\d.,]*\d)?")
_ADDRESS = re.compile(r"\S+://\S+|\S+@\S+")
_TAGS = re.compile(r"<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MOST_MAILS = 100_000


def convert(file: IO[bytes], sink: Sink) -> None:
    """An e-mail. See `sink.Sink`."""
    data = file.read().removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    message = email.message_from_bytes(data, policy=email.policy.default)
    # A page that a program has saved with all its parts has no sender.
    if not any(message[name] for name in (*_HEADERS, "MIME-Version")):
        raise UnreadableFile("it has none of the headers of an e-mail")
    write(message, sink, "")


def mailbox(file: IO[bytes], sink: Sink) -> None:
    """A mailbox of many e-mails. See `sink.Sink`."""
    number = 0
    for number, data in enumerate(_mails(file), 1):
        if number > _MOST_MAILS:
            sink.remark(f"only its first {_MOST_MAILS:,} e-mails are read")
            return
        message = email.message_from_bytes(data, policy=email.policy.default)
        sink.place(f"e-mail {number}")
        sink.write(f"## E-mail {number}: {_header(message, 'Subject')}\n\n")
        write(message, sink, f"e-mail {number}")
        sink.write("\n")
    if not number:
        raise UnreadableFile("there is no e-mail in it")


def write(message: MIMEPart, sink: Sink, where: str) -> None:
    """Add one e-mail; `where` stands before its parts' places."""
    before = f"{where}, " if where else ""
    sink.place(f"{before}headers")
    for name in _HEADERS:
        if words := _header(message, name):
            sink.write(f"{name}: {words}\n")
    sink.write("\n")
    sink.place(f"{before}body")
    plain, page = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    bodies = [part for part in (plain, page) if part is not None]
    read = bodies[:1]
    if plain is None or page is None or not _are_alternatives(message, plain, page):
        bodies = read
    else:
        read = _fullest(plain, page)
        if read == [page]:
            sink.remark("its plain text says less than its HTML, which is read")
        elif page in read:
            sink.remark("its plain text and its HTML do not say the same: both are read, one after the other")
    for part in read:
        if part is not read[0]:
            sink.write("\n[the same e-mail in HTML]\n\n")
        _body(part, sink)
    for number, part in enumerate(_attached(message, bodies), 1):
        name = " ".join((part.get_filename() or "").split())
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            name = name or f"message {number}"
            name = name if name.lower().endswith(".eml") else f"{name}.eml"
            content = inner.as_bytes() if isinstance(inner, Message) else b""
        else:
            content = bytes(part.get_payload(decode=True) or b"")
        if isinstance(content, bytes) and content:
            ending = {"text/plain": ".txt", "text/html": ".html", "text/csv": ".csv"}.get(part.get_content_type(), "")
            sink.file(f"{where}/{name}" if where else name or f"part {number}{ending}", content)


def _fullest(plain: MIMEPart, page: MIMEPart) -> list[MIMEPart]:
    """The plain part of two that are to say the same, the page where the other says much less, both in doubt."""
    markup = _TAGS.sub(" ", _decoded(page)[0])
    words, shown = _ADDRESS.sub(" ", _decoded(plain)[0]), _ADDRESS.sub(" ", html.unescape(markup))
    missing = set(_FIGURE.findall(shown)) - set(_FIGURE.findall(words))
    much_less = 2 * len(re.findall(r"\w+", words)) < len(re.findall(r"\w+", shown))
    if set(_FIGURE.findall(words)) <= set(_FIGURE.findall(shown)) and (much_less or not words.strip()):
        return [page]
    return [plain, page] if missing or much_less else [plain]


def _are_alternatives(message: MIMEPart, *parts: MIMEPart) -> bool:
    return any(
        one.get_content_type() == "multipart/alternative"
        and all(any(part is inner for inner in one.walk()) for part in parts)
        for one in message.walk()
    )


def _attached(message: MIMEPart, bodies: list[MIMEPart]) -> Iterator[MIMEPart]:
    if not message.is_multipart():
        if not bodies:
            yield message
        return
    alternative = message.get_content_type() == "multipart/alternative"
    for part in message.iter_parts():
        if any(part is body for body in bodies):
            continue
        kind = part.get_content_type()
        if kind.startswith("multipart/"):
            yield from _attached(part, bodies)
        elif not (alternative and kind in ("text/plain", "text/html")):
            yield part


def _body(part: MIMEPart, sink: Sink) -> None:
    text, named = _decoded(part)
    if not named:
        charset = str(part.get_content_charset())[:40]
        sink.remark(f"its body is not in the encoding that it names ({charset}): read as text all the same")
    if part.get_content_type() != "text/html":
        sink.write(f"{text}\n")
    elif importlib.util.find_spec("markdownify") and importlib.util.find_spec("bs4"):
        from .html import markdown

        sink.write(f"{markdown(text, sink)}\n")
    else:
        sink.write(re.sub(r"<[^>]*>", " ", text) + "\n")


def _decoded(part: MIMEPart) -> tuple[str, bool]:
    """The characters of a part, and whether they are in the encoding that it names, if any."""
    data = bytes(part.get_payload(decode=True) or b"")
    charset = part.get_content_charset()
    with suppress(LookupError, UnicodeError):
        return data.decode(read_as(str(charset or "utf-8"))), True
    # A page may name its encoding itself.
    found = page_text(data) if part.get_content_type() == "text/html" else b""
    return found if isinstance(found, str) else _guessed(data), not charset


def _guessed(data: bytes) -> str:
    """A text in an encoding that nothing tells: UTF-8, or else the one of Western Europe."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _header(message: MIMEPart, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except Exception:  # a header may be broken in any way
        return ""


def _mails(file: IO[bytes]) -> Iterator[bytes]:
    lines: list[bytes] = []
    blank = True
    begun = False
    for line in file:
        if blank and (_NEXT if begun else _FIRST).match(line):
            if begun:
                yield b"".join(lines)
            lines, begun = [], True
        elif begun:
            lines.append(line[1:] if line.startswith(b">From ") else line)
        blank = line in (b"\n", b"\r\n")
    if begun:
        yield b"".join(lines)
