"""The `rlm` command as its users meet it: real processes, real exit codes, a real terminal where one is needed."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from commands import run_here
from runs import DOCUMENT, SUM, TOTAL, block
from scripted_server import ScriptedServer, fail, hang, say

from rlm_kernel import __version__
from rlm_kernel.trace import Trace

Serve = Callable[..., ScriptedServer]
QUESTION = "What is the total of all sales?"
ANSWER = [block(SUM), block("FINAL(total, evidence=[2, 4])")]
COMMAND = [sys.executable, "-m", "rlm_kernel.cli"]


@pytest.fixture
def report(tmp_path: Path) -> str:
    file = tmp_path / "report.txt"
    file.write_text(DOCUMENT)
    return str(file)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights of the user's, and nothing about colours or terminals in the environment."""
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def rlm(*arguments: str, server: ScriptedServer | None = None, stdin: Any = b"", **env: str) -> Any:
    """Run the command to its end; `stdin` is bytes, or a file descriptor. Output as text."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, timeout=120, env=environment(server) | env, check=False, **given
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in done.stderr
    return done


def environment(server: ScriptedServer | None) -> dict[str, str]:
    named = {"RLM_MODEL": "scripted", "OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "k"} if server else {}
    return dict(os.environ) | named


def complaint(done: Any, code: int) -> str:
    """The one sentence on stderr of a command that failed with `code` and answered nothing."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.startswith("rlm: ")
    assert done.stderr.count("\n") == 1
    return str(done.stderr)


@contextmanager
def started(
    *arguments: str, server: ScriptedServer, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment(server)
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[str], str], Callable[[str], int]]]:
    """The program's end, `read_until(text)`, which returns all that was shown by then, and `type_in(text)`."""
    ours, theirs = pty.openpty()
    shown = b""

    def read_until(text: str) -> str:
        nonlocal shown
        while text.encode() not in shown:
            assert select.select([ours], [], [], 60)[0], f"{text!r} was not shown, but {shown!r}"
            shown += os.read(ours, 65536)
        return shown.decode(errors="replace")

    try:
        yield theirs, read_until, lambda text: os.write(ours, text.encode())
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_answer_alone_is_on_stdout_and_nothing_on_stderr(scripted_server: Serve, report: str) -> None:
    done = rlm("ask", QUESTION, report, server=scripted_server(ANSWER))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TOTAL}\n", "")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("'naïve [bold]x[/bold] 😀'", "naïve [bold]x[/bold] 😀\n"),
        ("{'é': [1, None, True]}", '{"é": [1, null, true]}\n'),
        pytest.param("None", "null\n", marks=pytest.mark.nightly),
    ],
)
def test_text_is_printed_as_it_is_and_data_as_json(
    scripted_server: Serve, report: str, value: str, printed: str
) -> None:
    replies = [block(f"x = {value}\nprint(x)"), block("FINAL(x)"), block("FINAL(x)")]
    done = rlm("ask", QUESTION, report, server=scripted_server(replies))
    assert (done.returncode, done.stdout) == (0, printed), done.stderr


def test_options_may_stand_anywhere_and_reach_the_run(scripted_server: Serve, report: str) -> None:
    server = scripted_server(ANSWER)
    options = ["--seed", "7", "--temperature", "0.25", "-n", "4", "--max-llm-calls", "9", "--memory-limit", "300MB"]
    options += ["--max-errors", "3", "--max-concurrency", "2", "--context-window", "9000"]
    options += ["--price", "mine=1,2", "--price", "other:7b=0.5,1,0.25"]
    done = rlm("ask", "-m", "mine", QUESTION, *options, report, "--json", "--type", "int", server=server)
    printed = json.loads(done.stdout)
    assert set(printed) == {"value", "status", "best_guess", "grounding", "estimates", "verification", "confidence"} | {
        *("usage", "isolation", "trace"),
    }
    trace = Trace.model_validate(printed["trace"])
    assert (trace.status, trace.value, trace.model, trace.question) == ("answered", TOTAL, "mine", QUESTION)
    chosen = {"seed": 7, "temperature": 0.25, "max_iterations": 4, "max_llm_calls": 9, "memory_limit": "300MB"}
    chosen |= {"max_errors": 3, "max_concurrency": 2, "context_window": 9000}
    chosen["prices"] = {"mine": {"input": 1, "output": 2}, "other:7b": {"input": 0.5, "output": 1, "cached": 0.25}}
    assert {name: trace.settings[name] for name in chosen} == chosen
    assert trace.settings["answer_type"] == "int"
    assert (server.requests[0]["seed"], server.requests[0]["temperature"]) == (7, 0.25)
    assert [item.line for item in trace.evidence] == [2, 4]


@pytest.mark.nightly
def test_replies_can_be_kept_and_used_again(scripted_server: Serve, report: str, tmp_path: Path) -> None:
    server = scripted_server(ANSWER)
    first = rlm("ask", QUESTION, report, "--cache", str(tmp_path / "replies.sqlite"), server=server)
    again = rlm("ask", QUESTION, report, "--cache", str(tmp_path / "replies.sqlite"), "--json", server=server)
    assert (first.returncode, again.returncode, len(server.requests)) == (0, 0, 2)
    assert json.loads(again.stdout)["usage"]["calls"] == 0


@pytest.mark.parametrize("price", ["mine", "mine=1", "=1,2", "mine=1,x", "mine=-1,2", "mine=nan,2", "mine=1,2,3,4,5"])
def test_a_price_that_is_none(report: str, price: str) -> None:
    done = rlm("ask", QUESTION, report, "--price", price)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not like qwen3:32b=0.25,1.0" in done.stderr


def test_where_the_answer_comes_from_is_said(scripted_server: Serve, report: str) -> None:
    done = rlm("ask", QUESTION, report, "--verbose", server=scripted_server(ANSWER))
    assert f"{TOTAL}: = computed by iteration 1" in done.stderr
    script = [block('print("a name")\nFINAL("a name, 8123456")'), block('FINAL("a name, 8123456")')] * 3
    done = rlm("ask", QUESTION, report, "--verbose", "--max-llm-calls", "2", server=scripted_server(script))
    assert "8123456: ✗ FOUND NOWHERE" in done.stderr


def test_a_question_that_begins_with_a_dash(scripted_server: Serve, report: str) -> None:
    server = scripted_server(ANSWER)
    assert rlm("ask", "--", "-5 degrees: where?", report, server=server).returncode == 0
    assert "-5 degrees: where?" in str(server.requests[0]["messages"])


@pytest.mark.nightly
def test_the_key_comes_from_the_variable_that_is_named(scripted_server: Serve, report: str) -> None:
    server = scripted_server(ANSWER)
    done = rlm("ask", QUESTION, report, "--api-key-env", "MINE", "--json", server=server, MINE="sesame-open")
    assert server.requests[0].headers["authorization"] == "Bearer sesame-open"
    assert "sesame" not in done.stdout + done.stderr
    assert "NOWHERE" in complaint(rlm("ask", QUESTION, report, "--api-key-env", "NOWHERE", server=server), 2)


@pytest.mark.parametrize("names", [[], pytest.param(["-"], marks=pytest.mark.nightly)])
def test_stdin_is_the_document_where_no_file_is_named(scripted_server: Serve, names: list[str]) -> None:
    server = scripted_server(ANSWER)
    done = rlm("ask", QUESTION, *names, "--json", server=server, stdin=b"\xef\xbb\xbf" + DOCUMENT.encode())
    trace = Trace.model_validate(json.loads(done.stdout)["trace"])
    assert trace.value == TOTAL
    assert [(info.name, info.source, info.chars) for info in trace.documents] == [("stdin", "stdin", len(DOCUMENT))]


def test_stdin_and_files_together(scripted_server: Serve, report: str) -> None:
    replies = [block("print(sorted(context))"), block("FINAL(sorted(context))")]
    done = rlm("ask", QUESTION, report, "-", server=scripted_server(replies), stdin=b"more\n")
    assert json.loads(done.stdout) == ["report.txt", "stdin"]


@pytest.mark.nightly
def test_encodings_are_told_or_guessed_and_said(scripted_server: Serve, tmp_path: Path) -> None:
    replies = [block("FINAL(context)")]
    path = tmp_path / "old.txt"
    path.write_bytes("это Größe".encode("cp1251", "replace"))
    done = rlm("ask", QUESTION, str(path), "--encoding", "cp1251", server=scripted_server(replies))
    assert (done.stdout, done.stderr) == ("это Gr??e\n", "")
    done = rlm("ask", QUESTION, server=scripted_server(replies), stdin="Größe".encode("latin-1"))
    assert done.stdout == "Größe\n"
    assert done.stderr.startswith("stdin is not UTF-8: read as latin-1")
    assert "klingon is not a known encoding" in complaint(rlm("ask", QUESTION, str(path), "--encoding", "klingon"), 2)


def test_the_trace_is_written_and_reads_back(scripted_server: Serve, report: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("an older one")
    done = rlm("ask", QUESTION, report, "--trace", str(file), server=scripted_server(ANSWER))
    trace = Trace.from_json(file.read_text())
    assert (done.stdout, trace.value, len(trace.iterations)) == (f"{TOTAL}\n", TOTAL, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.txt", "run.json"]


def test_verbose_shows_each_iteration_without_obeying_it(scripted_server: Serve, report: str) -> None:
    words = "I look for [bold red]lines[/] \x1b]0;owned\x07that say SALES."
    replies = [f"{words}\n{block(SUM)}", block("FINAL(total, evidence=[2])")]
    done = rlm("ask", QUESTION, report, "-v", server=scripted_server(replies), FORCE_COLOR="1")
    assert done.stdout == f"{TOTAL}\n"
    shown = done.stderr
    for part in ("Iteration 1 of 10", "I look for [bold red]lines[/] ␛]0;owned␇that say", "> print(total)", "  3500\n"):
        assert part in shown
    assert "line 2 of report.txt: SALES north: $1,000" in shown
    assert "lines: searched 100%, returned to code 40%, shown to the model 0%" in shown
    assert "unchanged at the end" in shown
    assert "answered · 2 iterations · 2 model calls" in shown
    assert "seccomp" in shown or sys.platform != "linux"
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.txt", None, "no file"),
        ("empty.txt", b"", "is empty"),
        ("image.txt", b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
        ("zeros.txt", bytes(500), "binary"),
        ("cyrillic.txt", "сумма продаж".encode("cp1251"), "not valid UTF-8"),
        ("broken.pdf", b"%PDF-1.7\nnothing more", "a PDF that cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read(
    scripted_server: Serve, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    server = scripted_server(ANSWER)
    arguments = ["ask", QUESTION, str(tmp_path / name)]
    said = complaint(run_here(arguments, folder=tmp_path, environment=environment(server)), 2)
    assert name in said
    assert reason in said
    assert server.requests == []


@pytest.mark.parametrize(("content", "reason"), [(b"", "stdin is empty"), (b"\x89PNG" + bytes(99), "stdin is a PNG")])
def test_a_stdin_that_cannot_be_read(scripted_server: Serve, content: bytes, reason: str) -> None:
    assert reason in complaint(rlm("ask", QUESTION, server=scripted_server(), stdin=content), 2)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["ask"], "QUESTION"),
        (["ask", " ", "-"], "question is empty"),
        (["ask", QUESTION, "--bogus"], "--bogus"),
        (["ask", QUESTION, "-n", "0"], "'0' is not a whole number from 1 on"),
        (["ask", QUESTION, "--max-seconds", "nan"], "'nan' is not a number"),
        (["ask", QUESTION, "--type", "__import__('os')"], "not a type"),
        (["ask", QUESTION, "--memory-limit", "lots"], "lots"),
        (["ask", QUESTION, "--trace", "nowhere/x.json"], "nowhere does not exist"),
        (["ask", QUESTION, "--record", "."], "--record .: that is a directory"),
        (["ask", QUESTION, "-v", "-q"], "not allowed with"),
        (["ask", QUESTION, "-m", "recorded:absent.jsonl"], "absent.jsonl cannot be read"),
        (["fetch", "--weights", "9b"], "9b"),
        (["sing"], "sing"),
    ],
)
def test_mistakes_are_one_sentence(scripted_server: Serve, tmp_path: Path, arguments: list[str], reason: str) -> None:
    server = scripted_server()
    done = run_here(arguments, folder=tmp_path, stdin=b"text", environment=environment(server))
    assert reason in complaint(done, 2)
    assert server.requests == []


def test_without_a_command_there_is_help() -> None:
    done = rlm()
    assert done.returncode == 2
    assert "rlm [-h]" in done.stdout
    assert rlm("--help").returncode == rlm("ask", "--help").returncode == 0


def test_a_terminal_is_not_waited_for_as_a_document(scripted_server: Serve) -> None:
    with terminal() as (theirs, *_):
        said = complaint(rlm("ask", QUESTION, server=scripted_server(), stdin=theirs), 2)
    assert "name a FILE" in said


def test_no_model_at_all(report: str) -> None:
    without = "import sys; sys.modules['xllamacpp'] = None; from rlm_kernel.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", without, "ask", QUESTION, report],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = complaint(done, 2)
    assert all(remedy in said for remedy in ("--model", "RLM_MODEL", "OPENAI_BASE_URL", "rlm-kernel[local]"))


def test_an_embedded_model_without_weights(report: str) -> None:
    pytest.importorskip("xllamacpp")
    said = complaint(rlm("ask", QUESTION, report), 2)
    assert "`rlm fetch`" in said
    assert "RLM_MODEL" in said
    assert "--weights 0.5b" in complaint(rlm("ask", QUESTION, report, "-m", "local:0.5b"), 2)


def test_a_model_without_an_endpoint(report: str) -> None:
    assert "--base-url" in complaint(rlm("ask", QUESTION, report, "-m", "somebody"), 2)


def test_an_unknown_model(scripted_server: Serve, report: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    server = scripted_server([fail(404, "no model named '\x1b[31mscripted'", code="model_not_found")])
    said = complaint(rlm("ask", QUESTION, report, "--trace", str(file), server=server), 4)
    assert "scripted" in said
    assert "\x1b" not in said
    assert Trace.from_json(file.read_text()).status == "failed"


def test_nobody_at_the_endpoint(report: str) -> None:
    with ScriptedServer() as server:
        gone = server.base_url
    assert gone.split("/")[2] in complaint(rlm("ask", QUESTION, report, "-m", "m", "--base-url", gone), 4)


def test_a_best_guess_is_printed_and_marked(scripted_server: Serve, report: str) -> None:
    replies = [block("print(1)"), block("FINAL('a guess')")]
    done = rlm("ask", QUESTION, report, "-n", "1", "-q", server=scripted_server(replies))
    assert (done.returncode, done.stdout) == (3, "a guess\n")
    assert done.stderr.startswith("best guess: ")
    assert "max_iterations=1" in done.stderr


def test_a_limit_without_any_guess(scripted_server: Serve, report: str) -> None:
    done = rlm("ask", QUESTION, report, "-n", "1", server=scripted_server([block("print(1)"), "No idea."]))
    assert "no answer: max_iterations=1" in complaint(done, 3)


def test_without_isolation_nothing_runs(scripted_server: Serve, report: str) -> None:
    server = scripted_server(ANSWER)
    # A sub-kernel that ends before it has reported its layers is not isolated.
    broken = (
        "import sys; from rlm_kernel.subkernel.launch import kernelspec; from rlm_kernel.cli import main; "
        "kernelspec.command = lambda: [sys.executable, '-c', 'raise SystemExit(1)']; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, "ask", QUESTION, report],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(server),
    )
    assert "did not start" in complaint(done, 5)
    assert server.requests == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_keeps_the_trace(
    scripted_server: Serve, report: str, tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "run.json"
    server = scripted_server([block(SUM), hang(after="I am thi")])
    with started("ask", QUESTION, report, "--trace", str(file), server=server) as process:
        assert server.hanging.wait(60)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (128 + number, b"", b"rlm: interrupted\n")
    trace = Trace.from_json(file.read_text())
    assert (trace.status, trace.iterations[0].output) == ("stopped", f"{TOTAL}\n")
    assert children
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_a_second_interrupt_does_no_harm(scripted_server: Serve, report: str) -> None:
    server = scripted_server([hang()])
    with started("ask", QUESTION, report, server=server) as process:
        assert server.hanging.wait(60)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    psutil.wait_procs(children, timeout=10)
    assert [child for child in children if child.is_running()] == []


HOSTILE = "'a\\x1b[2Jb\\x1b]0;owned\\x07c\\x9b31md\\x00e\\tf\\u202eg\\nh'"


def test_escapes_are_kept_out_of_pipes(scripted_server: Serve, report: str) -> None:
    replies = [block(f"x = {HOSTILE}\nprint(repr(x))"), block("FINAL(x)"), block("FINAL(x)")]
    done = rlm("ask", QUESTION, report, server=scripted_server(replies))
    assert done.stdout == "a␛[2Jb␛]0;owned␇c⟨U+009B⟩31md␀e\tf\u202eg\nh\n"


def test_escapes_are_kept_out_of_terminals(scripted_server: Serve, report: str) -> None:
    replies = [block(f"x = {HOSTILE}\nprint(repr(x))"), block("FINAL(x)"), block("FINAL(x)")]
    server = scripted_server(replies)
    with (
        terminal() as (theirs, read_until, _),
        started("ask", QUESTION, report, server=server, stdout=theirs) as process,
    ):
        shown = read_until("h\r\n")
        assert process.wait(60) == 0
    assert shown == "a␛[2Jb␛]0;owned␇c⟨U+009B⟩31md␀e\tf⟨U+202E⟩g\r\nh\r\n"


def test_data_with_escapes_reads_back_unchanged(scripted_server: Serve, report: str) -> None:
    replies = [block(f"x = [{HOSTILE}]\nprint(repr(x))"), block("FINAL(x)"), block("FINAL(x)")]
    done = rlm("ask", QUESTION, report, server=scripted_server(replies))
    assert json.loads(done.stdout) == ["a\x1b[2Jb\x1b]0;owned\x07c\x9b31md\0e\tf\u202eg\nh"]
    assert not set(done.stdout) & {"\x1b", "\x9b", "\x07", "\0", "\u202e"}


@pytest.mark.nightly
def test_a_recording_is_made_repeated_and_labelled(scripted_server: Serve, report: str, tmp_path: Path) -> None:
    file = tmp_path / "sales.rlm-recording.jsonl"
    made = rlm("ask", QUESTION, report, "--record", str(file), server=scripted_server(ANSWER))
    assert (made.stdout, made.stderr) == (f"{TOTAL}\n", "")
    again = rlm("ask", QUESTION, report, "-m", f"recorded:{file}")
    assert (again.returncode, again.stdout) == (0, f"{TOTAL}\n")
    assert again.stderr.startswith("RECORDED: replies come from sales.rlm-recording.jsonl")
    assert rlm("ask", QUESTION, report, "-q", "-m", f"recorded:{file}").stderr == ""


def test_a_terminal_sees_the_progress(scripted_server: Serve, report: str) -> None:
    gate = threading.Event()
    server = scripted_server([say(ANSWER[0], gate=gate), ANSWER[1]])
    with (
        terminal() as (theirs, read_until, _),
        started("ask", QUESTION, report, server=server, stderr=theirs) as process,
    ):
        read_until("iteration 1 of 10: the model is writing")
        gate.set()
        shown = read_until("answered · 2 iterations")
        assert "line 2 of report.txt: SALES north: $1,000" in shown
        assert "print(total)" not in shown
        out, _ = process.communicate(timeout=60)
    assert out == f"{TOTAL}\n".encode()


def test_a_reader_that_has_enough_is_no_error(scripted_server: Serve, report: str) -> None:
    replies = [block("x = 'y' * 500\nprint(x)"), block("FINAL(x)"), block("FINAL(x)")]
    with started("ask", QUESTION, report, server=scripted_server(replies)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
        process.stdout = None


def test_the_answer_comes_also_where_nobody_reads_the_progress(scripted_server: Serve, report: str) -> None:
    with started("ask", QUESTION, report, "-v", server=scripted_server(ANSWER)) as process:
        assert process.stderr is not None
        process.stderr.close()
        process.stderr = None
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, f"{TOTAL}\n".encode())


def test_help_and_version_load_nothing_heavy() -> None:
    assert rlm("--version").stdout == f"rlm-kernel {__version__}\n"
    code = (
        "import sys\nfrom rlm_kernel.cli import main\ntry:\n    main(['ask', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    # The options are made from traits.
    heavy = {"ipykernel", "IPython", "openai", "zmq", "pydantic", "rich", "asyncio"}
    assert set(done.stderr.split()) & heavy == set()


@pytest.mark.nightly
def test_doctor(scripted_server: Serve) -> None:
    server = scripted_server()
    done = rlm("doctor", server=server)
    assert {"rlm-kernel", "isolation", "model"} <= {line[4:].split()[0] for line in done.stdout.splitlines()}
    found = json.loads(rlm("doctor", "--json", server=server).stdout)
    details = f"scripted (not asked: no request is made by this command), at {server.base_url}"
    assert found["model"] == {"ok": True, "details": details}
    assert done.returncode == (0 if found["isolation"]["ok"] else 5)
    assert server.requests == []
    lost = rlm("doctor", "--json", RLM_MODEL="somebody")
    assert lost.returncode == (4 if found["isolation"]["ok"] else 5)
    assert not json.loads(lost.stdout)["model"]["ok"]


def test_demo_shows_its_work_and_names_what_comes_next(scripted_server: Serve) -> None:
    look = 'lines = grep("^SALES_FIGURE")\ntotal = sum(to_number(m.line) for m in lines)\nprint(total)'
    server = scripted_server([f"I add them up.\n{block(look)}", block("FINAL(total, evidence=[39])")])
    done = rlm("demo", server=server)
    assert (done.returncode, done.stderr) == (0, "")
    parts = [
        "I add them up.",
        "> total = sum(",
        "Answer: 11500025",
        "line 39 of quarterly-report.txt: SALES_FIGURE_NORTH",
    ]
    places = [done.stdout.index(part) for part in [*parts, "01-scattered-sales.ipynb"]]
    assert places == sorted(places)


def test_demo_asks_before_it_downloads() -> None:
    pytest.importorskip("xllamacpp")
    assert "--yes" in complaint(rlm("demo"), 2)


def test_fetch_asks_before_it_downloads(tmp_path: Path) -> None:
    assert "--yes" in complaint(rlm("fetch"), 2)
    with terminal() as (theirs, read_until, type_in):
        process = subprocess.Popen([*COMMAND, "fetch"], stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
        asked = read_until("[y/N]")
        type_in("n\n")
        said = read_until("nothing was downloaded")
        assert process.wait(60) == 2
    assert str(tmp_path / "cache") in asked
    assert "downloading" not in said


def test_fetch_leaves_what_is_here_already(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF rest")
    done = rlm("fetch", RLM_LOCAL_MODEL=str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"nothing to fetch: RLM_LOCAL_MODEL names {file}\n"


def test_a_script_is_told_that_a_figure_was_found_nowhere(scripted_server: Serve) -> None:
    text, typed = b"Item A costs $1,200.\n", [block("FINAL(99999999)")] * 2
    done = rlm("ask", "How much?", "-", server=scripted_server(typed), stdin=text)
    assert (done.returncode, done.stdout) == (0, "99999999\n")
    assert done.stderr == "1 of 1 item found nowhere (--verbose names them)\n"
    quiet = rlm("ask", "How much?", "-", "-q", server=scripted_server(typed), stdin=text)
    assert (quiet.stdout, quiet.stderr) == ("99999999\n", "")
    sound = rlm("ask", "How much?", "-", server=scripted_server([block("FINAL(to_number(context))")]), stdin=text)
    assert (sound.stdout, sound.stderr) == ("1200\n", "")
