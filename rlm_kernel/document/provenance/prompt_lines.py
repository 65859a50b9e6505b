"""Which lines of the documents stand in a prompt. It looks for them itself, and believes nobody.

A line of the prompt is searched for as it stands, then without what stands around it (`Classify this: ...`), which is
remembered for the next prompts; from a line that was found it goes on to its neighbours. Of lines that occur more than
once any will do: the first after the last that was found is taken. The work is bounded, and `exact` says if that was
enough.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ..lines import find_bytes
from ..text import Text
from .coverage import Interval, merged

# Bytes that are searched: for one prompt (what it leaves is saved for the next, up to a bound), and for all together.
_MOST_OF_PROMPT = 128 << 20
_MOST_SAVED = 1 << 30
# What a search costs besides, as bytes.
_EACH = 1 << 16
_MOST = 64 << 30
_MOST_LINES = 2_000
_MOST_ABSENT = 20_000
_MOST_FRAMES = 8
_MOST_JOINED = 64 << 20
_SMALL = 1 << 16
_FEW = 16
# A line of fewer bytes must be the document's whole line: as a part of one it could be anywhere.
_TELLING = 24
_NEEDLE = 48
_LONGEST = 192
_LONG_LINE = 1 << 20
_MOST_TRIED = 200
_MOST_BEFORE = 50
# How far, and how often, another line of the same text is looked for whose neighbours fit.
_NEAR = 4 << 20
_MOST_ALIKE = 50
_PIECE = 4
# In more than this, lines of less than `_PIECE` characters are only found beside others.
_LARGE = 8 << 20
_MARKS = (": ", "\t", "- ", "> ", ". ", ") ", "] ", "| ")
_QUOTED = re.compile("[\"'`>|\t](?=([^\"'`<>|\t]+)[\"'`<|\t])")
_MOST_QUOTED = 8
_LONGEST_FRAMED = 4_000


class Locator:
    """Looks for the lines of `texts` in one prompt after the other. `exact` is False once a search was given up."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.stacks, self.exact = _stacks(texts)
        # Where the last line that was found ends: (which text, byte).
        self.at = (0, 0)
        self.absent: set[tuple[bytes, bool]] = set()
        # What stood around lines of the documents: (before, after), the last that fitted first.
        self.frames: list[tuple[str, str]] = []
        large = sum(len(stack.text.data) for stack in self.stacks) > _LARGE
        self._shortest = _PIECE if large else 1
        self._left = _MOST
        self._saved = _MOST_SAVED

    def spans(self, prompt: str) -> list[tuple[str, int, int]]:
        """(name of the text, first line, last line), 1-based and inclusive, in order and merged."""
        found = _Found(self.stacks)
        lines = [line.removesuffix("\r") for line in prompt.split("\n")]
        self._saved = min(self._saved + _MOST_OF_PROMPT, _MOST_SAVED)
        budget = max(0, min(self._left, self._saved))
        search = _Search(self, lines, budget)
        done = bytearray(len(lines))
        searched = 0
        # First the lines that tell most: they explain most of the others, as their neighbours.
        for telling in (True, False):
            for at, line in enumerate(lines):
                bare = len(line.strip())
                if done[at] or bare < self._shortest or (bare >= _TELLING) is not telling:
                    continue
                searched += 1
                if searched > _MOST_LINES or search.left <= 0:
                    self.exact = False
                    break
                if (place := search.line(at)) is not None:
                    first, last = self._grown(search, found, at, place)
                    done[first : last + 1] = bytes([1]) * (last + 1 - first)
        self._left -= budget - search.left
        self._saved -= budget - search.left
        return found.spans()

    def _grown(self, search: _Search, found: _Found, at: int, place: tuple[int, int]) -> tuple[int, int]:
        """Note line `at` of the prompt as found, with its neighbours: from which line to which."""
        stack, position = place
        text = self.stacks[stack].text
        (start, end), number = text.line_bounds(position), text.line_at_byte(position)
        before = search.before(at, stack, number) if search.may_go_back(at, stack, start) else 0
        after = search.after(at, stack, number) if search.may_go_on(at, stack, end) else 0
        found.add((at - before, at + after), stack, (number - before, number + after))
        # The next prompt may begin within this piece, as overlapping pieces do; a single line is not taken twice.
        self.at = (stack, start if before + after else end)
        return at - before, at + after


class _Search:
    """The searches for the `lines` of one prompt, within `left` bytes."""

    def __init__(self, locator: Locator, lines: list[str], left: int) -> None:
        self._of = locator
        self._lines = lines
        self.left = left

    def line(self, at: int) -> tuple[int, int] | None:
        """Where line `at` of the prompt stands: (which text, position of a byte of the line)."""
        line, frames = self._lines[at], self._of.frames
        for number, (prefix, suffix) in enumerate(frames):
            core = line[len(prefix) : len(line) - len(suffix)]
            if core.strip() and line.startswith(prefix) and line.endswith(suffix) and (hit := self._whole(core)):
                frames.insert(0, frames.pop(number))
                return hit
        bare = line.strip()
        if hit := self._whole(line, at) or (self._whole(bare) if bare != line else None):
            return hit
        if len(bare) >= _TELLING:
            for needle in _needles(bare):
                if (found := self._find(needle)) is not None:
                    return self._judged(line, *found)
        for core in _quoted_lines(line):
            if hit := self._whole(core):
                self._learn(line, core)
                return hit
        return None

    def _learn(self, line: str, core: str) -> None:
        prefix, _, suffix = line.partition(core)
        if (prefix or suffix) and (prefix, suffix) not in self._of.frames:
            self._of.frames.insert(0, (prefix, suffix))
            del self._of.frames[_MOST_FRAMES:]

    def _judged(self, line: str, stack: int, position: int) -> tuple[int, int]:
        text = self._of.stacks[stack].text
        start, end = text.line_bounds(position)
        if end - start < _LONG_LINE:
            theirs = text.decode(start, end).strip()
            if theirs != line.strip() and theirs in line:
                self._learn(line, theirs)
        return stack, position

    def _whole(self, line: str, at: int | None = None) -> tuple[int, int] | None:
        """Where this is all of a line; of those that are near, where the neighbours of line `at` are beside it."""
        key = line.encode("utf-8", "surrogatepass")
        found = self._find(key[:_LONGEST], key)
        if found is None or at is None or self._is_joined(at, *found, len(key)):
            return found
        stack, position = found
        view = self._of.stacks[stack].text.view
        end = min(len(view), position + _NEAR)
        for _ in range(_MOST_ALIKE):
            position = find_bytes(view, b"\n" + key[:_LONGEST], position, end) + 1
            if position <= 0:
                break
            self.left -= _EACH
            if _is_line(view, position, key) and self._is_joined(at, stack, position, len(key)):
                return stack, position
        self.left -= end - found[1]
        return found

    def _is_joined(self, at: int, stack: int, position: int, size: int) -> bool:
        """Whether a neighbour of line `at` that is not empty is beside the line that begins at a position."""
        lines = self._lines
        after = at + 1 < len(lines) and lines[at + 1].strip() and self.may_go_on(at, stack, position + size)
        return bool(after or (at and lines[at - 1].strip() and self.may_go_back(at, stack, position)))

    def _find(self, needle: bytes, whole: bytes | None = None) -> tuple[int, int] | None:
        """The next place of some bytes: (which text, position); where they begin the line `whole`, if that is given."""
        stacks, (at, position) = self._of.stacks, self._of.at
        if (needle, whole is None) in self._of.absent:
            return None
        tried = 0
        wanted = needle if whole is None else b"\n" + needle
        for index in (*range(at, len(stacks)), *range(min(at + 1, len(stacks)))):
            view, begin = stacks[index].text.view, max(0, position - 1)
            if position == 0 and stacks[index].first == whole:
                return index, 0  # no line feed is before it
            position = 0
            while begin < len(view):
                if self.left <= 0 or tried > _MOST_TRIED:
                    self._of.exact = False
                    return None
                hit = find_bytes(view, wanted, begin, len(view))
                self.left -= (hit if hit >= 0 else len(view)) - begin + _EACH
                if hit < 0:
                    break
                if whole is None:
                    return index, hit
                if _is_line(view, hit + 1, whole):
                    return index, hit + 1
                begin, tried = hit + 1, tried + 1
        if len(self._of.absent) < _MOST_ABSENT:
            self._of.absent.add((needle, whole is None))
        return None

    def may_go_on(self, at: int, stack: int, end: int) -> bool:
        """Whether the next line begins as the one after the line that ends at byte `end` does: told at little cost."""
        if at + 1 >= len(self._lines):
            return False
        view = self._of.stacks[stack].text.view
        begin = end + (2 if bytes(view[end : end + 1]) == b"\r" else 1)
        ours = self._lines[at + 1][:_LONGEST].encode("utf-8", "surrogatepass")
        return begin < len(view) and view[begin : begin + len(ours)] == ours

    def may_go_back(self, at: int, stack: int, start: int) -> bool:
        """The same for the end of the line before, and the one before byte `start`."""
        if at == 0 or start == 0:
            return False
        view = self._of.stacks[stack].text.view
        end = start - (2 if bytes(view[max(0, start - 2) : start]) == b"\r\n" else 1)
        ours = self._lines[at - 1][-_LONGEST:].encode("utf-8", "surrogatepass")
        return end >= len(ours) and view[end - len(ours) : end] == ours

    def after(self, at: int, stack: int, number: int) -> int:
        """How many of the lines after `at` are those after line `number` of the text."""
        text, lines, count, asked = self._of.stacks[stack].text, self._lines, 0, 8
        while at + count + 1 < len(lines):
            first = number + count + 1
            asked = min(4 * asked, len(lines) - at - count - 1, text.line_count - first + 1)
            size = text.line_start(first + asked) - text.line_start(first) if asked > 0 else 0
            if asked < 1 or size > 4 * _LONG_LINE:
                break
            self.left -= size
            theirs = text.read(first, first + asked - 1).split("\n")
            alike = _alike(lines[at + count + 1 : at + count + 1 + asked], theirs)
            count += alike
            if alike < asked:
                # The last line of a piece may be cut.
                count += _is_piece(lines[at + count + 1], theirs[alike], str.startswith)
                break
        while count and not lines[at + count].strip():
            count -= 1
        return count

    def before(self, at: int, stack: int, number: int) -> int:
        """How many of the lines before `at` are those before line `number`: what told too little to be searched for."""
        text, lines, count = self._of.stacks[stack].text, self._lines, 0
        while count < min(at, number - 1, _MOST_BEFORE):
            ours, start = lines[at - count - 1], text.line_start(number - count - 1)
            if text.line_start(number - count) - start > _LONG_LINE:
                break
            theirs = text.line(number - count - 1) or ""
            if ours != theirs:
                count += _is_piece(ours, theirs, str.endswith)
                break
            count += 1
        while count and not lines[at - count].strip():
            count -= 1
        return count


def _alike(ours: list[str], theirs: list[str]) -> int:
    if ours == theirs:
        return len(ours)
    return next(at for at, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other)


def _is_piece(ours: str, theirs: str, stands: Callable[[str, str], bool]) -> bool:
    return len(ours.strip()) >= _PIECE and stands(theirs, ours)


def _is_line(view: memoryview, start: int, line: bytes) -> bool:
    end = start + len(line)
    return view[start:end] == line and (end == len(view) or view[end] == 10 or bytes(view[end : end + 2]) == b"\r\n")


def _quoted_lines(line: str) -> list[str]:
    """What may be a document's line within a line: what stands behind a mark, or in quotes."""
    if len(line) > _LONGEST_FRAMED:
        return []
    made = [line.partition(mark)[2].strip() for mark in _MARKS]
    made += [match[1].strip() for match in islice(_QUOTED.finditer(line), _MOST_QUOTED)]
    return [core for core in dict.fromkeys(made) if core]


def _needles(line: str) -> list[bytes]:
    """Pieces of a line to search for: all of it where it is short, else from its end, its beginning, its middle."""
    data = line.encode("utf-8", "surrogatepass")
    if len(data) <= _NEEDLE + _TELLING:
        return [data, data[-_TELLING:], data[:_TELLING]]
    middle = (len(data) - _NEEDLE) // 2
    return [data[-_NEEDLE:], data[:_NEEDLE], data[middle : middle + _NEEDLE]]


class _Stack:
    """One text to search in, which may be several small ones in a row: line `starts[i]` + 1 is the first of text i."""

    def __init__(self, text: Text, names: list[str], starts: list[int]) -> None:
        self.text = text
        self.names = names
        self.starts = starts
        start, end = text.line_bounds(0)
        self.first = bytes(text.view[start : min(end, _LONG_LINE)])

    def named(self, first: int, last: int) -> Iterator[tuple[str, int, int]]:
        """Lines of all, as lines of the texts they are in."""
        while first <= last:
            at = bisect_right(self.starts, first - 1) - 1
            before = self.starts[at]
            end = self.starts[at + 1] if at + 1 < len(self.starts) else last
            yield self.names[at], first - before, min(last, end) - before
            first = end + 1


def _stacks(texts: Sequence[Text]) -> tuple[list[_Stack], bool]:
    """Large texts as they are; the small ones of many joined, since to search each would take longer. And if all are
    there."""
    if len(texts) <= _FEW:
        return [_Stack(text, [text.name], [0]) for text in texts], True
    made, pieces, names, starts, lines, size, complete = [], list[bytes](), list[str](), list[int](), 0, 0, True
    for text in texts:
        if len(text.data) > _SMALL:
            made.append(_Stack(text, [text.name], [0]))
        elif size + len(text.data) <= _MOST_JOINED:
            pieces.append(bytes(text.data).removesuffix(b"\n"))
            names.append(text.name)
            starts.append(lines)
            lines += max(1, text.line_count)
            size += len(text.data) + 1
        else:
            complete = False
    if pieces:
        made.append(_Stack(Text("", "", b"\n".join(pieces)), names, starts))
    return made, complete


class _Found:
    """The lines that were found for one prompt, each with the lines of the prompt that they are."""

    def __init__(self, stacks: list[_Stack]) -> None:
        self._stacks = stacks
        self._made: list[tuple[Interval, int, Interval]] = []

    def add(self, asked: Interval, stack: int, lines: Interval) -> None:
        """Take in lines; what was found before for fewer lines of the prompt, by themselves elsewhere, is dropped."""
        if asked[0] < asked[1]:
            inner = (made for made in self._made if asked[0] <= made[0][0] and made[0][1] <= asked[1])
            for made in list(inner):
                self._made.remove(made)
        self._made.append((asked, stack, lines))

    def spans(self) -> list[tuple[str, int, int]]:
        lines: dict[int, list[Interval]] = {}
        for _, stack, interval in self._made:
            lines.setdefault(stack, []).append(interval)
        return [
            span
            for stack, intervals in sorted(lines.items())
            for first, last in merged(intervals)
            for span in self._stacks[stack].named(first, last)
        ]
