"""A model asked through the batches of its endpoint: calls that come together are one file of requests.

Each call waits for its own reply, so that whoever asks need not know of batches. A request that is in a batch already,
begun by this process or by one that has gone, is waited for there and not sent again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from asyncio import AbstractEventLoop
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ...trace import Usage
from ..base import Delta, Message, ModelError, NotBatched, Reply, Waiting, WrappedModel, set_spent
from ..cache import reply_key
from .batch_endpoint import CHAT, BatchEndpoint
from .batch_journal import BatchJournal
from .batch_results import progress_of, read_result, refusal_of
from .errors import EndpointError, clean

if TYPE_CHECKING:
    from .model import OpenAICompatible

log = logging.getLogger(__name__)

MOST_REQUESTS = 50_000
MOST_BYTES = 100 << 20
"""Of one batch; OpenAI takes 200 MB."""
SLOWEST_POLL = 60.0
LONGEST_QUIET = 30
"""A batch begins at the latest after so many times the seconds that it waits for more calls."""
_TRIES = 3
_CANCEL_SECONDS = 5.0
_OPEN = ("validating", "in_progress", "finalizing", "cancelling")


@dataclass(eq=False)
class _Request:
    """A request, and who waits for its reply. `outcome` is the reply, or the error in its place."""

    key: str
    body: dict[str, Any]
    chars: int
    outcome: Reply | ModelError | None = None
    waiters: int = 0
    tries: int = 0
    sent: bool = False
    batch: _Batch | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    news: deque[Waiting] = field(default_factory=deque)

    @property
    def custom_id(self) -> str:
        """What the endpoint knows it by in its batch."""
        return self.key[:40]

    def settle(self, outcome: Reply | ModelError) -> None:
        """The reply is there."""
        if self.outcome is None:
            self.outcome = outcome
            self.changed.set()

    def tell(self, reason: str, seconds: float) -> None:
        """Say what is waited for."""
        self.news.append(Waiting(reason=reason, seconds=seconds))
        self.changed.set()


@dataclass(eq=False)
class _Batch:
    """A batch that is under way at the endpoint. `own`: begun here, and not found in the journal."""

    remote: str
    token: str
    requests: list[_Request]
    own: bool
    task: asyncio.Task[None] | None = None
    ended: bool = False


class BatchedModel(WrappedModel):
    """An `OpenAICompatible` through its endpoint's batches; see `Model.batched`. Its cancelled calls end their batch,
    once nobody waits for any of it."""

    def __init__(
        self,
        model: OpenAICompatible,
        endpoint: BatchEndpoint,
        *,
        quiet: float,
        poll: float,
        journal: BatchJournal | None = None,
    ) -> None:
        super().__init__(model)
        self._asked = model
        self._endpoint, self._quiet, self._poll = endpoint, quiet, poll
        self._journal = journal
        self._queues: WeakKeyDictionary[AbstractEventLoop, _BatchQueue] = WeakKeyDictionary()

    @property
    def by_batch(self) -> bool:
        return True

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """Yield `Waiting` while the batch is under way, then the `Reply`. Raises `ModelError`, also `NotBatched`."""
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        key = reply_key(self._asked, messages, **options)
        queue, began = self._queue(), time.monotonic()
        request = queue.add(key, self._asked.request_body(messages, **options))
        try:
            while request.outcome is None:
                await request.changed.wait()
                request.changed.clear()
                while request.news:
                    yield request.news.popleft()
        except asyncio.CancelledError as cancelled:
            set_spent(cancelled, Usage(calls=1) if request.sent else Usage())
            await queue.leave(request)
            raise
        except GeneratorExit:
            await queue.leave(request)
            raise
        request.waiters -= 1
        outcome = request.outcome
        if isinstance(outcome, ModelError):
            if isinstance(outcome, NotBatched):
                raise NotBatched(str(outcome))
            raise ModelError(str(outcome), kind=outcome.kind, retryable=outcome.retryable, usage=outcome.usage)
        usage = outcome.usage.model_copy(update={"seconds": time.monotonic() - began})
        yield Reply(outcome.text, outcome.reasoning, usage, outcome.finish_reason)

    def batched(self) -> BatchedModel:
        """Itself."""
        return self

    async def aclose(self) -> None:
        """Close the model."""
        await self._asked.aclose()

    async def aclose_batches(self) -> None:
        """End what is under way on the running loop."""
        if (queue := self._queues.pop(asyncio.get_running_loop(), None)) is not None:
            await queue.aclose()

    def _queue(self) -> _BatchQueue:
        loop = asyncio.get_running_loop()
        if loop not in self._queues:
            journal = self._journal or BatchJournal()
            self._queues[loop] = _BatchQueue(self._asked, self._endpoint, journal, self._quiet, self._poll)
        return self._queues[loop]


class _BatchQueue:
    """Collects the requests of one event loop, sends them, and hands out what comes back."""

    def __init__(
        self, model: OpenAICompatible, endpoint: BatchEndpoint, journal: BatchJournal, quiet: float, poll: float
    ) -> None:
        self._model, self._endpoint, self._journal = model, endpoint, journal
        self._quiet, self._poll = quiet, poll
        self._open: dict[str, _Request] = {}
        self._collected: list[_Request] = []
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, key: str, body: dict[str, Any]) -> _Request:
        """A request that waits for its reply from now on; the same one where somebody waits for it already."""
        request = self._open.get(key)
        if request is None or request.outcome is not None:
            chars = sum(len(message["content"]) for message in body["messages"])
            request = self._open[key] = _Request(key, body, chars)
            self._collect([request])
        request.waiters += 1
        return request

    async def leave(self, request: _Request) -> None:
        """One who waited does so no more. The endpoint is asked to end a batch of which nobody waits for anything."""
        request.waiters -= 1
        if request.waiters or request.outcome is not None:
            return
        self._open.pop(request.key, None)
        batch = request.batch
        if batch is None or batch.ended or any(each.waiters for each in batch.requests):
            return
        batch.ended = True
        if batch.task is not None:
            batch.task.cancel()
        ending = self._begin(self._guarded([], self._endpoint.cancel(batch.remote)))
        # Within the cancellation of whoever waited last: the loop may end with it.
        await asyncio.wait({ending}, timeout=_CANCEL_SECONDS)

    async def aclose(self) -> None:
        """End all tasks. Who still waits is told so."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        _settle(self._open.values(), ModelError("The model was closed while a batch was under way.", kind="missing"))

    def _collect(self, requests: Iterable[_Request]) -> None:
        """Have requests sent once no further ones come for a while."""
        loop = asyncio.get_running_loop()
        if not self._collected:
            self._since = loop.time()
        self._collected += requests
        if self._timer is not None:
            self._timer.cancel()
        latest = self._since + LONGEST_QUIET * self._quiet
        self._timer = loop.call_at(min(loop.time() + self._quiet, latest), self._send_collected)

    def _send_collected(self) -> None:
        self._timer = None
        collected, self._collected = self._collected, []
        part: list[_Request] = []
        size = 0
        for request in (each for each in collected if each.waiters):
            length = 200 + 2 * request.chars
            if part and (len(part) >= MOST_REQUESTS or size + length > MOST_BYTES):
                self._begin(self._guarded(part, self._place(part)))
                part, size = [], 0
            part.append(request)
            size += length
        if part:
            self._begin(self._guarded(part, self._place(part)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, requests: Sequence[_Request], work: Coroutine[Any, Any, None]) -> None:
        """Do it; what goes wrong is what the requests get."""
        try:
            await work
        except ModelError as error:
            _settle(requests, error)
        except EndpointError as failure:
            _settle(requests, failure.error())
        except Exception as error:  # what an endpoint sends may be anything, and calls wait for it
            log.exception("A batch has failed.")
            _settle(requests, ModelError(f"The batch has failed ({type(error).__name__}).", kind="protocol"))

    async def _place(self, requests: Sequence[_Request]) -> None:
        """Find the batches that requests are in already, and put the others into a new one."""
        token = secrets.token_hex(16)
        by_key = {request.key: request for request in requests}
        elsewhere: defaultdict[str, list[_Request]] = defaultdict(list)
        with self._journal.begun(token):
            for key, other in (await asyncio.to_thread(self._journal.claim, token, list(by_key))).items():
                elsewhere[other].append(by_key.pop(key))
            fresh = list(by_key.values())
            if fresh:
                try:
                    self._watch(await self._submitted(fresh, token), token, fresh, own=True)
                except ModelError as error:
                    _settle(fresh, error)
        for other, found in elsewhere.items():
            self._begin(self._guarded(found, self._join(found, other)))

    async def _submitted(self, requests: Sequence[_Request], token: str) -> str:
        """Send requests as a batch. Returns its id."""
        lines = b"\n".join(self._line(request) for request in requests) + b"\n"
        begun = False
        try:
            file_id = await self._endpoint.upload(lines)
            for request in requests:
                request.sent = True
            begun = True
            remote = await self._endpoint.create(file_id, token)
        except ModelError:
            if not begun:
                await asyncio.to_thread(self._journal.forget_batch, token)
            # Else it may be there all the same: whoever asks again looks for it first.
            raise
        except asyncio.CancelledError:
            if begun:
                async with asyncio.timeout(_CANCEL_SECONDS):
                    if (found := await self._endpoint.find(token)) is not None:
                        await self._endpoint.cancel(found)
            raise
        await asyncio.to_thread(self._journal.sent, token, remote)
        return remote

    def _line(self, request: _Request) -> bytes:
        body = {name: value for name, value in request.body.items() if name not in ("stream", "stream_options")}
        spoken = self._model.dialect.speak(body)
        line = {"custom_id": request.custom_id, "method": "POST", "url": CHAT, "body": spoken}
        return json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    async def _join(self, requests: Sequence[_Request], token: str) -> None:
        """Wait for requests in the batch that they were put into before."""
        while await asyncio.to_thread(self._journal.is_begun, token):  # noqa: ASYNC110 - by another process
            await asyncio.sleep(self._poll / 10)
        remote = await asyncio.to_thread(self._journal.remote, token)
        if remote is None:
            # Its process has gone between asking for the batch and hearing of it, or before.
            remote = await self._endpoint.find(token)
            if remote is None:
                await asyncio.to_thread(self._journal.forget_batch, token)
                await self._place(requests)
                return
            await asyncio.to_thread(self._journal.sent, token, remote)
        self._watch(remote, token, requests, own=False)

    def _watch(self, remote: str, token: str, requests: Sequence[_Request], *, own: bool) -> None:
        batch = _Batch(remote, token, list(requests), own)
        for request in requests:
            request.batch, request.sent = batch, True
        if not any(request.waiters for request in requests):
            # Stopped while it was being sent.
            batch.ended = True
            self._begin(self._guarded([], self._endpoint.cancel(remote)))
            return
        batch.task = self._begin(self._guarded(batch.requests, self._until_ended(batch)))

    async def _until_ended(self, batch: _Batch) -> None:
        delay, said = self._poll, ""
        while True:
            state, wait = await self._endpoint.get(batch.remote)
            if state is None:
                await self._lost(batch)
                return
            if state.get("status") not in _OPEN:
                break
            pause = delay if wait is None else wait
            progress = progress_of(state, batch.remote)
            if progress != said:
                leader = next((each for each in batch.requests if each.waiters), batch.requests[0])
                leader.tell(progress, pause)
                said = progress
            await asyncio.sleep(pause)
            delay = min(SLOWEST_POLL, 1.5 * delay)
        await self._take(batch, state)

    async def _take(self, batch: _Batch, state: Mapping[str, Any]) -> None:
        """Hand out the results of a batch that has ended, and see to what it has left without one."""
        waiting = {request.custom_id: request for request in batch.requests}
        unanswered: list[_Request] = []
        unpaid: list[_Request] = []
        for name in ("output_file_id", "error_file_id"):
            file_id = state.get(name)
            if not isinstance(file_id, str) or not file_id:
                continue
            async for result in self._endpoint.lines(file_id):
                request = waiting.get(str(result.get("custom_id")))
                if request is None or not isinstance(result.get("response"), Mapping):
                    continue  # nobody waits for it, or it was not answered before the batch ended
                del waiting[request.custom_id]
                outcome = read_result(result, request.body, request.chars, self._model.endpoint, self._model.dialect)
                if outcome is None:
                    unanswered.append(request)
                else:
                    request.settle(outcome)
                    if isinstance(outcome, ModelError):
                        unpaid.append(request)
        batch.ended = True
        left = list(waiting.values())
        await asyncio.to_thread(self._journal.forget, [each.key for each in (*unanswered, *unpaid, *left)])
        if state.get("status") == "failed":
            _settle(left, refusal_of(state, self._model.endpoint))
            left = []
        if not batch.own:
            # It was begun before: what it has not answered is asked for in another one, at the same price.
            unanswered, left = [*unanswered, *left], []
        _settle(left, NotBatched(f"the batch {clean(batch.remote, limit=80)} ended without a reply to it"))
        self._ask_again(unanswered)

    def _ask_again(self, requests: Sequence[_Request]) -> None:
        """Have requests sent in another batch, so often as is of use."""
        for request in requests:
            request.batch = None
            request.tries += 1
            if request.tries >= _TRIES:
                request.settle(NotBatched("no batch had a reply to it"))
        self._collect([request for request in requests if request.outcome is None])

    async def _lost(self, batch: _Batch) -> None:
        """The endpoint does not know the batch any more."""
        batch.ended = True
        await asyncio.to_thread(self._journal.forget_batch, batch.token)
        self._ask_again(batch.requests)


def _settle(requests: Iterable[_Request], outcome: ModelError) -> None:
    for request in list(requests):
        request.settle(outcome)
