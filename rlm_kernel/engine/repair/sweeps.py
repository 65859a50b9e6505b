"""Sweeps: each mends one kind of fault wherever it is in code that does not parse, and else does nothing.

What they change could stand in no valid program, or is outside of the code (prompts, sentences). Whether the result
parses is for the caller to see; the content of string literals stays.
"""

from __future__ import annotations

import html
import keyword
import re
from collections.abc import Callable
from itertools import chain, pairwise

from ...trace import CodeError
from .source import (
    CLOSER,
    does_something,
    edited,
    indent_of,
    line_end,
    line_starts,
    logical_lines,
    parse,
    token_at,
    tokens,
)

_BLOCK_WORDS = frozenset(
    ["if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with", "async"]
)
_STATEMENT_WORDS = _BLOCK_WORDS | frozenset(
    [
        "import",
        "from",
        "return",
        "del",
        "assert",
        "raise",
        "global",
        "nonlocal",
        "lambda",
        "print",
        "yield",
        "match",
        "case",
    ]
)
_WORDS_OF_CODE = frozenset(keyword.kwlist) | {"print"}
_LINKING_WORDS = frozenset(["and", "or", "in", "is", "not", "if", "else", "for", "as", "async"])

_MAX_QUOTED = 5_000
_PUNCTUATION = ".,:;!?\"'()*_`“”‘’-"
_DOUBLE = "“”„‟"
_SINGLE = "‘’‚‛"
_PLAIN_FOR = dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'")
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ASCII = (
    dict.fromkeys(_SPACES, " ")
    | dict.fromkeys(_INVISIBLE, "")
    | dict(zip("（），：；［］｛｝＝＋－＊", "(),:;[]{}=+-*", strict=True))
    | {"−": "-", "–": "-", "×": "*", "≤": "<=", "≥": ">=", "≠": "!="}
)


def is_prose(line: str) -> bool:
    """Whether a line that stands alone is a sentence, a label, a tag or a rule of Markdown rather than broken code."""
    text = line.strip()
    if not text or text[0] == "#" or not isinstance(parse(text), CodeError):
        return False
    is_tag = text[0] == "<" and text[-1] == ">"
    if is_tag or (len(text) > 2 and not text.strip("`~-*=_")) or text[-1] in "。：！？":
        return True
    words = [word.strip(_PUNCTUATION) for word in text.split()]
    words = [word for word in words if word]
    spoken = sum(word.replace("'", "").replace("’", "").replace("-", "").isalpha() for word in words)
    numbers = sum(word.replace(",", "").replace(".", "").isdigit() for word in words)
    calls = token_at(text, 0).kind == "name" and text.startswith("(", token_at(text, 0).end)
    if not spoken or calls or (spoken + numbers) * 10 < len(words) * 7:
        return False
    end, first = text.rstrip("*_")[-1:], text.split()[0].rstrip(":")
    if first in _STATEMENT_WORDS:
        return end in (".", "!", "?") and len(words) > 2
    if len(words) < 3:
        return end in (".", "!", "?", ":") and words[0][0].isupper()
    is_sentence = end in (".", "!", "?") or _words_side_by_side(text)
    if not is_sentence or "=" in text or any(text.count(a) != text.count(b) for a, b in CLOSER.items()):
        return False
    return end in (".", "!", "?", ":") or words[0][0].isupper() or len(words) > 5


def _words_side_by_side(text: str) -> bool:
    """Whether two words follow each other as they do in sentences and never in code."""
    words = text.split()
    spoken = [word.replace("'", "").replace("’", "") for word in words]
    return any(
        one.isalpha() and other[:1].isalpha() and not {one, other.strip(_PUNCTUATION)} & _WORDS_OF_CODE
        for one, other in pairwise(spoken)
    )


def prompts(code: str) -> str:
    """Strip the prompts of an interactive session; its output becomes blank lines, so that line numbers stay."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith(">>>"):
        return "\n".join(bare[4:] if (bare := line.lstrip())[:4] in (">>> ", "... ") else "" for line in lines)
    if not _IN.match(first):
        return code
    kept = []
    asked = True
    for line in lines:
        if match := _IN.match(line):
            asked = True
            kept.append(line[match.end() :])
        elif match := _CONTINUED.match(line):
            kept.append(line[match.end() :])
        else:
            asked = asked and not _OUT.match(line)
            kept.append(line if asked else "")
    return "\n".join(kept)


_IN = re.compile(r"\s*In\s*\[\s*\d*\s*\]:[ ]?")
_OUT = re.compile(r"\s*Out\s*\[\s*\d*\s*\]:")
_CONTINUED = re.compile(r"\s*\.{3,}:[ ]?")


def line_numbers(code: str) -> str:
    """Strip the numbers of a listing, where every line has one and they count up by one."""
    lines = code.strip("\n").split("\n")
    for pattern in _NUMBERED:
        matches = [pattern.match(line) for line in lines]
        found = [match for match in matches if match is not None]
        numbers = [int(match[1]) for match in found]
        if len(found) == len(lines) and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            return "\n".join(line[match.end() :] for line, match in zip(lines, found, strict=True))
    return code


_NUMBERED = (
    re.compile(r"\s*(\d{1,6})\s*[|│┃¦][ ]?"),
    re.compile(r"\s*(\d{1,6})[:.)](?:[ ]|$)"),
    re.compile(r"\s*(\d{1,6})(?:\t|[ ]{2}|[ ](?![ ])|$)"),
)


def escaped_newlines(code: str) -> str:
    """Make a backslash and an n between statements the line feed that it was."""
    found = [token for token in tokens(code) if token.text == "\\" and code.startswith("n", token.end)]
    return edited(code, [(token.start, token.end + 1, "\n") for token in found])


def entities(code: str) -> str:
    """Replace HTML's entities where one of them stands for a sign of the code itself: then the whole was escaped.

    `&lt;` outside of strings can mean nothing else; code whose strings alone hold entities stays as it is.
    """
    if not _ENTITY.search(code):
        return code
    escaped = any(token.text == "&" and _ENTITY.match(code, token.start) for token in tokens(code))
    return _ENTITY.sub(lambda match: html.unescape(match[0]), code) if escaped else code


_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#34|#x27|#x22|#60|#62);")


def characters(code: str) -> str:
    """Replace spaces and signs that Python does not know, outside of strings and comments."""
    found = [token for token in tokens(code) if token.kind == "op" and token.text in _ASCII]
    return edited(code, [(token.start, token.end, _ASCII[token.text]) for token in found])


def smart_quotes(code: str) -> str:
    """Make curly quotes plain where they delimit a string; inside one they stay."""
    edits: list[tuple[int, int, str]] = []
    at = 0
    while at < len(code):
        if code[at] in " \t\f\\":
            at += 1
            continue
        token = token_at(code, at)
        opening = token.start + len(token.text) - len(token.text.lstrip("rRbBuUfF"))
        at = token.end
        if token.kind == "open-string" or token.text in _PLAIN_FOR:
            span = _quoted(code, opening)
            if span is not None:
                edits += span
                at = span[-1][1]
            elif token.text in _PLAIN_FOR:
                return code
    return edited(code, edits)


def _quoted(code: str, opening: int) -> list[tuple[int, int, str]] | None:
    """The edits that give plain quotes to the string that begins at `opening`, None if it is not seen where it ends."""
    quote = _PLAIN_FOR.get(code[opening], code[opening])
    close = _closing_quote(code, opening, quote)
    if close is None:
        return None
    inner = code[opening + 1 : close]
    if quote in inner:
        quote = "'" if quote == '"' else '"'
    if quote in inner:
        return None
    return [(opening, opening + 1, quote), (close, close + 1, quote)]


def _closing_quote(code: str, opening: int, quote: str) -> int | None:
    """Where a string ends on its line, curly quotes before plain ones. (An apostrophe is followed by a letter.)"""
    line = code[opening + 1 : line_end(code, opening)][:_MAX_QUOTED]
    curly = (at for at, char in enumerate(line) if _PLAIN_FOR.get(char) == quote)
    plain = (at for at, char in enumerate(line) if char == quote)
    for at in chain(curly, plain):
        rest = line[at + 1 : at + 20]
        word = rest.split(maxsplit=1)[0] if rest.strip() else ""
        if not word or not (word[0].isalnum() or word[0] == "_") or (rest[0] == " " and word in _LINKING_WORDS):
            return opening + 1 + at
    return None


def prose(code: str) -> str:
    """Turn sentences before and after the code into comments; what follows a closing sentence is no code either."""
    lines, starts = code.split("\n"), line_starts(code)
    first = 0
    while first < len(lines) and (not lines[first].strip() or is_prose(lines[first])):
        first += 1
    last = at = len(lines)
    while at > first and not starts[at - 1].in_string:
        at -= 1
        if is_prose(lines[at]):
            last = at
        elif lines[at].strip() and (does_something(tree := parse(lines[at].strip())) or isinstance(tree, CodeError)):
            break
    if first >= last:
        return code
    for number, line in enumerate(lines):
        if line.strip() and (number < first or number >= last):
            lines[number] = f"{indent_of(line)}# {line.strip()}"
    return "\n".join(lines)


def magics(code: str) -> str:
    """Turn `!ls` and `%matplotlib` into comments, and `%time f()` into `f()`."""
    edits = []
    for line in logical_lines(code):
        token = line[0]
        if token.kind != "op" or token.text not in "%!":
            continue
        end = line_end(code, token.start)
        text = code[token.start : end]
        name, _, rest = text.partition(" ")
        if name in ("%time", "%timeit") and rest.strip() and not rest.lstrip().startswith("-"):
            edits.append((token.start, end, rest.strip()))
        else:
            keeper = "" if token.start == 0 or code[token.start - 1] == "\n" else "pass  "
            edits.append((token.start, end, f"{keeper}# {text}  (removed: not available in the sandbox)"))
    return edited(code, edits)


def print_statements(code: str) -> str:
    """Turn Python 2's `print a, b` into `print(a, b)`."""
    edits: list[tuple[int, int, str]] = []
    for line in logical_lines(code):
        code_tokens = [token for token in line if token.kind != "comment"]
        for at, token in enumerate(code_tokens[:-1]):
            begins = at == 0 or code_tokens[at - 1].text in (";", ":")
            following = code_tokens[at + 1]
            argument = following.kind in ("name", "string", "open-string") or following.text in "[{"
            if token.text != "print" or not begins or not argument or following.text in _LINKING_WORDS - {"not"}:
                continue
            ends = [other for other in range(at + 1, len(code_tokens)) if code_tokens[other].text == ";"]
            last = code_tokens[(ends[0] if ends else len(code_tokens)) - 1]
            edits.append((token.end, following.start, "("))
            edits.append((last.start, last.end, ', end=" ")') if last.text == "," else (last.end, last.end, ")"))
    return edited(code, edits)


def operators(code: str) -> str:
    """Turn the `&&`, `||` and `!` of other languages into `and`, `or` and `not`."""
    edits: list[tuple[int, int, str]] = []
    ops = [token for token in tokens(code) if token.kind == "op"]
    for token in ops:
        pair = code[token.start : token.start + 2]
        if pair in ("&&", "||") and not (edits and edits[-1][1] > token.start):
            word = "and" if pair == "&&" else "or"
            before = "" if code[token.start - 1 : token.start].isspace() else " "
            after = "" if code[token.end + 1 : token.end + 2].isspace() else " "
            edits.append((token.start, token.start + 2, f"{before}{word}{after}"))
        elif token.text == "!" and pair != "!=":
            edits.append((token.start, token.end, "not "))
    return edited(code, edits)


def tabs(code: str) -> str:
    """Where tabs and spaces indent the same code, make a tab as wide as the smallest indentation by spaces."""
    lines, starts = code.split("\n"), line_starts(code)
    own = [at for at, line in enumerate(lines) if line.strip() and not starts[at].in_string]
    indents = [indent_of(lines[at]) for at in own]
    if not any("\t" in indent for indent in indents):
        return code
    width = min((len(indent) for indent in indents if indent and "\t" not in indent), default=4)
    for at, indent in zip(own, indents, strict=True):
        lines[at] = indent.expandtabs(width) + lines[at][len(indent) :]
    return "\n".join(lines)


def dedent(code: str) -> str:
    """Take away the indentation that all code has in common; the lines inside a string keep theirs."""
    lines, starts = code.split("\n"), line_starts(code)
    own = [at for at, line in enumerate(lines) if line.strip() and not starts[at].in_string]
    indents = [indent_of(lines[at]) for at in own if starts[at].depth == 0 and lines[at].lstrip()[0] != "#"]
    if not indents or not (margin := min(len(indent) for indent in indents)):
        return code
    for at in own:
        lines[at] = lines[at][min(margin, len(indent_of(lines[at]))) :]
    return "\n".join(lines)


def colons(code: str) -> str:
    """Add the colon that `if`, `for`, `def` and their like end with."""
    edits = []
    for line in logical_lines(code):
        code_tokens = [token for token in line if token.kind != "comment"]
        if not code_tokens or code_tokens[0].text not in _BLOCK_WORDS:
            continue
        depth, has_colon = 0, False
        for token in code_tokens:
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            has_colon = has_colon or (token.text == ":" and depth == 0)
        if not has_colon:
            edits.append((code_tokens[-1].end, code_tokens[-1].end, ":"))
    return edited(code, edits)


Sweep = tuple[str, Callable[[str], str]]

SWEEPS: tuple[Sweep, ...] = (
    ("prompt", prompts),
    ("line-numbers", line_numbers),
    ("escaped-newlines", escaped_newlines),
    ("character", characters),
    ("smart-quotes", smart_quotes),
    ("prose", prose),
    ("magic", magics),
    ("print-statement", print_statements),
    ("operator", operators),
    ("indentation", tabs),
    ("indentation", dedent),
    ("colon", colons),
)
