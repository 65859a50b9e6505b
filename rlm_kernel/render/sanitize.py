"""Text of models and documents made harmless and short, for every face: notebook, terminal, pipe.

All of it is hostile: it may carry escape sequences, bidirectional overrides and megabytes. Markup is the faces' own.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ANSI = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])")
_NEWLINES = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u2060-\u206f\u202a-\u202e\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without ANSI sequences; control characters become pictures (`␀`), bidi and tag characters `⟨U+202E⟩`."""
    text = _NEWLINES.sub("\n", _ANSI.sub("", text))
    text = _CONTROLS.sub(lambda found: _picture(found[0]), text)
    text = _INVISIBLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return _SURROGATES.sub("\ufffd", text)


def plain(text: str) -> str:
    """The text as data for a pipe: no ANSI sequences, no control characters; what is merely invisible stays."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _ANSI.sub("", text.replace("\r\n", "\n"))))


def _picture(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def elide(text: str, limit: int, *, true_size: int | None = None) -> str:
    """Head and tail of a text longer than `limit` characters, with the number of characters left out between them.

    `true_size`: what the text's length was before somebody else shortened it.
    """
    lost = max((true_size or 0) - len(text), 0)
    if len(text) <= limit:
        return text if not lost else f"{text}\n[… {lost:,} more characters were not kept …]"
    head = limit * 2 // 3
    tail = limit - head
    return f"{text[:head]}\n[… {len(text) - limit + lost:,} characters left out …]\n{text[-tail:]}"


def one_line(text: str, limit: int = 160) -> str:
    """The text cleaned, on one line of at most `limit` characters."""
    line = " ".join(clean(text[: limit * 4]).split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: limit - 1].rstrip() + "…"


def pretty(value: Any) -> str:
    """An answer's value for reading: a str as it is, lists and dicts as indented JSON, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        flat = json.dumps(value, ensure_ascii=False, default=str)
        return flat if len(flat) <= 60 else json.dumps(value, ensure_ascii=False, default=str, indent=2)
    if isinstance(value, bool) or value is None:
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def without_surrogates(data: Any) -> Any:
    """JSON-like data whose strings can all be encoded as UTF-8."""
    if isinstance(data, str):
        return _SURROGATES.sub("\ufffd", data)
    if isinstance(data, list):
        return [without_surrogates(item) for item in data]
    if isinstance(data, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in data.items()}
    return data
