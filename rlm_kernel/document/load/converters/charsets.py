"""The encodings that pages and e-mails name, read as browsers read them: each by the larger one that includes it."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

_DECLARED = re.compile(
    rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)|<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE
)
_HEAD = 4096
_LARGER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Faults that a page of the encoding it names may have, among a thousand of its characters.
_MOST_FAULTS = 5


def read_as(name: str) -> str:
    """The encoding that a name stands for; the name itself where it is not known."""
    try:
        return _LARGER.get(known := codecs.lookup(name.lower().removeprefix("x-")).name, known)
    except LookupError:
        return name


def page_text(data: bytes) -> bytes | str:
    """A page in UTF-8 or in the encoding that it names; its bytes where that is not to be told so."""
    with suppress(UnicodeDecodeError):
        # A page that is UTF-8 throughout is, whatever it says of itself.
        return data.decode("utf-8-sig")
    found = _DECLARED.search(data[:_HEAD])
    if found is None or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    encoding = read_as((found[1] or found[2]).decode("ascii", "replace"))
    # A page that is read as ASCII so far is not in an encoding of two bytes or more.
    if encoding.startswith(("utf-16", "utf-32")):
        return data
    with suppress(LookupError, UnicodeError):
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") * 1000 <= _MOST_FAULTS * len(text):
            return text
    return data
