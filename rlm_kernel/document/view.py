"""`context` of a large document: it behaves as the str would, over bytes that are shared and decoded piece by piece.

What would copy all of it raises an error that names the tool to use instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NoReturn

from .lines import can_overlap, count_all, find_bytes, find_last
from .text import Text

# A text that would take more memory than this as a str is given as a view.
LIMIT = 128 << 20
_CHUNK = 1 << 20
_SHOWN = 200

Note = Callable[[int, int], None]


def is_large(text: Text, limit: int = LIMIT) -> bool:
    """Whether a text would take more than `limit` bytes of memory as a str."""
    # One character beyond the first 65,536 makes every one take four bytes.
    return text.chars * (1 if text.ascii else 4) > limit


def context_of(text: Text, span: Callable[[str, str, int, int], None], limit: int = LIMIT) -> str | LargeText:
    """The characters of a text: a str, or a view where a str would take more than `limit` bytes."""
    if not is_large(text, limit):
        return text.text

    def note(first: int, last: int) -> None:
        span("context", text.name, text.line_at_byte(first), text.line_at_byte(max(first, last - 1)))

    return LargeText(text, note, limit)


class LargeText:
    """Read-only text that is too large to be a str. Slices of it are str; slices that are themselves too large are
    views again. `split` and `splitlines` give their parts one after the other."""

    __slots__ = ("_text", "_note", "_limit", "_offset")
    _text: Text
    _note: Note
    _limit: int
    _offset: int

    def __init__(self, text: Text, note: Note, limit: int = LIMIT, offset: int = 0) -> None:
        put = object.__setattr__
        put(self, "_text", text)
        put(self, "_note", note)
        put(self, "_limit", limit)
        put(self, "_offset", offset)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("context is read-only")

    @property  # type: ignore[misc]  # Python's own is writable
    def __class__(self) -> Any:
        # `isinstance(context, str)` is true, as the code of a model expects; C code still sees that it is none.
        return str

    def __len__(self) -> int:
        return self._text.chars

    def __getitem__(self, index: Any) -> Any:
        size = self._text.chars
        if not isinstance(index, slice):
            at = index.__index__()
            at += size if at < 0 else 0
            if not 0 <= at < size:
                raise IndexError("string index out of range")
            return self._decoded(at, at + 1)
        start, stop, step = index.indices(size)
        if step != 1:
            lowest, highest = (start, stop) if step > 0 else (stop + 1, start + 1)
            piece = self._decoded(lowest, max(lowest, highest))
            return piece[::step] if step > 0 else piece[::-1][::-step]
        return self._part(start, max(start, stop))

    def _part(self, start: int, stop: int) -> Any:
        if (start, stop) == (0, self._text.chars):
            return self
        text = self._text
        begin, end = text.byte_at(start), text.byte_at(stop)
        if (stop - start) * (1 if end - begin == stop - start else 4) <= self._limit:
            return self._decoded(start, stop)
        part = Text(text.name, text.source, text.view[begin:end], chars=stop - start)
        return LargeText(part, self._note, self._limit, self._offset + begin)

    def _decoded(self, start: int, stop: int) -> str:
        if stop <= start:
            return ""
        text = self._text
        begin, end = text.byte_at(start), text.byte_at(stop)
        if (stop - start) * (1 if end - begin == stop - start else 4) > self._limit:
            raise _too_large(f"a slice of {stop - start:,} characters", "take smaller slices")
        self._note(self._offset + begin, self._offset + end)
        return text.decode(begin, end)

    def __iter__(self) -> Iterator[str]:
        for _, piece in self._pieces():
            yield from piece

    def _pieces(self) -> Iterator[tuple[int, str]]:
        """All characters, in parts that end where a character does: (position of the first byte, part)."""
        view, start = self._text.view, 0
        while start < len(view):
            end = min(start + _CHUNK, len(view))
            while end < len(view) and 0x80 <= view[end] < 0xC0:
                end += 1
            self._note(self._offset + start, self._offset + end)
            yield start, self._text.decode(start, end)
            start = end

    def __contains__(self, part: Any) -> bool:
        if not isinstance(part, str):
            raise TypeError(f"'in <string>' requires string as left operand, not {type(part).__name__}")
        return self.find(part) >= 0

    def _range(self, start: Any, end: Any) -> tuple[int, int, int]:
        """The first character, and the bytes, of a range as `str.find` takes it; -1 where it holds nothing at all."""
        first, last, _ = slice(start, end).indices(self._text.chars)
        if (start is not None and start > self._text.chars) or first > last:
            return -1, 0, -1
        return first, self._text.byte_at(first), self._text.byte_at(last)

    def find(self, part: str, start: int | None = None, end: int | None = None) -> int:
        """As `str.find`."""
        first, begin, stop = self._range(start, end)
        wanted = _bytes("find", part)
        if first < 0:
            return -1
        found = find_bytes(self._text.view, wanted, begin, stop) if wanted else begin
        return self._text.char_at(found) if found >= 0 else -1

    def rfind(self, part: str, start: int | None = None, end: int | None = None) -> int:
        """As `str.rfind`."""
        first, begin, stop = self._range(start, end)
        wanted = _bytes("rfind", part)
        if first < 0:
            return -1
        found = find_last(self._text.view, wanted, begin, stop, _CHUNK)
        return self._text.char_at(found) if found >= 0 else -1

    def index(self, part: str, start: int | None = None, end: int | None = None) -> int:
        """As `str.index`."""
        return _found(self.find(part, start, end))

    def rindex(self, part: str, start: int | None = None, end: int | None = None) -> int:
        """As `str.rindex`."""
        return _found(self.rfind(part, start, end))

    def count(self, part: str, start: int | None = None, end: int | None = None) -> int:
        """As `str.count`."""
        first, begin, stop = self._range(start, end)
        wanted = _bytes("count", part)
        if first < 0:
            return 0
        if not wanted:
            return self._text.char_at(stop) - first + 1
        if can_overlap(wanted):
            return sum(1 for _ in self._places(wanted, begin, stop))
        return count_all(self._text.view, wanted, begin, stop)

    def _places(self, wanted: bytes, begin: int, stop: int) -> Iterator[int]:
        """Where `wanted` begins, without overlaps, in order."""
        view = self._text.view
        while begin + len(wanted) <= stop:
            piece, at = bytes(view[begin : min(begin + _CHUNK + len(wanted), stop)]), 0
            while (found := piece.find(wanted, at)) >= 0:
                yield begin + found
                at = found + len(wanted)
            # What begins in the last bytes of the piece may end in the next.
            begin += max(at, len(piece) - len(wanted) + 1)

    def startswith(self, prefix: Any, start: int | None = None, end: int | None = None) -> bool:
        """As `str.startswith`."""
        first, begin, stop = self._range(start, end)
        view = self._text.view
        parts = [_bytes("startswith", part) for part in (prefix if isinstance(prefix, tuple) else (prefix,))]
        return first >= 0 and any(
            begin + len(part) <= stop and bytes(view[begin : begin + len(part)]) == part for part in parts
        )

    def endswith(self, suffix: Any, start: int | None = None, end: int | None = None) -> bool:
        """As `str.endswith`."""
        first, begin, stop = self._range(start, end)
        view = self._text.view
        parts = [_bytes("endswith", part) for part in (suffix if isinstance(suffix, tuple) else (suffix,))]
        return first >= 0 and any(
            stop - len(part) >= begin and bytes(view[stop - len(part) : stop]) == part for part in parts
        )

    def isascii(self) -> bool:
        """As `str.isascii`."""
        return self._text.ascii

    def split(self, sep: str | None = None, maxsplit: int = -1) -> LazyParts:
        """As `str.split`, one part after the other."""
        if sep is not None and not _bytes("split", sep):
            raise ValueError("empty separator")
        return LazyParts("split", lambda: self._split(sep, maxsplit))

    def _split(self, sep: str | None, most: int) -> Iterator[str]:
        if sep is None:
            yield from self._words(most)
            return
        wanted, begin, told = sep.encode("utf-8", "surrogatepass"), 0, 0
        size = len(self._text.view)
        for number, at in enumerate(chain(self._places(wanted, 0, size), [size])):
            end = size if number == most else at
            if end - begin > self._limit:
                raise _too_large(f"a part of {end - begin:,} bytes", "split at something that occurs more often")
            if end > told or begin == 0:
                # Told in strides: to tell of each part would take longer than to make it.
                told = min(max(end, begin + _CHUNK), size)
                self._note(self._offset + begin, self._offset + told)
            yield self._text.decode(begin, end)
            if end == size:
                return
            begin = at + len(wanted)

    def _words(self, most: int) -> Iterator[str]:
        rest = ""
        if most >= 0:
            raise _too_large("split() with maxsplit but without a separator", "use split(sep, maxsplit) or slices")
        for _, piece in self._pieces():
            rest += piece
            parts = rest.split()
            open_end = not rest[-1:].isspace()
            rest = parts.pop() if parts and open_end else ""
            yield from parts
            if len(rest) > self._limit:
                raise _too_large("a word of this text", "use grep")
        if rest:
            yield rest

    def splitlines(self, keepends: bool = False) -> LazyParts:
        """The lines, one after the other. They end at line feeds only, so that they are those of `read_lines`."""
        return LazyParts("splitlines", lambda: self._splitlines(keepends))

    def _splitlines(self, keepends: bool) -> Iterator[str]:
        before: str | None = None
        for line in self._split("\n", -1):
            if before is not None:
                yield f"{before}\n" if keepends else before
            before = line
        if before:
            yield before

    def __eq__(self, other: object) -> bool:
        if type(other) is LargeText:
            return len(self) == len(other) and bool(self._text.view == other._text.view)
        if type(other) is not str:
            return False
        return len(self) == len(other) and other.encode("utf-8", "surrogatepass") == self._text.view

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        raise _too_large("hash(context)", "use slices as keys")

    def __str__(self) -> str:
        raise _too_large("all of this text as one str", "use a slice such as context[:1000], grep, or read_lines")

    def __format__(self, spec: str) -> str:
        return self.__str__()

    def __add__(self, other: object) -> NoReturn:
        raise _too_large("context + ...", "add slices of it")

    __radd__ = __mul__ = __rmul__ = __mod__ = __add__

    def __repr__(self) -> str:
        head = self._text.slice(0, min(_SHOWN, self._text.chars))
        return f"{head!r}... (large text, {self._text.chars:,} characters; slices of it are str)"

    def __copy__(self) -> LargeText:
        return self

    def __deepcopy__(self, _memo: object) -> LargeText:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("context cannot be pickled")


def lines_of(text: str, keepends: bool = False) -> list[str]:
    """As `str.splitlines` for what code cuts from `context`: its lines are those that the tools count. Form feeds and
    the line ends of Unicode stay within their line."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    return lines if keepends else [line.rstrip("\r\n") for line in lines]


def _bytes(method: str, part: Any) -> bytes:
    if type(part) is LargeText:
        raise _too_large(f"{method} of such a text", "give a str")
    if not isinstance(part, str):
        raise TypeError(f"{method}: give a str, not {type(part).__name__}")
    return part.encode("utf-8", "surrogatepass")


def _found(at: int) -> int:
    if at < 0:
        raise ValueError("substring not found")
    return at


def _too_large(what: str, remedy: str) -> TypeError:
    return TypeError(f"context is a large text, not a str: {what} would copy too much: {remedy}")


class LazyParts:
    """The parts of a large text, each made when it is asked for. Iterated anew, it begins anew."""

    __slots__ = ("_what", "_make")
    _what: str
    _make: Callable[[], Iterator[str]]

    def __init__(self, what: str, make: Callable[[], Iterator[str]]) -> None:
        object.__setattr__(self, "_what", what)
        object.__setattr__(self, "_make", make)

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("context is read-only")

    def __iter__(self) -> Iterator[str]:
        return self._make()

    def __len__(self) -> NoReturn:
        raise self._refusal("len()", "use text_stats().line_count, context.count(...), or sum(1 for _ in ...)")

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, index: Any) -> NoReturn:
        raise self._refusal("[...]", "use read_lines(first, last), or itertools.islice")

    def _refusal(self, what: str, remedy: str) -> TypeError:
        return TypeError(f"context.{self._what}() of a large text is an iterator, which has no {what}: {remedy}")

    def __repr__(self) -> str:
        return f"<the parts of context.{self._what}(), one after the other>"


def _refusing(name: str, remedy: str) -> Callable[..., NoReturn]:
    def refuse(*_args: Any, **_options: Any) -> NoReturn:
        raise _too_large(f"{name}()", remedy)

    refuse.__name__ = name
    refuse.__qualname__ = f"LargeText.{name}"
    refuse.__doc__ = f"Not for a large text: raises a TypeError that says what to use instead of `{name}`."
    return refuse


# Methods of str that would copy the whole text, and what to do instead.
_REMEDY = {
    "lower upper casefold swapcase title capitalize": "grep ignores case unless the pattern has a capital letter",
    "replace translate expandtabs removeprefix removesuffix": "use grep or finditer and change what they return",
    "strip lstrip rstrip": "use slices such as context[:1000]",
    "partition rpartition rsplit": "use find and slices",
    "encode center ljust rjust zfill format format_map join": "use slices",
    "isalnum isalpha isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper": "use "
    "grep or slices",
}
for _names, _remedy in _REMEDY.items():
    for _name in _names.split():
        setattr(LargeText, _name, _refusing(_name, _remedy))
