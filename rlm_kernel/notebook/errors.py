"""What a cell fails with: two lines that name the trouble and the remedy, never this package's own stack."""

from __future__ import annotations

import functools

from ..render.escape import clean


class RLMError(Exception):
    """A `%rlm` or `%%rlm` that failed for a reason which the user can mend."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(clean(message))
        self.remedy = clean(remedy) or "Nothing was answered. Options and examples: %%rlm?"

    def _render_traceback_(self) -> list[str]:
        return [f"RLMError: {self}", self.remedy]


def interrupted(message: str, remedy: str) -> KeyboardInterrupt:
    """A KeyboardInterrupt with a short traceback; that very type, since front ends know it by its name."""
    error = KeyboardInterrupt(message)
    # No closure: the error may be pickled.
    error._render_traceback_ = functools.partial(list, (f"KeyboardInterrupt: {message}", remedy))  # type: ignore[attr-defined]
    return error
