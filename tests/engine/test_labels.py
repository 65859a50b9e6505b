"""`label`: texts judged by a sub-model, checked by known labels or a stronger model, estimated by the parent."""

from __future__ import annotations

import json
import re
from typing import Any

from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel import Answer
from rlm_kernel.engine.labels import draw
from rlm_kernel.engine.labels.texts import texts_of
from rlm_kernel.replay import replay
from rlm_kernel.trace import Trace

MESSAGES = [f"message {n}: {'it is broken again' if n % 3 == 0 else 'thank you, all is well'}" for n in range(60)]
DOCUMENT = "\n".join(MESSAGES)
LABEL = """
rows = grep("^message")
labels = label(rows, ["complaint", "other"], "Is the customer unhappy?"{more})
print(labels)
estimate = labels.count("complaint")
print(estimate)
"""
FINAL = "FINAL(estimate)"


def judge(body: dict[str, Any]) -> str:
    """The sub-model calls every tenth complaint other; the strong model errs never; the root model runs the code."""
    prompt = body["messages"][-1]["content"]
    if body["model"] not in ("small", "strong"):
        raise AssertionError("the root model has a script of its own")
    if "JSON list" in prompt:
        texts = json.loads(prompt.partition("Texts:\n")[2].partition("\n\nReply with")[0])
        return json.dumps(["complaint" if "broken" in text else "other" for text in texts])
    number = int(re.findall(r"message (\d+)", prompt)[-1])
    broken = number % 3 == 0
    if body["model"] == "small" and number % 30 == 0:
        broken = False
    return "complaint" if broken else "other"


def script(*codes: str) -> dict[str, Any]:
    return {"scripted": [block(code) for code in codes], "small": judge, "strong": judge}


SETTINGS = {"sub_model": "small", "max_llm_calls": 300, "seed": 5}


async def test_unchecked_labels_have_no_error_bar_in_answer_trace_and_notices() -> None:
    with ScriptedServer(script(LABEL.format(more=""), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, **SETTINGS)
    trace = result.trace
    assert trace.status == "answered"
    assert (trace.value["value"], trace.value["low"], trace.value["high"]) == (18, None, None)
    (estimate,) = trace.estimates
    assert (estimate.value, estimate.low, estimate.texts) == (18, None, 60)
    assert any("no error bar: unchecked labels" in notice for notice in trace.notices)
    assert "no error bar" in trace.iterations[0].output
    assert trace.usage.calls == 62


async def test_a_stronger_model_checks_some_labels_and_is_named() -> None:
    with ScriptedServer(script(LABEL.format(more=""), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, check_model="strong", label_checks=20, **SETTINGS)
    (estimate,) = result.trace.estimates
    assert (estimate.checked, estimate.checked_by, estimate.checker) == (20, "model", "strong")
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= 20 <= estimate.high
    assert "by the model 'strong', whose errors are not in the interval" in estimate.text
    checks = [call for call in result.trace.iterations[0].calls if call.model == "strong"]
    assert len(checks) == 20
    # Blind: the checker sees the same prompt as the sub-model, and no label that was given.
    assert {call.prompt for call in checks} <= {
        call.prompt for call in result.trace.iterations[0].calls if call.model == "small"
    }


async def test_known_labels_check_those_of_the_model() -> None:
    known = ', known=["complaint" if "broken" in row.line else "other" for row in rows]'
    with ScriptedServer(script(LABEL.format(more=known), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, label_checks=30, **SETTINGS)
    (estimate,) = result.trace.estimates
    assert (estimate.checked, estimate.checked_by, estimate.drawn) == (30, "known", True)
    partly = ', known=["other" if n < 10 and n % 3 else None for n in range(60)]'
    with ScriptedServer(script(LABEL.format(more=partly), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, **SETTINGS)
    (estimate,) = result.trace.estimates
    assert (estimate.checked, estimate.drawn) == (6, False)
    assert "which holds if these were drawn by chance" in estimate.text


async def test_several_texts_in_one_prompt_cost_fewer_calls() -> None:
    with ScriptedServer(script(LABEL.format(more=", per_call=25"), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, **SETTINGS)
    assert result.trace.value["value"] == 20
    assert result.trace.usage.calls == 5
    assert texts_of(result.trace, result.trace.labellings[0]) == MESSAGES


async def test_a_labelling_replays_without_a_model() -> None:
    with ScriptedServer(script(LABEL.format(more=""), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, check_model="strong", label_checks=20, **SETTINGS)
        asked = len(server.requests)
        again = Trace.from_json(result.trace.to_json())
        assert replay(again, DOCUMENT).verdict == "reproduced"
        assert len(server.requests) == asked


async def test_groups_and_shares_are_estimated_by_the_parent() -> None:
    code = """
labels = label(grep("^message"), ["complaint", "other"], per_call=60)
shares = labels.share("complaint", by=["early" if n < 30 else "late" for n in range(60)])
print(sorted(shares), len(labels), labels[0], list(labels).count("complaint"))
FINAL({name: round(each.value, 2) for name, each in shares.items()})
"""
    with ScriptedServer(script(code)) as server:
        result = await run(server, "What share?", DOCUMENT, **SETTINGS)
    assert result.trace.value == {"early": 0.33, "late": 0.33}
    assert result.trace.iterations[0].output.startswith("['early', 'late'] 60 complaint 20")
    assert [estimate.group for estimate in result.trace.estimates] == ["early", "late"]


REFUSED = {
    'label(["a"], ["one"])': "2 to 100 different labels",
    'label([], ["one", "two"])': "texts must be a list of texts that is not empty",
    'label(["a"], ["One", "one"])': "differ only in case",
    'label("a", ["one", "two"])': "texts must be a list of texts",
    'label(["a"], ["one", "two"], known=["three"])': "'three', which is none of the labels",
    'label(["a"], ["one", "two"], per_call=0)': "per_call must be a whole number from 1 to 200",
    'label(["a%d" % n for n in range(400)], ["one", "two"])': "raise max_llm_calls, put several texts",
    'labels.share("praise")': "none of the labels: 'complaint', 'other'",
    "labels.mean()": "labels that are numbers",
    'labels.share("other", by=[1, 2])': "by has 2 groups for 60 texts",
}


async def test_bad_requests_are_refused_in_one_sentence() -> None:
    setup = 'labels = label(grep("^message"), ["complaint", "other"], per_call=60)\nmessages = []'
    tries = [f"try:\n    {code}\nexcept Exception as error:\n    messages.append(str(error))" for code in REFUSED]
    with ScriptedServer(script("\n".join([setup, *tries, "print(json.dumps(messages))"]), "FINAL(1)")) as server:
        result = await run(server, "How many?", DOCUMENT, **SETTINGS)
    messages = json.loads(result.trace.iterations[0].output)
    for message, complaint in zip(messages, REFUSED.values(), strict=True):
        assert complaint in message
        assert message.count("\n") == 0


async def test_a_person_checks_the_labels_of_a_trace_that_was_read_back() -> None:
    with ScriptedServer(script(LABEL.format(more=""), FINAL)) as server:
        result = await run(server, "How many complain?", DOCUMENT, **SETTINGS)
    trace = Trace.from_json(result.trace.to_json())
    texts = texts_of(trace, trace.labellings[0])
    assert texts == MESSAGES
    numbers = draw(trace.labellings[0].given, 30, seed=1)
    checks = {number: "complaint" if "broken" in texts[number] else "other" for number in numbers}
    (estimate,) = Answer(trace).estimates_checked(checks)
    assert (estimate.checked, estimate.checked_by) == (30, "person")
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low <= 20 <= estimate.high


async def test_a_cell_cannot_make_an_interval_of_its_own() -> None:
    code = """
labels = label(grep("^message"), ["complaint", "other"], per_call=60)
estimate = labels.count("complaint")
try:
    estimate.low = 19
except Exception as error:
    print("refused:", error)
FINAL({"value": 19, "low": 19, "high": 19})
"""
    with ScriptedServer(script(code)) as server:
        result = await run(server, "How many?", DOCUMENT, **SETTINGS)
    assert "refused:" in result.trace.iterations[0].output
    (estimate,) = result.trace.estimates
    assert (estimate.low, estimate.high) == (None, None)
    assert any("no error bar" in notice for notice in result.trace.notices)
