"""The tools: what each one is called, takes and gives, and what it does for a client."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import mcp_types as types
from pydantic import BaseModel, ValidationError
from traitlets import TraitError

from ..document import Document, DocumentError, origin_of
from ..models import ModelError
from ..render.sanitize import one_line, plain, without_surrogates
from ..subkernel import IsolationError
from ..trace import isolation_text
from . import schemas, texts
from .allowed_files import load
from .analyze import analyze, configured, summary
from .clients import McpClient
from .jobs import Job
from .sampling import SamplingModel
from .server_settings import ROUNDS, ServerSettings, ToolFailure
from .sessions import Ask, Handle, McpSession, rows_of

TRACE = "rlm://trace/"
_PREVIEW = 20
_MAX_PROMPTS = 16
_MAX_VALUE = 8_000
_SAMPLE = 240


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call: whose, with which settings, as which job."""

    client: McpClient
    settings: ServerSettings
    job: Job


Made = tuple[BaseModel, str]
Run = Callable[[ToolCall, Any], Awaitable[Made]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. `changes`: whether it changes anything (of a session's; never a file); `asks`: whether a model is asked
    that may be elsewhere."""

    run: Run
    takes: type[BaseModel]
    gives: type[BaseModel]
    title: str
    description: str
    changes: bool = False
    asks: bool = False

    def listed(self, name: str) -> types.Tool:
        """As the protocol lists it."""
        return types.Tool(
            name=name,
            title=self.title,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.gives.model_json_schema(mode="serialization"),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=not self.changes,
                destructive_hint=False,
                idempotent_hint=not self.changes,
                open_world_hint=self.asks,
            ),
        )


async def answer(tool: Tool, call: ToolCall) -> types.CallToolResult:
    """Check the arguments, run, and say it in words and as data. Raises `ToolFailure`."""
    try:
        arguments = tool.takes.model_validate(call.job.arguments)
    except ValidationError as error:
        raise ToolFailure(_wrong(call.job.name, error)) from None
    try:
        made, text = await tool.run(call, arguments)
    except (DocumentError, ModelError, IsolationError, TraitError, ValueError) as error:
        raise ToolFailure(one_line(str(error), 1_000) or type(error).__name__) from None
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=plain(text))]
    if isinstance(made, schemas.Analysis):
        link = types.ResourceLink(
            uri=made.trace,
            name="trace",
            title="The trace of this run",
            description="Every iteration, call and line that was looked at, as JSON.",
            mime_type="application/json",
        )
        content.append(link)
    data = without_surrogates(made.model_dump(mode="json"))
    failed = isinstance(made, schemas.Analysis) and made.status == "failed"
    return types.CallToolResult(content=content, structured_content=data, is_error=failed)


def _wrong(name: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "the arguments"
    return f"{name}: {one_line(where, 100)}: {one_line(first['msg'], 200)}."


@contextlib.asynccontextmanager
async def _opened(call: ToolCall, file: schemas.FileArguments) -> AsyncIterator[Document]:
    """A document, counted as the client's until it is a session's or no longer needed."""
    folders = await call.client.folders(call.job)
    async with call.client.room() as room:
        document = await asyncio.to_thread(
            load,
            file.file_path,
            folders,
            room.left,
            encoding=file.encoding,
            errors=file.errors,
            password=file.password,
        )
        room.take(document)
    try:
        yield document
    finally:
        room.free()


async def _analyze(call: ToolCall, arguments: schemas.AnalyzeArguments) -> Made:
    async with _opened(call, arguments) as document:
        trace = await analyze(document, arguments, call.settings, call.job)
    made = summary(trace, TRACE + call.client.add_trace(trace.to_json()))
    return made, texts.analysis_text(made)


async def _load(call: ToolCall, arguments: schemas.LoadArguments) -> Made:
    async with _opened(call, arguments) as document:
        session = await call.client.add_session(document)
    text = session.text
    made = schemas.Loaded(
        session=session.id,
        name=one_line(text.name, 200),
        characters=text.chars,
        lines=text.line_count,
        bytes=len(text.data),
        sha256=await asyncio.to_thread(lambda: text.sha256),
        format=origin_of(text).format,
        remarks=[one_line(remark, 400) for remark in document.remarks],
        isolation=isolation_text(session.isolation),
    )
    return made, texts.loaded_text(made)


async def _stats(call: ToolCall, arguments: schemas.SessionArguments) -> Made:
    text = call.client.session(arguments.session).text
    middle = text.chars // 2
    starts = [at for at in (0, middle, text.chars - _SAMPLE) if at == 0 or text.chars > 3 * _SAMPLE]
    parts = [plain(text.slice(at, min(at + _SAMPLE, text.chars))) for at in starts] + ["", ""]
    made = schemas.Stats(characters=text.chars, lines=text.line_count, start=parts[0], middle=parts[1], end=parts[2])
    return made, texts.stats_text(made)


async def _grep(call: ToolCall, arguments: schemas.GrepArguments) -> Made:
    return await _searched(call.client.session(arguments.session), "grep", arguments.pattern, arguments.limit)


async def _fuzzy(call: ToolCall, arguments: schemas.FuzzyArguments) -> Made:
    return await _searched(call.client.session(arguments.session), "fuzzy_search", arguments.query, arguments.limit)


async def _searched(session: McpSession, tool: str, query: str, limit: int) -> Made:
    handle, notes = await session.search(tool, query, limit)
    return await _page(session, handle, 0, _PREVIEW, notes)


async def _read(call: ToolCall, arguments: schemas.ReadArguments) -> Made:
    session = call.client.session(arguments.session)
    count = session.text.line_count
    first = _line_number(arguments.start, count)
    last = min(first if arguments.end is None else _line_number(arguments.end, count), count)
    if not 1 <= first <= last:
        raise ToolFailure(
            f"There are no such lines: the document has lines 1 to {count:,}, and start comes before end."
        )
    made = await session.lines(first, last, 10 * _PREVIEW)
    return made, texts.found_text(made)


def _line_number(number: int, count: int) -> int:
    return count + 1 + number if number < 0 else number


async def _page(session: McpSession, handle: Handle, start: int, count: int, notes: str = "") -> Made:
    made = await session.page(handle, start, count, notes)
    return made, texts.found_text(made)


async def _run(call: ToolCall, arguments: schemas.RunArguments) -> Made:
    session = call.client.session(arguments.session)
    ask = _asker(call.job) if call.job.sampling else None
    done = await session.execute(arguments.code, seconds=arguments.timeout_ms / 1000, ask=ask)
    made = schemas.Ran(
        output=texts.output_text(done.output),
        final=session.final if done.finished else None,
        state_lost=done.lost_state,
        variables={**done.variables.added, **done.variables.changed},
        seconds=round(done.seconds, 3),
    )
    if done.error is not None:
        made.error = schemas.Error(**done.error.model_dump() | {"message": one_line(done.error.message, 2_000)})
    if len(made.output) < len(done.output):
        handle = await session.keep(plain(done.output).splitlines())
        made.output_handle = f"{session.id}/{handle.name}"
    if isinstance(done.value, list) and len(json.dumps(done.value)) > _MAX_VALUE:
        handle = await session.keep(rows_of(done.value))
        made.value_handle, made.value_count = f"{session.id}/{handle.name}", len(done.value)
    elif len(json.dumps(done.value)) <= _MAX_VALUE:
        made.value = done.value
    return made, texts.ran_text(made)


def _asker(job: Job) -> Ask:
    """Answers the llm_query of code in a session, by the client's own model."""
    model = SamplingModel(job.ask)
    asked = times = 0

    async def one(prompt: str) -> str | ModelError:
        text = ""
        try:
            async for piece in model.stream([{"role": "user", "content": prompt}]):
                text = piece.text
        except ModelError as error:
            return error
        return text

    async def ask(prompts: list[str]) -> list[str | ModelError]:
        nonlocal asked, times
        asked, times = asked + len(prompts), times + 1
        if asked > _MAX_PROMPTS or (job.in_rounds and times > ROUNDS):
            limit = f"{_MAX_PROMPTS} prompts" + (f", in {ROUNDS} batches," if job.in_rounds else "")
            return [ModelError(f"{limit} are the limit of one run_code") for _ in prompts]
        return list(await asyncio.gather(*map(one, prompts)))

    return ask


async def _expand(call: ToolCall, arguments: schemas.ExpandArguments) -> Made:
    identity, _, name = arguments.handle.partition("/")
    session = call.client.session(identity)
    handle = session.handles.get(name)
    if handle is None:
        raise ToolFailure(
            "There is no such handle any more: handles go when the code's state is lost, and when many newer ones "
            "were made."
        )
    return await _page(session, handle, arguments.start, arguments.count)


async def _status(call: ToolCall, arguments: schemas.StatusArguments) -> Made:
    client, settings = call.client, call.settings
    if arguments.session is not None:
        chosen = [client.session(arguments.session)]
    else:
        # Of clients that cannot be told apart, none may see what the others have.
        chosen = [] if client.anonymous else list(client.sessions.values())
    model = "the client's own, through MCP sampling" if call.job.sampling else "none, or the embedded one"
    made = schemas.Status(
        version=version("rlm-kernel"),
        model="the server's own" if configured(settings) else model,
        folders=[one_line(str(folder), 300) for folder in await client.folders(call.job)],
        isolation=isolation_text(chosen[0].isolation) if chosen else "",
        max_sessions=client.max_sessions,
        sessions=[await _of_session(each, settings, alone=arguments.session is not None) for each in chosen],
    )
    return made, texts.status_text(made)


async def _of_session(session: McpSession, settings: ServerSettings, *, alone: bool) -> schemas.SessionStatus:
    idle = session.idle
    value = (await session.execute("show_vars()")).value if alone and not session.busy else None
    variables = value if isinstance(value, dict) else {}
    return schemas.SessionStatus(
        session=session.id,
        name=one_line(session.text.name, 200),
        lines=session.text.line_count,
        busy=session.busy,
        idle_seconds=round(idle, 1),
        expires_in_seconds=round(max(0.0, settings.idle_seconds - session.idle), 1),
        handles={f"{session.id}/{name}": handle.count for name, handle in session.handles.items()},
        variables={plain(str(name)): one_line(str(what), 100) for name, what in variables.items()},
    )


async def _close(call: ToolCall, arguments: schemas.SessionArguments) -> Made:
    await call.client.close_session(arguments.session)
    return schemas.Closed(session=arguments.session), "The session is closed."


TOOLS = {
    "analyze_document": Tool(
        _analyze,
        schemas.AnalyzeArguments,
        schemas.Analysis,
        "Ask about a document",
        "Answer a question about a file of any length: a model writes Python that searches it in a sandbox, iteration "
        "by iteration. Gives the value, where each figure comes from, the lines that prove it, and a trace. Needs a "
        "model: the server's, or yours through sampling.",
        asks=True,
    ),
    "load_document": Tool(
        _load,
        schemas.LoadArguments,
        schemas.Loaded,
        "Load a document",
        "Load a file into a session of its own, to search it yourself with grep, fuzzy_search, read_lines and "
        "run_code. Needs no model. Close the session when you are done.",
        changes=True,
    ),
    "text_stats": Tool(
        _stats,
        schemas.SessionArguments,
        schemas.Stats,
        "Size and samples",
        "How long the document is, and samples of its start, middle and end.",
    ),
    "grep": Tool(
        _grep,
        schemas.GrepArguments,
        schemas.RowsPage,
        "Search by pattern",
        "Every occurrence of a regular expression: a preview with line numbers, how many there are, and a handle. The "
        "rows are also a list in run_code.",
    ),
    "fuzzy_search": Tool(
        _fuzzy,
        schemas.FuzzyArguments,
        schemas.RowsPage,
        "Search by resemblance",
        "The lines that resemble some words, typos and word order aside, best first.",
    ),
    "read_lines": Tool(
        _read,
        schemas.ReadArguments,
        schemas.RowsPage,
        "Read lines",
        "Lines of the document by their numbers, each at most 500 characters of it.",
    ),
    "run_code": Tool(
        _run,
        schemas.RunArguments,
        schemas.Ran,
        "Run Python on the document",
        "Run Python in the session's sandbox: `context` is the document; grep, fuzzy_search, read_lines, sections, "
        "tables, to_number and more are functions; variables stay from call to call. No files, no network, no imports "
        "beyond a short list. The value of the last expression comes back.",
        changes=True,
    ),
    "expand": Tool(
        _expand,
        schemas.ExpandArguments,
        schemas.RowsPage,
        "More rows of a handle",
        "Rows behind a handle that grep, fuzzy_search, read_lines or run_code has given.",
    ),
    "status": Tool(
        _status,
        schemas.StatusArguments,
        schemas.Status,
        "What is loaded",
        "The server's model and folders, and your sessions with their handles and variables.",
    ),
    "close": Tool(
        _close,
        schemas.SessionArguments,
        schemas.Closed,
        "Close a session",
        "End a session: its sandbox, its variables and its handles are gone.",
        changes=True,
    ),
}
