"""Columns that say what has become of each row ("paid", "planned"), which a question may ask for in other words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ...document.search.irregular_words import is_past
from ...document.text import Text
from .asked import WORD, Asked, stem_of
from .legends import FEWEST_MEANINGS, legend_of, with_measures
from .row_patterns import LETTERS, LineForm, constants_of

_HOW = re.compile(r"[,(;:]| (?:in|on|at|since|until|from|by) (?=\d)")
_IS_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|\.)*(?:(?:, | [-–/] |[ -])[^\W\d_]+\.?)*")
# A mark behind some rows: "DNS", "n.b."
_ESCAPE = re.compile(r"\\.")
_MARK = re.compile(r"(?:[^\W\d_]\.){1,4}|(?=\D*[A-Z])[^\W\d_a-z]{2,5}")
# Beside what was done to a row ("paid", "weighed"), what it is.
_STATES_OF_THINGS = (
    "yes no none true false in out on off open closed shut live rehearsal trial main resit peak auto "
    "automatic manual actual real plan estimate forecast budget draft final quote offer void fault ok "
    "error warning valid invalid active inactive pending spare ill absent present full empty free busy "
    "sale refund return purchase deposit withdrawal credit debit income expense private public internal "
    "external new old current former"
)
_STATE_WORDS = frozenset(_STATES_OF_THINGS.split())
_VOID = re.compile(
    r"\b(?:void|voided|cancell?ed|invalid|rejected|refused|withdrawn|annulled|revoked|called off|struck (?:off|out))\b",
    re.IGNORECASE,
)
_IN_OR_OUT = (["in"], ["out"], ["on"], ["off"], ["no"], ["not"])
REMARKS = frozenset(["remark", "remarks", "note", "notes", "comment", "comments", "reason"])
_STATES = frozenset(["state", "status", "condition", "result", "outcome", "verdict"])
# What rows of a column of states are said to have where it is empty: nothing has become of them.
NOTHING = "nothing"
_WHETHER = frozenset(["yes", "no", "none", "true", "false", NOTHING])
_WORDS_OF_VOID, _LONGEST_CODE = 2, 4
_MOST_STATES, _MOST_STATE_GROUPS, _LONGEST_STATE, _ROWS_OF_A_STATE = 5, 2, 30, 2


def with_states(form: LineForm, asked: Asked, text: Text) -> LineForm:
    """A form with those of its groups that say in few words what was done or has become of each row ("began" and
    "ended", yes and no), of which the question may say one in words of its own; and what the text says of them."""
    legend = legend_of(text)
    form = with_measures(form, legend, text)
    states = tuple(islice(_states_of(form, asked, legend), _MOST_STATE_GROUPS))
    words = dict.fromkeys(word for _, values in states for value in values for word in (value, *value.split()))
    # In the order of the states.
    told = tuple(f"{word} = {legend[word]}" for word in words if word in legend)
    return _without_void(replace(form, states=states, legend=told), asked)


def _without_void(form: LineForm, asked: Asked) -> LineForm:
    """The form without the rows that a remark calls void, beside remarks of other things, unless they are asked for."""
    asked_for = asked.asking - asked.excluded - asked.negated
    for at, column in enumerate(zip(*form.rows, strict=True)):
        label = form.labels[at].casefold() if form.labels else ""
        is_remark = label in REMARKS or at == form.remark
        void = {value for value in column if is_remark and _is_void(value)}
        rows = tuple(row for row in form.rows if row[at] not in void)
        words = {stem_of(word) for value in void for found in _VOID.findall(value) for word in WORD.findall(found)}
        is_few = 0 < len(void) <= _MOST_STATES and 2 * len(rows) > len(form.rows)
        is_apart = at not in dict(form.states) and form.groups in rows and not form.more
        if is_few and is_apart and words.isdisjoint(asked_for):
            return replace(form, rows=rows, left_out=(*form.left_out, (at, tuple(sorted(void)))))
    return form


def _is_void(remark: str) -> bool:
    """Whether a remark begins by saying that a row has come to nothing."""
    words = remark.split(maxsplit=_WORDS_OF_VOID)
    return _VOID.search(" ".join(words[:_WORDS_OF_VOID])) is not None


def _states_of(form: LineForm, asked: Asked, legend: Collection[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    said = {stem_of(word) for group in form.groups for word in WORD.findall(group)}
    # Of records of several lines the line is the first one.
    constants = _ESCAPE.sub(" ", " ".join(constants_of(form.pattern)))
    said |= {stem_of(word) for part in (form.line, constants) for word in WORD.findall(part)}
    for at, column in enumerate(zip(*form.rows, strict=True)):
        states = _in_one_number(Counter(map(state_of, column)))
        is_few = 2 <= len(states) <= _MOST_STATES and max(map(len, states)) <= _LONGEST_STATE
        if not is_few or len(column) < _ROWS_OF_A_STATE * len(states) or not all(map(_IS_WORDS.fullmatch, states)):
            continue
        if not all(column) and at != form.remark:
            continue
        label = form.labels[at].casefold() if form.labels else ""
        told = {*legend, *_marks(column)}
        # Most remarks are of something else.
        if (label in REMARKS or at == form.remark) and not _are_states(states, told):
            continue
        named = sum({stem_of(word) for word in WORD.findall(state)} <= asked.asking for state in {*states} - {NOTHING})
        named_in = asked.sentences_of(states)
        is_asked = not named and not asked.saying <= said
        # Of those that a sentence names together all are meant.
        if named > 1:
            is_asked = named < len(states) or asked.excludes or named_in > 1
        # A question that names a remark may mean the rows that have it, or those that do not.
        is_asked = is_asked or (at == form.remark and named > 0)
        capitals = {state_of(value) for value in column if value[:1].isupper()}
        # "without the loads that we refused" asks for no load.
        is_asked = is_asked and stem_of(label) not in asked.stems - asked.negated
        if is_asked and _is_of_states(label, states, told, capitals):
            written = {state_of(value): head_of(value) or NOTHING for value in reversed(column)}
            yield at, tuple(written[state] for state, _ in states.most_common())


def _in_one_number(states: Counter[str]) -> Counter[str]:
    """States of which one that is the plural of another counts as the one that is more frequent: "1 parcel"."""
    for plural in [state for state in states if _is_plural(state) and state[:-1] in states]:
        pair = sorted((plural, plural[:-1]), key=lambda state: states[state])
        states[pair[1]] += states.pop(pair[0])
    return states


def head_of(value: str) -> str:
    """What a value says before it says how, or when: "received" of "received, cheque" and "received (in May)"."""
    head = _HOW.split(value, maxsplit=1)[0].rstrip()
    return head or value


def state_of(value: str) -> str:
    """The head of a value in small letters, which are as good as others; "nothing" of an empty one."""
    return head_of(value).casefold() or NOTHING


def is_of_state(value: str, state: str) -> bool:
    """Whether a value has a state, in the singular or the plural."""
    own, other = state_of(value), state.casefold()
    return own == other or any(_is_plural(one) and one[:-1] == two for one, two in ((own, other), (other, own)))


def _is_plural(state: str) -> bool:
    """Whether a word may be the plural of another: codes, and words that end in two, are none."""
    return len(state) > _LONGEST_CODE and state.endswith("s") and not state.endswith("ss")


def _marks(column: Sequence[str]) -> set[str]:
    """The marks behind some rows of a column, "DNS" and "n.b."; where most rows have one, these may be units."""
    if sum(map(bool, column)) * 2 > len(column):
        return set()
    return {state_of(value) for value in column if _MARK.fullmatch(head_of(value))}


def _are_states(values: Collection[str], legend: Collection[str]) -> bool:
    """Whether each of some values says what was done or has become of something, or is told of in the legend."""
    names = {name.casefold() for name in legend}
    return all(is_state(value) or value in names or value == NOTHING for value in values)


def _is_of_states(label: str, states: Collection[str], legend: Collection[str], capitals: Collection[str]) -> bool:
    """Whether states of a column that is called `label` are some, and no kinds of things; `capitals` are those that are
    written with one."""
    names = {name.casefold() for name in legend}
    explained = sum(not names.isdisjoint((state, *state.split())) for state in states)
    # Beside nothing, one says it all.
    fewest = 1 if NOTHING in states else FEWEST_MEANINGS
    # "Main" among other halls is a name, and "none" is none.
    is_told = any(_says_whether(state) and state not in capitals for state in states)
    is_told = is_told or 2 * sum(map(is_state, states)) >= len(states) or any(map(is_past, capitals))
    return label in _STATES or is_told or explained >= fewest


def _says_whether(state: str) -> bool:
    """Whether a state says what was done, or that there is none: of others that are called so ("full" among diets) more
    must be states."""
    return any(map(is_past, LETTERS.findall(state))) or state in _WHETHER


def has_void(states: Iterable[str]) -> bool:
    """Whether one of some states says that a row has come to nothing: rows of the others are meant then, whatever the
    question says of them."""
    return any(_VOID.search(state) for state in states)


def is_state(words: str) -> bool:
    """Whether words in small letters say what was done or has become of something, or which of two ways it is."""
    all_words = LETTERS.findall(words)
    return words in _STATE_WORDS or all_words[:1] in _IN_OR_OUT or any(map(is_past, all_words))
