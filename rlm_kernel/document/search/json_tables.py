"""The tables in a JSON text: lists of objects, lists of rows, and objects of columns, also within other objects."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..text import Text

_DEEPEST = 5
_MOST = 100
_SNIFFED = 50
_SPACE = re.compile(r"[\s,]*")
Row = tuple[int, int, dict[str, Any]]


def load(text: str, repeated: Counter[str]) -> Any:
    """The value of a JSON text. A name that an object has twice counts as `repeated`: its last value is taken."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            repeated.update(name for name, count in Counter(name for name, _ in items).items() if count > 1)
        return made

    return json.loads(text, object_pairs_hook=pairs)


def note_on(repeated: Counter[str]) -> str:
    """The remark on names that objects have twice, empty where there are none."""
    names = ", ".join(repr(name) for name, _ in repeated.most_common(3))
    several = f"{repeated.total():,} objects have" if repeated.total() > 1 else "an object has"
    return f"{several} a name more than once, its last value is taken: {names}" if repeated else ""


def find(text: Text, repeated: Counter[str]) -> list[tuple[str, list[str]]]:
    """The tables of a JSON text: where each stands (a JSON pointer), and the names of its columns."""
    try:
        data = load(text.text, repeated)
    except (ValueError, RecursionError):
        return []
    return list(_within(data, "", 0))[:_MOST]


def rows(text: Text, pointer: str) -> Iterator[Row]:
    """The rows of a table with their lines; those of one within an object have the lines of the whole text."""
    if not pointer and text.text.lstrip()[:1] == "[":
        yield from _rows_of_list(text)
        return
    value = json.loads(text.text)
    for key in pointer.split("/")[1:]:
        value = value[key.replace("~1", "/").replace("~0", "~")]
    for row in _records(value):
        yield 1, text.line_count, row


def _within(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, list[str]]]:
    if columns := _columns(value):
        yield pointer, columns
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            name = key.replace("~", "~0").replace("/", "~1")
            yield from _within(inner, f"{pointer}/{name}", depth + 1)


def _columns(value: Any) -> list[str]:
    """The names of the columns where a value is a table, else nothing."""
    if isinstance(value, list):
        if value and all(isinstance(row, dict) for row in value):
            return list(dict.fromkeys(key for row in value for key in row))
        return list(value[0]) if _has_names(value) else []
    if not isinstance(value, dict):
        return []
    if _is_split(value):
        return list(value["columns"])
    return list(value) if len(value) > 1 and (_are_columns(value) or _are_numbered(value)) else []


def _has_names(value: list[Any]) -> bool:
    """Whether a list is one of rows, its first one the names."""
    if len(value) < 2 or not all(isinstance(row, list) and len(row) == len(value[0]) for row in value):
        return False
    return len(value[0]) > 1 and all(isinstance(name, str) and name.strip() for name in value[0])


def _is_split(value: Mapping[str, Any]) -> bool:
    """Whether names and rows stand side by side: {"columns": [...], "data": [[...], ...]}."""
    names, data = value.get("columns"), value.get("data")
    return (
        isinstance(names, list)
        and isinstance(data, list)
        and bool(data)
        and all(isinstance(name, str) for name in names)
        and all(isinstance(row, list) and len(row) == len(names) for row in data)
    )


def _are_columns(value: Mapping[str, Any]) -> bool:
    """Whether the values are columns: lists of one length, of plain values."""
    lists = list(value.values())
    if not all(isinstance(column, list) and len(column) > 1 for column in lists):
        return False
    plain = not any(isinstance(cell, dict | list) for column in lists for cell in column[:_SNIFFED])
    return plain and len({len(column) for column in lists}) == 1


def _are_numbered(value: Mapping[str, Any]) -> bool:
    """Whether the values are columns whose cells are numbered: {"a": {"0": 1, "1": 3}, ...}."""
    first = next(iter(value.values()))
    if not isinstance(first, dict) or not first or not all(key.isdigit() for key in first):
        return False
    return all(isinstance(column, dict) and column.keys() == first.keys() for column in value.values())


def _records(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        named = not isinstance(value[0], dict)
        for row in value[1:] if named else value:
            yield dict(zip(value[0], row, strict=True)) if named else row
    elif _is_split(value):
        for row in value["data"]:
            yield dict(zip(value["columns"], row, strict=True))
    else:
        columns = [list(column.values()) if isinstance(column, dict) else column for column in value.values()]
        for row in zip(*columns, strict=True):
            yield dict(zip(value, row, strict=True))


def _rows_of_list(text: Text) -> Iterator[Row]:
    decoder, characters = json.JSONDecoder(), text.text
    at = characters.index("[") + 1
    names: list[str] | None = None
    while (start := _SPACE.match(characters, at).end()) < len(characters) and characters[start] != "]":  # type: ignore[union-attr]
        value, at = decoder.raw_decode(characters, start)
        if isinstance(value, list):
            if names is None:
                names = value
                continue
            value = dict(zip(names, value, strict=True))
        yield text.line_at(start), text.line_at(at - 1), value
