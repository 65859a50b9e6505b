"""What the root model of one run is sent: an opening that stays as it is, then its turns. It only grows at its end.

Only where it nears the model's window are old turns shortened, many at once, so that prefix caches lose little. What
was cut stays in the trace, and the code gets an output back with `history(k)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...models import Message
from . import prompt

_NEAR = 0.75
_ENOUGH = 0.5
_WHOLE_TURNS = 2


@dataclass(slots=True)
class _IterationText:
    index: int
    reply: Message
    told: Message
    shortened: bool = False


class History:
    """The messages of one run. `sent` is how many of them the model has been sent."""

    def __init__(self, opening: Sequence[Message]) -> None:
        self.messages: list[Message] = list(opening)
        self._opening = tuple(opening)
        self.sent = 0
        self._turns: list[_IterationText] = []

    @property
    def texts(self) -> list[str]:
        """The contents of all messages."""
        return [message["content"] for message in self.messages]

    def add(self, index: int, reply: str, told: str) -> None:
        """An iteration: what the model replied, and what it is told of it."""
        turn = _IterationText(index, {"role": "assistant", "content": reply}, {"role": "user", "content": told})
        self._turns.append(turn)
        self.messages += [turn.reply, turn.told]

    def add_repeated(self, index: int, reply: str, told: str) -> None:
        """An iteration whose code was that of the one before it: it takes that one's place.

        A small model that sees its own block twice sends it a third time.
        """
        if self._turns:
            self._turns.pop()
            del self.messages[-2:]
            self.sent = min(self.sent, len(self.messages))
        self.add(index, reply, told)

    def ask(self, text: str) -> None:
        """Say something more, at the end of the last message.

        Where that was sent before, and its reply was cut off, it is sent again with this: many endpoints take no two
        messages of one role in a row, and the model must not be shown a reply that it never wrote.
        """
        self.messages[-1] = {"role": "user", "content": f"{self.messages[-1]['content']}\n\n{text}"}
        if self._turns and len(self.messages) > len(self._opening):
            self._turns[-1].told = self.messages[-1]
        self.sent = min(self.sent, len(self.messages) - 1)

    def take_unsent(self) -> list[str]:
        """The user's messages that are sent now for the first time, the opening left out; all count as sent then."""
        first = self.sent
        unsent = [message["content"] for message in self.messages[first:] if message["role"] == "user"]
        self.sent = len(self.messages)
        return unsent if first else []

    def fit(self, tokens: Callable[..., int], window: int, *, force: bool = False) -> list[int]:
        """Shorten old turns where the messages near `window` tokens (or at all events, with `force`), the oldest first.

        The last turns stay whole as long as the others suffice. Returns the indexes of the turns that were shortened.
        """
        if not force and tokens(*self.texts) <= window * _NEAR:
            return []
        made: list[int] = []
        for kept in (_WHOLE_TURNS, 1):
            for turn in self._turns[: max(0, len(self._turns) - kept)]:
                if made and tokens(*self.texts) <= window * _ENOUGH:
                    return made
                if not turn.shortened and _shorten(turn):
                    made.append(turn.index)
            if tokens(*self.texts) <= window * _NEAR:
                break
        return made


def _shorten(turn: _IterationText) -> bool:
    told, reply = prompt.shortened(turn.told["content"], turn.index), prompt.short_reply(turn.reply["content"])
    saved = len(turn.told["content"]) + len(turn.reply["content"]) - len(told) - len(reply)
    turn.shortened = True
    turn.told["content"], turn.reply["content"] = told, reply
    return saved > 0
