"""From the engine's own data to the records of a trace."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..document import Document, Text, origin_of
from ..document.provenance.context_reads import looked_at, searches_all
from ..document.provenance.coverage import CoverageTracker, Covered, merged
from ..subkernel.base import Refusal
from ..trace import (
    CallStarted,
    Coverage,
    CoveredLines,
    DocumentInfo,
    Earlier,
    Event,
    Inherited,
    Request,
    Searched,
    Span,
)

_MAX_DOCUMENTS = 1_000
_MAX_REQUESTS = 10_000
_MAX_PLACES = 20_000


def document_info(text: Text) -> DocumentInfo:
    """What a trace says of one text."""
    origin = origin_of(text)
    return DocumentInfo(
        name=text.name,
        source=text.source,
        sha256=text.sha256,
        chars=text.chars,
        lines=text.line_count,
        size=len(text.data),
        encoding=origin.encoding,
        format=origin.format,
        converter=origin.converter,
        newlines=origin.newlines,
        places=text.places.rows[:_MAX_PLACES],
    )


def request_digest(params: Mapping[str, Any]) -> str:
    """The SHA-256 of what a cell asks, but for the line that it asks from."""
    asked = {name: value for name, value in params.items() if name != "line"}
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class RequestLog:
    """What the running cell has asked of the parent, and which calls that led to."""

    def __init__(self) -> None:
        self._made: list[Request] = []

    @property
    def made(self) -> tuple[Request, ...]:
        """The requests of the cell, in their order; at most 10,000."""
        return tuple(self._made)

    def begin(self) -> None:
        """Another cell begins."""
        self._made = []

    def feed(self, event: Event) -> None:
        """Take note of the calls that begin: one request at a time is under way."""
        if isinstance(event, CallStarted) and self._made:
            self._made[-1].calls.append(event.id)

    @contextlib.contextmanager
    def one(self, method: str, params: Mapping[str, Any]) -> Iterator[None]:
        """A request is being answered. What is refused, or never answered, is noted as such."""
        request = Request(method=method[:40], sha256=request_digest(params), cut=True)
        if len(self._made) < _MAX_REQUESTS:
            self._made.append(request)
        try:
            yield
        except Refusal as error:
            request.refusal, request.cut = str(error), False
            raise
        request.cut = False


def coverage_record(covered: Sequence[Covered], inherited: Sequence[Inherited] = ()) -> Coverage:
    """The coverage of all documents; those that nothing has touched are left out of the list."""
    lines = max(1, sum(item.lines for item in covered))
    shares = [sum(item.counts[kind] for item in covered) / lines for kind in range(5)]
    searched, scanned, shown, sent, untouched = shares
    return Coverage(
        documents=[
            CoveredLines(
                source=item.source,
                lines=item.lines,
                searched=list(item.searched),
                scanned=list(item.scanned),
                shown=list(item.shown),
                sent=list(item.sent),
            )
            for item in [item for item in covered if item.searched][:_MAX_DOCUMENTS]
        ],
        searched=searched,
        scanned=scanned,
        shown=shown,
        sent=sent,
        untouched=untouched,
        inherited=list(inherited),
        exact=all(item.exact for item in covered),
    )


def note_cell(
    coverage: CoverageTracker,
    document: Document,
    code: str,
    last_line: int | None,
    spans: Sequence[Span],
    searches: Sequence[Searched],
) -> None:
    """Tell the coverage of what code that ran has looked at: by tools, by reading `context`. `last_line` is that of its
    error."""
    for span in spans:
        coverage.scanned(span.source, span.start_line, span.end_line)
    for looked in looked_at(code, document, last_line):
        coverage.scanned(*looked)
    if searches_all(code, last_line):
        coverage.searched(None)
    _note_searches(coverage, searches)


def _note_searches(coverage: CoverageTracker, searches: Sequence[Searched]) -> None:
    """Tell the coverage of the lines that searches ran over, up to where each ended."""
    for search in searches:
        if search.end_source is None or search.end_line is None:
            coverage.searched(search.source)
        elif search.source is not None:
            coverage.searched(search.source, 1, search.end_line)
        else:
            coverage.searched_up_to(search.end_source, search.end_line)


def inherited_by(reads: Sequence[str], earlier: Earlier | None) -> list[Inherited]:
    """What the variables of earlier questions that a cell reads rest on."""
    made = []
    for variable in earlier.variables if earlier is not None else ():
        if variable.name in reads:
            sources = dict.fromkeys(span.source for span in variable.spans)
            for source in sources:
                lines = [(span.start_line, span.end_line) for span in variable.spans if span.source == source]
                made.append(Inherited(variable=variable.name, source=source, lines=merged(lines)))
    return made


def versions_of(isolation: Mapping[str, Any], here: dict[str, str]) -> dict[str, str]:
    """The versions that a run's code ran in: those of the sub-kernel host where there was one, as it reports them."""
    host = isolation.get("host")
    if not isinstance(host, dict):
        return here
    # What the host does not say is not known.
    return {name: text for name in ("python", "platform", "rlm-kernel") if isinstance(text := host.get(name), str)}
