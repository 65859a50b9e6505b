"""Answers over HTTP: a question as JSON, its events as server-sent events. A run ends when its client leaves.

    DOCUMENTS=reports uvicorn fastapi_app:app

Model and endpoint come from the environment, as everywhere. There is no login here: put one in front of it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from rlm_kernel import RLM, Answer, DocumentError, ModelError
from rlm_kernel.trace import event_to_json

app = FastAPI()
folder = Path(os.environ["DOCUMENTS"])
rlm = RLM(max_seconds=300)
LOOK_SECONDS = 0.2


class Question(BaseModel):
    """What is asked, and about which file of the folder."""

    question: str
    document: str


def path_of(name: str) -> Path:
    """The file of that name: one that stands in the folder, and no path."""
    files = {path.name: path for path in folder.iterdir() if path.is_file()}
    if name not in files:
        raise HTTPException(404, "There is no document of that name.")
    return files[name]


async def while_connected(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """The result of `work`, which is cancelled as soon as the client has left: so are its model calls and its code."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if await request.is_disconnected():
                task.cancel()
        return await task
    finally:
        task.cancel()


@app.post("/answers")
async def answers(asked: Question, request: Request) -> JSONResponse:
    """The answer, when it is there: value, status, verdicts, lines of evidence."""
    try:
        answer = await while_connected(request, rlm.acompletion(asked.question, path_of(asked.document)))
    except (DocumentError, ValueError) as error:
        raise HTTPException(422, str(error)) from None
    except ModelError as error:
        raise HTTPException(502, str(error)) from None
    except asyncio.CancelledError:
        return JSONResponse({"status": "stopped"}, status_code=499)  # nobody reads it
    return JSONResponse(
        {
            "status": answer.status,
            "value": answer.value,
            "grounding": [row.model_dump(mode="json") for row in answer.grounding],
            "evidence": [row.model_dump(mode="json") for row in answer.trace.evidence],
        }
    )


@app.post("/events")
async def events(asked: Question) -> StreamingResponse:
    """The events of the run as they happen, each the JSON that `rlm ask --events ndjson` prints."""
    path = path_of(asked.document)

    async def lines() -> AsyncIterator[str]:
        # Closed when the client leaves: that ends the run and its sub-kernel.
        async with aclosing(rlm.stream(asked.question, path)) as run:
            number = 0
            try:
                async for event in run:
                    number += 1
                    data = event_to_json(event, number).strip()
                    yield f"id: {number}\nevent: {type(event).__name__}\ndata: {data}\n\n"
            except (DocumentError, ModelError, ValueError) as error:
                yield "event: error\n" + "".join(f"data: {line}\n" for line in str(error).splitlines()) + "\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
