"""Runs as spans: exported by OTLP over HTTP to a receiver that decodes them, as a collector does."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from runs import DOCUMENT, SUM, block, engine, run
from scripted_server import ScriptedServer, fail
from traces import with_sub

from rlm_kernel import RLM, ModelError
from rlm_kernel.engine import otel

pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk (the extra otel) is not installed")
proto = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="opentelemetry-proto is not installed"
)

Serve = Callable[..., ScriptedServer]
KEY = "sk-proj-" + "a1B2c3D4" * 5


@dataclass
class Receiver:
    """What a collector was sent: spans by their ids."""

    spans: list[Any] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        request = proto.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.schemas.add(scope.schema_url)
                self.spans += scope.spans

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]

    def tree(self) -> dict[str, list[str]]:
        """The name of each span -> the names of its children, in the order in which they began."""
        names = {span.span_id: span.name for span in self.spans}
        made: dict[str, list[str]] = {}
        for span in sorted(self.spans, key=lambda span: span.start_time_unix_nano):
            made.setdefault(names.get(span.parent_span_id, ""), []).append(span.name)
        return made


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    otel._own_provider.cache_clear()
    yield received
    otel._own_provider().shutdown()
    otel._own_provider.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_run_is_an_agent_with_iterations_cells_and_calls(scripted_server: Serve, receiver: Receiver) -> None:
    code = "print(llm_query('Which region?'))\nprint(rlm_query('How many lines?', read_lines(1, 2)))"
    sub = block("FINAL(len(context.split('\\n')))")
    script = with_sub([block(code), block(f"{SUM}\nFINAL(total)")], lambda told: "north" if "Which" in told else sub)
    trace = (await run(scripted_server(script), api_key=KEY)).trace
    assert trace.status == "answered"
    assert otel.flush()
    agents, chat = receiver.named("invoke_agent rlm-kernel"), receiver.named("chat scripted")
    assert receiver.tree() == {
        "": ["invoke_agent rlm-kernel"],
        "invoke_agent rlm-kernel": ["iteration 1", "iteration 1", "iteration 2"],
        "iteration 1": ["chat scripted", "execute_tool python", "chat scripted", "execute_tool python"],
        "execute_tool python": ["chat scripted", "invoke_agent rlm-kernel"],
        "iteration 2": ["chat scripted", "execute_tool python"],
    }
    assert len({span.trace_id for span in receiver.spans}) == 1
    assert len({span.span_id for span in receiver.spans}) == len(receiver.spans)
    root = next(attributes(span) for span in agents if not span.parent_span_id)
    assert root["gen_ai.operation.name"] == "invoke_agent"
    assert root["gen_ai.usage.input_tokens"] == trace.usage.prompt_tokens > 0
    assert (root["rlm.status"], root["openinference.span.kind"]) == ("answered", "AGENT")
    assert sum(attributes(span)["gen_ai.usage.output_tokens"] for span in chat) == trace.usage.completion_tokens
    assert {attributes(span)["openinference.span.kind"] for span in chat} == {"LLM"}
    assert receiver.schemas == {otel.SCHEMA}


async def test_texts_are_left_out_unless_asked_for_and_keys_always(
    scripted_server: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = f"What is the total of all sales? My key is {KEY}"
    for content in ("", "true"):
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", content)
        receiver.bodies.clear()
        script = [block(f"print('{KEY}')\nprint(1 / 0)"), block(f"{SUM}\nprint(context)\nFINAL(total)")]
        await run(scripted_server(script), question, api_key="my-own-key-17")
        assert otel.flush()
        sent = b"".join(receiver.bodies)
        assert KEY.encode() not in sent
        assert b"my-own-key-17" not in sent
        assert [text in sent for text in (b"total of all sales", b"Projected sales", b"3500")] == [bool(content)] * 3
    assert attributes(receiver.named("execute_tool python")[0])["error.type"] == "ZeroDivisionError"


async def test_a_run_that_fails_or_is_given_up_has_no_open_span(scripted_server: Serve, receiver: Receiver) -> None:
    failing = engine(scripted_server([fail(400)]))
    with pytest.raises(ModelError):
        await failing.acompletion("What?", DOCUMENT)
    events = engine(scripted_server([block("print(1)"), block("FINAL(1)")])).stream("What?", DOCUMENT)
    async for _ in events:
        break
    await events.aclose()
    assert otel.flush()
    kinds = {attributes(span).get("error.type") for span in receiver.named("invoke_agent rlm-kernel")}
    assert kinds == {"failed", "cancelled"}


async def test_a_session_is_told_of_too(scripted_server: Serve, receiver: Receiver) -> None:
    server = scripted_server([block("FINAL(1)"), block("FINAL(2)")])
    with engine(server).session(DOCUMENT) as session:
        assert [session.completion("One?").value, session.completion("Two?").value] == [1, 2]
    assert otel.flush()
    assert len(receiver.named("invoke_agent rlm-kernel")) == 2


async def test_nothing_is_told_where_it_is_off(
    scripted_server: Serve, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")):
        monkeypatch.setenv(name, value)
        await run(scripted_server([block("FINAL(1)")]), otel=True)
        monkeypatch.delenv(name)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    await run(scripted_server([block("FINAL(1)")]))
    assert otel.flush()
    assert receiver.bodies == []


async def test_a_tracer_that_cannot_be_made_disturbs_no_run(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise RuntimeError("no provider")

    monkeypatch.setattr(otel, "_tracer", broken)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert (await run(scripted_server([block("FINAL(len(context))")]))).trace.value == len(DOCUMENT)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An endpoint at a port where nobody listens, with the provider and the exporter that are really used."""
    with socket.socket() as taken:  # bound, not listening: connections are refused, and nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        otel._own_provider.cache_clear()
        yield
        otel._own_provider().shutdown()
        otel._own_provider.cache_clear()


async def test_a_collector_that_is_not_there_costs_lines_in_the_log_and_nothing_else(
    scripted_server: Serve, nobody: None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    script = [block("print(llm_query('Which region?'))"), "north", block("FINAL(len(context))")]
    trace = (await run(scripted_server(script), otel=True)).trace
    assert (trace.status, trace.value, trace.notices) == ("answered", len(DOCUMENT), [])
    # The exporter has given up, and nothing is left to send: it does not tell that a batch is lost.
    assert otel.flush()
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert {record.name.partition(".")[0] for record in told} == {"opentelemetry"}
    assert any("ailed to export" in record.getMessage() for record in told)
    assert capfd.readouterr().out == ""
    again = (await run(scripted_server([block("FINAL(len(context))")]), otel=True)).trace
    assert again.value == len(DOCUMENT)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ValueError, match=r"pip install 'rlm-kernel\[otel\]'"):
        RLM(model="m", base_url="http://127.0.0.1:1/v1", otel=True).completion("What?", "text")
