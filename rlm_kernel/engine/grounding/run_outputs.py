"""What the run itself has brought forth: whether an output, the code's FINAL or a sub-call's reply holds an item."""

from __future__ import annotations

import ast
import re
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from ...trace import Call, Iteration, Trace
from ..answers.literals import wrote
from . import normalise
from .items import Item
from .numbers_and_dates import tokens

_MAX_CHARS = 2_000_000
_MAX_TREE = 100
# Rows of a search are printed with where they stand, which is no result.
_POSITION = re.compile(r"\b(?:line_num|end_line|start|score)=\d+(?:\.\d+)?")
_STATING = frozenset(["print", "FINAL", "str", "int", "float", "round", "Decimal", "dict", "list", "tuple", "set"])
_STATING |= {"sorted", "append", "add", "extend", "insert", "update"}


@dataclass(frozen=True, slots=True)
class Source:
    """What brought an item forth, and where that is in the trace."""

    verdict: Literal["computed", "sub-model"]
    iteration: int | None = None
    call: int | None = None


class Produced:
    """Looks items up in a trace. `complete` is False once a text was too long, or the time over, to be read whole."""

    def __init__(self, trace: Trace, deadline: float) -> None:
        self.complete = True
        self._turns = trace.iterations
        self._answered = trace.status != "failed"
        self._deadline = deadline
        self._texts: dict[int, _Text] = {}
        self._stated: dict[int, list[Any]] = {}

    def find(self, item: Item) -> Source | None:
        """Where the item comes from as far as the run's own texts tell."""
        stated, said = False, None
        for turn in self._turns:
            if time.monotonic() > self._deadline:
                self.complete = False
                break
            for call in turn.calls:
                if call.kind == "tool" and self._in(call.response, item):
                    return Source("computed", turn.index, call.id)
            said = said or self._said(turn.calls, item, 0)
            if said is not None and not item.small:
                return said
            stated = stated or self._states(turn, item)
            if not stated and self._in(turn.output, item):
                return Source("computed", turn.index)
        last = next((turn for turn in reversed(self._turns) if turn.code is not None), None)
        if said is None and not stated and self._answered and last is not None and _hands_over(last.code or ""):
            return Source("computed", last.index)
        return said

    def _said(self, calls: list[Call], item: Item, depth: int) -> Source | None:
        for call in calls:
            if call.kind != "tool" and self._in(call.response, item):
                return Source("sub-model", call=call.id)
            if call.trace is not None and depth < _MAX_TREE:
                inner = [each for turn in call.trace.iterations for each in turn.calls]
                if found := self._said(inner, item, depth + 1):
                    return found
        return None

    def _in(self, text: str | None, item: Item) -> bool:
        if not text:
            return False
        if len(text) > _MAX_CHARS:
            self.complete = False
        known = self._texts.get(id(text))
        if known is None:
            # One turn may have made thousands of calls.
            if time.monotonic() > self._deadline:
                self.complete = False
                return False
            known = self._texts[id(text)] = _Text(text[:_MAX_CHARS])
        return known.holds(item)

    def _states(self, turn: Iteration, item: Item) -> bool:
        """Whether the code of a turn has written the item down, so that what it shows proves nothing."""
        code = turn.code
        if not code:
            return False
        if id(code) not in self._stated:
            self._stated[id(code)] = list(_constants(code))
        if any(_is_said(constant, item) for constant in self._stated[id(code)]):
            return True
        if item.number is None:
            return False
        whole = item.number == item.number.to_integral_value()
        return wrote(code, int(item.number) if whole else float(item.number))


class _Text:
    """A text in which items are looked up again and again."""

    def __init__(self, text: str) -> None:
        self._text = text

    def holds(self, item: Item) -> bool:
        if item.dates:
            return item.date_pattern.search(self._text) is not None
        if item.number is None:
            return normalise.stands_in(item.needle, self._folded)
        exact, _ = self._numbers
        if any(item.is_meant_by(exact[percent], percent) for percent in (False, True)):
            return True
        return item.rounded and any(self._rounds_to(number) for number in _shares(item))

    def _rounds_to(self, number: Decimal) -> bool:
        """Whether a number of the text is `number` but for rounding, of the one or of the other."""
        if len(number.normalize().as_tuple().digits) < 2:
            return False
        _, ordered = self._numbers
        reach = abs(number) / 20
        at = bisect_left(ordered, number - reach)
        while at < len(ordered) and ordered[at] <= number + reach:
            shown = ordered[at]
            if abs(shown - number) <= max(_half(number), _half(shown) if _is_telling(shown) else Decimal(0)):
                return True
            at += 1
        return False

    @cached_property
    def _folded(self) -> str:
        return normalise.folded(self._text)

    @cached_property
    def _numbers(self) -> tuple[dict[bool, frozenset[Decimal]], list[Decimal]]:
        found: dict[bool, set[Decimal]] = {False: set(), True: set()}
        for line in self._text.split("\n"):
            for token in tokens(_POSITION.sub(" ", line)):
                found[token.percent] |= token.values
        return {kind: frozenset(values) for kind, values in found.items()}, sorted(found[False] | found[True])


def _shares(item: Item) -> list[Decimal]:
    return [*item.values, *(value.scaleb(-2) for value in item.values if item.percent)]


def _half(number: Decimal) -> Decimal:
    """Half of the last place of a number."""
    exponent = number.as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def _is_telling(number: Decimal) -> bool:
    sign_digits = number.as_tuple()
    return int(sign_digits.exponent) < 0 and len(sign_digits.digits) > 2


def _is_said(constant: Any, item: Item) -> bool:
    if isinstance(constant, str):
        return item.stands_in(constant)
    return any(abs(constant) == abs(value) for value in item.values)


def _hands_over(code: str) -> bool:
    tree = _parsed(code)
    return tree is not None and any(_called(node) == "FINAL" for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _constants(code: str) -> Iterator[Any]:
    """The texts and numbers that code states: not what it searches for, compares with, slices or reckons by."""
    tree = _parsed(code)
    waiting: list[ast.AST] = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Constant(value=bool()):
                continue
            case ast.Constant(value=str() as value):
                yield value
            case ast.Constant(value=int() | float() as value):
                made = _decimal(value)
                if made is not None:
                    yield made
            case ast.Compare():
                continue
            case ast.Subscript(value=inner):
                waiting.append(inner)
            case ast.BinOp(left=left, right=right):
                folded = _worked_out(node)
                if folded is not None:
                    yield folded
                else:
                    waiting += [each for each in (left, right) if not _is_number(each)]
            case ast.Call() if _called(node) not in _STATING:
                waiting.append(node.func)
            case ast.FormattedValue(value=inner):
                waiting.append(inner)
            case _:
                waiting += ast.iter_child_nodes(node)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _decimal(value: float) -> Decimal | None:
    try:
        made = Decimal(str(value))
    except (ArithmeticError, ValueError):
        return None
    return made if made.is_finite() else None


def _worked_out(node: ast.expr, depth: int = 0) -> Decimal | None:
    """What a sum or product of constants is."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _decimal(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            made = _worked_out(inner, depth + 1)
            return None if made is None else -made
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right) if depth < 50:
            one, other = _worked_out(left, depth + 1), _worked_out(right, depth + 1)
            if one is None or other is None:
                return None
            try:
                match op:
                    case ast.Add():
                        return one + other
                    case ast.Sub():
                        return one - other
                    case ast.Mult():
                        return one * other
                return one / other
            except ArithmeticError:
                return None
    return None
