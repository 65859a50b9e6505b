"""Runs tasks on a dask.distributed cluster: any Client will do (LocalCluster, Gateway, jobqueue, Kubernetes).

A task is small data for one worker, never for another: what a dead worker had leased is gone, and the campaign decides
whether the unit is tried again under a new lease. What is rare goes beside the tasks, as events of the scheduler and
calls of the client: a run that needs more than its lease, and an endpoint that asks everybody to wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .accounts import Accounts
from .dask_worker import close_campaign, hear, run_task, topic
from .errors import CampaignError
from .executors import WorkerLost
from .ledger import Amount
from .tasks import CampaignTask, Outcome, portable

if TYPE_CHECKING:
    from ..api.rlm import RLM

log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_CONNECT_SECONDS = 15
# So many looks in a row a client may be without its scheduler.
_PATIENCE = 10
_Result = TypeVar("_Result")


class OnDask:
    """Runs tasks through a Client that the user has made and will close."""

    def __init__(self, client: Any, rlm: RLM, accounts: Accounts, *, name: str) -> None:
        _check_client(client)
        self.settings: Mapping[str, object] = portable(rlm)
        _check_key(rlm)
        self._client = client
        self._accounts = accounts
        # Not the folder's name alone: a campaign that was killed may have left messages behind.
        self._name = f"{name}-{secrets.token_hex(4)}"
        self._lost = False
        self._slots: dict[str, int] = {}
        self._waiting: dict[str, set[asyncio.Future[Outcome]]] = {}
        self._helpers: list[asyncio.Task[None]] = []
        self._answers: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._slots = await self._nthreads()
        await _in_thread(self._client.subscribe_topic, topic(self._name), self._event)
        self._helpers = [asyncio.create_task(self._watch())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in [*self._helpers, *self._answers]:
            helper.cancel()
        await asyncio.gather(*self._helpers, *self._answers, return_exceptions=True)
        if self._lost:
            return  # there is nothing left to be closed
        with contextlib.suppress(Exception):
            async with asyncio.timeout(10):
                await _in_thread(self._client.unsubscribe_topic, topic(self._name))
                await _in_thread(self._client.run, close_campaign, self._name, on_error="ignore")

    def slots(self) -> Mapping[str, int]:
        """The workers, each with its threads."""
        return self._slots

    async def run(self, task: CampaignTask) -> Outcome:
        """See `Executor`."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.setdefault(task.worker, set()).add(waiting)
        sent = task_data(task, self._name)
        future = await _in_thread(self._submit, sent, task)

        def ended(done: Any) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(taken, done.status)

        def taken(status: str) -> None:
            if not waiting.done():
                if status == "finished":
                    waiting.set_result(Outcome({}))
                else:
                    waiting.set_exception(WorkerLost(f"the worker {task.worker} gave no result ({status})"))

        future.add_done_callback(ended)
        try:
            await waiting
            return await self._fetched(future, task.worker)
        except asyncio.CancelledError:
            if not self._lost:
                with contextlib.suppress(Exception):
                    await _in_thread(future.cancel)
            raise
        finally:
            self._waiting[task.worker].discard(waiting)
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # it has been heard
            future.release()

    async def _fetched(self, future: Any, worker: str) -> Outcome:
        """The outcome of a task that has ended. Raises WorkerLost where its worker goes before it has told it."""
        if worker not in self._slots:
            raise WorkerLost(f"the worker {worker} is gone")
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[Outcome] = loop.create_future()
        waiting = self._waiting.setdefault(worker, set())
        waiting.add(gone)
        fetching = asyncio.ensure_future(_in_thread(self._result, future))
        try:
            await asyncio.wait({gone, fetching}, return_when=asyncio.FIRST_COMPLETED)
            if not fetching.done():
                # The client itself would wait for the worker until its time is over.
                return gone.result()
            return fetching.result()
        except (CampaignError, WorkerLost):
            raise
        except Exception as error:  # whatever the cluster has to say of a worker that died meanwhile
            raise WorkerLost(f"the worker {worker} was lost ({type(error).__name__})") from None
        finally:
            fetching.cancel()
            waiting.discard(gone)
            if gone.done() and not gone.cancelled():
                gone.exception()  # it has been heard

    def _submit(self, sent: dict[str, Any], task: CampaignTask) -> Any:
        try:
            # To this worker alone: dask would give the tasks of a dead one to others, under a lease that is gone.
            return self._client.submit(
                run_task,
                sent,
                workers=[task.worker],
                allow_other_workers=False,
                pure=False,
                retries=0,
                key=f"rlm-{self._name}-{task.unit.digest}-{task.lease_id}",
            )
        except Exception as error:
            raise _gone(error) from None

    @staticmethod
    def _result(future: Any) -> Outcome:
        return Outcome(**future.result(timeout=60))

    async def _nthreads(self) -> dict[str, int]:
        try:
            return dict(await _in_thread(self._client.nthreads))
        except Exception as error:
            raise _gone(error) from None

    async def _watch(self) -> None:
        """Notice workers that come and go."""
        away = 0
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            # A client that has lost its scheduler tries for long to find it again.
            away = 0 if self._client.status == "running" else away + 1
            try:
                if away > _PATIENCE:
                    raise TimeoutError
                if away:
                    continue
                async with asyncio.timeout(_CONNECT_SECONDS):
                    there = await self._nthreads()
            except (CampaignError, TimeoutError) as error:
                self._lost = True
                problem = error if isinstance(error, CampaignError) else _gone(error)
                for futures in self._waiting.values():
                    _fail(futures, problem)
                self._slots = {}
                return
            for address in self._slots.keys() - there.keys():
                log.info("The worker %s is gone.", address)
                _fail(self._waiting.get(address, set()), WorkerLost(f"the worker {address} is gone"))
            self._slots = there

    def _event(self, event: Any) -> None:
        """A message of a worker; called on the client's own loop."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._heard, event[1])

    def _heard(self, message: Mapping[str, Any]) -> None:
        answer = self._grow(message) if message["what"] == "grow" else self._pause(message)
        task = asyncio.create_task(answer)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _grow(self, message: Mapping[str, Any]) -> None:
        grown = await self._accounts.grow(int(message["lease"]), Amount(**message["need"]))
        amount = None if grown is None else [grown.calls, grown.tokens, grown.cost]
        await self._tell([message["worker"]], {"what": "grown", "id": message["id"], "amount": amount})

    async def _pause(self, message: Mapping[str, Any]) -> None:
        await self._tell([worker for worker in self._slots if worker != message["worker"]], message)

    async def _tell(self, workers: list[str], message: Mapping[str, Any]) -> None:
        with contextlib.suppress(Exception):  # a worker that is gone hears nothing, and `_watch` says so
            await _in_thread(self._client.run, hear, self._name, dict(message), workers=workers, on_error="ignore")


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A Client of the scheduler at an address, closed at the end. Raises CampaignError."""
    try:
        from distributed import Client
    except ImportError:
        raise CampaignError("A cluster needs dask.distributed: pip install 'rlm-kernel[cluster]'.") from None
    make: Any = Client
    try:
        _knock(address)
        client = make(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CampaignError(
            f"No scheduler answers at {address} ({type(error).__name__}): check the address, such as tcp://host:8786."
        ) from None
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # the scheduler may be gone
            client.close(timeout=5)


def task_data(task: CampaignTask, campaign: str) -> dict[str, Any]:
    """What is sent for a task: the one message of a run."""
    document, question = task.unit.document, task.unit.question
    return {
        "campaign": campaign,
        "worker": task.worker,
        "digest": task.unit.digest,
        "question": question.question,
        "type": question.type,
        "name": question.name,
        "seed": task.unit.seed,
        "document": [
            document.name,
            document.kind,
            document.address,
            document.sha256,
            document.problem,
            document.content,
        ],
        "lease": [task.lease_id, task.lease.amount.calls, task.lease.amount.tokens, task.lease.amount.cost],
        "counts": [task.lease.counts_tokens, task.lease.counts_cost],
        "settings": dict(task.settings),
    }


def _knock(address: str) -> None:
    """Raise OSError at once where nothing listens at an address of TCP: dask would try until its time is over."""
    scheme, _, place = address.partition("://")
    host, _, port = place.rpartition(":")
    if scheme == "tcp" and host and port.isdigit() and int(port) < 1 << 16:
        with contextlib.suppress(TimeoutError):
            socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()


def _check_client(client: Any) -> None:
    try:
        from distributed import Client
    except ImportError:
        raise CampaignError("A cluster needs dask.distributed: pip install 'rlm-kernel[cluster]'.") from None
    if not isinstance(client, Client):
        raise CampaignError(
            f"cluster must be a dask.distributed Client, not {type(client).__name__}: Client('tcp://...'), or "
            "cluster.get_client()."
        )
    if client.asynchronous:
        raise CampaignError("cluster is an asynchronous Client: give one that was made without asynchronous=True.")


def _check_key(rlm: RLM) -> None:
    """Raise CampaignError for a key that the workers have no name of."""
    if rlm.api_key and rlm.api_key_env is None and rlm.api_key != os.environ.get("OPENAI_API_KEY"):
        raise CampaignError(
            "The key of this RLM is not sent to workers: say which variable of their environment holds it, "
            "api_key_env='NAME' (--api-key-env)."
        )


async def _in_thread(call: Callable[..., _Result], *arguments: Any, **more: Any) -> _Result:
    """The result of a call of the client's, which may wait: in a daemon thread, so that a scheduler that never answers
    holds up nobody's end."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_Result] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if not result.done():
            result.set_result(value) if error is None else result.set_exception(error)

    def run() -> None:
        value, problem = None, None
        try:
            value = call(*arguments, **more)
        except BaseException as error:  # it is raised again where it is awaited
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(settle, value, problem)

    threading.Thread(target=run, name="rlm-campaign-client", daemon=True).start()
    return await result


def _fail(futures: set[asyncio.Future[Outcome]], error: Exception) -> None:
    for future in list(futures):
        if not future.done():
            future.set_exception(error)


def _gone(error: BaseException) -> CampaignError:
    return CampaignError(
        f"The cluster's scheduler does not answer ({type(error).__name__}): start it again, and run the same command; "
        "the rows that were written are kept."
    )
