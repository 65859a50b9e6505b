"""What a cell of the RLM kernel is taken for."""

from __future__ import annotations

import pytest

from rlm_kernel.notebook.kernel import cell_syntax


@pytest.mark.parametrize(
    ("source", "commands", "kind", "text"),
    [
        ("What is the total?", (), "question", "What is the total?"),
        ("  two\n\n    lines\n", (), "question", "  two\n\n    lines"),
        ("%context a.txt", ("%context a.txt",), "nothing", ""),
        ("%context a.txt\n\n%model m\nHow many?", ("%context a.txt", "%model m"), "question", "How many?"),
        ("% of sales in the north?", (), "question", "% of sales in the north?"),
        ("How many?\n%context a.txt", (), "question", "How many?\n%context a.txt"),
        ("", (), "nothing", ""),
        ("\n \n", (), "nothing", ""),
        ("%%py\nimport os", (), "python", "\nimport os"),
        ("%model m\n%%py\nx", ("%model m",), "python", "\n\nx"),
        ("%%code\nprint(1)", (), "magic", "%%code\nprint(1)"),
        ("%%rlm a -o x\nWhy?", (), "magic", "%%rlm a -o x\nWhy?"),
        ("exit", (), "python", "exit"),
        ("!ls", (), "refused", "!ls"),
        ("%context a\n!ls", ("%context a",), "refused", "!ls"),
        ("%%bash\nls", (), "refused", "%%bash"),
        ("%%!\nls", (), "refused", "%%!"),
        ("%sx ls", (), "refused", "%sx ls"),
        ("%model m\n%system ls\nq", (), "refused", "%system ls"),
        ("?grep", (), "help", "grep"),
        ("?%context", (), "help", "%context"),
        ("%%code?", (), "help", "%%code"),
        ("%context?", (), "help", "%context"),
        ("grep?", (), "help", "grep"),
        ("Why?", (), "question", "Why?"),
        ("a = 0.6\nb = ['a', {'b': -1}]  # note", (), "python", "a = 0.6\nb = ['a', {'b': -1}]  # note"),
        ("x: int = 3", (), "python", "x: int = 3"),
        ("x = float('nan')", (), "python", "x = float('nan')"),
        ("x = open('f')", (), "question", "x = open('f')"),
        ("x.y = 1", (), "question", "x.y = 1"),
        ("x = y = z", (), "question", "x = y = z"),
        ("# only a comment", (), "question", "# only a comment"),
        ("a\u2028b\x0cc", (), "question", "a\u2028b\x0cc"),
    ],
)  # fmt: skip
def test_a_cell_is_taken_apart(source: str, commands: tuple[str, ...], kind: str, text: str) -> None:
    cell = cell_syntax.read(source, known=lambda name: name == "grep")
    assert cell == cell_syntax.ParsedCell(commands, kind, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "python"),
    [("import os", True), ("print(1)", True), ("x = f(2)", True), ("What is it?", False), ("total", False)],
)
def test_python_typed_as_a_question(text: str, python: bool) -> None:
    assert cell_syntax.looks_like_python(text) is python


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("plain", False),
        ("```\ncode", True),
        ("```python\ncode\n```", False),
        ("````\n```\n", True),
        ("~~~\n```\n~~~\n", False),
        ("a ``` b", False),
        ("```\n``` not closed", True),
    ],
)
def test_open_fences(text: str, is_open: bool) -> None:
    assert cell_syntax.has_open_fence(text) is is_open
