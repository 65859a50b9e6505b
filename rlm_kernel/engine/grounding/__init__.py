"""From the values of an answer back to where they come from: a verdict for each. It judges no answer.

The document is the parent's own; of the sub-kernel's word only what executed code has put out, and which lines its
tools returned, counts. The code is read (see `dataflow`), so that a computed value leads to the lines it rests on:

- `computed`: the code has made it of what tools, `context`, sub-models or the user's tools gave. This beats `document`,
  since the same digits may stand anywhere.
- `document`: code has picked it out of a line as it stands there, or the model has typed what stands there: as a whole
  token, numbers by value in any style, texts by their words.
- `sub-model`: a reply holds it, also deeper in the run tree.
- `typed`: the model has written it down, and an output (or the question) had shown it.
- `ungrounded`: it was looked for everywhere, to the end, and is nowhere.
- `absent`: there is no value, and the answer says so. `prose`: the model's own words, of which figures, quotations and
  names are `parts` with verdicts of their own; if one of them is nowhere, the text is `ungrounded` too.

A constant of the code is never a result, whatever it has passed through. A number that stands in any document by
chance (a whole one below 1,000, a year) is quoted only from lines that the run has looked at, or the model has named.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .rows import RULES, Groundings

if TYPE_CHECKING:
    from .answer_conditions import conditions_of_answer
    from .chosen_rows import better_rows, row_conditions
    from .verdicts import flows_of, ground, rests_on, unfounded

__all__ = [
    "RULES",
    "Groundings",
    "better_rows",
    "conditions_of_answer",
    "flows_of",
    "ground",
    "rests_on",
    "row_conditions",
    "unfounded",
]

_LAZY = {
    "better_rows": ".chosen_rows",
    "conditions_of_answer": ".answer_conditions",
    "flows_of": ".verdicts",
    "ground": ".verdicts",
    "rests_on": ".verdicts",
    "row_conditions": ".chosen_rows",
    "unfounded": ".verdicts",
}


if not TYPE_CHECKING:  # a checker must see a name that is missing

    def __getattr__(name: str) -> Any:
        # Lazily: the grammars of numbers and dates take a while, and nothing needs them before there is an answer.
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_LAZY[name], __name__), name)
