"""Whether the verdicts are true: answers of known origin through the real engine, a scripted model, real sub-kernels.

Gives, for each kind of truth, which verdicts the answers got, and how often FINAL doubted them; with `--write` the
table goes into docs/audit.md. Rules were developed on seeds below 100; the table is made of others.
Usage: `python bench_verdicts.py [--set second] [--seeds 101,102] [--write] [--every N]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cases import SUB, Case, cases
from second.cases import cases as second_cases

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import between

from rlm_kernel import RLM, Answer

AUDIT = Path(__file__).parents[2] / "docs" / "audit.md"
SETS = {"first": cases, "second": second_cases}
MARKS = {"first": "verdicts", "second": "verdicts of the second set"}
VERDICTS = ("document", "computed", "sub-model", "typed", "ungrounded", "absent", "prose")
_AT_ONCE = 2


@dataclass(frozen=True)
class Outcome:
    """What came of a case: the verdict, whether a quoted value has its line, and how often FINAL doubted."""

    case: Case
    verdict: str
    is_at_line: bool
    doubts: int

    @property
    def is_right(self) -> bool:
        return self.verdict == self.case.truth and self.is_at_line


async def run(case: Case, folder: Path, number: int) -> Outcome:
    """Ask the scripted model."""
    told = [reply.removeprefix(SUB) if reply.startswith(SUB) else f"```python\n{reply}\n```" for reply in case.replies]
    file = folder / f"{number}.jsonl"
    head = {"schema": "rlm.recording/1", "model": "scripted"}
    file.write_text("\n".join(map(json.dumps, [head, *({"text": text} for text in [*told, told[-1]])])))
    rlm = RLM(model=f"recorded:{file}", examples="off", max_iterations=len(told) + 1)
    answer = await rlm.acompletion(case.question, case.context)
    doubts = sum("no output has shown" in message or "nothing was searched" in message for message in _errors(answer))
    if answer.status != "answered":
        return Outcome(case, f"({answer.status})", False, doubts)
    # The value that the case is about is the first; of several documents it says which.
    row = answer.grounding[0] if answer.grounding else None
    if row is None:
        return Outcome(case, "(none)", False, doubts)
    others = tuple(each.verdict for each in answer.grounding[1:]) if case.others else ()
    if others != case.others:
        return Outcome(case, f"({row.verdict}, {', '.join(others)})", False, doubts)
    right = not case.lines or (set(case.lines) <= set(row.lines) and len(row.lines) <= 3 and row.source == case.source)
    return Outcome(case, row.verdict, right, doubts)


def _errors(answer: Answer) -> list[str]:
    return [turn.error.message for turn in answer.trace.iterations if turn.error is not None]


async def run_all(chosen: list[Case]) -> list[Outcome]:
    """All cases, two at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:

        async def one(number: int, case: Case) -> Outcome:
            async with gate:
                return await run(case, Path(folder), number)

        return list(await asyncio.gather(*(one(number, case) for number, case in enumerate(chosen))))


def table(outcomes: list[Outcome]) -> list[str]:
    """The confusion matrix, a row for each truth."""
    rows = [f"| truth | answers | {' | '.join(VERDICTS)} | at its line | doubted once |", "|---" * 11 + "|"]
    for truth in VERDICTS:
        of = [outcome for outcome in outcomes if outcome.case.truth == truth]
        counts = Counter(outcome.verdict for outcome in of)
        placed = [outcome for outcome in of if outcome.case.lines]
        at_line = f"{sum(o.is_at_line for o in placed)} of {len(placed)}" if placed else ""
        cells = [str(counts[verdict] or "") for verdict in VERDICTS]
        doubted = sum(outcome.doubts == 1 for outcome in of)
        if of:
            rows.append(f"| {truth} | {len(of)} | {' | '.join(cells)} | {at_line} | {doubted} |")
    return rows


def main() -> None:
    """Run, print what is wrong and the table, write it where that is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", choices=list(SETS), default="first")
    parser.add_argument("--seeds", default="101,102")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    chosen = [case for seed in options.seeds.split(",") for case in SETS[options.set](int(seed))][:: options.every]
    outcomes = asyncio.run(run_all(chosen))
    for outcome in outcomes:
        expected = 1 if outcome.case.truth == "ungrounded" else 0
        if not outcome.is_right or outcome.doubts != expected:
            case = outcome.case
            print("WRONG", case.kind, case.truth, outcome.verdict, outcome.is_at_line, outcome.doubts, case.replies)
    rows = table(outcomes)
    print("\n".join(rows))
    if options.write:
        about = f"{len(outcomes)} answers, seeds {options.seeds}, made by `bench_verdicts.py --set {options.set}`."
        made = "\n".join([*rows, "", about])
        AUDIT.write_text(between(AUDIT.read_text(encoding="utf-8"), MARKS[options.set], made), encoding="utf-8")


if __name__ == "__main__":
    main()
