"""Any OpenAI-compatible chat endpoint as a `Model`.

Requests go out by `transport`, which imports its library when the first one is made, and answers are read by `request`.
Retries are made here, where they can be seen, counted and cancelled; what a refusal means is the business of `errors`,
when to send at all that of `rate_limit`. This module holds no conversation.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import random
import sys
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakKeyDictionary

from ...trace import Usage
from ..base import Delta, Message, Model, ModelError, Reply, Waiting, set_spent
from ..keys import NO_KEY, Key, header_values, secret_headers, without_keys, without_secrets
from .client_settings import settings_of
from .context_window import Window, look_up, tokens
from .errors import Endpoint, EndpointError, clean, is_loopback, no_such_model
from .parameters import Dialect, looks_small
from .patience import Patience
from .rate_limit import OutOfPatience, Pace
from .request import Exchange
from .transport import HttpConnection

if TYPE_CHECKING:
    import openai

    from .batch_endpoint import BatchEndpoint
    from .batches import BatchedModel

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_TIMEOUT = 600.0
LISTING_SECONDS = 5.0
MAX_WAIT = 120.0
MAX_DELAY = 20.0


@dataclass
class Known:
    """What was learned about one model at one endpoint, shared by all instances that talk to it."""

    dialect: Dialect = field(default_factory=Dialect)
    pace: Pace = field(default_factory=Pace)
    window: Window = field(default_factory=Window)
    has_batches: bool = False


class OpenAICompatible(Model):
    """A model behind `{base_url}/chat/completions`.

    `base_url`: the argument, else `OPENAI_BASE_URL`, else OpenAI's. `api_key`: the argument, else `OPENAI_API_KEY`,
    else a placeholder (with which OpenAI's own endpoint is never asked). `timeout`: seconds that the server may be
    silent; 600 by default, since a local model may read a long prompt for minutes. `max_retries`: further tries after
    a lost connection, 408, 409 and 5xx, with exponential backoff from `retry_delay` seconds or as the server asks.
    Where the server limits the rate of requests (429, or 503 with `Retry-After`), all calls to it wait for the same
    moment, with fewer in flight from then on, and those waits are no retries of `max_retries`: a call fails when it
    has waited for `max_rate_wait` seconds in all, and at once where a quota is used up.
    A redirect to another host is refused unless `redirect_hosts` names it.
    `small`: guessed from a size in the name (up to 4b). `extra_body` is added to every request, as are `extra_headers`
    (a value `$NAME` is that of an environment variable); `temperature` is used where a call gives none. Where calls go
    through batches (`batched`), one is sent `batch_quiet` seconds after the last call for it, and asked for after
    `batch_poll` seconds, then less and less often, up to a minute. Raises `ModelError` for an unusable `base_url`, key
    or header.

    The instance may be used from several event loops one after another. `aclose` closes the connections of the
    running loop; those of a loop that ends with `shutdown_asyncgens` (as `asyncio.run` does) are closed by that.
    """

    _all_known: ClassVar[dict[tuple[str, str], Known]] = {}

    def __init__(
        self,
        name: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float | None = None,
        max_retries: int = 4,
        context_window: int | None = None,
        small: bool | None = None,
        extra_body: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        temperature: float | None = None,
        retry_delay: float = 0.5,
        max_rate_wait: float = 300.0,
        redirect_hosts: Collection[str] = (),
        batch_quiet: float = 2.0,
        batch_poll: float = 5.0,
    ) -> None:
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL).strip().rstrip("/")
        key = Key((api_key or os.environ.get("OPENAI_API_KEY") or "").strip() or NO_KEY)
        self._extra_headers = dict(extra_headers or {})
        headers = header_values(self._extra_headers)
        secrets = tuple(headers[name] for name in secret_headers(self._extra_headers))
        self._endpoint = Endpoint(name, url, key, headers, secrets)
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            shown = clean(url.rpartition("@")[2], self._endpoint, 100)
            raise ModelError(f"base_url must be like http://localhost:11434/v1, not {shown!r}.", kind="connection")
        if not (key.isascii() and key.isprintable()):
            raise ModelError("The API key has characters that cannot be sent: was it copied whole?", kind="auth")
        self._timeout = timeout if timeout is not None else DEFAULT_TIMEOUT
        self._max_retries, self._retry_delay, self._max_rate_wait = max_retries, retry_delay, max_rate_wait
        self._redirect_hosts = tuple(redirect_hosts)
        self._context_window = context_window
        self._small = looks_small(name) if small is None else small
        self._extra_body = dict(extra_body or {})
        try:
            json.dumps(self._extra_body, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ModelError(f"extra_body must be JSON: {error}.", kind="protocol") from None
        self._temperature = temperature
        self._batch_times = {"quiet": batch_quiet, "poll": batch_poll}
        self._batched: BatchedModel | None = None
        self._notices: list[str] = []
        self._told_of_a_cut = False
        self._known = self._all_known.setdefault((url, name), Known())
        self._connections: WeakKeyDictionary[AbstractEventLoop, tuple[HttpConnection, AsyncGenerator[None, None]]]
        self._connections = WeakKeyDictionary()
        self._opening: WeakKeyDictionary[AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @classmethod
    def from_client(cls, name: str, client: openai.OpenAI | openai.AsyncOpenAI, **options: Any) -> OpenAICompatible:
        """A model behind the endpoint of a client of the `openai` package: `openai.OpenAI(...)`, `AzureOpenAI(...)`, or
        their asynchronous kind.

        Its address, key, headers, timeout and retries are taken over, as they are now; `options` are those of the
        class, and come first. `name` is the model's, or that of a deployment of Azure's. Raises `ModelError` for what
        is no such client, and for one whose key is made anew for every request.
        """
        return cls(name, **(settings_of(name, client) | options))

    def __getstate__(self) -> dict[str, Any]:
        """What makes another one, without the key: that one takes it from its environment."""
        parts = urlsplit(self._endpoint.url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return {
            "name": self.name,
            "base_url": without_keys(url),
            "timeout": self._timeout,
            "max_retries": self._max_retries,
            "context_window": self._context_window,
            "small": self._small,
            "extra_body": self._extra_body,
            "extra_headers": without_secrets(self._extra_headers),
            "temperature": self._temperature,
            "retry_delay": self._retry_delay,
            "max_rate_wait": self._max_rate_wait,
            "redirect_hosts": self._redirect_hosts,
            "batch_quiet": self._batch_times["quiet"],
            "batch_poll": self._batch_times["poll"],
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.name!r}, base_url={self.base_url!r})"

    @property
    def name(self) -> str:
        return self._endpoint.model

    @property
    def base_url(self) -> str:
        """The address, without credentials."""
        return self._endpoint.shown

    @property
    def endpoint(self) -> Endpoint:
        """The address, the key and the headers: for what sends requests."""
        return self._endpoint

    @property
    def dialect(self) -> Dialect:
        """What the endpoint was found not to take."""
        return self._known.dialect

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(self._notices)

    @property
    def small(self) -> bool:
        return self._small

    @property
    def context_window(self) -> int | None:
        """As the endpoint said when a prompt did not fit, or as given, or as `learn_window` has found it."""
        return self._known.window.best(self._context_window)

    @property
    def extra_body(self) -> dict[str, Any]:
        """What is added to every request (a copy)."""
        return dict(self._extra_body)

    @property
    def temperature(self) -> float | None:
        """What is asked for where a call gives none."""
        return self._temperature

    @property
    def identity(self) -> dict[str, Any]:
        """The address without credentials, `extra_body`, and the temperature where one was given."""
        temperature = {} if self._temperature is None else {"temperature": self._temperature}
        return {"base_url": self.base_url, "extra_body": self.extra_body, **temperature}

    @property
    def rate_pause(self) -> float:
        """Seconds until requests may be sent again to an endpoint that has limited their rate; 0 where they may."""
        return self._known.pace.pause

    def hold(self, seconds: float) -> None:
        """Send nothing for so long, as if the endpoint had asked for it: it has asked another process."""
        self._known.pace.hold(seconds)

    @classmethod
    def forget_dialects(cls) -> None:
        """Forget what was learned about endpoints (parameters, windows, rates); for instances made from now on."""
        cls._all_known.clear()

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """Yield `Delta`s, then one `Reply`. Once a delta has been yielded a failure is not retried but raised."""
        self._require_key()
        body = self.request_body(messages, max_tokens=max_tokens, temperature=temperature, seed=seed)
        exchange = Exchange(self._endpoint, self._known.dialect, body)
        try:
            async with aclosing(self._tried(exchange, body["messages"])) as pieces:
                async for piece in pieces:
                    yield piece
        except asyncio.CancelledError as cancelled:
            # The endpoint counts also what nobody waits for.
            set_spent(cancelled, exchange.spent or Usage())
            raise

    def request_body(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> dict[str, Any]:
        """The body of a request, as it is before what the endpoint does not take is left out."""
        temperature = self._temperature if temperature is None else temperature
        options = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        return {
            "model": self.name,
            "messages": [{"role": one["role"], "content": _sendable(one["content"])} for one in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **{option: value for option, value in options.items() if value is not None},
            **self._extra_body,
        }

    def batched(self) -> BatchedModel:
        """The same model through `/batches`, whether the endpoint has them or not: one for all who ask."""
        if self._batched is None:
            from .batches import BatchedModel

            self._batched = BatchedModel(
                self, self._batch_endpoint(), quiet=self._batch_times["quiet"], poll=self._batch_times["poll"]
            )
        return self._batched

    async def check_batches(self) -> None:
        """Ask the endpoint for its batches, once for all instances. Raises `ModelError` where it has none."""
        self._require_key()
        if not self._known.has_batches:
            await self._batch_endpoint().check()
            self._known.has_batches = True

    def _batch_endpoint(self) -> BatchEndpoint:
        from .batch_endpoint import BatchEndpoint

        return BatchEndpoint(
            self._endpoint,
            self._known.dialect,
            self._known.pace,
            self._connection,
            wait_before_retry=self._wait_before_retry,
            retry_delay=self._retry_delay,
            max_rate_wait=self._max_rate_wait,
        )

    async def _tried(self, exchange: Exchange, messages: Sequence[Message]) -> AsyncGenerator[Delta | Reply, None]:
        """What the exchange yields, as often begun anew as is of use."""
        patience = Patience(self._known.pace, self._max_rate_wait)
        tries = retries = 0
        while True:
            begun = False
            tries += 1
            await self._enter(patience, exchange, tries)
            try:
                async with aclosing(exchange.answer(await self._connection())) as pieces:
                    async for piece in pieces:
                        begun = True
                        if isinstance(piece, Reply):
                            patience.leave(answered=True)
                            self._notice_a_cut(piece.usage, messages)
                            self._notice_what_was_learned(exchange)
                        yield piece
                return
            except EndpointError as failure:
                await self._learn_from(failure)
                patience.note(failure, self._retry_delay)
                wait = self._wait_before_retry(failure, retries + 1)
                if begun or (not patience.lasts(failure) if failure.paced else wait is None):
                    raise failure.error(tries, exchange.spent) from None
                log.info("%s Try %d follows.", failure, tries + 1)
                paced = failure.paced
                pause = self._known.pace.pause if paced else wait
                reason = f"{failure.message} Try {tries + 1} follows."
            finally:
                patience.leave()
            yield Waiting(reason=reason, seconds=pause)
            if not paced:
                retries += 1
                await asyncio.sleep(wait or 0.0)

    async def _enter(self, patience: Patience, exchange: Exchange, tries: int) -> None:
        try:
            await patience.enter()
        except OutOfPatience:
            failure = EndpointError(
                f"{self.base_url} limits the rate of requests, and has answered none for {self._max_rate_wait:g} s. "
                "Wait, or lower max_concurrency.",
                "rate-limit",
                retryable=True,
            )
            raise failure.error(tries - 1, exchange.spent) from None

    async def _learn_from(self, failure: EndpointError) -> None:
        """Keep the window that a refusal names; name the models that there are where this one is none of them."""
        if window := tokens(failure.window):
            self._known.window.said = window
        if failure.kind == "not-found":
            failure.message = no_such_model(self._endpoint, failure, await self.list_models()).message

    def _require_key(self) -> None:
        if self._endpoint.host == "api.openai.com" and not self._endpoint.has_key:
            raise ModelError(
                "OpenAI's endpoint needs a key: set OPENAI_API_KEY or pass api_key, "
                "or set OPENAI_BASE_URL (base_url) to another endpoint.",
                kind="auth",
            )

    def _wait_before_retry(self, failure: EndpointError, tries: int) -> float | None:
        """Seconds before the next try, None if there is to be none."""
        if not failure.again or tries > self._max_retries:
            return None
        if failure.wait is not None:
            return failure.wait if failure.wait <= MAX_WAIT else None
        delay = min(MAX_DELAY, self._retry_delay * 2.0 ** (tries - 1))
        return delay * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    async def list_models(self) -> list[str]:
        """The names that the endpoint lists at `/models`, as it gives them; empty where it does not."""
        return [str(model["id"]) for model in await self.model_entries() if "id" in model]

    async def model_entries(self) -> list[Mapping[str, Any]]:
        """What the endpoint lists at `/models`, whole; empty where it lists none."""
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                listing = await (await self._connection()).get(f"{self._known.dialect.path}/models")
        except TimeoutError:
            return []
        data = listing.get("data") if isinstance(listing, Mapping) else None
        return [entry for entry in data if isinstance(entry, Mapping)] if isinstance(data, list) else []

    async def learn_window(self) -> int | None:
        """Ask the endpoint, once for all instances, how long a prompt may be; gives `context_window`, None if unknown.

        Takes 5 seconds at most and never raises; not asked where a window was given or a refusal has named it.
        """
        window = self._known.window
        if window.best(self._context_window) is not None:
            return self.context_window
        async with window.lock():
            if not window.asked:
                window.listed = await self._look_up_window()
                window.asked = True
        return self.context_window

    async def _look_up_window(self) -> int | None:
        try:
            self._require_key()
            connection = await self._connection()
            async with asyncio.timeout(LISTING_SECONDS):
                return await look_up(self.name, connection.get, loopback=is_loopback(self._endpoint.host))
        except Exception as error:  # what an endpoint lists may be anything, and no run fails for want of it
            log.info("%s did not tell the window of %r: %s", self.base_url, self.name, type(error).__name__)
            return None

    def _notice_what_was_learned(self, exchange: Exchange) -> None:
        """Tell the user once of what should be configured otherwise."""
        said = []
        if self._known.dialect.path:
            said.append(
                f"Nothing answers at {self.base_url}/chat/completions: "
                f"{self.base_url}{self._known.dialect.path} is used. Give that as base_url."
            )
        if exchange.misfiled:
            said.append(
                f"{self.base_url} files whole replies of {self.name!r} as reasoning: the code block at the end of "
                "it is taken as the reply. Check the server's reasoning parser."
            )
        self._notices += [each for each in said if each not in self._notices]

    def _notice_a_cut(self, usage: Usage, messages: Sequence[Message]) -> None:
        """Tell the user of a prompt that was silently cut, once."""
        counted = max(usage.prompt_tokens, usage.cached_tokens)
        contents = [message["content"] for message in messages]
        if usage.estimated or self._told_of_a_cut or _few_tokens(sum(map(len, contents))) <= counted:
            return
        # Runs of blanks are few tokens: count again without them before accusing the server.
        chars = sum(len(" ".join(content.split())) for content in contents)
        if counted < _few_tokens(chars):
            self._told_of_a_cut = True
            self._notices.append(
                f"The server seems to have cut the prompt: it counted {counted:,} tokens where about {chars // 4:,} "
                "were sent. With Ollama, set OLLAMA_CONTEXT_LENGTH=16384 for the server (or num_ctx in a Modelfile)."
            )

    async def prepare(self) -> None:
        """Load the HTTP library, which takes a while."""
        await _load()

    async def _connection(self) -> HttpConnection:
        """The running loop's."""
        loop = asyncio.get_running_loop()
        if loop in self._connections:
            return self._connections[loop][0]
        # One of all the calls of a first batch makes it.
        async with self._opening.setdefault(loop, asyncio.Lock()):
            if loop not in self._connections:
                await _load()
                connection = HttpConnection(self._endpoint, self._timeout, self._redirect_hosts)
                keeper = _keep(connection)
                self._connections[loop] = (connection, keeper)
                # Started, the generator is known to the loop, which closes it (and so all) when it shuts down.
                await anext(keeper)
        # A lock knows its loop, which must not live on for it.
        self._opening.pop(loop, None)
        return self._connections[loop][0]

    async def aclose(self) -> None:
        """Close the connections of the running loop. The next `stream` opens new ones."""
        if self._batched is not None:
            await self._batched.aclose_batches()
        _, keeper = self._connections.pop(asyncio.get_running_loop(), (None, None))
        if keeper is not None:
            await keeper.aclose()


async def _load() -> None:
    # In a thread, so that the loop lives on.
    if "aiohttp" not in sys.modules:
        await asyncio.to_thread(importlib.import_module, "aiohttp")


async def _keep(connection: HttpConnection) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await connection.aclose()


def _sendable(text: str) -> str:
    """The text without lone surrogates, which no JSON body in UTF-8 can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _few_tokens(chars: int) -> float:
    """Fewer tokens than this for so many characters are not believable; 0 for prompts too short to tell."""
    return 0.5 * chars / 6 if chars > 8000 else 0.0
