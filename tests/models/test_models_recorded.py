"""Recordings: made through a real endpoint, replayed without one, written by hand, and broken in every way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asking import ask, failure, pieces
from scripted_server import fail, hang, say

from rlm_kernel.models import Delta, Message, Model, ModelError, Recorded, Recorder, Reply

HEADER = '{"schema": "rlm.recording/1"}\n'


def user(text: str) -> list[Message]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


def by_hand(path: Path, *texts: str) -> Path:
    path.write_text(HEADER + "".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


async def test_what_was_recorded_is_replayed_in_any_order(connect: Any, tmp_path: Path) -> None:
    model, server = connect([say("One é.", reasoning="hm", usage={"prompt_tokens": 7, "completion_tokens": 3}), "Two."])
    recorder = Recorder(model, tmp_path / "run.jsonl")
    assert isinstance(recorder, Model)
    assert recorder.name == "scripted"
    live = [await ask(recorder, user("first"), max_tokens=9, seed=1), await ask(recorder, user("second"))]
    await recorder.aclose()
    recorded = Recorded.open(tmp_path / "run.jsonl")
    assert isinstance(recorded, Model)
    assert [await ask(recorded, user("second")), await ask(recorded, user("first"))] == live[::-1]
    assert len(server.requests) == 2


async def test_the_file_has_one_line_a_call_and_says_where_it_is_from(connect: Any, tmp_path: Path) -> None:
    model, _ = connect(["yes"], "tiny:0.5b", context_window=4096)
    recorder = Recorder(model, tmp_path / "run.jsonl")
    await ask(recorder, user("q"), temperature=0.5)
    header, call = map(json.loads, (tmp_path / "run.jsonl").read_text().splitlines())
    assert (header["schema"], header["model"], header["small"]) == ("rlm.recording/1", "tiny:0.5b", True)
    assert (call["messages"], call["parameters"], call["text"]) == (user("q"), {"temperature": 0.5}, "yes")
    assert len(call["messages_sha256"]) == 64
    recorded = Recorded.open(tmp_path / "run.jsonl")
    (notice,) = recorded.notices
    assert notice == f"RECORDED: replies come from run.jsonl, recorded {header['recorded']} from tiny:0.5b"
    # The prompt depends on these, so a replay must have them too.
    assert (recorded.name, recorded.small, recorded.context_window) == ("recorded:run.jsonl", True, 4096)


async def test_the_notices_of_the_model_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"schema": "rlm.recording/1", "notices": ["small local model: check the evidence"]}\n')
    assert Recorded.open(path).notices[1:] == ("small local model: check the evidence",)


async def test_the_same_prompt_again_gets_the_next_reply_and_then_the_last(connect: Any, tmp_path: Path) -> None:
    model, _ = connect(["one", "two"])
    recorder = Recorder(model, tmp_path / "r.jsonl")
    for _ in range(2):
        await ask(recorder, user("same"))
    recorded = Recorded.open(tmp_path / "r.jsonl")
    assert [(await ask(recorded, user("same"))).text for _ in range(3)] == ["one", "two", "two"]
    await recorded.aclose()
    assert (await ask(recorded, user("same"))).text == "one"


async def test_a_reply_streams_in_pieces(tmp_path: Path) -> None:
    text = "word " * 100
    recorded = Recorded.open(by_hand(tmp_path / "r.jsonl", text))
    got = await pieces(recorded, user("anything"))
    assert len(got) > 3
    assert got[-1] == Reply(text, usage=got[-1].usage, finish_reason="stop")


async def test_a_recording_by_hand_answers_anything_in_order_until_it_has_run_out(tmp_path: Path) -> None:
    recorded = Recorded.open(by_hand(tmp_path / "class.jsonl", "first", "second"))
    assert recorded.notices == ("RECORDED: replies come from class.jsonl, written by hand",)
    assert [(await ask(recorded, user(text))).text for text in "ab"] == ["first", "second"]
    error = await failure(recorded, user("c"))
    assert error.kind == "recording"
    assert "class.jsonl has run out: it holds 2 replies" in str(error)
    recorded.rewind()
    assert (await ask(recorded, user("d"))).text == "first"


async def test_an_exact_prompt_comes_before_the_ones_for_any(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "r.jsonl", "any")
    with path.open("a") as file:
        file.write(json.dumps({"text": "exact", "messages": user("known")}) + "\n")
    recorded = Recorded.open(path)
    assert [(await ask(recorded, user(text))).text for text in ("known", "other", "known")] == ["exact", "any", "exact"]
    assert (await failure(recorded, user("another"))).kind == "recording"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (user("What is the total?"), ["message 2 (user), character 13", "'What is the sum?'", "'What is the total?'"]),
        ([{"role": "system", "content": "Be long."}], ["message 1 (system), character 4", "'Be brief.'", "'Be long.'"]),
        ([*user("What is the sum?"), {"role": "assistant", "content": "x"}], ["3 messages", "has 2"]),
        ([{"role": "user", "content": "Be brief."}], ["recorded from 'system', asked from 'user'"]),
    ],
)
async def test_another_prompt_is_refused_with_the_first_difference(
    tmp_path: Path, asked: list[Message], words: list[str]
) -> None:
    path = tmp_path / "r.jsonl"
    calls = [{"text": "1", "messages": user("What is the sum?")}, {"text": "2", "messages": user("Unrelated")}]
    path.write_text(HEADER + "".join(json.dumps(call) + "\n" for call in calls))
    error = await failure(Recorded.open(path), asked)
    assert (error.kind, error.retryable) == ("recording", False)
    assert all(word in str(error) for word in ["r.jsonl", *words])


async def test_secrets_are_not_written_and_do_not_spoil_the_replay(
    connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "MY_API_KEY": "sk-abcdefgh",
        "HUB_TOKEN": 'tok"en\\123',
        "DB_SECRET": "sk-abcdefgh-longer",
        "PIN_SECRET": "12",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    said = " ".join(secrets.values())
    model, _ = connect([f"I saw {said}"], api_key="sk-abcdefgh")
    path = tmp_path / "r.jsonl"
    recorder = Recorder(model, path)
    live = await ask(recorder, user(f"Here: {said}"))
    assert said in live.text
    written = path.read_text()
    call = json.loads(written.splitlines()[1])
    assert call["text"] == "I saw [redacted] [redacted] [redacted] 12"
    assert call["messages"][1]["content"] == "Here: [redacted] [redacted] [redacted] 12"
    assert "sk-abc" not in written
    assert (await ask(Recorded.open(path), user(f"Here: {said}"))).text == call["text"]


async def test_a_call_that_fails_or_is_given_up_is_not_recorded(connect: Any, tmp_path: Path) -> None:
    model, _ = connect([fail(400), hang("half"), "whole"])
    recorder = Recorder(model, tmp_path / "r.jsonl")
    await failure(recorder, user("1"))
    stream = recorder.stream(user("2"))
    assert await anext(stream) == Delta("half")
    await stream.aclose()
    await ask(recorder, user("3"))
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2


async def test_a_new_recording_replaces_the_old_one_and_append_adds_to_it(connect: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    for prompt, append in (("a", False), ("b", False), ("c", True)):
        model, _ = connect([f"to {prompt}"])
        await ask(Recorder(model, path, append=append), user(prompt))
    recorded = Recorded.open(path)
    assert [(await ask(recorded, user(prompt))).text for prompt in "bc"] == ["to b", "to c"]
    assert (await failure(recorded, user("a"))).kind == "recording"


@pytest.mark.parametrize(
    "before", ["", HEADER + '{"text": "by hand"}', HEADER + '{"text": "by hand"}\n{"text": "cut é']
)
async def test_append_begins_a_line_of_its_own(connect: Any, tmp_path: Path, before: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(before.encode()[: -1 if before.endswith("é") else None])
    model, _ = connect(["added"])
    await ask(Recorder(model, path, append=True), user("c"))
    assert (await ask(Recorded.open(path), user("c"))).text == "added"


def test_another_file_is_never_overwritten(connect: Any, tmp_path: Path) -> None:
    model, _ = connect([])
    path = tmp_path / "thesis.txt"
    path.write_text("ten years of work\n")
    with pytest.raises(ModelError, match=r"thesis.txt, line 1"):
        Recorder(model, path)
    assert path.read_text() == "ten years of work\n"


def test_a_folder_that_is_not_there_is_named(connect: Any, tmp_path: Path) -> None:
    model, _ = connect([])
    with pytest.raises(ModelError, match="cannot be written: No such file") as caught:
        Recorder(model, tmp_path / "nowhere" / "r.jsonl")
    assert caught.value.kind == "recording"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"hello\n", "line 1, is not a header"),
        (b'{"schema": "rlm.recording/2"}\n', "line 1, is not a header"),
        (b'{"schema": "rlm.recording/1"}\n\n{"text": 5}\n', r"line 3, is not a recorded call \(text:"),
        (b'{"schema": "rlm.recording/1"}\n{"text": "a"}\n{"te\n{"text": "b"}\n', "line 3, is not a recorded call"),
        (b'{"schema": "rlm.recording/1"}\n{"text": "a", "messages": [{"role": "user"}]}\n', "line 2"),
        (b'{"schema": "rlm.recording/1"}\n{"text": "a", "usage": {"calls": "x"}}\n', r"line 2.*usage.calls"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
    ],
)
def test_a_broken_recording_is_refused_with_file_and_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words) as caught:
        Recorded.open(path)
    assert caught.value.kind == "recording"
    assert "broken.jsonl" in str(caught.value)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none.jsonl cannot be read: No such file"):
        Recorded.open(tmp_path / "none.jsonl")


async def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "r.jsonl", "kept")
    with path.open("a") as file:
        file.write('{"text": "cut o')
    recorded = Recorded.open(path)
    assert (await ask(recorded, user("x"))).text == "kept"
    assert (await failure(recorded, user("y"))).kind == "recording"
    path.write_bytes(path.read_bytes() + "é".encode()[:1])
    assert (await ask(Recorded.open(path), user("x"))).text == "kept"
    # A hand-written last line without its newline is whole, and counts.
    path.write_text(HEADER + '{"text": "last"}')
    assert (await ask(Recorded.open(path), user("x"))).text == "last"


def test_text_with_unusual_line_ends_stays_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(HEADER + json.dumps({"text": "a\u2028b\x85c"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert Recorded.open(path).name == "recorded:r.jsonl"


async def test_the_configured_key_and_what_looks_like_a_key_are_not_recorded(connect: Any, tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 8
    reply = f"rows.sort(key=itemgetter(1)); connect({token!r}, 'my-own-key-17')"
    model, _ = connect([reply], api_key="my-own-key-17")
    path = tmp_path / "r.jsonl"
    recorder = Recorder(model, path, secrets=["my-own-key-17"])
    assert (await ask(recorder, user(f"Use {token} or my-own-key-17."))).text == reply
    written = path.read_text()
    assert token not in written
    assert "my-own-key-17" not in written
    replayed = await ask(Recorded.open(path), user(f"Use {token} or [redacted]."))
    assert replayed.text == "rows.sort(key=itemgetter(1)); connect('[redacted]', '[redacted]')"


def run_prompt(question: str, *replies: str, type_: str = "") -> list[Message]:
    """The prompt of a run that asks a question, after these replies."""
    opening = f"`context` has 3 lines.\n\nQuestion: {question}{type_ and f'{chr(10)}The answer must be: {type_}'}"
    messages: list[Message] = [{"role": "system", "content": "Search."}, {"role": "user", "content": opening}]
    for reply in replies:
        messages += [
            {"role": "assistant", "content": reply},
            {"role": "user", "content": "\n\nQuestion: of a document"},
        ]
    return messages


def with_questions(path: Path, *calls: tuple[str, int, str]) -> Recorded:
    lines = [json.dumps({"question": question, "path": number, "text": text}) for question, number, text in calls]
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return Recorded.open(path)


async def test_a_question_of_a_recording_has_several_paths(tmp_path: Path) -> None:
    calls = [("How many?", 1, "a1"), ("How many?", 2, "b1"), ("How many?", 1, "a2"), ("Who?", 1, "c1")]
    recorded = with_questions(tmp_path / "r.jsonl", *calls)

    async def said(*messages: Any, **more: Any) -> str:
        return (await ask(recorded, run_prompt(*messages, **more))).text

    assert [await said("How many?"), await said("How many?", "a1")] == ["a1", "a2"]
    assert [await said("Who?"), await said("  how MANY", type_="int")] == ["c1", "b1"]
    # A fork goes on along the path that it comes from.
    assert await said("How many?", "a1") == "a2"
    assert [await said("How many?"), recorded.rewind(), await said("How many?")] == ["b1", None, "a1"]
    error = await failure(recorded, run_prompt("How many?", "a1", "a2"))
    assert "r.jsonl has run out: it has 2 replies to this question at most" in str(error)


async def test_a_question_that_is_not_recorded_is_told_which_ones_are(tmp_path: Path) -> None:
    questions = ["Who is in charge of the depot?", "What do the sales of all regions add up to?", "What is the target?"]
    recorded = with_questions(tmp_path / "r.jsonl", *[(question, 1, "x") for question in questions])
    assert recorded.questions == questions
    error = await failure(recorded, run_prompt("What is the sum of the sales of all the regions?"))
    assert error.kind == "recording"
    assert "has not recorded the question 'What is the sum of the sales of all the regions?'" in str(error)
    assert "3 questions were recorded, the nearest first: 1. 'What do the sales of all" in str(error)
    assert all(question in str(error) for question in questions)


async def test_recorded_prompts_offer_their_questions_too(connect: Any, tmp_path: Path) -> None:
    model, _ = connect(["one", "two", "three"])
    recorder = Recorder(model, tmp_path / "r.jsonl")
    for prompt in (run_prompt("How many rows?"), run_prompt("How many rows?"), user("a sub-call")):
        await ask(recorder, prompt)
    recorded = Recorded.open(tmp_path / "r.jsonl")
    # The same question recorded twice: two paths.
    assert [(await ask(recorded, run_prompt("How many rows?"))).text for _ in range(2)] == ["one", "two"]
    assert "1. 'How many rows?'" in str(await failure(recorded, run_prompt("How many columns?")))
    assert "First difference" in str(await failure(recorded, user("another sub-call")))
    # The question is there, but not after this.
    assert "closest recorded prompt has 2" in str(await failure(recorded, run_prompt("How many rows?", "one")))


async def test_a_recording_of_a_model_can_answer_by_the_question(connect: Any, tmp_path: Path) -> None:
    model, _ = connect(["one", "two", "other"])
    path = tmp_path / "r.jsonl"
    for said in ((), ("one",), ()):
        await ask(Recorder(model, path, append=True), run_prompt("How many rows?", *said, type_="int"))
    header, *calls = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(header) | {"match": "question"}), *calls]) + "\n")
    recorded = Recorded.open(path)
    assert recorded.questions == ["How many rows?"]
    prompt = run_prompt("How many rows?", "one")
    prompt[-1]["content"] = "another output"
    assert [(await ask(recorded, each)).text for each in (run_prompt("How many rows?"), prompt)] == ["one", "two"]
    assert (await ask(recorded, run_prompt("how many rows"))).text == "other"
