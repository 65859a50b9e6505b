"""Any OpenAI-compatible chat endpoint as a `Model`, over the `openai` package's transport.

The package is imported when the first request is made. Its typed layer is not used: it spends time on every message of
the history, so the body goes to its low-level `post` and the answer is read by `_wire`. Retries are made here, where
they can be seen and cancelled; what a refusal means is `_faults`'s business. This module holds no conversation.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import random
import sys
import time
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ._dialect import Dialect, looks_small
from ._faults import (
    NO_KEY,
    Endpoint,
    EndpointError,
    Refusal,
    clean,
    connection_failure,
    explain,
    is_loopback,
    no_such_model,
)
from ._transport import http_client
from ._wire import DONE, MAX_BODY, ReplyAssembler, SSEDecoder
from .base import Delta, Message, ModelError, Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_TIMEOUT = 600.0
CONNECT_TIMEOUT = 10.0
MAX_WAIT = 120.0
MAX_DELAY = 20.0
DRAIN_SECONDS = 5.0


class OpenAICompatible:
    """A model behind `{base_url}/chat/completions`.

    `base_url`: the argument, else `OPENAI_BASE_URL`, else OpenAI's. `api_key`: the argument, else `OPENAI_API_KEY`,
    else a placeholder (with which OpenAI's own endpoint is never asked). `timeout`: seconds that the server may be
    silent; 600 by default, since a local model may read a long prompt for minutes. `max_retries`: further tries after
    a lost connection, 408, 409, 429 and 5xx, with exponential backoff from `retry_delay` seconds or as the server asks.
    `small`: guessed from a size in the name (up to 4b). `extra_body` is added to every request, `temperature` is used
    where a call gives none. Raises `ModelError` for an unusable `base_url` or key.

    The instance may be used from several event loops one after another. `aclose` closes the connections of the
    running loop; those of a loop that ends with `shutdown_asyncgens` (as `asyncio.run` does) are closed by that.
    """

    _dialects: ClassVar[dict[tuple[str, str], Dialect]] = {}

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
        extra_body: dict[str, Any] | None = None,
        temperature: float | None = None,
        retry_delay: float = 0.5,
    ) -> None:
        url = (base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL).strip().rstrip("/")
        key = (api_key or os.environ.get("OPENAI_API_KEY") or "").strip() or NO_KEY
        self._endpoint = Endpoint(name, url, key)
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            shown = clean(url.rpartition("@")[2], self._endpoint, 100)
            raise ModelError(f"base_url must be like http://localhost:11434/v1, not {shown!r}.", kind="connection")
        if not (key.isascii() and key.isprintable()):
            raise ModelError("The API key has characters that cannot be sent: was it copied whole?", kind="auth")
        self._timeout = timeout if timeout is not None else DEFAULT_TIMEOUT
        self._max_retries, self._retry_delay = max_retries, retry_delay
        self._context_window = context_window
        self._small = looks_small(name) if small is None else small
        self._extra_body = dict(extra_body or {})
        self._temperature = temperature
        self._notices: list[str] = []
        self._dialect = self._dialects.setdefault((url, name), Dialect())
        self._clients: WeakKeyDictionary[AbstractEventLoop, tuple[AsyncOpenAI, AsyncGenerator[None, None]]]
        self._clients = WeakKeyDictionary()

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
    def notices(self) -> tuple[str, ...]:
        return tuple(self._notices)

    @property
    def small(self) -> bool:
        return self._small

    @property
    def context_window(self) -> int | None:
        """As given, or as the endpoint said when a prompt did not fit."""
        return self._context_window

    @classmethod
    def forget_dialects(cls) -> None:
        """Forget what endpoints were found not to take; for instances made from now on."""
        cls._dialects.clear()

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
        temperature = self._temperature if temperature is None else temperature
        options = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": one["role"], "content": _sendable(one["content"])} for one in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **{option: value for option, value in options.items() if value is not None},
            **self._extra_body,
        }
        tries = 0
        while True:
            begun = False
            tries += 1
            try:
                async with aclosing(self._try(body)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except EndpointError as failure:
                wait = self._wait_before_retry(failure, tries)
                if begun or wait is None:
                    raise failure.error(tries) from None
                log.info("%s Try %d of %d in %.1f s.", failure, tries + 1, self._max_retries + 1, wait)
            await asyncio.sleep(wait)

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

    async def _try(self, body: dict[str, Any]) -> AsyncGenerator[Delta | Reply, None]:
        """One try: the request (again if only a parameter was refused), then its answer, piece by piece."""
        client = await self._client()
        started = time.monotonic()
        response = await self._post(client, body)
        assembler = ReplyAssembler()
        try:
            async with aclosing(self._read(response, assembler)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            await response.close()
        if last := assembler.close():
            yield last
        if not assembler.saw_choices:
            raise EndpointError(f"{self.base_url} sent a reply without choices. Is it a chat model?", "protocol")
        chars = sum(len(message["content"]) for message in body["messages"])
        reply = assembler.reply(chars, time.monotonic() - started)
        self._check(reply, body)
        yield reply

    async def _post(self, client: AsyncOpenAI, body: dict[str, Any]) -> Any:
        """The response, its body unread. A parameter that the endpoint refuses is left out, and that remembered."""
        import openai

        while True:
            sent = self._dialect.speak(body)
            try:
                # The header makes the SDK hand over the response as it is, without parsing it.
                return await client.post(
                    "/chat/completions",
                    cast_to=object,
                    body=sent,
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                    options={"headers": {"X-Stainless-Raw-Response": "stream"}},
                )
            except openai.APIStatusError as error:
                refusal = Refusal.parse(error.response.text)
                status, headers = error.status_code, error.response.headers
            except _transport_errors(openai.APIConnectionError) as error:
                raise connection_failure(self._endpoint, error, begun=False) from None
            parameter = refusal.refused_parameter(sent) if status in (400, 422) else None
            if parameter is None:
                raise await self._explained(status, refusal, headers)
            self._dialect.learn(parameter)
            log.info("%s does not take %s: asking without it.", self.base_url, parameter)

    async def _explained(self, status: int, refusal: Refusal, headers: Mapping[str, str]) -> EndpointError:
        failure = explain(self._endpoint, status, refusal, headers)
        if failure.window is not None and self._context_window is None:
            self._context_window = failure.window
        if failure.kind == "not-found":
            failure = no_such_model(self._endpoint, failure, await self.list_models())
        return failure

    async def list_models(self) -> list[str]:
        """The names that the endpoint lists at `/models`, as it gives them; empty where it does not."""
        import openai

        client = await self._client()
        try:
            answer: Any = await client.get("/models", cast_to=object, options={"timeout": CONNECT_TIMEOUT})
            return [str(model["id"]) for model in answer["data"]]
        except _transport_errors(openai.OpenAIError, TypeError, KeyError, ValueError, RecursionError):
            return []

    async def _read(self, response: Any, assembler: ReplyAssembler) -> AsyncGenerator[Delta, None]:
        """Deltas from a body that is a stream of events or one JSON object, whatever its content type claims."""
        decoder = SSEDecoder()
        head, size = b"", 0
        whole: list[bytes] = []
        pieces = response.iter_bytes()
        try:
            async for piece in pieces:
                size += len(piece)
                if size > MAX_BODY:
                    raise EndpointError(f"{self.base_url} sent more than {MAX_BODY >> 20} MB: given up.", "protocol")
                head += piece[: max(0, 1000 - len(head))]
                if whole or head.lstrip()[:1] in (b"{", b"[", b"<"):
                    whole.append(piece)
                    continue
                for data in decoder.feed(piece):
                    if delta := self._take(data, assembler):
                        yield delta
                if assembler.finished:
                    await self._drain(pieces, decoder, assembler)
                    return
        except _transport_errors() as error:
            raise connection_failure(self._endpoint, error, begun=size > 0) from None
        for data in [b"".join(whole).decode("utf-8", "replace")] if whole else decoder.close():
            if delta := self._take(data, assembler):
                yield delta
        if whole or assembler.finished:
            return
        if size == 0 or assembler.saw_choices:
            raise connection_failure(self._endpoint, EOFError(), begun=size > 0)
        raise self._not_a_reply(head.decode("utf-8", "replace"))

    async def _drain(self, pieces: AsyncIterator[bytes], decoder: SSEDecoder, assembler: ReplyAssembler) -> None:
        """The reply is whole: read on to the end for the usage, and so that the connection can be used again."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                async for piece in pieces:
                    for data in decoder.feed(piece):
                        self._take(data, assembler)
        except _transport_errors(TimeoutError, EndpointError):
            log.info("%s did not end its stream properly.", self.base_url)

    def _take(self, data: str, assembler: ReplyAssembler) -> Delta | None:
        """Feed one object of the endpoint to the assembler; an error among the data is raised."""
        if data.strip() == DONE:
            assembler.finish_reason = assembler.finish_reason or "stop"
            return None
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            raise self._not_a_reply(data) from None
        if not isinstance(chunk, Mapping):
            raise self._not_a_reply(data)
        if error := chunk.get("error"):
            refusal = Refusal.parse({"error": error})
            code = error.get("code") if isinstance(error, Mapping) else None
            status = code if isinstance(code, int) and 400 <= code < 600 else 500
            raise explain(self._endpoint, status, refusal, {})
        return assembler.feed(chunk)

    def _not_a_reply(self, text: str) -> EndpointError:
        said = Refusal.parse(text).said
        excerpt = clean(said, self._endpoint, 200)
        return EndpointError(
            f"{self.base_url} answered with something that is no chat reply{f': {excerpt}' if excerpt else ''}. "
            "Check base_url: it usually ends in /v1.",
            "protocol",
        )

    def _check(self, reply: Reply, body: Mapping[str, Any]) -> None:
        """Refuse an empty reply; notice a prompt that was silently cut."""
        if not reply.text.strip():
            if reply.finish_reason == "length":
                spent = "all its tokens on reasoning" if reply.reasoning else "no token on a reply"
                raise EndpointError(f"{self.name!r} spent {spent} (finish_reason length): raise max_tokens.", "empty")
            reason = clean(str(reply.finish_reason), self._endpoint, 40)
            raise EndpointError(
                f"{self.name!r} at {self.base_url} sent an empty reply (finish_reason {reason}).",
                "empty",
                retryable=reply.finish_reason != "content_filter",
                again=False,
            )
        counted = max(reply.usage.prompt_tokens, reply.usage.cached_tokens)
        contents = [message["content"] for message in body["messages"]]
        if reply.usage.estimated or self._notices or _few_tokens(sum(map(len, contents))) <= counted:
            return
        # Runs of blanks are few tokens: count again without them before accusing the server.
        chars = sum(len(" ".join(content.split())) for content in contents)
        if counted < _few_tokens(chars):
            self._notices.append(
                f"The server seems to have cut the prompt: it counted {counted:,} tokens where about {chars // 4:,} "
                "were sent. With Ollama, set OLLAMA_CONTEXT_LENGTH=16384 for the server (or num_ctx in a Modelfile)."
            )

    @staticmethod
    def prepare() -> None:
        """Load the `openai` package, which takes most of half a second: in a thread, while other things start."""
        importlib.import_module("openai")

    async def _client(self) -> AsyncOpenAI:
        """The running loop's client. Importing openai takes half a second: in a thread, so that the loop lives on."""
        if "openai" not in sys.modules:
            await asyncio.to_thread(self.prepare)
        import openai

        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            client = openai.AsyncOpenAI(
                api_key=self._endpoint.key,
                base_url=self._endpoint.url,
                max_retries=0,
                timeout=openai.Timeout(self._timeout, connect=min(self._timeout, CONNECT_TIMEOUT)),
                http_client=http_client(direct=is_loopback(self._endpoint.host)),
            )
            keeper = _keep(client)
            self._clients[loop] = (client, keeper)
            # Started, the generator is known to the loop, which closes it (and so the client) when it shuts down.
            await anext(keeper)
        return self._clients[loop][0]

    async def aclose(self) -> None:
        """Close the connections of the running loop. The next `stream` opens new ones."""
        _, keeper = self._clients.pop(asyncio.get_running_loop(), (None, None))
        if keeper is not None:
            await keeper.aclose()


async def _keep(client: AsyncOpenAI) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await client.close()


def _transport_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What the HTTP library under openai raises while a body is read: httpx2's since openai 3, httpx's before."""
    modules = [sys.modules[name] for name in ("httpx2", "httpx") if name in sys.modules]
    return (*more, *(getattr(module, name) for module in modules for name in ("HTTPError", "StreamError")))


def _sendable(text: str) -> str:
    """The text without lone surrogates, which no JSON body in UTF-8 can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _few_tokens(chars: int) -> float:
    """Fewer tokens than this for so many characters are not believable; 0 for prompts too short to tell."""
    return 0.5 * chars / 6 if chars > 8000 else 0.0
