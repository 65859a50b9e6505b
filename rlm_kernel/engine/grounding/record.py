"""What a run has brought forth, to be asked: outputs, replies, the lines that its code worked on, its searches."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence

from ...document import Document, Text
from ...document.provenance.context_reads import looked_at, searches_all
from ...trace import Call, Iteration, Searched, Span, Trace
from .document_search import MAX_LINES, Place
from .flow import Source
from .items import Item
from .matcher import ShownText

_MAX_CHARS = 2_000_000
_MAX_TREE = 100
_MOST_LINES = 20_000
_MOST_BYTES = 8 << 20
_MOST_SEARCHES = 50
_MOST_HINTS = 20
_LAZY = frozenset(["tables", "finditer"])
_ESCAPE = re.compile(r"\\[A-Za-z]")
_WORDS = re.compile(r"[^\W_]{3,}|\w{2,}")


class RunRecord:
    """Looks items up in a trace. `complete` is False once a text was too long, or the time over, to be read whole."""

    def __init__(self, trace: Trace, document: Document, deadline: float) -> None:
        self.complete = True
        self.iterations = trace.iterations
        self.question = ShownText(trace.question[:100_000], rounded=False)
        self._trace = trace
        self._document = document
        self._texts = {text.name: text for text in document.texts}
        self._deadline = deadline
        self._shown: dict[int, ShownText] = {}
        self._read: dict[tuple[int, str], list[Span]] = {}
        self._lines: dict[tuple[str, int, int], list[tuple[int, str]]] = {}
        self._touched: list[Span] | None = None

    def output_with(self, item: Item, skipped: Iterable[int] = ()) -> int | None:
        """The first iteration whose output shows an item, but for those `skipped`."""
        left_out = frozenset(skipped)
        for turn in self.iterations:
            if turn.index not in left_out and self._holds(turn.output, item):
                return turn.index
        return None

    def call_with(self, item: Item, calls: Iterable[Call] | None = None, *, tools: bool = False) -> int | None:
        """The first call of a sub-model (or tool) whose reply holds an item, also deeper in the run tree."""
        every = [call for turn in self.iterations for call in turn.calls] if calls is None else calls
        return self._said(every, item, 0, tools=tools)

    def _said(self, calls: Iterable[Call], item: Item, depth: int, *, tools: bool) -> int | None:
        for call in calls:
            if (call.kind == "tool") is tools and self._holds(call.response, item):
                return call.id
            if call.trace is not None and depth < _MAX_TREE:
                inner = [each for turn in call.trace.iterations for each in turn.calls]
                if (found := self._said(inner, item, depth + 1, tools=tools)) is not None:
                    return found
        return None

    def _holds(self, text: str | None, item: Item) -> bool:
        if not text:
            return False
        if len(text) > _MAX_CHARS:
            self.complete = False
        known = self._shown.get(id(text))
        if known is None:
            # One iteration may have made thousands of calls.
            if time.monotonic() > self._deadline:
                self.complete = False
                return False
            known = self._shown[id(text)] = ShownText(text[:_MAX_CHARS])
        return known.holds(item)

    def spans_of(self, sources: Iterable[Source]) -> list[Span]:
        """The lines of the documents that came in at places of the code."""
        found: dict[tuple[str, int, int], Span] = {}
        for source in sorted(sources):
            for span in self._spans_of(source):
                found.setdefault((span.source, span.start_line, span.end_line), span)
        return list(found.values())

    def _spans_of(self, source: Source) -> Iterator[Span]:
        turn = next((turn for turn in self.iterations if turn.index == source.iteration), None)
        if turn is None:
            return
        if source.kind == "earlier" and self._trace.earlier is not None:
            named = [each for each in self._trace.earlier.variables if each.name == source.name]
            yield from (span for each in named for span in each.spans)
        elif source.kind == "document":
            told = [span for span in turn.spans if span.line is not None]
            if source.name in _LAZY:
                # Their rows are read where they are asked for, which may be in a later cell.
                later = [each for each in self.iterations if each.index >= source.iteration]
                yield from (span for each in later for span in each.spans if span.tool == source.name)
            elif told and source.name != "context":
                yield from (span for span in told if source.first <= (span.line or 0) <= source.last)
            elif source.name == "context":
                yield from (
                    [span for span in turn.spans if span.tool == "context"] or self._read_by(turn) or self._all(turn)
                )
            else:
                yield from turn.spans
        elif source.kind == "sub-model":
            yield from (span for call in self.calls_of([source]) for span in call.context_spans)

    def _read_by(self, turn: Iteration) -> list[Span]:
        key = (turn.index, "context")
        if key not in self._read:
            line = turn.error.line if turn.error is not None else None
            found = looked_at(turn.code or "", self._document, line)
            self._read[key] = [
                Span(tool="context", source=name, start_line=first, end_line=last) for name, first, last in found
            ]
        return self._read[key]

    def _all(self, turn: Iteration) -> list[Span]:
        """All lines, where the code of a cell has searched `context` by itself."""
        if not searches_all(turn.code or ""):
            return []
        return [
            Span(tool="context", source=text.name, start_line=1, end_line=text.line_count)
            for text in self._document.texts[:100]
            if text.line_count
        ]

    def calls_of(self, sources: Iterable[Source]) -> list[Call]:
        """The calls that were made at places of the code."""
        found = []
        for source in sources:
            for turn in self.iterations:
                if turn.index == source.iteration:
                    calls = [call for call in turn.calls if (call.kind == "tool") is (source.kind == "tool")]
                    near = [call for call in calls if call.line and source.first <= call.line <= source.last]
                    found += near or calls
        return list({call.id: call for call in found}.values())

    @property
    def touched(self) -> list[Span]:
        """All lines that code got, smallest pieces first."""
        if self._touched is None:
            spans = [span for turn in self.iterations for span in [*turn.spans, *self._read_by(turn)]]
            spans += [span for turn in self.iterations for call in turn.calls for span in call.context_spans]
            if self._trace.earlier is not None:
                spans += [span for each in self._trace.earlier.variables for span in each.spans]
            unique = {(span.source, span.start_line, span.end_line): span for span in spans}
            self._touched = sorted(unique.values(), key=lambda span: span.end_line - span.start_line)
        return self._touched

    def places_in(self, item: Item, spans: Sequence[Span], hints: Iterable[str] = ()) -> list[Place]:
        """The lines within `spans` that hold an item, those with most of the `hints` only; at most 20."""
        found: dict[Place, int] = {}
        telling = _telling(hints)
        lines, size = 0, 0
        for span in sorted(spans, key=lambda span: span.end_line - span.start_line):
            text = self._texts.get(span.source)
            if text is None:
                continue
            first, last = max(1, span.start_line), min(span.end_line, text.line_count)
            if first > last:
                continue
            lines += last - first + 1
            size += text.line_start(last + 1) - text.line_start(first)
            if lines > _MOST_LINES or size > _MOST_BYTES or time.monotonic() > self._deadline:
                break
            for number, line in self._lines_of(text, first, last):
                if item.stands_in(line):
                    found[Place(span.source, number)] = sum(hint.search(line) is not None for hint in telling)
        best = max(found.values(), default=0)
        return sorted(place for place, fitting in found.items() if fitting == best)[: MAX_LINES + 1]

    def _lines_of(self, text: Text, first: int, last: int) -> list[tuple[int, str]]:
        key = (text.name, first, last)
        if key not in self._lines:
            self._lines[key] = list(enumerate(text.read(first, last).split("\n"), first))
        return self._lines[key]

    def searches(self) -> tuple[list[Searched], list[Searched]]:
        """The searches that were made, and those that found nothing: at most 50 each, none twice."""
        every = [search for turn in self.iterations for search in turn.searches]
        unique = list({(each.tool, each.pattern, each.source): each for each in every}.values())
        return unique[:_MOST_SEARCHES], [each for each in unique if not each.hits][:_MOST_SEARCHES]

    @property
    def has_looked(self) -> bool:
        """Whether any code has looked at the document at all."""
        return bool(self.touched) or any(turn.searches for turn in self.iterations)


def _telling(hints: Iterable[str]) -> list[re.Pattern[str]]:
    """The words of what the code searched for, or compared with, which the line that is meant holds most of."""
    words = dict.fromkeys(word for hint in sorted(hints) for word in _WORDS.findall(_ESCAPE.sub(" ", hint[:500])))
    return [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE) for word in list(words)[:_MOST_HINTS]]
