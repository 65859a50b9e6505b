"""The batches of an endpoint (`/files` and `/batches`, as OpenAI has them): upload, create, look, cancel, fetch.

Requests go at the endpoint's pace and are tried again as those for replies are. What is in a batch, and who waits for
it, is the business of `batches`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from ..base import ModelError
from .errors import Endpoint, EndpointError, ErrorBody, clean, connection_failure, explain, retry_after
from .parameters import Dialect
from .patience import Patience
from .rate_limit import OutOfPatience, Pace
from .request import MAX_REFUSAL
from .stream import MAX_BODY
from .transport import MAX_LISTING, HttpConnection, HttpResponse, Upload, read_bounded, transport_errors

log = logging.getLogger(__name__)

CHAT = "/v1/chat/completions"
"""Where each request of a batch goes, whatever the address of the endpoint."""
WINDOW = "24h"
MARK = "rlm_kernel"
"""The name in a batch's metadata under which the journal's token stands."""
MAX_RESULTS = 4 << 30
_LISTED, _PAGES = 100, 5
_NONE = (404, 405, 501)


class BatchEndpoint:
    """The batches of one endpoint. Raises `ModelError` and nothing else."""

    def __init__(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        pace: Pace,
        connect: Callable[[], Awaitable[HttpConnection]],
        *,
        wait_before_retry: Callable[[EndpointError, int], float | None],
        retry_delay: float,
        max_rate_wait: float,
    ) -> None:
        self._endpoint, self._dialect, self._pace, self._connect = endpoint, dialect, pace, connect
        self._wait_before_retry = wait_before_retry
        self._retry_delay, self._max_rate_wait = retry_delay, max_rate_wait

    async def check(self) -> None:
        """Raise `ModelError` of kind `missing` where there are no batches."""
        paths = [self._dialect.path]
        if not self._dialect.path and not self._endpoint.has_version:
            paths.append("/v1")
        for path in paths:
            response = await self._send("GET", f"{path}/batches", may_be_missing=True)
            if response is not None:
                await response.aclose()
                self._dialect.path = path
                return
        raise self._no_batches()

    async def upload(self, lines: bytes) -> str:
        """Upload the lines of a batch. Returns the file's id."""
        file = Upload("batch.jsonl", lines, {"purpose": "batch"})
        return self._id(await self._object("POST", "/files", upload=file), "file")

    async def create(self, file_id: str, token: str) -> str:
        """Begin a batch with an uploaded file. Returns its id.

        Where the answer is lost the batch is looked for by its token before it is begun again.
        """
        body = {
            "input_file_id": file_id,
            "endpoint": CHAT,
            "completion_window": WINDOW,
            "metadata": {MARK: token},
        }
        tries = 0
        while True:
            tries += 1
            try:
                return self._id(await self._object("POST", "/batches", body=body, repeatable=False), "batch")
            except ModelError as error:
                wait = self._wait_before_retry(EndpointError(str(error), retryable=error.retryable), tries)
                await asyncio.sleep(wait or 0.0)
                if (found := await self.find(token)) is not None:
                    return found
                if wait is None:
                    raise

    async def get(self, batch_id: str) -> tuple[Mapping[str, Any] | None, float | None]:
        """A batch as it is now (None: there is none of that id), and the seconds that the endpoint asks to wait."""
        path = f"{self._dialect.path}/batches/{quote(batch_id, safe='')}"
        response = await self._send("GET", path, may_be_missing=True)
        if response is None:
            return None, None
        wait = retry_after(response.headers)
        return await self._read(response), wait

    async def find(self, token: str) -> str | None:
        """The id of the batch that was begun with a token, among the latest."""
        query = {"limit": str(_LISTED)}
        for _ in range(_PAGES):
            listing = await self._object("GET", "/batches", query=query)
            data = listing.get("data")
            for one in data if isinstance(data, list) else ():
                metadata = one.get("metadata") if isinstance(one, Mapping) else None
                if isinstance(metadata, Mapping) and metadata.get(MARK) == token:
                    return self._id(one, "batch")
            last = listing.get("last_id")
            if listing.get("has_more") is not True or not isinstance(last, str):
                break
            query["after"] = last
        return None

    async def cancel(self, batch_id: str) -> None:
        """Ask the endpoint to end a batch; what it has answered stays. A batch that has ended is no error."""
        try:
            await self._object("POST", f"/batches/{quote(batch_id, safe='')}/cancel", repeatable=False)
        except ModelError as error:
            log.info("The batch %s was not cancelled: %s", batch_id, error)

    async def lines(self, file_id: str) -> AsyncGenerator[dict[str, Any], None]:
        """The results in a file, one after the other; what is no result is left out."""
        path = f"{self._dialect.path}/files/{quote(file_id, safe='')}/content"
        response = await self._send("GET", path)
        assert response is not None
        size, rest = 0, b""
        try:
            async with aclosing(response.pieces()) as pieces:
                async for piece in pieces:
                    size += len(piece)
                    *whole, rest = (rest + piece).split(b"\n")
                    if size > MAX_RESULTS or len(rest) > MAX_BODY:
                        raise self._error(f"{self._endpoint.shown} sent more for a batch than can be read.", "protocol")
                    for line in whole:
                        if (result := _result(line)) is not None:
                            yield result
        except transport_errors() as error:
            raise connection_failure(self._endpoint, error, begun=True).error() from None
        finally:
            await response.aclose()
        if (result := _result(rest)) is not None:
            yield result

    async def _object(self, method: str, path: str, **options: Any) -> Mapping[str, Any]:
        response = await self._send(method, self._dialect.path + path, **options)
        assert response is not None
        return await self._read(response)

    async def _read(self, response: HttpResponse) -> Mapping[str, Any]:
        try:
            body = json.loads(await read_bounded(response, MAX_LISTING))
        except transport_errors() as error:
            raise connection_failure(self._endpoint, error, begun=True).error() from None
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, Mapping):
            raise self._error(
                f"{self._endpoint.shown} answered a request about a batch with something else.", "protocol"
            )
        return body

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        repeatable: bool = True,
        may_be_missing: bool = False,
    ) -> HttpResponse | None:
        """A response whose status is fine, its body unread; None where there is nothing at the path and
        `may_be_missing`. `repeatable`: whether a request whose answer was lost may be sent again."""
        patience = Patience(self._pace, self._max_rate_wait)
        tries = 0
        while True:
            tries += 1
            try:
                await patience.enter()
                response = await self._once(method, path, body, query, upload)
                patience.leave(answered=True)
                if response.status_code < 300:
                    return response
                refusal = ErrorBody.parse((await read_bounded(response, MAX_REFUSAL)).decode("utf-8", "replace"))
                if may_be_missing and response.status_code in _NONE:
                    return None
                raise explain(self._endpoint, response.status_code, refusal, response.headers)
            except OutOfPatience:
                raise self._error(f"{self._endpoint.shown} limits the rate of requests.", "rate-limit") from None
            except EndpointError as failure:
                patience.note(failure, self._retry_delay)
                wait, paced = self._wait_before_retry(failure, tries), failure.paced
                if paced:
                    if not patience.lasts(failure):
                        raise failure.error(tries) from None
                elif wait is None or not repeatable:
                    raise failure.error(tries) from None
            finally:
                patience.leave()
            if not paced:
                await asyncio.sleep(wait or 0.0)

    async def _once(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        upload: Upload | None,
    ) -> HttpResponse:
        try:
            return await (await self._connect()).send(method, path, body, query=query, upload=upload)
        except transport_errors() as error:
            raise connection_failure(self._endpoint, error, begun=False) from None

    def _id(self, thing: Mapping[str, Any], what: str) -> str:
        found = thing.get("id")
        if not isinstance(found, str) or not 0 < len(found) <= 500:
            raise self._error(f"{self._endpoint.shown} gave a {what} without an id.", "protocol")
        return found

    def _no_batches(self) -> ModelError:
        return self._error(
            f"batch_api is set, and {self._endpoint.shown} has no batches (there is no /batches): leave batch_api "
            "(--batch-api) out, and calls are sent one by one.",
            "missing",
        )

    def _error(self, text: str, kind: str) -> ModelError:
        return ModelError(clean(text, self._endpoint), kind=kind, retryable=kind == "rate-limit")


def _result(line: bytes) -> dict[str, Any] | None:
    try:
        result = json.loads(line) if line.strip() else None
    except (ValueError, RecursionError):
        return None
    return result if isinstance(result, dict) else None
