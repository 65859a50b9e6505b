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
from ..models import Model, ModelError, Recorded, resolve
from ..models.keys import NO_KEY, header_values, secret_headers, without_secrets
from ..subkernel import SubKernel
from ..subkernel.base import Handler
from ..trace import Determinism, Earlier
from .answers.schema import schema_of
from .budget import Budget, Limits
from .prices import Prices
from .prompt.rlm_dialect import Dialect, is_trained_for_it
from .run import Run
from .run_settings import RunSettings
from .run_tree import RunTree
from .settings import Settings
from .spending import SpendingFile, spending_file
from .tools.user_tools import UserTools

if TYPE_CHECKING:
    from ..models.cache import DiskCache

_SECRET = frozenset(["api_key", "budget", "extra_headers", "subkernel_key", "tools", "answer_type", "prices"])
_SECRET |= {"model", "sub_model", "check_model", "verify_model"}


async def measure(document: Document) -> None:
    """Make the document's fingerprint and count its lines, with which a run begins. Of a gigabyte each takes a second:
    so beside each other, and not in the event loop. Both are kept in the document."""
    await asyncio.gather(
        asyncio.to_thread(lambda: document.fingerprint),
        asyncio.to_thread(lambda: document.lines),
    )


class Assembly:
    """What the runs of one engine need while it is open: its models, its tools, its cache. Open it with `assembled`."""

    def __init__(
        self,
        settings: Settings,
        models: tuple[Model, Model],
        disk: DiskCache | None,
        *,
        check_model: Model | None = None,
        verify_model: Model | None = None,
    ) -> None:
        self._settings = settings
        self._root, self._sub = models
        self._check = check_model
        self._second = verify_model
        self._disk = disk
        self._tools = UserTools(settings.tools, secrets=secrets_of(settings)) if settings.tools else None
        self._prices = Prices.of(settings.prices)

    def executor(self, document: Document, handler: Handler, chance: Determinism | None = None) -> SubKernel:
        """A sub-kernel around a document; not started yet. `chance`: that of the run whose code runs there again."""
        return sub_kernel(self._settings, self._tools, document, handler, chance)

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
        settings = self._settings
        tree = RunTree(
            Budget(
                Limits(settings.max_llm_calls, settings.max_tokens, settings.max_cost, settings.max_seconds),
                self._spending(),
            ),
            make_executor=self.executor,
            prices=self._prices,
            max_concurrency=settings.max_concurrency,
            on_large_batch=settings.on_large_batch,
            large_batch=settings.large_batch,
            disk=self._disk,
        )
        return make(
            question,
            document,
            model=self._root,
            sub_model=self._sub,
            settings=replace(self._run_settings(earlier), before=before),
            tree=tree,
            stop=stop,
            tools=self._tools,
            check_model=self._check,
            verify_model=self._second,
        )

    def _spending(self) -> SpendingFile | None:
        """What counts over all runs; repeating what was recorded spends nothing."""
        models = (self._root, self._sub, self._check, self._second)
        recorded = all(isinstance(model, Recorded) for model in models if model is not None)
        return None if recorded else spending_file(self._settings.budget)

    def _run_settings(self, earlier: str) -> RunSettings:
        settings = self._settings
        return RunSettings(
            max_iterations=settings.max_iterations,
            max_depth=settings.max_depth,
            max_errors=settings.max_errors,
            output_limit=settings.output_limit,
            dialect=_dialect(settings, self._root),
            sub_dialect=_dialect(settings, self._sub),
            examples=_examples(settings, self._root),
            sub_examples=_examples(settings, self._sub),
            answer_type=settings.answer_type,
            review=settings.review,
            earlier=earlier,
            seed=settings.seed,
            temperature=settings.temperature,
            shown=_shown(settings),
            versions=versions(),
            packages=tuple(settings.packages),
            label_checks=settings.label_checks,
            batch_api=settings.batch_api,
            verify=settings.verify,
            min_confidence=settings.min_confidence,
        )


def sub_kernel(
    settings: Settings, tools: UserTools | None, document: Document, handler: Handler, chance: Determinism | None = None
) -> SubKernel:
    """A sub-kernel around a document, by the settings; not started yet, and no model is needed for it."""
    return sub_kernel_type(settings.subkernel_host, settings.subkernel_key)(
        document,
        memory_limit=settings.memory_limit,
        cell_timeout=settings.cell_timeout,
        handler=handler,
        tools=tools.stubs if tools is not None else (),
        allow_weak_isolation=settings.allow_weak_isolation,
        packages=settings.packages,
        seed=settings.seed if chance is None else chance.seed,
        clock=None if chance is None else chance.clock,
    )


def sub_kernel_type(host: str | None, key: str | None) -> Callable[..., SubKernel]:
    """What makes sub-kernels on this machine, or on the sub-kernel host of that address."""
    if host is None:
        return SubKernel
    from ..subkernel.remote.subkernel import RemoteSubKernel

    return functools.partial(RemoteSubKernel, host=host, key=key)


@contextlib.asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Assembly]:
    """Resolve the models and open the cache; both are closed at the end. Raises ModelError, ValueError."""
    models: list[Model] = []
    opened: list[Model] = []
    with contextlib.ExitStack() as stack:
        try:
            models.append(model_of(settings, settings.model, settings.context_window))
            sub = settings.sub_model
            if sub is not None and (isinstance(sub, str) or sub is not settings.model):
                models.append(model_of(settings, sub, settings.sub_context_window or settings.context_window))
            others: list[Model | None] = []
            for setting in (settings.check_model, settings.verify_model):
                others.append(None if setting is None else model_of(settings, setting, settings.context_window))
                if isinstance(setting, str) and others[-1] is not None:
                    opened.append(others[-1])
            disk = stack.enter_context(_cache(settings.cache)) if settings.cache else None
            root, sub = _recording(settings, models[0], models[-1])
            check, second = [_recorded(settings, model) for model in others]
            if settings.batch_api:
                for model in (sub, check):
                    if model is not None:
                        await model.check_batches()
            preparing = asyncio.create_task(root.prepare())
            try:
                yield Assembly(settings, (root, sub), disk, check_model=check, verify_model=second)
            finally:
                preparing.cancel()
                await asyncio.wait({preparing})
        finally:
            # A model that the user has made is the user's to close.
            for model, setting in zip(models, (settings.model, settings.sub_model), strict=False):
                if setting is None or isinstance(setting, str):
                    await model.aclose()
            for model in opened:
                await model.aclose()


def model_of(settings: Settings, name: Any, context_window: int | None = None) -> Model:
    """The model of that name (or the Model itself) at the endpoint of the settings. Raises ModelError."""
    if name is not None and not isinstance(name, str):
        return resolve(name)
    return resolve(
        name,
        base_url=settings.base_url,
        api_key=settings.key(),
        context_window=context_window,
        extra_headers=settings.extra_headers,
        extra_body=settings.extra_body,
    )


def secrets_of(settings: Settings) -> list[str]:
    """What no text that comes of a run may hold."""
    try:
        key, headers = settings.key(), header_values(settings.extra_headers)
    except ModelError:  # which is said when the model is asked
        return []
    secrets = [headers[name] for name in secret_headers(settings.extra_headers)]
    return [secret for secret in (key, *secrets) if secret and secret != NO_KEY]


def _cache(where: str | bool) -> DiskCache:
    from ..models.cache import DiskCache, default_cache_file

    return DiskCache(Path(where) if isinstance(where, str) else default_cache_file())


def _recording(settings: Settings, root: Model, sub: Model) -> tuple[Model, Model]:
    if settings.record:
        from ..models import Recorder

        same = sub is root
        secrets = secrets_of(settings)
        root = Recorder(root, settings.record, secrets=secrets)
        sub = root if same else Recorder(sub, settings.record, append=True, secrets=secrets)
    return root, sub


def _recorded(settings: Settings, model: Model | None) -> Model | None:
    """A further model, whose replies go to the same recording."""
    if model is None or not settings.record:
        return model
    from ..models import Recorder

    return Recorder(model, settings.record, append=True, secrets=secrets_of(settings))


def _examples(settings: Settings, model: Model) -> bool:
    return model.small if settings.examples == "auto" else settings.examples == "on"


def _dialect(settings: Settings, model: Model) -> Dialect:
    if settings.dialect == "auto":
        return "rlm" if is_trained_for_it(model.name) else "own"
    return "rlm" if settings.dialect == "rlm" else "own"


def _shown(settings: Settings) -> dict[str, Any]:
    """The settings as the trace keeps them: no key, no objects."""
    names = [name for name in settings.trait_names(config=True) if name not in _SECRET]
    values = {name: getattr(settings, name) for name in sorted(names)}
    if settings.base_url:
        # An address may carry a user's name and password, and a key in its query.
        scheme, mark, rest = settings.base_url.partition("?")[0].rpartition("://")
        values["base_url"] = f"{scheme}{mark}{rest.rpartition('@')[2]}"
    prices = {model: dict(price) for model, price in settings.prices.items()}
    tools = [getattr(tool, "__name__", "?") for tool in settings.tools]
    values["extra_headers"] = without_secrets(settings.extra_headers)
    return values | {"answer_type": schema_of(settings.answer_type), "prices": prices, "tools": tools}


@functools.cache
def versions() -> dict[str, str]:
    """Of Python and of what code runs in."""
    found = {"python": platform.python_version(), "platform": sys.platform}
    for package in ("rlm-kernel", "RestrictedPython", "ipykernel"):
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
