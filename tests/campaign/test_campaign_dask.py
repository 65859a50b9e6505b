"""Campaigns on a LocalCluster: the same rows, the same limits, a worker that is killed, and no key anywhere."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sales import GOOD, LOOK, QUESTION, engine, files, report, turns
from scripted_server import ScriptedServer, hang, late, too_many

from rlm_kernel import RLM
from rlm_kernel.campaign import CampaignError
from rlm_kernel.campaign.dask_executor import OnDask, task_data
from rlm_kernel.campaign.dask_worker import task_of
from rlm_kernel.campaign.documents import Reference
from rlm_kernel.campaign.ledger import Amount
from rlm_kernel.campaign.metering import CampaignLease
from rlm_kernel.campaign.questions import CampaignQuestion
from rlm_kernel.campaign.tasks import CampaignTask, portable, unit_of

distributed = pytest.importorskip("distributed", reason="dask.distributed (the extra 'cluster') is not installed")
pytestmark = pytest.mark.filterwarnings("default")  # of tornado and dask, in their own threads

Serve = Callable[..., ScriptedServer]
CANARY = "sk-canary-7c41d2f09b"
KEY_VARIABLE = "RLM_TEST_KEY_OF_THE_WORKERS"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A cluster of two workers with four threads each, whose environment alone holds the key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=4, dashboard_address=":0", env={KEY_VARIABLE: CANARY}, silence_logs=50
        )
        with cluster, distributed.Client(cluster) as made:
            yield made


def test_a_cluster_gives_the_same_rows(scripted_server: Serve, tmp_path: Path, client: Any) -> None:
    server = scripted_server(lambda body: GOOD if turns(body) else LOOK)
    reports = files(tmp_path / "reports", 12)
    results = engine(server).map(
        QUESTION, reports, out=tmp_path / "out", cluster=client, api_key_env=KEY_VARIABLE, max_llm_calls=100
    )
    assert [row.value for row in results] == [1000 + number for number in range(1, 13)]
    assert len({row.worker for row in results}) == 2
    assert server.count.requests == 24
    assert results.trace(3).value == 1004
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {CANARY}"}
    everything = b"".join(file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert CANARY.encode() not in everything
    assert CANARY not in repr(client.get_events())
    again = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1)
    assert server.count.requests == 24  # the same units, wherever they run
    assert again.statuses == {"answered": 12}


def test_documents_that_are_no_files_travel_by_a_store(scripted_server: Serve, tmp_path: Path, client: Any) -> None:
    server = scripted_server(lambda body: GOOD)
    texts = {"north": report(1), "south": report(2)}
    results = engine(server).map(
        QUESTION, texts, out=tmp_path / "out", store=tmp_path / "store", cluster=client, api_key_env=KEY_VARIABLE
    )
    assert [(row.document, row.value) for row in results] == [("north", 1001), ("south", 1002)]
    assert len(list((tmp_path / "store").iterdir())) == 2


def test_one_document_with_many_questions_is_held_once_by_each_worker(
    scripted_server: Serve, tmp_path: Path, client: Any
) -> None:
    server = scripted_server(lambda body: late(GOOD, 0.05))
    questions = [f"{QUESTION} ({number})" for number in range(24)]
    before = {address: len(copies) for address, copies in client.run(_copies).items()}
    seen: list[int] = []

    def on_row(row: Any, progress: Any) -> None:
        held = client.run(_copies)
        seen.append(max(len(copies) - before[address] for address, copies in held.items()))

    report_of = files(tmp_path / "reports", 1)
    results = engine(server).map(
        questions, report_of, out=tmp_path / "out", cluster=client, api_key_env=KEY_VARIABLE, on_row=on_row
    )
    assert results.statuses == {"answered": 24}
    assert max(seen) == 1


def _copies() -> set[int]:
    """The sealed documents that this process holds open, by their inode."""
    import os
    from pathlib import Path

    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if "memfd:" in os.readlink(entry):
                found.add(entry.stat().st_ino)
        except OSError:
            continue
    return found


def test_limits_hold_on_a_cluster(scripted_server: Serve, tmp_path: Path, client: Any) -> None:
    server = scripted_server(lambda body: GOOD if turns(body) > 4 else LOOK)
    reports = files(tmp_path / "reports", 12)
    results = engine(server).map(
        QUESTION, reports, out=tmp_path / "out", cluster=client, api_key_env=KEY_VARIABLE, max_llm_calls=40
    )
    assert server.count.requests <= 40
    assert results.stopped_kind == "limit"
    # Each needs six calls, two more than it begins with: workers ask for them.
    assert sum(row.status == "answered" for row in results) >= 3
    assert results.spent is not None
    assert server.count.requests == results.spent.calls


@pytest.mark.nightly
def test_a_worker_that_is_killed_costs_its_lease_and_no_row(
    scripted_server: Serve, tmp_path: Path, client: Any
) -> None:
    hangs = [4]

    def answer(body: dict[str, Any]) -> Any:
        if hangs[0] and turns(body):
            hangs[0] -= 1
            return hang()
        return GOOD if turns(body) else LOOK

    server = scripted_server(answer)
    killed: list[int] = []

    def on_row(row: Any, progress: Any) -> None:
        if not killed and not hangs[0]:
            (process,) = client.run(os.getpid, workers=[next(iter(client.nthreads()))]).values()
            killed.append(process)
            os.kill(process, signal.SIGKILL)
            server.release()

    results = engine(server).map(
        QUESTION,
        files(tmp_path / "reports", 24),
        out=tmp_path / "out",
        cluster=client,
        api_key_env=KEY_VARIABLE,
        max_llm_calls=400,
        on_row=on_row,
    )
    assert len(killed) == 1
    assert results.statuses == {"answered": 24}
    assert [row.value for row in results] == [1000 + number for number in range(1, 25)]
    assert results.spent is not None
    assert server.count.answered <= results.spent.calls <= 400
    assert max(row.attempts for row in results) <= 3


def test_a_worker_that_dies_before_it_hands_over_a_result_is_not_waited_for(
    scripted_server: Serve, tmp_path: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted_server(lambda body: GOOD if turns(body) else LOOK)
    result = OnDask._result
    first = threading.Lock()
    over = threading.Event()

    def held(future: Any) -> Any:
        # Results are fetched in several threads: the first of them alone meets the worker's death.
        if first.acquire(blocking=False):
            ((worker,),) = client.who_has([future]).values()
            (process,) = client.run(os.getpid, workers=[worker]).values()
            os.kill(process, signal.SIGKILL)
            over.wait()
        return result(future)

    monkeypatch.setattr(OnDask, "_result", staticmethod(held))
    try:
        results = engine(server).map(
            QUESTION, files(tmp_path / "reports", 6), out=tmp_path / "out", cluster=client, api_key_env=KEY_VARIABLE
        )
    finally:
        over.set()
    assert first.locked()
    assert results.statuses == {"answered": 6}


@pytest.mark.nightly
def test_the_runs_of_a_client_that_is_killed_end_and_the_same_command_goes_on(
    scripted_server: Serve, tmp_path: Path, client: Any
) -> None:
    hanging = True
    server = scripted_server(lambda body: GOOD if turns(body) and not hanging else hang() if turns(body) else LOOK)
    files(tmp_path / "reports", 3)
    (tmp_path / "questions.jsonl").write_text(json.dumps({"question": QUESTION}) + "\n")
    command = [sys.executable, "-m", "rlm_kernel", "map", "questions.jsonl", "reports/*.txt", "--out", "out", "-q"]
    command += ["-m", "scripted", "--base-url", server.base_url, "--api-key-env", KEY_VARIABLE, "--max-llm-calls", "60"]
    command += ["--scheduler", client.scheduler.address]
    options: dict[str, Any] = {"cwd": tmp_path, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **options) as killed:
        assert server.hanging.wait(120)
        killed.send_signal(signal.SIGKILL)
    # Nobody would ever have ended them: the worker's connections to the endpoint are closed.
    assert server.wait_for_connections(0, timeout=60)
    hanging = False
    done = subprocess.run(command, **options, check=True, timeout=240)
    assert "answered 3" in done.stdout
    with sqlite3.connect(tmp_path / "out" / "ledger.sqlite") as ledger:
        (booked,) = ledger.execute("SELECT sum(calls) FROM leases").fetchone()
    ledger.close()
    assert server.count.requests <= booked <= 60


@pytest.mark.nightly
def test_an_endpoint_that_asks_to_wait_is_heard_by_all_workers(
    scripted_server: Serve, tmp_path: Path, client: Any
) -> None:
    refused: list[int] = []

    def answer(body: dict[str, Any]) -> Any:
        if not refused:
            refused.append(1)
            return too_many(2)
        return GOOD

    server = scripted_server(answer)
    results = engine(server).map(
        QUESTION, files(tmp_path / "reports", 16), out=tmp_path / "out", cluster=client, api_key_env=KEY_VARIABLE
    )
    assert results.statuses == {"answered": 16}
    moments = [request.at for request in server.requests]
    # What was on its way before the refusal was heard may still come; then nobody asks until the pause is over.
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert max(pauses) > 1


def test_a_missing_key_is_told_as_a_reason(scripted_server: Serve, tmp_path: Path, client: Any) -> None:
    server = scripted_server(lambda body: GOOD)
    results = engine(server).map(
        QUESTION, files(tmp_path / "reports", 1), out=tmp_path / "out", cluster=client, api_key_env="RLM_NO_SUCH_KEY"
    )
    assert "The environment variable RLM_NO_SUCH_KEY" in results[0].reason
    assert results.stopped_kind == "auth"
    assert server.requests == []


def test_a_task_is_small_and_holds_no_key() -> None:
    rlm = RLM(
        "scripted",
        "http://127.0.0.1:9/v1",
        api_key=CANARY,
        temperature=0.5,
        prices={"scripted": {"input": 1, "output": 2}},
    )
    document = Reference("contract.pdf", "file", "/data/contracts/2024/contract.pdf", "0" * 64)
    unit = unit_of(CampaignQuestion("Who signed it?", "str", "signer"), document, rlm, 7)
    lease = CampaignLease(Amount(4, 100, 0.5), counts_cost=True)
    task = CampaignTask("campaign", unit, 3, lease, portable(rlm), "tcp://127.0.0.1:1")
    sent = pickle.dumps(task_data(task, "campaign"))
    assert len(sent) < 2_000
    assert CANARY.encode() not in sent
    assert task_of(pickle.loads(sent)) == task


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"tools": [len]}, "tools=list cannot be sent to workers"),
        ({"record": "r.jsonl"}, "record=str cannot be sent to workers"),
        ({"answer_type": int}, "answer_type cannot be sent to workers: give each question its type"),
        ({"extra_headers": {"Authorization": f"Bearer {CANARY}"}}, "extra_headers holds what looks like a secret"),
        ({"base_url": "http://user:pass@127.0.0.1:9/v1"}, "base_url carries credentials"),
    ],
)
def test_what_cannot_be_sent_is_said(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CampaignError, match=complaint):
        portable(RLM(**({"model": "m", "base_url": "http://127.0.0.1:9/v1"} | settings)))


def test_a_key_without_a_name_is_not_sent(tmp_path: Path, client: Any) -> None:
    rlm = RLM("m", "http://127.0.0.1:9/v1", api_key=CANARY)
    with pytest.raises(CampaignError, match="say which variable of their environment holds it") as told:
        rlm.map("?", ["a text"], out=tmp_path / "out", cluster=client)
    assert CANARY not in str(told.value)


def test_what_is_no_client_is_said(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match=r"cluster must be a dask.distributed Client, not str"):
        RLM("m", "http://127.0.0.1:9/v1").map("?", ["a text"], out=tmp_path / "out", cluster="tcp://127.0.0.1:1")


@pytest.mark.nightly
def test_a_scheduler_that_is_gone_keeps_the_rows(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: late(GOOD, 0.1))
    reports = files(tmp_path / "reports", 12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0", silence_logs=50)
        lost = distributed.Client(cluster)

        def on_row(row: Any, progress: Any) -> None:
            if progress.done == 3:
                cluster.close()

        with pytest.raises(CampaignError, match="scheduler does not answer"):
            engine(server).map(QUESTION, reports, out=tmp_path / "out", cluster=lost, on_row=on_row, max_llm_calls=99)
        lost.close(timeout=5)
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", max_llm_calls=99)
    assert results.statuses == {"answered": 12}
    assert results.spent is not None
    assert server.count.requests <= results.spent.calls <= 99


async def test_the_executor_is_not_for_asynchronous_clients(tmp_path: Path) -> None:
    async with distributed.Client(
        processes=False, asynchronous=True, dashboard_address=":0", n_workers=1, threads_per_worker=1
    ) as asynchronous:
        with pytest.raises(CampaignError, match="asynchronous Client"):
            OnDask(asynchronous, RLM("m", "http://127.0.0.1:9/v1"), None, name="x")  # type: ignore[arg-type]
    await asyncio.sleep(0)
