"""What the cells of one kernel talk about: the context, the session around it, and the engine that asks there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ... import contract
from ... import rlm as engine
from ...document import Document
from ...session import Session
from ...subkernel import ToolStub
from ...trace import Event, Trace, TraceBuilder
from ..errors import RLMError

CONTEXT = "context"
DOCUMENT = "_rlm_context"
NO_CONTEXT = "There is nothing to ask about yet."
SET_CONTEXT = "Name a file or a variable in a line above the question: %context report.txt"


class RLM(engine.RLM):
    """The engine of a kernel: a question about its current context goes to the session, any other is a run of its own.

    It has the name of its base class since it is configured as that: `c.RLM.<name>`, `%config RLM`.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.conversation = Conversation(self)

    async def stream(
        self,
        question: str,
        context: Any,
        *,
        answer_type: Any = None,
        stop: asyncio.Event | None = None,
        **overrides: Any,
    ) -> AsyncGenerator[Event, None]:
        """The events of a run; see `rlm_kernel.RLM.stream` and `Session.stream`."""
        builder = self.conversation.builder = TraceBuilder()
        options = {"answer_type": answer_type, "stop": stop, **overrides}
        about = self.conversation.document
        if about is not None and context is about:
            events = self.conversation.started().stream(question, **options)
        else:
            events = super().stream(question, context, **options)
        async with aclosing(events) as stream:
            async for event in stream:
                builder.feed(event)
                yield event


class Conversation:
    """One context and the session about it, which begins with the first question and ends with the context."""

    def __init__(self, rlm: engine.RLM) -> None:
        self._rlm = rlm
        self._given: Any = None
        self.document: Document | None = None
        self.session: Session | None = None
        self.builder: TraceBuilder | None = None

    @property
    def trace(self) -> Trace | None:
        """The last run, whole or as far as it got; None before the first."""
        if self.builder is None or not self.builder.trace.started:
            return None
        return self.builder.stop()

    @property
    def variables(self) -> dict[str, str]:
        """The sub-kernel's variables: name -> a short description."""
        return self.session.variables if self.session is not None else {}

    @property
    def tools(self) -> dict[str, ToolStub]:
        """What code in the sub-kernel can call: name -> description."""
        return contract.described(self._rlm.tools)

    @property
    def settings(self) -> list[str]:
        """The names of the engine's settings."""
        return sorted({*self._rlm.trait_names(config=True)} - {"api_key", "tools"})

    def follow(self, names: dict[str, Any]) -> Document:
        """The document of the variable `context`, which Python may have set; a new one ends the session.

        It is put into `names`, hidden, for the magic to find. Raises `RLMError` where there is none, and
        `DocumentError` where none can be made of it.
        """
        given = names.get(CONTEXT)
        if given is None:
            raise RLMError(NO_CONTEXT, SET_CONTEXT)
        if self.document is None or given is not self._given:
            document = Document.of(given, name=CONTEXT)
            self.reset()
            self._given, self.document = given, document
        names[DOCUMENT] = self.document
        return self.document

    def set(self, document: Document, names: dict[str, Any]) -> None:
        """Begin to talk about another document."""
        names[CONTEXT] = document
        self.reset()
        self.follow(names)

    def started(self) -> Session:
        """The session about the document."""
        if self.document is None:
            raise RLMError(NO_CONTEXT, SET_CONTEXT)
        if self.session is None:
            self.session = self._rlm.session(self.document)
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
