"""What a cell leaves behind: state, the echo of its last expression, its output, its variables, the lines it saw."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.subkernel import SubKernel


async def test_state_lasts_between_cells(kernel: SubKernel) -> None:
    await kernel.execute(
        "import re\nfrom collections import Counter\ncounts = Counter()\ndef bump(k):\n    counts[k] += 1"
    )
    await kernel.execute("bump('a'); bump('a')")
    assert (await kernel.execute("counts['a'], re.findall('fox', context)")).value == [2, ["fox", "fox"]]


async def test_state_made_before_an_error_is_kept(kernel: SubKernel) -> None:
    failed = await kernel.execute("a = 1\nb = 2\nc = 1 / 0")
    assert failed.error is not None
    assert (failed.error.type, failed.error.line) == ("ZeroDivisionError", 3)
    assert failed.variables.added == {"a": "int 1", "b": "int 2"}
    assert not failed.lost_state
    assert (await kernel.execute("a + b")).value == 3


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("code", "output", "value"),
    [
        ("1 + 1", "2\n", 2),
        ("'it\\'s'", '"it\'s"\n', "it's"),
        ("None", "", None),
        ("x = 5", "", None),
        ("print(1)", "1\n", None),
        ("print(1)\n2", "1\n2\n", 2),
        ("if True:\n    3", "", None),
        ("[1, {'a': (2, None)}]", "[1, {'a': (2, None)}]\n", [1, {"a": [2, None]}]),
        ("1j", "1j\n", None),
        ("float('nan')", "nan\n", None),
        ("len", "<built-in function len>\n", None),
        ("", "", None),
        ("# only a comment", "", None),
    ],
)
async def test_the_last_expression_is_shown_as_in_a_notebook(
    shared_kernel: SubKernel, code: str, output: str, value: object
) -> None:
    execution = await shared_kernel.execute(code)
    assert execution.error is None
    assert (execution.output, execution.value) == (output, value)


async def test_a_decimal_context_of_the_cells_changes_no_tool(kernel: SubKernel) -> None:
    await kernel.execute("import decimal\ncontext_of_mine = decimal.getcontext()\ncontext_of_mine.prec = 1")
    asked = "to_number('$3.75 million'), numbers('-12.5 km')[0].value, to_number('2½')"
    assert (await kernel.execute(asked)).value == [3_750_000, -12.5, 2.5]
    await kernel.execute("context_of_mine.traps[decimal.Inexact] = True")
    assert (await kernel.execute(asked)).value == [3_750_000, -12.5, 2.5]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "code",
    [
        "from decimal import Decimal\nDecimal('1e3000000')",
        "[Decimal('Infinity'), Decimal('-1e999999'), Decimal('sNaN')]",
        "from fractions import Fraction\nFraction(10**400 + 1, 3)",
        "{Fraction(10**400 + 1, 3): 1}",
        "class Keys(dict):\n    def items(self):\n        raise LookupError('mine')\nKeys(a=1)",
    ],
)
async def test_what_has_no_json_value_is_shown_and_ends_no_cell(shared_kernel: SubKernel, code: str) -> None:
    execution = await shared_kernel.execute(code)
    assert (execution.error, execution.value, execution.lost_state) == (None, None, False)
    assert execution.output


async def test_an_expression_with_a_broken_repr_is_an_error_of_the_cell(kernel: SubKernel) -> None:
    execution = await kernel.execute("class A:\n    def __repr__(self):\n        return 1 / 0\nA()")
    assert execution.error is not None
    assert execution.error.type == "ZeroDivisionError"


async def test_an_exception_that_cannot_be_shown_is_still_reported(kernel: SubKernel) -> None:
    execution = await kernel.execute("class Bad(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Bad()")
    assert execution.error is not None
    assert (execution.error.type, execution.error.message) == ("Bad", "(its message cannot be shown)")


async def test_long_output_keeps_its_start_and_its_end_and_its_true_length() -> None:
    async with SubKernel("text", output_limit=1000) as kernel:
        execution = await kernel.execute("for i in range(1000): print(f'line {i:04}')")
        assert execution.output_chars == 10_000
        assert execution.output.startswith("line 0000\nline 0001\n")
        assert execution.output.endswith("line 0998\nline 0999\n")
        assert "characters not kept" in execution.output
        assert len(execution.output) < 1500
        assert (await kernel.execute("1")).output == "1\n"


@pytest.mark.parametrize("code", ["print('x' * 10**7)", "for i in range(400_000): print(i)", "'y' * 190_000"])
async def test_output_of_any_size_arrives_and_the_state_is_kept(kernel: SubKernel, code: str) -> None:
    await kernel.execute("kept = 1")
    seen: list[str] = []
    execution = await kernel.execute(code, on_output=seen.append)
    assert execution.error is None
    assert "".join(seen) == execution.output
    assert len(execution.output) <= 1_500_000
    assert execution.output_chars >= len(execution.output) - 100
    assert (await kernel.execute("kept")).value == 1


async def test_output_arrives_while_the_cell_runs() -> None:
    events: list[str] = []

    async def handler(method: str, params: dict[str, object]) -> list[str]:
        events.append(f"asked after {events}")
        return ["reply"]

    async with SubKernel("text", handler=handler) as kernel:
        # 9,000 characters are more than one piece, so the first print is passed on before the question.
        await kernel.execute(
            "print('x' * 9000)\nllm_query('?')\nprint('end')", on_output=lambda text: events.append("out")
        )
    assert events[-1] == "out"
    assert any(event.startswith("asked") for event in events)
    assert events.count("out") >= 2


async def test_lone_surrogates_are_replaced(kernel: SubKernel) -> None:
    execution = await kernel.execute("s = '\\ud800'\nprint(s)\ns")
    assert execution.output == "?\n'\\ud800'\n"
    assert execution.value == "?"
    assert execution.variables.added == {"s": "str '\\ud800'"}


async def test_variables_are_described_as_added_or_changed(kernel: SubKernel) -> None:
    first = await kernel.execute(
        "n = 1\nitems = [1, 2]\ntext = 'a' * 100\n_private = 2.5\ndef f(): pass\nclass C: pass\nc = C()\nimport re"
    )
    assert first.variables.added == {
        "n": "int 1",
        "items": "list, 2 items",
        "text": "str, 100 characters",
        "_private": "float 2.5",
        "f": "function",
        "C": "class C",
        "c": "C",
    }
    second = await kernel.execute("n += 1\nitems.append(3)\nnew = None")
    assert second.variables.added == {"new": "NoneType None"}
    assert second.variables.changed == {"n": "int 2", "items": "list, 3 items"}
    assert (await kernel.execute("n")).variables == type(second.variables)()
    shown = (await kernel.execute("show_vars()")).value
    assert isinstance(shown, dict)
    assert shown["_private"] == "float 2.5"
    assert "context" not in shown


async def test_context_and_final_come_back_with_the_next_cell(kernel: SubKernel) -> None:
    await kernel.execute("context = 'gone'\ndel FINAL")
    execution = await kernel.execute("[context[:9], len(grep('fox')), callable(FINAL)]")
    assert execution.value == ["The quick", 2, True]


async def test_the_lines_that_were_returned_are_reported(kernel: SubKernel) -> None:
    execution = await kernel.execute("for m in grep('fox'): print(m.line_num)\nprint(read_lines(3, 4))")
    assert execution.output == "1\n5\nthe lazy dog.\nTotal: 1,250 EUR\n"
    seen = {(span.tool, span.start_line, span.end_line) for span in execution.spans}
    assert {("grep", 1, 1), ("grep", 5, 5), ("read_lines", 3, 4)} <= seen
    assert (await kernel.execute("1")).spans == ()


@pytest.mark.parametrize(
    ("context", "code", "value"),
    [
        (
            [{"a": 1}, {"a": 2}],
            "[type(context) is list, isinstance(context, list), len(context), context[1]['a']]",
            None,
        ),
        ({"k": [1, 2]}, "[isinstance(context, dict), context['k'][1], list(context), sum(context['k'])]", None),
        (Document.of("plain"), "[type(context) is str, context]", [True, "plain"]),
    ],
)
async def test_each_shape_of_context_reads_like_the_real_thing(context: object, code: str, value: object) -> None:
    expected = value or {list: [False, True, 2, 2], dict: [True, 2, ["k"], 3]}[type(context)]  # type: ignore[index]
    async with SubKernel(context) as kernel:
        assert (await kernel.execute(code)).value == expected


async def test_a_list_given_as_context_cannot_be_changed() -> None:
    attacks = [
        "context.append(1)",
        "context += [1]\ncontext",
        "context[0] = 1",
        "context[0]['a'] = 2",
        "context[0].update(a=2)",
        "context.sort()",
        "import heapq\nheapq.heappop(context)",
        "import random\nrandom.shuffle(context)",
        "import bisect\nbisect.insort(context, {'a': 3})",
        "del context[0]",
        "list.append(context, 1)",
        "dict.update(context[0], a=2)",
        "context._items.append(1)",
    ]
    async with SubKernel([{"a": 1}]) as kernel:
        for attack in attacks:
            await kernel.execute(attack)
            assert (await kernel.execute("context[0]['a'], len(context)")).value == [1, 1], attack


async def test_a_cell_of_immense_length_is_refused_with_a_reason(kernel: SubKernel) -> None:
    execution = await kernel.execute("x = 1\n" * 50_000)
    assert execution.error is not None
    assert "300,000 characters" in execution.error.message
    assert (await kernel.execute("1")).value == 1


async def test_a_variable_with_a_tools_name_is_the_cells_until_it_is_deleted(kernel: SubKernel) -> None:
    first = await kernel.execute("numbers = [1, 2]\nsearch = len(grep('fox'))")
    assert first.output == ""
    assert first.variables.added == {"numbers": "list, 2 items", "search": "int 2"}
    second = await kernel.execute("numbers.append(3)\nprint(numbers, search, show_vars())")
    assert second.output == "[1, 2, 3] 2 {'numbers': 'list, 3 items', 'search': 'int 2'}\n"
    third = await kernel.execute("numbers('1,250 EUR')")
    assert third.error is not None
    assert third.error.message == (
        "'list' object is not callable: numbers is a variable of yours, and del numbers brings the tool back"
    )
    assert (await kernel.execute("del numbers\nnumbers('1,250 EUR')[0].value")).value == 1250


async def test_the_context_and_final_are_there_again_in_the_next_cell_and_it_is_said(kernel: SubKernel) -> None:
    execution = await kernel.execute("context = context.upper()\nFINAL = 7\nprint(context[:3], FINAL)")
    assert execution.output == (
        "THE 7\n"
        "[context is the whole document again in the next block: give your variable another name]\n"
        "[FINAL is the tool again in the next block: give your variable another name]\n"
    )
    assert (await kernel.execute("context[:3], callable(FINAL)")).value == ["The", True]


async def test_a_tool_that_is_deleted_is_still_there(kernel: SubKernel) -> None:
    execution = await kernel.execute("del grep")
    assert execution.error is not None
    assert (await kernel.execute("len(grep('fox'))")).value == 2


LINES = "print('a\\x0bb\\u2028c\\nd'.splitlines(), context.splitlines()[-1])"


async def test_a_text_of_the_codes_own_is_split_into_lines_as_python_does() -> None:
    async with SubKernel("one\ntwo\n") as kernel:
        assert (await kernel.execute(LINES)).output == "['a', 'b', 'c', 'd'] two\n"


async def test_the_lines_of_a_document_with_form_feeds_are_those_of_the_tools() -> None:
    async with SubKernel("page 1\fpage 2\ntwo\n") as kernel:
        assert (await kernel.execute(LINES)).output == "['a\\x0bb\\u2028c', 'd'] two\n"
        assert (await kernel.execute("print(len(context.splitlines()), text_stats().line_count)")).output == "2 2\n"


async def test_a_table_is_its_rows() -> None:
    async with SubKernel("name,value\na,1\nb,2\n") as kernel:
        code = "table = tables()[0]\nprint([row['name'] for row in table.rows], len(table.rows), table.columns)"
        assert (await kernel.execute(code)).output == "['a', 'b'] 2 ('name', 'value')\n"
