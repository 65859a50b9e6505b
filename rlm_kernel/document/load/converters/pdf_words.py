"""The words and the ruling lines of a PDF page, by PDFium: x to the right, y downward, as the page is looked at."""

from __future__ import annotations

import ctypes
import itertools
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
_RAISED = str.maketrans("0123456789+-()abcn*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜⁿ*")
_MOST_SEGMENTS = 200_000
# Of the size of the type: letters further from each other than this are set apart (the next is the space of a word),
# and a word is that much further.
_LETTER_SPACE, _SPACE, _WORD_SPACE, _FEWEST_LETTERS = 0.06, 0.18, 0.08, 5
Edge = tuple[float, float, float, float]


@dataclass(slots=True)
class Word:
    """Characters that stand together: their box, their baseline, the height of the type, their number in the file."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    order: int

    @property
    def top(self) -> float:
        """The upper end of the letters."""
        return self.base - 0.8 * self.size


@dataclass(slots=True)
class _Char:
    text: str
    x0: float
    x1: float
    base: float
    size: float


@dataclass(slots=True)
class _Gap:
    """The end of a word; `guessed` by PDFium from the distance of two characters."""

    guessed: bool


def words_of(page: Any, raw: Any) -> list[Word]:
    """The words of a page of pypdfium2, in the order of the file. `raw` is `pypdfium2.raw`."""
    return list(_words(_without_letter_spaces(list(_characters(page, raw)))))


def _characters(page: Any, raw: Any) -> Iterator[_Char | _Gap]:
    """The characters, and where a word ends."""
    text_page = page.get_textpage()
    total = text_page.count_chars()
    turn = _Rotation.of(page, text_page, raw, total)
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(total):
        code = raw.FPDFText_GetUnicode(text_page, index)
        char = chr(code) if code < 0x110000 else "\ufffd"
        if char.isspace() or code == 0:
            yield _Gap(guessed=raw.FPDFText_IsGenerated(text_page, index) == 1)
            continue
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
        raw.FPDFText_GetCharOrigin(text_page, index, ctypes.byref(x), ctypes.byref(y))
        x0, x1, base = turn.placed(left, right, bottom, top, x.value, y.value)
        size = turn.height(left, right, bottom, top) or raw.FPDFText_GetFontSize(text_page, index)
        # PDFium marks a hyphen at the end of a line so.
        char = "-" if code in (2, 0xFFFE) else _LIGATURES.get(char, char)
        yield _Char(char, x0, x1, base, max(size, 0.1))
    text_page.close()


def _without_letter_spaces(items: list[_Char | _Gap]) -> Iterator[_Char | None]:
    """The characters; None where a word ends. In text whose letters are set apart, a guessed end of a word is none
    where the distance is about that of the letters."""
    start = 0
    while start < len(items):
        end = start
        base: float | None = None
        while end < len(items):
            item = items[end]
            if isinstance(item, _Char):
                if base is not None and abs(item.base - base) > 0.1 * item.size:
                    break
                base = item.base
            end += 1
        yield from _line(items[start:end])
        start = end


def _line(items: list[_Char | _Gap]) -> Iterator[_Char | None]:
    """The same for characters of one baseline."""
    letters = [item for item in items if isinstance(item, _Char)]
    apart = [_apart(before, after) for before, after in itertools.pairwise(letters)]
    usual = statistics.median(apart) if len(apart) >= _FEWEST_LETTERS else 0.0
    most = usual + _WORD_SPACE if _LETTER_SPACE < usual < _SPACE else -math.inf
    last: _Char | None = None
    for number, item in enumerate(items):
        if isinstance(item, _Char):
            last = item
            yield item
            continue
        after = items[number + 1] if number + 1 < len(items) else None
        if item.guessed and last is not None and isinstance(after, _Char) and 0 <= _apart(last, after) <= most:
            continue
        yield None


def _apart(before: _Char, after: _Char) -> float:
    """The distance of two characters, of the size of the type."""
    return (after.x0 - before.x1) / max(before.size, after.size)


@dataclass(frozen=True, slots=True)
class _Rotation:
    """How a page must be turned (quarters, clockwise) so that most of its text stands upright; its size."""

    quarters: int
    width: float
    height_: float

    @classmethod
    def of(cls, page: Any, text_page: Any, raw: Any, total: int) -> _Rotation:
        step = max(1, total // 200)
        counts = [0, 0, 0, 0]
        for index in range(0, total, step):
            angle = raw.FPDFText_GetCharAngle(text_page, index)
            counts[round(angle / (math.pi / 2)) % 4] += 1
        return cls(counts.index(max(counts)), page.get_width(), page.get_height())

    def placed(
        self, left: float, right: float, bottom: float, top: float, x: float, y: float
    ) -> tuple[float, float, float]:
        """The left and right end of a character, and its baseline, downward."""
        if self.quarters == 0:
            return left, right, -y
        if self.quarters == 1:
            return -top, -bottom, -x
        if self.quarters == 2:
            return -right, -left, y
        return bottom, top, x

    def height(self, left: float, right: float, bottom: float, top: float) -> float:
        """The height of a character's box."""
        return abs(right - left) if self.quarters % 2 else abs(top - bottom)

    def edge(self, x0: float, y0: float, x1: float, y1: float) -> Edge:
        """A line of the page as (left, top, right, bottom)."""
        turned = {0: (x0, -y0, x1, -y1), 1: (-y0, -x0, -y1, -x1), 2: (-x0, y0, -x1, y1), 3: (y0, x0, y1, x1)}
        a, b, c, d = turned[self.quarters]
        return min(a, c), min(b, d), max(a, c), max(b, d)


def _words(chars: Iterator[_Char | None]) -> Iterator[Word]:
    word: Word | None = None
    last: _Char | None = None
    for order, char in enumerate(chars):
        if char is None or (last is not None and _parted(last, char)):
            if word is not None:
                yield word
            word = None
        if char is None:
            last = None
            continue
        if word is not None and last is not None:
            raised = char.size < 0.85 * word.size and word.base - char.base > 0.15 * word.size
            if raised and word.text[-1:].isdigit() and char.text.isalnum():
                word.text += char.text.translate(_RAISED)
                word.x1 = max(word.x1, char.x1)
                continue
            if _right_to_left(char.text) and (char.x0, char.x1) == (last.x0, last.x1):
                # Two letters out of one glyph (a lam with an alef) come in the order of the eye, not of the word.
                word.text = word.text[: -len(last.text)] + char.text + last.text
            else:
                word.text += char.text
            word.x0, word.x1 = min(word.x0, char.x0), max(word.x1, char.x1)
            word.size = max(word.size, char.size)
        else:
            word = Word(char.text, char.x0, char.x1, char.base, char.size, order)
        last = char
    if word is not None:
        yield word


def _right_to_left(text: str) -> bool:
    return "\u0590" <= text[:1] <= "\u08ff" or "\ufb1d" <= text[:1] <= "\ufefc"


def _parted(last: _Char, char: _Char) -> bool:
    size = max(last.size, char.size)
    if abs(char.base - last.base) > 0.6 * size:
        return True
    # Text that runs to the left goes back by one letter at a time.
    gap = max(char.x0 - last.x1, last.x0 - char.x1)
    return gap > 0.35 * size


def edges_of(page: Any, raw: Any) -> list[Edge]:
    """The horizontal and vertical ruling lines of a page: (left, top, right, bottom), one of the extents about 0."""
    text_page = page.get_textpage()
    turn = _Rotation.of(page, text_page, raw, text_page.count_chars())
    text_page.close()
    edges: list[Edge] = []
    budget = _MOST_SEGMENTS
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        budget -= max(1, raw.FPDFPath_CountSegments(item))
        if budget < 0:
            return []
        edges += [turn.edge(*line) for line in _lines_of(item, raw)]
    return edges


def _lines_of(item: Any, raw: Any) -> Iterator[tuple[float, float, float, float]]:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, ctypes.byref(mode), ctypes.byref(stroke))
    if not mode.value and not stroke.value:
        return
    matrix = item.get_matrix()
    outer = getattr(item, "container", None)
    while outer is not None:
        matrix = matrix.multiply(outer.get_matrix())
        outer = getattr(outer, "container", None)
    points = list(_points(item, raw, matrix))
    if not stroke.value and points:
        xs, ys = [p[1] for p in points], [p[2] for p in points]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        if min(width, height) < 2.5:
            middle_x, middle_y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
            if width > height:
                yield min(xs), middle_y, max(xs), middle_y
            else:
                yield middle_x, min(ys), middle_x, max(ys)
            return
    before: tuple[float, float] | None = None
    for kind, x, y in points:
        if kind == raw.FPDF_SEGMENT_LINETO and before is not None:
            straight = abs(before[0] - x) < 0.8 or abs(before[1] - y) < 0.8
            if straight and max(abs(before[0] - x), abs(before[1] - y)) > 2:
                yield before[0], before[1], x, y
        before = (x, y)


def _points(item: Any, raw: Any, matrix: Any) -> Iterator[tuple[int, float, float]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    start: tuple[float, float] = (0.0, 0.0)
    for number in range(raw.FPDFPath_CountSegments(item)):
        segment = raw.FPDFPath_GetPathSegment(item, number)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = matrix.on_point(x.value, y.value)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        yield kind, *point
        if raw.FPDFPathSegment_GetClose(segment):
            yield raw.FPDF_SEGMENT_LINETO, *start
