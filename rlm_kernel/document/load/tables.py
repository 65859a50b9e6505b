"""Tables of other libraries as plain records, recognized by what they can do: no library is imported here.

pandas (DataFrame, Series), polars and pyarrow tables. What comes out is JSON data and nothing else.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Iterable, Mapping
from typing import Any

# The source of a text of records that were the rows of a table.
ROWS = "table-rows"


def is_table(value: Any) -> bool:
    """Whether `value` is a table or a column of one."""
    return hasattr(value, "to_dicts") or hasattr(value, "to_pylist") or _is_frame(value) or _is_series(value)


def records(table: Any) -> list[Any]:
    """The rows as dicts of JSON data; a column without a name gives its values, as does one of texts."""
    if hasattr(table, "to_dicts"):
        return _plain_rows(table.to_dicts())
    if hasattr(table, "to_pylist"):
        return _plain_rows(table.to_pylist())
    if _is_series(table):
        return _column(table)
    return _plain_rows(_frame(table).to_dict(orient="records"))


def csv_text(table: Any) -> str:
    """The table as CSV, without an index that only counts the rows."""
    if hasattr(table, "write_csv"):
        return str(table.write_csv())
    if hasattr(table, "to_csv"):
        return str(table.to_csv(index=not _counts(table)))
    rows = records(table)
    return "\n".join(str(row) for row in rows)


def plain(value: Any) -> Any:
    """JSON data that says the same; what JSON cannot say becomes a text, what is missing None."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else (None if math.isnan(value) else str(value))
    if isinstance(value, Mapping):
        return {_name(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date | datetime.time):
        # pandas' missing moment is one that equals nothing, itself included.
        return value.isoformat() if value == value else None
    if isinstance(value, decimal.Decimal):
        return str(value)
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return plain(value.tolist())
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value)


def _is_frame(value: Any) -> bool:
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def _is_series(value: Any) -> bool:
    return hasattr(value, "to_frame") and hasattr(value, "index") and hasattr(value, "tolist")


def _counts(table: Any) -> bool:
    """Whether the rows are only numbered from 0, so that the index says nothing."""
    index = getattr(table, "index", None)
    if index is None or not hasattr(index, "names"):
        return True
    return type(index).__name__ == "RangeIndex" and index.name is None


def _column(series: Any) -> list[Any]:
    values = _plain_rows(series.tolist())
    if not _counts(series):
        return records(series.to_frame(name="value" if series.name is None else series.name))
    if series.name is None or all(isinstance(value, str) for value in values):
        return values
    return [{_name(series.name): value} for value in values]


def _plain_rows(rows: Iterable[Any]) -> list[Any]:
    return [plain(row) for row in rows]


def _frame(frame: Any) -> Any:
    """The same frame with its index as columns, and with names of columns that are texts, each of them once."""
    if not hasattr(frame, "reset_index"):
        return frame
    if not _counts(frame):
        taken = {_name(column) for column in frame.columns}
        wanted = [name if name is not None else f"index{at or ''}" for at, name in enumerate(frame.index.names)]
        free = [f"{name} (index)" if _name(name) in taken else name for name in wanted]
        frame = frame.reset_index(names=free)
    frame = frame.copy(deep=False)
    frame.columns = _once(_name(column) for column in frame.columns)
    return frame


def _once(names: Iterable[str]) -> list[str]:
    made: list[str] = []
    for name in names:
        count, free = 1, name
        while free in made:
            count += 1
            free = f"{name} ({count})"
        made.append(free)
    return made


def _name(name: Any) -> str:
    if isinstance(name, tuple):
        return " / ".join(str(part) for part in name if str(part))
    return str(name)
