"""Aggregates of SQL over numbers. SQLite's own take the leading digits of a text for its number: '01.02.2023' is 1."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from typing import Any

_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_LARGEST = 1 << 63


def number_of(name: str, value: Any) -> int | float | None:
    """The number that a value is, None for NULL and blanks. Raises ValueError."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        if not value.strip():
            return None
        if _NUMBER.fullmatch(value):
            return float(value) if any(mark in value for mark in ".eE") else int(value)
    raise ValueError(
        f"sql: {name}() meets {value if isinstance(value, bytes) else value[:40]!r}, which is no number: leave such "
        f"rows out, or use {name}(to_number(column)), which reads 1,234.50 or 5 kg and leaves out what has no number"
    )


class _Aggregate:
    """One aggregate; what a step raises, which SQLite swallows, is added to `failures`."""

    name = ""
    failures: list[BaseException]

    def step(self, value: Any) -> None:
        """Take a value in."""
        try:
            number = number_of(self.name, value)
            if number is not None:
                self.take(number, 1)
        except BaseException as error:
            self.failures.append(error)
            raise

    def inverse(self, value: Any) -> None:
        """Take a value out again, where a window moves on."""
        number = number_of(self.name, value)
        if number is not None:
            self.take(number, -1)

    def take(self, number: int | float, times: int) -> None:
        raise NotImplementedError

    def value(self) -> Any:
        raise NotImplementedError

    def finalize(self) -> Any:
        """The value at the end."""
        return self.value()


class _Sum(_Aggregate):
    name = "sum"

    def __init__(self) -> None:
        self._count = self._floats = self._whole = 0
        self._part = 0.0

    def take(self, number: int | float, times: int) -> None:
        self._count += times
        if isinstance(number, int):
            self._whole += times * number
        else:
            self._floats += times
            self._part += times * number

    def value(self) -> Any:
        if not self._count:
            return None
        whole = not self._floats and abs(self._whole) < _LARGEST
        return self._whole if whole else self._whole + self._part


class _Total(_Sum):
    name = "total"

    def value(self) -> Any:
        return float(super().value() or 0)


class _Average(_Sum):
    name = "avg"

    def value(self) -> Any:
        return (self._whole + self._part) / self._count if self._count else None


class _Median(_Aggregate):
    name = "median"

    def __init__(self) -> None:
        self._values: list[int | float] = []

    def take(self, number: int | float, times: int) -> None:
        if times > 0:
            self._values.append(number)
        else:
            self._values.remove(number)

    def value(self) -> Any:
        return statistics.median(self._values) if self._values else None


class _Deviation(_Median):
    name = "stddev"

    def value(self) -> Any:
        return statistics.stdev(self._values) if len(self._values) > 1 else None


def register(create: Callable[[str, int, Any], None], failures: list[BaseException]) -> None:
    """Create all of them with `create`."""
    for kind in (_Sum, _Total, _Average, _Median, _Deviation):
        create(kind.name, 1, type(kind.__name__, (kind,), {"failures": failures}))
