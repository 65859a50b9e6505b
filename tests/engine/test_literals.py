"""What a cell has printed last."""

from __future__ import annotations

import pytest

from rlm_kernel.engine.answers.literals import printed_value


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("print(a)\nprint(len(b), total)", "total"),
        ("print(a)\nprint('done')", None),
        ("for m in rows: print(m.line)\nprint(len(rows))", "len(rows)"),
        ("print(total)\nfor m in rows: print(m.line)", "total"),
        ("print(round(total / count, 2))", "round(total / count, 2)"),
        ("print(f'{total} in all')", None),
        ("print(3)", None),
        ("print(a, b)", "b"),
        ("total", None),
        ("print(", None),
        ("", None),
    ],
)
def test_the_last_value_that_was_printed(code: str, value: str | None) -> None:
    assert printed_value(code) == value
