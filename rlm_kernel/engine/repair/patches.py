"""Patches: ways to mend the first fault of code that does not parse. Each proposes whole texts, for the caller to try.

They guess where a bracket, a quotation mark or an indentation was meant, so the likeliest place comes first, and a
place that cannot be known is not proposed. What is in string literals stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .source import CLOSER, LineStart, Token, edited, indent_of, line_end, line_starts, tokens, unclosed

_MAX_PLACES = 40
_OF_CODE = frozenset("()[]{},:\"'+%#=")
"""A string that is not closed and holds one of these may have been meant to end before it."""


class Fault(NamedTuple):
    """The line that the parser complained of (from 1), and whether the code may have been cut off at its end."""

    line: int
    truncated: bool


def brackets(code: str, fault: Fault) -> Iterator[str]:
    """Mend the first bracket that closes nothing or the wrong one, else the brackets that stay open."""
    stack: list[Token] = []
    before: Token | None = None
    for token in tokens(code):
        if token.kind == "op" and token.text in CLOSER:
            stack.append(token)
        elif token.kind == "op" and token.text in CLOSER.values():
            if not stack or CLOSER[stack[-1].text] != token.text:
                yield from _mismatches(code, stack, before, token)
                return
            stack.pop()
        before = token
    if stack:
        yield from _closings(code, stack, len(code.rstrip()) if fault.truncated else len(code) + 1)


def _mismatches(code: str, stack: list[Token], before: Token | None, token: Token) -> Iterator[str]:
    missing = ""
    for opener in reversed(stack):
        if CLOSER[opener.text] == token.text:
            yield edited(code, [(token.start, token.start, missing)])
            yield from _closings(code, [stack[-1]], token.start)
            break
        missing += CLOSER[opener.text]
    if stack:
        yield edited(code, [(token.start, token.end, CLOSER[stack[-1].text])])
    # One closer too many stands with others at the end of a line; elsewhere an opener is missing, and who knows where.
    behind = next((other for other in tokens(code[token.end : line_end(code, token.end)])), None)
    at_the_end = behind is None or behind.kind == "comment" or behind.text in (":", ",", *CLOSER.values())
    if before is not None and before.text in CLOSER.values() and at_the_end:
        yield edited(code, [(token.start, token.end, "")])


class _Row(NamedTuple):
    """A line within an open bracket: its indentation, its last token, whether it may be the bracket's last."""

    indent: int
    last: Token
    may_end: bool


def _closings(code: str, stack: list[Token], before: int) -> Iterator[str]:
    """`code` with the brackets of `stack` closed at the end of a line, where the next line may begin a statement."""
    rows = _rows(code, stack[0].start)
    places: list[int] = []
    for row in rows:
        if row.last.text == ":":
            places.append(row.last.start)
        if row.may_end and row.last.text not in CLOSER:
            places.append(row.last.end)
    if len(rows) > 2 and rows[-1].indent == rows[0].indent:
        places.reverse()  # rows at the margin, joined by commas: the last of them ends the bracket
    for place in places[:_MAX_PLACES]:
        opened = [opener for opener in stack if opener.start < place]
        if place < before and not _could_end_earlier(code, opened[-1], place):
            yield edited(code, [(place, place, "".join(CLOSER[opener.text] for opener in reversed(opened)))])


def _rows(code: str, start: int) -> list[_Row]:
    """The lines from an open bracket on that may belong to it: deeper ones, and rows at its margin that commas join."""
    lines: list[list[Token]] = [[]]
    for token in tokens(code):
        if token.start >= start and token.kind == "newline" and lines[-1]:
            lines.append([])
        elif token.start >= start and token.kind not in ("newline", "comment"):
            lines[-1].append(token)
    margin = len(indent_of(code[code.rfind("\n", 0, start) + 1 :]))
    rows: list[_Row] = []
    for line in lines:
        if not line:
            continue
        indent = len(indent_of(code[code.rfind("\n", 0, line[0].start) + 1 :])) if rows else margin
        joined = line[-1].text == "," or (len(rows) > 1 and rows[-1].last.text == ",")
        deeper = any(row.indent > margin for row in rows)
        if rows and (indent < margin or (indent == margin and (deeper or not joined))):
            break
        if rows and indent > margin:
            rows[-1] = rows[-1]._replace(may_end=False)
        rows.append(_Row(indent, line[-1], may_end=True))
    return rows


def _could_end_earlier(code: str, opener: Token, place: int) -> bool:
    """Whether what is in the bracket may be meant in part: `int(a + b` is `int(a) + b` or `int(a + b)`."""
    depth, operators, last = 0, 0, opener
    for token in tokens(code[opener.end : place]):
        depth += (token.kind == "op" and token.text in CLOSER) - (token.kind == "op" and token.text in CLOSER.values())
        operators += depth == 0 and token.kind == "op" and token.text in "+-*/%<>|&"
        last = token
    called = next((token.text for token in reversed(list(tokens(code[: opener.start])))), "")
    return operators > 0 and last.text not in CLOSER.values() and called not in ("print", "FINAL")


def strings(code: str, fault: Fault) -> Iterator[str]:
    """Close a string that its line leaves open, where only one place is possible, or join it with the next line."""
    opened = next((token for token in tokens(code) if token.kind == "open-string"), None)
    if opened is None:
        return
    text = opened.text.rstrip()
    quote = text.lstrip("rRbBuUfF")[:1]
    if opened.end == len(code) and (fault.truncated or quote * 3 in text):
        return
    closers = "".join(CLOSER[opener.text] for opener in reversed(unclosed(code[: opened.start])))
    for ending in (closers, closers + ":"):
        size = len(text) - len(ending)
        content = text[:size].partition(quote)[2]
        if text.endswith(ending) and (closers or not ending) and not _OF_CODE & set(content):
            yield edited(code, [(opened.start + size, opened.start + size, quote)])
    for lines in (1, 2):
        joined = _joined(code, opened, lines)
        if joined is not None and quote in joined[1]:
            yield joined[0]


def _joined(code: str, opened: Token, lines: int) -> tuple[str, str] | None:
    """`code` with the next line breaks written as `\\n`, and the text of the lines thereby joined."""
    edits, at = [], opened.end
    for _ in range(lines):
        if at >= len(code):
            return None
        edits.append((at, at + 1, "\\n"))
        end = code.find("\n", at + 1)
        at = len(code) if end < 0 else end
    return edited(code, edits), code[opened.end : at]


def indentation(code: str, fault: Fault) -> Iterator[str]:
    """Put a stray line, and the lines that hang on it, where the lines above it allow."""
    lines, starts = code.split("\n"), line_starts(code)
    at = min(fault.line, len(lines)) - 1
    while at > 0 and not _begins_statement(lines, starts, at):
        at -= 1
    if not _begins_statement(lines, starts, at):
        return
    above = [other for other in range(at) if _begins_statement(lines, starts, other)]
    own = len(indent_of(lines[at]))
    if not above:
        yield _moved(lines, starts, at, -own)
        return
    header = lines[above[-1]]
    level = len(indent_of(header))
    if _opens_block(lines, above[-1], at):
        yield from _filled(lines, above[-1], at)
        is_last = not any(line.strip() for line in lines[at + 1 :])
        if own <= level and is_last and not fault.truncated:
            yield _moved(lines, starts, at, level + 4 - own)
        return
    if own > level:
        yield _moved(lines, starts, at, level - own)
        return
    levels = {len(indent_of(lines[other])) for other in above}
    nearest = sorted((abs(own - other), other) for other in levels)
    if nearest[0][0] and (len(nearest) == 1 or nearest[0][0] < nearest[1][0]):
        yield _moved(lines, starts, at, nearest[0][1] - own)


def _begins_statement(lines: list[str], starts: list[LineStart], at: int) -> bool:
    text = lines[at].strip()
    return bool(text) and text[0] != "#" and starts[at] == LineStart(False, 0)


def _opens_block(lines: list[str], header: int, at: int) -> bool:
    last = None
    for token in tokens("\n".join(lines[header:at])):
        if token.kind not in ("comment", "newline"):
            last = token
    return last is not None and last.text == ":"


def _filled(lines: list[str], header: int, at: int) -> Iterator[str]:
    """A block that holds nothing but a comment gets a `pass`."""
    for number in range(header + 1, at):
        if lines[number].strip().startswith("#") and len(indent_of(lines[number])) > len(indent_of(lines[header])):
            indent = indent_of(lines[number])
            yield "\n".join([*lines[:number], f"{indent}pass  {lines[number].strip()}", *lines[number + 1 :]])
            return


def _moved(lines: list[str], starts: list[LineStart], first: int, shift: int) -> str:
    """The line `first` and those after it that are indented as deep, moved; the inside of a string stays."""
    own = len(indent_of(lines[first]))
    moved = list(lines)
    for at in range(first, len(lines)):
        indent = len(indent_of(lines[at]))
        inner = starts[at].in_string or starts[at].depth > 0
        if lines[at].strip() and not inner and indent < own:
            break
        if lines[at].strip() and not starts[at].in_string:
            moved[at] = " " * max(0, indent + shift) + lines[at].lstrip(" \t\f")
    return "\n".join(moved)


PATCHES: tuple[tuple[str, Callable[[str, Fault], Iterator[str]]], ...] = (
    ("indentation", indentation),
    ("bracket", brackets),
    ("string", strings),
)
