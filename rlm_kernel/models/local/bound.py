"""Replies of the embedded model that are bound by a grammar.

A 1.5B model that is told a pattern for the rows of its question writes most of it, and then leaves a part out, or adds
one. llama.cpp lets a grammar (GBNF) bound what may be generated: what it computes of the rows is the model's, and the
search is as it was told.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ..base import OWN, Bounds, Delta, Message, Reply, WrappedModel

if TYPE_CHECKING:
    from .model import LocalModel

# Behind the search no rows are left out, by "if" or by comparing for equality: a small model takes the values of the
# line that it was shown for conditions of the question. No line is a comment: it would go on with comments.
_CODE = r"""
root ::= "```python\n# conditions: " [^\n`]{3,300} "\n" beginning "\n" line{0,40} "```"
line ::= " "* (first (" "+ word)*)? "\n"
first ::= ([^ \n`=!i[#] | "=" [^ \n`=![]) rest* end? | "i" (([^ \n`=!f[] | part) rest*)? end?
word ::= first | ("[" | "#") rest* end? | "="
rest ::= [^ \n`=![] | "=" [^ \n`=!] | part
part ::= "['" key "']" | "[" ([^ \n`=!['"] | part)
end ::= "=" | "["
"""
# With conditions that no search has. Lists stand behind blanks, and what a row is asked for behind its name.
_FILTERING = r"""
root ::= "```python\n# conditions: " [^\n`]{3,300} "\n" beginning "\n" line{0,40} "```"
line ::= " "* ([^ \n`[#] piece{0,300})? "\n"
piece ::= [^\n`[] | " [" | "([" | part
part ::= "['" key "']" | "[" ([^\n`['"] | part)
"""
# None and the rows themselves are no answers.
_CALL = r"""
root ::= "```python\n" beginning value [^\n`]{0,300} ")\n```"
value ::= [^ \n`N)r] | "r" ([^\n`o] | "o" ([^\n`w] | "w" [^\n`s]))
beginning ::= """
_SPECIAL = re.compile(r"[\\\"\x00-\x1f\x7f]")
_ANY_KEY = r"""[^\n`'"\]]{0,60}"""
_OWN = r"""own ::= [^\n`\\]{3,150}
"""


class BoundModel(WrappedModel):
    """The embedded model, whose replies are within bounds. Closing it closes nothing."""

    def __init__(self, model: LocalModel, bounds: Bounds) -> None:
        super().__init__(model)
        self._local = model
        self._bounds = bounds

    @property
    def identity(self) -> Mapping[str, Any]:
        return {
            **self._local.identity,
            "bounds": [*self._bounds.texts, self._bounds.kind, self._bounds.may_filter, *self._bounds.keys],
        }

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """As the embedded model does, within the bounds."""
        replies = self._local.stream_within(
            grammar_of(self._bounds), messages, max_tokens=max_tokens, temperature=temperature, seed=seed
        )
        async with aclosing(replies):
            async for item in replies:
                yield item

    async def aclose(self) -> None:
        """Nothing: whoever has made the model closes it."""


def grammar_of(bounds: Bounds) -> str:
    """The grammar of replies within bounds."""
    texts = " | ".join(map(_sequence, bounds.texts))
    own = _OWN if any(OWN in text for text in bounds.texts) else ""
    if bounds.kind == "call":
        return f"{_CALL}{texts}\n"
    if bounds.kind == "text":
        return f"root ::= {texts}\n{own}"
    keys = " | ".join(map(_sequence, bounds.keys)) or _ANY_KEY
    return f"{_FILTERING if bounds.may_filter else _CODE}key ::= {keys}\nbeginning ::= {texts}\n{own}"


def _sequence(text: str) -> str:
    return " own ".join(f'"{_SPECIAL.sub(_escape, part)}"' for part in text.split(OWN))


def _escape(special: re.Match[str]) -> str:
    """A character as GBNF writes it: it knows fewer escapes than JSON."""
    known = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return known.get(special[0]) or f"\\x{ord(special[0]):02x}"
