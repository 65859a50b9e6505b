"""Finds the code in a model's reply: which block to run, and how many more there were. It runs and repairs nothing.

Only the first block runs. Models that write several in one reply invent the output of the first and build on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from ...trace import CodeError, Repair
from .repairs import MAX_REPAIRED, repair
from .source import CLOSER, does_something, indent_of, line_starts, parse, tokens, unclosed
from .sweeps import is_prose

KINDS = frozenset({"missing-fence", "unclosed-fence", "missing-tag"})

_PYTHON = frozenset(
    ["python", "python3", "py", "py3", "ipython", "ipython3", "pycon", "python-repl", "repl", "tool_code"]
)
_THOUGHTS = ("think", "thinking", "reasoning")
_MAX_LOOKS = 20
_MAX_STARTS = 400
_MAX_TRIES = 5
_MAX_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Block:
    """What was found in a reply.

    `code` is the first block of Python, "" if there is none; `repairs` say where the reply's form was mended. `kind` is
    `final` where the reply was nothing but `FINAL(...)` without a fence, which counts as code. `skipped` is the number
    of further blocks of Python, which are not to be run.
    """

    code: str
    repairs: tuple[Repair, ...]
    kind: Literal["code", "final", "none"]
    skipped: int

    @property
    def truncated(self) -> bool:
        """Whether the code may have been cut off: its fence was never closed."""
        return any(found.kind == "unclosed-fence" for found in self.repairs)


_NOTHING = Block("", (), "none", 0)
_NO_FENCE = Repair(kind="missing-fence", before="", after="```python")


class _Fence(NamedTuple):
    """A fenced block: its language ("" if untagged), its text, the line behind it; `mended` if its tag stood inside."""

    tag: str
    content: str
    after: int
    closed: bool
    mended: bool = False


def find_code(reply: str) -> Block:
    """The code of a reply: of its first fenced block of Python, else of a reply that is bare Python.

    Untagged blocks count if no block is tagged as Python and they look like it. Blocks of other languages, and
    anything in `<think>`, are never code.
    """
    text = _without_thoughts(reply.replace("\r\n", "\n").replace("\r", "\n"))
    fences = [fence for fence in _fences(text.split("\n")) if fence.content.strip()]
    chosen = [fence for fence in fences if fence.tag in _PYTHON]
    if not chosen:
        untagged = [fence for fence in fences if not fence.tag][:_MAX_LOOKS]
        chosen = [fence for fence in untagged if _looks_like_code(fence.content)]
    if chosen:
        return Block(chosen[0].content, _repairs_of(chosen[0]), "code", len(chosen) - 1)
    final = _from_final(text)
    if final is not None or any(fence.closed for fence in fences):
        return final or _NOTHING
    return _from_bare_text(text)


def _repairs_of(fence: _Fence) -> tuple[Repair, ...]:
    repairs = []
    if not fence.tag or fence.mended:
        repairs.append(Repair(kind="missing-tag", before="```", after="```python"))
    if not fence.closed:
        repairs.append(Repair(kind="unclosed-fence", before="", after="```"))
    return tuple(repairs)


def _without_thoughts(text: str) -> str:
    """The reply without the model's thinking; tags count at the start of a line, and at its end."""
    for word in _THOUGHTS:
        opening, closing = f"<{word}>", f"</{word}>"
        if opening not in text and closing not in text:
            continue
        kept: list[str] = []
        thinking = False
        for line in text.split("\n"):
            if not thinking and line.lstrip().startswith(opening):
                thinking = True
            if closing in line and (thinking or line.rstrip().endswith(closing)):
                if not thinking:
                    kept = []
                thinking, line = False, line.rpartition(closing)[2]
            if not thinking:
                kept.append(line)
        text = "\n".join(kept)
    return text


def _fences(lines: list[str]) -> Iterator[_Fence]:
    at = looks = 0
    while at < len(lines):
        fence = _fence_at(lines, at, careful=looks < _MAX_LOOKS)
        at = fence.after if fence else at + 1
        if fence:
            looks += 1
            yield fence


def _fence_at(lines: list[str], at: int, *, careful: bool) -> _Fence | None:
    text = lines[at].strip()
    if not text.startswith(("```", "~~~")):
        return None
    marker = text[: len(text) - len(text.lstrip(text[0]))]
    info = text[len(marker) :].strip()
    on_one_line = len(info) > len(marker) and info.endswith(marker)
    tag, first = _tag(info.removesuffix(marker).strip())
    if on_one_line:
        return _Fence(tag, first, at + 1, closed=True) if first else None
    if "`" in info and marker[0] == "`":
        return None
    end = at + 1
    while end < len(lines) and not _closes(lines[end], marker):
        end += 1
    content = "\n".join(lines[at + 1 : end])
    after, closed = end + 1, end < len(lines)
    if careful and (tag in _PYTHON or not tag):
        content, after, closed = _true_end(lines, at + 1, end, marker)
    indent = len(indent_of(lines[at]))
    rows = [row[min(indent, len(indent_of(row))) :] for row in content.split("\n")]
    if not content.strip() and does_something(parse(first)):
        rows = [first]
    mended = rows[0].strip().lower() in _PYTHON and (not tag or tag in _PYTHON)
    if mended:
        tag, rows = "python", rows[1:]
    return _Fence(tag, "\n".join(rows), after, closed, mended)


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


def _looks_like_code(text: str) -> bool:
    tree = parse(text)
    if not isinstance(tree, CodeError):
        return does_something(tree)
    return any(_opens_code(line) for line in text.split("\n")[:_MAX_STARTS])


def _opens_code(line: str) -> bool:
    """Whether a line by itself, or as the first of several, is a statement that does something, and is no sentence."""
    text = line.strip()
    if len(text) > _MAX_LINE or not any(mark in text for mark in ("=", "(", ":", "import ", "@")):
        return False
    last = None
    for token in tokens(text):
        last = token
    if last is not None and last.kind == "open-string" and last.text.count('"""') + last.text.count("'''") == 1:
        text += '"""' if '"""' in last.text else "'''"
    text += "".join(CLOSER[opener.text] for opener in reversed(unclosed(text)))
    text += " pass" if text.endswith(":") else "\ndef f(): pass" if text.startswith("@") else ""
    tree = parse(text)
    if isinstance(tree, CodeError) or not tree.body:
        return False
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call) and isinstance(first.value.func, ast.Name):
        return text.startswith(f"{first.value.func.id}(")
    return does_something(tree) or isinstance(first, ast.Import | ast.ImportFrom)


def _from_final(text: str) -> Block | None:
    """A reply that is one `FINAL(...)` and nothing else but back-quotes and a full stop."""
    text = text.strip().strip("`").strip().rstrip(".;")
    if not text.startswith("FINAL") or len(text) > MAX_REPAIRED:
        return None
    tree = parse(text)
    if isinstance(tree, CodeError):
        found = repair(text, truncated=True)
        if found and "prose" not in [repaired.kind for repaired in found[1]]:
            tree = parse(found[0])
    if isinstance(tree, CodeError):
        whole = text[5:].lstrip().startswith("(") and _first_bracket_end(text) == len(text)
    else:
        call = tree.body[0].value if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
        whole = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "FINAL"
    return Block(text, (_NO_FENCE,), "final", 0) if whole else None


def _first_bracket_end(text: str) -> int | None:
    depth = 0
    for token in tokens(text):
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text in ")]}":
                return token.end
    return None


def _from_bare_text(text: str) -> Block:
    """Code without a fence: the whole reply, or from the first line that can only be code to the next sentence."""
    if len(text) > MAX_REPAIRED:
        return _NOTHING
    lines = text.strip("\n").split("\n")
    openings = (at for at, line in enumerate(lines[:_MAX_STARTS]) if _opens_code(line))
    for opening in islice(openings, _MAX_TRIES):
        if does_something(parse(code := text.strip("\n").rstrip())):
            return Block(code, (_NO_FENCE,), "code", 0)
        whole = opening == 0 or not any(is_prose(line) for line in lines[:opening])
        rest = lines if whole else lines[opening:]
        starts = line_starts("\n".join(rest))
        size = 0
        while size < len(rest) and (starts[size].in_string or not is_prose(rest[size])):
            size += 1
        code = "\n".join(rest[:size]).rstrip()
        tree = parse(code)
        if isinstance(tree, CodeError) and len(code) < _MAX_LINE * 10:
            found = repair(code, truncated=True)
            tree = parse(found[0]) if found else tree
        if does_something(tree):
            return Block(code, (_NO_FENCE,), "code", 0)
    return _NOTHING
