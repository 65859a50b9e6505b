"""Replies kept on disk, so that the same call of a later run costs nothing: a notebook that is run again, say.

The file holds replies as they came, **and so excerpts of the documents that they are about**, in the user's own cache
folder and readable by nobody else; prompts are kept as hashes only. Whether to use it, and what a hit counts, is the
engine's business. A cache never fails a run: what is wrong with the file is a remark, and nothing is found in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ..trace import Usage
from . import files
from .base import Message, Model, Reply

DEFAULT_BYTES = 1_000_000_000
APPLICATION = 0x524C4D43  # "RLMC", in the header of every file that is ours
BUSY_SECONDS = 2.0
PAUSE_SECONDS = 0.01
REMEMBER_SECONDS = 60.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, body TEXT NOT NULL, used REAL NOT NULL);
CREATE INDEX IF NOT EXISTS by_use ON replies (used);
"""
_T = TypeVar("_T")


def default_cache_file() -> Path:
    """`replies/replies.sqlite` in the user's cache folder, which `RLM_CACHE_DIR` overrides. Not created here."""
    return files.cache_dir() / "replies" / "replies.sqlite"


def reply_key(
    model: Model,
    messages: Sequence[Message],
    *,
    max_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> str:
    """The SHA-256 (hex) of what a reply depends on: the model, the messages and the parameters; never of the API key.

    The model is its name and its `identity`: of an endpoint the address (without credentials), the `extra_body` and
    the temperature used where a call gives none; of the embedded model the file of weights.
    """
    asked = {
        "schema": "rlm.reply/1",
        "model": {**model.identity, "name": model.name},
        "messages": [[one["role"], one["content"]] for one in messages],
        "parameters": {"max_tokens": max_tokens, "temperature": temperature, "seed": seed},
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=repr).encode("ascii")).hexdigest()


class DiskCache:
    """Replies by key in one SQLite file (mode 0600; a folder that has to be made for it: 0700).

    It may be used from any thread, and the file by several processes at once. Beyond `max_bytes` the replies that were
    used longest ago are dropped. Blocking, as a rule for less than a millisecond, for 2 seconds where another process
    holds the file. `remark` is a sentence for the user once something is wrong with the file, else None.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, max_bytes: int = DEFAULT_BYTES) -> None:
        self.path = Path(path).expanduser().absolute() if path is not None else default_cache_file()
        self.remark: str | None = None
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._unusable = False

    def __repr__(self) -> str:
        return f"DiskCache({str(self.path)!r})"

    def __enter__(self) -> DiskCache:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def get(self, key: str) -> Reply | None:
        """The reply of that key, with the usage that it had cost; None where there is none."""
        return self._with_file(lambda file: self._find(file, key))

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; one that takes more than a tenth of the cache is not kept."""
        body = json.dumps(
            {
                "text": reply.text,
                "reasoning": reply.reasoning,
                "finish_reason": reply.finish_reason,
                "usage": reply.usage.model_dump(exclude_defaults=True),
            }
        )
        if len(body) <= self._max_bytes // 10:
            self._with_file(lambda file: self._keep(file, key, body))

    def close(self) -> None:
        """Close the file. The next `get` or `put` opens it again."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    def _with_file(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        with self._lock:
            if self._unusable:
                return None
            try:
                return work(self._open())
            except (OSError, sqlite3.Error, ValueError) as error:
                busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
                # Another process that holds the file for long will let go of it; anything else will not mend itself.
                self._unusable = not busy
                self.remark = _remark(self.path, error, busy=busy)
                return None

    def _open(self) -> sqlite3.Connection:
        # A connection must not be used across a fork.
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        if not self.path.parent.exists():
            files.private_dir(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            status = os.fstat(descriptor)
            if hasattr(os, "getuid") and status.st_uid != os.getuid():
                raise PermissionError("it belongs to another user")
        finally:
            os.close(descriptor)
        file = self._connect()
        if status.st_mode & 0o077:
            self.path.chmod(0o600)
        self._connection, self._process = file, os.getpid()
        return file

    def _connect(self) -> sqlite3.Connection:
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            file = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(file)
                return file
            except sqlite3.OperationalError as error:
                file.close()
                # While another process makes the file, SQLite refuses some steps without waiting.
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)
            except BaseException:
                file.close()
                raise

    @staticmethod
    def _prepare(file: sqlite3.Connection) -> None:
        file.execute("BEGIN")
        (application,) = file.execute("PRAGMA application_id").fetchone()
        (tables,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        file.execute("COMMIT")
        if application != APPLICATION:
            if application or tables:
                raise ValueError("it is a database of something else")
            file.execute("PRAGMA auto_vacuum = INCREMENTAL")
        if file.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute("PRAGMA journal_size_limit = 16000000")
        if application != APPLICATION:
            file.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.strip().split("\n"):
                file.execute(statement)
            file.execute(f"PRAGMA application_id = {APPLICATION}")
            file.execute("COMMIT")

    @staticmethod
    def _find(file: sqlite3.Connection, key: str) -> Reply | None:
        row = file.execute("SELECT body, used FROM replies WHERE key = ?", (key,)).fetchone()
        if row is None or (reply := _read(row[0])) is None:
            return None
        now = time.time()
        if now - row[1] > REMEMBER_SECONDS:
            # That it was used is worth a write, but no failure.
            with contextlib.suppress(sqlite3.Error):
                file.execute("UPDATE replies SET used = ? WHERE key = ?", (now, key))
        return reply

    def _keep(self, file: sqlite3.Connection, key: str, body: str) -> None:
        file.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, body, time.time()))
        if _size(file) <= self._max_bytes:
            return
        while _size(file) > self._max_bytes * 0.9:
            (count,) = file.execute("SELECT count(*) FROM replies").fetchone()
            if count == 0:
                break
            file.execute(
                "DELETE FROM replies WHERE key IN (SELECT key FROM replies ORDER BY used LIMIT ?)", (1 + count // 20,)
            )
        file.execute("PRAGMA incremental_vacuum").fetchall()


def _size(file: sqlite3.Connection) -> int:
    """Bytes of the file that hold something."""
    figures = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count"))
    size, pages, free = figures
    return int(size * (pages - free))


def _read(body: Any) -> Reply | None:
    """A reply as it was written; None for anything else."""
    try:
        kept = json.loads(body)
        text, reasoning, reason = kept["text"], kept.get("reasoning", ""), kept.get("finish_reason")
        if not (isinstance(text, str) and isinstance(reasoning, str) and isinstance(reason, str | None)):
            return None
        return Reply(text, reasoning, Usage.model_validate(kept.get("usage", {})), reason)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _remark(path: Path, error: Exception, *, busy: bool) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    remedy = (
        "It is asked again for the next call."
        if busy
        else "Delete it, or name another one; nothing but the replies kept in it is lost."
    )
    return f"The cache of replies {path} is not used: {reason}. {remedy}"
