"""Tables of other programs: Parquet and Feather as JSON records, one a line; SQLite as Markdown tables."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from typing import IO, Any

from ...places import NUMBER
from ..tables import plain
from .sink import Sink
from .tables import cell_text

_BATCH = 4_096


def parquet(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import pyarrow.parquet as pq

    _records(pq.ParquetFile(file).iter_batches(batch_size=_BATCH), sink)


def feather(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`."""
    import pyarrow.feather

    _records(pyarrow.feather.read_table(file).to_batches(max_chunksize=_BATCH), sink)


def _records(batches: Iterable[Any], sink: Sink) -> None:
    sink.records = True
    number = 1
    for batch in batches:
        for row in batch.to_pylist():
            sink.place(f"row {NUMBER}", number)
            sink.write(json.dumps(plain(row), ensure_ascii=False) + "\n")
            number += 1


def sqlite(file: IO[bytes], sink: Sink) -> None:
    """See `sink.Sink`. SQLite opens files by names; one without, such as a member of an archive, gets one."""
    with tempfile.NamedTemporaryFile() as named:
        try:
            # The standard input of the process, opened again by its number.
            base = sqlite3.connect("file:/dev/fd/0?mode=ro&immutable=1", uri=True)
            base.execute("PRAGMA schema_version")
        except sqlite3.OperationalError:
            file.seek(0)
            shutil.copyfileobj(file, named)
            named.flush()
            base = sqlite3.connect(f"file:{named.name}?mode=ro&immutable=1", uri=True)
        _database(base, sink)


def _database(base: sqlite3.Connection, sink: Sink) -> None:
    base.text_factory = lambda data: data.decode("utf-8", "replace")
    base.execute("PRAGMA trusted_schema = OFF")
    if base.execute("PRAGMA journal_mode").fetchone() == ("wal",):
        sink.remark("changes that stand in its -wal file are left out")
    names = base.execute(
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
    ).fetchall()
    if views := [name for name, kind in names if kind == "view"]:
        sink.remark(f"views are left out: {', '.join(views[:10])}")
    for name, kind in names:
        if kind == "table" and not name.startswith("sqlite_"):
            _table(base, name, sink)


def _table(base: sqlite3.Connection, name: str, sink: Sink) -> None:
    sink.place(f"table {name!r}")
    sink.write(f"## Table: {name}\n\n")
    quoted = name.replace('"', '""')
    try:
        rows = base.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  the name is quoted
    except sqlite3.Error as error:
        sink.remark(f"the table {name!r} is left out ({error})")
        return
    columns = [cell_text(column[0]) for column in rows.description]
    sink.write(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n")
    for number, row in enumerate(rows, 1):
        sink.place(f"table {name!r}, row {NUMBER}", number)
        sink.write(f"| {' | '.join(_value(value) for value in row)} |\n")
    sink.write("\n")


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"[{len(value):,} bytes]"
    return cell_text(str(value))
