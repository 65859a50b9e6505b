"""The looks of the HTML, and its smallest pieces: boxes, folds, labels, text in a frame.

Every style is inline: a `<style>` element is stripped from notebooks that are not trusted. Colours either come from
the theme or suit light and dark alike; none of them carries a meaning that words do not.
"""

from __future__ import annotations

from ..escape import Markup, block, elide, inline, joined, markup

LINE = Markup("1px solid rgba(128, 128, 128, 0.4)")
BOX = markup("border-left: {}; border-left-width: 2px; padding: 2px 0 2px 12px; margin: 4px 0 4px 4px", LINE)
WRAP = Markup("white-space: pre-wrap; word-break: normal; word-wrap: break-word")
PRE = markup(
    "{}; overflow: auto; max-height: 320px; margin: 4px 0; padding: 6px 8px; border: {}; border-radius: 3px; "
    "background-color: rgba(128, 128, 128, 0.08); font-family: monospace; font-size: 12px; line-height: 1.4; "
    "color: inherit",
    WRAP,
    LINE,
)
DIM = Markup("opacity: 0.8; font-size: 12px")
NOTE = Markup("border: 1px solid #b58900; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0")
WRONG = Markup(
    "border: 1px solid #d33682; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0"
)
DOUBT = Markup("display: inline-block; border: 1px solid #d33682; border-radius: 3px; padding: 0 5px")
SUMMARY = Markup("display: list-item; cursor: pointer; padding: 2px 0")
CELL = markup(
    "text-align: left; vertical-align: top; padding: 2px 14px 2px 0; border-bottom: {}; font-size: 12px", LINE
)
TABLE = Markup("border-collapse: collapse; margin: 2px 0 6px 0; color: inherit; background: transparent")
EMPTY = Markup("")


def pre(text: str, limit: int, *, true_size: int | None = None) -> Markup:
    """A text in a frame: head and tail of what is longer than `limit` characters."""
    return framed(block(elide(text, limit, true_size=true_size)))


def framed(body: Markup) -> Markup:
    """HTML in a frame that keeps its line ends; a long one scrolls, also by keyboard."""
    reachable = Markup(' tabindex="0"') if body.count("\n") > 16 or len(body) > 2_000 else EMPTY
    return markup('<pre style="{}"{}>{}</pre>', PRE, reachable, body)


def dim(text: str) -> Markup:
    """A line of small text."""
    return markup('<div style="{}">{}</div>', DIM, inline(text))


def wrong(title: str, text: str) -> Markup:
    """Something that must not be overlooked, in a box."""
    template = '<div style="{}; white-space: pre-wrap"><b>{}</b> {}</div>'
    return markup(template, WRONG, inline(title), inline(text))


def paragraph(text: str) -> Markup:
    """A text as prose that keeps its line ends."""
    return markup('<div style="{}">{}</div>', WRAP, inline(text))


def labelled(label: str, body: Markup) -> Markup:
    """HTML below a small label."""
    return markup('<div><span style="{}">{}</span>{}</div>', DIM, inline(label), body)


def folded(label: str, body: Markup) -> Markup:
    """HTML that unfolds below a small label."""
    template = '<details><summary style="{}; {}">{}</summary>{}</details>'
    return markup(template, SUMMARY, DIM, inline(label), body)


def row(title: str, body: Markup, *, opened: bool = False) -> Markup:
    """HTML that unfolds below a title of ordinary size."""
    state = Markup(" open") if opened else EMPTY
    template = '<details{}><summary style="{}">{}</summary><div style="{}">{}</div></details>'
    return markup(template, state, SUMMARY, inline(title), BOX, body)


def table(head: list[str], rows: list[list[Markup]]) -> Markup:
    """A table: `head` is text, the cells of `rows` are HTML; the first cell of a row is its header."""
    titles = joined(
        markup('<th scope="col" style="{}; font-weight: bold">{}</th>', CELL, inline(title)) for title in head
    )
    lines = []
    for first, *others in rows:
        cells = joined(markup('<td style="{}">{}</td>', CELL, cell) for cell in others)
        template = '<tr><th scope="row" style="{}; font-weight: normal">{}</th>{}</tr>'
        lines.append(markup(template, CELL, first, cells))
    top = markup("<thead><tr>{}</tr></thead>", titles) if head else EMPTY
    return markup('<table style="{}">{}<tbody>{}</tbody></table>', TABLE, top, joined(lines))


def count(number: int, what: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
