"""Writes the figures of docs/accuracy.md, docs/models.md, the README and the measured confidence from accuracy.json.

Usage: `python benchmarks/accuracy/page.py`.

`python benchmarks/accuracy/bench_accuracy.py --model local --results benchmarks/results/accuracy.json` measures them;
with `--without PART` what a part of the prompt does, with `--verify second` what a second solve does.

A test compares the pages with what this writes.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from arms import WHAT, effect, paired
from bench_accuracy import reliability, shares, single_solves
from results import FOLDER, between

from rlm_kernel.engine.verify.confidence import confidence_of, mark_of
from rlm_kernel.engine.verify.reliability import CHARS, WEIGHTS
from rlm_kernel.trace import Trace

RESULTS = FOLDER / "accuracy.json"
# Of the version that told no forms of lines: other parts of the prompt, and second solves, were measured of it.
BEFORE_FORMS = FOLDER / "accuracy-before-forms.json"
# Of the versions between that one and this one.
EARLIER = FOLDER / "accuracy-earlier.json"
ROOT = Path(__file__).parents[2]
# The wordings and seeds that were asked when nothing of the wording had been asked before.
UNSEEN = {(wording, 1) for wording in "cdefhimnopqrstuv"}
# Those whose questions name things, columns and states as their documents do; others have words of their own.
IN_THEIR_WORDS = frozenset("rstuv")
# Of those that have words of their own the last that was asked.
LAST_IN_OTHER_WORDS = "q"
# Ranges of the product of a confidence's factors: too few answers are told apart by more.
ENDS = (0.0, 0.5, 0.7, 0.9, 1.01)
NOT_YET = "Not measured yet."


def _percent(ends: list[float]) -> str:
    return f"{ends[0]:.0%} to {ends[1]:.0%}"


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each shape, and one for all of them and for each wording and seed (`evenly_asked`)."""
    by_shape: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_shape[row["shape"]].append(row)
    yield "| shape | right | 95 % interval | wrong without a mark | tokens | seconds |"
    yield "|---|---|---|---|---|---|"
    whole = evenly_asked(rows)
    if whole:
        by_shape["all shapes"] = whole
    for wording, size, seed in sorted(set(map(_drawn, whole))):
        asked = [row for row in whole if _drawn(row) == (wording, size, seed)]
        by_shape[f"all shapes, wording {wording}, seed {seed}"] = asked
    for name, each in by_shape.items():
        figures = shares(each)
        yield (
            f"| {name} | {figures['right']} of {figures['n']} | {_percent(figures['of all'])} | "
            f"{sum(map(unmarked, each))} | {figures['tokens']:,} | {_seconds(figures)} |"
        )


def evenly_asked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the seeds that every shape was asked with in a wording, so that no shape counts more than another."""
    shapes = {row["shape"] for row in rows}
    asked: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for row in rows:
        asked[_drawn(row)].add(row["shape"])
    return [row for row in rows if asked[_drawn(row)] == shapes]


def _drawn(row: dict[str, Any]) -> tuple[Any, ...]:
    return row.get("wording", "a"), row.get("asked_size"), row["seed"]


def _seconds(figures: dict[str, Any]) -> str:
    return "-" if figures["seconds"] is None else f"{figures['seconds']:.0f}"


def unmarked(row: dict[str, Any]) -> bool:
    """Whether an answer is wrong and nothing beside it says so: no doubtful verdict, a confidence of 0.7 or more."""
    doubted = {"ungrounded", "typed", "sub-model"} & set(row["verdicts"])
    return row["status"] == "answered" and not row["right"] and not doubted and (row["confidence"] or 0) >= 0.7


def by_confidence(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each range of confidence: how often its answers were right."""
    yield "| confidence | answers | right | 95 % interval |"
    yield "|---|---|---|---|"
    for each in reliability(row for row in rows if row["status"] == "answered"):
        yield f"| {each['from']} to {each['to']} | {each['n']} | {each['right']} | {_percent(each['interval'])} |"


def _measured(results: Path | None = None) -> list[dict[str, Any]]:
    results = results or RESULTS
    return json.loads(results.read_text(encoding="utf-8"))["rows"] if results.exists() else []


def accuracy() -> str:
    """What stands between the marks of docs/accuracy.md."""
    rows = single_solves(_measured())
    if not rows:
        return NOT_YET
    timed = sum(row["seconds"] is not None for row in rows)
    clock = (
        f" Seconds of {timed} of the {len(rows)} questions: other work ran beside the rest."
        if timed < len(rows)
        else ""
    )
    return "\n".join([*table(rows), "", *by_confidence(evenly_asked(rows)), "", f"{_told(rows)}{clock}"])


def earlier() -> str:
    """What stands between the marks of docs/accuracy.md on earlier versions: a line for each wording and seed."""
    by_seed: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in _measured(EARLIER):
        by_seed[_drawn(row)].append(row)
    lines = ["| wording | seed | right | 95 % interval | wrong without a mark |", "|---|---|---|---|---|"]
    for (wording, _, seed), each in sorted(by_seed.items()):
        figures = shares(each)
        lines.append(
            f"| {wording} | {seed} | {figures['right']} of {figures['n']} | {_percent(figures['of all'])} | "
            f"{sum(map(unmarked, each))} |"
        )
    return "\n".join(lines)


def second() -> str:
    """What stands between the marks of docs/accuracy.md on a second solve: the same tasks with one and with two."""
    rows = [row for row in (*_measured(BEFORE_FORMS), *_measured()) if row.get("without") is None]
    pairs = paired(rows, "verify", "second")
    if not pairs:
        return NOT_YET
    lines = [
        "| solves | tasks | answered | right of those, 95 % interval | wrong without a mark | tokens |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in zip(("one", '`verify="second"`'), map(list, zip(*pairs, strict=True)), strict=True):
        figures = shares(each)
        right = sum(row["right"] and row["status"] == "answered" for row in each)
        lines.append(
            f"| {name} | {figures['n']} | {figures['answered']} | {right} ({_percent(figures['of answered'])}) | "
            f"{sum(map(unmarked, each))} | {figures['tokens']:,} |"
        )
    return "\n".join([*lines, "", _told([row for _, row in pairs])])


def sentence() -> str:
    """What stands between the marks of the README."""
    rows = evenly_asked(single_solves(_measured()))
    if not rows:
        return NOT_YET
    shapes = len({row["shape"] for row in rows})
    of_kinds = [
        (words, [row for row in rows if (row.get("wording", "a") in IN_THEIR_WORDS) is is_in_theirs])
        for is_in_theirs, words in ((True, "in the words of their documents"), (False, "in other words than these"))
    ]
    told = [
        f"in {figures['right']} of {figures['n']} that were asked {words} (95 % interval {_percent(figures['of all'])})"
        for words, each in of_kinds
        if each and (figures := shares(each))
    ]
    seen = {(row.get("wording", "a"), row["seed"]) for row in rows} - UNSEEN
    new = "" if seen else ", about documents\nof kinds that it had not been tried with"
    of_each = ",\nand ".join(told)
    earlier_rows = [row for row in _measured(EARLIER) if row.get("wording") == LAST_IN_OTHER_WORDS]
    if all(row.get("wording", "a") in IN_THEIR_WORDS for row in rows) and earlier_rows:
        figures = shares(earlier_rows)
        of_each += ";\nof questions in other words than these an earlier version answered "
        of_each += f"{figures['right']} of {figures['n']} (95 % interval {_percent(figures['of all'])})"
    return (
        f"Of seeded questions of {shapes} shapes{new}, it was right\n{of_each};\nthe documents had "
        f"{_sizes(rows)} characters{_took(shares(rows))}:\n[How right is it](docs/accuracy.md#measuring-it)."
    )


def _took(figures: dict[str, Any]) -> str:
    if not figures["timed"]:
        return ""
    which = "they" if figures["timed"] == figures["n"] else f"the {figures['timed']} of them that were timed"
    return f"; {which} took {_seconds(figures)} seconds each on average"


def parts() -> str:
    """What stands between the marks of docs/models.md: a line for each part of the prompt that was left out."""
    rows = [*_measured(BEFORE_FORMS), *_measured()]
    found = {part: told for part in WHAT if (told := effect(rows, part)) is not None}
    if not found:
        return NOT_YET
    lines = [
        "| part | tasks | right with it | right without it | gain, 95 % interval | tokens with | without |",
        "|---|---|---|---|---|---|---|",
    ]
    for part, told in found.items():
        low, high = told["interval"]
        lines.append(
            f"| {WHAT[part]} | {told['n']} | {told['right with']} | {told['right without']} | "
            f"{told['gain']:+.0%} ({low:+.0%} to {high:+.0%}) | {told['tokens with']:,} | {told['tokens without']:,} |"
        )
    return "\n".join([*lines, "", _told([row for row in rows if row.get("without") in found])])


def _sizes(rows: list[dict[str, Any]]) -> str:
    return " and ".join(f"{size:,}" for size in sorted({row["asked_size"] for row in rows}))


def _told(rows: list[dict[str, Any]]) -> str:
    about = json.loads(RESULTS.read_text(encoding="utf-8"))["machine"]
    models = ", ".join(sorted({row["model"] for row in rows}))
    seeds = _seeds(rows)
    return (
        f"Model `{models}`, seeds {seeds}, documents of {_sizes(rows)} characters; {about['cores']} cores, "
        f"{about['system']}, Python {about['python']}, {about['date']}."
    )


def _seeds(rows: Iterable[dict[str, Any]]) -> str:
    return ", ".join(map(str, sorted({row["seed"] for row in rows})))


def mark() -> str:
    """What stands between the marks of docs/accuracy.md on what is said beside an answer: an example."""
    trace = Trace(status="answered", value=287, model="local")
    confidence = confidence_of(trace, weights=WEIGHTS, unsaid=["pastries", "thrown", "away"])
    return f"```text\n{mark_of(confidence)}\n```"


def ranges(text: str) -> str:
    """The source of `rlm_kernel.engine.verify.reliability`, with the figures of each range of confidence."""
    rows = [*_measured(EARLIER), *_measured()]
    rows = [row for row in single_solves(rows) if row["asked_size"] == CHARS and row["model"] == "local"]
    # Of the version of their day: a user's questions are in words that no version has seen.
    rows = [row for row in rows if (row.get("wording", "a"), row["seed"]) in UNSEEN]
    each = [
        (range_["from"], range_["to"], range_["n"], range_["right"])
        for range_ in reliability((row for row in rows if row["status"] == "answered"), "factors", ENDS)
    ]
    lines = "".join(f"    {entry},\n" for entry in each)
    return re.sub(r"^(RANGES: .*?) = \((\n.*?^)?\)", rf"\g<1> = (\n{lines})", text, flags=re.MULTILINE | re.DOTALL)


RANGES = ROOT / "rlm_kernel" / "engine" / "verify" / "reliability.py"
PAGES = {
    "accuracy": (ROOT / "docs" / "accuracy.md", accuracy),
    "earlier": (ROOT / "docs" / "accuracy.md", earlier),
    "mark": (ROOT / "docs" / "accuracy.md", mark),
    "second": (ROOT / "docs" / "accuracy.md", second),
    "parts": (ROOT / "docs" / "models.md", parts),
    "right": (ROOT / "README.md", sentence),
}


def main() -> None:
    for mark, (page, block) in PAGES.items():
        page.write_text(between(page.read_text(encoding="utf-8"), mark, block()), encoding="utf-8")
    RANGES.write_text(ranges(RANGES.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
