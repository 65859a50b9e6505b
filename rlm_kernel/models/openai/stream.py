"""What a chat endpoint sends, from bytes to a `Reply`: event framing, chunks, thinking, usage. No input or output here.

Everything is read as hostile or sloppy: fields may be missing, of the wrong type, or cut anywhere.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ...trace import Usage
from ..base import Delta, Reply

DONE = "[DONE]"
MAX_BODY = 64 * 1024 * 1024
MAX_COST = 1e6  # of one call, in any currency: what is above is no cost
_LINE_END = re.compile(rb"\r\n|\n|\r")
MAX_CALLS = 50
MAX_ARGUMENTS = 200_000
_LAST_BLOCK = re.compile(r"^```(?:python|py|repl)[ \t]*\n(?:(?!^```).*\n)*?```\s*\Z", re.MULTILINE)
_STRAY_THINK_END = re.compile(r"(?:^|\n)[ \t]*</think>[ \t]*(?:\n|$)")


class SSEDecoder:
    """Server-sent events from bytes that come in any pieces: `feed` gives the `data` of every event completed."""

    def __init__(self) -> None:
        self._open: list[bytes] = []
        self._data: list[str] = []
        self._started = False

    def feed(self, piece: bytes) -> list[str]:
        if not piece:
            return []
        if not self._started:
            # A BOM cut in two is not worth a state: the first line would be unknown, and is skipped.
            piece, self._started = piece.removeprefix(codecs.BOM_UTF8), True
        self._open.append(piece)
        if b"\n" not in piece and b"\r" not in piece and not (len(self._open) > 1 and self._open[-2].endswith(b"\r")):
            return []
        waiting = b"".join(self._open)
        # A carriage return at the very end may be half of a line end.
        tail = b"\r" if waiting.endswith(b"\r") else b""
        *lines, rest = _LINE_END.split(waiting[: len(waiting) - len(tail)])
        self._open = [rest + tail]
        return self._events(lines)

    def close(self) -> list[str]:
        """The event that the end of the body has left open: some servers omit the last empty line."""
        line = b"".join(self._open).rstrip(b"\r")
        self._open = []
        return self._events([line, b""])

    def _events(self, lines: list[bytes]) -> list[str]:
        events = []
        for line in lines:
            if not line:
                if self._data:
                    events.append("\n".join(self._data))
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
        return events


class ThinkFilter:
    """Parts `<think>...</think>` at the start of the content from the rest, also when the tags come in pieces."""

    OPEN, CLOSE = "<think>", "</think>"

    def __init__(self) -> None:
        self._state = "start"
        self._held = ""

    def feed(self, content: str) -> tuple[str, str]:
        """The text and the reasoning that `content` adds; what may be the beginning of a tag is held back."""
        if self._state == "text":
            return content, ""
        self._held += content
        reasoning = ""
        if self._state == "start":
            seen = self._held.lstrip()
            if self.OPEN.startswith(seen[: len(self.OPEN)]) and len(seen) < len(self.OPEN):
                return "", ""
            self._state = "thinking" if seen.startswith(self.OPEN) else "text"
            if self._state == "text":
                return self._release(), ""
            self._held = seen[len(self.OPEN) :]
        if self._state == "thinking":
            before, tag, after = self._held.partition(self.CLOSE)
            if not tag:
                keep = _overlap(before, self.CLOSE)
                self._held = before[len(before) - keep :]
                return "", before[: len(before) - keep]
            reasoning, self._held, self._state = before, after, "after"
        # Blank lines between the thinking and the reply belong to neither.
        self._held = self._held.lstrip()
        if self._held:
            self._state = "text"
        return self._release(), reasoning

    def close(self) -> tuple[str, str]:
        """What is still held back."""
        held = self._release()
        return ("", held) if self._state == "thinking" else (held, "")

    def _release(self) -> str:
        held, self._held = self._held, ""
        return held


def _overlap(text: str, tag: str) -> int:
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)


class ReplyAssembler:
    """Builds a reply from the chunks of a stream, or from one whole completion object.

    `finished` once the endpoint has said why it stopped; `saw_choices` once there was anything to read.
    """

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.saw_choices = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._think = ThinkFilter()
        self._usage: Mapping[str, Any] = {}
        self._calls: dict[int, dict[str, str]] = {}
        self.misfiled = False

    @property
    def finished(self) -> bool:
        return self.finish_reason is not None

    def feed(self, chunk: Mapping[str, Any]) -> Delta | None:
        """Take in one object of the endpoint; gives what it adds, None if nothing."""
        if isinstance(usage := chunk.get("usage"), Mapping):
            self._usage = usage
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping) or choice.get("index", 0) not in (0, None):
            return None
        self.saw_choices = True
        if isinstance(reason := choice.get("finish_reason"), str) and reason:
            self.finish_reason = reason[:40]
        part = choice.get("delta") or choice.get("message")
        if not isinstance(part, Mapping):
            return None
        self._take_calls(part)
        content, thoughts = _content(part)
        text, thinking = self._think.feed(content)
        return self._add(text, thoughts + thinking)

    def close(self) -> Delta | None:
        """What was held back, once the endpoint has ended; tool calls as the text that stands for them.

        A reply that is all reasoning, ended by the model itself, was filed wrongly: its last fenced block is the text.
        """
        text, reasoning = self._think.close()
        if not "".join([*self._text, text]).strip():
            calls = "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in self._calls.values())
            if not calls and self.finish_reason == "stop":
                calls = _reply_in("".join([*self._reasoning, reasoning]))
                self.misfiled = bool(calls)
            text += calls
        return self._add(text, reasoning)

    def _take_calls(self, part: Mapping[str, Any]) -> None:
        """Keep tool calls, which come in pieces: their name first, then their arguments."""
        calls = part.get("tool_calls")
        calls = calls if isinstance(calls, list) else []
        if isinstance(old := part.get("function_call"), Mapping):
            calls = [*calls, {"index": 0, "function": old}]
        for at, call in enumerate(calls[:MAX_CALLS]):
            function = call.get("function") if isinstance(call, Mapping) else None
            if not isinstance(function, Mapping):
                continue
            index = call.get("index")
            kept = self._calls.setdefault(index if isinstance(index, int) else at, {"name": "", "arguments": ""})
            for name in kept:
                piece = function.get(name)
                if isinstance(piece, dict):
                    piece = json.dumps(piece)
                if isinstance(piece, str) and len(kept[name]) < MAX_ARGUMENTS:
                    kept[name] += piece

    def _add(self, text: str, reasoning: str) -> Delta | None:
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)
        return Delta(text, reasoning) if text or reasoning else None

    def reply(self, prompt_chars: int, seconds: float) -> Reply:
        """The whole reply. Templates that open the thinking themselves leave only its end in the content."""
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        if not reasoning and (stray := _STRAY_THINK_END.search(text)):
            text, reasoning = text[stray.end() :].lstrip(), text[: stray.start()]
        usage = self.usage(prompt_chars, seconds)
        return Reply(text=text, reasoning=reasoning, usage=usage, finish_reason=self.finish_reason)

    def usage(self, prompt_chars: int, seconds: float) -> Usage:
        """What has been spent so far: the endpoint's figures, or estimates."""
        return read_usage(self._usage, prompt_chars, sum(map(len, [*self._text, *self._reasoning])), seconds)


def _reply_in(reasoning: str) -> str:
    """The last fenced block with which a text ends, "" if it ends otherwise."""
    found = _LAST_BLOCK.search(reasoning[-MAX_ARGUMENTS:])
    return found[0].strip() if found else ""


def _content(part: Mapping[str, Any]) -> tuple[str, str]:
    """Text and reasoning of one delta or message; content may be a list of typed parts."""
    reasoning = part.get("reasoning_content") or part.get("reasoning")
    thoughts = reasoning if isinstance(reasoning, str) else ""
    content = part.get("content") or part.get("refusal")
    if isinstance(content, list):
        texts = []
        for item in content:
            if isinstance(item, Mapping) and isinstance(item.get("text"), str):
                texts.append(item["text"])
            elif isinstance(item, Mapping) and isinstance(item.get("thinking"), list):
                thoughts += "".join(str(inner.get("text", "")) for inner in item["thinking"] if isinstance(inner, dict))
        return "".join(texts), thoughts
    return content if isinstance(content, str) else "", thoughts


def read_usage(usage: Mapping[str, Any], prompt_chars: int, reply_chars: int, seconds: float) -> Usage:
    """The endpoint's figures; a missing one is estimated at four characters a token, and the whole marked so."""
    prompt = _count(usage.get("prompt_tokens"))
    completion = _count(usage.get("completion_tokens"))
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    # No prompt has zero tokens; and a reply of no tokens has no characters.
    estimated = not prompt or completion is None or (completion == 0 and reply_chars > 0)
    return Usage(
        calls=1,
        prompt_tokens=prompt or math.ceil(prompt_chars / 4),
        completion_tokens=completion or math.ceil(reply_chars / 4),
        cached_tokens=cached or _count(usage.get("prompt_cache_hit_tokens")) or _count(usage.get("cached_tokens")) or 0,
        cost=read_cost(usage),
        seconds=seconds,
        estimated=estimated,
    )


def read_cost(usage: Mapping[str, Any]) -> float | None:
    """What the endpoint says that the call has cost, in its currency (OpenRouter: US dollars); None where it does not.

    With a key of the user's own at the provider (OpenRouter's `is_byok`) `cost` is the fee alone, and what the provider
    charges stands beside it.
    """
    cost = _amount(usage.get("cost"))
    details = usage.get("cost_details")
    if cost is None or usage.get("is_byok") is not True or not isinstance(details, Mapping):
        return cost
    return cost + (_amount(details.get("upstream_inference_cost")) or 0.0)


def _amount(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MAX_COST
    return float(value) if known and isinstance(value, int | float) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None
