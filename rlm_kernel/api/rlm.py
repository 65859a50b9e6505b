"""RLM: the settings, and the one face of the engine that the notebook, the command line and other programs use."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, NoReturn

from traitlets import Any as AnyTrait
from traitlets import Bool, CaselessStrEnum, Dict, Float, Int, List, TraitError, Unicode, Union
from traitlets.config import Configurable

from ..document import Document
from ..engine.factory import assembled
from ..engine.prices import Prices
from ..engine.prompt.prompt import schema_of
from ..engine.run import Run
from ..models import ModelError, resolve
from ..models.keys import Key
from ..subkernel.base import parse_size
from ..trace import Event, RunFinished, Trace, TraceBuilder
from .answer import Answer
from .session import Session

if TYPE_CHECKING:
    from ..replay.fork import Fork

__all__ = ["RLM", "Answer", "describe"]

_JOIN_SECONDS = 0.1


class _Key(Unicode[Any, Any]):
    """A trait whose errors do not show its value, and whose value is in no pickle and no repr."""

    def validate(self, obj: Any, value: Any) -> Any:
        value = super().validate(obj, value)
        return None if value is None else Key(value)

    def error(self, obj: Any, value: Any, error: Any = None, info: Any = None) -> NoReturn:  # noqa: ARG002
        raise TraitError(f"api_key must be a str, not {type(value).__name__}.")


class RLM(Configurable):
    """Answers questions about a context by letting a model program the answer in a sandbox.

    Every setting is a trait: an argument here, `c.RLM.<name>` in a configuration file, an override of one call. The
    limits hold for a whole run tree.
    """

    model = AnyTrait(
        None, allow_none=True, help="The root model: a name, 'local', 'recorded:FILE', or a Model. Default: RLM_MODEL."
    ).tag(config=True)
    base_url = Unicode(None, allow_none=True, help="The OpenAI-compatible endpoint. Default: OPENAI_BASE_URL.").tag(
        config=True
    )
    api_key = _Key(None, allow_none=True, help="The endpoint's key. Default: OPENAI_API_KEY.").tag(config=True)
    sub_model = AnyTrait(None, allow_none=True, help="The model that llm_query asks. Default: the root model.").tag(
        config=True
    )
    max_iterations = Int(10, min=1, help="Turns of the root model.").tag(config=True)
    max_depth = Int(10, min=0, help="Levels of recursive runs.").tag(config=True)
    max_llm_calls = Int(100, min=1, help="Model calls of the whole run tree.").tag(config=True)
    max_tokens = Int(None, allow_none=True, min=1, help="Tokens of the whole run tree.").tag(config=True)
    max_cost = Float(
        None, allow_none=True, min=0.0, help="Cost of the whole run tree, by `prices` or as endpoints report it."
    ).tag(config=True)
    prices: Dict[str, Any] = Dict(
        help="Prices per million tokens: {'MODEL': {'input': 0.25, 'output': 1.0, 'cached': 0.1}}."
    ).tag(config=True)
    max_errors = Int(5, allow_none=True, min=1, help="Turns in a row that may end in an error.").tag(config=True)
    max_seconds = Float(None, allow_none=True, min=0.0, help="Wall time of the whole run tree.").tag(config=True)
    max_concurrency = Int(8, min=1, help="Sub-calls in flight at once.").tag(config=True)
    cell_timeout = Float(60.0, min=0.1, help="Seconds that one cell may compute.").tag(config=True)
    memory_limit = Union([Unicode(), Int()], default_value="1GB", help="Memory of the code, beside the context.").tag(
        config=True
    )
    output_limit = Int(
        None,
        allow_none=True,
        min=200,
        help="Characters of one output that the model is shown; default: by its window, 10,000 at most.",
    ).tag(config=True)
    answer_type = AnyTrait(None, allow_none=True, help="What the answer must be: a JSON type or a pydantic model.")
    tools: List[Any] = List(help="Functions of the user's own, run in the parent.")
    context_window = Int(
        None, allow_none=True, min=256, help="Tokens that the model takes; default: as its endpoint tells."
    ).tag(config=True)
    sub_context_window = Int(None, allow_none=True, min=256, help="The same of the sub-model.").tag(config=True)
    cache = Union(
        [Bool(), Unicode()],
        default_value=False,
        help="Keep replies on disk and use them again: True, or a file. It holds excerpts of the documents.",
    ).tag(config=True)
    on_large_batch = AnyTrait(
        None, allow_none=True, help="Called with a BatchPlan before a large batch of sub-calls; False refuses it."
    )
    large_batch = Float(0.5, min=0.0, help="A batch is large from this share of what is left of a limit.").tag(
        config=True
    )
    review = AnyTrait(
        None, allow_none=True, help="Called with (iteration, code) before code runs; returns the code, or None to stop."
    )
    examples = CaselessStrEnum(
        ["auto", "on", "off"], "auto", help="Worked examples in the prompt; auto: for small models."
    ).tag(config=True)
    dialect = CaselessStrEnum(
        ["auto", "own", "rlm"],
        "auto",
        help="Whose names and habits the prompt has; rlm: those of the loop that `rlm-*` models were trained for.",
    ).tag(config=True)
    temperature = Float(None, allow_none=True, min=0.0, help="Sampling temperature; default: the model's own.").tag(
        config=True
    )
    seed = Int(None, allow_none=True, help="Sampling seed, where the endpoint takes one.").tag(config=True)
    record = Unicode(None, allow_none=True, help="A file to record the models' replies to.")
    allow_weak_isolation = Bool(
        False, help="Run without any operating-system layer around the code: only for code you would run yourself."
    ).tag(config=True)

    def __init__(self, model: Any = None, base_url: str | None = None, **settings: Any) -> None:
        given = {"model": model, "base_url": base_url} | settings
        parent = given.pop("parent", None)
        _check_names(given)
        super().__init__(parent=parent, **{name: value for name, value in given.items() if value is not None})

    def _with(self, overrides: dict[str, Any]) -> RLM:
        """These settings with some replaced; the same checks apply."""
        _check_names(overrides)
        mine = {name: getattr(self, name) for name in self.trait_names() if name not in ("parent", "config", "log")}
        made = RLM(**(mine | overrides))
        for name, value in overrides.items():
            if value is None:
                # Given on purpose, unlike in a call with defaults: it lifts a limit.
                setattr(made, name, None)
        return made

    def completion(self, question: str, context: Any, *, answer_type: Any = None, **overrides: Any) -> Answer:
        """Answer a question about a context and return when done; works also where an event loop is running.

        Raises DocumentError, IsolationError, and ModelError (with the partial answer in `.answer`).
        """
        ask = functools.partial(self.acompletion, question, context, answer_type=answer_type, **overrides)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(ask())
        return _in_thread(ask)

    async def acompletion(self, question: str, context: Any, *, answer_type: Any = None, **overrides: Any) -> Answer:
        """`completion` for callers that are async themselves."""
        here = self._with(overrides | ({"answer_type": answer_type} if answer_type is not None else {}))
        return await here._complete(question, context)

    async def _complete(self, question: str, context: Any, fork: Fork | None = None) -> Answer:
        builder = TraceBuilder()
        failures: list[ModelError] = []
        document = await self._read(question, context)
        async with contextlib.aclosing(self._stream(question, document, asyncio.Event(), failures, fork)) as events:
            async for event in events:
                builder.feed(event)
        answer = Answer(builder.trace, answer_type=self.answer_type, rlm=self, document=document)
        for error in failures:
            error.answer = answer  # type: ignore[attr-defined]
            raise error
        return answer

    def fork(self, trace: Trace, iteration: int, document: Any = None, **options: Any) -> Answer:
        """`afork` for callers that are not async; works also where an event loop is running."""
        ask = functools.partial(self.afork, trace, iteration, document, **options)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(ask())
        return _in_thread(ask)

    async def afork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        **overrides: Any,
    ) -> Answer:
        """A run that repeats the turns of another before `iteration`, without a model, then runs `code` (None: asks the
        model), and goes on with the model.

        `question` is another question from there on; `document` as in `replay.areplay`. The trace names its `parent`.
        Raises ForkError (a ValueError) where the turns do not come as they were recorded, and as `acompletion`.
        """
        here, fork, document = await self._forked(trace, iteration, document, code, overrides)
        return await here._complete(question or trace.question, document, fork)

    async def stream_fork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        stop: asyncio.Event | None = None,
        **overrides: Any,
    ) -> AsyncGenerator[Event, None]:
        """The events of `afork`'s run; `stop` as in `stream`."""
        here, fork, document = await self._forked(trace, iteration, document, code, overrides)
        asked = question or trace.question
        stream = here._stream(asked, document, stop or asyncio.Event(), [], fork)
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                yield event

    async def _forked(
        self, trace: Trace, iteration: int, document: Any, code: str | None, overrides: dict[str, Any]
    ) -> tuple[RLM, Fork, Document]:
        from ..replay.fork import Fork, document_of

        here, fork = self._with(overrides), Fork.of(trace, iteration, code)
        if iteration > here.max_iterations:
            raise ValueError(
                f"iteration={iteration} is beyond max_iterations={here.max_iterations}: give more of them."
            )
        return here, fork, await asyncio.to_thread(document_of, trace, document)

    async def stream(
        self,
        question: str,
        context: Any,
        *,
        answer_type: Any = None,
        stop: asyncio.Event | None = None,
        **overrides: Any,
    ) -> AsyncGenerator[Event, None]:
        """The events of a run, from RunStarted to RunFinished. Setting `stop` ends it soon, gracefully.

        Raises ValueError (an empty question, an unknown setting), TraitError (a setting's value), DocumentError,
        ModelError (no model configured) and IsolationError before the first event; a model that fails later ends the
        run as `failed`.
        """
        here = self._with(overrides | ({"answer_type": answer_type} if answer_type is not None else {}))
        document = await here._read(question, context)
        async with contextlib.aclosing(here._stream(question, document, stop or asyncio.Event(), [])) as events:
            async for event in events:
                yield event

    async def _read(self, question: str, context: Any) -> Document:
        check_question(question)
        self.check()
        # Reading may take its time, as does the conversion of a file: the loop goes on meanwhile.
        return context if isinstance(context, Document) else await asyncio.to_thread(Document.of, context)

    async def _stream(
        self,
        question: str,
        document: Document,
        stop: asyncio.Event,
        failures: list[ModelError],
        fork: Fork | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`stream` with these very settings; the error of a run that fails is put into `failures`."""
        async with assembled(self) as assembly:
            run = assembly.run(question, document, stop, make=Run if fork is None else fork.run)
            executor = assembly.executor(document, run.handle, None if fork is None else fork.trace.determinism)
            async with executor, contextlib.aclosing(run.events(executor)) as events:
                async for event in events:
                    if isinstance(event, RunFinished):
                        # The sub-kernel has done its part: it must not outlive the last event.
                        await executor.kill()
                        failures += [run.error] if run.error is not None else []
                    yield event

    def session(self, context: Any) -> Session:
        """A conversation about one context: follow-up questions keep the sub-kernel's variables.

        Use it as a context manager, or close it. Raises DocumentError, ValueError, TraitError.
        """
        self.check()
        return Session(self, Document.of(context))

    def check(self) -> None:
        """Raise ValueError or TraitError, in one sentence, for a setting that no run could use."""
        schema_of(self.answer_type)
        parse_size(self.memory_limit)
        Prices.of(self.prices)
        if self.tools:
            from ..engine.tools.user_tools import UserTools

            UserTools(self.tools)


def check_question(question: Any) -> None:
    """Raise ValueError for a question that asks nothing."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError("The question is empty: say what you want to know about the context, as a text.")


def _check_names(given: dict[str, Any]) -> None:
    for name in given:
        if name not in RLM.class_trait_names():
            known = ", ".join(sorted(set(RLM.class_trait_names()) - {"parent", "config", "log"}))
            raise ValueError(f"RLM has no setting {name!r}. Its settings are: {known}.")


def _in_thread(ask: Any) -> Answer:
    """Run a coroutine function on a loop of its own while this thread, whose loop is busy, waits."""
    result: dict[str, Any] = {}
    ready = threading.Event()
    running: dict[str, Any] = {}

    async def main() -> None:
        running.update(loop=asyncio.get_running_loop(), task=asyncio.current_task())
        ready.set()
        result["answer"] = await ask()

    def target() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # it is raised again where the caller waits
            result["error"] = error

    thread = threading.Thread(target=contextvars.copy_context().run, args=(target,), name="rlm")
    waiting = asyncio.current_task()
    cancelled_before = waiting.cancelling() if waiting is not None else 0
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_JOIN_SECONDS)
            # `asyncio.run` makes of the first Ctrl-C a cancellation, which cannot strike while its loop is busy here.
            if waiting is not None and waiting.cancelling() > cancelled_before:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        ready.wait(5)
        with contextlib.suppress(RuntimeError):  # it has just ended by itself
            running["loop"].call_soon_threadsafe(running["task"].cancel)
        thread.join()
        raise
    if "error" in result:
        raise result["error"]
    return result["answer"]  # type: ignore[no-any-return]


def describe(rlm: RLM) -> dict[str, Any]:
    """What a user wants to see of the settings: the model, the isolation that this machine offers, the limits."""
    from .doctor import isolation

    try:
        model: Any = resolve(rlm.model, base_url=rlm.base_url, api_key=rlm.api_key).name
    except ModelError as error:
        model = f"none: {error}"
    limits = [
        "max_iterations",
        "max_depth",
        "max_errors",
        "max_llm_calls",
        "max_tokens",
        "max_cost",
        "max_seconds",
        "cell_timeout",
    ]
    shown = {name: getattr(rlm, name) for name in [*limits, "memory_limit", "output_limit", "max_concurrency"]}
    return {"model": model, "sub_model": rlm.sub_model or "the same", "isolation": isolation(), **shown}
