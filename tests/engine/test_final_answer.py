"""What happens to FINAL's value where the user wants an answer of a certain type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from runs import block, run

from rlm_kernel.document import Document, Text
from rlm_kernel.engine.answers.final_answer import Acceptance
from rlm_kernel.subkernel.base import Refusal
from rlm_kernel.trace import RunFinished, Trace, TraceBuilder, content_digest


class Order(BaseModel):
    price: Annotated[float, Field(gt=0)]


class Report(BaseModel):
    orders: list[Order]
    kind: Literal["plan", "actual"]


TEXT = Text.from_str("t", "text", "one\ntwo\n")


def accepted(value: Any, answer_type: Any) -> Any:
    acceptance = Acceptance(Document([TEXT]), answer_type)
    acceptance.accept(value, None, "FINAL(x)", None)
    assert acceptance.accepted is not None
    return acceptance.accepted[0]


def test_a_value_is_coerced_where_nothing_is_lost() -> None:
    assert accepted("12", int) == 12
    assert accepted({"orders": [{"price": "3"}], "kind": "plan"}, Report) == {
        "orders": [{"price": 3.0}],
        "kind": "plan",
    }


def test_a_refusal_names_the_field_the_reason_and_what_is_wanted() -> None:
    value = {"orders": [{"price": 1}, {"price": 2}, {"price": -3}], "kind": "guess"}
    with pytest.raises(Refusal) as caught:
        accepted(value, Report)
    told = str(caught.value)
    assert "orders.2.price: must be greater than 0, you gave -3" in told
    assert "kind: must be 'plan' or 'actual', you gave 'guess'" in told
    assert '"exclusiveMinimum": 0' in told
    with pytest.raises(Refusal, match=r"the value: must be a whole number, you gave 12\.5\). It must be: int"):
        accepted(12.5, int)


def test_a_type_that_cannot_be_one_is_refused_before_the_run() -> None:
    with pytest.raises(ValueError, match="cannot be the type of an answer"):
        Acceptance(Document([TEXT]), object())


async def test_the_model_repairs_what_it_is_told(scripted_server: Any) -> None:
    server = scripted_server(
        [
            block("prices = [to_number(m.line) for m in grep('^SALES')]\nprint(prices)"),
            block("FINAL({'orders': [{'price': -p} for p in prices], 'kind': 'actual'})"),
            block("FINAL({'orders': [{'price': p} for p in prices], 'kind': 'actual'})"),
        ]
    )
    result = await run(server, answer_type=Report)
    assert "orders.0.price: must be greater than 0, you gave -1000" in result.told(2)
    assert result.trace.value == {"orders": [{"price": 1000.0}, {"price": 2500.0}], "kind": "actual"}
    assert Trace.from_json(result.trace.to_json()).value == result.trace.value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_trace_whose_answer_is_no_number_is_read_back_unaltered(number: float) -> None:
    acceptance = Acceptance(Document.of("a text"), None)
    assert acceptance.accept([1, {"mean": number}], None, "", None)
    assert acceptance.accepted is not None
    builder = TraceBuilder()
    builder.feed(RunFinished("answered", acceptance.accepted[0]))
    again = Trace.from_json(builder.trace.to_json())
    assert again.value == [1, {"mean": None}]
    assert content_digest(again) == builder.trace.digest


def test_a_value_that_stands_in_the_line_named_as_evidence_is_not_doubted() -> None:
    text = Text.from_str("t", "text", "Total: 5\n\x0cTotal: 7\n")
    document = Document([text])
    trace = TraceBuilder().trace
    alone = Acceptance(document, None)
    with pytest.raises(Refusal, match="no output has shown this"):
        alone.accept(7, None, "FINAL(7)", trace)
    proved = Acceptance(document, None)
    assert proved.accept(7, [2], "FINAL(7, evidence=[2])", trace)


async def test_the_text_of_an_error_is_refused_once_as_an_answer(scripted_server: Any) -> None:
    failure = "to_number: there is no number in '49:17', only a time"
    server = scripted_server(
        [
            block(f'raise ValueError("{failure}")'),
            block(f'FINAL("Error: ValueError: {failure}")'),
            block("FINAL(grep('^Ada')[0].line[:3])"),
        ]
    )
    result = await run(server, "Who was first?", "Ada 49:17\nBo 50:12\n")
    assert "is the text of an error, and no answer. Mend the code that failed: ValueError: to_num" in result.told(2)
    assert result.trace.value == "Ada"


async def test_one_number_is_asked_about_once_where_the_question_asks_for_one_of_each(scripted_server: Any) -> None:
    text = "Ada, mill: 3 h\nBo, mill: 4 h\nAda, quay: 5 h\n"
    rows = "rows = grep(r'^(?P<name>\\w+), (?P<shop>\\w+): (?P<hours>\\d+) h')"
    asked = [
        block(f"{rows}\ntotal = sum(to_number(m['hours']) for m in rows)\nprint(total)"),
        block("FINAL(total)"),
        block(
            "totals = {}\nfor m in rows:\n"
            "    totals[m['shop']] = totals.get(m['shop'], 0) + to_number(m['hours'])\nFINAL(totals)"
        ),
    ]
    result = await run(scripted_server(asked), "How many hours were there for each shop?", text)
    assert "FINAL(12): the question asks for a value for each shop, and this is one for all." in result.told(2)
    assert result.trace.value == {"mill": 7, "quay": 5}
    # It counts if it is given again.
    again = await run(scripted_server([*asked[:2], asked[1]]), "How many hours were there for each shop?", text)
    assert again.trace.value == 12
