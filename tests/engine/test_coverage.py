"""What a run has done with each line, end to end: searched, returned to code, shown, sent to a sub-model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from runs import block, engine, run
from scripted_server import ScriptedServer

from rlm_kernel.trace import Coverage, Trace

Serve = Callable[..., ScriptedServer]
LOG = "\n".join(
    f"2024-05-{day:02d} 08:{day:02d}:00 INFO\tpump {day * 37} was checked by {name}"
    for day, name in enumerate(["Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Garnet", "Harbor"], 1)
)
TABLE = "name,amount,place\n" + "\n".join(f"row{at},{at * 317},place {at % 7}" for at in range(1, 101))
END = block("FINAL(1 + 1)")


def coverage(trace: Trace) -> Coverage:
    assert trace.status == "answered"
    assert trace.coverage is not None
    return trace.coverage


async def covered(serve: Serve, context: str, *cells: str) -> Coverage:
    server = serve({"root": [*map(block, cells), END], "sub": ["fine"] * 8}, models=("root", "sub"))
    return coverage((await run(server, context=context, model="root", sub_model="sub")).trace)


@pytest.mark.parametrize(
    "code",
    [
        "answers = [llm_query('Who?\\n' + line.split('\\t')[1]) for line in context.splitlines()]",
        "answers = [llm_query('Who?\\n' + line[20:]) for line in context.splitlines()]",
        "answers = llm_query_batched(['Who? ' + line.partition('INFO\\t')[2] for line in context.splitlines()])",
        "answer = llm_query('Who are they?\\n' + '\\n'.join('- ' + l.split('\\t')[1] for l in context.splitlines()))",
        "answer = llm_query('Who are they?\\n' + context)",
    ],
)
async def test_lines_are_sent_also_without_their_beginning(scripted_server: Serve, code: str) -> None:
    share = await covered(scripted_server, LOG, code)
    assert (share.sent, share.shown, share.untouched) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "code",
    [
        "print(context.splitlines()[1:41])",
        "print('\\n'.join(context.splitlines()[1:41]))",
        "print(tables()[0][:40])",
        "for row in tables()[0][:40]: print(row)",
        "import csv, io\nfor row in list(csv.DictReader(io.StringIO(context)))[:40]: print(row)",
        "for m in grep('^row')[:40]: print(m.line)",
        "print(read_lines(2, 41))",
    ],
)
async def test_rows_that_were_printed_were_shown(scripted_server: Serve, code: str) -> None:
    share = await covered(scripted_server, TABLE, code)
    (only,) = share.documents
    assert [(first, last) for first, last in only.shown if last > 1] == [(2, 41)]
    assert share.shown == pytest.approx(40 / 101, abs=0.011)
    assert share.untouched < 0.7


@pytest.mark.parametrize("code", ["rows = grep('^row7,')", "n = count_matches('^row7,')", "x = fuzzy_search('row7')"])
async def test_what_a_search_ran_over_is_not_untouched(scripted_server: Serve, code: str) -> None:
    share = await covered(scripted_server, TABLE, code)
    assert (share.searched, share.untouched, share.shown, share.sent) == (1.0, 0.0, 0.0, 0.0)
    assert share.scanned < 0.5


@pytest.mark.parametrize(
    "code",
    [
        "import re\nfound = re.findall('row7,', context)",
        "import re\nfound = len(re.findall('row7,', context))",
        "import re\nfound = re.search('row7,', context) is not None",
        "found = 'row7,' in context",
        "found = context.count('row7')",
    ],
)
async def test_a_search_in_the_context_returns_no_lines(scripted_server: Serve, code: str) -> None:
    share = await covered(scripted_server, TABLE, code)
    assert (share.searched, share.scanned, share.untouched) == (1.0, 0.0, 0.0)


async def test_a_slice_is_its_lines(scripted_server: Serve) -> None:
    size = len(TABLE[: TABLE.index("row11,")])
    share = await covered(scripted_server, TABLE, f"head = context[:{size}]\nprint(head)")
    (only,) = share.documents
    assert (only.scanned, only.shown) == ([(1, 11)], [(1, 11)])
    assert share.untouched == pytest.approx(90 / 101)


async def test_what_was_never_looked_at_is_untouched(scripted_server: Serve) -> None:
    share = await covered(scripted_server, TABLE, "n = 1")
    assert (share.searched, share.scanned, share.shown, share.sent, share.untouched) == (0.0, 0.0, 0.0, 0.0, 1.0)


async def test_a_follow_up_rests_on_what_its_variables_rest_on(scripted_server: Serve) -> None:
    server = scripted_server([block("rows = grep('^row[1-5],')\nFINAL(len(rows))"), block("FINAL(len(rows) * 2)")])
    async with engine(server).session(TABLE) as session:
        await session.acompletion("How many?")
        share = coverage((await session.acompletion("And twice?")).trace)
    assert [each.variable for each in share.inherited] == ["rows"]
    assert share.inherited[0].lines == [(2, 6)]
    assert share.untouched == pytest.approx(96 / 101)
    assert "rests on variables of earlier questions: rows" in share.text
    assert (share.scanned, share.shown, share.sent) == (0.0, 0.0, 0.0)


async def test_a_variable_of_the_users_own_is_no_invention(scripted_server: Serve) -> None:
    """What a person has put into the session, in a cell of their own, counts as given."""
    server = scripted_server([block("FINAL(budget * 3)"), block("FINAL(budget)"), block("FINAL(limits['upper'])")])
    async with engine(server).session(TABLE) as session:
        await session.execute("budget = 481516\nlimits = {'upper': 234243}")
        tripled, same, upper = [await session.acompletion("And?") for _ in range(3)]
    for answer, value in ((tripled, 1444548), (same, 481516), (upper, 234243)):
        assert (answer.status, answer.value) == ("answered", value)
        assert len(answer.trace.iterations) == 1
        assert answer.grounding[0].verdict == "computed"
