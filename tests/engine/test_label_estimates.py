"""Intervals from labels and checks: by simulation whether they hold, and what they say where little is known."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from rlm_kernel.engine.labels import checked_by_person, draw, estimates
from rlm_kernel.engine.labels.estimates import Stratum, combined
from rlm_kernel.engine.labels.sampling import allocation
from rlm_kernel.trace import Estimate, Labelling

TEXTS, SENSITIVITY, SPECIFICITY = 2_000, 0.85, 0.93
LABELS = ["complaint", "other"]


def corpus(chance: random.Random, prevalence: float) -> tuple[list[int], list[int]]:
    """The true labels, and those of a labeller with the sensitivity and specificity above."""
    true = [0 if chance.random() < prevalence else 1 for _ in range(TEXTS)]
    wrong = {0: 1 - SENSITIVITY, 1: 1 - SPECIFICITY}
    return true, [label ^ (chance.random() < wrong[label]) for label in true]


def checked(true: list[int], given: list[int], count: int, seed: int) -> Estimate:
    numbers = draw(given, count, seed)
    labelling = Labelling(id=1, labels=LABELS, given=given, checks=[(n, true[n]) for n in numbers], checked_by="known")
    (estimate,) = estimates(labelling, "share", "complaint")
    return estimate


@pytest.mark.parametrize("prevalence", [0.1, *(pytest.param(each, marks=pytest.mark.nightly) for each in (0.3, 0.5))])
def test_the_interval_of_a_share_covers_the_truth_and_is_narrower_than_that_of_the_checks_alone(
    prevalence: float,
) -> None:
    chance = random.Random(20_261)
    covered, naive, width, alone = 0, 0, 0.0, 0.0
    for seed in range(1_000):
        true, given = corpus(chance, prevalence)
        share = true.count(0) / TEXTS
        estimate = checked(true, given, 100, seed)
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= share <= estimate.high
        width += estimate.high - estimate.low
        sample = chance.sample(true, 100)
        human = combined([Stratum(TEXTS, 0.0, [float(label == 0) for label in sample])])
        alone += human.high - human.low
        half = 1.96 * (estimate.labelled * (1 - estimate.labelled) / TEXTS) ** 0.5
        naive += abs(estimate.labelled - share) <= half
    assert 935 <= covered <= 965
    assert width <= 0.75 * alone
    # The usual interval of the labels alone knows nothing of their errors, which cancel out only at some prevalence.
    assert naive < 100 or prevalence == 0.3


def test_the_mean_of_numbers_is_covered() -> None:
    chance = random.Random(7)
    labels, covered = ["1", "2", "3", "4", "5"], 0
    for seed in range(1_000):
        true = [min(4, int(chance.triangular(0, 5, 4))) for _ in range(400)]
        given = [each if chance.random() < 0.7 else min(4, each + 1) for each in true]
        labelling = Labelling(
            id=1, labels=labels, given=given, checks=[(n, true[n]) for n in draw(given, 80, seed)], checked_by="known"
        )
        (estimate,) = estimates(labelling, "mean")
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= sum(true) / len(true) + 1 <= estimate.high
    assert 935 <= covered <= 970


def test_without_a_check_there_is_no_error_bar_but_what_checks_would_buy() -> None:
    labelling = Labelling(id=1, labels=LABELS, given=[0] * 600 + [1] * 1_400)
    (estimate,) = estimates(labelling, "count", "complaint")
    assert (estimate.value, estimate.low, estimate.high) == (600, None, None)
    assert "no error bar: unchecked labels" in estimate.text
    widths = [width for _, width in estimate.promises]
    assert [count for count, _ in estimate.promises] == [50, 100, 400]
    assert widths == sorted(widths, reverse=True)


def test_all_texts_checked_leave_no_doubt() -> None:
    given, true = [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]
    labelling = Labelling(id=1, labels=LABELS, given=given, checks=list(enumerate(true)), checked_by="known")
    (estimate,) = estimates(labelling, "count", "complaint")
    assert (estimate.value, estimate.low, estimate.high, estimate.agreed) == (2, 2, 2, 3)


def test_no_error_seen_is_not_certainty() -> None:
    true, given = [0] * 300 + [1] * 700, [0] * 300 + [1] * 700
    estimate = checked(true, given, 60, 0)
    assert estimate.value == pytest.approx(0.3)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < 0.29
    assert estimate.high > 0.31


def test_a_stratum_without_a_check_may_be_anything() -> None:
    bounds = combined([Stratum(50, 1.0, [1.0] * 50), Stratum(50, 0.0)])
    assert (bounds.value, bounds.low, bounds.high) == (0.5, 0.5, 1.0)


def test_texts_without_a_label_are_told_and_count() -> None:
    labelling = Labelling(id=1, labels=LABELS, given=[0, 0, 1, -1], checks=[(3, 0), (0, 0)], checked_by="person")
    (estimate,) = estimates(labelling, "count", "complaint")
    assert (estimate.unlabelled, estimate.value, estimate.labelled) == (1, 3, pytest.approx(8 / 3))
    assert "1 text got no label" in estimate.text


def test_groups_have_estimates_of_their_own() -> None:
    labelling = Labelling(id=1, labels=["1", "3"], given=[0, 0, 1, 1, 0])
    north, south = estimates(labelling, "mean", by=["north", "south", "south", "north", "north"])
    assert (north.group, north.texts, north.value) == ("north", 3, pytest.approx(5 / 3))
    assert (south.group, south.texts, south.value) == ("south", 2, 2.0)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("share", "praise"), "none of the labels: 'complaint', 'other'"),
        (("mean",), "labels that are numbers"),
        (("median", None), "share, count, mean"),
        (("share", "other", ["a"]), "by has 1 groups for 2 texts"),
    ],
)
def test_what_cannot_be_estimated_is_refused(arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        estimates(Labelling(id=1, labels=LABELS, given=[0, 1]), *arguments)


def test_a_draw_is_stratified_repeatable_and_begins_with_any_stratum() -> None:
    strata = [0] * 90 + [1] * 900 + [2] * 10
    numbers = draw(strata, 60, seed=3)
    assert numbers == draw(strata, 60, seed=3) != draw(strata, 60, seed=4)
    assert len(set(numbers)) == 60
    count = Counter(strata[number] for number in numbers)
    assert count == Counter(dict(enumerate(allocation([90, 900, 10], 60))))
    assert min(count.values()) >= 2
    assert {strata[number] for number in numbers[:30]} == {0, 1, 2}


def test_an_allocation_never_takes_more_than_there_is() -> None:
    assert allocation([1, 1, 5], 100) == [1, 1, 5]
    assert allocation([4, 4], 3) == [2, 1]
    assert sum(allocation([1_000, 10, 1], 50)) == 50


def test_a_persons_labels_take_the_place_of_another_check() -> None:
    labelling = Labelling(id=1, labels=LABELS, given=[0, 1, 1], checks=[(0, 0)], checked_by="model", checker="large")
    (estimate,) = estimates(checked_by_person(labelling, {1: "complaint", 2: "other"}), "share", "complaint")
    assert (estimate.checked, estimate.agreed, estimate.checked_by) == (2, 1, "person")
    with pytest.raises(ValueError, match="not a text and a label"):
        checked_by_person(labelling, {7: "other"})
