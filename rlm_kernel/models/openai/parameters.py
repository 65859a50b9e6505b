"""What is known of an endpoint and a model without being told: refused parameters, and the size in a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SMALL = 4.0
_SIZE = re.compile(r"(?<![0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)(b|(?<=\d{3})m)(?![a-z0-9])", re.IGNORECASE)


@dataclass
class Dialect:
    """What one endpoint was found not to take for one model; shared by all instances that talk to it."""

    dropped: set[str] = field(default_factory=set)
    renames_max_tokens: bool = False
    has_system_role: bool = True
    path: str = ""
    """What the address lacks before `/chat/completions`: `/v1` where it answers only there."""

    def learn(self, parameter: str) -> None:
        if parameter == "max_tokens":
            self.renames_max_tokens = True
        elif parameter == "system":
            self.has_system_role = False
        elif parameter == "max_completion_tokens":
            self.dropped.add("max_tokens")
        else:
            self.dropped.add(parameter)

    def speak(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body in the endpoint's dialect."""
        body = {name: value for name, value in body.items() if name not in self.dropped}
        if not body.get("stream"):
            body.pop("stream_options", None)
        if self.renames_max_tokens and "max_tokens" in body:
            body["max_completion_tokens"] = body.pop("max_tokens")
        if not self.has_system_role:
            body["messages"] = without_system(body["messages"])
        return body


def without_system(messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The messages with the text of a system message at the beginning of the first one of the user's."""
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    others = [dict(message) for message in messages if message["role"] != "system"]
    if not system:
        return others
    if others and others[0]["role"] == "user":
        others[0]["content"] = f"{system}\n\n{others[0]['content']}"
        return others
    return [{"role": "user", "content": system}, *others]


def looks_small(name: str) -> bool:
    """Whether the largest size in a model's name (`1.5b`, `8x7b`, `360m`) is at most 4 billion parameters."""
    sizes = [
        float(number) * int(times or 1) / (1000 if unit in "mM" else 1) for times, number, unit in _SIZE.findall(name)
    ]
    return bool(sizes) and max(sizes) <= SMALL
