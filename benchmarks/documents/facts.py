"""Whether facts of a file have survived its conversion, and whether the rows of its tables have."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_MARKUP = re.compile(r"[*`]{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|\\(?=[^\w\s])")
_PAGE = re.compile(r"\[page \d+(?: of \d+)?\]\n|\f")
_DASHES = str.maketrans("−–—‐’“”", '----\'""')
_MOST_HEADS = 6


def holds(text: str, check: str, values: Sequence[Any]) -> bool:
    """Whether a fact is in a text. `check` says how:

    `has`, `any`: one of the values stands there, white space aside; `nothas`: none does; `count1`: the value, once;
    `short`: fewer characters than the value; `line`: all values on one line, in this order, as whole tokens; `lineany`:
    all on one line; `near`: all but the last within so many lines; `order`: in this order; `page`: the second value on
    the page of the first; `pages`: so many pages; `heading`: a Markdown heading; `cell`: header, row, value of a table.
    """
    words = _spaced(text)
    lines = [_MARKUP.sub("", line) for line in text.split("\n")]
    match check:
        case _ if not text.strip():
            return False
        case "has" | "any":
            return any(_spaced(value) in words for value in values)
        case "nothas":
            return not any(value in words for value in values)
        case "count1":
            return words.count(values[0]) == 1
        case "short":
            return len(text) < int(values[0])
        case "line":
            between = r"(?![\w]|[.,]\d).{0,120}?(?<![\w.,-])"
            pattern = re.compile(r"(?<![\w.,])" + between.join(map(re.escape, values)) + r"(?!\w|[.,]\d)")
            return any(map(pattern.search, lines))
        case "lineany":
            return any(all(value in line for value in values) for line in lines)
        case "near":
            *wanted, reach = values
            around = (
                "\n".join(lines[max(0, at - reach) : at + reach]) for at, line in enumerate(lines) if wanted[0] in line
            )
            return any(all(value in part for value in wanted) for part in around)
        case "order":
            places = [words.find(value) for value in values]
            return min(places) >= 0 and places == sorted(places)
        case "page":
            pages = _PAGE.split(text)
            return len(pages) > values[0] and values[1] in _spaced(pages[values[0]])
        case "pages":
            return sum(1 for page in _PAGE.split(text)[1:] if page.strip()) == values[0]
        case "heading":
            return any(re.match(r"#{1,6} .*" + re.escape(value), line) for value in values for line in lines)
        case "cell":
            return _has_cell(text, *values)
    raise ValueError(f"there is no check {check!r}")


def rows_of(truth: Path) -> Iterator[tuple[str, ...]]:
    """The rows of the tables of a PDF, from the ground truth of the ICDAR 2013 table competition: those with three or
    more cells of which two have digits."""
    for table in ElementTree.parse(truth).getroot().iter("table"):
        rows: dict[tuple[int, int], dict[int, str]] = {}
        for region in table.iter("region"):
            for cell in region.iter("cell"):
                key = int(region.get("page") or 0), int(cell.get("start-row") or 0)
                rows.setdefault(key, {})[int(cell.get("start-col") or 0)] = cell.findtext("content") or ""
        for _, row in sorted(rows.items()):
            cells = tuple(filter(None, (_bare(row[at]) for at in sorted(row))))
            if len(cells) > 2 and sum(any(map(str.isdigit, cell)) for cell in cells) > 1:
                yield cells


def rows_in(text: str) -> set[tuple[str, ...]]:
    """The rows of a text: those of Markdown tables, and lines cut at two or more blanks."""
    lines = [line for line in text.split("\n") if line.strip()]
    marked = {tuple(filter(None, map(_bare, _cells(line)))) for line in lines if line.count("|") > 1}
    return marked | {tuple(map(_bare, re.split(r"\s{2,}|\t", line.strip()))) for line in lines}


def _has_cell(text: str, head: str, row: str, value: str) -> bool:
    tables: list[list[list[str]]] = []
    inside = False
    for line in text.split("\n"):
        bars = line.count("|")
        if bars > 1 or (inside and bars):
            if not inside:
                tables.append([])
            if not re.fullmatch(r"[\s|:+-]+", line):
                tables[-1].append([_MARKUP.sub("", cell).strip() for cell in _cells(line)])
        inside = bars > 1 or (inside and bars > 0)
    for table in tables:
        for at, names in enumerate(table[:_MOST_HEADS]):
            if head not in names:
                continue
            column = names.index(head)
            if any(
                row in cells and cells[column : column + 1] in ([value], [f"{value}.0"]) for cells in table[at + 1 :]
            ):
                return True
    return False


def _cells(line: str) -> list[str]:
    inner = line.strip().strip("|") if line.strip().startswith("|") else line
    return re.split(r"(?<!\\)\|", inner)


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return re.sub(r"[\s*_`\\]+", "", plain.replace("<br>", "")).lower()
