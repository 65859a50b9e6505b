"""Whole runs on a sub-kernel host: answered, recorded truthfully, replayed; and no key on the way."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hosts import Hosted
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel import RLM, Answer
from rlm_kernel.api import doctor
from rlm_kernel.cli import main
from rlm_kernel.replay import ReplayLimits, areplay
from rlm_kernel.subkernel.remote.link import Link
from rlm_kernel.trace import Trace

CANARY = "sk-canary-0123456789abcdef0123456789abcdef"


def remote(server: ScriptedServer, hosted: Hosted, **settings: Any) -> RLM:
    return engine(server, subkernel_host=hosted.address, subkernel_key=str(hosted.key), **settings)


async def test_a_run_is_answered_says_where_it_ran_and_is_replayed_there_and_here(
    hosted: Hosted, scripted_server: Any
) -> None:
    server = scripted_server([block(SUM), block("FINAL(total, evidence=grep('^SALES'))")])
    answer = await remote(server, hosted).acompletion("What is the total?", DOCUMENT)
    trace: Trace = answer.trace
    assert answer.value == TOTAL
    assert [item.line for item in trace.evidence] == [2, 4]
    assert trace.unchanged is True
    assert trace.isolation["seccomp"] is True
    assert trace.isolation["host"]["address"] == hosted.address  # type: ignore[index,call-overload]
    assert trace.isolation_text.endswith(f"seccomp, as the sub-kernel host {hosted.address} reports")
    assert set(trace.versions) == {"python", "platform", "rlm-kernel"}
    assert trace.settings["subkernel_host"] == hosted.address
    assert "subkernel_key" not in trace.settings
    there = ReplayLimits(subkernel_host=hosted.address, subkernel_key=str(hosted.key))
    before = len(hosted.lines)
    assert (await areplay(trace, DOCUMENT, limits=there)).reproduced
    assert any("has started" in line for line in hosted.lines[before:])
    assert (await areplay(trace, DOCUMENT)).reproduced
    replayed = await asyncio.to_thread(Answer(trace, engine=remote(server, hosted)).replay, DOCUMENT)
    assert replayed.reproduced
    assert sum("has started" in line for line in hosted.lines) == 3


async def test_sub_runs_and_sub_calls_are_asked_here(hosted: Hosted, scripted_server: Any) -> None:
    def reply(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if "how many lines" in str(body["messages"]) and "ask below" not in str(body["messages"]):
            return block("FINAL(len(context.splitlines()))")
        if "say hello" in prompt and "ask below" not in prompt:
            return "hello"
        return block("a = rlm_query('how many lines?', context[:200])\nb = llm_query('say hello')\nFINAL([a, b])")

    server = scripted_server(reply)
    document = "a line of twenty.\n" * 1_000
    answer = await remote(server, hosted).acompletion("ask below", document)
    assert answer.status == "answered", answer.trace.reason
    assert answer.value[1] == "hello"
    assert sum("has started" in line for line in hosted.lines) == 2


async def test_a_session_keeps_its_sub_kernel_there(hosted: Hosted, scripted_server: Any) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL(total)"), block("FINAL(total * 2)")])
    rlm = remote(server, hosted)

    def ask() -> list[Any]:
        with rlm.session(DOCUMENT) as chat:
            return [chat.completion("The total?").value, chat.completion("Twice?").value]

    assert await asyncio.to_thread(ask) == [TOTAL, 2 * TOTAL]
    assert sum("has started" in line for line in hosted.lines) == 1


async def test_no_key_and_nothing_of_the_environment_goes_to_the_host(
    hosted: Hosted, scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    real = Link.send

    async def recorded(link: Link, kind: bytes, body: bytes) -> None:
        sent.append(body)
        await real(link, kind, body)

    def broken(word: str) -> str:
        """A tool that fails with the key."""
        raise RuntimeError(CANARY)

    monkeypatch.setattr(Link, "send", recorded)
    monkeypatch.setenv("CANARY_KEY", CANARY)
    monkeypatch.setenv("OTHER_SECRET", "other-secret-canary")
    code = "print(llm_query('hello'))\ntry:\n    broken('x')\nexcept Exception as e: print(e)\nprint(len(context))"
    server = scripted_server([block(code), "a reply", block("FINAL(len(context))")])
    rlm = remote(server, hosted, api_key_env="CANARY_KEY", tools=[broken])
    answer = await rlm.acompletion("What?", DOCUMENT)
    assert answer.value == len(DOCUMENT)
    assert server.requests[0].headers["authorization"].endswith(CANARY)
    traffic = b"".join(sent)
    assert b"Quarterly report" in traffic  # the document is there: it is the traffic
    assert b"llm_query" in traffic
    secret = hosted.key.read_text().split('\nsecret = "')[1][:40].encode()
    words = ("other-secret-canary", "Authorization", "CANARY_KEY", CANARY, server.base_url)
    for text in (*map(str.encode, words), secret):
        assert text not in traffic


async def test_the_command_line_the_doctor_and_the_profile_take_the_host(
    hosted: Hosted,
    scripted_server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL(total)")])
    file, trace = tmp_path / "report.txt", tmp_path / "trace.json"
    file.write_text(DOCUMENT)
    place = ["--subkernel-host", hosted.address, "--subkernel-key", str(hosted.key)]
    asking = ["ask", "The total?", str(file), "-m", "scripted", "--base-url", server.base_url, "--trace", str(trace)]
    command = [sys.executable, "-m", "rlm_kernel", *asking, *place]
    asked = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asked.communicate()
    assert (asked.returncode, out) == (0, f"{TOTAL}\n".encode())
    assert json.loads(trace.read_text())["isolation"]["host"]["address"] == hosted.address
    assert await asyncio.to_thread(main, ["replay", str(trace), *place]) == 0
    assert sum("has started" in line for line in hosted.lines) == 2
    config = tmp_path / "config"
    config.mkdir()
    (config / "rlm.toml").write_text(
        f'[profiles.lab]\nmodel = "m"\nsubkernel_host = "{hosted.address}"\nsubkernel_key = "{hosted.key}"\n'
    )
    monkeypatch.setattr("rlm_kernel.engine.profiles.user_file", lambda: config / "rlm.toml")
    assert RLM(profile="lab").subkernel_host == hosted.address
    found = await asyncio.to_thread(doctor.as_dict, "lab")
    assert found["isolation"]["ok"]
    assert found["isolation"]["details"].endswith(f"+ seccomp, as the sub-kernel host {hosted.address} reports")


def test_a_profile_of_a_folder_cannot_send_documents_to_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rlm.toml").write_text('[profiles.theirs]\nsubkernel_host = "tcp://theirs:7420"\n')
    with pytest.raises(ValueError, match="subkernel_host may stand in your own file only"):
        RLM(profile="theirs")
