"""Which words of a question no document has, where the question says what to answer if something is not stated."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.answers.question_words import unmentioned

OFFICES = "Offices\nThe manager of the east office is Ines Vogt.\nThe manager of the west office is Dev Rao.\n"


ABSENT = "If the document does not state it, answer None."


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (f"Who manages the harbour office? {ABSENT}", "harbour"),
        ("Who manages the Harbour office? Say 'not stated' if it is not there.", "Harbour"),
        ("Answer None if it is not stated. Who manages the harbour office?", "harbour"),
        ("Who manages the harbour office, or None if nobody does?", "harbour"),
        (f"Which office does Zora manage? {ABSENT}", "Zora"),
        ("Who leads the Harbour office? If unknown, then None.", ""),
        (f"Who manages the east office? {ABSENT}", ""),
        # It says nothing of what is not stated.
        ("Who manages the harbour office?", ""),
        ("How many harbour offices are not managed by Ines Vogt? Give a number.", ""),
        ("Which office has no manager? Give a list of names.", ""),
        ("Which harbour office has a manager: Ines Vogt, Dev Rao, or none of these?", ""),
        # How the answer is to be given is not what is asked about.
        ("Who manages the west office? Return the surname only. Otherwise return None.", ""),
        # Another word for the same thing is no name.
        (f"Who is the boss of the east office? {ABSENT}", ""),
        (f"According to the document, who manages the east office? {ABSENT}", ""),
        ("Who manages the east office? Respond with the full name, or None if it is not stated.", ""),
        # A document in another language has none of the words.
        ("Wer leitet das Büro am Hafen? Falls es nicht im Text steht, antworte None.", ""),
        # Two of them may be two wordings.
        (f"Who manages the Harbour office of Zora? {ABSENT}", ""),
    ],
)
def test_the_name_that_no_line_has(question: str, name: str) -> None:
    assert unmentioned(question, Document.of(OFFICES)) == name


def test_the_name_of_a_document_and_other_forms_of_a_word_count() -> None:
    document = Document.of({"harbour.txt": OFFICES, "fees.txt": "Fees of the Böden"})
    assert unmentioned("Who manages the harbour office? Else answer None.", document) == ""
    assert unmentioned("Who pays fees at Boden? Else answer None.", document) == ""
    assert unmentioned("Who manages the tower office? Else answer None.", document) == "tower"


def test_large_documents_and_very_long_questions_are_not_read() -> None:
    question = "Who manages the harbour office? Else answer None."
    assert unmentioned(question, Document.of("the office that manages\n" * 300_000)) == ""
    assert unmentioned(question + "." * 1_000_000 + "x", Document.of(OFFICES)) == ""
