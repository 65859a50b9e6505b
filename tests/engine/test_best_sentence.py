"""The one sentence that has most words of a question for a fact."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.prompt import prompt
from rlm_kernel.engine.rows.best_sentence import told_sentence

CARDS = (
    "Handbook\n\nThe lift gets a new carpet. At present the guest card for students costs 32 euros. Nobody minded.\n\n"
    "The desk was moved. At present the guest card for adults costs 53 euros.\n\n"
    "Until 2022 the guest card for students cost 28 euros, by the price list of that time.\n"
)
CORRECTION = "Please correct your tour plan: the seating rehearsal in Bremen no longer starts at 15:40 but at 16:40."
TOUR = (
    f"Plan: in Bremen the seating rehearsal starts at 15:40.\n\n{CORRECTION} The concert stays.\n\n"
    "In Metz the seating rehearsal starts at 13:10.\n"
)


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [
        (
            "What does the guest card for students cost at present?",
            CARDS,
            "line 3: 'At present the guest card for students costs 32 euros.'",
        ),
        (
            "When does the seating rehearsal in Bremen start now, by the tour plan?",
            TOUR,
            f"line 3: {CORRECTION!r}",
        ),
        (
            "What does the guest card for adults cost?",
            {"a": CARDS, "b": "Nothing of this."},
            "line 5 of 'a': 'At present the guest card for adults costs 53 euros.'",
        ),
    ],
)
def test_the_sentence_is_told_with_its_line(question: str, text: Any, said: str) -> None:
    (told,) = told_sentence(question, Document.of(text))
    assert told.note == f"[the sentence with most words of the question is in {said}]"
    assert not told.beginnings


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # Two have as many words; the name is missing; few words are there.
        ("What does the guest card cost?", CARDS),
        ("What does the guest card for students of Harvard cost at present?", CARDS),
        ("What does a locker for guests of the swimming pool in the cellar cost?", CARDS),
        ("What does the guest card for students not include at present?", CARDS[:60]),
        # A heading says nothing more.
        ("What is the closing fee of the Comfort Plus account?", "[Comfort Plus account]\nCard fee = 3\n"),
        # Only what was once is said.
        ("What does the guest card for students cost at present?", CARDS[CARDS.index("Until") :]),
    ],
)
def test_nothing_is_told_where_it_is_not_sure(question: str, text: str) -> None:
    assert told_sentence(question, Document.of(text)) == []


def test_a_small_model_is_told_it_beside_what_was_once() -> None:
    found = [("context", 3), ("context", 5), ("context", 7)]
    notes = [
        told.note
        for told in prompt.forms("What does the guest card for students cost at present?", Document.of(CARDS), found)
    ]
    assert [note.split(" ")[0] for note in notes] == ["[what", "[the"]
    assert "line 7 says was so before" in notes[0]


def test_what_is_no_longer_so_but_otherwise_now_is_not_called_outdated() -> None:
    notes = [
        told.note
        for told in prompt.forms(
            "When does the seating rehearsal in Bremen start now?", Document.of(TOUR), [("context", 1), ("context", 3)]
        )
    ]
    assert not any("was so before" in note for note in notes)
