"""`sys`, `pprint` and `calendar` as far as they write: into the cell's output, or a text buffer of the cell's own."""

from __future__ import annotations

import calendar
import pprint
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .. import determinism
from ..faults import can_be_caught
from ..guards import guarded_getattr
from ..own_classes import class_value

_DEEPEST = 5_000


class OutputStream:
    """Stands for `sys.stdout` and `sys.stderr`: what is written is the cell's output."""

    __slots__ = ("_name", "_write")
    encoding = "utf-8"
    errors = "strict"
    closed = False
    newlines = None

    def __init__(self, name: str, write: Callable[[str], None]) -> None:
        self._name = name
        self._write = write

    @property
    def name(self) -> str:
        """As in Python, e.g. "<stdout>"."""
        return f"<{self._name}>"

    def write(self, text: str) -> int:
        """Add a text to the output and return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._write(str.__str__(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Add several texts."""
        for text in lines:
            self.write(text)

    def flush(self) -> None:
        """Do nothing: the output is passed on as it comes."""

    def isatty(self) -> bool:
        """Never a terminal."""
        return False

    def writable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Never."""
        return False

    def __repr__(self) -> str:
        return f"<{self._name} of the cell>"


def _printer(*args: Any, **options: Any) -> Any:
    make: Any = pprint.PrettyPrinter
    return make(*args, **options)


def write_to(stream: Any, text: str) -> None:
    """Write to a stream of the cell's choice; whatever it is, only its public `write` is used."""
    guarded_getattr(stream, "write")(text)


def stand_ins(write: Callable[[str], None], complain: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """See the package; `complain` writes to the cell's `stderr`."""
    stdout, stderr = OutputStream("stdout", write), OutputStream("stderr", complain)

    class PrettyPrinter:
        """Stands for `pprint.PrettyPrinter`, which would write to the process's own output."""

        def __init__(
            self,
            indent: int = 1,
            width: int = 80,
            depth: int | None = None,
            stream: Any = None,
            *,
            compact: bool = False,
            sort_dicts: bool = True,
            underscore_numbers: bool = False,
        ) -> None:
            options = {"compact": compact, "sort_dicts": sort_dicts, "underscore_numbers": underscore_numbers}
            printer = _printer(indent, width, depth, **options)

            def text_of(value: Any) -> str:
                return determinism.settled(printer.pformat(value), value)

            self._format = text_of
            self._stream = stream

        def pformat(self, value: Any) -> str:
            """The text of a value, laid out."""
            return self._format(value)

        def pprint(self, value: Any) -> None:
            """Write that text, with a line feed."""
            write_to(stdout if self._stream is None else self._stream, self._format(value) + "\n")

    def show(value: Any, stream: Any = None, *args: Any, **options: Any) -> None:
        printer = _printer(*args, **options)
        write_to(stdout if stream is None else stream, determinism.settled(printer.pformat(value), value) + "\n")

    def show_as_it_is(value: Any, *args: Any, sort_dicts: bool = False, **options: Any) -> None:
        show(value, *args, sort_dicts=sort_dicts, **options)

    printed: Any = calendar.TextCalendar()

    def month(year: int, month: int, w: int = 0, l: int = 0) -> None:  # noqa: E741  Python's own name
        write(printed.formatmonth(year, month, w, l))

    def year(year: int, w: int = 0, l: int = 0, c: int = 6, m: int = 3) -> None:  # noqa: E741
        write(printed.formatyear(year, w, l, c, m))

    return {
        "calendar": {"prmonth": month, "prcal": year},
        "pprint": {"pprint": show, "pp": show_as_it_is, "PrettyPrinter": PrettyPrinter},
        "sys": {
            "stdout": stdout,
            "stderr": stderr,
            "argv": ("",),
            "platform": "linux",
            "exit": leave,
            "exc_info": _exc_info,
            "setrecursionlimit": _set_recursion_limit,
        },
    }


def quit_(code: Any = None) -> None:
    """`exit` and `quit`: as `sys.exit`."""
    raise SystemExit(code)


def leave(status: Any = None, /) -> None:
    """`sys.exit`: it ends the cell, where nothing catches it."""
    raise SystemExit if status is None else SystemExit(status)


def _exc_info() -> tuple[Any, Any, None]:
    """The exception that is being handled; its traceback is not handed out."""
    error = sys.exception()
    if error is None or not can_be_caught(error):
        return None, None, None
    return class_value(type(error)), error, None


def _set_recursion_limit(limit: int) -> None:
    if not isinstance(limit, int):
        raise TypeError(f"{type(limit).__name__!r} object cannot be interpreted as an integer")
    if limit < 1:
        raise ValueError("recursion limit must be greater or equal than 1")
    # More than that could overflow the stack of the process.
    sys.setrecursionlimit(max(200, min(limit, _DEEPEST)))
