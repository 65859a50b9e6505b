"""Files of the old Office (DOC, XLS, PPT) and Outlook messages (MSG), told from each other by their streams."""

from __future__ import annotations

import importlib.util
import io
from typing import IO

from .html import markdown
from .sink import Sink, UnreadableFile

_KREUZBERG = {"doc": "application/msword", "ppt": "application/vnd.ms-powerpoint"}


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import olefile

    data = file.read()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            names = {"/".join(entry).lower() for entry in ole.listdir()}
    except OSError as error:
        raise UnreadableFile(f"it is damaged ({' '.join(str(error).split())[:100]})") from None
    if "encryptedpackage" in names:
        raise UnreadableFile("it is protected with a password: save it without one")
    if "worddocument" in names:
        _legacy("doc", data, sink)
    elif "powerpoint document" in names:
        _legacy("ppt", data, sink)
    elif names & {"workbook", "book"}:
        _needs("python_calamine", "formats")
        from .sheets import convert as sheets

        sink.format, sink.packages = "XLS", ["python-calamine"]
        sheets(io.BytesIO(data), sink)
    elif "__properties_version1.0" in names:
        _needs("oxmsg", "legacy")
        sink.format, sink.packages = "MSG", ["python-oxmsg"]
        _message(data, sink)
    else:
        raise UnreadableFile("it is of no kind that is known here (not DOC, XLS, PPT or MSG): convert it to text first")


def _needs(module: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise UnreadableFile(
            f"reading it needs the extra '{extra}' ({module} not found): pip install 'rlm-kernel[{extra}]'; or save it "
            "in a format of today"
        )


def _legacy(kind: str, data: bytes, sink: Sink) -> None:
    _needs("kreuzberg", "legacy")
    import kreuzberg

    sink.format, sink.packages = kind.upper(), ["kreuzberg"]
    result = kreuzberg.extract_bytes_sync(data, _KREUZBERG[kind])
    sink.write(result.content)
    sink.remark("its pictures, comments, headers and footers are left out: save it in a format of today to have them")


def _message(data: bytes, sink: Sink) -> None:
    from oxmsg import Message

    message = Message.load(io.BytesIO(data))
    sink.place("headers")
    people = ", ".join(filter(None, (_person(one.name, one.email_address) for one in message.recipients)))
    date = message.sent_date.isoformat() if message.sent_date else str(message.message_headers.get("Date") or "")
    for name, words in (("Date", date), ("From", message.sender), ("To", people), ("Subject", message.subject)):
        if words:
            sink.write(f"{name}: {' '.join(str(words).split())}\n")
    sink.write("\n")
    sink.place("body")
    if message.body and message.body.strip():
        sink.write(f"{message.body}\n")
    elif message.html_body:
        sink.write(f"{markdown(message.html_body, sink)}\n")
    else:
        sink.remark("its body is RTF, which is left out")
    for number, attachment in enumerate(message.attachments, 1):
        if content := attachment.file_bytes:
            sink.file(attachment.file_name or f"attachment {number}", content)


def _person(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address and name != address else name or address
