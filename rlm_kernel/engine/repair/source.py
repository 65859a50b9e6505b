"""Python text that may be broken: parsing that never raises, and a scanner that knows strings, comments and brackets.

The scanner is our own because `tokenize` stops at the first fault, and at a different one in each version of Python. It
sees the text as lines ending in a newline character alone, and repairs nothing.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ...trace import CodeError

MAX_PARSED = 1_000_000
"""Characters above which a text is not parsed at all: that would take seconds."""

CLOSER = {"(": ")", "[": "]", "{": "}"}
_PREFIXES = frozenset({"r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"})
_MAX_FIELD = 300
_NESTING_FSTRINGS = sys.version_info >= (3, 12)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
_STATEMENTS = (ast.Assign, ast.AugAssign, *_DEFINITIONS, *_COMPOUND)
_EXPRESSIONS = (ast.Call, ast.Slice, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Token(NamedTuple):
    """A piece of code by its character offsets; an `open-string` has no end quote where it needs one."""

    kind: Literal["name", "string", "open-string", "comment", "newline", "op"]
    start: int
    end: int
    text: str


class LineStart(NamedTuple):
    """How a physical line begins: inside a string, and how deep in brackets (a backslash's next line counts as one)."""

    in_string: bool
    depth: int


def parse(code: str) -> ast.Module | CodeError:
    """The syntax tree, or why there is none. Nothing is compiled: folding `10**10**10` would be a bomb."""
    if len(code) > MAX_PARSED:
        text = f"the code has {len(code):,} characters, more than the {MAX_PARSED:,} of one block; write less at a time"
        return CodeError(type="SyntaxError", message=text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except SyntaxError as error:
        return CodeError(type=type(error).__name__, message=error.msg, line=error.lineno)
    except (MemoryError, RecursionError):
        return CodeError(type="SyntaxError", message="the code is nested too deeply; use shorter expressions")
    except ValueError as error:
        return CodeError(type="SyntaxError", message=str(error))


def does_something(tree: ast.AST | CodeError) -> bool:
    """Whether a tree is more than what prose, a number or a piece of JSON may happen to parse as."""
    if isinstance(tree, CodeError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, (*_STATEMENTS, *_EXPRESSIONS)) or (isinstance(node, ast.AnnAssign) and node.value):
            return True
    return False


def tokens(code: str) -> Iterator[Token]:
    """All tokens in order; spaces, tabs, form feeds and backslash-newlines lie between them."""
    at = 0
    while at < len(code):
        char = code[at]
        if char in " \t\f":
            at += 1
        elif char == "\\" and code.startswith("\n", at + 1):
            at += 2
        else:
            token = token_at(code, at)
            yield token
            at = token.end


def token_at(code: str, at: int) -> Token:
    """The token that begins at `at`, which must not be white space."""
    char = code[at]
    end = at + 1
    kind: Literal["name", "string", "open-string", "comment", "newline", "op"] = "op"
    if char == "\n":
        kind = "newline"
    elif char == "#":
        kind, end = "comment", line_end(code, at)
    elif char in "\"'":
        kind, end = _string(code, at, formatted=False)
    elif char == "_" or char.isalnum():
        while end < len(code) and (code[end] == "_" or code[end].isalnum()):
            end += 1
        kind, prefix = "name", code[at:end].lower()
        if prefix in _PREFIXES and end < len(code) and code[end] in "\"'":
            kind, end = _string(code, end, formatted="f" in prefix or "t" in prefix)
    return Token(kind, at, end, code[at:end])


def line_end(code: str, at: int) -> int:
    """Where the line of `at` ends: the offset of its newline, or of the end of the code."""
    end = code.find("\n", at)
    return len(code) if end < 0 else end


def _string(code: str, at: int, *, formatted: bool) -> tuple[Literal["string", "open-string"], int]:
    quote = code[at] * 3 if code.startswith(code[at] * 3, at) else code[at]
    at += len(quote)
    while at < len(code):
        char = code[at]
        if char == "\\":
            at += 2
        elif code.startswith(quote, at):
            return "string", at + len(quote)
        elif char == "\n" and len(quote) == 1:
            return "open-string", at
        elif char == "{" and formatted and _NESTING_FSTRINGS:
            field_end = at + 2 if code.startswith("{{", at) else _field_end(code, at)
            formatted = field_end is not None
            at = field_end or at + 1
        else:
            at += 1
    return "open-string", len(code)


def _field_end(code: str, start: int) -> int | None:
    """Just behind a replacement field of an f-string; from Python 3.12 on it may hold the f-string's own quotes."""
    depth, at, limit = 0, start, min(line_end(code, start), start + _MAX_FIELD)
    while at < limit:
        char = code[at]
        if char in "\"'" and not code.startswith(char * 3, at):
            close = code.find(char, at + 1, limit)
            if close < 0:
                return None
            at = close
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def logical_lines(code: str) -> Iterator[list[Token]]:
    """The tokens of each statement line, comments included, blank lines left out; open brackets join lines."""
    line: list[Token] = []
    depth = 0
    for token in tokens(code):
        if token.kind == "newline":
            if depth == 0 and line:
                yield line
                line = []
            continue
        depth = _depth(depth, token)
        line.append(token)
    if line:
        yield line


def _depth(depth: int, token: Token) -> int:
    if token.kind == "op" and token.text in "([{":
        return depth + 1
    if token.kind == "op" and token.text in ")]}":
        return max(0, depth - 1)
    return depth


def line_starts(code: str) -> list[LineStart]:
    """One `LineStart` for each line of `code.split("\\n")`."""
    starts = [LineStart(False, 0)]
    depth = end = 0
    for token in tokens(code):
        starts += [LineStart(False, depth or 1)] * code.count("\n", end, token.start)
        end = token.end
        depth = _depth(depth, token)
        if token.kind == "newline":
            starts.append(LineStart(False, depth))
        elif token.kind in ("string", "open-string"):
            starts += [LineStart(True, depth)] * token.text.count("\n")
    return starts + [LineStart(False, depth or 1)] * code.count("\n", end)


def unclosed(code: str) -> list[Token]:
    """The opening brackets that nothing closes, outermost first."""
    stack: list[Token] = []
    for token in tokens(code):
        if token.kind == "op" and token.text in CLOSER:
            stack.append(token)
        elif token.kind == "op" and stack and token.text == CLOSER[stack[-1].text]:
            stack.pop()
    return stack


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def edited(code: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """`code` with each span `[start, end)` replaced; the spans do not overlap."""
    parts, at = [], 0
    for start, end, text in sorted(edits):
        parts += [code[at:start], text]
        at = end
    return "".join(parts) + code[at:]


class Offsets:
    """Turns the positions of a syntax tree (lines from 1, columns in UTF-8 bytes) into offsets in characters."""

    def __init__(self, code: str) -> None:
        self.lines = code.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._encoded = {at: line.encode() for at, line in enumerate(self.lines, 1) if not line.isascii()}

    def at(self, line: int, column: int) -> int:
        """The offset of a position."""
        chars = len(self._encoded[line][:column].decode()) if line in self._encoded else column
        return self._starts[line - 1] + chars

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Where a node begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.at(node.lineno, node.col_offset), self.at(end_line, end_column)

    def line_end(self, line: int) -> int:
        """The offset of the end of a line."""
        return self._starts[line] - 1
