"""One run: ask the model, heal its code, execute it, show it what came back, until FINAL or a limit.

An async generator of events. It knows no front end and no provider: it is given models and an executor by their
protocols. The answer is taken from the sub-kernel's FINAL request and checked here.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..document import Document
from ..document.provenance.coverage import CoverageTracker
from ..models import Message, Model, ModelError, Reply
from ..subkernel.base import Execution, Executor, Refusal
from ..subkernel.errors import IsolationError
from ..subkernel.inside.policy import ALLOWED_TOP_LEVEL
from ..subkernel.inside.tool_order import TOOLS
from ..trace import (
    CodeFinished,
    CodeStarted,
    Confidence,
    Event,
    Evidence,
    Grounding,
    Inherited,
    IterationFinished,
    IterationStarted,
    ReplyFinished,
    RunFinished,
    RunStarted,
    Searched,
    Span,
    Status,
    Trace,
    TraceBuilder,
    TreeUsage,
)
from .answers.final_answer import Acceptance
from .answers.literals import printed_value
from .answers.schema import schema_of
from .answers.search_advice import (
    instead_of,
    is_want_of_rows,
    may_replace,
    patterns_of,
    with_groups_in_range,
    with_named_constants,
    with_whole_pattern,
)
from .budget import BudgetExceeded
from .cancellation import Stopped, Stopper
from .cell import executed, reviewed
from .grounding import RULES, Groundings
from .grounding.code_names import variables_of
from .prompt import prompt, rlm_dialect
from .prompt.history import History
from .quotations import Quotations
from .repair import FOREIGN, FORM, CodeBlock, Healed, advice, find_code, heal_block, replaced
from .root_model import RootModel, Sampling
from .run_settings import RunSettings
from .run_tree import Asked, RunTree
from .subcalls import Asker, SubCalls
from .trace_records import RequestLog, coverage_record, document_info, inherited_by, note_cell, versions_of
from .verify.confidence import confidence_of, mark_of, replies_computed_with
from .verify.unsaid_words import unsaid_words

if TYPE_CHECKING:
    from .rows.form_notes import Told
    from .tools.user_tools import UserTools
    from .verify.solves import Verdict, Verifier

_LAST_SECONDS = 60.0
_MAX_DOCUMENTS = 1_000
_FEW_CALLS = 20
_TOLD_ESTIMATES = 10
# Bytes of a document that are searched without a thread.
_LARGE = 8 << 20
_CHANGED = "THE DOCUMENT WAS CHANGED while the run was under way: do not rely on this answer, and report how it came."
_UNCHECKED = "Computed from replies of a sub-model ({:,}), which nothing has checked: label(...) can have some checked."


class Run:
    """One run. Give `handle` to the executor as the handler of its requests, then iterate over `events`.

    `stop`: setting it ends the run soon, with the closing events. `error` is that of a failed run: a ModelError, or an
    IsolationError where a sub-kernel was lost and there is no other.
    """

    def __init__(
        self,
        question: str,
        document: Document,
        *,
        model: Model,
        sub_model: Model,
        settings: RunSettings,
        tree: RunTree,
        stop: asyncio.Event,
        tools: UserTools | None = None,
        depth: int = 0,
        sent: Callable[[str], None] = lambda _prompt: None,
        check_model: Model | None = None,
        verify_model: Model | None = None,
    ) -> None:
        self._check_model = check_model
        self._verify_model = verify_model
        self.question = question
        self.error: ModelError | IsolationError | None = None
        self._document = document
        self._model = model
        self._sub_model = sub_model
        self._settings = settings
        self._tree = tree
        self._tools = tools
        self._depth = depth
        self._began = time.monotonic()
        self._reserve = tree.budget.open_run()
        self._stopper = Stopper(stop, tree.budget)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._coverage = CoverageTracker(document.texts)
        self._told_below = sent
        self._calls = SubCalls(self._asker(), tree, tools)
        self._acceptance = Acceptance(document, settings.answer_type, question)
        self._output_limit = self._settings.output_limit or self._usual_output_limit()
        self._mark = prompt.mark_of(document.fingerprint, question, settings.earlier)
        self._quotations = Quotations(document)
        self._announced: set[str] = set()
        self._history = History(self._opening())
        self._root = RootModel(
            model, tree, self._history, self._stopper, self._reserve, depth=depth, shown=self._was_shown
        )
        self._trace = TraceBuilder()
        self._requests = RequestLog()
        self._ran: dict[str, tuple[str, str]] = {}
        self._advised = ("", "")
        self._told: list[Told] = []
        self._is_computed = False
        self._inherited: list[Inherited] = []
        self._repeats = 0
        self._errors = 0
        self._code = ""
        self._last = False

    def _asker(self) -> Asker:
        def sent(text: str) -> None:
            self._coverage.sent(text)
            self._told_below(text)

        def sent_lines(text: str, spans: Sequence[Span]) -> None:
            for span in spans:
                self._coverage.sent_lines(span.source, span.start_line, span.end_line)
            self._told_below(text)

        return Asker(
            model=self._sub_model,
            document=self._document,
            settings=self._settings,
            depth=self._depth,
            began=self._began,
            tell=self._tell,
            sent=sent_lines,
            scanned=self._coverage.scanned,
            make_run=self._below(sent) if self._depth < self._settings.max_depth else None,
            check_model=self._check_model,
        )

    def _below(self, sent: Callable[[str], None]) -> Callable[[str, Document], Run]:
        """Makes runs one level deeper, which have no question of the user's own: no type, no review."""
        settings = replace(
            self._settings,
            examples=self._settings.sub_examples,
            dialect=self._settings.sub_dialect,
            answer_type=None,
            review=None,
            earlier="",
            before=None,
        )

        def make(question: str, document: Document) -> Run:
            return Run(
                question,
                document,
                model=self._sub_model,
                sub_model=self._sub_model,
                settings=settings,
                tree=self._tree,
                stop=asyncio.Event(),
                tools=self._tools,
                depth=self._depth + 1,
                sent=sent,
                check_model=self._check_model,
            )

        return make

    def cut_off(self) -> list[Event]:
        """What a trace still lacks of a run that was cancelled: the reply that was under way, or what its cell has
        told last, such as the calls that were cancelled with it. Given once."""
        made: list[Event] = [cut] if (cut := self._root.cut_off) is not None else []
        while not self._events.empty():
            made.append(self._events.get_nowait())
        return made

    def close(self) -> None:
        """Give back what the run has kept of the budget. May be called twice."""
        self._reserve.release()

    async def events(self, executor: Executor) -> AsyncGenerator[Event, None]:
        """All events of the run, RunStarted first, RunFinished last."""
        try:
            async with aclosing(self._all(executor)) as events:
                async for event in events:
                    self._trace.feed(event)
                    yield event
        finally:
            self.close()

    async def _all(self, executor: Executor) -> AsyncGenerator[Event, None]:
        yield self._started(executor)
        total = self._settings.max_iterations
        status: Status = "exhausted"
        reason = f"max_iterations={total}: no iteration is left"
        try:
            for index in range(1, total + 1):
                async with aclosing(self._turn(executor, index, total - index)) as events:
                    async for event in events:
                        yield event
                if self._acceptance.accepted:
                    status, reason = "answered", ""
                    break
                if self._settings.max_errors is not None and self._errors >= self._settings.max_errors:
                    reason = f"max_errors={self._settings.max_errors} iterations in a row ended in an error"
                    break
        except BudgetExceeded as error:
            reason = str(error)
        except Stopped:
            status, reason = "stopped", "interrupted"
        except (ModelError, IsolationError) as error:
            status, reason, self.error = "failed", str(error), error
        if status == "exhausted":
            try:
                async with aclosing(self._last_chance(executor)) as events:
                    async for event in events:
                        yield event
            except Stopped:
                status, reason = "stopped", "interrupted"
            except BudgetExceeded as error:
                reason += "" if str(error) == reason else f"; {error}"
            except IsolationError as error:
                reason += f"; asked for its best answer, it had no sub-kernel: {error}"
            except ModelError as error:
                reason += f"; asked for its best answer, the model failed: {error}"
        value, evidence = self._acceptance.accepted or (None, ())
        grounded = await self._grounded(value, evidence)
        verifier: Verifier | None = None
        if status == "answered" and self._settings.verify and not self._depth:
            # This run needs no last answer any more: what was kept for it is for the others.
            self._reserve.release()
            verifier = self._verifier(self._settings.verify)
            first = self._answered_trace(value, evidence, grounded)
            follow_up = bool(self._settings.earlier)
            async with aclosing(verifier.events(first, follow_up=follow_up)) as events:
                async for event in events:
                    yield event
        yield await self._finished(executor, status, reason, grounded, verifier.verdict if verifier else None)

    def _verifier(self, mode: str) -> Verifier:
        model = self._verify_model or self._model
        seed = self._settings.seed or 0

        def make(question: str, number: int) -> Run:
            shown = self._settings.shown | {"seed": seed + number, "verify": None, "min_confidence": None}
            settings = replace(
                self._settings, seed=seed + number, verify=None, min_confidence=None, before=None, shown=shown
            )
            return Run(
                question,
                self._document,
                model=model,
                sub_model=self._sub_model,
                settings=settings,
                tree=self._tree,
                stop=self._stopper.stop,
                tools=self._tools,
                check_model=self._check_model,
            )

        from .verify.solves import Verifier

        return Verifier(
            mode,
            self.question,
            self._document,
            tree=self._tree,
            make=make,
            model=model.name,
            index=self._trace.trace.iterations[-1].index,
            mark=self._mark,
            began=self._began,
            # A small model is no judge of the long derivations that it would be shown.
            reconciles=self._verify_model is not None or not self._settings.examples,
        )

    def _answered_trace(self, value: Any, evidence: tuple[Evidence, ...], grounded: Groundings) -> Trace:
        """The trace as it is when the run has its own answer."""
        update = {
            "status": "answered",
            "value": value,
            "evidence": list(evidence),
            "grounding": list(grounded),
            "row_conditions": grounded.conditions,
            "estimates": list(self._calls.labels.estimates),
        }
        return self._trace.trace.model_copy(update=update)

    def _was_shown(self, told: str) -> None:
        self._coverage.shown(told)
        if self._depth:
            self._told_below(told)

    def _opening(self) -> list[Message]:
        return prompt.opening(
            self.question,
            self._document,
            budget=self._allowance(),
            examples=self._settings.examples,
            dialect=self._settings.dialect,
            answer_schema=schema_of(self._settings.answer_type),
            recursive=self._depth < self._settings.max_depth,
            tools=self._tools.stubs if self._tools is not None else (),
            earlier=self._settings.earlier,
            packages=self._settings.packages,
        )

    def _usual_output_limit(self) -> int:
        if self._settings.dialect == "rlm":
            return rlm_dialect.OUTPUT_CHARS
        return prompt.output_limit(self._model.context_window, small=self._model.small)

    def _allowance(self) -> prompt.PromptBudget:
        return prompt.PromptBudget(
            iterations=min(self._settings.max_iterations, self._tree.budget.free_calls),
            calls=self._calls_to_tell(),
            output_chars=self._output_limit,
            call_chars=prompt.call_chars(self._sub_model.context_window),
            mark=self._mark,
        )

    def _calls_to_tell(self) -> int | None:
        """The calls that are left. Of a sub-run not while there are many: the same sub-run again is asked only once."""
        calls = self._tree.budget.free_calls
        varies = self._depth or self._tree.keeps_replies
        return None if varies and calls > _FEW_CALLS else calls

    def _started(self, executor: Executor) -> RunStarted:
        return RunStarted(
            question=self.question,
            model=self._model.name,
            sub_model=self._sub_model.name if self._sub_model is not self._model else None,
            depth=self._depth,
            settings=self._settings.shown,
            documents=tuple(document_info(text) for text in self._document.texts[:_MAX_DOCUMENTS]),
            shape=self._document.shape,
            fingerprint=self._document.fingerprint,
            determinism=executor.determinism(),
            earlier=self._settings.before,
            isolation=executor.isolation_report(),
            notices=self._notices(),
            versions=versions_of(executor.isolation_report(), self._settings.versions),
        )

    def _notices(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                [*self._model.notices, *self._sub_model.notices, *self._document.remarks, *self._tree.remarks]
            )
        )

    async def _finished(
        self, executor: Executor, status: Status, reason: str, grounded: Groundings, verdict: Verdict | None
    ) -> RunFinished:
        value, evidence = self._acceptance.accepted or (None, ())
        grounding: tuple[Grounding, ...] = tuple(grounded)
        unchanged = await executor.unchanged()
        covered = await asyncio.to_thread(self._coverage.report)
        best_guess = status == "exhausted" and self._acceptance.accepted is not None
        verification = None if verdict is None else verdict.verification
        if verdict is not None and not verdict.own:
            value, evidence, grounding = verdict.value, (), verdict.grounding
            grounded.conditions = None  # they are of the code whose value was replaced
            if verdict.withheld:
                status, reason = "disputed", verdict.verification.text
        confidence: Confidence | None = None
        replies = 0
        if not self._depth and (status == "answered" or best_guess):
            update = {"value": value, "best_guess": best_guess, "unchanged": unchanged, "verification": verification}
            seen = self._answered_trace(value, evidence, grounded).model_copy(
                update=update | {"grounding": list(grounding)}
            )
            replies = replies_computed_with(seen)
            weights = self._model.pinned_weights
            # Of weights of which nothing was measured, large models among them, these words tell nothing.
            asked = (self.question, self._document, seen)
            unsaid = await asyncio.to_thread(unsaid_words, *asked) if weights is not None else []
            least = self._settings.min_confidence
            confidence = confidence_of(seen, least=least, weights=weights, unsaid=unsaid)
            if confidence.least is not None and confidence.score < confidence.least:
                status, best_guess = "uncertain", False
                reason = f"not certain enough: {confidence.reason}, below min_confidence={confidence.least:g}"
                confidence.withheld, value, evidence, grounding = value, None, (), ()
        return RunFinished(
            status=status,
            value=value,
            reason=reason,
            best_guess=best_guess,
            evidence=evidence,
            grounding=grounding,
            grounding_rules=RULES,
            row_conditions=grounded.conditions,
            usage=TreeUsage.of(self._trace.trace.calls),
            seconds=round(time.monotonic() - self._began, 3),
            notices=(
                *((_CHANGED,) if unchanged is False else ()),
                *self._notices(),
                *self._acceptance.remarks,
                *filter(None, [mark_of(confidence)] if confidence is not None and status == "answered" else []),
                *filter(None, [grounded.remark]),
                *([_UNCHECKED.format(replies)] if replies else []),
                *(f"Rows: {condition.told}." for condition in grounded.conditions or ()),
                *(estimate.text for estimate in self._calls.labels.estimates[:_TOLD_ESTIMATES]),
                *((verification.text,) if verification is not None and status != "disputed" else ()),
            ),
            labellings=tuple(self._calls.labels.labellings),
            estimates=tuple(self._calls.labels.estimates),
            verification=verification,
            confidence=confidence,
            unchanged=unchanged,
            coverage=coverage_record(covered, self._inherited),
        )

    async def _grounded(self, value: Any, evidence: tuple[Evidence, ...]) -> Groundings:
        """Where the answer's values come from; of a sub-run's answer nobody asks."""
        if not self._acceptance.accepted or self._depth:
            return Groundings()
        return await asyncio.to_thread(self._grounded_now, value, evidence)

    def _grounded_now(self, value: Any, evidence: tuple[Evidence, ...]) -> Groundings:
        from .grounding import ground, row_conditions

        trace = self._trace.trace
        grounded = ground(value, self._document, trace, evidence=evidence)
        grounded.conditions = row_conditions(self.question, self._document, trace, value)
        return grounded

    async def _last_chance(self, executor: Executor) -> AsyncGenerator[Event, None]:
        """One more turn for the best answer so far: outside the limits, but inside that of calls and a deadline."""
        self._last = True
        budget = self._tree.budget
        limit = budget.limits.max_seconds
        grace = _LAST_SECONDS if limit is None else min(_LAST_SECONDS, max(limit / 2, limit - budget.seconds))
        self._stopper.grant(grace)
        self._history.ask(prompt.LAST_CHANCE)
        async with aclosing(self._turn(executor, len(self._trace.trace.iterations) + 1, 0)) as events:
            async for event in events:
                yield event

    async def _turn(self, executor: Executor, index: int, left: int) -> AsyncGenerator[Event, None]:
        began, settings = time.monotonic(), self._settings
        yield IterationStarted(index, settings.max_iterations, round(began - self._began, 3))
        notes = await self._root.fit()
        sampling = Sampling(settings.temperature, settings.seed, settings.max_reply_tokens, self._repeats)
        reply: Reply | None = None
        # The last reply calls FINAL, whatever the search would be.
        told_last, self._told = (self._told if left > 0 else []), []
        replying = self._root.reply(
            index,
            sampling,
            last=self._last,
            notes=notes,
            question=self.question,
            forms=told_last,
            whole=self._first_reply(index, left),
            call=prompt.ANSWER if self._is_computed and left > 0 else "",
        )
        self._is_computed = False
        async with aclosing(replying) as answer:
            async for made in answer:
                if isinstance(made, Asked):
                    reply = made.reply
                    yield ReplyFinished(index, reply.text, reply.reasoning, reply.usage, made.cached)
                else:
                    yield made
        assert reply is not None
        block = await self._code_of(reply.text)
        advice = ""
        forms: list[str] = []
        (failed, better), self._advised = self._advised, ("", "")
        try:
            if block.kind == "none":
                notes.append(prompt.no_code(block.doubt))
                self._errors += 1
            else:
                healed = heal_block(block, allowed=ALLOWED_TOP_LEVEL, variables=self._variables())
                better, kind = self._in_its_place(healed, better if healed.code == failed else "")
                if better:
                    healed = replaced(healed, better, kind)
                    notes.append(prompt.ran_instead(better))
                advice = self._advice_of(healed)
                if healed.left_out is not None:
                    notes.append(prompt.left_out(healed.left_out))
                async with aclosing(self._execute(executor, index, healed, notes)) as events:
                    async for event in events:
                        yield event
                self._told = await self._forms_found()
                forms = [each.note for each in self._told]
                codes = [code for each in self._told for code in each.beginnings.values()]
                self._acceptance.patterns += prompt.patterns_in([*forms, *codes])
            if block.skipped and not self._acceptance.accepted:
                notes.append(prompt.FIRST_ONLY if settings.examples else prompt.INVENTED)
        finally:
            turn = self._trace.trace.iterations[-1]
            looked = settings.examples and index == 1
            # Code that began with the search that it was told has said something: it was asked for no more.
            is_done = any(each.beginnings for each in told_last) and turn.error is None and bool(turn.output.strip())
            self._is_computed = is_done and not prompt.may_go_on(self.question)
            told = prompt.observation(
                turn,
                advice,
                [*notes, prompt.conditions(self.question)] if looked else notes,
                min(left, self._tree.budget.free_calls),
                self._output_limit,
                mark=self._mark,
                calls=self._calls_to_tell(),
                dialect=settings.dialect,
                forms=forms,
            )
            notes += forms
            self._quotations.add(turn.output)
            is_repeated = self._repeats_last() or any(repair.kind == "pattern-replaced" for repair in turn.repairs)
            add = self._history.add_repeated if settings.examples and is_repeated else self._history.add
            add(index, reply.text, told)
        spent = sum((call.usage for call in turn.calls), turn.model_usage)
        yield IterationFinished(index, spent, round(time.monotonic() - began, 3), tuple(notes))

    def _first_reply(self, index: int, left: int) -> str:
        """What the first reply of a small model is, where it is not the last one too."""
        is_small = self._settings.examples and self._settings.dialect == "own"
        return prompt.first_reply(self.question, self._document) if index == 1 and is_small and left > 0 else ""

    async def _forms_found(self) -> list[Told]:
        """What a small model is told, once, of the lines that its first code has found."""
        if self._acceptance.accepted or not self._settings.examples or self._settings.dialect != "own":
            return []
        turns = self._trace.trace.iterations
        if [turn for turn in turns if turn.executed and turn.code is not None] != turns[-1:]:
            return []
        found = [(span.source, span.start_line) for span in turns[-1].spans if span.tool == "search"]
        return await asyncio.to_thread(prompt.forms, self.question, self._document, found)

    def _repeats_last(self) -> bool:
        """Whether the last iteration ran the code of the one before it, with the same result."""
        turns = self._trace.trace.iterations[-2:]
        first, last = (turns[0], turns[-1])
        same = (first.code, first.output, first.error) == (last.code, last.output, last.error)
        return first is not last and last.code is not None and same

    async def _code_of(self, reply: str) -> CodeBlock:
        """The code of a reply that is the model's own. A large document is searched in a thread."""
        find = functools.partial(
            find_code,
            reply,
            quoted=self._quotations.holds,
            first_only=self._settings.examples,
            every=self._settings.dialect == "rlm",
            tools=TOOLS,
        )
        large = sum(len(text.data) for text in self._document.texts) > _LARGE
        return await asyncio.to_thread(find) if large else find()

    def _insists(self) -> bool:
        """Whether code that is sent again may run with the pattern that the model was told.

        Small models send their own code again whatever they are told. Who reviews code says what runs, and what an
        earlier question has left may be anything.
        """
        before = self._settings.before
        is_first = before is None or not (before.digest or before.cells)
        return bool(self._settings.examples) and self._settings.review is None and is_first

    def _in_its_place(self, healed: Healed, advised: str) -> tuple[str, str]:
        """Code that runs in place of a small model's own, "" where that runs itself, and the kind of repair: what it
        was `advised` to run; or the same code, which asks for a group that its pattern does not have, searches for the
        beginning of a pattern that it was told, or asks for what its pattern has without a group."""
        if advised or not self._insists() or healed.error is not None:
            return advised, "pattern-replaced"
        for kind, better in (
            ("group-replaced", with_groups_in_range(healed.code)[0]),
            ("pattern-completed", with_whole_pattern(healed.code, self._acceptance.patterns)),
            ("pattern-completed", with_named_constants(healed.code)),
        ):
            names = {"tools": self._user_tools(), "variables": self._variables()}
            if better and may_replace(healed.code, better, **names):
                return better, kind
        return "", ""

    def _user_tools(self) -> set[str]:
        return {stub.name for stub in self._tools.stubs} if self._tools is not None else set()

    def _variables(self, *, before: int = 0) -> set[str]:
        """The names that the cells so far have defined, the last `before` of them left out."""
        turns = self._trace.trace.iterations
        turns = turns[: len(turns) - before]
        return {name for turn in turns for name in (*turn.variables.added, *turn.variables.changed)}

    def _advice_of(self, healed: Healed) -> str:
        """What the model is told of repairs; those of a reply's form, and of foreign names, only once."""
        once = FORM | (FOREIGN if self._settings.dialect == "own" else frozenset())
        silent = frozenset() if self._settings.dialect == "own" else FOREIGN
        repairs = [
            repair for repair in healed.repairs if repair.kind not in silent and repair.kind not in self._announced
        ]
        self._announced |= {repair.kind for repair in repairs if repair.kind in once}
        return advice(repairs)

    async def _execute(
        self, executor: Executor, index: int, healed: Healed, notes: list[str]
    ) -> AsyncGenerator[Event, None]:
        written = healed.code
        healed = await reviewed(self._settings.review, index, healed, self._stopper)
        if healed.code != written:
            notes.append(prompt.edited(healed.code))
        yield CodeStarted(index, healed.code, healed.repairs)
        self._code = healed.code
        self._acceptance.remedy, self._acceptance.has_other_rows = "", False
        if healed.error is not None:
            self._errors += 1
            yield CodeFinished(index, "", 0, healed.error, executed=False)
            return
        self._calls.index = index
        self._requests.begin()
        reason: Exception | None = None
        done = Execution()
        async with aclosing(executed(executor, index, healed.code, self._events, self._stopper)) as events:
            async for made in events:
                if isinstance(made, Execution):
                    done = made
                elif isinstance(made, Exception):
                    reason = made
                else:
                    yield made
        last_line = None if done.error is None else done.error.line
        note_cell(self._coverage, self._document, healed.code, last_line, done.spans, done.searches)
        reads, writes = variables_of(healed.code)
        self._note_inherited(reads)
        yield CodeFinished(
            index,
            done.output,
            done.output_chars,
            done.error,
            done.lost_state,
            done.variables,
            done.spans,
            self._requests.made,
            searches=done.searches,
            reads=tuple(reads),
            writes=tuple(writes),
        )
        if reason is not None and not self._acceptance.accepted:
            raise reason
        if done.error is not None:
            self._errors += 1
        elif not any(repair.kind == "pattern-replaced" for repair in healed.repairs):
            self._errors = 0
        await self._remark(done, notes)

    def _note_inherited(self, reads: Sequence[str]) -> None:
        """A variable that this run has not set itself is one of an earlier question's."""
        own = {name for turn in self._trace.trace.iterations for name in turn.writes}
        for row in inherited_by([name for name in reads if name not in own], self._settings.before):
            if row not in self._inherited:
                self._inherited.append(row)
                for first, last in row.lines:
                    self._coverage.inherited(row.source, first, last)

    async def _remark(self, done: Execution, notes: list[str]) -> None:
        if self._acceptance.accepted:
            return
        better = self._acceptance.remedy
        came = (done.output, "" if done.error is None else done.error.message)
        is_repeated = self._ran.get(self._code) == came
        missed = [search for search in done.searches if search.tool == "grep" and not search.hits]
        # A block that calls FINAL would be sent again with what it was refused for.
        if not better and missed and (is_want_of_rows(done.error) or (is_repeated and "FINAL" not in self._code)):
            better = await asyncio.to_thread(instead_of, self._code, self._document, missed)
            may_run = better and self._insists() and not _found_elsewhere(missed, done.searches)
            earlier = self._variables(before=1)
            if may_run and may_replace(self._code, better, tools=self._user_tools(), variables=earlier):
                self._advised = (self._code, better)
        other, count = "", 0
        if not better and self._settings.examples and done.error is not None and done.error.type == "IndexError":
            other, count = with_groups_in_range(self._code)
        if other:
            notes.append(prompt.with_other_group(other, count))
        elif is_repeated:
            name = None if done.error else printed_value(self._code)
            notes.append(prompt.repeated(name, patterns_of(missed), better))
        elif better:
            small = self._settings.examples
            is_other = self._acceptance.has_other_rows
            notes.append(prompt.other_rows(better, small=small) if is_other else prompt.instead(better))
        self._repeats = self._repeats + 1 if is_repeated else 0
        self._ran[self._code] = came

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request of the running cell, and note it. Raises Refusal. The parameters are hostile."""
        with self._requests.one(method, params):
            return await self._answered(method, params)

    def _tell(self, event: Event) -> None:
        self._requests.feed(event)
        self._events.put_nowait(event)

    async def _answered(self, method: str, params: dict[str, Any]) -> Any:
        if method == "final":
            doubting = not self._last and self._tree.budget.free_calls > 0
            given = (params.get("value"), params.get("evidence"), self._code, self._seen() if doubting else None)
            return await asyncio.to_thread(self._acceptance.accept, *given, unread=params.get("unread"))
        if method == "history":
            return self._output_of(params.get("turn"))
        return await self._calls.handle(method, params)

    def _seen(self) -> Trace:
        """The trace up to the cell that runs, of whose output the model has seen nothing yet."""
        trace = self._trace.trace
        return trace.model_copy(update={"iterations": trace.iterations[:-1]})

    def _output_of(self, turn: Any) -> str:
        done = self._trace.trace.iterations[:-1]
        if type(turn) is not int or not 1 <= turn <= len(done):
            raise Refusal(
                f"history: there are the iterations 1 to {len(done)}" if done else "history: there is no iteration yet"
            )
        return done[turn - 1].output


def _found_elsewhere(missed: Sequence[Searched], searches: Sequence[Searched]) -> bool:
    """Whether a pattern that had no hit in one document had some in another: a new one would lose these."""
    patterns = {search.pattern for search in missed}
    return any(search.hits and search.pattern in patterns for search in searches)
