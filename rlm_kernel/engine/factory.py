"""From settings to a run: the models, the budget, the services of its tree, and the sub-kernels that its code needs."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import platform
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..document import Document
from ..models import Model, resolve
from ..subkernel import SubKernel
from ..subkernel.base import Handler
from ..trace import Determinism, Earlier
from .budget import Budget, Limits
from .prices import Prices
from .prompt.prompt import schema_of
from .run import Run, RunSettings
from .run_tree import RunTree
from .tools.user_tools import UserTools

if TYPE_CHECKING:
    from ..api.rlm import RLM
    from ..models.cache import DiskCache

_SECRET = frozenset(["api_key", "tools", "answer_type", "model", "sub_model", "prices"])


class Assembly:
    """What one RLM's runs need while it is open: its models, its tools, its cache. Open it with `assembled`."""

    def __init__(self, rlm: RLM, models: tuple[Model, Model], disk: DiskCache | None) -> None:
        self._rlm = rlm
        self._root, self._sub = models
        self._disk = disk
        self._tools = UserTools(rlm.tools, secrets=[rlm.api_key] if rlm.api_key else []) if rlm.tools else None
        self._prices = Prices.of(rlm.prices)

    def executor(self, document: Document, handler: Handler, chance: Determinism | None = None) -> SubKernel:
        """A sub-kernel around a document; not started yet. `chance`: that of the run whose code runs there again."""
        return sub_kernel(self._rlm, self._tools, document, handler, chance)

    def run(
        self,
        question: str,
        document: Document,
        stop: asyncio.Event,
        *,
        earlier: str = "",
        before: Earlier | None = None,
        make: Callable[..., Run] = Run,
    ) -> Run:
        """A run at the root of a tree of its own: the limits hold for it and for all below it. `make` takes what `Run`
        does."""
        rlm = self._rlm
        tree = RunTree(
            Budget(Limits(rlm.max_llm_calls, rlm.max_tokens, rlm.max_cost, rlm.max_seconds)),
            make_executor=self.executor,
            prices=self._prices,
            max_concurrency=rlm.max_concurrency,
            on_large_batch=rlm.on_large_batch,
            large_batch=rlm.large_batch,
            disk=self._disk,
        )
        return make(
            question,
            document,
            model=self._root,
            sub_model=self._sub,
            settings=replace(self._settings(earlier), before=before),
            tree=tree,
            stop=stop,
            tools=self._tools,
        )

    def _settings(self, earlier: str) -> RunSettings:
        rlm = self._rlm
        return RunSettings(
            max_iterations=rlm.max_iterations,
            max_depth=rlm.max_depth,
            max_errors=rlm.max_errors,
            output_limit=rlm.output_limit,
            examples=_examples(rlm, self._root),
            sub_examples=_examples(rlm, self._sub),
            answer_type=rlm.answer_type,
            review=rlm.review,
            earlier=earlier,
            seed=rlm.seed,
            temperature=rlm.temperature,
            shown=_shown(rlm),
            versions=versions(),
        )


def sub_kernel(
    rlm: RLM, tools: UserTools | None, document: Document, handler: Handler, chance: Determinism | None = None
) -> SubKernel:
    """A sub-kernel around a document, by the settings; not started yet, and no model is needed for it."""
    return SubKernel(
        document,
        memory_limit=rlm.memory_limit,
        cell_timeout=rlm.cell_timeout,
        handler=handler,
        tools=tools.stubs if tools is not None else (),
        allow_weak_isolation=rlm.allow_weak_isolation,
        seed=rlm.seed if chance is None else chance.seed,
        clock=None if chance is None else chance.clock,
    )


@contextlib.asynccontextmanager
async def assembled(rlm: RLM) -> AsyncIterator[Assembly]:
    """Resolve the models and open the cache; both are closed at the end. Raises ModelError, ValueError."""
    made: list[Model] = []
    with contextlib.ExitStack() as stack:
        try:
            made.append(_resolved(rlm, rlm.model, rlm.context_window))
            if rlm.sub_model is not None and (isinstance(rlm.sub_model, str) or rlm.sub_model is not rlm.model):
                made.append(_resolved(rlm, rlm.sub_model, rlm.sub_context_window or rlm.context_window))
            disk = stack.enter_context(_cache(rlm.cache)) if rlm.cache else None
            yield Assembly(rlm, _recording(rlm, made[0], made[-1]), disk)
        finally:
            # A model that the user has made is the user's to close.
            for model, setting in zip(made, (rlm.model, rlm.sub_model), strict=False):
                if setting is None or isinstance(setting, str):
                    await model.aclose()


def _resolved(rlm: RLM, model: Any, window: int | None) -> Model:
    return resolve(model, base_url=rlm.base_url, api_key=rlm.api_key, context_window=window)


def _cache(where: str | bool) -> DiskCache:
    from ..models.cache import DiskCache, default_cache_file

    return DiskCache(Path(where) if isinstance(where, str) else default_cache_file())


def _recording(rlm: RLM, root: Model, sub: Model) -> tuple[Model, Model]:
    if rlm.record:
        from ..models import Recorder

        same = sub is root
        root = Recorder(root, rlm.record)
        sub = root if same else Recorder(sub, rlm.record, append=True)
    return root, sub


def _examples(rlm: RLM, model: Model) -> bool:
    return model.small if rlm.examples == "auto" else rlm.examples == "on"


def _shown(rlm: RLM) -> dict[str, Any]:
    """The settings as the trace keeps them: no key, no objects."""
    names = [name for name in rlm.trait_names(config=True) if name not in _SECRET]
    shown = {name: getattr(rlm, name) for name in sorted(names)}
    if rlm.base_url:
        # An address may carry a user's name and password, and a key in its query.
        scheme, mark, rest = rlm.base_url.partition("?")[0].rpartition("://")
        shown["base_url"] = f"{scheme}{mark}{rest.rpartition('@')[2]}"
    prices = {model: dict(price) for model, price in rlm.prices.items()}
    tools = [getattr(tool, "__name__", "?") for tool in rlm.tools]
    return shown | {"answer_type": schema_of(rlm.answer_type), "prices": prices, "tools": tools}


@functools.cache
def versions() -> dict[str, str]:
    """Of Python and of what code runs in."""
    made = {"python": platform.python_version(), "platform": sys.platform}
    for package in ("rlm-kernel", "RestrictedPython", "ipykernel"):
        with contextlib.suppress(PackageNotFoundError):
            made[package] = version(package)
    return made
