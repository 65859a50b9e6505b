"""RTF, by striprtf: its words without its codes, rows as tables; headers, footers, notes, comments."""

from __future__ import annotations

import re
from typing import IO

from .scripts import script
from .sink import Sink
from .tables import markdown_rows

_ROW = re.compile(r"\\trowd(?![a-z]).*?\\row(?![a-z])", re.DOTALL)
_BREAK = re.compile(r"\\(?:par|line)(?![a-z])-?\d* ?")
_TOKEN = re.compile(r"\\([a-z]+)(-?\d+)? ?|\\'[0-9a-fA-F]{2}|\\.|[{}]|[^\\{}]+", re.DOTALL)
# Stand in the text for what begins and ends (raised, lowered, struck, deleted, hidden), and for a bar of its own.
_BEGINS, _ENDS, _BAR = "\ue001\ue003\ue005\ue007\ue009", "\ue002\ue004\ue006\ue008\ue00a", "\ue00b"
_RAISED, _LOWERED, _STRUCK, _DELETED, _HIDDEN = range(5)
_FORMATS = {
    "super": (_RAISED,),
    "up": (_RAISED,),
    "sub": (_LOWERED,),
    "dn": (_LOWERED,),
    "nosupersub": (),
    "strike": (_STRUCK,),
    "striked": (_STRUCK,),
    "deleted": (_DELETED,),
    "v": (_HIDDEN,),
    "plain": (),
}
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
    if re.search(r"\\shptxt(?![a-z])", source):
        sink.remark("what stands in its text boxes is left out")
    source, edges = _without_edges(source, sink)
    for kind, line in edges:
        if kind == "header":
            sink.place("page header")
            sink.write(f"[page header: {line}]\n")
    if edges:
        sink.place("body")
    _write(_words(_inline(source), sink), sink)
    for kind, line in edges:
        if kind == "footer":
            sink.place("page footer")
            sink.write(f"[page footer: {line}]\n")


def _words(source: str, sink: Sink) -> str:
    from striprtf.striprtf import rtf_to_text

    # A cell of several paragraphs is one cell.
    source = _ROW.sub(lambda row: _BREAK.sub(" ", row[0]), _marked(source))
    text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    # Characters beyond the first plane are written as two halves.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _with_formats(text, sink)


def _marked(source: str) -> str:
    """The source with marks where the formats begin and end that change what the text says."""
    made: list[str] = []
    state: frozenset[int] = frozenset()
    outer: list[frozenset[int]] = []

    def change(wanted: frozenset[int]) -> None:
        nonlocal state
        marks = [_ENDS[one] for one in sorted(state - wanted, reverse=True)]
        marks += [_BEGINS[one] for one in sorted(wanted - state)]
        made.extend(_character(mark) for mark in marks)
        state = wanted

    skipped = False
    for token in _TOKEN.finditer(source):
        words, code = token[0], token[1]
        if words == "{":
            outer.append(state)
        elif words == "}" and outer:
            change(outer.pop())
        if words.lower() == "\\'7c":
            words = _character(_BAR)
        elif words[0] not in "\\{}":
            # The character after the code of another one is what older programs show for it.
            at = 1 if skipped else 0
            words = words[:at] + words[at:].replace("|", _character(_BAR))
        made.append(words)
        skipped = code == "u"
        if code in _FORMATS:
            change(_after(state, code, token[2] != "0"))
    return "".join(made)


def _after(state: frozenset[int], code: str, on: bool) -> frozenset[int]:
    if code == "plain":
        return frozenset()
    scripts = frozenset((_RAISED, _LOWERED))
    rest = state - (frozenset(_FORMATS[code]) if not scripts & set(_FORMATS[code]) and _FORMATS[code] else scripts)
    return rest | frozenset(_FORMATS[code]) if on else rest


def _character(char: str) -> str:
    return f"{{\\uc1\\u{ord(char)}?}}"


def _with_formats(text: str, sink: Sink) -> str:
    """The text with its marks acted upon: what is deleted is left out, what is struck marked, what is raised apart."""
    deleted = hidden = 0

    def found(kind: int) -> re.Pattern[str]:
        return re.compile(f"{_BEGINS[kind]}([^{_ENDS[kind]}]*){_ENDS[kind]}")

    def beside(match: re.Match[str]) -> tuple[str, str]:
        before = re.sub(f"[{_BEGINS}{_ENDS}]", "", text[max(0, match.start() - 8) : match.start()])[-1:]
        after = re.sub(f"[{_BEGINS}{_ENDS}]", "", text[match.end() : match.end() + 8])[:1]
        return before.replace("|", " "), after.replace("|", " ")

    def without(match: re.Match[str]) -> str:
        nonlocal deleted
        deleted += bool(match[1].strip())
        # The cells stay where they are.
        return "|" * match[1].count("|")

    def apart(match: re.Match[str]) -> str:
        nonlocal hidden
        before, after = (one.strip() for one in beside(match))
        if before and after and match[1].strip():
            hidden += 1
            return ""
        return f"{' ' if before else ''}{match[1]}{' ' if after else ''}"

    def struck(match: re.Match[str]) -> str:
        return re.sub(r"[^\s|](?:[^\n|]*[^\s|])?", r"~~\g<0>~~", match[1])

    text = found(_DELETED).sub(without, text)
    text = found(_HIDDEN).sub(apart, text)
    text = found(_RAISED).sub(lambda match: script(beside(match)[0], match[1], beside(match)[1]), text)
    text = found(_LOWERED).sub(lambda match: script(beside(match)[0], match[1], beside(match)[1], lowered=True), text)
    text = found(_STRUCK).sub(struck, text)
    if deleted:
        sink.remark(f"it has tracked changes: {deleted:,} deletion{'s' * (deleted > 1)} left out")
    if hidden:
        sink.remark(f"{hidden:,} hidden piece{'s' * (hidden > 1)} of text within words left out")
    return re.sub(f"[{_BEGINS}{_ENDS}]", "", text)


def _write(text: str, sink: Sink) -> None:
    rows: list[list[str]] = []
    for line in text.split("\n"):
        # striprtf ends each cell of a row with a bar.
        if line.rstrip().endswith("|") and line.count("|") > 1:
            rows.append([cell.strip().replace(_BAR, "|") for cell in line.rstrip()[:-1].split("|")])
            continue
        if rows:
            sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n\n")
            rows = []
        sink.write(f"{line.replace(_BAR, '|')}\n")
    if rows:
        sink.write("\n" + "\n".join(markdown_rows(rows)) + "\n")


def _inline(source: str) -> str:
    """Notes and comments where they stand, in brackets."""
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
    return "".join([*parts, source[at:]])


def _without_edges(source: str, sink: Sink) -> tuple[str, list[tuple[str, str]]]:
    """The source without its headers and footers, and the lines of those, each once."""
    head = "".join(_HEAD.findall(source[:1000]))
    lines: dict[tuple[str, str], None] = {}
    parts: list[str] = []
    at = 0
    for match in _EDGE.finditer(source):
        if match.start() < at or len(parts) > _MOST_GROUPS:
            continue
        end = _end(source, match.start())
        words = _words(f"{{\\rtf1{head} {source[match.end() : end - 1]}}}", sink)
        for line in words.split("\n"):
            if line.strip():
                lines[match[1], " ".join(line.split()).replace(_BAR, "|")] = None
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
