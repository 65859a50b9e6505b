"""The words for verdicts and coverage: one table for all displays; the labextension's are tested to be the same."""

from __future__ import annotations

from typing import Final, Literal

Verdict = Literal["document", "computed", "sub-model", "typed", "ungrounded", "absent", "prose"]

# verdict -> (sign, words). Traces of 0.1.0 know four of them, under the same names.
VERDICTS: Final[dict[str, tuple[str, str]]] = {
    "document": ("✓", "quoted from the document"),
    "computed": ("=", "computed"),
    "sub-model": ("◇", "said by a sub-model"),
    "typed": ("✎", "typed by the model, but shown"),
    "ungrounded": ("✗", "FOUND NOWHERE"),
    "absent": ("∅", "absent"),
    "prose": ("¶", "prose, checked only as far as its names and figures"),
}

# What was done with a line, as `Coverage` names it -> words.
COVERAGE: Final[dict[str, str]] = {
    "searched": "searched",
    "scanned": "returned to code",
    "shown": "shown to the model",
    "sent": "sent to a sub-model",
    "untouched": "never touched",
}

# verdict -> words for the line that sums an answer up, the worst first.
BANNER: Final[dict[str, str]] = {
    "ungrounded": "found nowhere",
    "document": "in the document",
    "computed": "computed",
    "sub-model": "said by a sub-model",
    "typed": "typed by the model",
    "absent": "absent",
    "prose": "prose not checked",
}
