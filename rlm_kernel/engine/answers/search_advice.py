"""What a model is told of searches that found nothing: their patterns, and what to run instead.

That is worked out from the document, not read from the output that names it: a document's lines may look like a note.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence, Set
from itertools import islice
from typing import Any

from ...document import Document
from ...document.search.rows import Match
from ...document.search.suggestions import as_code
from ...subkernel.inside.tool_order import TOOLS
from ...trace import CodeError, Searched
from ..grounding.code_names import variables_of
from ..repair import source

_NAMED = 5
_LOOKED_UP = 2
_LONGEST_CODE = 2_000
_LONGEST_PATTERN = 1_000
_SHORTEST_BEGINNING = 8
# Tools and functions that search and compute, and do nothing else.
_SEARCHES = frozenset({"grep", "search", "count_matches", "read_lines", "numbers", "to_number", "to_date"})
_NUMBERS = frozenset({"print", "len", "sum", "min", "max", "abs", "round", "int", "float", "bool", "str", "any", "all"})
_LISTS = frozenset({"sorted", "reversed", "enumerate", "zip", "range", "list", "tuple", "set", "dict"})
_SEARCHING = _SEARCHES | _NUMBERS | _LISTS
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
# A group of a pattern, without groups within it.
_GROUP = re.compile(r"(?<!\\)\((?!\?)((?:\\.|\[(?:\\.|[^\]\\])*\]|[^()\\])*)\)")
_OF_NO_ROWS = frozenset(
    {"IndexError", "KeyError", "AttributeError", "TypeError", "StopIteration", "ZeroDivisionError", "StatisticsError"}
)


def patterns_of(searches: Iterable[Searched]) -> str:
    """The patterns of the first searches, as code writes them, without repetition."""
    return ", ".join(dict.fromkeys(as_code(search.pattern[:80]) for search in islice(searches, _NAMED)))


def instead_of(code: str, document: Document, missed: Iterable[Searched]) -> str:
    """What to run in place of `code`, of whose searches those of `missed` had no hit.

    It is the same code with other patterns, which match lines of the document that resemble the old ones. Where they
    cannot be put into it, it is a single search; where no such pattern is known, or the code ends the run, it is "".

    Reads the document: a second for a few megabytes, larger ones are not read.
    """
    # Lazily: the tools of search take a while to load, and few runs need advice.
    from ...document import Searcher

    searcher = Searcher(document.texts, _unheard, _unheard)
    searches = {search.pattern: search.source for search in missed if search.tool == "grep"}
    better: dict[str, str] = {}
    for pattern, name in islice(searches.items(), _LOOKED_UP):
        try:
            found = searcher.better_pattern(pattern, name)
        except ValueError:  # the sub-kernel names a document that there is not
            continue
        # A fence would end the block that the pattern stands in.
        if found and "```" not in found:
            better[pattern] = found
    if not better:
        return ""
    return with_patterns(code, better) or f"grep({as_code(next(iter(better.values())))})"


def may_replace(code: str, better: str, *, tools: Set[str], variables: Set[str]) -> bool:
    """Whether `better` may run in place of a model's `code`: it is the same code but for the patterns of its calls of
    `grep` and the numbers of groups, and does nothing but search the document and compute with what was found.

    `tools` are those of the user, `variables` those of earlier code: what code does with either is not known.
    """
    trees = [source.parse(text) for text in (code, better)]
    for tree in trees:
        for call in () if isinstance(tree, CodeError) else ast.walk(tree):
            for pattern in _patterns_of_call(call):
                pattern.value, pattern.kind = "", None
            if isinstance(call, ast.Subscript) and _is_groups(call.value) and isinstance(call.slice, ast.Constant):
                call.slice.value = 0
    first, second = trees
    if isinstance(first, CodeError) or isinstance(second, CodeError) or ast.dump(first) != ast.dump(second):
        return False
    nodes = list(ast.walk(first))
    own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = _names(first) - own
    reads, _ = variables_of(code)
    # A lambda is a key to sort rows by, or may be anything.
    keys = {id(each.value) for each in nodes if isinstance(each, ast.keyword) and each.arg == "key"}
    has_others = any(isinstance(node, ast.Lambda) and id(node) not in keys for node in nodes)
    if reads or has_others or any(isinstance(node, _DEFINITIONS) for node in nodes):
        return False
    return used <= _SEARCHING - variables and own.isdisjoint({*_SEARCHING, *TOOLS, *tools})


def _names(node: ast.AST) -> set[str]:
    """The names that code uses, the arguments of a lambda within it left out."""
    names = {node.id} if isinstance(node, ast.Name) else set[str]()
    for child in ast.iter_child_nodes(node):
        names |= _names(child)
    return names - {argument.arg for argument in node.args.args} if isinstance(node, ast.Lambda) else names


def rows_of(pattern: str) -> str:
    """Code that searches for rows, and prints the first and their number."""
    return (
        f"rows = grep({as_code(pattern)}, limit=10**6)\n"
        "for m in rows[:3]: print(m.line_num, m.line, m.groups)\n"
        "print(len(rows))"
    )


def with_groups_in_range(code: str) -> tuple[str, int]:
    """The code with the last group of its pattern in place of a group that the pattern does not have, and how many it
    has; "" where no group is missing, or where it has several searches. A number is put in place where there is one."""
    nodes, place_of_pattern = _with_one_search(code)
    if place_of_pattern is None:
        return "", 0
    pattern = str(place_of_pattern.value)
    count = _groups(pattern)
    read = [node.slice for node in nodes if isinstance(node, ast.Subscript) and _is_groups(node.value)]
    places = {place: place.value for place in read if isinstance(place, ast.Constant) and isinstance(place.value, int)}
    missing = {place: at for place, at in places.items() if count and at >= count}
    if not count or len(set(missing.values())) != 1:
        return "", 0
    numeric = [at for at, group in enumerate(_GROUP.findall(pattern)) if r"\d" in group]
    free = [at for at in numeric or range(count) if at < count and at not in places.values()]
    if not free:
        return "", 0
    return _spliced(code, [(place, str(free[-1])) for place in missing]), count


def _with_one_search(code: str) -> tuple[list[ast.AST], ast.Constant | None]:
    """The nodes of code, and the pattern of its only search; None where it has none or several, or is too long."""
    tree = source.parse(code)
    # A lone carriage return ends a line for Python, and none for `split`.
    if isinstance(tree, CodeError) or len(code) > _LONGEST_CODE or "\r" in code:
        return [], None
    nodes = list(ast.walk(tree))
    patterns = [node for call in nodes for node in _patterns_of_call(call)]
    return nodes, patterns[0] if len(patterns) == 1 else None


def with_whole_pattern(code: str, told: Sequence[str]) -> str:
    """The code with a pattern that was told in place of the beginning of it that its search has; "" where it has
    several searches, or none with such a beginning."""
    _, place = _with_one_search(code)
    begun = "" if place is None else str(place.value)
    if place is None or begun in told or len(begun) < _SHORTEST_BEGINNING:
        return ""
    whole = next((pattern for pattern in told if pattern.startswith(begun)), "")
    return _spliced(code, [(place, as_code(whole))]) if whole else ""


def with_named_constants(code: str) -> str:
    """The code with a group in its pattern for a constant whose label the code asks its rows for: `m["state"]`, where
    the pattern has `state=done`; "" where there is no such label, or the code has several searches."""
    nodes, place = _with_one_search(code)
    if place is None:
        return ""
    pattern = named = str(place.value)
    made = {
        node.value
        for each in nodes
        if isinstance(each, ast.Dict)
        for node in each.keys
        if isinstance(node, ast.Constant)
    }
    read = [
        node.slice.value for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    ]
    for name in dict.fromkeys(name for name in read if isinstance(name, str) and name.isidentifier()):
        if f"(?P<{name}>" not in pattern and name not in Match._fields and name not in made:
            labelled = re.compile(rf"(?<![\\\w]){name}(=|\": \"?|: ?)([^\W\d_]\w*)(?![\w+*?{{])")
            named = labelled.sub(rf"{name}\1(?P<{name}>\2)", named, count=1)
    is_pattern = named != pattern and _groups(named) is not None
    return _spliced(code, [(place, as_code(named))]) if is_pattern else ""


def _is_groups(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "groups"


def is_want_of_rows(error: CodeError | None) -> bool:
    """Whether code may have failed since a search of its own had no hit."""
    if error is None:
        return False
    is_empty = error.type == "ValueError" and "empty" in error.message and not error.message.startswith("FINAL")
    return is_empty or error.type in _OF_NO_ROWS


def with_patterns(code: str, better: dict[str, str]) -> str:
    """The code with other patterns in its calls of `grep`, in place of the keys; "" where it cannot have them all, and
    where there are none."""
    # A lone carriage return ends a line for Python, and none for `split`.
    if not better or len(code) > _LONGEST_CODE or "\r" in code:
        return ""
    tree = source.parse(code)
    if isinstance(tree, CodeError):
        return ""
    patterns = [node for call in ast.walk(tree) for node in _patterns_of_call(call) if node.value in better]
    if {node.value for node in patterns} != set(better):
        return ""
    if any(_groups(str(node.value)) not in (0, _groups(better[str(node.value)])) for node in patterns):
        return ""
    replaced = _spliced(code, [(node, as_code(better[str(node.value)])) for node in patterns])
    if not replaced:
        return ""
    for node in patterns:
        node.value, node.kind = better[str(node.value)], None
    # Within an f-string the places are not always those of the text.
    again = source.parse(replaced)
    is_same = not isinstance(again, CodeError) and ast.dump(again) == ast.dump(tree)
    return replaced if is_same else ""


def _spliced(code: str, texts: Sequence[tuple[ast.Constant, str]]) -> str:
    """The code with other texts in the places of constants; "" where one of them goes over several lines."""
    lines = [line.encode("utf-8", "surrogatepass") for line in code.split("\n")]
    for node, text in sorted(texts, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return ""
        line, put = lines[node.lineno - 1], text.encode("utf-8", "surrogatepass")
        lines[node.lineno - 1] = line[: node.col_offset] + put + line[node.end_col_offset :]
    return b"\n".join(lines).decode("utf-8", "replace")


def _patterns_of_call(node: ast.AST) -> list[ast.Constant]:
    """The pattern of a call of `grep`, if it is a text."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "grep"):
        return []
    named = [keyword.value for keyword in node.keywords if keyword.arg == "pattern"]
    return [each for each in (*node.args[:1], *named) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _groups(pattern: str) -> int | None:
    """How many groups a pattern has; None where it is none."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern).groups
    except (re.error, ValueError, OverflowError, RecursionError):
        return None


def _unheard(*_told: Any) -> None:
    pass
