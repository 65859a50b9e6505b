"""Which requests are in which batch of an endpoint, on disk: so that a batch is found again when its process has gone,
and nothing that is under way or was answered is paid for a second time.

It holds hashes of requests and the ids of batches: no prompt, no reply, no key.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from .. import files
from ..base import ModelError

KEPT_SECONDS = 25 * 86_400.0
"""OpenAI keeps the results of a batch for 30 days."""
_BUSY_SECONDS = 10.0
_AT_ONCE = 500
_APPLICATION = 0x524C4D42  # "RLMB", in the header of every file that is ours
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (token TEXT PRIMARY KEY, remote TEXT, made REAL NOT NULL);
CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, token TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_token ON items (token);
"""


def default_batch_folder() -> Path:
    """`batches` in the user's cache folder, which `RLM_CACHE_DIR` overrides. Not created here."""
    return files.cache_dir() / "batches"


class BatchJournal:
    """Requests by key, batches by a token that is written before a batch is begun and stands in its metadata.

    Blocking. Raises `ModelError` where the file cannot be used: without it a batch could be paid for twice.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_batch_folder()

    @contextmanager
    def begun(self, token: str) -> Iterator[None]:
        """Held by whoever begins the batch of a token, until its id is in the journal."""
        with self._errors():
            files.private_dir(self._folder)
            lock = files.locked(self._lock(token), timeout=_BUSY_SECONDS)
            lock.__enter__()
        try:
            yield
        finally:
            lock.__exit__(None, None, None)
            self._lock(token).unlink(missing_ok=True)

    def is_begun(self, token: str) -> bool:
        """Whether a process that lives is about to begin the batch of a token."""
        lock = self._lock(token)
        if not lock.exists():
            return False
        try:
            with files.locked(lock, timeout=0.0):
                return False
        except TimeoutError:
            return True
        except OSError:
            return False

    def claim(self, token: str, keys: Sequence[str]) -> dict[str, str]:
        """Put requests into a batch that is about to begin. Returns those that are in another one, by its token."""
        with self._open() as file:
            file.execute("BEGIN IMMEDIATE")
            before = time.time() - KEPT_SECONDS
            file.execute("DELETE FROM items WHERE token IN (SELECT token FROM batches WHERE made < ?)", (before,))
            file.execute("DELETE FROM batches WHERE made < ?", (before,))
            found: dict[str, str] = {}
            for part in _parts(keys):
                marks = ",".join("?" * len(part))
                found |= dict(file.execute(f"SELECT key, token FROM items WHERE key IN ({marks})", part))  # noqa: S608
            rest = [key for key in keys if key not in found]
            if rest:
                file.execute("INSERT INTO batches (token, made) VALUES (?, ?)", (token, time.time()))
                file.executemany("INSERT INTO items (key, token) VALUES (?, ?)", [(key, token) for key in rest])
            file.execute("COMMIT")
            return found

    def remote(self, token: str) -> str | None:
        """The endpoint's id of a batch; None where none is known."""
        with self._open() as file:
            row = file.execute("SELECT remote FROM batches WHERE token = ?", (token,)).fetchone()
            return None if row is None else row[0]

    def sent(self, token: str, remote: str) -> None:
        """The batch has begun, under that id."""
        with self._open() as file:
            file.execute("UPDATE batches SET remote = ? WHERE token = ?", (remote, token))

    def forget(self, keys: Iterable[str]) -> None:
        """These requests are in no batch any more."""
        with self._open() as file:
            file.execute("BEGIN IMMEDIATE")
            file.executemany("DELETE FROM items WHERE key = ?", [(key,) for key in keys])
            file.execute("COMMIT")

    def forget_batch(self, token: str) -> None:
        """A batch has never begun, or is not there any more."""
        with self._open() as file:
            file.execute("BEGIN IMMEDIATE")
            file.execute("DELETE FROM items WHERE token = ?", (token,))
            file.execute("DELETE FROM batches WHERE token = ?", (token,))
            file.execute("COMMIT")

    def _lock(self, token: str) -> Path:
        return self._folder / f"{token}.lock"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            files.private_dir(self._folder)
            path = self._folder / "batches.sqlite"
            path.touch(mode=0o600)
            with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as file:
                (application,) = file.execute("PRAGMA application_id").fetchone()
                if application != _APPLICATION:
                    if application or file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        raise sqlite3.DatabaseError("it is a database of something else")
                    file.executescript(_SCHEMA + f"PRAGMA application_id = {_APPLICATION};")
                yield file

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise ModelError(
                f"The journal of batches in {self._folder} cannot be used ({reason}), and without it a batch could be "
                "paid for twice: set RLM_CACHE_DIR to another folder, or leave batch_api (--batch-api) out.",
                kind="missing",
            ) from None


def _parts(keys: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield list(keys[start : start + _AT_ONCE])
