"""Runs a comparison: every question by every model, several times, what is in the results file already left out."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..document import Document, DocumentError
from ..engine.answers import type_parser
from ..engine.blocking import run_blocking
from ..engine.settings import all_settings
from ..models import ModelError
from ..trace import Trace
from .checks import Check
from .comparison import Comparison
from .questions import Question, QuestionError, checked, read_questions
from .result_store import ResultsFile, StoredResult, digest_of, record_of

if TYPE_CHECKING:
    from ..api.rlm import RLM

# Errors of an endpoint that the next run will meet as well.
_HOPELESS = ("auth", "missing", "not-found", "recording")
OnRun = Callable[[int, int, StoredResult], None]


def compare(
    rlms: Mapping[str, RLM],
    questions: str | Path | Iterable[Question],
    *,
    runs: int = 5,
    results: str | Path | None = None,
    checks: Mapping[str, Check] | None = None,
    on_run: OnRun | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    password: str | None = None,
) -> Comparison:
    """`acompare` for callers that are not async; works also where an event loop is running."""
    ask = functools.partial(
        acompare,
        rlms,
        questions,
        runs=runs,
        results=results,
        checks=checks,
        on_run=on_run,
        encoding=encoding,
        errors=errors,
        password=password,
    )
    return run_blocking(ask)


async def acompare(
    rlms: Mapping[str, RLM],
    questions: str | Path | Iterable[Question],
    *,
    runs: int = 5,
    results: str | Path | None = None,
    checks: Mapping[str, Check] | None = None,
    on_run: OnRun | None = None,
    encoding: str | None = None,
    errors: str | None = None,
    password: str | None = None,
) -> Comparison:
    """Ask every question of every RLM `runs` times, one after the other, so that seconds can be compared.

    `rlms` are the engines by what tables call them; run number k is made with the seed k, or with that of the engine
    plus k - 1. `questions` is a file (see `read_questions`) or the questions. `results` is a file that gets a line for
    each run that has ended; runs that are in it are not made again, those that failed are. `checks` are functions
    `(value, answer) -> bool` that questions name. `on_run(done, of, record)` is called after each run. `encoding`,
    `errors` and `password` say how the files of the questions are read, see `Document.of`.

    A run whose model fails is neither right nor wrong; one whose endpoint refuses us altogether is given up. Raises
    QuestionError, ResultsError, ValueError, IsolationError, and ModelError where no model is configured.
    """
    own = dict(checks or {})
    read = read_questions(questions) if isinstance(questions, str | Path) else questions
    asked = checked(read, own)
    if not rlms or runs < 1:
        raise ValueError("There is nothing to compare: give at least one model and one run.")
    for rlm in rlms.values():
        rlm.check()
    documents = await _documents(asked, encoding=encoding, errors=errors, password=password)
    file = ResultsFile(results)
    done = {record.key for record in file.records if not record.failed}
    plan = [
        (label, question, run, _digest(rlms[label], question, documents[question.name]))
        for run in range(1, runs + 1)
        for question in asked
        for label in rlms
    ]
    given_up: set[str] = set()
    for number, (label, question, run, digest) in enumerate(plan, 1):
        if (label, question.name, run, digest) in done or label in given_up:
            continue
        rlm = rlms[label]
        seed = run if rlm.seed is None else rlm.seed + run - 1
        trace, kind = await _ask(rlm, question, documents[question.name], seed)
        record = record_of(trace, model=label, question=question.name, run=run, digest=digest, kind=kind)
        file.add(record)
        if kind in _HOPELESS:
            given_up.add(label)
        if on_run is not None:
            on_run(number, len(plan), record)
    wanted = {(label, question.name, run, digest) for label, question, run, digest in plan}
    return Comparison(
        models=tuple(rlms),
        questions=tuple(asked),
        runs=runs,
        records=tuple({record.key: record for record in file.records if record.key in wanted}.values()),
        checks=own,
        left_aside=sum(record.key not in wanted for record in file.records) + file.broken,
    )


async def _ask(rlm: RLM, question: Question, document: Document, seed: int) -> tuple[Trace, str]:
    """A run's trace, and the kind of the error that its model ended in."""
    answer_type = type_parser.parse(question.type, {}) if question.type else None
    try:
        answer = await rlm.acompletion(question.question, document, answer_type=answer_type, seed=seed)
    except ModelError as error:
        partial = getattr(error, "answer", None)
        if partial is None:
            raise
        return partial.trace, error.kind
    return answer.trace, ""


async def _documents(questions: Iterable[Question], **how: str | None) -> dict[str, Document]:
    made: dict[str, Document] = {}
    files: dict[Path, Document] = {}
    for one in questions:
        if isinstance(one.context, Path) and one.context in files:
            made[one.name] = files[one.context]
            continue
        try:
            made[one.name] = await asyncio.to_thread(functools.partial(Document.of, one.context, **how))
        except DocumentError as error:
            raise QuestionError(f"The question {one.name!r}: {error}") from None
        if isinstance(one.context, Path):
            files[one.context] = made[one.name]
    return made


def _digest(rlm: RLM, question: Question, document: Document) -> str:
    settings = {setting.name: getattr(rlm, setting.name) for setting in all_settings() if setting.answer}
    for name in ("model", "sub_model"):
        settings[name] = getattr(settings[name], "name", settings[name])
    if rlm.base_url:
        # Without a user's name, password and key, which an address may carry.
        settings["base_url"] = rlm.base_url.partition("?")[0].rpartition("@")[2]
    asked = {"question": question.question, "type": question.type, "document": document.fingerprint}
    return digest_of(settings | asked)
