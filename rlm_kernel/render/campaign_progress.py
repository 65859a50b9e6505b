"""How far many runs are, in a terminal: a live line with a bar, rate, spend and estimate; elsewhere a line at times.

It knows the figures by a protocol and no campaign.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from rich.live import Live
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from .terminal import console

# Elsewhere than on a terminal there is a line for each twentieth of the work.
_LINES = 20


class Figures(Protocol):
    """How far it is; `campaign.CampaignProgress` is one."""

    @property
    def total(self) -> int: ...

    @property
    def done(self) -> int: ...

    @property
    def skipped(self) -> int: ...

    @property
    def statuses(self) -> Mapping[str, int]: ...

    @property
    def spent(self) -> Any:
        """With `calls`, `tokens` and `cost`."""

    @property
    def rate(self) -> float | None: ...

    @property
    def seconds_left(self) -> float | None: ...

    @property
    def cost_in_all(self) -> float | None: ...


class ProgressBar:
    """Shows figures; a context manager. `limit` is what the whole may cost, None where that is not limited."""

    def __init__(self, stream: TextIO, *, limit: float | None = None) -> None:
        self._console = console(stream)
        self._limit = limit
        self._lines = 0
        self._live = Live(console=self._console, transient=True, refresh_per_second=4, redirect_stdout=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def update(self, figures: Figures) -> None:
        """Show these figures."""
        text = progress_text(figures, self._limit)
        try:
            if self._console.is_terminal:
                grid = Table.grid(padding=(0, 1))
                grid.add_row(Bar(total=figures.total, completed=figures.done, width=24), Text(text, style="dim"))
                self._live.update(grid)
                return
            twentieth = _LINES * figures.done // max(1, figures.total)
            if twentieth > self._lines or figures.done == figures.total:
                self._lines = twentieth
                self._console.print(Text(text), soft_wrap=True)
        except OSError:
            self._console.quiet = True  # the rows are still wanted, the progress is not


def progress_text(figures: Figures, limit: float | None = None) -> str:
    """One line: how many are done, at which rate, what they took, and what is still to come."""
    parts = [f"{figures.done:,} of {figures.total:,}"]
    if figures.rate is not None:
        parts.append(f"{figures.rate:,.0f} a minute" if figures.rate >= 1 else f"{60 * figures.rate:,.1f} an hour")
    spent = figures.spent
    money = ""
    if spent.cost:
        most = "" if limit is None else f" of {limit:g}"
        whole = "" if figures.cost_in_all is None else f", about {figures.cost_in_all:.3g} in all"
        money = f", cost {spent.cost:.3g}{most}{whole}"
    parts.append(f"{spent.calls:,} calls, {spent.tokens:,} tokens{money}")
    bad = {name: count for name, count in figures.statuses.items() if name != "answered" and count}
    parts += [f"{name} {count:,}" for name, count in sorted(bad.items())]
    if figures.done < figures.total and figures.seconds_left is not None:
        parts.append(f"about {duration(figures.seconds_left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds in words that are as exact as an estimate is."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"
