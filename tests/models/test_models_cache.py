"""Replies on disk: what makes two calls the same, several processes at once, and files that are of no use."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from asking import PROMPT, ask
from scripted_server import say

from rlm_kernel.models import DiskCache, Message, OpenAICompatible, Recorder, Reply
from rlm_kernel.models.cache import default_cache_file, reply_key
from rlm_kernel.models.local.model import LocalModel
from rlm_kernel.trace import Usage

REPLY = Reply("a reply, naïve \ud800 😀", "some thoughts", Usage(calls=1, prompt_tokens=7, cost=0.5), "stop")
URL = "http://127.0.0.1:1/v1"
KEY = "0" * 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "replies.sqlite"


def test_a_reply_comes_back_as_it_was(path: Path) -> None:
    with DiskCache(path) as cache:
        assert cache.get(KEY) is None
        cache.put(KEY, REPLY)
        assert cache.get(KEY) == REPLY
    with DiskCache(path) as again:
        assert again.get(KEY) == REPLY
        again.put(KEY, Reply("another"))
        assert again.get(KEY) == Reply("another")
        assert again.remark is None


def test_the_file_is_for_its_user_alone(path: Path) -> None:
    with DiskCache(path) as cache:
        cache.put(KEY, REPLY)
        modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_was_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "open.sqlite").touch(0o644)
    with DiskCache(tmp_path / "open.sqlite") as cache:
        cache.put(KEY, REPLY)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "open.sqlite").stat().st_mode) == 0o600


def test_the_usual_place_is_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path))
    assert default_cache_file() == tmp_path / "replies" / "replies.sqlite"
    with DiskCache() as cache:
        cache.put(KEY, REPLY)
    assert default_cache_file().is_file()


def test_what_a_reply_depends_on_makes_the_key() -> None:
    def key(messages: list[Message] = PROMPT, name: str = "m", call: Any = None, **options: Any) -> str:
        return reply_key(OpenAICompatible(name, base_url=URL, **options), messages, **(call or {}))

    other: list[Message] = [{"role": "user", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    keys = [
        key(),
        key(other),
        key(name="n"),
        key(extra_body={"top_k": 1}),
        key(extra_body={"top_k": 2}),
        key(temperature=0.5),
        key(call={"temperature": 0.5}),
        key(call={"temperature": 0.0}),
        key(call={"seed": 1}),
        key(call={"max_tokens": 1}),
        reply_key(OpenAICompatible("m", base_url="http://127.0.0.1:2/v1"), PROMPT),
        key([{"role": "user", "content": "\ud800"}]),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(one) == 64 for one in keys)
    assert key(extra_body={"a": 1, "b": 2}) == key(extra_body={"b": 2, "a": 1})


def test_the_key_of_the_endpoint_makes_no_difference_and_is_not_kept(path: Path) -> None:
    secret = "sk-very-secret-1234567890"
    models = [OpenAICompatible("m", base_url=URL, api_key=key) for key in (secret, "sk-another-one")]
    first, second = (reply_key(model, PROMPT) for model in models)
    assert first == second
    in_url = OpenAICompatible("m", base_url=f"http://user:{secret}@127.0.0.1:1/v1?api-key={secret}")
    assert reply_key(in_url, PROMPT) == first
    with DiskCache(path) as cache:
        cache.put(first, REPLY)
        kept = b"".join(one.read_bytes() for one in path.parent.iterdir())
    assert b"a reply" in kept
    assert secret.encode() not in kept
    assert b"Be brief." not in kept


def test_a_recorded_call_is_told_from_that_of_another_endpoint(tmp_path: Path) -> None:
    keys = {
        reply_key(Recorder(OpenAICompatible("m", base_url=f"http://127.0.0.1:{port}/v1"), tmp_path / "r"), PROMPT)
        for port in (1, 2)
    }
    assert len(keys) == 2


def test_other_weights_are_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    for name in ("one", "two"):
        weights = tmp_path / f"{name}.gguf"
        weights.write_bytes(b"GGUF" + bytes(100))
        monkeypatch.setenv("RLM_LOCAL_MODEL", str(weights))
        keys.append(reply_key(LocalModel("local"), PROMPT))
    keys.append(reply_key(LocalModel("local", n_ctx=2048), PROMPT))
    monkeypatch.setattr(LocalModel, "available", staticmethod(lambda: False))
    keys.append(reply_key(LocalModel("local"), PROMPT))
    assert len(set(keys)) == 4


async def test_a_call_that_was_kept_is_the_reply_of_the_endpoint(connect: Any, path: Path) -> None:
    model, _ = connect([say("from the endpoint", usage={"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.1})])
    reply = await ask(model, seed=1)
    with DiskCache(path) as cache:
        cache.put(reply_key(model, PROMPT, seed=1), reply)
        assert cache.get(reply_key(model, PROMPT, seed=1)) == reply
        assert cache.get(reply_key(model, PROMPT, seed=2)) is None


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE accounts (name TEXT)")
    other.close()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: write(path, b"no database at all, but a text of some length" * 100), "not a database"),
        (foreign, "database of something else"),
        (lambda path: path.mkdir(parents=True), "directory"),
        (lambda path: path.parent.write_bytes(b"a file where a folder should be"), "irectory"),
    ],
)
def test_a_file_of_no_use_is_a_remark_and_no_error(path: Path, spoil: Any, reason: str) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with DiskCache(path) as cache:
        assert cache.get(KEY) is None
        cache.put(KEY, REPLY)
        assert cache.get(KEY) is None
        remark = cache.remark
    assert remark is not None
    assert remark.startswith(f"The cache of replies {path} is not used: ")
    assert reason in remark
    assert "Delete it" in remark
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_file_that_is_damaged_later_is_a_remark(path: Path) -> None:
    with DiskCache(path) as cache:
        for n in range(300):
            cache.put(f"{n:064}", Reply("x" * 2_000))
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with DiskCache(path) as cache:
        assert [cache.get(f"{n:064}") for n in range(300)] == [None] * 300
        cache.put(KEY, REPLY)
        assert "malformed" in (cache.remark or "")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '{"text": 3}',
        "{}",
        '{"text": "x", "usage": {"calls": "many"}}',
        "[" * 100_000,
        '{"text": "x", "usage": 3}',
    ],
)
def test_a_row_that_is_no_reply_is_nothing(path: Path, body: str) -> None:
    with DiskCache(path) as cache:
        cache.put(KEY, REPLY)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE replies SET body = ?", (body,))
    file.close()
    with DiskCache(path) as cache:
        assert cache.get(KEY) is None


def test_a_file_that_another_process_holds_is_used_again_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlm_kernel.models.cache.BUSY_SECONDS", 0.05)
    with DiskCache(path) as cache:
        cache.put(KEY, REPLY)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        cache.put("1" * 64, REPLY)
        assert "locked" in (cache.remark or "")
        holder.close()
        cache.put("2" * 64, REPLY)
        assert cache.get("1" * 64) is None
        assert cache.get("2" * 64) == REPLY


def test_the_oldest_used_replies_are_dropped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("rlm_kernel.models.cache.time.time", lambda: now)
    with DiskCache(path, max_bytes=400_000) as cache:
        cache.put("too large", Reply("x" * 50_000))
        for n in range(200):
            now += 100
            cache.put(f"{n}", Reply("x" * 5_000))
            assert cache.get("0") is not None, n
        kept = [n for n in range(200) if cache.get(f"{n}")]
        assert cache.get("too large") is None
        assert cache.remark is None
    assert kept[0] == 0
    assert kept[1:] == list(range(201 - len(kept), 200))
    assert 30 < len(kept) < 80
    assert path.stat().st_size < 500_000


WORKER = """
import sys
from rlm_kernel.models import DiskCache, Reply
with DiskCache(sys.argv[1]) as cache:
    for n in range(200):
        cache.put(f"{sys.argv[2]}-{n}", Reply(f"{sys.argv[2]} said {n}"))
        cache.put(f"shared-{n}", Reply(f"shared {n}"))
        assert cache.get(f"shared-{n}").text == f"shared {n}"
    assert cache.remark is None, cache.remark
"""


def test_processes_and_threads_share_a_file(path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(path), str(n)], stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    with DiskCache(path) as cache:

        def work(name: str) -> None:
            for n in range(200):
                cache.put(f"{name}-{n}", Reply(f"{name} said {n}"))

        threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [worker.communicate()[1] for worker in workers] == [""] * 4
        names = ["0", "1", "2", "3", "a", "b"]
        found = {
            (name, n) for name in names for n in range(200) if cache.get(f"{name}-{n}") == Reply(f"{name} said {n}")
        }
        assert len(found) == 6 * 200
        assert cache.remark is None
