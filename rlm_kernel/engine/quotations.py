"""Whether code that a reply holds was taken from the document, or from an output: then it is data and never runs."""

from __future__ import annotations

import ast
import re

from ..document import Document
from ..document.lines import find_bytes
from ..trace import CodeError
from .repair.source import parse

_MAX_TEXT = 60_000
_MAX_SHOWN = 2_000_000
_FINAL = re.compile(r"\b(?:FINAL|FINAL_VAR|SUBMIT|final_answer|submit_answer)\s*\(")
_CALL = re.compile(rb"[A-Za-z_]\w*(?=\()")
_BLANKS = re.compile(r"[^\S\n]+")
# What listings put before a line: its number, or the mark of a quotation.
_LISTED = re.compile(r"^(?:\d{1,7}[:|.)]?(?= )|>+|\|)? ?", re.M)


class Quotations:
    """What one run's model may have read code in. `holds(text)` is cheap for documents that hold no code."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._shown: list[str] = []
        self._shown_chars = 0
        self._called: dict[bytes, bool] = {}

    def add(self, output: str) -> None:
        """Keep an output that the model is shown; the last two million characters are looked at."""
        text = _by_lines(output)
        self._shown.append(text)
        self._shown_chars += len(text)
        while self._shown_chars > _MAX_SHOWN and len(self._shown) > 1:
            self._shown_chars -= len(self._shown.pop(0))

    def holds(self, text: str) -> bool:
        """Whether the document holds these lines as they are, or an output the same but for blanks.

        A call of FINAL counts wherever it stands, any other code only as whole lines: every text holds a word.
        """
        text = text.strip()
        if not text or len(text) > _MAX_TEXT:
            return False
        anywhere = bool(_FINAL.search(text))
        lines = _by_lines(text)
        stands = any(_stands_in(shown, lines, anywhere=anywhere) for shown in self._shown)
        return (stands or self._in_document(text, anywhere=anywhere)) and _does_something(text)

    def _in_document(self, text: str, *, anywhere: bool) -> bool:
        wanted = text.encode("utf-8", "surrogatepass")
        calls = _CALL.findall(wanted)
        if calls and not all(self._is_called(name) for name in dict.fromkeys(calls)):
            return False
        variants = dict.fromkeys([wanted, wanted.replace(b"\n", b"\r\n")])
        return any(
            _found(each.view, variant, anywhere=anywhere) for each in self._document.texts for variant in variants
        )

    def _is_called(self, name: bytes) -> bool:
        """Whether the document holds a call of this name at all; searched for once."""
        if name not in self._called:
            call = name + b"("
            self._called[name] = any(
                find_bytes(text.view, call, 0, len(text.view)) >= 0 for text in self._document.texts
            )
        return self._called[name]


def _does_something(text: str) -> bool:
    """Not so of a name or a number, which is in every text."""
    tree = parse(text)
    return isinstance(tree, CodeError) or any(
        isinstance(node, ast.Call | ast.stmt) and not isinstance(node, ast.Expr) for node in ast.walk(tree)
    )


def _by_lines(text: str) -> str:
    """The lines without blanks at their ends, numbers or marks before them, and empty ones between them."""
    lines = (_LISTED.sub("", _BLANKS.sub(" ", line).strip()).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _stands_in(text: str, wanted: str, *, anywhere: bool) -> bool:
    return wanted in text and (anywhere or f"\n{wanted}\n" in f"\n{text}\n")


def _found(view: memoryview, wanted: bytes, *, anywhere: bool) -> bool:
    at = find_bytes(view, wanted, 0, len(view))
    while at >= 0:
        if anywhere or (_is_edge(view, at - 1, -1) and _is_edge(view, at + len(wanted), 1)):
            return True
        at = find_bytes(view, wanted, at + 1, len(view))
    return False


def _is_edge(view: memoryview, at: int, step: int) -> bool:
    """Whether nothing but blanks lies between this position and the end of its line."""
    while 0 <= at < len(view) and view[at] in b" \t\r":
        at += step
    return not 0 <= at < len(view) or view[at] == 0x0A
