"""The numbers that Word writes before paragraphs, which stand nowhere in the text."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from typing import Any, NamedTuple

from .docx_words import W, is_on, run
from .numerals import written
from .ooxml import xml

_MOST_ANCESTORS = 20


class _Level(NamedTuple):
    """How the paragraphs of a level are numbered. `restart`: the level after which it begins anew, None for any."""

    form: str = "decimal"
    pattern: str = ""
    start: int = 1
    restart: int | None = None
    plain: bool = False
    style: str = ""


class _Numbering:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        root = xml(archive, "word/numbering.xml")
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        # Where a list begins anew, by its number and level, until it has.
        self._starts: dict[tuple[str, int], int] = {}
        self._styles = _styles(xml(archive, "word/styles.xml"))
        if root is None:
            return
        kinds = {str(one.get(f"{W}abstractNumId")): one for one in root.iter(f"{W}abstractNum")}
        for one in root.iter(f"{W}num"):
            if number := one.get(f"{W}numId"):
                self._abstract[number] = _value(one, "abstractNumId")
        for one in root.iter(f"{W}num"):
            number = one.get(f"{W}numId") or ""
            kind = kinds.get(self._abstract.get(number, ""))
            linked = self._styles.get(_value(kind, "numStyleLink"), (None, None))[0] if kind is not None else None
            if linked in self._abstract:
                self._abstract[number] = self._abstract[linked]
                kind = kinds.get(self._abstract[number])
            self._levels[number] = (_levels(kind) if kind is not None else {}) | _overrides(one)
            for override in one.iter(f"{W}lvlOverride"):
                if (start := _value(override, "startOverride")).isdigit():
                    self._starts[number, _integer(override.get(f"{W}ilvl"), 0)] = int(start)

    def label(self, paragraph: Any) -> str | None:
        """The number before a paragraph, "" where it is to have none, None for a bullet and what is in no list."""
        number, level = self._place(paragraph.find(f"{W}pPr"))
        levels = self._levels.get(number or "")
        if not levels or number is None or level not in levels:
            return "" if number == "0" else None
        counts = self._counts[self._abstract[number]]
        start = self._starts.pop((number, level), None)
        counts[level] = (counts.get(level, levels[level].start - 1) if start is None else start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            after = levels[deeper].restart if deeper in levels else None
            if after is None or level < after:
                del counts[deeper]
        own = levels[level]
        if own.form in ("bullet", "none"):
            return None if own.form == "bullet" else ""

        def one(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            of = levels.get(at, _Level())
            return written(counts.get(at, of.start), "decimal" if own.plain else of.form)

        return re.sub(r"%(\d)", one, own.pattern)

    def _place(self, properties: Any) -> tuple[str | None, int]:
        """The list and the level of a paragraph: its own, or else those of its style."""
        number, level = _numbered(properties)
        style = _value(properties, "pStyle") if properties is not None else ""
        if number is None:
            number, of_style = self._styles.get(style, (None, None))
            level = of_style if level is None else level
        if level is None:
            levels = self._levels.get(number or "", {})
            level = next((at for at, one in levels.items() if style and one.style == style), 0)
        return number, level


def write_numbers(body: Any, archive: zipfile.ZipFile) -> None:
    """Put the number of each paragraph before its words."""
    from lxml import etree

    numbering = _Numbering(archive)
    for paragraph in body.iter(f"{W}p"):
        properties = paragraph.find(f"{W}pPr")
        if _is_deleted(paragraph, properties) or (label := numbering.label(paragraph)) is None:
            continue
        if label:
            paragraph.insert(0 if properties is None else 1, run(f"{label} "))
        # mammoth would make a list of it, and count again in its own way.
        if properties is not None:
            own = properties.find(f"{W}numPr")
            if own is None:
                own = etree.SubElement(properties, f"{W}numPr")
            for child in list(own):
                own.remove(child)
            for name in ("ilvl", "numId"):
                etree.SubElement(own, f"{W}{name}").set(f"{W}val", "0")


def _is_deleted(paragraph: Any, properties: Any) -> bool:
    """Whether a tracked change takes the end of a paragraph away, and its number with it."""
    mark = properties.find(f"{W}rPr") if properties is not None else None
    row = next(paragraph.iterancestors(f"{W}tr"), None)
    gone = mark is not None and any(mark.find(f"{W}{name}") is not None for name in ("del", "moveFrom"))
    return gone or (row is not None and row.find(f"{W}trPr/{W}del") is not None)


def _levels(root: Any) -> dict[int, _Level]:
    return {
        _integer(level.get(f"{W}ilvl"), 0): _Level(
            _value(level, "numFmt") or "decimal",
            _value(level, "lvlText"),
            _integer(_value(level, "start"), 1),
            int(restart) if (restart := _value(level, "lvlRestart")).isdigit() else None,
            is_on(level, "isLgl"),
            _value(level, "pStyle"),
        )
        for level in root.iter(f"{W}lvl")
    }


def _overrides(number: Any) -> dict[int, _Level]:
    return {key: value for override in number.iter(f"{W}lvlOverride") for key, value in _levels(override).items()}


def _styles(styles: Any) -> dict[str, tuple[str | None, int | None]]:
    """The list and the level of each style, from itself or from those that it is based on."""
    found = {str(one.get(f"{W}styleId")): one for one in styles.iter(f"{W}style")} if styles is not None else {}
    made: dict[str, tuple[str | None, int | None]] = {}
    for name in found:
        number: str | None = None
        level: int | None = None
        at = name
        for _ in range(_MOST_ANCESTORS):
            if at not in found:
                break
            own, own_level = _numbered(found[at].find(f"{W}pPr"))
            number, level = own if number is None else number, own_level if level is None else level
            at = _value(found[at], "basedOn")
        if number is not None:
            made[name] = number, level
    return made


def _numbered(properties: Any) -> tuple[str | None, int | None]:
    numbers = properties.find(f"{W}numPr") if properties is not None else None
    if numbers is None:
        return None, None
    number, level = _value(numbers, "numId"), _value(numbers, "ilvl")
    return number or None, int(level) if level.isdigit() else None


def _value(node: Any, name: str) -> str:
    child = node.find(f"{W}{name}")
    return str(child.get(f"{W}val") or "") if child is not None else ""


def _integer(value: Any, default: int) -> int:
    return int(value) if str(value).isdigit() else default
