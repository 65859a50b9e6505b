"""What a cell takes from `context` itself: read off its code."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.document import Document
from rlm_kernel.document.provenance import context_reads
from rlm_kernel.document.provenance.context_reads import looked_at, searches_all

TEXT = "one\ntwo\nthree\nfour\n"
BOOKS = {"a": "one\ntwo", "b": "three"}


def spans(code: str, context: Any = TEXT, last_line: int | None = None) -> list[tuple[str, int, int]]:
    return looked_at(code, Document.of(context), last_line)


@pytest.mark.parametrize(
    "code",
    [
        "for line in context.splitlines(): print(line)",
        "lines = context.split('\\n')",
        "print(context)",
        "text = context",
        "n = 5\nprint(context[:n])",
        "print(context[::2])",
        "def f():\n    return context.upper()",
        "{line for line in context}",
    ],
)
def test_any_use_may_reach_every_line(code: str) -> None:
    assert spans(code) == [("context", 1, 4)]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("context[:3]", (1, 1)),
        ("context[:4]", (1, 1)),
        ("context[:5]", (1, 2)),
        ("context[-5:]", (4, 4)),
        ("print(context[4:10])", (2, 3)),
    ],
)
def test_a_slice_between_constants_is_its_lines(code: str, lines: tuple[int, int]) -> None:
    assert spans(code) == [("context", *lines)]


@pytest.mark.parametrize(
    "code",
    [
        "print(len(context), type(context), isinstance(context, str))",
        "print('two' in context, context.find('two'), context.count('e'))",
        "rows = grep('one')",
        "context = 'mine'",
        "print('the context')",
        "context[5:5]",
        "print(context",
        "obj.context",
    ],
)
def test_what_takes_nothing(code: str) -> None:
    assert spans(code) == []


def test_of_several_documents_only_the_named_one() -> None:
    assert spans("context['b']", BOOKS) == [("b", 1, 1)]
    assert spans("print(context['absent'])", BOOKS) == []
    assert spans("for name in context: print(name)", BOOKS) == []
    whole = [("a", 1, 2), ("b", 1, 1)]
    assert spans("for name in context: print(context[name])", BOOKS) == whole
    assert spans("list(context.items())", BOOKS) == whole
    assert spans("context[1], context[-1]", ["x", "y\nz"]) == [("[1]", 1, 2)]
    assert spans("context[0]['n']", [{"n": 1}, {"n": 2}]) == [("records", 1, 2)]


def test_statements_behind_an_error_have_not_run() -> None:
    code = "print(len(context))\n1 / 0\nprint(context)"
    assert spans(code, last_line=2) == []
    assert spans(code) == [("context", 1, 4)]


def test_a_view_notes_what_is_taken_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_reads, "LIMIT", 10)
    assert spans("print(context)") == []


def test_code_that_is_nested_too_deeply() -> None:
    assert spans("context" + "[0]" * 100_000) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sum(map(int, re.findall(r'\\d+', context)))", True),
        ("n = context.count('x')", True),
        ("print('x' in context)", True),
        ("print(len(context))", False),
        ("print(context[:5])", False),
        ("print(5)", False),
    ],
)
def test_what_searches_all_of_context_returns_none_of_it(code: str, expected: bool) -> None:
    assert searches_all(code) is expected
