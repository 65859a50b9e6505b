"""Events as JSON: an object for each, by which programs can follow a run, and from which its trace is built again.

    {"schema": "rlm.event/1", "id": 3, "timestamp": "2026-01-31T12:00:00.123+00:00", "type": "ReplyDelta", "data": {}}

`id` counts from 1, `type` is the name of the event's class and `data` its fields. The event within a `SubRunEvent` is
an object with `type` and `data` again.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, get_args

from pydantic import TypeAdapter

from .builder import TraceBuilder
from .events import Event, RunFinished, SubRunEvent
from .json_values import storable
from .records import Trace

EVENT_SCHEMA: Final = "rlm.event/1"
_KINDS = {kind.__name__: kind for kind in get_args(Event)}


def event_to_dict(event: Event, number: int) -> dict[str, Any]:
    """The event as JSON data, as it happens: `number` counts the events of a run from 1."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"schema": EVENT_SCHEMA, "id": number, "timestamp": now, **_data(event)}


def event_to_json(event: Event, number: int) -> str:
    """The same as one line."""
    return json.dumps(event_to_dict(event, number), ensure_ascii=False)


def event_from_dict(data: Any) -> Event:
    """The event that an object stands for. Raises ValueError for anything else."""
    if not isinstance(data, dict) or data.get("schema") != EVENT_SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise ValueError(f"This is no event of {EVENT_SCHEMA}: {str(found)[:100]!r}.")
    return _event(data)


def trace_of(events: Iterable[Event | dict[str, Any] | str | bytes]) -> Trace:
    """See `Trace.from_events`."""
    builder, finished = TraceBuilder(), False
    for number, each in enumerate(events, 1):
        if isinstance(each, str | bytes):
            if not each.strip():
                continue
            try:
                each = json.loads(each)
            except ValueError:
                raise ValueError(f"Event {number} is no JSON object: was the file written to its end?") from None
        event: Event = each if isinstance(each, get_args(Event)) else event_from_dict(each)
        try:
            builder.feed(event)
        except IndexError:
            raise ValueError(
                f"Event {number} ({type(event).__name__}) belongs to an iteration that never began."
            ) from None
        finished = isinstance(event, RunFinished)
    if not builder.trace.started:
        raise ValueError("There is no RunStarted among these events: they are not those of a whole run.")
    return builder.trace if finished else builder.stop()


def _data(event: Event) -> dict[str, Any]:
    kind = type(event)
    if isinstance(event, SubRunEvent):
        fields: dict[str, Any] = {"index": event.index, "id": event.id, "event": _data(event.event)}
    else:
        fields = storable(_adapter(kind.__name__).dump_python(event, mode="json", by_alias=True))
    return {"type": kind.__name__, "data": fields}


def _event(data: dict[str, Any]) -> Event:
    kind, fields = _KINDS.get(str(data.get("type"))), data.get("data")
    if kind is None or not isinstance(fields, dict):
        raise ValueError(f"There is no event of the type {str(data.get('type'))[:100]!r}.")
    if kind is SubRunEvent:
        if set(fields) != {"index", "id", "event"} or not isinstance(fields["event"], dict):
            raise ValueError("A SubRunEvent has the fields index, id and event.")
        return SubRunEvent(int(fields["index"]), int(fields["id"]), _event(fields["event"]))
    unknown = set(fields) - {field.name for field in dataclasses.fields(kind)}
    if unknown:
        raise ValueError(f"{kind.__name__} has no field {min(unknown)[:100]!r}.")
    event: Event = _adapter(kind.__name__).validate_python(fields)
    return event


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])
