"""How often answers are right: seeded tasks of fourteen shapes, through the public API, against any endpoint.

Gives for each shape the share of right answers with Wilson's interval, how many questions were answered at all, tokens
and seconds; and how often answers of each range of confidence were right, which is what a threshold can be chosen by.
Develop on even seeds, report odd ones. Results go to a JSON file, a row for each task; rows that it holds are not run
again, so that a run can be continued.

Usage: `python bench_accuracy.py --model NAME [--base-url URL] [--shapes sum,count] [--wordings a,b,c]
[--seeds 1,3,5] [--sizes 6000,60000]
[--verify second] [--min-confidence X] [--results FILE] [--max-tokens N] [--iterations N] [--without PART] [--untimed]`;
arms.py names the parts of the prompt that can be left out. With `--untimed`, for a machine that does other work beside
it, no seconds are kept.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from arms import WHAT, without
from results import machine
from tasks import SHAPES, WORDINGS, Task, task

from rlm_kernel import RLM, ModelError
from rlm_kernel.engine.intervals import wilson

Row = dict[str, Any]
_BINS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.01)


def measured(rlm: RLM, one: Task) -> Row:
    """Ask, and judge."""
    began = time.monotonic()
    try:
        answer = rlm.completion(one.question, one.context)
    except ModelError as error:
        answer = getattr(error, "answer", None)
        if answer is None:
            raise
    trace = answer.trace
    answered = trace.status == "answered"
    return {
        "shape": one.shape,
        "seed": one.seed,
        "size": one.size,
        "status": trace.status,
        "value": trace.value,
        "accepts": [*one.accepts, *one.parts],
        "right": answered and one.is_right(trace.value),
        "verdicts": sorted({row.verdict for item in trace.grounding for row in item.rows()}),
        "agreement": trace.verification.agreement if trace.verification is not None else None,
        "confidence": trace.confidence.score if trace.confidence is not None else None,
        "factors": math.prod(factor for _, factor in trace.confidence.factors)
        if trace.confidence is not None
        else None,
        "model_calls": trace.usage.calls,
        "tokens": trace.usage.prompt_tokens + trace.usage.completion_tokens,
        "seconds": round(time.monotonic() - began, 2),
        "iterations": len(trace.iterations),
    }


def shares(rows: Sequence[Row]) -> Row:
    """Answered, right of all, right of the answered, each with its interval; tokens and seconds on average.

    `timed` is the number of rows that have seconds; without any, `seconds` is None.
    """
    answered = [row for row in rows if row["status"] == "answered"]
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    right = sum(row["right"] for row in rows)
    right_of_answered = sum(row["right"] for row in answered)
    return {
        "n": len(rows),
        "answered": len(answered),
        "right": right,
        "of all": [round(end, 3) for end in wilson(right, len(rows))],
        "of answered": [round(end, 3) for end in wilson(right_of_answered, len(answered))],
        "tokens": round(sum(row["tokens"] for row in rows) / max(1, len(rows))),
        "timed": len(seconds),
        "seconds": round(sum(seconds) / len(seconds), 1) if seconds else None,
    }


def reliability(rows: Iterable[Row], score: str = "confidence", ends: Sequence[float] = _BINS) -> list[Row]:
    """For each range of confidence, from one of its `ends` to the next: how many answers, how many of them right, the
    interval of that share. Of `factors` the ranges are of their product, which the confidence is where nothing was
    measured."""
    scored = [(row[score], row["right"]) for row in rows if row.get(score) is not None]
    table = []
    for low, high in itertools.pairwise(ends):
        inside = [right for score, right in scored if low <= score < high]
        if inside:
            interval = [round(end, 3) for end in wilson(sum(inside), len(inside))]
            table.append(
                {"from": low, "to": min(high, 1.0), "n": len(inside), "right": sum(inside), "interval": interval}
            )
    return table


def summary(rows: Sequence[Row]) -> Row:
    """All figures of some rows."""
    by_shape: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_shape[row["shape"]].append(row)
    return {
        "all": shares(rows),
        "shapes": {shape: shares(each) for shape, each in by_shape.items()},
        "reliability": reliability(rows),
    }


def single_solves(rows: Iterable[Row]) -> list[Row]:
    """The rows of the product as it is, with one solve."""
    return [row for row in rows if row.get("without") is None and row.get("verify") is None]


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--base-url")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--seeds", type=_numbers, default=[1, 3, 5])
    parser.add_argument("--sizes", type=_numbers, default=[6_000])
    parser.add_argument("--wordings", default="a")
    parser.add_argument("--verify")
    parser.add_argument("--min-confidence", type=float)
    parser.add_argument("--max-tokens", type=int)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--without", choices=sorted(WHAT))
    parser.add_argument("--untimed", action="store_true")
    parser.add_argument("--results", type=Path, default=Path("accuracy.json"))
    options = parser.parse_args(arguments)
    unknown = set(options.shapes.split(",")) - set(SHAPES)
    if unknown:
        parser.error(f"no such shape: {', '.join(sorted(unknown))}; there are {', '.join(SHAPES)}")
    unknown = set(options.wordings.split(",")) - set(WORDINGS)
    if unknown:
        parser.error(f"no such wording: {', '.join(sorted(unknown))}; there are {', '.join(WORDINGS)}")
    about = {"model": options.model, "verify": options.verify, "min_confidence": options.min_confidence}
    about["without"] = options.without
    kept: list[Row] = []
    if options.results.exists():
        kept = json.loads(options.results.read_text(encoding="utf-8"))["rows"]
    rlm = RLM(
        model=options.model,
        base_url=options.base_url,
        verify=options.verify,
        min_confidence=options.min_confidence,
        max_tokens=options.max_tokens,
        max_iterations=options.iterations,
        seed=0,
    )
    asked_for = itertools.product(options.wordings.split(","), options.sizes, options.shapes.split(","), options.seeds)
    for wording, size, shape, seed in asked_for:
        key = about | {"wording": wording, "asked_size": size, "shape": shape, "seed": seed}
        if any(all(row.get(name) == value for name, value in key.items()) for row in kept):
            continue
        with without(options.without):
            row = key | measured(rlm, task(shape, seed, size, wording))
        if options.untimed:
            row["seconds"] = None
        kept.append(row)
        outcome = "right" if row["right"] else row["status"]
        print(f"{wording} {shape} {seed} {size}: {outcome} {row['value']!r}", flush=True)
        told = {"machine": machine(), "summary": summary(single_solves(kept)), "rows": kept}
        text = json.dumps(told, ensure_ascii=False, indent=1)
        options.results.write_text(text + "\n", encoding="utf-8")
    asked = [row for row in kept if all(row.get(name) == value for name, value in about.items())]
    print(json.dumps(summary(asked), indent=1))


if __name__ == "__main__":
    main()
