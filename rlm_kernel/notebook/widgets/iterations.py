"""The rows of a run in progress: one per iteration, with its sub-calls, and sub-runs with rows of their own.

A widget whose HTML is set anew forgets what the user has unfolded in it. So each row is several widgets: the one with
its `<details>` never changes and the body beside it is shown or hidden by a rule of the style sheet (`STYLE`); and what
can be unfolded inside of the body is written once. The page stays small: old rows become one line, then nothing, and
only so many sub-calls are listed; the card at the end has them again.
"""

from __future__ import annotations

from typing import Any

from ...render.escape import Markup, elide, inline, joined, markup, one_line
from ...render.html.elements import DIM, EMPTY, SUMMARY, count, folded, labelled, paragraph, pre
from ...render.html.iterations import (
    Room,
    call_html,
    code_part_html,
    iteration_html,
    output_html,
    run_html,
    said_html,
    state_html,
)
from ...render.labels import call_came, call_title, iteration_title, iteration_words, prose
from ...trace import Call, Iteration
from ..live_state import Underway
from .kit import Kit

MAX_ROWS = 40
MAX_ROWS_OF_A_SUB_RUN = 5
MAX_CALLS = 60
MAX_SUB_RUNS = 8
_LINES_KEPT = 300
_PAGE = 50
_STREAMED = 3_000
_ORDER = ("reasoning", "said", "code", "calls", "output", "state")

STYLE = Markup("""<style>
.rlm-row:has(> .rlm-line .rlm-head details:not([open])) > .rlm-body { display: none; }
.rlm-live .widget-box, .rlm-live .widget-html { overflow: visible; margin: 0; height: auto; }
.rlm-live .widget-html-content { line-height: 1.5; color: var(--jp-ui-font-color1, inherit); }
.rlm-live .rlm-line { align-items: baseline; gap: 10px; }
.rlm-live .rlm-head { flex: none; }
.rlm-live .rlm-status { flex: 1 1 auto; min-width: 0; }
.rlm-live .rlm-body { border-left: 2px solid rgba(128, 128, 128, 0.4); margin: 2px 0 6px 4px; padding-left: 12px; }
.rlm-live .rlm-edit { width: 100%; }
.rlm-live .rlm-edit textarea { font-family: monospace; font-size: 12px; }
.rlm-live .rlm-ask { border: 2px solid #b58900; border-radius: 3px; padding: 6px 10px; margin: 6px 0; }
</style>""")


def small(text: str) -> Markup:
    """A line of small text."""
    return markup('<div style="{}">{}</div>', DIM, inline(text)) if text else EMPTY


def update(widget: Any, html: Markup) -> None:
    """Set a widget's HTML where it has changed: what is set is drawn anew."""
    if widget.value != html:
        widget.value = str(html)


class Fold:
    """A title that unfolds a body; `status` stands beside the title and may change."""

    def __init__(self, kit: Kit, title: str, *, opened: bool) -> None:
        self._title = title
        self._head = kit.html(self._details(opened), "rlm-head")
        self.status = kit.html(EMPTY, "rlm-status")
        self.body = kit.column([], "rlm-body")
        self.box = kit.column([kit.line([self._head, self.status], "rlm-line"), self.body], "rlm-row")

    def _details(self, opened: bool) -> Markup:
        state = Markup(" open") if opened else EMPTY
        return markup('<details{}><summary style="{}">{}</summary></details>', state, SUMMARY, inline(self._title))

    def fold(self) -> None:
        """Close it, once; from then on it is as the user leaves it."""
        self._head.value = str(self._details(False))


class Row:
    """One iteration."""

    def __init__(self, kit: Kit, index: int, runs: list[int]) -> None:
        self._whole, self._kit = kit, kit.branch()
        self.box = kit.column([])
        self._runs = runs
        self._fold = Fold(self._kit, f"Iteration {index}", opened=True)
        self.box.children = [self._fold.box]
        self._parts: dict[str, Any] = {}
        self._calls: Calls | None = None
        self._newest = True

    def draw(self, turn: Iteration, run: Underway, place: int, newest: bool) -> None:
        """Bring the row up to date."""
        asking = newest and run.phase in ("asking the model", "the model is reasoning", "the model is writing")
        under_way = newest and not turn.seconds
        told = [run.phase, *iteration_words(turn, said=False)] if under_way else iteration_words(turn)
        update(self._fold.status, small(" · ".join(told)))
        drawn = _streaming(turn) if asking else _finished(turn, under_way)
        drawn["output"] = output_html(turn)
        drawn["state"] = state_html(turn)
        for name, html in drawn.items():
            if name in self._parts:
                update(self._parts[name], html)
            elif html:
                self._parts[name] = self._kit.html(html)
        if turn.calls or place in run.places.values():
            self._calls = self._calls or Calls(self._kit, self._runs)
            self._calls.draw(turn.calls, run, place)
            self._parts["calls"] = self._calls.box
        order = [self._parts[name] for name in _ORDER if name in self._parts]
        if list(self._fold.body.children) != order:
            self._fold.body.children = order
        if self._newest and not newest:
            self._newest = False
            self._fold.fold()

    def shrink(self, turn: Iteration) -> None:
        """Become one line."""
        old, self._kit = self._kit, self._whole.branch()
        self.box.children = [self._kit.html(small(iteration_title(turn)))]
        self._forget(old)

    def vanish(self) -> None:
        """Become nothing; its place in the list stays, so that its neighbours are not drawn anew."""
        self.box.children = []
        self._forget(self._kit)

    def _forget(self, kit: Kit) -> None:
        self.forget()
        self._parts.clear()
        kit.close()

    def forget(self) -> None:
        """Its sub-runs are no longer shown."""
        if self._calls is not None:
            self._calls.forget()
            self._calls = None


class Past:
    """An iteration that had ended before it was drawn at all: written once, in one piece."""

    def __init__(self, kit: Kit, turn: Iteration) -> None:
        self._kit = kit.branch()
        self.box = self._kit.html(iteration_html(turn, Room(12_000)))

    def draw(self, turn: Iteration, run: Underway, place: int, newest: bool) -> None:
        """Nothing of it changes any more."""

    def shrink(self, turn: Iteration) -> None:
        """Become one line."""
        self.box.value = str(small(iteration_title(turn)))

    def vanish(self) -> None:
        """Become nothing."""
        self.box.value = ""

    def forget(self) -> None:
        """It has no sub-runs."""


def _streaming(turn: Iteration) -> dict[str, Markup]:
    """The model's words as they come: their end, where they are long."""
    drawn = {}
    if turn.reasoning:
        drawn["reasoning"] = labelled("Reasoning", pre(_tail(turn.reasoning), _STREAMED))
    if turn.reply:
        drawn["said"] = paragraph(_tail(turn.reply))
    return drawn


def _tail(text: str) -> str:
    return text if len(text) < _STREAMED else "… " + text[-_STREAMED + 100 :]


def _finished(turn: Iteration, under_way: bool) -> dict[str, Markup]:
    """What the model said, whole; its code, if there is any, has a part of its own as soon as it runs."""
    reasoning = folded("Reasoning", pre(turn.reasoning, 4_000)) if turn.reasoning else EMPTY
    if under_way and turn.code is None:
        said = paragraph(elide(prose(turn.reply), 4_000))
    else:
        said = said_html(turn.model_copy(update={"reasoning": ""}))
    return {"reasoning": reasoning, "said": said, "code": code_part_html(turn)}


class Calls:
    """The sub-calls of one iteration: those that have ended, each written once, and what is in flight."""

    def __init__(self, kit: Kit, runs: list[int]) -> None:
        self._kit, self._runs = kit, runs
        self.box = kit.column([])
        self._note = kit.html(EMPTY)
        self._listed: list[Any] = []
        self._seen = self._shown = 0
        self._sub_runs: dict[int, SubRun] = {}

    def draw(self, ended: list[Call], run: Underway, place: int) -> None:
        """Add what has ended since, and bring sub-runs up to date."""
        before = len(self._listed)
        for identity, inner in run.runs.items():
            if run.places.get(identity) == place:
                self._draw_run(identity, inner)
        fresh = []
        for call in ended[self._seen :]:
            if known := self._sub_runs.pop(call.id, None):
                known.finish(call)
                self._runs.remove(call.id)
            elif self._shown < MAX_CALLS:
                self._shown += 1
                fresh.append(call_html(call, Room(12_000)))
        self._seen = len(ended)
        if fresh:
            self._listed.append(self._kit.html(joined(fresh)))
        update(self._note, self._note_html(ended, run, place))
        if len(self._listed) != before or not self.box.children:
            self.box.children = [*self._listed, self._note]

    def _draw_run(self, identity: int, inner: Underway) -> None:
        if identity not in self._sub_runs:
            # Those beyond are in the line below; each of them is shown when it has ended.
            if len(self._runs) >= MAX_SUB_RUNS or self._shown >= MAX_CALLS:
                return
            self._shown += 1
            self._runs.append(identity)
            self._sub_runs[identity] = made = SubRun(self._kit, inner, self._runs)
            self._listed.append(made.box)
        self._sub_runs[identity].draw(inner)

    def _note_html(self, ended: list[Call], run: Underway, place: int) -> Markup:
        flying = [run.calls[identity] for identity, where in run.places.items() if where == place]
        flying = [call for call in flying if call.id not in self._sub_runs]
        lines = [small(f"… {call.kind}: {one_line(call.prompt, 100)}") for call in flying[:4]]
        if len(flying) > 4:
            lines.append(small(f"… and {len(flying) - 4:,} more in flight"))
        hidden = len(ended) + len(self._sub_runs) - self._shown
        if hidden > 0:
            failed = sum(call.error is not None for call in ended)
            told = f"{count(hidden, 'more sub-call')} have ended" + (f"; {failed:,} of all failed" if failed else "")
            lines.append(small(told))
        return joined(lines)

    def forget(self) -> None:
        """The sub-runs are no longer shown."""
        for identity, sub_run in self._sub_runs.items():
            sub_run.forget()
            self._runs.remove(identity)
        self._sub_runs.clear()


class SubRun:
    """A sub-run in flight: rows of its own; when it has ended, its trace, written once."""

    def __init__(self, kit: Kit, run: Underway, runs: list[int]) -> None:
        self._kit = kit
        self._inner = kit.branch()
        title = f"rlm_query · {one_line(run.trace.question or 'a sub-run', 90)}"
        self._fold = Fold(kit, title, opened=False)
        self.box = self._fold.box
        self._rows = Rows(self._inner, runs, MAX_ROWS_OF_A_SUB_RUN)
        self._fold.body.children = [self._rows.box]

    def draw(self, run: Underway) -> None:
        """Bring it up to date."""
        turns = f"iteration {len(run.trace.iterations)} of {run.max_iterations}" if run.trace.iterations else ""
        calls = f"sub-calls {run.total_done} of {run.total_begun}" if run.total_begun else ""
        update(self._fold.status, small(" · ".join(part for part in (turns, run.phase, calls) if part)))
        self._rows.draw(run)

    def finish(self, call: Call) -> None:
        """Show the call's record."""
        update(self._fold.status, small(f"{call_title(call)} -> {call_came(call)}"))
        body = run_html(call.trace, Room(20_000)) if call.trace is not None else call_html(call, Room(4_000))
        self._fold.body.children = [self._kit.html(body)]
        self.forget()
        self._inner.close()

    def forget(self) -> None:
        """The sub-runs inside of it are no longer shown."""
        self._rows.forget()


class Rows:
    """All rows of one run. `runs` are the sub-runs of the whole tree that are shown with rows of their own."""

    def __init__(self, kit: Kit, runs: list[int], most: int) -> None:
        self._kit, self._runs, self._most = kit, runs, most
        self._hidden = kit.html(EMPTY)
        self.box = kit.column([self._hidden])
        self._pages: list[Any] = []
        self._rows: dict[int, Row | Past] = {}
        self._lines: list[Row | Past] = []

    def draw(self, run: Underway) -> None:
        """Bring the rows that changed up to date, and make room."""
        turns = run.trace.iterations
        hidden = max(len(turns) - self._most, 0)
        changed, run.changed = run.changed, set()
        for place in sorted(changed):
            if place >= hidden or place in self._rows:
                newest = place == len(turns) - 1
                if place not in self._rows:
                    self._add(place, turns[place], newest)
                self._rows[place].draw(turns[place], run, place, newest)
        for place in [place for place in self._rows if place < hidden]:
            row = self._rows.pop(place)
            row.shrink(turns[place])
            self._lines.append(row)
        while len(self._lines) > _LINES_KEPT:
            self._lines.pop(0).vanish()
        if hidden:
            told = f"{count(hidden, 'earlier iteration')} folded away until the end"
            update(self._hidden, small(told))

    def forget(self) -> None:
        """The sub-runs are no longer shown."""
        for row in self._rows.values():
            row.forget()

    def _add(self, place: int, turn: Iteration, newest: bool) -> None:
        row = Row(self._kit, turn.index, self._runs) if newest else Past(self._kit, turn)
        self._rows[place] = row
        # Pages keep the list of children short, which is sent whole with each row that is added.
        if not self._pages or len(self._pages[-1].children) >= _PAGE:
            self._pages.append(self._kit.column([]))
            self.box.children = [self._hidden, *self._pages]
        self._pages[-1].children = [*self._pages[-1].children, row.box]
