"""Answers the requests of a cell that runs again from what was recorded: by order and by content, and nothing else.

No model is asked, no tool of the user's is called. A request that was not recorded ends the replay as different.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..document import Document
from ..engine.answers.final_answer import Acceptance
from ..engine.labels.book import estimated, number_of, reply_of
from ..engine.labels.book import shown as shown_estimate
from ..engine.subcalls import shown
from ..engine.trace_records import request_digest
from ..subkernel.base import Refusal
from ..trace import Call, Evidence, Iteration, Labelling, Request
from .verdicts import Unlike, cannot, diff_of

# (the call, what it was about) -> None; raises Unlike.
Deeper = Callable[[Call, Any], Awaitable[None]]

_SHORTENED = re.compile(r"\n\[… [\d,]+ (?:characters left out|more characters were not kept) …\]")


def is_shortened(text: str) -> bool:
    """Whether a text of a shortened copy was probably shortened itself."""
    return bool(_SHORTENED.search(text))


class RecordedAnswers:
    """Answers for one cell at a time. `problem` is why the replay must end, `final` the answer that was accepted (with
    its evidence), `cut` is set where the recorded cell ended while it waited for a reply."""

    def __init__(
        self,
        document: Document,
        *,
        elided: Sequence[str] = (),
        deeper: Deeper | None = None,
        labellings: Sequence[Labelling] = (),
    ) -> None:
        self.problem: Unlike | None = None
        self.final: tuple[Any, tuple[Evidence, ...]] | None = None
        self.cut = asyncio.Event()
        self._document = document
        self._elided = elided
        self._labellings = {each.id: each for each in labellings}
        self._deeper = deeper
        self._turn = Iteration(index=0)
        self._outputs: list[str] = []
        self._asked = 0
        self._used: set[int] = set()

    @property
    def unasked(self) -> int:
        """How many of the recorded requests the cell has not made."""
        return len(self._turn.requests) - self._asked

    def begin(self, turn: Iteration, outputs: list[str]) -> None:
        """The cell of this turn is about to run; `outputs` are those of the turns before."""
        self._turn, self._outputs = turn, outputs
        self._asked, self.final = 0, None
        self._used.clear()
        self.cut.clear()

    async def handle(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request. Raises Refusal; the parameters are hostile."""
        try:
            return await self._answer(method, params)
        except Unlike as error:
            self.problem = self.problem or error
            raise Refusal(f"{method}: this was not recorded") from None

    async def _answer(self, method: str, params: dict[str, Any]) -> Any:
        number = self._asked
        self._asked += 1
        if number >= len(self._turn.requests):
            raise self._differs(f"the code asks for one {method} more than was recorded", "", _asked(method, params))
        wanted = self._turn.requests[number]
        if wanted.method != method or wanted.sha256 not in (request_digest(params), _digest_of_0_1(method, params)):
            recorded = "\n".join(call.prompt for call in self._calls(wanted)) or wanted.method
            reason = f"request {number + 1} of the code is not the recorded one"
            raise self._differs(reason, recorded, _asked(method, params))
        if wanted.cut:
            self.cut.set()
            await asyncio.Event().wait()
        if wanted.refusal is not None:
            raise Refusal(wanted.refusal)
        return await self._reply(method, params, wanted)

    async def _reply(self, method: str, params: dict[str, Any], wanted: Request) -> Any:
        if method == "final":
            acceptance = Acceptance(self._document, None)
            acceptance.accept(params.get("value"), params.get("evidence"), "", None)
            self.final = acceptance.accepted
            return True
        if method == "history":
            return self._outputs[params["turn"] - 1]
        if method == "label":
            return reply_of(self._labelling(number_of(params)))
        if method == "estimate":
            return [shown_estimate(each) for each in estimated(list(self._labellings.values()), params)]
        calls = self._calls(wanted)
        if method == "tool":
            return {"value": json.loads(self._response(self._one(calls, method, None)))}
        if method in ("llm_query", "llm_query_batched"):
            made = [self._one(calls, method, prompt) for prompt in params["prompts"]]
            return [self._value(call) for call in made]
        if method in ("rlm_query", "rlm_query_batched"):
            return await self._runs(method, params["pairs"], calls)
        raise cannot(f"nobody knows what the request {method!r} was answered")

    def _labelling(self, number: int) -> Labelling:
        """The record of labels and checks; estimates are reckoned from it again."""
        if (labelling := self._labellings.get(number)) is None:
            raise cannot(f"the labels that iteration {self._turn.index} asked for are not in this copy of the trace")
        return labelling

    async def _runs(self, method: str, pairs: list[Any], calls: list[Call]) -> dict[str, Any]:
        made = [self._one(calls, method, question) for question, _ in pairs]
        for call, (_, part) in zip(made, pairs, strict=True):
            if self._deeper is not None and call.trace is not None:
                await self._deeper(call, part)
        notes = dict.fromkeys(f"{method}: {call.note}" for call in made if call.note)
        return {"values": [self._value(call) for call in made], "notes": list(notes)}

    def _calls(self, wanted: Request) -> list[Call]:
        return [call for call in self._turn.calls if call.id in wanted.calls]

    def _one(self, calls: list[Call], method: str, prompt: str | None) -> Call:
        """The next call that was made of this: of a batch, the order in which they began may be another."""
        left = [call for call in calls if call.id not in self._used and call.kind == method]
        if prompt is not None and "prompt" not in self._elided:
            left = [call for call in left if call.prompt == shown(prompt)]
        if not left:
            recorded = "\n".join(call.prompt for call in calls)
            raise self._differs(f"a call of {method} is not among the recorded ones", recorded, prompt or "")
        self._used.add(left[0].id)
        return left[0]

    def _value(self, call: Call) -> Any:
        if call.error is not None:
            return f"[error: {call.error}]"
        return self._response(call) if call.trace is None else _value_of_run(call.response, call.trace.value)

    def _response(self, call: Call) -> str:
        if call.response is None:
            raise cannot(f"the reply to call {call.id} was not recorded")
        if "response" in self._elided and is_shortened(call.response):
            raise cannot(f"this copy of the trace has the reply to call {call.id} only in part: give the whole trace")
        return call.response

    def _differs(self, reason: str, recorded: str, came: str) -> Unlike:
        return Unlike("differs", reason, iteration=self._turn.index, diff=diff_of(recorded, came))


def _value_of_run(response: str | None, value: Any) -> Any:
    """The value of a sub-run, with the keys of its dicts in their order, which notebooks do not keep."""
    try:
        made = json.loads(response or "")
    except ValueError:
        return value
    return made if made == value else value


def _digest_of_0_1(method: str, params: dict[str, Any]) -> str | None:
    """The digest that 0.1.0 recorded: its evidence was line numbers, also where there are several documents."""
    evidence = params.get("evidence")
    if method != "final" or not isinstance(evidence, list):
        return None
    lines = [row[1] if isinstance(row, list) and len(row) == 3 and row[1] == row[2] else row for row in evidence]
    return request_digest(params | {"evidence": lines})


def _asked(method: str, params: dict[str, Any]) -> str:
    if isinstance(prompts := params.get("prompts"), list):
        return "\n".join(map(str, prompts))
    told = {name: value for name, value in params.items() if name != "line"}
    return f"{method} {json.dumps(told, ensure_ascii=False)}"
