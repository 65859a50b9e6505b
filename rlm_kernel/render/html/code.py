"""Code in colours, and what healing changed in it as a difference, line by line.

The colours are the theme's where there is one that names them (JupyterLab, nbconvert); elsewhere keywords are bold and
comments slanted, which suits every background. Numbers have none: JupyterLab's green for them is too pale to read here.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Any

from ...trace import Repair
from ..escape import Markup, clean_code, code_block, elide, inline, joined, markup, one_line
from .elements import DIM, framed

HIGHLIGHTED, HIGHLIGHTED_LINES = 6_000, 400
"""Code that is longer is shown without colours: they make several times as much HTML of it, and the time that they take
grows with the square of empty lines."""

_STYLES = {
    "Keyword": Markup("color: var(--jp-mirror-editor-keyword-color); font-weight: bold"),
    "Literal.String": Markup("color: var(--jp-mirror-editor-string-color)"),
    "Comment": Markup("color: var(--jp-mirror-editor-comment-color); font-style: italic"),
    "Name.Function": Markup("color: var(--jp-mirror-editor-def-color)"),
    "Name.Class": Markup("color: var(--jp-mirror-editor-def-color)"),
    "Name.Builtin": Markup("color: var(--jp-mirror-editor-builtin-color)"),
}
_CHANGED = {
    "-": '<del style="text-decoration: none; background-color: rgba(220, 50, 47, 0.2)">{}</del>',
    "+": '<ins style="text-decoration: none; background-color: rgba(64, 160, 43, 0.2)">{}</ins>',
}


def code_html(code: str, limit: int, *, colours: bool = True) -> Markup:
    """Python code in a frame."""
    text = elide(code, limit)
    if not colours or len(text) > HIGHLIGHTED or text.count("\n") > HIGHLIGHTED_LINES:
        return framed(code_block(text))
    return framed(_coloured(text))


@lru_cache(maxsize=64)
def _coloured(text: str) -> Markup:
    try:
        from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
    except ImportError:
        return code_block(text)
    pieces: list[tuple[Markup | None, str]] = []
    # Cleaned first: what pygments is given is what is shown, and `code_block` would not change it any more.
    for kind, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(clean_code(text)):
        style = _style(kind)
        if pieces and pieces[-1][0] == style:
            pieces[-1] = (style, pieces[-1][1] + piece)
        else:
            pieces.append((style, piece))
    return joined(
        markup('<span style="{}">{}</span>', style, code_block(piece)) if style else code_block(piece)
        for style, piece in pieces
    )


def _style(kind: Any) -> Markup | None:
    while kind is not None:
        if found := _STYLES.get(str(kind).removeprefix("Token.")):
            return found
        kind = kind.parent
    return None


def repair_html(repair: Repair) -> Markup:
    """What one repair changed: the lines before and after it, each with its sign."""
    lines = []
    for sign, line in difference(elide(repair.before, 1_500), elide(repair.after, 1_500)):
        lines.append(changed_line(sign, line))
    how = "Edited before it ran" if repair.kind == "edited" else f"Repaired before it ran: {one_line(repair.kind, 80)}"
    return markup('<div><span style="{}">{}</span>{}</div>', DIM, inline(how), framed(joined(lines, "\n")))


def changed_line(sign: str, line: str) -> Markup:
    """A line of a `difference`, in the colour of its sign."""
    shown = code_block(f"{sign} {line}")
    return markup(_CHANGED[sign], shown) if sign in _CHANGED else shown


def difference(before: str, after: str, around: int = 1) -> list[tuple[str, str]]:
    """The lines that differ, as (sign, line): `-` went, `+` came, a space stayed; `around` lines beside each change."""
    old, new = _lines(before), _lines(after)
    found = difflib.unified_diff(old, new, n=around, lineterm="")
    lines = [line for number, line in enumerate(found) if number > 1]
    signed = [("…", "") if line.startswith("@@") else (line[:1], line[1:]) for line in lines]
    return signed[1:] or [(" ", line) for line in new]


def _lines(code: str) -> list[str]:
    """The lines in which Python runs the code; `str.splitlines` knows line ends that Python does not."""
    lines = re.split(r"\r\n|\r|\n", code)
    return lines[:-1] if lines[-1] == "" else lines
