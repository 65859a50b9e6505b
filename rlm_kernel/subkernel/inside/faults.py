"""What a cell sees of exceptions: who catches them, their traceback without frames, what `__exit__` is given."""

from __future__ import annotations

_CELL = "<cell "


class KeyboardInterrupt(BaseException):  # noqa: A001  the name that a cell knows it by
    """Stands for Python's own, which a cell must not catch: it is how a timeout ends one."""


KeyboardInterrupt.__module__ = "builtins"


class OtherException(BaseException):
    """The base of the cells' own exceptions that inherit from BaseException."""


# What `except BaseException` catches: all that a cell can raise, and nothing that ends it from outside.
EVERYTHING = (Exception, SystemExit, GeneratorExit, KeyboardInterrupt, OtherException, BaseExceptionGroup)


def can_be_caught(error: BaseException) -> bool:
    """Whether a handler of a cell may see the exception."""
    return isinstance(error, EVERYTHING)


class Traceback:
    """The lines of the cells that an exception has passed; no frame can be had from it."""

    __slots__ = ("entries", "tb_lineno")
    tb_lineno: int
    entries: tuple[tuple[str, int, str], ...]

    def __init__(self, entries: tuple[tuple[str, int, str], ...]) -> None:
        object.__setattr__(self, "entries", entries)
        object.__setattr__(self, "tb_lineno", entries[0][1] if entries else 0)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("traceback is read-only")

    def __repr__(self) -> str:
        return "<traceback>"


Traceback.__name__ = Traceback.__qualname__ = "traceback"
Traceback.__module__ = "builtins"


def traceback_of(error: BaseException) -> Traceback | None:
    """The traceback of an exception as a cell sees it, None where it has passed no cell."""
    entries = tuple(cell_entries(error))
    return Traceback(entries) if entries else None


def cell_entries(error: BaseException) -> list[tuple[str, int, str]]:
    """(cell, line, function) for each step of an exception's way that was in a cell, outermost first."""
    entries = []
    trace = BaseException.__dict__["__traceback__"].__get__(error)
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(_CELL):
            entries.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return entries
