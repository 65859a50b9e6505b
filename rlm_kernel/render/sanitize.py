"""Text of models and documents made harmless and short, for every display: notebook, terminal, pipe.

All of it is hostile: it may carry escape sequences, bidirectional overrides and megabytes. No character is ever left
out: what a reader could not see, or what would act on the display, is shown as a symbol (`␛`, `⟨U+202E⟩`). Which
characters these are stands in `hidden_characters.json`, which the labextension reads too. Escaping for markup is the
displays' own work.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from ..trace.json_values import without_surrogates

__all__ = ["clean", "clean_code", "elide", "one_line", "plain", "pretty", "without_surrogates"]

_CODE_LINE_ENDS = re.compile(r"\r\n?")
_CONTROLS = re.compile(r"\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text for reading (documents, outputs, words of a model): what cannot be seen is shown as a symbol.

    Lines end at `\\n` and `\\r\\n` only, as the lines of a document do. Joiners and variation selectors stay where a
    script or an emoji needs them, and so do the kinds of blanks.
    """
    return _hidden_in_text().sub(_line_end_or_symbol, text)


def clean_code(text: str) -> str:
    """Code for reading, in the lines in which Python runs it: every character that is neither to be seen nor a plain
    space, tab or line feed is shown as a symbol; a carriage return as `␍` and the line end that it is for Python."""
    return _hidden_in_code().sub(lambda found: symbol(found[0]), _CODE_LINE_ENDS.sub("␍\n", text))


def plain(text: str) -> str:
    """The text as data for a pipe: control characters become symbols, what is merely invisible stays."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(_line_end_or_symbol, text))


def symbol(character: str) -> str:
    """What is shown in the place of a character: `␀` for control characters, its number for others."""
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def _line_end_or_symbol(found: re.Match[str]) -> str:
    return "\n" if found[0] == "\r\n" else symbol(found[0])


@cache
def _table() -> dict[str, list[tuple[int, int]]]:
    data = json.loads(files(__package__).joinpath("hidden_characters.json").read_text(encoding="utf-8"))
    return {
        name: [(int(first, 16), int(last, 16)) for first, last in ranges]
        for name, ranges in data.items()
        if name != "about"
    }


def _class(*ranges: tuple[int, int], but: list[tuple[int, int]] | None = None) -> str:
    """The inside of a regular expression's character class: the ranges, without those in `but`."""
    parts = []
    for first, last in ranges:
        for low, high in sorted(but or []):
            if first <= high and low <= last:
                if first < low:
                    parts.append((first, low - 1))
                first = high + 1
        if first <= last:
            parts.append((first, last))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in parts)


@cache
def _hidden_in_text() -> re.Pattern[str]:
    table = _table()
    unseen = [*table["hidden"], *table["joiners"], *table["spaces"]]
    joiner, selector = _class(*table["joiners"]), _class(*table["selectors"])
    # A joiner joins two letters of a script that has joiners, or two emoji; a selector follows what it selects.
    joined = _class((0x600, 0x10FFFF), but=unseen)
    selected = _class((0xA9, 0x10FFFF), but=[*unseen, *table["selectors"]])
    return re.compile(
        rf"\r\n|[\r{_class(*table['controls'], *table['hidden'])}]"
        rf"|(?<![{joined}])[{joiner}]|[{joiner}](?![{joined}])"
        rf"|(?<![{selected}])[{selector}](?!\u20e3)"
    )


@cache
def _hidden_in_code() -> re.Pattern[str]:
    return re.compile(f"[{_class(*(each for ranges in _table().values() for each in ranges))}]")


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


def readable(value: Any) -> str:
    """`pretty` for people: a number has separators from five digits on, so that a year has none."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:,}" if number and 10_000 <= abs(value) < 1e15 else pretty(value)
