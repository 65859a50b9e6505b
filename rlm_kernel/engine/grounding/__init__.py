"""From the items of an answer (numbers, dates, quotations, names) back to where they come from. It judges no answer.

The document is the parent's own; of the sub-kernel's word only what executed code has put out counts. None of the
verdicts may claim more than is so:

- `document`: the item stands there. Numbers match by value in any style, with their sign, never as a part of a longer
  number, and rounded ones do not count; texts by their words, whatever the case, the quotes, the dashes, line breaks.
- `computed`: an output shows it (numbers also rounded), or the code handed it to FINAL, and no code up to there has
  written it down as a constant. What a sub-model had said before an output showed it is the sub-model's.
- `sub-model`: a reply holds it, also deeper in the run tree. What a tool of the user's returned is `computed`.
- `ungrounded`: it was looked for everywhere, to the end, and is nowhere.

A number that says little (a whole one below 100, one of the question's own, one that stands in more than 20 lines)
would be found in any document. For those a line counts first only where the model named it as evidence; then what was
computed, then what a sub-model said, and any other line of the document comes last.

Keys of a dict are items unless they are lower-case identifiers, which are names of fields. Inside a longer text,
figures of the question's own are left out. A short text is one item; if it is nowhere, its figures are items instead.
Of prose that does not stand in the document word for word only figures and quotations are. `lines`, `iteration` and
`call` tell all that is known, whatever the verdict.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from ...document import Document
from ...trace import Evidence, Grounding, Trace
from .document_search import MAX_LINES, Place, Search
from .items import MAX_ITEMS, Item, items_of
from .numbers_and_dates import tokens
from .run_outputs import Produced, Source

__all__ = ["Groundings", "ground"]


class Groundings(list[Grounding]):
    """What was found of an answer's items; `remark` says what was not looked for ("" where all was)."""

    __slots__ = ("remark",)

    def __init__(self, rows: Iterable[Grounding] = (), remark: str = "") -> None:
        super().__init__(rows)
        self.remark = remark


def ground(
    value: Any, document: Document, trace: Trace, *, evidence: Sequence[Evidence] | None = None, seconds: float = 5.0
) -> Groundings:
    """Where each item of `value` comes from, in the order of the answer: at most 200 items, in about `seconds`.

    `evidence` are the lines that the model named, those of `trace` by default. An item that could not be looked for to
    the end, and was not found, is left out; `remark` then says so.
    """
    found = items_of(value)
    grounder = _Grounder(document, trace, trace.evidence if evidence is None else evidence, seconds)
    rows, left_out = grounder.rows(found.items)
    told = []
    if found.more or len(rows) > MAX_ITEMS:
        told.append("only the first figures and texts of this long answer were looked for")
    if left_out:
        told.append(f"{left_out:,} could not be looked for everywhere in {seconds:g} s and are left out")
    return Groundings(rows[:MAX_ITEMS], f"Grounding: {'; '.join(told)}." if told else "")


class _Grounder:
    def __init__(self, document: Document, trace: Trace, evidence: Sequence[Evidence], seconds: float) -> None:
        began = time.monotonic()
        self._document = document
        self._evidence = evidence
        self._deadline = began + seconds
        self._asked = frozenset(value for token in tokens(trace.question[:100_000]) for value in token.values)
        self._produced = Produced(trace, began + seconds / 2)
        self._sources: dict[str, Source | None] = {}
        self._search = Search()

    def rows(self, items: list[Item]) -> tuple[list[Grounding], int]:
        """The rows, and how many items had to be left out."""
        items = [item for item in items if not (item.inner and self._is_asked(item))]
        every = [part for item in items for part in (item, *item.parts)]
        self._sources = {item.text: self._produced.find(item) for item in every}
        self._search.look([item for item in every if not item.small], self._document, self._deadline)
        # Those that say little are looked for only where nothing else tells where they come from.
        rest = [item for item in every if item.small and self._sources[item.text] is None]
        self._search.look(rest, self._document, self._deadline)
        made: dict[str, Grounding] = {}
        left_out = 0
        for item in items:
            row = self._row(item)
            whole = row.verdict == "document" if item.free else row.verdict != "ungrounded"
            pieces = [] if whole else [part for part in item.parts if not self._is_asked(part)]
            if not pieces and (whole or not item.free):
                pieces = [item]
            for piece, each in [(piece, row if piece is item else self._row(piece)) for piece in pieces]:
                if each.verdict == "ungrounded" and not self._is_known(piece):
                    left_out += 1
                else:
                    made.setdefault(piece.text, each)
        return list(made.values()), left_out

    def _is_asked(self, item: Item) -> bool:
        return bool(item.values & self._asked)

    def _is_known(self, item: Item) -> bool:
        return self._produced.complete and item.text in self._search.complete

    def _row(self, item: Item) -> Grounding:
        source = self._sources[item.text]
        places = self._search.places.get(item.text, [])
        if item.small or self._is_asked(item) or (item.number is not None and len(places) > MAX_LINES):
            named = {Place(line.source, line.line) for line in self._evidence if item.stands_in(line.text or "")}
            places = sorted(named) or (places if source is None else [])
        row = Grounding(item=item.shown, kind=item.kind, verdict="ungrounded" if source is None else source.verdict)
        if source is not None:
            row.iteration, row.call = source.iteration, source.call
        if places:
            row.verdict, row.source = "document", places[0].source
            row.lines = [place.line for place in places if place.source == row.source][:MAX_LINES]
        return row
