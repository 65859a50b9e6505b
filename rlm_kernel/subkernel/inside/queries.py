"""The tool `sql`: queries over the tables of the context, in a SQLite database that is only in memory.

The database is filled at the first query. From then on it can only be read: no other database, no extension, no file;
its clock and its chance are the run's, and a query ends when the cell is interrupted.
"""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...document import Document, Searcher
from ...document.search.columns import Column
from ...document.search.notes import Notes
from ...document.search.numbers import to_number
from ...document.search.result_list import Rows
from ...document.search.rows import RowRecord, short
from . import aggregates, determinism

_SpanSink = Callable[[str, str, int, int], None]
_LINE = "line_num"
_STEPS_BETWEEN_CHECKS = 10_000
_LONGEST_VALUE = 64 << 20
_SHOWN_TABLES = 20
_GENERIC = frozenset(["", "context", "text", "document", "records", "stdin"])
_READS = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_REFUSED_FUNCTIONS = frozenset(["load_extension", "randomblob", "fts3_tokenizer", "edit", "readfile", "writefile"])
_READING = re.compile(r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:select|with|values|explain|pragma)\b", re.I | re.S)
_ONLY_READING = (
    "sql: only SELECT (and WITH ... SELECT) on the tables of the context is available, without files, extensions or "
    "other databases"
)
_DATES = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")
_ONE_TABLE = re.compile(r"\s*select\s+(?!distinct\b|all\b)(.*)", re.IGNORECASE | re.DOTALL)
_MORE_THAN_ROWS = re.compile(r"\b(?:select|group|union|intersect|except|join|values|over)\b", re.IGNORECASE)


class QueryRow(RowRecord):
    """A row of a query's result: `row.column`, `row["column"]`, `row[0]`, and unpacking in the order of the columns.

    The number of its line, where the query did not ask for it (`_added` is 1 then), is had by its name only.
    """

    __slots__ = _fields = ("_names", "_values", "_added")
    _names: tuple[str, ...]
    _values: tuple[Any, ...]
    _added: int

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(f"the row has {', '.join(self._names)}; not {name!r}")
        return self[name]

    def __getitem__(self, name: Any) -> Any:
        if type(name) is not str:
            return self._asked()[name]
        if name not in self._names:
            raise KeyError(f"the row has {', '.join(self._names)}; not {name!r}")
        return self._values[self._names.index(name)]

    def keys(self) -> list[str]:
        """The names of the columns."""
        return list(self._names)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a column, or `default` where there is no such column."""
        return self[name] if name in self._names else default

    def _asked(self) -> tuple[Any, ...]:
        return self._values[self._added :]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._asked())

    def __len__(self) -> int:
        return len(self._asked())

    def __eq__(self, other: object) -> bool:
        return self._asked() == (other._asked() if type(other) is QueryRow else other)

    def __hash__(self) -> int:
        return hash(self._asked())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={short(value)!r}" for name, value in zip(self._names, self._values, strict=True))
        return f"Row({fields})"


class Queries:
    """The database of one sub-kernel. `span` is told which lines a query has read, `notes` what is to be known of the
    columns that it has read."""

    def __init__(self, document: Document, span: _SpanSink, notes: Notes) -> None:
        self._document = document
        self._span = span
        self._notes = notes
        self._database: sqlite3.Connection | None = None
        # Name of a table in lower case -> its source, its first and its last line.
        self._places: dict[str, tuple[str, int, int]] = {}
        self._columns: dict[str, list[str]] = {}
        # Table and column, in lower case, that a query reads; and the remarks on them.
        self._read: set[tuple[str, str]] = set()
        self._remarks: dict[tuple[str, str], str] = {}
        self._failures: list[BaseException] = []

    def run(self, query: Any, params: Any = ()) -> Rows[QueryRow]:
        """The rows of a query. Raises TypeError and ValueError, the latter with the tables and columns that there
        are."""
        if type(query) is not str:
            raise TypeError(f"sql: the query must be a str, not {type(query).__name__}")
        if not _READING.match(query):
            raise ValueError(_ONLY_READING)
        parameters = [value if isinstance(value, int | float | bytes) else _text(value) for value in params or ()]
        database = self._filled()
        try:
            self._read.clear()
            widened = self._with_lines(database, query, parameters)
            found = self._execute(database, widened, parameters, added=int(widened is not query))
        except sqlite3.Error as error:
            self._raise(error)
        self._note(found)
        self._remark()
        return found

    def _filled(self) -> sqlite3.Connection:
        if self._database is None:
            # A statement that is kept would not ask again what may be read.
            database = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
            # What is sorted must not go to a file.
            database.execute("PRAGMA temp_store = MEMORY")
            self._places, self._columns = {}, {}
            self._fill(database)
            if not self._columns:
                raise ValueError(
                    "sql: no table was found in the context (CSV, TSV, JSON lines and Markdown tables are read): use "
                    "grep(pattern) or re"
                )
            self._close_off(database)
            self._database = database
        return self._database

    def _execute(
        self, database: sqlite3.Connection, query: str, parameters: list[Any], *, added: int
    ) -> Rows[QueryRow]:
        self._failures.clear()
        cursor = database.execute(query, parameters)
        names = _unique([column[0] for column in cursor.description or ()])
        return Rows((QueryRow(names, values, added) for values in cursor), "sqlite")

    def _with_lines(self, database: sqlite3.Connection, query: str, parameters: list[Any]) -> str:
        """The query with the number of the line among its columns, where each row of its result is one of a table."""
        match = _ONE_TABLE.fullmatch(query)
        if match is None or _MORE_THAN_ROWS.search(match[1]) or re.search(r"\bfrom\b[^()]*,", match[1], re.IGNORECASE):
            return query
        widened = f"SELECT {_LINE} AS {_LINE}, {match[1]}"
        try:
            plan = database.execute(f"EXPLAIN {widened}", parameters).fetchall()
        except (sqlite3.Error, TypeError):
            return query
        aggregates = any(step[1].startswith("Agg") for step in plan)
        return query if aggregates or re.search(rf"\*|\b{_LINE}\b", match[1].partition("from")[0]) else widened

    def _note(self, found: Rows[QueryRow]) -> None:
        places = [self._places[name] for name in sorted({table for table, _ in self._read}) if name in self._places]
        if len(places) == 1 and found and _LINE in found[0].keys():  # noqa: SIM118  a Record is no mapping
            source, first, last = places[0]
            for row in found:
                number = row[_LINE]
                if type(number) is int and first <= number <= last:
                    self._span("sql", source, number, number)
        else:
            for source, first, last in places:
                self._span("sql", source, first, last)

    def _remark(self) -> None:
        """Say what is to be known of the columns that were read; a view reads all those of its table."""
        read = {("", column) for table, column in self._read if table == "data"} or self._read
        remarks = [text for (table, column), text in self._remarks.items() if read & {(table, column), ("", column)}]
        if remarks:
            self._notes.repeated("remarks on the columns of queries", f"sql: {'. '.join(remarks)}")

    def _raise(self, error: sqlite3.Error) -> None:
        message = str(error)
        # SQLite swallows what is raised in a function that it calls; nobody else interrupts a query.
        if self._interrupted() or message == "interrupted":
            raise KeyboardInterrupt from None
        if self._failures:
            raise ValueError(str(self._failures[0])) from None
        if "not authorized" in message or "prohibited" in message:
            raise ValueError(_ONLY_READING) from None
        tables = [f"{name}({', '.join(columns)})" for name, columns in list(self._columns.items())[:_SHOWN_TABLES]]
        raise ValueError(f"sql: {message}. The tables: {'; '.join(tables)}") from None

    def _interrupted(self) -> bool:
        return any(isinstance(error, KeyboardInterrupt) for error in self._failures)

    def _fill(self, database: sqlite3.Connection) -> None:
        place: list[tuple[str, int]] = [("", 0)]

        def note(_tool: str, source: str, first: int, _last: int) -> None:
            place[0] = (source, first)

        searcher = Searcher(self._document.texts, note, self._notes)
        tables = searcher.tables(None)
        for table in tables:
            name, told = self._free_name(_table_name(table, searcher)), table.note

            def rows(table: Any = table) -> Iterator[tuple[int | None, dict[str, Any]]]:
                return ((place[0][1], row) for row in table)

            self._create(database, name, rows, semicolons=table.delimiter == ";")
            if table.note != told:
                self._notes(f"tables: {table.note}")
            self._places[name.lower()] = (table.source, table.line_num, table.end_line)
        if not tables and (records := _records(self._document)):
            name = self._free_name("data")
            self._create(database, name, lambda: ((None, record) for record in records))
        if len(self._columns) == 1 and "data" not in self._columns:
            (name,) = self._columns
            database.execute(f"CREATE VIEW data AS SELECT * FROM {_quoted(name)}")  # noqa: S608  the name is quoted
            self._columns["data"] = self._columns[name]

    def _free_name(self, name: str) -> str:
        taken = {each.lower() for each in self._columns}
        numbered = name
        count = 1
        while numbered.lower() in taken:
            count += 1
            numbered = f"{name}_{count}"
        return numbered

    def _create(
        self,
        database: sqlite3.Connection,
        name: str,
        rows: Callable[[], Iterator[tuple[int | None, dict[str, Any]]]],
        *,
        semicolons: bool = False,
    ) -> None:
        found: dict[str, Column] = {}
        lines = False
        for line, row in rows():
            lines = lines or line is not None
            for key, value in row.items():
                column = found.get(key)
                if column is None:
                    column = found[key] = Column(key, semicolons=semicolons)
                column.add(value)
        if not found:
            return
        numeric = {key: column for key, column in found.items() if column.is_numeric}
        marks = {mark for column in numeric.values() if (mark := column.proven())}
        for column in numeric.values():
            column.settle(marks.copy().pop() if len(marks) == 1 else None)
        columns = _unique([*found, _LINE] if lines else list(found))
        types = [*("NUMERIC" if key in numeric else "TEXT" for key in found), "INTEGER"]
        defined = ", ".join(f"{_quoted(column)} {kind}" for column, kind in zip(columns, types, strict=False))
        database.execute(f"CREATE TABLE {_quoted(name)} ({defined})")
        readers = [(key, numeric[key].value if key in numeric else _stored) for key in found]

        def stored() -> Iterator[list[Any]]:
            for line, row in rows():
                cells = [_fitting(reader(row.get(key))) for key, reader in readers]
                yield [*cells, line] if lines else cells

        database.execute("BEGIN")
        places = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", stored())  # noqa: S608  the names are quoted
        noted = {key: note for key, column in numeric.items() if (note := column.note())}
        self._columns[name] = self._with_texts(database, name, columns, list(found), noted, rows)
        database.execute("COMMIT")

    def _with_texts(
        self,
        database: sqlite3.Connection,
        name: str,
        columns: list[str],
        keys: list[str],
        noted: dict[str, str],
        rows: Callable[[], Iterator[tuple[int | None, dict[str, Any]]]],
    ) -> list[str]:
        """The columns, and for each one that there is a note on another one with its cells as they are written."""
        named = _unique([*columns, *(f"{columns[keys.index(key)]}_text" for key in noted)])
        texts = named[len(columns) :]
        for key, text in zip(noted, texts, strict=True):
            column = columns[keys.index(key)]
            database.execute(f"ALTER TABLE {_quoted(name)} ADD COLUMN {_quoted(text)} TEXT")
            remark = f"column {column}: {noted[key]}; as written: {text}"
            self._remarks[name.lower(), column.lower()] = remark
        if texts:
            put = ", ".join(f"{_quoted(text)} = ?" for text in texts)
            database.executemany(
                f"UPDATE {_quoted(name)} SET {put} WHERE rowid = ?",  # noqa: S608  the names are quoted
                ([*(_stored(row.get(key)) for key in noted), at] for at, (_, row) in enumerate(rows(), 1)),
            )
        return named

    def _close_off(self, database: sqlite3.Connection) -> None:
        """Let nothing but reading in from now on."""
        for name in _DATES:
            database.create_function(name, -1, self._watched(_date_function(name)))
        for name, form in (("current_date", "date"), ("current_time", "time"), ("current_timestamp", "datetime")):
            database.create_function(name, 0, self._watched(_date_function(form)))
        database.create_function("random", 0, lambda: determinism.reseed() - (1 << 63))
        database.create_function("regexp", 2, self._watched(_matches))
        for arguments in (1, 2):
            database.create_function("to_number", arguments, self._watched(_number_or_none))
        aggregates.register(database.create_window_function, self._failures)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        database.set_progress_handler(self._watched(lambda: 0), _STEPS_BETWEEN_CHECKS)
        database.set_authorizer(self._allowed)

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function; an interrupt in it, which SQLite would swallow, is remembered."""

        def call(*values: Any) -> Any:
            try:
                return function(*values)
            except KeyboardInterrupt as interrupt:
                self._failures.append(interrupt)
                raise

        return call

    def _allowed(self, action: int, first: str | None, second: str | None, *_where: str | None) -> int:
        if action == sqlite3.SQLITE_READ and first is not None:
            self._read.add((first.lower(), str(second).lower()))
            return sqlite3.SQLITE_DENY if first.lower().startswith("pragma_") else sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in _REFUSED_FUNCTIONS:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA:
            return sqlite3.SQLITE_OK if str(first).lower() == "table_info" else sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _records(document: Document) -> list[dict[str, Any]]:
    """The records of a context that is a JSON list of objects."""
    text = document.texts[0]
    if document.shape in ("text", "mapping", "list") or text.source != "json":
        return []
    value = json.loads(text.text)
    return value if isinstance(value, list) and value and all(isinstance(row, dict) for row in value) else []


def _table_name(table: Any, searcher: Searcher) -> str:
    """A name from the heading above the table, or from the document's name."""
    title = ""
    if table.kind == "markdown":
        above = [section for section in searcher.sections(table.source) if section.line_num < table.line_num]
        title = above[-1].title if above else ""
    stem = str(table.source).rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    for text in (title, stem):
        name = re.sub(r"\W+", "_", text).strip("_")
        if name.lower() not in _GENERIC:
            return name if name[0].isalpha() else f"t_{name}"
    return "data"


def _unique(names: Sequence[str]) -> list[str]:
    """The names, none of them twice: SQLite takes upper and lower case for the same."""
    seen: set[str] = set()
    unique = []
    for name in names:
        numbered, count = name, 1
        while numbered.lower() in seen:
            count += 1
            numbered = f"{name}_{count}"
        seen.add(numbered.lower())
        unique.append(numbered)
    return unique


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("\0", "") + '"'


def _stored(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _fitting(value: Any) -> Any:
    """The value; a whole number that SQLite has no room for as one that it has."""
    return float(value) if isinstance(value, int) and value.bit_length() > 63 else value


def _date_function(name: str) -> Callable[..., Any]:
    """The function of SQLite with the run's clock in the place of the machine's."""
    other = sqlite3.connect(":memory:", isolation_level=None)

    def call(*values: Any) -> Any:
        arguments = list(values)
        at = 1 if name == "strftime" else 0
        if len(arguments) == at:
            arguments.append("now")
        if isinstance(arguments[at], str) and arguments[at].lower() == "now":
            arguments[at] = determinism.clock.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        marks = ", ".join("?" * len(arguments))
        return other.execute(f"SELECT {name}({marks})", arguments).fetchone()[0]

    return call


def _matches(pattern: Any, text: Any) -> bool:
    return text is not None and re.search(str(pattern), str(text)) is not None


def _number_or_none(text: Any, decimal: str | None = None) -> int | float | None:
    try:
        return to_number(text, decimal)
    except ValueError:
        return None
