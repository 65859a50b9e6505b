"""Where runs happen: what every executor offers, and the one that runs them in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from .accounts import Accounts
from .runtime import Runtime
from .tasks import CampaignTask, Outcome

if TYPE_CHECKING:
    from ..api.rlm import RLM

HERE = "here"


class WorkerLost(Exception):
    """The worker of a task is gone, and with it whatever it had not told."""


class CampaignExecutor(Protocol):
    """Runs tasks on workers, and takes what is needed for that: an async context manager.

    `settings` are what its tasks must carry.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def settings(self) -> Mapping[str, object]:
        """The settings that a task must carry."""

    def slots(self) -> Mapping[str, int]:
        """The workers that there are now, and how many runs each takes at once."""

    async def run(self, task: CampaignTask) -> Outcome:
        """Run a task on its worker. Raises WorkerLost, and CampaignError where nothing can run any more."""


class InProcess:
    """Runs tasks on this event loop, so many at once."""

    def __init__(self, rlm: RLM, accounts: Accounts, *, workers: int, folder: Path | None) -> None:
        self.settings: Mapping[str, object] = {}
        self._workers = workers
        # All calls of one process to an endpoint share its pace already.
        self._runtime = Runtime(rlm, folder=folder, grow=accounts.grow, on_pause=lambda _model, _seconds: None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runtime.aclose()

    def slots(self) -> Mapping[str, int]:
        """This process."""
        return {HERE: self._workers}

    async def run(self, task: CampaignTask) -> Outcome:
        """See `CampaignExecutor`."""
        return await self._runtime.run(task)
