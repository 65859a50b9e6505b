"""From the engine's own data to the records of a trace."""

from __future__ import annotations

from collections.abc import Sequence

from .document import Text, origin_of
from .document.coverage import Covered
from .trace import Coverage, CoveredLines, DocumentInfo

_MAX_DOCUMENTS = 1_000


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
    )


def coverage_record(covered: Sequence[Covered]) -> Coverage:
    """The coverage of all documents; those that nothing has touched are left out of the list."""
    lines = max(1, sum(item.lines for item in covered))
    scanned, shown, sent, untouched = (sum(item.counts[kind] for item in covered) / lines for kind in range(4))
    return Coverage(
        documents=[
            CoveredLines(
                source=item.source,
                lines=item.lines,
                scanned=list(item.scanned),
                shown=list(item.shown),
                sent=list(item.sent),
            )
            for item in [item for item in covered if item.scanned][:_MAX_DOCUMENTS]
        ],
        scanned=scanned,
        shown=shown,
        sent=sent,
        untouched=untouched,
        exact=all(item.exact for item in covered),
    )
