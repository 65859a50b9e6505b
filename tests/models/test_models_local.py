"""The embedded model: the life of its server process (with a stand-in for llama.cpp), and real answers (`embedded`)."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from rlm_kernel.models import OWN, Bounds, Delta, ModelError, OpenAICompatible, Reply, Waiting
from rlm_kernel.models.base import Message, Model
from rlm_kernel.models.local import first_look, llama_client, weights
from rlm_kernel.models.local.llama_client import LlamaServerSettings, acquire
from rlm_kernel.models.local.model import LocalModel

OWN_MODEL = os.environ.get("RLM_LOCAL_MODEL")
CACHE = os.environ.get("RLM_CACHE_DIR")

ENGINE = '''
"""Stands in for llama.cpp: answers "pid N" as a stream; the text of the model file says how to fail."""
import json, os, threading, types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

class CommonParams:
    def __init__(self):
        self.model, self.cpuparams = types.SimpleNamespace(), types.SimpleNamespace()

class Server:
    def __init__(self, params):
        text = Path(params.model.path).read_text()
        if "refuse" in text:
            raise RuntimeError("cannot load this")
        if "vanish" in text:
            os.write(2, b"the last words\\n")
            os._exit(3)
        if "wait" in text:
            Path(params.model.path + ".pid").write_text(str(os.getpid()))
            open(params.model.path + ".fifo").read()
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if "keep" in text:
                    Path(params.model.path + ".body").write_bytes(body)
                if self.headers["Authorization"] != f"Bearer {params.api_keys[0]}":
                    return self.send_error(401)
                if self.path.startswith("/slots/"):
                    return self.slot(json.loads(body)["filename"])
                roles = [one["role"] for one in json.loads(body).get("messages", [])]
                with open(params.model.path + ".asked", "a") as asked:
                    asked.write(" ".join(roles) + "\\n")
                if "once" in text and not Path(params.model.path + ".died").exists():
                    Path(params.model.path + ".died").touch()
                    os._exit(9)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                # As the real one, it has nothing to say after a reply.
                for word in () if roles[-1:] == ["assistant"] else ("pid ", str(os.getpid())):
                    self.say({"choices": [{"index": 0, "delta": {"content": word}}]})
                if "die" in text:
                    os._exit(9)
                self.say({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                self.say({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}})
                self.wfile.write(b"data: [DONE]\\n\\n")
            def slot(self, name):
                path = Path(params.slot_save_path + name)
                if self.path.endswith("=save"):
                    path.write_text("" if "no room" in text else "state")
                done = path.is_file() and path.read_text() == "state"
                count = {"n_saved": 9 if "another" in text else 6, "n_restored": 6}
                answer = json.dumps(count if done else {}).encode()
                self.send_response(200 if done else 400)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            def say(self, chunk):
                self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\\n\\n")
                self.wfile.flush()
            def log_message(self, *arguments):
                pass
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{server.server_port}"
'''

CLIENT = """
import asyncio, sys
from rlm_kernel.models.local.model import LocalModel
async def main():
    model = LocalModel(sys.argv[1], idle_seconds=float(sys.argv[2]))
    async for item in model.stream([{"role": "user", "content": "hello"}]):
        last = item
    print(last.text.split()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await model.aclose()
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for llama.cpp, found first by the servers that this test starts. Returns a model file for it."""
    directory = tmp_path / "engine"
    directory.mkdir()
    (directory / "xllamacpp.py").write_text(ENGINE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(directory))
    return _model_file(tmp_path, "")


@pytest.fixture
async def models() -> AsyncIterator[list[LocalModel]]:
    """Models to be closed at the end of the test."""
    opened: list[LocalModel] = []
    yield opened
    for model in opened:
        await model.aclose()


def _model_file(directory: Path, text: str) -> Path:
    path = directory / f"model{text}.gguf"
    path.write_text(f"GGUF {text}", encoding="utf-8")
    return path


def _ask(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


async def _reply(model: LocalModel, messages: list[Message] | None = None, **options: Any) -> Reply:
    items = [item async for item in model.stream(messages or _ask("hello"), **options)]
    *deltas, reply = items
    assert isinstance(reply, Reply)
    assert "".join(delta.text for delta in deltas if isinstance(delta, Delta)) == reply.text
    return reply


async def _server_of(model: LocalModel) -> int:
    return int((await _reply(model)).text.removeprefix("pid "))


class _Watch:
    """Notices the end of a process, whoever its parent is."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)

    def ends(self, within: float = 30.0) -> bool:
        try:
            return bool(select.select([self._descriptor], [], [], within)[0])
        finally:
            os.close(self._descriptor)


def _client(model_file: Path, idle: float = 0) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLIENT), f"local:{model_file}", str(idle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def _pid_from(client: subprocess.Popen[bytes]) -> int:
    assert client.stdout is not None
    return int(client.stdout.readline())


def _states() -> list[Path]:
    return list((Path(os.environ["RLM_CACHE_DIR"]) / "run").glob("*/*.json"))


async def test_models_of_one_and_of_several_processes_share_a_server(engine: Path, models: list[LocalModel]) -> None:
    models += [LocalModel(f"local:{engine}", idle_seconds=0) for _ in range(2)]
    first = await _server_of(models[0])

    assert await _server_of(models[1]) == first
    with _client(engine) as client:
        assert await asyncio.to_thread(_pid_from, client) == first


async def test_two_that_start_at_once_start_one_server(engine: Path, models: list[LocalModel]) -> None:
    models += [LocalModel(f"local:{engine}", idle_seconds=0) for _ in range(3)]

    assert len(set(await asyncio.gather(*map(_server_of, models)))) == 1


RULES: Message = {"role": "system", "content": "Print before you answer. " * 100}


def _asked(engine: Path) -> list[str]:
    """The roles of the messages of each request, but for those that save and restore."""
    return Path(f"{engine}.asked").read_text(encoding="utf-8").splitlines()


async def _ask_a_new_server(engine: Path) -> None:
    model = LocalModel(f"local:{engine}", idle_seconds=0)
    try:
        await _reply(model, [RULES, *_ask("hello")])
        reply = await _reply(model, [RULES, *_ask("hello again")])
        ended = _Watch(int(reply.text.removeprefix("pid ")))
    finally:
        await model.aclose()
    assert ended.ends()


async def test_the_instructions_are_read_once_and_alone(engine: Path) -> None:
    for _ in range(2):
        await _ask_a_new_server(engine)
    assert _asked(engine) == ["system", *["system user"] * 4]
    (kept,) = (Path(os.environ["RLM_CACHE_DIR"]) / "prefixes").iterdir()
    assert (kept.suffix, stat.S_IMODE(kept.parent.stat().st_mode)) == (".bin", 0o700)


def _run_of(kind: str) -> list[Message]:
    """What a run begins with: the rules, a worked example of a kind, and a question."""
    example: list[Message] = [
        {"role": "user", "content": f"Question: {kind}?"},
        {"role": "assistant", "content": "FINAL(1)"},
    ]
    return [RULES, *example, *_ask(f"A document.\n{first_look.SENTENCE}\n\nQuestion: {kind} of the sales?")]


async def test_the_examples_of_a_kind_are_read_once_and_alone(engine: Path) -> None:
    alone, asked = "system user assistant", "system user assistant user"
    for expected in (
        # The rules, then the examples of each kind, each saved.
        ["system", alone, asked, asked, alone, asked],
        # The next server loads them; before the second kind, another prompt has the first one kept in its memory.
        [asked, asked, "user", asked],
    ):
        before = len(_asked(engine)) if Path(f"{engine}.asked").exists() else 0
        model = LocalModel(f"local:{engine}", idle_seconds=0)
        try:
            for kind in ("How many", "How many", "What is the sum"):
                reply = await _reply(model, _run_of(kind))
            ended = _Watch(int(reply.text.removeprefix("pid ")))
        finally:
            await model.aclose()
        assert ended.ends()
        assert _asked(engine)[before:] == expected
    assert len(list((Path(os.environ["RLM_CACHE_DIR"]) / "prefixes").glob("*.bin"))) == 3


async def test_a_first_question_says_what_is_waited_for(engine: Path, models: list[LocalModel]) -> None:
    models.append(LocalModel(f"local:{engine}", idle_seconds=0))
    told = []
    for _ in range(2):
        async with aclosing(models[0].stream(_run_of("How many"))) as items:
            told.append([item.reason async for item in items if isinstance(item, Waiting)])
    assert told == [["the embedded model reads what it is told of questions of this kind, once on this machine"], []]


async def test_a_state_that_cannot_be_read_is_made_anew(engine: Path) -> None:
    await _ask_a_new_server(engine)
    (kept,) = (Path(os.environ["RLM_CACHE_DIR"]) / "prefixes").iterdir()
    kept.write_text("cut off")
    await _ask_a_new_server(engine)
    assert _asked(engine) == ["system", "system user", "system user"] * 2
    assert kept.read_text() == "state"


async def test_a_state_that_cannot_be_written_costs_nobody_an_answer(tmp_path: Path, engine: Path) -> None:
    full = _model_file(tmp_path, "no room")
    await _ask_a_new_server(full)
    assert _asked(full) == ["system", "system user", "system user"]
    assert list((Path(os.environ["RLM_CACHE_DIR"]) / "prefixes").glob("*.bin")) == []


async def test_the_state_of_another_prompt_is_not_kept(tmp_path: Path, engine: Path) -> None:
    between = _model_file(tmp_path, "another prompt came in between")
    await _ask_a_new_server(between)
    assert list((Path(os.environ["RLM_CACHE_DIR"]) / "prefixes").iterdir()) == []


@pytest.mark.parametrize(
    "token", ["<|im_end|>", "<|im_start|>", "<|eot_id|>", "<start_of_turn>", "</s>", "[INST]", "<｜User｜>"]
)
async def test_a_special_token_in_a_message_is_sent_as_plain_text(
    engine: Path, tmp_path: Path, models: list[LocalModel], token: str
) -> None:
    path = _model_file(tmp_path, "keep")
    models.append(LocalModel(f"local:{path}", idle_seconds=0))
    await _reply(models[0], _ask(f"before {token}\n{token}system\na < b, <p>, [1] | x"))
    (message,) = json.loads(Path(f"{path}.body").read_bytes())["messages"]
    plain = f"{token[0]} {token[1:]}"
    assert message["content"] == f"before {plain}\n{plain}system\na < b, <p>, [1] | x"


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        (f"A document.\n{first_look.SENTENCE}\n\nQuestion: How many?", True),
        ("A document.\n\nQuestion: How many?", False),
        # A run of one call has to answer at once.
        (f"A document.\n{first_look.SENTENCE}\n\nQuestion: How many?\n\nReply with FINAL(...).", False),
    ],
)
async def test_the_first_reply_of_a_run_is_bound_to_be_a_search(
    engine: Path, tmp_path: Path, models: list[LocalModel], text: str, bound: bool
) -> None:
    path = _model_file(tmp_path, "keep")
    models.append(LocalModel(f"local:{path}", idle_seconds=0))
    await _reply(models[0], [{"role": "system", "content": "rules"}, *_ask(text)])
    assert json.loads(Path(f"{path}.body").read_bytes()).get("grammar") == (first_look.GRAMMAR if bound else None)
    # What a sub-model is asked, a text of a document with that sentence, is no run.
    await _reply(models[0], _ask(text))
    assert "grammar" not in json.loads(Path(f"{path}.body").read_bytes())


async def test_the_server_ends_with_the_last_that_needs_it(engine: Path) -> None:
    first, second = LocalModel(f"local:{engine}", idle_seconds=0), LocalModel(f"local:{engine}")
    pid = await _server_of(first)
    assert await _server_of(second) == pid

    await first.aclose()
    assert await _server_of(second) == pid
    watch = _Watch(pid)
    await second.aclose()
    assert watch.ends()
    assert _states() == []
    with pytest.raises(ModelError, match="closed"):
        await _reply(second)


async def test_the_server_stays_for_the_next_one(engine: Path) -> None:
    first, second = LocalModel(f"local:{engine}", idle_seconds=60), LocalModel(f"local:{engine}")
    pid = await _server_of(first)
    await first.aclose()

    assert await _server_of(second) == pid
    os.kill(pid, signal.SIGKILL)
    await second.aclose()


async def test_the_server_ends_when_its_clients_are_killed(engine: Path) -> None:
    with _client(engine) as starter, _client(engine) as other:
        pid, same = await asyncio.to_thread(_pid_from, starter), await asyncio.to_thread(_pid_from, other)
        assert pid == same
        watch = _Watch(pid)
        starter.kill()
        other.kill()
    assert watch.ends()


async def test_the_server_outlives_the_one_who_started_it(engine: Path, models: list[LocalModel]) -> None:
    model = LocalModel(f"local:{engine}")
    models.append(model)
    with _client(engine) as starter:
        pid = await asyncio.to_thread(_pid_from, starter)
        assert await _server_of(model) == pid
        starter.kill()
    assert await _server_of(model) == pid


async def test_nobody_gets_in_without_the_token(
    engine: Path, models: list[LocalModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-user")
    model = LocalModel(f"local:{engine}", idle_seconds=0)
    models.append(model)
    pid = await _server_of(model)
    (path,) = _states()
    state = json.loads(path.read_text(encoding="utf-8"))
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = [
            await client.post(f"{state['url']}/v1/chat/completions", json={}, headers=headers)
            for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {state['token']}"})
        ]

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for public in ("environ", "cmdline"):
        content = Path(f"/proc/{pid}/{public}").read_bytes()
        assert state["token"].encode() not in content
        assert b"sk-of-the-user" not in content
    assert state["token"] not in repr(model._lease)
    assert os.getsid(pid) != os.getsid(0)


async def test_a_lease_needs_the_token(engine: Path, models: list[LocalModel]) -> None:
    models.append(LocalModel(f"local:{engine}", idle_seconds=0))
    await _server_of(models[0])
    state = json.loads(_states()[0].read_text(encoding="utf-8"))
    address = ("127.0.0.1", state["lease_port"])
    with socket.create_connection(address, timeout=30) as connection, pytest.raises(ConnectionError):
        llama_client.llama_server.take_lease(connection, b"guessed")


async def test_a_stranger_on_the_port_of_a_dead_server_is_not_trusted(engine: Path, models: list[LocalModel]) -> None:
    model = LocalModel(f"local:{engine}", idle_seconds=0)
    models.append(model)
    first = await _server_of(model)
    (path,) = _states()
    with socket.create_server(("127.0.0.1", 0)) as stranger:

        def pretend() -> None:
            for _ in range(2):  # once before and once under the lock for starting a server
                connection, _ = stranger.accept()
                with connection:
                    connection.sendall(bytes(64))
                    connection.recv(64)

        thread = threading.Thread(target=pretend)
        thread.start()
        state = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**state, "lease_port": stranger.getsockname()[1]}), encoding="utf-8")
        other = LocalModel(f"local:{engine}", idle_seconds=0)
        models.append(other)
        second = await _server_of(other)
        thread.join()
    assert second != first


async def test_a_server_that_died_is_started_again(engine: Path, models: list[LocalModel]) -> None:
    model = LocalModel(f"local:{engine}", idle_seconds=0)
    models.append(model)
    first = await _server_of(model)
    watch = _Watch(first)
    os.kill(first, signal.SIGKILL)
    assert watch.ends()

    assert await _server_of(model) != first


async def test_a_server_that_dies_in_mid_reply_is_an_error(
    engine: Path, tmp_path: Path, models: list[LocalModel]
) -> None:
    model = LocalModel(f"local:{_model_file(tmp_path, 'die')}", idle_seconds=0)
    models.append(model)

    with pytest.raises(ModelError) as error:
        await _reply(model)
    assert error.value.kind == "connection"
    assert error.value.retryable
    spent = error.value.usage
    assert spent is not None
    assert (spent.calls, spent.retries, spent.estimated) == (1, 0, True)
    assert spent.completion_tokens > 0


async def test_a_request_that_killed_the_server_is_counted(
    engine: Path, tmp_path: Path, models: list[LocalModel]
) -> None:
    model = LocalModel(f"local:{_model_file(tmp_path, 'once')}", idle_seconds=0)
    models.append(model)
    assert [(await _reply(model)).usage.retries for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("how", "said"), [("refuse", "RuntimeError: cannot load this"), ("vanish", "ended with 3.*the last words")]
)
async def test_a_server_that_does_not_start_says_why(engine: Path, tmp_path: Path, how: str, said: str) -> None:
    path = _model_file(tmp_path, how)

    with pytest.raises(ModelError, match=f"could not be started from {path}: .*{said}"):
        await _reply(LocalModel(f"local:{path}"))
    assert _states() == []


def test_a_server_that_is_never_ready_is_given_up(
    engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_client, "START_SECONDS", 1.0)
    path = _model_file(tmp_path, "wait")
    os.mkfifo(f"{path}.fifo")

    with pytest.raises(ModelError, match=r"too little memory .*, or not ready within 1 s"):
        acquire(LlamaServerSettings(path, 512, 1))


async def test_a_run_that_is_cancelled_while_the_model_loads_leaves_nothing_behind(
    engine: Path, tmp_path: Path
) -> None:
    path = _model_file(tmp_path, "wait")
    os.mkfifo(f"{path}.fifo")
    model = LocalModel(f"local:{path}", idle_seconds=0)
    task = asyncio.create_task(_reply(model))
    with await asyncio.to_thread(open, f"{path}.fifo", "w"):
        watch = _Watch(int(Path(f"{path}.pid").read_text()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await model.aclose()
    assert watch.ends()


async def test_weights_that_are_missing_are_not_downloaded_but_named() -> None:
    with pytest.raises(
        ModelError, match=r"1\.1 GB, Qwen2\.5-Coder-1\.5B-Instruct, Apache-2\.0.*`rlm fetch` once"
    ) as error:
        await _reply(LocalModel())
    assert error.value.kind == "missing"
    with pytest.raises(ModelError, match=r"491 MB, Qwen2\.5-Coder-0\.5B-Instruct"):
        await _reply(LocalModel("local:0.5b"))


async def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'local:.*none\.gguf' names .* cannot be read"):
        await _reply(LocalModel(f"local:{tmp_path}/none.gguf"))


async def test_an_engine_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalModel, "available", classmethod(lambda cls: False))

    with pytest.raises(ModelError, match=r"pip install 'rlm-kernel\[local\]'") as error:
        await _reply(LocalModel())
    assert error.value.kind == "missing"


def test_what_the_engine_is_told() -> None:
    model = LocalModel(n_ctx=4096)

    assert isinstance(model, Model)
    assert (model.name, model.small, model.context_window) == ("local", True, 4096)
    assert model.notices == ("small local model: check the evidence",)


def _real_weights() -> Path | None:
    if OWN_MODEL:
        return Path(OWN_MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RLM_CACHE_DIR", raising=False)
        if CACHE:
            patch.setenv("RLM_CACHE_DIR", CACHE)
        return weights.find()


@pytest.fixture
async def real(models: list[LocalModel]) -> LocalModel:
    if not LocalModel.available():
        pytest.skip("the engine of the embedded model is not installed (extra `local`)")
    path = _real_weights()
    if path is None:
        pytest.skip("the embedded model's weights are not on this machine (`rlm fetch` gets them)")
    model = LocalModel(f"local:{path}", n_ctx=2048, idle_seconds=0)
    models.append(model)
    return model


@pytest.mark.embedded
async def test_the_real_model_answers_and_keeps_its_prefix(real: LocalModel) -> None:
    facts = " ".join(f"Item {number} costs {number * 3} dollars." for number in range(30))
    system: Message = {"role": "system", "content": f"Answer in one short sentence. {facts}"}
    question = [system, *_ask("What does item 7 cost?")]

    first = await _reply(real, question, seed=1, max_tokens=24, temperature=0.0)
    await _reply(real, _ask("Say hello."), max_tokens=4)
    again = await _reply(real, question, seed=1, max_tokens=24, temperature=0.0)

    assert "21" in first.text
    assert again.text == first.text
    assert first.usage.prompt_tokens > 300
    assert not first.usage.estimated
    # The call in between, as of a sub-model, has not cost the long prompt its place.
    assert again.usage.cached_tokens > 0.9 * first.usage.prompt_tokens


@pytest.mark.embedded
async def test_the_real_model_looks_before_it_answers(real: LocalModel) -> None:
    opening = (
        f"The document 'a.txt' has 90 characters in 3 lines.\n{first_look.SENTENCE}\n\nQuestion: Who won the race?"
    )
    reply = await _reply(real, [{"role": "system", "content": "Reply with Python."}, *_ask(opening)], max_tokens=120)
    assert re.fullmatch(
        r"""```python\n(for m in search\("[^"]+", limit=6.*\): print\(m\.line_num, m\.line\)\n)+```""", reply.text
    )


# Instructions of 2,000 characters or more are kept; plain words are few tokens.
RULES_FOR_REAL = "A long report has a sentence of many words on every line of a page. " * 30


async def _of_a_new_server(real: LocalModel, messages: list[Message]) -> Reply:
    """What the real model replies in a server of its own, which has ended afterwards."""
    model = LocalModel(real.name, n_ctx=2048, idle_seconds=0)
    try:
        reply = await _reply(model, messages, seed=1, max_tokens=30, temperature=0.0)
        (path,) = _states()
        ended = _Watch(json.loads(path.read_text(encoding="utf-8"))["pid"])
    finally:
        await model.aclose()
    assert ended.ends()
    return reply


@pytest.mark.embedded
async def test_the_next_real_server_reads_neither_instructions_nor_examples_again(real: LocalModel) -> None:
    system: Message = {"role": "system", "content": f"Reply with Python. {RULES_FOR_REAL}"}
    examples: list[Message] = [
        {"role": "user", "content": "The document 'b.txt'.\n\nQuestion: " + "Who wrote the long report? " * 12},
        {"role": "assistant", "content": "```python\nprint(grep('wrote'))\n```"},
    ]
    question = _ask(f"The document 'a.txt'.\n{first_look.SENTENCE}\n\nQuestion: Who won?")
    short = _ask("Who won?")

    first = await _of_a_new_server(real, [system, *examples, *question])
    again = await _of_a_new_server(real, [system, *examples, *question])
    without_examples = await _of_a_new_server(real, [system, *short])

    assert again.text == first.text
    # Less than the examples have: they were not read again either.
    assert again.usage.cached_tokens > first.usage.prompt_tokens - 60
    assert without_examples.usage.cached_tokens > 0.9 * without_examples.usage.prompt_tokens


@pytest.mark.embedded
async def test_the_real_server_is_closed_to_others_and_refuses_too_long_a_prompt(real: LocalModel) -> None:
    with pytest.raises(ModelError) as error:
        await _reply(real, _ask("one two three " * 1500))
    assert error.value.kind == "context-length"
    (path,) = _states()
    state = json.loads(path.read_text(encoding="utf-8"))
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = {name: await client.get(f"{state['url']}{name}") for name in ("/v1/models", "/props", "/slots", "/")}
        known = await client.get(f"{state['url']}/v1/models", headers={"Authorization": f"Bearer {state['token']}"})
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "/v1/models": 401,
        "/props": 401,
        "/slots": 401,
        "/": 404,
    }
    assert known.status_code == 200


@pytest.mark.embedded
async def test_the_real_server_tells_its_window(real: LocalModel) -> None:
    await _reply(real, max_tokens=1)
    (path,) = _states()
    state = json.loads(path.read_text(encoding="utf-8"))
    model = OpenAICompatible("any name", base_url=f"{state['url']}/v1", api_key=state["token"])
    assert await model.learn_window() == 2048
    await model.aclose()


@pytest.mark.parametrize(
    ("bounds", "grammar"),
    [
        (Bounds(("settled", 'a "quote" \\')), 'root ::= "settled" | "a \\"quote\\" \\\\"\n'),
        (Bounds(("a\x0cb\n",)), 'root ::= "a\\x0cb\\n"\n'),
        (Bounds((f"kinds = ['{OWN}']",)), 'root ::= "kinds = [\'" own "\']"\nown ::= [^\\n`\\\\]{3,150}\n'),
        (Bounds(("rows = grep('a\\tb')",), kind="code"), "beginning ::= \"rows = grep('a\\\\tb')\"\n"),
    ],
)
async def test_a_reply_may_be_bound(engine: Path, tmp_path: Path, bounds: Bounds, grammar: str) -> None:
    path = _model_file(tmp_path, "keep")
    model = LocalModel(f"local:{path}", idle_seconds=0)
    try:
        bound = model.bound(bounds)
        await _reply(bound, _ask("Which?"))
        sent = json.loads(Path(f"{path}.body").read_bytes())
        assert sent["grammar"].endswith(grammar)
        assert ("```python" in sent["grammar"]) == (bounds.kind == "code")
        assert bound.identity != model.identity
        # Who has made the model closes it.
        await bound.aclose()
        await _reply(model, _ask("Which?"))
        assert "grammar" not in json.loads(Path(f"{path}.body").read_bytes())
    finally:
        await model.aclose()
