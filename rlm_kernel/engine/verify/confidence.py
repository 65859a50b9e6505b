"""How certain an answer is, by what is known of its run: a product of factors, one for each thing against it.

The factors are judgements, which put answers in an order. Where it was measured how often answers with such a product
were right (`reliability`), the score is that share, and elsewhere the product, which is no probability. Neither knows
anything of the right answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ...trace import Confidence, Grounding, Trace
from .reliability import reliability_of

_VERDICTS = {
    "ungrounded": ("a value stands nowhere and was not computed", 0.4),
    "typed": ("a value was typed by the model", 0.6),
    "sub-model": ("a value is a sub-model's", 0.8),
    "prose": ("a part is the model's own words", 0.9),
}
_CONDITIONS = {
    "other-name": ("the answer stands in lines about another name than the question's", 0.5),
    "passed-over": ("it is said not to be stated, and lines have most of the question's words", 0.7),
    "unused": ("a number of which the question asks was read and not used", 0.6),
    "mixed": ("its rows say two things, and the code takes both", 0.6),
    "single": ("it was to be added up, and is of a single line", 0.6),
    "counted": ("lines were counted where the question asks how many of a unit", 0.6),
    "unasked": ("its rows were chosen by a word that the question does not have", 0.6),
    "unread": ("the question has a word that only a document has which the code does not take rows from", 0.6),
    "unheeded": ("its rows differ in a word of the question that the code does not have", 0.6),
}
_AGREEMENTS = {
    "majority": ("further solves did not all agree", 0.7),
    "reconciled": ("a second solve found something else", 0.6),
    "disputed": ("no two solves could be brought to agree", 0.1),
    "unverified": ("no second solve has confirmed it", 0.8),
}
# Words of the question that its rows and code do not have: from how many on, and the factor.
_UNSAID = ((5, 0.3), (3, 0.5))
_SHOWN_WORDS = 8
_CERTAIN = 0.7
_ALONE = ("no second solve has confirmed it", 0.8)


def confidence_of(
    trace: Trace,
    *,
    least: float | None = None,
    recall: float | None = None,
    weights: str | None = None,
    unsaid: Sequence[str] = (),
) -> Confidence:
    """The confidence of an answered run. `recall` is the share of canaries that its code found, where that is known;
    `weights` is the SHA-256 of the weights that answered; `unsaid` are words of the question that the rows and the code
    of the answer do not have (`unsaid_words`)."""
    factors = [*_factors(trace, recall), *_of_words(unsaid)]
    product = math.prod(factor for _, factor in factors)
    measured = reliability_of(trace, product, weights)
    score = product if measured is None else measured.share
    return Confidence(
        score=round(score, 4), factors=factors, calibrated=measured is not None, measured=measured, least=least
    )


def mark_of(confidence: Confidence) -> str | None:
    """What every display says beside an answer of which it was measured that fewer than seven of ten like it were
    right; None of others."""
    if confidence.measured is None or confidence.score >= _CERTAIN:
        return None
    against = "; ".join(what for what, _ in confidence.factors if what != _ALONE[0])
    return f"Not certain: {confidence.measured.text}{f'. Against it: {against}' if against else ''}."


def _of_words(unsaid: Sequence[str]) -> Iterator[tuple[str, float]]:
    for fewest, factor in _UNSAID:
        if len(unsaid) >= fewest:
            words = ", ".join(unsaid[:_SHOWN_WORDS]) + (" ..." if len(unsaid) > _SHOWN_WORDS else "")
            yield f"words of the question stand neither in its rows nor in its code: {words}", factor
            return


def _factors(trace: Trace, recall: float | None) -> Iterator[tuple[str, float]]:
    rows = [row for item in trace.grounding for row in item.rows()]
    for verdict, factor in _VERDICTS.items():
        if any(row.verdict == verdict for row in rows):
            yield factor
    if any(_rests_on_nothing(row) for row in rows):
        yield "a value was computed from no line of the documents", 0.5
    if replies_computed_with(trace):
        yield "it was computed from a sub-model's replies, which nothing has checked", 0.7
    yield from _emptiness(trace)
    kinds = {condition.kind for condition in trace.row_conditions or ()}
    yield from (_CONDITIONS[kind] for kind in sorted(kinds))
    if trace.verification is None:
        yield _ALONE
    elif trace.verification.agreement in _AGREEMENTS:
        yield _AGREEMENTS[trace.verification.agreement]
    if any(each.low is None for each in trace.estimates):
        yield "it rests on unchecked labels", 0.7
    if trace.best_guess:
        yield "it is a best guess", 0.4
    if trace.unchanged is False:
        yield "the documents were changed meanwhile", 0.2
    if any(turn.error is not None for turn in trace.iterations):
        yield "some code ended in an error", 0.95
        if any(row.verdict == "absent" for item in trace.grounding for row in item.rows()):
            yield "nothing was found, and some code had failed", 0.7
    if any(repair.kind == "group-replaced" for turn in trace.iterations for repair in turn.repairs):
        yield "which part of a line is meant was settled by the engine", 0.9
    by_engine = ("pattern-replaced", "pattern-completed")
    if any(repair.kind in by_engine for turn in trace.iterations for repair in turn.repairs):
        yield "a search had its pattern from the engine", 0.95
    if trace.iterations and trace.iterations[-1].repairs:
        yield "the code that answered was mended", 0.95
    most = trace.settings.get("max_iterations")
    if isinstance(most, int) and len(trace.iterations) > 0.7 * most:
        yield "it took most of the iterations", 0.85
    if recall is not None and recall < 1:
        yield f"its code found {recall:.0%} of planted lines", max(0.1, recall)


def replies_computed_with(trace: Trace) -> int:
    """How many replies of sub-models the answer's values were computed from; none where estimates say how certain they
    are."""
    if trace.estimates:
        return 0
    rows = [row for item in trace.grounding for row in item.rows() if row.verdict == "computed"]
    ids = {number for row in rows if row.derivation is not None for number in row.derivation.calls}
    return sum(
        call.id in ids and call.kind != "tool" and call.response is not None
        for turn in trace.iterations
        for call in turn.calls
    )


def _rests_on_nothing(row: Grounding) -> bool:
    derivation = row.derivation
    return row.verdict == "computed" and derivation is not None and not derivation.spans and not derivation.calls


def _emptiness(trace: Trace) -> Iterator[tuple[str, float]]:
    """Nothing, or zero, where a search found nothing: it may have looked for the wrong words."""
    empty = trace.value in (None, "", [], {}) or _is_zero(trace.value)
    searches = [each for turn in trace.iterations for each in turn.searches if each.pattern]
    if empty and any(not each.hits for each in searches):
        yield "it is nothing, and a search had no hits", 0.5
    elif empty and not searches:
        yield "it is nothing, and nothing was searched for", 0.6


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0
