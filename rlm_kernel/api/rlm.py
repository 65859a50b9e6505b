"""RLM: the one face of the engine that the notebook, the command line and other programs use.

What asks (`runs`) is imported at the first question, while the fork server starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl  # noqa: F401  a system without it cannot isolate code: better said now than at the first question
import functools
import importlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from ..engine.blocking import run_blocking
from ..engine.settings import Settings, check_question
from ..subkernel import prepare
from .loading import without_collections

if TYPE_CHECKING:
    from ..engine.setting_types import Overrides
    from ..trace import Event, Trace
    from .answer import Answer
    from .session import Session

T = TypeVar("T")
_RUNS = f"{__package__}.runs"


class RLM(Settings):
    """Answers questions about a context by letting a model program the answer in a sandbox.

    Every setting is a trait: an argument here, `c.RLM.<name>` in a configuration file, an override of one call. The
    limits hold for a whole run tree. `Settings` and docs/settings.md say what each means.
    """

    @overload
    def completion(
        self, question: str, context: Any, *, answer_type: type[T], **overrides: Unpack[Overrides]
    ) -> Answer[T]: ...

    @overload
    def completion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]: ...

    def completion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]:
        """Answer a question about a context and return when done; works also where an event loop is running.

        Raises DocumentError, IsolationError, and ModelError (with the partial answer in `.answer`).
        """
        ask = functools.partial(self.acompletion, question, context, answer_type=answer_type, **overrides)
        return run_blocking(ask)

    @overload
    async def acompletion(
        self, question: str, context: Any, *, answer_type: type[T], **overrides: Unpack[Overrides]
    ) -> Answer[T]: ...

    @overload
    async def acompletion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]: ...

    async def acompletion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]:
        """`completion` for callers that are async themselves."""
        here = self.replaced(_with_type(overrides, answer_type))
        await here._begin(question)
        from .runs import complete

        return await complete(here, question, context)

    async def _begin(self, question: str) -> None:
        """Check what is asked, and import what asks while the fork server starts, as both take a while."""
        check_question(question)
        if not self.packages and self.subkernel_host is None:
            prepare()
        if _RUNS not in sys.modules:
            await asyncio.to_thread(_import_runs)
        self.check()

    def fork(self, trace: Trace, iteration: int, document: Any = None, **options: Any) -> Answer:
        """`afork` for callers that are not async; works also where an event loop is running."""
        ask = functools.partial(self.afork, trace, iteration, document, **options)
        return run_blocking(ask)

    async def afork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        **overrides: Unpack[Overrides],
    ) -> Answer:
        """A run that repeats the iterations of another before `iteration`, without a model, then runs `code` (None: the
        model is asked), and goes on with the model.

        `question` is another question from there on; `document` as in `replay.areplay`. The trace names its `parent`.
        Raises ForkError (a ValueError) where the iterations do not come as they were recorded, and as `acompletion`.
        """
        here, asked = self.replaced(overrides), question or trace.question
        await here._begin(asked)
        from .runs import complete, forked

        fork, document = await forked(here, trace, iteration, document, code)
        return await complete(here, asked, document, fork)

    async def stream_fork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        stop: asyncio.Event | None = None,
        **overrides: Unpack[Overrides],
    ) -> AsyncGenerator[Event, None]:
        """The events of `afork`'s run; `stop` as in `stream`."""
        here, asked = self.replaced(overrides), question or trace.question
        await here._begin(asked)
        from .runs import forked, stream

        fork, document = await forked(here, trace, iteration, document, code)
        async with contextlib.aclosing(stream(here, asked, document, stop or asyncio.Event(), [], fork)) as events:
            async for event in events:
                yield event

    async def stream(
        self,
        question: str,
        context: Any,
        *,
        answer_type: Any = None,
        stop: asyncio.Event | None = None,
        **overrides: Unpack[Overrides],
    ) -> AsyncGenerator[Event, None]:
        """The events of a run, from RunStarted to RunFinished. Setting `stop` ends it soon, gracefully.

        Raises ValueError (an empty question, an unknown setting), TraitError (a setting's value), DocumentError,
        ModelError (no model configured) and IsolationError before the first event; a model that fails later ends the
        run as `failed`.
        """
        here = self.replaced(_with_type(overrides, answer_type))
        await here._begin(question)
        from . import runs

        document = await runs.read(here, context)
        stream = runs.stream(here, question, document, stop or asyncio.Event(), [])
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                yield event

    def map(self, questions: Any, documents: Any, *, out: str | Path, **options: Any) -> Any:
        """Ask every question about every document; rows and traces go into the folder `out`, and the same call goes on
        where it was stopped. Returns `campaign.Results`.

        `options`: `workers` or `cluster`, limits of the whole campaign (`max_llm_calls`, `max_tokens`, `max_cost`), and
        settings of each run; see `campaign.amap_documents` and docs/scale.md.
        """
        # By name: a campaign runs engines, an engine knows no campaign.
        campaign = importlib.import_module("rlm_kernel.campaign")
        return campaign.map_documents(self, questions, documents, out=out, **options)

    def session(self, context: Any) -> Session:
        """A conversation about one context: follow-up questions keep the sub-kernel's variables.

        Use it as a context manager, or close it. Raises DocumentError, ValueError, TraitError.
        """
        self.check()
        from ..document import Document
        from .session import Session

        return Session(self, Document.of(context, max_size=self.max_document_size))


def _with_type(overrides: Overrides, answer_type: Any) -> dict[str, Any]:
    return dict(overrides) | ({"answer_type": answer_type} if answer_type is not None else {})


def _import_runs() -> None:
    with without_collections():
        importlib.import_module(_RUNS)
