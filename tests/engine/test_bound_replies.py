"""A small model whose replies can be bound begins with the search that it was told, for the rows that it has named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from runs import block, run
from scripted_server import ScriptedServer, fail

from rlm_kernel.models import Bounds, Model, OpenAICompatible, WrappedModel

Serve = Callable[..., ScriptedServer]
STATES = ("settled", "settled", "quote", "settled", "quote", "void")
LEDGER = "| day | kind | state | EUR |\n|---|---|---|---|\n" + "".join(
    f"| 2021-03-{n} | {('wood', 'paint')[n % 2]} | {STATES[n % 12 // 2]} | {n}.50 |\n" for n in range(12, 36)
)
QUESTION = "What did we really spend on paint in 2021?"
ADD_UP = "print(sum(to_number(m['eur']) for m in rows))"


class Bindable(WrappedModel):
    """A scripted model that keeps the bounds of its replies, and says of no state but the first what it is told."""

    def __init__(self, model: Model, kept: list[Bounds]) -> None:
        super().__init__(model)
        self.kept = kept

    def bound(self, bounds: Bounds) -> Model:
        """The same."""
        if bounds.texts:
            self.kept.append(bounds)
        return self


async def asked(server: ScriptedServer, context: Any = LEDGER, question: str = QUESTION, **settings: Any) -> Any:
    kept: list[Bounds] = []
    inner = OpenAICompatible("scripted", base_url=server.base_url, small=True, max_retries=0)
    try:
        result = await run(server, question, context, model=Bindable(inner, kept), base_url=None, **settings)
    finally:
        await inner.aclose()
    return result, kept


async def test_its_first_reply_is_a_search_for_the_words_of_the_question(scripted_server: Serve) -> None:
    look = 'for m in search("really spend paint 2021", limit=6): print(m.line_num, m.line)'
    result, kept = await asked(scripted_server([block(look), "settled", block(ADD_UP), block("FINAL(1)")]))
    assert kept[0] == Bounds((f"```python\n{look}\n```",))
    assert result.trace.iterations[0].code == look


async def test_it_is_asked_which_rows_are_meant_and_its_code_begins_with_their_search(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), "settled", block("FINAL(7)")])
    result, kept = await asked(server)
    _, states, code = kept
    assert states == Bounds(("settled", "quote", "void"))
    (beginning,) = code.texts
    said, search = beginning.split("\n")
    assert said == "# state may be 'settled', 'quote' or 'void'; the question is about 'settled'"
    assert search.startswith("rows = grep(r'^\\| (?P<day>[^\\|\\n]+?) \\| paint \\| (?P<state>settled) \\| ")
    assert code.kind == "code"
    question = server.requests[1]["messages"][-1]["content"]
    assert QUESTION in question
    assert "a column 'state' with the values 'settled', 'quote', 'void'" in question
    # The question is paid for by the iteration whose code it decides.
    trace = result.trace
    assert [turn.model_usage.calls for turn in trace.iterations][:2] == [1, 2]
    assert trace.usage.calls == len(server.requests)


async def test_an_answer_that_is_none_of_the_states_is_the_first(scripted_server: Serve) -> None:
    _, kept = await asked(scripted_server([block("print(1)"), "I do not know", block("FINAL(7)")]))
    assert "(?P<state>settled)" in kept[-1].texts[0]


async def test_where_it_cannot_be_asked_it_chooses_as_it_writes(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), fail(400, "no"), block("FINAL(7)"), block("FINAL(7)")])
    result, kept = await asked(server)
    every, *texts = kept[-1].texts
    assert every.startswith("rows = grep(")
    assert [text.split("\n")[0].rpartition(" ")[2] for text in texts] == ["'settled'", "'quote'", "'void'"]
    assert (result.trace.status, result.trace.value) == ("answered", 7)


async def test_where_nothing_says_that_some_rows_do_not_count_it_is_asked_whether_any_are_meant(
    scripted_server: Serve,
) -> None:
    for said, shown in (("no", "(?P<state>\\w+)"), ("yes", "(?P<state>quote)")):
        replies = [block("print(1)"), said, *(["quote"] if said == "yes" else []), block("FINAL(7)")]
        server = scripted_server([*replies, block("FINAL(7)")])
        _, kept = await asked(server, LEDGER.replace("void", "draft"), question="What is the sum of the EUR for paint?")
        assert kept[1] == Bounds(("yes", "no"))
        assert (
            "Is something said in this question about 'state' ('settled', 'quote', 'draft')?"
            in server.requests[1]["messages"][-1]["content"]
        )
        (beginning,) = kept[-1].texts
        assert shown in beginning


async def test_where_a_state_is_void_some_rows_are_meant(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), "settled", block("FINAL(7)"), block("FINAL(7)")])
    _, kept = await asked(server, question="What is the sum of the EUR for paint?")
    assert kept[1] == Bounds(("settled", "quote", "void"))


async def test_where_a_verb_says_what_became_of_rows_some_of_them_are_meant(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), "settled", block("FINAL(7)"), block("FINAL(7)")])
    _, kept = await asked(server, question="How many EUR were handed over for paint?")
    assert kept[1] == Bounds(("settled", "quote", "void"))


async def test_what_the_document_says_of_states_is_told(scripted_server: Serve) -> None:
    legend = "Modes: AU = by itself, MA = by hand, TS = test.\n"
    modes = ("AU", "AU", "MA", "AU", "MA", "TS")
    rows = "".join(f"#{n} B2:{modes[n % 6]} W0{n}\n" for n in range(100, 124))
    server = scripted_server([block("print(1)"), "MA", block("FINAL(7)"), block("FINAL(7)")])
    result, kept = await asked(server, f"{legend}{rows}", "How many runs did gun B2 make while only a man was there?")
    assert "'AU', 'MA', 'TS' (AU = by itself; MA = by hand; TS = test)" in server.requests[1]["messages"][-1]["content"]
    assert kept[1].texts == ("AU", "MA", "TS")
    assert "(?P<b2>MA)" in kept[-1].texts[0]
    assert result.trace.status == "answered"


async def test_of_lines_that_say_two_things_it_is_asked_which_count(scripted_server: Serve) -> None:
    names = ("Tom Cook", "Rosa Lane", "Vera Wood")
    text = "".join(f"In the spring term {name} got through {n}00 pages.\n" for n, name in enumerate(names, 7))
    text += "".join(f"For the spring term {name} had hoped for {n},000 pages.\n" for n, name in enumerate(names, 4))
    server = scripted_server([block("print(1)"), "2", block("FINAL(7)")])
    _, kept = await asked(server, text, "Who read most pages in the spring term?")
    assert kept[1] == Bounds(("1", "2"))
    (beginning,) = kept[2].texts
    shown = server.requests[1]["messages"][-1]["content"]
    second = shown.split("\n2: ")[1].split("\n")[0]
    assert ("had hoped for" in beginning) == ("had hoped for" in second)


async def test_texts_that_are_judged_are_given_to_a_sub_model(scripted_server: Serve) -> None:
    text = "".join(f"message {n}: {words}\n" for n, words in enumerate(("it broke", "thanks", "where is it?"), 7))
    server = scripted_server([block("print(1)"), block("FINAL(7)")])
    _, kept = await asked(server, text, "How many of the messages complain about something?")
    (beginning,) = kept[-1].texts
    assert beginning.startswith("rows = grep(r'^message \\d+: (?P<text>.+)', limit=10**6)\nkinds = [")
    assert beginning.endswith("labels = llm_query_batched(prompts, type=kinds)")


@pytest.mark.parametrize("settings", [{"examples": "off"}, {"dialect": "rlm"}, {"max_iterations": 1}])
async def test_no_other_reply_is_bound(scripted_server: Serve, settings: dict[str, Any]) -> None:
    server = scripted_server([block("print(1)"), block("FINAL(7)")])
    _, kept = await asked(server, **settings)
    assert kept == []


async def test_a_fact_is_looked_up_in_lines_of_now(scripted_server: Serve) -> None:
    text = "Until March the door code was 9746.\nSince April the door has the code 8339.\nThe gate code is 4910.\n"
    look = block('for m in search("door code", limit=6): print(m.line_num, m.line)')
    server = scripted_server([look, block('FINAL("8339", evidence=[2])')])
    result, kept = await asked(server, text, "What is the door code now?")
    assert "[what line 1 says was so before, or was only planned: it is not so now]" in result.told(1)
    assert len(kept) == 1, "the code of a lookup is the model's own"
    assert json.dumps(result.trace.value) == '"8339"'


WEIGHTS = "sort,planned_kg,sold_kg\n" + "".join(f"{('plum', 'pear')[n % 2]},{n}.5,{n * 2}\n" for n in range(10, 30))


async def test_of_several_columns_of_numbers_it_is_asked_which_is_meant(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), "sold_kg", block("print(len(rows))"), block("FINAL(7)")])
    result, kept = await asked(server, WEIGHTS, "How heavy were the plums that left the shop, in kg?")
    assert kept[1] == Bounds(("planned_kg", "sold_kg"))
    shown = server.requests[1]["messages"][-1]["content"]
    assert "planned_kg: 10.5, 12.5, 14.5\nsold_kg: 20, 24, 28\nWhich of them" in shown
    (beginning,) = kept[2].texts
    assert beginning.startswith("# the number is m['sold_kg']\nrows = grep(r'^plum,")
    assert set(kept[2].keys) == {"planned_kg", "sold_kg"}
    assert [turn.model_usage.calls for turn in result.trace.iterations][:2] == [1, 2]


@pytest.mark.parametrize(
    "question",
    [
        "How many lots of plums are there?",
        "Which sort comes most often?",
        "What is the sum of both weights of the plums, in kg?",
    ],
)
async def test_where_rows_are_counted_or_two_columns_are_meant_none_is_asked_for(
    scripted_server: Serve, question: str
) -> None:
    server = scripted_server([block("print(1)"), block("print(len(rows))"), block("FINAL(7)"), block("FINAL(7)")])
    _, kept = await asked(server, WEIGHTS, question)
    assert len(kept) == 2
    assert kept[1].kind == "code"


async def test_of_several_columns_of_days_it_is_asked_which_is_meant(scripted_server: Serve) -> None:
    rows = "".join(f"tool {n},2024-05-{n:02},2024-06-{n:02}\n" for n in range(10, 30))
    server = scripted_server([block("print(1)"), "returned", block("print(len(rows))"), block("FINAL(7)")])
    question = "How many tools were brought back between 12 June and 20 June 2024?"
    _, kept = await asked(server, f"tool,lent,returned\n{rows}", question)
    assert kept[1] == Bounds(("lent", "returned"))
    assert "lent: 2024-05-10, 2024-05-11, 2024-05-12\n" in server.requests[1]["messages"][-1]["content"]
    (beginning,) = kept[2].texts
    last = beginning.split("\n")[-1]
    assert last == """rows = [m for m in rows if "2024-06-12" <= to_date(m['returned']) <= "2024-06-20"]"""
    assert not kept[2].may_filter


PRICES = "".join(f"{2100 + n}\t{chr(65 + n)} punch\t{n}.50\t{n + 1}.20\n" for n in range(4, 20))
ORDERS = "".join(f"Order {n + 701}: {n % 4 + 2} pieces of article {2100 + n}, confirmed\n" for n in range(4, 20))


async def test_of_what_joined_rows_cost_the_price_that_is_meant_is_asked_for(scripted_server: Serve) -> None:
    prices = f"article\tname\tprice 2021\tprice 2022\n{PRICES}"
    look, add_up = block("print(1)"), block("total = sum(amounts)\nprint(total)")
    server = scripted_server([look, "price_2022", add_up, block("FINAL(total)")])
    question = "What do all confirmed orders cost together, in EUR, at the prices of 2022?"
    _, kept = await asked(server, {"prices": prices, "orders": ORDERS}, question)
    assert kept[1] == Bounds(("price_2021", "price_2022"))
    (beginning,) = kept[2].texts
    assert beginning.endswith("\namounts = [row['pieces'] * row['price_2022'] for row in table]")


HOUSES = "house;tenant;rent\n" + "".join(f"{n} Elm Row;{name} Lind;{n * 10}.50\n" for n, name in enumerate("ABCDE", 3))


async def test_the_record_that_a_question_names_answers_it(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), block("FINAL(9)")])
    result, kept = await asked(server, HOUSES, "What is the rent of 5 Elm Row?")
    assert "[line 4 says of '5 Elm Row' that 'rent' is '50.50']" in result.told(1)
    (reply,) = kept[1].texts
    assert kept[1].kind == "text"
    assert reply.endswith("\nFINAL(rows[0].groups[0], evidence=rows)\n```")


async def test_the_reply_that_it_is_held_to_answers(scripted_server: Serve) -> None:
    code = (
        "rows = grep(r'^5 Elm Row;[^;\\n]*?;([^;\\n]+?)$', limit=10**6)\n"
        "rows = [m for m in rows if 4 <= m.line_num <= 4]\nFINAL(rows[0].groups[0], evidence=rows)"
    )
    server = scripted_server([block("print(1)"), block(code)])
    result, kept = await asked(server, HOUSES, "What is the rent of 5 Elm Row?")
    assert kept[1].texts == (block(code),)
    assert result.trace.value == "50.50"
    (row,) = result.trace.grounding
    assert (row.verdict, row.lines) == ("document", [4])


async def test_once_code_has_computed_something_the_next_reply_is_an_answer(scripted_server: Serve) -> None:
    replies = [block("print(1)"), "settled", block("print(5)"), block("FINAL(7)")]
    _, kept = await asked(scripted_server(replies))
    assert kept[3] == Bounds(("FINAL(",), kind="call")


@pytest.mark.parametrize("code", ["x = 1", "1 / 0"])
async def test_code_that_says_nothing_or_fails_is_mended_first(scripted_server: Serve, code: str) -> None:
    replies = [block("print(1)"), "settled", block(code), block("FINAL(7)")]
    _, kept = await asked(scripted_server(replies))
    assert kept[-1].kind == "code"


async def test_conditions_that_code_may_have_left_are_still_its_own(scripted_server: Serve) -> None:
    replies = [block("print(1)"), "settled", block("print(5)"), block("FINAL(7)")]
    _, kept = await asked(scripted_server(replies), question="What did we really spend on paint, if over 15 EUR?")
    assert kept[-1].kind == "code"
    assert kept[-1].may_filter
