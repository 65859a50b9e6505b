"""The rows that the tools give: immutable, and answering to `row.field` and `row["field"]` alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RowRecord:
    """An immutable row that answers to `row.field` and `row["field"]`. `_fields` names them, in order."""

    __slots__: tuple[str, ...] = ()
    _fields: tuple[str, ...] = ()

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self._fields, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{type(self).__name__} is read-only")

    def __getitem__(self, name: str) -> Any:
        if type(name) is not str or name not in self._fields:
            raise KeyError(f"{type(self).__name__} has {', '.join(self._fields)}; not {name!r}")
        return getattr(self, name)

    def keys(self) -> list[str]:
        """The names of the fields."""
        return list(self._fields)

    def get(self, name: str, default: Any = None) -> Any:
        """The field, or `default` where there is no such field."""
        return getattr(self, name) if type(name) is str and name in self._fields else default

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self._fields)

    def __hash__(self) -> int:
        return hash(tuple(str(getattr(self, name)) for name in self._fields))

    def __repr__(self) -> str:
        values = ((name, getattr(self, name)) for name in self._fields)
        shown = ", ".join(f"{name}={short(value)!r}" for name, value in values if value != () and value != "")
        return f"{type(self).__name__}({shown})"


class Match(RowRecord):
    """A line that a tool has found, in one shape for all of them.

    `line` and `line_num` (1-based), its `source`, and its `place` in the user's file ("page 47"; empty where the line
    number says all). `match` is what was found in it, from character `start` of the text; `groups` are the captured
    groups of a pattern, of which `row["name"]` is the one of that name, and `matches` are the rows of all its
    occurrences in the line, this one first. `score` is 0 to 1 for what is ranked. `before` and `after` are the lines
    around, where they were asked for.
    """

    __slots__ = (
        *("match", "line", "line_num", "start", "groups", "score", "source", "place", "before", "after"),
        *("_more", "_names"),
    )
    _fields = ("match", "line", "line_num", "start", "groups", "score", "source", "place", "before", "after")
    match: str
    line: str
    line_num: int
    start: int
    groups: tuple[str | None, ...]
    score: float
    source: str
    place: str
    before: str
    after: str
    _more: tuple[Match, ...]
    _names: Mapping[str, int]

    def __init__(
        self, line: str, line_num: int, score: float, source: str, place: str = "", start: int = 0, match: str = ""
    ) -> None:
        super().__init__(match or line, line, line_num, start, (), score, source, place, "", "")
        object.__setattr__(self, "_more", ())
        object.__setattr__(self, "_names", {})

    @property
    def matches(self) -> list[Match]:
        """This occurrence, and the others in the same line."""
        return [self, *self._more]

    def group(self, *numbers: int | str) -> Any:
        """As of a match of `re`: `group()` is the whole of it, `group(1)` and `group("name")` are captured groups."""
        values = [self._group(number) for number in numbers or (0,)]
        return values[0] if len(values) == 1 else tuple(values)

    def _group(self, number: int | str) -> str | None:
        at = self._names.get(number) if isinstance(number, str) else number
        if type(at) is not int or not 0 <= at <= len(self.groups):
            named = f", named {', '.join(self._names)}" if self._names else ""
            raise IndexError(f"no group {number!r}: the pattern has {len(self.groups)} groups{named}")
        return self.groups[at - 1] if at else self.match

    def groupdict(self) -> dict[str, str | None]:
        """The named groups."""
        return {name: self.groups[at - 1] for name, at in self._names.items()}

    def __getitem__(self, name: str | int) -> Any:
        if name == "matches":
            return self.matches
        is_named = isinstance(name, str) and name in self._names and name not in self._fields
        if is_named or isinstance(name, int):
            return self._group(name)
        if self._names and name not in self._fields:
            raise KeyError(f"the pattern names {', '.join(self._names)}; not {name!r}")
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The field or the named group, or `default` where there is none."""
        is_named = name in self._names and name not in self._fields
        return self._group(name) if is_named else super().get(name, default)

    def keys(self) -> list[str]:
        """The names of the fields that say something of this row, and those of its groups."""
        return [*self._told, *(name for name in self._names if name not in self._fields)]

    @property
    def _told(self) -> list[str]:
        return [*self._named, *(name for name in ("place", "before", "after") if getattr(self, name))]

    _named: tuple[str, ...] = ("line", "line_num", "score", "source")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={short(getattr(self, name))!r}" for name in self._told if getattr(self, name) != ())
        more = f", matches={[row.match for row in self.matches[:10]]!r}" if self._more else ""
        return f"{type(self).__name__}({shown}{more})"


class GrepMatch(Match):
    """A line with what a pattern matches in it."""

    __slots__ = ()
    _named = ("match", "line", "line_num", "start", "groups", "source")

    def __init__(
        self,
        match: str,
        line: str,
        line_num: int,
        start: int,
        groups: tuple[str | None, ...],
        source: str,
        place: str = "",
        names: Mapping[str, int] | None = None,
    ) -> None:
        RowRecord.__init__(self, match, line, line_num, start, groups, 1.0, source, place, "", "")
        object.__setattr__(self, "_more", ())
        object.__setattr__(self, "_names", names or {})

    def with_more(self, more: Sequence[Match], before: str = "", after: str = "") -> GrepMatch:
        """The same row with further occurrences in its line, and the lines around it."""
        row = GrepMatch(
            self.match, self.line, self.line_num, self.start, self.groups, self.source, self.place, self._names
        )
        object.__setattr__(row, "_more", tuple(more))
        object.__setattr__(row, "before", before)
        object.__setattr__(row, "after", after)
        return row

    def under(self, groups: tuple[str | None, ...], names: Mapping[str, int]) -> GrepMatch:
        """The same row with further groups, those of the heading above it; a name that both have is the row's."""
        own = len(self.groups)
        row = GrepMatch(
            *(self.match, self.line, self.line_num, self.start, (*self.groups, *groups), self.source, self.place),
            {name: at + own for name, at in names.items()} | {**self._names},
        )
        more = tuple(each.under(groups, names) if isinstance(each, GrepMatch) else each for each in self._more)
        return row.with_more(more, self.before, self.after)


class Section(RowRecord):
    """A heading and what stands under it: lines `line_num` to `end_line`, up to the next heading of its `level`."""

    __slots__ = _fields = ("title", "level", "line_num", "end_line", "source", "place")
    title: str
    level: int
    line_num: int
    end_line: int
    source: str
    place: str

    def __init__(self, title: str, level: int, line_num: int, end_line: int, source: str, place: str = "") -> None:
        super().__init__(title, level, line_num, end_line, source, place)


class Sample(RowRecord):
    """Pieces of a text from its start, its middle and its end."""

    __slots__ = _fields = ("start", "middle", "end")
    start: str
    middle: str
    end: str


class TextStats(RowRecord):
    """The size of a text: `length` in characters, `line_count`, and a `sample`."""

    __slots__ = _fields = ("length", "line_count", "sample")
    length: int
    line_count: int
    sample: Sample


def short(value: Any) -> Any:
    return value[:200] + "..." if isinstance(value, str) and len(value) > 200 else value
