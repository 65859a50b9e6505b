"""E-mails and mailboxes, by the standard library: headers and body as they are read; attachments as files."""

from __future__ import annotations

import codecs
import email
import email.policy
import importlib.util
import re
from collections.abc import Iterator
from email.message import Message, MIMEPart
from typing import IO

from .sink import Sink, UnreadableFile

_HEADERS = ("Date", "From", "To", "Cc", "Bcc", "Reply-To", "Subject")
_NEXT = re.compile(rb"^From \S+.*\d{4}")
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
    body = message.get_body(preferencelist=("plain", "html"))
    page = message.get_body(preferencelist=("html",))
    if body is not None and body is not page and page is not None and not bytes(body.get_payload(decode=True)).strip():
        # Some programs leave the plain part empty.
        body = page
    if body is not None:
        _body(body, sink)
    for number, part in enumerate(_attached(message, body), 1):
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


def _attached(message: MIMEPart, body: object) -> Iterator[MIMEPart]:
    if not message.is_multipart():
        if body is None:
            yield message
        return
    alternative = message.get_content_type() == "multipart/alternative"
    for part in message.iter_parts():
        if part is body:
            continue
        kind = part.get_content_type()
        if kind.startswith("multipart/"):
            yield from _attached(part, body)
        elif not (alternative and kind in ("text/plain", "text/html")):
            yield part


def _body(part: MIMEPart, sink: Sink) -> None:
    data = bytes(part.get_payload(decode=True) or b"")
    charset = str(part.get_content_charset() or "utf-8")
    try:
        text = data.decode(charset)
    except (LookupError, UnicodeError):
        text = _guessed(data)
        if part.get_content_charset():
            sink.remark(f"its body is not in the encoding that it names ({charset[:40]}): read as text all the same")
    if part.get_content_type() != "text/html":
        sink.write(f"{text}\n")
    elif importlib.util.find_spec("markdownify") and importlib.util.find_spec("bs4"):
        from .html import markdown

        sink.write(f"{markdown(text, sink)}\n")
    else:
        sink.write(re.sub(r"<[^>]*>", " ", text) + "\n")


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
        if blank and _NEXT.match(line):
            if begun:
                yield b"".join(lines)
            lines, begun = [], True
        elif begun:
            lines.append(line[1:] if line.startswith(b">From ") else line)
        blank = line in (b"\n", b"\r\n")
    if begun:
        yield b"".join(lines)
