"""What a place that runs code is to the engine: the executor protocol, its results and its errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from ..trace import CodeError, Determinism, Searched, Span, Variables

# Answers a request of the running cell: (method, params) -> a JSON value. Raises `Refusal` to raise in the cell.
Handler = Callable[[str, dict[str, Any]], Awaitable[Any]]

# The most characters, and so lines, that a cell can have.
MAX_CODE = 200_000


class Refusal(Exception):
    """A request of the cell is refused; the text reaches the cell as an exception's message."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What came of one cell. `value` is that of its last expression where it is JSON, `output_chars` the output's true
    length, `finished` whether it ended in an accepted FINAL, `lost_state` whether the sub-kernel had to be replaced."""

    output: str = ""
    output_chars: int = 0
    value: Any = None
    error: CodeError | None = None
    seconds: float = 0.0
    lost_state: bool = False
    finished: bool = False
    variables: Variables = field(default_factory=Variables)
    spans: tuple[Span, ...] = ()
    searches: tuple[Searched, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolStub:
    """A tool of the user's as the model's code sees it: it runs in the parent, as the request `tool`.

    `signature` is such as "(x: int) -> str", `doc` a sentence.
    """

    name: str
    signature: str = "(*args, **kwargs)"
    doc: str = ""


class Executor(Protocol):
    """Runs the cells of one run, one at a time, around one context."""

    async def start(self) -> None:
        """Make it ready. Raises IsolationError."""
        ...

    async def execute(
        self, code: str, *, timeout: float | None = None, on_output: Callable[[str], None] | None = None
    ) -> Execution:
        """Run one cell; never raises for what the cell does."""
        ...

    def isolation_report(self) -> dict[str, Any]:
        """The layers that are in force, as they were read back: name -> what is known of it; `weak` where none is the
        operating system's. Empty before `start`."""
        ...

    def determinism(self) -> Determinism | None:
        """What the cells' chance follows from, None where nobody knows."""
        ...

    async def interrupt(self) -> None:
        """Stop the running cell; its `execute` returns soon, with what there is."""
        ...

    async def unchanged(self) -> bool | None:
        """Whether the bytes that the cells read are still the context's; None where there are none (any more)."""
        ...

    async def kill(self) -> None:
        """End it at once and release everything. May be called twice."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...


def read_line(params: Mapping[str, Any]) -> int | None:
    """The line of the cell's code (1-based) that made a request, as the sub-kernel tells it; None where it tells none
    that can be one. It is the cell's own word: a forged one can name any line."""
    line = params.get("line")
    return line if type(line) is int and 0 < line <= MAX_CODE else None


def parse_size(size: str | int) -> int:
    """Bytes from "512MB", "1GB", "2GiB" or a number. Raises ValueError."""
    if isinstance(size, int) and not isinstance(size, bool):
        number = size
    else:
        text = str(size).strip().upper().removesuffix("B").removesuffix("I")
        powers = {"K": 10, "M": 20, "G": 30, "T": 40}
        scale = powers.get(text[-1:], 0)
        try:
            number = int(float(text[:-1] if scale else text) * 2**scale)
        except (ValueError, OverflowError):
            raise ValueError(f"{size!r} is not a size: write it like '512MB' or '1GB'.") from None
    if number < 64 << 20:
        raise ValueError(f"A memory limit of {size!r} is too small for a sub-kernel: give at least '64MB'.")
    return number
