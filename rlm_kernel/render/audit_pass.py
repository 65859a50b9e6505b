"""The auditor's pass over a run: which rows of the answer somebody has checked, their notes, and who signed it off.

The labextension makes it and keeps it in the metadata of the answer's cell, under the digest of the trace. It is a
stranger's data like everything in a notebook, and a name in it is no signature.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..trace import Trace

METADATA_KEY = "rlm_audit"
SCHEMA = "rlm.audit/1"
_MOST_ROWS = 2_000
_MAX_BYTES = 512 << 20


class AuditRow(BaseModel):
    """A row that was checked or noted on: a line of evidence (`source`, `line`) or a value of the answer (`path`,
    `item`). `changed`: whether another text stood there when the pass was made than the run had recorded; `now`: that
    text, None where there was no such line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["evidence", "grounding"]
    source: str = ""
    line: int | None = None
    path: str = ""
    item: str = ""
    checked: bool = False
    note: str = ""
    changed: bool = False
    now: str | None = None

    @property
    def name(self) -> tuple[str, str, int | None, str, str]:
        """What tells it from other rows."""
        return (self.kind, self.source, self.line, self.path, self.item)


class Audit(BaseModel):
    """A pass over the trace with this `digest`; `signed_by` is empty where nobody has signed it off."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    schema_: Literal["rlm.audit/1"] = Field(alias="schema")
    digest: str
    rows: list[AuditRow] = Field(default_factory=list, max_length=_MOST_ROWS)
    note: str = ""
    signed_by: str = ""
    signed_at: str = ""

    def text_for(self, trace: Trace) -> str:
        """The sum of it in words: how many rows of the trace were checked, each counted once."""
        rows = rows_of(trace)
        checked = len({row.name for row in self.rows if row.checked} & rows)
        notes = sum(bool(row.note) for row in self.rows) + bool(self.note)
        signed = f"signed off by {self.signed_by}, {self.signed_at}" if self.signed_by else "not signed off"
        told = f"{checked:,} of {len(rows):,} {'row' if len(rows) == 1 else 'rows'} checked"
        return f"{told}, {notes:,} {'note' if notes == 1 else 'notes'}, {signed}"


def rows_of(trace: Trace) -> set[tuple[str, str, int | None, str, str]]:
    """The names of all rows that can be checked: the grounding with its parts, and the lines of evidence."""
    items = (row for item in trace.grounding for row in item.rows())
    return {("grounding", "", None, row.path, row.item) for row in items} | {
        ("evidence", row.source, row.line, "", "") for row in trace.evidence
    }


class AuditError(ValueError):
    """There is no pass over this run where one was expected, or none that can be read."""


def audit_of(trace: Trace, given: Audit | Mapping[str, Any] | str | Path) -> Audit:
    """The pass over `trace`: from a notebook's path, or from the data of one. Raises AuditError, OSError."""
    if isinstance(given, Audit):
        return _checked(given, trace)
    if isinstance(given, Mapping):
        return _checked(_audit(given), trace)
    path = Path(given)
    of_others, found = 0, []
    for passes in _kept(path):
        if trace.digest and trace.digest in passes:
            found.append(passes[trace.digest])
        of_others += sum(digest != trace.digest for digest in passes)
    if any(each != found[0] for each in found[1:]):
        raise AuditError(
            f"{path} has {len(found)} auditor's passes over this run that differ, in as many cells: delete those that "
            "do not count, and save the notebook."
        )
    if found:
        return _checked(_audit(found[0]), trace)
    why = f"it has {of_others} of other runs" if of_others else "it has none"
    remedy = "tick or note something in its cell, and save the notebook"
    raise AuditError(f"{path} has no auditor's pass over this run ({why}): {remedy}.")


def _kept(path: Path) -> Iterator[dict[str, Any]]:
    """What the cells of a notebook keep: passes by digest."""
    if path.stat().st_size > _MAX_BYTES:
        raise AuditError(f"{path} has more than {_MAX_BYTES >> 20} MB, which no notebook should have.")
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise AuditError(f"{path} is no notebook: give the .ipynb file that has the auditor's pass.") from None
    cells = data.get("cells") if isinstance(data, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        passes = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
        if isinstance(passes, dict):
            yield passes


def _audit(data: Any) -> Audit:
    try:
        return Audit.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise AuditError(f"The auditor's pass cannot be read: {where}: {first['msg']}.") from None


def _checked(audit: Audit, trace: Trace) -> Audit:
    if not trace.digest or audit.digest != trace.digest:
        raise AuditError("The auditor's pass is over another run: the digest in it is not that of this trace.")
    return audit
