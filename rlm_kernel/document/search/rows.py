"""The rows that the tools give: immutable, and answering to `row.field` and `row["field"]` alike."""

from __future__ import annotations

from typing import Any


class Record:
    """An immutable row that answers to `row.field` and `row["field"]`."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{type(self).__name__} is read-only")

    def __getitem__(self, name: str) -> Any:
        if type(name) is not str or name not in self.__slots__:
            raise KeyError(f"{type(self).__name__} has {', '.join(self.__slots__)}; not {name!r}")
        return getattr(self, name)

    def keys(self) -> list[str]:
        """The names of the fields."""
        return list(self.__slots__)

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or `default` where there is no such field."""
        return getattr(self, name) if type(name) is str and name in self.__slots__ else default

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self.__slots__)

    def __hash__(self) -> int:
        return hash(tuple(str(getattr(self, name)) for name in self.__slots__))

    def __repr__(self) -> str:
        fields = ((name, getattr(self, name)) for name in self.__slots__)
        return (
            f"{type(self).__name__}({', '.join(f'{name}={short(value)!r}' for name, value in fields if value != ())})"
        )


class Match(Record):
    """A line that resembles a query: `score` from 0 to 1, 1.0 only where the query stands in the line."""

    __slots__ = ("line", "line_num", "score", "source")
    line: str
    line_num: int
    score: float
    source: str


class GrepMatch(Record):
    """One occurrence of a pattern: `start` is its character position in the text, `groups` its captured groups."""

    __slots__ = ("match", "line", "line_num", "start", "groups", "source")
    match: str
    line: str
    line_num: int
    start: int
    groups: tuple[str | None, ...]
    source: str


class ContextMatch(GrepMatch):
    """One occurrence with the lines around its own: `before` and `after`."""

    __slots__ = ("match", "line", "line_num", "start", "groups", "source", "before", "after")
    before: str
    after: str


class Section(Record):
    """A heading and what stands under it: lines `line_num` to `end_line`, up to the next heading of its `level`."""

    __slots__ = ("title", "level", "line_num", "end_line", "source")
    title: str
    level: int
    line_num: int
    end_line: int
    source: str


class Sample(Record):
    """Pieces of a text from its start, its middle and its end."""

    __slots__ = ("start", "middle", "end")
    start: str
    middle: str
    end: str


class TextStats(Record):
    """The size of a text: `length` in characters, `line_count`, and a `sample`."""

    __slots__ = ("length", "line_count", "sample")
    length: int
    line_count: int
    sample: Sample


def short(value: Any) -> Any:
    return value[:200] + "..." if isinstance(value, str) and len(value) > 200 else value
