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
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .accounts import Accounts
from .dask_worker import close_campaign, hear, run_task, topic
from .errors import CampaignError
from .executors import WorkerLost
from .ledger import Amount
from .tasks import Outcome, Task, portable

if TYPE_CHECKING:
    from ..api.rlm import RLM

log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_CONNECT_SECONDS = 15


class OnDask:
    """Runs tasks through a Client that the user has made and will close."""

    def __init__(self, client: Any, rlm: RLM, accounts: Accounts, *, name: str, key_env: str | None) -> None:
        _check_client(client)
        self.settings: Mapping[str, object] = portable(rlm)
        self.key_env = _key_variable(rlm, key_env)
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
        await asyncio.to_thread(self._client.subscribe_topic, topic(self._name), self._event)
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
                await asyncio.to_thread(self._client.unsubscribe_topic, topic(self._name))
                await asyncio.to_thread(self._client.run, close_campaign, self._name, on_error="ignore")

    def slots(self) -> Mapping[str, int]:
        """The workers, each with its threads."""
        return self._slots

    async def run(self, task: Task) -> Outcome:
        """See `Executor`."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.setdefault(task.worker, set()).add(waiting)
        sent = task_data(task, self._name)
        future = await asyncio.to_thread(self._submit, sent, task)

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
            try:
                return await asyncio.to_thread(self._result, future)
            except Exception as error:  # whatever the cluster has to say of a worker that died meanwhile
                raise WorkerLost(f"the worker {task.worker} was lost ({type(error).__name__})") from None
        except asyncio.CancelledError:
            if not self._lost:
                with contextlib.suppress(Exception):
                    await asyncio.to_thread(future.cancel)
            raise
        finally:
            self._waiting[task.worker].discard(waiting)
            if waiting.done() and not waiting.cancelled():
                waiting.exception()  # it has been heard
            future.release()

    def _submit(self, sent: dict[str, Any], task: Task) -> Any:
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
            return dict(await asyncio.to_thread(self._client.nthreads))
        except Exception as error:
            raise _gone(error) from None

    async def _watch(self) -> None:
        """Notice workers that come and go."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                async with asyncio.timeout(30):
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
            await asyncio.to_thread(
                self._client.run, hear, self._name, dict(message), workers=workers, on_error="ignore"
            )


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A Client of the scheduler at an address, closed at the end. Raises CampaignError."""
    try:
        from distributed import Client
    except ImportError:
        raise CampaignError("A cluster needs dask.distributed: pip install 'rlm-kernel[cluster]'.") from None
    make: Any = Client
    try:
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


def task_data(task: Task, campaign: str) -> dict[str, Any]:
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
        "key_env": task.key_env,
    }


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


def _key_variable(rlm: RLM, named: str | None) -> str | None:
    """The variable that the workers read the key from; None: OPENAI_API_KEY, where there is one."""
    if named is not None or rlm.api_key is None or rlm.api_key == os.environ.get("OPENAI_API_KEY"):
        return named
    raise CampaignError(
        "The key of this RLM is not sent to workers: say which variable of their environment holds it, key_env='NAME' "
        "(--api-key-env)."
    )


def _fail(futures: set[asyncio.Future[Outcome]], error: Exception) -> None:
    for future in list(futures):
        if not future.done():
            future.set_exception(error)


def _gone(error: BaseException) -> CampaignError:
    return CampaignError(
        f"The cluster's scheduler does not answer ({type(error).__name__}): start it again, and run the same command; "
        "the rows that were written are kept."
    )
