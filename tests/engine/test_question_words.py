"""Which words of a question no document has, where the question says what to answer if something is not stated."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.answers.question_words import unmentioned

OFFICES = "Offices\nThe manager of the east office is Ines Vogt.\nThe manager of the west office is Dev Rao.\n"


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who manages the harbour office? If the document does not state it, answer None.", ("harbour",)),
        ("Who manages the east office? If the document does not state it, answer None.", ()),
        ("Who manages the Harbour office? Say 'not stated' if it is not there.", ("harbour",)),
        ("Answer None if it is not stated. Who manages the harbour office?", ("harbour",)),
        ("Who manages the harbour office, or None if nobody does?", ("harbour",)),
        ("Wer leitet das Büro am Hafen? Falls es nicht im Text steht, antworte None.", ("leitet", "buro", "hafen")),
        # It says nothing of what is not stated.
        ("Who manages the harbour office?", ()),
        ("How many harbour offices are not managed by Ines Vogt? Give a number.", ()),
        ("Which office has no manager? Give a list of names.", ()),
        # How the answer is to be given is not what is asked about.
        ("Who manages the west office? Return the surname only. Otherwise return None.", ()),
    ],
)
def test_words_that_no_line_has(question: str, missing: tuple[str, ...]) -> None:
    assert unmentioned(question, Document.of(OFFICES)) == missing


def test_the_name_of_a_document_and_other_forms_of_a_word_count() -> None:
    document = Document.of({"harbour.txt": OFFICES, "fees.txt": "Fees of the Böden"})
    assert unmentioned("Who manages the harbour office? Else answer None.", document) == ()
    assert unmentioned("What are the fees of a boden? Else answer None.", document) == ()
    assert unmentioned("What are the fees of a tower? Else answer None.", document) == ("tower",)


def test_large_documents_are_not_read() -> None:
    document = Document.of("no more than this\n" * 300_000)
    assert unmentioned("Who manages the harbour office? Else answer None.", document) == ()
