"""Code in colours, and what healing changed in it as a difference, line by line.

The colours are the theme's where there is one that names them (JupyterLab, nbconvert); elsewhere keywords are bold and
comments slanted, which suits every background. Numbers have none: JupyterLab's green for them is too pale to read here.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any

from ...trace import Repair
from ..escape import block, clean, elide, inline, one_line
from .elements import DIM, framed

HIGHLIGHTED, HIGHLIGHTED_LINES = 6_000, 400
"""Code that is longer is shown without colours: they make several times as much HTML of it, and the time that they take
grows with the square of empty lines."""

_COLOUR = "color: var(--jp-mirror-editor-{}-color)"
_STYLES = {
    "Keyword": _COLOUR.format("keyword") + "; font-weight: bold",
    "Literal.String": _COLOUR.format("string"),
    "Comment": _COLOUR.format("comment") + "; font-style: italic",
    "Name.Function": _COLOUR.format("def"),
    "Name.Class": _COLOUR.format("def"),
    "Name.Builtin": _COLOUR.format("builtin"),
}
_CHANGED = {
    "-": '<del style="text-decoration: none; background-color: rgba(220, 50, 47, 0.2)">{}</del>',
    "+": '<ins style="text-decoration: none; background-color: rgba(64, 160, 43, 0.2)">{}</ins>',
}


def code_html(code: str, limit: int, *, colours: bool = True) -> str:
    """Python code in a frame."""
    text = elide(code, limit)
    if not colours or len(text) > HIGHLIGHTED or text.count("\n") > HIGHLIGHTED_LINES:
        return framed(block(text))
    return framed(_coloured(text))


@lru_cache(maxsize=64)
def _coloured(text: str) -> str:
    try:
        from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
    except ImportError:
        return block(text)
    pieces: list[tuple[str, str]] = []
    # Cleaned first: what pygments is given is what is shown, and `block` would not change it any more.
    for kind, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(clean(text)):
        style = _style(kind)
        if pieces and pieces[-1][0] == style:
            pieces[-1] = (style, pieces[-1][1] + piece)
        else:
            pieces.append((style, piece))
    return "".join(f'<span style="{style}">{block(piece)}</span>' if style else block(piece) for style, piece in pieces)


def _style(kind: Any) -> str:
    while kind is not None:
        if found := _STYLES.get(str(kind).removeprefix("Token.")):
            return found
        kind = kind.parent
    return ""


def repair_html(repair: Repair) -> str:
    """What one repair changed: the lines before and after it, each with its sign."""
    lines = []
    for sign, line in difference(elide(repair.before, 1_500), elide(repair.after, 1_500)):
        shown = block(f"{sign} {line}")
        lines.append(_CHANGED[sign].format(shown) if sign in _CHANGED else shown)
    told = "Edited before it ran" if repair.kind == "edited" else f"Repaired before it ran: {one_line(repair.kind, 80)}"
    title = inline(told)
    return f'<div><span style="{DIM}">{title}</span>{framed(chr(10).join(lines))}</div>'


def difference(before: str, after: str, around: int = 1) -> list[tuple[str, str]]:
    """The lines that differ, as (sign, line): `-` went, `+` came, a space stayed; `around` lines beside each change."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=around, lineterm="")
    lines = [line for number, line in enumerate(found) if number > 1]
    return [("…" if line.startswith("@@") else line[:1], "" if line.startswith("@@") else line[1:]) for line in lines][
        1:
    ] or [(" ", line) for line in after.splitlines()]
