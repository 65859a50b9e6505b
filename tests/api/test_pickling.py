"""Answers, errors, events, documents and engines in other processes: pickled, copied, and without any key."""

from __future__ import annotations

import copy
import importlib
import io
import multiprocessing
import pickle
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle
import joblib
import pytest
from pydantic import BaseModel
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer, fail
from traitlets.config import Config

import rlm_kernel
from rlm_kernel import RLM, Answer, Document, DocumentError, ModelError
from rlm_kernel.models import OpenAICompatible
from rlm_kernel.replay.verdicts import Unlike

Serve = Callable[..., ScriptedServer]
QUESTION = "What is the total of all sales?"
ANSWERING = [block(f"{SUM}\nFINAL(total)")]
CANARY = "sk-canary-0123456789abcdef"


class Total(BaseModel):
    """A type of the user's own."""

    total: int


class Sale(NamedTuple):
    """A type that is no pydantic model."""

    amount: int


def by_joblib(value: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(value, file, compress=3)
    file.seek(0)
    return joblib.load(file)


ROUND_TRIPS = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "pickle, protocol 2": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
    "cloudpickle": lambda value: pickle.loads(cloudpickle.dumps(value)),
    "joblib": by_joblib,
    "deepcopy": copy.deepcopy,
}
round_trips = pytest.mark.parametrize("again", ROUND_TRIPS.values(), ids=ROUND_TRIPS)


@round_trips
def test_an_answer_keeps_its_trace_its_type_and_its_small_document(scripted_server: Serve, again: Any) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL({{'total': total}})")])
    answer = engine(server, api_key=CANARY).completion(QUESTION, DOCUMENT, answer_type=Total)
    other = again(answer)
    assert other.trace == answer.trace
    assert other.typed == Total(total=TOTAL)
    assert other.document.fingerprint == answer.document.fingerprint
    assert other._repr_mimebundle_() == answer._repr_mimebundle_()
    assert other.replay().reproduced
    with pytest.raises(ValueError, match=r"has no engine: fork it with one"):
        other.fork(1)


def test_a_type_that_cannot_travel_is_named_when_it_is_used(scripted_server: Serve) -> None:
    class Local(BaseModel):
        total: int

    server = scripted_server([block(f"{SUM}\nFINAL({{'total': total}})")])
    answer = engine(server).completion(QUESTION, DOCUMENT, answer_type=Local)
    other = pickle.loads(pickle.dumps(answer))
    assert other.value == {"total": TOTAL}
    with pytest.raises(ValueError, match=r"The type Local was defined inside a function .* use answer\.value"):
        _ = other.typed


def test_a_large_document_is_not_part_of_an_answers_pickle(scripted_server: Serve) -> None:
    document = Document.of("SALES: 1,000\n" * 1_500_000)
    answer = engine(scripted_server([block("FINAL(len(context))")])).completion(QUESTION, document)
    data = pickle.dumps(answer)
    assert len(data) < 200_000
    assert pickle.loads(data).document is None


def test_a_shallow_copy_of_an_answer_still_forks(scripted_server: Serve) -> None:
    server = scripted_server([*ANSWERING, block("FINAL(len(context))")])
    answer = engine(server).completion(QUESTION, DOCUMENT)
    assert copy.copy(answer).fork(1).value == len(DOCUMENT)


async def test_events_come_back_as_they_were(scripted_server: Serve) -> None:
    code = f"llm_query('Is it so?')\nrlm_query('How long?', 'abc')\n{SUM}\nFINAL(total)"
    server = scripted_server([block(code), "yes", block("FINAL(3)")])
    events = [event async for event in engine(server, api_key=CANARY).stream(QUESTION, DOCUMENT)]
    assert len(events) > 10
    for again in ROUND_TRIPS.values():
        assert again(events) == events


@round_trips
def test_an_engine_keeps_every_setting_but_its_key(again: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY", CANARY)
    settings = {
        "model": "m",
        "base_url": "http://127.0.0.1:1/v1",
        "max_llm_calls": 7,
        "max_errors": None,
        "prices": {"m": {"input": 1.0, "output": 2.0}},
        "extra_headers": {"X-Team": "research", "X-Gateway-Token": "$GATEWAY"},
        "extra_body": {"options": {"num_ctx": 16_384}},
    }
    rlm = RLM(**settings, api_key=CANARY).replaced({"max_errors": None})
    other = again(rlm)
    assert {name: getattr(other, name) for name in settings} == settings
    assert other.api_key is None


def test_no_pickle_holds_a_key(scripted_server: Serve) -> None:
    rlm = engine(
        scripted_server(ANSWERING),
        api_key=CANARY,
        extra_headers={"X-Api-Key": CANARY},
        config=Config({"RLM": {"api_key": CANARY}}),
    )
    answer = rlm.completion(QUESTION, DOCUMENT)
    with pytest.raises(ModelError) as failed:
        engine(scripted_server([fail(401, f"wrong key {CANARY}")]), api_key=CANARY).completion(QUESTION, DOCUMENT)
    model = OpenAICompatible("m", base_url="http://127.0.0.1:1/v1", api_key=CANARY, extra_headers={"api-key": CANARY})
    for value in (rlm, RLM(model=model), answer, failed.value, model, answer.trace):
        for dumps in (pickle.dumps, cloudpickle.dumps):
            data = dumps(value)
            assert CANARY.encode() not in data
            assert CANARY.encode("utf-16-le") not in data


def test_an_engine_without_its_key_says_so_where_it_is_used(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted_server([*ANSWERING, *ANSWERING])
    other = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(engine(server, api_key=CANARY)))))
    for rlm in (other, other.replaced({"max_iterations": 3}), copy.deepcopy(other)):
        with pytest.raises(ModelError, match=r"leaves its key behind: set OPENAI_API_KEY .* api_key_env=NAME") as said:
            rlm.completion(QUESTION, DOCUMENT)
        assert said.value.kind == "auth"
    assert server.requests == []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-worker")
    assert other.completion(QUESTION, DOCUMENT).value == TOTAL
    assert copy.copy(engine(server, api_key=CANARY)).completion(QUESTION, DOCUMENT).value == TOTAL
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer sk-of-the-worker",
        f"Bearer {CANARY}",
    ]


def test_an_engine_without_a_key_from_the_start_needs_none(scripted_server: Serve) -> None:
    rlm = pickle.loads(pickle.dumps(engine(scripted_server(ANSWERING))))
    assert rlm.completion(QUESTION, DOCUMENT).value == TOTAL


@round_trips
def test_a_document_comes_back_with_its_fingerprint(again: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    for context in (DOCUMENT, ["a", "b"], {"x": "one", "y": "two"}, [{"a": 1}, {"a": 2}], tmp_path / "a.txt"):
        document = Document.of(context)
        other = again(document)
        assert (other.fingerprint, other.shape, repr(other)) == (document.fingerprint, document.shape, repr(document))


def test_an_error_with_its_partial_answer(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), fail(401, "wrong key")])
    with pytest.raises(ModelError) as failed:
        engine(server).completion(QUESTION, DOCUMENT)
    error = failed.value
    for again in (ROUND_TRIPS["pickle"], ROUND_TRIPS["joblib"]):
        other = again(error)
        assert (type(other), str(other), other.kind, other.retryable) == (ModelError, str(error), "auth", False)
        assert (other.answer.trace, other.usage) == (error.answer.trace, error.usage)


ERROR_CLASS = re.compile(r"^class (?!_)\w+\(\w*(?:Error|Exception|StartFailed)\)", re.MULTILINE)


def exceptions() -> Iterator[type[BaseException]]:
    package = Path(rlm_kernel.__file__).parent
    for file in package.rglob("*.py"):
        if "inside" not in file.parts and ERROR_CLASS.search(file.read_text(encoding="utf-8")):
            name = ".".join(file.relative_to(package.parent).with_suffix("").parts)
            module = importlib.import_module(name)
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == name:
                    yield value


def test_every_error_of_ours_comes_back_as_it_was() -> None:
    kinds = {kind for kind in exceptions() if not kind.__name__.startswith("_")}
    assert {"ModelError", "DocumentError", "IsolationError", "ForkError", "RLMError"} <= {one.__name__ for one in kinds}
    for kind in kinds:
        error = kind("differs", "why") if kind is Unlike else kind("why it failed")
        error.answer = 1  # type: ignore[attr-defined]
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (kind, str(error), vars(error)), kind


def worker(rlm: RLM, question: str, document: Document) -> Answer:
    """What runs in another process."""
    return rlm.completion(question, document)


def unreadable(path: str) -> Document:
    """Raises where it runs."""
    return Document.from_files([path])


@pytest.mark.nightly
def test_workers_that_are_spawned(scripted_server: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_THE_WORKER", CANARY)
    server = scripted_server({"good": ANSWERING, "bad": [fail(401, "wrong key")]})
    document = Document.of(DOCUMENT)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        rlm = engine(server, model="good", api_key_env="KEY_OF_THE_WORKER")
        answer = pool.submit(worker, rlm, QUESTION, document).result()
        assert (answer.value, answer.replay().reproduced) == (TOTAL, True)
        with pytest.raises(ModelError, match="wrong key") as failed:
            pool.submit(worker, engine(server, model="bad"), QUESTION, document).result()
        assert failed.value.answer.status == "failed"  # type: ignore[attr-defined]
        with pytest.raises(DocumentError, match=r"no-such-file\.txt"):
            pool.submit(unreadable, "no-such-file.txt").result()
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
