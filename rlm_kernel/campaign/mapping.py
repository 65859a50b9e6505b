"""`map_documents`: every question about every document, in this process or on a cluster, within one budget."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..api.rlm import RLM
from ..document.load.options import document_bytes
from ..engine.blocking import run_blocking
from ..engine.prices import Prices
from ..subkernel import IsolationError
from .accounts import Accounts
from .campaign import LEDGER, Campaign, Ended, OnRow, folder_of, write_manifest
from .content_store import default_folder
from .documents import references
from .errors import CampaignError
from .executors import CampaignExecutor, InProcess
from .ledger import CampaignLimits, Ledger
from .questions import questions_of
from .results import Results
from .rows import PARQUET, Journal, write_parquet
from .tasks import Unit, model_settings, portable, unit_of

WORKERS = 4


def map_documents(rlm: RLM, questions: Any, documents: Any, **options: Any) -> Results:
    """`amap_documents` for callers that are not async; works also where an event loop is running."""
    return run_blocking(functools.partial(amap_documents, rlm, questions, documents, **options))


async def amap_documents(
    rlm: RLM,
    questions: Any,
    documents: Any,
    *,
    out: str | Path,
    cluster: Any = None,
    workers: int = WORKERS,
    max_llm_calls: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    store: str | Path | None = None,
    again: Collection[str] = (),
    on_row: OnRow | None = None,
    **overrides: Any,
) -> Results:
    """Ask every question about every document, and keep a row and a trace of each run in the folder `out`.

    `questions`: see `questions.questions_of`; `documents`: see `documents.references`. Runs that `out` holds are not
    made again, so the same call goes on where it was stopped; `again` names statuses (`exhausted`, `failed`) that are.
    `max_llm_calls`, `max_tokens` and `max_cost` bound the whole campaign, all calls of it in `out` together; the
    settings of `rlm` (or `overrides`) bound each run. `cluster` is a `dask.distributed.Client`; without one, `workers`
    runs go on at once in this process. On a cluster, the setting `api_key_env` names the variable that holds the key in
    the workers' environment (OPENAI_API_KEY), and `store` is where documents that are no files are put: a folder that
    all share, or an fsspec URL. `on_row(row, progress)` is called after each run.

    Raises CampaignError, ValueError, IsolationError; a run that fails is a row with its reason.
    """
    limits = _limits(max_llm_calls, max_tokens, max_cost)
    if workers < 1:
        raise CampaignError(f"workers={workers} runs nothing: give 1 or more.")
    engine = rlm.replaced(overrides)
    engine.check()
    if engine.batch_api and max_cost is not None:
        engine.check_batch_prices(Prices.of(engine.prices))
    if engine.record:
        raise CampaignError("record is for one run, and many at once would write the same file: leave it out.")
    asked = questions_of(questions)
    async with folder_of(Path(out).expanduser()) as folder:
        store = folder / "documents" if store is None else store
        most = document_bytes(engine.max_document_size)
        found = await asyncio.to_thread(references, documents, store, max_size=most)
        units = [unit_of(question, document, engine, engine.seed) for document in found for question in asked]
        journal = Journal(folder)
        shown = portable(engine) if cluster is not None else {}
        await asyncio.to_thread(write_manifest, folder, asked, engine, shown, len(found))
        ledger = Ledger(folder / LEDGER, limits)
        try:
            accounts = Accounts(ledger, first_cost=_first_cost(engine))
            async with _executor(engine, accounts, cluster, workers, folder) as executor:
                campaign = Campaign(
                    _name(folder),
                    units,
                    journal,
                    accounts,
                    executor,
                    model=str(getattr(engine.model, "name", engine.model) or ""),
                    on_row=on_row,
                    again=again,
                )
                ended = await campaign.run()
        finally:
            # Also of what was interrupted: the table holds what the journal holds.
            remark = _keep_table(folder, units, journal)
            ledger.close()
        if ended.fatal_kind == "isolation":
            raise IsolationError(ended.fatal)
        return _concluded(folder, units, journal, ended, ledger, engine, remark)


def _executor(engine: RLM, accounts: Accounts, cluster: Any, workers: int, folder: Path) -> CampaignExecutor:
    if cluster is None:
        return InProcess(engine, accounts, workers=workers, folder=default_folder())
    from .dask_executor import OnDask

    return OnDask(cluster, engine, accounts, name=_name(folder))


def _limits(calls: int | None, tokens: int | None, cost: float | None) -> CampaignLimits:
    for name, value in (("max_llm_calls", calls), ("max_tokens", tokens), ("max_cost", cost)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value > 0):
            raise CampaignError(f"{name}={value!r} is no limit of a campaign: give a number above 0, or leave it out.")
    return CampaignLimits(calls, tokens, cost)


def _first_cost(engine: RLM) -> float | None:
    """What a run is expected to cost before any has ended, where the user has given prices."""
    prices = Prices.of(engine.prices)
    models = [getattr(engine, name) for name in model_settings()]
    names = {str(getattr(model, "name", model)) for model in models if model is not None}
    if not names or not all(prices.known(name) for name in names):
        return None
    return max(prices.estimate(name, 12_000, 2_000).cost for name in names)


def _name(folder: Path) -> str:
    return hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]


def _keep_table(folder: Path, units: list[Unit], journal: Journal) -> str:
    rows = [journal.rows[unit.digest] for unit in units if unit.digest in journal.rows]
    return write_parquet(rows, folder / PARQUET) if rows else ""


def _concluded(
    folder: Path, units: list[Unit], journal: Journal, ended: Ended, ledger: Ledger, engine: RLM, remark: str
) -> Results:
    rows = [journal.rows[unit.digest] for unit in units if unit.digest in journal.rows]
    return Results(
        rows,
        folder=folder,
        planned=len(units),
        spent=ledger.taken,
        stopped=ended.fatal or ended.limit,
        stopped_kind=ended.fatal_kind or ("limit" if ended.limit else ""),
        remarks=tuple(filter(None, [remark])),
        engine=engine,
    )
