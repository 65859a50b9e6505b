"""The verdict on each value of an answer: from the dataflow first, then from what was shown, said, and written."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...trace import Derivation, Evidence, Grounding, Span, Step
from .dataflow import Dataflow, Handed
from .document_search import MAX_LINES, Place
from .flow import NOTHING, Constant, Flow, numbers, union
from .items import Item, Leaf, date_item, number_item, text_item
from .record import RunRecord

_TRIFLE = 10
_SMALL_OPERAND = 100
_MOST_STEPS = 30
_MOST_SPANS = 50
_MAX_CODE = 300


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where an item stands in the whole document; `complete` where all of it was read."""

    places: Sequence[Place] = ()
    complete: bool = True


class Judge:
    """Judges the leaves of one answer.

    What has to be looked for in the whole document is put into `wanted`; give what was found as `found`, and judge
    again.
    """

    def __init__(self, record: RunRecord, flows: Dataflow, value: Any, evidence: Sequence[Evidence]) -> None:
        self.wanted: dict[str, Item] = {}
        self.found: dict[str, Occurrences] = {}
        self._record = record
        self._flows = flows
        self._evidence = evidence
        self._final = _handed(flows.finals, value)
        # Nothing is known of how an answer came that was handed in without any code.
        self._unknown = not any(turn.code for turn in record.iterations)
        self._blind: set[int] | None = None

    def row(self, leaf: Leaf) -> Grounding | None:
        """The verdict on a leaf; None where it could not be looked for to the end."""
        flow = self._flow_of(leaf)
        row = self._judged(leaf, flow)
        if row is not None:
            row.path, row.item = leaf.path, leaf.shown
            if row.derivation is None and (flow.origins or flow.added) and row.verdict != "absent":
                row.derivation = self._derivation(flow)
        return row

    def _flow_of(self, leaf: Leaf) -> Flow:
        flow = self._final
        for key in leaf.keys:
            if flow.fields is None:
                return flow
            found = flow.fields.get(key)
            if found is None:
                return flow.without_fields()
            flow = replace(found, steps=found.steps | flow.steps)
        if leaf.is_key:
            return Flow(typed=frozenset([str(leaf.value)])) if not flow.origins else flow
        return flow

    def _judged(self, leaf: Leaf, flow: Flow) -> Grounding | None:
        if leaf.is_absent and not (flow.computed and flow.origins and isinstance(leaf.value, str)):
            _, failed = self._record.searches()
            return Grounding(item="", kind="text", verdict="absent", searches=failed)
        if leaf.whole is None and not leaf.parts:
            if isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool) and not flow.origins:
                return Grounding(item="", verdict="ungrounded")  # longer than anybody looks for
            verdict = "computed" if flow.origins and flow.computed | bool(flow.control) else "prose"
            return self._made(leaf.shown, "text", verdict, flow)
        if leaf.whole is not None and (leaf.whole.number is not None or leaf.whole.dates):
            return self._item(leaf.whole, flow)
        return self._text(leaf, flow)

    # Texts.

    def _text(self, leaf: Leaf, flow: Flow) -> Grounding | None:
        whole = leaf.whole
        if whole is not None and (row := self._whole_text(whole, leaf, flow)) is not None:
            return row
        rows: list[Grounding] = []
        for part in leaf.parts:
            if self._is_asked(part):
                continue
            row = self._item(part, self._flow_of_part(part, flow))
            if row is None:
                return None
            rows.append(row)
        kind = whole.kind if whole is not None else "text"
        verdicts = {row.verdict for row in rows}
        if "ungrounded" in verdicts:
            return Grounding(item="", kind=kind, verdict="ungrounded", parts=rows)
        if rows and leaf.words <= 2 and len(verdicts) == 1:
            # A figure with its unit, or several.
            first = rows[0].model_copy(update={"kind": kind, "parts": rows if len(rows) > 1 else []})
            first.lines = list(dict.fromkeys(line for row in rows if row.source == first.source for line in row.lines))
            return first
        if flow.origins and not rows and (flow.computed or flow.composed or not self._says_typed(flow)):
            return self._made(leaf.shown, kind, "computed", flow)
        if whole is not None and whole.kind == "quotation" and not flow.origins:
            return self._left(whole, flow)
        if not rows and not flow.origins and (leaf.is_name or not leaf.words):
            return self._left(whole, flow) if whole is not None else None
        return Grounding(item="", kind=kind, verdict="prose", parts=rows)

    def _whole_text(self, item: Item, leaf: Leaf, flow: Flow) -> Grounding | None:
        """The verdict on a text as a whole, None where it stands nowhere word for word."""
        places = self._evidence_places(item)
        spans = self._record.spans_of(flow.origins)
        places = places or self._record.places_in(item, spans, flow.hints)
        picked = bool(flow.sources) and not flow.computed
        said = [source for source in flow.origins if source.kind in ("sub-model", "tool")]
        call = self._record.call_with(item) if not said or _has(said, "sub-model") else None
        if places:
            return self._quoted(item, places, flow, call)
        if call is not None:
            if (touched := self._record.places_in(item, self._record.touched)) and item.telling:
                return self._quoted(item, touched, flow, call)
            return Grounding(item=item.shown, kind=item.kind, verdict="sub-model", call=call)
        if (tool := self._record.call_with(item, tools=True)) is not None:
            row = self._made(item.shown, item.kind, "computed", flow)
            row.call = tool
            return row
        if touched := self._record.places_in(item, self._record.touched, flow.hints):
            return self._quoted(item, touched, flow, None)
        if flow.sources and (flow.computed or flow.composed) and not self._is_typed(item, flow):
            return None if leaf.parts and flow.composed else self._made(item.shown, item.kind, "computed", flow)
        found = self._in_document(item)
        if found.places:
            return self._quoted(item, found.places, flow, None)
        if picked and not self._is_typed(item, flow):
            return None
        shown = self._record.output_with(item, self._writers(item))
        if shown is not None:
            return self._typed(item, shown)
        if self._record.question.holds(item):
            return self._typed(item, None) if flow.origins or not leaf.parts else None
        return None

    def _says_typed(self, flow: Flow) -> bool:
        return any(isinstance(each, str) and any(map(str.isalnum, each)) for each in flow.typed)

    def _flow_of_part(self, part: Item, flow: Flow) -> Flow:
        """The flow of a figure within a text: a typed one where the text that was typed holds it."""
        texts = [each for each in flow.typed if isinstance(each, str)]
        if any(part.stands_in(text) for text in texts):
            return Flow(typed=frozenset(texts))
        return replace(flow, composed=False, typed=frozenset(flow.typed - set(texts)))

    def _is_asked(self, item: Item) -> bool:
        return item.inner and self._record.question.holds(item)

    # Figures, dates, quotations, names.

    def _item(self, item: Item, flow: Flow) -> Grounding | None:
        if self._unknown:
            return self._without_code(item)
        if not flow.origins:
            if flow.computed and (self._reckons(flow) or _is_trifle(item, flow)):
                return self._made(item.shown, item.kind, "computed", flow)
            return self._left(item, flow)
        if item.number is not None and self._is_poisoned(flow):
            # What the code has printed of it since is the same figure once more.
            first = min((step for step, _ in flow.steps), default=0)
            return self._left(item, flow, {turn.index for turn in self._record.iterations if turn.index >= first})
        if self._is_typed(item, flow):
            return self._left(item, flow)
        if flow.computed and item.number is not None:
            return self._made(item.shown, item.kind, "computed", flow)
        return self._picked(item, flow)

    def _picked(self, item: Item, flow: Flow) -> Grounding | None:
        """What code has taken out of a line, or of a reply, as it was."""
        if places := self._evidence_places(item):
            return self._quoted(item, places, flow, None)
        calls = self._record.calls_of(source for source in flow.origins if source.kind == "sub-model")
        call = self._record.call_with(item, calls) if calls else None
        places = self._record.places_in(item, self._record.spans_of(flow.origins), flow.hints)
        if places and (call is None or item.telling):
            return self._quoted(item, places, flow, call)
        if call is not None:
            return Grounding(item=item.shown, kind=item.kind, verdict="sub-model", call=call)
        if item.telling and (found := self._in_document(item)).places:
            return self._quoted(item, found.places, flow, None)
        return self._made(item.shown, item.kind, "computed", flow)

    def _left(self, item: Item, flow: Flow, unseen: Set[int] = frozenset()) -> Grounding | None:
        """What the model has typed: it may stand in the document, in an output (but for those of the iterations
        `unseen`), in a reply, or nowhere."""
        if places := self._evidence_places(item):
            return self._quoted(item, places, flow, None)
        shown = self._record.output_with(item, self._writers(item) | unseen)
        touched = self._record.places_in(item, self._record.touched, flow.hints)
        call = self._record.call_with(item)
        computed = shown is not None and self._has_computed(shown)
        if touched and shown is not None and not (computed and item.weak):
            return self._quoted(item, touched, flow, call)
        if call is not None:
            return Grounding(item=item.shown, kind=item.kind, verdict="sub-model", call=call)
        if shown is not None and not self._record.call_with(item, tools=True):
            return self._typed(item, shown)
        if (tool := self._record.call_with(item, tools=True)) is not None:
            return Grounding(item=item.shown, kind=item.kind, verdict="computed", call=tool)
        if touched and (not item.weak or self._is_searched_for(item, flow)):
            return self._quoted(item, touched, flow, None)
        if self._record.question.holds(item):
            return self._typed(item, None)
        # What stands anywhere by chance is not even looked for.
        found = self._in_document(item) if item.telling else Occurrences()
        if found.places and len(found.places) <= MAX_LINES:
            return self._quoted(item, found.places, flow, None)
        if not found.complete or not self._record.complete:
            return None
        return Grounding(item=item.shown, kind=item.kind, verdict="ungrounded")

    def _is_searched_for(self, item: Item, flow: Flow) -> bool:
        """Whether the code has looked for a text with the item in it, and goes on only where it stands in a line."""
        for hint in flow.hints if flow.control else ():
            words = hint.removeprefix("^").removesuffix("$")
            if any(map(str.isalpha, words)) and item.stands_in(words):
                return bool(self._record.places_in(text_item(words), self._record.touched))
        return False

    def _without_code(self, item: Item) -> Grounding | None:
        if places := self._evidence_places(item):
            return self._quoted(item, places, NOTHING, None)
        if (call := self._record.call_with(item)) is not None and not item.telling:
            return Grounding(item=item.shown, kind=item.kind, verdict="sub-model", call=call)
        found = Occurrences() if item.inner and item.weak else self._in_document(item)
        if found.places:
            return self._quoted(item, found.places, NOTHING, call)
        if call is not None:
            return Grounding(item=item.shown, kind=item.kind, verdict="sub-model", call=call)
        if not found.complete or not self._record.complete:
            return None
        return Grounding(item=item.shown, kind=item.kind, verdict="ungrounded")

    def _in_document(self, item: Item) -> Occurrences:
        if item.text not in self.found:
            self.wanted[item.text] = item
            return Occurrences()
        return self.found[item.text]

    def _evidence_places(self, item: Item) -> list[Place]:
        return sorted({Place(row.source, row.line) for row in self._evidence if item.stands_in(row.text or "")})

    def _own_words(self) -> set[int]:
        """The iterations whose code has printed nothing but constants, and no more than reckoned with them."""
        if self._blind is None:
            prints: dict[int, list[Flow]] = {}
            for each in self._flows.printed:
                prints.setdefault(each.iteration, []).append(each.flow)
            quiet = {turn.index for turn in self._record.iterations if not turn.spans and not turn.searches}
            self._blind = {at for at, flows in prints.items() if at in quiet and not any(f.origins for f in flows)}
            # Operands may have been shown before: looked up while the others are left out.
            self._blind -= {at for at in self._blind if any(f.computed and self._reckons(f) for f in prints[at])}
        return self._blind

    def _writers(self, item: Item) -> set[int]:
        """The iterations that have printed the item only because their code, or code before it, says it."""
        found = set(self._own_words())
        for turn in self._record.iterations:
            flows = [each.flow for each in self._flows.printed if each.iteration == turn.index]
            typed = [each for flow in flows for each in flow.typed]
            operands = [each for flow in flows for each in flow.added | flow.factors if not flow.origins]
            # Small operands of what was computed are no statement.
            operands += [each for flow in flows for each in flow.added if flow.origins and abs(each) > _TRIFLE]
            typed += operands
            typed += [constant for flow in flows for constant in _products(flow)]
            if any(_is_said(constant, item) for constant in typed):
                found.add(turn.index)
        return found

    def _has_computed(self, iteration: int) -> bool:
        return any(each.flow.computed for each in self._flows.printed if each.iteration == iteration)

    # Constants of the code.

    def _is_typed(self, item: Item, flow: Flow) -> bool:
        """Whether the value is a constant of the code, and no result."""
        for constant in flow.typed | flow.added:
            if not _is_said(constant, item):
                continue
            trifle = isinstance(constant, Decimal) and abs(constant) <= _TRIFLE and flow.computed
            if not trifle and not (isinstance(constant, str) and item.number is None and flow.control):
                return True
        return False

    def _is_poisoned(self, flow: Flow) -> bool:
        """Whether a constant that stands nowhere took part: a summand, or a factor that is no usual one."""
        operands = {each for each in flow.added if abs(each) >= _SMALL_OPERAND and each not in _CONVERSIONS}
        operands |= {each for each in flow.factors if not _is_usual(each)}
        constants: list[Constant] = [*operands, *flow.dates]
        return any(not self._is_accounted(each) for each in constants)

    def _reckons(self, flow: Flow) -> bool:
        """Whether the operands of a calculation with constants only were shown, those that are more than factors."""
        operands = {each for each in flow.added | numbers(flow.typed) if abs(each) > 1}
        if flow.dates and not all(map(self._is_accounted, flow.dates)):
            return False
        accounted = {each for each in operands | flow.factors if self._is_accounted(each)}
        free = {each for each in flow.factors - accounted if _is_usual(each)}
        return bool(accounted or flow.dates) and operands <= accounted and flow.factors <= accounted | free

    def _is_accounted(self, constant: Constant) -> bool:
        item = date_item(constant) if isinstance(constant, str) else number_item(constant)
        if self._record.question.holds(item) or self._record.places_in(item, self._record.touched):
            return True
        if self._record.output_with(item, self._writers(item)) is not None or self._record.call_with(item) is not None:
            return True
        return not item.weak and bool(self._in_document(item).places)

    # Rows.

    def _quoted(self, item: Item, places: Sequence[Place], flow: Flow, call: int | None) -> Grounding:
        row = Grounding(item=item.shown, kind=item.kind, verdict="document", source=places[0].source, call=call)
        row.lines = [place.line for place in places if place.source == row.source][:MAX_LINES]
        row.iteration = max((step for step, _ in flow.steps), default=None) if flow.origins else None
        return row

    def _typed(self, item: Item, iteration: int | None) -> Grounding:
        row = Grounding(item=item.shown, kind=item.kind, verdict="typed", iteration=iteration)
        prints = [each.flow for each in self._flows.printed if each.iteration == iteration and each.flow.origins]
        if prints:
            row.derivation = self._derivation(union([flow.without_fields() for flow in prints]))
        return row

    def _made(self, shown: str, kind: Any, verdict: Any, flow: Flow) -> Grounding:
        row = Grounding(item=shown, kind=kind, verdict=verdict)
        if verdict == "computed":
            row.derivation = self._derivation(flow)
            # The iteration that has made it, not the one that only handed it over.
            handed = {(each.iteration, each.line) for each in self._flows.finals}
            steps = sorted(flow.steps)
            row.iteration = next((step[0] for step in reversed(steps) if step not in handed), None)
            row.iteration = row.iteration or max((step for step, _ in steps), default=None)
        return row

    def _derivation(self, flow: Flow) -> Derivation:
        codes = {turn.index: (turn.code or "").split("\n") for turn in self._record.iterations}
        steps = [
            Step(iteration=index, line=line, code=codes[index][line - 1].strip()[:_MAX_CODE])
            for index, line in sorted(flow.steps)
            if index in codes and 0 < line <= len(codes[index])
        ]
        outside = [source for source in flow.origins if source.kind in ("sub-model", "tool")]
        typed = sorted({str(each) for each in flow.added | flow.factors if abs(each) > 1})
        return Derivation(
            steps=steps[-_MOST_STEPS:],
            spans=merged_spans(self._record.spans_of(flow.origins)),
            calls=sorted(call.id for call in self._record.calls_of(outside))[:_MOST_SPANS],
            typed=[each[:80] for each in typed[:20]],
        )


# Between units of time, length, mass, volume, energy, temperature and storage.
_FACTORS = (
    "0.3048 0.3937 0.4536 0.45359237 0.453592 0.6214 0.621371 0.9144 1.609 1.6093 1.60934 1.609344 1.852 2.2046 "
    "2.20462 2.54 3.28 3.281 3.2808 3.28084 3.6 3.785 3.78541 4.184 4.1868 28.35 28.3495 30.48 273.15 1e3 1e6 1e9 "
    "144 168 360 364 365 365.2422 365.2425 365.25 366 1440 3600 3785 8760 10080 43200 86400 525600 604800 31536000 "
    "1024 1048576 1073741824 1099511627776 3.14 3.1416 3.14159 2.718 2.71828"
)
_CONVERSIONS = frozenset(map(Decimal, _FACTORS.split()))
_MOST_RATE_DIGITS = 3


def _is_usual(factor: Decimal) -> bool:
    """Whether a factor may be the code's own: one of few digits, a rate such as 1.21, one between units."""
    digits = len(factor.normalize().as_tuple().digits)
    return digits <= 2 or (abs(factor) < 2 and digits <= _MOST_RATE_DIGITS) or abs(factor) in _CONVERSIONS


def _is_trifle(item: Item, flow: Flow) -> bool:
    """Whether code has reckoned a small number out of smaller things, such as the length of a list of its own."""
    numbers_in = [*item.values, *flow.added, *flow.factors]
    return item.number is not None and not flow.typed and all(abs(each) <= _TRIFLE for each in numbers_in)


def _handed(finals: Sequence[Handed], value: Any) -> Flow:
    """The flow of what FINAL was given: of several calls in the last cell, those that may have given this value."""
    last = [each for each in finals if each.iteration == max((each.iteration for each in finals), default=0)]
    same = [each for each in last if each.is_constant and each.constant == value and type(each.constant) is type(value)]
    flows = same or [each for each in last if not each.is_constant] or last
    if len(flows) == 1:
        return flows[0].flow
    return union([each.flow.without_fields() for each in flows])


def _is_said(constant: Constant, item: Item) -> bool:
    if isinstance(constant, str):
        return item.stands_in(constant)
    return any(abs(constant) == abs(value) for value in item.values)


def _products(flow: Flow) -> list[Decimal]:
    """What constants come to that code has only put together, as far as that is easily told."""
    if flow.origins or len(flow.added) + len(flow.factors) > 4:
        return []
    made = sum(flow.added, Decimal(0))
    product = Decimal(1)
    for factor in flow.factors:
        product *= factor
    return [made, product, product + made] if flow.added else [product]


def _has(sources: Sequence[Any], kind: str) -> bool:
    return any(source.kind == kind for source in sources)


def merged_spans(spans: Sequence[Span]) -> list[Span]:
    """The same lines in few spans; at most 50."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.source, span.start_line)):
        last = made[-1] if made else None
        if last is not None and last.source == span.source and span.start_line <= last.end_line + 1:
            last.end_line = max(last.end_line, span.end_line)
        else:
            made.append(span.model_copy(update={"line": None}))
    return made[:_MOST_SPANS]
