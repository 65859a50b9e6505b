"""Self-healing: from a model's reply to code that is ready to run, with every change named.

`find_code` takes the code out of a reply, `heal_block` mends it, `advice` tells the model in one line. Code that parses
is only touched by the rules about what cannot work in the sandbox (imports, top-level `await` and `return`, the names
of other loops), and where HTML's entities stand for its signs; string literals keep their content; code that cannot be
mended comes back as it was, with its syntax error. Nothing is compiled or run here. `replaced` is for other code that
a run puts in the place of code which was sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ...subkernel.inside.refusals import MODULES as MISSING_MODULES
from ...trace import CodeError, Repair
from . import envelopes, foreign_names, repairs, replies, rules
from .foreign_names import may_be_foreign, translated
from .replies import CodeBlock, find_code
from .source import parse
from .sweeps import entities

__all__ = ["FOREIGN", "FORM", "KINDS", "CodeBlock", "Healed", "advice", "find_code", "heal", "heal_block", "replaced"]

FORM: frozenset[str] = replies.KINDS | envelopes.KINDS
"""Repairs of a reply's form, not of its code: what a model does in every reply and need not be told each time."""

FOREIGN: frozenset[str] = foreign_names.KINDS
"""Repairs of names that belong to another loop."""

BY_ENGINE = frozenset({"pattern-replaced", "group-replaced", "pattern-completed"})
"""Repairs after which code runs that asks for something else than the model's."""

KINDS: frozenset[str] = FORM | repairs.KINDS | rules.KINDS | foreign_names.KINDS | BY_ENGINE | {"entity"}

_PHRASES = {
    "missing-fence": "the code was taken from a reply without a ```python fence",
    "missing-tag": "the code block had no python tag",
    "special-token": "a special token, and what stood behind it, removed",
    "escaped-newlines": "line feeds that were written as \\n made real ones",
    "tool-call": "the code was taken from a tool call (there are none here: write one ```python block)",
    "line-numbers": "line numbers removed",
    "entity": "HTML entities such as &lt; replaced",
    "unclosed-fence": "the code block was not closed (was the reply cut off?)",
    "prompt": "interactive prompts and their output removed",
    "character": "characters that Python does not know replaced",
    "smart-quotes": "curly quotes made plain",
    "prose": "text around the code made a comment",
    "magic": "notebook commands removed (not available in the sandbox)",
    "print-statement": "print statements made calls",
    "operator": "&&, || and ! written as and, or and not",
    "indentation": "indentation mended",
    "bracket": "brackets balanced",
    "string": "an unterminated string closed",
    "colon": "a missing colon added",
    "await": "top-level await removed (calls already wait)",
    "return": "top-level return made an expression (finish with FINAL)",
    "pattern-replaced": "you sent again code whose search finds nothing; it ran with the pattern that you were told",
    "pattern-completed": "your pattern lacked the rest of what you were told, or a group; the code ran with that",
    "group-replaced": "your pattern has no group of that number; the code ran with another one",
    "answer-dict": "FINAL(...) added behind the answer dict (here the code calls FINAL(value) itself)",
}
_MAX_PHRASES = 6
_MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Healed:
    """Code that is ready to run, and what was changed for that.

    `error` is the syntax error of code that could not be mended; `code` is then what was given, `repairs` empty.
    `left_out` is the error of a later block of several, before which the code ends.
    """

    code: str
    repairs: tuple[Repair, ...]
    error: CodeError | None
    left_out: CodeError | None = None

    @property
    def advice(self) -> str:
        """One line that tells the model what was changed, "" if nothing was."""
        return advice(self.repairs)


def heal(code: str, *, allowed: frozenset[str], truncated: bool = False, variables: Collection[str] = ()) -> Healed:
    """Mend code so that it can run in a sandbox that can import the top-level modules `allowed`.

    `truncated` (see `Block.truncated`) forbids to complete what the code ends with. `variables` are the names that
    earlier cells have defined. Never raises, whatever the text.
    """
    text = code.replace("\r\n", "\n").replace("\r", "\n")
    mended: tuple[Repair, ...] = ()
    if (plain := entities(text)) != text:
        mended = (repairs.difference("entity", text, plain),)
        text = plain
    tree = parse(text)
    if isinstance(tree, CodeError):
        error = tree
        found = repairs.repair(text, truncated=truncated)
        if found is None:
            return Healed(code, (), error)
        text, mended = found[0], mended + found[1]
        tree = parse(text)
        if isinstance(tree, CodeError):
            return Healed(code, (), error)
    before = text
    text, ruled = rules.apply_rules(text, tree, allowed)
    if may_be_foreign(text) and len(text) <= rules.MAX_RULED:
        tree = tree if text == before else parse(text)
        if not isinstance(tree, CodeError):
            text, renamed = translated(text, tree, variables)
            ruled += renamed
    return Healed(text, mended + ruled, None) if mended or ruled else Healed(code, (), None)


def heal_block(block: CodeBlock, *, allowed: frozenset[str], variables: Collection[str] = ()) -> Healed:
    """Mend the blocks of a reply, each by itself, and join them to one cell, up to the first that cannot be mended."""
    if len(block.pieces) == 1:
        healed = heal(block.code, allowed=allowed, truncated=block.truncated, variables=variables)
        return Healed(healed.code, (*block.repairs, *healed.repairs), healed.error)
    running: list[Healed] = []
    left_out: CodeError | None = None
    for number, piece in enumerate(block.pieces, 1):
        is_last = number == len(block.pieces)
        healed = heal(piece, allowed=allowed, truncated=is_last and block.truncated, variables=variables)
        if healed.error is not None and running:
            left_out = healed.error
            break
        running.append(healed)
        if healed.error is not None:
            break
    made = tuple(each for healed in running for each in healed.repairs)
    code = "\n".join(healed.code for healed in running)
    return Healed(code, (*block.repairs, *made), running[-1].error, left_out)


def replaced(healed: Healed, better: str, kind: str) -> Healed:
    """Other code in place of a block, by a repair of `BY_ENGINE`."""
    return replace(healed, code=better, repairs=(*healed.repairs, repairs.difference(kind, healed.code, better)))


def advice(changes: Iterable[Repair]) -> str:
    """One line that tells the model what was changed, "" if nothing was; of a reply's repairs and its code's alike."""
    changes = list(changes)
    if not changes:
        return ""
    phrases = list(dict.fromkeys(_phrase(change) for change in changes))
    if len(phrases) > _MAX_PHRASES:
        phrases[_MAX_PHRASES:] = [f"and {len(phrases) - _MAX_PHRASES} more"]
    count = "1 repair was" if len(changes) == 1 else f"{len(changes)} repairs were"
    return f"Note: {count} made to your code before it ran: {'; '.join(phrases)}."


def _phrase(change: Repair) -> str:
    if change.kind == "foreign-name":
        return f"{_name(change.before)} is called {_name(change.after)} here"
    if change.kind != "import-removed":
        return _PHRASES[change.kind]
    before = " ".join(change.before.split())
    before = before if len(before) <= _MAX_SHOWN else before[: _MAX_SHOWN - 1] + "…"
    kept = f" cut to {change.after}" if change.after.startswith("import ") else " removed"
    return f"{before}{kept} (not available in the sandbox{_instead(change.before)})"


def _name(call: str) -> str:
    return call.partition("(")[0][:_MAX_SHOWN]


def _instead(statement: str) -> str:
    """What does the job of a module that the sandbox lacks."""
    words = statement.replace(",", " ").replace(".", " ").split()
    reason = next((MISSING_MODULES[word] for word in words[1:] if word in MISSING_MODULES), "")
    return f": {reason}" if reason else ""
