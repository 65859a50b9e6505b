"""One call's requests to a chat endpoint and what comes back, piece by piece: sent, read, checked, and counted.

Retries are not made here; only a request of which a parameter was refused is sent again without it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from ...trace import Usage
from ..base import Delta, Reply
from .errors import Endpoint, EndpointError, ErrorBody, clean, connection_failure, explain
from .parameters import Dialect
from .stream import DONE, MAX_BODY, ReplyAssembler, SSEDecoder
from .transport import HttpConnection, HttpResponse, read_bounded, transport_errors

log = logging.getLogger(__name__)

MAX_REFUSAL = 1024 * 1024
DRAIN_SECONDS = 5.0


def _together(deltas: Sequence[Delta]) -> Iterator[Delta]:
    """The same text and reasoning in fewer deltas: neighbours of one kind are one."""
    for thinks, run in itertools.groupby(deltas, key=lambda delta: bool(delta.reasoning)):
        same = list(run)
        yield Delta("".join(each.text for each in same), "".join(each.reasoning for each in same) if thinks else "")


def _status(error: object) -> int:
    """The HTTP status that an error in a stream stands for: its code, as a number or as text, else 500."""
    code = error.get("code") if isinstance(error, Mapping) else None
    return int(str(code)) if re.fullmatch(r"[45]\d\d", str(code), re.ASCII) else 500


class Exchange:
    """What one call says and hears. `requests` were sent for it so far, each of which the endpoint may have counted."""

    def __init__(self, endpoint: Endpoint, dialect: Dialect, body: Mapping[str, Any]) -> None:
        self._endpoint, self._dialect, self._body = endpoint, dialect, dict(body)
        self._chars = sum(len(message["content"]) for message in body["messages"])
        self._assembler = ReplyAssembler()
        self._started = time.monotonic()
        self.requests = 0
        self.misfiled = False

    @property
    def spent(self) -> Usage | None:
        """What the call has cost so far, as a failed one: None if nothing was ever sent.

        Tokens are those of the last request, if a reply to it had begun; otherwise nothing is known of them.
        """
        if not self.requests:
            return None
        seconds = time.monotonic() - self._started
        began = self._assembler.saw_choices
        usage = self._assembler.usage(self._chars, seconds) if began else Usage(calls=1, seconds=seconds)
        return self._counted(usage)

    def _counted(self, usage: Usage) -> Usage:
        return usage.model_copy(update={"calls": 1, "retries": self.requests - 1})

    async def answer(self, connection: HttpConnection) -> AsyncGenerator[Delta | Reply, None]:
        """Ask, and yield the answer; once more below `/v1` where nothing is at the address. Raises `EndpointError`."""
        try:
            async with aclosing(self._answer(connection)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except EndpointError as failure:
            if not failure.no_path or self._dialect.path or self._endpoint.has_version:
                raise
            first = failure
        self._dialect.path = "/v1"
        begun = False
        try:
            async with aclosing(self._answer(connection)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
        except EndpointError as failure:
            if not begun and (failure.no_path or failure.kind in ("protocol", "not-found", "connection")):
                self._dialect.path = ""
                raise first from None
            raise

    async def _answer(self, connection: HttpConnection) -> AsyncGenerator[Delta | Reply, None]:
        self._assembler = assembler = ReplyAssembler()
        self._started = time.monotonic()
        response = await self._post(connection)
        try:
            async with aclosing(self._read(response, assembler)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            await response.aclose()
        if last := assembler.close():
            yield last
        self.misfiled = assembler.misfiled
        if not assembler.saw_choices:
            raise EndpointError(f"{self._endpoint.shown} sent a reply without choices. Is it a chat model?", "protocol")
        reply = assembler.reply(self._chars, time.monotonic() - self._started)
        check_reply(self._endpoint, reply)
        yield Reply(reply.text, reply.reasoning, self._counted(reply.usage), reply.finish_reason)

    async def _post(self, connection: HttpConnection) -> HttpResponse:
        """The response, its body unread. A parameter that the endpoint refuses is left out, and that remembered."""
        while True:
            sent = self._dialect.speak(self._body)
            self.requests += 1
            try:
                response = await connection.send("POST", f"{self._dialect.path}/chat/completions", sent)
                if response.status_code < 300:
                    return response
                refusal = ErrorBody.parse((await read_bounded(response, MAX_REFUSAL)).decode("utf-8", "replace"))
            except transport_errors() as error:
                raise connection_failure(self._endpoint, error, begun=False) from None
            status = response.status_code
            parameter = refusal.refused_parameter(sent) if status in (400, 422) else None
            if status == 500 and refusal.refuses_system(sent):  # vLLM's template has raised
                parameter = "system"
            if parameter is None:
                raise explain(self._endpoint, status, refusal, response.headers)
            self._dialect.learn(parameter)
            log.info("%s does not take %s: asking without it.", self._endpoint.shown, parameter)

    async def _read(self, response: HttpResponse, assembler: ReplyAssembler) -> AsyncGenerator[Delta, None]:
        """Deltas from a body that is a stream of events or one JSON object, whatever its content type claims."""
        decoder = SSEDecoder()
        head, size = b"", 0
        whole: list[bytes] = []
        pieces = response.pieces()
        try:
            async for piece in pieces:
                size += len(piece)
                if size > MAX_BODY:
                    raise EndpointError(
                        f"{self._endpoint.shown} sent more than {MAX_BODY >> 20} MB: given up.", "protocol"
                    )
                head += piece[: max(0, 1000 - len(head))]
                if whole or head.lstrip()[:1] in (b"{", b"[", b"<"):
                    whole.append(piece)
                    continue
                events = iter(decoder.feed(piece))
                # One delta for all events that came together: an endpoint may send each character by itself.
                deltas: list[Delta] = []
                failure: EndpointError | None = None
                try:
                    for data in events:
                        if delta := self._take(data, assembler):
                            deltas.append(delta)
                        if assembler.finished:
                            break
                except EndpointError as error:
                    failure = error
                for delta in _together(deltas):
                    yield delta
                if failure is not None:
                    raise failure
                if assembler.finished:
                    await self._drain(events, pieces, decoder, assembler)
                    return
        except transport_errors() as error:
            raise connection_failure(self._endpoint, error, begun=size > 0) from None
        for data in [b"".join(whole).decode("utf-8", "replace")] if whole else decoder.close():
            if delta := self._take(data, assembler):
                yield delta
        if whole or assembler.finished:
            return
        if size == 0 or assembler.saw_choices:
            raise connection_failure(self._endpoint, EOFError(), begun=size > 0)
        raise self._not_a_reply(head.decode("utf-8", "replace"))

    async def _drain(
        self, events: Iterator[str], pieces: AsyncIterator[bytes], decoder: SSEDecoder, assembler: ReplyAssembler
    ) -> None:
        """The reply is whole: read on to the end for the usage, and so that the connection can be used again."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                for data in events:
                    self._take(data, assembler)
                async for piece in pieces:
                    for data in decoder.feed(piece):
                        self._take(data, assembler)
        except transport_errors(TimeoutError, EndpointError):
            log.info("%s did not end its stream properly.", self._endpoint.shown)

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
            refusal = ErrorBody.parse({"error": error})
            raise explain(self._endpoint, _status(error), refusal, {})
        return assembler.feed(chunk)

    def _not_a_reply(self, text: str) -> EndpointError:
        said = ErrorBody.parse(text).said
        excerpt = clean(said, self._endpoint, 200)
        return EndpointError(
            f"{self._endpoint.shown} answered with something that is no chat reply{f': {excerpt}' if excerpt else ''}. "
            "Check base_url: it usually ends in /v1.",
            "protocol",
        )


def check_reply(endpoint: Endpoint, reply: Reply) -> None:
    """Raise EndpointError for an empty reply."""
    if reply.text.strip():
        return
    if reply.finish_reason == "length":
        spent = "all its tokens on reasoning" if reply.reasoning else "no token on a reply"
        raise EndpointError(f"{endpoint.model!r} spent {spent} (finish_reason length): raise max_tokens.", "empty")
    reason = clean(str(reply.finish_reason), endpoint, 40)
    raise EndpointError(
        f"{endpoint.model!r} at {endpoint.shown} sent an empty reply (finish_reason {reason}).",
        "empty",
        retryable=reply.finish_reason != "content_filter",
        again=False,
    )
