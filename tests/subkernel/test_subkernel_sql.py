"""The tool `sql`: tables of the context in a database that is only in memory and can only be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rlm_kernel.document import Document
from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")

CSV = (
    'region,amount,code,when\nnorth,"1,200.50",007,2024-03-01\nsouth,30%,011,2024-03-02\nnorth,$5,003,\n,,,2024-03-04\n'
)
MARKDOWN = (
    "# Sales 2024\n\n| region | n |\n|---|---|\n| a | 1 |\n| b | 2 |\n\n# Costs\n\n"
    "| region | cost |\n|---|---|\n| a | 9 |\n"
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def table(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SubKernel]:
    path = tmp_path_factory.mktemp("sql") / "my sales.csv"
    path.write_text(CSV)
    async with SubKernel(Document.of(path), cell_timeout=20) as kernel:
        yield kernel


async def value(kernel: SubKernel, code: str) -> Any:
    execution = await kernel.execute(code)
    assert execution.error is None, execution.error
    return execution.value


async def message(kernel: SubKernel, code: str) -> str:
    execution = await kernel.execute(code)
    assert execution.error is not None
    assert not execution.lost_state
    return f"{execution.error.type}: {execution.error.message}"


async def test_columns_of_numbers_are_numbers_and_codes_stay_texts(table: SubKernel) -> None:
    query = "SELECT region, SUM(amount) AS total, COUNT(*) n FROM data GROUP BY region ORDER BY region"
    code = f"[list(r) for r in sql({query!r})]"
    assert await value(table, code) == [["", None, 1], ["north", 1205.5, 2], ["south", 30, 1]]
    assert await value(table, "sql('SELECT code FROM data')[0].code") == "007"


async def test_rows_answer_by_name_by_index_and_by_unpacking(table: SubKernel) -> None:
    code = """
row = sql("SELECT region, amount AS 'the amount' FROM my_sales WHERE code = ?", ["011"])[0]
region, amount = row
[row.region, row['the amount'], row.get('none', 7), row.keys(), region, amount, row.line_num]
"""
    assert await value(table, code) == ["south", 30, 7, ["line_num", "region", "the amount"], "south", 30, 3]
    assert "the row has region; not 'nope'" in await message(table, "sql('SELECT DISTINCT region FROM data')[0].nope")


async def test_what_a_query_reads_counts_as_looked_at(table: SubKernel) -> None:
    rows = await table.execute("sql(\"SELECT region FROM data WHERE region = 'north'\")")
    assert [(span.tool, span.start_line, span.end_line) for span in rows.spans] == [("sql", 2, 2), ("sql", 4, 4)]
    total = await table.execute("sql('SELECT SUM(amount) FROM data')")
    assert [(span.start_line, span.end_line) for span in total.spans] == [(1, 5)]


async def test_tables_are_named_by_their_headings() -> None:
    async with SubKernel(MARKDOWN) as kernel:
        code = "sql('SELECT s.n, c.cost FROM Sales_2024 s JOIN Costs c ON s.region = c.region')[0]"
        assert await value(kernel, code) == {"n": 1, "cost": 9}
        told = await message(kernel, "sql('SELECT * FROM data')")
        assert told == (
            "ValueError: sql: no such table: data. The tables: Sales_2024(region, n, line_num); "
            "Costs(region, cost, line_num)"
        )


async def test_records_and_json_lines_are_tables() -> None:
    async with SubKernel([{"a": 1, "b": [2]}, {"a": 3, "c": None}]) as kernel:
        assert await value(kernel, "[list(r) for r in sql('SELECT a, b, c FROM data')]") == [
            [1, "[2]", None],
            [3, None, None],
        ] or await value(kernel, "[list(r)[1:] for r in sql('SELECT a, b, c FROM data')]") == [
            [1, "[2]", None],
            [3, None, None],
        ]
    async with SubKernel('{"n": 1}\n{"n": 2.5}\n{"n": 3}\n') as kernel:
        assert await value(kernel, "sql('SELECT AVG(n) AS m, MEDIAN(n), COUNT(*) FROM data')[0][0]") == 6.5 / 3


async def test_no_table_says_what_is_read() -> None:
    async with SubKernel("only prose\n") as kernel:
        assert "no table was found in the context" in await message(kernel, "sql('SELECT 1')")


REFUSED = [
    "ATTACH DATABASE 'x.db' AS y",
    "CREATE TABLE t (a)",
    "CREATE VIRTUAL TABLE t USING fts3(a)",
    "INSERT INTO my_sales VALUES (1, 2, 3, 4, 5)",
    "UPDATE my_sales SET amount = 0",
    "DELETE FROM my_sales",
    "DROP TABLE my_sales",
    "PRAGMA journal_mode = WAL",
    "PRAGMA writable_schema = 1",
    "PRAGMA temp_store_directory = 'elsewhere'",
    "SELECT load_extension('x.so')",
    "SELECT randomblob(9)",
    "SELECT * FROM pragma_database_list",
    "VACUUM INTO 'x.db'",
    "BEGIN",
    "DETACH DATABASE main",
    "REINDEX",
    "ANALYZE",
]


@pytest.mark.parametrize("query", REFUSED)
async def test_nothing_but_reading_is_available(table: SubKernel, query: str) -> None:
    told = await message(table, f"sql({query!r})")
    assert told.startswith("ValueError: sql: ")
    assert await value(table, "sql('SELECT COUNT(*) FROM my_sales')[0][0]") == 4


async def test_what_is_wrong_is_said_once_with_the_tables(table: SubKernel) -> None:
    assert (
        "no such column: area. The tables: my_sales(region, amount, code, when, line_num, amount_text)"
        in await message(table, "sql('SELECT area FROM data')")
    )
    assert "the query must be a str, not int" in await message(table, "sql(1)")
    assert "syntax error" in await message(table, "sql('SELECT FROM')")
    assert "one statement at a time" in await message(table, "sql('SELECT 1; SELECT 2')")


async def test_chance_and_time_are_the_runs() -> None:
    columns = "random(), date('now'), CURRENT_TIMESTAMP, strftime('%Y', 'now'), date('2024-01-31', '+1 day')"
    code = f'list(sql("SELECT {columns} FROM data")[0])'
    results = []
    for _ in range(2):
        async with SubKernel(CSV, seed=3, clock="2020-05-06T07:08:09Z") as kernel:
            results.append((await value(kernel, code))[-5:])
    assert results[0] == results[1]
    assert results[0][1:2] + results[0][3:] == ["2020-05-06", "2020", "2024-02-01"]


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
LARGE = (
    "WITH RECURSIVE n(i, t) AS (SELECT 1, 'x' UNION SELECT i + 1, hex(zeroblob(100000)) || i FROM n) "
    "SELECT COUNT(*) FROM n"
)


async def test_a_query_without_end_is_stopped_and_the_state_stays() -> None:
    async with SubKernel(CSV, cell_timeout=0.5) as kernel:
        await kernel.execute("kept = 1")
        told = await message(kernel, f"sql({ENDLESS!r})")
        assert told.startswith("TimeoutError: the cell ran longer than 0.5 s and was stopped")
        assert await value(kernel, "[kept, len(sql('SELECT * FROM data'))]") == [1, 4]


async def test_a_query_without_bounds_meets_the_memory_limit() -> None:
    async with SubKernel(CSV, cell_timeout=60, memory_limit="128MB") as kernel:
        await kernel.execute("kept = 1")
        async with asyncio.timeout(60):
            assert "MemoryError" in await message(kernel, f"sql({LARGE!r})")
        assert await value(kernel, "kept") == 1


COLUMNS = [
    # What stands for no value is NULL; text among numbers is as well, and is told of.
    ('name,amount\na,"1,000"\nb,"2,500"\nc,n/a\n', [3500, 1750, 2500, 1000], ""),
    ('name,amount\na,"1,000"\nb,"2,500*"\nc,tbd\nd,#N/A\n', [3500, 1750, 2500, 1000], ""),
    ("name,amount\na,9\nb,10\nc,x y\nd,1.5k\n", [1519, 1519 / 3, 1500, 9], "1 cell is no number and NULL"),
    ("name,amount\na,9\nb,10\nc,#DIV/0!\n", [19, 9.5, 10, 9], "left out of sums: '#DIV/0!'; as written: amount_text"),
    ("name,amount\na,9\nb,10\nc,-\n", [19, 9.5, 10, 9], "1 cell with a dash is NULL, not 0"),
    ("name,amount\na,(5)\nb,5-\nc,−5\nd,20\n", [5, 1.25, 20, -5], ""),
    ("name,amount\na,~30\nb,5 CR\nc,1\n", [36, 12, 30, 1], "taken as the number in the cell: '~30', '5 CR' (2 cells)"),
    ("name,amount\na,5m\nb,1\n", [6, 3, 5, 1], "'5m' may be 5 or 5,000,000, took the first"),
    ("name,amount\na,$5\nb,€7\n", [12, 6, 7, 5], "the numbers have different units: '$', '€'"),
    # One number with a decimal comma settles all of them.
    ("name;amount\na;1.234\nb;12,50\nc;2.000\n", [3246.5, 3246.5 / 3, 2000, 12.5], ""),
    ("name;amount;x\na;1.234;0,5\nb;2.000;1\n", [3234, 1617, 2000, 1234], ""),
    ("name;amount\na;1,500\nb;2,250\n", [3.75, 1.875, 2.25, 1.5], "commas are read as decimal marks, as ';'"),
    ("name;amount\na;1.234\nb;2.000\n", [3.234, 1.617, 2, 1.234], "'1.234' may be 1.234 or 1,234, took the first"),
]


@pytest.mark.parametrize(("text", "numbers", "note"), COLUMNS)
async def test_a_column_is_read_as_a_whole(text: str, numbers: list[float], note: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    async with SubKernel(Document.of(path), cell_timeout=20) as kernel:
        execution = await kernel.execute(
            "list(sql('SELECT SUM(amount), AVG(amount), MAX(amount), MIN(amount) FROM data')[0])"
        )
        assert execution.value == pytest.approx(numbers)
        assert note in execution.output
        assert ("[sql: column amount: " in execution.output) is bool(note)
        assert "[" not in (await kernel.execute("print(sql('SELECT COUNT(name) AS n FROM data')[0].n)")).output


async def test_what_is_written_stays_to_be_had_and_numbers_are_ordered_as_numbers() -> None:
    async with SubKernel("name,amount\na,9\nb,10\nc,unclear\nd,100\n") as kernel:
        query = "SELECT amount_text FROM data ORDER BY amount DESC"
        assert await value(kernel, f"[row[0] for row in sql({query!r})]") == ["100", "10", "9", "unclear"]


@pytest.mark.parametrize("column", ["day", "clock", "size"])
async def test_texts_are_not_summed_by_their_first_digits(column: str) -> None:
    async with SubKernel("day,clock,size\n01.02.2023,5:30,5 kg\n03.02.2023,6:30,500 g\n") as kernel:
        for name in ("SUM", "AVG", "total", "median", "stddev"):
            told = await message(kernel, f"sql('SELECT {name}({column}) FROM data')")
            assert f"ValueError: sql: {name.lower()}() meets '" in told
            assert "which is no number: leave such rows out, or use " in told
        assert await value(kernel, f"sql('SELECT MAX({column}) AS m FROM data')[0].m")


async def test_aggregates_are_those_of_sqlite() -> None:
    async with SubKernel("k,n,t\na,1,2.5\na,2,\nb,3,0.5\n") as kernel:
        query = (
            "SELECT SUM(n), SUM(DISTINCT n), SUM(t), TOTAL(n), AVG(n) FILTER (WHERE k = 'a'), SUM('4.5'), "
            "(SELECT SUM(n) FROM data WHERE n > 9), (SELECT AVG(n) FROM data WHERE n > 9) FROM data"
        )
        assert await value(kernel, f"list(sql({query!r})[0])") == [6, 6, 3.0, 6.0, 1.5, 13.5, None, None]
        query = (
            "SELECT SUM(n) OVER (ORDER BY n ROWS 1 PRECEDING), MEDIAN(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM data"
        )
        assert await value(kernel, f"[list(row) for row in sql({query!r})]") == [[1, 1], [3, 1.5], [5, 2.5]]
        assert await value(kernel, "list(sql(\"SELECT to_number('1.234', ','), to_number('1.234', '.')\")[0])") == [
            1234,
            1.234,
        ]


async def test_digits_without_room_in_a_number_stay_as_they_are() -> None:
    async with SubKernel("id,n\n40000000000000000001,1\n40000000000000000002,2\n") as kernel:
        assert await value(kernel, "[row.id for row in sql('SELECT id FROM data')]") == [
            "40000000000000000001",
            "40000000000000000002",
        ]
