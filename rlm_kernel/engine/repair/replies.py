"""The parser of replies: which code of a model's reply is the model's own and runs, and what is told of the rest.

Code is what stands in fenced Python blocks at the reply's top level, outside of block quotes and of longer fences. A
block that the document, or an output, holds word for word is a quotation, and so is one that the reply says it will
not follow. Blocks that follow each other run together, up to where the model invents an output. What is ambiguous is
no code, and `Block.doubt` says why. It runs and repairs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ...trace import CodeError, Repair
from .envelopes import opened
from .fences import CAREFUL, PYTHON, Fence, fences
from .foreign_names import FINALS
from .repairs import MAX_REPAIRED, repair
from .source import CLOSER, does_something, line_starts, parse, tokens, unclosed
from .sweeps import is_prose

KINDS = frozenset({"missing-fence", "unclosed-fence", "missing-tag"})

Doubt = Literal["", "quotation", "wrapped", "final-in-prose"]

# Tags of blocks that are read as if they had none, and of those that count only where nothing else can be meant.
_UNTAGGED = ("", "code")
_TEXT_TAGS = ("text", "txt", "plain", "plaintext")
_MAX_BLOCKS = 50
_NEAR = 6
_MAX_STARTS = 400
_MAX_TRIES = 5
_MAX_LINE = 2_000
_INVENTED = re.compile(
    r"\W*(?:(?:the )?(?:expected |execution |code |program |console |tool )?"
    r"(?:outputs?|results?|stdout|observations?|response)\b[^.\n`]{0,40}:"
    r"|(?:this|it|that|which|we|running it)\s+(?:will\s+)?(?:prints?|outputs?|returns?|gives?|shows?|get)\b.*[\d\"'`]"
    r"|out\s*\[\d*\]|traceback \(most recent"
    r"|(?:user|human|system|assistant)\s*:|</?(?:output|result|observation|tool_response|stdout|execution)\b)",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"\b(?:(?:will|shall|do|does|should|must|can|could|may|am|is|are|going)\s*(?:not|n['’]t)|won['’]t|cannot|never|"
    r"(?:refus|declin)\w+\s+to|without)\b.{0,30}?\b(?:follow|obey|execut|run|comply|act|call|trust|us)(?:e|ing|y)?\b"
    r"(?:\s+(?:with|on|to|upon))?\s+"
    r"(?:it|that|them|this|these|those|any|the\s+(?:block|code|command|instruction|request|text|line|document)\w*|"
    r"its?\s+\w+|such|what\b)"
    r"|\bignor(?:e|ed|ing)\s+(?:it|that|them|this|these|such|the\s+(?:block|code|command|instruction|request|injec)\w*)"
    r"|\bprompt[- ]injection\b|\binjected\b|\bnot an? (?:instruction|order|command)\b",
    re.IGNORECASE,
)
_FINAL_LINE = re.compile(rf"[ \t]*[`*]*(?P<call>(?:{'|'.join(FINALS)})[ \t]*\(.*\))[`*.;]*[ \t]*")


def _never(_text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """What was found in a reply.

    `pieces` are the blocks of Python that are to run, in order and as one cell; none where `kind` is `none`. `repairs`
    say where the reply's form was mended. `kind` is `final` where the reply was nothing but `FINAL(...)` without a
    fence, which counts as code. `skipped` is the number of further blocks of Python, which are not to be run. `doubt`:
    why something that looks like code was taken for none.
    """

    pieces: tuple[str, ...]
    repairs: tuple[Repair, ...]
    kind: Literal["code", "final", "none"]
    skipped: int = 0
    doubt: Doubt = ""

    @property
    def code(self) -> str:
        """The pieces as one text, "" if there are none."""
        return "\n".join(self.pieces)

    @property
    def truncated(self) -> bool:
        """Whether the code may have been cut off: its fence was never closed."""
        return any(found.kind == "unclosed-fence" for found in self.repairs)


_NO_FENCE = Repair(kind="missing-fence", before="", after="```python")


def find_code(
    reply: str,
    *,
    quoted: Callable[[str], bool] = _never,
    first_only: bool = False,
    every: bool = False,
    tools: Collection[str] = (),
) -> CodeBlock:
    """The code of a reply: of its fenced blocks of Python, else of a reply that is bare Python.

    `quoted` tells of a text whether the document or an output that the model has seen holds it. `first_only`: what
    follows the first block never runs; `every`: all blocks run, whatever stands between them. `tools` are the names
    that a tool call may call. Untagged blocks count if no block is tagged as Python and they look like it. Blocks of
    other languages, and anything in `<think>`, are never code.
    """
    text, unwrapped = opened(reply, tools)
    lines = text.split("\n")
    found = [fence for fence in fences(lines) if fence.content.strip()]
    candidates = _candidates(found, tools)
    own = _not_quoted(candidates[:_MAX_BLOCKS], found, lines, quoted)
    if own:
        running = own[:1] if first_only else own if every else _connected(own, candidates, found, lines)
        pieces = [fence.content for fence in running]
        repairs = [*unwrapped, *(each for fence in running for each in fence.repairs)]
        if len(running) == len(own) and not first_only:
            final = _final_line(lines, running[-1].after, found, quoted, lenient=every)
            if final and not any(f"{name}(" in piece for name in FINALS for piece in pieces):
                pieces.append(final)
                repairs.append(Repair(kind="missing-fence", before=final, after=f"```python\n{final}"))
        return CodeBlock(
            tuple(pieces), tuple(repairs), "code", max(0, len(candidates) - _MAX_BLOCKS) + len(own) - len(running)
        )
    doubt: Doubt = "quotation" if candidates else "wrapped" if any(fence.wraps for fence in found) else ""
    if doubt:
        return CodeBlock((), (), "none", doubt=doubt)
    block = _from_final(text)
    if block is None:
        closed = any(fence.closed for fence in found)
        block = CodeBlock((), (), "none", doubt=_doubt_of_prose(lines)) if closed else _from_bare_text(text)
    if block.pieces and (quoted(block.code) or (block.kind == "code" and _declines(text, block.code))):
        return CodeBlock((), (), "none", doubt="quotation")
    return CodeBlock(block.pieces, (*unwrapped, *block.repairs), block.kind, 0, block.doubt) if block.pieces else block


def _candidates(found: Sequence[Fence], tools: Collection[str]) -> list[Fence]:
    """The blocks that are Python by their tag, else by what they look like."""
    plain = [fence for fence in found if not fence.wraps]
    tagged = [fence for fence in plain if fence.tag in PYTHON]
    if tagged:
        return tagged
    untagged = [fence for fence in plain if fence.tag in _UNTAGGED][:CAREFUL]
    if looking := [fence for fence in untagged if _looks_like_code(fence.content)]:
        return looking
    only = found[0] if len(found) == 1 and found[0].tag in _TEXT_TAGS and not found[0].wraps else None
    return [only] if only is not None and _calls_a_tool(only.content, tools) else []


def _calls_a_tool(text: str, tools: Collection[str]) -> bool:
    """Whether a text is a program that calls one of the sandbox's tools, or reads `context`."""
    tree = parse(text)
    if isinstance(tree, CodeError):
        return False
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return does_something(tree) and bool(names & {"context", *FINALS, *tools})


def _not_quoted(
    candidates: Sequence[Fence], found: Sequence[Fence], lines: list[str], quoted: Callable[[str], bool]
) -> list[Fence]:
    """The model's own: the document does not hold them, and the reply does not decline to follow them."""
    own = []
    declined_until = 0
    for fence in candidates:
        follower = next((other.start for other in found if other.start >= fence.after), len(lines))
        behind = [at for at in range(fence.after, min(follower, fence.after + _NEAR)) if lines[at].strip()][:2]
        first = max(declined_until, fence.start - _NEAR)
        before = [at for at in range(first, fence.start) if lines[at].strip()][-1:]
        declining = [at for at in (*before, *behind) if _DECLINED.search(lines[at][:_MAX_LINE])]
        if declining:
            # What was said of one block is not said of the next.
            declined_until = max(declining[-1] + 1, fence.after)
        if not declining and not quoted(fence.content):
            own.append(fence)
    return own


def _connected(
    own: Sequence[Fence], candidates: Sequence[Fence], found: Sequence[Fence], lines: list[str]
) -> list[Fence]:
    """The blocks up to where something stands between two of them that only a run could have shown."""
    running = [own[0]]
    for fence in own[1:]:
        start = running[-1].after
        others = [
            other
            for other in found
            if start <= other.start < fence.start and other not in candidates and not other.wraps
        ]
        if others or any(_INVENTED.match(line) for line in lines[start : fence.start]):
            break
        running.append(fence)
    return running


def _final_line(
    lines: list[str], start: int, found: Sequence[Fence], quoted: Callable[[str], bool], *, lenient: bool
) -> str:
    """The `FINAL(...)` that stands on a line of its own behind the last block, "" if there is none."""
    for line in lines[start : next((fence.start for fence in found if fence.start >= start), len(lines))]:
        if _INVENTED.match(line):
            return ""
        match = _FINAL_LINE.fullmatch(line[:_MAX_LINE])
        if match is None or quoted(match["call"]):
            continue
        if _is_final(parse(match["call"])):
            return match["call"]
        if lenient:
            name, _, rest = match["call"].partition("(")
            return f"{name}({rest.rpartition(')')[0].strip()!r})"
    return ""


def _is_final(tree: ast.AST | CodeError) -> bool:
    """Whether a program is calls of FINAL, or of what stands for it elsewhere, and nothing else."""
    return (
        isinstance(tree, ast.Module)
        and bool(tree.body)
        and all(
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id in FINALS
            for node in tree.body
        )
    )


def _doubt_of_prose(lines: list[str]) -> Doubt:
    return "final-in-prose" if any(_FINAL_LINE.fullmatch(line[:_MAX_LINE]) for line in lines) else ""


def _declines(text: str, code: str) -> bool:
    """Whether the prose around bare code says that it is not to be followed."""
    return bool(_DECLINED.search(text.replace(code, "\n")[:20_000]))


def _looks_like_code(text: str) -> bool:
    tree = parse(text)
    if not isinstance(tree, CodeError):
        return does_something(tree)
    return any(_opens_code(line) for line in text.split("\n")[:_MAX_STARTS])


def _opens_code(line: str) -> bool:
    """Whether a line by itself, or as the first of several, is a statement that does something, and is no sentence."""
    text = line.strip()
    if len(text) > _MAX_LINE or not any(mark in text for mark in ("=", "(", ":", "import ", "@")):
        return False
    last = None
    for token in tokens(text):
        last = token
    if last is not None and last.kind == "open-string" and last.text.count('"""') + last.text.count("'''") == 1:
        text += '"""' if '"""' in last.text else "'''"
    text += "".join(CLOSER[opener.text] for opener in reversed(unclosed(text)))
    text += " pass" if text.endswith(":") else "\ndef f(): pass" if text.startswith("@") else ""
    tree = parse(text)
    if isinstance(tree, CodeError) or not tree.body:
        return False
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call) and isinstance(first.value.func, ast.Name):
        return text.startswith(f"{first.value.func.id}(")
    return does_something(tree) or isinstance(first, ast.Import | ast.ImportFrom)


def _from_final(text: str) -> CodeBlock | None:
    """A reply that is one `FINAL(...)` and nothing else but back-quotes and a full stop."""
    text = text.strip().strip("`").strip().rstrip(".;")
    name = next((name for name in FINALS if text.startswith(name) and text[len(name) :].lstrip()[:1] == "("), "")
    if not name or len(text) > MAX_REPAIRED:
        return None
    tree = parse(text)
    if isinstance(tree, CodeError):
        found = repair(text, truncated=True)
        if found and "prose" not in [repaired.kind for repaired in found[1]]:
            tree = parse(found[0])
    if isinstance(tree, CodeError):
        whole = _first_bracket_end(text) == len(text)
    else:
        whole = len(tree.body) == 1 and _is_final(tree)
    return CodeBlock((text,), (_NO_FENCE,), "final") if whole else None


def _first_bracket_end(text: str) -> int | None:
    depth = 0
    for token in tokens(text):
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text in ")]}":
                return token.end
    return None


def _from_bare_text(text: str) -> CodeBlock:
    """Code without a fence: the whole reply, or from the first line that can only be code to the next sentence."""
    nothing = CodeBlock((), (), "none")
    if len(text) > MAX_REPAIRED:
        return nothing
    lines = text.strip("\n").split("\n")
    openings = (at for at, line in enumerate(lines[:_MAX_STARTS]) if _opens_code(line))
    for opening in islice(openings, _MAX_TRIES):
        if does_something(parse(code := text.strip("\n").rstrip())):
            return CodeBlock((code,), (_NO_FENCE,), "code")
        whole = opening == 0 or not any(is_prose(line) for line in lines[:opening])
        rest = lines if whole else lines[opening:]
        starts = line_starts("\n".join(rest))
        size = 0
        while size < len(rest) and (starts[size].in_string or not is_prose(rest[size])):
            size += 1
        code = "\n".join(rest[:size]).rstrip()
        tree = parse(code)
        if isinstance(tree, CodeError) and len(code) < _MAX_LINE * 10:
            found = repair(code, truncated=True)
            tree = parse(found[0]) if found else tree
        if does_something(tree):
            assert isinstance(tree, ast.AST)
            if _is_final(tree) and not _ends_the_reply(tree, opening, [*lines[:opening], *rest[size:]], rest[size:]):
                return CodeBlock((), (), "none", doubt="final-in-prose")
            return CodeBlock((code,), (_NO_FENCE,), "code")
    return CodeBlock((), (), "none", doubt=_doubt_of_prose(lines))


def _ends_the_reply(tree: ast.AST, opening: int, prose: Sequence[str], behind: Sequence[str]) -> bool:
    """Whether a `FINAL(...)` among sentences is the model's own act: it begins the reply, or it ends it with a value
    that the code has, not with one that the sentence may be about."""
    if opening == 0 or not any(line.strip() for line in prose):
        return True
    names = any(isinstance(node, ast.Name) and node.id not in FINALS for node in ast.walk(tree))
    return names and not any(line.strip() for line in behind)
