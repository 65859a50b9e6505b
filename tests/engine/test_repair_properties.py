"""What holds of healing for any text: it never raises, changes nothing that works, and is done after one pass."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.engine.repair import KINDS, find_code, heal

SOME, MANY = settings(deadline=None), settings(deadline=None, max_examples=300)
ALLOWED = frozenset({"re", "json"})

EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["1", "x", "'a “b” it’s'", '"(["', "f'{x!r:>4}'", "'''p\n  q'''", "é", "(lambda: 0)", "(not x)", "r'\\d'"]
    ),
    lambda inner: st.one_of(
        st.builds("call({}, {})".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({})[{}]".format, inner, inner),
    ),
    max_leaves=5,
)
SIMPLE = st.one_of(
    EXPRESSIONS,
    st.builds("x = {}".format, EXPRESSIONS),
    st.builds("x = {}; y = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("print({})  # “so” (it is".format, EXPRESSIONS),
    st.sampled_from(["import re", "from json import loads as l", "pass", "# a comment ("]),
)
IMPORTS = st.sampled_from(
    [
        "import os",
        "import os, re",
        "import sys; x = 1",
        "y = 'é'; import os",
        "from a import (\n    b,\n    c)",
        "import re",
    ]
)


def indented(statement: str) -> str:
    """A block of one statement; the inside of a long string keeps its place."""
    return f"if x:\n    {statement}\n    pass"


def programs(statements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lines = st.one_of(statements, statements.map(indented))
    return st.lists(lines, min_size=1, max_size=6).map("\n".join)


FRAGMENTS = st.sampled_from(
    [
        *"()[]{}:;,=\n\n\n'\"“”‘’`#\\!%&|\t",
        *("    ", "  ", "if ", "for ", "x", " in ", "def f", "print ", "return ", "await ", "import os", "'''", '"""'),
        *(
            "```",
            "```python\n",
            "~~~",
            "<think>",
            "</think>",
            "FINAL(",
            ">>> ",
            "This is it.",
            "f'{",
            "\u00a0",
            "\r\n",
            "\f",
        ),
        *("\ufeff", "else", "try", "except", "\x0b", "\u2028", "é", "1", "lambda ", " = "),
    ]
)
BROKEN = st.lists(FRAGMENTS, max_size=25).map("".join)
TEXTS = st.one_of(st.text(max_size=200), BROKEN)


def literals(tree: ast.AST) -> list[object]:
    return [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    ]


def string_tokens(code: str) -> list[str]:
    found = tokenize.generate_tokens(io.StringIO(code).readline)
    names = ((tokenize.tok_name[token.type], token.string) for token in found)
    return [text for name, text in names if name == "STRING" or name.startswith("FSTRING")]


@SOME
@given(programs(SIMPLE))
def test_working_code_comes_back_identical(code: str) -> None:
    ast.parse(code)
    result = heal(code, allowed=ALLOWED)
    assert (result.code, result.repairs, result.error) == (code, (), None)


@SOME
@given(programs(st.one_of(SIMPLE, IMPORTS)))
def test_without_its_imports_code_is_the_same_program_on_the_same_lines(code: str) -> None:
    def rest(text: str) -> list[tuple[int, str]]:
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.expr)]
        return sorted((node.lineno, ast.dump(node)) for node in nodes)

    healed = heal(code, allowed=ALLOWED)
    assert healed.error is None
    assert rest(healed.code) == rest(code)
    imported = [node for node in ast.walk(ast.parse(healed.code)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.name for node in imported if isinstance(node, ast.Import) for name in node.names}
    assert names | {node.module for node in imported if isinstance(node, ast.ImportFrom)} <= ALLOWED


@SOME
@given(programs(SIMPLE), st.data())
def test_strings_survive_the_mending_of_a_bracket_or_colon(code: str, data: st.DataObject) -> None:
    """One fault is put in where no string is; whatever healing makes of it, no literal changes."""
    spans = [
        (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant | ast.JoinedStr)
    ]
    lines = [line.encode() for line in code.split("\n")]
    places = [
        (row, column)
        for row, line in enumerate(lines, 1)
        for column, char in enumerate(line.split(b"#")[0])
        if chr(char) in "()[]{}:" and not any((a, b) <= (row, column) < (c, d) for a, b, c, d in spans)
    ]
    if not places:
        return
    row, column = data.draw(st.sampled_from(places))
    lines[row - 1] = lines[row - 1][:column] + lines[row - 1][column + 1 :]
    healed = heal(b"\n".join(lines).decode(), allowed=ALLOWED)
    if healed.error is None:
        assert string_tokens(healed.code) == string_tokens(code)


@SOME
@given(programs(SIMPLE))
def test_curly_and_common_indentation_leave_strings_alone(code: str) -> None:
    before = literals(ast.parse(code))
    for broken, added in ((f"z = “q”\n{code}", ["q"]), (f"print 'q'\n{code}", ["q"]), (f"if x\n    pass\n{code}", [])):
        healed = heal(broken, allowed=ALLOWED)
        assert healed.error is None
        assert sorted(map(repr, literals(ast.parse(healed.code)))) == sorted(map(repr, [*before, *added]))


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")  # invalid escapes
@MANY
@given(TEXTS)
def test_any_text_heals_once_or_comes_back_with_its_error(text: str) -> None:
    healed = heal(text, allowed=ALLOWED)
    assert {repair.kind for repair in healed.repairs} <= KINDS
    assert (healed.advice == "") == (healed.repairs == ())
    if healed.error is not None:
        assert (healed.code, healed.repairs) == (text, ())
        return
    ast.parse(healed.code)
    again = heal(healed.code, allowed=ALLOWED)
    assert (again.code, again.repairs, again.error) == (healed.code, (), None)


@MANY
@given(TEXTS)
def test_any_reply_is_read(reply: str) -> None:
    block = find_code(reply)
    assert (block.kind == "none") == (block.code == "")
    assert block.skipped >= 0
    assert {repair.kind for repair in block.repairs} <= KINDS


@SOME
@given(programs(SIMPLE))
def test_a_fenced_program_is_found_as_it_is(code: str) -> None:
    found = find_code(f"Let me look.\n\n```python\n{code}\n```\nThat was it.")
    assert (found.code, found.kind, found.repairs) == (code, "code", ())
