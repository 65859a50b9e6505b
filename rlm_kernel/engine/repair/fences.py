"""Finds the fenced blocks of a Markdown text, also where their fences are missing, doubled or not closed.

It knows where a fence ends although the code holds one in a string. Which block is the model's code is not decided
here: see `replies`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...trace import CodeError, Repair
from .repairs import MAX_REPAIRED
from .source import does_something, indent_of, parse, tokens

PYTHON = frozenset(
    [
        "python",
        "python3",
        "py",
        "py3",
        "ipython",
        "ipython3",
        "pycon",
        "python-repl",
        "repl",
        "jupyter",
        "tool_code",
    ]
)
"""The tags of a fence that mean Python."""

# How many fences of a text are looked at closely, where that costs time.
CAREFUL = 20


class Fence(NamedTuple):
    """A fenced block: its language ("" if untagged), its text, its first line and the line behind it (from 0).

    `mended`: its tag stood inside. `wraps`: it is the longer fence, or the one of tildes, around other fences.
    """

    tag: str
    content: str
    start: int
    after: int
    closed: bool
    mended: bool = False
    wraps: bool = False

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """How the fence was mended."""
        mended = []
        if self.tag not in PYTHON or self.mended:
            mended.append(Repair(kind="missing-tag", before=f"```{self.tag}", after="```python"))
        if not self.closed:
            mended.append(Repair(kind="unclosed-fence", before="", after="```"))
        return tuple(mended)


def fences(lines: list[str]) -> Iterator[Fence]:
    """All fenced blocks in order, empty ones too."""
    at = looks = 0
    while at < len(lines):
        fence = _fence_at(lines, at, careful=looks < CAREFUL)
        at = fence.after if fence else at + 1
        if fence:
            looks += 1
            yield fence


def _fence_at(lines: list[str], at: int, *, careful: bool) -> Fence | None:
    text = lines[at].strip()
    if not text.startswith(("```", "~~~")):
        return None
    marker = text[: len(text) - len(text.lstrip(text[0]))]
    info = text[len(marker) :].strip()
    on_one_line = len(info) > len(marker) and info.endswith(marker)
    tag, first = _tag(info.removesuffix(marker).strip())
    if on_one_line:
        return Fence(tag, first, at, at + 1, closed=True) if first else None
    if "`" in info and marker[0] == "`":
        return None
    end = at + 1
    while end < len(lines) and not _closes(lines[end], marker):
        end += 1
    content = "\n".join(lines[at + 1 : end])
    after, closed = end + 1, end < len(lines)
    if (len(marker) > 3 or marker[0] == "~") and _holds_a_fence(content):
        return Fence(tag, content, at, after, closed, wraps=True)
    if careful and (tag in PYTHON or not tag):
        content, after, closed = _true_end(lines, at + 1, end, marker)
    indent = len(indent_of(lines[at]))
    rows = [row[min(indent, len(indent_of(row))) :] for row in content.split("\n")]
    if not content.strip() and does_something(parse(first)):
        rows = [first]
    mended = rows[0].strip().lower() in PYTHON and (not tag or tag in PYTHON)
    if mended:
        tag, rows = "python", rows[1:]
    return Fence(tag, "\n".join(rows), at, after, closed, mended)


def _holds_a_fence(content: str) -> bool:
    """Whether other fences stand in a text that is no program with a fence in one of its strings."""
    inner = any(line.strip().startswith(("```", "~~~")) for line in content.split("\n"))
    return inner and isinstance(parse(content), CodeError)


def _tag(info: str) -> tuple[str, str]:
    """The language of an info string, in lower case, and what follows it."""
    word, _, rest = info.partition(" ")
    if "(" in word:
        return "", info
    word = word.strip("{}.")
    size = next((at for at, char in enumerate(word) if not (char.isalnum() or char in "_+-#")), len(word))
    return word[:size].lower(), rest.strip()


def _closes(line: str, marker: str) -> bool:
    text = line.strip()
    return text.startswith(marker) and not text.strip(marker[0])


def _true_end(lines: list[str], start: int, end: int, marker: str) -> tuple[str, int, bool]:
    """The text of a block, the line behind it, and whether it is closed.

    A marker inside a string closes nothing, and one at the end of a line of code does. `end` is the first line that
    looks like the closing one.
    """
    content = "\n".join(lines[start:end])
    plain = content, end + 1, end < len(lines)
    if len(content) > MAX_REPAIRED or not isinstance(parse(content), CodeError) or marker[0] == "~":
        return plain
    text = "\n".join(lines[start:])[: 2 * MAX_REPAIRED]
    place = next(
        (token.start for token in tokens(text) if token.text == "`" and text.startswith("```", token.start)), -1
    )
    line = start + text.count("\n", 0, place)
    if place < 0 or line == end:
        return plain
    if line > end and isinstance(parse(text[:place]), CodeError):
        return plain
    opens_another = lines[line].strip().strip("`") != "" and lines[line].strip().startswith("```")
    return text[:place].rstrip(), line if opens_another else line + 1, True
