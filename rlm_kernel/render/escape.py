"""Text of models and documents made harmless for HTML and for markdown, beside what every display shares.

All of it is hostile: it may carry escape sequences, bidirectional overrides, markup, formulas and megabytes. HTML is
`Markup`, never `str`: it comes from a literal of ours or from a function here that escapes, so that a forgotten escape
is a type error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from .sanitize import clean, clean_code, elide, one_line, pretty, readable, without_surrogates

__all__ = [
    "Markup",
    "block",
    "clean",
    "clean_code",
    "code_block",
    "code_span",
    "elide",
    "fenced",
    "inline",
    "joined",
    "markup",
    "one_line",
    "pretty",
    "readable",
    "table_cell",
    "without_surrogates",
]

_FORMULA = re.compile(r"[$\\]")
_BACKTICKS = re.compile(r"`+")


def markup(template: str, *parts: Markup | int, **attributes: Markup | int) -> Markup:
    """HTML: a literal of ours in which `{}` stands for HTML. Raises TypeError for a text that was not escaped."""
    for part in (*parts, *attributes.values()):
        if not isinstance(part, Markup | int):
            raise TypeError(f"a {type(part).__name__} where HTML belongs: escape it with inline() or block()")
    return Markup(template.format(*parts, **attributes))  # noqa: S704 - the parts are escaped, see above


def joined(parts: Iterable[Markup], separator: str = "") -> Markup:
    """Pieces of HTML, one after the other; `separator` is text."""
    return escape(separator).join(parts)


def inline(text: str) -> Markup:
    """Cleaned text for HTML outside of `<pre>`: escaped, and never taken for a formula by MathJax."""
    escaped = str(escape(clean(text)))
    return Markup(_FORMULA.sub(lambda found: f"<span>{found[0]}</span>", escaped))  # noqa: S704 - escaped just now


def block(text: str) -> Markup:
    """Cleaned text for the inside of `<pre>`: escaped."""
    return escape(clean(text))


def code_block(text: str) -> Markup:
    """Code for the inside of `<pre>`, every hidden character shown: escaped."""
    return escape(clean_code(text))


def code_span(text: str) -> str:
    """The text as one markdown code span, the only inline form in which nothing in it can take effect."""
    text = one_line(text, 2000) or " "
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def table_cell(text: str) -> str:
    """The text as a code span in a cell of a markdown table.

    A bar would end the cell, even within the span. No backslash of the text stands before one: some readers count them
    in pairs.
    """
    return code_span(re.sub(r"\\(?=\|)", r"\\ ", text)).replace("|", "\\|")


def fenced(text: str, language: str = "") -> str:
    """The text as a fenced markdown block whose fence is longer than any run of backticks in it.

    In a block with a language, which is code, every hidden character is shown.
    """
    text = clean_code(text) if language else clean(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
