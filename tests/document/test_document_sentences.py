"""Sentences that say one thing of several names are told from those that say another."""

from __future__ import annotations

import pytest

from rlm_kernel.document.search.sentences import saying_the_same

SPENT = ["The Rose spent 5 EUR on tea.", "The Old Lily spent 7 EUR on tea.", "The Elm spent 1,200 EUR on coffee."]
PLANNED = ["The Rose had planned 9 EUR for tea.", "The Elm had planned 2 EUR for tea."]


def test_sentences_with_other_words_in_several_places_say_another_thing() -> None:
    assert saying_the_same(SPENT[0], [*SPENT, *PLANNED]) == [0, 1, 2]
    assert saying_the_same(PLANNED[0], [SPENT[0], PLANNED[0], SPENT[1], PLANNED[1]]) == [1, 3]


def test_names_and_numbers_do_not_matter() -> None:
    assert saying_the_same(SPENT[0], SPENT) is None
    assert saying_the_same("In May, Ada ran 3 km.", ["In May, Ada ran 3 km.", "In June, Bo Berg ran 12 km."]) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # One value of two words, one place, and lines that are no sentences.
        ("We bought desk lamps for 30 EUR.", "We bought printer paper for 7 EUR."),
        ("Card 7 began in May.", "Card 8 ended in May."),
        ("12:01 job 5 timed out after 3 tries", "12:02 job 5 failed for 2 reasons"),
        ("job: 5 timed out after 3 tries.", "job: 6 failed for 2 reasons."),
    ],
)
def test_what_may_be_a_value_is_none(first: str, second: str) -> None:
    assert saying_the_same(first, [first, second] * 3) is None


def test_a_few_odd_sentences_say_nothing_of_the_rest() -> None:
    assert saying_the_same(PLANNED[0], [*SPENT * 3, PLANNED[0]]) is None


def test_very_long_lines_and_very_many_are_not_read() -> None:
    assert saying_the_same(SPENT[0], [SPENT[0], PLANNED[0].replace("tea", "t" * 500)]) is None
    assert saying_the_same(SPENT[0], [*SPENT, *PLANNED] * 1_000) is None
