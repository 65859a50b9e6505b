"""RTF, by striprtf: its words without its codes, rows as tables; headers, footers, notes, comments."""

from __future__ import annotations

import re
from typing import IO

from .sink import Sink
from .tables import markdown_rows

_ROW = re.compile(r"\\trowd(?![a-z]).*?\\row(?![a-z])", re.DOTALL)
_BREAK = re.compile(r"\\(?:par|line)(?![a-z])-?\d* ?")
_CODES = r"(?:[{}]|\\(?!super(?![a-z]))[a-z]+-?\d* ?)*"
_RAISED = re.compile(rf"(?<=\d)({_CODES})\\super(?![a-z])((?:\\[a-z]+-?\d* ?)*) ?(\d{{1,3}})(?!\d)")
_RAISED_CODES = (8304, 185, 178, 179, 8308, 8309, 8310, 8311, 8312, 8313)
_NOTE = re.compile(r"\{\s*(?:\\\*\s*)?\\(footnote|annotation)(?![a-z])")
_EDGE = re.compile(r"\{\s*\\(header|footer)[lrf]?(?![a-z])")
_HEAD = re.compile(r"\\(?:ansi|mac|pca?|ansicpg\d+|deff\d+)(?![a-z])")
_MOST_GROUPS = 10_000


def convert(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    source = file.read().decode("latin-1")
    if re.search(r"\\pict(?![a-z])", source):
        sink.remark("pictures in it are left out")
    if re.search(r"\\object(?![a-z])", source):
        sink.remark("what is embedded in it (objects) is left out")
    source, edges = _without_edges(source)
    for kind, line in edges:
        if kind == "header":
            sink.place("page header")
            sink.write(f"[page header: {line}]\n")
    if edges:
        sink.place("body")
    _write(_words(_inline(source)), sink)
    for kind, line in edges:
        if kind == "footer":
            sink.place("page footer")
            sink.write(f"[page footer: {line}]\n")


def _words(source: str) -> str:
    from striprtf.striprtf import rtf_to_text

    # A cell of several paragraphs is one cell.
    source = _ROW.sub(lambda row: _BREAK.sub(" ", row[0]), source)
    return str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]


def _write(text: str, sink: Sink) -> None:
    rows: list[list[str]] = []
    for line in text.split("\n"):
        # striprtf ends each cell of a row with a bar.
        if line.rstrip().endswith("|") and line.count("|") > 1:
            rows.append([cell.strip() for cell in line.rstrip()[:-1].split("|")])
            continue
        if rows:
            sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n\n")
            rows = []
        sink.write(f"{line}\n")
    if rows:
        sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n")


def _inline(source: str) -> str:
    """Notes and comments where they stand, in brackets; raised figures as such, since they would join a number."""
    parts: list[str] = []
    at = 0
    for match in _NOTE.finditer(source):
        if match.start() < at or len(parts) > _MOST_GROUPS:
            continue
        end = _end(source, match.start())
        word = "note" if match[1] == "footnote" else "comment"
        inner = _BREAK.sub(" ", source[match.end() : end - 1])
        parts += [source[at : match.start()], f"{{ [{word}: {inner}]}}"]
        at = end
    whole = "".join([*parts, source[at:]])

    def raised(match: re.Match[str]) -> str:
        digits = "".join(f"\\u{_RAISED_CODES[int(digit)]}?" for digit in match[3])
        return f"{match[1]}{match[2]}{{\\uc1{digits}}}"

    return _RAISED.sub(raised, whole)


def _without_edges(source: str) -> tuple[str, list[tuple[str, str]]]:
    """The source without its headers and footers, and the lines of those, each once."""
    head = "".join(_HEAD.findall(source[:1000]))
    lines: dict[tuple[str, str], None] = {}
    parts: list[str] = []
    at = 0
    for match in _EDGE.finditer(source):
        if match.start() < at or len(parts) > _MOST_GROUPS:
            continue
        end = _end(source, match.start())
        words = _words(f"{{\\rtf1{head} {source[match.end() : end - 1]}}}")
        for line in words.split("\n"):
            if line.strip():
                lines[match[1], " ".join(line.split())] = None
        parts.append(source[at : match.start()])
        at = end
    return "".join([*parts, source[at:]]), list(lines)


def _end(source: str, start: int) -> int:
    """Where the group ends that begins at `start`."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(source, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return len(source)
