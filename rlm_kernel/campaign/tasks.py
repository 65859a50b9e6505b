"""What is sent to a worker and what comes back: plain data, no engine, no key, nothing that runs when it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.answers.schema import schema_of
from ..engine.settings import Settings, all_settings
from ..models.keys import without_secrets
from .documents import Reference
from .errors import CampaignError
from .metering import CampaignLease
from .questions import CampaignQuestion

# Callables and objects of the user's own, and files that one process writes.
_STAY = ("tools", "review", "on_large_batch", "record")
# A profile's values are sent, not its name: the worker has other files.
_LEFT_OUT = ("api_key", "profile")


@dataclass(frozen=True, slots=True)
class Unit:
    """One run: a question about a document, with a seed. `digest` is what it is known by: nothing that is answered is
    asked again while question, document, settings and seed are the same."""

    digest: str
    question: CampaignQuestion
    document: Reference
    seed: int | None


@dataclass(frozen=True, slots=True)
class CampaignTask:
    """A unit on its way to a worker. `settings` are those of every run, without secrets; `api_key_env` among them names
    the variable of the worker's environment that holds the key. `worker` is the one that it was sent to: no other may
    run it."""

    campaign: str
    unit: Unit
    lease_id: int
    lease: CampaignLease
    settings: Mapping[str, Any] = field(default_factory=dict)
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of a task: the fields of its row, the compressed trace (None: the run did not begin), what was
    spent, what it needed at its peak, and what must end the campaign (`fatal`, in one sentence)."""

    fields: Mapping[str, Any]
    trace: bytes | None = None
    suffix: str = ""
    spent: Mapping[str, Any] = field(default_factory=dict)
    peak: Mapping[str, Any] = field(default_factory=dict)
    fatal: str = ""
    fatal_kind: str = ""


def unit_of(question: CampaignQuestion, document: Reference, settings: Settings, seed: int | None) -> Unit:
    """The unit, with its digest."""
    values = {setting.name: getattr(settings, setting.name) for setting in all_settings() if setting.answer}
    for name in model_settings():
        values[name] = getattr(values[name], "name", values[name])
    values["answer_type"] = schema_of(settings.answer_type)
    values["extra_headers"] = without_secrets(settings.extra_headers)
    if settings.base_url:
        # Without a user's name, password and key, which an address may carry.
        values["base_url"] = settings.base_url.partition("?")[0].rpartition("@")[2].rpartition("://")[2]
    # A limit that is raised does not make an answer that came within it another one.
    for name in ("max_llm_calls", "max_tokens", "max_cost", "max_seconds", "prices"):
        values.pop(name, None)
    asked = {"question": question.question, "type": question.type, "document": document.key, "seed": seed}
    text = json.dumps(values | asked, sort_keys=True, ensure_ascii=True, default=str)
    return Unit(hashlib.sha256(text.encode()).hexdigest()[:32], question, document, seed)


def model_settings() -> tuple[str, ...]:
    """The settings that name a model."""
    return tuple(setting.name for setting in all_settings() if setting.name.endswith("model"))


def portable(settings: Settings) -> dict[str, Any]:
    """The settings that differ from their defaults, as data that may be sent and written. Raises CampaignError for
    what only this process has."""
    values: dict[str, Any] = {}
    for setting in all_settings():
        value = getattr(settings, setting.name)
        if setting.name in _LEFT_OUT or value == setting.default:
            continue
        if setting.name in _STAY or (setting.name in model_settings() and not isinstance(value, str)):
            raise CampaignError(
                f"{setting.name}={type(value).__name__} cannot be sent to workers: it lives in this process. Leave "
                "cluster out, or give what has a name."
            )
        if setting.name == "answer_type":
            raise CampaignError(
                "answer_type cannot be sent to workers: give each question its type in words, such as list[int]."
            )
        values[setting.name] = value
    url = values.get("base_url")
    if isinstance(url, str) and ("@" in url or "?" in url):
        raise CampaignError(
            "base_url carries credentials, which are not sent to workers: set OPENAI_BASE_URL in their environment, "
            "and leave base_url out."
        )
    if without_secrets(settings.extra_headers) != settings.extra_headers:
        raise CampaignError(
            "extra_headers holds what looks like a secret, which is not sent to workers: give $NAME, the variable of "
            "their environment that holds it."
        )
    try:
        return dict(json.loads(json.dumps(values)))
    except (TypeError, ValueError) as error:
        raise CampaignError(f"The settings cannot be sent to workers ({error}): use plain values.") from None
