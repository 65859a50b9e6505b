"""What a name means in the RLM kernel: tools, variables of the sub-kernel, the context. Magics are IPython's matter."""

from __future__ import annotations

from typing import Any

from ...render.escape import clean, one_line
from .conversation import CONTEXT, Conversation, sizes


class Explanations:
    """Explains names to the users of one shell."""

    def __init__(self, shell: Any, conversation: Conversation) -> None:
        self._shell, self._conversation = shell, conversation

    def of(self, name: str) -> str | None:
        """A text about a name; None where it is no tool, no variable of the sub-kernel and not the context."""
        if name in (variables := self._conversation.variables):
            return f"{name}: {one_line(variables[name], 300)}\n\nA variable of the sub-kernel; %%code works with it."
        if stub := self._conversation.tools.get(name):
            return f"{name}{stub.signature}\n\n{clean(stub.doc)}\n\nA tool of the model's code; %%code can call it too."
        if name == CONTEXT and (document := self._conversation.document) is not None:
            told = "\n".join(one_line(row, 300) for row in sizes(document))
            return f"context: what questions are about (%context sets it)\n\n{told}"
        return None

    def known(self, name: str) -> bool:
        """Whether there is anything to say about a name."""
        ours = self._shell.user_ns_hidden
        names = self._shell.user_ns
        mine = name in names and not name.startswith("_") and (name not in ours or ours[name] is not names[name])
        return mine or self.of(name) is not None
