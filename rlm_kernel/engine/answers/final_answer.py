"""What happens to FINAL's value: bounded, validated, doubted, its evidence looked up; a refusal goes to the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...document import Text
from ...subkernel.base import Refusal
from ...trace import Evidence, Iteration
from ...trace.json_values import storable
from . import schema
from .literals import has_figure, is_typed, was_shown, wrote

_MAX_EVIDENCE = 1000
_MAX_LINE = 500


class Acceptance:
    """Takes one answer. `accepted` is the value, fit for a trace, with its evidence, once there is one."""

    def __init__(self, texts: Sequence[Text], answer_type: Any) -> None:
        self.accepted: tuple[Any, tuple[Evidence, ...]] | None = None
        self._texts = texts
        self._answer_type = answer_type
        self._adapter = None if answer_type is None else schema.adapter(answer_type)
        self._doubted: set[str] = set()

    def accept(self, value: Any, evidence: Any, code: str, turns: Sequence[Iteration] | None) -> bool:
        """Take what `code` has handed to FINAL; all of it is hostile. Raises Refusal.

        `turns` are those whose outputs the model has seen, or None where nothing may be doubted any more.
        """
        if self.accepted is not None:
            raise Refusal("FINAL was called before: the first answer counts")
        try:
            given = value = storable(value)
        except ValueError as error:
            raise Refusal(f"FINAL: the answer is {error}: give a flat list or dict") from None
        if self._adapter is not None:
            try:
                value = schema.check(self._adapter, value)
            except ValueError as error:
                wanted = schema.schema_of(self._answer_type)
                raise Refusal(f"FINAL: the answer does not fit ({error}). It must be: {wanted}") from None
        if turns is not None:
            self._doubt_empty(value)
            self._doubt_typed(given, code, turns)
        self.accepted = (value, self._verified(evidence))
        return True

    def _doubt_empty(self, value: Any) -> None:
        """Ask once about an answer that a search without a hit gives."""
        if value in (0, "", [], {}, None) and value is not False and "empty" not in self._doubted:
            self._doubted.add("empty")
            raise Refusal(
                f"FINAL({value!r}) is empty. If a search found nothing, try a shorter pattern or fuzzy_search(...); "
                "if it is really so, call FINAL again."
            )

    def _doubt_typed(self, given: Any, code: str, turns: Sequence[Iteration]) -> None:
        """Refuse what no code has returned. `given`: the value before it was coerced to the answer's type."""
        # A retyped figure is refused every time, a text without a long one once: it may be the model's own wording.
        known = isinstance(given, str) and "typed" in self._doubted and not has_figure(given)
        if is_typed(code, given) and not known and not _seen(given, turns):
            self._doubted.add("typed")
            raise Refusal(
                f"FINAL({given!r}): no output has shown this. Let the code find or compute it, print it, and pass the "
                "variable to FINAL."
            )

    def _verified(self, evidence: Any) -> tuple[Evidence, ...]:
        """Each line number with the line's text from the parent's own document; None where there is no such line.

        Of several documents a number alone names none, and nothing is guessed.
        """
        numbers = evidence if isinstance(evidence, list) else []
        only = self._texts[0] if len(self._texts) == 1 else None
        made = []
        for number in dict.fromkeys(n for n in numbers[:_MAX_EVIDENCE] if type(n) is int):
            line = only.line(number) if only is not None else None
            source = only.name if only is not None else f"(one of {len(self._texts):,} documents)"
            made.append(Evidence(source=source, line=number, text=None if line is None else line[:_MAX_LINE]))
        return tuple(made)


def _seen(typed: Any, turns: Sequence[Iteration]) -> bool:
    telling = [turn for turn in turns if not wrote(turn.code or "", typed)]
    outputs = [turn.output for turn in telling]
    return was_shown(outputs + [call.response or "" for turn in telling for call in turn.calls], typed)
