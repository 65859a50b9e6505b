"""Hostile queries of `sql`: files, other databases, extensions, pragmas, functions, and parameters that are objects.

They follow the rules of `payloads`.
"""
# ruff: noqa: E501  a hostile line is as long as it is

from __future__ import annotations

_TABLE = "def ask(q, *p):\n    try: return [tuple(r) for r in sql(q, p)]\n    except Exception as e: return None\n"

SQL: dict[str, str] = {
    "another database": _TABLE
    + "loot = ask(\"ATTACH '\" + CANARY + \"' AS c\") or ask('SELECT * FROM c.sqlite_master')",
    "another database behind a comment": _TABLE + 'loot = ask("/* select */ ATTACH \'" + CANARY + "\' AS c")',
    "two statements": _TABLE + 'loot = ask("SELECT 1; ATTACH \'" + CANARY + "\' AS c")',
    "a database written": _TABLE + 'loot = ask("VACUUM INTO \'" + CANARY + ".db\'")',
    "an extension": _TABLE + "loot = ask(\"SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6')\")",
    "a file read": _TABLE + 'loot = ask("SELECT readfile(\'" + CANARY + "\')") or ask("SELECT * FROM fsdir(\'/etc\')")',
    "a file written": _TABLE + "loot = ask(\"SELECT writefile('\" + CANARY + \"', 'x')\")",
    "a tokenizer's pointer": _TABLE + "loot = ask(\"SELECT hex(fts3_tokenizer('simple'))\")",
    "a virtual table": _TABLE + "loot = ask('CREATE VIRTUAL TABLE v USING fts5(x)')",
    "a table changed": _TABLE
    + "loot = ask(\"UPDATE data SET x = 'PWNED' RETURNING *\") or ask(\"WITH a AS (SELECT 1) DELETE FROM data RETURNING 'PWNED'\")",
    "a table made": _TABLE
    + "loot = ask(\"WITH a AS (SELECT 1) INSERT INTO data SELECT 'PWNED'\") or ask(\"CREATE TABLE t AS SELECT 'PWNED'\")",
    "where the database lies": _TABLE + "loot = [r for r in ask('PRAGMA database_list') or [] if r[-1]] or None",
    "a pragma that writes": _TABLE
    + "loot = ask('PRAGMA writable_schema = 1') or ask(\"PRAGMA temp_store_directory = '/tmp'\")",
    "a pragma as a table": _TABLE
    + "loot = [r for r in ask('SELECT * FROM pragma_database_list') or [] if r[-1]] or None",
    "the schema changed": _TABLE
    + "loot = ask(\"WITH a AS (SELECT 1) UPDATE sqlite_master SET sql = 'PWNED' RETURNING sql\")",
    "a parameter that is an object": """
class P:
    def __conform__(self, protocol): return 'PWNED'
    def __str__(self): return 'PWNED'
try: loot = [tuple(r) for r in sql('SELECT typeof(?)', [P()])]
except Exception: loot = None
loot = None if not loot or 'text' in str(loot) else loot
""",
    "parameters that are no list": """
class P:
    def __iter__(self): return iter([grep])
    def __getitem__(self, n): return grep
try: loot = [tuple(r) for r in sql('SELECT ?', P())]
except Exception: loot = None
""",
    "a query that changes": "class Q(str):\n    def __str__(self): return \"ATTACH 'x' AS y\"\ntry: loot = sql(Q('SELECT 1'))\nexcept TypeError: loot = None",
    "the connection of a row": "r = sql('SELECT 1 AS a')[0]\nloot = [getattr(r, n, None) for n in ('_values', '_names', '_fields', 'connection', '__class__')][:4]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "the connection of the tool": "loot = [getattr(sql, n, None) for n in ('_database', '_queries', 'connection')]\nloot = 'PWNED' if [x for x in loot if x] else sql.__self__",
    "a column of Python's": "r = sql('SELECT 1 AS __class__, 2 AS __dict__')[0]\nloot = None if r['__class__'] == 1 else 'PWNED'\nloot = r.__dict__",
    "a row of the cell's": "R = type(sql('SELECT 1 AS a')[0])\nloot = R(('a',), ('PWNED',))",
    "a row changed": "r = sql('SELECT 1 AS a')[0]\nr.a = 'PWNED'\nloot = r.a",
    "an error that shows the machine": _TABLE
    + "import traceback\ntry: sql('SELECT * FROM nothing')\nexcept ValueError as e: loot = [x for x in (str(e), traceback.format_exc()) if '/' + 'work' in x or 'site-packages' in x] or None",
}
