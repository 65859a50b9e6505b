"""What the cells of one kernel talk about: the context, and the session around it. It asks nothing."""

from __future__ import annotations

from typing import Any

from ...api.rlm import RLM
from ...api.session import Session
from ...document import Document
from ...engine.prompt import tool_reference
from ...subkernel import ToolStub
from ..errors import RLMError

CONTEXT = "context"
SESSION, DOCUMENT = "_rlm_session", "_rlm_document"  # hidden variables for the magic to find
NO_CONTEXT = "There is nothing to ask about yet."
SET_CONTEXT = "Name a file or a variable in a line above the question: %context report.txt"


class Conversation:
    """One context and the session about it, which begins with the first question and ends with the context."""

    def __init__(self, rlm: RLM) -> None:
        self._rlm = rlm
        self._given: Any = None
        self.document: Document | None = None
        self.session: Session | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The sub-kernel's variables: name -> a short description."""
        return self.session.variables if self.session is not None else {}

    @property
    def tools(self) -> dict[str, ToolStub]:
        """What code in the sub-kernel can call: name -> description."""
        return tool_reference.described(self._rlm.tools)

    @property
    def settings(self) -> list[str]:
        """The names of the engine's settings."""
        return sorted({*self._rlm.trait_names(config=True)} - {"api_key", "tools"})

    def follow(self, names: dict[str, Any]) -> Document:
        """The document of the variable `context`, which Python may have set; a new one ends the session.

        The session about it is put into `names`, hidden, for the magic to find. Raises `RLMError` where there is none,
        and `DocumentError` where none can be made of it.
        """
        given = names.get(CONTEXT)
        if given is None:
            raise RLMError(NO_CONTEXT, SET_CONTEXT)
        if self.document is None or given is not self._given:
            document = Document.of(given, name=CONTEXT)
            self.reset()
            self._given, self.document = given, document
        names[SESSION] = self._about(self.document)
        return self.document

    def set(self, document: Document, names: dict[str, Any]) -> None:
        """Begin to talk about another document."""
        names[CONTEXT] = document
        self.reset()
        self.follow(names)

    def _about(self, document: Document) -> Session:
        # It starts no process before it is asked something.
        if self.session is None:
            self.session = self._rlm.session(document)
        return self.session

    def reset(self) -> None:
        """End the sub-kernel; forget questions, answers and variables. The context stays."""
        session, self.session = self.session, None
        if session is not None:
            session.close()


def sizes(document: Document) -> list[str]:
    """A document's names and sizes, and what must be known of how it was read, a line each."""
    rows = [f"{text.name}: {text.chars:,} characters, {text.line_count:,} lines" for text in document.texts[:20]]
    more = len(document.texts) - len(rows)
    return [*rows, *([f"and {more:,} more"] if more > 0 else []), *document.remarks]
