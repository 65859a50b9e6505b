"""What a cell of the RLM kernel is: a question, commands, Python, or something that is passed on. It runs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["nothing", "question", "help", "python", "magic", "refused"]

_COMMAND = re.compile(r"%(?=[A-Za-z_])")
_ASKED = re.compile(r"\?{1,2}\s*(%{0,2}[A-Za-z_][\w.]*)\s*$")
_NAMED = re.compile(r"(%{0,2}[A-Za-z_][\w.]*)\s*\?{1,2}\s*$")
_CELL_MAGIC = re.compile(r"%%([A-Za-z_]\w*|!)")
_LINE_SHELL = re.compile(r"%(sx|system|sc)\b")
_SHELLS = frozenset(["!", "bash", "sh", "script", "sx", "system", "cmd", "perl", "ruby", "python2", "js"])
_GOODBYES = frozenset(["exit", "quit", "exit()", "quit()"])  # to a console
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class ParsedCell:
    """`commands` are the lines with `%` on top; `text` is all that follows them, which is what `kind` says.

    `text` is the question; the name that help is wanted on; Python, with the numbers of its lines as in the cell; a
    cell magic with its body; or what was refused.
    """

    commands: tuple[str, ...]
    kind: Kind
    text: str = ""


def _never(_name: str) -> bool:
    return False


def read(source: str, known: Callable[[str], bool] = _never) -> ParsedCell:
    """Take a cell apart. `known` tells whether a name means something, so that `name?` is no question but a wish for
    help, unlike `Why?`."""
    lines = source.split("\n")
    commands: list[str] = []
    at = 0
    while at < len(lines) and _is_command(lines[at]):
        if lines[at].strip():
            commands.append(lines[at].strip())
        at += 1
    kind, text = _rest(lines, at, known)
    shell = next((line for line in commands if _LINE_SHELL.match(line)), None)
    return ParsedCell((), "refused", shell) if shell else ParsedCell(tuple(commands), kind, text)


def _is_command(line: str) -> bool:
    stripped = line.strip()
    return not stripped or bool(_COMMAND.match(stripped) and not _NAMED.fullmatch(stripped))


def _rest(lines: list[str], at: int, known: Callable[[str], bool]) -> tuple[Kind, str]:
    if at == len(lines):
        return "nothing", ""
    first, text = lines[at].strip(), "\n".join(lines[at:])
    if not "".join(lines[at + 1 :]).strip() and (name := _wanted(first, known)):
        return "help", name
    if magic := _CELL_MAGIC.match(first):
        if magic[1] == "py":
            return "python", "\n" * (at + 1) + "\n".join(lines[at + 1 :])
        return ("refused", first) if magic[1] in _SHELLS else ("magic", text)
    if first.startswith("!"):
        return "refused", first
    if assigns_only(text) or text.strip() in _GOODBYES:
        return "python", "\n" * at + text
    return "question", text.strip("\n")


def _wanted(line: str, known: Callable[[str], bool]) -> str | None:
    """The name that a line wants help on, if it does."""
    if asked := _ASKED.match(line):
        return asked[1]
    named = _NAMED.fullmatch(line)
    return named[1] if named and (named[1].startswith("%") or known(named[1])) else None


def assigns_only(text: str) -> bool:
    """Whether a text is nothing but assignments of literals to names, as of a cell of parameters, and comments."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(tree.body) and all(map(_assigns, tree.body))


def _assigns(statement: ast.stmt) -> bool:
    match statement:
        case (
            ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(target=ast.Name(), value=ast.expr() as value)
        ):
            return _is_literal(value)
    return False


def _is_literal(value: ast.expr) -> bool:
    match value:
        # How papermill writes what has no literal.
        case ast.Call(func=ast.Name("float"), args=[ast.Constant("nan" | "inf" | "-inf")], keywords=[]):
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return all(map(_is_literal, items))
        case ast.Dict(keys=keys, values=items):
            return all(key is not None and _is_literal(key) for key in keys) and all(map(_is_literal, items))
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def looks_like_python(text: str) -> bool:
    """Whether a question reads as Python and not as words: it compiles, and has a statement or a call."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(each, ast.Expr) or isinstance(each.value, ast.Call | ast.Await) for each in tree.body)


def has_open_fence(text: str) -> bool:
    """Whether a fence of three or more backquotes or tildes is not closed."""
    opened = ""
    for line in text.splitlines():
        if (fence := _FENCE.match(line)) is None:
            continue
        if not opened:
            opened = fence[1]
        elif fence[1].startswith(opened) and not line.strip().strip(opened[0]):
            opened = ""
    return bool(opened)
