"""The first reply of the embedded model in a run: a search for the words of the question, by grammar.

A 1.5B model that begins with a pattern of its own, made of the question's words, mostly finds nothing, and ends with 0
or None. With lines of the document before it, it writes the pattern after them. The engine gives that reply whole where
it can (`engine.prompt.prompt.first_reply`). Elsewhere, as among many texts, llama.cpp's grammar (GBNF) bounds what may
be generated: the words of the search are the model's and its form is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..base import Message

SENTENCE = "First search for the words of the question and print the lines, in one ```python block."
"""What the engine says in the message that such a reply answers."""

GRAMMAR = r"""
root ::= "```python\n" look look? look? "```"
look ::= "for m in search(\"" words "\", limit=6" source? "): print(m.line_num, m.line)\n"
words ::= [^"\\\n]{3,100}
source ::= ", source=\"" [^"\\\n]{1,100} "\""
"""


def asks_to_look(messages: Sequence[Message]) -> bool:
    """Whether the last message begins a run of the engine; one that already asks for the answer does not."""
    last = messages[-1]["content"]
    return len(messages) > 1 and SENTENCE in last and "FINAL(" not in last
