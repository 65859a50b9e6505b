"""Takes a reply out of what a chat template or a tool protocol has put around it, before its code is looked for.

Special tokens at its end, line feeds written as `\\n`, code in a tool call or in a JSON object: each becomes the
fenced Python block that it stands for. A reply that has a fenced block of its own is left as it is.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection
from typing import Any

from ...trace import CodeError, Repair
from .fences import PYTHON
from .source import parse

KINDS = frozenset({"special-token", "escaped-newlines", "tool-call"})

_THOUGHTS = ("think", "thinking", "reasoning")
_MAX_JSON = 200_000
_END = (
    r"(?:<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|eos|return|call|end_of_turn|endofturn|eot)\|>"
    r"|<｜[^｜\n]{1,40}｜>|</s>|<end_of_turn>|<eos>|\[/INST\])"
)
_BEGIN = r"(?:<\|(?:im_start|start_header_id|begin_of_text|start)\|>|<start_of_turn>|<s>|\[INST\])"
# A token that is followed by a quotation mark or a letter stands in a string or a sentence.
_ENDED = re.compile(rf"{_END}(?=\s*(?:\n|$|{_END}|{_BEGIN}))", re.IGNORECASE)
_BEGUN = re.compile(
    rf"\A\s*{_BEGIN}(?:\s*(?:assistant|model))?(?:<\|end_header_id\|>|<\|message\|>)?[ \t]*\n?", re.IGNORECASE
)
_TAGGED_CALL = re.compile(
    r"<(?P<tag>tool_call|function_call|tool_use)>\s*(?P<body>\{.*?\})\s*(?:</(?P=tag)>|\Z)", re.DOTALL
)
_NAMED_CALL = re.compile(
    r"(?:<tool_call>\s*)?<function=(?P<name>[\w.]+)>(?P<body>.*?)</function>\s*(?:</tool_call>)?", re.DOTALL
)
_PARAMETER = re.compile(r"<parameter=(?P<name>\w+)>\n?(?P<value>.*?)\n?</parameter>", re.DOTALL)
_MARKED_CALL = re.compile(r"\A\s*(?:\[TOOL_CALLS\]|<\|tool_call\|>)\s*(?P<body>[\[{].*[\]}])\s*\Z", re.DOTALL)
_TAGGED_CODE = re.compile(
    r"^[ \t]*<(?P<tag>code|execute|python|ipython|execute_ipython|execute_python)>[ \t]*\n?(?P<body>.*?)\n?"
    r"(?:</(?P=tag)>|\Z)",
    re.DOTALL | re.MULTILINE,
)
_PYTHON_TAG = re.compile(r"\A\s*<\|python_tag\|>(?P<body>.*)\Z", re.DOTALL)
_FENCED_JSON = re.compile(
    r"^```(?:json|tool_call|tool)?[ \t]*\n\s*(?P<body>[\[{].*?[\]}])\s*\n```[ \t]*$", re.DOTALL | re.MULTILINE
)
_CODE_KEYS = ("code", "python", "python_code", "source", "script", "input", "cell")


def opened(reply: str, tools: Collection[str] = ()) -> tuple[str, tuple[Repair, ...]]:
    """The reply as plain Markdown, and what was taken away. `tools`: names that a tool call may call directly."""
    repairs: list[Repair] = []
    text = without_thoughts(reply.replace("\r\n", "\n").replace("\r", "\n"))
    text = _without_tokens(text, repairs)
    text = _unescaped(text, repairs)
    return _without_protocol(text, tools, repairs), tuple(repairs)


def without_thoughts(text: str) -> str:
    """The reply without the model's thinking; tags count at the start of a line, and at its end."""
    for word in _THOUGHTS:
        opening, closing = f"<{word}>", f"</{word}>"
        if opening not in text and closing not in text:
            continue
        kept: list[str] = []
        thinking = False
        for line in text.split("\n"):
            if not thinking and line.lstrip().startswith(opening):
                thinking = True
            if closing in line and (thinking or line.rstrip().endswith(closing)):
                if not thinking:
                    kept = []
                thinking, line = False, line.rpartition(closing)[2]
            if not thinking:
                kept.append(line)
        text = "\n".join(kept)
    return text


def _without_tokens(text: str, repairs: list[Repair]) -> str:
    """The reply up to the first token that ends it: what a model writes after that is no reply any more."""
    begun = _BEGUN.match(text)
    start = begun.end() if begun else 0
    ended = _ENDED.search(text, start)
    end = ended.start() if ended else len(text)
    if begun or ended:
        removed = text[:start] + text[end:]
        repairs.append(Repair(kind="special-token", before=removed[:200], after=""))
    return text[start:end]


def _unescaped(text: str, repairs: list[Repair]) -> str:
    """A reply whose line feeds were all written as a backslash and an n."""
    whole = text.strip()
    if "\n" in whole or "\\n" not in whole or not whole.startswith("```"):
        return text
    try:
        made = str(json.loads(f'"{whole}"', strict=False))
    except ValueError:
        made = whole.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
    repairs.append(Repair(kind="escaped-newlines", before=whole[:200], after=made[:200]))
    return made


def _without_protocol(text: str, tools: Collection[str], repairs: list[Repair]) -> str:
    """The reply with the code of a tool call, a JSON object or a tag in a fence; unchanged where there is none."""
    if len(text) > _MAX_JSON or any(f"```{tag}" in text for tag in PYTHON):
        return text
    calls = [(match.span(), _code_of_json(match["body"], tools)) for match in _TAGGED_CALL.finditer(text)]
    calls += [(match.span(), _code_of_parameters(match, tools)) for match in _NAMED_CALL.finditer(text)]
    for whole in (_MARKED_CALL.match(text), _only(_FENCED_JSON.findall(text), _FENCED_JSON.search(text))):
        if whole is not None and not any(code for _, code in calls):
            calls.append((whole.span(), _code_of_json(whole["body"], tools)))
    if text.lstrip()[:1] in ("{", "[") and not calls:
        calls.append(((0, len(text)), _code_of_json(text, tools)))
    for match in (*_TAGGED_CODE.finditer(text), *filter(None, [_PYTHON_TAG.match(text)])):
        if not any(code for _, code in calls):
            body = html.unescape(match["body"]) if isinstance(parse(match["body"]), CodeError) else match["body"]
            calls.append((match.span(), "" if isinstance(parse(body), CodeError) else body))
    found = sorted((span, code) for span, code in calls if code)
    for (start, end), code in reversed(found):
        repairs.append(Repair(kind="tool-call", before=text[start:end][:1_000], after=code[:1_000]))
        text = f"{text[:start].rstrip(' ')}\n```python\n{code}\n```\n{text[end:].lstrip(' ')}"
    return text


def _only(found: list[Any], match: re.Match[str] | None) -> re.Match[str] | None:
    return match if len(found) == 1 else None


def _code_of_json(body: str, tools: Collection[str]) -> str:
    """The Python that a JSON object stands for: its code, or the call of a tool by its name; "" if neither."""
    try:
        data = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return ""
    calls = data if isinstance(data, list) else [data]
    return "\n".join(filter(None, (_code_of_call(call, tools) for call in calls[:20])))


def _code_of_call(data: Any, tools: Collection[str]) -> str:
    if not isinstance(data, dict):
        return ""
    function = data.get("function")
    inner: dict[str, Any] = function if isinstance(function, dict) else data
    name = inner.get("name") or inner.get("tool") or inner.get("action") or ""
    arguments = next((inner[key] for key in ("arguments", "parameters", "args", "action_input") if key in inner), None)
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, strict=False)
        except (ValueError, RecursionError):
            arguments = {"code": arguments}
    return _call(str(name), arguments if isinstance(arguments, dict) else inner, tools)


def _code_of_parameters(match: re.Match[str], tools: Collection[str]) -> str:
    return _call(match["name"], {each["name"]: each["value"] for each in _PARAMETER.finditer(match["body"])}, tools)


def _call(name: str, arguments: dict[str, Any], tools: Collection[str]) -> str:
    if name in tools:
        named = arguments.items()
        if name == "FINAL" and len(arguments) == 1:
            return f"FINAL({next(iter(arguments.values()))!r})"
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in named if str(key).isidentifier())})"
    code = next((arguments[key] for key in _CODE_KEYS if isinstance(arguments.get(key), str)), "")
    fence = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", code, re.DOTALL)
    return fence[1] if fence else code
