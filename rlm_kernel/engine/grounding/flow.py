"""Where a value of a cell may come from, as far as its code tells: what the reading of the code hands about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

Constant = str | Decimal
Kind = Literal["document", "sub-model", "tool", "earlier"]


class Source(NamedTuple):
    """A place in the code that brings in something from outside: a tool's call, `context`, a sub-model's call, or the
    use of a variable of an earlier question. `first` and `last` are lines of the cell of `iteration`."""

    kind: Kind
    iteration: int
    first: int
    last: int
    name: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What a value may be made of.

    `sources` are where its data come from, `control` what only decided which data or how often. `typed` are constants
    of the code that may be the value or a part of it, `added` and `factors` those that took part in sums and products,
    `dates` those that were reckoned with.
    `computed`: an operation has made something new, such as a sum or a count; else the value was only picked or read.
    `composed`: a text was put together. `hints` are what the code searched for or compared with. `steps` are lines of
    code, (iteration, line). `fields` are the parts of a dict or a list that is written out, `function`: it is one.
    """

    sources: frozenset[Source] = frozenset()
    control: frozenset[Source] = frozenset()
    typed: frozenset[Constant] = frozenset()
    added: frozenset[Decimal] = frozenset()
    factors: frozenset[Decimal] = frozenset()
    dates: frozenset[str] = frozenset()
    computed: bool = False
    composed: bool = False
    hints: frozenset[str] = frozenset()
    steps: frozenset[tuple[int, int]] = frozenset()
    fields: Mapping[Any, Flow] | None = field(default=None, compare=False)
    function: bool = False

    @property
    def origins(self) -> frozenset[Source]:
        """Whatever came from outside and has a part in it."""
        return self.sources | self.control

    def at(self, step: tuple[int, int]) -> Flow:
        """The same after another line of code."""
        return replace(self, steps=self.steps | {step})

    def under(self, control: Flow) -> Flow:
        """The same where the flow `control` decided whether or how often."""
        return replace(
            self,
            control=self.control | control.origins,
            hints=self.hints | control.hints,
            steps=self.steps | control.steps,
        )

    def made(self) -> Flow:
        """The result of an operation on it: what is typed has become an operand."""
        return replace(
            self,
            sources=self.sources | self.control,
            typed=frozenset(),
            added=self.added | numbers(self.typed),
            dates=self.dates | dates(self.typed),
            computed=True,
            fields=None,
        )

    def counted(self) -> Flow:
        """The number of its parts: which constants are among them does not matter."""
        return replace(self, sources=self.sources | self.control, typed=frozenset(), computed=True, fields=None)

    def element(self) -> Flow:
        """Any one of its parts."""
        return union(self.fields.values()) if self.fields else replace(self, fields=None)

    def without_fields(self) -> Flow:
        """The same as a whole, whose parts are not told apart any more."""
        return self if self.fields is None else replace(self, fields=None)


NOTHING = Flow()


def union(flows: Iterable[Flow]) -> Flow:
    """A value that may be, or hold, any of these."""
    parts = list(flows)
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    return Flow(
        sources=frozenset().union(*(part.sources for part in parts)),
        control=frozenset().union(*(part.control for part in parts)),
        typed=frozenset().union(*(part.typed for part in parts)),
        added=frozenset().union(*(part.added for part in parts)),
        factors=frozenset().union(*(part.factors for part in parts)),
        dates=frozenset().union(*(part.dates for part in parts)),
        computed=any(part.computed for part in parts),
        composed=any(part.composed for part in parts),
        hints=frozenset().union(*(part.hints for part in parts)),
        steps=frozenset().union(*(part.steps for part in parts)),
    )


def numbers(constants: Iterable[Constant]) -> frozenset[Decimal]:
    """The numbers among constants; texts that are numbers count."""
    found = set()
    for constant in constants:
        try:
            number = constant if isinstance(constant, Decimal) else Decimal(constant.replace(",", "").strip())
        except ArithmeticError:
            continue
        if number.is_finite():
            found.add(number)
    return frozenset(found)


def dates(constants: Iterable[Constant]) -> frozenset[str]:
    """The dates among constants, as `2024-03-01`."""
    return frozenset(each[:10] for each in constants if isinstance(each, str) and _DATE.fullmatch(each))


_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+)?")
