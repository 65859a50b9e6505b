"""The embedded model as a sub-model: a count that needs a judgement of each message, by a real small model."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from runs import block
from scripted_server import ScriptedServer

from rlm_kernel import RLM
from rlm_kernel.models.local import weights
from rlm_kernel.models.local.model import LocalModel

OWN_MODEL = os.environ.get("RLM_LOCAL_MODEL")
CACHE = os.environ.get("RLM_CACHE_DIR")

# No word tells the complaints from the others: the one has a tent in it, and so has the other.
MESSAGES = {
    "The tent arrived torn and nobody answers my calls.": True,
    "Thank you, the tent is perfect!": False,
    "What time do you open on Saturday?": False,
    "I waited three weeks for a lamp that does not even switch on.": True,
    "Best lamp I have ever owned.": False,
    "Your driver left my parcel in the rain and it is ruined.": True,
    "Where can I park?": False,
    "You charged me twice and refuse to pay it back.": True,
    "My son loves his backpack, we will come again.": False,
    "Do the gloves also come in blue?": False,
    "The zip broke on the first day, what a waste of money.": True,
    "The parcel came a day early, how kind of your driver!": False,
}
CODE = r"""
PROMPT = '''Does the customer complain? Answer yes or no.

Message: The soup was cold and the waiter rude.
Answer: yes

Message: What a lovely evening, thank you!
Answer: no

Message: When does the next bus leave?
Answer: no

Message: {message}
Answer:'''
messages = context.split("\n")
verdicts = llm_query_batched([PROMPT.replace("{message}", message) for message in messages])
complaints = [n for n, verdict in enumerate(verdicts, 1) if verdict.strip().lower().startswith("yes")]
print(len(complaints), "of", len(messages))"""


@pytest.fixture
async def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalModel]:
    """The real model in a server of this test's own; the test is skipped where its engine or weights are missing."""
    if not LocalModel.available():
        pytest.skip("the engine of the embedded model is not installed (extra `local`)")
    monkeypatch.delenv("RLM_CACHE_DIR", raising=False)
    if CACHE:
        monkeypatch.setenv("RLM_CACHE_DIR", CACHE)
    path = Path(OWN_MODEL) if OWN_MODEL else weights.find()
    if path is None:
        pytest.skip("the embedded model's weights are not on this machine (`rlm fetch` gets them)")
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    model = LocalModel(f"local:{path}", n_ctx=2048, idle_seconds=0)
    yield model
    await model.aclose()


@pytest.mark.nightly
@pytest.mark.embedded
async def test_a_small_model_judges_messages_and_code_counts_them(
    embedded: LocalModel, scripted_server: Callable[..., ScriptedServer]
) -> None:
    server = scripted_server([block(CODE), block("FINAL(len(complaints), evidence=complaints)")])
    rlm = RLM("root", server.base_url, api_key="none", sub_model=embedded, temperature=0.0, seed=1)

    answer = await rlm.acompletion("How many customers complain?", "\n".join(MESSAGES))

    (judged, _) = answer.trace.iterations
    assert judged.error is None
    verdicts = [call.response.strip().lower() for call in judged.calls]
    assert set(verdicts) <= {"yes", "no"}, verdicts
    judged_right = [
        (verdict == "yes") == complains for verdict, complains in zip(verdicts, MESSAGES.values(), strict=True)
    ]
    # A small model: not every single one, but far from what chance would give (which has 10 of 12 right once in 50).
    assert sum(judged_right) >= 10, dict(zip(MESSAGES, verdicts, strict=True))
    # What the answer rests on is in the trace: each verdict, the line it was about, and its tokens.
    assert answer.status == "answered"
    assert answer.value == verdicts.count("yes")
    lines = [n for n, verdict in enumerate(verdicts, 1) if verdict == "yes"]
    assert [evidence.line for evidence in answer.trace.evidence] == lines
    assert [[(s.start_line, s.end_line) for s in call.context_spans] for call in judged.calls] == [
        [(n, n)] for n in range(1, 13)
    ]
    (part,) = [part for part in answer.usage.parts if part.model == embedded.name]
    assert part.calls == 12
    assert part.completion_tokens >= 12
    assert not part.estimated
    assert "small local model: check the evidence" in answer.trace.notices
