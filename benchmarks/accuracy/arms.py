"""Parts of the prompt that can be left out, one at a time, to measure what each does to right answers.

`bench_accuracy.py --without PART` runs the same tasks without it; `page.py` compares task by task.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any
from unittest import mock

from rlm_kernel.engine.prompt import few_shot, prompt
from rlm_kernel.models.local import first_look
from rlm_kernel.models.local.model import LocalModel

WHAT = {
    "marks": "the marks around outputs, and the rule that says what they are",
    "examples": "worked examples chosen by the question (instead: a sum and a lookup, always)",
    "first look": "a first reply that is always a search",
    "conditions": "the question's conditions said once more after the first look",
    "forms": "the form of the lines that the question is about",
    "bounds": "replies within bounds: code that begins with the search that was told, states in questions of their own",
}
Row = Mapping[str, Any]


@contextlib.contextmanager
def without(part: str | None) -> Iterator[None]:
    """The prompt without one of the parts of `WHAT`, as long as the context is open; None: as it is."""
    with contextlib.ExitStack() as patches:
        for target, name, value in _PATCHES[part]() if part is not None else ():
            patches.enter_context(mock.patch.object(target, name, value))
        yield


def _no_marks() -> list[tuple[Any, str, Any]]:
    head = "".join(line for line in prompt._HEAD.splitlines(keepends=True) if "<output-ID>" not in line)
    told = prompt.PromptBudget.__str__

    def no_mark(budget: prompt.PromptBudget) -> str:
        return told(budget).partition(" The ID of outputs")[0]

    return [
        (prompt, "marked", lambda text, _mark: text),
        (prompt, "_HEAD", head),
        (prompt.PromptBudget, "__str__", no_mark),
    ]


_PATCHES = {
    "marks": _no_marks,
    "examples": lambda: [(prompt, "examples_for", lambda _question, **_more: few_shot.examples_for(""))],
    "first look": lambda: [
        (first_look, "asks_to_look", lambda _messages: False),
        (prompt, "first_reply", lambda _question, _document: ""),
    ],
    "conditions": lambda: [(prompt, "conditions", lambda _question: "")],
    "forms": lambda: [(prompt, name, lambda *_asked: []) for name in ("forms", "_forms_of_example")],
    "bounds": lambda: [(LocalModel, "bound", lambda _model, _bounds: None)],
}


_ASKED = ("model", "verify", "min_confidence", "without", "wording", "asked_size", "shape", "seed")


def paired(rows: Sequence[dict[str, Any]], name: str, value: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of the same task and settings without the setting `name`, and with it set to `value`."""
    same = [each for each in _ASKED if each != name]
    without_it = {tuple(row.get(each) for each in same): row for row in rows if row.get(name) is None}
    return [
        (without_it[task], row)
        for row in rows
        if row.get(name) == value and (task := tuple(row.get(each) for each in same)) in without_it
    ]


def effect(rows: Sequence[Row], part: str) -> dict[str, Any] | None:
    """What a part does, over the tasks that were run with it and without it; None where there are none.

    `gain` is the share of tasks that are right only with it, less the share of those right only without it, and
    `interval` holds the 95 % interval of that (Bonett and Price 2012, adjusted Wald for paired shares).
    """
    pairs = paired(rows, "without", part)
    if not pairs:
        return None
    with_it = sum(one["right"] and not other["right"] for one, other in pairs)
    without_it = sum(other["right"] and not one["right"] for one, other in pairs)
    size = len(pairs) + 2
    gain = (with_it - without_it) / size
    spread = ((with_it + without_it + 2) / size - gain**2) / size
    margin = NormalDist().inv_cdf(0.975) * math.sqrt(spread)
    return {
        "n": len(pairs),
        "right with": sum(one["right"] for one, _ in pairs),
        "right without": sum(other["right"] for _, other in pairs),
        "only with": with_it,
        "only without": without_it,
        "gain": (with_it - without_it) / len(pairs),
        "interval": (max(-1.0, gain - margin), min(1.0, gain + margin)),
        "tokens with": round(sum(one["tokens"] for one, _ in pairs) / len(pairs)),
        "tokens without": round(sum(other["tokens"] for _, other in pairs) / len(pairs)),
    }
