"""The worker's side of a cluster: runs the tasks that it is sent, on an event loop of its own in a background thread.

The key is read from this process's environment, under the name that the settings have. Nothing is taken from a message
but data.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..api.rlm import RLM
from ..engine.loop_thread import LoopThread
from ..models import Model
from .content_store import default_folder
from .documents import Reference
from .ledger import Amount
from .metering import CampaignLease
from .questions import CampaignQuestion
from .runtime import Runtime
from .tasks import CampaignTask, Outcome, Unit

DOCUMENT_FIELDS = ("name", "kind", "address", "sha256", "problem", "content")
_LOOK_SECONDS = 2.0
# The states of a task that runs in a thread after the scheduler has taken it back.
_UNWANTED = ("cancelled", "resumed", "released", "forgotten")
_lock = threading.Lock()
_workers: dict[tuple[str, str], _DaskWorker] = {}


def topic(campaign: str) -> str:
    """The topic of the scheduler's events that a campaign listens to."""
    return f"rlm-campaign-{campaign}"


def hear(campaign: str, message: Mapping[str, Any]) -> None:
    """Take a message of the campaign, in every worker of this process. Called by the client."""
    with _lock:
        mine = [worker for key, worker in _workers.items() if key[0] == campaign]
    for worker in mine:
        worker.hear(message)


def run_task(data: Mapping[str, Any]) -> dict[str, Any]:
    """Run one task in a thread of a dask worker. Returns the fields of an `Outcome`."""
    from distributed import get_worker

    worker = get_worker()
    address = worker.address
    if address != data["worker"]:
        # It was meant for a worker that is gone, with its lease.
        return asdict(Outcome({"kind": "worker", "reason": "the task was given to another worker"}))
    try:
        return asdict(_worker(data, address).run(task_of(data), worker.get_current_task()))
    except Exception as error:  # a worker that cannot run this one may be able to run the next
        return asdict(Outcome({"kind": "sandbox", "reason": f"{type(error).__name__}: {error}"[:600]}))


def close_campaign(campaign: str) -> None:
    """End what this process holds of a campaign; runs that are under way are cancelled."""
    with _lock:
        mine = [key for key in _workers if key[0] == campaign]
        ended = [_workers.pop(key) for key in mine]
    for worker in ended:
        worker.close()


def task_of(data: Mapping[str, Any]) -> CampaignTask:
    """The other end of `task_data`."""
    document = Reference(**dict(zip(DOCUMENT_FIELDS, data["document"], strict=True)))
    question = CampaignQuestion(data["question"], data["type"], data["name"])
    number, calls, tokens, cost = data["lease"]
    return CampaignTask(
        data["campaign"],
        Unit(data["digest"], question, document, data["seed"]),
        number,
        CampaignLease(Amount(calls, tokens, cost), *data["counts"]),
        data["settings"],
        data["worker"],
    )


def _worker(data: Mapping[str, Any], address: str) -> _DaskWorker:
    key = (data["campaign"], address)
    with _lock:
        if key not in _workers:
            # What a campaign in the same folder has left here when it was killed.
            stale = [each for each in _workers if each[0].split("-")[0] == data["campaign"].split("-")[0]]
            for each in stale:
                if each[0] != data["campaign"]:
                    threading.Thread(target=_workers.pop(each).close, name="rlm-campaign-close", daemon=True).start()
            _workers[key] = _DaskWorker(data, address)
        return _workers[key]


class _DaskWorker:
    """What one dask worker holds of one campaign: its engine and its loop."""

    def __init__(self, data: Mapping[str, Any], address: str) -> None:
        from distributed import get_worker

        self._worker = get_worker()
        self._address = address
        self._topic = topic(data["campaign"])
        self._ids = itertools.count()
        self._asked: dict[int, asyncio.Future[Amount | None]] = {}
        self._thread = LoopThread("rlm-campaign")
        # As it was where it comes from: no configuration file of this machine counts.
        rlm = RLM._of(data["settings"])
        self._runtime = Runtime(rlm, folder=default_folder(), grow=self._grow, on_pause=self._on_pause)
        self._running: set[asyncio.Task[Outcome]] = set()

    def run(self, task: CampaignTask, key: Any) -> Outcome:
        """Run a task on the loop, and wait; `key` is dask's name of it. It is cancelled once nobody wants its result:
        a client that was killed answers no question of it, and would never end it."""
        running = self._thread.submit(self._noted(task))
        while not concurrent.futures.wait([running], timeout=_LOOK_SECONDS).done:
            wanted = self._worker.state.tasks.get(key)
            if wanted is None or wanted.state in _UNWANTED:
                running.cancel()
        return running.result()

    def close(self) -> None:
        """Cancel what runs, close models and documents, end the thread."""
        with contextlib.suppress(Exception):
            self._thread.submit(self._aclose()).result(timeout=10)
        self._thread.end()

    async def _noted(self, task: CampaignTask) -> Outcome:
        running = asyncio.ensure_future(self._runtime.run(task))
        self._running.add(running)
        try:
            return await running
        finally:
            self._running.discard(running)

    async def _aclose(self) -> None:
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._runtime.aclose()

    async def _grow(self, lease: int, need: Amount) -> Amount | None:
        number = next(self._ids)
        answer: asyncio.Future[Amount | None] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._send({"what": "grow", "id": number, "lease": lease, "need": asdict(need)})
            return await answer
        finally:
            self._asked.pop(number, None)

    def _on_pause(self, model: Model, _seconds: float) -> None:
        """The endpoint has asked this process to wait: so it will the others."""
        pause = getattr(model, "rate_pause", 0.0)
        if pause > 0:
            self._send({"what": "pause", "model": model.name, "seconds": pause})

    def _send(self, message: Mapping[str, Any]) -> None:
        self._worker.log_event(self._topic, {**message, "worker": self._address})

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take a message of the campaign, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            self._thread.loop.call_soon_threadsafe(self._heard, message)

    def _heard(self, message: Mapping[str, Any]) -> None:
        if message["what"] == "grown":
            future = self._asked.get(message["id"])
            if future is not None and not future.done():
                future.set_result(None if message["amount"] is None else Amount(*message["amount"]))
        elif message["what"] == "pause":
            self._runtime.hold(message["model"], float(message["seconds"]))
