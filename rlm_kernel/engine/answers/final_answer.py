"""What happens to FINAL's value: bounded, validated, doubted at most once, its evidence looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from ...document import Document
from ...subkernel.base import Refusal
from ...trace import Evidence, Grounding, Searched, Trace
from ...trace.json_values import storable
from ..grounding.absence import is_absence
from ..grounding.deadline import TooSlowError
from . import schema
from .search_advice import instead_of, patterns_of, rows_of, with_patterns

_MAX_EVIDENCE = 1000
_MAX_LINE = 500
_NAMED_IN_DOUBT = 5
# So much of an error's text is no answer by chance.
_SAME_AS_AN_ERROR = 30


class Acceptance:
    """Takes one answer. `accepted` is the value, fit for a trace, with its evidence, once there is one; `remarks` say
    what of the evidence was left out; `remedy` is code to run in place of the last one, after a refusal, and
    `has_other_rows` whether that is since the answer's rows are not those of the question. `patterns` are those that
    the model was told: their words are the document's, and no reason to refuse."""

    def __init__(self, document: Document, answer_type: Any, question: str = "") -> None:
        self.accepted: tuple[Any, tuple[Evidence, ...]] | None = None
        self.remarks: tuple[str, ...] = ()
        self.remedy = ""
        self.has_other_rows = False
        self.patterns: list[str] = []
        self._document = document
        self._question = question
        self._answer_type = answer_type
        self._adapter = None if answer_type is None else schema.adapter(answer_type)
        self._has_doubted = False

    def accept(self, value: Any, evidence: Any, code: str, trace: Trace | None, *, unread: Any = 0) -> bool:
        """Take what `code` has handed to FINAL; all of it is hostile. Raises Refusal.

        `trace` is that of the run up to the cell that runs, whose outputs the model has seen; None where nothing may be
        doubted any more. `unread` is how many items of the evidence the sub-kernel could not make lines of.
        """
        if self.accepted is not None:
            raise Refusal("FINAL was called before: the first answer counts")
        try:
            handed = value = storable(value)
        except ValueError as error:
            raise Refusal(f"FINAL: the answer is {error}: give a flat list or dict") from None
        if self._adapter is not None and value is not None:
            try:
                value = schema.check(self._adapter, value)
            except ValueError as error:
                if not (isinstance(value, str) and is_absence(value)):
                    wanted = schema.schema_of(self._answer_type)
                    raise Refusal(f"FINAL: the answer does not fit ({error}). It must be: {wanted}") from None
                value = None
        named = self._verified(evidence)
        if trace is not None and not self._has_doubted:
            self._doubt(handed, code, trace, named)
        self.accepted = (value, named)
        self.remarks = tuple(self._left_out(evidence, unread))
        return True

    def _left_out(self, evidence: Any, unread: Any) -> Iterator[str]:
        texts = self._document.texts
        nameless = sum(source is None for source, _ in islice(_numbers(evidence), _MAX_EVIDENCE))
        if nameless and len(texts) != 1:
            yield (
                f"Evidence: {nameless:,} line numbers were left out, since they do not say which of the {len(texts):,} "
                "documents they are of: give rows of a search, or name the document, as in "
                f"evidence={{{(texts[0].name if texts else 'name')[:80]!r}: [3]}}."
            )
        if type(unread) is int and unread > 0:
            yield f"Evidence: {unread:,} that the model named could not be read as lines, and left out."

    def _doubt(self, value: Any, code: str, trace: Trace, evidence: Sequence[Evidence]) -> None:
        """Ask once about what neither the document nor any output holds, about "not stated" or nothing where no search
        has found anything, about rows that were chosen by what the question does not name, and about a name in the
        question that no line has."""
        if value is None or (isinstance(value, str) and is_absence(value)):
            if not trace.iterations and not any(name in code for name in _LOOKING):
                self._has_doubted = True
                raise Refusal(
                    "FINAL: nothing was searched for yet. Look for it first: grep(...), fuzzy_search(...); if it is "
                    "not there, call FINAL again."
                )
            if trace.iterations and (error := trace.iterations[-1].error) is not None:
                self._has_doubted = True
                failure = f"{error.type}: {error.message[:_MAX_LINE]}"
                missed = [search for search in trace.iterations[-1].searches if not search.hits]
                raise Refusal(
                    f"FINAL({value!r}) says that the document does not state it, but your last code failed: {failure}. "
                    f"{self._advice(trace, missed, 'Mend that first; if it is not stated, call FINAL again.')}"
                )
            self._doubt_answer(value, code, trace)
            return
        if isinstance(value, str) and (failure := _failure_in(value, trace)):
            self._has_doubted = True
            raise Refusal(
                f"FINAL({value[:200]!r}) is the text of an error, and no answer. Mend the code that failed: {failure}"
            )
        if isinstance(value, int | float) and (each := _each_asked(self._question)):
            self._has_doubted = True
            raise Refusal(
                f"FINAL({value!r}): the question asks for a value for each {each}, and this is one for all. Make a "
                "dict: totals = {}, and for m in rows: totals[m[...]] = totals.get(m[...], 0) + to_number(m[...]), "
                f"where the first m[...] is the {each}. If one value is meant, call FINAL again."
            )
        if _is_nothing(value) and (searches := _in_vain(trace)):
            self._has_doubted = True
            raise Refusal(
                f"FINAL({value!r}): the result of your last code says nothing. "
                f"{self._advice(trace, searches, 'If it is right, call FINAL again.')}"
            )
        from ..grounding import better_rows, unfounded
        from .question_words import unmentioned

        if rows := unfounded(value, code, self._document, trace, evidence):
            self._has_doubted = True
            raise Refusal(_doubting(value, rows))
        self._doubt_answer(value, code, trace)
        conditions, searched, pattern, better = better_rows(self._question, self._document, trace, code)
        if conditions and pattern not in self.patterns:
            self._has_doubted = True
            if better:
                # Code that calls FINAL would give another answer before anybody has looked at its rows.
                mended = "" if "FINAL" in searched else with_patterns(searched, {pattern: better})
                self.remedy = mended or rows_of(better)
            self.has_other_rows = True
            way = "Run the code below first, and compare." if self.remedy else "If that is meant, call FINAL again."
            raise Refusal(f"FINAL({repr(value)[:200]}): {conditions[0].told}: {conditions[0].text}. {way}")
        # A text that the model has typed; what code computed is not what a line would name.
        typed = isinstance(value, str) and value in code
        if typed and (name := unmentioned(self._question, self._document)):
            self._has_doubted = True
            raise Refusal(
                f"FINAL({repr(value)[:200]}): no line has {name!r}, of which the question asks. If the document does "
                "not state it, send FINAL(None); if this is its answer all the same, call FINAL again."
            )

    def _doubt_answer(self, value: Any, code: str, trace: Trace) -> None:
        """Ask about an answer that is not what the question means. A small model does what is named last."""
        from ..grounding import conditions_of_answer
        from ..grounding.question_terms import offers_none

        with suppress(TooSlowError):
            for condition in conditions_of_answer(self._question, self._document, trace, value, running=code):
                self._has_doubted = True
                line = f": {condition.text}" if condition.text else ""
                none = offers_none(self._question) and condition.kind == "other-name"
                way = "if no line says it of that name, send FINAL(None)" if none else _WAYS[condition.kind]
                raise Refusal(
                    f"FINAL({repr(value)[:200]}): {condition.told}{line}. If that is right all the same, call FINAL "
                    f"again; {way}."
                )

    def _advice(self, trace: Trace, missed: Sequence[Searched], otherwise: str) -> str:
        """What is said of searches that found nothing. What to run instead becomes the `remedy`; only where there is
        none `otherwise` is said, as a small model does what is named first."""
        if not missed:
            return otherwise
        told = f"It searched for {patterns_of(missed)} and found nothing: "
        last = trace.iterations[-1]
        self.remedy = instead_of(last.code or "", self._document, missed)
        if self.remedy:
            return f"{told}no line has that. Run the code below first."
        return f"{told}copy the words of a line that you have seen. {otherwise}"

    def _verified(self, evidence: Any) -> tuple[Evidence, ...]:
        """Each line that was named, with its text from the parent's own document; None where there is no such line.

        Of several documents a number alone names none, and nothing is guessed.
        """
        texts = self._document.texts
        names = {text.name: text for text in texts}
        only = texts[0].name if len(texts) == 1 else None
        found: dict[tuple[str, int], Evidence] = {}
        for source, number in _numbers(evidence):
            if (name := source if source is not None else only) is None:
                continue
            text = names.get(name)
            line = text.line(number) if text is not None else None
            named = name[:_MAX_LINE]
            place = "" if text is None or line is None else text.place(number)[:_MAX_LINE]
            row = Evidence(source=named, line=number, text=None if line is None else line[:_MAX_LINE], place=place)
            found.setdefault((named, number), row)
            if len(found) >= _MAX_EVIDENCE:
                break
        return tuple(found.values())


def _each_asked(question: str) -> str:
    # Lazily: most answers are no single numbers of questions about groups.
    from ..rows.question_shapes import each_asked

    return each_asked(question)


def _failure_in(value: str, trace: Trace) -> str:
    """The error of earlier code whose text an answer is; "" where it is none. An error may quote the document, and what
    it quotes may be the answer: this one names its kind too."""
    for error in (iteration.error for iteration in trace.iterations):
        is_long = error is not None and len(error.message) >= _SAME_AS_AN_ERROR
        if error is not None and is_long and error.type in value and error.message[:_SAME_AS_AN_ERROR] in value:
            return f"{error.type}: {error.message[:_MAX_LINE]}"
    return ""


def _is_nothing(value: Any) -> bool:
    """Whether a value is what code makes of no lines: 0, an empty list or dict."""
    return value in (0, [], {}) and value is not False


def _in_vain(trace: Trace) -> Sequence[Searched]:
    """The searches of the last iteration, if all of them found nothing."""
    searches = trace.iterations[-1].searches if trace.iterations else []
    return [] if any(search.hits for search in searches) else searches


_WAYS = {
    "other-name": "else print the lines that have it, and answer from them",
    "passed-over": "else answer from that line",
    "unused": "else compute with it, and print the result",
}
_LOOKING = ("context", "grep", "find", "search", "read", "slice", "tables", "sections", "query", "matches", "stats")


def _numbers(evidence: Any) -> Iterator[tuple[str | None, int]]:
    """(source, line) of each line in what the sub-kernel has sent, which may be anything."""
    for item in evidence if isinstance(evidence, list) else []:
        match item:
            case bool():
                continue
            case int():
                yield None, item
            case [None | str() as source, int() as first, int() as last] if last - first >= 0:
                for number in range(first, min(last, first + _MAX_EVIDENCE) + 1):
                    yield source, number


def _doubting(value: Any, rows: Sequence[Grounding]) -> str:
    """The refusal: what is doubted, and what to do."""
    named = ", ".join(f"{row.path}: {row.item!r}" if row.path else repr(row.item) for row in rows[:_NAMED_IN_DOUBT])
    more = f" and {len(rows) - _NAMED_IN_DOUBT:,} more" if len(rows) > _NAMED_IN_DOUBT else ""
    alone = not isinstance(value, list | dict | str)
    subject = f"FINAL({str(value)[:200]})" if alone else f"FINAL: {named}{more}"
    return (
        f"{subject}: no output has shown this, and the document does not have it. Let the code find or compute it, "
        "print it, and pass the variable to FINAL. If it is right as it is, call FINAL again: nothing is asked twice."
    )
