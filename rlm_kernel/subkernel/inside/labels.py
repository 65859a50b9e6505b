"""What `label` gives the cell: the labels as a list, and estimates of shares, counts and means, which the parent makes.

Nothing is reckoned here, so that no code of a cell has a hand in an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...document.search.rows import RowRecord

_Ask = Callable[[str, dict[str, Any]], Any]


class LabelEstimate(RowRecord):
    """A share, a count or a mean: .value .low .high (None: unchecked labels) .group .checked .text"""

    __slots__ = _fields = ("value", "low", "high", "group", "checked", "checked_by", "texts", "text")
    value: float
    low: float | None
    high: float | None
    text: str

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


class Labels(RowRecord):
    """The labels of texts, in order (None where the model gave none): labels[i], len(labels), list(labels).

    .share(label) .count(label) .mean(), each with by= one group per text, give an Estimate, or {group: Estimate}."""

    __slots__ = ("_ask", "_id", "_labels", "checked")
    _fields = ("checked",)
    checked: int

    def __init__(self, ask: _Ask, number: int, labels: list[str | None], checked: int) -> None:
        super().__init__(checked)
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_id", number)
        object.__setattr__(self, "_labels", tuple(labels))

    def __len__(self) -> int:
        return len(self._labels)  # type: ignore[attr-defined]

    def __iter__(self) -> Any:
        return iter(self._labels)  # type: ignore[attr-defined]

    def __getitem__(self, index: Any) -> Any:
        if type(index) is str:
            return super().__getitem__(index)
        return self._labels[index]  # type: ignore[attr-defined]

    def share(self, label: Any, by: Any = None) -> Any:
        """The share of texts with this label, 0 to 1."""
        return self._estimate("share", label, by)

    def count(self, label: Any, by: Any = None) -> Any:
        """How many texts have this label."""
        return self._estimate("count", label, by)

    def mean(self, by: Any = None) -> Any:
        """The mean of labels that are numbers."""
        return self._estimate("mean", None, by)

    def _estimate(self, statistic: str, label: Any, by: Any) -> Any:
        groups = None if by is None else [str(group) for group in by]
        of = None if label is None else str(label)
        ask: _Ask = self._ask  # type: ignore[attr-defined]
        rows = ask("estimate", {"labelling": self._id, "statistic": statistic, "of": of, "by": groups})  # type: ignore[attr-defined]
        made = [_estimate(row) for row in rows]
        return made[0] if groups is None else {each["group"]: each for each in made}

    def __repr__(self) -> str:
        counts: dict[Any, int] = {}
        for label in self:
            counts[label] = counts.get(label, 0) + 1
        told = ", ".join(f"{label}: {count:,}" for label, count in sorted(counts.items(), key=lambda item: -item[1]))
        checked = f"{self.checked:,} checked" if self.checked else "unchecked"
        return f"Labels of {len(self):,} texts ({checked}; {told})"

    __str__ = __repr__


def _estimate(row: Mapping[str, Any]) -> LabelEstimate:
    return LabelEstimate(*(row[name] for name in LabelEstimate._fields))


def text_of(item: Any) -> str:
    """A text, or the line of a row."""
    if isinstance(item, str):
        return str.__str__(item)
    line = getattr(item, "line", None)
    if isinstance(line, str):
        return str.__str__(line)
    raise TypeError(f"label: give texts or rows of the tools, not {type(item).__name__}")


def as_texts(items: Any, name: str) -> list[str]:
    """A list of texts of anything that can be gone through."""
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise TypeError(f"label: {name} must be a list of texts")
    return [text_of(item) for item in items]
