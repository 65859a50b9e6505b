"""A trace in which everything occurs that an answer card can show, for pictures and checks of it."""

from __future__ import annotations

from rlm_kernel.trace import (
    Call,
    CodeError,
    Coverage,
    CoveredLines,
    DocumentInfo,
    Evidence,
    Grounding,
    Iteration,
    Repair,
    Span,
    Trace,
    TreeUsage,
    Usage,
    UsagePart,
    Variables,
)

QUESTION = "What is the total of all sales figures, and what does the report say about next year?"
VALUE = 'The sales figures add up to $11,500,025. Next year "demand is expected to soften"; margins may fall to 12%.'
_LOOK = """# Which lines hold sales figures?
rows = grep(r"^SALES_FIGURE_\\w+: \\$([\\d,]+)")
for m in rows:
    print(m.line_num, m.line)
"""
_BROKEN = 'rows = grep(r"^SALES_FIGURE_\\w+: \\$([\\d,]+)")\nfor m in rows:\n    print(m.line_num, m.line'
_FAIL = "total = sum(m.groups[0] for m in rows)"
_SUM = """total = sum(to_number(m.groups[0]) for m in rows)
notes = llm_query_batched([f"What does this say about next year? {part}" for part in parts])
outlook = rlm_query("What is expected of next year? Quote it.", read_lines(120, 180))
print(total, outlook)
"""


def sample() -> Trace:
    """The trace."""
    inner_turn = Iteration(
        index=1,
        reply="I search the outlook.",
        code='hits = fuzzy_search("next year demand", limit=5)\nFINAL(hits[0].line)',
        spans=[Span(tool="fuzzy_search", source="context", start_line=31, end_line=31)],
        usage=Usage(calls=1, prompt_tokens=900, completion_tokens=40),
        seconds=1.2,
    )
    inner = Trace(
        question="What is expected of next year? Quote it.",
        model="qwen2.5-coder:7b",
        depth=1,
        iterations=[inner_turn],
        status="answered",
        value="demand is expected to soften",
        seconds=1.3,
    )
    calls = [
        Call(
            id=number,
            kind="llm_query_batched",
            model="qwen2.5:1.5b",
            prompt=f"What does this say about next year? Section {number} of the report ...",
            context_spans=[Span(tool="prompt", source="report", start_line=40 * number, end_line=40 * number + 20)],
            response="Nothing." if number != 3 else None,
            error="the endpoint answered 429: too many requests" if number == 3 else None,
            line=2,
            seconds=0.6,
        )
        for number in range(1, 5)
    ]
    calls.append(
        Call(id=5, kind="rlm_query", prompt=inner.question, trace=inner, response=inner.value, line=3, seconds=1.4)
    )
    turns = [
        Iteration(
            index=1,
            reasoning="The figures may stand under a label. I should look for it before adding anything up.",
            reply="Let me see which lines hold sales figures.",
            code=_LOOK.split("\n", 1)[1].rstrip(),
            repairs=[Repair(kind="bracket", before=_BROKEN, after=f"{_BROKEN})")],
            output="17 SALES_FIGURE_NORTH: $2,017,005\n88 SALES_FIGURE_SOUTH: $2,088,005\n",
            output_chars=98_304,
            variables=Variables(added={"rows": "Rows, 5 items", "m": "GrepMatch"}),
            spans=[Span(tool="grep", source="report", start_line=n, end_line=n) for n in (17, 88, 89, 90, 171)],
            seconds=2.1,
        ),
        Iteration(
            index=2,
            reply="Now I add them up.",
            code=_FAIL,
            error=CodeError(type="TypeError", message="unsupported operand type(s) for +: 'int' and 'str'", line=1),
            notes=["groups are texts: to_number(text) gives the number"],
            seconds=1.0,
        ),
        Iteration(index=3, reply="I convert them first.", code=_SUM.rstrip(), calls=calls, output="11500025\n",
                  output_chars=9, variables=Variables(added={"total": "int"}), seconds=4.2),
    ]  # fmt: skip
    parts = [
        UsagePart(model="qwen2.5-coder:7b", depth=0, calls=3, prompt_tokens=5_200, completion_tokens=410, cost=0.0121),
        UsagePart(model="qwen2.5:1.5b", depth=0, calls=4, prompt_tokens=2_300, completion_tokens=60, cost=0.0004),
        UsagePart(model="qwen2.5-coder:7b", depth=1, calls=1, prompt_tokens=900, completion_tokens=40, cost=0.0019),
    ]
    return Trace(
        question=QUESTION,
        model="qwen2.5-coder:7b",
        sub_model="qwen2.5:1.5b",
        documents=[DocumentInfo(name="report", source="report.txt", sha256="ab" * 32, chars=11_870, lines=212)],
        unchanged=True,
        isolation={"restricted-python": "9.0", "rlimits": True, "landlock": 7, "seccomp": True},
        notices=["RECORDED: the replies come from a file, no model was asked"],
        iterations=turns,
        status="answered",
        value=VALUE,
        evidence=[
            Evidence(source="report", line=17, text="SALES_FIGURE_NORTH: $2,017,005"),
            Evidence(source="report", line=999),
        ],
        grounding=[
            Grounding(item="$11,500,025", verdict="computed", iteration=3),
            Grounding(
                item="demand is expected to soften", kind="quotation", verdict="document", source="report", lines=[150]
            ),
            Grounding(item="12%", verdict="ungrounded"),
        ],
        coverage=Coverage(
            documents=[
                CoveredLines(
                    source="report",
                    lines=212,
                    scanned=[(17, 17), (88, 90), (120, 180)],
                    shown=[(17, 17), (88, 90)],
                    sent=[(40, 60), (80, 100), (120, 180)],
                )
            ],
            scanned=0.307,
            shown=0.0189,
            sent=0.486,
            untouched=0.49,
        ),
        usage=TreeUsage(calls=8, prompt_tokens=8_400, completion_tokens=510, cost=0.0144, seconds=8.4, parts=parts),
        seconds=9.6,
    )
