"""The sub-kernel of a session: started for the first question, kept for the next ones, and always as the settings say.

A setting that the live sub-kernel cannot take over is honoured by another one, and what is lost with the old one is
said: a trace never names a setting that was not in force.
"""

from __future__ import annotations

from ..document import Document
from ..engine.factory import secrets_of, sub_kernel
from ..engine.settings import Settings
from ..engine.tools.user_tools import UserTools
from ..subkernel import SubKernel, ToolStub
from ..subkernel.base import Handler, parse_size
from ..trace import Earlier

LOST = "The sandbox was lost since the last question: its variables are gone; context and tools are back."
RESTARTED = (
    "The sandbox was started anew for other settings ({names}): its variables are gone; context and tools are back."
)


class SessionKernel:
    """One sub-kernel about `document` at a time. `handler` answers the requests of its cells.

    `variables`: name -> a short description; `before`: what a replay must do before the next question; `loss`: why
    variables were lost since the last question, "" where they were not; `tools`: the user's that the live one knows.
    """

    def __init__(self, document: Document, handler: Handler) -> None:
        self.executor: SubKernel | None = None
        self.variables: dict[str, str] = {}
        self.before = Earlier()
        self.loss = ""
        self.tools: UserTools | None = None
        self._document = document
        self._handler = handler
        self._fixed: dict[str, object] = {}
        self._longest_cell = 0.0

    async def ready(self, settings: Settings) -> SubKernel:
        """The sub-kernel with these settings in force: the live one, or a new one where it cannot have them."""
        changed = self._changed(settings)
        if self.executor is not None and changed:
            await self.executor.kill()
            self.executor = None
            self._forget(RESTARTED.format(names=", ".join(changed)))
        executor = await self.live(settings)
        executor.cell_timeout = settings.cell_timeout
        return executor

    async def live(self, settings: Settings) -> SubKernel:
        """The live sub-kernel as it is, another where it has died; with these settings where there is none yet."""
        if self.executor is None:
            tools = _tools(settings)
            executor = sub_kernel(settings, tools, self._document, self._handler)
            try:
                await executor.start()
            except BaseException:
                await executor.kill()
                raise
            self.executor, self.tools = executor, tools
            self._fixed, self._longest_cell = _fixed(settings), settings.cell_timeout
        elif await self.executor.revive():
            self._forget(LOST)
        return self.executor

    def note(self, lost: bool, variables: dict[str, str]) -> None:
        """Keep what a cell has left behind; `lost`: whether the sub-kernel was replaced meanwhile."""
        if lost:
            self._forget(LOST)
        self.variables |= variables

    async def kill(self) -> None:
        """End the sub-kernel."""
        if self.executor is not None:
            await self.executor.kill()

    def _forget(self, why: str) -> None:
        if self.variables:
            self.loss = self.loss or why
        self.variables.clear()
        self.before = Earlier()

    def _changed(self, settings: Settings) -> list[str]:
        names = [name for name, value in _fixed(settings).items() if self._fixed.get(name, value) != value]
        # The processor time that a process may use in all follows from the time limit that it was started with.
        longer = self.executor is not None and settings.cell_timeout > max(36.0, self._longest_cell)
        return [*names, *(["cell_timeout"] if longer else [])]


def _tools(settings: Settings) -> UserTools | None:
    return UserTools(settings.tools, secrets=secrets_of(settings)) if settings.tools else None


def _fixed(settings: Settings) -> dict[str, object]:
    """What a sub-kernel has for life."""
    tools = _tools(settings)
    stubs: tuple[ToolStub, ...] = tuple(tools.stubs) if tools is not None else ()
    return {
        "memory_limit": parse_size(settings.memory_limit),
        "tools": stubs,
        "allow_weak_isolation": settings.allow_weak_isolation,
        "packages": tuple(settings.packages),
        "subkernel_host": settings.subkernel_host,
        "subkernel_key": settings.subkernel_key,
    }
