"""The rows of a campaign: one for each run, in a journal of JSON lines that nothing is lost of, and as Parquet.

A trace is on disk before its row, and a row before it counts. What was cut off when somebody pulled the plug takes no
other row with it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ..trace import VERDICTS, Status
from .errors import CampaignError
from .runtime import HOPELESS, INFRASTRUCTURE
from .tasks import Outcome

JOURNAL, PARQUET, TRACES = "rows.jsonl", "rows.parquet", "traces"
SHARES = ("searched", "scanned", "shown", "sent", "untouched")
# What the next command tries again; what a model made of a question stays as it is.
_AGAIN = INFRASTRUCTURE | HOPELESS | {"document", "isolation", "campaign-limit", "internal", "unpriced"}


class CampaignRow(BaseModel):
    """One run: what was asked of what, what came of it, what it took, and where its trace is.

    `digest` is that of the unit (question, document, settings, seed), `sha256` that of the document's bytes,
    `fingerprint` that of its text, `trace_digest` that of the trace. `kind` says why a run failed, in a word. Calls,
    tokens and cost are those of all `attempts`; cost is None where nobody knows it. `copies` are the names of
    documents with the same content.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    schema_: Literal["rlm.campaign/1"] = Field(default="rlm.campaign/1", alias="schema")
    digest: str
    document: str = ""
    copies: list[str] = Field(default_factory=list)
    source: str = ""
    sha256: str = ""
    fingerprint: str = ""
    name: str = ""
    question: str = ""
    type: str | None = None
    model: str = ""
    seed: int | None = None
    value: JsonValue = None
    status: Status = "failed"
    best_guess: bool = False
    kind: str = ""
    reason: str = ""
    verdicts: dict[str, int] = Field(default_factory=dict)
    coverage: dict[str, float | None] = Field(default_factory=dict)
    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    iterations: int = 0
    seconds: float = 0.0
    started: str = ""
    attempts: int = 1
    worker: str = ""
    trace: str = ""
    trace_digest: str = ""

    @property
    def finished(self) -> bool:
        """Whether it is not run again: answered, at a limit of its own, or failed by the model's own fault."""
        if self.status in ("stopped", "running"):
            return False
        return self.kind not in _AGAIN

    def flat(self) -> dict[str, Any]:
        """The same as scalars: the value as JSON, a column for each verdict and share."""
        data = self.model_dump(exclude={"schema_", "verdicts", "coverage", "copies"})
        data["value"] = None if self.value is None else json.dumps(self.value, ensure_ascii=False)
        data |= {f"verdict_{name.replace('-', '_')}": self.verdicts.get(name, 0) for name in VERDICTS}
        return data | {f"coverage_{name}": self.coverage.get(name) for name in SHARES}


class Journal:
    """Reads and appends the rows of a folder. `rows` are the last ones by their digest, in the order of the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = 0
        self._file = folder / JOURNAL
        self._cut = False
        self._lock = threading.Lock()
        self.rows: dict[str, CampaignRow] = {}
        self._read()

    def add(self, row: CampaignRow, outcome: Outcome | None = None) -> CampaignRow:
        """Keep a run's trace and then its row; both are on disk before this returns. Raises CampaignError."""
        try:
            with self._lock:
                if outcome is not None and outcome.trace is not None:
                    row.trace = f"{TRACES}/{row.digest}{outcome.suffix}"
                    self._write_trace(self.folder / row.trace, outcome.trace)
                self._append(row)
        except OSError as error:
            raise CampaignError(
                f"{self.folder} cannot be written ({error.strerror or error}): make room, and run the same command "
                "again; the rows that it holds are kept."
            ) from None
        self.rows[row.digest] = row
        return row

    def _write_trace(self, file: Path, data: bytes) -> None:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        temporary = file.with_name(f".{file.name}.new")
        try:
            with temporary.open("wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)

    def _append(self, row: CampaignRow) -> None:
        line = row.model_dump_json(by_alias=True).encode("utf-8", "replace") + b"\n"
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            try:
                rest = memoryview(b"\n" + line if self._cut else line)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        self._cut = False

    def _read(self) -> None:
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise CampaignError(f"The rows {self._file} cannot be read: {error.strerror or error}.") from None
        self._cut = bool(data) and not data.endswith(b"\n")
        for line in filter(bytes.strip, data.split(b"\n")):
            try:
                row = CampaignRow.model_validate_json(line)
            except ValidationError:
                self.broken += 1
                continue
            self.rows[row.digest] = row
        if self.broken and not self.rows:
            raise CampaignError(f"{self._file} holds no rows of a campaign: name another folder, or remove the file.")


def write_parquet(rows: Sequence[CampaignRow], file: Path) -> str:
    """Write rows as Parquet, at one stroke. Returns a remark where that could not be done, else nothing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return (
            f"{file.name} is not written: it needs pyarrow (pip install 'rlm-kernel[tables]'); {JOURNAL} holds it all"
        )
    table = pyarrow.Table.from_pylist([_clean(row.flat()) for row in rows], schema=_schema(pyarrow))
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        pyarrow.parquet.write_table(table, temporary, compression="zstd")
        temporary.replace(file)
    except OSError as error:
        return f"{file.name} could not be written ({error.strerror or error}); {JOURNAL} holds it all"
    finally:
        temporary.unlink(missing_ok=True)
    return ""


def _schema(pyarrow: Any) -> Any:
    """The columns with their types, also where all values are missing."""
    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_(), str: pyarrow.string()}
    floats = ("cost", "seconds", *(f"coverage_{name}" for name in SHARES))
    sample = CampaignRow(digest="", seed=0).flat()
    fields = [
        (name, kinds[float] if name in floats else kinds.get(type(value), pyarrow.string()))
        for name, value in sample.items()
    ]
    return pyarrow.schema(fields)


def _clean(data: dict[str, Any]) -> dict[str, Any]:
    """Texts that UTF-8 can hold."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in data.items()
    }


def attempts_together(rows: Iterable[CampaignRow]) -> dict[str, Any]:
    """What several attempts of one unit have spent together."""
    every = list(rows)
    costs = [row.cost for row in every if row.cost is not None]
    sums = {
        name: sum(getattr(row, name) for row in every)
        for name in ("calls", "retries", "prompt_tokens", "completion_tokens", "cached_tokens")
    }
    return sums | {"cost": sum(costs) if costs else None, "attempts": len(every)}
