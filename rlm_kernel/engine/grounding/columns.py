"""Numbers that code reads into columns with names, of which the question asks, and that it then does not use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from itertools import chain

from ...document.search.search_words import STOPWORDS, folded, stem
from .code_names import called, parsed

_NUMBERS = frozenset(["to_number", "int", "float", "Decimal"])
# Code that takes the columns of a row without their names.
_WHOLE = frozenset(["values", "items", "keys", "dumps", "astuple"])
_WORD = re.compile(r"[^\W\d_]+")


def unused_columns(question: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """The columns (keys of dicts whose values are numbers read from text) that no code uses, each with the word of the
    question that its name has, in the order of the code. None where code takes rows as a whole."""
    trees = [tree for code in codes if (tree := parsed(code)) is not None]
    nodes = list(chain.from_iterable(map(ast.walk, trees)))
    defined: dict[str, None] = {}
    keys: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _reads_number(value):
                    defined[key.value] = None
                    keys.add(id(key))
    if not defined or any(isinstance(node, ast.Call) and called(node) in _WHOLE for node in nodes):
        return []
    used = {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in keys}
    asked = {stem(folded(word)): word for word in _WORD.findall(question) if folded(word) not in STOPWORDS}
    named = ((name, _shared_word(name, asked)) for name in defined if name not in used)
    return [(name, word) for name, word in named if word]


def _reads_number(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and called(value) in _NUMBERS


def _shared_word(name: str, asked: dict[str, str]) -> str:
    # The last one of a name is the unit or the thing that is counted.
    roots = (stem(folded(word)) for word in reversed(_WORD.findall(name)))
    return next((asked[root] for root in roots if root in asked), "")
