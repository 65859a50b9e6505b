"""`rlm budget`: the file that counts what all runs together spend: its limits, and by what they were used."""

from __future__ import annotations

import argparse
import dataclasses

from ..engine.spending import VARIABLE, Amounts, BudgetSpent, SpendingFile, spending_file
from . import exit_codes, output
from .exit_codes import Failure

_WHATS = ("calls", "tokens", "cost")


def budget(options: argparse.Namespace) -> int:
    """Set limits where some are given, then show; 3 where a limit is reached."""
    file = spending_file(options.file)
    if file is None:
        raise Failure(f"which file? Name one, or set {VARIABLE}: rlm budget FILE --max-calls 500")
    limits = Amounts(options.max_calls, options.max_tokens, options.max_cost)
    try:
        if limits != Amounts():
            file.create(_merged(file, limits))
        return _show(file, as_json=options.json)
    except BudgetSpent as error:
        raise Failure(str(error)) from None


def _merged(file: SpendingFile, given: Amounts) -> Amounts:
    """What is given, beside the limits that the file has."""
    before = file.limits if file.file.is_file() else Amounts()
    values = {what: getattr(given, what) for what in _WHATS if getattr(given, what) is not None}
    return dataclasses.replace(before, **values)


def _show(file: SpendingFile, *, as_json: bool) -> int:
    limits, taken, rows, claimed = file.limits, file.taken, file.rows, file.claimed
    try:
        file.check()
        spent = ""
    except BudgetSpent as error:
        spent = str(error)
    if as_json:
        shown = {"file": str(file.file), "spent": bool(spent), "claimed_calls": claimed}
        shown |= {"limits": dataclasses.asdict(limits), "taken": dataclasses.asdict(taken)}
        output.print_answer(shown | {"rows": [dataclasses.asdict(row) for row in rows]})
    else:
        for what in _WHATS:
            most = getattr(limits, what)
            of = "no limit" if most is None else f"of {most:,.6g}"
            output.print_text(f"{what:8} {getattr(taken, what):>12,.6g} {of}")
        for row in rows:
            cost = f"cost {row.cost:,.6g}" + (f", {row.unpriced:,} calls of unknown cost" if row.unpriced else "")
            output.print_text(f"{row.day} {row.model}: {row.calls:,} calls, {row.tokens:,} tokens, {cost}")
        if claimed:
            output.remark(f"{claimed:,} calls are in flight, or were when their process died: they count as spent")
        if spent:
            output.complain(spent)
    return exit_codes.EXHAUSTED if spent else exit_codes.ANSWERED
