"""Runs on parts, the output of earlier turns, and the user's tools, as cells ask for them."""

from __future__ import annotations

import os
from typing import Any

import psutil
import pytest

from rlm_kernel.document import Document
from rlm_kernel.document.parts.requested import document_of
from rlm_kernel.subkernel import Refusal, SubKernel, ToolStub
from rlm_kernel.subkernel.base import MAX_CODE, read_line

TEXT = "# One\n" + "a line of the first part, é\n" * 40 + "# Two\nthe end 😀\n"
TOOLS = [
    ToolStub("score", "(x: int, *, note: str = '') -> float", "Scores x."),
    ToolStub("größe", "(*items) -> int"),
]


class Parent:
    """Answers requests, and keeps them."""

    def __init__(self, document: Document | None = None) -> None:
        self.document = document or Document.of(TEXT)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.given: list[Document] = []
        self.notes: list[str] = []
        self.refusal = ""

    async def __call__(self, method: str, params: dict[str, Any]) -> Any:
        self.asked.append((method, params))
        if self.refusal:
            raise Refusal(self.refusal)
        if method in ("rlm_query", "rlm_query_batched"):
            made = [document_of(self.document, spec) for _, spec in params["pairs"]]
            self.given += made
            return {"values": [[document.shape, document.chars] for document in made], "notes": self.notes}
        if method == "history":
            return f"what turn {params['turn']} said"
        if method == "tool":
            return {"value": [params["name"], params["args"], params["kwargs"]]}
        return True if method == "final" else ["reply"] * len(params["prompts"])


@pytest.mark.parametrize(
    ("context", "shape", "texts"),
    [
        ("context", "text", [TEXT]),
        ("context[10:400]", "text", [TEXT[10:400]]),
        ("read_lines(2, 30)", "text", ["\n".join(TEXT.split("\n")[1:30])]),
        ("'new ' * 100", "text", ["new " * 100]),
        ("sections()[1]", "text", ["# Two\nthe end 😀\n"]),
        ("sections()", "list", [TEXT.partition("# Two")[0], "# Two\nthe end 😀\n"]),
        ("[context[:300], context[300:]]", "list", [TEXT[:300], TEXT[300:]]),
        ("{'a': context[:300], 'b': 'x'}", "mapping", [TEXT[:300], "x"]),
        ("tuple(context.split('# Two'))", "list", TEXT.split("# Two")),
        ("[{'n': 1}]", "records", ['{"n": 1}']),
        ("grep('end').map(lambda m: m.line)", "list", ["the end 😀"]),
    ],
)
async def test_a_run_on_a_part_gets_that_part(context: str, shape: str, texts: list[str]) -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent) as kernel:
        execution = await kernel.execute(f"rlm_query('Why?', {context})")
    assert execution.error is None
    assert execution.value == [shape, sum(map(len, texts))]
    (given,) = parent.given
    assert [text.text for text in given.texts] == texts
    method, params = parent.asked[0]
    assert (method, params["pairs"][0][0], params["line"]) == ("rlm_query", "Why?", 1)


async def test_rows_are_handed_over_with_their_line_numbers() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent) as kernel:
        assert (await kernel.execute("rlm_query('q', grep('end'))")).error is None
    assert parent.asked[0][1]["pairs"][0][1]["data"][0]["line_num"] == 43


async def test_a_batch_is_one_request_with_values_in_order_and_notes_in_the_output() -> None:
    parent = Parent()
    parent.notes = ["max_depth is reached: asked once", "and more"]
    async with SubKernel(parent.document, handler=parent) as kernel:
        execution = await kernel.execute("rlm_query_batched([('a', context[:300]), ['b', 'x']])\n")
        assert execution.value == [["text", 300], ["text", 1]]
        assert execution.output.startswith("[max_depth is reached: asked once]\n[and more]\n")
        assert (await kernel.execute("rlm_query_batched([])")).value == []
    assert [method for method, _ in parent.asked] == ["rlm_query_batched"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("rlm_query(1, context)", "rlm_query: the question must be a str, not int"),
        ("rlm_query('q', context.split)", "cannot be handed over"),
        ("rlm_query_batched([('a', 'b', 'c')])", "give pairs"),
    ],
)
async def test_what_cannot_be_asked_is_a_type_error(code: str, message: str) -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent) as kernel:
        execution = await kernel.execute(code)
    assert execution.error is not None
    assert (execution.error.type, message in execution.error.message) == ("TypeError", True)
    assert parent.asked == []


@pytest.mark.parametrize("call", ["rlm_query('q', 'x')", "history(3)", "score(1)", "llm_query('x')"])
async def test_a_refusal_is_a_runtime_error_with_the_parents_words(call: str) -> None:
    parent = Parent()
    parent.refusal = "the budget is used up"
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        execution = await kernel.execute(f"try:\n    {call}\nexcept RuntimeError as error:\n    print(error)")
    assert execution.output == "the budget is used up\n"


async def test_the_line_of_the_cell_that_asks_is_told() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        await kernel.execute("def ask(p):\n    return llm_query(p)\n\n\nask('one')")
        await kernel.execute("x = 1\nif x:\n    y = [ask(p) for p in 'ab']")
        await kernel.execute("\nsorted([1], key=lambda n: len(llm_query_batched(['a'])))")
        await kernel.execute("\n\nrlm_query('q', 'x')")
        await kernel.execute("\nscore(1)")
        await kernel.execute("def last():\n    FINAL(1)\n\nlast()")
    assert [params["line"] for _, params in parent.asked] == [2, 3, 3, 2, 3, 2, 2]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (*(1, 1),),
        (MAX_CODE, MAX_CODE),
        *[(forged, None) for forged in (0, -1, MAX_CODE + 1, 10**400, True, "1", 1.0, None, [1], {})],
    ],
)
def test_a_forged_line_is_none(line: Any, read: int | None) -> None:
    assert read_line({"line": line}) == read
    assert read_line({}) is None


async def test_the_output_of_an_earlier_turn_comes_from_the_parent() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent) as kernel:
        assert (await kernel.execute("history(2)")).value == "what turn 2 said"
        refused = await kernel.execute("history('2')")
        assert refused.error is not None
        assert refused.error.message == "history: give the number of an iteration, not str"
    assert parent.asked == [("history", {"turn": 2})]


async def test_a_variable_hides_a_soft_name_until_it_is_deleted() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        made = await kernel.execute("history = ['mine']\nscore = 5\ndef f(history): return history")
        assert set(made.variables.added) == {"history", "score", "f"}
        assert (await kernel.execute("[history, score, f(1)]")).value == [["mine"], 5, 1]
        assert (await kernel.execute("del history, score\nhistory(1)")).value == "what turn 1 said"
        assert (await kernel.execute("score(1)")).value == ["score", [1], {}]
        assert (await kernel.execute("show_vars()")).value == {"f": "function"}
        assert (await kernel.execute("for score in (1, 2): pass\n[n for n in globals()]")).value == [
            "context",
            "f",
            "score",
        ]


async def test_arguments_and_results_of_a_users_tool_are_json() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        done = await kernel.execute("score((1, {'a': {2}}), note=grep('end')[0], _x=None)")
        name, args, kwargs = done.value
        assert (name, args, kwargs["note"]["line_num"], kwargs["_x"]) == ("score", [[1, {"a": [2]}]], 43, None)
        assert (await kernel.execute("list(map(größe, [1, 2]))")).value == [["größe", [1], {}], ["größe", [2], {}]]
        assert (
            await kernel.execute("help(score)")
        ).output == "score(x: int, *, note: str = '') -> float  # Scores x.\n"
        assert (await kernel.execute("help(grep)")).output.startswith("Help on grep:\n\nEvery line with a match")
        assert (await kernel.execute("repr(größe)")).value == "größe(*items) -> int"


@pytest.mark.parametrize(
    ("call", "which"),
    [
        ("score(1, object())", "score: argument 2 cannot be handed over (a object is no JSON value)"),
        ("score(x=print)", "score: argument 'x' cannot be handed over"),
        ("score(_x=1j)", "score: argument '_x' cannot be handed over"),
        ("score(float('nan'))", "score: argument 1 cannot be handed over (nan is not a JSON number)"),
        ("score(10 ** 5000)", "score: argument 1 cannot be handed over (a whole number of more than 4,000 digits)"),
        ("x = []\nfor _ in range(5000): x = [x]\nscore(x)", "score: argument 1 cannot be handed over (a value nested"),
    ],
)
async def test_an_argument_that_is_no_json_is_named(call: str, which: str) -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        execution = await kernel.execute(call)
        assert execution.error is not None
        assert execution.error.message.startswith(which)
        assert (execution.error.type, execution.lost_state) == ("TypeError", False)
    assert parent.asked == []


async def test_tools_are_there_again_in_a_new_process() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent, tools=TOOLS) as kernel:
        assert kernel.pid is not None
        psutil.Process(kernel.pid).kill()
        assert (await kernel.execute("1")).lost_state
        assert (await kernel.execute("score(1)")).value == ["score", [1], {}]
        assert (await kernel.execute("rlm_query('q', context[:300])")).value == ["text", 300]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two words", "it is no name in Python"),
        ("", "it is no name in Python"),
        ("class", "it is no name in Python"),
        ("ﬁnd", "it is no name in Python"),
        ("_private", "leading underscore"),
        ("__init__", "leading underscore"),
        ("\u02cdprivate", "leading underscore"),
        ("grep", "the sandbox has a tool or variable of that name"),
        ("rlm_query", "the sandbox has a tool or variable of that name"),
        ("history", "the sandbox has a tool or variable of that name"),
        ("context", "the sandbox has a tool or variable of that name"),
        ("print", "it is a builtin of Python"),
        ("open", "it is a builtin of Python"),
        ("ValueError", "it is a builtin of Python"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SubKernel("text", tools=[ToolStub(name)])


def test_two_tools_of_one_name_and_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="two tools have it"):
        SubKernel("text", tools=[ToolStub("score"), ToolStub("score")])
    with pytest.raises(ValueError, match="101 tools are too many"):
        SubKernel("text", tools=[ToolStub(f"tool{at}") for at in range(101)])
    with pytest.raises(ValueError, match="more than 2,000 characters"):
        SubKernel("text", tools=[ToolStub("score", doc="x" * 2_000)])


async def test_ten_thousand_prompts_and_pairs_are_one_request_each() -> None:
    parent = Parent()
    async with SubKernel(parent.document, handler=parent) as kernel:
        done = await kernel.execute("len(llm_query_batched([f'{n} ' * 400 for n in range(10_000)]))")
        assert done.value == 10_000
        done = await kernel.execute("len(rlm_query_batched([(f'q{n}', context[:300]) for n in range(10_000)]))")
        assert done.value == 10_000
    assert [len(params.get("prompts") or params["pairs"]) for _, params in parent.asked] == [10_000, 10_000]


async def test_a_large_result_comes_back_and_one_beyond_the_bound_is_an_error() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return ["x" * int(params["prompts"][0])]

    async with SubKernel("text", handler=handler) as kernel:
        assert (await kernel.execute(f"len(llm_query('{60 << 20}'))")).value == 60 << 20
        execution = await kernel.execute(f"llm_query('{65 << 20}')")
        assert execution.error is not None
        assert "too many for one reply" in execution.error.message
        assert (await kernel.execute("1")).value == 1


async def test_a_result_that_there_is_no_room_for_is_an_error_and_the_next_one_comes() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return ["x" * int(params["prompts"][0])]

    async with SubKernel("text", handler=handler, memory_limit="64MB") as kernel:
        for size in (60 << 20, 40 << 20):
            execution = await kernel.execute(f"llm_query('{size}')")
            assert execution.error is not None
            assert (execution.error.type, execution.lost_state) == ("MemoryError", False)
            assert (await kernel.execute("llm_query('5')")).value == "xxxxx"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read what a sub-kernel maps")
async def test_a_part_is_not_copied() -> None:
    size = 64 << 20
    document = Document.of("a line of the document\n" * (size // 23))
    async with SubKernel(document) as whole, SubKernel(document_of(document, {"part": [0, 23, size // 2]})) as part:
        assert (await part.execute("text_stats().length")).value == size // 2 - 23
        assert part.pid is not None
        assert whole.pid is not None
        mapped = [_context_of(pid) for pid in (whole.pid, part.pid)]
        assert mapped[0] == mapped[1]
        assert await part.unchanged()


def _context_of(pid: int) -> set[str]:
    """The inodes of the contexts that a process maps."""
    with open(f"/proc/{pid}/maps") as maps:
        return {line.split()[4] for line in maps if "rlm-context" in line}


async def test_a_sub_kernel_of_a_part_has_the_part_alone() -> None:
    document = Document.of({"a.txt": TEXT, "b.txt": "other words\n" * 50})
    start = len(TEXT.encode()) - len("# Two\nthe end 😀\n".encode())
    made = document_of(document, {"part": [0, start, len(TEXT.encode())]})
    async with SubKernel(made) as kernel:
        assert (await kernel.execute("context")).value == "# Two\nthe end 😀\n"
        found = await kernel.execute("[grep('line'), count_matches('e'), [m.line_num for m in grep('end')]]")
        assert found.value == [[], 2, [2]]
        assert [(span.source, span.start_line) for span in found.spans][-1] == ("a.txt, lines 42 to 43", 2)
        assert (await kernel.execute("count_tokens()")).value == (len("# Two\nthe end 😀\n".encode()) + 3) // 4
