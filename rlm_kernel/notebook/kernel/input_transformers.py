"""Makes Python of a cell on its way to IPython, so that the history keeps what was typed.

`Prefixer` is an entry of `input_transformers_cleanup`: bare text becomes the call of `%%rlm` that its cell magic would
become. `Awaiter` is one of `input_transformers_post`: it lets that call be awaited also where commands precede it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..await_rewriter import AwaitRewriter
from . import cell_syntax

_MAGIC = "get_ipython().run_cell_magic('rlm', "
_REGISTRY = "get_ipython().magics_manager.registry['KernelMagics']"


class Prefixer:
    """The transformer: `lines` in, `lines` out. `begin` must be called before each cell that a front end sends."""

    def __init__(self, known: Callable[[str], bool], misspelt: Callable[[str], bool] = lambda _: False) -> None:
        """`known`: whether a name means something; `misspelt`: whether it is that of no command, but like one's."""
        self._known, self._misspelt = known, misspelt
        self._in_python = False

    def begin(self, *, python: bool = False) -> None:
        """A new cell is about to be transformed; `python`: whatever it is, it is no question."""
        self._in_python = python

    def __call__(self, lines: list[str]) -> list[str]:
        """What IPython shall see in place of a cell; within Python (`run_cell` in a `%%py`) all is Python."""
        source = "".join(lines)
        if self._in_python and not source.lstrip().startswith("%%py"):
            return lines
        cell = cell_syntax.read(source, self._known)
        made = [self._command(line) for line in cell.commands]
        match cell.kind:
            case "question":
                if cell_syntax.looks_like_python(cell.text):
                    made.append(f"{_REGISTRY}.note_question()\n")
                made.append(f"{_MAGIC}'', {cell.text!r})\n")
            case "help":
                made.append(f"{_REGISTRY}.explain({cell.text!r})\n")
            case "refused":
                made.append(f"{_REGISTRY}.refuse({cell.text!r})\n")
            case "python":
                self._in_python = True
                note = [f"{_REGISTRY}.note_python()\n"] if source.lstrip().startswith("%") else []
                made += note
                if cell.text.lstrip().startswith("%%"):
                    return [*made, _magic(cell.text.lstrip())]
                # Where the commands and the `%%py` stood, so that the lines of tracebacks are those of the cell.
                blank = len(cell.text) - len(cell.text.lstrip("\n"))
                return [*made, *_lines(cell.text[min(len(made), blank) :])]
            case "magic" if made:
                made.append(_magic(cell.text))
            case "magic":
                made += _lines(cell.text)
        return made

    def _command(self, line: str) -> str:
        name, _, rest = line[1:].partition(" ")
        if self._misspelt(name):
            return f"{_REGISTRY}.misspelt({name!r})\n"
        return f"get_ipython().run_line_magic({name!r}, {rest.strip()!r})\n"


class Awaiter:
    """The transformer that awaits a question at the end of a cell."""

    def __init__(self, shell: Any) -> None:
        self._rewriter = AwaitRewriter(shell)

    def __call__(self, lines: list[str]) -> list[str]:
        """Rewrite the last line if it is a question and others precede it; a lone one is the `%%rlm` magic's matter."""
        if len(lines) < 2 or not lines[-1].startswith(_MAGIC):
            return lines
        return [*lines[:-1], *self._rewriter(lines[-1:])]


def _magic(text: str) -> str:
    """A cell magic that is not at the top of its cell, the one place where IPython knows it."""
    head, _, body = text.partition("\n")
    name, _, line = head.strip()[2:].partition(" ")
    return f"get_ipython().run_cell_magic({name!r}, {line.strip()!r}, {body!r})\n"


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.split("\n")]
