"""What the results of a batch say: replies, errors of single requests, and how far a batch is.

Everything is read as hostile or sloppy: fields may be missing or of the wrong type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...trace import Usage
from ..base import ModelError, NotBatched, Reply
from .errors import Endpoint, EndpointError, ErrorBody, clean, explain
from .parameters import Dialect
from .request import check_reply
from .stream import ReplyAssembler


def read_result(
    result: Mapping[str, Any], body: Mapping[str, Any], chars: int, endpoint: Endpoint, dialect: Dialect
) -> Reply | ModelError | None:
    """What a result says of a request with that `body`, whose messages have so many characters; None: it is to be asked
    once more, without a parameter that was refused. `result["response"]` is a mapping."""
    response = result["response"]
    status, said = response.get("status_code"), response.get("body")
    if status == 200 and isinstance(said, Mapping):
        try:
            return _reply(said, chars, endpoint)
        except EndpointError as failure:
            return failure.error(usage=Usage(calls=1))
    if not isinstance(status, int):
        return NotBatched("its batch had a result without a status")
    refusal = ErrorBody.parse(said if isinstance(said, Mapping) else "")
    if status in (400, 422):
        spoken = dialect.speak(dict(body))
        parameter = refusal.refused_parameter(spoken)
        if parameter is not None and parameter in (*spoken, "system"):
            dialect.learn(parameter)
            return None
    refused = explain(endpoint, status, refusal, {})
    return NotBatched(refused.message) if refused.retryable else refused.error(usage=Usage(calls=1))


def refusal_of(state: Mapping[str, Any], endpoint: Endpoint) -> ModelError:
    """The error of a batch that was refused as a whole."""
    errors = state.get("errors")
    data = errors.get("data") if isinstance(errors, Mapping) else None
    first = data[0] if isinstance(data, list) and data else None
    said = clean(str(first.get("message") or ""), endpoint) if isinstance(first, Mapping) else ""
    return ModelError(
        f"{endpoint.shown} has refused a batch{f': {said}' if said else ''}.", kind="server", usage=Usage()
    )


def progress_of(state: Mapping[str, Any], batch_id: str) -> str:
    """How far a batch is, as a sentence."""
    counts = state.get("request_counts")
    done = counts.get("completed") if isinstance(counts, Mapping) else None
    total = counts.get("total") if isinstance(counts, Mapping) else None
    figures = f": {done:,} of {total:,} answered" if isinstance(done, int) and isinstance(total, int) and total else ""
    status = clean(str(state.get("status")), limit=40).replace("_", " ")
    return f"The batch {clean(batch_id, limit=80)} is {status}{figures}."


def _reply(body: Mapping[str, Any], chars: int, endpoint: Endpoint) -> Reply:
    """Raises EndpointError."""
    assembler = ReplyAssembler()
    assembler.feed(body)
    assembler.close()
    if not assembler.saw_choices:
        raise EndpointError(f"{endpoint.shown} sent a reply without choices in a batch.", "protocol")
    reply = assembler.reply(chars, 0.0)
    check_reply(endpoint, reply)
    return reply
