"""sections() and tables(): what a text's own form tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document, Searcher
from rlm_kernel.document.search.tables import Table
from rlm_kernel.subkernel.inside.views import plain

MARKDOWN = """# Report

Intro

## Sales ##
text
```
# not a heading
```
### North
more
## Costs
end
Underlined
==========
last
"""
TABLE = """Before
| name | amount |
|:-----|-------:|
| a \\| b | 1 |
| c |
after

no | table
"""


def hands(context: Any, **options: Any) -> tuple[Searcher, list[Any]]:
    spans: list[Any] = []
    return Searcher(Document.of(context, **options).texts, lambda *span: spans.append(span), lambda _: None), spans


def outline(text: str) -> list[tuple[str, int, int, int]]:
    return [(row.title, row.level, row.line_num, row.end_line) for row in hands(text)[0].sections(None)]


def test_headings_of_markdown() -> None:
    assert outline(MARKDOWN) == [
        ("Report", 1, 1, 13),
        ("Sales", 2, 5, 11),
        ("North", 3, 10, 11),
        ("Costs", 2, 12, 13),
        ("Underlined", 1, 14, 16),
    ]


def test_headings_of_html() -> None:
    assert outline("<html><h1>One</h1>\n<p>x</p><h2 class='a'>Two <b>bold</b></h2>\n<H1>Three</H1>\n") == [
        ("One", 1, 1, 2),
        ("Two bold", 2, 2, 2),
        ("Three", 1, 3, 3),
    ]


def test_numbered_headings_where_there_are_no_others() -> None:
    text = "1 Introduction\nwords, 3 of them.\n1.1 Aims\ntext\n2. Method\n12 apples were bought.\nAppendix A\nx"
    assert [(title, level, line) for title, level, line, _ in outline(text)] == [
        ("1 Introduction", 1, 1),
        ("1.1 Aims", 2, 3),
        ("2. Method", 1, 5),
        ("Appendix A", 1, 7),
    ]


def test_prose_has_no_sections() -> None:
    assert outline("Some words.\nOthers - with dashes.\n\n#hashtag\n") == []


def test_windows_line_ends_change_nothing() -> None:
    assert outline(MARKDOWN.replace("\n", "\r\n")) == outline(MARKDOWN)


def test_a_section_is_read_by_its_lines() -> None:
    searcher, spans = hands(MARKDOWN)
    row = searcher.sections(None)[2]
    assert searcher.read(row.line_num, row.end_line, None) == "### North\nmore"
    assert spans[0] == ("sections", "context", 1, 1)


def test_csv() -> None:
    searcher, spans = hands('id,name,amount\n1,"Smith, J",5\n2,"two\nlines",7\n3,last,9\n')
    (table,) = searcher.tables(None)
    assert (table.kind, table.columns, table.line_num, table.end_line) == ("csv", ("id", "name", "amount"), 1, 5)
    assert spans == []
    assert list(table) == [
        {"id": "1", "name": "Smith, J", "amount": "5"},
        {"id": "2", "name": "two\nlines", "amount": "7"},
        {"id": "3", "name": "last", "amount": "9"},
    ]
    assert spans == [("tables", "context", 2, 2), ("tables", "context", 3, 4), ("tables", "context", 5, 5)]
    assert (len(table), table[1]["name"], table[-1]["id"]) == (3, "two\nlines", "3")
    assert [row["id"] for row in table[1:]] == ["2", "3"]
    assert table.column("amount") == ["5", "7", "9"]
    assert plain(table)[0]["amount"] == "5"


@pytest.mark.parametrize(("mark", "kind"), [("\t", "tsv"), (";", "csv"), (",", "csv")])
def test_separators(mark: str, kind: str) -> None:
    text = "\n".join(mark.join(row) for row in (("a", "b"), ("1", "2"), ("3", "4")))
    (table,) = hands(text)[0].tables(None)
    assert (table.kind, list(table)) == (kind, [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}])


def test_a_file_that_is_named_a_table_is_one(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("a,b\n1,2,3\n")
    (table,) = hands(path)[0].tables(None)
    assert list(table) == [{"a": "1", "b": "2", "column_3": "3"}]


def test_json_lines() -> None:
    rows = [{"name": "x", "size": 1}, {"name": "y", "tags": ["a"]}]
    for context in (rows, "\n".join(map(json.dumps, rows))):
        (table,) = hands(context)[0].tables(None)
        assert (table.kind, table.columns, list(table)) == ("jsonl", ("name", "size", "tags"), rows)
        assert table.column("size") == [1, None]


def test_tables_of_markdown() -> None:
    (table,) = hands(TABLE)[0].tables(None)
    assert (table.kind, table.columns, table.line_num, table.end_line) == ("markdown", ("name", "amount"), 2, 5)
    assert list(table) == [{"name": "a | b", "amount": "1"}, {"name": "c", "amount": ""}]


def test_prose_has_no_tables() -> None:
    text = "Dear Sir, I write, again, to you.\nYours, faithfully, and so on,\nme, the writer, in haste.\n---\nEnd\n"
    assert hands(text)[0].tables(None) == []


def test_what_a_table_does_not_have() -> None:
    (table,) = hands("a,b\n1,2\n3,4\n")[0].tables(None)
    with pytest.raises(IndexError, match="the table has 2 rows, not one at 2"):
        table[2]
    with pytest.raises(KeyError, match="the table has the columns a, b; not 'c'"):
        table.column("c")
    with pytest.raises(TypeError, match=r"table\.column\('a'\)"):
        table["a"]  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="read-only"):
        table.columns = ()
    assert repr(table) == "Table(kind='csv', columns=['a', 'b'], line_num=1, end_line=3, source='context')"


CELLS = st.text(st.sampled_from('ab,";\n é😀|'), max_size=6)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=8))
def test_any_csv_that_the_library_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second"), *rows])
    (table,) = hands({"t.csv": out.getvalue(), "other": "x"})[0].tables("t.csv")
    assert [(row["first"], row["second"]) for row in table] == rows


def told_of(path: Path, text: str) -> tuple[Table, str]:
    """The one table of a file, and what is said of it."""
    path.write_text(text)
    (table,) = hands(Document.of(path))[0].tables(None)
    return table, table.note


STRAY = [
    # Never closed; closed by the quote of a later cell; by another stray one; by one that ends a cell.
    ({20: '20,"19 inch rack,20'}, '"19 inch rack', "in line 21 a quote that is never closed is read as a character"),
    ({20: '20,"19 inch rack,20', 40: '40,"x, y",40'}, '"19 inch rack', "in line 21 a quote"),
    ({20: '20,"19" rack,20', 40: '40,"a" b,40'}, "19 rack", ""),
    ({20: '20,"19 rack,20', 40: '40,"20 rack,40'}, '"19 rack', "(and in 1 more)"),
    ({20: '20,"19 rack,20', 60: '60,6",60'}, '"19 rack', "in line 21 a quote"),
]


@pytest.mark.parametrize(("strange", "cell", "note"), STRAY)
def test_a_quote_that_is_never_closed_takes_no_rows_with_it(
    strange: dict[int, str], cell: str, note: str, tmp_path: Path
) -> None:
    lines = ["id,item,price", *(strange.get(at, f"{at},thing {at},{at}") for at in range(1, 500))]
    table, told = told_of(tmp_path / "t.csv", "\n".join(lines))
    assert [row["id"] for row in table] == [str(at) for at in range(1, 500)]
    assert [row["price"] for row in table] == [str(at) for at in range(1, 500)]
    assert table[19]["item"] == cell
    assert (note in told) if note else not told


def test_quoted_cells_of_many_lines_stay_whole(tmp_path: Path) -> None:
    long = "\n".join(f"line {at}, and more" if at % 2 else f"line {at}" for at in range(300))
    table, told = told_of(tmp_path / "t.csv", f'id,memo\n1,"{long}"\n2,"say ""hi""\n\nthere"\n3,{"x" * 200_000}\n')
    assert [row["memo"] for row in table] == [long, 'say "hi"\n\nthere', "x" * 200_000]
    assert [row.line_num for row in table] == [2, 302, 305]
    assert not told


ODD = [
    # a header that is too short for its rows; above it, names and values are still none
    ("name,value\nA,1,5\nB,2,5\n", ("name", "value"), [["A", "1", "5"], ["B", "2", "5"]]),
    ("Account,Main\nOwner,Smith\n\nday,text,sum\nJan,a,5\nFeb,b,6\n", ("day", "text", "sum"), [["Jan", "a", "5"]]),
    # blanks before quotes, single quotes
    ('a, b, c\n1, "x, y", 3\n2, "p, q", 4\n', ("a", "b", "c"), [["1", "x, y", "3"], ["2", "p, q", "4"]]),
    ("a,b\n'x,y',1\n'z,w',2\n", ("a", "b"), [["x,y", "1"], ["z,w", "2"]]),
    ("a,b\nit's,1\n'tis,2\n", ("a", "b"), [["it's", "1"], ["'tis", "2"]]),
    # one column
    ("name\nSmith, John\nDoe, Jane\nRoe, Max\n", ("name",), [["Smith, John"], ["Doe, Jane"], ["Roe, Max"]]),
    ("Sales\nname,value\nA,1\nB,2\n", ("name", "value"), [["A", "1"], ["B", "2"]]),
]


@pytest.mark.parametrize(("text", "columns", "rows"), ODD)
def test_no_row_of_data_is_a_header(text: str, columns: tuple[str, ...], rows: list[list[str]], tmp_path: Path) -> None:
    table, _ = told_of(tmp_path / "t.csv", text)
    assert table.columns == columns
    assert [list(row.values()) for row in table][: len(rows)] == rows


def test_json_says_what_it_does_not_tell(tmp_path: Path) -> None:
    lines = [json.dumps({"id": at} | ({"late": 1} if at > 60 else {})) for at in range(80)]
    table, told = told_of(tmp_path / "t.jsonl", "\n".join([*lines, '{"id": 1, "id": 2}', '{"id": ', "{oops"]))
    assert table.columns == ("id", "late")
    assert table[80] == {"id": 2}
    assert told == (
        "an object has a name more than once, its last value is taken: 'id'; line 82 is no JSON (nor are 1 more): "
        "its row is {'line': ...}"
    )
    table, told = told_of(tmp_path / "t.json", f'[{", ".join(lines)}, {{"id": 1, "id": 2}}, {{"id": 1, "id": 2}}]')
    assert table.columns == ("id", "late")
    assert told == "2 objects have a name more than once, its last value is taken: 'id'"
