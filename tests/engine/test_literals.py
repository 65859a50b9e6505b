"""Which variable a cell has printed last."""

from __future__ import annotations

import pytest

from rlm_kernel.engine.answers.literals import printed_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("print(a)\nprint(len(b), total)", "total"),
        ("print(a)\nprint('done')", None),
        ("print(a, b)", "b"),
        ("total", None),
        ("print(", None),
        ("", None),
    ],
)
def test_the_last_variable_that_was_printed(code: str, name: str | None) -> None:
    assert printed_name(code) == name
