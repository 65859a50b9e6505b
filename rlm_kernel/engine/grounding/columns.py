"""Numbers that code reads into columns with names, of which the question asks, and that it then does not use."""

from __future__ import annotations

import ast
import re
from itertools import chain, islice
from typing import Any

from ...document.search.search_words import STOPWORDS, folded, stem
from ...trace import RowCondition, Trace
from ...trace.json_values import encodable
from .code_names import called, parsed
from .verdicts import flows_of, with_running

_NUMBERS = frozenset(["to_number", "int", "float", "Decimal"])
# Code that takes the columns of a row without their names.
_WHOLE = frozenset(["values", "items", "keys", "dumps", "astuple", "DataFrame", "from_records", "from_dicts", "Table"])
_MOST_CHARS, _SHOWN, _MOST = 2_000, 300, 10
_WORD = re.compile(r"[^\W\d_]+")


def unused_columns(question: str, trace: Trace, value: Any, *, running: str | None = None) -> list[RowCondition]:
    """The columns (keys of dicts whose values are numbers read from text) that have a word of the question as their
    name, and that no code uses which the answer has gone through; in the order of the code, ten at most. `running` is
    code that is not in the trace yet.

    There are none of answers that are no computed number, and where code takes rows as a whole.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    trace = trace if running is None else with_running(trace, running)
    finals = flows_of(trace).finals
    if not finals or not (flow := finals[-1].flow).computed:
        return []
    through = {step[0] for step in flow.steps} | {source.iteration for source in flow.origins}
    codes = [turn.code for turn in trace.iterations if turn.index in through and turn.code]
    nodes = list(chain.from_iterable(ast.walk(tree) for code in codes if (tree := parsed(code)) is not None))
    defined: dict[str, None] = {}
    keys: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Dict):
            for key, read in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _reads_number(read):
                    defined[key.value] = None
                    keys.add(id(key))
    if not defined or any(isinstance(node, ast.Call) and called(node) in _WHOLE for node in nodes):
        return []
    used = {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in keys}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words = _WORD.findall(question[:_MOST_CHARS])
    asked = {stem(folded(word)): word for word in words if folded(word) not in STOPWORDS}
    named = ((name, _shared_word(name, asked)) for name in defined if name not in used)
    return [
        RowCondition(kind="unused", word=encodable(word[:_SHOWN]), pattern=encodable(name[:_SHOWN]), count=0)
        for name, word in islice(((name, word) for name, word in named if word), _MOST)
    ]


def _reads_number(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and called(value) in _NUMBERS


def _shared_word(name: str, asked: dict[str, str]) -> str:
    # The last one of a name is the unit or the thing that is counted.
    roots = (stem(folded(word)) for word in reversed(_WORD.findall(name)))
    return next((asked[root] for root in roots if root in asked), "")
