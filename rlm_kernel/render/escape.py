"""Text of models and documents made harmless for HTML and for markdown, beside what every face shares.

All of it is hostile: it may carry escape sequences, bidirectional overrides, markup, formulas and megabytes.
"""

from __future__ import annotations

import html
import re

from .sanitize import clean, elide, one_line, pretty, without_surrogates

__all__ = [
    "block",
    "clean",
    "code_span",
    "elide",
    "fenced",
    "inline",
    "one_line",
    "pretty",
    "without_surrogates",
]

_FORMULA = re.compile(r"[$\\]")
_BACKTICKS = re.compile(r"`+")


def inline(text: str) -> str:
    """Cleaned text for HTML outside of `<pre>`: escaped, and never taken for a formula by MathJax."""
    return _FORMULA.sub(lambda found: f"<span>{found[0]}</span>", html.escape(clean(text)))


def block(text: str) -> str:
    """Cleaned text for the inside of `<pre>`: escaped."""
    return html.escape(clean(text))


def code_span(text: str) -> str:
    """The text as one markdown code span, the only inline form in which nothing in it can take effect."""
    text = one_line(text, 2000) or " "
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """The text as a fenced markdown block whose fence is longer than any run of backticks in it."""
    text = clean(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
