"""The looks of the HTML, and its smallest pieces: boxes, folds, labels, text in a frame.

Every style is inline: a `<style>` element is stripped from notebooks that are not trusted. Colours either come from
the theme or suit light and dark alike; none of them carries a meaning that words do not.
"""

from __future__ import annotations

from ..escape import block, elide, inline

LINE = "1px solid rgba(128, 128, 128, 0.4)"
BOX = f"border-left: {LINE}; border-left-width: 2px; padding: 2px 0 2px 12px; margin: 4px 0 4px 4px"
WRAP = "white-space: pre-wrap; word-break: normal; word-wrap: break-word"
PRE = (
    f"{WRAP}; overflow: auto; max-height: 320px; margin: 4px 0; "
    f"padding: 6px 8px; border: {LINE}; border-radius: 3px; background-color: rgba(128, 128, 128, 0.08); "
    "font-family: monospace; font-size: 12px; line-height: 1.4; color: inherit"
)
DIM = "opacity: 0.8; font-size: 12px"
NOTE = "border: 1px solid #b58900; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0"
WRONG = "border: 1px solid #d33682; border-left-width: 5px; border-radius: 3px; padding: 4px 10px; margin: 6px 0"
DOUBT = "display: inline-block; border: 1px solid #d33682; border-radius: 3px; padding: 0 5px"
SUMMARY = "display: list-item; cursor: pointer; padding: 2px 0"
CELL = f"text-align: left; vertical-align: top; padding: 2px 14px 2px 0; border-bottom: {LINE}; font-size: 12px"
TABLE = "border-collapse: collapse; margin: 2px 0 6px 0; color: inherit; background: transparent"


def pre(text: str, limit: int, *, true_size: int | None = None) -> str:
    """A text in a frame: head and tail of what is longer than `limit` characters."""
    return framed(block(elide(text, limit, true_size=true_size)))


def framed(markup: str) -> str:
    """HTML of ours in a frame that keeps its line ends; a long one scrolls, also by keyboard."""
    reachable = ' tabindex="0"' if markup.count("\n") > 16 or len(markup) > 2_000 else ""
    return f'<pre style="{PRE}"{reachable}>{markup}</pre>'


def dim(text: str) -> str:
    """A line of small text."""
    return f'<div style="{DIM}">{inline(text)}</div>'


def wrong(title: str, text: str) -> str:
    """Something that must not be overlooked, in a box."""
    return f'<div style="{WRONG}; white-space: pre-wrap"><b>{inline(title)}</b> {inline(text)}</div>'


def paragraph(text: str) -> str:
    """A text as prose that keeps its line ends."""
    return f'<div style="{WRAP}">{inline(text)}</div>'


def labelled(label: str, body: str) -> str:
    """HTML of ours below a small label."""
    return f'<div><span style="{DIM}">{inline(label)}</span>{body}</div>'


def folded(label: str, body: str) -> str:
    """HTML of ours that unfolds below a small label."""
    return f'<details><summary style="{SUMMARY}; {DIM}">{inline(label)}</summary>{body}</details>'


def row(title: str, body: str, *, opened: bool = False) -> str:
    """HTML of ours that unfolds below a title of ordinary size."""
    state = " open" if opened else ""
    return (
        f'<details{state}><summary style="{SUMMARY}">{inline(title)}</summary><div style="{BOX}">{body}</div></details>'
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table: `head` is text, the cells of `rows` are HTML of ours; the first cell of a row is its header."""
    titles = "".join(f'<th scope="col" style="{CELL}; font-weight: bold">{inline(title)}</th>' for title in head)
    lines = []
    for first, *others in rows:
        cells = "".join(f'<td style="{CELL}">{cell}</td>' for cell in others)
        lines.append(f'<tr><th scope="row" style="{CELL}; font-weight: normal">{first}</th>{cells}</tr>')
    top = f"<thead><tr>{titles}</tr></thead>" if head else ""
    return f'<table style="{TABLE}">{top}<tbody>{"".join(lines)}</tbody></table>'


def count(number: int, what: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
