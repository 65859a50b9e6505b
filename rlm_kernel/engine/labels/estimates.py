"""What labels and the check of some of them say of all: a point and an interval, stratified by label.

This is prediction-powered inference (Angelopoulos et al. 2023) for labels: the labels of all texts are corrected by
what the check found. Within a stratum of one label the prediction is constant, so that every choice of the power
tuning of PPI++ gives the same estimate: the mean of the checks of each stratum, weighted by the stratum's size. The
variance has the correction for a finite population; one further answer in each stratum (for numbers: a variance from
all strata together, with the weight of one answer) keeps the interval from collapsing where its checks all agree.
Simulations in tests/engine/test_label_estimates.py show how
often it covers the truth.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...trace import Estimate, Labelling, Trace
from .sampling import allocation

_PLANS = (50, 100, 400)
_USUAL_ACCURACY = 0.9


@dataclass(frozen=True, slots=True)
class Bounds:
    """A point, and the ends of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """The texts of one label: how many, what the label says of each (0 to 1), what the checks found (0 to 1)."""

    size: int
    predicted: float
    found: Sequence[float] = ()


def combined(strata: Sequence[Stratum], scale: Sequence[float] = (0.0, 1.0), level: float = 0.95) -> Bounds:
    """The mean of all texts with its interval, on the scale from 0 to 1, on which an answer can have the values of
    `scale`. A stratum without a check may be anything."""
    z = statistics.NormalDist().inv_cdf(0.5 + level / 2)
    total = sum(stratum.size for stratum in strata)
    value = variance = below = above = 0.0
    pooled = _pooled(strata)
    for stratum in strata:
        weight = stratum.size / total
        if not stratum.found:
            value += weight * stratum.predicted
            below += weight * stratum.predicted
            above += weight * (1 - stratum.predicted)
        else:
            value += weight * statistics.fmean(stratum.found)
            variance += weight**2 * _variance(stratum, scale, pooled)
    half = z * math.sqrt(variance)
    return Bounds(value, max(0.0, value - half - below), min(1.0, value + half + above))


def _variance(stratum: Stratum, scale: Sequence[float], pooled: float) -> float:
    """The variance of the mean of a stratum's checks, drawn without replacement; 0 where all were checked."""
    count = len(stratum.found)
    if count >= stratum.size:
        return 0.0
    size = count * (stratum.size - 1) / (stratum.size - count)
    if pooled and len(scale) > 2:
        return (_squares(stratum.found) + pooled) / count / size
    # One more answer, spread over all that are possible, so that checks that agree do not look like no variance.
    share = 1 / len(scale)
    middle = (sum(stratum.found) + share * sum(scale)) / (count + 1)
    spread = sum((each - middle) ** 2 for each in stratum.found) + share * sum((each - middle) ** 2 for each in scale)
    return spread / (count + 1) / (size + 1)


def _pooled(strata: Sequence[Stratum]) -> float:
    """The variance within strata, of all together."""
    freedom = sum(max(0, len(stratum.found) - 1) for stratum in strata)
    return sum(_squares(stratum.found) for stratum in strata) / freedom if freedom else 0.0


def _squares(found: Sequence[float]) -> float:
    middle = statistics.fmean(found) if found else 0.0
    return sum((each - middle) ** 2 for each in found)


def estimates(
    labelling: Labelling,
    statistic: str,
    of: str | None = None,
    by: Sequence[str] | None = None,
    *,
    level: float = 0.95,
) -> list[Estimate]:
    """The estimate for all texts, or one for each group: `by` names the group of each text.

    Raises ValueError for a statistic, a label or groups that do not fit.
    """
    value_of = _values(labelling, statistic, of)
    numbers: Mapping[str | None, Sequence[int]] = {None: range(len(labelling.given))}
    if by is not None:
        if len(by) != len(labelling.given):
            raise ValueError(f"by has {len(by):,} groups for {len(labelling.given):,} texts: give one for each text")
        groups: dict[str | None, list[int]] = defaultdict(list)
        for number, group in enumerate(by):
            groups[group].append(number)
        numbers = groups
    return [_estimate(labelling, statistic, of, group, each, value_of, level) for group, each in numbers.items()]


def _values(labelling: Labelling, statistic: str, of: str | None) -> list[float]:
    """What each label counts for. For the text without a label see `_estimate`."""
    if statistic in ("share", "count"):
        if of not in labelling.labels:
            raise ValueError(f"{of!r} is none of the labels: {', '.join(map(repr, labelling.labels))}")
        return [float(label == of) for label in labelling.labels]
    if statistic != "mean":
        raise ValueError(f"there is no {statistic!r}: share, count, mean")
    try:
        values = [float(label) for label in labelling.labels]
    except ValueError:
        raise ValueError("the mean needs labels that are numbers; share(label) and count(label) do not") from None
    if not all(map(math.isfinite, values)):
        raise ValueError("the mean needs labels that are finite numbers")
    return values


def _estimate(
    labelling: Labelling,
    statistic: str,
    of: str | None,
    group: str | None,
    numbers: Sequence[int],
    values: list[float],
    level: float,
) -> Estimate:
    least, most = (0.0, 1.0) if statistic != "mean" else (min(values), max(values))
    width = (most - least) or 1.0
    inside = set(numbers)
    members: dict[int, int] = defaultdict(int)
    found: dict[int, list[float]] = defaultdict(list)
    for number in numbers:
        members[labelling.given[number]] += 1
    checks = [(number, label) for number, label in labelling.checks if number in inside]
    for number, label in checks:
        found[labelling.given[number]].append((values[label] - least) / width)
    scaled = [(value - least) / width for value in values] if statistic == "mean" else values
    labelled = [number for number in numbers if labelling.given[number] >= 0]
    naive = statistics.fmean(scaled[labelling.given[number]] for number in labelled) if labelled else 0.0
    strata = [
        Stratum(size, scaled[label] if label >= 0 else naive, found[label]) for label, size in sorted(members.items())
    ]
    many = len(numbers) if statistic == "count" else 1

    def shown(value: float) -> float:
        # A count of labels is a whole number, also where its share was none in binary.
        return round((least + width * value) * many, 9)

    scale = sorted(set(scaled))
    bounds = combined(strata, scale, level) if checks else Bounds(naive, 0.0, 1.0)
    return Estimate(
        labelling=labelling.id,
        statistic=statistic,
        of=of,
        group=group,
        value=shown(bounds.value),
        labelled=shown(naive),
        low=shown(bounds.low) if checks else None,
        high=shown(bounds.high) if checks else None,
        level=level,
        texts=len(numbers),
        unlabelled=len(numbers) - len(labelled),
        checked=len(checks),
        agreed=sum(labelling.given[number] == label for number, label in checks),
        checked_by=labelling.checked_by if checks else "",
        checker=labelling.checker if checks else "",
        drawn=labelling.drawn,
        promises=[] if checks else _promises(strata, scale, lambda value: value * width * many),
    )


def _promises(
    strata: Sequence[Stratum], scale: Sequence[float], shown: Callable[[float], float]
) -> list[tuple[int, float]]:
    """The half-width of the interval for some numbers of checks, if the usual share of labels is right."""
    sizes = [stratum.size for stratum in strata]
    rows = []
    for count in [plan for plan in _PLANS if plan < sum(sizes)] or [min(_PLANS[0], sum(sizes))]:
        planned = []
        for stratum, checks in zip(strata, allocation(sizes, count), strict=True):
            right = round(checks * _USUAL_ACCURACY)
            other = 1.0 - stratum.predicted if stratum.predicted in (0.0, 1.0) else 0.5
            planned.append(
                Stratum(stratum.size, stratum.predicted, [stratum.predicted] * right + [other] * (checks - right))
            )
        bounds = combined(planned, scale)
        rows.append((count, shown((bounds.high - bounds.low) / 2)))
    return rows


def checked_by_person(labelling: Labelling, labels: Mapping[int, str]) -> Labelling:
    """The labelling with a person's labels, by a text's number, in the place of any check that it has had.

    Raises ValueError for a number or a label that is none of its own.
    """
    checks = []
    for number, label in labels.items():
        if not 0 <= number < len(labelling.given) or label not in labelling.labels:
            raise ValueError(f"text {number}, {label!r}: not a text and a label of this labelling")
        checks.append((number, labelling.labels.index(label)))
    update = {"checks": checks, "checked_by": "person" if checks else "", "checker": "", "drawn": True}
    return labelling.model_copy(update=update)


def re_estimated(trace: Trace, labelling: Labelling, labels: Mapping[int, str]) -> list[Estimate]:
    """The trace's estimates of a labelling, reckoned again with a person's check; those of groups are left out, since
    a trace does not tell which text is of which group. Raises ValueError."""
    checked = checked_by_person(labelling, labels)
    rows = [each for each in trace.estimates if each.labelling == labelling.id and each.group is None]
    return [estimates(checked, row.statistic, row.of, level=row.level)[0] for row in rows]
