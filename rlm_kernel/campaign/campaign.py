"""The driver: which units are missing, who runs them, what is kept, and when to stop.

It is one loop over whatever executor there is. All writing is done here: ledger, traces, rows. What was begun and not
ended when the process dies is not lost but run again, and what it had leased counts as spent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..engine.settings import Settings
from ..models import files
from .accounts import Accounts
from .errors import CampaignError
from .executors import CampaignExecutor, WorkerLost
from .ledger import Amount
from .metering import CampaignLease
from .plan import Plan
from .progress import CampaignProgress
from .questions import CampaignQuestion
from .rows import CampaignRow, Journal, attempts_together
from .runtime import INFRASTRUCTURE
from .tasks import CampaignTask, Outcome, Unit

TRIES = 3
"""How often a unit is tried whose run fails for a reason of the infrastructure."""
_POLL_SECONDS = 1.0
LEDGER, MANIFEST, LOCK = "ledger.sqlite", "campaign.json", "lock"
OnRow = Callable[[CampaignRow, CampaignProgress], None]


@dataclass
class Ended:
    """How a campaign has ended: `limit` and `fatal` are sentences, empty where it has come to its end."""

    limit: str = ""
    fatal: str = ""
    fatal_kind: str = ""


@contextlib.asynccontextmanager
async def folder_of(out: Path) -> AsyncIterator[Path]:
    """The folder of a campaign, made where it is missing, and held against a second process. Raises CampaignError."""
    try:
        if not out.exists():
            out.mkdir(mode=0o700, parents=True)
        held = files.locked(out / LOCK, timeout=0.0)
        held.__enter__()
    except TimeoutError:
        raise CampaignError(f"Another process is running the campaign in {out}: wait for it, or stop it.") from None
    except OSError as error:
        raise CampaignError(f"The folder {out} cannot be used ({error.strerror or error}): name another one.") from None
    try:
        yield out
    finally:
        held.__exit__(None, None, None)


def write_manifest(
    folder: Path, questions: Sequence[CampaignQuestion], settings: Settings, shown: dict[str, Any], documents: int
) -> None:
    """What the campaign is, for whoever finds the folder: no key, no text of a document. Raises CampaignError."""
    data = {
        "schema": "rlm.campaign/1",
        "questions": [asdict(one) for one in questions],
        "documents": documents,
        "model": getattr(settings.model, "name", settings.model),
        "settings": shown,
    }
    try:
        files.write_private(folder / MANIFEST, json.dumps(data, ensure_ascii=True, indent=1, default=str) + "\n")
    except OSError as error:
        raise CampaignError(f"{folder / MANIFEST} cannot be written: {error.strerror or error}.") from None


class Campaign:
    """One session of a campaign: units to run, a journal, accounts, an executor."""

    def __init__(
        self,
        name: str,
        units: Sequence[Unit],
        journal: Journal,
        accounts: Accounts,
        executor: CampaignExecutor,
        *,
        model: str,
        on_row: OnRow | None = None,
        again: Collection[str] = (),
    ) -> None:
        self._name = name
        self._journal = journal
        self._accounts = accounts
        self._executor = executor
        self._model = model
        self._on_row = on_row
        self._attempts: dict[str, list[CampaignRow]] = {}
        self.ended = Ended()
        self.progress = CampaignProgress(total=len(units))
        missing = []
        for unit in units:
            row = journal.rows.get(unit.digest)
            if row is not None and row.finished and row.status not in again:
                self.progress.note(row, fresh=False)
            else:
                missing.append(unit)
        self._plan = Plan(missing)
        self.progress.spent = accounts.ledger.taken

    async def run(self) -> Ended:
        """Run what is missing. Raises CampaignError where nothing can be written any more; rows stay in any case."""
        tasks: dict[asyncio.Task[None], str] = {}
        try:
            while len(self._plan) or tasks:
                slots = self._executor.slots()
                self.progress.workers, self.progress.running = len(slots), len(tasks)
                busy = list(tasks.values())
                for worker, most in slots.items():
                    for _ in range(most - busy.count(worker)):
                        unit = None if self._stopping else self._plan.take(worker)
                        if unit is not None:
                            tasks[asyncio.create_task(self._unit(worker, unit))] = worker
                if not tasks:
                    if self._stopping:
                        break
                    await asyncio.sleep(_POLL_SECONDS / 10)
                    continue
                done, _ = await asyncio.wait(tasks, timeout=_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del tasks[task]
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self.ended

    @property
    def _stopping(self) -> bool:
        return bool(self.ended.limit or self.ended.fatal)

    async def _unit(self, worker: str, unit: Unit) -> None:
        admitted = await self._accounts.admit(unit.digest)
        limits = self._accounts.ledger.limits
        if admitted is None:
            self.ended.limit = limits.used_up(self._accounts.ledger.taken) or "the campaign's limit leaves no room"
            self._plan.again(unit)
            return
        number, amount = admitted
        if self._stopping:
            await self._accounts.settle(number, Amount(), Amount())
            self._plan.again(unit)
            return
        lease = CampaignLease(amount, limits.counts_tokens, limits.counts_cost)
        task = CampaignTask(self._name, unit, number, lease, dict(self._executor.settings), worker)
        try:
            outcome = await self._executor.run(task)
        except asyncio.CancelledError as cancelled:
            told = vars(cancelled)
            if "spent" in told:
                await asyncio.shield(self._accounts.settle(number, told["spent"], told["peak"]))
            else:
                self._accounts.ledger.lose(number)
            raise
        except WorkerLost as lost:
            await self._accounts.lose(number)
            self._plan.forget(worker)
            outcome = Outcome({"kind": "worker", "reason": str(lost)})
        else:
            if outcome.fatal:
                # Before the lease is given back, which lets another run begin.
                self.ended.fatal, self.ended.fatal_kind = outcome.fatal, outcome.fatal_kind
            await self._accounts.settle(number, Amount(**outcome.spent), Amount(**outcome.peak))
        await self._keep(worker, unit, outcome)

    async def _keep(self, worker: str, unit: Unit, outcome: Outcome) -> None:
        row = self._row(worker, unit, outcome)
        attempts = self._attempts.setdefault(unit.digest, [])
        attempts.append(row)
        if row.kind in INFRASTRUCTURE and len(attempts) < TRIES and not self._stopping and not outcome.fatal:
            self._plan.again(unit)
            return
        row = row.model_copy(update=attempts_together(attempts))
        del self._attempts[unit.digest]
        if row.kind == "campaign-limit":
            self.ended.limit = self._accounts.ledger.limits.used_up(self._accounts.ledger.taken) or row.reason
        # To its end, also where this task is cancelled meanwhile: a run that was paid for is not thrown away.
        await asyncio.shield(asyncio.to_thread(self._journal.add, row, outcome))
        self.progress.spent = self._accounts.ledger.taken
        self.progress.note(row)
        if self._on_row is not None:
            self._on_row(row, self.progress)

    def _row(self, worker: str, unit: Unit, outcome: Outcome) -> CampaignRow:
        document = unit.document
        return CampaignRow(
            digest=unit.digest,
            document=document.name,
            copies=list(document.copies),
            source=document.source,
            sha256=document.sha256,
            name=unit.question.name,
            question=unit.question.question,
            type=unit.question.type,
            model=self._model,
            seed=unit.seed,
            worker=worker,
            **outcome.fields,
        )
