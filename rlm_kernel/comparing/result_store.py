"""The results file of a comparison: JSON lines, one for each run that has ended, so that it can go on where it stopped.

A record belongs to the very question, document and settings that it was made with (`digest`); whether its value is
right is not in it, so that a corrected answer or check needs no new runs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ..trace import Status, Trace


class ResultsError(ValueError):
    """A results file cannot be used: which, why, and what to do."""


class StoredResult(BaseModel):
    """One run: who answered what, and what it took. `cost` is None where nobody knows it, `kind` that of the model's
    error where the run failed."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    schema_: Literal["rlm.comparison/1"] = Field(default="rlm.comparison/1", alias="schema")
    model: str
    question: str
    run: int
    digest: str
    value: JsonValue = None
    status: Status = "answered"
    best_guess: bool = False
    reason: str = ""
    kind: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    calls: int = 0
    iterations: int = 0
    seconds: float = 0.0
    started: str = ""

    @property
    def failed(self) -> bool:
        """Whether the model's endpoint gave no run at all: neither right nor wrong, and to be tried again."""
        return self.status in ("failed", "stopped", "running")

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What a run is known by."""
        return self.model, self.question, self.run, self.digest


def record_of(trace: Trace, *, model: str, question: str, run: int, digest: str, kind: str = "") -> StoredResult:
    """What is kept of a run."""
    usage = trace.usage
    return StoredResult(
        model=model,
        question=question,
        run=run,
        digest=digest,
        value=trace.value,
        status=trace.status,
        best_guess=trace.best_guess,
        reason=trace.reason,
        kind=kind,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost=usage.cost,
        calls=usage.calls,
        iterations=len(trace.iterations),
        seconds=trace.seconds,
        started=trace.started,
    )


def digest_of(parts: Mapping[str, Any]) -> str:
    """A short fingerprint of what a run is made with."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ResultsFile:
    """Reads and appends records; without a path it only remembers them. `broken` lines were left aside."""

    def __init__(self, path: str | Path | None) -> None:
        self.path = Path(path) if path is not None else None
        self.broken = 0
        self._cut = False
        self.records = self._read()

    def add(self, record: StoredResult) -> None:
        """Keep a record, on disk before this returns. Raises ResultsError."""
        self.records.append(record)
        if self.path is None:
            return
        line = record.model_dump_json(by_alias=True) + "\n"
        try:
            with self.path.open("a", encoding="utf-8") as file:
                # A line that was cut off when somebody pulled the plug must not take this one with it.
                file.write(f"\n{line}" if self._cut else line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ResultsError(f"The results {self.path} cannot be written: {error.strerror}.") from None
        self._cut = False

    def _read(self) -> list[StoredResult]:
        if self.path is None:
            return []
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ResultsError(f"The results {self.path} cannot be read: {error.strerror}.") from None
        self._cut = bool(text) and not text.endswith("\n")
        made = []
        for line in filter(str.strip, text.splitlines()):
            try:
                made.append(StoredResult.model_validate_json(line))
            except ValidationError:
                self.broken += 1
        if self.broken and not made:
            raise ResultsError(f"{self.path} holds no results of a comparison: name another file, or remove it.")
        return made
